/**
 * What others have written and the site has handed over: its equipment list, recalls and advisories, and what people
 * decided about those. They belong to the sensor, not to a run. A list is taken over whole: what is not in the new one
 * is gone.
 */
import type { Connection } from './connection.ts';
import { number, text, whole } from './rows.ts';

export const listsMigration = `
  CREATE TABLE lists (name TEXT PRIMARY KEY, time_us INTEGER NOT NULL, body TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE equipment (number INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT;
  CREATE TABLE notices (id TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE notice_decisions (
    number INTEGER PRIMARY KEY, device TEXT NOT NULL, notice TEXT NOT NULL, time_us INTEGER NOT NULL, body TEXT NOT NULL
  ) STRICT;

  CREATE TABLE foreign_alerts (
    run TEXT NOT NULL, id TEXT NOT NULL, device TEXT NOT NULL, peer TEXT NOT NULL, last_us INTEGER NOT NULL,
    body TEXT NOT NULL, PRIMARY KEY (run, id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX foreign_alerts_device ON foreign_alerts (run, device, last_us);
  CREATE INDEX foreign_alerts_peer ON foreign_alerts (run, peer, last_us);
  CREATE INDEX foreign_alerts_last ON foreign_alerts (last_us);
  `;

/** Their tables that belong to no run. */
export const listTables = ['lists', 'equipment', 'notices', 'notice_decisions'] as const;

export type ListName = 'equipment' | 'notices';

export class Lists {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** What is said about a list as a whole, and when it was taken over; null before the first time. */
  about<About>(name: ListName): { timeUs: number; about: About } | null {
    const row = this.#connection.get('SELECT time_us, body FROM lists WHERE name = ?', [name]);
    return row === undefined ? null : { timeUs: number(row, 'time_us'), about: JSON.parse(text(row, 'body')) as About };
  }

  replaceEquipment(timeUs: number, about: object, rows: readonly object[]): void {
    this.#connection.transaction(() => {
      this.#about('equipment', timeUs, about);
      this.#connection.run('DELETE FROM equipment');
      for (const row of rows) this.#connection.run('INSERT INTO equipment (body) VALUES (?)', [JSON.stringify(row)]);
    });
  }

  /** In the order of the list. */
  equipment<Row>(): Row[] {
    return this.#bodies('SELECT body FROM equipment ORDER BY number');
  }

  replaceNotices(timeUs: number, about: object, notices: readonly { readonly id: string }[]): void {
    this.#connection.transaction(() => {
      this.#about('notices', timeUs, about);
      this.#connection.run('DELETE FROM notices');
      for (const notice of notices) {
        this.#connection.run('INSERT OR REPLACE INTO notices VALUES (?, ?)', [notice.id, JSON.stringify(notice)]);
      }
    });
  }

  /** By id. */
  notices<Notice>(): Notice[] {
    return this.#bodies('SELECT body FROM notices ORDER BY id');
  }

  /** Kept as it was made, behind the ones before it. */
  addDecision(decision: { readonly device: string; readonly notice: string; readonly timeUs: number }): void {
    const { device, notice, timeUs } = decision;
    const insert = 'INSERT INTO notice_decisions (device, notice, time_us, body) VALUES (?, ?, ?, ?)';
    this.#connection.transaction(() => {
      this.#connection.run(insert, [device, notice, whole(timeUs), JSON.stringify(decision)]);
    });
  }

  /** In the order in which they were made. */
  decisions<Decision>(): Decision[] {
    return this.#bodies('SELECT body FROM notice_decisions ORDER BY number');
  }

  decisionCount(): number {
    return number(this.#connection.get('SELECT count(*) AS rows FROM notice_decisions') ?? {}, 'rows');
  }

  #about(name: ListName, timeUs: number, about: object): void {
    const columns = [name, whole(timeUs), JSON.stringify(about)];
    this.#connection.run('INSERT OR REPLACE INTO lists VALUES (?, ?, ?)', columns);
  }

  #bodies<Row>(sql: string): Row[] {
    return this.#connection.all(sql).map((row) => JSON.parse(text(row, 'body')) as Row);
  }
}
