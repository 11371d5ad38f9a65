/**
 * Cisco's discovery protocol, version 1 and 2: what a switch, router or telephone says of itself to its neighbour.
 *
 *     0         1      2          4           behind an LLC header with SNAP, OUI 00000C, type 2000
 *     ┌─────────┬──────┬──────────┬─────────   value: type (2), length (2, with these four), data
 *     │ version │ time │ checksum │ values     1 device id · 2 addresses · 5 software version · 6 platform
 *     └─────────┴──────┴──────────┴─────────   addresses: count (4), then protocol type, length, protocol, length (2), address
 */
import { addressKey, addressText } from '../bytes/address.ts';
import { readText } from '../bytes/text.ts';
import { firstLine, type StationReport } from './lldp.ts';

const HEADER_BYTES = 4;
const VALUE_HEADER_BYTES = 4;
const VERSION_MAX = 2;

const DEVICE_ID = 1;
const ADDRESSES = 2;
const SOFTWARE = 5;
const PLATFORM = 6;

/** Count (4), NLPID (1), one byte (1) of it: IP is 0xCC, then the length (2) of the address. */
const FIRST_ADDRESS_BYTES = 9;
const NLPID_IP = 0x0101cc;

const TEXT_BYTES_MAX = 128;
const VALUES_MAX = 64;

export class Cdp implements StationReport {
  attribute = '';
  value = '';
  source = '';
  confidence = 0;
  readonly mac = -1;
  isBroken = false;
  private view: DataView<ArrayBufferLike> = new DataView(new ArrayBuffer(0));
  private at = 0;
  private end = 0;
  private left = 0;

  open(view: DataView<ArrayBufferLike>, at: number, end: number): void {
    this.view = view;
    this.at = at + HEADER_BYTES;
    this.end = end;
    this.left = VALUES_MAX;
    this.isBroken = end - at < HEADER_BYTES || view.getUint8(at) === 0 || view.getUint8(at) > VERSION_MAX;
  }

  next(): boolean {
    const { view, end } = this;
    while (!this.isBroken && end - this.at >= VALUE_HEADER_BYTES && this.left-- > 0) {
      const type = view.getUint16(this.at);
      const length = view.getUint16(this.at + 2);
      const value = this.at + VALUE_HEADER_BYTES;
      this.at += length;
      if (length < VALUE_HEADER_BYTES || this.at > end) {
        this.isBroken = true;
        return false;
      }
      if (this.read(type, value, this.at)) return true;
    }
    return false;
  }

  private read(type: number, at: number, end: number): boolean {
    const to = Math.min(end, at + TEXT_BYTES_MAX);
    switch (type) {
      case DEVICE_ID:
        return this.tell('name', readText(this.view, at, to - at), 'CDP device id', 0.8);
      case ADDRESSES:
        return this.tell('management-address', this.address(at, end), 'CDP address', 0.6);
      case SOFTWARE:
        return this.tell('software', firstLine(this.view, at, to), 'CDP software version', 0.7);
      case PLATFORM:
        return this.tell('model', readText(this.view, at, to - at), 'CDP platform', 0.7);
      default:
        return false;
    }
  }

  private tell(attribute: string, value: string, source: string, confidence: number): boolean {
    this.attribute = attribute;
    this.value = value;
    this.source = source;
    this.confidence = confidence;
    return value !== '';
  }

  /** The first address, where it is an IPv4 one. */
  private address(at: number, end: number): string {
    const { view } = this;
    if (end - at < FIRST_ADDRESS_BYTES + 4 || view.getUint32(at) === 0) return '';
    const isIp = view.getUint32(at + 3) % 0x1000000 === NLPID_IP && view.getUint16(at + 7) === 4;
    return isIp ? addressText(addressKey(view, at + FIRST_ADDRESS_BYTES, 4)) : '';
  }
}
