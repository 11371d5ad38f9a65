/**
 * `wardwatch evaluate`: which attacks are found, by which card, how fast, how much had left by then; what is said without a
 * reason; what each layer and simpler methods are worth; and whether the gates of a release hold.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { ablation } from './evaluation/ablation.ts';
import { type Degraded, degraded, reportOn } from './evaluation/degraded.ts';
import { gatesOf } from './evaluation/gates.ts';
import {
  constantsDigest,
  decidedIn,
  deviceDaysOf,
  expectedIn,
  type Judged,
  judge,
  type Labelled,
  labelledIn,
  learnText,
  type Unexplained,
  unexplainedIn,
} from './evaluation/lab.ts';
import { regressions } from './evaluation/regressions.ts';
import { type Evaluation, evaluationText, MARK } from './evaluation/text.ts';
import { type GeneratorPart, generatorPart } from './evaluation/whole.ts';
import { Failure, reasonOf, UsageError } from './outcome.ts';
import { packageFolder } from './package-folder.ts';
import { settings } from './settings.ts';
import { print, say } from './terminal.ts';

interface Options {
  config?: string;
  expected?: string;
  datasets?: string;
  quick?: true;
  json?: true;
  out?: string;
}

export function evaluateCommand(): Command {
  return new Command('evaluate')
    .description('Say which attacks are found, by which card, how fast, and whether the gates of a release hold.')
    .argument('<input...>', 'folders of captures, each with a label (NAME.json) beside it, and generator:…')
    .option('--config <file>', 'configuration for the captures (docs/configuration.md)')
    .option('--expected <file>', 'cards that name each event (default: expected-cards.json there, or the lab’s)')
    .option('--datasets <folder>', 'public captures whose figures must not change')
    .option('--quick', 'leave out what takes minutes: long attacks, many clean days, bad mirror ports')
    .option('--json', 'one JSON object on standard output')
    .option('--out <file>', 'write the report to this file (Markdown), behind what a person wrote there')
    .addHelpText('after', help)
    .action(evaluate);
}

const help = `
Examples:
  $ wardwatch evaluate captures/
  $ wardwatch evaluate captures/ --json | jq '.attacks[] | select(.outcome == "missed")'
  $ wardwatch evaluate generator:devices=40,seed=1,days=100          # source tree only; minutes
  $ wardwatch evaluate generator:devices=32 --quick                  # a minute`;

async function evaluate(inputs: readonly string[], options: Options): Promise<void> {
  const startedMs = performance.now();
  const folders = inputs.filter((input) => !input.startsWith(GENERATOR));
  const wishes = inputs.filter((input) => input.startsWith(GENERATOR));
  if (wishes.length > 1) throw new UsageError('evaluate: one generator: is enough');
  const lab = await labOf(folders, options);
  const wish = wishes[0];
  const generator = wish === undefined ? null : await generatorOf(wish, options.quick === true);
  const { datasets } = options;
  if (datasets !== undefined && !existsSync(datasets)) throw new Failure(`${datasets}: no such folder`);
  const figures = datasets === undefined ? null : await regressions(datasets);
  const undecided = lab.unexplained.filter(({ decision }) => decision === '').length;
  const evaluation: Evaluation = {
    ...lab,
    constants: constantsDigest(),
    gates: gatesOf({ lab: lab.attacks, generator, regressions: figures, undecided }),
    generator,
    ablation: ablation([...lab.attacks.filter(({ outcome }) => outcome !== 'none'), ...(generator?.attacks ?? [])]),
    regressions: figures,
    seconds: Math.round((performance.now() - startedMs) / 1000),
  };
  if (options.out !== undefined) writeReport(options.out, evaluation);
  print(options.json ? JSON.stringify(evaluation) : `# Evaluation\n\n${evaluationText(evaluation)}`);
}

interface Lab {
  readonly attacks: readonly Judged[];
  readonly unexplained: readonly Unexplained[];
  readonly deviceDays: number;
  readonly degraded: readonly Degraded[] | null;
}

async function labOf(folders: readonly string[], options: Options): Promise<Lab> {
  const attacks: Judged[] = [];
  const unexplained: Unexplained[] = [];
  const bad: Degraded[] = [];
  let deviceDays = 0;
  const configuration = await settings(options.config);
  for (const folder of folders) {
    const labelled = read(folder);
    if (labelled.length === 0) throw new Failure(`${folder}: no capture with a label beside it`);
    const expected = ownOrLab(folder, options.expected, 'expected-cards.json', expectedIn);
    const decided = ownOrLab(folder, undefined, 'decided-findings.json', decidedIn);
    for (const one of labelled) {
      say(`evaluate: ${one.name} (${learnText(one)})`);
      const report = await reportOn(one, configuration);
      attacks.push(...judge(one, report, expected));
      unexplained.push(...unexplainedIn(one, report, decided));
      deviceDays += deviceDaysOf(report);
    }
    if (options.quick === true) continue;
    say(`evaluate: ${folder} with a bad mirror port`);
    bad.push(...(await degraded(labelled, expected, configuration)));
  }
  return { attacks, unexplained, deviceDays, degraded: bad.length === 0 ? null : bad };
}

/** What stands beside the captures, else what the package says of its lab. */
function ownOrLab<What extends object>(
  folder: string,
  named: string | undefined,
  file: string,
  read: (path: string) => What,
): What {
  const own = read(named ?? join(folder, file));
  return Object.keys(own).length > 0 ? own : read(join(packageFolder(), 'captures/lab', file));
}

function read(folder: string): Labelled[] {
  try {
    return labelledIn(folder);
  } catch (error) {
    throw new Failure(`${folder}: ${error instanceof SyntaxError ? 'a label is no JSON' : reasonOf(error)}`);
  }
}

const GENERATOR = 'generator:';
/** The weeks of the gates: device-days after learning are 3,000 and more. */
const DEVICES = 40;
const SEED = 1;
const DAYS = 100;
const QUICK_DAYS = 35;

async function generatorOf(input: string, isQuick: boolean): Promise<GeneratorPart> {
  const wish = { devices: DEVICES, seed: SEED, days: isQuick ? QUICK_DAYS : DAYS };
  for (const part of input
    .slice(GENERATOR.length)
    .split(',')
    .filter((one) => one !== '')) {
    const [name = '', value = ''] = part.split('=');
    if (!(name in wish) || !/^\d{1,6}$/.test(value)) {
      throw new UsageError(`evaluate: ${part}: allowed are devices, seed and days of clean weeks, each a whole number`);
    }
    wish[name as keyof typeof wish] = Number(value);
  }
  try {
    return await generatorPart({ ...wish, isQuick }, say);
  } catch (error) {
    throw new Failure(`${input}: ${reasonOf(error)}`);
  }
}

/** What a person wrote before the mark stays. */
function writeReport(file: string, evaluation: Evaluation): void {
  const before = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const at = before.indexOf(MARK);
  const head = at < 0 ? '# Evaluation\n\n' : before.slice(0, at);
  writeFileSync(file, `${head}${MARK}\n\n${evaluationText(evaluation)}`);
}
