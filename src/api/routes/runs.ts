/** Runs: live ones and replays, their reports, and what one raised that another did not. */
import { Type } from 'typebox';
import { isoTime } from '../../bytes/time.ts';
import type { FindingRow } from '../../model.ts';
import type { RunRow } from '../../store/store.ts';
import { type Context, placeOf, problems, type RunPlace, runName, type TypedApi } from '../context.ts';
import { ProblemError } from '../problems.ts';
import { closed, count, time } from '../shapes.ts';

const runShape = Type.Object(
  {
    name: Type.String(),
    kind: Type.String({ description: 'replay or live' }),
    inputs: Type.Array(Type.String()),
    started: time,
    last: time,
    finished: Type.Boolean(),
    apart: Type.Boolean({ description: 'Made by a replay here: kept apart from what the sensor saw' }),
  },
  closed,
);

const rowShape = Type.Object(
  {
    id: Type.String(),
    detector: Type.String(),
    severity: Type.String(),
    device: Type.String(),
    peer: Type.String(),
    service: Type.String(),
    happened: Type.String(),
    start: time,
  },
  closed,
);

export const differenceShape = Type.Object(
  {
    from: Type.String(),
    to: Type.String(),
    same: count,
    added: Type.Array(rowShape, { description: 'Raised in `to` only' }),
    removed: Type.Array(rowShape, { description: 'Raised in `from` only' }),
    changed: Type.Array(
      Type.Object({ alert: rowShape, severityBefore: Type.String(), severityAfter: Type.String() }, closed),
    ),
    complete: Type.Boolean({ description: 'false: there are more alerts than are compared' }),
  },
  closed,
);

/** Alerts of a run that are held against those of another. */
const COMPARED_MAX = 5_000;

export function runRoutes(api: TypedApi, context: Context): void {
  api.get(
    '/api/v1/runs',
    {
      config: { subject: 'runs' },
      schema: {
        summary: 'Runs, in the order in which they were begun',
        tags: ['runs'],
        operationId: 'listRuns',
        response: { 200: Type.Object({ total: count, runs: Type.Array(runShape) }, closed), ...problems },
      },
    },
    async () => {
      const own = context.store.runs().map((run) => ({ ...runJson(run), apart: false }));
      const others = context.replays()?.runs() ?? [];
      const runs = [...own, ...others.map((run) => ({ ...runJson(run), apart: true }))];
      return { total: runs.length, runs };
    },
  );

  api.get(
    '/api/v1/runs/:run/report',
    {
      config: { subject: 'runs' },
      schema: {
        summary: 'The report of a finished run (docs/replay.schema.json)',
        tags: ['runs'],
        operationId: 'getReport',
        params: Type.Object({ run: runName }, closed),
        response: { 200: Type.Object({}, { additionalProperties: true }), ...problems },
      },
    },
    async ({ params }, reply) => {
      const { store, run } = placeOf(context, params.run);
      const report = store.reportText(run);
      if (report === null) throw new ProblemError(404, 'This run has no report: it was not finished.');
      // It may be long and is JSON already: it goes out as it is kept.
      return reply
        .type('application/json; charset=utf-8')
        .serializer(String)
        .send(report as never);
    },
  );

  api.get(
    '/api/v1/runs/:run/difference',
    {
      config: { subject: 'runs' },
      schema: {
        summary: 'Alerts that one run raised and another did not',
        tags: ['runs'],
        operationId: 'compareRuns',
        params: Type.Object({ run: runName }, closed),
        querystring: Type.Object({ from: runName }, closed),
        response: { 200: differenceShape, ...problems },
      },
    },
    async ({ params, query }) => differenceOf(placeOf(context, query.from), placeOf(context, params.run)),
  );
}

export function runJson(run: RunRow) {
  return {
    name: run.name,
    kind: run.kind,
    inputs: [...run.inputs],
    started: isoTime(run.startedUs),
    last: isoTime(run.lastUs),
    finished: run.finished,
  };
}

/** The same alert: the same card about the same devices and service. */
function keyOf({ detector, device, peer, service }: FindingRow): string {
  return [detector, device, peer, service].join('\n');
}

export function differenceOf(before: RunPlace, after: RunPlace) {
  const part = { limit: COMPARED_MAX, offset: 0 };
  const old = before.store.find.alerts(before.run, part);
  const now = after.store.find.alerts(after.run, part);
  const was = new Map(old.rows.map((row) => [keyOf(row), row]));
  const is = new Map(now.rows.map((row) => [keyOf(row), row]));
  const both = [...is].filter(([key]) => was.has(key));
  const changed = both
    .map(([key, row]) => ({ row, severityBefore: was.get(key)?.severity ?? row.severity }))
    .filter(({ row, severityBefore }) => row.severity !== severityBefore)
    .map(({ row, severityBefore }) => ({ alert: rowOf(row), severityBefore, severityAfter: row.severity }));
  return {
    from: before.run,
    to: after.run,
    same: both.length - changed.length,
    added: [...is].filter(([key]) => !was.has(key)).map(([, row]) => rowOf(row)),
    removed: [...was].filter(([key]) => !is.has(key)).map(([, row]) => rowOf(row)),
    changed,
    complete: old.total <= COMPARED_MAX && now.total <= COMPARED_MAX,
  };
}

function rowOf({ id, detector, severity, device, peer, service, happened, startUs }: FindingRow) {
  return { id, detector, severity, device, peer, service, happened, start: isoTime(startUs) };
}
