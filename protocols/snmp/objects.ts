/**
 * Objects of SNMP that say what a device is, makers by their enterprise number, and object identifiers as text.
 * (SNMPv2-MIB RFC 3418, ENTITY-MIB RFC 6933, Printer-MIB RFC 3805, HOST-RESOURCES-MIB RFC 2790; IANA enterprise numbers.)
 */

export interface KnownObject {
  /** Of the object identifier, without its tag and length. */
  readonly bytes: readonly number[];
  readonly attribute: string;
  readonly source: string;
  readonly confidence: number;
}

const MIB_2 = [0x2b, 6, 1, 2, 1];

/** sysContact and sysLocation may name people and are not here. */
export const KNOWN_OBJECTS: readonly KnownObject[] = [
  { bytes: [...MIB_2, 1, 1, 0], attribute: 'software', source: 'SNMP sysDescr', confidence: 0.7 },
  { bytes: [...MIB_2, 1, 2, 0], attribute: 'manufacturer', source: 'SNMP sysObjectID', confidence: 0.6 },
  { bytes: [...MIB_2, 1, 5, 0], attribute: 'name', source: 'SNMP sysName', confidence: 0.8 },
  {
    bytes: [...MIB_2, 47, 1, 1, 1, 1, 11, 1],
    attribute: 'serial',
    source: 'SNMP entPhysicalSerialNum',
    confidence: 0.8,
  },
  {
    bytes: [...MIB_2, 47, 1, 1, 1, 1, 12, 1],
    attribute: 'manufacturer',
    source: 'SNMP entPhysicalMfgName',
    confidence: 0.8,
  },
  {
    bytes: [...MIB_2, 47, 1, 1, 1, 1, 13, 1],
    attribute: 'model',
    source: 'SNMP entPhysicalModelName',
    confidence: 0.8,
  },
  {
    bytes: [...MIB_2, 43, 5, 1, 1, 17, 1],
    attribute: 'serial',
    source: 'SNMP prtGeneralSerialNumber',
    confidence: 0.8,
  },
  { bytes: [...MIB_2, 25, 3, 2, 1, 3, 1], attribute: 'model', source: 'SNMP hrDeviceDescr', confidence: 0.6 },
];

/** 1.3.6.1.4.1, below which makers have their numbers. */
const ENTERPRISES = [0x2b, 6, 1, 4, 1];

/** IANA, "Private Enterprise Numbers". Numbers of software that runs everywhere are not here. */
const MAKERS: ReadonlyMap<number, string> = new Map([
  [2, 'IBM'],
  [9, 'Cisco'],
  [11, 'Hewlett-Packard'],
  [43, '3Com'],
  [171, 'D-Link'],
  [207, 'Allied Telesis'],
  [232, 'Compaq'],
  [253, 'Xerox'],
  [318, 'APC'],
  [367, 'Ricoh'],
  [368, 'Axis'],
  [476, 'Emerson'],
  [534, 'Eaton'],
  [641, 'Lexmark'],
  [674, 'Dell'],
  [683, 'Zebra'],
  [789, 'NetApp'],
  [890, 'Zyxel'],
  [1248, 'Seiko Epson'],
  [1347, 'Kyocera'],
  [1602, 'Canon'],
  [1916, 'Extreme Networks'],
  [1991, 'Foundry'],
  [2001, 'Oki'],
  [2011, 'Huawei'],
  [2435, 'Brother'],
  [2636, 'Juniper'],
  [3375, 'F5'],
  [3808, 'CyberPower'],
  [4329, 'Siemens'],
  [4526, 'Netgear'],
  [6574, 'Synology'],
  [8691, 'Moxa'],
  [10876, 'Supermicro'],
  [11863, 'TP-Link'],
  [12356, 'Fortinet'],
  [13742, 'Raritan'],
  [14179, 'Airespace'],
  [14823, 'Aruba'],
  [14988, 'MikroTik'],
  [18334, 'Konica Minolta'],
  [24681, 'QNAP'],
  [25461, 'Palo Alto Networks'],
  [25506, 'H3C'],
  [41112, 'Ubiquiti'],
]);

export function makerOf(enterprise: number): string {
  return MAKERS.get(enterprise) ?? '';
}

/** The maker whose number an object identifier in `[at, end)` has, or ''. */
export function makerAt(view: DataView, at: number, end: number): string {
  if (end - at <= ENTERPRISES.length) return '';
  for (let i = 0; i < ENTERPRISES.length; i++) if (view.getUint8(at + i) !== ENTERPRISES[i]) return '';
  let number = 0;
  for (let i = at + ENTERPRISES.length; i < end; i++) {
    const byte = view.getUint8(i);
    number = number * 128 + (byte & 127);
    if (byte < 128) return makerOf(number);
    if (number > 2 ** 32) return '';
  }
  return '';
}

const PARTS_MAX = 32;

/** `1.3.6.1.2.1.1.5.0`; longer ones end in `…`. */
export function objectText(view: DataView, at: number, end: number): string {
  if (at >= end) return '';
  const first = view.getUint8(at);
  let text = first < 40 ? `0.${first}` : first < 80 ? `1.${first - 40}` : `2.${first - 80}`;
  let number = 0;
  let parts = 2;
  for (let i = at + 1; i < end; i++) {
    const byte = view.getUint8(i);
    number = number * 128 + (byte & 127);
    if (number > 2 ** 32) return `${text}.…`;
    if (byte >= 128) continue;
    if (parts++ >= PARTS_MAX) return `${text}.…`;
    text += `.${number}`;
    number = 0;
  }
  return text;
}
