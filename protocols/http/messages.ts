/** The walk along one direction of an HTTP connection: head, body, head, body (RFC 9112, 6.3 and 7.1). */
import type { Limits } from '../../src/limits.ts';
import { GIVE_UP, MAYBE, NO, type Segment, SKIP_REST, YES } from '../../src/protocol.ts';
import { Message, type Records, stamp } from '../../src/records.ts';
import { Bodies, isBody, WAIT } from './bodies.ts';
import { chunkSize } from './chunks.ts';
import type { Exchanges } from './exchanges.ts';
import {
  type Asked,
  CHUNK_END,
  CHUNK_SIZE,
  CHUNKED,
  DATA,
  HEAD,
  type HttpFlow,
  type HttpSide,
  LENGTH,
  LOOK,
  LOST,
  NO_BODY,
  OFFER,
  TRAILER,
  UNTIL_CLOSE,
} from './flow.ts';
import { ABSENT, endOfHead, Head, INVALID, lineAfter } from './head.ts';
import { requestLine } from './methods.ts';
import { bitOf, type Oddity } from './oddities.ts';
import { startLine } from './recognise.ts';
import { upgradeAt } from './values.ts';

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SWITCHING = 101;

/** Both ends go on in another protocol. */
export const SWITCHED = -3;

export class MessageReader {
  private readonly limits: Limits;
  private readonly bodies: Bodies;
  private readonly exchanges: Exchanges;
  private readonly head = new Head();
  private readonly message = new Message();
  /** Where the other protocol begins, after `SWITCHED`. */
  switchedAt = 0;

  constructor(limits: Limits, exchanges: Exchanges) {
    this.limits = limits;
    this.exchanges = exchanges;
    this.bodies = new Bodies(limits, exchanges);
  }

