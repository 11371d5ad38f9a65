/**
 * Payload in order: what a decoder sees of a flow.
 *
 * Next in order → the decoder reads the packet where it lies. Early → copied and held, bounded. Seen
 * before → counted; of two different copies the first wins. Lost → after a while, or when the holding
 * area is full, the decoder is told of the gap and goes on behind it. What a decoder leaves undone is
 * kept and comes back with more bytes behind it; what it does not want is dropped unseen.
 */
import type { Limits } from '../limits.ts';
import { type FlowEnding, GIVE_UP, type Protocol, Segment } from '../protocol.ts';
import { FlowProtocol, type Records } from '../records.ts';
import type { Frame } from '../wire/frame.ts';
import { Holding } from './holding.ts';
import { Recognisers, WANTS_MORE } from './recognise.ts';
import type { FlowTable } from './table.ts';

/** A direction's flags. */
const STARTED = 1;
const MIDSTREAM = 2;
const TRIED = 4;

const UNDECIDED = -1;
const UNKNOWN = -2;

/** Larger steps of the sequence number are another conversation or an attack, not early data. */
const EARLY_BYTES_MAX = 64 * 1024 * 1024;

export class Streams {
  /** Index into `protocols`, -1 undecided, -2 unknown for good. One per row. */
  readonly protocol: Int16Array;
  /** Side of the server, -1 undecided. One per row. */
  readonly serverSide: Int8Array;
  /** Per direction (row * 2 + side). */
  readonly gapBytes: Float64Array;
  readonly retransmits: Int32Array;
  /** Exceptions of decoders: our own bugs, said loudly. */
  readonly failures: { protocol: string; message: string }[] = [];
  failed = 0;

  private readonly next: Int32Array;
  private readonly flags: Uint8Array;
  private readonly surplus: Float64Array;
  private readonly shown: Int32Array;
  private readonly states: unknown[];
  private readonly holding: Holding;
  private readonly segment = new Segment();
  private readonly told = new FlowProtocol();
  private readonly recognisers: Recognisers;

  private readonly limits: Limits;
  private readonly table: FlowTable;
  private readonly protocols: readonly Protocol<unknown>[];
  private readonly records: Records;

  constructor(limits: Limits, table: FlowTable, protocols: readonly Protocol<unknown>[], records: Records) {
    this.limits = limits;
    this.table = table;
    this.protocols = protocols;
    this.records = records;
    const rows = table.rowsMax;
    this.states = new Array<unknown>(rows).fill(null);
    this.protocol = new Int16Array(rows);
    this.serverSide = new Int8Array(rows);
    this.gapBytes = new Float64Array(rows * 2);
    this.retransmits = new Int32Array(rows * 2);
    this.next = new Int32Array(rows * 2);
    this.flags = new Uint8Array(rows * 2);
    this.surplus = new Float64Array(rows * 2);
    this.shown = new Int32Array(rows * 2);
    this.holding = new Holding(limits, rows);
    this.recognisers = new Recognisers(protocols, (protocol, error) => this.fail(protocol, error, this.segment.flow));
  }

  /** Is this a port where servers of a known protocol usually listen? */
  isServerPort(port: number): boolean {
    return this.recognisers.isServerPort(port);
  }

  open(row: number): void {
    this.protocol[row] = UNDECIDED;
    this.serverSide[row] = -1;
    this.states[row] = null;
    for (let direction = row * 2; direction < row * 2 + 2; direction++) {
      this.gapBytes[direction] = 0;
      this.retransmits[direction] = 0;
      this.flags[direction] = 0;
      this.surplus[direction] = 0;
      this.shown[direction] = 0;
    }
  }

  /** A SYN: the direction's numbering is known from its beginning. */
  begin(row: number, side: number, sequence: number): void {
    const direction = row * 2 + side;
    if ((this.flags[direction]! & STARTED) !== 0) return;
    this.next[direction] = (sequence + 1) | 0;
    this.flags[direction] = STARTED;
  }

