/** Who talks to whom: sums of every link of a run, and the newest single conversations. */
import type { FlowRow, LinkRow } from '../model.ts';
import type { Connection } from './connection.ts';
import type { Found, Part } from './finder.ts';
import { body, type Column, type Columns, number, text, whole } from './rows.ts';

export interface LinkSearch extends Part {
  readonly device?: string | undefined;
  readonly service?: string | undefined;
  /** First seen at this time or later. */
  readonly newSinceUs?: number | undefined;
}

/** Devices linked to one device are found through two indices; a join of both is one list. */
export class Links {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** The caller holds the transaction. */
  put(run: string, links: readonly LinkRow[], flows: readonly FlowRow[]): void {
    const replace = 'INSERT OR REPLACE INTO links VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)';
    for (const row of links) {
      const { client, server, service, port, transport, firstUs, lastUs } = row;
      const sums = [row.flows, row.bytesToServer, row.bytesToClient].map(whole);
      const key = [run, client, server, service, port, transport];
      this.#connection.run(replace, [...key, whole(firstUs), whole(lastUs), ...sums]);
    }
    const insert = 'INSERT INTO flows (run, client, server, start_us, body) VALUES (?, ?, ?, ?, ?)';
    for (const row of flows) {
      this.#connection.run(insert, [run, row.client, row.server, whole(row.startUs), JSON.stringify(row)]);
    }
  }

  /** Links of devices that have another id now. The caller holds the transaction. */
  forget(run: string, devices: readonly string[]): void {
    for (const id of devices) {
      this.#connection.run('DELETE FROM links WHERE run = ?1 AND client = ?2', [run, id]);
      this.#connection.run('DELETE FROM links WHERE run = ?1 AND server = ?2', [run, id]);
    }
  }

  all(run: string): LinkRow[] {
    return this.#connection.all('SELECT * FROM links WHERE run = ?', [run]).map(linkRow);
  }

  /** The busiest first. */
  links(run: string, { device, service, newSinceUs, limit, offset }: LinkSearch): Found<LinkRow> {
    const texts: string[] = [];
    const values: Column[] = [];
    if (service !== undefined) {
      texts.push('service = ?');
      values.push(service);
    }
    if (newSinceUs !== undefined) {
      texts.push('first_us >= ?');
      values.push(newSinceUs);
    }
    const more = texts.map((one) => ` AND ${one}`).join('');
    const side = (condition: string): string => `SELECT * FROM links WHERE run = ?${condition}${more}`;
    const from = device === undefined ? side('') : `${side(' AND client = ?')} UNION ${side(' AND server = ?')}`;
    const bound = device === undefined ? [run, ...values] : [run, device, ...values, run, device, ...values];
    const order = 'bytes_to_server + bytes_to_client DESC, client, server, service, port';
    const rows = this.#connection.all(`SELECT * FROM (${from}) ORDER BY ${order} LIMIT ? OFFSET ?`, [
      ...bound,
      limit,
      offset,
    ]);
    const total = this.#connection.get(`SELECT count(*) AS rows FROM (${from})`, bound);
    return { rows: rows.map(linkRow), total: number(total ?? {}, 'rows') };
  }

  /** Single conversations of a device, the newest first. */
  flows(run: string, device: string, { limit, offset }: Part): Found<FlowRow> {
    const side = (column: string): string =>
      `SELECT number, start_us, body FROM (SELECT number, start_us, body FROM flows WHERE run = ? AND ${column} = ?
       ORDER BY start_us DESC LIMIT ?)`;
    const most = limit + offset;
    const rows = this.#connection.all(
      `SELECT number, start_us, body FROM (${side('client')} UNION ${side('server')})
       ORDER BY start_us DESC, number LIMIT ? OFFSET ?`,
      [run, device, most, run, device, most, limit, offset],
    );
    const count = (column: string): number =>
      number(
        this.#connection.get(`SELECT count(*) AS rows FROM flows WHERE run = ? AND ${column} = ?`, [run, device]) ?? {},
        'rows',
      );
    return { rows: rows.map((row) => body<FlowRow>(row)), total: count('client') + count('server') };
  }
}

function linkRow(columns: Columns): LinkRow {
  return {
    client: text(columns, 'client'),
    server: text(columns, 'server'),
    service: text(columns, 'service'),
    port: number(columns, 'port'),
    transport: number(columns, 'transport'),
    firstUs: number(columns, 'first_us'),
    lastUs: number(columns, 'last_us'),
    flows: number(columns, 'flows'),
    bytesToServer: number(columns, 'bytes_to_server'),
    bytesToClient: number(columns, 'bytes_to_client'),
  };
}
