/** One open database: prepared statements are kept, transactions are whole, and whatever fails is a `StoreError`. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { storeError } from './error.ts';
import type { Column, Columns } from './rows.ts';

export class Connection {
  readonly path: string;
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(path: string, database: DatabaseSync) {
    this.path = path;
    this.#database = database;
  }

  /** How many rows were changed. */
  run(sql: string, values: readonly Column[] = []): number {
    return this.#guard(() => Number(this.#statement(sql).run(...values).changes));
  }

  get(sql: string, values: readonly Column[] = []): Columns | undefined {
    return this.#guard(() => this.#statement(sql).get(...values));
  }

  all(sql: string, values: readonly Column[] = []): Columns[] {
    return this.#guard(() => this.#statement(sql).all(...values));
  }

  /** All of it or nothing. */
  transaction(action: () => void): void {
    this.#guard(() => {
      this.#database.exec('BEGIN IMMEDIATE');
      try {
        action();
        this.#database.exec('COMMIT');
      } catch (error) {
        if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
        throw error;
      }
    });
  }

  /** Gives pages that are free back to the disk, some at a time. */
  giveBack(pages: number): void {
    this.#guard(() => this.#database.exec(`PRAGMA incremental_vacuum(${pages})`));
  }

  close(): void {
    this.#statements.clear();
    if (this.#database.isOpen) this.#database.close();
  }

  #statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  #guard<Result>(action: () => Result): Result {
    try {
      return action();
    } catch (error) {
      throw storeError(this.path, error);
    }
  }
}
