/**
 * Link layer discovery (IEEE 802.1AB clause 8; LLDP-MED ANSI/TIA-1057): what a station says of itself to its neighbour.
 *
 *     0                     2
 *     ┌────────┬────────────┬─────────              1 chassis id: subtype (1), id · 5 system name · 6 system description
 *     │ type 7 │ length 9   │ value   …    type    8 management address: length (1), kind (1), address, …
 *     └────────┴────────────┴─────────              127 organisation (3), subtype (1), value · 0 end
 *
 * A walk over what is worth knowing; texts are bounded, and the place in the building (MED location) is never read.
 */
import { addressKey, addressText } from '../bytes/address.ts';
import { readText } from '../bytes/text.ts';

const HEADER_BYTES = 2;
const LENGTH_BITS = 9;

const END = 0;
const CHASSIS_ID = 1;
const SYSTEM_NAME = 5;
const SYSTEM_DESCRIPTION = 6;
const CAPABILITIES = 7;
const MANAGEMENT_ADDRESS = 8;
const ORGANISATION = 127;

/** By bit, from the lowest (8.5.8.1); `station only` says what all others do not. */
const CAPABILITY_NAMES = [
  '',
  'repeater',
  'bridge',
  'wlan access point',
  'router',
  'telephone',
  'cable modem',
  'station',
];

const CHASSIS_IS_MAC = 4;
const MAC_BYTES = 6;
/** IANA address family numbers. */
const FAMILY_IPV4 = 1;
const FAMILY_IPV6 = 2;

/** TIA TR-41 committee: LLDP-MED. */
const MED = 0x0012bb;
const MED_HEADER_BYTES = 4;
/** Inventory by subtype (TIA-1057 10.2.6). */
const INVENTORY = new Map<number, readonly [attribute: string, source: string]>([
  [6, ['software', 'LLDP-MED firmware revision']],
  [7, ['software', 'LLDP-MED software revision']],
  [8, ['serial', 'LLDP-MED serial number']],
  [9, ['manufacturer', 'LLDP-MED manufacturer name']],
  [10, ['model', 'LLDP-MED model name']],
]);

const TEXT_BYTES_MAX = 128;
/** Real ones have about twenty. */
const VALUES_MAX = 128;

/** What LLDP and CDP have in common: a walk over what one frame tells. */
export interface StationReport {
  attribute: string;
  value: string;
  source: string;
  confidence: number;
  /** Offset of the hardware address the station is known by, -1 when it is only its frame's. */
  mac: number;
  /** A value reaches beyond the frame, or it does not begin as it must; the walk has ended there. */
  isBroken: boolean;
  open(view: DataView<ArrayBufferLike>, at: number, end: number): void;
  /** On to the next statement; false when there is none. */
  next(): boolean;
}

export class Lldp implements StationReport {
  attribute = '';
  value = '';
  source = '';
  confidence = 0;
  mac = -1;
  isBroken = false;
  private view: DataView<ArrayBufferLike> = new DataView(new ArrayBuffer(0));
  private at = 0;
  private end = 0;
  private left = 0;

  /** The chassis comes first (8.4.1): who does not begin with it is no station. */
  open(view: DataView<ArrayBufferLike>, at: number, end: number): void {
    this.view = view;
    this.at = at;
    this.end = end;
    this.left = VALUES_MAX;
    this.mac = -1;
    this.isBroken = end - at < HEADER_BYTES || view.getUint16(at) >> LENGTH_BITS !== CHASSIS_ID;
    if (this.isBroken) return;
    const length = view.getUint16(at) & ((1 << LENGTH_BITS) - 1);
    const value = at + HEADER_BYTES;
    if (length === 1 + MAC_BYTES && end - value >= length && view.getUint8(value) === CHASSIS_IS_MAC)
      this.mac = value + 1;
  }

  next(): boolean {
    const { view, end } = this;
    while (!this.isBroken && end - this.at >= HEADER_BYTES && this.left-- > 0) {
      const head = view.getUint16(this.at);
      const type = head >> LENGTH_BITS;
      const value = this.at + HEADER_BYTES;
      this.at = value + (head & ((1 << LENGTH_BITS) - 1));
      if (type === END) return false;
      if (this.at > end) {
        this.isBroken = true;
        return false;
      }
      if (this.read(type, value, this.at)) return true;
    }
    return false;
  }

  private read(type: number, at: number, end: number): boolean {
    switch (type) {
      case SYSTEM_NAME:
        return this.tell('name', this.text(at, end), 'LLDP system name', 0.8);
      case SYSTEM_DESCRIPTION:
        return this.tell('software', this.text(at, end), 'LLDP system description', 0.6);
      case CAPABILITIES:
        return (
          end - at >= 4 &&
          this.tell('capability', capabilities(this.view.getUint16(at + 2)), 'LLDP enabled capabilities', 0.7)
        );
      case MANAGEMENT_ADDRESS:
        return this.tell('management-address', this.address(at, end), 'LLDP management address', 0.6);
      case ORGANISATION:
        return this.readMed(at, end);
      default:
        return false;
    }
  }

  private readMed(at: number, end: number): boolean {
    if (end - at < MED_HEADER_BYTES) return false;
    const head = this.view.getUint32(at);
    const known = head >>> 8 === MED ? INVENTORY.get(head & 255) : undefined;
    if (known === undefined) return false;
    return this.tell(known[0], this.text(at + MED_HEADER_BYTES, end), known[1], 0.8);
  }

  private tell(attribute: string, value: string, source: string, confidence: number): boolean {
    this.attribute = attribute;
    this.value = value;
    this.source = source;
    this.confidence = confidence;
    return value !== '';
  }

  private text(at: number, end: number): string {
    return firstLine(this.view, at, Math.min(end, at + TEXT_BYTES_MAX));
  }

  private address(at: number, end: number): string {
    if (end - at < 2) return '';
    const bytes = this.view.getUint8(at) - 1;
    const family = this.view.getUint8(at + 1);
    const isKnown = (family === FAMILY_IPV4 && bytes === 4) || (family === FAMILY_IPV6 && bytes === 16);
    return isKnown && end - at >= 2 + bytes ? addressText(addressKey(this.view, at + 2, bytes)) : '';
  }
}

/** What the station does at this moment, not what it could do. */
function capabilities(bits: number): string {
  return CAPABILITY_NAMES.filter((name, bit) => name !== '' && ((bits >> bit) & 1) === 1).join(', ');
}

/** Descriptions are long; what they are about stands in their first line. */
export function firstLine(view: DataView<ArrayBufferLike>, at: number, end: number): string {
  let to = at;
  while (to < end && view.getUint8(to) !== 0x0a && view.getUint8(to) !== 0x0d) to++;
  return readText(view, at, to - at);
}
