/** Opens `wardwatch.sqlite` for reading, or makes it and brings it up to date for writing. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { makeFolder } from '../output/files.ts';
import { StoreError, storeError } from './error.ts';
import { WriterLock } from './lock.ts';
import { migrations } from './schema.ts';

const FILE = 'wardwatch.sqlite';
/** How long a reader or writer waits for the other. */
const WAIT_MS = 5_000;
/** The write-ahead log is cut back to this after it was folded into the file. */
const LOG_BYTES_MAX = 64 * 1024 * 1024;

export interface Opened {
  readonly path: string;
  readonly database: DatabaseSync;
  readonly lock: WriterLock | null;
}

export function openDatabase(folder: string, readOnly: boolean): Opened {
  const path = join(folder, FILE);
  let lock: WriterLock | null = null;
  let database: DatabaseSync | null = null;
  try {
    if (!readOnly) {
      makeFolder(folder);
      lock = WriterLock.take(folder);
    } else if (!existsSync(path)) {
      throw new StoreError(`store ${folder}: there is none (no ${FILE} in this folder)`);
    }
    database = new DatabaseSync(path, { readOnly, timeout: WAIT_MS });
    checkVersion(path, database, readOnly);
    if (!readOnly) prepareToWrite(database);
    return { path, database, lock };
  } catch (error) {
    database?.close();
    lock?.release();
    throw storeError(path, error);
  }
}

/** 0 of an empty file, -1 of a database that is none of ours. */
function versionOf(database: DatabaseSync): number {
  const tables = database.prepare('SELECT name FROM sqlite_schema').all();
  if (tables.length === 0) return 0;
  if (!tables.some(({ name }) => name === 'meta')) return -1;
  const row = database.prepare("SELECT value FROM meta WHERE key = 'schema'").get();
  return typeof row?.value === 'number' ? row.value : -1;
}

function checkVersion(path: string, database: DatabaseSync, readOnly: boolean): void {
  const version = versionOf(database);
  const known = migrations.length;
  if (version > known) {
    throw new StoreError(`store ${path}: written by a newer wardwatch (schema ${version}, this one knows ${known})`);
  }
  if (version < 0) throw new StoreError(`store ${path}: this is not a wardwatch store`);
  if (readOnly && version < known) {
    throw new StoreError(
      `store ${path}: schema ${version} is older than ${known}; a replay or watch brings it up to date`,
    );
  }
}

function prepareToWrite(database: DatabaseSync): void {
  const version = versionOf(database);
  // Before the first table: pages that pruning frees can then be given back to the disk.
  if (version === 0) database.exec('PRAGMA auto_vacuum = INCREMENTAL');
  database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA journal_size_limit = ${LOG_BYTES_MAX}`);
  if (version === migrations.length) return;
  database.exec('BEGIN IMMEDIATE; CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value ANY) STRICT');
  for (const migration of migrations.slice(version)) database.exec(migration);
  database.prepare("INSERT OR REPLACE INTO meta VALUES ('schema', ?)").run(migrations.length);
  database.exec('COMMIT');
}
