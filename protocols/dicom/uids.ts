/**
 * Unique identifiers (PS3.5, chapter 9): how one is read, and the few that change how bytes are decoded.
 *
 * A UID is at most 64 digits and dots, padded with one NUL. Anything else in its place is not shown at
 * all, so that no free text can hide in a field that leaves this folder.
 */
import { readText, type TextMemory } from '../../src/bytes/text.ts';

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

/**
 * The UID of `length` bytes at `at`, or '' when the bytes are none. The caller has checked that they are there.
 * `memory` is for UIDs alone: what is in it has been found to be one.
 */
export function readUid(memory: TextMemory, view: DataView, at: number, length: number): string {
  let bytes = length;
  while (bytes > 0 && isPadding(view.getUint8(at + bytes - 1))) bytes--;
  if (bytes === 0 || bytes > UID_BYTES_MAX) return '';
  const known = memory.recall(view, at, bytes);
  if (known !== '' || !isUid(view, at, at + bytes)) return known;
  const uid = readText(view, at, bytes);
  memory.keep(uid);
  return uid;
}

function isUid(view: DataView, at: number, end: number): boolean {
  for (let i = at; i < end; i++) {
    const code = view.getUint8(i);
    if (code !== DOT && (code < ZERO || code > NINE)) return false;
  }
  return true;
}

function isPadding(code: number): boolean {
  return code === 0 || code === 0x20;
}
