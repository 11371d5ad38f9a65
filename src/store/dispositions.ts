/** What people did about findings: steps and suppressions, in the order in which they were made, never changed. */
import type { Connection } from './connection.ts';
import { number, text, whole } from './rows.ts';

export class Dispositions {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** `standing` is where the finding or incident stands after the step. */
  addStep(
    run: string,
    step: { readonly finding: string; readonly timeUs: number },
    standing?: { readonly state: string },
  ): void {
    if (standing !== undefined) {
      const put = 'INSERT OR REPLACE INTO standings VALUES (?, ?, ?, ?)';
      this.#connection.run(put, [run, step.finding, standing.state, JSON.stringify(standing)]);
    }
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

  /** Where one finding or incident stands, or null while nobody has touched it. */
  standing<Standing>(run: string, subject: string): Standing | null {
    const select = 'SELECT body FROM standings WHERE run = ? AND subject = ?';
    const row = this.#connection.get(select, [run, subject]);
    return row === undefined ? null : (JSON.parse(text(row, 'body')) as Standing);
  }

  /** Ends a rule early; it stays in the list. Returns false when there is none of this number. */
  endSuppression(run: string, wanted: number, timeUs: number, user: string): boolean {
    const patch = JSON.stringify({ expiresUs: whole(timeUs), endedBy: user });
    const update = 'UPDATE suppressions SET body = json_patch(body, ?) WHERE run = ? AND number = ?';
    return this.#connection.run(update, [patch, run, wanted]) > 0;
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
