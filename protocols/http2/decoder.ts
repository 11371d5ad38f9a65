/**
 * HTTP/2 in clear (RFC 9113): with prior knowledge, or after an upgrade from HTTP/1.1. Heads are told as those of
 * HTTP/1 are; bodies are counted, and looked at as files.
 *
 *     client first: "PRI * HTTP/2.0" CR LF CR LF "SM" CR LF CR LF
 *     then frames:  length 24 │ type 8 │ flags 8 │ stream 32 │ payload
 *
 * Fields are read in a scratch area that is wiped afterwards. In the middle of a connection nothing can be read: the
 * table that both ends keep is not known.
 */
import { MAGIC_BYTES } from '../../src/bytes/magic.ts';
import { startsWith } from '../../src/bytes/text.ts';
import type { Limits } from '../../src/limits.ts';
import { GIVE_UP, MAYBE, NO, type Protocol, type Segment, YES } from '../../src/protocol.ts';
import type { Records } from '../../src/records.ts';
import { FRAME, type Http2Body, Http2Flow, type Http2Side, LOST, PAYLOAD, PREFACE } from './flow.ts';
import { type Heads, StreamReader } from './streams.ts';

export { Http2Flow } from './flow.ts';
export type { Heads } from './streams.ts';

const PREFACE_TEXT = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
const FRAME_BYTES = 9;
const SETTING_BYTES = 6;
const SETTINGS_MAX = 16;
/** Types that are known (RFC 9113, 6; RFC 7838, RFC 8336, RFC 9218). Others must be ignored. */
const DATA = 0;
const HEADERS = 1;
const RST_STREAM = 3;
const SETTINGS = 4;
const PUSH_PROMISE = 5;
const CONTINUATION = 9;
const TYPE_BELIEVED_MAX = 0x20;
const END_STREAM = 1;
const STREAM_BITS = 0x7fffffff;

const WAIT = -2;

export interface Http2Options<Connection, Asked> {
  readonly limits: Limits;
  readonly heads: Heads<Connection, Asked>;
}

export function createHttp2<Connection, Asked>(
  options: Http2Options<Connection, Asked>,
): Protocol<Http2Flow<Connection, Asked>> {
  const walk = new FrameWalk(options);
  return {
    name: 'http2',
    transport: 'tcp',
    ports: [],
    firstBytes: [0x50, 0x00],
    recognises,
    open: () => new Http2Flow(options.heads.open(), options.limits.http2TableBytesMax),
    decode: (state, segment, records) => walk.read(state, segment, records),
    gap: (state, segment, bytes) => walk.gap(state, segment, bytes),
    close: (state, segment, _how, records) => walk.close(state, segment, records),
  };
}

/** The preface of a client, or the settings that a server begins with (RFC 9113, 3.4). */
function recognises({ view, start, end, midstream }: Segment): number {
  if (midstream || start >= end) return NO;
  const text = Math.min(end - start, PREFACE_TEXT.length);
  if (startsWith(view, start, end, PREFACE_TEXT.slice(0, text))) return text === PREFACE_TEXT.length ? YES : MAYBE;
  if (view.getUint8(start) !== 0) return NO;
  if (end - start < FRAME_BYTES + SETTING_BYTES) return NO;
  const length = view.getUint16(start + 1);
  const isSettings = view.getUint8(start + 3) === SETTINGS && view.getUint8(start + 4) === 0;
  const hasLength = length > 0 && length % SETTING_BYTES === 0 && length <= SETTINGS_MAX * SETTING_BYTES;
  const setting = view.getUint16(start + FRAME_BYTES);
  return isSettings && hasLength && view.getUint32(start + 5) === 0 && setting > 0 && setting <= 9 ? YES : NO;
}

class FrameWalk<Connection, Asked> {
  private readonly limits: Limits;
  private readonly streams: StreamReader<Connection, Asked>;

  constructor({ limits, heads }: Http2Options<Connection, Asked>) {
    this.limits = limits;
    this.streams = new StreamReader(limits, heads);
  }

  read(flow: Http2Flow<Connection, Asked>, segment: Segment, records: Records): number {
    const side = segment.toServer ? flow.client : flow.server;
    let at = segment.start;
    while (at < segment.end) {
      if (side.place === LOST) return segment.end - segment.start;
      const next =
        side.place === PAYLOAD
          ? this.payload(flow, side, at, segment, records)
          : this.begin(flow, side, at, segment, records);
      if (next === GIVE_UP) return GIVE_UP;
      if (next === WAIT) break;
      at = next;
    }
    return at - segment.start;
  }

