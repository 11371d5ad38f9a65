/** The addresses under `/api/v1`, each with the schema of what it takes and gives. */
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import { Type } from 'typebox';
import { isoTime } from '../bytes/time.ts';
import { alertJson, deviceJson, heldJson, incidentJson, pointJson, postureJson } from '../model-json.ts';
import type { Store } from '../store/store.ts';
import { ProblemError, problemShape } from './problems.ts';
import {
  alertShape,
  closed,
  count,
  deviceShape,
  heldShape,
  incidentShape,
  pointShape,
  postureShape,
  time,
} from './shapes.ts';

export type TypedApi = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

export const PAGE_ROWS = 100;
export const PAGE_ROWS_MAX = 1_000;
export const POINTS_MAX = 10_000;

const runName = Type.String({ minLength: 1, maxLength: 128, description: 'Name of a run; default: the latest' });
const pageQuery = Type.Object(
  {
    run: Type.Optional(runName),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: PAGE_ROWS_MAX, default: PAGE_ROWS })),
    offset: Type.Optional(Type.Integer({ minimum: 0, maximum: 100_000_000, default: 0 })),
  },
  closed,
);
const problems = { '4xx': problemShape, '5xx': problemShape };
const paged = { run: Type.String(), total: count, limit: count, offset: count };

const runShape = Type.Object(
  {
    name: Type.String(),
    kind: Type.String({ description: 'replay or live' }),
    inputs: Type.Array(Type.String()),
    started: time,
    last: time,
    finished: Type.Boolean(),
  },
  closed,
);

interface PageQuery {
  run?: string;
  limit?: number;
  offset?: number;
}

/** Which run is meant and which part of it. */
function pageOf(store: Store, query: PageQuery): { run: string; limit: number; offset: number } {
  return { run: runOf(store, query.run), limit: query.limit ?? PAGE_ROWS, offset: query.offset ?? 0 };
}

function runOf(store: Store, name: string | undefined): string {
  const run = name ?? store.latestRun();
  if (run === null) throw new ProblemError(404, 'The store is empty: no run yet.');
  if (name !== undefined && !store.runs().some((one) => one.name === name)) {
    throw new ProblemError(404, 'The store has no run of this name.');
  }
  return run;
}

export function routes(api: TypedApi, store: Store, version: string): void {
  about(api, store, version);
  lists(api, store);
  points(api, store);
}

function about(api: TypedApi, store: Store, version: string): void {
  api.get(
    '/api/v1/health',
    {
      schema: {
        summary: 'Is the sensor well?',
        response: {
          200: Type.Object(
            {
              status: Type.Literal('ok'),
              version: Type.String(),
              latestRun: Type.Union([Type.String(), Type.Null()]),
              lastPacket: Type.Union([time, Type.Null()]),
              tables: Type.Array(Type.Object({ table: Type.String(), rows: count, bytes: count }, closed)),
            },
            closed,
          ),
          ...problems,
        },
      },
    },
    async () => {
      const latestRun = store.latestRun();
      const last = store.runs().find(({ name }) => name === latestRun);
      return {
        status: 'ok' as const,
        version,
        latestRun,
        lastPacket: last === undefined || last.lastUs === 0 ? null : isoTime(last.lastUs),
        tables: store.sizes().map(({ table, rows, bytes }) => ({ table, rows, bytes })),
      };
    },
  );

  api.get(
    '/api/v1/runs',
    {
      schema: {
        summary: 'Runs, the latest first',
        response: { 200: Type.Object({ total: count, runs: Type.Array(runShape) }, closed), ...problems },
      },
    },
    async () => {
      const runs = store.runs().map((run) => ({
        name: run.name,
        kind: run.kind,
        inputs: [...run.inputs],
        started: isoTime(run.startedUs),
        last: isoTime(run.lastUs),
        finished: run.finished,
      }));
      return { total: runs.length, runs };
    },
  );

  api.get(
    '/api/v1/runs/:run/report',
    {
      schema: {
        summary: 'The report of a finished run (docs/replay.schema.json)',
        params: Type.Object({ run: runName }, closed),
        response: { 200: Type.Object({}, { additionalProperties: true }), ...problems },
      },
    },
    async ({ params }) => {
      const report = store.report(runOf(store, params.run));
      if (report === null) throw new ProblemError(404, 'This run has no report: it was not finished.');
      return report;
    },
  );
}

