/**
 * The frame of IEEE 11073-20601 (annex A): which APDU is this, and does what it says of lengths fit?
 *
 *     choice 2 │ length 2 │ body
 *     E200 association request · E300 its response · E400, E500 release · E600 abort
 *     E700 presentation: length 2 │ invoke id 2 │ choice of data 2 │ length 2 │ …
 */
import { MAYBE, NO, YES } from '../../src/protocol.ts';

export const HEADER_BYTES = 4;
/** Length of the octet string, and the head of the data in it. */
export const DATA_HEADER_BYTES = 8;

export const ASSOCIATION_REQUEST = 0xe200;
export const ASSOCIATION_RESPONSE = 0xe300;
export const RELEASE_REQUEST = 0xe400;
export const RELEASE_RESPONSE = 0xe500;
export const ABORT = 0xe600;
export const DATA = 0xe700;

/** Association version 1 in a request, the protocol 20601 in both. */
const VERSION_1 = 0x8000_0000;
export const PROTOCOL_20601 = 0x5079;
const PROTOCOL_NONE = 0;
const RESULT_LAST = 8;

export const DATA_CHOICES: ReadonlySet<number> = new Set([
  ...[0x0100, 0x0101, 0x0103, 0x0104, 0x0105, 0x0106, 0x0107],
  ...[0x0201, 0x0203, 0x0205, 0x0207, 0x0300, 0x0400],
]);

export function isChoice(choice: number): boolean {
  return (choice & 0xff) === 0 && choice >= ASSOCIATION_REQUEST && choice <= DATA;
}

/** Enough bytes to be sure of a request, a response, or data. */
const MARK_BYTES = 14;
const RESPONSE_MARK_BYTES = 8;

/** Does an APDU begin here that cannot be anything else? The short ones of a release cannot be told from noise. */
export function apduAt(view: DataView, at: number, end: number): number {
  const known = Math.min(end - at, MARK_BYTES);
  if (known >= 1 && (view.getUint8(at) < 0xe2 || view.getUint8(at) > 0xe7)) return NO;
  if (known >= 2 && view.getUint8(at + 1) !== 0) return NO;
  if (known < HEADER_BYTES) return MAYBE;
  const choice = view.getUint16(at);
  const length = view.getUint16(at + 2);
  if (choice === DATA) return dataAt(view, at, known, length);
  if (choice === ASSOCIATION_RESPONSE) return responseAt(view, at, known, length);
  if (choice !== ASSOCIATION_REQUEST || length < MARK_BYTES) return NO;
  if (known < HEADER_BYTES + 4) return MAYBE;
  if (view.getUint32(at + 4) !== VERSION_1) return NO;
  if (known < MARK_BYTES) return MAYBE;
  const count = view.getUint16(at + 8);
  const listBytes = view.getUint16(at + 10);
  const protocol = view.getUint16(at + 12);
  return count >= 1 && count <= 8 && listBytes + 8 === length && (protocol === PROTOCOL_20601 || protocol === 0xffff)
    ? YES
    : NO;
}

function responseAt(view: DataView, at: number, known: number, length: number): number {
  if (length < 6) return NO;
  if (known < RESPONSE_MARK_BYTES + 2) return MAYBE;
  if (view.getUint16(at + 4) > RESULT_LAST) return NO;
  const protocol = view.getUint16(at + 6);
  if (view.getUint16(at + 8) + 6 !== length) return NO;
  return protocol === PROTOCOL_20601 || (protocol === PROTOCOL_NONE && length === 6) ? YES : NO;
}

function dataAt(view: DataView, at: number, known: number, length: number): number {
  if (length < DATA_HEADER_BYTES) return NO;
  if (known < HEADER_BYTES + 2) return MAYBE;
  if (view.getUint16(at + 4) !== length - 2) return NO;
  if (known < HEADER_BYTES + DATA_HEADER_BYTES) return MAYBE;
  if (!DATA_CHOICES.has(view.getUint16(at + 8))) return NO;
  return view.getUint16(at + 10) === length - DATA_HEADER_BYTES ? YES : NO;
}
