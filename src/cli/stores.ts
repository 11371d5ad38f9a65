/** Opens and closes the store of a command; trouble with it is exit status 1 and one line. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Retention, Store, StoreOptions } from '../store/store.ts';
import { Failure, reasonOf } from './outcome.ts';

/** Loaded when it is needed: `--help` does without a database. */
async function open(folder: string, options: StoreOptions): Promise<Store> {
  const { Store } = await import('../store/store.ts');
  try {
    return Store.open(folder, options);
  } catch (error) {
    throw new Failure(reasonOf(error));
  }
}

export async function withStore<T>(
  folder: string,
  retention: Retention,
  work: (store: Store) => Promise<T>,
): Promise<T> {
  const store = await open(folder, { readOnly: false, retention });
  try {
    return await work(store);
  } finally {
    store.close();
  }
}

/** A store that must be there already. */
export async function withStoreToWrite<T>(folder: string, work: (store: Store) => Promise<T>): Promise<T> {
  mustExist(folder);
  const store = await open(folder, { readOnly: false });
  try {
    return await work(store);
  } finally {
    store.close();
  }
}

function mustExist(folder: string): void {
  if (existsSync(join(folder, 'wardwatch.sqlite'))) return;
  throw new Failure(`store ${folder}: there is none yet; replay with --into or watch makes one`);
}

export async function withStoreToRead<T>(folder: string, work: (store: Store) => Promise<T>): Promise<T> {
  mustExist(folder);
  const store = await open(folder, { readOnly: true });
  try {
    return await work(store);
  } finally {
    store.close();
  }
}