  private begin(
    flow: Http2Flow<Connection, Asked>,
    side: Http2Side,
    at: number,
    segment: Segment,
    records: Records,
  ): number {
    const { view, end } = segment;
    if (side.place === PREFACE) {
      const text = Math.min(end - at, PREFACE_TEXT.length);
      if (!startsWith(view, at, end, PREFACE_TEXT.slice(0, text))) return this.lose(flow, side, segment, records);
      if (text < PREFACE_TEXT.length) return WAIT;
      side.place = FRAME;
      return at + text;
    }
    if (end - at < FRAME_BYTES) return WAIT;
    const length = view.getUint8(at) * 65_536 + view.getUint16(at + 1);
    const type = view.getUint8(at + 3);
    const isBlock = type === HEADERS || type === PUSH_PROMISE || type === CONTINUATION;
    if (type > TYPE_BELIEVED_MAX || (isBlock && length > this.limits.http2BlockBytesMax))
      return this.lose(flow, side, segment, records);
    if (isBlock) return this.block(flow, side, at, length, segment, records);
    const stream = view.getUint32(at + 5) & STREAM_BITS;
    if (type === RST_STREAM) this.streams.end(flow, stream, segment, records);
    side.place = PAYLOAD;
    side.remaining = length;
    side.stream = type === DATA ? stream : 0;
    side.endsStream = type === DATA && (view.getUint8(at + 4) & END_STREAM) !== 0;
    if (length === 0) this.endFrame(flow, side, segment, records);
    return at + FRAME_BYTES;
  }

  /** A frame with fields is read whole. */
  private block(
    flow: Http2Flow<Connection, Asked>,
    side: Http2Side,
    at: number,
    length: number,
    segment: Segment,
    records: Records,
  ): number {
    const { view, end } = segment;
    if (end - at < FRAME_BYTES + length) return WAIT;
    const type = view.getUint8(at + 3);
    const stream = view.getUint32(at + 5) & STREAM_BITS;
    const stop = at + FRAME_BYTES + length;
    const isRead = this.streams.block(
      flow,
      side,
      type,
      view.getUint8(at + 4),
      stream,
      at + FRAME_BYTES,
      stop,
      segment,
      records,
    );
    return isRead ? stop : this.lose(flow, side, segment, records);
  }

  private payload(
    flow: Http2Flow<Connection, Asked>,
    side: Http2Side,
    at: number,
    segment: Segment,
    records: Records,
  ): number {
    const body = bodyOf(flow, side);
    // The first bytes of a body say what it is.
    if (body !== null && body.bytes === 0 && segment.end - at < Math.min(side.remaining, MAGIC_BYTES)) {
      side.seen = segment.end - at;
      return WAIT;
    }
    side.seen = 0;
    const count = Math.min(side.remaining, segment.end - at);
    if (body !== null) this.streams.data(body, segment, at, at + count);
    side.remaining -= count;
    if (side.remaining === 0) this.endFrame(flow, side, segment, records);
    return at + count;
  }

  private endFrame(flow: Http2Flow<Connection, Asked>, side: Http2Side, segment: Segment, records: Records): void {
    side.place = FRAME;
    if (side.endsStream) this.streams.endSide(flow, side, segment, records);
  }

  private lose(flow: Http2Flow<Connection, Asked>, side: Http2Side, segment: Segment, records: Records): number {
    side.place = LOST;
    if (flow.said === 0) records.oddity('http2_bad_frame', segment.flow, segment.timeUs);
    flow.said = 1;
    return flow.client.place === LOST && flow.server.place === LOST ? GIVE_UP : segment.end;
  }

  /** A loss in the data of a body costs nothing; any other costs the table, and with it the rest. */
  gap(flow: Http2Flow<Connection, Asked>, { toServer }: Segment, bytes: number): void {
    const side = toServer ? flow.client : flow.server;
    const lost = bytes + (side.place === PAYLOAD ? side.seen : 0);
    side.seen = 0;
    if (side.place !== PAYLOAD || lost > side.remaining) {
      side.place = LOST;
      return;
    }
    const body = bodyOf(flow, side);
    if (body !== null) body.bytes += lost;
    side.remaining -= lost;
    if (side.remaining === 0) side.place = FRAME;
  }

  close(flow: Http2Flow<Connection, Asked>, segment: Segment, records: Records): void {
    for (const stream of flow.streams.keys()) this.streams.end(flow, stream, segment, records);
  }
}

/** The body that the payload in hand belongs to; null for a frame that is stepped over. */
function bodyOf<Connection, Asked>(flow: Http2Flow<Connection, Asked>, side: Http2Side): Http2Body | null {
  const stream = side.stream === 0 ? undefined : flow.streams.get(side.stream);
  return stream === undefined ? null : side.toServer ? stream.toServer : stream.toClient;
}
