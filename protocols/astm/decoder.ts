/**
 * ASTM E1381 and E1394 (CLSI LIS01-A2, LIS02-A2) over TCP: what laboratory analysers and their host tell each other.
 *
 *     ENQ → ACK   STX n text ETB|ETX hh CR LF → ACK|NAK   …   EOT        E1381: frames, n counts 1…7, 0, 1…
 *     text: records, each ends with CR: H|\^&|||name^version^serial … P O R C Q M S L      E1394: fields, components
 *
 * Text is read byte by byte as it passes, in frames, or without any as some devices send it over TCP. Only codes and
 * what an analyser says of itself become text; patients, tests and values are counted by their record and not read.
 */
import type { Limits } from '../../src/limits.ts';
import type { Protocol, Segment } from '../../src/protocol.ts';
import { type Records, stamp } from '../../src/records.ts';
import { AstmFlow, type AstmSide } from './flow.ts';
import { recognise } from './recognise.ts';
import { endMessage, endRecord, message, textByte } from './records.ts';

const STX = 0x02;
const ETX = 0x03;
const EOT = 0x04;
const ENQ = 0x05;
const ACK = 0x06;
const START_BLOCK = 0x0b;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const NAK = 0x15;
const ETB = 0x17;
const END_BLOCK = 0x1c;
const DIGIT_0 = 0x30;
const HEADER = 0x48;

/** Where one side stands. */
const BETWEEN = 0;
const NUMBER = 1;
const TEXT = 2;
const CHECKSUM_HIGH = 3;
const CHECKSUM_LOW = 4;

/** E1381 6.3.1.2; many devices send more. */
const FRAME_BYTES_USUAL = 240;
/** A sender tries a frame six times (E1381 6.5.1.2). */
const REFUSALS_MAX = 6;

export function createAstm({ limits }: { limits: Limits }): Protocol<AstmFlow> {
  return {
    name: 'astm',
    transport: 'tcp',
    ports: [],
    firstBytes: [STX, EOT, ENQ, ACK, NAK, START_BLOCK, HEADER],

    recognises: recognise,

    open: () => new AstmFlow(),

    decode(state, segment, records) {
      const { view, start, end } = segment;
      const side = segment.toServer ? state.client : state.server;
      for (let at = start; at < end; at++) byte(state, side, segment, records, limits, view.getUint8(at));
      return end - start;
    },

    gap(state, segment, _bytes, records) {
      state.oddity('astm_gap', segment, records);
      (segment.toServer ? state.client : state.server).forget();
    },
  };
}

function byte(
  state: AstmFlow,
  side: AstmSide,
  segment: Segment,
  records: Records,
  limits: Limits,
  value: number,
): void {
  const { phase } = side;
  if (phase === BETWEEN) between(state, side, segment, records, value);
  else if (phase === TEXT) text(state, side, segment, records, limits, value);
  else if (phase === NUMBER) frameNumber(state, side, segment, records, value);
  else checksum(state, side, segment, records, value);
}

function between(state: AstmFlow, side: AstmSide, segment: Segment, records: Records, value: number): void {
  switch (value) {
    case STX:
      side.phase = NUMBER;
      side.isRaw = false;
      return;
    case ENQ:
      side.lastNumber = 0;
      side.refusals = 0;
      endMessage(state, side, segment, records);
      tell(segment, records, 'ENQ');
      return;
    case NAK:
      side.refusals++;
      tell(segment, records, 'NAK');
      if (side.refusals > REFUSALS_MAX) state.oddity('astm_refused', segment, records);
      return;
    case ACK:
      side.refusals = 0;
      return;
    case EOT:
      endMessage(state, side, segment, records);
      tell(segment, records, 'EOT');
      return;
    case START_BLOCK:
    case END_BLOCK:
    case LINE_FEED:
      return;
    case HEADER:
      // A header outside of frames: this side sends none.
      if (!side.isResuming && !side.isMidframe) side.isRaw = true;
      break;
    case CARRIAGE_RETURN:
      if (side.isRaw) endRecord(state, side, segment, records);
      return;
  }
  if (side.isRaw) textByte(side, value);
  else if (!side.isResuming) state.oddity('astm_between_frames', segment, records);
}

function frameNumber(state: AstmFlow, side: AstmSide, segment: Segment, records: Records, value: number): void {
  const number = value - DIGIT_0;
  side.sum = value;
  side.phase = TEXT;
  side.frameBytes = 0;
  side.isRepeated = false;
  side.isMidframe = true;
  if (number < 0 || number > 7) state.oddity('astm_frame_number', segment, records);
  else if (side.lastNumber >= 0) {
    side.isRepeated = number === side.lastNumber && side.hasFrames;
    if (!side.isRepeated && number !== ((side.lastNumber + 1) & 7)) state.oddity('astm_frame_number', segment, records);
  }
  side.lastNumber = number & 7;
  side.hasFrames = true;
}

function text(
  state: AstmFlow,
  side: AstmSide,
  segment: Segment,
  records: Records,
  limits: Limits,
  value: number,
): void {
  if (value === STX || value === ENQ || value === EOT) {
    state.oddity('astm_unfinished_frame', segment, records);
    side.phase = BETWEEN;
    between(state, side, segment, records, value);
    return;
  }
  side.sum += value;
  side.frameBytes++;
  if (value === ETX || value === ETB) {
    side.phase = CHECKSUM_HIGH;
    if (side.frameBytes > FRAME_BYTES_USUAL + 1) state.oddity('astm_long_frame', segment, records);
    // A record whose CR was left out ends with the last frame of its message.
    if (value === ETX && !side.isRepeated) endRecord(state, side, segment, records);
    if (value === ETX) side.isResuming = false;
    return;
  }
  if (side.frameBytes > limits.astmFrameBytesMax) {
    state.oddity('astm_frame_too_long', segment, records);
    side.forget();
    return;
  }
  if (side.isRepeated) return;
  if (value === CARRIAGE_RETURN) endRecord(state, side, segment, records);
  else if (value !== LINE_FEED) textByte(side, value);
}

function checksum(state: AstmFlow, side: AstmSide, segment: Segment, records: Records, value: number): void {
  const isHigh = side.phase === CHECKSUM_HIGH;
  const expected = isHigh ? (side.sum >> 4) & 15 : side.sum & 15;
  side.phase = isHigh ? CHECKSUM_LOW : BETWEEN;
  if (!isHigh) side.isMidframe = false;
  if (hexOf(value) === expected) return;
  state.oddity('astm_checksum', segment, records);
  // A device that sends none goes on with the line end.
  if (value === CARRIAGE_RETURN || value === STX) {
    side.phase = value === STX ? NUMBER : BETWEEN;
    side.isMidframe = false;
  }
}

function hexOf(value: number): number {
  if (value >= 0x30 && value <= 0x39) return value - 0x30;
  if (value >= 0x41 && value <= 0x46) return value - 0x37;
  return value >= 0x61 && value <= 0x66 ? value - 0x57 : -1;
}

function tell(segment: Segment, records: Records, kind: string): void {
  stamp(message, segment);
  message.fromClient = segment.toServer;
  message.protocol = 'astm';
  message.kind = kind;
  records.message(message);
}
