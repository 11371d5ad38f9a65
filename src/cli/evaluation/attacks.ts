/**
 * The generator's attacks, each alone on a site that has settled: found or not, by which card, after how long, and how much
 * had left by then. And its innocent changes, which must not be high or critical.
 */
import type { BaselineDocument } from '../../baseline/document.ts';
import type { Detector } from '../../detect.ts';
import type { ServiceWindow } from '../../pipeline/site.ts';
import { type generatorModules, type Told, type WeekLabel, type WeeksTold, weeksTold } from './weeks.ts';

type Modules = Awaited<ReturnType<typeof generatorModules>>;

const DAY_US = 86_400e6;
const BEFORE_US = 1e6;
/** Found as late as this after its end, it counts: what is judged over days speaks at the end of one. */
const AFTER_US = DAY_US;

/** A day on which the devices of the first day are watched in all layers. */
export const ATTACK_DAY = 28;
const LEARNT_DAY = 14;
/** Days that an attack is given; those that go on for weeks more. */
const DAYS = 2;
const longer: ReadonlyMap<string, number> = new Map([
  ['ramp', 30],
  ['dns-leak-daily', 4],
]);
/** It is there from the first day on: nobody may accept it unseen. */
const FROM_THE_BEGINNING = 'poison';

export interface Judged {
  readonly attack: string;
  readonly says: string;
  readonly outcome: 'found' | 'held' | 'missed';
  readonly expected: readonly string[];
  /** Everything that named it, and the right card that did so first. */
  readonly cards: readonly string[];
  readonly by: string;
  readonly severity: string;
  readonly latencySeconds: number | null;
  /** Of each right card that spoke. */
  readonly cardSeconds: Readonly<Record<string, number>>;
  /** Bytes that had moved when any card first spoke of the two, and in all. */
  readonly leakedBytes: number;
  readonly bytes: number;
  /** The partner is outside, and the bytes are what leaves. */
  readonly isLeak: boolean;
  readonly rank: number | null;
}

export interface AttackRun {
  readonly judged: readonly Judged[];
  readonly weeks: WeeksTold;
}

export interface AttackOptions {
  readonly devices: number;
  readonly seed: number;
  /** What a clean site has learnt until two days before the attack; without it the weeks are gone through from the first day. */
  readonly learnt?: BaselineDocument;
  readonly beside?: readonly Detector[];
}

function wishOf(
  kind: 'attacks' | 'changes',
  name: string,
  days: number,
  { devices, seed, learnt }: AttackOptions,
): string {
  const all = kind === 'attacks' ? `attacks=${name}` : `changes=routine+${name}`;
  const from = learnt === undefined || name === FROM_THE_BEGINNING ? '' : `,from-day=${ATTACK_DAY - 1}`;
  return `days=${ATTACK_DAY + days},devices=${devices},seed=${seed},attack-day=${ATTACK_DAY},${all}${from}`;
}

export async function attackRun(modules: Modules, name: string, options: AttackOptions): Promise<AttackRun> {
  const isOld = name === FROM_THE_BEGINNING;
  const weeks = await weeksTold(modules, {
    wish: wishOf('attacks', name, longer.get(name) ?? DAYS, options),
    acceptFromDay: isOld ? Number.POSITIVE_INFINITY : LEARNT_DAY,
    acceptUntilDay: ATTACK_DAY,
    ...(options.beside === undefined ? {} : { beside: options.beside }),
    ...(options.learnt === undefined || isOld ? {} : { baseline: options.learnt }),
  });
  return { judged: weeks.labels.filter(({ malicious }) => malicious).map((label) => judge(label, weeks)), weeks };
}

export type Labelled = WeeksTold['labels'][number];

export function judge(label: Labelled, weeks: WeeksTold): Judged {
  const startUs = Date.parse(label.start) * 1000;
  const about = weeks.told.filter((one) => concerns(label, one));
  const right = about.filter(({ card }) => label.cards.includes(card));
  const first = firstOf(right);
  // Contract 4.13: up to the first word of any card about these two.
  const any = about.find((one) => isBetween(label, one)) ?? first;
  return {
    attack: label.id,
    says: label.says,
    outcome: first === undefined ? 'missed' : first.isHeld ? 'held' : 'found',
    expected: label.cards,
    cards: [...new Set(about.map(({ card }) => card))].sort(),
    by: first?.card ?? '',
    severity: first?.severity ?? '',
    latencySeconds: first === undefined ? null : Math.max(0, Math.round((first.startUs - startUs) / 1e4) / 100),
    cardSeconds: secondsOf(right, startUs),
    leakedBytes: any === undefined ? label.bytes : weeks.movedBy(label.id, any.startUs),
    bytes: label.bytes,
    isLeak: !label.peerAddress.startsWith('10.'),
    rank: bestRank(right),
  };
}

/** Before what is only held; of those that spoke at the same moment the most severe. */
function firstOf(right: readonly Told[]): Told | undefined {
  const first = right.find(({ isHeld }) => !isHeld) ?? right[0];
  return right
    .filter(({ isHeld, startUs }) => isHeld === first?.isHeld && startUs === first.startUs)
    .sort((a, b) => severities.indexOf(b.severity) - severities.indexOf(a.severity))[0];
}

