/** The report as a document (docs/evaluation.md). */
import type { Ablated } from './ablation.ts';
import type { Degraded } from './degraded.ts';
import type { Same } from './determinism.ts';
import type { Gate } from './gates.ts';
import { type Judged, rateInterval, type Unexplained } from './lab.ts';
import type { Regression } from './regressions.ts';
import type { GeneratorPart } from './whole.ts';

export interface Evaluation {
  /** SHA-256 of the options, severities and weights of all detectors. */
  readonly constants: string;
  readonly gates: readonly Gate[];
  /** Of the captures with labels. */
  readonly attacks: readonly Judged[];
  readonly unexplained: readonly Unexplained[];
  readonly deviceDays: number;
  readonly generator: GeneratorPart | null;
  readonly ablation: readonly Ablated[];
  readonly degraded: readonly Degraded[] | null;
  readonly regressions: readonly Regression[] | null;
  /** Replays of the same capture in other ways. */
  readonly sameness: readonly Same[];
  /** Labels and captures that could not be read. */
  readonly troubles: readonly string[];
  readonly unlabelled: readonly string[];
  /** How long the run took. */
  readonly seconds: number;
}

/** Where what a person wrote ends; whatever stands before it in an old report is kept. */
export const MARK = '<!-- What follows is written by `wardwatch evaluate`. -->';

type Cell = string | number;

function table(head: readonly string[], rows: readonly (readonly Cell[])[]): string[] {
  const row = (cells: readonly Cell[]): string =>
    `| ${cells.map((cell) => String(cell).replaceAll('|', '/')).join(' | ')} |`;
  return [row(head), row(head.map(() => '---')), ...rows.map(row), ''];
}

export function evaluationText(evaluation: Evaluation): string {
  const { constants, gates, generator, ablation, degraded, regressions, seconds } = evaluation;
  return [
    '## Gates',
    '',
    gatesSentence(gates),
    '',
    ...gateRows(gates),
    `Constants of all detectors: SHA-256 ${constants}.`,
    '',
    ...(generator === null ? [] : generatorText(generator)),
    ...labText(evaluation),
    ...(ablation.length === 0 ? [] : ablationText(ablation)),
    ...(degraded === null ? [] : degradedText(degraded)),
    ...(regressions === null ? [] : regressionText(regressions)),
    ...leftOut(evaluation),
    `The run took ${seconds} s.`,
    '',
  ].join('\n');
}

export function gateRows(gates: readonly Gate[]): string[] {
  return table(
    ['Gate', 'Wanted', 'Measured', 'Result'],
    gates.map(({ gate, wanted, got, passes }) => [
      ...[gate, wanted, got],
      passes === null ? 'not measured' : passes ? 'pass' : 'FAIL',
    ]),
  );
}

function gatesSentence(gates: readonly Gate[]): string {
  const measured = gates.filter(({ passes }) => passes !== null);
  const failed = measured.filter(({ passes }) => passes === false).map(({ gate }) => gate);
  const open = gates.length - measured.length;
  const rest = open === 0 ? '' : ` ${open} were not measured in this run.`;
  if (failed.length === 0) return `All ${measured.length} gates that were measured hold.${rest}`;
  return `**${failed.length} of ${measured.length} gates fail: ${failed.join('; ')}.**${rest}`;
}

function leftOut({ troubles, unlabelled }: Evaluation): string[] {
  return [
    ...(troubles.length === 0 ? [] : ['Could not be read:', '', ...troubles.map((one) => `- ${one}`), '']),
    ...(unlabelled.length === 0 ? [] : [`Left out, no label beside them: ${unlabelled.join(', ')}.`, '']),
  ];
}

