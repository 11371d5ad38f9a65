/** What an application protocol decoder is. One folder in `protocols/`, one line in `protocols/index.ts`. */
import type { Records } from './records.ts';

/**
 * In-order bytes of one direction of one stream, or one datagram: `view[start, end)`.
 * One object, refilled for every call; the bytes are gone after it.
 */
export class Segment {
  view: DataView<ArrayBufferLike> = new DataView(new ArrayBuffer(0));
  start = 0;
  end = 0;
  /** From the client (who opened the connection) to the server. */
  toServer = true;
  flow = 0;
  /** Capture clock. Decoders and detectors never ask for the time of day. */
  timeUs = 0;
  /** Number of the packet in the run, from 1: the evidence a person can open. */
  packet = 0;
  clientPort = 0;
  serverPort = 0;
  /** The connection began before the capture did (or its first packets were lost). */
  midstream = false;
}

/** Answers of `recognises`. */
export const NO = 0;
export const MAYBE = 1;
export const YES = 2;

/** Do the bytes begin with `text`? `MAYBE` while they are its beginning only: a recogniser's answer. */
export function begins({ view, start, end }: Segment, text: string): number {
  for (let i = 0; i < text.length; i++) {
    if (start + i >= end) return MAYBE;
    if (view.getUint8(start + i) !== text.charCodeAt(i)) return NO;
  }
  return YES;
}

/** Returned by `decode` when the flow cannot be followed any further. */
export const GIVE_UP = -1;

/** Returned by `decode` when the rest of this direction shall pass unseen: 1 TiB, more than a flow carries. */
export const SKIP_REST = 2 ** 40;

export interface Protocol<State> {
  /** Stable for ever: a tag in the line protocol and a row in docs/protocols.md. */
  readonly name: string;
  readonly transport: 'tcp' | 'udp';
  /** Usual server ports: a hint which end is the server, and the order of asking. Never proof. */
  readonly ports: readonly number[];
  /** First bytes of every conversation it recognises from its beginning: it is asked for no other. Absent: for all. */
  readonly firstBytes?: readonly number[];

  /**
   * Do these bytes begin a conversation of this protocol, seen from either side?
   * `MAYBE` asks again with more bytes. Must also say `YES` in the middle of a stream
   * (`segment.midstream`) where the protocol can be told there.
   */
  recognises(segment: Segment): number;

  /** The memory of one flow, both directions. The only place a decoder may allocate freely. */
  open(): State;

  /**
   * Decodes every whole message in the segment and returns how many bytes it is done with.
   * Fewer than offered: the rest comes back with more bytes behind it (bounded by `streamHoldBytesMax`).
   * More than offered: the surplus is dropped as it arrives, unseen and never held.
   * `GIVE_UP`: this flow is not offered again. A datagram is offered whole, once; its return value is not used.
   */
  decode(state: State, segment: Segment, records: Records): number;

  /**
   * `bytes` of one direction are lost for good; what `decode` left undone is gone too.
   * The next segment continues behind the gap; find the next message from there.
   * `segment` gives direction, flow and time; it holds no bytes.
   */
  gap?(state: State, segment: Segment, bytes: number, records: Records): void;

  /** The transport ended (`how` is the flow's: closed, reset, timeout, evicted, open at the end of the capture). */
  close?(state: State, segment: Segment, how: FlowEnding, records: Records): void;
}

/**
 * A flow that goes over to another protocol in its middle (STARTTLS): whoever had it so far hands on all that comes.
 * `protocols/index.ts` brings the two together; without the other one the rest passes unseen.
 */
export class Handover<State = unknown> {
  private readonly protocol: Protocol<State> | null;
  private state: State | null = null;

  constructor(protocol: Protocol<State> | null) {
    this.protocol = protocol;
  }

  /** The segment's bytes from `at` on; the answer is for the whole segment. */
  decode(segment: Segment, at: number, records: Records): number {
    if (this.protocol === null) return SKIP_REST;
    this.state ??= this.protocol.open();
    const { start } = segment;
    segment.start = at;
    const used = this.protocol.decode(this.state, segment, records);
    segment.start = start;
    return used === GIVE_UP ? SKIP_REST : at - start + used;
  }

  gap(segment: Segment, bytes: number, records: Records): void {
    if (this.protocol === null) return;
    this.state ??= this.protocol.open();
    this.protocol.gap?.(this.state, segment, bytes, records);
  }
}

/** Where something stands in a view; `at === end`: it is not there. */
export class Span {
  at = 0;
  end = 0;

  set(at: number, end: number): void {
    this.at = at;
    this.end = end;
  }

  get isEmpty(): boolean {
    return this.at >= this.end;
  }
}

/**
 * One request or response of HTTP (any version), shown to a protocol that travels in HTTP. One object, refilled for
 * every call; gone after it.
 */
export class Exchange {
  isRequest = true;
  /** Of the request, while its response passes as well; '' when it was not seen. */
  method = '';
  /** -1 while a request passes. */
  status = -1;
  /** Of this message, in lower case without parameters; '' when not said. */
  mediaType = '';
  /** What `asks` of the same reader said of the request, while its response passes as well; 0: nothing. */
  topic = 0;

  // Where fields of the head stand in `view`: only within `asks` and `hears`.
  view: DataView<ArrayBufferLike> = new DataView(new ArrayBuffer(0));
  /** Path of a request, from its first `/`, without its query. */
  readonly path: Span = new Span();
  /** Content-Type with its parameters, Accept, SOAPAction without quotes. */
  readonly contentType: Span = new Span();
  readonly accept: Span = new Span();
  readonly soapAction: Span = new Span();
}

/** A protocol that travels in HTTP. `protocols/index.ts` hands it to the decoders of HTTP. */
export interface ExchangeReader {
  /** Name as in docs/protocols.md. */
  readonly name: string;
  /** Logins on its requests are told under its own name. */
  readonly ownsLogins?: boolean;

  /**
   * What does this request mean to it? 0: nothing. Any other whole number makes the exchange its own: it is kept
   * until the response (`exchange.topic`), and nobody behind it in the list is asked.
   */
  asks?(exchange: Exchange, segment: Segment): number;

  /** A head of an exchange that is its own: the request, then its response. */
  hears?(exchange: Exchange, segment: Segment, records: Records): void;

  /**
   * Does it want this body, whosever the exchange is? The first bytes (eight, or the whole body when it is shorter)
   * in `view[start, end)`. The first reader that wants a body gets all of it.
   */
  wants?(exchange: Exchange, view: DataView<ArrayBufferLike>, start: number, end: number): boolean;

  /** A body with a content coding (gzip, deflate): shall it be inflated and offered to `wants`? It costs time. */
  wantsInflated?(exchange: Exchange): boolean;

  /** The memory for one connection: request and response bodies alike. */
  open?(): OpenBody;
}

export interface OpenBody {
  /** A body begins that it wanted. */
  begin?(exchange: Exchange, segment: Segment): void;
  /** Bytes of the body, in order: `segment[start, end)`. All of them must be taken. */
  read(segment: Segment, records: Records): void;
  /** The body has ended. Not whole: bytes of it were lost, or never sent. */
  end(segment: Segment, isWhole: boolean, records: Records): void;
}

export type FlowEnding = 'closed' | 'reset' | 'timeout' | 'evicted' | 'open';
