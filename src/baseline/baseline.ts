/**
 * What is usual for each device, layer by layer, and how far each layer has been learnt (detection.md 2).
 *
 * Structure holds services, semantics the verbs of their protocols; both are sets of relations whose peers are keyed
 * by meaning. Learning steps are taken at the end of each day of packet time, so that they are the same for a live
 * run and a replay. What can reach a patient or leave the house is never accepted without a person.
 */
import type { Allowance, LearningState, Relation, Verdict } from '../detect.ts';
import type { Limits } from '../limits.ts';
import type { BaselineChange } from '../model.ts';
import { Bins } from './bins.ts';
import { DeviceBaseline, type Layer, layers, type SetLayer } from './device-baseline.ts';
import { type BaselineDocument, type DeviceDocument, deviceDocument, deviceFrom } from './document.ts';
import { Groups, MEMBERS_MIN } from './groups.ts';
import type { Known } from './known.ts';
import type { DayFacts, LayerState } from './layer-state.ts';
import { type Named, Names } from './names.ts';
import type { RelationSet } from './relation-set.ts';

export { type DeviceBaseline, type Layer, layers } from './device-baseline.ts';

export const DAY_US = 86_400e6;

/** Sessions that a relation needs beside its days when its group does not speak for it. */
const SESSIONS_MIN = 5;
/** A relation of so small a share of a group is held, however often it repeats. */
const LONELY_SHARE = 0.05;

export interface BaselineSettings {
  readonly limits: Limits;
  readonly on: boolean;
  /** Days that the first devices of a site are learnt, and those that appear after them. */
  readonly structureDays: number;
  readonly laterDays: number;
  /** Different days on which a relation must be seen before it is accepted by rule. */
  readonly acceptDays: number;
  /** What came before counts as accepted and signed off; null = states go by time and maturity. */
  readonly learnUntilUs: number | null;
}

/** What the baseline must be told of a device; it keeps nothing else about it. */
export interface Subject {
  readonly number: number;
  /** As outputs name it; may change as more is learnt of the device. */
  readonly id: string;
  readonly firstSeenUs: number;
}

export class Baseline {
  /** Relations that found no room (`tuplesPerDeviceMax`, `verbsPerDeviceMax`). */
  refused = 0;
  readonly devices: Map<number, DeviceBaseline> = new Map();
  readonly names: Names = new Names();
  /** Packet time, moved by the analyst. */
  nowUs = 0;
  /** When the site's first packet was seen. */
  siteFirstUs = 0;
  /** The sensor cannot see well enough to learn from what it sees. */
  isBlind = false;
  /** Bins of the site that are open (`Measuring`). */
  readonly bins = new Bins();
  /** Devices whose quantities were dropped because the pool was spent. */
  evicted = 0;
  /** Who is of a kind with whom; '' for nobody. */
  groupOf: (device: number) => string = () => '';
  /** What the profile of the device's class says of a relation that was seen. */
  profileSays: (relation: Relation, neverSilent: boolean) => Allowance = () => 'unknown';

  private readonly settings: BaselineSettings;
  private readonly groups = new Groups();
  private readonly prevalence = new Map<string, Set<number>>();
  private day = -1;
  private blindToday = false;
  /** Ids that a device had since `changes` was last asked. */
  private oldIds: string[] = [];
  /** Devices that the store knows and that were not seen yet, by id; in `devices` under numbers below zero. */
  private readonly unseen = new Map<string, DeviceBaseline>();

  constructor(settings: BaselineSettings) {
    this.settings = settings;
  }

  /** As it is told to people: how far it is learnt, or `blind` while nothing can be learnt. */
  shown(subject: Subject, layer: Layer): LearningState {
    return this.settings.on && this.isBlind ? 'blind' : this.state(subject, layer);
  }

  /** How far a layer of the device has been learnt: the structure's unless another is named. */
  state(subject: Subject, layer: Layer = 'structure'): LearningState {
    const { on, learnUntilUs } = this.settings;
    if (!on) return 'discover';
    if (learnUntilUs !== null) return this.nowUs < learnUntilUs ? 'learn' : 'watch';
    return this.devices.get(subject.number)?.states[layer].state ?? 'discover';
  }

  /** Why a layer is not further, '' when it is watched. */
  reason(subject: Subject, layer: Layer): string {
    if (!this.settings.on) return 'the baseline is switched off';
    if (this.isBlind) return 'the sensor cannot see enough';
    if (this.settings.learnUntilUs !== null) return '';
    return this.devices.get(subject.number)?.states[layer].reason ?? 'nothing was seen of it yet';
  }

