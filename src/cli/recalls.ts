/** `wardwatch recalls`: which devices a recall or an advisory concerns, and what people decided about it. */
import { Command, Option } from 'commander';
import { NoticeDesk, type NoticeState, noticeStates } from '../inventory/notice-desk.ts';
import { type MatchJson, matchJson, stateCounts } from '../inventory/notice-json.ts';
import { limits as usualLimits } from '../limits.ts';
import { keepNotices, readNoticeFolder } from '../pipeline/notice-folder.ts';
import type { Store } from '../store/store.ts';
import { defaultFolder } from './folders.ts';
import { rowLimit, runName } from './options.ts';
import { Failure, INCOMPLETE, reasonOf } from './outcome.ts';
import type { Finish } from './program.ts';
import { settings } from './settings.ts';
import { withStoreToRead, withStoreToWrite } from './stores.ts';
import { harmless, print, say, secondText, styled } from './terminal.ts';

interface Where {
  into?: string;
  run?: string;
}

interface Listing extends Where {
  folder?: string;
  config?: string;
  state?: NoticeState;
  device?: string;
  limit: number;
  json?: true;
}

interface Deciding extends Where {
  user: string;
  reason: string;
}

/** Problems of a folder that are said one by one. */
const PROBLEMS_SAID = 20;

export function recallsCommand(finish: Finish): Command {
  const command = new Command('recalls')
    .description('List the devices that recalls (openFDA) and advisories (CSAF) concern. Works without a network.')
    .option('--folder <folder>', 'read the notices of this folder now, in place of those before')
    .addOption(new Option('--state <name>', 'only matches of this state').choices([...noticeStates]))
    .option('--device <id>', 'only this device')
    .option('--into <folder>', 'folder of the store')
    .option('--run <name>', 'which run (default: the latest)', runName)
    .option('--config <file>', 'configuration: its limits (docs/configuration.md)')
    .option('--limit <count>', 'list at most this many', rowLimit, 1000)
    .option('--json', 'one JSON object on standard output')
    .addHelpText(
      'after',
      `
Examples:
  $ wardwatch recalls --folder ./notices
  $ wardwatch recalls --state possible
  $ wardwatch recalls dismiss 08:00:06:20:01:11 openfda:Z-0001-2026 --user NAME --reason 'updated in May'`,
    )
    .action(async (options: Listing) => {
      if ((await list(options)) > 0) finish(INCOMPLETE);
    });
  // What stands behind a subcommand is the subcommand's.
  command.enablePositionalOptions();
  command
    .addCommand(decision('confirm', 'Say that a notice concerns a device.', 'confirmed'))
    .addCommand(decision('dismiss', 'Say that it does not, or no longer.', 'dismissed'))
    .addCommand(decision('reopen', 'Take a decision back.', 'possible'));
  return command;
}

/** Returns how many problems the folder has. */
async function list(options: Listing): Promise<number> {
  if (options.folder === undefined) {
    await withStoreToRead(options.into ?? defaultFolder(), async (store) => show(store, options));
    return 0;
  }
  const { folder } = options;
  const limits = { ...usualLimits, ...(await settings(options.config)).limits };
  let problems: readonly string[] = [];
  await withStoreToWrite(options.into ?? defaultFolder(), async (store) => {
    const read = reading(folder, () => readNoticeFolder(folder, limits));
    problems = read.problems;
    keepNotices(store, folder, read, Date.now() * 1000);
    for (const problem of problems.slice(0, PROBLEMS_SAID)) say(`wardwatch: ${harmless(problem)}`);
    if (problems.length > PROBLEMS_SAID) say(`wardwatch: and ${problems.length - PROBLEMS_SAID} more problems`);
    say(`${read.notices.length} notices in ${read.files} files`);
    show(store, options);
  });
  return problems.length;
}

function reading<T>(folder: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw new Failure(`--folder ${folder}: ${reasonOf(error)}`);
  }
}

