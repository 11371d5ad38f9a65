/**
 * From signals to findings: what a detector reports is held for a person, raised, or added to what was
 * raised before (contract 4.1; detection.md 3.1 and 3.3).
 */

import { ordered } from '../bytes/ordered.ts';
import type { Allowance, Detector, DeviceFacts, LearningState, Relation, Report } from '../detect.ts';
import type { Limits } from '../limits.ts';
import { type FindingRow, type HeldRow, type Severity, severities } from '../model.ts';
import type { Budget } from './budget.ts';

/** Signals of one card on one device and peer are one finding for this long. */
const FINDING_US = 24 * 3600e6;
const QUARTER_US = FINDING_US / 4;
/** More than there are device numbers: two of them make one key. */
const DEVICES_MOST = 2 ** 26;

export interface AlertSettings {
  /** null: every card may speak as often as it likes. */
  readonly budget?: Budget | null;
  readonly limits: Limits;
  readonly severityOf: (detector: string) => Severity | null;
}

/** Devices may still merge: numbers are kept here and become ids when rows are asked for. */
interface Finding {
  /** New or grown since `changed` was last asked. */
  isChanged: boolean;
  /** A person has found it harmless: it comes back only when something about it is new. */
  isSettled: boolean;
  /** Quarters of the day in which it was said, one bit each. */
  quarters: number;
  readonly detector: Detector;
  readonly device: number;
  readonly peer: number;
  readonly row: FindingRow;
  /** What the id of the row was made of; it is made again when one of them is another. */
  namedUs: number;
  namedHappened: string;
}

interface Held {
  readonly device: number;
  readonly peer: number;
  readonly row: HeldRow;
}

export interface Naming {
  id(device: number): string;
  facts(device: number): DeviceFacts;
  /** What the profile of the device's class says. */
  allows?(relation: Relation): Allowance;
}

export class Alerts {
  private readonly findings: Finding[] = [];
  private readonly byRow = new Map<FindingRow, Finding>();
  private readonly open = new Map<string, Finding>();
  private readonly held: Held[] = [];
  /** The same by card, pair of devices, service and verb: told again with every conversation, found without making a key. */
  private readonly heldBy = new Map<Detector, Map<number, Map<string, Map<string, Held>>>>();
  private readonly settings: AlertSettings;
  private readonly naming: Naming;
  /** Signals that found no room, and signals of devices that are still being learnt. */
  refused = 0;
  learning = 0;

  constructor(settings: AlertSettings, naming: Naming) {
    this.settings = settings;
    this.naming = naming;
  }

  /** Findings that were opened so far. */
  get raised(): number {
    return this.findings.length;
  }

  /** `window` names the approved window the report falls into, or is ''. */
  report(detector: Detector, report: Report, state: LearningState, clinicalUse: boolean, window = ''): void {
    const early = state === 'discover' || state === 'learn' || state === 'blind';
    const peer = this.naming.facts(report.peer);
    if (early && !report.speaksAlways && !this.speaksAtOnce(report, peer)) {
      if (report.neverSilent) this.hold(detector, report);
      else this.learning++;
      return;
    }
    const key = [detector.id, report.device, report.peer, report.service, report.verb].join('\n');
    const known = this.open.get(key);
    if (known !== undefined && this.goesOn(known, report.at.timeUs)) {
      this.add(known, report);
      return;
    }
    if (this.findings.length >= this.settings.limits.findingsMax) {
      this.refused++;
      return;
    }
    const device = this.naming.facts(report.device);
    let step = severities.indexOf(
      this.settings.severityOf(detector.id) ?? detector.severity[device.tier - 1] ?? 'medium',
    );
    step += report.severitySteps ?? 0;
    if (clinicalUse) step++;
    if (state === 'settle') step--;
    // Lowered where everybody sees it, never hidden.
    if (window !== '') step--;
    const { budget = null } = this.settings;
    const isDigest = !report.speaksAlways && budget?.isDigest(detector.id) === true;
    if (isDigest) step = 0;
    budget?.opened(detector.id);
    const row: FindingRow = {
      id: '',
      detector: detector.id,
      severity: severities[Math.min(Math.max(step, 0), severities.length - 1)] ?? 'medium',
      confidence: report.confidence,
      device: '',
      deviceAddress: addressIn(report, report.device),
      peer: '',
      peerAddress: addressIn(report, report.peer),
      service: report.service,
      window,
      inUse: clinicalUse,
      digest: isDigest,
      startUs: report.at.timeUs,
      endUs: report.at.timeUs,
      count: 0,
      repeats: [],
      ...report.sentences(),
      attack: [...detector.attack],
      evidence: { packets: [], flows: [] },
    };
    const { device: number, peer: other } = report;
    const finding: Finding = {
      detector,
      device: number,
      peer: other,
      row,
      isChanged: true,
      isSettled: false,
      quarters: 0,
      namedUs: -1,
      namedHappened: '',
    };
    this.add(finding, report);
    this.findings.push(finding);
    this.byRow.set(row, finding);
    this.open.set(key, finding);
  }

  /** Within a day it is the same finding. One that was harmless stays the same until it is said at another time of day. */
  private goesOn({ row, isSettled, quarters }: Finding, timeUs: number): boolean {
    if (timeUs - row.startUs < FINDING_US) return true;
    return isSettled && (quarters & quarterOf(timeUs)) !== 0;
  }

