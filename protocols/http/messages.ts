/** The walk along one direction of an HTTP connection: head, body, head, body (RFC 9112, 6.3 and 7.1). */
import type { Limits } from '../../src/limits.ts';
import { GIVE_UP, MAYBE, NO, Segment, SKIP_REST, YES } from '../../src/protocol.ts';
import { Identity, type Records, stamp } from '../../src/records.ts';
import type { BodyReader, OpenBody } from './body.ts';
import { chunkSize } from './chunks.ts';
import {
  CHUNK_END,
  CHUNK_SIZE,
  CHUNKED,
  CONNECT_METHOD,
  DATA,
  HEAD,
  HEAD_METHOD,
  type HttpFlow,
  type HttpSide,
  LENGTH,
  LOST,
  NO_BODY,
  OFFER,
  OTHER_METHOD,
  TRAILER,
  UNTIL_CLOSE,
} from './flow.ts';
import { ABSENT, endOfHead, Head, INVALID, lineAfter, productAt } from './head.ts';
import { bitOf, type Oddity } from './oddities.ts';
import { requestLine, startLine } from './recognise.ts';

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** `MSH|^~\&` or the like: what a reader needs to see before it says whether it wants a body. */
const OFFER_BYTES = 8;

/** A step could not be done with the bytes at hand. */
const WAIT = -2;

export class MessageReader {
  private readonly limits: Limits;
  private readonly bodies: readonly BodyReader[];
  private readonly head = new Head();
  private readonly part = new Segment();
  private readonly identity = new Identity();

  constructor(limits: Limits, bodies: readonly BodyReader[]) {
    this.limits = limits;
    this.bodies = bodies;
  }

  /** Where it came, perhaps beyond the end; or `GIVE_UP`. */
  read(flow: HttpFlow, segment: Segment, records: Records): number {
    const side = flow.side(segment.toServer);
    let at = segment.start;
    if (side.place === LOST) {
      if (startLine(segment.view, at, segment.end) !== YES) return segment.end;
      side.place = HEAD;
    }
    while (at < segment.end) {
      const next = this.step(flow, side, at, segment, records);
      if (next === GIVE_UP) return GIVE_UP;
      if (next === WAIT) break;
      at = next;
    }
    return at;
  }

  private step(flow: HttpFlow, side: HttpSide, at: number, segment: Segment, records: Records): number {
    switch (side.place) {
      case HEAD:
        return this.readHead(flow, side, at, segment, records);
      case OFFER:
        return this.offer(flow, side, at, segment);
      case DATA:
        return this.data(side, at, segment, records);
      case CHUNK_SIZE:
        return this.readChunkSize(flow, side, at, segment, records);
      case CHUNK_END:
        return this.readChunkEnd(flow, side, at, segment, records);
      case TRAILER:
        return this.readTrailer(flow, side, at, segment, records);
      default:
        return segment.end;
    }
  }

  private readHead(flow: HttpFlow, side: HttpSide, from: number, segment: Segment, records: Records): number {
    const { view, end } = segment;
    const first = view.getUint8(from);
    // Empty lines between messages are allowed (RFC 9112, 2.2).
    if (side.seen === 0 && (first === CARRIAGE_RETURN || first === LINE_FEED)) return from + 1;
    const known = startLine(view, from, end);
    if (known === MAYBE) return WAIT;
    if (known === NO) return this.lose(flow, side, 'http_bad_start_line', segment, records);
    const stop = endOfHead(view, from, from + side.seen, end);
    if ((stop < 0 ? end : stop) - from > this.limits.httpHeaderBytesMax)
      return this.lose(flow, side, 'http_head_too_long', segment, records);
    if (stop < 0) {
      side.seen = end - from;
      return WAIT;
    }
    side.seen = 0;
    const { head } = this;
    head.read(view, from, stop, requestLine(view, from, end) === YES);
    this.tellProducts(flow, segment, records);
    if (head.isRequest) flow.asked(head.isHead ? HEAD_METHOD : head.isConnect ? CONNECT_METHOD : OTHER_METHOD);
    const method = head.isRequest || head.status < 200 ? OTHER_METHOD : flow.answered(segment.midstream);
    // What follows is another protocol: a tunnel, or what both sides agreed to switch to.
    if (head.status === 101 || (method === CONNECT_METHOD && head.status >= 200 && head.status < 300)) return GIVE_UP;
    return this.beginBody(flow, side, method, segment, records) ? stop : segment.end;
  }

