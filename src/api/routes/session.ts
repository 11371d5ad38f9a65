/** Signing in and out, setting the first administrator up, changing one's own password. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { isoTime } from '../../bytes/time.ts';
import type { Access, Opened } from '../access/access.ts';
import { cookieName } from '../access/gate.ts';
import { isPassword, weakness } from '../access/passwords.ts';
import { type Context, problems, type TypedApi } from '../context.ts';
import { ProblemError } from '../problems.ts';
import { closed, time } from '../shapes.ts';

export const userName = Type.String({
  pattern: '^[A-Za-z0-9](?:[A-Za-z0-9._@-]{0,62}[A-Za-z0-9])?$',
  description: 'Letters, digits and . _ @ - between them',
});
export const password = Type.String({ minLength: 1, maxLength: 400 });

const sessionShape = Type.Object(
  {
    user: Type.Union([Type.String(), Type.Null()], { description: 'null: nobody has signed in' }),
    role: Type.Union([Type.Enum(['viewer', 'engineer', 'administrator']), Type.Null()]),
    how: Type.Union([Type.Enum(['session', 'token', 'local']), Type.Null()]),
    csrf: Type.Union([Type.String(), Type.Null()], {
      description: 'Value of the header x-wardwatch-csrf that each write with the session cookie needs',
    }),
    expires: Type.Union([time, Type.Null()]),
    isSetUp: Type.Boolean({ description: 'false: the setup link has not been used yet' }),
    access: Type.Enum(['local', 'required'], {
      description: 'May whoever sits at the machine look without signing in?',
    }),
    signIn: Type.Object({ password: Type.Boolean(), oidc: Type.Boolean() }, closed),
  },
  closed,
);

/** Attempts per minute and address; what locks a name stands in access.ts. */
const limited = { rateLimit: { max: 20, timeWindow: 60_000 } };

export function sessionRoutes(api: TypedApi, context: Context): void {
  const { access } = context;
  asking(api, context);
  api.post(
    '/api/v1/session',
    {
      config: { role: 'nobody', subject: 'session', audited: ['name'], ...limited },
      schema: {
        summary: 'Sign in: sets the session cookie',
        tags: ['session'],
        operationId: 'signIn',
        body: Type.Object({ name: Type.String({ minLength: 1, maxLength: 64 }), password }, closed),
        response: { 200: sessionShape, ...problems },
      },
    },
    async (request, reply) => {
      const { name, password } = request.body;
      const found = await access.signIn(name, password, request.socket.remoteAddress ?? '');
      if (found === 'locked') {
        reply.header('retry-after', '900');
        throw new ProblemError(429, 'There were too many wrong passwords: try again in a quarter of an hour.');
      }
      if (found === 'wrong') throw new ProblemError(401, 'Name or password are wrong.');
      return welcome(reply, context, found);
    },
  );

  api.post(
    '/api/v1/setup',
    {
      config: { role: 'nobody', subject: 'session', audited: ['name'], ...limited },
      schema: {
        summary: 'Make the first administrator, with the secret of the setup link',
        tags: ['session'],
        operationId: 'setUp',
        body: Type.Object({ secret: Type.String({ minLength: 1, maxLength: 100 }), name: userName, password }, closed),
        response: { 200: sessionShape, ...problems },
      },
    },
    async ({ body }, reply) => {
      if (access.isSetUp) throw new ProblemError(409, 'This sensor has been set up already.');
      if (!access.isSetupSecret(body.secret)) throw new ProblemError(403, 'The setup link is wrong or has ended.');
      const weak = weakness(body.password, body.name);
      if (weak !== '') throw new ProblemError(422, `Not taken: ${weak}.`);
      const opened = await access.setUp(body.name, body.password);
      if (opened === null) throw new ProblemError(409, 'This sensor has been set up already.');
      return welcome(reply, context, opened);
    },
  );
}

function asking(api: TypedApi, context: Context): void {
  const { access } = context;
  api.get(
    '/api/v1/session',
    {
      config: { role: 'nobody', subject: 'session' },
      schema: {
        summary: 'Who am I, and what may I do?',
        tags: ['session'],
        operationId: 'getSession',
        response: { 200: sessionShape, ...problems },
      },
    },
    async (request) => {
      const secret = cookieOf(request, context);
      const { principal } = request;
      const session = principal?.how === 'session' ? access.sessionOf(secret) : null;
      return {
        user: principal === null || principal.how === 'local' ? null : principal.name,
        role: principal?.role ?? null,
        how: principal?.how ?? null,
        csrf: session?.csrf ?? null,
        expires: session === null ? null : isoTime(session.expiresUs),
        ...signInOf(context, access),
      };
    },
  );

  api.delete(
    '/api/v1/session',
    {
      config: { role: 'viewer', subject: 'session' },
      schema: {
        summary: 'Sign out',
        tags: ['session'],
        operationId: 'signOut',
        response: { 204: Type.Null(), ...problems },
      },
    },
    async (request, reply) => {
      access.end(cookieOf(request, context));
      reply.clearCookie(cookieName(context.isSecure), { path: '/' });
      return reply.code(204).send(null);
    },
  );

  api.post(
    '/api/v1/session/password',
    {
      config: { role: 'viewer', subject: 'session', ...limited },
      schema: {
        summary: 'Change my password; my other sessions end',
        tags: ['session'],
        operationId: 'changePassword',
        body: Type.Object({ old: password, new: password }, closed),
        response: { 204: Type.Null(), ...problems },
      },
    },
    async (request, reply) => {
      const { principal, body } = request;
      const user = principal?.how === 'session' ? access.people.user(principal.name) : null;
      if (user === null) throw new ProblemError(403, 'Only somebody who has signed in has a password here.');
      if (user.password === '' || !(await isPassword(body.old, user.password))) {
        throw new ProblemError(422, 'The old password is wrong.');
      }
      const weak = weakness(body.new, user.name);
      if (weak !== '') throw new ProblemError(422, `Not taken: ${weak}.`);
      await access.setPassword(user.name, body.new, cookieOf(request, context));
      return reply.code(204).send(null);
    },
  );
}

function cookieOf(request: FastifyRequest, { isSecure }: Context): string {
  return request.cookies[cookieName(isSecure)] ?? '';
}

function signInOf(context: Context, access: Access) {
  const signIn = { password: true, oidc: context.oidc !== null };
  return { isSetUp: access.isSetUp, access: access.mode, signIn };
}

/** Sets the cookie: no script reads it, no other site sends it. */
export function setSession(reply: FastifyReply, isSecure: boolean, { secret, expiresUs }: Opened): void {
  reply.setCookie(cookieName(isSecure), secret, {
    path: '/',
    httpOnly: true,
    sameSite: 'strict',
    secure: isSecure,
    expires: new Date(expiresUs / 1000),
  });
}

function welcome(reply: FastifyReply, context: Context, opened: Opened) {
  setSession(reply, context.isSecure, opened);
  const { user, csrf, expiresUs } = opened;
  return {
    user: user.name,
    role: user.role as 'viewer',
    how: 'session' as const,
    csrf,
    expires: isoTime(expiresUs),
    ...signInOf(context, context.access),
  };
}
