/**
 * What masked bytes become: of the same class and the same number, so that whoever opens the slice sees its shape and
 * nothing of its content. Text: digits 9, letters X, signs and line ends stay. Anything else: zero.
 */

/** Bytes overwritten, by the rule that asked for it. */
export type Masked = Map<string, number>;

const NINE = 0x39;
const LETTER = 0x58;

export function count(masked: Masked, rule: string, bytes: number): void {
  if (bytes > 0) masked.set(rule, (masked.get(rule) ?? 0) + bytes);
}

export function zero(bytes: Uint8Array, from: number, to: number, rule: string, masked: Masked): void {
  if (to <= from) return;
  bytes.fill(0, from, to);
  count(masked, rule, to - from);
}

export function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

export function isLetter(byte: number): boolean {
  return (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a);
}

/** A letter of any alphabet that is not ASCII counts as a letter; a control character that text has no use for is none. */
export function filler(byte: number): number {
  if (isDigit(byte)) return NINE;
  if (isLetter(byte) || byte >= 0x7f) return LETTER;
  return byte;
}

export function likeText(bytes: Uint8Array, from: number, to: number, rule: string, masked: Masked): void {
  for (let at = from; at < to; at++) bytes[at] = filler(bytes[at]!);
  count(masked, rule, to - from);
}

/** Text has line ends and tabs, the frame of MLLP, and no other control characters. */
export function isText(bytes: Uint8Array, from: number, to: number): boolean {
  let beyond = 0;
  for (let at = from; at < to; at++) {
    const byte = bytes[at]!;
    if (byte >= 0x80) beyond++;
    else if (byte < 0x20 && !(byte >= 0x09 && byte <= 0x0d) && byte !== 0x1c) return false;
  }
  return beyond * 4 <= to - from;
}

/** What nobody knows: as text when it is text, else zero. */
export function free(bytes: Uint8Array, from: number, to: number, masked: Masked): void {
  if (isText(bytes, from, to)) likeText(bytes, from, to, 'free text', masked);
  else zero(bytes, from, to, 'free bytes', masked);
}
