/** A mark of what an answer says (RFC 9110 8.8.3): who has it already is told so, and nothing more. */
import { createHash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';

export function markAnswers(app: FastifyInstance): void {
  app.addHook('onSend', async (request, reply, payload) => {
    const { method, headers } = request;
    if ((method !== 'GET' && method !== 'HEAD') || reply.statusCode !== 200) return payload;
    if (typeof payload !== 'string' && !Buffer.isBuffer(payload)) return payload;
    const etag = `"${createHash('sha1').update(payload).digest('base64url')}"`;
    reply.header('etag', etag);
    if (!isKnown(headers['if-none-match'], etag)) return payload;
    reply.code(304).removeHeader('content-type').removeHeader('content-length');
    return null;
  });
}

/** `"a", W/"b"`, or `*` for anything. */
function isKnown(told: string | undefined, etag: string): boolean {
  if (told === undefined) return false;
  return told.split(',').some((one) => [etag, '*'].includes(one.trim().replace(/^W\//, '')));
}