  verdict(subject: Subject, relation: Relation, peer: string): Verdict {
    const layer = layerOf(relation);
    const device = this.devices.get(subject.number);
    const key = this.keyOf(relation, peer);
    const known = device?.set(layer).get(key);
    const group = layer === 'structure' ? (device?.group ?? '') : '';
    return {
      state: this.state(subject, layer),
      accepted: known?.isAccepted(this.nowUs) ?? false,
      rejected: known?.rejected ?? false,
      isHeld: known !== undefined && this.isHeld(known, group, key, relation),
      count: known?.count ?? 0,
      firstSeenUs: known?.firstUs ?? 0,
      acceptedCount: device?.set(layer).acceptedCount ?? 0,
      peerPrevalence: this.prevalence.get(peer)?.size ?? 0,
      groupSize: group === '' ? 0 : this.groups.size(group),
      groupKnowing: group === '' ? 0 : this.groups.knowing(group, key),
    };
  }

  /** Was the device ever seen to answer on this service? */
  offers(subject: Subject, service: string): boolean {
    const device = this.devices.get(subject.number);
    if (device === undefined) return false;
    for (const key of device.structure.keys()) if (this.names.isServed(key, service)) return true;
    return false;
  }

  /** Adds one sight of a relation; `endpoint` is where the server listens (transport and port in one number), or 0. */
  observe(subject: Subject, relation: Relation, peer: string, neverSilent: boolean, endpoint = 0): void {
    const { limits } = this.settings;
    if (this.isBlind) return;
    const layer = layerOf(relation);
    const device = this.of(subject);
    const set = device.set(layer);
    const day = Math.floor(this.nowUs / DAY_US);
    const most = layer === 'structure' ? limits.tuplesPerDeviceMax : limits.verbsPerDeviceMax;
    const key = this.keyOf(relation, peer);
    const known = set.see(key, this.nowUs, day, most);
    if (known === null) {
      this.refused++;
      return;
    }
    known.neverSilent ||= neverSilent;
    if (endpoint > 0) known.at(endpoint);
    device.isChanged = true;
    if (known.acceptedBy === '' && !known.rejected) this.consider(device, layer, known, key, relation);
    this.peerOf(peer).add(subject.number);
  }

  private consider(device: DeviceBaseline, layer: SetLayer, known: Known, key: number, relation: Relation): void {
    const { learnUntilUs } = this.settings;
    const set = device.set(layer);
    if (learnUntilUs !== null && known.firstUs < learnUntilUs && this.nowUs < learnUntilUs) {
      set.accept(known, 'sign-off');
      return;
    }
    const allowance = this.profileSays(relation, known.neverSilent);
    if (allowance === 'allowed' && learnUntilUs === null && isWarm(device.states[layer].state)) {
      set.accept(known, 'profile');
      return;
    }
    if (allowance === 'forbidden' || known.neverSilent || known.days < this.settings.acceptDays) return;
    const group = layer === 'structure' ? device.group : '';
    if (group !== '' && this.groups.agrees(group, key)) set.accept(known, 'group');
    else if (known.count >= SESSIONS_MIN && !this.isLonely(group, key)) set.accept(known, 'rule');
  }

  /** In a group that is large enough to say so, nearly nobody else has this relation. */
  private isLonely(group: string, key: number): boolean {
    if (group === '') return false;
    const size = this.groups.size(group);
    return size >= MEMBERS_MIN && this.groups.knowing(group, key) <= Math.max(1, LONELY_SHARE * size);
  }

  /** Seen often enough to be accepted, and still waiting for a person. */
  private isHeld(known: Known, group: string, key: number, relation: Relation): boolean {
    if (known.acceptedBy !== '' || known.days < this.settings.acceptDays || known.count < SESSIONS_MIN) return false;
    if (known.neverSilent || this.isLonely(group, key)) return true;
    return this.profileSays(relation, false) === 'forbidden';
  }

  /** A detector spoke of the device. */
  signal(subject: Subject): void {
    this.of(subject).signals++;
  }

  /** Moves the clock; at the end of a day every layer takes the step that the day allows. Returns true on a new day. */
  tick(nowUs: number): boolean {
    this.nowUs = nowUs;
    this.blindToday ||= this.isBlind;
    const day = Math.floor(nowUs / DAY_US);
    if (day === this.day) return false;
    if (this.day >= 0) this.endDay(nowUs, day);
    this.day = day;
    this.blindToday = false;
    return true;
  }

  private endDay(nowUs: number, day: number): void {
    for (const device of this.devices.values()) {
      const group = device.number < 0 ? '' : this.groupOf(device.number);
      if (group !== '') device.group = group;
    }
    this.groups.count(this.devices.values());
    for (const device of this.devices.values()) {
      for (const layer of layers) this.endDayOf(device, layer, nowUs, day);
      device.signals = 0;
    }
  }

