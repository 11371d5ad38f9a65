/**
 * The inventory: which real device an address belongs to at this moment.
 *
 * A device is its hardware address where the mirror shows it, otherwise its network address. A MAC is
 * believed to belong to an address when the packet has not been routed (its time to live is one that
 * systems start with), by ARP, or by a DHCP lease; a MAC that stands before many addresses is a router and
 * no device. The number of a device never changes; two records that prove to be one are merged.
 */
import { type AddressKey, addressText, isMulticast, isUnspecified, type MacKey } from '../bytes/address.ts';
import { contains, type Prefix } from '../bytes/prefix.ts';
import { registeredDomain } from '../bytes/registered-domain.ts';
import { isoTime } from '../bytes/time.ts';
import type { Limits } from '../limits.ts';
import type { Announcement, Certificate, Identity, Lease, Lookup, Neighbour } from '../records.ts';
import { Device } from './device.ts';
import { Systems } from './systems.ts';
import { AnsweredNames, type Said, WaitingStations } from './waiting.ts';

/** Times to live that systems start with: a packet carrying one of them has not passed a router. */
const INITIAL_TTLS = new Set([255, 128, 64, 32]);
/** By so much the number of a version of a system is worth less than the name for it. */
const NUMBER_WORTH_LESS = 0.1;
/** More addresses than this behind one MAC, none of them leased: a router. */
const ADDRESSES_OF_HOST_MAX = 8;

export interface InventorySettings {
  readonly limits: Limits;
  readonly internal: readonly Prefix[];
}

export class Inventory {
  readonly devices: Device[] = [];
  /** Addresses that found no room (`devicesMax`). */
  refused = 0;
  /** Hears that a device had another id before. */
  renamed: (device: Device, before: string) => void = () => {};
  private readonly byAddress = new Map<AddressKey, Device>();
  private readonly byMac = new Map<MacKey, Device>();
  /** Bounded by `devicesMax`: each of them has used up a device for every address that stood behind it. */
  private readonly routers = new Set<MacKey>();
  private readonly leased = new Set<AddressKey>();
  private readonly systems = new Systems();
  private readonly settings: InventorySettings;
  private readonly stations: WaitingStations;
  private readonly answered: AnsweredNames;
  private readonly overflow: Device;

  constructor(settings: InventorySettings) {
    this.settings = settings;
    const { stationsWaitingMax, stationRowsMax, answeredNamesMax } = settings.limits;
    this.stations = new WaitingStations(stationsWaitingMax, stationRowsMax);
    this.answered = new AnsweredNames(answeredNamesMax);
    this.overflow = this.create('', true);
  }

  /** The device that has this address now; a new record when it was never seen. */
  at(address: AddressKey): Device {
    const found = this.byAddress.get(address);
    if (found !== undefined) return found;
    if (this.devices.length >= this.settings.limits.devicesMax) {
      this.refused++;
      return this.overflow;
    }
    const group = isMulticast(address) || isUnspecified(address);
    const device = this.create(address, group);
    device.addresses.add(address);
    this.byAddress.set(address, device);
    const answer = device.external ? this.answered.take(address) : null;
    if (answer !== null) this.nameOutside(device, answer.name, answer.timeUs);
    return device;
  }

  /** The record a number stands for now. */
  get(number: number): Device {
    const asked = this.devices[number] ?? this.overflow;
    let device = asked;
    while (device.mergedInto !== null) device = device.mergedInto;
    // The long way is gone once: whoever makes records merge one behind the other makes it thousands of steps long.
    if (asked !== device) asked.mergedInto = device;
    return device;
  }

  /** Something a station says below IP: told once its hardware address belongs to a device. */
  announcement(record: Announcement): void {
    const device = this.byMac.get(record.mac);
    if (device === undefined) this.stations.add(record);
    else this.identity(device, record);
  }

  /**
   * A name was looked up or announced by `speaker`: the services it offers (DNS-SD), the name of its own address, and
   * what DNS calls an address outside.
   */
  lookup({ kind, name, address, protocol, timeUs }: Lookup, speaker: Device): void {
    if (kind === 'query' || name === '') return;
    if (protocol === 'dns') {
      if (address !== '') this.answer(address, name, timeUs);
    } else if (name.startsWith('_')) speaker.ledger.add('service', name, protocol, 0.6, timeUs);
    else if (address !== '' && protocol !== 'nbns' && speaker.addresses.has(address))
      speaker.ledger.add('name', name, protocol === 'mdns' ? 'mDNS' : 'LLMNR', 0.7, timeUs);
  }

