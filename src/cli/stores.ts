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

export async function withStoreToRead<T>(folder: string, work: (store: Store) => Promise<T>): Promise<T> {
  if (!existsSync(join(folder, 'wardwatch.sqlite'))) {
    throw new Failure(`store ${folder}: there is none yet; replay with --into or watch makes one`);
  }
  const store = await open(folder, { readOnly: true });
  try {
    return await work(store);
  } finally {
    store.close();
  }
}
