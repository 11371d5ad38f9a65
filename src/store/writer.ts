/** Puts the rows of one commit into their tables; the caller holds the transaction. */
import type {
  BaselineChange,
  DeviceRow,
  FindingRow,
  FlowRow,
  HeldRow,
  IncidentRow,
  LinkRow,
  Point,
  PostureRow,
} from '../model.ts';
import { Baselines } from './baselines.ts';
import type { Connection } from './connection.ts';
import { Links } from './links.ts';
import { evidenceColumns, fieldsText, heldColumns, number, tagsText, whole } from './rows.ts';
import { runTables } from './schema.ts';

export interface Change {
  readonly run: string;
  /** Taken over by id, with their evidence. */
  readonly devices: readonly DeviceRow[];
  readonly findings: readonly FindingRow[];
  readonly held: readonly HeldRow[];
  readonly incidents: readonly IncidentRow[];
  readonly posture: readonly PostureRow[];
  readonly points: readonly Point[];
  /** Counts of the run so far (not since the last commit). */
  readonly oddities: Readonly<Record<string, number>>;
  /** What changed in the baseline. */
  readonly baseline?: BaselineChange;
  /** Sums of links that are new or have grown, and conversations that have ended. */
  readonly links?: readonly LinkRow[];
  readonly flows?: readonly FlowRow[];
  readonly lastUs: number;
  /** Rows of earlier commits that stand no more: two records proved to be one device, and got one id. */
  readonly gone?: Gone;
}

export interface Gone {
  readonly devices: readonly string[];
  readonly findings: readonly string[];
  readonly incidents: readonly string[];
  readonly held: readonly HeldRow[];
  readonly posture: readonly PostureRow[];
}

/** Series whose number is remembered: a site of some thousand devices. */
const SERIES_MAX = 65_536;

