/**
 * MLLP blocks and the segments in them, as their bytes arrive (MLLP release 2; HL7 v2 chapter 2 for segments).
 *
 *     ┌────┬───────────┬────┬───────┬────┬   ┬────┬────┐
 *     │ 0B │ MSH|^~\&… │ 0D │ PID|… │ 0D │ … │ 1C │ 0D │      one block: one message, or a batch FHS … FTS
 *     └────┴───────────┴────┴───────┴────┴   ┴────┴────┘
 *
 * Senders also end segments with 0A, 0D 0A or 0C, leave out any byte of the frame, or use no frame at all.
 * Every byte is consumed as it comes, so nothing is held by the stream. Of a segment that arrives in pieces only
 * the beginning is kept, and no more than the name once that shows that it says nothing about devices.
 */
import type { Limits } from '../../src/limits.ts';
import type { Segment } from '../../src/protocol.ts';
import type { Records } from '../../src/records.ts';
import { Context } from './context.ts';
import { BETWEEN, BLOCK, type Hl7Flow, type Hl7Side, LOST } from './flow.ts';
import { endLine, finishBlock, leaveBlock } from './messages.ts';
import { kindOf, MSH, NAME_BYTES, NO_SEGMENT, UNKNOWN } from './names.ts';
import { controlsIn, NOWHERE, Source } from './source.ts';

const START_BLOCK = 0x0b;
const END_BLOCK = 0x1c;
const FIRST_CHARACTER = 0x20;
/** Of a segment that is cut, mostly its name is enough. */
const CARRY_BYTES_FIRST = 64;
/** One bit for each control character that ends a segment: LF, VT, FF, CR, FS. */
const ENDS = (1 << 0x0a) | (1 << START_BLOCK) | (1 << 0x0c) | (1 << 0x0d) | (1 << END_BLOCK);

export class BlockReader {
  private readonly limits: Limits;
  private context: Context | null = null;
  /** Of the segment in hand: one object as long as its view is the same. */
  private source = NOWHERE;

  constructor(limits: Limits) {
    this.limits = limits;
  }

  /** Reads all bytes of the segment. */
  read(flow: Hl7Flow, segment: Segment, records: Records): void {
    const context = this.begin(segment, records);
    const side = flow.side(segment.toServer);
    const { view, bytes } = this.source;
    const { end } = segment;
    let at = segment.start;
    while (at < end) {
      const stop = endOfLine(view, at, end);
      if (stop > at) {
        side.lineBytes += stop - at;
        side.lineUs = segment.timeUs;
      }
      if (stop === end) {
        this.carry(side, bytes, at, stop);
        break;
      }
      if (side.lineBytes > 0) this.line(context, flow, side, at, stop);
      control(context, flow, side, bytes[stop]!);
      at = stop + 1;
    }
  }

  /** Bytes of one direction are lost. What they belonged to is not told; the next block is found by its first byte. */
  gap(flow: Hl7Flow, segment: Segment, records: Records): void {
    const context = this.begin(segment, records);
    const side = flow.side(segment.toServer);
    if (side.place === BLOCK || (side.place === BETWEEN && side.lineBytes > 0)) context.odd(flow, 'hl7_gap');
    leaveBlock(side);
    endCarry(side);
    side.fresh = false;
    side.place = flow.inHttp ? BETWEEN : LOST;
  }

  /** No more bytes will come. `isWhole`: none are missing, so the last segment is complete though nothing ends it. */
  end(flow: Hl7Flow, toServer: boolean, isWhole: boolean, segment: Segment, records: Records): void {
    const context = this.begin(segment, records);
    const side = flow.side(toServer);
    if (isWhole) this.line(context, flow, side, segment.start, segment.start);
    else if (side.reading) side.message.bytes += side.lineBytes;
    endCarry(side);
    finishBlock(context, flow, side, isWhole && flow.inHttp);
  }

  private begin(segment: Segment, records: Records): Context {
    if (segment.view !== this.source.view) this.source = new Source(segment.view);
    this.context ??= new Context(this.limits, segment, records);
    this.context.segment = segment;
    this.context.records = records;
    return this.context;
  }