  /** A person has closed it as benign or expected, or has taken it up again. */
  settle(id: string, isSettled: boolean): void {
    for (const finding of this.findings) if (finding.row.id === id) finding.isSettled = isSettled;
  }

  /** Contract 4.1: outside and not allowed by the profile, or forbidden by it. A person's list has spoken in the card. */
  private speaksAtOnce({ device, neverSilent, service, verb, link }: Report, peer: DeviceFacts): boolean {
    if (!neverSilent) return false;
    const role = device === link.client ? 'client' : 'server';
    const allowance = this.naming.allows?.({ device, peer: peer.number, role, service, verb }) ?? 'unknown';
    return allowance === 'forbidden' || (peer.external && allowance === 'unknown');
  }

  private add(finding: Finding, report: Report): void {
    const { row } = finding;
    finding.isChanged = true;
    if (!finding.isSettled || report.at.timeUs - row.startUs < FINDING_US)
      finding.quarters |= quarterOf(report.at.timeUs);
    row.count++;
    // At 1, 2, 4, 8 …: how fast it comes again, in a few numbers.
    if (Number.isInteger(Math.log2(row.count))) row.repeats.push({ count: row.count, timeUs: report.at.timeUs });
    row.endUs = Math.max(row.endUs, report.at.timeUs);
    row.confidence = Math.max(row.confidence, report.confidence);
    // What is judged over hours has no packet of its own.
    if (report.at.packet === 0) return;
    const { packets, flows } = row.evidence;
    if (packets.length >= this.settings.limits.evidencePacketsMax) return;
    packets.push({ packet: report.at.packet, timeUs: report.at.timeUs });
    const flow = report.link.communityId();
    if (flow !== '' && !flows.includes(flow)) flows.push(flow);
  }

  private hold(detector: Detector, report: Report): void {
    const { service, verb } = report;
    const pair = report.device * DEVICES_MOST + report.peer;
    const known = this.heldBy.get(detector)?.get(pair)?.get(service)?.get(verb);
    if (known !== undefined) {
      known.row.count++;
      return;
    }
    // Nothing is remembered of what finds no room: forged pairs would otherwise take memory for ever.
    if (this.held.length >= this.settings.limits.heldMax) {
      this.refused++;
      return;
    }
    const row: HeldRow = {
      card: detector.id,
      device: '',
      deviceAddress: addressIn(report, report.device),
      peer: '',
      peerAddress: addressIn(report, report.peer),
      service,
      verb,
      firstSeenUs: report.at.timeUs,
      count: 1,
    };
    const held = { device: report.device, peer: report.peer, row };
    this.held.push(held);
    const pairs = within(this.heldBy, detector);
    within(within(pairs, pair), service).set(verb, held);
  }

  /** All findings, with ids derived from their content, in the order of these ids. */
  findingRows(digest: (text: string) => string): FindingRow[] {
    return this.named(this.findings, digest);
  }

  /** Those that are new or have grown since this was last asked. */
  changed(digest: (text: string) => string): FindingRow[] {
    const changed = this.findings.filter((finding) => finding.isChanged);
    for (const finding of changed) finding.isChanged = false;
    return this.named(changed, digest);
  }

  private named(findings: readonly Finding[], digest: (text: string) => string): FindingRow[] {
    for (const finding of findings) this.name(finding, digest);
    return findings.map(({ row }) => row).sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  private name(finding: Finding, digest: (text: string) => string): void {
    const { row } = finding;
    const device = this.naming.id(finding.device);
    const peer = this.naming.id(finding.peer);
    const isSame = row.device === device && row.peer === peer;
    if (isSame && finding.namedUs === row.startUs && finding.namedHappened === row.happened) return;
    row.device = device;
    row.peer = peer;
    finding.namedUs = row.startUs;
    finding.namedHappened = row.happened;
    row.id = digest([row.detector, device, peer, row.service, row.happened, row.startUs].join('\n')).slice(0, 16);
  }

  /** Number of the device of each held entry, as it was then. */
  heldDevices(): number[] {
    return this.held.map(({ device }) => device);
  }

  heldRows(): HeldRow[] {
    for (const { row, device, peer } of this.held) {
      row.device = this.naming.id(device);
      row.peer = this.naming.id(peer);
    }
    const key = (row: HeldRow): string => [row.card, row.device, row.peer, row.service, row.verb].join('\n');
    return ordered(
      this.held.map(({ row }) => row),
      key,
    );
  }

  /** Weight of a finding's card, for the risk of its incident. */
  weightOf(row: FindingRow): number {
    return this.byRow.get(row)?.detector.weight ?? 0;
  }
}

/** The map below a key, made when there is none. */
function within<Key, Inner, Value>(outer: Map<Key, Map<Inner, Value>>, key: Key): Map<Inner, Value> {
  const known = outer.get(key);
  if (known !== undefined) return known;
  const made = new Map<Inner, Value>();
  outer.set(key, made);
  return made;
}

/** UTC; a bit for each six hours. */
function quarterOf(timeUs: number): number {
  return 1 << (Math.floor(timeUs / QUARTER_US) % 4);
}

/** The address a device had in the conversation that is reported. */
function addressIn({ link }: Report, device: number): string {
  return device === link.client ? link.clientAddress : link.serverAddress;
}