  private answer(address: AddressKey, name: string, timeUs: number): void {
    const device = this.byAddress.get(address);
    if (device === undefined) this.answered.add(address, name, timeUs);
    else if (device.external) this.nameOutside(device, name, timeUs);
  }

  /** One address of a large service has many names: the first ones are kept. */
  private nameOutside(device: Device, name: string, timeUs: number): void {
    if (device.answeredNames.size >= this.settings.limits.deviceNamesMax && !device.answeredNames.has(name)) return;
    device.answeredNames.add(name);
    if (device.domain === '') device.domain = registeredDomain(name);
    device.ledger.add('name', name, 'DNS answer', 0.4, timeUs);
  }

  /** Its own certificate: who issued it and until when; the name in it where it speaks for a server, not a person. */
  certificate(record: Certificate, owner: Device): void {
    const { fromClient, subject, issuer, notAfterUs, isSelfSigned, timeUs } = record;
    const parts = [
      fromClient ? '' : subject,
      isSelfSigned ? 'self-signed' : issuer === '' ? '' : `issued by ${issuer}`,
      Number.isFinite(notAfterUs) ? `until ${isoTime(notAfterUs).slice(0, 10)}` : '',
    ].filter((part) => part !== '');
    if (parts.length > 0) owner.ledger.add('certificate', parts.join(', '), 'X.509 certificate', 0.8, timeUs);
  }

  neighbour(record: Neighbour): void {
    const { address, timeUs } = record;
    // A group address cannot have sent anything; the sender's own may stand in its IPv6 address.
    const mac = isGroupMac(record.mac) ? macInside(address) : record.mac;
    const device = this.at(address);
    if (device.group) return;
    device.confirmed = true;
    device.seen(timeUs);
    if (device.external || mac === '' || this.routers.has(mac)) return;
    const routed = record.how === 'ip' && rank(address) > 0 && !INITIAL_TTLS.has(record.timeToLive);
    if (routed) return;
    // ARP can be forged at will: it names an address that nobody has, it does not take one away.
    if (record.how.startsWith('arp') && device.mac !== '' && device.mac !== mac) return;
    const owner = this.bind(address, mac);
    owner.confirmed = true;
    owner.seen(timeUs);
    this.remember(owner, record, mac);
  }

  /** Evidence of a pair of addresses. It is told again with every flow: the rows are found without making text. */
  private remember(owner: Device, { address, how, timeUs }: Neighbour, mac: MacKey): void {
    let sighting = owner.sightings.find((one) => one.address === address && one.how === how && one.mac === mac);
    if (sighting === undefined) {
      const source = how === 'ip' ? 'IP' : how === 'ndp' ? 'NDP' : 'ARP';
      const addressRow = owner.ledger.add('address', addressText(address), source, source === 'IP' ? 0.8 : 0.6, timeUs);
      const macRow = owner.ledger.add('mac', addressText(mac), source, 0.8, timeUs);
      if (addressRow === null || macRow === null) return;
      sighting = { address, mac, how, rows: [addressRow, macRow] };
      owner.sightings.push(sighting);
    }
    for (const row of sighting.rows) {
      if (timeUs < row.firstSeenUs) row.firstSeenUs = timeUs;
      if (timeUs > row.lastSeenUs) row.lastSeenUs = timeUs;
    }
  }

  lease(record: Lease): void {
    if (record.mac === '' || isUnspecified(record.mac)) return;
    const granted = record.kind === 5 && record.address !== '' && !isUnspecified(record.address);
    if (granted && this.leased.size < this.settings.limits.devicesMax) this.leased.add(record.address);
    const device = granted ? this.bind(record.address, record.mac) : this.byMac.get(record.mac);
    if (device === undefined) return;
    device.seen(record.timeUs);
    if (granted) device.ledger.add('address', addressText(record.address), 'DHCP', 0.9, record.timeUs);
    device.ledger.add('name', record.hostName, 'DHCP option 12', 0.8, record.timeUs);
    this.tells(device, 'vendor-class', record.vendorClass, 'DHCP option 60', 0.6, record.timeUs);
    this.tells(device, 'dhcp-parameters', record.parameters, 'DHCP option 55', 0.4, record.timeUs);
  }

  identity(device: Device, record: Identity | Said): void {
    this.tells(device, record.attribute, record.value, record.source, record.confidence, record.timeUs);
    if (record.attribute !== 'ae-title' || device.aeTitles.size >= this.settings.limits.deviceAeTitlesMax) return;
    device.aeTitles.add(record.value);
  }

