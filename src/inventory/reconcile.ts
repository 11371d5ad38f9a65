/**
 * The equipment list beside what was seen on the wire: what is in one and not in the other, and what they say
 * differently about the same device.
 *
 * A row and a device are paired by the surest thing they share: hardware address, then serial number, AE title, network
 * address, host name. Each row and each device is paired once at most, and what two rows (or two devices) share is told
 * as a duplicate and pairs nothing. Rows that hold nothing a network could show are counted apart: a bed is not missing.
 */
import type { DeviceRow } from '../model.ts';
import type { Equipment } from './equipment.ts';

export type PairKey = 'mac' | 'serial' | 'ae' | 'address' | 'host';
export const mismatchKinds = ['mac', 'address', 'ae', 'location', 'serial', 'software', 'retired'] as const;
export type MismatchKind = (typeof mismatchKinds)[number];

export interface Pair {
  readonly row: Equipment;
  readonly device: DeviceRow;
  /** What they were paired by. */
  readonly by: PairKey;
}

export interface Mismatch extends Pair {
  readonly kind: MismatchKind;
  readonly listed: string;
  readonly seen: string;
}

export interface Duplicate {
  readonly side: 'list' | 'wire';
  readonly kind: 'asset' | PairKey;
  readonly value: string;
  /** Lines of the list, or ids of devices. */
  readonly of: readonly string[];
}

export interface NotSeen {
  readonly row: Equipment;
  /** 0: never. */
  readonly lastSeenUs: number;
  readonly deviceId: string;
}

export interface Reconciliation {
  readonly paired: readonly Pair[];
  readonly notListed: readonly DeviceRow[];
  readonly notSeen: readonly NotSeen[];
  readonly mismatches: readonly Mismatch[];
  readonly duplicates: readonly Duplicate[];
  /** Rows in use that hold nothing by which a network could show them. */
  readonly notFindable: readonly Equipment[];
  /** Rows out of use that were, as they should, not seen. */
  readonly retired: readonly Equipment[];
}

export interface ReconcileSettings {
  /** Days without a packet after which a listed device counts as not seen. */
  readonly days: number;
  /** The moment from which these days are counted back. */
  readonly nowUs: number;
  /** true: every device inside, not only medical ones. */
  readonly all: boolean;
  /** Zone of an address by the configuration, or ''. */
  readonly zoneOf: (address: string) => string;
  readonly zones: readonly string[];
}

const DAY_US = 86_400e6;
const keys: readonly PairKey[] = ['mac', 'serial', 'ae', 'address', 'host'];
/** Below this a serial number is a counter that any maker may use. */
const SERIAL_CHARACTERS_MIN = 4;

export function reconcile(
  equipment: readonly Equipment[],
  devices: readonly DeviceRow[],
  settings: ReconcileSettings,
): Reconciliation {
  const inside = devices.filter((device) => !device.external);
  const duplicates: Duplicate[] = duplicatesOf(equipment, (row) => row.asset, 'list', 'asset', lineOf);
  const byRow = new Map<Equipment, Pair>();
  const taken = new Set<DeviceRow>();
  for (const by of keys) {
    const listed = (row: Equipment): readonly string[] => valuesOfRow(row, by);
    const seen = (device: DeviceRow): readonly string[] => valuesOfDevice(device, by);
    // A retired row may share its address and its title with what stands in its place.
    const compared = equipment.filter((row) => !row.isRetired || by === 'mac' || by === 'serial');
    duplicates.push(...duplicatesOf(compared, listed, 'list', by, lineOf));
    if (by === 'serial' || by === 'ae') duplicates.push(...duplicatesOf(inside, seen, 'wire', by, ({ id }) => id));
    if (by === 'address') duplicates.push(...addressClashes(inside));
    const found = by === 'address' ? holders(inside) : single(inside, seen);
    for (const [value, row] of single(compared, listed)) {
      const device = found.get(value);
      if (row === null || device === undefined || device === null || byRow.has(row) || taken.has(device)) continue;
      byRow.set(row, { row, device, by });
      taken.add(device);
    }
  }
  const paired = equipment.map((row) => byRow.get(row)).filter((pair) => pair !== undefined);
  const open = equipment.filter((row) => !byRow.has(row));
  return {
    paired,
    notListed: inside.filter((device) => !taken.has(device) && (settings.all || device.medical)),
    notSeen: notSeen(paired, open, settings),
    mismatches: paired.flatMap((pair) => mismatchesOf(pair, settings)),
    duplicates,
    notFindable: open.filter((row) => !row.isRetired && !isFindable(row)),
    retired: open.filter((row) => row.isRetired),
  };
}

