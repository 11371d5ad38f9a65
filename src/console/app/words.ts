/** Names and figures as the people on the ward say them. Nothing here decides anything. */
import type { Severity } from './shapes.ts';

/** Short names of the detection cards; a test keeps them equal to the list of detectors. */
export const cardNames: Readonly<Record<string, string>> = {
  'BL-01': 'New connection of a medical device',
  'BL-02': 'New destination outside the hospital',
  'BL-03': 'New service offered by a medical device',
  'BL-04': 'One device unlike the others of its kind',
  'BL-05': 'A port carries another protocol than it should',
  'BL-06': 'Expected traffic stopped or changed its pace',
  'BL-07': 'Scan, or sudden contact with many machines',
  'BL-08': 'Two machines with the same identity',
  'BL-09': 'Slow drift away from what was signed off',
  'EX-01': 'Far more sent than usual',
  'EX-02': 'A device that receives began to send',
  'EX-03': 'Much data to a new destination outside',
  'EX-04': 'A little data to the outside, day after day',
  'EX-05': 'Data hidden in DNS questions',
  'EX-06': 'Name server outside, or encrypted questions',
  'EX-07': 'Data hidden in ping messages',
  'EX-08': 'Regular calls to an unknown partner outside',
  'EX-09': 'DICOM query for everything',
  'EX-10': 'DICOM images sent to a new destination, or bulk pull',
  'EX-11': 'Images stored in a new place',
  'EX-12': 'HL7 feed to a new receiver or with new content',
  'EX-13': 'Bulk export or harvest of FHIR records',
  'EX-14': 'Patient data in clear across a border',
  'EX-15': 'Files or print jobs from a device that has none to send',
  'EX-16': 'Data to a file store on the Internet',
  'ME-01': 'The sensor cannot see enough',
  'ME-02': 'Contact with something known to be bad',
  'ME-03': 'A card speaks too often and moves to the digest',
  'RC-01': 'Administration or desktop session to a medical device',
  'RC-02': 'Remote-support relay from a medical device',
  'RC-03': 'Typing where only machines talk',
  'RC-04': 'Control in the wrong direction: reverse shell or tunnel',
  'RC-05': 'Stepping stone through a device',
  'RC-06': 'Long or never-ending connection',
  'RC-07': 'Service session outside its window',
  'RC-08': 'Password guessing, perhaps with success',
  'RC-09': 'Control command never given before',
  'RC-10': 'Alarm limits or alarm state changed over the network',
  'RC-11': 'Program, firmware or large file brought to a device',
  'RC-12': 'SNMP write or walk of a device',
  'RC-13': 'Program started on a Windows device over the network',
};

export function cardName(id: string): string {
  return cardNames[id] ?? id;
}

const tiers: Readonly<Record<number, string>> = { 1: 'therapy', 2: 'monitoring', 3: 'diagnostics', 4: 'support' };

export function tierWord(tier: number): string {
  return tiers[tier] ?? 'unknown';
}

export const severityOrder: readonly Severity[] = ['critical', 'high', 'medium', 'low'];

/** What a layer of the baseline is about, in the order of the layers. */
export const layerNames: Readonly<Record<string, string>> = {
  structure: 'Who it talks to',
  semantics: 'What it says',
  quantity: 'How much',
  time: 'When',
};

const stateNames: Readonly<Record<string, string>> = {
  discover: 'first seen',
  learn: 'learning',
  relearn: 'learning again',
  settle: 'settling',
  watch: 'watched',
  blind: 'sensor blind',
};

export function stateWord(state: string): string {
  return stateNames[state] ?? state;
}

const classNames: Readonly<Record<string, string>> = {
  ct: 'CT',
  mr: 'MR',
  pacs: 'PACS',
  ehr: 'EHR',
  'x-ray': 'X-ray',
};

export function className(name: string): string {
  if (name === '') return 'unknown';
  return classNames[name] ?? name.replaceAll('-', ' ');
}

/** What a device tells of itself, in the order in which people ask. */
export const attributeNames: Readonly<Record<string, string>> = {
  address: 'Address',
  mac: 'MAC address',
  name: 'Name',
  class: 'What it is',
  manufacturer: 'Maker',
  vendor: 'Maker by MAC address',
  model: 'Model',
  serial: 'Serial',
  udi: 'Unique device identifier',
  'device-uid': 'DICOM device UID',
  software: 'Software',
  'operating-system': 'System',
  modality: 'DICOM modality',
  'ae-title': 'AE title',
  'dicom-implementation': 'DICOM software',
  application: 'HL7 application',
  facility: 'HL7 facility',
  role: 'Role',
  'ssh-software': 'SSH software',
  'server-software': 'Web server',
  'user-agent': 'Web client',
};

export function attributeName(attribute: string): string {
  return attributeNames[attribute] ?? attribute.replaceAll('-', ' ').replace(/^./, (letter) => letter.toUpperCase());
}

const protocolNames: Readonly<Record<string, string>> = {
  dicom: 'DICOM',
  hl7: 'HL7',
  dns: 'DNS',
  ntp: 'time (NTP)',
  ssh: 'SSH',
  rdp: 'remote desktop (RDP)',
  vnc: 'remote desktop (VNC)',
  telnet: 'Telnet',
  http: 'HTTP',
  tls: 'TLS',
  snmp: 'SNMP',
  syslog: 'syslog',
  fhir: 'FHIR',
};

export function serviceName(service: string): string {
  return protocolNames[service] ?? service;
}

/** `1 incident`, `3 incidents`. */
export function some(count: number, one: string, many = `${one}s`): string {
  return `${whole(count)} ${count === 1 ? one : many}`;
}

const wholeFormat = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

export function whole(value: number): string {
  return wholeFormat.format(value);
}

const units = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

/** Bytes in powers of 1,000, as network people count them. */
export function bytes(value: number): string {
  let left = value;
  let unit = 0;
  while (left >= 1000 && unit < units.length - 1) {
    left /= 1000;
    unit++;
  }
  return `${left >= 100 || unit === 0 ? wholeFormat.format(left) : left.toFixed(1)} ${units[unit]}`;
}

/** A span of time in one or two units. */
export function span(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 1) return 'less than a second';
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.round(minutes / 60);
  if (hours < 48) return `${hours} h`;
  return `${Math.round(hours / 24)} days`;
}

/** `0.8` → `80 %`. */
export function share(value: number): string {
  return `${Math.round(value * 100)} %`;
}

export interface Named {
  readonly id: string;
  readonly names: readonly string[];
  readonly aeTitles: readonly string[];
  readonly addresses: readonly string[];
  readonly class: string;
}

/** What a device is called: a name it or somebody gave, its AE title, else what it is and its address. */
export function deviceName({ id, names, aeTitles, addresses, class: kind }: Named): string {
  return names[0] ?? aeTitles[0] ?? called(addresses[0] ?? id, kind);
}

/** A device that has no name but its address is called by what it is: `infusion pump 10.20.4.11`. */
export function called(name: string, kind: string): string {
  return kind !== '' && /^[\da-f.:]+$/i.test(name) ? `${className(kind)} ${name}` : name;
}
