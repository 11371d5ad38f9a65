/**
 * Stands before every address: finds out who asks, refuses who may not, keeps requests of other web pages out (CSRF), and
 * writes down every attempt to change something. A write whose audit row cannot be written is not done.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { People } from '../../store/people.ts';
import { sendProblem } from '../problems.ts';
import type { Principal, Role } from '../roles.ts';
import { type Access, type Credentials, whyRefused } from './access.ts';
import { isSame } from './secrets.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; null for nobody that is known. */
    principal: Principal | null;
    /** Number of the audit row of this request, 0 before there is one. */
    auditNumber: number;
  }
  interface FastifyContextConfig {
    /** Names of the fields of the body that are kept in the audit row. Never secrets. */
    audited?: readonly string[];
  }
}

const DETAIL_CHARACTERS_MAX = 500;
export const CSRF_HEADER = 'x-wardwatch-csrf';

/** With TLS a name that browsers only take from this host, over TLS. */
export function cookieName(isSecure: boolean): string {
  return isSecure ? '__Host-wardwatch' : 'wardwatch';
}

export interface GateOptions {
  readonly access: Access;
  readonly isSecure: boolean;
  readonly nowUs: () => number;
}

/** Cookies have been read by then. */
export function gate(app: FastifyInstance, { access, isSecure, nowUs }: GateOptions): void {
  app.decorateRequest('principal', null);
  app.decorateRequest('auditNumber', 0);
  const name = cookieName(isSecure);

  app.addHook('onRequest', async (request, reply) => {
    request.principal = access.principalOf(credentialsOf(request, name));
    return refused(request, reply, access, name);
  });

  app.addHook('preHandler', async (request) => {
    if (!isWrite(request) || isSigningIn(request)) return;
    request.auditNumber = access.people.audit({ ...auditOf(request, nowUs()), status: 0 });
  });

  app.addHook('onResponse', async (request, reply) => {
    if (!isWrite(request)) return;
    record(access.people, request, reply.statusCode, nowUs());
  });
}

/** `name`: of the cookie. */
export function credentialsOf(request: FastifyRequest, name: string): Credentials {
  return {
    cookie: request.cookies[name] ?? '',
    authorization: request.headers.authorization ?? '',
    isLocal: isLocal(request),
  };
}

/** Who it is shows in the answer only. */
function isSigningIn({ routeOptions }: FastifyRequest): boolean {
  return routeOptions.config.role === 'nobody';
}

function isWrite({ method }: FastifyRequest): boolean {
  return method !== 'GET' && method !== 'HEAD' && method !== 'OPTIONS';
}

/** A proxy on the same machine says for whom it asks; then it is not somebody who sits here. */
function isLocal({ socket, headers }: FastifyRequest): boolean {
  const address = socket.remoteAddress ?? '';
  const isLoopback = address === '::1' || /^(?:::ffff:)?127\./.test(address);
  return isLoopback && headers.forwarded === undefined && headers['x-forwarded-for'] === undefined;
}

function refused(request: FastifyRequest, reply: FastifyReply, access: Access, name: string): FastifyReply | undefined {
  const { role = isWrite(request) ? 'administrator' : 'viewer', subject = '' } = request.routeOptions.config;
  const write = isWrite(request);
  if (write && isForeign(request)) return sendProblem(reply, 403, 'This request comes from another web page.');
  if (role === 'nobody') return undefined;
  const { principal } = request;
  if (principal === null) return unknown(request, reply, access);
  if (write && principal.how === 'session' && !hasCsrf(request, access, request.cookies[name] ?? '')) {
    return sendProblem(reply, 403, `The header ${CSRF_HEADER} is missing or wrong; GET /api/v1/session tells it.`);
  }
  const why = whyRefused(principal, role as Role, subject, write);
  if (why === '') return undefined;
  if (principal.how === 'local') return unknown(request, reply, access);
  return sendProblem(reply, 403, `Not allowed: ${why}.`);
}

function unknown(request: FastifyRequest, reply: FastifyReply, access: Access): FastifyReply {
  reply.header('www-authenticate', 'Bearer realm="wardwatch"');
  if (request.headers.authorization !== undefined) {
    return sendProblem(reply, 401, 'This token is not known, or it has ended.');
  }
  const how = access.isSetUp
    ? 'Sign in first (POST /api/v1/session), or bring a token.'
    : 'Nobody is set up yet: the log of the sensor shows the link for the first administrator.';
  return sendProblem(reply, 401, how);
}

function hasCsrf(request: FastifyRequest, access: Access, secret: string): boolean {
  const told = request.headers[CSRF_HEADER];
  const session = access.sessionOf(secret);
  return typeof told === 'string' && session !== null && isSame(told, session.csrf);
}

/** What browsers say of the page that makes them ask. Programs say nothing. */
function isForeign({ headers }: FastifyRequest): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return true;
  const { origin } = headers;
  if (origin === undefined) return false;
  return URL.parse(origin)?.host !== headers.host;
}

/** Wiped of what could break a line or a page. */
function plain(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}]/gu, ' ').slice(0, DETAIL_CHARACTERS_MAX);
}

function auditOf(request: FastifyRequest, timeUs: number) {
  const { principal, params, routeOptions, method, body } = request;
  const { url = '', schema, config } = routeOptions;
  const operation = (schema as { operationId?: string } | undefined)?.operationId;
  const given = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
  const kept = (config.audited ?? []).filter((key) => given[key] !== undefined);
  const detail = kept.length === 0 ? '' : JSON.stringify(Object.fromEntries(kept.map((key) => [key, given[key]])));
  return {
    timeUs,
    user: principal?.name ?? '',
    role: principal?.role ?? '',
    how: principal?.how ?? '',
    address: request.socket.remoteAddress ?? '',
    action: operation ?? `${method} ${url}`,
    target: plain(Object.values((params ?? {}) as Record<string, string>).join(' ')),
    detail: plain(detail),
  };
}

function record(people: People, request: FastifyRequest, status: number, nowUs: number): void {
  if (request.auditNumber > 0) {
    people.auditOutcome(request.auditNumber, status);
    return;
  }
  const row = { ...auditOf(request, nowUs), status };
  if (isSigningIn(request)) {
    const { name = '' } = (request.body ?? {}) as { name?: unknown };
    const target = plain(String(name));
    if (status < 400) people.audit({ ...row, user: target, role: '', how: 'session', target });
    else people.auditFailure({ ...row, user: '', role: '', how: '', target });
  } else if (row.how === 'session' || row.how === 'token') people.audit(row);
  else people.auditFailure({ ...row, user: '' });
}
