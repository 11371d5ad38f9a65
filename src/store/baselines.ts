/**
 * The baseline of a run in the store: one row per device, the decisions of people in the order in which they were
 * made, and numbered versions of the whole, deflated. A version is never changed; the oldest give way.
 */
import { deflateSync, inflateSync } from 'node:zlib';
import type { BaselineChange, BaselineVersion, StoredDecision } from '../model.ts';
import type { Connection } from './connection.ts';
import { number, text, whole } from './rows.ts';

/** Versions that are kept of a run, and what one may inflate to. */
const VERSIONS_MAX = 100;
const VERSION_BYTES_MAX = 256 * 1024 * 1024;

/** The row of what belongs to the site and to no device. */
const SITE = '';

export class Baselines {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** The caller holds the transaction. */
  put(run: string, { site, devices, gone }: BaselineChange): void {
    const replace = 'INSERT OR REPLACE INTO baseline VALUES (?, ?, ?)';
    this.#connection.run(replace, [run, SITE, JSON.stringify(site)]);
    for (const id of gone) this.#connection.run('DELETE FROM baseline WHERE run = ? AND device = ?', [run, id]);
    for (const device of devices) this.#connection.run(replace, [run, device.id, JSON.stringify(device)]);
  }

  /** As JSON: `{ …site, devices: [ … ] }`; null when the run has none. */
  read(run: string): unknown {
    const rows = this.#connection.all('SELECT device, body FROM baseline WHERE run = ? ORDER BY device', [run]);
    const site = rows.find((row) => text(row, 'device') === SITE);
    if (site === undefined) return null;
    const devices = rows.filter((row) => row !== site).map((row) => JSON.parse(text(row, 'body')) as unknown);
    return { ...(JSON.parse(text(site, 'body')) as object), devices };
  }

  /** What is kept of one device, or null. */
  device(run: string, id: string): unknown {
    if (id === SITE) return null;
    const row = this.#connection.get('SELECT body FROM baseline WHERE run = ? AND device = ?', [run, id]);
    return row === undefined ? null : JSON.parse(text(row, 'body'));
  }

  /** Devices by id, and how many there are. */
  devices(run: string, limit: number, offset: number): { rows: unknown[]; total: number } {
    const where = 'FROM baseline WHERE run = ? AND device > ?';
    const select = `SELECT body ${where} ORDER BY device LIMIT ? OFFSET ?`;
    const rows = this.#connection.all(select, [run, SITE, limit, offset]).map((row) => JSON.parse(text(row, 'body')));
    const total = this.#connection.get(`SELECT count(*) AS rows ${where}`, [run, SITE]);
    return { rows, total: number(total ?? {}, 'rows') };
  }

  /** Keeps a decision; returns its number, from 1. */
  decide(run: string, decision: object & { timeUs: number }): number {
    const columns = this.#connection.get('SELECT coalesce(max(number), 0) AS last FROM decisions WHERE run = ?', [run]);
    const next = number(columns ?? {}, 'last') + 1;
    const insert = 'INSERT INTO decisions VALUES (?, ?, ?, ?)';
    this.#connection.run(insert, [run, next, whole(decision.timeUs), JSON.stringify(decision)]);
    return next;
  }

  /** In the order in which they were made. */
  decisions(run: string): StoredDecision[] {
    const rows = this.#connection.all('SELECT number, body FROM decisions WHERE run = ? ORDER BY number', [run]);
    return rows.map(
      (row) => ({ number: number(row, 'number'), ...(JSON.parse(text(row, 'body')) as object) }) as StoredDecision,
    );
  }

  /** Keeps a version; returns its number, from 1. `document` is JSON. */
  addVersion(run: string, version: Omit<BaselineVersion, 'number'>, document: string): number {
    const last = this.#connection.get('SELECT coalesce(max(number), 0) AS last FROM versions WHERE run = ?', [run]);
    const next = number(last ?? {}, 'last') + 1;
    const { timeUs, user, reason, digest } = version;
    const insert = 'INSERT INTO versions VALUES (?, ?, ?, ?, ?, ?, ?)';
    this.#connection.run(insert, [
      run,
      next,
      whole(timeUs),
      user,
      reason,
      digest,
      deflateSync(document).toString('base64'),
    ]);
    this.#connection.run('DELETE FROM versions WHERE run = ? AND number <= ?', [run, next - VERSIONS_MAX]);
    return next;
  }

  /** The newest last. */
  versions(run: string): BaselineVersion[] {
    const sql = 'SELECT number, time_us, user, reason, digest FROM versions WHERE run = ? ORDER BY number';
    return this.#connection.all(sql, [run]).map((row) => ({
      number: number(row, 'number'),
      timeUs: number(row, 'time_us'),
      user: text(row, 'user'),
      reason: text(row, 'reason'),
      digest: text(row, 'digest'),
    }));
  }

  /** The document of a version as JSON text, or null. */
  version(run: string, wanted: number): string | null {
    const row = this.#connection.get('SELECT body FROM versions WHERE run = ? AND number = ?', [run, wanted]);
    if (row === undefined) return null;
    const deflated = Buffer.from(text(row, 'body'), 'base64');
    return inflateSync(deflated, { maxOutputLength: VERSION_BYTES_MAX }).toString('utf8');
  }
}
