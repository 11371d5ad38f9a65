/**
 * How well attacks are found in captures that come with a label of what is in them: each malicious event is looked for
 * among the findings and held entries of a replay in which what came before the first of them counts as usual.
 */
import { sha256Hex } from '../../bytes/digest.ts';
import { detectors } from '../../detectors/index.ts';
import type { ReplayReport } from '../replay-schema.ts';
import type { Decided, Expected, LabelEvent, Labelled } from './labels.ts';
import type { Moved } from './moved.ts';

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
  /** The right card that spoke first, how severe it was, and the place of its incident by risk, from 1. */
  readonly by: string;
  readonly severity: string;
  readonly rank: number | null;
  /** Payload that had gone between the two when any card first spoke of both, and in all; null where an end is unknown. */
  readonly leakedBytes: number | null;
  readonly bytes: number | null;
  /** One of the two is outside. */
  readonly isLeak: boolean;
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
  readonly severity: string;
  readonly rank: number | null;
}

function namedIn({ alerts, held, devices, incidents }: ReplayReport): Named[] {
  const all = (address: string): string[] =>
    devices.find(({ addresses }) => addresses.includes(address))?.addresses ?? [address];
  const byRisk = [...incidents].sort((a, b) => b.risk - a.risk);
  const rankOf = (id: string): number | null => {
    const index = byRisk.findIndex((incident) => incident.alerts.includes(id));
    return index < 0 ? null : index + 1;
  };
  const findings = alerts.map(({ id, detector, severity, start, end, deviceAddress, peerAddress }) => ({
    card: detector,
    startUs: Date.parse(start) * 1000,
    endUs: Date.parse(end) * 1000,
    addresses: [...all(deviceAddress), ...all(peerAddress)],
    isHeld: false,
    severity,
    rank: rankOf(id),
  }));
  const entries = held.map(({ card, firstSeen, deviceAddress, peerAddress }) => ({
    card,
    startUs: Date.parse(firstSeen) * 1000,
    endUs: Number.POSITIVE_INFINITY,
    addresses: [...all(deviceAddress), ...all(peerAddress)],
    isHeld: true,
    severity: '',
    rank: null,
  }));
  return [...findings, ...entries];
}

/** The malicious events of a capture, each with what the replay said about it; `moved` knows what had passed by then. */
export function judge(
  { name, events }: Labelled,
  report: ReplayReport,
  expected: Expected,
  moved: Moved | null = null,
): Judged[] {
  const named = namedIn(report);
  const outside = report.devices.filter(({ external }) => external).flatMap(({ addresses }) => addresses);
  return events
    .filter(({ malicious }) => malicious)
    .map((event) => ({
      ...judgeOne(name, event, named, expected[name]?.[event.id]),
      ...leakOf(event, named, moved),
      isLeak: [event.src_ip, event.dst_ip].some((end) => typeof end === 'string' && outside.includes(end)),
    }));
}

function leakOf(
  event: LabelEvent,
  named: readonly Named[],
  moved: Moved | null,
): Pick<Judged, 'leakedBytes' | 'bytes'> {
  const endUs = (event.end ?? event.start ?? 0) * 1e6;
  const bytes = moved?.until(event, endUs) ?? null;
  const said = named.filter((one) => !one.isHeld && concerns(event, one) && isBetween(event, one));
  const firstUs = Math.min(endUs, ...said.map(({ startUs }) => startUs));
  return { leakedBytes: moved?.until(event, firstUs) ?? null, bytes };
}

function judgeOne(
  capture: string,
  event: LabelEvent,
  named: readonly Named[],
  wanted: { readonly cards?: readonly string[]; readonly none?: string } | undefined,
): Omit<Judged, 'leakedBytes' | 'bytes' | 'isLeak'> {
  const startUs = (event.start ?? 0) * 1e6;
  const about = aboutIn(event, named, wanted?.cards);
  const cards = [...new Set(about.map(({ card }) => card))].sort();
  const right = about.filter(({ card }) => wanted?.cards === undefined || wanted.cards.includes(card));
  const order = (one: Named): number => (wanted?.cards ?? []).indexOf(one.card);
  const first = right.sort(
    (a, b) => Number(a.isHeld) - Number(b.isHeld) || a.startUs - b.startUs || order(a) - order(b),
  )[0];
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
    by: first?.card ?? '',
    severity: first?.severity ?? '',
    rank: first?.rank ?? null,
    reason: wanted?.none ?? '',
  };
}

/** What names both ends, where a right card does; else what names one of them, for a scan and a flood have many partners. */
function aboutIn(event: LabelEvent, named: readonly Named[], cards: readonly string[] | undefined): Named[] {
  const about = named.filter((one) => concerns(event, one));
  const between = about.filter((one) => isBetween(event, one));
  return between.some(({ card }) => cards?.includes(card) ?? true) ? between : about;
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
        severity: alert.severity,
        rank: null,
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
