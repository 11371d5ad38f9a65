/** What was seen, once for each device, rule and peer: counted, bounded, and in the same order every time. */
import type { Limits } from '../../limits.ts';
import type { PostureRuleName } from './rules.ts';

/** Device number that stands for nobody in particular, or for more peers than are kept apart. */
export const NOBODY = -1;

export interface Sight {
  rule: PostureRuleName;
  device: number;
  peer: number;
  /** What is special in this case, in the order of first sight; bounded. */
  details: string[];
  firstUs: number;
  lastUs: number;
  count: number;
}

/** Versions, protocols, ports: a device has few of one rule. */
const DETAILS_MAX = 4;

export class Book {
  readonly sights: Map<string, Sight> = new Map();
  /** Sights that found no room (`postureRowsMax`). */
  refused = 0;
  private readonly limits: Limits;
  /** Peers of a device and rule. */
  private readonly peers = new Map<string, number>();

  constructor(limits: Limits) {
    this.limits = limits;
  }

  /** Adds one sight; gives back its line, or null when there was no room for a new one. */
  add(rule: PostureRuleName, device: number, peer: number, detail: string, timeUs: number): Sight | null {
    const sight = this.sights.get(keyOf(rule, device, peer)) ?? this.open(rule, device, peer, timeUs);
    if (sight === null) return null;
    again(sight, timeUs);
    if (detail !== '' && sight.details.length < DETAILS_MAX && !sight.details.includes(detail))
      sight.details.push(detail);
    return sight;
  }

  private open(rule: PostureRuleName, device: number, asked: number, timeUs: number): Sight | null {
    const group = keyOf(rule, device, NOBODY);
    const peers = this.peers.get(group) ?? 0;
    const peer = peers < this.limits.posturePeersMax ? asked : NOBODY;
    const key = keyOf(rule, device, peer);
    const known = this.sights.get(key);
    if (known !== undefined) return known;
    if (this.sights.size >= this.limits.postureRowsMax) {
      this.refused++;
      return null;
    }
    const sight: Sight = { rule, device, peer, details: [], firstUs: timeUs, lastUs: timeUs, count: 0 };
    this.sights.set(key, sight);
    this.peers.set(group, peers + 1);
    return sight;
  }
}

/** The same was seen once more. */
export function again(sight: Sight, timeUs: number): void {
  sight.count++;
  if (timeUs < sight.firstUs) sight.firstUs = timeUs;
  if (timeUs > sight.lastUs) sight.lastUs = timeUs;
}

/** Two sights that turn out to be of the same devices become one. */
export function join(sights: Iterable<Sight>): Sight[] {
  const joined = new Map<string, Sight>();
  for (const sight of sights) {
    const key = keyOf(sight.rule, sight.device, sight.peer);
    const known = joined.get(key);
    if (known === undefined) {
      joined.set(key, { ...sight, details: [...sight.details] });
      continue;
    }
    known.count += sight.count;
    known.firstUs = Math.min(known.firstUs, sight.firstUs);
    known.lastUs = Math.max(known.lastUs, sight.lastUs);
    known.details = [...new Set([...known.details, ...sight.details])].slice(0, DETAILS_MAX);
  }
  return [...joined.values()];
}

function keyOf(rule: string, device: number, peer: number): string {
  return `${rule}\n${device}\n${peer}`;
}