  /** Evidence, and the operating system that it tells. */
  private tells(
    device: Device,
    attribute: string,
    value: string,
    source: string,
    confidence: number,
    timeUs: number,
  ): void {
    const system = value === '' ? null : this.systems.of(attribute, value);
    // The number of a version stays behind its name.
    const worth = system !== null && attribute === 'operating-system' ? confidence - NUMBER_WORTH_LESS : confidence;
    const row = device.ledger.add(attribute, value, source, worth, timeUs);
    if (row === null || system === null) return;
    device.ledger.add('operating-system', system.name, source, system.confidence || confidence, timeUs);
  }

  private bind(address: AddressKey, mac: MacKey): Device {
    const holder = this.at(address);
    const owner = this.byMac.get(mac);
    if (owner === undefined) {
      if (holder === this.overflow) return holder;
      if (holder.mac !== '' && this.devices.length >= this.settings.limits.devicesMax) {
        this.refused++;
        return holder;
      }
      const device = holder.mac === '' ? holder : this.create(address, false);
      const before = device.id;
      device.mac = mac;
      this.renamed(device, before);
      device.changed();
      this.byMac.set(mac, device);
      this.assign(address, device);
      for (const said of this.stations.take(mac)) this.identity(device, said);
      return device;
    }
    if (holder === owner) return owner;
    if (holder.mac === '' && !holder.group && holder !== this.overflow) this.merge(holder, owner);
    else this.assign(address, owner);
    this.suspectRouter(owner);
    return this.at(address);
  }

  private assign(address: AddressKey, device: Device): void {
    device.changed();
    this.byAddress.set(address, device);
    device.addresses.add(address);
    if (rank(address) >= rank(device.address)) device.address = address;
    this.trim(device);
  }

  /** Leases and temporary IPv6 addresses change for years: those that it took first give way. */
  private trim(device: Device): void {
    const { deviceAddressesMax } = this.settings.limits;
    if (device.addresses.size <= deviceAddressesMax) return;
    for (const address of device.addresses) {
      if (address === device.address || address === device.firstAddress) continue;
      device.addresses.delete(address);
      if (this.byAddress.get(address) === device) this.byAddress.delete(address);
      this.leased.delete(address);
      if (device.addresses.size <= deviceAddressesMax) return;
    }
  }

  private merge(from: Device, into: Device): void {
    into.absorb(from);
    this.renamed(into, from.id);
    for (const address of from.addresses) this.byAddress.set(address, into);
    if (rank(from.address) >= rank(into.address)) into.address = from.address;
    this.trim(into);
  }

  /** A MAC before many addresses forwards for others: its addresses stand for themselves from here on. */
  private suspectRouter(device: Device): void {
    let own = 0;
    for (const address of device.addresses) if (address.length === 2 && !this.leased.has(address)) own++;
    if (own <= ADDRESSES_OF_HOST_MAX) return;
    this.routers.add(device.mac);
    this.byMac.delete(device.mac);
    device.mac = '';
    device.changed();
    for (const address of device.addresses) {
      if (address === device.firstAddress) continue;
      this.byAddress.delete(address);
      this.at(address).confirmed = true;
    }
    device.addresses.clear();
    device.addresses.add(device.firstAddress);
    device.address = device.firstAddress;
    this.byAddress.set(device.firstAddress, device);
  }

  private create(address: AddressKey, group: boolean): Device {
    const { limits } = this.settings;
    const external = !group && address !== '' && !this.isInternal(address);
    const device = new Device(this.devices.length, address, group, external, limits.deviceEvidenceMax);
    this.devices.push(device);
    return device;
  }

  private isInternal(address: AddressKey): boolean {
    // Link-local addresses never pass a router, whatever the configuration calls internal.
    if (rank(address) === 0) return true;
    for (const prefix of this.settings.internal) if (contains(prefix, address)) return true;
    return false;
  }
}

/** Which of its addresses a person knows a device by: IPv4 before global IPv6 before link-local. */
function rank(address: AddressKey): number {
  if (address.length === 2) return 2;
  return address.charCodeAt(0) >> 6 === 0xfe80 >> 6 ? 0 : 1;
}

function isGroupMac(mac: MacKey): boolean {
  return (mac.charCodeAt(0) & 0x0100) !== 0;
}

/** The MAC that a link-local address was made from (RFC 4291, appendix A: `ff:fe` in its middle), or ''. */
function macInside(address: AddressKey): MacKey {
  if (address.length !== 8 || rank(address) !== 0) return '';
  const [a, b, c, d] = [4, 5, 6, 7].map((unit) => address.charCodeAt(unit)) as [number, number, number, number];
  if ((b & 0xff) !== 0xff || c >> 8 !== 0xfe) return '';
  return String.fromCharCode(a ^ 0x0200, (b & 0xff00) | (c & 0xff), d);
}
