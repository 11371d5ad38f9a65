/** Measurements for charts: as they were written, or one field down-sampled to as many steps as a chart has room for. */
import { Type } from 'typebox';
import { isoTime } from '../../bytes/time.ts';
import { pointJson } from '../../model-json.ts';
import { measurementOf, type Rollup } from '../../output/measurements.ts';
import {
  type Context,
  idText,
  microseconds,
  moment,
  PAGE_ROWS_MAX,
  placeOf,
  problems,
  runQuery,
  type TypedApi,
} from '../context.ts';
import { ProblemError } from '../problems.ts';
import { closed, pointShape, time } from '../shapes.ts';

export const POINTS_MAX = 10_000;
/** Points that are looked at for one chart. */
const LOOKED_AT_MAX = 50_000;

const measurement = Type.String({ pattern: '^wardwatch_[a-z0-9_]{1,64}$' });
const range = { from: Type.Optional(moment), to: Type.Optional(moment) };

export function pointRoutes(api: TypedApi, context: Context): void {
  api.get(
    '/api/v1/points',
    {
      config: { subject: 'points' },
      schema: {
        summary: 'Measurements of a run in the order of time (docs/line-protocol.md)',
        tags: ['points'],
        operationId: 'listPoints',
        querystring: Type.Object(
          {
            measurement,
            ...runQuery,
            device: Type.Optional(idText),
            ...range,
            limit: Type.Optional(Type.Integer({ minimum: 1, maximum: POINTS_MAX, default: PAGE_ROWS_MAX })),
          },
          closed,
        ),
        response: {
          200: Type.Object(
            {
              run: Type.String(),
              points: Type.Array(pointShape),
              complete: Type.Boolean({ description: 'false: the limit was reached; go on from the last time' }),
            },
            closed,
          ),
          ...problems,
        },
      },
    },
    async ({ query }) => {
      const { store, run } = placeOf(context, query.run);
      const limit = query.limit ?? PAGE_ROWS_MAX;
      const found = store.points(run, query.measurement, {
        ...(query.device === undefined ? {} : { device: query.device }),
        fromUs: microseconds(query.from, 'querystring/from') ?? 0,
        toUs: microseconds(query.to, 'querystring/to') ?? Number.MAX_SAFE_INTEGER,
        limit: limit + 1,
      });
      return { run, points: found.slice(0, limit).map(pointJson), complete: found.length <= limit };
    },
  );

  api.get(
    '/api/v1/points/series',
    {
      config: { subject: 'points' },
      schema: {
        summary:
          'One field over time, in at most as many steps as are asked for; all series added together, or by a tag',
        tags: ['points'],
        operationId: 'getSeries',
        querystring: Type.Object(
          {
            measurement,
            field: Type.String({ pattern: '^[a-z][a-z0-9_]{0,63}$' }),
            ...runQuery,
            device: Type.Optional(idText),
            by: Type.Optional(
              Type.String({
                pattern: '^[a-z][a-z0-9_]{0,31}$',
                description: 'A tag: one series for each of its values',
              }),
            ),
            ...range,
            steps: Type.Optional(Type.Integer({ minimum: 1, maximum: 2_000, default: 200 })),
          },
          closed,
        ),
        response: {
          200: Type.Object(
            {
              run: Type.String(),
              unit: Type.String(),
              stepSeconds: Type.Number(),
              times: Type.Array(time, { description: 'Beginning of each step' }),
              series: Type.Array(
                Type.Object(
                  { name: Type.String(), values: Type.Array(Type.Union([Type.Number(), Type.Null()])) },
                  closed,
                ),
              ),
              complete: Type.Boolean({ description: 'false: there were more points than were looked at' }),
            },
            closed,
          ),
          ...problems,
        },
      },
    },
    async ({ query }) => {
      const { store, run } = placeOf(context, query.run);
      const definition = measurementOf(query.measurement)?.fields[query.field];
      if (definition === undefined) throw new ProblemError(404, 'There is no such field (docs/line-protocol.md).');
      const kept = store.runNamed(run);
      const toUs = microseconds(query.to, 'querystring/to') ?? kept?.lastUs ?? 0;
      const fromUs =
        microseconds(query.from, 'querystring/from') ?? Math.max(kept?.startedUs ?? 0, toUs - 7 * 86_400e6);
      if (toUs < fromUs) throw new ProblemError(400, 'querystring/to: is before from');
      const found = store.points(run, query.measurement, {
        ...(query.device === undefined ? {} : { device: query.device }),
        fromUs,
        toUs,
        limit: LOOKED_AT_MAX + 1,
      });
      const steps = query.steps ?? 200;
      // Never finer than points are written.
      const stepUs = Math.max(60e6, Math.ceil((toUs - fromUs + 1) / steps));
      const length = Math.max(1, Math.ceil((toUs - fromUs + 1) / stepUs));
      const sampled = new Sampled(length, definition.rollup);
      for (const { tags, fields, timeUs } of found.slice(0, LOOKED_AT_MAX)) {
        const value = fields[query.field];
        const at = Math.min(length - 1, Math.floor((timeUs - fromUs) / stepUs));
        sampled.add(query.by === undefined ? '' : (tags[query.by] ?? ''), at, valueIn(value));
      }
      return {
        run,
        unit: definition.unit,
        stepSeconds: stepUs / 1e6,
        times: Array.from({ length }, (_, i) => isoTime(fromUs + i * stepUs)),
        series: sampled.series(),
        complete: found.length <= LOOKED_AT_MAX,
      };
    },
  );
}

function valueIn(value: number | string | boolean | undefined): number {
  if (typeof value === 'boolean') return Number(value);
  return typeof value === 'number' ? value : Number.NaN;
}

/** Values of a step become one as those of an hour do in the store: counters add up, medians keep their mean. */
class Sampled {
  private readonly length: number;
  private readonly rollup: Rollup;
  private readonly byName = new Map<string, { values: (number | null)[]; counts: number[] }>();

  constructor(length: number, rollup: Rollup) {
    this.length = length;
    this.rollup = rollup;
  }

  add(name: string, at: number, value: number): void {
    if (Number.isNaN(value) || at < 0) return;
    let one = this.byName.get(name);
    if (one === undefined) {
      one = { values: new Array(this.length).fill(null), counts: new Array(this.length).fill(0) };
      this.byName.set(name, one);
    }
    const before = one.values[at] ?? null;
    const { rollup } = this;
    one.counts[at] = (one.counts[at] ?? 0) + 1;
    if (before === null) one.values[at] = value;
    else if (rollup === 'max') one.values[at] = Math.max(before, value);
    else one.values[at] = rollup === 'last' ? value : before + value;
  }

  series(): { name: string; values: (number | null)[] }[] {
    const mean = this.rollup === 'mean';
    return [...this.byName]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, { values, counts }]) => ({
        name,
        values: mean ? values.map((value, i) => (value === null ? null : value / (counts[i] ?? 1))) : values,
      }));
  }
}
