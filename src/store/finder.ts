/**
 * Searches in a run: part of a list, sorted and narrowed, with the length of the whole, from the indices alone; bodies are read of the
 * rows that are shown. Lengths of lists are remembered for as long as nobody writes to the store.
 */
import type { DeviceRow, FindingRow, HeldRow, IncidentRow, PostureRow } from '../model.ts';
import type { Connection } from './connection.ts';
import { body, type Column, type Columns, heldRow, number, text } from './rows.ts';

export interface Part {
  readonly limit: number;
  readonly offset: number;
}

export interface Found<Row> {
  readonly rows: Row[];
  readonly total: number;
}

export const deviceOrders = [
  'id',
  'name',
  'class',
  'tier',
  'lastSeen',
  'firstSeen',
  'exams',
  'hours',
  'bytes',
] as const;
export type DeviceOrder = (typeof deviceOrders)[number];

const orderColumns: Readonly<Record<DeviceOrder, string>> = {
  id: 'id',
  name: 'name COLLATE NOCASE',
  class: 'class',
  tier: 'tier',
  lastSeen: 'last_us',
  firstSeen: 'first_us',
  exams: 'exams',
  hours: 'hours',
  bytes: 'bytes',
};

export interface DeviceSearch extends Part {
  /** Part of a name, an address, an AE title, a maker … of any case. */
  readonly q?: string | undefined;
  readonly class?: string | undefined;
  readonly tier?: number | undefined;
  readonly medical?: boolean | undefined;
  readonly external?: boolean | undefined;
  /** Learning state of its structure. */
  readonly state?: string | undefined;
  readonly sort?: DeviceOrder | undefined;
  readonly descending?: boolean | undefined;
}

export interface AlertSearch extends Part {
  readonly severity?: string | undefined;
  readonly device?: string | undefined;
  readonly detector?: string | undefined;
  /** Where it stands; `open` also for what nobody has touched. */
  readonly state?: string | undefined;
  readonly fromUs?: number | undefined;
  readonly toUs?: number | undefined;
}

/** '' in a place is any. */
export interface AlertScope {
  readonly detector: string;
  readonly device: string;
  readonly peer: string;
  readonly service: string;
}

export interface IncidentSearch extends Part {
  readonly severity?: string | undefined;
  readonly device?: string | undefined;
  readonly state?: string | undefined;
  readonly sort?: 'start' | 'risk' | undefined;
}

/** Conditions and their values, in the same order. */
class Where {
  readonly texts: string[];
  readonly values: Column[];

  /** What `like` asks for too. */
  constructor(run: string, like: Where | null = null) {
    this.texts = like === null ? ['run = ?'] : [...like.texts];
    this.values = like === null ? [run] : [...like.values];
  }

  and(condition: string, ...values: readonly Column[]): void {
    this.texts.push(condition);
    this.values.push(...values);
  }

  equal(column: string, value: string | number | boolean | undefined): void {
    if (value !== undefined) this.and(`${column} = ?`, typeof value === 'boolean' ? Number(value) : value);
  }

  get text(): string {
    return this.texts.join(' AND ');
  }
}

/** Changes in many devices, of one device, that a list takes in. */
const MANY_MAX = 200;
/** Lengths and counts that are remembered. */
const COUNTED_MAX = 500;

