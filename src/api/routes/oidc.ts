/** Signing in at an identity provider: there, and back. Both are addresses for browsers, not for programs. */
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { People } from '../../store/people.ts';
import type { Vouched } from '../access/oidc.ts';
import { OIDC_COOKIE, OIDC_PATH } from '../access/oidc.ts';
import { type Context, problems, type TypedApi } from '../context.ts';
import { ProblemError } from '../problems.ts';
import { setSession } from './session.ts';

const limited = { rateLimit: { max: 30, timeWindow: 60_000 } };
const config = { role: 'nobody', subject: 'session', ...limited } as const;

export function oidcRoutes(api: TypedApi, context: Context): void {
  const { isSecure } = context;
  api.get(
    OIDC_PATH,
    {
      config,
      schema: {
        summary: 'Sign in at the identity provider: leads there',
        tags: ['session'],
        operationId: 'beginOidc',
        response: { 302: Type.Null({ description: 'To the identity provider' }), ...problems },
      },
    },
    async (request, reply) => {
      if (context.oidc === null) throw new ProblemError(404, 'No identity provider is set up.');
      const begun = await context.oidc.begin(originOf(request, isSecure)).catch(() => null);
      if (begun === null) throw new ProblemError(502, 'The identity provider cannot be reached.');
      // Lax: the way back begins on another site.
      reply.setCookie(OIDC_COOKIE, begun.secret, {
        path: OIDC_PATH,
        httpOnly: true,
        sameSite: 'lax',
        secure: isSecure,
        maxAge: 600,
      });
      return reply.redirect(begun.url, 302);
    },
  );

  api.get(
    `${OIDC_PATH}/callback`,
    {
      config: { ...config, files: ['text/html'] },
      schema: {
        summary: 'The way back from the identity provider',
        tags: ['session'],
        operationId: 'finishOidc',
        querystring: Type.Object({}, { additionalProperties: Type.String({ maxLength: 8192 }) }),
        response: { 200: Type.String({ description: 'A page that leads to the console' }), ...problems },
      },
    },
    async (request, reply) => {
      const { oidc, access } = context;
      if (oidc === null) throw new ProblemError(404, 'No identity provider is set up.');
      const secret = request.cookies[OIDC_COOKIE] ?? '';
      reply.clearCookie(OIDC_COOKIE, { path: OIDC_PATH });
      const search = URL.parse(request.url, 'http://sensor')?.search ?? '';
      const vouched = await oidc.finish(secret, search).catch(() => null);
      try {
        if (vouched === null) throw new ProblemError(401, 'The identity provider did not vouch for you; try again.');
        const user = userOf(context, vouched);
        setSession(reply, isSecure, access.open(user));
        record(context, request, user.name, 200);
      } catch (error) {
        if (error instanceof ProblemError) record(context, request, '', error.statusCode, vouched?.name);
        throw error;
      }
      // A redirect would still count as coming from the other site, and the new cookie would stay at home.
      const page =
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="0;url=/"><title>wardwatch</title><p><a href="/">Go on</a></p></html>';
      return reply.type('text/html; charset=utf-8').serializer(String).send(page);
    },
  );
}

function originOf({ headers }: FastifyRequest, isSecure: boolean): string {
  // The guard has seen to it that this is a name of the sensor.
  return `${isSecure ? 'https' : 'http'}://${headers.host ?? 'localhost'}`;
}

/** It is asked for with GET, as browsers are led, and changes something all the same: it leaves a row. */
function record({ access, nowUs }: Context, request: FastifyRequest, user: string, status: number, name = user): void {
  const address = request.socket.remoteAddress ?? '';
  const how = user === '' ? '' : 'session';
  const row = { timeUs: nowUs(), user, role: '', how, address, action: 'finishOidc', target: name, detail: '', status };
  if (user === '') access.people.auditFailure(row);
  else access.people.audit(row);
}

/** Known by who it is at the provider, never by the name: that could be anybody's. */
function userOf({ access, nowUs }: Context, { subject, name, role }: Vouched) {
  const { people } = access;
  const known = people.userOfSubject(subject);
  if (role === null) {
    if (known !== null) leave(people, known.name);
    throw new ProblemError(403, 'The identity provider knows you, but gives you no role here.');
  }
  if (known === null) {
    const user = { name, role, password: '', subject, disabled: false, createdUs: nowUs(), seenUs: 0 };
    if (!people.addUser(user)) throw new ProblemError(409, `There is somebody else who is called ${name} here.`);
    return user;
  }
  if (known.disabled) throw new ProblemError(403, 'You have been shut out here.');
  if (known.role !== role) people.changeUser(known.name, { role });
  return { ...known, role };
}

/** Who has no role any more keeps no session, and tokens of theirs do the least. */
function leave(people: People, name: string): void {
  people.changeUser(name, { role: 'viewer' });
  people.endSessions(name);
}
