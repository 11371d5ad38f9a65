/**
 * Slow clients: who takes too long for a request is cut off. Node has one bound for whole requests (`requestTimeout`), which
 * must leave room for captures; all other bodies are small and have to come at once.
 */
import type { FastifyInstance } from 'fastify';

/** A whole request, captures included; its headers; a body that is no capture. */
export const REQUEST_MS_MAX = 15 * 60_000;
const HEADERS_MS_MAX = 10_000;
const BODY_MS_MAX = 10_000;
/** How often Node looks for them. */
export const LOOK_EVERY_MS = 5_000;

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Its body is a capture. */
    isLong?: boolean;
  }
}

export function hurry(app: FastifyInstance): void {
  app.server.headersTimeout = HEADERS_MS_MAX;
  app.addHook('preParsing', async (request, _reply, payload) => {
    if (request.routeOptions.config.isLong === true) return payload;
    const timer = setTimeout(() => request.raw.destroy(), BODY_MS_MAX);
    payload.once('close', () => clearTimeout(timer));
    payload.once('end', () => clearTimeout(timer));
    return payload;
  });
}
