/**
 * `wardwatch evaluate`: which attacks are found, by which card, how fast, how much had left by then; what is said without a
 * reason; what each layer and simpler methods are worth; and whether the gates of a release hold.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { ablation } from './evaluation/ablation.ts';
import { type Degraded, degradations, degraded, reportOn } from './evaluation/degraded.ts';
import { type Same, sameness, worthComparing } from './evaluation/determinism.ts';
import { gatesOf } from './evaluation/gates.ts';
import {
  constantsDigest,
  deviceDaysOf,
  type Judged,
  judge,
  type Unexplained,
  unexplainedIn,
} from './evaluation/lab.ts';
import { decidedIn, expectedIn, type LabelFolder, labelFolder, learnText } from './evaluation/labels.ts';
import { Moved } from './evaluation/moved.ts';
import { regressionCount, regressions } from './evaluation/regressions.ts';
import { type Steps, steps as stepsOf } from './evaluation/steps.ts';
import { type Evaluation, evaluationText, MARK } from './evaluation/text.ts';
import { type GeneratorPart, generatorPart } from './evaluation/whole.ts';
import { DONE, Failure, INCOMPLETE, reasonOf, UsageError } from './outcome.ts';
import { packageFolder } from './package-folder.ts';
import type { Finish } from './program.ts';
import { settings } from './settings.ts';
import { harmless, print, say } from './terminal.ts';

interface Options {
  config?: string;
  expected?: string;
  datasets?: string;
  quick?: true;
  json?: true;
  out?: string;
}

export function evaluateCommand(finish: Finish): Command {
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
    .action(async (inputs: string[], options: Options) => {
      finish((await evaluate(inputs, options)) ? DONE : INCOMPLETE);
    });
}

const help = `
Labels: NAME.json beside NAME.pcap, with "events": [{ "id", "name", "malicious", "start", "end" (seconds since 1970), "src_ip",
"dst_ip" }]. What came before the first malicious event counts as usual. The cards that name an event rightly stand in
expected-cards.json beside them: { "NAME": { "ID": { "cards": ["RC-01"] } } }; without it every card does. Findings that somebody
has looked at: decided-findings.json (docs/evaluation.md).

Examples:
  $ wardwatch evaluate captures/                                       # as they are, and with five kinds of bad mirror ports
  $ wardwatch evaluate captures/ --quick --json | jq '.gates[] | select(.passes == false)'
  $ wardwatch evaluate captures/ --json | jq '.attacks[] | select(.outcome == "missed")'
  $ wardwatch evaluate generator: --quick                              # source tree only; a minute
  $ wardwatch evaluate captures/ generator: --datasets public/ --out docs/evaluation.md    # everything; four minutes

A gate that fails is told, and is no failure of the command: the status is 3 only where a label or capture could not be read.`;

/** Was everything readable? */
async function evaluate(inputs: readonly string[], options: Options): Promise<boolean> {
  const startedMs = performance.now();
  const folders = inputs.filter((input) => !input.startsWith(GENERATOR));
  const wishes = inputs.filter((input) => input.startsWith(GENERATOR));
  if (wishes.length > 1) throw new UsageError('evaluate: one generator: is enough');
  const { datasets } = options;
  if (datasets !== undefined && !existsSync(datasets)) throw new Failure(`${datasets}: no such folder`);
  const steps = stepsOf();
  try {
    const lab = await labOf(folders, options, steps);
    const wish = wishes[0];
    const generator = wish === undefined ? null : await generatorOf(wish, options.quick === true, steps);
    if (datasets !== undefined) steps.plan(regressionCount);
    const figures = datasets === undefined ? null : await regressions(datasets, steps.next);
    const undecided = lab.unexplained.filter(({ decision }) => decision === '').length;
    const evaluation: Evaluation = {
      ...lab,
      constants: constantsDigest(),
      gates: gatesOf({
        ...{ lab: lab.attacks, generator, regressions: figures, undecided, sameness: lab.sameness },
      }),
      generator,
      ablation: ablation([...lab.attacks.filter(({ outcome }) => outcome !== 'none'), ...(generator?.attacks ?? [])]),
      regressions: figures,
      seconds: Math.round((performance.now() - startedMs) / 1000),
    };
    steps.stop();
    for (const trouble of lab.troubles) say(`wardwatch: ${harmless(trouble)}`);
    if (options.out !== undefined) writeReport(options.out, evaluation);
    print(options.json ? JSON.stringify(evaluation) : `# Evaluation\n\n${evaluationText(evaluation)}`);
    return lab.troubles.length === 0;
  } finally {
    steps.stop();
  }
}