function lineOf(row: Equipment): string {
  return `line ${row.line}`;
}

function isFindable({ macs, addresses, aeTitles, hostName }: Equipment): boolean {
  return macs.length + addresses.length + aeTitles.length > 0 || hostName !== '';
}

function notSeen(paired: readonly Pair[], open: readonly Equipment[], { days, nowUs }: ReconcileSettings): NotSeen[] {
  const since = nowUs - days * DAY_US;
  const long = paired
    .filter(({ row, device }) => !row.isRetired && device.lastSeenUs < since)
    .map(({ row, device }) => ({ row, lastSeenUs: device.lastSeenUs, deviceId: device.id }));
  const never = open
    .filter((row) => !row.isRetired && isFindable(row))
    .map((row) => ({ row, lastSeenUs: 0, deviceId: '' }));
  return [...long, ...never].sort((a, b) => a.row.line - b.row.line);
}

// ── what is compared ─────────────────────────────────────────────────────────────────────────────────

function plain(text: string): string {
  return text.toLowerCase().replace(/[^a-z0-9]/g, '');
}

/** The host name without its domain. */
function host(text: string): string {
  return text.toLowerCase().split('.')[0] ?? '';
}

function serialKey(text: string): string {
  const key = plain(text);
  return key.length < SERIAL_CHARACTERS_MIN ? '' : key;
}

function valuesOfRow(row: Equipment, by: PairKey): readonly string[] {
  switch (by) {
    case 'mac':
      return row.macs;
    case 'serial':
      return filled([serialKey(row.serial)]);
    case 'ae':
      return row.aeTitles.map((title) => title.toLowerCase());
    case 'address':
      return row.addresses;
    case 'host':
      return filled([host(row.hostName)]);
  }
}

function valuesOfDevice(device: DeviceRow, by: PairKey): readonly string[] {
  switch (by) {
    case 'mac':
      return filled([device.mac]);
    case 'serial':
      return filled([serialKey(device.serial)]);
    case 'ae':
      return device.aeTitles.map((title) => title.toLowerCase());
    case 'address':
      return device.addresses;
    case 'host':
      return [...new Set(filled(device.names.map(host)))];
  }
}

function filled(values: readonly string[]): string[] {
  return values.filter((value) => value !== '');
}

type ValuesOf<T> = (one: T) => string | readonly string[];

function listOf(values: string | readonly string[]): readonly string[] {
  return typeof values === 'string' ? filled([values]) : values;
}

/** Value → the one that has it; null when several do. */
function single<T>(things: readonly T[], values: ValuesOf<T>): Map<string, T | null> {
  const found = new Map<string, T | null>();
  for (const one of things) for (const value of listOf(values(one))) found.set(value, found.has(value) ? null : one);
  return found;
}

function duplicatesOf<T>(
  things: readonly T[],
  values: ValuesOf<T>,
  side: Duplicate['side'],
  kind: Duplicate['kind'],
  name: (one: T) => string,
): Duplicate[] {
  const found = new Map<string, T[]>();
  for (const one of things) {
    for (const value of listOf(values(one))) {
      const of = found.get(value);
      if (of === undefined) found.set(value, [one]);
      else of.push(one);
    }
  }
  return [...found]
    .filter(([, of]) => of.length > 1)
    .map(([value, of]) => ({ side, kind, value, of: of.map(name) }))
    .sort((a, b) => (a.value < b.value ? -1 : 1));
}

/** When a device was seen with each of its addresses, by the evidence for it. */
function spansOf(device: DeviceRow): Map<string, { fromUs: number; toUs: number }> {
  const spans = new Map<string, { fromUs: number; toUs: number }>();
  for (const { attribute, value, firstSeenUs, lastSeenUs } of device.evidence) {
    if (attribute !== 'address') continue;
    const span = spans.get(value);
    if (span === undefined) spans.set(value, { fromUs: firstSeenUs, toUs: lastSeenUs });
    else {
      span.fromUs = Math.min(span.fromUs, firstSeenUs);
      span.toUs = Math.max(span.toUs, lastSeenUs);
    }
  }
  return spans;
}

