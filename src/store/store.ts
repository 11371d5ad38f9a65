/**
 * The sensor's memory: one file, `wardwatch.sqlite`, written by one program and read by many.
 *
 * A commit is one transaction: kill -9 at any moment leaves all committed data and nothing else. The same calls give
 * the same rows. Every table is kept below its caps (retention.ts). Whatever goes wrong comes out as a `StoreError`.
 */
import type {
  DeviceRow,
  EvidenceRow,
  FindingRow,
  HeldRow,
  IncidentRow,
  Point,
  PostureRow,
  Severity,
} from '../model.ts';
import { Baselines } from './baselines.ts';
import { Connection } from './connection.ts';
import { Dispositions } from './dispositions.ts';
import { StoreError } from './error.ts';
import { Finder } from './finder.ts';
import { ForeignAlerts } from './foreign.ts';
import { Links } from './links.ts';
import { Lists } from './lists.ts';
import { openDatabase } from './open.ts';
import {
  defaultRetention,
  type PrunedRow,
  Pruner,
  type Retention,
  type TableRows,
  type TableSize,
} from './retention.ts';
import { body, type Columns, evidenceRow, heldRow, number, pointRow, text, whole } from './rows.ts';
import type { runTables } from './schema.ts';
import { type Change, Writer } from './writer.ts';

export { StoreError } from './error.ts';
export type { PrunedRow, Retention, TableRows, TableSize } from './retention.ts';
export type { Change } from './writer.ts';

export interface StoreOptions {
  readonly readOnly?: boolean;
  /** What is not named has its usual caps. */
  readonly retention?: Partial<Retention>;
}

export interface RunStart {
  readonly name: string;
  readonly kind: 'replay' | 'live';
  readonly inputs: readonly string[];
  /** Packet time, or 0 when it is not known yet. */
  readonly startedUs: number;
}

export interface RunRow {
  name: string;
  kind: 'replay' | 'live';
  inputs: string[];
  startedUs: number;
  /** Packet time of the last commit. */
  lastUs: number;
  finished: boolean;
}

export interface PageRequest {
  readonly limit?: number;
  readonly offset?: number;
}

/** Part of a list, and how long the whole list is. */
export interface Page<Row> {
  rows: Row[];
  total: number;
}

export interface PointRequest {
  readonly device?: string;
  /** Both included. */
  readonly fromUs: number;
  readonly toUs: number;
  readonly limit: number;
}

const LIMIT = 1_000;

export class Store {
  readonly #connection: Connection;
  #release: () => void;
  readonly #writer: Writer;
  /** Baselines, their decisions and versions. */
  readonly baselines: Baselines;
  /** Steps and suppressions of people. */
  readonly dispositions: Dispositions;
  /** What the site has handed over: equipment, recalls, advisories. */
  readonly lists: Lists;
  /** Alerts of other programs. */
  readonly foreign: ForeignAlerts;
  /** Searches, and parts of long lists. */
  readonly find: Finder;
  /** Who talks to whom. */
  readonly links: Links;
  readonly #pruner: Pruner;

  private constructor(connection: Connection, release: () => void, retention: Retention) {
    this.#connection = connection;
    this.#release = release;
    this.#writer = new Writer(connection);
    this.baselines = new Baselines(connection);
    this.dispositions = new Dispositions(connection);
    this.lists = new Lists(connection);
    this.foreign = new ForeignAlerts(connection);
    this.find = new Finder(connection);
    this.links = new Links(connection);
    this.#pruner = new Pruner(connection, retention);
  }

  static open(folder: string, options: StoreOptions = {}): Store {
    const { path, database, lock } = openDatabase(folder, options.readOnly ?? false);
    return new Store(new Connection(path, database), () => lock?.release(), {
      ...defaultRetention,
      ...options.retention,
    });
  }

