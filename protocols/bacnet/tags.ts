/**
 * Tags of BACnet (ASHRAE 135 clause 20.2): number in the upper four bits, context in bit 3, length in the lower three
 * (5: in the next byte, then 254, 255: in the next two, four; 6 opens, 7 closes).
 */
import { OBJECT_TYPES } from './services.ts';

const CONTEXT = 0x08;
const EXTENDED_NUMBER = 15;
const EXTENDED_LENGTH = 5;
const OPENING = 6;
const OBJECT_BYTES = 4;
const OBJECT_IDENTIFIER = 12;
const CHARACTER_STRING = 7;
/** Instances have 22 bits. */
const INSTANCE_BITS = 22;
const INSTANCE_MASK = 0x3fffff;
/** Tags of a request that are walked to find a password. */
const TAGS_MAX = 8;

/** One tag, refilled for each: what it is and where its content stands. */
export class Tag {
  number = 0;
  isContext = false;
  content = 0;
  length = 0;
  /** Behind its content. */
  end = 0;
}

/** Reads the tag at `at`; false when it does not lie before `end` or opens a list. */
export function readTag(tag: Tag, view: DataView, at: number, end: number): boolean {
  if (at >= end) return false;
  const first = view.getUint8(at);
  let content = at + 1;
  tag.number = first >> 4;
  tag.isContext = (first & CONTEXT) !== 0;
  if (tag.number === EXTENDED_NUMBER) content++;
  let length = first & 7;
  if (tag.isContext && length >= OPENING) return false;
  if (length === EXTENDED_LENGTH) {
    if (content >= end) return false;
    length = view.getUint8(content++);
    if (length >= 254) {
      const bytes = length === 254 ? 2 : 4;
      if (end - content < bytes) return false;
      length = bytes === 2 ? view.getUint16(content) : view.getUint32(content);
      content += bytes;
    }
  }
  tag.content = content;
  tag.length = length;
  tag.end = content + length;
  return tag.end <= end;
}

const tag = new Tag();

/** The object that a request names first, as `type/instance`, or ''. */
export function objectOf(view: DataView, at: number, end: number): string {
  if (!readTag(tag, view, at, end) || tag.length !== OBJECT_BYTES) return '';
  const isObject = tag.isContext ? tag.number === 0 : tag.number === OBJECT_IDENTIFIER;
  return isObject ? objectText(view, tag.content) : '';
}

export function objectText(view: DataView, at: number): string {
  const value = view.getUint32(at);
  const type = value >>> INSTANCE_BITS;
  return `${OBJECT_TYPES[type] ?? `object-${type}`}/${value & INSTANCE_MASK}`;
}

/** Bytes of the password of a restart or of a silence, -1 without one. It is not read. */
export function passwordBytes(view: DataView, from: number, end: number): number {
  let at = from;
  for (let i = 0; i < TAGS_MAX; i++) {
    if (!readTag(tag, view, at, end)) return -1;
    // Both services have no other text; the first byte of a text names its alphabet. Numbers are shorter.
    const isText = tag.isContext
      ? tag.number === 2 || (tag.number === 1 && tag.length > 1)
      : tag.number === CHARACTER_STRING;
    if (isText) return Math.max(0, tag.length - 1);
    at = tag.end;
  }
  return -1;
}
