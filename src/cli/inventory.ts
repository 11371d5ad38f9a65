/** `wardwatch inventory`: the site's equipment list beside what is on the wire, and both in files for other programs. */
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { Command, Option } from 'commander';
import type { Configuration } from '../configuration.ts';
import { cyclonedx } from '../inventory/cyclonedx.ts';
import { InventoryDesk, ListError, readList } from '../inventory/desk.ts';
import {
  countsOf,
  inventoryCsv,
  linesOf,
  reconciliationCsv,
  reconciliationJson,
  subjectsOf,
} from '../inventory/export.ts';
import { zoneFinder } from '../inventory/zones.ts';
import { limits as usualLimits } from '../limits.ts';
import type { Store } from '../store/store.ts';
import { defaultFolder } from './folders.ts';
import { dayCount, runName } from './options.ts';
import { Failure, INCOMPLETE, reasonOf } from './outcome.ts';
import { version } from './package-folder.ts';
import type { Finish } from './program.ts';
import { settings } from './settings.ts';
import { withStore, withStoreToRead } from './stores.ts';
import { print, say, secondText, table } from './terminal.ts';

interface Where {
  into?: string;
  run?: string;
  config?: string;
}

interface Comparing extends Where {
  days: number;
  all?: true;
  json?: true;
  format?: 'csv';
}

interface Exporting extends Where {
  format: 'csv' | 'cyclonedx';
  output?: string;
  all?: true;
}

/** Problems of a list that are said one by one. */
const PROBLEMS_SAID = 20;
export const USUAL_DAYS = 30;

export function inventoryCommand(finish: Finish): Command {
  return new Command('inventory')
    .description('Compare the equipment list of the site with what is on the wire, and export what was seen.')
    .addCommand(importCommand(finish))
    .addCommand(reconcileCommand())
    .addCommand(exportCommand())
    .addHelpText(
      'after',
      `
Examples:
  $ wardwatch inventory import equipment.csv --columns serial='Ser. no.' mac='LAN address'
  $ wardwatch inventory reconcile --days 30
  $ wardwatch inventory reconcile --format csv > to-look-into.csv
  $ wardwatch inventory export --format cyclonedx --output devices.cdx.json`,
    );
}

function part(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .option('--into <folder>', 'folder of the store')
    .option('--config <file>', 'configuration: its zones and limits (docs/configuration.md)');
}

function importCommand(finish: Finish): Command {
  return part('import', 'Take over the equipment list from a CSV file; it replaces the one before.')
    .argument('<file>', 'the list')
    .option('--columns <key=heading...>', 'which column holds what, where the heading does not say it', [])
    .option('--user <name>', 'who imports it', '')
    .action(async (file: string, options: Where & { columns: string[]; user: string }) => {
      if ((await take(file, options)) > 0) finish(INCOMPLETE);
    });
}

/** Returns how many problems the list has. */
async function take(file: string, options: Where & { columns: string[]; user: string }): Promise<number> {
  const configuration = await settings(options.config);
  const limits = { ...usualLimits, ...configuration.limits };
  const read = list(() => {
    if (statSync(file).size > limits.equipmentBytesMax)
      throw new ListError(`${file}: larger than ${limits.equipmentBytesMax} bytes`);
    return readList(readFileSync(file), { file, user: options.user, said: options.columns, limits });
  }, file);
  await withStore(options.into ?? defaultFolder(), configuration.retention, async (store) => {
    store.lists.replaceEquipment(Date.now() * 1000, read.about, read.equipment);
  });
  for (const [key, headings = []] of Object.entries(read.about.columns)) {
    if (headings.length > 0) say(`${key}: ${headings.join(', ')}`);
  }
  for (const problem of read.problems.slice(0, PROBLEMS_SAID)) say(`${file}: ${problem}`);
  if (read.problems.length > PROBLEMS_SAID) say(`${file}: and ${read.problems.length - PROBLEMS_SAID} more problems`);
  print(`${read.equipment.length} devices are in the list`);
  return read.problems.length;
}