/** Address → the device that had it last: a lease goes from hand to hand. */
function holders(devices: readonly DeviceRow[]): Map<string, DeviceRow> {
  const found = new Map<string, { device: DeviceRow; lastUs: number }>();
  for (const device of devices) {
    const spans = spansOf(device);
    for (const address of device.addresses) {
      const lastUs = spans.get(address)?.toUs ?? device.lastSeenUs;
      if (lastUs >= (found.get(address)?.lastUs ?? 0)) found.set(address, { device, lastUs });
    }
  }
  return new Map([...found].map(([address, { device }]) => [address, device]));
}

/** Addresses that several devices had at the same time. */
function addressClashes(devices: readonly DeviceRow[]): Duplicate[] {
  const found = new Map<string, { id: string; fromUs: number; toUs: number }[]>();
  for (const device of devices) {
    for (const [address, span] of spansOf(device)) {
      const before = found.get(address);
      if (before === undefined) found.set(address, [{ id: device.id, ...span }]);
      else before.push({ id: device.id, ...span });
    }
  }
  const clashes = [...found].map(([value, spans]) => {
    const overlapping = spans.filter((one) =>
      spans.some((other) => other !== one && one.fromUs < other.toUs && other.fromUs < one.toUs),
    );
    return { side: 'wire', kind: 'address', value, of: overlapping.map(({ id }) => id) } as const;
  });
  return clashes.filter(({ of }) => of.length > 1).sort((a, b) => (a.value < b.value ? -1 : 1));
}

function mismatchesOf(pair: Pair, settings: ReconcileSettings): Mismatch[] {
  const { row, device } = pair;
  const found: Mismatch[] = [];
  const differ = (kind: MismatchKind, listed: string, seen: string): void => {
    found.push({ ...pair, kind, listed, seen });
  };
  const apart = (listed: readonly string[], seen: readonly string[]): boolean =>
    listed.length > 0 && seen.length > 0 && !listed.some((one) => seen.includes(one));
  if (row.isRetired) differ('retired', row.status, 'seen on the wire');
  if (apart(row.macs, valuesOfDevice(device, 'mac'))) differ('mac', row.macs.join(' '), device.mac);
  // A list names the address that people type; link-local ones belong to the machine alone.
  const addresses = device.addresses.filter((one) => !/^fe[89ab]/.test(one));
  if (apart(row.addresses, addresses)) differ('address', row.addresses.join(' '), addresses.join(' '));
  if (apart(valuesOfRow(row, 'ae'), valuesOfDevice(device, 'ae')))
    differ('ae', row.aeTitles.join(' '), device.aeTitles.join(' '));
  if (row.serial !== '' && device.serial !== '' && plain(row.serial) !== plain(device.serial))
    differ('serial', row.serial, device.serial);
  if (row.software !== '' && device.software !== '' && !sameVersion(row.software, device.software))
    differ('software', row.software, device.software);
  const listedZone = zoneOfRow(row, settings.zones);
  const seenZones = [...new Set(filled(device.addresses.map(settings.zoneOf)))];
  if (listedZone !== '' && seenZones.length > 0 && !seenZones.includes(listedZone))
    differ('location', row.zone === '' ? row.location : row.zone, seenZones.join(' '));
  return found;
}

/** The zone that the list means: by its own column, else the longest zone whose name stands in the location. */
function zoneOfRow(row: Equipment, zones: readonly string[]): string {
  const exact = zones.find((zone) => row.zone !== '' && plain(zone) === plain(row.zone));
  if (exact !== undefined || row.zone !== '') return exact ?? '';
  const location = ` ${spaced(row.location)} `;
  const inside = zones.filter((zone) => location.includes(` ${spaced(zone)} `));
  return inside.sort((a, b) => b.length - a.length)[0] ?? '';
}

function spaced(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, ' ')
    .trim();
}

/** `V3.0` and `3.0 Build 112` are the same to a list that names less. */
function sameVersion(listed: string, seen: string): boolean {
  const own = spaced(listed).replace(/^(v|ver|version|rev|release) ?(?=\d)/, '');
  const other = spaced(seen).replace(/\b(v|ver|version|rev|release) ?(?=\d)/g, '');
  return ` ${other} `.includes(` ${own} `);
}
