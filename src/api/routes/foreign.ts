/** Alerts of other programs (Suricata), each with the device it concerns; never among ours. */
import { Type } from 'typebox';
import type { ForeignAlertRow } from '../../foreign/collector.ts';
import { foreignAlertJson } from '../../foreign/json.ts';
import { type Context, paged, partOf, partQuery, problems, type TypedApi } from '../context.ts';
import { foreignAlertShape } from '../foreign-shape.ts';
import { closed, count } from '../shapes.ts';

export function foreignRoutes(api: TypedApi, context: Context): void {
  api.get(
    '/api/v1/foreign-alerts',
    {
      config: { subject: 'incidents' },
      schema: {
        summary: 'Alerts that Suricata raised about the devices of a run, the latest first (docs/suricata.md)',
        tags: ['incidents'],
        operationId: 'listForeignAlerts',
        querystring: Type.Object(
          {
            ...partQuery,
            device: Type.Optional(Type.String({ minLength: 1, maxLength: 128, description: 'At either end' })),
          },
          closed,
        ),
        response: {
          200: Type.Object(
            {
              ...paged,
              devices: Type.Record(Type.String(), count, { description: 'Rows of each device of the page' }),
              alerts: Type.Array(foreignAlertShape),
            },
            closed,
          ),
          ...problems,
        },
      },
    },
    async ({ query }) => {
      const { store, run, part } = partOf(context, query);
      const { rows, total } = store.foreign.of<ForeignAlertRow>(run, { device: query.device, ...part });
      const counts = store.foreign.counts(run);
      const shown = new Set(rows.flatMap(({ device, peer }) => [device, peer]).filter((id) => id !== ''));
      const devices = Object.fromEntries([...shown].sort().map((id) => [id, counts.get(id) ?? 0]));
      return { run, total, ...part, devices, alerts: rows.map(foreignAlertJson) };
    },
  );
}
