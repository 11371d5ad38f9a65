/** Tokens for programs: shown once when they are made, for some subjects or all, and only for a time. */
import { randomBytes } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { isoTime } from '../../bytes/time.ts';
import type { TokenRow } from '../../store/people.ts';
import { roleIn } from '../access/access.ts';
import { digestOf, newSecret } from '../access/secrets.ts';
import { type Context, idText, problems, type TypedApi } from '../context.ts';
import { ProblemError } from '../problems.ts';
import { isAtLeast, type Principal } from '../roles.ts';
import { closed, time } from '../shapes.ts';
import { roleShape } from './users.ts';

const DAY_US = 86_400e6;
const DAYS_MAX = 366;

export const subjects = [
  'health',
  'devices',
  'links',
  'incidents',
  'suppressions',
  'baseline',
  'evidence',
  'runs',
  'captures',
  'points',
  'events',
  'settings',
  'inventory',
  'recalls',
  'audit',
] as const;

const tokenShape = Type.Object(
  {
    id: Type.String(),
    name: Type.String(),
    user: Type.String(),
    role: roleShape,
    subjects: Type.Array(Type.String(), { description: 'Empty: all' }),
    created: time,
    expires: time,
    lastUsed: Type.Union([time, Type.Null()]),
  },
  closed,
);

const config = { role: 'viewer', subject: 'tokens' } as const;

export function tokenRoutes(api: TypedApi, context: Context): void {
  const { people } = context.access;
  api.get(
    '/api/v1/tokens',
    {
      config,
      schema: {
        summary: 'My tokens; of everybody for an administrator',
        tags: ['tokens'],
        operationId: 'listTokens',
        response: { 200: Type.Object({ tokens: Type.Array(tokenShape) }, closed), ...problems },
      },
    },
    async (request) => {
      const person = personIn(request);
      const tokens = people.tokens().filter(({ user }) => person.role === 'administrator' || user === person.name);
      return { tokens: tokens.map(tokenJson) };
    },
  );

  api.post(
    '/api/v1/tokens',
    {
      config: { ...config, audited: ['name', 'role', 'subjects', 'days'] },
      schema: {
        summary: 'Make a token: it is shown this once',
        tags: ['tokens'],
        operationId: 'addToken',
        body: Type.Object(
          {
            name: Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}$', description: 'What it is for' }),
            role: roleShape,
            subjects: Type.Optional(
              Type.Array(Type.Enum([...subjects]), { maxItems: subjects.length, description: 'Empty: all' }),
            ),
            days: Type.Integer({ minimum: 1, maximum: DAYS_MAX, description: 'Until it ends' }),
          },
          closed,
        ),
        response: { 201: Type.Object({ ...tokenShape.properties, token: Type.String() }, closed), ...problems },
      },
    },
    async (request, reply) => {
      const person = personIn(request);
      const { name, role, subjects = [], days } = request.body;
      if (!isAtLeast(person.role, role)) throw new ProblemError(403, 'A token may do no more than who makes it.');
      const id = randomBytes(6).toString('hex');
      const token = `ww_${id}_${newSecret()}`;
      const createdUs = context.nowUs();
      const row: TokenRow = {
        id,
        digest: digestOf(token),
        name,
        user: person.name,
        role,
        subjects,
        createdUs,
        expiresUs: createdUs + days * DAY_US,
        seenUs: 0,
      };
      if (!people.addToken(row)) throw new ProblemError(409, 'There is no room for another token.');
      return reply.code(201).send({ ...tokenJson(row), token });
    },
  );

  api.delete(
    '/api/v1/tokens/:id',
    {
      config,
      schema: {
        summary: 'End a token',
        tags: ['tokens'],
        operationId: 'removeToken',
        params: Type.Object({ id: idText }, closed),
        response: { 204: Type.Null(), ...problems },
      },
    },
    async (request, reply) => {
      const person = personIn(request);
      const token = people.tokens().find(({ id }) => id === request.params.id);
      // Whose it is is nobody else's business.
      if (token === undefined || (token.user !== person.name && person.role !== 'administrator')) {
        throw new ProblemError(404, 'There is no such token.');
      }
      people.removeToken(token.id);
      return reply.code(204).send(null);
    },
  );
}

/** Tokens are made by people: one that got away makes no others. */
function personIn({ principal }: FastifyRequest): Principal {
  if (principal === null || principal.how !== 'session') {
    throw new ProblemError(403, 'Tokens are the business of somebody who has signed in.');
  }
  return principal;
}

function tokenJson({ id, name, user, role, subjects, createdUs, expiresUs, seenUs }: TokenRow) {
  return {
    id,
    name,
    user,
    role: roleIn(role),
    subjects: [...subjects],
    created: isoTime(createdUs),
    expires: isoTime(expiresUs),
    lastUsed: seenUs === 0 ? null : isoTime(seenUs),
  };
}
