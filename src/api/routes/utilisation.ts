/** How much devices are used, and when: a week by the hour for one, sums for all. */
import { Type } from 'typebox';
import { isoTime } from '../../bytes/time.ts';
import { deviceOrders } from '../../store/finder.ts';
import { calledOf } from '../called.ts';
import {
  type Context,
  idText,
  paged,
  partOf,
  partQuery,
  placeOf,
  problems,
  runQuery,
  type TypedApi,
} from '../context.ts';
import { ProblemError } from '../problems.ts';
import { closed, count, time, utilisationShape } from '../shapes.ts';

const HOUR_US = 3_600e6;
const HOURS = 7 * 24;

const hourShape = Type.Object(
  {
    start: time,
    bytes: count,
    flows: count,
    online: Type.Boolean(),
    messages: Type.Integer({ minimum: 0, description: 'Messages of medical and other protocols that were decoded' }),
  },
  closed,
);

export function utilisationRoutes(api: TypedApi, context: Context): void {
  api.get(
    '/api/v1/utilisation',
    {
      config: { subject: 'devices' },
      schema: {
        summary: 'How much devices are used: examinations, objects, messages, hours',
        tags: ['devices'],
        operationId: 'listUtilisation',
        querystring: Type.Object(
          {
            ...partQuery,
            q: Type.Optional(Type.String({ maxLength: 200 })),
            class: Type.Optional(Type.String({ maxLength: 64 })),
            tier: Type.Optional(Type.Integer({ minimum: 1, maximum: 4 })),
            medical: Type.Optional(Type.Boolean({ default: true })),
            sort: Type.Optional(Type.Enum([...deviceOrders])),
          },
          closed,
        ),
        response: {
          200: Type.Object(
            {
              ...paged,
              devices: Type.Array(
                Type.Object(
                  {
                    id: Type.String(),
                    name: Type.String(),
                    class: Type.String(),
                    tier: count,
                    model: Type.String(),
                    firstSeen: time,
                    lastSeen: time,
                    ...utilisationShape.properties,
                    usedPercent: Type.Number({
                      minimum: 0,
                      maximum: 100,
                      description: 'Hours with a medical protocol, of all hours since it was first seen',
                    }),
                  },
                  closed,
                ),
              ),
            },
            closed,
          ),
          ...problems,
        },
      },
    },
    async ({ query }) => {
      const { store, run, part } = partOf(context, query);
      const { q, class: kind, tier, medical = true, sort = 'hours' } = query;
      const search = { q, class: kind, tier, medical, sort, descending: true, ...part };
      const { rows, total } = store.find.devices(run, search);
      const devices = rows.map((row) => {
        const hours = Math.max(1, Math.ceil((row.lastSeenUs - row.firstSeenUs) / HOUR_US));
        return {
          id: row.id,
          name: calledOf(row, row.id),
          class: row.class,
          tier: row.tier,
          model: row.model,
          firstSeen: isoTime(row.firstSeenUs),
          lastSeen: isoTime(row.lastSeenUs),
          ...row.utilisation,
          usedPercent: Math.min(100, Math.round((1000 * row.utilisation.activeHours) / hours) / 10),
        };
      });
      return { run, total, ...part, devices };
    },
  );

  api.get(
    '/api/v1/devices/:id/activity',
    {
      config: { subject: 'devices' },
      schema: {
        summary: 'A week of a device by the hour, up to the end of the run',
        tags: ['devices'],
        operationId: 'getActivity',
        params: Type.Object({ id: idText }, closed),
        querystring: Type.Object(runQuery, closed),
        response: {
          200: Type.Object({ run: Type.String(), device: Type.String(), hours: Type.Array(hourShape) }, closed),
          ...problems,
        },
      },
    },
    async ({ params, query }) => {
      const { store, run } = placeOf(context, query.run);
      if (store.find.devicesOf(run, [params.id]).size === 0) {
        throw new ProblemError(404, 'The run has no device of this id.');
      }
      const lastUs = store.runNamed(run)?.lastUs ?? 0;
      const endUs = (Math.floor(lastUs / HOUR_US) + 1) * HOUR_US;
      const fromUs = endUs - HOURS * HOUR_US;
      const hours = Array.from({ length: HOURS }, (_, i) => ({
        start: isoTime(fromUs + i * HOUR_US),
        bytes: 0,
        flows: 0,
        online: false,
        messages: 0,
      }));
      const range = { device: params.id, fromUs, toUs: endUs - 1, limit: 20_000 };
      const of = (fields: Readonly<Record<string, unknown>>, name: string): number => {
        const value = fields[name];
        return typeof value === 'number' ? value : 0;
      };
      for (const { fields, timeUs } of store.points(run, 'wardwatch_device', range)) {
        const hour = hours[Math.floor((timeUs - fromUs) / HOUR_US)];
        if (hour === undefined) continue;
        hour.bytes += of(fields, 'bytes_in') + of(fields, 'bytes_out');
        hour.flows += of(fields, 'flows');
        hour.online ||= fields.online === true;
      }
      for (const { fields, timeUs } of store.points(run, 'wardwatch_protocol', range)) {
        const hour = hours[Math.floor((timeUs - fromUs) / HOUR_US)];
        if (hour !== undefined) hour.messages += of(fields, 'messages');
      }
      return { run, device: params.id, hours };
    },
  );
}