  private endDayOf(device: DeviceBaseline, layer: Layer, nowUs: number, day: number): void {
    const state = device.states[layer];
    const set = layer === 'semantics' ? device.semantics : device.structure;
    const facts: DayFacts = {
      learnDays: this.learnDays(device, state),
      ageDays: (nowUs - state.sinceUs) / DAY_US,
      activeDays: set.activeDays - state.activeBefore,
      unseen: layer === 'structure' || layer === 'semantics' ? set.unseenMass() : -1,
      steadyDays: layer === 'structure' || layer === 'semantics' ? set.activeDays - set.acceptedAt : set.activeDays,
      signals: device.signals,
      isUsed: set.lastDay >= day - 1 && !this.blindToday,
    };
    // A device that speaks no protocol with verbs has nothing to learn there.
    if (layer === 'semantics' && set.size === 0) this.follow(device, state);
    else if (state.endDay(nowUs, facts) && layer === 'structure') this.freeze(device);
    device.isChanged = true;
  }

  private follow(device: DeviceBaseline, state: LayerState): void {
    const { state: structure, sinceUs, reason } = device.states.structure;
    state.state = structure;
    state.sinceUs = sinceUs;
    state.reason = reason;
  }

  /** Layer F: what was accepted when the device was found to be known. */
  freeze(device: DeviceBaseline): void {
    const accepted = [...device.structure.entries()].filter(([, known]) => known.acceptedBy !== '').map(([key]) => key);
    device.reference = new Set(accepted);
    device.quantity.freeze();
  }

  private learnDays(device: DeviceBaseline, state: LayerState): number {
    const { structureDays, laterDays } = this.settings;
    if (state.state === 'relearn') return laterDays;
    // How much and how often goes by the hours of the day: a week shows too few of each.
    if (state === device.states.quantity || state === device.states.time) return structureDays;
    return device.firstUs - this.siteFirstUs >= structureDays * DAY_US ? laterDays : structureDays;
  }

  of(subject: Subject): DeviceBaseline {
    let device = this.devices.get(subject.number);
    if (device !== undefined) return device;
    const waiting = this.unseen.get(subject.id);
    if (waiting !== undefined) {
      this.found(subject, waiting);
      return waiting;
    }
    device = new DeviceBaseline(subject.number, subject.firstSeenUs);
    for (const layer of layers) {
      device.states[layer].enter('learn', subject.firstSeenUs);
      device.states[layer].reason = `${this.learnDays(device, device.states[layer])} days to go`;
    }
    this.devices.set(subject.number, device);
    return device;
  }

  /** A device of the store has been seen: from here on it has its number of the inventory. */
  private found(subject: Subject, waiting: DeviceBaseline): void {
    this.unseen.delete(subject.id);
    this.devices.delete(waiting.number);
    for (const peers of this.peersOf(waiting)) {
      peers.delete(waiting.number);
      peers.add(subject.number);
    }
    waiting.number = subject.number;
    this.devices.set(subject.number, waiting);
  }

  /** A record of the inventory proved to be another device: what was learnt of it goes there. */
  merge(from: number, into: Subject): void {
    const moved = this.devices.get(from);
    if (moved === undefined) return;
    this.devices.delete(from);
    const firstSeenUs = Math.min(into.firstSeenUs, moved.firstUs);
    this.of({ number: into.number, id: into.id, firstSeenUs }).absorb(moved);
  }

  /** A device has another id now, and may be known by that. */
  renamed(subject: Subject, before: string): void {
    this.oldIds.push(before);
    const learnt = this.devices.get(subject.number);
    if (learnt !== undefined) learnt.isChanged = true;
    this.renamePeer(before, subject.id);
    const waiting = this.unseen.get(subject.id);
    if (waiting === undefined || waiting.number === subject.number) return;
    const known = this.devices.get(subject.number);
    this.found(subject, waiting);
    if (known !== undefined) waiting.absorb(known);
  }

  /** A peer is called otherwise now: its relations stay what they are. */
  renamePeer(from: string, to: string): void {
    if (from === to) return;
    const devices = this.prevalence.get(from);
    if (devices !== undefined) {
      this.prevalence.delete(from);
      const others = this.peerOf(to);
      for (const device of devices) others.add(device);
    }
    if (!this.names.renamePeer(from, to)) return;
    for (const device of this.devices.values()) {
      for (const set of [device.structure, device.semantics]) this.joinPeer(set, from, to);
      this.joinRhythms(device, from, to);
    }
  }