export class Finder {
  readonly #connection: Connection;
  readonly #counted = new Map<string, unknown>();
  #version = '';

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Differs whenever somebody has written, through this connection or another. */
  version(): string {
    const others = number(this.#connection.get('PRAGMA data_version') ?? {}, 'data_version');
    const own = number(this.#connection.get('SELECT total_changes() AS own') ?? {}, 'own');
    return `${others}.${own}`;
  }

  devices(run: string, search: DeviceSearch): Found<Omit<DeviceRow, 'evidence'>> {
    const where = new Where(run);
    for (const name of ['class', 'tier', 'medical', 'external', 'state'] as const) where.equal(name, search[name]);
    if (search.q !== undefined && search.q !== '') {
      where.and("search LIKE ? ESCAPE '\\'", `%${search.q.toLowerCase().replaceAll(/[\\%_]/g, '\\$&')}%`);
    }
    const direction = search.descending === true ? 'DESC' : 'ASC';
    const order = `${orderColumns[search.sort ?? 'id']} ${direction}, id`;
    return this.#part('devices INDEXED BY devices_find', 'devices', where, order, search);
  }

  /** How many devices there are of each value of a column. */
  deviceCounts(run: string, column: 'class' | 'tier' | 'state' | 'medical' | 'external'): Record<string, number> {
    return this.#counts(column, 'devices INDEXED BY devices_find', new Where(run));
  }

  /** The devices of these ids that there are, without their evidence. */
  devicesOf(run: string, ids: readonly string[]): Map<string, Omit<DeviceRow, 'evidence'>> {
    const found = new Map<string, Omit<DeviceRow, 'evidence'>>();
    for (const id of new Set(ids)) {
      const columns = this.#connection.get('SELECT body FROM devices WHERE run = ? AND id = ?', [run, id]);
      if (columns !== undefined) found.set(id, body(columns));
    }
    return found;
  }

  alerts(run: string, search: AlertSearch): Found<FindingRow> {
    const where = new Where(run);
    for (const name of ['severity', 'device'] as const) where.equal(name, search[name]);
    where.equal('card', search.detector);
    if (search.fromUs !== undefined) where.and('start_us >= ?', search.fromUs);
    if (search.toUs !== undefined) where.and('start_us <= ?', search.toUs);
    return this.#standing(alertIndex(search), BY_ID, 'alerts', where, 'start_us DESC, id', search);
  }

  /** A part of those that stand so; how many are open is how many there are without those that are not. */
  #standing<Row>(
    from: string,
    byId: string,
    table: string,
    where: Where,
    order: string,
    search: Part & { readonly state?: string | undefined },
  ): Found<Row> {
    const { state } = search;
    const [run = ''] = where.values;
    const all = new Where(String(run), where);
    standing(where, String(run), state);
    if (state !== 'open') return this.#part(state === undefined ? from : byId, table, where, order, search);
    const done = new Where(String(run), all);
    done.and(`id IN (${DONE})`, run);
    const total = this.#total(from, all) - this.#total(byId, done);
    return { rows: this.#rows(from, table, where, order, search), total };
  }

  alertCounts(run: string, column: 'severity' | 'detector'): Record<string, number> {
    const [from, kept] = column === 'severity' ? ['alerts_severity', column] : ['alerts_card', 'card'];
    return this.#counts(kept, `alerts INDEXED BY ${from}`, new Where(run));
  }

  /** Alerts that a suppression of this scope would hide; '' is any. A device may be named by an address. */
  alertsWithin(run: string, scope: AlertScope, part: Part): Found<FindingRow> {
    return this.#part(fromOf(scope), 'alerts', within(run, scope), 'start_us DESC, id', part);
  }

  severitiesWithin(run: string, scope: AlertScope): Record<string, number> {
    const where = within(run, scope);
    return this.#counts('severity', fromOf(scope), where);
  }

  /** Of them those that a person has closed as true. */
  confirmedWithin(run: string, scope: AlertScope): number {
    const where = within(run, scope);
    const closed = `SELECT subject FROM standings WHERE run = ? AND state = 'closed' AND body->>'$.disposition' = 'true'`;
    const sql = `SELECT count(*) AS rows FROM ${BY_ID} WHERE ${where.text} AND id IN (${closed})`;
    return number(this.#connection.get(sql, [...where.values, run]) ?? {}, 'rows');
  }

  incidents(run: string, search: IncidentSearch): Found<IncidentRow> {
    const where = new Where(run);
    where.equal('kept_severity', search.severity);
    if (search.device !== undefined) this.#ofDevice(where, run, search.device);
    const byRisk = search.sort === 'risk';
    const index = search.device !== undefined ? 'incidents_device' : byRisk ? 'incidents_risk' : 'incidents_find';
    const order = byRisk ? 'kept_risk DESC, start_us DESC, id' : 'start_us DESC, id';
    const byId = 'incidents INDEXED BY sqlite_autoindex_incidents_1';
    return this.#standing(`incidents INDEXED BY ${index}`, byId, 'incidents', where, order, search);
  }

  /** A change in many devices stands under the first of them and is asked for by each. */
  #ofDevice(where: Where, run: string, device: string): void {
    const select = `SELECT id FROM incidents INDEXED BY incidents_many
      WHERE run = ? AND many <> '' AND instr(many, ?) > 0 LIMIT ${MANY_MAX}`;
    const ids = this.#connection.all(select, [run, JSON.stringify(device)]).map((row) => text(row, 'id'));
    if (ids.length === 0) where.equal('device', device);
    else where.and(`(device = ? OR id IN (${ids.map(() => '?').join(', ')}))`, device, ...ids);
  }

  newestIncidentUs(run: string): number {
    const sql = 'SELECT max(start_us) AS newest FROM incidents INDEXED BY incidents_find WHERE run = ?';
    return number(this.#connection.get(sql, [run]) ?? {}, 'newest');
  }

  /** Those that began later, the first of them first. */
  incidentsSince(run: string, afterUs: number, most: number): IncidentRow[] {
    const sql = `SELECT id FROM incidents INDEXED BY incidents_find WHERE run = ? AND start_us > ?
      ORDER BY start_us, id LIMIT ?`;
    const ids = this.#connection.all(sql, [run, afterUs, most]).map((row) => text(row, 'id'));
    return ids.map((id) => this.incident(run, id)).filter((row) => row !== null);
  }

  incident(run: string, id: string): IncidentRow | null {
    const columns = this.#connection.get('SELECT body FROM incidents WHERE run = ? AND id = ?', [run, id]);
    return columns === undefined ? null : body<IncidentRow>(columns);
  }

  held(run: string, search: Part & { readonly device?: string | undefined }): Found<HeldRow> {
    const where = new Where(run);
    where.equal('device', search.device);
    const sql = `SELECT * FROM held WHERE ${where.text}
      ORDER BY card, device, peer, service, verb LIMIT ? OFFSET ?`;
    const rows = this.#connection.all(sql, [...where.values, search.limit, search.offset]);
    return { rows: rows.map(heldRow), total: this.#total('held', where) };
  }

  posture(
    run: string,
    search: Part & { readonly device?: string | undefined; rule?: string | undefined },
  ): Found<PostureRow> {
    const where = new Where(run);
    where.equal('device', search.device);
    where.equal('rule', search.rule);
    const sql = `SELECT body FROM posture WHERE ${where.text} ORDER BY device, rule, peer LIMIT ? OFFSET ?`;
    const rows = this.#connection.all(sql, [...where.values, search.limit, search.offset]);
    return { rows: rows.map((columns) => body<PostureRow>(columns)), total: this.#total('posture', where) };
  }

  /** Keys first, from the index; bodies only of the part that is asked for. */
  #part<Row>(from: string, table: string, where: Where, order: string, part: Part): Found<Row> {
    return { rows: this.#rows(from, table, where, order, part), total: this.#total(from, where) };
  }

  #rows<Row>(from: string, table: string, where: Where, order: string, { limit, offset }: Part): Row[] {
    const keys = this.#connection.all(`SELECT id FROM ${from} WHERE ${where.text} ORDER BY ${order} LIMIT ? OFFSET ?`, [
      ...where.values,
      limit,
      offset,
    ]);
    const [run = null] = where.values;
    const rows = keys
      .map((key) => this.#connection.get(`SELECT body FROM ${table} WHERE run = ? AND id = ?`, [run, text(key, 'id')]))
      .filter((columns): columns is Columns => columns !== undefined);
    return rows.map((columns) => body<Row>(columns));
  }

  #total(from: string, where: Where): number {
    return this.#remembered(['total', from, where.text, where.values], () => {
      const counted = this.#connection.get(`SELECT count(*) AS rows FROM ${from} WHERE ${where.text}`, where.values);
      return number(counted ?? {}, 'rows');
    });
  }

