/**
 * Is this POCT1-A? A root of three capitals, a dot and a number or vendor's word, and the header behind it: `<DST.R01>
 * <HDR`. Before the root may stand a start block, the mark of UTF-8, white space and an XML declaration.
 */
import { MAYBE, NO, type Segment, YES } from '../../src/protocol.ts';

const START_BLOCK = 0x0b;
const UTF8_MARK = [0xef, 0xbb, 0xbf];
const LESS = 0x3c;
const GREATER = 0x3e;
const QUESTION = 0x3f;
const DOT = 0x2e;
const UNDERSCORE = 0x5f;
const DECLARATION = '?xml';
const HEADER = '<HDR';
const ROOT_BYTES_MAX = 40;
const ROOT_LETTERS = 3;

export function recognise({ view, start, end, midstream }: Segment): number {
  if (midstream) return anywhere(view, start, end);
  let at = start;
  if (at < end && view.getUint8(at) === START_BLOCK) at++;
  for (let i = 0; i < UTF8_MARK.length && at < end; i++) {
    if (view.getUint8(at) !== UTF8_MARK[i]) {
      if (i > 0) return NO;
      break;
    }
    at++;
  }
  at = behindSpace(view, at, end);
  if (at >= end) return MAYBE;
  if (view.getUint8(at) !== LESS) return NO;
  if (at + 1 >= end) return MAYBE;
  if (view.getUint8(at + 1) === QUESTION) {
    const same = spells(view, at + 1, end, DECLARATION);
    if (same !== YES) return same;
    while (at < end && view.getUint8(at) !== GREATER) at++;
    at = behindSpace(view, at + 1, end);
  }
  return opens(view, at, end);
}

function anywhere(view: DataView, start: number, end: number): number {
  for (let at = start; at < end; at++) {
    if (view.getUint8(at) === LESS && opens(view, at, end) === YES) return YES;
  }
  return NO;
}

/** `<AAA.R01>`, white space, `<HDR`. */
function opens(view: DataView, from: number, end: number): number {
  if (from >= end) return MAYBE;
  if (view.getUint8(from) !== LESS) return NO;
  let at = from + 1;
  for (; at < end; at++) {
    const byte = view.getUint8(at);
    const place = at - from - 1;
    if (place > ROOT_BYTES_MAX) return NO;
    if (byte === GREATER) {
      if (place < ROOT_LETTERS + 2) return NO;
      at = behindSpace(view, at + 1, end);
      return spells(view, at, end, HEADER);
    }
    if (place < ROOT_LETTERS ? !isCapital(byte) : place === ROOT_LETTERS ? byte !== DOT : !isRootByte(byte)) return NO;
  }
  return MAYBE;
}

function spells(view: DataView, at: number, end: number, text: string): number {
  for (let i = 0; i < text.length; i++) {
    if (at + i >= end) return MAYBE;
    if (view.getUint8(at + i) !== text.charCodeAt(i)) return NO;
  }
  return YES;
}

function behindSpace(view: DataView, from: number, end: number): number {
  let at = from;
  while (at < end && view.getUint8(at) <= 0x20 && view.getUint8(at) >= 0x09) at++;
  return at;
}

function isCapital(byte: number): boolean {
  return byte >= 0x41 && byte <= 0x5a;
}

function isRootByte(byte: number): boolean {
  return isCapital(byte) || (byte >= 0x30 && byte <= 0x39) || byte === DOT || byte === UNDERSCORE;
}

/** The same for a name that was read: `HEL.R01`, `DTV.XYZ.CONFIG`, not `HDR.control_id`. */
export function isRootName(name: string): boolean {
  if (name.length < ROOT_LETTERS + 2 || name.length > ROOT_BYTES_MAX || name.charCodeAt(ROOT_LETTERS) !== DOT)
    return false;
  for (let i = 0; i < name.length; i++) {
    const code = name.charCodeAt(i);
    if (i < ROOT_LETTERS ? !isCapital(code) : i > ROOT_LETTERS && !isRootByte(code)) return false;
  }
  return true;
}