  private joinPeer(set: RelationSet, from: string, to: string): void {
    for (const key of this.withPeer(set.keys(), from)) {
      const { role, service, verb } = this.names.named(key);
      set.move(key, this.names.keyOf(role, to, service, verb));
    }
  }

  private joinRhythms(device: DeviceBaseline, from: string, to: string): void {
    for (const key of this.withPeer(device.rhythms.keys(), from)) {
      const { role, service, verb } = this.names.named(key);
      device.rhythms.move(key, this.names.keyOf(role, to, service, verb));
    }
  }

  /** Relations with a peer. Whoever forges addresses has all relations of the site gone through: by numbers, not by names. */
  private withPeer(keys: Iterable<number>, peer: string): number[] {
    const number = this.names.peerNumber(peer);
    const found: number[] = [];
    for (const key of keys) if (this.names.peerIn(key) === number) found.push(key);
    return found;
  }

  private peerOf(peer: string): Set<number> {
    let devices = this.prevalence.get(peer);
    if (devices === undefined) {
      devices = new Set();
      this.prevalence.set(peer, devices);
    }
    return devices;
  }

  get isOn(): boolean {
    return this.settings.on;
  }

  keyOf({ role, service, verb }: Omit<Relation, 'device' | 'peer'>, peer: string): number {
    return this.names.keyOf(role, peer, service, verb);
  }

  /** The whole as a document; `idOf` names the devices that were seen. */
  document(idOf: (number: number) => string): BaselineDocument {
    const { siteFirstUs, day } = this;
    const ids = new Map([...this.unseen].map(([id, { number }]) => [number, id]));
    const documents = [...this.devices.values()].map((device) =>
      deviceDocument(device, ids.get(device.number) ?? idOf(device.number), this.names),
    );
    return {
      schema: 1,
      siteFirstUs,
      day,
      bins: this.bins.kept(),
      devices: documents.sort((a, b) => (a.id < b.id ? -1 : 1)),
    };
  }

  /** What changed since this was last asked, and what belongs to no device. */
  changes(idOf: (number: number) => string): BaselineChange {
    const { siteFirstUs, day } = this;
    const devices: DeviceDocument[] = [];
    for (const device of this.devices.values()) {
      if (!device.isChanged) continue;
      device.isChanged = false;
      const id = device.number < 0 ? this.unseenId(device) : idOf(device.number);
      devices.push(deviceDocument(device, id, this.names));
    }
    const gone = this.oldIds;
    this.oldIds = [];
    return {
      site: { schema: 1, siteFirstUs, day, bins: this.bins.kept() },
      devices: devices.sort((a, b) => (a.id < b.id ? -1 : 1)),
      gone,
    };
  }

  /**
   * Goes on with what was learnt before, or back to it. `numberOf` gives the number of a device that was seen in this
   * run, -1 for others.
   */
  restore({ siteFirstUs, day, bins, devices }: BaselineDocument, numberOf: (id: string) => number = () => -1): void {
    this.siteFirstUs = siteFirstUs;
    this.day = day;
    this.bins.restore(bins);
    this.devices.clear();
    this.unseen.clear();
    this.prevalence.clear();
    for (const document of devices) {
      const number = numberOf(document.id);
      this.put(document, number >= 0 ? number : -1 - this.devices.size);
    }
  }

  private put(document: DeviceDocument, number: number): void {
    const device = deviceFrom(document, number, this.names);
    this.devices.set(number, device);
    if (number < 0) this.unseen.set(document.id, device);
    for (const peers of this.peersOf(device)) peers.add(number);
  }

  private *peersOf({ structure, semantics }: DeviceBaseline): Generator<Set<number>> {
    for (const set of [structure, semantics]) {
      for (const key of set.keys()) yield this.peerOf(this.names.named(key).peer);
    }
  }

  /** Id of a device that the store knows and that was not seen yet. */
  unseenId(device: DeviceBaseline): string {
    for (const [id, one] of this.unseen) if (one === device) return id;
    return '';
  }

  /** Every relation of a layer of a device, in the order in which they were first seen. */
  relations(device: DeviceBaseline, layer: SetLayer): { named: Named; known: Known; key: number }[] {
    return [...device.set(layer).entries()].map(([key, known]) => ({ named: this.names.named(key), known, key }));
  }
}

/** A profile speaks for a device only while nothing better is known of it. */
export function isWarm(state: LearningState): boolean {
  return state === 'discover' || state === 'learn' || state === 'relearn';
}

function layerOf(relation: Relation): SetLayer {
  return relation.verb === '' ? 'structure' : 'semantics';
}
