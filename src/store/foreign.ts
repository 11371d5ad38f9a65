/** Alerts that other programs raised about devices of a run: kept beside ours, never among them. */
import type { Connection } from './connection.ts';
import { type Column, number, text, whole } from './rows.ts';

export interface KeptForeignAlert {
  readonly id: string;
  /** Ids of the devices it concerns; '' for an end that is none. */
  readonly device: string;
  readonly peer: string;
  readonly lastUs: number;
}

export interface ForeignSearch {
  /** At either end. */
  readonly device?: string | undefined;
  readonly limit: number;
  readonly offset: number;
}

export class ForeignAlerts {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Taken over by id. */
  put(run: string, rows: readonly KeptForeignAlert[]): void {
    if (rows.length === 0) return;
    this.#connection.transaction(() => {
      for (const row of rows) {
        const columns = [run, row.id, row.device, row.peer, whole(row.lastUs), JSON.stringify(row)];
        this.#connection.run('INSERT OR REPLACE INTO foreign_alerts VALUES (?, ?, ?, ?, ?, ?)', columns);
      }
    });
  }

  /** The latest first. */
  of<Row>(run: string, { device, limit, offset }: ForeignSearch): { rows: Row[]; total: number } {
    const where = device === undefined ? 'run = ?' : 'run = ? AND (device = ? OR peer = ?)';
    const values: Column[] = device === undefined ? [run] : [run, device, device];
    const sql = `SELECT body FROM foreign_alerts WHERE ${where} ORDER BY last_us DESC, id LIMIT ? OFFSET ?`;
    const rows = this.#connection.all(sql, [...values, Math.max(0, whole(limit)), Math.max(0, whole(offset))]);
    const total = this.#connection.get(`SELECT count(*) AS rows FROM foreign_alerts WHERE ${where}`, values) ?? {};
    return { rows: rows.map((row) => JSON.parse(text(row, 'body')) as Row), total: number(total, 'rows') };
  }

  /** How many there are of each device, at either end. */
  counts(run: string): Map<string, number> {
    const sql = `SELECT device AS id, count(*) AS rows FROM foreign_alerts WHERE run = ?1 AND device <> '' GROUP BY device
      UNION ALL SELECT peer, count(*) FROM foreign_alerts WHERE run = ?1 AND peer <> '' AND peer <> device GROUP BY peer`;
    const counts = new Map<string, number>();
    for (const row of this.#connection.all(sql, [run]))
      counts.set(text(row, 'id'), (counts.get(text(row, 'id')) ?? 0) + number(row, 'rows'));
    return counts;
  }
}
