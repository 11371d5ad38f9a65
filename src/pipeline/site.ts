/**
 * What is known of the devices at this moment: what detectors may ask (`Knowledge`), and what rows and points say
 * about class, maker and name.
 */
import { type Baseline, isWarm } from '../baseline/baseline.ts';
import { isNeverSilent } from '../baseline/never-silent.ts';
import { allowanceOf, EVERY_CLASS, type Profile, type ProfilePeer } from '../baseline/profile.ts';
import { addressText } from '../bytes/address.ts';
import { contains, type Prefix } from '../bytes/prefix.ts';
import type {
  Allowance,
  DeviceFacts,
  Indicator,
  IndicatorKind,
  Knowledge,
  LearningState,
  Link,
  ProfileFacts,
  Relation,
  RelationRhythm,
  Report,
  Verdict,
} from '../detect.ts';
import { type Kind, kindOf } from '../device/classify.ts';
import type { Device } from '../device/device.ts';
import type { Inventory } from '../device/inventory.ts';
import { StandingLink } from './links.ts';

export interface ListedDevice {
  readonly match: string;
  readonly class?: string;
  readonly tier?: number;
  readonly name?: string;
}

/** A time in which somebody may work on devices: a service contract, a work order. */
export interface ServiceWindow {
  /** Ticket or order, as a person knows it. */
  readonly name: string;
  readonly vendor: string;
  /** Ids or addresses of devices; empty: every device. */
  readonly devices: readonly string[];
  /** Where the work comes from; empty: from anywhere. */
  readonly sources: readonly Prefix[];
  /** Services by name; empty: every service. */
  readonly services: readonly string[];
  readonly fromUs: number;
  readonly toUs: number;
}

export interface SiteSettings {
  readonly zones: readonly {
    readonly name: string;
    readonly networks: readonly Prefix[];
    readonly mayTalkTo: readonly string[];
  }[];
  readonly listed: readonly ListedDevice[];
  /** Addresses of jump hosts and vendor gateways. */
  readonly jumpHosts: readonly Prefix[];
  readonly windows: readonly ServiceWindow[];
  /** What is known to be bad (`site.indicators`). */
  readonly indicators?: readonly Indicator[];
  /** Seconds between two updates of a conversation; 60 where nobody says otherwise. */
  readonly intervalSeconds?: number;
  /** Maker of a hardware address, '' when nobody knows. */
  readonly vendorOf: (mac: string) => string;
  /** Profile of a class, null when there is none. */
  readonly profileOf?: (name: string) => Profile | null;
}

/** How well the sensor sees. */
export interface Sight {
  coveragePercent(): number;
  trouble(): string;
  rhythm(relation: Relation, beat: 'start' | 'said'): RelationRhythm | null;
}

/** What was asked of a device, until something changes in it. */
interface Kept {
  readonly version: number;
  readonly facts: DeviceFacts;
  /** Its class in the configuration, ''. */
  readonly listedClass: string;
}

/** Medical traffic within this time means that the device is in clinical use. */
const CLINICAL_USE_US = 300e6;
const servers: ReadonlySet<string> = new Set(['pacs', 'worklist', 'ehr', 'interface-engine', 'workstation', 'printer']);

export class Site implements Knowledge {
  /** Packet time, moved by the analyst. */
  nowUs = 0;
  readonly coveragePercent: () => number;
  readonly trouble: () => string;
  readonly rhythm: Sight['rhythm'];
  private readonly settings: SiteSettings;
  private readonly inventory: Inventory;
  private readonly baseline: Baseline;
  private readonly indicators: ReadonlyMap<string, Indicator>;
  private readonly listed: ReadonlyMap<string, ListedDevice>;
  private readonly facts: (Kept | undefined)[] = [];

