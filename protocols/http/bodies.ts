/**
 * Bodies of HTTP: each goes to the reader that wants it, or is looked at as a file, or passes unseen and is never
 * held. A compressed body is kept up to a limit when a reader asks for it, and inflated when it has ended.
 */
import { inflateStart } from '../../src/bytes/inflate.ts';
import type { Limits } from '../../src/limits.ts';
import { type Exchange, type ExchangeReader, type OpenBody, Segment } from '../../src/protocol.ts';
import type { Records } from '../../src/records.ts';
import type { Exchanges } from './exchanges.ts';
import { type Connection, DATA, EncodedBody, type HttpSide, LOOK, NO_BODY, OFFER } from './flow.ts';
import { DEFLATE, GZIP, type Head, NOT_ENCODED, OTHER_CODING } from './head.ts';
import { Transfers } from './transfers.ts';

/** `MSH|^~\&` or the like: what a reader needs to see before it says whether it wants a body. */
const OFFER_BYTES = 8;
const ENCODED_BYTES_FIRST = 2_048;

/** A step could not be done with the bytes at hand. */
export const WAIT = -2;

export class Bodies {
  private readonly limits: Limits;
  private readonly readers: readonly ExchangeReader[];
  private readonly exchanges: Exchanges;
  private readonly transfers: Transfers;
  private readonly part = new Segment();
  private readonly hasReaders: boolean;

  constructor(limits: Limits, exchanges: Exchanges) {
    this.limits = limits;
    this.readers = exchanges.readers;
    this.exchanges = exchanges;
    this.transfers = new Transfers(limits);
    this.hasReaders = this.readers.some((reader) => reader.wants !== undefined);
  }

  /** The head in hand has ended; `side` knows how its body will end. */
  begin(side: HttpSide, head: Head, askedExtension: string): void {
    side.encoded = null;
    side.transfer.isWatched = false;
    side.isOffered = head.coding !== NOT_ENCODED || !this.hasReaders;
    if (side.delimiting === NO_BODY) return;
    if (head.coding !== NOT_ENCODED && head.coding !== OTHER_CODING && this.wantsInflated(side)) {
      side.encoded = new EncodedBody();
      side.encoded.coding = head.coding;
      return;
    }
    this.transfers.watch(side, head, side.method, askedExtension);
  }

  private wantsInflated(side: HttpSide): boolean {
    const { readers } = this;
    const exchange = this.exchangeOf(side);
    for (let i = 0; i < readers.length; i++) {
      exchange.topic = side.owner === i ? side.topic : 0;
      if (readers[i]!.wantsInflated?.(exchange) === true) return true;
    }
    return false;
  }

  /** Shows the first bytes of a body to the readers. */
  offer(connection: Connection, side: HttpSide, at: number, segment: Segment): number {
    const needed = Math.min(OFFER_BYTES, side.remaining);
    if (!side.isOffered && segment.end - at < needed) {
      side.seen = segment.end - at;
      return WAIT;
    }
    if (!side.isOffered) side.body = this.readerOf(connection, side, segment, at, at + needed);
    const isFirst = !side.isOffered || side.transfer.bytes === 0;
    side.isOffered = true;
    side.seen = 0;
    if (side.body !== null) side.transfer.isWatched = false;
    side.place = side.transfer.isWatched && isFirst ? LOOK : DATA;
    return at;
  }

  private readerOf(connection: Connection, side: HttpSide, segment: Segment, at: number, end: number): OpenBody | null {
    const { readers } = this;
    const exchange = this.exchangeOf(side);
    for (let i = 0; i < readers.length; i++) {
      const reader = readers[i]!;
      exchange.topic = side.owner === i ? side.topic : 0;
      if (reader.open === undefined || reader.wants?.(exchange, segment.view, at, end) !== true) continue;
      const open = connection.readers[i] ?? reader.open();
      connection.readers[i] = open;
      open.begin?.(exchange, this.partOf(segment, at, at));
      return open;
    }
    return null;
  }

  private exchangeOf(side: HttpSide): Exchange {
    return this.exchanges.bodyOf(side.toServer, side.method, side.status, side.mediaType);
  }

  /** The first bytes of a body that nobody reads. */
  look(side: HttpSide, at: number, segment: Segment): number {
    const needed = Math.min(this.transfers.lookBytes(side.transfer), side.remaining);
    if (segment.end - at < needed) {
      side.seen = segment.end - at;
      return WAIT;
    }
    side.seen = 0;
    this.transfers.look(side, segment, at, at + needed);
    side.place = DATA;
    return at;
  }

