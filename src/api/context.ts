/** What every route is given, and what all of them share: which run is meant, which part of a list, who asks. */
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import { Type } from 'typebox';
import type { Store } from '../store/store.ts';
import type { Access } from './access/access.ts';
import type { Oidc } from './access/oidc.ts';
import { ProblemError, problemShape } from './problems.ts';
import type { Role } from './roles.ts';
import { count } from './shapes.ts';
import type { Work } from './work.ts';

export type TypedApi = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may ask: a viewer when nothing is said of a read; writes must say. `nobody` needs no session at all. */
    role?: Role | 'nobody';
    /** What a token must be for when it is for some subjects only. */
    subject?: string;
  }
}

export interface Context {
  /** The store of the sensor, and that of captures that people looked into. */
  readonly store: Store;
  readonly replays: () => Store | null;
  readonly version: string;
  readonly work: Work;
  readonly access: Access;
  /** Signing in at an identity provider; null when there is none. */
  readonly oidc: Oidc | null;
  /** It is asked over TLS. */
  readonly isSecure: boolean;
  /** The wall clock, in microseconds. */
  readonly nowUs: () => number;
}

export const PAGE_ROWS = 100;
export const PAGE_ROWS_MAX = 1_000;

export const runName = Type.String({ minLength: 1, maxLength: 128, description: 'Name of a run; default: the latest' });
export const idText = Type.String({ minLength: 1, maxLength: 128 });
export const runQuery = { run: Type.Optional(runName) };
export const partQuery = {
  ...runQuery,
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: PAGE_ROWS_MAX, default: PAGE_ROWS })),
  offset: Type.Optional(Type.Integer({ minimum: 0, maximum: 100_000_000, default: 0 })),
};
const problem = {
  description: 'What is wrong, in words (RFC 9457)',
  content: { 'application/problem+json': { schema: problemShape } },
} as const;
export const problems = { '4xx': problem, '5xx': problem };
export const paged = { run: Type.String(), total: count, limit: count, offset: count };

interface PartQuery {
  run?: string;
  limit?: number;
  offset?: number;
}

/** A run, in the store that has it. */
export interface RunPlace {
  readonly store: Store;
  readonly run: string;
}

export function placeOf(context: Context, name: string | undefined): RunPlace {
  const { store } = context;
  if (name === undefined) {
    const latest = store.latestRun();
    if (latest === null) throw new ProblemError(404, 'The store is empty: no run yet.');
    return { store, run: latest };
  }
  if (store.hasRun(name)) return { store, run: name };
  const replays = context.replays();
  if (replays?.hasRun(name)) return { store: replays, run: name };
  throw new ProblemError(404, 'The store has no run of this name.');
}

/** Which run is meant and which part of it. */
export function partOf(
  context: Context,
  query: PartQuery,
): { store: Store; run: string; part: { limit: number; offset: number } } {
  const { store, run } = placeOf(context, query.run);
  return { store, run, part: { limit: query.limit ?? PAGE_ROWS, offset: query.offset ?? 0 } };
}

export const moment = Type.String({ maxLength: 40, description: 'ISO 8601 with a time zone' });

/** `where` names the parameter in the answer to a wrong one. */
export function microseconds(text: string | undefined, where: string): number | null {
  if (text === undefined || text === '') return null;
  const parts = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?(Z|[+-]\d\d:\d\d)$/.exec(text);
  const ms = parts === null ? Number.NaN : Date.parse(`${parts[1]}${parts[3]}`);
  if (parts === null || Number.isNaN(ms)) {
    throw new ProblemError(400, `${where}: allowed is ISO 8601 with a time zone: 2026-03-02T10:00:00Z`);
  }
  return ms * 1000 + Number((parts[2] ?? '').padEnd(6, '0'));
}
