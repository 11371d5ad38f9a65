/** Is the sensor well, and can it see? What it last saw, what it lost, where its results go, how full the store is. */
import { Type } from 'typebox';
import { isoTime } from '../../bytes/time.ts';
import { type Seen, verdictOf } from '../../output/verdict.ts';
import type { Store } from '../../store/store.ts';
import { type Context, problems, type RunPlace, type TypedApi } from '../context.ts';
import { closed, count, time } from '../shapes.ts';

const HOUR_US = 3_600e6;

const coverageShape = Type.Object(
  {
    percent: Type.Number(),
    oneWayPercent: Type.Number(),
    duplicatePercent: Type.Number(),
    truncatedPercent: Type.Number(),
    verdict: Type.String({ description: 'One plain sentence' }),
    of: Type.Enum(['run', 'hour'], { description: 'The whole of a finished run, or the last hour of a live one' }),
  },
  closed,
);

const outputShape = Type.Object(
  {
    name: Type.String(),
    state: Type.Enum(['ok', 'behind', 'losing']),
    detail: Type.String({ description: 'One plain sentence' }),
  },
  closed,
);

const healthShape = Type.Object(
  {
    status: Type.Literal('ok'),
    version: Type.String(),
    latestRun: Type.Union([Type.String(), Type.Null()]),
    kind: Type.Union([Type.Enum(['live', 'replay']), Type.Null()], { description: 'Of the latest run' }),
    finished: Type.Boolean(),
    inputs: Type.Array(Type.String(), { description: 'Interfaces or captures of the latest run' }),
    lastPacket: Type.Union([time, Type.Null()]),
    secondsSinceLastPacket: Type.Union([Type.Number(), Type.Null()], { description: 'Of a live run' }),
    coverage: Type.Union([coverageShape, Type.Null()]),
    lastHour: Type.Object(
      { packets: count, bytes: count, dropped: count, duplicates: count, gapBytes: count, oddities: count },
      { ...closed, description: 'Packet time' },
    ),
    outputs: Type.Array(outputShape),
    tables: Type.Array(Type.Object({ table: Type.String(), rows: count, bytes: count }, closed)),
    pruned: Type.Array(Type.Object({ table: Type.String(), reason: Type.String(), rows: count, last: time }, closed), {
      description: 'What was given up so far to stay below the caps',
    }),
  },
  closed,
);

interface Sums {
  packets: number;
  bytes: number;
  dropped: number;
  duplicates: number;
  gapBytes: number;
  oddities: number;
}

export function healthRoutes(api: TypedApi, context: Context): void {
  const { store, version, nowUs } = context;
  api.get(
    '/api/v1/health',
    {
      config: { subject: 'health' },
      schema: {
        summary: 'Is the sensor well, and can it see?',
        tags: ['health'],
        operationId: 'getHealth',
        response: { 200: healthShape, ...problems },
      },
    },
    async () => {
      const latestRun = store.latestRun();
      const last = latestRun === null ? null : store.runNamed(latestRun);
      const points = last === null ? [] : sensorPoints(store, last.name, last.lastUs);
      const lastUs = last?.lastUs ?? 0;
      return {
        status: 'ok' as const,
        version,
        latestRun,
        kind: last?.kind ?? null,
        finished: last?.finished ?? false,
        inputs: [...(last?.inputs ?? [])],
        lastPacket: lastUs === 0 ? null : isoTime(lastUs),
        secondsSinceLastPacket:
          last?.kind === 'live' && lastUs !== 0 ? Math.max(0, Math.round((nowUs() - lastUs) / 1e6)) : null,
        coverage: last === null ? null : coverageOf({ store, run: last.name }, last.finished, points),
        lastHour: sumsOf(points),
        outputs: outputsOf(points),
        tables: store.sizes().map(({ table, rows, bytes }) => ({ table, rows, bytes })),
        pruned: store
          .pruned()
          .map(({ table, reason, rows, lastUs }) => ({ table, reason, rows, last: isoTime(lastUs) })),
      };
    },
  );
}

type Fields = Readonly<Record<string, number | string | boolean>>;

function sensorPoints(store: Store, run: string, lastUs: number): Fields[] {
  const range = { fromUs: lastUs - HOUR_US, toUs: lastUs, limit: 3_600 };
  return store.points(run, 'wardwatch_sensor', range).map(({ fields }) => fields);
}

function numberIn(fields: Fields | undefined, name: string): number {
  const value = fields?.[name];
  return typeof value === 'number' ? value : 0;
}

function sumsOf(points: readonly Fields[]): Sums {
  const sum = (name: string): number => points.reduce((all, fields) => all + numberIn(fields, name), 0);
  return {
    packets: sum('packets'),
    bytes: sum('bytes'),
    dropped: sum('dropped'),
    duplicates: sum('duplicates'),
    gapBytes: sum('gap_bytes'),
    oddities: sum('oddities'),
  };
}

interface Coverage extends Omit<Seen, 'packets'> {
  readonly verdict: string;
}

function coverageOf({ store, run }: RunPlace, finished: boolean, points: readonly Fields[]) {
  const told = finished ? (store.reportPart(run, 'coverage') as Coverage | null) : null;
  if (told !== null) return { ...told, of: 'run' as const };
  const last = points.at(-1);
  if (last === undefined) return null;
  const { packets, dropped, duplicates } = sumsOf(points);
  const share = (part: number, whole: number): number => (whole === 0 ? 0 : Math.round((1000 * part) / whole) / 10);
  const kernel = packets + dropped === 0 ? 1 : packets / (packets + dropped);
  const seen: Seen = {
    packets,
    percent: Math.round(10 * numberIn(last, 'coverage_percent') * kernel) / 10,
    oneWayPercent: Math.round(10 * numberIn(last, 'one_way_percent')) / 10,
    duplicatePercent: share(duplicates, packets),
    truncatedPercent: 0,
  };
  const { packets: _, ...coverage } = seen;
  return { ...coverage, verdict: verdictOf(seen), of: 'hour' as const };
}

/** What the sensor says of the spool that stands before InfluxDB. */
function outputsOf(points: readonly Fields[]) {
  const last = points.at(-1);
  if (last?.spool_bytes === undefined) return [];
  const waiting = numberIn(last, 'spool_bytes');
  const lost = numberIn(last, 'spool_dropped_points');
  const errors = numberIn(last, 'write_errors');
  if (lost > 0) {
    return [{ name: 'influx', state: 'losing' as const, detail: `${lost} points were given up: the spool was full.` }];
  }
  const isBehind = waiting > 1_000_000;
  return [
    {
      name: 'influx',
      state: isBehind ? ('behind' as const) : ('ok' as const),
      detail: `${waiting} bytes wait to be sent; ${errors} attempts have failed since the start.`,
    },
  ];
}