export class Writer {
  readonly #connection: Connection;
  readonly #baselines: Baselines;
  readonly #links: Links;
  readonly #series = new Map<string, number>();
  #met = new WeakMap<Point['tags'], { run: string; measurement: string; id: number }>();

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#baselines = new Baselines(connection);
    this.#links = new Links(connection);
  }

  put(change: Change): void {
    const { run, devices, findings, incidents, held, posture, points, oddities, baseline, gone } = change;
    if (gone !== undefined) {
      this.#remove(run, gone);
      this.#links.forget(run, gone.devices);
    }
    this.#links.put(run, change.links ?? [], change.flows ?? []);
    for (const row of devices) this.#device(run, row);
    for (const row of findings) this.#finding(run, row);
    for (const row of incidents) this.#incident(run, row);
    for (const row of held) {
      this.#connection.run('INSERT OR REPLACE INTO held VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)', heldColumns(run, row));
    }
    for (const row of posture) {
      const columns = [run, row.device, row.rule, row.peer, whole(row.lastSeenUs), JSON.stringify(row)];
      this.#connection.run('INSERT OR REPLACE INTO posture VALUES (?, ?, ?, ?, ?, ?)', columns);
    }
    this.#points(run, points);
    if (baseline !== undefined) this.#baselines.put(run, baseline);
    for (const name of Object.keys(oddities).sort()) {
      const count = whole(oddities[name] ?? 0);
      this.#connection.run('INSERT OR REPLACE INTO oddities VALUES (?, ?, ?)', [run, name, count]);
    }
  }

  #remove(run: string, { devices, findings, incidents, held, posture }: Gone): void {
    for (const id of devices) {
      this.#connection.run('DELETE FROM devices WHERE run = ? AND id = ?', [run, id]);
      this.#connection.run('DELETE FROM evidence WHERE run = ? AND device = ?', [run, id]);
    }
    for (const id of findings) this.#connection.run('DELETE FROM alerts WHERE run = ? AND id = ?', [run, id]);
    for (const id of incidents) this.#connection.run('DELETE FROM incidents WHERE run = ? AND id = ?', [run, id]);
    for (const { device, rule, peer } of posture) {
      const where = 'run = ? AND device = ? AND rule = ? AND peer = ?';
      this.#connection.run(`DELETE FROM posture WHERE ${where}`, [run, device, rule, peer]);
    }
    for (const { card, device, peer, service, verb } of held) {
      const where = 'run = ? AND card = ? AND device = ? AND peer = ? AND service = ? AND verb = ?';
      this.#connection.run(`DELETE FROM held WHERE ${where}`, [run, card, device, peer, service, verb]);
    }
  }

  deleteRun(name: string): void {
    for (const table of runTables) this.#connection.run(`DELETE FROM ${table} WHERE run = ?`, [name]);
    this.#connection.run('DELETE FROM points WHERE series IN (SELECT id FROM series WHERE run = ?)', [name]);
    this.#connection.run('DELETE FROM series WHERE run = ?', [name]);
    this.#connection.run('DELETE FROM runs WHERE name = ?', [name]);
    this.forgetSeries();
  }

  /** Series were deleted, or their making was rolled back: their numbers are asked for again. */
  forgetSeries(): void {
    this.#series.clear();
    this.#met = new WeakMap();
  }

  #device(run: string, { evidence, ...row }: DeviceRow): void {
    const columns = [run, row.id, whole(row.lastSeenUs), JSON.stringify(row)];
    this.#connection.run('INSERT OR REPLACE INTO devices VALUES (?, ?, ?, ?)', columns);
    this.#connection.run('DELETE FROM evidence WHERE run = ? AND device = ?', [run, row.id]);
    evidence.forEach((one, position) => {
      const columns = evidenceColumns(run, row.id, position, one);
      this.#connection.run('INSERT INTO evidence VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)', columns);
    });
  }

  #finding(run: string, row: FindingRow): void {
    const { id, severity, device, startUs, endUs, detector } = row;
    const columns = [run, id, severity, device, whole(startUs), whole(endUs), JSON.stringify(row), detector];
    const names = 'run, id, severity, device, start_us, last_us, body, card';
    this.#connection.run(`INSERT OR REPLACE INTO alerts (${names}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`, columns);
  }

  #incident(run: string, row: IncidentRow): void {
    const { id, startUs, endUs, risk, severity } = row;
    const columns = [run, id, whole(startUs), whole(endUs), JSON.stringify(row), risk, severity];
    const names = 'run, id, start_us, last_us, body, kept_risk, kept_severity';
    this.#connection.run(`INSERT OR REPLACE INTO incidents (${names}) VALUES (?, ?, ?, ?, ?, ?, ?)`, columns);
  }

  /** Series by series: what belongs together lies on the same page, and each page is written once. */
  #points(run: string, points: readonly Point[]): void {
    const rows = points.map((point) => ({ series: this.#seriesOf(run, point), point }));
    rows.sort((a, b) => a.series - b.series);
    for (const { series, point } of rows) {
      const columns = [series, whole(point.timeUs), fieldsText(point.fields)];
      this.#connection.run('INSERT OR REPLACE INTO points VALUES (?, ?, 0, ?)', columns);
    }
  }

  #seriesOf(run: string, { measurement, tags }: Point): number {
    // Who makes points keeps the tags of a series in one object: the object is then as good as its text.
    const met = this.#met.get(tags);
    if (met !== undefined && met.run === run && met.measurement === measurement) return met.id;
    const id = this.#seriesNamed(run, measurement, tags);
    this.#met.set(tags, { run, measurement, id });
    return id;
  }

  #seriesNamed(run: string, measurement: string, tags: Point['tags']): number {
    const tagged = tagsText(tags);
    const key = `${run}\n${measurement}\n${tagged}`;
    const known = this.#series.get(key);
    if (known !== undefined) return known;
    const columns = [run, measurement, tags.device ?? '', tagged];
    const insert = 'INSERT OR IGNORE INTO series (run, measurement, device, tags) VALUES (?, ?, ?, ?)';
    const select = 'SELECT id FROM series WHERE run = ? AND measurement = ? AND device = ? AND tags = ?';
    this.#connection.run(insert, columns);
    const id = number(this.#connection.get(select, columns) ?? {}, 'id');
    if (this.#series.size >= SERIES_MAX) this.forgetSeries();
    this.#series.set(key, id);
    return id;
  }
}