  /** Any TCP packet that is not a SYN: its payload, or at least where its direction stands. */
  tcpPayload(row: number, side: number, frame: Frame): void {
    const direction = row * 2 + side;
    const length = frame.payloadWire;
    if ((this.flags[direction]! & STARTED) === 0) {
      this.next[direction] = frame.sequence;
      this.flags[direction] = STARTED | MIDSTREAM;
    }
    if (length === 0) return;
    const ahead = (frame.sequence - this.next[direction]!) | 0;
    const segment = this.segment;
    segment.timeUs = frame.timeUs;
    segment.packet = frame.packet;
    if (ahead === 0) {
      this.take(row, side, frame.view, frame.payload, frame.end, length);
    } else if (ahead < 0) {
      if (ahead + length <= 0) {
        // A keep-alive repeats one byte by design.
        if (length > 1) this.retransmits[direction]!++;
        return;
      }
      this.retransmits[direction]!++;
      this.take(row, side, frame.view, Math.min(frame.payload - ahead, frame.end), frame.end, length + ahead);
    } else if (ahead > EARLY_BYTES_MAX) {
      this.restart(row, side, frame);
    } else if (!this.holding.put(direction, frame)) {
      this.records.oddity('stream_hold_full', row, frame.timeUs);
      this.giveUpWaiting(row, side, frame);
    }
    if (this.holding.isHolding(direction)) this.drain(row, side);
  }

  /** No room to wait: what is missing before this packet is lost, whatever is held comes first. */
  private giveUpWaiting(row: number, side: number, frame: Frame): void {
    const direction = row * 2 + side;
    while (this.holding.isHolding(direction)) this.skipHole(row, side);
    const ahead = (frame.sequence - this.next[direction]!) | 0;
    this.segment.packet = frame.packet;
    if (ahead > 0) {
      this.next[direction] = frame.sequence;
      this.gap(row, side, ahead);
    }
    const start = Math.min(frame.payload + Math.max(0, -ahead), frame.end);
    const length = frame.payloadWire + Math.min(0, ahead);
    if (length > 0) this.take(row, side, frame.view, start, frame.end, length);
  }

  /** The numbering jumped out of every window: everything held is given up and the stream goes on there. */
  private restart(row: number, side: number, frame: Frame): void {
    const direction = row * 2 + side;
    this.records.oddity('tcp_sequence_jump', row, this.segment.timeUs);
    this.holding.drop(direction);
    this.gap(row, side, 1);
    this.next[direction] = frame.sequence;
    this.take(row, side, frame.view, frame.payload, frame.end, frame.payloadWire);
  }

  /** Bytes that are next in order: `[start, end)` of them are here, `length` were on the wire. */
  private take(
    row: number,
    side: number,
    view: DataView<ArrayBufferLike>,
    start: number,
    end: number,
    length: number,
  ): void {
    const direction = row * 2 + side;
    this.next[direction] = (this.next[direction]! + length) | 0;
    if (end > start) this.offer(row, side, view, start, end);
    const missing = length - (end - start);
    if (missing > 0) this.gap(row, side, missing);
  }

  /** Hands over what is held and has become next. */
  private drain(row: number, side: number): void {
    const direction = row * 2 + side;
    for (;;) {
      const early = this.holding.first(direction);
      if (early === null) return;
      const ahead = (early.sequence - this.next[direction]!) | 0;
      if (ahead > 0) return;
      this.holding.shift(direction);
      if (ahead + early.length <= 0) {
        this.retransmits[direction]!++;
        continue;
      }
      this.segment.packet = early.packet;
      this.take(row, side, early.view, Math.min(-ahead, early.have), early.have, early.length + ahead);
    }
  }

  /** Declares the bytes before the first held segment lost. */
  private skipHole(row: number, side: number): void {
    const direction = row * 2 + side;
    const early = this.holding.first(direction);
    if (early === null) return;
    const lost = (early.sequence - this.next[direction]!) | 0;
    if (lost > 0) {
      this.next[direction] = early.sequence;
      this.gap(row, side, lost);
    }
    this.drain(row, side);
  }

  /** Directions (row * 2 + side) whose hole has been open too long, in order. The caller skips them one by one. */
  staleHoles(nowUs: number): readonly number[] {
    return this.holding.stale(nowUs);
  }

  skipStale(direction: number, nowUs: number): void {
    this.segment.timeUs = nowUs;
    this.skipHole(direction >> 1, direction & 1);
  }

