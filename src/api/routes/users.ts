/** People who may use the sensor; administrators only. */
import { Type } from 'typebox';
import { isoTime } from '../../bytes/time.ts';
import type { UserRow } from '../../store/people.ts';
import { roleIn } from '../access/access.ts';
import { keptPassword, weakness } from '../access/passwords.ts';
import { type Context, problems, type TypedApi } from '../context.ts';
import { ProblemError } from '../problems.ts';
import { roles } from '../roles.ts';
import { closed, time } from '../shapes.ts';
import { password, userName } from './session.ts';

export const roleShape = Type.Enum([...roles]);

const userShape = Type.Object(
  {
    name: Type.String(),
    role: roleShape,
    disabled: Type.Boolean(),
    signsIn: Type.Enum(['password', 'oidc']),
    created: time,
    seen: time,
  },
  closed,
);

const config = { role: 'administrator', subject: 'users' } as const;

export function userRoutes(api: TypedApi, context: Context): void {
  const { people } = context.access;
  api.get(
    '/api/v1/users',
    {
      config,
      schema: {
        summary: 'People who may use the sensor',
        tags: ['users'],
        operationId: 'listUsers',
        response: { 200: Type.Object({ users: Type.Array(userShape) }, closed), ...problems },
      },
    },
    async () => ({ users: people.users().map(userJson) }),
  );

  api.post(
    '/api/v1/users',
    {
      config: { ...config, audited: ['name', 'role'] },
      schema: {
        summary: 'Add somebody',
        tags: ['users'],
        operationId: 'addUser',
        body: Type.Object({ name: userName, role: roleShape, password }, closed),
        response: { 201: userShape, ...problems },
      },
    },
    async ({ body: { name, role, password } }, reply) => {
      const weak = weakness(password, name);
      if (weak !== '') throw new ProblemError(422, `Not taken: ${weak}.`);
      if (people.user(name) !== null) throw new ProblemError(409, 'There is somebody of this name already.');
      const nowUs = context.nowUs();
      const kept = await keptPassword(password);
      const user = { name, role, password: kept, subject: '', disabled: false, createdUs: nowUs, seenUs: 0 };
      if (!people.addUser(user)) throw new ProblemError(409, 'There is somebody of this name already, or no room.');
      return reply.code(201).send(userJson(user));
    },
  );
  changing(api, context);
}

function changing(api: TypedApi, context: Context): void {
  const { access } = context;
  const { people } = access;
  const params = Type.Object({ name: Type.String({ minLength: 1, maxLength: 64 }) }, closed);
  api.patch(
    '/api/v1/users/:name',
    {
      config: { ...config, audited: ['role', 'disabled'] },
      schema: {
        summary: 'Change the role of somebody, set a new password, or shut somebody out',
        tags: ['users'],
        operationId: 'changeUser',
        params,
        body: Type.Object(
          {
            role: Type.Optional(roleShape),
            disabled: Type.Optional(Type.Boolean()),
            password: Type.Optional(password),
          },
          { ...closed, minProperties: 1 },
        ),
        response: { 200: userShape, ...problems },
      },
    },
    async ({ params: { name }, body }) => {
      const user = existing(context, name);
      const { role, disabled } = body;
      const weak = body.password === undefined ? '' : weakness(body.password, name);
      if (weak !== '') throw new ProblemError(422, `Not taken: ${weak}.`);
      const leaves = (role !== undefined && role !== 'administrator') || disabled === true;
      if (leaves) keepOneAdministrator(context, user);
      people.changeUser(name, {
        ...(role === undefined ? {} : { role }),
        ...(disabled === undefined ? {} : { disabled }),
      });
      if (body.password !== undefined) await access.setPassword(name, body.password);
      // Who has another role or is shut out begins anew.
      else people.endSessions(name);
      return userJson(existing(context, name));
    },
  );

  api.delete(
    '/api/v1/users/:name',
    {
      config,
      schema: {
        summary: 'Remove somebody, with sessions and tokens; what they did stays in the audit',
        tags: ['users'],
        operationId: 'removeUser',
        params,
        response: { 204: Type.Null(), ...problems },
      },
    },
    async ({ params: { name } }, reply) => {
      keepOneAdministrator(context, existing(context, name));
      people.removeUser(name);
      return reply.code(204).send(null);
    },
  );
}

function existing({ access }: Context, name: string): UserRow {
  const user = access.people.user(name);
  if (user === null) throw new ProblemError(404, 'There is nobody of this name.');
  return user;
}

function keepOneAdministrator({ access }: Context, user: UserRow): void {
  if (user.role === 'administrator' && !user.disabled && access.people.administrators() <= 1) {
    throw new ProblemError(409, 'This is the last administrator.');
  }
}

function userJson({ name, role, disabled, password, createdUs, seenUs }: UserRow) {
  return {
    name,
    role: roleIn(role),
    disabled,
    signsIn: password === '' ? ('oidc' as const) : ('password' as const),
    created: isoTime(createdUs),
    seen: isoTime(seenUs),
  };
}
