/**
 * What a protocol data unit looks like (PS3.8, 9.3), and how sure its first bytes make us.
 *
 *     0      1          2                6
 *     ┌──────┬──────────┬────────────────┬──────────────────────────────┐
 *     │ type │ reserved │ length, 32 bit │ body, `length` bytes         │
 *     └──────┴──────────┴────────────────┴──────────────────────────────┘
 *     P-DATA-TF, repeated to its end:
 *     6                10        11              12
 *     ┌────────────────┬─────────┬───────────────┬──────────────────────┐
 *     │ length, 32 bit │ context │ control       │ fragment, length - 2 │
 *     └────────────────┴─────────┴───────────────┴──────────────────────┘
 *
 * Each question answers NO, MAYBE (all bytes so far agree, more are needed) or YES. The shapes are
 * narrow on purpose: other traffic must never be taken for DICOM, and after a loss nothing is invented.
 */
import { MAYBE, NO, YES } from '../../src/protocol.ts';
import { APPLICATION_CONTEXT } from './uids.ts';

export const ASSOCIATE_REQUEST = 1;
export const ASSOCIATE_ACCEPT = 2;
export const ASSOCIATE_REJECT = 3;
export const DATA = 4;
export const RELEASE_REQUEST = 5;
export const RELEASE_REPLY = 6;
export const ABORT = 7;

export const PDU_HEADER_BYTES = 6;
export const PDU_LENGTH = 2;

export const PDV_HEADER_BYTES = 6;
/** The length of a PDV counts its context identifier and its control header. */
export const PDV_LENGTH_MIN = 2;
export const CONTROL_COMMAND = 1;
export const CONTROL_LAST = 2;
export const CONTROL_RESERVED = 0xfc;

/** Version (2), reserved (2), called AE (16), calling AE (16), reserved (32). */
export const ASSOCIATE_BYTES_MIN = 68;
/** Body of A-ASSOCIATE-RJ, A-RELEASE and A-ABORT. */
export const SHORT_BODY_BYTES = 4;

const SHORT_PDU_BYTES = PDU_HEADER_BYTES + SHORT_BODY_BYTES;

const FIRST_ITEM = 74;
const FIRST_ITEM_TEXT = 78;
const APPLICATION_CONTEXT_ITEM = 0x10;

const PDV = 6;
const CONTEXT = 10;
const CONTROL = 11;
const FRAGMENT = 12;
const GROUP_LENGTH_BYTES = 12;
/** Group length (0000,0000) with its value, and the tag behind it. */
const COMMAND_START_BYTES = GROUP_LENGTH_BYTES + 4;

/** A-ASSOCIATE-RQ or -AC: both name the application context first. */
export function associateShape(view: DataView, at: number, end: number, pduBytesMax: number): number {
  const have = end - at;
  const type = view.getUint8(at);
  if (type !== ASSOCIATE_REQUEST && type !== ASSOCIATE_ACCEPT) return NO;
  if (have > 1 && view.getUint8(at + 1) !== 0) return NO;
  if (have > PDU_LENGTH && view.getUint8(at + PDU_LENGTH) !== 0) return NO;
  if (have < PDU_HEADER_BYTES) return MAYBE;
  const length = view.getUint32(at + PDU_LENGTH);
  if (length < ASSOCIATE_BYTES_MIN || length > pduBytesMax) return NO;
  if (have > FIRST_ITEM && view.getUint8(at + FIRST_ITEM) !== APPLICATION_CONTEXT_ITEM) return NO;
  const textBytes = Math.min(APPLICATION_CONTEXT.length, have - FIRST_ITEM_TEXT);
  for (let i = 0; i < textBytes; i++) {
    if (view.getUint8(at + FIRST_ITEM_TEXT + i) !== APPLICATION_CONTEXT.charCodeAt(i)) return NO;
  }
  return textBytes === APPLICATION_CONTEXT.length ? YES : MAYBE;
}

/** A-ASSOCIATE-RJ, A-RELEASE-RQ, A-RELEASE-RP or A-ABORT, as the last thing said so far. */
export function shortShape(view: DataView, at: number, end: number): number {
  const have = end - at;
  const type = view.getUint8(at);
  if (type !== ASSOCIATE_REJECT && (type < RELEASE_REQUEST || type > ABORT)) return NO;
  if (have > SHORT_PDU_BYTES) return NO;
  for (let i = 1; i < have; i++) if (!shortByteFits(type, i, view.getUint8(at + i))) return NO;
  return have === SHORT_PDU_BYTES ? YES : MAYBE;
}