  /** A segment ends at `stop`; it began at `at`, or in an earlier piece. */
  private line(context: Context, flow: Hl7Flow, side: Hl7Side, at: number, stop: number): void {
    const isCarried = side.carried > 0;
    if (isCarried) this.carry(side, this.source.bytes, at, stop);
    if (side.lineBytes > 0 && side.place !== LOST && (isCarried || at < stop)) {
      const source = isCarried ? side.carry : this.source;
      const from = isCarried ? 0 : at;
      const length = isCarried ? side.carried : Math.min(stop - at, this.limits.hl7SegmentBytesMax);
      const kind = kindOf(source.bytes, from, length, side.separators.field);
      endLine(context, flow, side, source, from, length, kind);
      if (kind === MSH && side.lineBytes > length) context.odd(flow, 'hl7_segment_too_long');
    }
    if (side.reading) side.message.bytes += side.lineBytes;
    // After the segment was looked at: one that begins a message may have ended the message before it.
    if (side.lineBytes > 0) side.lastUs = side.lineUs;
    endCarry(side);
  }

  /** Keeps the beginning of a segment whose end has not come yet. */
  private carry(side: Hl7Side, bytes: Uint8Array, at: number, stop: number): void {
    if (side.place === LOST || at === stop) return;
    let from = at;
    if (side.carried < NAME_BYTES) {
      from = Math.min(stop, at + NAME_BYTES - side.carried);
      this.keep(side, bytes, at, from);
      if (side.carried < NAME_BYTES) return;
    }
    if (side.kind === UNKNOWN) side.kind = kindOf(side.carry.bytes, 0, NAME_BYTES, side.separators.field);
    // The rest of a line that is no segment matters as well: it may be a header of another kind (HLLP, UTF-16).
    if (side.kind < MSH && side.kind !== NO_SEGMENT) return;
    this.keep(side, bytes, from, Math.min(stop, from + this.limits.hl7SegmentBytesMax - side.carried));
  }

  private keep(side: Hl7Side, bytes: Uint8Array, from: number, to: number): void {
    const need = side.carried + to - from;
    if (need > side.carry.bytes.length) {
      const size = need > CARRY_BYTES_FIRST ? this.limits.hl7SegmentBytesMax : CARRY_BYTES_FIRST;
      const longer = new Source(new DataView(new ArrayBuffer(size)));
      longer.bytes.set(side.carry.bytes);
      side.carry = longer;
    }
    const kept = side.carry.bytes;
    for (let i = from; i < to; i++) kept[side.carried++] = bytes[i]!;
  }
}

/** Where the segment that goes on at `at` ends, at most `end`. */
function endOfLine(view: DataView, at: number, end: number): number {
  let stop = at;
  // Eight bytes at a time while none of them is a control character: documents in base64 fly past.
  for (; stop + 8 <= end; stop += 8) {
    if ((controlsIn(view.getInt32(stop, true)) | controlsIn(view.getInt32(stop + 4, true))) === 0) continue;
    for (let i = stop; i < stop + 8; i++) if (isEnd(view.getUint8(i))) return i;
  }
  while (stop < end && !isEnd(view.getUint8(stop))) stop++;
  return stop;
}

function isEnd(byte: number): boolean {
  return byte < FIRST_CHARACTER && ((ENDS >>> byte) & 1) === 1;
}

/** What the byte that ended a segment means for the block. */
function control(context: Context, flow: Hl7Flow, side: Hl7Side, byte: number): void {
  if (byte === START_BLOCK) {
    finishBlock(context, flow, side, false);
    side.place = BLOCK;
    side.framed = true;
    side.fresh = false;
  } else if (byte === END_BLOCK) {
    side.lastUs = context.segment.timeUs;
    finishBlock(context, flow, side, true);
    side.fresh = false;
  } else if (side.reading) side.message.bytes++;
}

function endCarry(side: Hl7Side): void {
  side.carried = 0;
  side.lineBytes = 0;
  side.kind = UNKNOWN;
}
