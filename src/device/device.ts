/** One real device: what it is called, what it says it is, and how much it is used. */
import { type AddressKey, addressText, type MacKey } from '../bytes/address.ts';
import type { EvidenceRow } from '../model.ts';
import { Ledger } from './ledger.ts';

/** Studies counted exactly per device; above it the count stands still and says so in an oddity. */
export const STUDIES_MAX = 65_536;

interface Sighting {
  readonly address: AddressKey;
  readonly mac: MacKey;
  readonly how: string;
  readonly rows: readonly EvidenceRow[];
}

const HOUR_US = 3600e6;

/** What a device did in one interval; emptied when the points are written. */
export class Activity {
  bytesOut = 0;
  bytesIn = 0;
  packetsOut = 0;
  packetsIn = 0;
  flows = 0;
  readonly peers: Set<number> = new Set();

  clear(): void {
    this.bytesOut = 0;
    this.bytesIn = 0;
    this.packetsOut = 0;
    this.packetsIn = 0;
    this.flows = 0;
    this.peers.clear();
  }

  get isEmpty(): boolean {
    return this.packetsOut + this.packetsIn + this.flows === 0;
  }
}

export class Device {
  readonly number: number;
  /** Set when the device turned out to be another one; everything is asked of that one. */
  mergedInto: Device | null = null;
  mac: MacKey = '';
  /** Address by which it was first known; its id until a MAC is known. */
  readonly firstAddress: AddressKey;
  address: AddressKey;
  readonly addresses: Set<AddressKey> = new Set();
  readonly ledger: Ledger;
  /** Evidence rows of address and MAC by what was seen together; bounded by the ledger. */
  readonly sightings: Sighting[] = [];
  readonly roles: Set<string> = new Set();
  readonly aeTitles: Set<string> = new Set();
  /** Names that DNS gave to its address, where it stands outside. */
  readonly answeredNames: Set<string> = new Set();
  /** It has sent something; an address that was only called is no device yet. */
  confirmed = false;
  /** Multicast, broadcast, unspecified: an end of a flow, never a device. */
  readonly group: boolean;
  external: boolean;
  medicalTraffic = false;
  lastMedicalUs: number = Number.NEGATIVE_INFINITY;
  firstSeenUs = 0;
  lastSeenUs = 0;
  instances = 0;
  instanceBytes = 0;
  messages = 0;
  bytesOut = 0;
  bytesIn = 0;
  readonly studies: Set<number> = new Set();
  readonly activeHours: Set<number> = new Set();
  readonly activity: Activity = new Activity();

  constructor(number: number, address: AddressKey, group: boolean, external: boolean, evidenceMax: number) {
    this.number = number;
    this.firstAddress = address;
    this.address = address;
    this.group = group;
    this.external = external;
    this.ledger = new Ledger(evidenceMax);
  }

  /** MAC, or the first address while no MAC is known; as text, kept until it changes. */
  get id(): string {
    const key = this.mac === '' ? this.firstAddress : this.mac;
    if (key !== this.idKey) {
      this.idKey = key;
      this.idText = addressText(key);
    }
    return this.idText;
  }
  private idKey: AddressKey = '';
  private idText = '';

  /** What it is to others: a device inside by its id, outside its name, or its network (/24, /48) while it has none. */
  get peerKey(): string {
    if (!this.external) return this.id;
    // Kept as first told: a name that comes later does not make another partner of it.
    if (this.peerText === '' && this.domain !== '') this.peerText = this.domain;
    if (this.peerText === '') {
      const { address } = this;
      const isIpv4 = address.length === 2;
      const network = isIpv4
        ? `${address.charAt(0)}${String.fromCharCode(address.charCodeAt(1) & 0xff00)}`
        : address.slice(0, 3);
      this.peerText = isIpv4 ? `${addressText(network)}/24` : `${addressText(network.padEnd(8, '\0'))}/48`;
    }
    return this.peerText;
  }
  /** Domain under which an address outside is known (`example.org`), ''. */
  domain = '';
  private peerText = '';

  /** Goes up whenever something changes that its kind or name depends on. */
  get version(): number {
    return this.changes + this.ledger.version;
  }

  /** Something changed that is not in the ledger. */
  changed(): void {
    this.changes++;
  }
  private changes = 0;

  addRole(role: string): void {
    if (this.roles.has(role)) return;
    this.roles.add(role);
    this.changes++;
  }

  /** It took part in medical traffic at this time. */
  medical(timeUs: number): void {
    if (!this.medicalTraffic) {
      this.medicalTraffic = true;
      this.changes++;
    }
    this.activeHours.add(Math.floor(timeUs / HOUR_US));
  }

  seen(timeUs: number): void {
    if (this.firstSeenUs === 0 || timeUs < this.firstSeenUs) this.firstSeenUs = timeUs;
    if (timeUs > this.lastSeenUs) this.lastSeenUs = timeUs;
  }

  /** Takes over what was learnt of another record that proved to be this device. */
  absorb(other: Device): void {
    other.mergedInto = this;
    this.changes++;
    for (const address of other.addresses) this.addresses.add(address);
    for (const role of other.roles) this.roles.add(role);
    for (const title of other.aeTitles) this.aeTitles.add(title);
    for (const study of other.studies) this.studies.add(study);
    for (const hour of other.activeHours) this.activeHours.add(hour);
    this.ledger.absorb(other.ledger);
    this.confirmed ||= other.confirmed;
    this.medicalTraffic ||= other.medicalTraffic;
    this.lastMedicalUs = Math.max(this.lastMedicalUs, other.lastMedicalUs);
    if (other.firstSeenUs > 0) this.seen(other.firstSeenUs);
    this.seen(other.lastSeenUs);
    this.instances += other.instances;
    this.instanceBytes += other.instanceBytes;
    this.messages += other.messages;
    this.bytesOut += other.bytesOut;
    this.bytesIn += other.bytesIn;
    this.activity.bytesOut += other.activity.bytesOut;
    this.activity.bytesIn += other.activity.bytesIn;
    this.activity.packetsOut += other.activity.packetsOut;
    this.activity.packetsIn += other.activity.packetsIn;
    this.activity.flows += other.activity.flows;
    for (const peer of other.activity.peers) this.activity.peers.add(peer);
  }
}
