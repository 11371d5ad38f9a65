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

const START_BLOCK = 0x0b;
const END_BLOCK = 0x1c;
const FIRST_CHARACTER = 0x20;
/** One bit for each control character that ends a segment: LF, VT, FF, CR, FS. */
const ENDS = (1 << 0x0a) | (1 << START_BLOCK) | (1 << 0x0c) | (1 << 0x0d) | (1 << END_BLOCK);

export class BlockReader {
  private readonly limits: Limits;
  private context: Context | null = null;

  constructor(limits: Limits) {
    this.limits = limits;
  }

  /** Reads all bytes of the segment. */
  read(flow: Hl7Flow, segment: Segment, records: Records): void {
    const context = this.begin(segment, records);
    const side = flow.side(segment.toServer);
    const { view, end } = segment;
    let at = segment.start;
    while (at < end) {
      const stop = endOfLine(view, at, end);
      side.lineBytes += stop - at;
      if (stop > at) side.lineUs = segment.timeUs;
      if (stop === end) {
        this.carry(side, view, at, stop);
        break;
      }
      this.line(context, flow, side, at, stop);
      control(context, flow, side, view.getUint8(stop));
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
    this.context ??= new Context(this.limits, segment, records);
    this.context.segment = segment;
    this.context.records = records;
    return this.context;
  }

  /** A segment ends at `stop`; it began at `at`, or in an earlier piece. */
  private line(context: Context, flow: Hl7Flow, side: Hl7Side, at: number, stop: number): void {
    const isCarried = side.carried > 0;
    if (isCarried) this.carry(side, context.segment.view, at, stop);
    if (side.lineBytes > 0 && side.place !== LOST && (isCarried || at < stop)) {
      const view = isCarried && side.carry !== null ? side.carry : context.segment.view;
      const from = isCarried ? 0 : at;
      const length = isCarried ? side.carried : Math.min(stop - at, this.limits.hl7SegmentBytesMax);
      const kind = kindOf(view, from, length, side.separators.field);
      endLine(context, flow, side, view, from, length, kind);
      if (kind === MSH && side.lineBytes > length) context.odd(flow, 'hl7_segment_too_long');
    }
    if (side.reading) side.message.bytes += side.lineBytes;
    // After the segment was looked at: one that begins a message may have ended the message before it.
    if (side.lineBytes > 0) side.lastUs = side.lineUs;
    endCarry(side);
  }

  /** Keeps the beginning of a segment whose end has not come yet. */
  private carry(side: Hl7Side, view: DataView, at: number, stop: number): void {
    if (side.place === LOST || at === stop) return;
    side.carry ??= new DataView(new ArrayBuffer(this.limits.hl7SegmentBytesMax));
    const { carry } = side;
    let from = at;
    while (from < stop && side.carried < NAME_BYTES) carry.setUint8(side.carried++, view.getUint8(from++));
    if (side.carried < NAME_BYTES) return;
    if (side.kind === UNKNOWN) side.kind = kindOf(carry, 0, NAME_BYTES, side.separators.field);
    // The rest of a line that is no segment matters as well: it may be a header of another kind (HLLP, UTF-16).
    if (side.kind < MSH && side.kind !== NO_SEGMENT) return;
    while (from < stop && side.carried < carry.byteLength) carry.setUint8(side.carried++, view.getUint8(from++));
  }
}

/** Where the segment that goes on at `at` ends, at most `end`. */
function endOfLine(view: DataView, at: number, end: number): number {
  let stop = at;
  for (;;) {
    // Four bytes at a time while none of them is a control character: documents in base64 fly past.
    while (stop + 4 <= end && !hasControl(view.getInt32(stop))) stop += 4;
    const wordEnd = Math.min(stop + 4, end);
    for (; stop < wordEnd; stop++) {
      const byte = view.getUint8(stop);
      if (byte < FIRST_CHARACTER && ((ENDS >>> byte) & 1) === 1) return stop;
    }
    if (stop === end) return end;
  }
}

/** Is one of the four bytes below 0x20? The borrow of the subtraction reaches the top bit of such a byte first. */
function hasControl(word: number): boolean {
  return ((word - 0x20202020) & ~word & 0x80808080) !== 0;
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
