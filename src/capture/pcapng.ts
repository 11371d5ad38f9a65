/**
 * Reads the pcapng format (draft-ietf-opsawg-pcapng).
 *
 *     0      4        8                        length - 4   length
 *     ┌──────┬────────┬────────────────────────┬────────────┐
 *     │ type │ length │ body                   │ length     │   block, always a multiple of four bytes
 *     └──────┴────────┴────────────────────────┴────────────┘
 *
 * A section header sets the byte order and forgets the interfaces; interface descriptions number themselves from 0;
 * packets name their interface, whose link type and clock they follow. Interface statistics carry the drop
 * counters. Every other block is stepped over, secrets and names among them; the long ones without being read.
 *
 * A packet of a link type that is not decoded, or of an interface that nobody described, is counted and left out.
 * A length that cannot be ends the file: what follows has no anchor any more.
 */
import { BATCH_PACKETS_MAX, type Batch } from '../bytes/batch.ts';
import type { Limits } from '../limits.ts';
import { isDecodedLink, linkText } from './link.ts';
import { type Parser, TIME_US_MAX } from './parser.ts';
import { Resolution } from './resolution.ts';

const SECTION_HEADER = 0x0a0d0d0a;
const INTERFACE_DESCRIPTION = 1;
const OLD_PACKET = 2;
const SIMPLE_PACKET = 3;
const INTERFACE_STATISTICS = 5;
const ENHANCED_PACKET = 6;

const BLOCK_BYTES_MIN = 12;
const LENGTH = 4;
const BODY = 8;
const TRAILER_BYTES = 4;

// Section header: magic, version; 28 bytes without options.
const BYTE_ORDER = 8;
const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
const MAJOR = 12;
const SECTION_BYTES_MIN = 28;
const MAJOR_VERSION = 1;

// Interface description: link type (16 bit), reserved, snaplen, options.
const SNAPLEN = 12;
const INTERFACE_OPTIONS = 16;
const IF_TSRESOL = 9;
const IF_TSOFFSET = 14;
const MICROSECONDS = 6;

// Interface statistics: interface, time, options.
const STATISTICS_OPTIONS = 20;
const ISB_IFDROP = 5;
const ISB_OSDROP = 7;

// Enhanced packet, and the old one, whose interface is 16 bits followed by a drop count.
const TIME_HIGH = 12;
const TIME_LOW = 16;
const CAPTURED = 20;
const WIRE = 24;
const PACKET_DATA = 28;

// Simple packet: wire length, bytes.
const SIMPLE_WIRE = 8;
const SIMPLE_DATA = 12;

/** Link types named in the report; more are only counted. */
const LINKS_NAMED_MAX = 8;

class Interface {
  readonly link: number;
  readonly decoded: boolean;
  readonly snaplen: number;
  readonly resolution: Resolution;
  dropped = 0;

  constructor(link: number, snaplen: number, resolution: Resolution) {
    this.link = link;
    this.decoded = isDecodedLink(link);
    this.snaplen = snaplen;
    this.resolution = resolution;
  }
}

/** A parser for the pcapng file whose first twelve bytes stand at `at`, or null when they begin something else. */
export function pcapngParser(view: DataView, at: number, limits: Limits): PcapngParser | null {
  if (!isSectionHeader(view, at)) return null;
  const little = view.getUint32(at + BYTE_ORDER, true) === BYTE_ORDER_MAGIC;
  return little || view.getUint32(at + BYTE_ORDER) === BYTE_ORDER_MAGIC ? new PcapngParser(limits) : null;
}

/** The type of a section header reads the same in both byte orders. */
export function isSectionHeader(view: DataView, at: number): boolean {
  return view.getUint32(at) === SECTION_HEADER;
}

export class PcapngParser implements Parser {
  error = '';
  position = 0;
  packets = 0;
  bytes = 0;
  dropped = 0;
  omissionOffset = -1;

