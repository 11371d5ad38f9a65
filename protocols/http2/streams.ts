/** Streams of HTTP/2: their heads, read with HPACK and told, and what passes in their bodies. */
import { contentOf } from '../../src/bytes/magic.ts';
import type { Limits } from '../../src/limits.ts';
import type { Segment } from '../../src/protocol.ts';
import { type Records, stamp, Transfer } from '../../src/records.ts';
import { type Http2Body, type Http2Flow, type Http2Side, Http2Stream } from './flow.ts';
import { type FieldListener, FieldReader } from './hpack.ts';

const HEADERS = 1;
const PUSH_PROMISE = 5;
const END_STREAM = 1;
const END_HEADERS = 4;
const PADDED = 8;
const PRIORITY = 0x20;
const PRIORITY_BYTES = 5;
const PROMISED_BYTES = 4;

/** Bytes that are no file by themselves: pictures of pages. */
const pictures = new Set(['jpeg', 'png', 'gif', '']);

/** What makes heads of fields and tells them, as for HTTP/1. `protocols/index.ts` brings it. */
export interface Heads<Connection, Asked> extends FieldListener {
  /** The memory of one connection. */
  open(): Connection;
  /** A head begins; its fields stand in `view`. */
  begin(view: DataView<ArrayBufferLike>, isRequest: boolean): void;
  /** The head in hand is whole: tells it and returns what its response needs; null when it is no head of a request. */
  request(connection: Connection, segment: Segment, records: Records): Asked | null;
  /** The same for a response; its status, or 0 when it is none. */
  response(connection: Connection, asked: Asked | null, segment: Segment, records: Records): number;
  /** Of the head that was told last: its body is part of a page; its body is kept as a file. */
  readonly isPage: boolean;
  readonly isFile: boolean;
  /** Its body is compressed: the first bytes say nothing of what it is. */
  readonly isEncoded: boolean;
}

export class StreamReader<Connection, Asked> {
  private readonly limits: Limits;
  private readonly heads: Heads<Connection, Asked>;
  private readonly fields: FieldReader;
  private readonly transfer = new Transfer();

  constructor(limits: Limits, heads: Heads<Connection, Asked>) {
    this.limits = limits;
    this.heads = heads;
    this.fields = new FieldReader(limits.http2BlockBytesMax);
  }

  /** One frame with a block of fields, or a part of one, its payload in `[at, end)`. False: it breaks a rule. */
  block(
    flow: Http2Flow<Connection, Asked>,
    side: Http2Side,
    type: number,
    flags: number,
    stream: number,
    at: number,
    end: number,
    segment: Segment,
    records: Records,
  ): boolean {
    const { view } = segment;
    let from = at;
    let to = end;
    const isFirst = type === HEADERS || type === PUSH_PROMISE;
    if (isFirst === (side.blockStream !== 0) || stream === 0) return false;
    if (isFirst) {
      if ((flags & PADDED) !== 0 && from < to) to -= view.getUint8(from++);
      if (type === HEADERS && (flags & PRIORITY) !== 0) from += PRIORITY_BYTES;
      if (type === PUSH_PROMISE) from += PROMISED_BYTES;
      if (from > to) return false;
      side.blockEndsStream = (flags & END_STREAM) !== 0;
      side.blockIsPushed = type === PUSH_PROMISE;
    } else if (stream !== side.blockStream) return false;
    const isLast = (flags & END_HEADERS) !== 0;
    if (isFirst && isLast) return this.head(flow, side, stream, view, from, to, segment, records);
    if (!this.keep(side, view, from, to)) return false;
    side.blockStream = isLast ? 0 : stream;
    if (!isLast) return true;
    const { block, blockLength } = side;
    side.blockLength = 0;
    side.block = new Uint8Array(0);
    const whole = new DataView(block.buffer, block.byteOffset, blockLength);
    return this.head(flow, side, stream, whole, 0, blockLength, segment, records);
  }

  private keep(side: Http2Side, view: DataView, from: number, to: number): boolean {
    const length = side.blockLength + to - from;
    if (length > this.limits.http2BlockBytesMax) return false;
    if (side.block.length < length) {
      const grown = new Uint8Array(Math.min(this.limits.http2BlockBytesMax, 2 * length));
      grown.set(side.block.subarray(0, side.blockLength));
      side.block = grown;
    }
    for (let i = from; i < to; i++) side.block[side.blockLength++] = view.getUint8(i);
    return true;
  }

