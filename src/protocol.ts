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

export type FlowEnding = 'closed' | 'reset' | 'timeout' | 'evicted' | 'open';