function list<T>(action: () => T, file: string): T {
  try {
    return action();
  } catch (error) {
    throw new Failure(error instanceof ListError ? error.message : `${file}: ${reasonOf(error)}`);
  }
}

function reconcileCommand(): Command {
  return part('reconcile', 'What is on the wire and not in the list, in the list and not seen, or said differently.')
    .option('--run <name>', 'which run (default: the latest)', runName)
    .option('--days <count>', 'days without a packet after which a device counts as not seen', dayCount, USUAL_DAYS)
    .option('--all', 'look for every device inside in the list, not only for medical ones')
    .option('--json', 'one JSON object on standard output')
    .addOption(new Option('--format <name>', 'csv: one line for each thing to look into').choices(['csv']))
    .action(compare);
}

async function compare(options: Comparing): Promise<void> {
  const { site } = await settings(options.config);
  await reading(options, (desk) => {
    const about = desk.about();
    if (about === null) throw new Failure('no equipment list yet: wardwatch inventory import FILE.csv');
    const { listed, found } = desk.compare({ days: options.days, all: options.all === true, ...zonesOf(site) });
    if (options.json) {
      print(JSON.stringify({ days: options.days, list: about.about, ...reconciliationJson(listed, found) }));
      return;
    }
    if (options.format === 'csv') {
      process.stdout.write(reconciliationCsv(found));
      return;
    }
    const counts = countsOf(listed, found);
    print(
      `${counts.listed} in the list of ${secondText(about.timeUs).slice(0, 10)}; ${counts.paired} of them on the wire.\n` +
        `On the wire and not in the list ${counts.notListed}, in the list and not seen for ${options.days} days ` +
        `${counts.notSeen}, said differently ${counts.mismatches}, twice ${counts.duplicates}, ` +
        `without network data ${counts.notFindable}, rightly out of use ${counts.retired}.`,
    );
    const rows = linesOf(found).map(({ what, row, device, listed: said, seen }) => [
      what,
      row === null ? '' : [`line ${row.line}`, row.asset].filter((one) => one !== '').join(' '),
      device,
      said,
      seen,
    ]);
    if (rows.length > 0) print(`\n${table(['what', 'in the list', 'device', 'listed', 'seen'], rows)}`);
  });
}

function exportCommand(): Command {
  return part('export', 'Write the devices, with what the list says of them, for other programs.')
    .option('--run <name>', 'which run (default: the latest)', runName)
    .addOption(
      new Option('--format <name>', 'csv, or cyclonedx (CycloneDX 1.6)').choices(['csv', 'cyclonedx']).default('csv'),
    )
    .option('--output <file>', 'where to (default: standard output)')
    .option('--all', 'every device inside, not only medical ones')
    .action(write);
}

async function write(options: Exporting): Promise<void> {
  const { site } = await settings(options.config);
  await reading(options, (desk) => {
    const all = options.all === true;
    const { found } = desk.compare({ days: USUAL_DAYS, all, ...zonesOf(site) });
    const subjects = subjectsOf(desk.devices(), found.paired, all);
    const bom = { site: site.name, version: version(), nowUs: desk.nowUs() };
    const text =
      options.format === 'csv' ? inventoryCsv(subjects) : `${JSON.stringify(cyclonedx(subjects, bom), null, 2)}\n`;
    if (options.output === undefined) process.stdout.write(text);
    else {
      save(options.output, text);
      say(`${subjects.length} devices written to ${options.output}`);
    }
  });
}

function save(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    throw new Failure(`${file}: ${reasonOf(error)}`);
  }
}

function zonesOf({ zones }: Configuration['site']) {
  return { zoneOf: zoneFinder(zones), zones: zones.map(({ name }) => name) };
}

async function reading(options: Where, work: (desk: InventoryDesk) => void): Promise<void> {
  await withStoreToRead(options.into ?? defaultFolder(), async (store: Store) => {
    const run = options.run ?? store.latestRun();
    if (run === null || !store.runs().some(({ name }) => name === run)) {
      throw new Failure(run === null ? 'the store is empty: no run yet' : `the store has no run ${run}`);
    }
    work(new InventoryDesk(store, run));
  });
}
