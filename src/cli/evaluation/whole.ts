/** The generated weeks as one part of the report: attacks, innocent changes, false alarms, and what simpler methods make of them. */
import type { AttackOptions, Judged, Labelled, LookAlike } from './attacks.ts';
import { ATTACK_DAY, attackRun, cleanWeeks, concerns, learntSite, lookAlikeRun } from './attacks.ts';
import { rateInterval } from './lab.ts';
import { freshState, type RivalName, type RivalSaid, type RivalState, Rivals, rivalNames } from './rivals.ts';
import type { Steps } from './steps.ts';
import { generatorModules, type WeeksTold } from './weeks.ts';

const DAY_US = 86_400e6;
const FIRST_US = Date.UTC(2026, 2, 2) * 1000;
const LEARNT_US = FIRST_US + 14 * DAY_US;

export interface GeneratorWish {
  readonly devices: number;
  readonly seed: number;
  /** Days of the clean weeks. */
  readonly days: number;
  readonly isQuick: boolean;
}

export interface Clean {
  readonly days: number;
  readonly deviceDays: number;
  readonly findings: number;
  readonly incidents: number;
  readonly severe: number;
  /** 95 % intervals per device-day. */
  readonly incidentRate: readonly [number, number];
  readonly severeRate: readonly [number, number];
  /** By card and severity, how often. */
  readonly said: readonly string[];
}

export interface RivalRow {
  readonly rival: string;
  readonly found: number;
  readonly attacks: number;
  readonly falsePerDeviceDay: number;
}

export interface GeneratorPart {
  readonly devices: number;
  readonly seed: number;
  readonly attackDay: number;
  readonly attacks: readonly Judged[];
  readonly lookAlikes: readonly LookAlike[];
  readonly clean: Clean;
  readonly rivals: readonly RivalRow[];
}

/** Left out when there is little time: they go on for weeks. */
const slow: ReadonlySet<string> = new Set(['ramp', 'poison', 'pacs-theft-500', 'slow-cloud-1', 'slow-cloud-10']);

export async function generatorPart(wish: GeneratorWish, steps: Steps): Promise<GeneratorPart> {
  const modules = await generatorModules();
  const { devices, seed } = wish;
  const asked = modules.attacks.filter((name) => !(wish.isQuick && slow.has(name)));
  steps.plan(asked.length + lookAlikeNames.size + 2);
  steps.next(`a hospital of ${devices} devices is learnt for ${ATTACK_DAY - 1} days`);
  const rivals = new Rivals(LEARNT_US);
  const site = await learntSite(modules, { devices, seed, beside: [rivals.detector()] });
  const options: AttackOptions = { devices, seed, learnt: site.baseline };
  const attacks: Judged[] = [];
  const found = new Map<RivalName, number>();
  for (const name of asked) {
    steps.next(`attack ${name}`);
    const beside = new Rivals(LEARNT_US, structuredClone(rivals.state) as RivalState);
    const { judged, weeks } = await attackRun(modules, name, { ...options, beside: [beside.detector()] });
    attacks.push(...judged);
    const labels = weeks.labels.filter(({ malicious }) => malicious);
    for (const rival of rivalNames) {
      const named = labels.filter((label) => beside.said.some((one) => one.rival === rival && isAbout(label, one)));
      found.set(rival, (found.get(rival) ?? 0) + named.length);
    }
  }
  const lookAlikes: LookAlike[] = [];
  for (const name of modules.changes) {
    if (!lookAlikeNames.has(name)) continue;
    steps.next(`innocent change ${name}`);
    lookAlikes.push((await lookAlikeRun(modules, name, options)).lookAlike);
  }
  steps.next(`${wish.days} clean days`);
  const cleanRivals = new Rivals(LEARNT_US, freshState());
  const weeks = await cleanWeeks(modules, wish.days, { devices, seed: seed + 1, beside: [cleanRivals.detector()] });
  const clean = cleanOf(weeks, wish.days);
  return {
    ...{ devices, seed, attackDay: ATTACK_DAY, attacks, lookAlikes, clean },
    rivals: rivalNames.map((rival) => ({
      rival,
      found: found.get(rival) ?? 0,
      attacks: attacks.length,
      falsePerDeviceDay: cleanRivals.said.filter((one) => one.rival === rival).length / clean.deviceDays,
    })),
  };
}

/** Planned changes; the routine ones (renumbering, patch nights, discharge, month's end, summer time) are in every clean day. */
const lookAlikeNames: ReadonlySet<string> = new Set(['failover', 'drug-library', 'go-live', 'drill', 'migration']);

function isAbout(label: Labelled, { device, peer, timeUs }: RivalSaid): boolean {
  const ends = [label.deviceAddress, label.peerAddress] as const;
  const told = { card: '', severity: '', startUs: timeUs, isHeld: false, rank: 0, happened: '' };
  return concerns({ ...label, ends }, { ...told, device: new Set([device]), peer: new Set([peer]) });
}

/** What was said from the day on which the first devices had settled. */
export function cleanOf({ told, incidents, settledDays }: WeeksTold, days: number): Clean {
  const findings = told.filter(({ isHeld, startUs }) => !isHeld && startUs >= LEARNT_US);
  const after = incidents.filter(({ startUs }) => startUs >= LEARNT_US);
  const severe = after.filter(({ severity }) => severity === 'high' || severity === 'critical');
  const counts = new Map<string, number>();
  for (const { card, severity } of findings)
    counts.set(`${card} ${severity}`, (counts.get(`${card} ${severity}`) ?? 0) + 1);
  return {
    days,
    deviceDays: settledDays,
    findings: findings.length,
    incidents: after.length,
    severe: severe.length,
    incidentRate: rateInterval(after.length, settledDays),
    severeRate: rateInterval(severe.length, settledDays),
    said: [...counts].map(([what, count]) => `${what} × ${count}`).sort(),
  };
}
