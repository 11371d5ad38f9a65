/** Devices: found by anything that is known of them, and counted by what they are. */
import { Type } from 'typebox';
import { deviceJson } from '../../model-json.ts';
import { deviceOrders } from '../../store/finder.ts';
import { type Context, paged, partOf, partQuery, placeOf, problems, runQuery, type TypedApi } from '../context.ts';
import { closed, counts, deviceShape } from '../shapes.ts';

export const deviceFilter = {
  q: Type.Optional(
    Type.String({ maxLength: 200, description: 'Part of a name, address, AE title, maker, model, serial number …' }),
  ),
  class: Type.Optional(Type.String({ maxLength: 64 })),
  tier: Type.Optional(Type.Integer({ minimum: 1, maximum: 4 })),
  medical: Type.Optional(Type.Boolean()),
  external: Type.Optional(Type.Boolean()),
  state: Type.Optional(Type.String({ maxLength: 16, description: 'Learning state of its structure' })),
  sort: Type.Optional(Type.Enum([...deviceOrders])),
  order: Type.Optional(Type.Enum(['asc', 'desc'])),
};

export function deviceRoutes(api: TypedApi, context: Context): void {
  api.get(
    '/api/v1/devices',
    {
      config: { subject: 'devices' },
      schema: {
        summary: 'Devices of a run',
        tags: ['devices'],
        operationId: 'listDevices',
        querystring: Type.Object(
          {
            ...partQuery,
            ...deviceFilter,
            evidence: Type.Optional(
              Type.Boolean({ description: 'false leaves the evidence of each device out: shorter', default: true }),
            ),
          },
          closed,
        ),
        response: { 200: Type.Object({ ...paged, devices: Type.Array(deviceShape) }, closed), ...problems },
      },
    },
    async ({ query }) => {
      const { store, run, part } = partOf(context, query);
      const { order, evidence, limit: _, offset: __, run: ___, ...filter } = query;
      const { rows, total } = store.find.devices(run, { ...filter, descending: order === 'desc', ...part });
      const full = rows.map((row) => ({ ...row, evidence: evidence === false ? [] : store.evidence(run, row.id) }));
      return { run, total, ...part, devices: full.map(deviceJson) };
    },
  );

  api.get(
    '/api/v1/devices/counts',
    {
      config: { subject: 'devices' },
      schema: {
        summary: 'How many devices there are, by class, care tier and learning state',
        tags: ['devices'],
        operationId: 'countDevices',
        querystring: Type.Object(runQuery, closed),
        response: {
          200: Type.Object({ run: Type.String(), class: counts, tier: counts, state: counts, medical: counts }, closed),
          ...problems,
        },
      },
    },
    async ({ query }) => {
      const { store, run } = placeOf(context, query.run);
      const of = (column: 'class' | 'tier' | 'state' | 'medical') => store.find.deviceCounts(run, column);
      return { run, class: of('class'), tier: of('tier'), state: of('state'), medical: of('medical') };
    },
  );
}