function generatorText({ devices, seed, attackDay, attacks, lookAlikes, clean, rivals }: GeneratorPart): string[] {
  const [low, high] = clean.incidentRate;
  return [
    '## Attacks of the generator, each alone',
    '',
    `A generated hospital of ${devices} devices (seed ${seed}) is learnt until day ${attackDay - 1}, a person accepting each morning what is held; then`,
    `the sensor is started anew with what it had learnt, and from day ${attackDay} on one attack happens. “Right” are the cards that the`,
    'generator lists for it. Bytes are payload on its way when any card first spoke of the two, and in all. Rank is the place of its',
    'incident by risk.',
    '',
    ...table(
      ['Attack', 'Outcome', 'Right', 'First right', 'Severity', 'Seconds', 'Bytes before', 'Bytes', 'Rank', 'Named by'],
      attacks.map((one) => [
        ...[one.attack, one.outcome, one.expected.join(' '), one.by, one.severity],
        ...[one.latencySeconds ?? '', one.leakedBytes, one.bytes, one.rank ?? '–'],
        one.cards.join(' '),
      ]),
    ),
    '## Innocent changes',
    '',
    'Renumbering, patch nights, discharge, the end of a month and summer time are in every clean day below. Medium is more than a digest:',
    'a planned change that nobody entered still asks for a word.',
    '',
    ...table(
      ['Change', 'What', 'Entered as a window', 'Worst finding', 'Worst incident', 'Said'],
      lookAlikes.map(({ change, says, isEntered, worst, worstIncident, said }) => [
        ...[change, says, isEntered ? 'yes' : 'no', worst, worstIncident, said.join(', ')],
      ]),
    ),
    '## False alarms on clean days',
    '',
    `${clean.days} generated days of ${devices} devices (seed ${seed + 1}): ${clean.deviceDays} device-days after learning. ${clean.incidents} incidents, ${(clean.incidents / clean.deviceDays).toFixed(4)} a device-day`,
    `(95 %: ${low.toFixed(4)} to ${high.toFixed(4)}); ${clean.severe} of them high or critical (95 %: up to ${clean.severeRate[1].toFixed(5)}). ${clean.findings} findings: ${clean.said.join(', ') || 'none'}.`,
    '**The hospital is synthetic**: this shows that the rules do what they say, not how often a real house is surprised.',
    '',
    '## Simpler methods on the same weeks',
    '',
    'Found: attacks about which the method said anything in their time, right or not. False: words a device-day on the clean days, once a day',
    'for a pair of devices.',
    '',
    ...table(
      ['Method', 'Found', 'False a device-day'],
      [
        [
          'all cards',
          `${attacks.filter(({ outcome }) => outcome !== 'missed').length} of ${attacks.length}`,
          (clean.findings / clean.deviceDays).toFixed(4),
        ],
        ...rivals.map((one) => [one.rival, `${one.found} of ${one.attacks}`, one.falsePerDeviceDay.toFixed(4)]),
      ],
    ),
  ];
}

function labText({ attacks, unexplained, deviceDays }: Evaluation): string[] {
  if (attacks.length === 0) return [];
  const counts = (outcome: Judged['outcome']): number => attacks.filter((one) => one.outcome === outcome).length;
  const undecided = unexplained.filter(({ decision }) => decision === '').length;
  const [low, high] = rateInterval(undecided, deviceDays);
  return [
    '## Attacks in labelled captures',
    '',
    `${attacks.length} malicious events: ${counts('found')} found, ${counts('held')} held for a person, ${counts('missed')} missed, ${counts('none')} that nothing can name.`,
    'Bytes are the payload that had gone between the two when any card first spoke of both, and in all; rank is the place of the',
    'incident by risk among those of its capture.',
    '',
    ...table(
      [
        ...['Capture', 'Event', 'What', 'Outcome', 'Right', 'First right', 'Severity', 'Seconds'],
        ...['Bytes before', 'Bytes', 'Rank', 'Named by'],
      ],
      attacks.map((one) => [
        ...[one.capture, one.event, one.name],
        one.reason === '' ? one.outcome : `${one.outcome}: ${one.reason}`,
        ...[one.expected.length === 0 && one.reason === '' ? 'any' : one.expected.join(' '), one.by, one.severity],
        ...[one.latencySeconds ?? '', one.leakedBytes ?? '', one.bytes ?? '', one.rank ?? '–', one.cards.join(' ')],
      ]),
    ),
    '## Findings in labelled captures without a malicious event',
    '',
    `${unexplained.length} on ${deviceDays.toFixed(2)} device-days of short captures, ${undecided} of them unexplained (95 %: ${low.toFixed(2)} to ${high.toFixed(2)} a device-day). Each was looked at:`,
    '',
    ...table(
      ['Capture', 'Card', 'Severity', 'Device', 'Partner', 'When', 'Decision'],
      unexplained.map((one) => [
        ...[one.capture, one.detector, one.severity, one.device, one.peer, one.start],
        one.decision === '' ? '**none**' : one.decision,
      ]),
    ),
  ];
}

function ablationText(rows: readonly Ablated[]): string[] {
  return [
    '## Without a layer',
    '',
    'Attacks that are still named when the cards that live by a layer are silent.',
    '',
    ...table(
      ['Silent', 'Cards', 'Named rightly', 'Named at all'],
      rows.map(({ layer, cards, right, any, attacks }) => [
        layer,
        cards,
        `${right} of ${attacks}`,
        `${any} of ${attacks}`,
      ]),
    ),
  ];
}

function degradedText(rows: readonly Degraded[]): string[] {
  return [
    '## With a bad mirror port',
    '',
    'The labelled captures again. With one direction only, ME-01 says so, and most cards have nothing that they may judge.',
    '',
    ...table(
      ['What arrives', 'Attacks named rightly', 'Findings without attack'],
      rows.map(({ name, found, events, unexplained }) => [name, `${found} of ${events}`, unexplained]),
    ),
  ];
}

function regressionText(rows: readonly Regression[]): string[] {
  return [
    '## Public captures',
    '',
    ...table(
      ['Figure', 'File', 'Wanted', 'Measured', 'Result'],
      rows.map(({ figure, file, wanted, got, isKept }) => [
        ...[figure, file, wanted, got],
        isKept === null ? 'not there' : isKept ? 'kept' : 'CHANGED',
      ]),
    ),
  ];
}