function shortByteFits(type: number, i: number, byte: number): boolean {
  if (i < PDU_HEADER_BYTES) return byte === (i === PDU_HEADER_BYTES - 1 ? SHORT_BODY_BYTES : 0);
  if (type === ASSOCIATE_REJECT && i > 6) return byte >= 1 && byte <= (i === 7 ? 2 : i === 8 ? 3 : 7);
  if (type === ABORT && i > 7) return byte <= (i === 8 ? 2 : 6);
  return byte === 0;
}

/** The header of a P-DATA-TF and of its first PDV agree with each other. */
function dataHeaderShape(view: DataView, at: number, end: number, pduBytesMax: number): number {
  const have = end - at;
  if (view.getUint8(at) !== DATA) return NO;
  if (have > 1 && view.getUint8(at + 1) !== 0) return NO;
  if (have < PDU_HEADER_BYTES) return MAYBE;
  const length = view.getUint32(at + PDU_LENGTH);
  if (length < PDV_HEADER_BYTES || length > pduBytesMax) return NO;
  if (have < CONTEXT) return MAYBE;
  const pdv = view.getUint32(at + PDV);
  if (pdv < PDV_LENGTH_MIN || pdv > length - 4) return NO;
  if (have > CONTEXT && (view.getUint8(at + CONTEXT) & 1) === 0) return NO;
  if (have < FRAGMENT) return MAYBE;
  return (view.getUint8(at + CONTROL) & CONTROL_RESERVED) === 0 ? YES : NO;
}

/** A P-DATA-TF whose first fragment begins a command set (PS3.7, 6.3: group length, then SOP class or command field). */
export function commandShape(view: DataView, at: number, end: number, pduBytesMax: number): number {
  const header = dataHeaderShape(view, at, end, pduBytesMax);
  if (header !== YES) return header;
  const pdv = view.getUint32(at + PDV);
  if ((view.getUint8(at + CONTROL) & CONTROL_COMMAND) === 0) return NO;
  if (pdv < PDV_LENGTH_MIN + COMMAND_START_BYTES) return NO;
  const have = Math.min(end - at - FRAGMENT, COMMAND_START_BYTES);
  const body = at + FRAGMENT;
  for (let i = 0; i < Math.min(have, 8); i++) if (view.getUint8(body + i) !== (i === 4 ? 4 : 0)) return NO;
  if (have < COMMAND_START_BYTES) return MAYBE;
  const groupBytes = view.getUint32(body + 8, true);
  const here = pdv - PDV_LENGTH_MIN - GROUP_LENGTH_BYTES;
  const whole = (view.getUint8(at + CONTROL) & CONTROL_LAST) !== 0;
  if (whole ? groupBytes !== here : groupBytes <= here) return NO;
  const tag = view.getUint32(body + GROUP_LENGTH_BYTES);
  return tag === 0x0000_0200 || tag === 0x0000_0300 || tag === 0x0000_0001 ? YES : NO;
}

/** What is known of the presentation contexts of an association. */
export interface ContextsInUse {
  mayCarry(context: number): boolean;
}

/** Does a P-DATA-TF begin here, for one who lost the thread? */
export function dataShape(
  view: DataView,
  at: number,
  end: number,
  pduBytesMax: number,
  contexts: ContextsInUse,
): number {
  const header = dataHeaderShape(view, at, end, pduBytesMax);
  if (header !== YES) return header;
  const context = view.getUint8(at + CONTEXT);
  if (!contexts.mayCarry(context)) return NO;
  const length = view.getUint32(at + PDU_LENGTH);
  const pdv = view.getUint32(at + PDV);
  if (pdv === length - 4) return YES;
  // Several PDVs: the second must be in sight and make sense too, else a command must stand in the first.
  const second = at + PDV + 4 + pdv;
  if (second + PDV_HEADER_BYTES > end) return commandShape(view, at, end, pduBytesMax);
  const left = PDU_HEADER_BYTES + length - (second - at);
  const secondPdv = view.getUint32(second);
  const fits = secondPdv >= PDV_LENGTH_MIN && secondPdv <= left - 4;
  const control = view.getUint8(second + 5);
  return fits && view.getUint8(second + 4) === context && (control & CONTROL_RESERVED) === 0 ? YES : NO;
}