  /** A replay of a name that is already there starts afresh; a live run goes on. */
  beginRun({ name, kind, inputs, startedUs }: RunStart): void {
    this.#connection.transaction(() => {
      if (kind === 'replay') this.#writer.deleteRun(name);
      const last = number(this.#connection.get('SELECT coalesce(max(begun), 0) AS last FROM runs') ?? {}, 'last');
      const started = whole(startedUs);
      this.#connection.run(
        `INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?, 0, NULL)
         ON CONFLICT DO UPDATE SET begun = excluded.begun, kind = excluded.kind, inputs = excluded.inputs, finished = 0`,
        [name, last + 1, kind, JSON.stringify(inputs), started, started],
      );
    });
    this.#pruner.begin();
  }

  commit(change: Change): void {
    const update = `UPDATE runs SET last_us = max(last_us, ?1), started_us = iif(started_us = 0, ?1, started_us)
      WHERE name = ?2`;
    try {
      this.#connection.transaction(() => {
        const found = this.#connection.run(update, [whole(change.lastUs), change.run]);
        if (found === 0) throw new StoreError(`store ${this.#connection.path}: run ${change.run} was not begun`);
        this.#writer.put(change);
      });
    } catch (error) {
      this.#writer.forgetSeries();
      throw error;
    }
  }

  /** All of it or nothing. */
  together(action: () => void): void {
    this.#connection.transaction(action);
  }

  /** Everything that belongs to it goes. */
  removeRun(name: string): void {
    this.#connection.transaction(() => this.#writer.deleteRun(name));
  }

  /** `report` is a JSON object. */
  finishRun(name: string, report: unknown): void {
    const json = JSON.stringify(report ?? null);
    this.#connection.run('UPDATE runs SET finished = 1, report = ? WHERE name = ?', [json, name]);
  }

  /** In the order in which they were begun. */
  runs(): RunRow[] {
    const sql = 'SELECT name, kind, inputs, started_us, last_us, finished FROM runs ORDER BY begun';
    return this.#connection.all(sql).map(runRow);
  }

  runNamed(name: string): RunRow | null {
    const sql = 'SELECT name, kind, inputs, started_us, last_us, finished FROM runs WHERE name = ?';
    const columns = this.#connection.get(sql, [name]);
    return columns === undefined ? null : runRow(columns);
  }

  hasRun(name: string): boolean {
    return this.#connection.get('SELECT 1 FROM runs WHERE name = ?', [name]) !== undefined;
  }

  latestRun(): string | null {
    const row = this.#connection.get('SELECT name FROM runs ORDER BY begun DESC LIMIT 1');
    return row === undefined ? null : text(row, 'name');
  }

  /** The report of a finished run, else null. */
  report(run: string): unknown {
    const row = this.#connection.get('SELECT report FROM runs WHERE name = ?', [run]);
    return typeof row?.report === 'string' ? JSON.parse(row.report) : null;
  }

  /** The same as it is kept: it may be long. */
  reportText(run: string): string | null {
    const row = this.#connection.get('SELECT report FROM runs WHERE name = ?', [run]);
    return typeof row?.report === 'string' ? row.report : null;
  }

  /** One part of the report by its key, else null. */
  reportPart(run: string, key: string): unknown {
    const sql = 'SELECT json_extract(report, ?) AS part FROM runs WHERE name = ? AND report IS NOT NULL';
    const part = this.#connection.get(sql, [`$.${key}`, run])?.part;
    return typeof part === 'string' && /^[[{]/.test(part) ? JSON.parse(part) : (part ?? null);
  }

  /** By id. */
  devices(run: string, page: PageRequest = {}): Page<DeviceRow> {
    const sql = 'SELECT id, body FROM devices WHERE run = ? ORDER BY id LIMIT ? OFFSET ?';
    const rows = this.#connection.all(sql, [run, ...bounds(page)]);
    return { rows: rows.map((columns) => this.#deviceRow(run, columns)), total: this.#count('devices', run) };
  }

  device(run: string, id: string): DeviceRow | null {
    const columns = this.#connection.get('SELECT id, body FROM devices WHERE run = ? AND id = ?', [run, id]);
    return columns === undefined ? null : this.#deviceRow(run, columns);
  }

  /** The newest first. */
  alerts(run: string, page: PageRequest & { readonly severity?: Severity | undefined } = {}): Page<FindingRow> {
    const where = "run = ?1 AND (?2 = '' OR severity = ?2)";
    const values = [run, page.severity ?? ''];
    const sql = `SELECT body FROM alerts WHERE ${where} ORDER BY start_us DESC, id LIMIT ?3 OFFSET ?4`;
    const rows = this.#connection.all(sql, [...values, ...bounds(page)]);
    const total = this.#connection.get(`SELECT count(*) AS rows FROM alerts WHERE ${where}`, values);
    return { rows: rows.map((columns) => body<FindingRow>(columns)), total: number(total ?? {}, 'rows') };
  }

  alert(run: string, id: string): FindingRow | null {
    const columns = this.#connection.get('SELECT body FROM alerts WHERE run = ? AND id = ?', [run, id]);
    return columns === undefined ? null : body<FindingRow>(columns);
  }

  held(run: string, page: PageRequest = {}): Page<HeldRow> {
    const sql = 'SELECT * FROM held WHERE run = ? ORDER BY card, device, peer, service, verb LIMIT ? OFFSET ?';
    return { rows: this.#connection.all(sql, [run, ...bounds(page)]).map(heldRow), total: this.#count('held', run) };
  }

  /** The newest first. */
  incidents(run: string, page: PageRequest = {}): Page<IncidentRow> {
    const sql = 'SELECT body FROM incidents WHERE run = ? ORDER BY start_us DESC, id LIMIT ? OFFSET ?';
    const rows = this.#connection.all(sql, [run, ...bounds(page)]);
    return { rows: rows.map((columns) => body<IncidentRow>(columns)), total: this.#count('incidents', run) };
  }

  /** By device, rule and peer. */
  posture(run: string, page: PageRequest = {}): Page<PostureRow> {
    const sql = 'SELECT body FROM posture WHERE run = ? ORDER BY device, rule, peer LIMIT ? OFFSET ?';
    const rows = this.#connection.all(sql, [run, ...bounds(page)]);
    return { rows: rows.map((columns) => body<PostureRow>(columns)), total: this.#count('posture', run) };
  }

  /** In the order of time, then of tags. Old points stand for an hour or a day (retention.ts). */
  points(run: string, measurement: string, { device = '', fromUs, toUs, limit }: PointRequest): Point[] {
    const sql = `SELECT s.measurement, s.tags, p.time_us, p.body FROM series s JOIN points p ON p.series = s.id
      WHERE s.run = ? AND s.measurement = ? ${device === '' ? '' : 'AND s.device = ?'}
      AND p.time_us BETWEEN ? AND ? ORDER BY p.time_us, s.tags LIMIT ?`;
    const series = device === '' ? [run, measurement] : [run, measurement, device];
    return this.#connection.all(sql, [...series, bound(fromUs), bound(toUs), Math.max(0, whole(limit))]).map(pointRow);
  }

  oddities(run: string): Record<string, number> {
    const rows = this.#connection.all('SELECT name, count FROM oddities WHERE run = ? ORDER BY name', [run]);
    return Object.fromEntries(rows.map((columns) => [text(columns, 'name'), number(columns, 'count')]));
  }

  /** Brings every table below its caps; does nothing when called again within an hour of packet time. */
  prune(nowUs: number): TableRows[] {
    const gone = this.#pruner.prune(nowUs);
    if (gone.length > 0) this.#writer.forgetSeries();
    return gone;
  }

  /** What was given up so far, by table and reason. */
  pruned(): PrunedRow[] {
    return this.#pruner.pruned();
  }

  sizes(): TableSize[] {
    return this.#pruner.sizes();
  }

  close(): void {
    try {
      this.#connection.close();
    } finally {
      this.#release();
      this.#release = () => {};
    }
  }

  evidence(run: string, device: string): EvidenceRow[] {
    const sql = 'SELECT * FROM evidence WHERE run = ? AND device = ? ORDER BY position';
    return this.#connection.all(sql, [run, device]).map(evidenceRow);
  }

  #deviceRow(run: string, columns: Columns): DeviceRow {
    return { ...body<Omit<DeviceRow, 'evidence'>>(columns), evidence: this.evidence(run, text(columns, 'id')) };
  }

  #count(table: (typeof runTables)[number], run: string): number {
    return number(this.#connection.get(`SELECT count(*) AS rows FROM ${table} WHERE run = ?`, [run]) ?? {}, 'rows');
  }
}

function runRow(columns: Columns): RunRow {
  return {
    name: text(columns, 'name'),
    kind: text(columns, 'kind') === 'live' ? 'live' : 'replay',
    inputs: JSON.parse(text(columns, 'inputs')) as string[],
    startedUs: number(columns, 'started_us'),
    lastUs: number(columns, 'last_us'),
    finished: number(columns, 'finished') === 1,
  };
}

function bounds({ limit = LIMIT, offset = 0 }: PageRequest): [number, number] {
  return [Math.max(0, whole(limit)), Math.max(0, whole(offset))];
}

/** Infinity is a way of saying "from the beginning" or "to the end". */
function bound(timeUs: number): number {
  if (timeUs === Number.POSITIVE_INFINITY) return Number.MAX_SAFE_INTEGER;
  return timeUs === Number.NEGATIVE_INFINITY ? Number.MIN_SAFE_INTEGER : whole(timeUs);
}
