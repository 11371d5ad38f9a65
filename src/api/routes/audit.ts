/** What people and programs did through the interface, and what they were refused. */
import { Type } from 'typebox';
import { isoTime } from '../../bytes/time.ts';
import { type Context, PAGE_ROWS, partQuery, problems, type TypedApi } from '../context.ts';
import { closed, count, time } from '../shapes.ts';

const auditShape = Type.Object(
  {
    number: Type.Integer({ minimum: 1 }),
    time,
    user: Type.String({ description: 'Empty: nobody that was known' }),
    role: Type.String(),
    how: Type.String(),
    address: Type.String(),
    action: Type.String(),
    target: Type.String(),
    detail: Type.String(),
    status: Type.Integer({ description: 'HTTP status; 0: it was cut off while it was being done' }),
    count: Type.Integer({ minimum: 1, description: 'The same refused attempt within a minute' }),
  },
  closed,
);

export function auditRoutes(api: TypedApi, context: Context): void {
  const { limit, offset } = partQuery;
  api.get(
    '/api/v1/audit',
    {
      config: { role: 'administrator', subject: 'audit' },
      schema: {
        summary: 'What was done through the interface and what was refused, the newest first',
        tags: ['audit'],
        operationId: 'listAudit',
        querystring: Type.Object(
          {
            user: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
            action: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
            limit,
            offset,
          },
          closed,
        ),
        response: {
          200: Type.Object({ total: count, limit: count, offset: count, audit: Type.Array(auditShape) }, closed),
          ...problems,
        },
      },
    },
    async ({ query }) => {
      const { user, action, limit = PAGE_ROWS, offset = 0 } = query;
      const { rows, total } = context.access.people.audits({ user, action, limit, offset });
      return { total, limit, offset, audit: rows.map(({ timeUs, ...rest }) => ({ ...rest, time: isoTime(timeUs) })) };
    },
  );
}
