/** The gates of a release (detection.md 6.2), each with what was measured; null where the run did not measure it. */
import type { Same } from './determinism.ts';
import type { Judged as LabJudged } from './lab.ts';
import type { Regression } from './regressions.ts';
import type { GeneratorPart } from './whole.ts';

export interface Gate {
  readonly gate: string;
  readonly wanted: string;
  readonly got: string;
  readonly passes: boolean | null;
}

export interface Measured {
  readonly lab: readonly LabJudged[];
  readonly generator: GeneratorPart | null;
  readonly regressions: readonly Regression[] | null;
  /** Findings of the lab that neither an attack nor a written decision accounts for. */
  readonly undecided: number;
  readonly sameness: readonly Same[];
}

const FAST_SECONDS = 5;
const TUNNEL_SECONDS = 60;
const LEAK_BYTES = 5_000_000;
const FALSE_RATE = 0.01;
const SEVERE_RATE = 0.001;
const DEVICE_DAYS = 1_000;
const SEVERE_DEVICE_DAYS = 3_000;
const fast = ['RC-01', 'RC-02', 'RC-09', 'EX-12', 'EX-15'];
const tunnelCards = ['EX-05', 'EX-07'];
/** Leaks through names below the bound of 4 kB a day are not promised. */
const nameLeaks = ['dns-leak-daily', 'dns-leak-hourly', 'dns-leak-slow', 'dns-iodine'];

export function gatesOf({ lab, generator, regressions, undecided, sameness }: Measured): Gate[] {
  const labAsked = lab.filter(({ outcome }) => outcome !== 'none');
  const labMissed = labAsked.filter(({ outcome }) => outcome === 'missed').length;
  return [
    gate(
      'attacks in labelled captures, named by a right card',
      'all',
      `${labAsked.length - labMissed} of ${labAsked.length}`,
      labAsked.length === 0 ? null : labMissed === 0,
    ),
    gate(
      'findings in labelled captures without attack or decision',
      '0',
      String(undecided),
      labAsked.length === 0 ? null : undecided === 0,
    ),
    ...leakGate(lab, generator),
    ...(generator === null ? [] : generatorGates(generator)),
    ...latencies(lab, generator, regressions),
    ...(regressions === null ? [] : [regressionGate(regressions)]),
    ...(sameness.length === 0 ? [] : [samenessGate(sameness)]),
  ];
}

function gate(name: string, wanted: string, got: string, passes: boolean | null): Gate {
  return { gate: name, wanted, got, passes };
}

function generatorGates({ attacks, lookAlikes, clean }: GeneratorPart): Gate[] {
  const missed = attacks.filter(({ outcome }) => outcome === 'missed');
  const names = attacks.filter(({ attack }) => nameLeaks.includes(attack.split(' ')[0] ?? ''));
  const unnamed = names.filter(({ outcome }) => outcome === 'missed').length;
  const loud = lookAlikes.filter(({ worst, worstIncident }) => isSevere(worst) || isSevere(worstIncident));
  const rate = clean.incidents / clean.deviceDays;
  const severeRate = clean.severe / clean.deviceDays;
  return [
    gate(
      'attacks of the generator, named by a right card',
      'all',
      `${attacks.length - missed.length} of ${attacks.length}`,
      missed.length === 0,
    ),
    gate(
      'leak through DNS of 4 kB a day and more',
      'found',
      `${names.length - unnamed} of ${names.length}`,
      unnamed === 0,
    ),
    gate(
      'innocent changes',
      'none high or critical',
      loud.length === 0
        ? `${lookAlikes.length} of ${lookAlikes.length} are not`
        : loud.map(({ change }) => change).join(', '),
      loud.length === 0,
    ),
    gate(
      'false incidents a device-day, on 1,000 and more',
      `≤ ${FALSE_RATE}`,
      `${rate.toFixed(4)} on ${clean.deviceDays}`,
      clean.deviceDays < DEVICE_DAYS ? null : rate <= FALSE_RATE,
    ),
    gate(
      'false high or critical incidents a device-day, on 3,000 and more',
      `≤ ${SEVERE_RATE}`,
      `${severeRate.toFixed(5)} on ${clean.deviceDays}`,
      clean.deviceDays < SEVERE_DEVICE_DAYS ? null : severeRate <= SEVERE_RATE,
    ),
  ];
}

/** What had gone to a partner outside when any card first spoke of the two (contract 4.13). */
function leakGate(lab: readonly LabJudged[], generator: GeneratorPart | null): Gate[] {
  const leaks = [
    ...lab.map(({ capture, event, ...one }) => ({ ...one, what: `${capture}, event ${event}` })),
    ...(generator?.attacks ?? []).map((one) => ({ ...one, what: one.attack })),
  ].flatMap(({ what, isLeak, leakedBytes }) => (isLeak && leakedBytes !== null ? [{ what, leakedBytes }] : []));
  const most = [...leaks].sort((a, b) => b.leakedBytes - a.leakedBytes)[0];
  const got =
    most === undefined
      ? 'no case'
      : `${(most.leakedBytes / 1e6).toFixed(2)} MB at most (${most.what}), ${leaks.length} cases`;
  const passes = most === undefined ? null : most.leakedBytes <= LEAK_BYTES;
  return [gate('leak to a new partner outside before the first word', '≤ 5 MB', got, passes)];
}

function samenessGate(sameness: readonly Same[]): Gate {
  const same = sameness.filter(({ isSame }) => isSame);
  const other = sameness.find(({ isSame }) => !isSame);
  const got = `${same.length} of ${sameness.length} replays${other === undefined ? '' : `; not ${other.capture}, ${other.way}`}`;
  return gate('the same bytes at any speed, worker count, time zone', 'all', got, other === undefined);
}

function isSevere(severity: string): boolean {
  return severity === 'high' || severity === 'critical';
}

/** The slowest right word of each card about an attack that it named first. */
function latencies(
  lab: readonly LabJudged[],
  generator: GeneratorPart | null,
  regressions: readonly Regression[] | null,
): Gate[] {
  const of = (card: string): number[] => [
    ...lab.flatMap(({ cardSeconds }) => cardSeconds[card] ?? []),
    ...(generator?.attacks ?? []).flatMap(({ attack, cardSeconds }) =>
      nameLeaks.includes(attack.split(' ')[0] ?? '') && attack.split(' ')[0] !== 'dns-iodine'
        ? []
        : (cardSeconds[card] ?? []),
    ),
    ...(regressions ?? []).flatMap((one) => (one.card === card && one.seconds !== null ? [one.seconds] : [])),
  ];
  const rows = (cards: readonly string[], most: number): Gate[] =>
    cards.map((card) => {
      const seconds = of(card);
      const worst = Math.max(...seconds);
      const got = seconds.length === 0 ? 'no case' : `${worst.toFixed(2)} s at worst, ${seconds.length} cases`;
      return gate(`latency of ${card}`, `≤ ${most} s`, got, seconds.length === 0 ? null : worst <= most);
    });
  return [...rows(fast, FAST_SECONDS), ...rows(tunnelCards, TUNNEL_SECONDS)];
}

function regressionGate(regressions: readonly Regression[]): Gate {
  const there = regressions.filter(({ isKept }) => isKept !== null);
  const kept = there.filter(({ isKept }) => isKept);
  const got = `${kept.length} of ${there.length} files that are there`;
  return gate(
    'figures on public captures',
    'reproduced',
    got,
    there.length === 0 ? null : kept.length === there.length,
  );
}
