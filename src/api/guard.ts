/**
 * What every answer carries and every request must bring, so that a web page somewhere cannot use a browser to read
 * from the sensor: only known host names (DNS rebinding), no framing, no foreign scripts, no guessing of types, no
 * caching.
 */
import type { FastifyInstance } from 'fastify';
import { consolePolicy } from './console.ts';
import { sendProblem } from './problems.ts';

/** Also of answers that are given before there is anybody to guard them. */
export const guardHeaders: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cache-control': 'no-store',
  'content-security-policy': consolePolicy,
};

export interface GuardOptions {
  /** Host names and addresses beside those of loopback under which the sensor may be asked. */
  hosts: readonly string[];
}

export function guard(app: FastifyInstance, { hosts }: GuardOptions): void {
  const known = new Set(hosts.map((host) => host.toLowerCase().replace(/^\[|\]$/g, '')));
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(guardHeaders);
    const host = hostOf(request.headers.host ?? '');
    if (!isLoopback(host) && !known.has(host)) {
      return sendProblem(reply, 421, 'This host name is not one of the sensor; ask it as localhost or 127.0.0.1.');
    }
    return undefined;
  });
}

/** `[::1]:8470` → `::1`. */
function hostOf(header: string): string {
  const parts = /^(?:\[([^\]]+)\]|([^:]*))(?::\d{1,5})?$/.exec(header.toLowerCase());
  return parts?.[1] ?? parts?.[2] ?? '';
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host);
}
