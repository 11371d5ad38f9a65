/** Text in UTF-16, little endian, as Windows writes it. */
import { spells } from './words.ts';

const FIRST_PRINTABLE = 0x20;
const LAST_PRINTABLE = 0x7e;

/** As `readText`, of two-byte characters: printable ASCII only, anything else shown as `?`. `end` is exclusive. */
export function readUtf16(view: DataView, at: number, end: number): string {
  let text = '';
  for (let i = at; i + 2 <= end; i += 2) {
    const code = view.getUint16(i, true);
    if (code === 0) break;
    text += String.fromCharCode(code >= FIRST_PRINTABLE && code <= LAST_PRINTABLE ? code : 0x3f);
  }
  return text.trim();
}

const scratch = new DataView(new ArrayBuffer(64));

/** Copies at most 64 characters as ASCII (anything else as 0) and returns how many; they stand in `asciiOf`. */
export function toAscii(view: DataView, at: number, end: number, unitBytes: number): number {
  let length = 0;
  for (let i = at; i + unitBytes <= end && length < scratch.byteLength; i += unitBytes) {
    const code = unitBytes === 1 ? view.getUint8(i) : view.getUint16(i, true);
    scratch.setUint8(length++, code < 0x80 ? code : 0);
  }
  return length;
}

/** What `toAscii` copied last. */
export const ascii: DataView = scratch;

/** Does the copied text begin with `text` (lower case), whatever its case? */
export function asciiSpells(length: number, text: string): boolean {
  return spells(scratch, 0, length, text);
}
