/** What people did about findings: steps and suppressions, in the order in which they were made, never changed. */
import type { Connection } from './connection.ts';
import { number, text, whole } from './rows.ts';

export class Dispositions {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  addStep(run: string, step: { readonly finding: string; readonly timeUs: number }): void {
    const insert = 'INSERT INTO steps (run, finding, time_us, body) VALUES (?, ?, ?, ?)';
    this.#connection.run(insert, [run, step.finding, whole(step.timeUs), JSON.stringify(step)]);
  }

  /** Of one finding, or of all of a run. */
  steps<Step>(run: string, finding?: string): Step[] {
    const where = finding === undefined ? 'run = ?' : 'run = ? AND finding = ?';
    const values = finding === undefined ? [run] : [run, finding];
    const rows = this.#connection.all(`SELECT body FROM steps WHERE ${where} ORDER BY number`, values);
    return rows.map((row) => JSON.parse(text(row, 'body')) as Step);
  }

  /** Returns its number. */
  addSuppression(run: string, rule: { readonly createdUs: number }): number {
    const insert = 'INSERT INTO suppressions (run, time_us, body) VALUES (?, ?, ?)';
    this.#connection.run(insert, [run, whole(rule.createdUs), JSON.stringify(rule)]);
    return number(this.#connection.get('SELECT last_insert_rowid() AS id') ?? {}, 'id');
  }

  suppressions<Rule>(run: string): (Rule & { number: number })[] {
    const rows = this.#connection.all('SELECT number, body FROM suppressions WHERE run = ? ORDER BY number', [run]);
    return rows.map((row) => ({ ...(JSON.parse(text(row, 'body')) as Rule), number: number(row, 'number') }));
  }
}
