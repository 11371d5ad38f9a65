/**
 * Keeps every table below its caps of age, rows and bytes, and writes down what was given up.
 *
 * Points older than two days become hours and hours older than a month become days; only then are the oldest points
 * dropped. Age is packet time: a row of a replay is as old as it was when its own run ended, so a capture from last
 * year is not swept away by today's clock. Bytes are pages on the disk, turned into rows by the table's average.
 */
import type { Connection } from './connection.ts';
import { listTables } from './lists.ts';
import { rollUp } from './rollup.ts';
import { type Column, number, text } from './rows.ts';
import { runTables } from './schema.ts';

export type RetainedTable =
  | 'points'
  | 'alerts'
  | 'held'
  | 'posture'
  | 'devices'
  | 'evidence'
  | 'links'
  | 'flows'
  | 'audit'
  | 'runs';
export interface Cap {
  readonly rows: number;
  readonly days: number;
  readonly megabytes: number;
}
export type Retention = Readonly<Record<RetainedTable, Cap>>;

export interface TableRows {
  table: string;
  rows: number;
}
export interface TableSize extends TableRows {
  bytes: number;
}
export interface PrunedRow extends TableRows {
  /** `age`, `rows`, `bytes`, `hours` (minutes rolled up), `days` (hours rolled up). */
  reason: string;
  /** Packet time of the last time. */
  lastUs: number;
}

export const defaultRetention: Retention = {
  points: { rows: 5_000_000, days: 400, megabytes: 2_048 },
  alerts: { rows: 100_000, days: 1_100, megabytes: 256 },
  held: { rows: 20_000, days: 1_100, megabytes: 64 },
  posture: { rows: 20_000, days: 1_100, megabytes: 64 },
  devices: { rows: 20_000, days: 1_100, megabytes: 256 },
  evidence: { rows: 100_000, days: 180, megabytes: 1_024 },
  links: { rows: 500_000, days: 400, megabytes: 256 },
  flows: { rows: 200_000, days: 30, megabytes: 128 },
  audit: { rows: 100_000, days: 1_100, megabytes: 64 },
  runs: { rows: 1_000, days: 1_100, megabytes: 512 },
};

const MEGABYTE = 1_000_000;
const LARGE_BYTES = 100 * MEGABYTE;
const HOUR_US = 3_600_000_000;
const DAY_US = 24 * HOUR_US;
const MINUTE_DAYS = 2;
const HOUR_DAYS = 30;
/** Nothing reaches a cap within an hour that the next one would not put right. */
const PAUSE_US = HOUR_US;

/** Tables, their caps, and the column of their age. */
const plan: readonly (readonly [
  table: string,
  cap: Exclude<RetainedTable, 'points' | 'audit' | 'runs'>,
  time: string,
])[] = [
  ['devices', 'devices', 'last_us'],
  ['evidence', 'evidence', 'last_us'],
  ['alerts', 'alerts', 'last_us'],
  ['incidents', 'alerts', 'last_us'],
  ['held', 'held', 'first_us'],
  ['posture', 'posture', 'last_us'],
  ['links', 'links', 'last_us'],
  ['flows', 'flows', 'start_us'],
  ['foreign_alerts', 'alerts', 'last_us'],
];
const tables = ['runs', ...runTables, 'series', 'points', 'pruned', ...listTables];
export class Pruner {
  readonly #connection: Connection;
  readonly #retention: Retention;
  #lastUs = Number.NEGATIVE_INFINITY;
  #nowUs = 0;
  #gone = new Map<string, number>();
  #sized: { sizes: TableSize[]; untilMs: number } = { sizes: [], untilMs: 0 };

  constructor(connection: Connection, retention: Retention) {
    this.#connection = connection;
    this.#retention = retention;
  }

  /** A run begins: its packet time has nothing to do with the last one's. */
  begin(): void {
    this.#lastUs = Number.NEGATIVE_INFINITY;
  }