function show(store: Store, options: Listing): void {
  const run = runOf(store, options);
  const desk = new NoticeDesk(store, run);
  const about = desk.about();
  if (about === null)
    throw new Failure('no notices yet: wardwatch recalls --folder FOLDER, or site.notices in the settings');
  const notices = desk.notices();
  const byId = new Map(notices.map((notice) => [notice.id, notice]));
  const { matches, without } = desk.matches(notices);
  const chosen = matches.filter(
    ({ standing, device }) =>
      (options.state === undefined || standing.state === options.state) &&
      (options.device === undefined || device === options.device),
  );
  const rows = chosen
    .slice(0, options.limit)
    .map((match) => matchJson(match, byId.get(match.notice), store.device(run, match.device) ?? undefined));
  const counts = stateCounts(matches);
  if (options.json) {
    print(
      JSON.stringify({
        run,
        notices: notices.length,
        counts,
        withoutModel: without,
        total: chosen.length,
        matches: rows,
      }),
    );
    return;
  }
  print(
    `${notices.length} notices of ${secondText(about.timeUs).slice(0, 10)}: ${counts.confirmed} confirmed, ` +
      `${counts.possible} possible, ${counts.dismissed} dismissed. ` +
      `${without} medical devices are matched with nothing: their model is not known.`,
  );
  for (const row of rows) print(`\n${text(row)}`);
  if (chosen.length > rows.length) say(`${rows.length} of ${chosen.length}; --limit shows more`);
}

function text(row: MatchJson): string {
  const named = [row.name, row.address].filter((one) => one !== '').join(', ');
  const decided = row.by === 'wardwatch' ? '' : ` by ${row.by} on ${row.decided?.slice(0, 10) ?? ''}: ${row.reason}`;
  const about = [row.severity, row.date, row.status].filter((one) => one !== '').join(', ');
  const lines = [
    `  notice:   ${row.notice}${about === '' ? '' : ` (${about})`}`,
    `            ${row.title}`,
    `  named:    "${row.text}"`,
    `  why:      ${row.why.join(' ')}`,
    row.isChanged ? '  decided before, and the notice was changed since: please look again' : '',
    row.vulnerabilities.length === 0 ? '' : `  flaws:    ${row.vulnerabilities.join(' ')}`,
    row.hazard === '' ? '' : `  hazard:   ${short(row.hazard)}`,
    row.action === '' ? '' : `  do:       ${short(row.action)}`,
  ].filter((line) => line !== '');
  return [
    styled('bold', harmless(`${row.state.toUpperCase()} ${row.device} (${named})${decided}`)),
    ...lines.map(harmless),
  ].join('\n');
}

function short(words: string): string {
  return words.length > 300 ? `${words.slice(0, 299)}…` : words;
}

function decision(name: string, description: string, state: NoticeState): Command {
  return new Command(name)
    .description(description)
    .helpOption('-h, --help', 'print help')
    .argument('<device>', 'id of the device')
    .argument('<notice>', 'id of the notice')
    .requiredOption('--user <name>', 'who decides')
    .option('--reason <text>', 'why', '')
    .option('--into <folder>', 'folder of the store')
    .option('--run <name>', 'which run (default: the latest)', runName)
    .action(async (device: string, notice: string, options: Deciding) => {
      await withStoreToWrite(options.into ?? defaultFolder(), async (store) => {
        const { user, reason } = options;
        const made = { device, notice, state, user, reason, timeUs: Date.now() * 1000 };
        try {
          new NoticeDesk(store, runOf(store, options)).decide(made, usualLimits.noticeDecisionsMax);
        } catch (error) {
          throw error instanceof Error && error.name === 'Error' ? new Failure(error.message) : error;
        }
        say(`${notice} for ${device}: ${state}`);
      });
    });
}

function runOf(store: Store, { run: named }: Where): string {
  const run = named ?? store.latestRun();
  if (run === null || !store.runs().some(({ name }) => name === run)) {
    throw new Failure(run === null ? 'the store is empty: no run yet' : `the store has no run ${run}`);
  }
  return run;
}