  constructor(settings: SiteSettings, inventory: Inventory, baseline: Baseline, sight: Sight) {
    this.settings = settings;
    this.inventory = inventory;
    this.baseline = baseline;
    this.coveragePercent = sight.coveragePercent;
    this.trouble = sight.trouble;
    this.rhythm = sight.rhythm;
    this.indicators = new Map((settings.indicators ?? []).map((one) => [`${one.kind} ${one.value}`, one]));
    this.listed = new Map(settings.listed.map((device) => [device.match.toLowerCase().replaceAll('-', ':'), device]));
  }

  updateSeconds(): number {
    return this.settings.intervalSeconds ?? 60;
  }

  /** What the configuration says of a device. */
  listedOf(device: Device): ListedDevice | null {
    const byMac = device.mac === '' ? undefined : this.listed.get(addressText(device.mac));
    if (byMac !== undefined) return byMac;
    for (const address of device.addresses) {
      const found = this.listed.get(addressText(address));
      if (found !== undefined) return found;
    }
    return null;
  }

  vendorOf(device: Device): string {
    return device.mac === '' ? '' : this.settings.vendorOf(addressText(device.mac));
  }

  kindOf(device: Device): Kind {
    return kindOf(device, this.vendorOf(device), this.listedOf(device));
  }

  device(number: number): DeviceFacts {
    return this.kept(this.inventory.get(number)).facts;
  }

  private kept(device: Device): Kept {
    const known = this.facts[device.number];
    if (known !== undefined && known.version === device.version) return known;
    const { version } = device;
    const made = { version, facts: this.factsOf(device), listedClass: this.listedOf(device)?.class ?? '' };
    this.facts[device.number] = made;
    return made;
  }

  private factsOf(device: Device): DeviceFacts {
    const kind = this.kindOf(device);
    const address = addressText(device.address);
    const name = this.listedOf(device)?.name ?? device.ledger.best('name');
    const named = name !== '' ? name : kind.class;
    return {
      number: device.number,
      label: named === '' ? address : `${named} (${address})`,
      address,
      ...kind,
      external: device.external,
      zone: this.zoneOf(device),
      domain: device.domain,
    };
  }

  private zoneOf(device: Device): string {
    if (device.external) return 'outside';
    for (const zone of this.settings.zones) {
      for (const network of zone.networks) if (contains(network, device.address)) return zone.name;
    }
    return '';
  }

  /** Devices of one class, model and zone are a group; '' for what has no class, and outside. */
  groupOf(number: number): string {
    const device = this.inventory.get(number);
    const { class: kind, zone, external } = this.device(number);
    return external || kind === '' ? '' : `${kind}|${device.ledger.best('model')}|${zone}`;
  }

  profile(number: number): ProfileFacts | null {
    const profile = this.profileOf(this.device(number));
    if (profile === null) return null;
    const { class: kind, tier, initiator, external } = profile;
    return { class: kind, tier, initiator, external: external.map(({ name }) => name) };
  }

  private profileOf({ class: kind, external }: DeviceFacts): Profile | null {
    return kind === '' || external ? null : (this.settings.profileOf?.(kind) ?? null);
  }

  allows(relation: Relation): Allowance {
    const profile = this.profileOf(this.device(relation.device));
    if (profile === null) return 'unknown';
    return allowanceOf(profile, this.settings.profileOf?.(EVERY_CLASS) ?? null, relation, this.profilePeer(relation));
  }

  private profilePeer({ peer }: Relation): ProfilePeer {
    const { class: kind, external } = this.device(peer);
    return { class: kind, external, name: external ? this.inventory.get(peer).peerKey : '' };
  }