  /** Where it came, perhaps beyond the end; or `GIVE_UP`; or `SWITCHED`. */
  read(flow: HttpFlow, segment: Segment, records: Records): number {
    const side = flow.side(segment.toServer);
    let at = segment.start;
    if (side.place === LOST) {
      if (startLine(segment.view, at, segment.end) !== YES) return segment.end;
      side.place = HEAD;
    }
    while (at < segment.end) {
      const next = this.step(flow, side, at, segment, records);
      if (next === GIVE_UP || next === SWITCHED) return next;
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
        return this.bodies.offer(flow.connection, side, at, segment);
      case LOOK:
        return this.bodies.look(side, at, segment);
      case DATA:
        return this.data(flow, side, at, segment, records);
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
    return head.isRequest
      ? this.request(flow, side, stop, segment, records)
      : this.response(flow, side, stop, segment, records);
  }

  private request(flow: HttpFlow, side: HttpSide, stop: number, segment: Segment, records: Records): number {
    const asked = flow.asked();
    this.exchanges.request(this.head, flow.connection, asked, segment, records);
    if (!this.head.upgrade.isEmpty) flow.upgrade = upgradeAt(this.head.view, this.head.upgrade);
    return this.beginBody(flow, side, asked, segment, records) ? stop : segment.end;
  }

  private response(flow: HttpFlow, side: HttpSide, stop: number, segment: Segment, records: Records): number {
    const { head } = this;
    const isSwitch = head.status === SWITCHING;
    const asked = head.status < 200 && !isSwitch ? null : flow.answered(segment.midstream);
    this.exchanges.response(head, flow.connection, asked, segment, records);
    if (isSwitch) {
      this.tell(flow.upgrade === '' ? upgradeAt(head.view, head.upgrade) : flow.upgrade, segment, records);
      this.switchedAt = stop;
      return SWITCHED;
    }
    if (asked?.method === 'CONNECT' && head.status >= 200 && head.status < 300) {
      this.tell('tunnel', segment, records);
      return GIVE_UP;
    }
    return this.beginBody(flow, side, asked, segment, records) ? stop : segment.end;
  }

  /** RFC 9112, 6.3: how the body that follows the head in hand ends. False when nobody can tell. */
  private beginBody(flow: HttpFlow, side: HttpSide, asked: Asked | null, segment: Segment, records: Records): boolean {
    const { head } = this;
    side.mediaType = this.exchanges.exchange.mediaType;
    side.method = asked === null ? '' : asked.method;
    side.owner = asked === null ? -1 : asked.owner;
    side.topic = asked === null ? 0 : asked.topic;
    side.status = head.isRequest ? -1 : head.status;
    if (head.isAmbiguous) this.odd(flow, 'http_ambiguous_length', segment, records);
    side.delimiting = delimiting(head, side.method);
    side.remaining = side.delimiting === LENGTH ? head.contentLength : side.delimiting === UNTIL_CLOSE ? SKIP_REST : 0;
    const isUnclear =
      side.delimiting !== NO_BODY &&
      ((head.contentLength === INVALID && !head.hasTransferCoding) ||
        (head.isRequest && head.hasTransferCoding && !head.isChunked));
    if (isUnclear) {
      this.lose(flow, side, 'http_bad_length', segment, records);
      return false;
    }
    this.bodies.begin(side, head, asked === null ? '' : asked.extension);
    side.place = side.delimiting === NO_BODY ? HEAD : side.delimiting === CHUNKED ? CHUNK_SIZE : OFFER;
    return true;
  }

  private data(flow: HttpFlow, side: HttpSide, at: number, segment: Segment, records: Records): number {
    const next = this.bodies.take(side, at, segment, records);
    if (side.remaining === 0 && side.delimiting === CHUNKED) side.place = CHUNK_END;
    else if (side.remaining === 0) this.endBody(flow, side, true, segment, records);
    return next;
  }

  private endBody(flow: HttpFlow, side: HttpSide, isWhole: boolean, segment: Segment, records: Records): void {
    if (!this.bodies.end(flow.connection, side, isWhole, segment, records))
      this.odd(flow, 'http_not_inflated', segment, records);
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
    if (isEmptyLine(segment.view, at, stop)) this.endBody(flow, side, true, segment, records);
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
    this.endBody(flow, side, false, segment, records);
    side.place = LOST;
    flow.isPaired = false;
    return segment.end;
  }

  gap(flow: HttpFlow, segment: Segment, bytes: number, records: Records): void {
    const side = flow.side(segment.toServer);
    // Bytes that were left for later are gone as well.
    const lost = bytes + (side.place === OFFER || side.place === LOOK ? side.seen : 0);
    const isInBody = isBody(side.place);
    if (isInBody && lost < side.remaining) {
      // The end is still known, so the next message will be found; a reader has no use for the rest of this one.
      this.bodies.lost(side, lost, segment, records);
      side.remaining -= lost;
      side.seen = 0;
      side.place = DATA;
      return;
    }
    const isAtEnd = isInBody && lost === side.remaining && side.delimiting === LENGTH;
    if (isInBody) side.transfer.bytes += Math.min(lost, side.remaining);
    this.endBody(flow, side, false, segment, records);
    if (!isAtEnd) side.place = LOST;
    flow.isPaired = false;
  }

  /** A body that has no length ends with the connection; any other is cut. */
  close(flow: HttpFlow, isClosed: boolean, segment: Segment, records: Records): void {
    for (const side of [flow.client, flow.server]) {
      const isWhole = isClosed && side.delimiting === UNTIL_CLOSE && side.place === DATA;
      if (!this.bodies.end(flow.connection, side, isWhole, segment, records))
        this.odd(flow, 'http_not_inflated', segment, records);
    }
  }

  private tell(kind: string, segment: Segment, records: Records): void {
    const { message } = this;
    stamp(message, segment);
    message.fromClient = segment.toServer;
    message.protocol = 'http';
    message.kind = kind;
    records.message(message);
  }

  private odd(flow: HttpFlow, name: Oddity, segment: Segment, records: Records): void {
    const bit = bitOf(name);
    if ((flow.said & bit) !== 0) return;
    flow.said |= bit;
    records.oddity(name, segment.flow, segment.timeUs);
  }
}

function delimiting(head: Head, method: string): number {
  const { status } = head;
  if (!head.isRequest && (method === 'HEAD' || status < 200 || status === 204 || status === 304)) return NO_BODY;
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