  /** How many rows there are of each value of a column. */
  #counts(column: string, from: string, where: Where): Record<string, number> {
    return this.#remembered([column, from, where.text, where.values], () => {
      const sql = `SELECT ${column} AS value, count(*) AS rows FROM ${from}
        WHERE ${where.text} GROUP BY ${column} ORDER BY ${column}`;
      const rows = this.#connection.all(sql, where.values);
      return Object.fromEntries(rows.map((row) => [String(row.value ?? ''), number(row, 'rows')]));
    });
  }

  /** What was counted once is known until somebody writes. */
  #remembered<Counted>(what: readonly unknown[], count: () => Counted): Counted {
    const version = this.version();
    if (version !== this.#version || this.#counted.size > COUNTED_MAX) this.#counted.clear();
    this.#version = version;
    const key = JSON.stringify(what);
    const known = this.#counted.get(key);
    if (known !== undefined) return known as Counted;
    const counted = count();
    this.#counted.set(key, counted);
    return counted;
  }
}

/** The primary key: for those whose ids are known. */
const BY_ID = 'alerts INDEXED BY sqlite_autoindex_alerts_1';

/** What is not open any more, in a run. */
const DONE = `SELECT subject FROM standings WHERE run = ? AND state IN ('acknowledged', 'closed')`;

/** Who names a device or a partner has few alerts to look at. */
function fromOf({ detector, device, peer }: AlertScope): string {
  if (device !== '' || peer !== '') return BY_ID;
  return detector === '' ? 'alerts INDEXED BY alerts_start' : 'alerts INDEXED BY alerts_card';
}

function within(run: string, { detector, device, peer, service }: AlertScope): Where {
  const where = new Where(run);
  if (detector !== '') where.and('card = ?', detector);
  // Two indices, one for each way to name it: SQLite makes no use of them for an OR.
  const named = (id: string, address: string): string =>
    `id IN (SELECT id FROM alerts INDEXED BY alerts_${id} WHERE run = ? AND ${id} = ?
      UNION ALL SELECT id FROM alerts INDEXED BY alerts_${address} WHERE run = ? AND ${address} = ?)`;
  if (device !== '') where.and(named('device', 'device_address'), run, device, run, device);
  if (peer !== '') where.and(named('peer', 'peer_address'), run, peer, run, peer);
  if (service !== '') where.and('service = ?', service);
  return where;
}

/** What nobody has touched has no row: it is open. */
function standing(where: Where, run: string, state: string | undefined): void {
  if (state === undefined) return;
  if (state === 'open') where.and(`id NOT IN (${DONE})`, run);
  else where.and('id IN (SELECT subject FROM standings WHERE run = ? AND state = ?)', run, state);
}

function alertIndex({ device, detector, severity }: AlertSearch): string {
  if (device !== undefined) return 'alerts INDEXED BY alerts_device';
  if (detector !== undefined) return 'alerts INDEXED BY alerts_card';
  return severity === undefined ? 'alerts INDEXED BY alerts_start' : 'alerts INDEXED BY alerts_severity';
}