  /** RFC 9112, 6.3: how the body that follows the head in hand ends. False when nobody can tell. */
  private beginBody(flow: HttpFlow, side: HttpSide, method: number, segment: Segment, records: Records): boolean {
    const { head } = this;
    side.mediaType = head.mediaType(segment.view, side.mediaType);
    side.isOffered = head.isEncoded || this.bodies.length === 0;
    if (head.isAmbiguous) this.odd(flow, 'http_ambiguous_length', segment, records);
    side.delimiting = delimiting(head, method);
    side.remaining = side.delimiting === LENGTH ? head.contentLength : side.delimiting === UNTIL_CLOSE ? SKIP_REST : 0;
    const isUnclear =
      side.delimiting !== NO_BODY &&
      ((head.contentLength === INVALID && !head.hasTransferCoding) ||
        (head.isRequest && head.hasTransferCoding && !head.isChunked));
    if (isUnclear) {
      this.lose(flow, side, 'http_bad_length', segment, records);
      return false;
    }
    side.place = side.delimiting === NO_BODY ? HEAD : side.delimiting === CHUNKED ? CHUNK_SIZE : OFFER;
    return true;
  }

  /** Shows the first bytes of a body to the readers. */
  private offer(flow: HttpFlow, side: HttpSide, at: number, segment: Segment): number {
    const needed = Math.min(OFFER_BYTES, side.remaining);
    if (!side.isOffered && segment.end - at < needed) {
      side.seen = segment.end - at;
      return WAIT;
    }
    if (!side.isOffered) side.body = this.readerOf(flow, side, at, at + needed, segment);
    side.isOffered = true;
    side.seen = 0;
    side.place = DATA;
    return at;
  }

  private readerOf(flow: HttpFlow, side: HttpSide, at: number, end: number, { view }: Segment): OpenBody | null {
    for (let i = 0; i < this.bodies.length; i++) {
      const reader = this.bodies[i]!;
      if (!reader.wants(side.mediaType, view, at, end)) continue;
      const open = flow.readers[i] ?? reader.open();
      flow.readers[i] = open;
      return open;
    }
    return null;
  }

  /** A body that nobody reads is stepped over at once, however long it is. */
  private data(side: HttpSide, at: number, segment: Segment, records: Records): number {
    const count = side.body === null ? side.remaining : Math.min(side.remaining, segment.end - at);
    side.body?.read(this.partOf(segment, at, at + count), records);
    side.remaining -= count;
    if (side.remaining === 0 && side.delimiting === CHUNKED) side.place = CHUNK_END;
    else if (side.remaining === 0) this.endBody(side, true, segment, records);
    return at + count;
  }

  private endBody(side: HttpSide, isWhole: boolean, segment: Segment, records: Records): void {
    side.body?.end(this.partOf(segment, segment.start, segment.start), isWhole, records);
    side.body = null;
    side.place = HEAD;
    side.seen = 0;
  }

  private readChunkSize(flow: HttpFlow, side: HttpSide, at: number, segment: Segment, records: Records): number {
    const stop = this.line(at, segment);
    if (stop === WAIT) return WAIT;
    const size = stop < 0 ? -1 : chunkSize(segment.view, at, stop);
    if (size < 0) return this.lose(flow, side, 'http_bad_chunk', segment, records);
    side.remaining = size;
    side.place = size === 0 ? TRAILER : OFFER;
    side.trailerBytes = 0;
    return stop;
  }

  private readChunkEnd(flow: HttpFlow, side: HttpSide, at: number, segment: Segment, records: Records): number {
    const stop = this.line(at, segment);
    if (stop === WAIT && segment.end - at < 2) return WAIT;
    if (!isEmptyLine(segment.view, at, stop)) return this.lose(flow, side, 'http_bad_chunk', segment, records);
    side.place = CHUNK_SIZE;
    return stop;
  }

  /** Fields behind the last chunk, and the empty line. */
  private readTrailer(flow: HttpFlow, side: HttpSide, at: number, segment: Segment, records: Records): number {
    const stop = lineAfter(segment.view, at + side.seen, segment.end);
    const isWhole = segment.view.getUint8(stop - 1) === LINE_FEED;
    if (side.trailerBytes + (stop - at) > this.limits.httpHeaderBytesMax)
      return this.lose(flow, side, 'http_head_too_long', segment, records);
    side.seen = isWhole ? 0 : stop - at;
    if (!isWhole) return WAIT;
    side.trailerBytes += stop - at;
    if (isEmptyLine(segment.view, at, stop)) this.endBody(side, true, segment, records);
    return stop;
  }