  datagram(row: number, side: number, frame: Frame): void {
    if (frame.end <= frame.payload || this.protocol[row] === UNKNOWN) return;
    const segment = this.segment;
    segment.timeUs = frame.timeUs;
    segment.packet = frame.packet;
    this.point(row, side, frame.view, frame.payload, frame.end);
    segment.midstream = false;
    if (this.protocol[row] === UNDECIDED) {
      const found = this.recognisers.datagram(segment);
      if (found < 0) {
        const direction = row * 2 + side;
        this.shown[direction]!++;
        // A few datagrams are enough to tell; the rest of an unknown flow is only counted.
        if (this.shown[direction]! >= 4) this.protocol[row] = UNKNOWN;
        return;
      }
      this.decide(row, found);
    }
    this.decode(row);
  }

  /** Aims the reused segment at bytes of one direction. */
  private point(row: number, side: number, view: DataView<ArrayBufferLike>, start: number, end: number): void {
    const segment = this.segment;
    const server = this.serverSide[row]! < 0 ? 1 : this.serverSide[row]!;
    segment.view = view;
    segment.start = start;
    segment.end = end;
    segment.flow = row;
    segment.toServer = side !== server;
    segment.clientPort = this.table.port(row, 1 - server);
    segment.serverPort = this.table.port(row, server);
  }

  private offer(row: number, side: number, view: DataView<ArrayBufferLike>, from: number, end: number): void {
    const direction = row * 2 + side;
    let start = from;
    const surplus = this.surplus[direction]!;
    if (surplus > 0) {
      if (surplus >= end - start) {
        this.surplus[direction] = surplus - (end - start);
        return;
      }
      start += surplus;
      this.surplus[direction] = 0;
    }
    const protocol = this.protocol[row]!;
    if (protocol === UNKNOWN || (protocol === UNDECIDED && (this.flags[direction]! & TRIED) !== 0)) return;
    const kept = this.holding.carried(direction);
    if (kept > 0) {
      const carry = this.holding.extend(direction, view, start, end);
      if (carry === null) {
        this.records.oddity('stream_hold_full', row, this.segment.timeUs);
        this.gap(row, side, end - start);
        return;
      }
      this.show(row, side, carry.view, 0, carry.length, true);
    } else {
      this.show(row, side, view, start, end, false);
    }
  }

  /** Shows the decoder (or, before there is one, the recognisers) bytes that begin at a message or are undone. */
  private show(
    row: number,
    side: number,
    view: DataView<ArrayBufferLike>,
    start: number,
    end: number,
    carried: boolean,
  ): void {
    const direction = row * 2 + side;
    this.point(row, side, view, start, end);
    this.segment.midstream = (this.flags[direction]! & MIDSTREAM) !== 0;
    if (this.protocol[row] === UNDECIDED && !this.recognise(row, side, view, start, end, carried)) return;
    const used = this.decode(row);
    if (used < 0) {
      this.holding.release(direction);
      return;
    }
    const offered = end - start;
    if (used >= offered) {
      this.surplus[direction] = used - offered;
      if (carried) this.holding.release(direction);
    } else if (!this.holding.keep(direction, view, start + used, end, carried)) {
      this.records.oddity('stream_hold_full', row, this.segment.timeUs);
      this.gap(row, side, offered - used);
    }
  }

  /** Asks who this is. True when it is known now and the bytes shall be decoded. */
  private recognise(
    row: number,
    side: number,
    view: DataView<ArrayBufferLike>,
    start: number,
    end: number,
    carried: boolean,
  ): boolean {
    const direction = row * 2 + side;
    const found = this.recognisers.stream(this.segment);
    if (found >= 0) {
      this.decide(row, found);
      this.catchUp(row, 1 - side);
      this.point(row, side, view, start, end);
      this.segment.midstream = (this.flags[direction]! & MIDSTREAM) !== 0;
      return this.protocol[row]! >= 0;
    }
    this.shown[direction]!++;
    const midstream = this.segment.midstream;
    const maybe = found === WANTS_MORE;
    const room = midstream
      ? this.shown[direction]! < this.limits.recogniseSegmentsMax
      : end - start < this.limits.recogniseBytesMax;
    if (room && maybe && this.holding.keep(direction, view, start, end, carried)) return false;
    if (carried) this.holding.release(direction);
    if (!room || (!midstream && !maybe)) {
      this.flags[direction]! |= TRIED;
      if ((this.flags[row * 2 + 1 - side]! & TRIED) !== 0) this.protocol[row] = UNKNOWN;
    }
    return false;
  }

