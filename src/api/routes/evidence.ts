/** Masked packets of an incident, for people who may not see patients, and the report of what was masked. */
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { type Context, idText, placeOf, problems, runQuery, type TypedApi } from '../context.ts';
import { ProblemError } from '../problems.ts';
import { closed } from '../shapes.ts';

export function evidenceRoutes(api: TypedApi, context: Context): void {
  api.get(
    '/api/v1/evidence/:incident',
    {
      config: { role: 'engineer', subject: 'evidence' },
      schema: {
        summary: 'Masked packets of an incident (pcapng), or the report of what was masked',
        tags: ['evidence'],
        operationId: 'getEvidence',
        params: Type.Object({ incident: idText }, closed),
        querystring: Type.Object(
          { ...runQuery, format: Type.Optional(Type.Enum(['pcapng', 'report'], { default: 'pcapng' })) },
          closed,
        ),
        response: {
          200: {
            description: 'The file',
            content: {
              'application/x-pcapng': { schema: Type.String({ contentMediaType: 'application/x-pcapng' }) },
              'application/json': { schema: Type.Object({}, { additionalProperties: true }) },
            },
          },
          ...problems,
        },
      },
    },
    async (request, reply) => {
      const { store, run } = placeOf(context, request.query.run);
      const { incident } = request.params;
      if (store.find.incident(run, incident) === null) {
        throw new ProblemError(404, 'The run has no incident of this id.');
      }
      const { pcapng, report } = await context.work.evidence(run, incident);
      if (request.query.format === 'report') {
        return reply
          .type('application/json; charset=utf-8')
          .serializer(String)
          .send(JSON.stringify(report) as never);
      }
      taken(context, request, `${run} ${incident}`);
      const name = `${incident.replaceAll(/[^A-Za-z0-9._-]/g, '-')}.pcapng`;
      return reply
        .type('application/x-pcapng')
        .header('content-disposition', `attachment; filename="${name}"`)
        .send(Buffer.from(pcapng) as never);
    },
  );
}

/** Packets leave the sensor, masked as they are: who took them is written down, though nothing here was changed. */
function taken({ access, nowUs }: Context, { principal, socket }: FastifyRequest, target: string): void {
  const { name = '', role = '', how = '' } = principal ?? {};
  const address = socket.remoteAddress ?? '';
  const row = { timeUs: nowUs(), user: name, role, how, address, action: 'getEvidence', detail: '', status: 200 };
  access.people.audit({ ...row, target: target.replaceAll(/[\p{Cc}\p{Cf}]/gu, ' ') });
}
