/**
 * What the parsers of both file formats have in common, and how a file's format is told from its first bytes.
 *
 * Parsers do no input: they are given an arena and say how far they came. Whatever the bytes, they never throw
 * and never hold anything but a few numbers.
 */
import type { Batch } from '../bytes/batch.ts';
import { startsWith } from '../bytes/text.ts';

export interface Parser {
  /**
   * Fills the rows of `batch` from its arena `[at, end)` until the rows or the whole records run out, and returns
   * where it stopped. Beyond `end`: so many bytes more are to be dropped unseen. Short of `end` with rows to spare:
   * the record there is cut, offer it again with more behind it.
   */
  parse(batch: Batch, at: number, end: number): number;
  /** Why the file cannot be read any further, `''` while it can. The trouble is at `position`. */
  error: string;
  /** Offset in the file of the next record. */
  position: number;
  /** Packets put into rows so far, their captured bytes, and packets that the file says were lost. */
  packets: number;
  bytes: number;
  dropped: number;
  /** Plain clauses about packets that were left out or not believed while the file went on, or `''`; where it began. */
  omission(): string;
  omissionOffset: number;
}

/** Largest time handed on: beyond it (year 2255) microseconds are no longer exact. */
export const TIME_US_MAX: number = Number.MAX_SAFE_INTEGER;

/** Bytes that tell any format apart. */
export const DETECT_BYTES = 12;

/** Formats that are known and not read, by how they begin (latin-1). */
const STRANGERS: readonly (readonly [string, string])[] = [
  ['snoop\0\0\0', 'a snoop capture'],
  ['GMBU', 'a Microsoft Network Monitor capture'],
  ['RTSS', 'a Microsoft Network Monitor capture'],
  ['TRSNIFF data', 'a Sniffer capture'],
  ['XCP\0', 'a Sniffer capture'],
  ['\x1c\x00\x01\xac', 'an IXIA capture'],
  ['\xac\x01\x00\x1c', 'an IXIA capture'],
  ['\x1c\x00\x01\xab', 'an IXIA capture'],
  ['\xab\x01\x00\x1c', 'an IXIA capture'],
  ['\x28\xb5\x2f\xfd', 'compressed with zstd'],
  ['\xfd7zXZ\0', 'compressed with xz'],
  ['BZh', 'compressed with bzip2'],
  ['\x04\x22\x4d\x18', 'compressed with lz4'],
  ['PK\x03\x04', 'a zip archive'],
  ['7z\xbc\xaf', 'a 7z archive'],
  ['\x1f\x8b', 'compressed with gzip twice'],
];

/** Says why bytes that begin neither pcap nor pcapng cannot be read. */
export function strangerText(view: DataView, at: number, end: number): string {
  if (end === at) return 'not a capture file (it is empty)';
  for (const [begin, name] of STRANGERS) {
    if (startsWith(view, at, end, begin)) return `not a capture file that can be read (it is ${name})`;
  }
  if (end - at < 4) return 'not a capture file (it is too short)';
  const magic = view.getUint32(at).toString(16).padStart(8, '0');
  return `not a capture file (${isText(view, at, end) ? 'it is text' : `it begins with ${magic}`})`;
}

function isText(view: DataView, at: number, end: number): boolean {
  for (let i = at; i < end && i < at + DETECT_BYTES; i++) {
    const code = view.getUint8(i);
    if (code !== 9 && code !== 10 && code !== 13 && (code < 32 || code > 126)) return false;
  }
  return true;
}
