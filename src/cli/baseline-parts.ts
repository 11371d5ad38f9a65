/** What the subcommands of `wardwatch baseline` have in common: their store and run, who decides, how trouble is told. */
import { Command } from 'commander';
import { BaselineDesk } from '../pipeline/baseline-desk.ts';
import type { Store } from '../store/store.ts';
import { defaultFolder } from './folders.ts';
import { runName } from './options.ts';
import { Failure } from './outcome.ts';
import { withStoreToRead, withStoreToWrite } from './stores.ts';

/** Devices whose names or addresses hold the text of an address. */
const SAME_ADDRESS_MAX = 1_000;

export interface Where {
  into?: string;
  run?: string;
  json?: true;
}

export interface Who extends Where {
  user: string;
  reason: string;
}

/** A subcommand that names its store and run. */
export function part(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .option('--into <folder>', 'folder of the store')
    .option('--run <name>', 'which run (default: the latest)', runName);
}

/** One that changes the baseline, and therefore says who and why. */
export function change(name: string, description: string): Command {
  return part(name, description)
    .requiredOption('--user <name>', 'who decides; kept with the decision')
    .requiredOption('--reason <text>', 'why; kept with the decision');
}

export async function reading(
  options: Where,
  work: (desk: BaselineDesk, store: Store, run: string, options: Where) => void,
): Promise<void> {
  await withStoreToRead(options.into ?? defaultFolder(), async (store) => {
    const run = runOf(store, options.run);
    said(() => work(new BaselineDesk(store, run), store, run, options));
  });
}

export async function writing(
  options: Where,
  work: (desk: BaselineDesk, store: Store, run: string) => void,
): Promise<void> {
  await withStoreToWrite(options.into ?? defaultFolder(), async (store) => {
    const run = runOf(store, options.run);
    said(() => work(new BaselineDesk(store, run), store, run));
  });
}

/** The id of the one device that has this address; what is no address of one stays as it is. */
export function idOf(store: Store, run: string, text: string): string {
  if (store.device(run, text) !== null) return text;
  const { rows } = store.find.devices(run, { q: text, limit: SAME_ADDRESS_MAX, offset: 0 });
  const having = rows.filter(({ addresses }) => addresses.includes(text));
  return having.length === 1 && having[0] !== undefined ? having[0].id : text;
}

/** What cannot be done is one sentence and exit status 1. */
export function said(work: () => void): void {
  try {
    work();
  } catch (error) {
    throw error instanceof Error && error.name === 'Error' ? new Failure(error.message) : error;
  }
}

export function runOf(store: Store, named: string | undefined): string {
  const run = named ?? store.latestRun();
  if (run === null || !store.runs().some(({ name }) => name === run)) {
    throw new Failure(run === null ? 'the store is empty: no run yet' : `the store has no run ${run}`);
  }
  return run;
}