  readonly #limits: Limits;
  #little = true;
  #interfaces: Interface[] = [];
  /** For simple packets, which have no time of their own. */
  #lastUs = 0;
  #strangers = 0;
  #strangeLinks: number[] = [];
  #orphans = 0;
  #tooLate = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  omission(): string {
    const clauses: string[] = [];
    if (this.#strangers > 0) {
      const links = this.#strangeLinks.map(linkText).join(', ');
      clauses.push(`link type ${links} is not supported (packets left out: ${this.#strangers})`);
    }
    if (this.#orphans > 0) clauses.push(`interfaces are not described (packets left out: ${this.#orphans})`);
    if (this.#tooLate > 0) clauses.push(`times beyond the year 2255 are taken as its end (packets: ${this.#tooLate})`);
    return clauses.join('; ');
  }

  parse(batch: Batch, at: number, end: number): number {
    batch.count = 0;
    const { view } = batch;
    let from = at;
    while (this.error === '' && end - from >= BLOCK_BYTES_MIN && batch.count < BATCH_PACKETS_MAX) {
      const type = view.getUint32(from, this.#little);
      if (type === SECTION_HEADER && !this.#byteOrder(view, from)) break;
      const length = view.getUint32(from + LENGTH, this.#little);
      if (length < BLOCK_BYTES_MIN || length % 4 !== 0) {
        this.error = `impossible block length ${length}`;
        break;
      }
      if (length <= this.#limits.pcapngBlockBytesMax) {
        if (from + length > end) break;
        this.#block(batch, type, from, length);
        if (this.error !== '') break;
      } else if (isNeeded(type)) {
        this.error = `impossible length ${length} of a block that is needed`;
        break;
      }
      from += length;
      this.position += length;
    }
    return from;
  }

  /** Takes over the byte order of the section that begins at `at`. */
  #byteOrder(view: DataView, at: number): boolean {
    const little = view.getUint32(at + BYTE_ORDER, true) === BYTE_ORDER_MAGIC;
    if (!little && view.getUint32(at + BYTE_ORDER) !== BYTE_ORDER_MAGIC) {
      this.error = 'a section without byte order';
      return false;
    }
    this.#little = little;
    return true;
  }

  #block(batch: Batch, type: number, at: number, length: number): void {
    const { view } = batch;
    const little = this.#little;
    const end = at + length - TRAILER_BYTES;
    if (view.getUint32(end, little) !== length) {
      this.error = `two lengths of one block, ${length} and ${view.getUint32(end, little)}`;
      return;
    }
    if (type === ENHANCED_PACKET) {
      if (end - at < PACKET_DATA) this.error = `impossible length ${length} of a packet block`;
      else this.#packet(batch, at, end, view.getUint32(at + BODY, little));
    } else if (type === SIMPLE_PACKET) {
      if (end - at < SIMPLE_DATA) this.error = `impossible length ${length} of a packet block`;
      else this.#simplePacket(batch, at, end);
    } else if (type === OLD_PACKET) {
      if (end - at < PACKET_DATA) this.error = `impossible length ${length} of a packet block`;
      else this.#packet(batch, at, end, view.getUint16(at + BODY, little));
    } else if (type === INTERFACE_DESCRIPTION) {
      if (end - at < INTERFACE_OPTIONS) this.error = `impossible length ${length} of an interface description`;
      else this.#interface(view, at, end);
    } else if (type === INTERFACE_STATISTICS) {
      if (end - at >= STATISTICS_OPTIONS) this.#statistics(view, at, end);
    } else if (type === SECTION_HEADER) {
      this.#section(view, at, length);
    }
  }

  #section(view: DataView, at: number, length: number): void {
    const major = length < SECTION_BYTES_MIN ? -1 : view.getUint16(at + MAJOR, this.#little);
    if (major < 0) this.error = `impossible length ${length} of a section header`;
    else if (major !== MAJOR_VERSION) this.error = `pcapng version ${major} is not supported`;
    this.#interfaces = [];
  }

  #interface(view: DataView, at: number, end: number): void {
    // Packets of surplus interfaces are counted as packets of interfaces that are not described.
    if (this.#interfaces.length >= this.#limits.pcapngInterfacesMax) return;
    const little = this.#little;
    const resolution = option(view, at + INTERFACE_OPTIONS, end, IF_TSRESOL, 1, little);
    const offset = option(view, at + INTERFACE_OPTIONS, end, IF_TSOFFSET, 8, little);
    this.#interfaces.push(
      new Interface(
        view.getUint16(at + BODY, little),
        view.getUint32(at + SNAPLEN, little),
        new Resolution(
          resolution < 0 ? MICROSECONDS : view.getUint8(resolution),
          offset < 0 ? 0 : Number(view.getBigInt64(offset, little)),
        ),
      ),
    );
  }

  /** Drop counters run from the beginning of the capture: the last word of an interface is its sum. */
  #statistics(view: DataView, at: number, end: number): void {
    const little = this.#little;
    const owner = this.#interfaces[view.getUint32(at + BODY, little)];
    if (owner === undefined) return;
    let dropped = 0;
    for (const code of [ISB_IFDROP, ISB_OSDROP]) {
      const value = option(view, at + STATISTICS_OPTIONS, end, code, 8, little);
      if (value >= 0) dropped += Number(view.getBigUint64(value, little));
    }
    dropped = Math.min(dropped, Number.MAX_SAFE_INTEGER);
    this.dropped = Math.min(Math.max(0, this.dropped - owner.dropped) + dropped, Number.MAX_SAFE_INTEGER);
    owner.dropped = dropped;
  }