interface Lab {
  readonly attacks: readonly Judged[];
  readonly unexplained: readonly Unexplained[];
  readonly deviceDays: number;
  readonly degraded: readonly Degraded[] | null;
  readonly sameness: readonly Same[];
  /** Labels and captures that could not be read, and captures without a label. */
  readonly troubles: readonly string[];
  readonly unlabelled: readonly string[];
}

async function labOf(folders: readonly string[], options: Options, steps: Steps): Promise<Lab> {
  const lab = {
    ...{ attacks: [] as Judged[], unexplained: [] as Unexplained[], deviceDays: 0 },
    ...{ degraded: [] as Degraded[], sameness: [] as Same[] },
    ...{ troubles: [] as string[], unlabelled: [] as string[] },
  };
  const configuration = await settings(options.config);
  for (const folder of folders) {
    const { labelled, troubles, unlabelled } = read(folder);
    lab.unlabelled.push(...unlabelled.map((file) => join(folder, file)));
    if (labelled.length === 0) {
      for (const trouble of troubles) say(`wardwatch: ${harmless(trouble)}`);
      throw new Failure(`${folder}: no capture with a label beside it`);
    }
    lab.troubles.push(...troubles);
    const expected = ownOrLab(folder, options.expected, 'expected-cards.json', expectedIn);
    const decided = ownOrLab(folder, undefined, 'decided-findings.json', decidedIn);
    const isWhole = options.quick !== true;
    const compared = worthComparing(labelled, isWhole ? COMPARED : 1);
    steps.plan(labelled.length + compared.length + (isWhole ? degradations.length : 0));
    for (const one of labelled) {
      steps.next(`${one.name} (${learnText(one)})`);
      const moved = new Moved(one.events);
      const report = await reportOn(one, configuration, moved.count);
      lab.troubles.push(...report.files.flatMap(({ file, error }) => (error ? [`${file}: ${error}`] : [])));
      lab.attacks.push(...judge(one, report, expected, moved));
      lab.unexplained.push(...unexplainedIn(one, report, decided));
      lab.deviceDays += deviceDaysOf(report);
    }
    for (const one of compared) {
      steps.next(`${one.name} again, with more workers, slower, elsewhere`);
      lab.sameness.push(...(await sameness(one, configuration)));
    }
    if (isWhole) lab.degraded.push(...(await degraded(labelled, expected, configuration, steps.next)));
  }
  return { ...lab, degraded: lab.degraded.length === 0 ? null : lab.degraded };
}

/** Captures that are replayed in several ways. */
const COMPARED = 2;

/** What stands beside the captures, else what the package says of its lab. */
function ownOrLab<What extends object>(
  folder: string,
  named: string | undefined,
  file: string,
  read: (path: string) => What,
): What {
  const readAt = (path: string): What => {
    try {
      return read(path);
    } catch (error) {
      throw new Failure(`${path}: ${error instanceof SyntaxError ? 'is no JSON' : reasonOf(error)}`);
    }
  };
  if (named !== undefined && !existsSync(named)) throw new Failure(`${named}: no such file`);
  const own = readAt(named ?? join(folder, file));
  return Object.keys(own).length > 0 ? own : readAt(join(packageFolder(), 'captures/lab', file));
}

function read(folder: string): LabelFolder {
  try {
    return labelFolder(folder);
  } catch (error) {
    throw new Failure(`${folder}: ${reasonOf(error)}`);
  }
}

const GENERATOR = 'generator:';
/** The weeks of the gates: device-days after learning are 3,000 and more. */
const DEVICES = 40;
const SEED = 1;
const DAYS = 100;
const QUICK_DAYS = 35;

async function generatorOf(input: string, isQuick: boolean, steps: Steps): Promise<GeneratorPart> {
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
    return await generatorPart({ ...wish, isQuick }, steps);
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
