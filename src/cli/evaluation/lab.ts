/**
 * How well attacks are found in captures that come with a label of what is in them: each malicious event is looked for
 * among the findings and held entries of a replay in which what came before the first of them counts as usual.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sha256Hex } from '../../bytes/digest.ts';
import { isoTime } from '../../bytes/time.ts';
import { detectors } from '../../detectors/index.ts';
import type { ReplayReport } from '../replay-schema.ts';

/** An event of a label; times are seconds since 1970 UTC. */
interface LabelEvent {
  readonly id: number;
  readonly name: string;
  readonly malicious?: boolean;
  readonly src_ip?: string | null;
  readonly dst_ip?: string | null;
  readonly start?: number;
  readonly end?: number;
}

interface Label {
  readonly file: string;
  readonly variant_of?: string;
  readonly events?: readonly LabelEvent[] | string;
}

/** Which cards name an event rightly, or why none can. */
export type Expected = Readonly<
  Record<string, Readonly<Record<string, { readonly cards?: readonly string[]; readonly none?: string }>>>
>;

export interface Labelled {
  readonly name: string;
  readonly capture: string;
  readonly events: readonly LabelEvent[];
}

export interface Judged {
  readonly capture: string;
  readonly event: number;
  readonly name: string;
  /** `found` by a finding, `held` for a person, `missed`, or `none` where nothing can name it. */
  readonly outcome: 'found' | 'held' | 'missed' | 'none';
  readonly expected: readonly string[];
  /** Cards that named it, and when the first of the expected ones did, in seconds after its beginning. */
  readonly cards: readonly string[];
  readonly latencySeconds: number | null;
  /** Of each expected card that raised it. */
  readonly cardSeconds: Readonly<Record<string, number>>;
  readonly reason: string;
}

/** A finding on devices of a capture that no malicious event accounts for. */
export interface Unexplained {
  readonly capture: string;
  readonly detector: string;
  readonly severity: string;
  readonly device: string;
  readonly peer: string;
  readonly start: string;
  /** What somebody who looked at it wrote down, or ''. */
  readonly decision: string;
}

/** Findings that somebody has looked at, by capture: not hidden, but explained. */
export type Decided = Readonly<
  Record<
    string,
    readonly { readonly card: string; readonly device: string; readonly peer: string; readonly why: string }[]
  >
>;

/** Captures of a folder with a label that says what was done in them. */
export function labelledIn(folder: string): Labelled[] {
  const found: Labelled[] = [];
  for (const file of readdirSync(folder).sort()) {
    if (!file.endsWith('.json') || file === 'expected-cards.json' || file === 'decided-findings.json') continue;
    const label = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Label;
    const capture = join(folder, label.file ?? '');
    if (!Array.isArray(label.events) || label.variant_of !== undefined || !existsSync(capture)) continue;
    found.push({ name: file.replace(/\.json$/, ''), capture, events: label.events as LabelEvent[] });
  }
  return found;
}

export function expectedIn(file: string): Expected {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Expected) : {};
}

export function decidedIn(file: string): Decided {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Decided) : {};
}

/** Up to here everything counts as usual: a moment before the first malicious event. */
export function learnUntilUs({ events }: Labelled): number | null {
  const starts = events.filter(({ malicious }) => malicious).map(({ start }) => start ?? Number.POSITIVE_INFINITY);
  const first = Math.min(...starts);
  return Number.isFinite(first) ? Math.floor(first * 1e6) - 1 : null;
}

export function constantsDigest(): string {
  return sha256Hex(
    JSON.stringify(detectors.map(({ id, options, severity, weight }) => ({ id, options, severity, weight }))),
  );
}

/** How long after its end an event may still be named: an interval, and the rounding of the label's clock. */
const AFTER_SECONDS = 61;
const BEFORE_SECONDS = 1;

interface Named {
  readonly card: string;
  readonly startUs: number;
  readonly endUs: number;
  readonly addresses: readonly string[];
  readonly isHeld: boolean;
}

function namedIn({ alerts, held, devices }: ReplayReport): Named[] {
  const all = (address: string): string[] =>
    devices.find(({ addresses }) => addresses.includes(address))?.addresses ?? [address];
  const findings = alerts.map(({ detector, start, end, deviceAddress, peerAddress }) => ({
    card: detector,
    startUs: Date.parse(start) * 1000,
    endUs: Date.parse(end) * 1000,
    addresses: [...all(deviceAddress), ...all(peerAddress)],
    isHeld: false,
  }));
  const entries = held.map(({ card, firstSeen, deviceAddress, peerAddress }) => ({
    card,
    startUs: Date.parse(firstSeen) * 1000,
    endUs: Number.POSITIVE_INFINITY,
    addresses: [...all(deviceAddress), ...all(peerAddress)],
    isHeld: true,
  }));
  return [...findings, ...entries];
}