  private head(
    flow: Http2Flow<Connection, Asked>,
    side: Http2Side,
    number: number,
    view: DataView,
    at: number,
    end: number,
    segment: Segment,
    records: Records,
  ): boolean {
    const { heads, fields } = this;
    heads.begin(fields.view, side.toServer);
    const isRead = fields.read(view, at, end, side.table, heads);
    // A request that the server expects is not one that the client made.
    if (isRead && !side.blockIsPushed) {
      const stream = this.streamOf(flow, number);
      if (side.toServer) this.request(flow, stream, segment, records);
      else this.response(flow, stream, segment, records);
    }
    fields.wipe();
    if (isRead && side.blockEndsStream) this.endOf(flow, number, side.toServer, segment, records);
    return isRead;
  }

  private request(
    flow: Http2Flow<Connection, Asked>,
    stream: Http2Stream<Asked>,
    segment: Segment,
    records: Records,
  ): void {
    const asked = this.heads.request(flow.connection, segment, records);
    if (asked === null) return;
    stream.asked = asked;
    stream.toServer.isFile = this.heads.isFile;
    stream.toServer.isEncoded = this.heads.isEncoded;
  }

  private response(
    flow: Http2Flow<Connection, Asked>,
    stream: Http2Stream<Asked>,
    segment: Segment,
    records: Records,
  ): void {
    if (stream.isAnswered) return;
    const status = this.heads.response(flow.connection, stream.asked, segment, records);
    if (status < 200) return;
    stream.isAnswered = true;
    stream.toClient.isPage = this.heads.isPage;
    stream.toClient.isFile = this.heads.isFile;
    stream.toClient.isEncoded = this.heads.isEncoded;
  }

  private streamOf(flow: Http2Flow<Connection, Asked>, number: number): Http2Stream<Asked> {
    const known = flow.streams.get(number);
    if (known !== undefined) return known;
    if (flow.streams.size >= this.limits.http2StreamsMax) {
      for (const oldest of flow.streams.keys()) {
        flow.streams.delete(oldest);
        break;
      }
    }
    const made = new Http2Stream<Asked>();
    flow.streams.set(number, made);
    return made;
  }

  /** Bytes of a body. */
  data(body: Http2Body, { view }: Segment, at: number, end: number): void {
    if (body.bytes === 0 && !body.isEncoded) body.content = contentOf(view, at, end);
    body.bytes += end - at;
  }

  /** One direction of the stream in hand has ended. */
  endSide(flow: Http2Flow<Connection, Asked>, side: Http2Side, segment: Segment, records: Records): void {
    this.endOf(flow, side.stream, side.toServer, segment, records);
  }

  private endOf(
    flow: Http2Flow<Connection, Asked>,
    number: number,
    toServer: boolean,
    segment: Segment,
    records: Records,
  ): void {
    if (toServer) {
      const stream = flow.streams.get(number);
      if (stream !== undefined) this.tell(stream.toServer, 'write', segment, records);
    } else this.end(flow, number, segment, records);
  }

  /** A stream is over: its response has ended, or somebody reset it, or the connection is gone. */
  end(flow: Http2Flow<Connection, Asked>, number: number, segment: Segment, records: Records): void {
    const stream = flow.streams.get(number);
    if (stream === undefined) return;
    this.tell(stream.toServer, 'write', segment, records);
    this.tell(stream.toClient, 'read', segment, records);
    flow.streams.delete(number);
  }

  private tell(body: Http2Body, verb: string, segment: Segment, records: Records): void {
    const isFile = body.isFile || !pictures.has(body.content);
    const isLarge = !body.isPage && body.bytes >= this.limits.httpTransferBytesMin;
    if (body.bytes > 0 && (isFile || isLarge)) {
      const { transfer } = this;
      stamp(transfer, segment);
      transfer.fromClient = true;
      transfer.protocol = 'http2';
      transfer.verb = verb;
      transfer.content = body.content;
      transfer.bytes = body.bytes;
      records.transfer(transfer);
    }
    body.bytes = 0;
  }
}
