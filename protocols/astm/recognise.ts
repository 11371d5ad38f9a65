/**
 * Is this ASTM? A header record with its delimiters, in the first frame or without one; in the middle a frame that
 * begins a record. One side may say nothing but ENQ, ACK, NAK and EOT for long: it is asked again.
 */
import { MAYBE, NO, type Segment, YES } from '../../src/protocol.ts';

const STX = 0x02;
const EOT = 0x04;
const ENQ = 0x05;
const ACK = 0x06;
const START_BLOCK = 0x0b;
const NAK = 0x15;
const DIGIT_0 = 0x30;
const DIGIT_7 = 0x37;
const BAR = 0x7c;
const HEADER = 0x48;
/** C, H, L, M, O, P, Q, R, S as bits from A. */
const RECORDS = 'CHLMOPQRS';
const CONTROLS_MAX = 16;
const MARKS = 4;

export function recognise({ view, start, end, midstream }: Segment): number {
  let at = start;
  while (at < end && isControl(view.getUint8(at))) {
    at++;
    if (at - start > CONTROLS_MAX) return NO;
  }
  if (at >= end) return MAYBE;
  const first = view.getUint8(at);
  if (first === START_BLOCK || first === HEADER) {
    if (at > start) return NO;
    return header(view, first === HEADER ? at : at + 1, end);
  }
  if (first !== STX) return NO;
  if (at + 1 >= end) return MAYBE;
  const number = view.getUint8(at + 1);
  if (number < DIGIT_0 || number > DIGIT_7) return NO;
  if (at + 2 >= end) return MAYBE;
  if (view.getUint8(at + 2) === HEADER) return header(view, at + 2, end);
  if (!midstream || !RECORDS.includes(String.fromCharCode(view.getUint8(at + 2)))) return NO;
  if (at + 3 >= end) return MAYBE;
  return view.getUint8(at + 3) === BAR ? YES : NO;
}

function isControl(byte: number): boolean {
  return byte === ENQ || byte === ACK || byte === NAK || byte === EOT;
}

/** H, and the four delimiters: the first is a bar everywhere, all differ, none is a letter, digit or space. */
function header(view: DataView, at: number, end: number): number {
  for (let i = 0; i <= MARKS; i++) {
    if (at + i >= end) return MAYBE;
    const byte = view.getUint8(at + i);
    if (i === 0 ? byte !== HEADER : i === 1 ? byte !== BAR : !isMark(byte)) return NO;
    for (let j = 1; j < i; j++) if (view.getUint8(at + j) === byte) return NO;
  }
  return YES;
}

function isMark(byte: number): boolean {
  if (byte <= 0x20 || byte >= 0x7f) return false;
  const isDigit = byte >= 0x30 && byte <= 0x39;
  const isLetter = (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a);
  return !isDigit && !isLetter;
}