function lists(api: TypedApi, store: Store): void {
  api.get(
    '/api/v1/devices',
    {
      schema: {
        summary: 'Devices of a run',
        querystring: pageQuery,
        response: { 200: Type.Object({ ...paged, devices: Type.Array(deviceShape) }, closed), ...problems },
      },
    },
    async ({ query }) => {
      const { run, ...page } = pageOf(store, query);
      const { rows, total } = store.devices(run, page);
      return { run, total, ...page, devices: rows.map(deviceJson) };
    },
  );

  api.get(
    '/api/v1/devices/:id',
    {
      schema: {
        summary: 'One device with the evidence for what is said about it',
        params: Type.Object({ id: Type.String({ minLength: 1, maxLength: 128 }) }, closed),
        querystring: Type.Object({ run: Type.Optional(runName) }, closed),
        response: { 200: deviceShape, ...problems },
      },
    },
    async ({ params, query }) => {
      const row = store.device(runOf(store, query.run), params.id);
      if (row === null) throw new ProblemError(404, 'The run has no device of this id.');
      return deviceJson(row);
    },
  );

  api.get(
    '/api/v1/alerts',
    {
      schema: {
        summary: 'Alerts of a run',
        querystring: pageQuery,
        response: { 200: Type.Object({ ...paged, alerts: Type.Array(alertShape) }, closed), ...problems },
      },
    },
    async ({ query }) => {
      const { run, ...page } = pageOf(store, query);
      const { rows, total } = store.alerts(run, page);
      return { run, total, ...page, alerts: rows.map(alertJson) };
    },
  );

  api.get(
    '/api/v1/incidents',
    {
      schema: {
        summary: 'Incidents of a run: alerts that belong together, with the risk for the device',
        querystring: pageQuery,
        response: { 200: Type.Object({ ...paged, incidents: Type.Array(incidentShape) }, closed), ...problems },
      },
    },
    async ({ query }) => {
      const { run, ...page } = pageOf(store, query);
      const { rows, total } = store.incidents(run, page);
      return { run, total, ...page, incidents: rows.map(incidentJson) };
    },
  );

  api.get(
    '/api/v1/held',
    {
      schema: {
        summary: 'Relations seen while learning that wait for a decision',
        querystring: pageQuery,
        response: { 200: Type.Object({ ...paged, held: Type.Array(heldShape) }, closed), ...problems },
      },
    },
    async ({ query }) => {
      const { run, ...page } = pageOf(store, query);
      const { rows, total } = store.held(run, page);
      return { run, total, ...page, held: rows.map(heldJson) };
    },
  );

  api.get(
    '/api/v1/posture',
    {
      schema: {
        summary: 'Standing weaknesses of the devices of a run; never an alarm by themselves',
        querystring: pageQuery,
        response: { 200: Type.Object({ ...paged, posture: Type.Array(postureShape) }, closed), ...problems },
      },
    },
    async ({ query }) => {
      const { run, ...page } = pageOf(store, query);
      const { rows, total } = store.posture(run, page);
      return { run, total, ...page, posture: rows.map(postureJson) };
    },
  );
}

const moment = Type.String({ maxLength: 40, description: 'ISO 8601 with a time zone' });

function points(api: TypedApi, store: Store): void {
  api.get(
    '/api/v1/points',
    {
      schema: {
        summary: 'Measurements of a run in the order of time (docs/line-protocol.md)',
        querystring: Type.Object(
          {
            measurement: Type.String({ pattern: '^wardwatch_[a-z0-9_]{1,64}$' }),
            run: Type.Optional(runName),
            device: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
            from: Type.Optional(moment),
            to: Type.Optional(moment),
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
      const run = runOf(store, query.run);
      const limit = query.limit ?? PAGE_ROWS_MAX;
      const found = store.points(run, query.measurement, {
        ...(query.device === undefined ? {} : { device: query.device }),
        fromUs: microseconds(query.from, 'from') ?? 0,
        toUs: microseconds(query.to, 'to') ?? Number.MAX_SAFE_INTEGER,
        limit: limit + 1,
      });
      return { run, points: found.slice(0, limit).map(pointJson), complete: found.length <= limit };
    },
  );
}

function microseconds(text: string | undefined, name: string): number | null {
  if (text === undefined) return null;
  const parts = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?(Z|[+-]\d\d:\d\d)$/.exec(text);
  const ms = parts === null ? Number.NaN : Date.parse(`${parts[1]}${parts[3]}`);
  if (parts === null || Number.isNaN(ms)) {
    throw new ProblemError(400, `querystring/${name}: allowed is ISO 8601 with a time zone: 2026-03-02T10:00:00Z`);
  }
  return ms * 1000 + Number((parts[2] ?? '').padEnd(6, '0'));
}
