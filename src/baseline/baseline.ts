/**
 * What is usual for each device: the sets of relations it has been seen in.
 *
 * Layer A (structure) holds services, layer B (semantics) the verbs of their protocols. A relation is a
 * candidate when it is first seen and accepted by rule (seen on several days) or because learning was signed
 * off. Peers are keyed by meaning: a device inside, the /24 or /48 network outside, so that a cloud service that
 * changes its address stays what it is.
 */
import type { LearningState, Relation, Verdict } from '../detect.ts';
import type { Limits } from '../limits.ts';

const DAY_US = 86_400e6;
/** Days of `settle` after `learn`: all cards speak, one step lower (detection.md 2.3). */
const SETTLE_DAYS = 7;

export interface BaselineSettings {
  readonly limits: Limits;
  readonly on: boolean;
  /** Days that the first devices of a site are learnt, and those that appear after them. */
  readonly structureDays: number;
  readonly laterDays: number;
  /** Different days on which a relation must be seen before it is accepted by rule. */
  readonly acceptDays: number;
  /** What came before counts as accepted and signed off; null = states go by time. */
  readonly learnUntilUs: number | null;
}

/** What the baseline must be told of a device; it keeps nothing else about it. */
export interface Subject {
  readonly number: number;
  readonly firstSeenUs: number;
}

interface Known {
  firstUs: number;
  lastDay: number;
  days: number;
  count: number;
  accepted: boolean;
}

/** A peer by its meaning, and the devices that had to do with it. */
interface Peer {
  readonly number: number;
  readonly devices: Set<number>;
}

/** Names beyond these share the last number: a flood of forged ones costs precision, never memory. */
const SERVICES_MAX = 4_096;
const VERBS_MAX = 65_536;
const PEERS_MAX = 1_048_576;

/** One layer of one device, by packed key. */
class Relations {
  readonly known: Map<number, Known> = new Map();
  acceptedCount = 0;

  accept(one: Known): void {
    if (one.accepted) return;
    one.accepted = true;
    this.acceptedCount++;
  }
}

export class Baseline {
  /** Relations that found no room (`tuplesPerDeviceMax`, `verbsPerDeviceMax`). */
  refused = 0;
  private readonly services = new Map<number, Relations>();
  private readonly verbs = new Map<number, Relations>();
  private readonly peers = new Map<string, Peer>();
  private readonly serviceNumbers = new Map<string, number>();
  private readonly verbNumbers = new Map<string, number>();
  private readonly settings: BaselineSettings;
  /** Packet time, moved by the analyst. */
  nowUs = 0;
  /** When the site's first packet was seen. */
  siteFirstUs = 0;

  constructor(settings: BaselineSettings) {
    this.settings = settings;
  }

  state(subject: Subject): LearningState {
    const { on, learnUntilUs, structureDays, laterDays } = this.settings;
    if (!on) return 'discover';
    if (learnUntilUs !== null) return this.nowUs < learnUntilUs ? 'learn' : 'watch';
    const isLater = subject.firstSeenUs - this.siteFirstUs >= structureDays * DAY_US;
    const learnDays = isLater ? laterDays : structureDays;
    const ageDays = (this.nowUs - subject.firstSeenUs) / DAY_US;
    if (ageDays < learnDays) return 'learn';
    return ageDays < learnDays + SETTLE_DAYS ? 'settle' : 'watch';
  }

  verdict(subject: Subject, relation: Relation, peerKey: string): Verdict {
    const relations = this.layer(relation).get(subject.number);
    const known = relations?.known.get(this.keyOf(relation, peerKey));
    return {
      state: this.state(subject),
      accepted: known?.accepted ?? false,
      count: known?.count ?? 0,
      firstSeenUs: known?.firstUs ?? 0,
      acceptedCount: relations?.acceptedCount ?? 0,
      peerPrevalence: this.peers.get(peerKey)?.devices.size ?? 0,
    };
  }

  /** Adds one sight of a relation. */
  observe(subject: Subject, relation: Relation, peerKey: string, neverSilent: boolean): void {
    const { limits, acceptDays, learnUntilUs } = this.settings;
    const layer = this.layer(relation);
    let relations = layer.get(subject.number);
    if (relations === undefined) {
      relations = new Relations();
      layer.set(subject.number, relations);
    }
    const key = this.keyOf(relation, peerKey);
    const day = Math.floor(this.nowUs / DAY_US);
    let known = relations.known.get(key);
    if (known === undefined) {
      const most = relation.verb === '' ? limits.tuplesPerDeviceMax : limits.verbsPerDeviceMax;
      if (relations.known.size >= most) {
        this.refused++;
        return;
      }
      known = { firstUs: this.nowUs, lastDay: day, days: 1, count: 0, accepted: false };
      relations.known.set(key, known);
      if (learnUntilUs !== null && this.nowUs < learnUntilUs) relations.accept(known);
    }
    known.count++;
    if (day !== known.lastDay) {
      known.lastDay = day;
      known.days++;
    }
    if (!neverSilent && known.days >= acceptDays) relations.accept(known);
    this.peerOf(peerKey).devices.add(subject.number);
  }

  /** A record of the inventory proved to be another device: what was learnt of it goes there. */
  merge(from: number, into: number): void {
    for (const layer of [this.services, this.verbs]) {
      const moved = layer.get(from);
      if (moved === undefined) continue;
      layer.delete(from);
      const target = layer.get(into);
      if (target === undefined) {
        layer.set(into, moved);
        continue;
      }
      for (const [key, known] of moved.known) {
        if (target.known.has(key)) continue;
        target.known.set(key, known);
        if (known.accepted) target.acceptedCount++;
      }
    }
  }

  private layer(relation: Relation): Map<number, Relations> {
    return relation.verb === '' ? this.services : this.verbs;
  }

  private peerOf(key: string): Peer {
    let peer = this.peers.get(key);
    if (peer === undefined) {
      peer = { number: Math.min(this.peers.size, PEERS_MAX - 1), devices: new Set() };
      this.peers.set(key, peer);
    }
    return peer;
  }

  /** Peer, role, service and verb as one number below 2^53: a map key that costs no text. */
  private keyOf({ role, service, verb }: Relation, peerKey: string): number {
    const peer = this.peerOf(peerKey).number * 2 + (role === 'client' ? 0 : 1);
    const serviceNumber = numberOf(this.serviceNumbers, service, SERVICES_MAX);
    return (peer * SERVICES_MAX + serviceNumber) * VERBS_MAX + numberOf(this.verbNumbers, verb, VERBS_MAX);
  }
}

function numberOf(numbers: Map<string, number>, name: string, most: number): number {
  const known = numbers.get(name);
  if (known !== undefined) return known;
  if (numbers.size >= most - 1) return most - 1;
  numbers.set(name, numbers.size);
  return numbers.size - 1;
}
