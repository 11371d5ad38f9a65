/** TLS records and the SSLv2 hello as they are told apart from everything else, at the start and in the middle. */
import { MAYBE, NO, type Segment, YES } from '../../src/protocol.ts';

export const RECORD_HEADER_BYTES = 5;
/** 2^14 and the expansion that TLS 1.2 allows (RFC 5246 6.2.3). */
export const RECORD_BYTES_MAX = 16_384 + 2_048;

export const CHANGE_CIPHER_SPEC = 20;
export const ALERT = 21;
export const HANDSHAKE = 22;
export const APPLICATION_DATA = 23;
const HEARTBEAT = 24;

const MAJOR = 3;
const MINOR_MAX = 4;

const CLIENT_HELLO = 1;
const SERVER_HELLO = 2;
/** A handshake message that begins a conversation: record header, type, length, version. */
const HELLO_START_BYTES = 11;

const ALERT_BYTES = 7;
export const ALERT_LEVEL_MAX = 2;

const SSL2_START_BYTES = 11;
const SSL2_LENGTH_MAX = 0x3fff;
const SSL2_SERVER_HELLO = 4;
const SSL2_VERSION = 5;

/** Type and version of the record header at `at`; its five bytes are there. */
export function isRecordHeader(view: DataView, at: number): boolean {
  const type = view.getUint8(at);
  return (
    type >= CHANGE_CIPHER_SPEC &&
    type <= HEARTBEAT &&
    view.getUint8(at + 1) === MAJOR &&
    view.getUint8(at + 2) <= MINOR_MAX
  );
}

export function recogniseTls({ view, start, end, midstream }: Segment): number {
  if (end <= start) return MAYBE;
  const first = view.getUint8(start);
  if (first === HANDSHAKE) {
    const begins = handshakeBegins(view, start, end);
    return begins === NO && midstream ? recordsFollow(view, start, end) : begins;
  }
  if (midstream && first >= CHANGE_CIPHER_SPEC && first <= APPLICATION_DATA) return recordsFollow(view, start, end);
  if (first === ALERT) return alertBegins(view, start, end);
  if ((first & 0x80) === 0) return NO;
  const bytes = ssl2HelloBytes(view, start, end);
  return bytes > 0 ? YES : bytes < 0 ? MAYBE : NO;
}

/** A ClientHello or ServerHello at the head of a record. */
export function handshakeBegins(view: DataView, start: number, end: number): number {
  const room = end - start;
  if (room > 0 && view.getUint8(start) !== HANDSHAKE) return NO;
  if (room > 1 && view.getUint8(start + 1) !== MAJOR) return NO;
  if (room > 2 && view.getUint8(start + 2) > MINOR_MAX) return NO;
  if (room > 4) {
    const length = view.getUint16(start + 3);
    if (length === 0 || length > RECORD_BYTES_MAX) return NO;
  }
  if (room > 5) {
    const type = view.getUint8(start + 5);
    if (type !== CLIENT_HELLO && type !== SERVER_HELLO) return NO;
  }
  if (room > 6 && view.getUint8(start + 6) !== 0) return NO;
  // The version inside is not looked at where the record is too short to hold it: the message is spread.
  if (room >= RECORD_HEADER_BYTES && view.getUint16(start + 3) < HELLO_START_BYTES - RECORD_HEADER_BYTES) {
    return room > 5 ? YES : MAYBE;
  }
  if (room > 9 && view.getUint8(start + 9) !== MAJOR && view.getUint8(start + 9) !== 0x7f) return NO;
  return room >= HELLO_START_BYTES ? YES : MAYBE;
}

/** A server, or a client, that has nothing to say but an alert in the clear. */
function alertBegins(view: DataView, start: number, end: number): number {
  const room = end - start;
  if (room > 1 && view.getUint8(start + 1) !== MAJOR) return NO;
  if (room > 2 && view.getUint8(start + 2) > MINOR_MAX) return NO;
  if (room > 4 && view.getUint16(start + 3) !== 2) return NO;
  if (room > 5 && (view.getUint8(start + 5) === 0 || view.getUint8(start + 5) > ALERT_LEVEL_MAX)) return NO;
  return room >= ALERT_BYTES ? YES : MAYBE;
}

/** In the middle: two records in a row, or one that ends where the segment ends. */
function recordsFollow(view: DataView, start: number, end: number): number {
  let records = 0;
  let at = start;
  while (end - at >= RECORD_HEADER_BYTES) {
    const length = view.getUint16(at + 3);
    const sameVersion = view.getUint8(at + 2) === view.getUint8(start + 2);
    if (!isRecordHeader(view, at) || !sameVersion || length === 0 || length > RECORD_BYTES_MAX) return NO;
    records++;
    at += RECORD_HEADER_BYTES + length;
  }
  if (at === end || records > 1) return YES;
  return MAYBE;
}

/**
 * The hello of SSLv2, which old clients send to be understood by everybody (RFC 5246 E.2):
 * length with the top bit set, type 1, version, then three lengths that add up. Returns its bytes in all,
 * 0 when it is none, -1 when that cannot be told yet.
 */
export function ssl2HelloBytes(view: DataView, start: number, end: number): number {
  const room = end - start;
  if (room > 0 && (view.getUint8(start) & 0xc0) !== 0x80) return 0;
  if (room > 2 && view.getUint8(start + 2) !== CLIENT_HELLO) return 0;
  if (room > 4) {
    const version = view.getUint16(start + 3);
    if (version !== 0x0002 && (version >> 8 !== MAJOR || (version & 0xff) > MINOR_MAX)) return 0;
  }
  if (room < SSL2_START_BYTES) return -1;
  const length = view.getUint16(start) & SSL2_LENGTH_MAX;
  const ciphers = view.getUint16(start + 5);
  const session = view.getUint16(start + 7);
  const challenge = view.getUint16(start + 9);
  const adds = length === SSL2_START_BYTES - 2 + ciphers + session + challenge;
  return adds && ciphers > 0 && ciphers % 3 === 0 && challenge >= 16 && challenge <= 32 ? 2 + length : 0;
}

/** The answer in SSLv2: length, type 4, session hit, certificate type, version 2. */
export function answersInSsl2(view: DataView, start: number, end: number): number {
  const room = end - start;
  if (room > 0 && (view.getUint8(start) & 0x80) === 0) return NO;
  if (room > 2 && view.getUint8(start + 2) !== SSL2_SERVER_HELLO) return NO;
  if (room < SSL2_VERSION + 2) return MAYBE;
  return view.getUint8(start + 3) <= 1 && view.getUint16(start + SSL2_VERSION) === 0x0002 ? YES : NO;
}
