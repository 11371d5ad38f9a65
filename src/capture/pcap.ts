/**
 * Reads the pcap format (draft-ietf-opsawg-pcap).
 *
 *     file     0       4         6         8        16        20            24
 *              │ magic │ major   │ minor   │ unused │ snaplen │ link type   │ records …
 *     record   0         4               8          12       16
 *              │ seconds │ fraction      │ captured │ wire   │ bytes …
 *
 * The magic tells the byte order and whether the fraction counts micro- or nanoseconds; a variant of the nineties
 * has eight more bytes in each record's header. The upper half of the link type (frame check sequence) is ignored.
 *
 * A record is never copied: its row points into the arena.
 */
import { BATCH_PACKETS_MAX, type Batch } from '../bytes/batch.ts';
import type { Limits } from '../limits.ts';
import { isDecodedLink, linkText } from './link.ts';
import type { Parser } from './parser.ts';

const HEADER_BYTES = 24;
const MAJOR = 4;
const LINK_TYPE = 20;

const SECONDS = 0;
const FRACTION = 4;
const CAPTURED = 8;
const WIRE = 12;

const MAGIC_MICROSECONDS = 0xa1b2c3d4;
const MAGIC_NANOSECONDS = 0xa1b23c4d;
const MAGIC_MODIFIED = 0xa1b2cd34;
const RECORD_BYTES = 16;
const RECORD_BYTES_MODIFIED = 24;
const MAJOR_VERSION = 2;

/** A parser for the pcap file whose first four bytes stand at `at`, or null when they begin something else. */
export function pcapParser(view: DataView, at: number, limits: Limits): PcapParser | null {
  for (const little of [true, false]) {
    const magic = view.getUint32(at, little);
    if (magic === MAGIC_MICROSECONDS) return new PcapParser(little, false, RECORD_BYTES, limits);
    if (magic === MAGIC_NANOSECONDS) return new PcapParser(little, true, RECORD_BYTES, limits);
    if (magic === MAGIC_MODIFIED) return new PcapParser(little, false, RECORD_BYTES_MODIFIED, limits);
  }
  return null;
}

export class PcapParser implements Parser {
  error = '';
  position = 0;
  packets = 0;
  bytes = 0;
  dropped = 0;
  omissionOffset = -1;

  readonly #little: boolean;
  readonly #nanoseconds: boolean;
  readonly #recordBytes: number;
  readonly #packetBytesMax: number;
  #link = -1;

  constructor(little: boolean, nanoseconds: boolean, recordBytes: number, limits: Limits) {
    this.#little = little;
    this.#nanoseconds = nanoseconds;
    this.#recordBytes = recordBytes;
    this.#packetBytesMax = limits.packetBytesMax;
  }

  omission(): string {
    return '';
  }

  parse(batch: Batch, at: number, end: number): number {
    batch.count = 0;
    if (this.error !== '') return at;
    let from = at;
    if (this.#link < 0) {
      if (end - at < HEADER_BYTES || !this.#header(batch.view, at)) return at;
      from += HEADER_BYTES;
      this.position += HEADER_BYTES;
    }
    const stopped = this.#records(batch, from, end);
    this.position += stopped - from;
    return stopped;
  }

  #header(view: DataView, at: number): boolean {
    const major = view.getUint16(at + MAJOR, this.#little);
    if (major !== MAJOR_VERSION) {
      this.error = `pcap version ${major} is not supported`;
      return false;
    }
    const link = view.getUint32(at + LINK_TYPE, this.#little) & 0xffff;
    if (!isDecodedLink(link)) {
      this.error = `link type ${linkText(link)} is not supported`;
      this.position += LINK_TYPE;
      return false;
    }
    this.#link = link;
    return true;
  }

  #records(batch: Batch, from: number, end: number): number {
    const { view, offset, captured, wire, timeUs, link } = batch;
    const little = this.#little;
    const nanoseconds = this.#nanoseconds;
    const recordBytes = this.#recordBytes;
    const packetBytesMax = this.#packetBytesMax;
    const linkType = this.#link;
    let at = from;
    let count = 0;
    let bytes = 0;
    while (end - at >= recordBytes && count < BATCH_PACKETS_MAX) {
      const length = view.getUint32(at + CAPTURED, little);
      const next = at + recordBytes + length;
      if (next > end || length > packetBytesMax) {
        if (length > packetBytesMax) this.error = `impossible packet length ${length}`;
        break;
      }
      const wireLength = view.getUint32(at + WIRE, little);
      const fraction = view.getUint32(at + FRACTION, little);
      // Fractions of a second or more are taken as they are: some writers count on.
      const microseconds = nanoseconds ? Math.floor(fraction / 1000) : fraction;
      timeUs[count] = view.getUint32(at + SECONDS, little) * 1e6 + microseconds;
      offset[count] = at + recordBytes;
      captured[count] = length;
      wire[count] = Math.max(wireLength, length);
      link[count] = linkType;
      count++;
      bytes += length;
      at = next;
    }
    batch.count = count;
    this.packets += count;
    this.bytes += bytes;
    return at;
  }
}
