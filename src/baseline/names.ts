/**
 * Peers, services and verbs as small numbers, so that a relation is one number below 2^53: a map key that costs no
 * text. Names beyond the bounds share the last number: a flood of forged ones costs precision, never memory.
 */
import type { Relation } from '../detect.ts';

const SERVICES_MAX = 4_096;
const VERBS_MAX = 65_536;
const PEERS_MAX = 1_048_576;

/** A relation as it is kept and shown: the peer by its meaning. */
export interface Named {
  readonly role: Relation['role'];
  /** Id of a device of the site, or what stands for an address outside. */
  readonly peer: string;
  readonly service: string;
  readonly verb: string;
}

class Numbers {
  private readonly byName = new Map<string, number>();
  private readonly names: string[] = [];
  private readonly most: number;

  constructor(most: number) {
    this.most = most;
  }

  of(name: string): number {
    const known = this.byName.get(name);
    if (known !== undefined) return known;
    if (this.names.length >= this.most - 1) return this.most - 1;
    this.byName.set(name, this.names.length);
    return this.names.push(name) - 1;
  }

  /** From now on `to` is the number of `from`. Returns the number that `to` had before, or -1. */
  rename(from: string, to: string): number {
    const number = this.byName.get(from);
    if (number === undefined) return -1;
    const before = this.byName.get(to);
    this.byName.delete(from);
    this.byName.set(to, number);
    this.names[number] = to;
    return before ?? -1;
  }

  name(number: number): string {
    return this.names[number] ?? 'other';
  }

  has(name: string): boolean {
    return this.byName.has(name);
  }

  /** -1 for a name that has none. */
  numberOf(name: string): number {
    return this.byName.get(name) ?? -1;
  }
}

export class Names {
  private readonly peers = new Numbers(PEERS_MAX);
  private readonly services = new Numbers(SERVICES_MAX);
  private readonly verbs = new Numbers(VERBS_MAX);

  keyOf(role: Relation['role'], peer: string, service: string, verb: string): number {
    const end = this.peers.of(peer) * 2 + (role === 'client' ? 0 : 1);
    return (end * SERVICES_MAX + this.services.of(service)) * VERBS_MAX + this.verbs.of(verb);
  }

  /** Does the relation stand for answering on this service? */
  isServed(key: number, service: string): boolean {
    const rest = Math.floor(key / VERBS_MAX);
    return Math.floor(rest / SERVICES_MAX) % 2 === 1 && this.services.name(rest % SERVICES_MAX) === service;
  }

  /** Number of a peer that has one of its own, or -1. */
  peerNumber(peer: string): number {
    return this.peers.numberOf(peer);
  }

  /** Number of the peer of a relation: told without making any text. */
  peerIn(key: number): number {
    return Math.floor(key / (2 * SERVICES_MAX * VERBS_MAX));
  }

  named(key: number): Named {
    const verb = key % VERBS_MAX;
    const rest = Math.floor(key / VERBS_MAX);
    const service = rest % SERVICES_MAX;
    const end = Math.floor(rest / SERVICES_MAX);
    return {
      role: end % 2 === 0 ? 'client' : 'server',
      peer: this.peers.name(end >> 1),
      service: this.services.name(service),
      verb: this.verbs.name(verb),
    };
  }

  /** A peer is called otherwise now. Returns whether both names were in use: relations with it must be joined. */
  renamePeer(from: string, to: string): boolean {
    const joins = this.peers.has(from) && this.peers.has(to);
    if (!joins) this.peers.rename(from, to);
    return joins;
  }
}
