/**
 * Is this HL7 v2? Told from content on any port, because HL7 has no port that sites keep to.
 *
 *     0B MSH|…   0B FHS|…   0B BHS|…       start block and header, any separator
 *     0B 06 1C 0D   0B 15 1C 0D            MLLP release 2, commit blocks
 *     0B D22 0D   0B N22 0D                HLLP
 *     MSH|^~\&…                            no start block: three encoding characters at least
 */
import { MAYBE, NO, type Segment, YES } from '../../src/protocol.ts';
import { encodingCharacters, isSeparator } from './names.ts';

const START_BLOCK = 0x0b;
const END_BLOCK = 0x1c;
const CARRIAGE_RETURN = 0x0d;
const LINE_FEED = 0x0a;

/** Stray bytes that may stand before the first block of a connection. */
const JUNK_BYTES_MAX = 64;

export function recognise({ view, start, end, midstream }: Segment): number {
  const answer = startOfHl7(view, start, end);
  if (answer !== NO) return answer;
  const searchEnd = midstream ? end : Math.min(end, start + JUNK_BYTES_MAX);
  let isBlank = true;
  for (let at = start; at < searchEnd; at++) {
    const byte = view.getUint8(at);
    if (byte === START_BLOCK) {
      const here = headerAt(view, at + 1, end, false);
      if (here !== NO) return here;
    }
    isBlank &&= byte === CARRIAGE_RETURN || byte === LINE_FEED;
  }
  return isBlank && end - start < JUNK_BYTES_MAX ? MAYBE : NO;
}

/** Does HL7 begin at `start`? */
export function startOfHl7(view: DataView, start: number, end: number): number {
  if (start >= end) return MAYBE;
  if (view.getUint8(start) !== START_BLOCK) return headerAt(view, start, end, true);
  const at = start + 1;
  if (at >= end) return MAYBE;
  const first = view.getUint8(at);
  if (first === 0x06 || first === 0x15) return spells(view, at + 1, end, END_BLOCK, CARRIAGE_RETURN);
  if (first === 0x44 || first === 0x4e) return hllpAt(view, at, end);
  if (first === 0x00 || first === 0xfe || first === 0xff) return wideAt(view, at, end);
  const answer = headerAt(view, at, end, false);
  return answer === NO ? wideAt(view, at, end) : answer;
}

/** `MSH`, `FHS` or `BHS` and a separator; `isStrict` wants encoding characters as well. */
function headerAt(view: DataView, at: number, end: number, isStrict: boolean): number {
  if (at >= end) return MAYBE;
  const first = view.getUint8(at) & 0xdf;
  const second = first === 0x4d ? 0x53 : 0x48;
  const third = first === 0x4d ? 0x48 : 0x53;
  if (first !== 0x4d && first !== 0x46 && first !== 0x42) return NO;
  if (at + 1 < end && (view.getUint8(at + 1) & 0xdf) !== second) return NO;
  if (at + 2 < end && (view.getUint8(at + 2) & 0xdf) !== third) return NO;
  if (at + 3 >= end) return MAYBE;
  const separator = view.getUint8(at + 3);
  if (!isSeparator(separator)) return NO;
  if (!isStrict) return YES;
  const bytes = new Uint8Array(view.buffer, view.byteOffset + at, end - at);
  const count = encodingCharacters(bytes, 4, bytes.length, separator);
  if (count >= 3) return YES;
  return 4 + count >= bytes.length ? MAYBE : NO;
}

/** `D` or `N`, two digits of version, CR. */
function hllpAt(view: DataView, at: number, end: number): number {
  for (let i = at + 1; i < Math.min(at + 3, end); i++) if (!isDigit(view.getUint8(i))) return NO;
  if (at + 3 >= end) return MAYBE;
  return view.getUint8(at + 3) === CARRIAGE_RETURN ? YES : NO;
}

/** `MSH` in 16-bit characters, either byte order, perhaps behind a byte order mark. */
function wideAt(view: DataView, start: number, end: number): number {
  let at = start;
  if (end - at >= 2 && (view.getUint16(at) === 0xfeff || view.getUint16(at) === 0xfffe)) at += 2;
  if (end - at < 4)
    return view.getUint8(start) === 0x4d && end - start > 1 && view.getUint8(start + 1) !== 0 ? NO : MAYBE;
  const pair = view.getUint32(at);
  return pair === 0x004d0053 || pair === 0x4d005300 ? YES : NO;
}

function spells(view: DataView, at: number, end: number, first: number, second: number): number {
  if (at < end && view.getUint8(at) !== first) return NO;
  if (at + 1 < end && view.getUint8(at + 1) !== second) return NO;
  return at + 1 < end ? YES : MAYBE;
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}