/** The malicious events of a capture, each with what the replay said about it. */
export function judge({ name, events }: Labelled, report: ReplayReport, expected: Expected): Judged[] {
  const named = namedIn(report);
  return events
    .filter(({ malicious }) => malicious)
    .map((event) => judgeOne(name, event, named, expected[name]?.[event.id]));
}

function judgeOne(
  capture: string,
  event: LabelEvent,
  named: readonly Named[],
  wanted: { readonly cards?: readonly string[]; readonly none?: string } | undefined,
): Judged {
  const startUs = (event.start ?? 0) * 1e6;
  const about = named.filter((one) => concerns(event, one));
  const cards = [...new Set(about.map(({ card }) => card))].sort();
  const right = about.filter(({ card }) => wanted?.cards === undefined || wanted.cards.includes(card));
  const first = right.sort((a, b) => Number(a.isHeld) - Number(b.isHeld) || a.startUs - b.startUs)[0];
  const latencySeconds = first === undefined ? null : Math.max(0, Math.round((first.startUs - startUs) / 1e4) / 100);
  const outcome =
    wanted?.none !== undefined ? 'none' : first === undefined ? 'missed' : first.isHeld ? 'held' : 'found';
  const { id, name } = event;
  return {
    capture,
    event: id,
    name,
    outcome,
    expected: wanted?.cards ?? [],
    cards,
    latencySeconds,
    cardSeconds: secondsOf(
      right.filter((one) => isBetween(event, one)),
      startUs,
    ),
    reason: wanted?.none ?? '',
  };
}

function secondsOf(right: readonly Named[], startUs: number): Record<string, number> {
  const seconds: Record<string, number> = {};
  for (const { card, startUs: at, isHeld } of [...right].sort((a, b) => a.startUs - b.startUs)) {
    // What was said before and still goes on has no beginning here.
    if (!isHeld && at >= startUs - BEFORE_SECONDS * 1e6) seconds[card] ??= Math.max(0, (at - startUs) / 1e6);
  }
  return seconds;
}

/** Latency is told of what names both ends: other things go on beside it. */
function isBetween({ src_ip, dst_ip }: LabelEvent, { addresses }: Named): boolean {
  const isIn = (address: string | null | undefined): boolean =>
    typeof address === 'string' && addresses.includes(address);
  return isIn(src_ip) && isIn(dst_ip);
}

/** Both ends stand in it, or the one that the event names, and its time touches the event's. */
function concerns(event: LabelEvent, { addresses, startUs, endUs }: Named): boolean {
  const ends = [event.src_ip, event.dst_ip].filter((address) => typeof address === 'string');
  const fromUs = ((event.start ?? 0) - BEFORE_SECONDS) * 1e6;
  const toUs = ((event.end ?? event.start ?? 0) + AFTER_SECONDS) * 1e6;
  return ends.some((address) => addresses.includes(address)) && startUs <= toUs && endUs >= fromUs;
}

/** Findings that no malicious event accounts for. */
export function unexplainedIn(
  { name, events }: Labelled,
  report: ReplayReport,
  decided: Decided = {},
): readonly Unexplained[] {
  const written = decided[name] ?? [];
  const malicious = events.filter((event) => event.malicious);
  return report.alerts
    .filter((alert) => {
      const one: Named = {
        card: alert.detector,
        startUs: Date.parse(alert.start) * 1000,
        endUs: Date.parse(alert.end) * 1000,
        addresses: [alert.deviceAddress, alert.peerAddress],
        isHeld: false,
      };
      return !malicious.some((event) => concerns(event, one));
    })
    .map(({ detector, severity, deviceAddress: device, peerAddress: peer, start }) => ({
      capture: name,
      detector,
      severity,
      device,
      peer,
      start,
      decision: written.find((one) => one.card === detector && one.device === device && one.peer === peer)?.why ?? '',
    }));
}

export function deviceDaysOf({ devices, firstTime, lastTime }: ReplayReport): number {
  if (firstTime === null || lastTime === null) return 0;
  return (
    (devices.filter(({ external }) => !external).length * (Date.parse(lastTime) - Date.parse(firstTime))) / 86_400_000
  );
}

/** 95 % interval of a Poisson rate: exact at nothing seen, Wilson and Hilferty's approximation above. */
export function rateInterval(count: number, exposure: number): [number, number] {
  if (exposure === 0) return [0, Number.POSITIVE_INFINITY];
  const z = 1.96;
  const upper = (count + 1) * (1 - 1 / (9 * (count + 1)) + z / (3 * Math.sqrt(count + 1))) ** 3;
  const lower = count === 0 ? 0 : count * (1 - 1 / (9 * count) - z / (3 * Math.sqrt(count))) ** 3;
  return [Math.max(0, lower) / exposure, upper / exposure];
}

/** For progress: when the judging of a capture begins to learn. */
export function learnText(labelled: Labelled): string {
  const until = learnUntilUs(labelled);
  return until === null ? 'no malicious event' : `usual until ${isoTime(until)}`;
}
