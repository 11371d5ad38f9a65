/** Size line of a chunk (RFC 9112, 7.1): hexadecimal digits, perhaps extensions, CR LF. */

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SEMICOLON = 0x3b;
const SPACE = 0x20;
const TAB = 0x09;

/** Twelve hexadecimal digits are more than any chunk. */
const DIGITS_MAX = 12;

/** Size of the chunk whose line is `[at, end)` with its line end, or -1. */
export function chunkSize(view: DataView, at: number, end: number): number {
  let size = 0;
  let i = at;
  for (; i < end; i++) {
    const digit = hexDigit(view.getUint8(i));
    if (digit < 0) break;
    size = size * 16 + digit;
  }
  if (i === at || i - at > DIGITS_MAX || i === end) return -1;
  const follows = view.getUint8(i);
  const isEnd = follows === LINE_FEED || follows === CARRIAGE_RETURN || follows === SEMICOLON;
  return isEnd || follows === SPACE || follows === TAB ? size : -1;
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x61 + 10 : -1;
}