  prune(nowUs: number): TableRows[] {
    if (Math.abs(nowUs - this.#lastUs) < PAUSE_US) return [];
    this.#lastUs = nowUs;
    this.#nowUs = Number.isSafeInteger(nowUs) ? nowUs : 0;
    this.#gone = new Map();
    this.#connection.transaction(() => {
      const sizes = this.#sizesWhenLarge();
      this.#pruneRuns();
      const ends = this.#runEnds();
      for (const [table, capped, time] of plan) {
        const cap = this.#retention[capped];
        for (const [run, endUs] of ends) {
          this.#delete(table, 'age', `run = ? AND ${time} < ?`, [run, endUs - cap.days * DAY_US]);
        }
        this.#pruneRows(table, time, cap, sizes.get(table));
      }
      this.#prunePoints(ends, sizes.get('points'));
    });
    this.#connection.giveBack(1_000);
    return [...this.#gone].map(([table, rows]) => ({ table, rows }));
  }

  pruned(): PrunedRow[] {
    return this.#connection.all('SELECT * FROM pruned ORDER BY name, reason').map((columns) => ({
      table: text(columns, 'name'),
      reason: text(columns, 'reason'),
      rows: number(columns, 'rows'),
      lastUs: number(columns, 'last_us'),
    }));
  }

  /** Of a large store the answer may be a minute old: every page has to be looked at for it. */
  sizes(): TableSize[] {
    const nowMs = performance.now();
    if (nowMs < this.#sized.untilMs) return this.#sized.sizes;
    const pages = this.#connection.all(
      `SELECT s.tbl_name AS name, sum(d.pgsize) AS bytes FROM dbstat d JOIN sqlite_schema s ON s.name = d.name
       WHERE d.aggregate = 1 GROUP BY s.tbl_name`,
    );
    const bytes = new Map(pages.map((columns) => [text(columns, 'name'), number(columns, 'bytes')]));
    const sizes = tables.map((table) => ({ table, rows: this.#rows(table), bytes: bytes.get(table) ?? 0 }));
    this.#sized = { sizes, untilMs: this.#fileBytes() > LARGE_BYTES ? nowMs + 60_000 : 0 };
    return sizes;
  }

  /** Empty while the whole file is smaller than the smallest cap: then no table can be above its own. */
  #sizesWhenLarge(): Map<string, TableSize> {
    const smallest = Math.min(...Object.values(this.#retention).map(({ megabytes }) => megabytes));
    if (this.#fileBytes() <= smallest * MEGABYTE) return new Map();
    this.#sized.untilMs = 0;
    return new Map(this.sizes().map((size) => [size.table, size]));
  }

  #fileBytes(): number {
    const pages = 'SELECT page_count * page_size AS bytes FROM pragma_page_count, pragma_page_size';
    return number(this.#connection.get(pages) ?? {}, 'bytes');
  }

  /** Whole runs go, oldest first, never the one that was begun last. */
  #pruneRuns(): void {
    const { rows, days, megabytes } = this.#retention.runs;
    let bytes = 0;
    const select = 'SELECT name, kind, last_us, coalesce(length(report), 0) AS bytes FROM runs ORDER BY begun DESC';
    this.#connection.all(select).forEach((run, at) => {
      bytes += number(run, 'bytes');
      const old = text(run, 'kind') === 'live' && number(run, 'last_us') < this.#nowUs - days * DAY_US;
      const reason = old ? 'age' : at >= rows ? 'rows' : bytes > megabytes * MEGABYTE ? 'bytes' : '';
      if (at === 0 || reason === '') return;
      const name = text(run, 'name');
      for (const table of runTables) this.#delete(table, 'run', 'run = ?', [name]);
      this.#delete('points', 'run', 'series IN (SELECT id FROM series WHERE run = ?)', [name]);
      this.#connection.run('DELETE FROM series WHERE run = ?', [name]);
      this.#delete('runs', reason, 'name = ?', [name]);
    });
  }

  /** Each run and the packet time from which its rows are aged. */
  #runEnds(): [run: string, endUs: number][] {
    return this.#connection.all('SELECT name, kind, last_us FROM runs ORDER BY name').map((columns) => {
      const lastUs = number(columns, 'last_us');
      const endUs = text(columns, 'kind') === 'live' ? Math.max(lastUs, this.#nowUs) : lastUs;
      return [text(columns, 'name'), endUs];
    });
  }

  #pruneRows(table: string, time: string, cap: Cap, size: TableSize | undefined): void {
    const allowed = rowsAllowed(cap, size);
    const excess = this.#rows(table) - allowed;
    if (excess <= 0) return;
    const key = keys[table] ?? '';
    const oldest = `(${key}) IN (SELECT ${key} FROM ${table} ORDER BY ${time}, ${key} LIMIT ?)`;
    this.#delete(table, allowed < cap.rows ? 'bytes' : 'rows', oldest, [excess]);
  }

  #prunePoints(ends: readonly [run: string, endUs: number][], size: TableSize | undefined): void {
    const cap = this.#retention.points;
    for (const [run, endUs] of ends) {
      this.#rollUp(0, run, floor(endUs - MINUTE_DAYS * DAY_US, HOUR_US));
      this.#rollUp(1, run, floor(endUs - HOUR_DAYS * DAY_US, DAY_US));
      const old = 'series IN (SELECT id FROM series WHERE run = ?) AND time_us < ?';
      this.#delete('points', 'age', old, [run, endUs - cap.days * DAY_US]);
    }
    this.#shrinkPoints(ends, rowsAllowed(cap, size), cap);
    this.#connection.run('DELETE FROM series WHERE NOT EXISTS (SELECT 1 FROM points WHERE series = series.id)');
  }

  /** Over the cap by rows or bytes: more of the oldest minutes become hours, more hours days, then the oldest go. */
  #shrinkPoints(ends: readonly [run: string, endUs: number][], allowed: number, cap: Cap): void {
    for (const [level, step] of [
      [0, HOUR_US],
      [1, DAY_US],
    ] as const) {
      const excess = this.#rows('points') - allowed;
      if (excess <= 0) return;
      const have = this.#rows('points', `level = ${level}`);
      const middle = `SELECT time_us FROM points WHERE level = ${level} ORDER BY time_us LIMIT 1 OFFSET ?`;
      const before = this.#connection.get(middle, [Math.max(0, Math.min(2 * excess, have - 1))]);
      if (before === undefined) continue;
      for (const [run] of ends) this.#rollUp(level, run, floor(number(before, 'time_us'), step));
    }
    const excess = this.#rows('points') - allowed;
    if (excess <= 0) return;
    const key = 'series, time_us, level';
    const oldest = `(${key}) IN (SELECT ${key} FROM points ORDER BY time_us, ${key} LIMIT ?)`;
    this.#delete('points', allowed < cap.rows ? 'bytes' : 'rows', oldest, [excess]);
  }

  #rollUp(level: 0 | 1, run: string, beforeUs: number): void {
    const rows = rollUp(this.#connection, level, level === 0 ? HOUR_US : DAY_US, run, beforeUs);
    this.#note('points', level === 0 ? 'hours' : 'days', rows);
  }

  #delete(table: string, reason: string, where: string, values: readonly Column[]): void {
    this.#note(table, reason, this.#connection.run(`DELETE FROM ${table} WHERE ${where}`, values));
  }

  #note(table: string, reason: string, rows: number): void {
    if (rows === 0) return;
    this.#gone.set(table, (this.#gone.get(table) ?? 0) + rows);
    this.#connection.run(
      `INSERT INTO pruned VALUES (?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET rows = rows + excluded.rows, last_us = max(last_us, excluded.last_us)`,
      [table, reason, rows, this.#nowUs],
    );
  }

  #rows(table: string, where = '1'): number {
    return number(this.#connection.get(`SELECT count(*) AS rows FROM ${table} WHERE ${where}`) ?? {}, 'rows');
  }
}

/** Primary keys, as in schema.ts. */
const keys: Readonly<Record<string, string>> = {
  devices: 'run, id',
  evidence: 'run, device, position',
  alerts: 'run, id',
  incidents: 'run, id',
  held: 'run, card, device, peer, service, verb',
  posture: 'run, device, rule, peer',
  links: 'run, client, server, service, port, transport',
  flows: 'number',
  foreign_alerts: 'run, id',
};

function rowsAllowed({ rows, megabytes }: Cap, size: TableSize | undefined): number {
  if (size === undefined || size.rows === 0 || size.bytes <= megabytes * MEGABYTE) return rows;
  return Math.min(rows, Math.floor((megabytes * MEGABYTE * size.rows) / size.bytes));
}

function floor(timeUs: number, stepUs: number): number {
  return Math.floor(timeUs / stepUs) * stepUs;
}
