/**
 * Unique identifiers (PS3.5, chapter 9): how one is read, and the few that change how bytes are decoded.
 *
 * A UID is at most 64 digits and dots, padded with one NUL. Anything else in its place is not shown at
 * all, so that no free text can hide in a field that leaves this folder.
 */
import { mix } from '../../src/bytes/hash.ts';
import { startsWith } from '../../src/bytes/text.ts';

const UID_BYTES_MAX = 64;
const DOT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;

/** Every association names it first (PS3.7, A.2.1). */
export const APPLICATION_CONTEXT = '1.2.840.10008.3.1.1.1';

/** PS3.5, annex A. */
export const IMPLICIT_LITTLE_ENDIAN = '1.2.840.10008.1.2';
export const EXPLICIT_BIG_ENDIAN = '1.2.840.10008.1.2.2';

/** Transfer syntaxes whose whole data set is one raw deflate stream (PS3.5, A.5, A.7). */
export function isDeflated(transferSyntax: string): boolean {
  return (
    transferSyntax === '1.2.840.10008.1.2.1.99' ||
    transferSyntax === '1.2.840.10008.1.2.4.95' ||
    transferSyntax === '1.2.840.10008.1.2.4.205'
  );
}

/** UIDs read before, so that the hundred of every association are not made into strings again. */
const REMEMBERED = 1024;
const remembered: string[] = new Array<string>(REMEMBERED).fill('');

/** The UID of `length` bytes at `at`, or '' when the bytes are none. The caller has checked that they are there. */
export function readUid(view: DataView, at: number, length: number): string {
  let bytes = length;
  while (bytes > 0 && isPadding(view.getUint8(at + bytes - 1))) bytes--;
  if (bytes === 0 || bytes > UID_BYTES_MAX) return '';
  // UIDs of one kind differ in their last digits.
  const tail = bytes < 4 ? view.getUint8(at) : view.getInt32(at + bytes - 4);
  const slot = mix(tail ^ bytes) & (REMEMBERED - 1);
  const known = remembered[slot]!;
  if (known.length === bytes && startsWith(view, at, at + bytes, known)) return known;
  const text = spell(view, at, bytes);
  if (text !== '') remembered[slot] = text;
  return text;
}

function spell(view: DataView, at: number, bytes: number): string {
  let text = '';
  for (let i = at; i < at + bytes; i++) {
    const code = view.getUint8(i);
    if (code !== DOT && (code < ZERO || code > NINE)) return '';
    text += String.fromCharCode(code);
  }
  return text;
}

function isPadding(code: number): boolean {
  return code === 0 || code === 0x20;
}
