/**
 * One writer per store. `wardwatch.lock` is a small database of its own in which the writer holds the write lock for
 * as long as it lives: the kernel takes the lock back from a killed program, so none is ever left behind, and the
 * process id inside only serves to name the holder. Readers need no lock.
 */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { StoreError, storeError } from './error.ts';

export class WriterLock {
  readonly #database: DatabaseSync;

  private constructor(database: DatabaseSync) {
    this.#database = database;
  }

  static take(folder: string): WriterLock {
    const path = join(folder, 'wardwatch.lock');
    let database: DatabaseSync | null = null;
    try {
      database = new DatabaseSync(path, { timeout: 200 });
      database.exec('BEGIN IMMEDIATE; CREATE TABLE IF NOT EXISTS holder (pid INTEGER); DELETE FROM holder');
      database.prepare('INSERT INTO holder VALUES (?)').run(process.pid);
      database.exec('COMMIT; BEGIN IMMEDIATE');
      return new WriterLock(database);
    } catch (error) {
      const busy = (error as { errcode?: number }).errcode === 5;
      const holder = busy && database !== null ? holderOf(database) : '';
      database?.close();
      if (busy) throw new StoreError(`store ${folder}: another wardwatch${holder} is writing to it`);
      throw storeError(path, error);
    }
  }

  release(): void {
    try {
      this.#database.exec('ROLLBACK');
    } finally {
      this.#database.close();
    }
  }
}

function holderOf(database: DatabaseSync): string {
  try {
    const row = database.prepare('SELECT pid FROM holder').get();
    return typeof row?.pid === 'number' ? ` (process ${row.pid})` : '';
  } catch {
    return '';
  }
}
