/**
 * The equipment list of a site (of its CMMS) as rows that can be compared with what is on the wire.
 *
 * Which column holds what is guessed from its heading, and may be said (`serial=Ser. no.`). Addresses become canonical
 * text; words such as `n/a` are nothing. A value that is not what its column promises is named with its line and left
 * out; the rest of its row stays.
 */
import { addressText, parseAddress } from '../bytes/address.ts';
import type { Csv, CsvRow } from './csv.ts';

export interface Equipment {
  /** Where it stands in the list. */
  readonly line: number;
  /** The number that the site's own people know it by. */
  readonly asset: string;
  readonly name: string;
  readonly hostName: string;
  readonly manufacturer: string;
  readonly model: string;
  readonly serial: string;
  readonly lot: string;
  readonly software: string;
  readonly macs: readonly string[];
  readonly addresses: readonly string[];
  readonly aeTitles: readonly string[];
  readonly location: string;
  readonly zone: string;
  readonly department: string;
  readonly status: string;
  /** By its status it is no longer in use. */
  readonly isRetired: boolean;
}

export const equipmentKeys = [
  'asset',
  'name',
  'host',
  'manufacturer',
  'model',
  'serial',
  'lot',
  'software',
  'mac',
  'address',
  'ae',
  'location',
  'zone',
  'department',
  'status',
] as const;
export type EquipmentKey = (typeof equipmentKeys)[number];

/** Headings as letters and digits only, in the order in which they are believed. */
const headings: Readonly<Record<EquipmentKey, readonly string[]>> = {
  asset: words(
    'asset assetnumber assetno assetid assettag tagnumber tag controlnumber controlno cmmsid equipmentid equipmentnumber',
    'equipmentno inventorynumber inventoryno inventarnummer inventarnr anlagennummer ecn id',
  ),
  name: words('name devicename equipmentname description equipmentdescription devicedescription bezeichnung'),
  host: words('hostname host dnsname computername netbiosname fqdn networkname rechnername'),
  manufacturer: words('manufacturer manufacturername maker mfr mfg make brand hersteller vendor oem'),
  model: words('model modelnumber modelno modelname devicemodel modell produkt product productname typ'),
  serial: words('serial serialnumber serialno serialnr ser serno sn seriennummer seriennr'),
  lot: words('lot lotnumber lotno batch batchnumber charge'),
  software: words(
    'software softwareversion swversion swrev softwarerevision softwarerelease firmware firmwareversion fwversion version',
  ),
  mac: words(
    'mac macaddress macaddr macadresse hardwareaddress ethernetaddress physicaladdress wiredmac lanmac wirelessmac wlanmac',
    'wifimac mac1 mac2',
  ),
  address: words(
    'ip ipaddress ipaddr ipadresse ipv4 ipv4address ipv6 ipv6address networkaddress staticip ip1 ip2 address',
  ),
  ae: words('ae aet aetitle aetitles dicomae dicomaet dicomaetitle applicationentity applicationentitytitle callingae'),
  location: words('location room roomnumber ward building standort raum station physicallocation currentlocation'),
  zone: words('zone networkzone vlan segment subnet network netzwerk'),
  department: words('department dept owningdepartment owner costcenter costcentre kostenstelle abteilung'),
  status: words('status state assetstatus equipmentstatus lifecycle lifecyclestatus zustand'),
};

const nothing = new Set([
  '',
  '-',
  '--',
  '?',
  'na',
  'n/a',
  'none',
  'null',
  'nil',
  'unknown',
  'tbd',
  'dhcp',
  'unbekannt',
]);
const retired = /retire|dispos|decommission|scrap|surplus|sold|returned|inactive|lost|ausgemustert|verschrottet/i;

function words(...texts: readonly string[]): readonly string[] {
  return texts.flatMap((text) => text.split(' '));
}

/** Column numbers of each key; MAC, address and AE title may have several. */
export type Columns = ReadonlyMap<EquipmentKey, readonly number[]>;

function letters(text: string): string {
  return text.toLowerCase().replace(/[^a-z0-9]/g, '');
}

const several = new Set<EquipmentKey>(['mac', 'address', 'ae']);