  /**
   * What the profile says for a warm start: it speaks for what is never learnt silently only where it lists a partner
   * outside by name, and only for the service itself.
   */
  warmStart(relation: Relation, neverSilent: boolean): Allowance {
    const profile = this.settings.profileOf?.(this.learntClass(relation.device)) ?? null;
    if (profile === null) return 'unknown';
    const { external, peerKey } = this.inventory.get(relation.peer);
    const peer = { class: this.learntClass(relation.peer), external, name: external ? peerKey : '' };
    const allowance = allowanceOf(profile, this.settings.profileOf?.(EVERY_CLASS) ?? null, relation, peer);
    if (allowance !== 'allowed' || !neverSilent) return allowance;
    return relation.verb === '' && external ? allowance : 'unknown';
  }

  /**
   * The class that learning goes by: the one a person listed, or what the baseline noted at the end of a day. What is
   * known at this moment would teach two captures something else than the two in one.
   */
  private learntClass(number: number): string {
    const device = this.inventory.get(number);
    if (device.external) return '';
    const { listedClass } = this.kept(device);
    if (listedClass !== '') return listedClass;
    const group = this.baseline.devices.get(device.number)?.group ?? '';
    return group.slice(0, Math.max(0, group.indexOf('|')));
  }

  standing(number: number, peer = number): Link {
    return new StandingLink(this.inventory.get(number), this.inventory.get(peer));
  }

  verdict(relation: Relation): Verdict {
    const peer = this.inventory.get(relation.peer);
    const verdict = this.baseline.verdict(this.inventory.get(relation.device), relation, peer.peerKey);
    // What the profile will accept as soon as it is learnt is usual at its first sight too.
    if (verdict.accepted || verdict.rejected || relation.verb !== '' || !isWarm(verdict.state)) return verdict;
    const isAllowed = this.warmStart(relation, isNeverSilent(relation.service, peer.external)) === 'allowed';
    return isAllowed ? { ...verdict, accepted: true } : verdict;
  }

  offers(number: number, service: string): boolean {
    return this.baseline.offers(this.inventory.get(number), service);
  }

  mayTalk(from: string, to: string): boolean {
    return from === to || (this.settings.zones.find((zone) => zone.name === from)?.mayTalkTo.includes(to) ?? false);
  }

  window(number: number, peer: number, service: string, timeUs: number): string {
    if (this.settings.windows.length === 0) return '';
    const device = this.inventory.get(number);
    const source = this.inventory.get(peer).address;
    const names = [device.id, addressText(device.mac), ...[device.address, ...device.addresses].map(addressText)];
    for (const one of this.settings.windows) {
      if (timeUs < one.fromUs || timeUs >= one.toUs) continue;
      if (one.devices.length > 0 && !one.devices.some((name) => names.includes(name))) continue;
      if (one.services.length > 0 && !one.services.includes(service)) continue;
      if (one.sources.length === 0 || one.sources.some((prefix) => contains(prefix, source))) return one.name;
    }
    return '';
  }

  indicator(kind: IndicatorKind, value: string): Indicator | null {
    if (this.indicators.size === 0) return null;
    const text = value.toLowerCase();
    const found = this.indicators.get(`${kind} ${text}`);
    if (found !== undefined || kind !== 'name') return found ?? null;
    const dot = text.indexOf('.');
    return dot < 0 ? null : this.indicator(kind, text.slice(dot + 1));
  }

  isJumpHost(number: number): boolean {
    const { address } = this.inventory.get(number);
    for (const prefix of this.settings.jumpHosts) if (contains(prefix, address)) return true;
    return false;
  }

  /** How far the device of a report is learnt, or the machine that it went to if that one is known better. */
  learnt({ device, learntBy = device }: Report): LearningState {
    const state = this.baseline.state(this.inventory.get(device));
    const isEarly = state === 'discover' || state === 'learn';
    return isEarly && learntBy !== device ? this.baseline.state(this.inventory.get(learntBy)) : state;
  }

  /** No patient lies at a server, however many pictures it has. */
  inClinicalUse(number: number): boolean {
    if (servers.has(this.device(number).class)) return false;
    return this.nowUs - this.inventory.get(number).lastMedicalUs <= CLINICAL_USE_US;
  }
}