function bestRank(right: readonly Told[]): number | null {
  const ranks = right.map(({ rank }) => rank).filter((rank) => rank > 0);
  return ranks.length === 0 ? null : Math.min(...ranks);
}

/** When each card first raised it. */
function secondsOf(right: readonly Told[], startUs: number): Record<string, number> {
  const seconds: Record<string, number> = {};
  for (const { card, startUs: at, isHeld } of right) {
    if (!isHeld) seconds[card] ??= Math.max(0, (at - startUs) / 1e6);
  }
  return seconds;
}

/** It is about one of the two, in its time. */
export function concerns({ ends, start, end }: Labelled, { device, peer, startUs }: Told): boolean {
  const isInTime = startUs >= Date.parse(start) * 1000 - BEFORE_US && startUs <= Date.parse(end) * 1000 + AFTER_US;
  return isInTime && ends.some((one) => device.has(one) || peer.has(one));
}

function isBetween({ ends: [a, b] }: Labelled, { device, peer }: Told): boolean {
  return (device.has(a) && peer.has(b)) || (device.has(b) && peer.has(a)) || (device.has(a) && peer.has(a));
}

export interface LookAlike {
  readonly change: string;
  readonly says: string;
  /** Whether somebody entered it as an approved window. */
  readonly isEntered: boolean;
  /** What was said of it, by card and severity, with how often. */
  readonly said: readonly string[];
  readonly worst: string;
  /** Of the incidents that it opened. */
  readonly worstIncident: string;
}

export interface LookAlikeRun {
  readonly lookAlike: LookAlike;
  readonly weeks: WeeksTold;
}

/** Changes for which a hospital has an entry: the design asks for the migration with one. */
const entered: ReadonlySet<string> = new Set(['migration']);
const severities = ['held', 'low', 'medium', 'high', 'critical'];

export async function lookAlikeRun(modules: Modules, name: string, options: AttackOptions): Promise<LookAlikeRun> {
  const isEntered = entered.has(name);
  const index = Math.max(0, modules.changes.indexOf(name));
  const fromUs = (Math.floor((Date.UTC(2026, 2, 2) * 1000) / DAY_US) + ATTACK_DAY + index) * DAY_US;
  const window: ServiceWindow = {
    ...{ name: `CHG-${name}`, vendor: 'own house', devices: [], sources: [], services: ['dicom'] },
    ...{ fromUs, toUs: fromUs + 3 * DAY_US },
  };
  const weeks = await weeksTold(modules, {
    wish: wishOf('changes', name, index + 3, options),
    acceptFromDay: LEARNT_DAY,
    acceptUntilDay: ATTACK_DAY,
    windows: isEntered ? [window] : [],
    ...(options.learnt === undefined ? {} : { baseline: options.learnt }),
  });
  const labels = weeks.labels.filter(({ malicious, id }) => !malicious && id.startsWith(`${name} `));
  const about = weeks.told.filter((one) => labels.some((label) => concerns(label, one)));
  const counts = new Map<string, number>();
  for (const { card, severity } of about)
    counts.set(`${card} ${severity}`, (counts.get(`${card} ${severity}`) ?? 0) + 1);
  const worst = Math.max(-1, ...about.map(({ severity }) => severities.indexOf(severity)));
  const ranks = new Set(about.map(({ rank }) => rank).filter((rank) => rank > 0));
  const opened = weeks.incidents.filter((_, index) => ranks.has(index + 1));
  const worstIncident = Math.max(-1, ...opened.map(({ severity }) => severities.indexOf(severity)));
  return {
    weeks,
    lookAlike: {
      change: name,
      says: labels[0]?.says ?? '',
      isEntered,
      said: [...counts].map(([what, count]) => (count === 1 ? what : `${what} × ${count}`)).sort(),
      worst: severities[worst] ?? 'nothing',
      worstIncident: severities[worstIncident] ?? 'none',
    },
  };
}

/** What a clean site has learnt the day before attacks begin. */
export async function learntSite(modules: Modules, { devices, seed, beside = [] }: AttackOptions): Promise<WeeksTold> {
  return weeksTold(modules, {
    beside,
    wish: `days=${ATTACK_DAY - 1},devices=${devices},seed=${seed}`,
    acceptFromDay: LEARNT_DAY,
    acceptUntilDay: ATTACK_DAY,
  });
}

/** Days on which nothing is wrong, with a person in the house. */
export async function cleanWeeks(modules: Modules, days: number, options: AttackOptions): Promise<WeeksTold> {
  const { devices, seed, beside = [] } = options;
  return weeksTold(modules, {
    beside,
    wish: `days=${days},devices=${devices},seed=${seed}`,
    acceptFromDay: LEARNT_DAY,
    acceptUntilDay: Number.POSITIVE_INFINITY,
  });
}

export type { WeekLabel };
