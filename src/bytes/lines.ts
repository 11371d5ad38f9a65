/** Heads of text protocols (SIP, RTSP and their like): lines up to an empty one, read where they lie. */

const CARRIAGE_RETURN = 0x0d;
const LINE_FEED = 0x0a;
const COLON = 0x3a;
const SPACE = 0x20;
const TAB = 0x09;
const UPPER_A = 0x41;
const UPPER_Z = 0x5a;
const DIGIT_0 = 0x30;
const DIGIT_9 = 0x39;

/** Behind the empty line that ends the head at `at`, or -1 while it is not there. */
export function endOfHead(view: DataView, at: number, end: number): number {
  for (let i = at; i + 1 < end; i++) {
    if (view.getUint8(i) !== LINE_FEED) continue;
    if (view.getUint8(i + 1) === LINE_FEED) return i + 2;
    if (i + 2 < end && view.getUint8(i + 1) === CARRIAGE_RETURN && view.getUint8(i + 2) === LINE_FEED) return i + 3;
  }
  return -1;
}

/** Where the line at `at` ends: at its CR or LF, or at `end`. */
export function endOfLine(view: DataView, at: number, end: number): number {
  let i = at;
  while (i < end && view.getUint8(i) !== LINE_FEED && view.getUint8(i) !== CARRIAGE_RETURN) i++;
  return i;
}

/** Where the value of header `name` (given in lower case) begins in the head `[at, end)`, or -1. */
export function headerValue(view: DataView, at: number, end: number, name: string): number {
  for (let i = at; i < end; i++) {
    if (view.getUint8(i) !== LINE_FEED) continue;
    const from = i + 1;
    if (end - from <= name.length || !startsWithAnyCase(view, from, name)) continue;
    let value = from + name.length;
    while (value < end && isBlank(view.getUint8(value))) value++;
    if (value >= end || view.getUint8(value) !== COLON) continue;
    value++;
    while (value < end && isBlank(view.getUint8(value))) value++;
    return value;
  }
  return -1;
}

/** The number in decimal digits at `at`, at most nine of them; -1 when there is none. */
export function numberAt(view: DataView, at: number, end: number): number {
  let value = -1;
  for (let i = at; i < end && i < at + 9; i++) {
    const code = view.getUint8(i);
    if (code < DIGIT_0 || code > DIGIT_9) break;
    value = Math.max(value, 0) * 10 + code - DIGIT_0;
  }
  return value;
}

/** Do the bytes at `at` spell `text` (in lower case), whatever their case? The caller knows that they are there. */
export function startsWithAnyCase(view: DataView, at: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = view.getUint8(at + i);
    if ((code >= UPPER_A && code <= UPPER_Z ? code + 0x20 : code) !== text.charCodeAt(i)) return false;
  }
  return true;
}

const isBlank = (code: number): boolean => code === SPACE || code === TAB;