  /** Takes what there is of the body; what nobody cares for is stepped over at once, however long it is. */
  take(side: HttpSide, at: number, segment: Segment, records: Records): number {
    const isUnseen = side.body === null && side.encoded === null && !side.transfer.isWatched;
    const count = isUnseen ? side.remaining : Math.min(side.remaining, segment.end - at);
    side.body?.read(this.partOf(segment, at, at + count), records);
    if (side.encoded !== null) this.keep(side.encoded, segment, at, count);
    side.transfer.bytes += count;
    side.remaining -= count;
    return at + count;
  }

  /** The body has ended, or what follows of it is lost. True unless a compressed one could not be inflated. */
  end(connection: Connection, side: HttpSide, isWhole: boolean, segment: Segment, records: Records): boolean {
    let isInflated = true;
    if (side.encoded !== null) {
      if (isWhole) isInflated = this.inflate(connection, side, side.encoded, segment, records);
      side.encoded = null;
    }
    const part = this.partOf(segment, segment.start, segment.start);
    part.toServer = side.toServer;
    side.body?.end(part, isWhole, records);
    side.body = null;
    this.transfers.end(side, segment, records);
    return isInflated;
  }

  /** Bytes of the body did not arrive; it goes on behind them. */
  lost(side: HttpSide, bytes: number, segment: Segment, records: Records): void {
    const part = this.partOf(segment, segment.start, segment.start);
    side.body?.end(part, false, records);
    side.body = null;
    side.encoded = null;
    side.transfer.bytes += bytes;
    side.isOffered = true;
  }

  private keep(encoded: EncodedBody, { view }: Segment, at: number, count: number): void {
    if (encoded.isTooLong) return;
    const length = encoded.length + count;
    if (length > this.limits.httpEncodedBytesMax) {
      encoded.isTooLong = true;
      encoded.bytes = new Uint8Array(0);
      return;
    }
    if (length > encoded.bytes.length) {
      const grown = new Uint8Array(
        Math.min(this.limits.httpEncodedBytesMax, Math.max(ENCODED_BYTES_FIRST, 2 * length)),
      );
      grown.set(encoded.bytes.subarray(0, encoded.length));
      encoded.bytes = grown;
    }
    encoded.bytes.set(new Uint8Array(view.buffer, view.byteOffset + at, count), encoded.length);
    encoded.length = length;
  }

  private inflate(
    connection: Connection,
    side: HttpSide,
    encoded: EncodedBody,
    segment: Segment,
    records: Records,
  ): boolean {
    const start = encoded.isTooLong ? -1 : startOfDeflate(encoded);
    if (start < 0) return false;
    const bytes = inflateStart(encoded.bytes.subarray(start, encoded.length), this.limits.httpBodyBytesMax);
    if (bytes === null) return false;
    const part = this.partOf(segment, 0, bytes.length);
    part.toServer = side.toServer;
    part.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    side.body = this.readerOf(connection, side, part, 0, Math.min(OFFER_BYTES, bytes.length));
    part.start = 0;
    part.end = bytes.length;
    side.body?.read(part, records);
    return true;
  }

  /** A part of the segment, for a reader. */
  private partOf(segment: Segment, start: number, end: number): Segment {
    const { part } = this;
    part.view = segment.view;
    part.start = start;
    part.end = end;
    part.toServer = segment.toServer;
    part.flow = segment.flow;
    part.timeUs = segment.timeUs;
    part.packet = segment.packet;
    part.clientPort = segment.clientPort;
    part.serverPort = segment.serverPort;
    // The beginning of a body is known even where that of the connection is not.
    part.midstream = false;
    return part;
  }
}

export function isBody(place: number): boolean {
  return place === OFFER || place === LOOK || place === DATA;
}

/** Where the raw deflate stream begins, behind the header of gzip (RFC 1952, 2.3) or zlib (RFC 1950, 2.2); or -1. */
function startOfDeflate({ coding, bytes, length }: EncodedBody): number {
  if (coding === DEFLATE) {
    const isZlib = length >= 2 && (bytes[0]! & 0x0f) === 8 && ((bytes[0]! << 8) | bytes[1]!) % 31 === 0;
    return isZlib ? 2 : 0;
  }
  if (coding !== GZIP || length < 18 || bytes[0] !== 0x1f || bytes[1] !== 0x8b || bytes[2] !== 8) return -1;
  const flags = bytes[3]!;
  let at = 10;
  if ((flags & 4) !== 0) at += 2 + (bytes[at]! | (bytes[at + 1]! << 8));
  // A name and a comment, each up to its zero.
  for (let bit = 8; bit <= 16; bit *= 2) {
    if ((flags & bit) === 0) continue;
    while (at < length && bytes[at] !== 0) at++;
    at++;
  }
  if ((flags & 2) !== 0) at += 2;
  return at < length ? at : -1;
}
