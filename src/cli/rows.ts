/** What `devices`, `alerts` and `held` have in common: options, which run is meant, how it is printed. */
import { Command } from 'commander';
import type { Store } from '../store/store.ts';
import { defaultFolder } from './folders.ts';
import { rowLimit, runName } from './options.ts';
import { Failure } from './outcome.ts';
import { withStoreToRead } from './stores.ts';
import { print, say } from './terminal.ts';

export interface RowOptions {
  into?: string;
  run?: string;
  limit: number;
  json?: true;
}

export interface Page {
  limit: number;
  offset: number;
}

/** A command that lists one kind of thing of one run. */
export interface Listing<Row> {
  name: string;
  description: string;
  help: string;
  read(store: Store, run: string, page: Page): { rows: readonly Row[]; total: number };
  json(row: Row): unknown;
  print(rows: readonly Row[]): string;
}

export function listingCommand<Row>(listing: Listing<Row>): Command {
  return new Command(listing.name)
    .description(listing.description)
    .option('--into <folder>', 'folder of the store')
    .option('--run <name>', 'which run (default: the latest)', runName)
    .option('--limit <count>', 'list at most this many', rowLimit, 1000)
    .option('--json', 'one JSON object on standard output')
    .addHelpText('after', listing.help)
    .action((options: RowOptions) => list(listing, options));
}

async function list<Row>(listing: Listing<Row>, options: RowOptions): Promise<void> {
  await withStoreToRead(options.into ?? defaultFolder(), async (store) => {
    const run = options.run ?? store.latestRun();
    if (run === null || !store.runs().some(({ name }) => name === run)) {
      throw new Failure(run === null ? 'the store is empty: no run yet' : `the store has no run ${run}`);
    }
    const { rows, total } = listing.read(store, run, { limit: options.limit, offset: 0 });
    if (options.json) print(JSON.stringify({ run, total, [listing.name]: rows.map(listing.json) }));
    else {
      print(listing.print(rows));
      if (total > rows.length) say(`${rows.length} of ${total}; --limit shows more`);
    }
  });
}