  #packet(batch: Batch, at: number, end: number, number: number): void {
    const { view } = batch;
    const little = this.#little;
    const captured = view.getUint32(at + CAPTURED, little);
    if (captured > end - at - PACKET_DATA || captured > this.#limits.packetBytesMax) {
      this.error = `impossible packet length ${captured}`;
      return;
    }
    const owner = this.#interfaces[number];
    if (owner === undefined || !owner.decoded) {
      this.#leaveOut(owner);
      return;
    }
    const high = view.getUint32(at + TIME_HIGH, little);
    const low = view.getUint32(at + TIME_LOW, little);
    this.#lastUs = owner.resolution.microseconds(high, low);
    if (this.#lastUs === TIME_US_MAX) {
      if (this.omissionOffset < 0) this.omissionOffset = this.position;
      this.#tooLate++;
    }
    this.#row(batch, at + PACKET_DATA, captured, view.getUint32(at + WIRE, little), owner.link);
  }

  #simplePacket(batch: Batch, at: number, end: number): void {
    const wire = batch.view.getUint32(at + SIMPLE_WIRE, this.#little);
    const owner = this.#interfaces[0];
    if (owner === undefined || !owner.decoded) {
      this.#leaveOut(owner);
      return;
    }
    let captured = Math.min(wire, end - at - SIMPLE_DATA);
    if (owner.snaplen > 0 && captured > owner.snaplen) captured = owner.snaplen;
    if (captured > this.#limits.packetBytesMax) this.error = `impossible packet length ${captured}`;
    else this.#row(batch, at + SIMPLE_DATA, captured, wire, owner.link);
  }

  #row(batch: Batch, data: number, captured: number, wire: number, link: number): void {
    const row = batch.count++;
    batch.timeUs[row] = this.#lastUs;
    batch.offset[row] = data;
    batch.captured[row] = captured;
    batch.wire[row] = Math.max(wire, captured);
    batch.link[row] = link;
    this.packets++;
    this.bytes += captured;
  }

  #leaveOut(owner: Interface | undefined): void {
    if (this.omissionOffset < 0) this.omissionOffset = this.position;
    if (owner === undefined) {
      this.#orphans++;
      return;
    }
    this.#strangers++;
    if (this.#strangeLinks.length < LINKS_NAMED_MAX && !this.#strangeLinks.includes(owner.link)) {
      this.#strangeLinks.push(owner.link);
    }
  }
}

/** Blocks without which the rest of the section cannot be understood. */
function isNeeded(type: number): boolean {
  return (
    type === SECTION_HEADER ||
    type === INTERFACE_DESCRIPTION ||
    type === OLD_PACKET ||
    type === SIMPLE_PACKET ||
    type === ENHANCED_PACKET
  );
}

/** Offset of the value of the first option `code` of at least `bytes` in `[at, end)`, or -1. */
function option(view: DataView, at: number, end: number, code: number, bytes: number, little: boolean): number {
  let from = at;
  while (end - from >= 4) {
    const found = view.getUint16(from, little);
    const length = view.getUint16(from + 2, little);
    const value = from + 4;
    if (found === 0 || length > end - value) return -1;
    if (found === code && length >= bytes) return value;
    from = value + ((length + 3) & ~3);
  }
  return -1;
}