  /** What the other side said before it was known who speaks. */
  private catchUp(row: number, side: number): void {
    const carry = this.holding.carry(row * 2 + side);
    if (carry !== null) this.show(row, side, carry.view, 0, carry.length, true);
  }

  private decide(row: number, found: number): void {
    const protocol = this.protocols[found]!;
    this.protocol[row] = found;
    this.states[row] = protocol.open();
    // A direction that nobody knew has been dropped so far: for its decoder it begins in the middle.
    for (let direction = row * 2; direction < row * 2 + 2; direction++) {
      if ((this.flags[direction]! & TRIED) !== 0) this.flags[direction]! |= MIDSTREAM;
    }
    const { told, segment } = this;
    told.flow = row;
    told.timeUs = segment.timeUs;
    told.packet = segment.packet;
    told.protocol = protocol.name;
    told.detail = '';
    this.records.flowProtocol(told);
  }

  private decode(row: number): number {
    const protocol = this.protocols[this.protocol[row]!]!;
    try {
      const used = protocol.decode(this.states[row], this.segment, this.records);
      if (used !== GIVE_UP) return used;
    } catch (error) {
      this.fail(protocol, error, row);
    }
    this.quarantine(row);
    return GIVE_UP;
  }

  /** `bytes` of a direction are lost. What falls into unwanted bytes is no loss to the decoder. */
  private gap(row: number, side: number, bytes: number): void {
    const direction = row * 2 + side;
    this.gapBytes[direction]! += bytes;
    const unwanted = Math.min(this.surplus[direction]!, bytes);
    this.surplus[direction]! -= unwanted;
    const lost = bytes - unwanted;
    if (lost === 0) return;
    this.holding.release(direction);
    const index = this.protocol[row]!;
    if (index === UNDECIDED) this.flags[direction]! |= MIDSTREAM;
    if (index < 0) return;
    const protocol = this.protocols[index]!;
    this.point(row, side, this.segment.view, 0, 0);
    try {
      protocol.gap?.(this.states[row], this.segment, lost, this.records);
    } catch (error) {
      this.fail(protocol, error, row);
      this.quarantine(row);
    }
  }

  /** The flow ends: what is held is shown with its gaps, then the decoder is told. */
  close(row: number, how: FlowEnding, timeUs: number): void {
    this.segment.timeUs = timeUs;
    for (let side = 0; side < 2; side++) {
      while (this.holding.isHolding(row * 2 + side)) this.skipHole(row, side);
    }
    const index = this.protocol[row]!;
    if (index >= 0) {
      const protocol = this.protocols[index]!;
      this.point(row, 0, this.segment.view, 0, 0);
      try {
        protocol.close?.(this.states[row], this.segment, how, this.records);
      } catch (error) {
        this.fail(protocol, error, row);
      }
    }
    this.quarantine(row);
    this.holding.release(row * 2);
    this.holding.release(row * 2 + 1);
  }

  /** No decoder for this flow from here on. */
  private quarantine(row: number): void {
    this.protocol[row] = UNKNOWN;
    this.states[row] = null;
  }

  private fail(protocol: Protocol<unknown>, error: unknown, row: number): void {
    this.failed++;
    if (this.failures.length < 8) {
      const name = error instanceof Error ? error.name : 'error';
      this.failures.push({ protocol: protocol.name, message: `${name} ${placeOf(error)}`.trim() });
    }
    this.records.oddity('decoder_failed', row, this.segment.timeUs);
  }
}

/** Where an error was thrown, and no more: its message could quote what the decoder was reading, over several lines. */
function placeOf(error: unknown): string {
  if (!(error instanceof Error) || error.stack === undefined) return '';
  const { stack, message } = error;
  const behind = message === '' ? 0 : stack.indexOf(message) + message.length;
  const calls = stack.slice(behind).split('\n');
  return calls
    .filter((line) => /^ +at .*:\d+:\d+\)?$/.test(line))
    .slice(0, 2)
    .join(' ')
    .trim();
}