/** `said`: what a person wrote on the command line, `serial=Ser. no.`. Problems are sentences. */
export function columnsOf(head: readonly string[], said: readonly string[]): { columns: Columns; problems: string[] } {
  const columns = new Map<EquipmentKey, number[]>();
  const taken = new Set<number>();
  const problems: string[] = [];
  for (const one of said) {
    const equals = one.indexOf('=');
    const key = one.slice(0, Math.max(0, equals)).trim() as EquipmentKey;
    const heading = one.slice(equals + 1).trim();
    const at = head.findIndex((name) => name === heading || letters(name) === letters(heading));
    if (equals < 0 || !equipmentKeys.includes(key)) {
      problems.push(`"${one}": allowed: a key, =, and a heading of the list; keys: ${equipmentKeys.join(', ')}`);
    } else if (heading === '') columns.set(key, []);
    else if (at < 0) problems.push(`the list has no column "${heading}"; it has: ${head.join(', ')}`);
    else {
      columns.set(key, [...(columns.get(key) ?? []), at]);
      taken.add(at);
    }
  }
  for (const key of equipmentKeys) {
    if (columns.has(key)) continue;
    const found: number[] = [];
    for (const word of headings[key]) {
      head.forEach((name, at) => {
        if (letters(name) === word && !taken.has(at)) found.push(at);
      });
    }
    const used = several.has(key) ? found : found.slice(0, 1);
    for (const at of used) taken.add(at);
    if (used.length > 0) columns.set(key, used);
  }
  return { columns, problems };
}

export function equipmentOf({ rows }: Csv, columns: Columns): { equipment: Equipment[]; problems: string[] } {
  const problems: string[] = [];
  const equipment: Equipment[] = [];
  for (const row of rows) {
    const one = equipmentIn(row, columns, problems);
    const { asset, serial, name, hostName, macs, addresses, aeTitles } = one;
    if (`${asset}${serial}${name}${hostName}` !== '' || macs.length + addresses.length + aeTitles.length > 0)
      equipment.push(one);
    else problems.push(`line ${row.line}: nothing that says which device it is`);
  }
  return { equipment, problems };
}

function equipmentIn(row: CsvRow, columns: Columns, problems: string[]): Equipment {
  const all = (key: EquipmentKey): string[] =>
    (columns.get(key) ?? []).map((at) => row.cells[at] ?? '').filter((text) => !nothing.has(text.toLowerCase()));
  const one = (key: EquipmentKey): string => all(key)[0] ?? '';
  const many = (key: EquipmentKey, read: (text: string) => string): string[] => {
    const split = all(key).flatMap((text) =>
      key === 'ae' ? text.split(/[,;/\n\\]+/) : text.replace(/\/\d{1,3}(?![\d.:])/g, '').split(/[\s,;/]+/),
    );
    const parts = split.map((text) => text.trim()).filter((text) => !nothing.has(text.toLowerCase()));
    const values = parts.map((text) => ({ text, value: read(text) }));
    for (const { text, value } of values)
      if (value === '') problems.push(`line ${row.line}: "${text.slice(0, 40)}" is no ${key}`);
    return [...new Set(values.map(({ value }) => value).filter((value) => value !== ''))].sort();
  };
  const status = one('status');
  return {
    line: row.line,
    asset: one('asset'),
    name: one('name'),
    hostName: one('host'),
    manufacturer: one('manufacturer'),
    model: one('model'),
    serial: one('serial'),
    lot: one('lot'),
    software: one('software'),
    macs: many('mac', macText),
    addresses: many('address', ipText),
    aeTitles: many('ae', (text) => (text.length <= 16 ? text : '')),
    location: one('location'),
    zone: one('zone'),
    department: one('department'),
    status,
    isRetired: retired.test(status),
  };
}

/** `001b.210a.0b0c`, `00-1B-21-0A-0B-0C`, `001B210A0B0C` → `00:1b:21:0a:0b:0c`; '' when it is none. */
export function macText(text: string): string {
  const shape =
    /^(?:[0-9a-f]{2}([:-])(?:[0-9a-f]{2}\1){4}[0-9a-f]{2}|[0-9a-f]{4}([.-])[0-9a-f]{4}\2[0-9a-f]{4}|[0-9a-f]{12})$/i;
  if (!shape.test(text)) return '';
  const digits = text.toLowerCase().replace(/[^0-9a-f]/g, '');
  return (digits.match(/../g) ?? []).join(':');
}

/** Canonical text of an address; '' when it is none. */
export function ipText(text: string): string {
  return addressText(parseAddress(text));
}