  /** Behind the short line at `at`; `WAIT` when its end has not come; -1 when it is longer than it may be. */
  private line(at: number, { view, end }: Segment): number {
    const bound = Math.min(end, at + this.limits.httpChunkLineBytesMax);
    const stop = lineAfter(view, at, bound);
    if (view.getUint8(stop - 1) === LINE_FEED) return stop;
    return stop - at < this.limits.httpChunkLineBytesMax ? WAIT : -1;
  }

  /** Out of step: the rest of this segment is not looked at, and what was being read has lost its end. */
  private lose(flow: HttpFlow, side: HttpSide, name: Oddity, segment: Segment, records: Records): number {
    this.odd(flow, name, segment, records);
    this.endBody(side, false, segment, records);
    side.place = LOST;
    flow.isPaired = false;
    return segment.end;
  }

  gap(flow: HttpFlow, segment: Segment, bytes: number, records: Records): void {
    const side = flow.side(segment.toServer);
    // Bytes that were left for later are gone as well.
    const lost = bytes + (side.place === OFFER ? side.seen : 0);
    const isInBody = side.place === DATA || side.place === OFFER;
    if (isInBody && lost < side.remaining) {
      const { delimiting, remaining } = side;
      this.endBody(side, false, segment, records);
      side.delimiting = delimiting;
      side.remaining = remaining - lost;
      // The end is still known, so the next message will be found; the rest of this one is of no use.
      side.isOffered = true;
      side.place = DATA;
      return;
    }
    const isAtEnd = isInBody && lost === side.remaining && side.delimiting === LENGTH;
    this.endBody(side, false, segment, records);
    if (!isAtEnd) side.place = LOST;
    flow.isPaired = false;
  }

  /** A body that has no length ends with the connection; any other is cut. */
  close(flow: HttpFlow, isClosed: boolean, segment: Segment, records: Records): void {
    for (const side of [flow.client, flow.server]) {
      const isWhole = isClosed && side.delimiting === UNTIL_CLOSE && side.place === DATA;
      const part = this.partOf(segment, segment.start, segment.start);
      part.toServer = side.toServer;
      side.body?.end(part, isWhole, records);
      side.body = null;
    }
  }

  private tellProducts(flow: HttpFlow, segment: Segment, records: Records): void {
    const { head } = this;
    const { view } = segment;
    if (head.serverEnd > head.serverAt && !head.isRequest && !flow.serverTold) {
      flow.serverTold = true;
      this.tell('software', productAt(view, head.serverAt, head.serverEnd), 'HTTP Server', segment, records);
    }
    if (head.agentEnd > head.agentAt && head.isRequest && !flow.clientTold) {
      flow.clientTold = true;
      this.tell('user-agent', productAt(view, head.agentAt, head.agentEnd), 'HTTP User-Agent', segment, records);
    }
  }

  private tell(attribute: string, value: string, source: string, segment: Segment, records: Records): void {
    if (value === '') return;
    const { identity } = this;
    stamp(identity, segment);
    identity.ofClient = segment.toServer;
    identity.attribute = attribute;
    identity.value = value;
    identity.source = source;
    identity.confidence = 0.5;
    records.identity(identity);
  }

  private odd(flow: HttpFlow, name: Oddity, segment: Segment, records: Records): void {
    const bit = bitOf(name);
    if ((flow.said & bit) !== 0) return;
    flow.said |= bit;
    records.oddity(name, segment.flow, segment.timeUs);
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

function delimiting(head: Head, method: number): number {
  const { status } = head;
  if (!head.isRequest && (method === HEAD_METHOD || status < 200 || status === 204 || status === 304)) return NO_BODY;
  if (head.isChunked) return CHUNKED;
  if (head.hasTransferCoding) return UNTIL_CLOSE;
  if (head.contentLength === ABSENT) return head.isRequest ? NO_BODY : UNTIL_CLOSE;
  return head.contentLength === 0 ? NO_BODY : LENGTH;
}

/** CR LF, or LF alone. */
function isEmptyLine(view: DataView, at: number, stop: number): boolean {
  if (stop - at === 1) return view.getUint8(at) === LINE_FEED;
  return stop - at === 2 && view.getUint8(at) === CARRIAGE_RETURN && view.getUint8(at + 1) === LINE_FEED;
}
