/** `wardwatch evaluate`: which attacks of labelled captures are found, by which card, how fast; and what is said without a reason. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { publishedKey } from '../pipeline/key.ts';
import {
  constantsDigest,
  deviceDaysOf,
  type Evaluation,
  evaluationText,
  expectedIn,
  judge,
  type Labelled,
  labelledIn,
  learnText,
  learnUntilUs,
  unexplainedIn,
} from './evaluation.ts';
import { inFolder } from './folders.ts';
import { Failure, reasonOf } from './outcome.ts';
import { packageFolder } from './package-folder.ts';
import { replayInto } from './replay.ts';
import type { ReplayReport } from './replay-schema.ts';
import { settings } from './settings.ts';
import { withStopSignal } from './signals.ts';
import { print, say } from './terminal.ts';

interface Options {
  config?: string;
  expected?: string;
  json?: true;
  out?: string;
}

export function evaluateCommand(): Command {
  return new Command('evaluate')
    .description('Replay labelled captures and say which attacks are found, by which card, how fast.')
    .argument('<folder>', 'captures, each with a label (NAME.json) beside it')
    .option('--config <file>', 'configuration (docs/configuration.md)')
    .option('--expected <file>', 'cards that name each event (default: expected-cards.json there, or the lab’s)')
    .option('--json', 'one JSON object on standard output')
    .option('--out <file>', 'write the report to this file (Markdown)')
    .addHelpText('after', help)
    .action(evaluate);
}

const help = `
Examples:
  $ wardwatch evaluate captures/
  $ wardwatch evaluate captures/ --json | jq '.attacks[] | select(.outcome == "missed")'`;

async function evaluate(folder: string, options: Options): Promise<void> {
  const labelled = read(folder);
  if (labelled.length === 0) throw new Failure(`${folder}: no capture with a label beside it`);
  const own = expectedIn(options.expected ?? join(folder, 'expected-cards.json'));
  const expected =
    Object.keys(own).length > 0 ? own : expectedIn(join(packageFolder(), 'captures/lab/expected-cards.json'));
  const attacks: Evaluation['attacks'][number][] = [];
  const unexplained: Evaluation['unexplained'][number][] = [];
  let deviceDays = 0;
  for (const one of labelled) {
    say(`evaluate: ${one.name} (${learnText(one)})`);
    const report = await replayed(one, options);
    attacks.push(...judge(one, report, expected));
    unexplained.push(...unexplainedIn(one, report));
    deviceDays += deviceDaysOf(report);
  }
  const evaluation: Evaluation = { constants: constantsDigest(), attacks, unexplained, deviceDays };
  if (options.out !== undefined) writeFileSync(options.out, evaluationText(evaluation));
  print(options.json ? JSON.stringify(evaluation) : evaluationText(evaluation));
}

function read(folder: string): Labelled[] {
  try {
    return labelledIn(folder);
  } catch (error) {
    throw new Failure(`${folder}: ${error instanceof SyntaxError ? 'a label is no JSON' : reasonOf(error)}`);
  }
}

async function replayed(one: Labelled, options: Options): Promise<ReplayReport> {
  const until = learnUntilUs(one);
  const request = {
    inputs: [one.capture],
    run: one.name,
    configuration: await settings(options.config),
    workers: 1,
    speed: 0,
    learnUntil: until === null ? null : { atUs: until },
    baselineFrom: null,
    rebaseNow: false,
    key: publishedKey,
    spoolFolder: '',
  };
  const result = await withStopSignal((stop) =>
    inFolder(undefined, (temporary) => replayInto(temporary, request, stop)),
  );
  return result.report as unknown as ReplayReport;
}
