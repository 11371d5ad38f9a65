/**
 * The fixed header of an MQTT control packet (OASIS MQTT 3.1.1 and 5, 2.1), and whether a conversation begins with it.
 *
 *     type 4 bits, flags 4 bits │ remaining length: 1 to 4 bytes of 7 bits each │ …
 *     CONNECT  10 │ length │ 00 04 `MQTT` │ level │ flags │ keep alive 2 │ …
 */
import { MAYBE, NO, type Segment, YES } from '../../src/protocol.ts';

export const PORT = 1883;

export const CONNECT = 1;
export const CONNACK = 2;
export const PUBLISH = 3;
export const PUBREL = 6;
export const SUBSCRIBE = 8;
export const UNSUBSCRIBE = 10;
export const AUTH = 15;

const LENGTH_BYTES_MAX = 4;
const NAMES = ['MQTT', 'MQIsdp'];
/** The largest CONNACK without properties that fill pages. */
const CONNACK_LENGTH_MAX = 127;

/** Of the last header that `readHeader` found. */
export class Header {
  type = 0;
  flags = 0;
  /** Behind the header; and how many bytes belong to the packet from there. */
  at = 0;
  length = 0;
}

/** `YES` when the header is whole, `MAYBE` when bytes are missing, `NO` when its length is none. */
export function readHeader(header: Header, view: DataView, at: number, end: number): number {
  if (at >= end) return MAYBE;
  const first = view.getUint8(at);
  header.type = first >> 4;
  header.flags = first & 15;
  header.length = 0;
  for (let i = 0; i < LENGTH_BYTES_MAX; i++) {
    if (at + 1 + i >= end) return MAYBE;
    const byte = view.getUint8(at + 1 + i);
    header.length += (byte & 127) * 128 ** i;
    if (byte < 128) {
      header.at = at + 2 + i;
      return YES;
    }
  }
  return NO;
}

/** Flags that the standard fixes for each type (2.1.3); those of PUBLISH are free. */
export function isFlagged({ type, flags }: Header): boolean {
  if (type === PUBLISH) return true;
  return flags === (type === PUBREL || type === SUBSCRIBE || type === UNSUBSCRIBE ? 2 : 0);
}

/** CONNECT is enough; what a server answers, and what should have come later, only on the port of MQTT. */
export function recognise(header: Header, segment: Segment): number {
  const { view, start, end } = segment;
  const isOnPort = segment.clientPort === PORT || segment.serverPort === PORT;
  if (start >= end) return MAYBE;
  const first = view.getUint8(start);
  if (first === CONNECT << 4) return connect(header, view, start, end);
  if (!isOnPort) return NO;
  if (first === CONNACK << 4) return connack(header, view, start, end);
  return inTheMiddle(header, view, start, end);
}

function connect(header: Header, view: DataView, start: number, end: number): number {
  const known = readHeader(header, view, start, end);
  if (known !== YES) return known;
  const { at, length } = header;
  if (length < 10) return NO;
  for (let i = 0; i < NAMES.length; i++) {
    const name = NAMES[i]!;
    const have = Math.min(end - at, name.length + 2);
    let fits = true;
    for (let j = 0; j < have && fits; j++) {
      const wanted = j === 0 ? 0 : j === 1 ? name.length : name.charCodeAt(j - 2);
      fits = view.getUint8(at + j) === wanted;
    }
    if (fits) return have === name.length + 2 ? YES : MAYBE;
  }
  return NO;
}

function connack(header: Header, view: DataView, start: number, end: number): number {
  const known = readHeader(header, view, start, end);
  if (known !== YES) return known;
  if (header.length < 2 || header.length > CONNACK_LENGTH_MAX) return NO;
  if (end - header.at < 2) return MAYBE;
  return view.getUint8(header.at) <= 1 ? YES : NO;
}

/** A whole packet that has the length of its kind and nothing but text where its topic stands. */
export function inTheMiddle(header: Header, view: DataView, start: number, end: number): number {
  const known = readHeader(header, view, start, end);
  if (known !== YES) return known;
  if (header.type === 0 || header.type === AUTH || !isFlagged(header)) return NO;
  if (header.type !== PUBLISH) return isLengthOf(header) && header.at + header.length <= end ? YES : NO;
  const { at, length } = header;
  if (end - at < 2) return MAYBE;
  const topic = view.getUint16(at);
  if (topic === 0 || topic + 2 > length || (header.flags & 6) === 6) return NO;
  if (at + 2 + topic > end) return NO;
  for (let i = at + 2; i < at + 2 + topic; i++) if (view.getUint8(i) < 0x20) return NO;
  return YES;
}

function isLengthOf({ type, length }: Header): boolean {
  if (type === 12 || type === 13) return length === 0;
  return type === SUBSCRIBE || type === UNSUBSCRIBE ? length >= 5 : length >= 2 && length < 128;
}
