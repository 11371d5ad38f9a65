/**
 * Packets with a long header (RFC 9000 17.2, RFC 8999), the negotiation of versions, and Google's QUIC before them.
 *
 *     ┌──────────┬─────────┬────┬──────┬────┬──────┬──────────────────────────────────────────────────┐
 *     │ 11kk xxxx│ version │ 1+n│ dest.│ 1+n│ src. │ Initial: token (varint + n) · length · number · … │
 *     └──────────┴─────────┴────┴──────┴────┴──────┴──────────────────────────────────────────────────┘
 *     0-RTT, Handshake: length · number · …         Retry: token · tag 16         version 0: versions of 4
 *     Q043 and before: 0000 1001 (or 0000 1101) · connection id 8 · version · packet number · …
 */
import { googleVersion, hasLongHeader, isKnown, isReserved, readable } from './versions.ts';

const LONG = 0x80;
const FIXED = 0x40;
const VERSION_AT = 1;
const IDS_AT = 5;
const ID_BYTES_MAX = 20;
const RETRY_TAG_BYTES = 16;
/** A number of one byte, and enough behind it for the sample that protects the header (RFC 9001 5.4.2). */
export const PROTECTED_BYTES_MIN = 20;
/** Packet number of one byte and a tag, as nobody shorter can be. */
const OLD_VERSION_AT = 9;
const OLD_HEADER_BYTES = 14;
const OLD_FLAGS: readonly number[] = [0x09, 0x0d, 0x19, 0x1d, 0x29, 0x2d, 0x39, 0x3d];

/** One packet of a datagram; refilled for each. */
export class Packet {
  version = 0;
  /** `Initial`, `0-RTT`, `Handshake`, `Retry`, `Version Negotiation`, or '' of a version that nobody can read. */
  kind = '';
  /** Connection id of who is spoken to. */
  idAt = 0;
  idEnd = 0;
  /** Where the packet number stands, of those that have one. */
  numberAt = 0;
  end = 0;
}

/** Reads the packet at `at`; false when it is none, or its lengths do not fit. */
export function readPacket(view: DataView, at: number, end: number, to: Packet): boolean {
  if (end - at < IDS_AT + 2) return false;
  const first = view.getUint8(at);
  if ((first & LONG) === 0) return false;
  const version = view.getUint32(at + VERSION_AT);
  to.version = version;
  to.kind = '';
  to.end = end;
  const kinds = readable(version)?.kinds;
  if (kinds === undefined && googleVersion(version) >= 0)
    return hasLongHeader(googleVersion(version)) && (first & FIXED) !== 0;
  const source = pastId(view, at + IDS_AT, end);
  if (source < 0) return false;
  to.idAt = at + IDS_AT + 1;
  to.idEnd = source;
  const body = pastId(view, source, end);
  if (body < 0) return false;
  if (version === 0) {
    to.kind = 'Version Negotiation';
    return end - body >= 4 && (end - body) % 4 === 0;
  }
  // The bit that was fixed may be anything once both sides agree (RFC 9287).
  if (kinds === undefined) return true;
  to.kind = kinds[(first >> 4) & 3]!;
  if (to.kind === 'Retry') return end - body > RETRY_TAG_BYTES;
  return readLengths(view, body, end, to);
}

function readLengths(view: DataView, body: number, end: number, to: Packet): boolean {
  let at = body;
  if (to.kind === 'Initial') {
    const token = varint(view, at, end);
    if (token < 0) return false;
    at += varintBytes(view, at) + token;
  }
  const length = varint(view, at, end);
  if (length < PROTECTED_BYTES_MIN) return false;
  to.numberAt = at + varintBytes(view, at);
  to.end = to.numberAt + length;
  return to.end <= end;
}

function pastId(view: DataView, at: number, end: number): number {
  if (at >= end) return -1;
  const length = view.getUint8(at);
  return length <= ID_BYTES_MAX && length < end - at ? at + 1 + length : -1;
}

/** A number of 1, 2, 4 or 8 bytes (RFC 9000 16); -1 when it is not there, or means more than any datagram has. */
export function varint(view: DataView, at: number, end: number): number {
  if (at >= end) return -1;
  const bytes = varintBytes(view, at);
  if (bytes > end - at) return -1;
  const first = view.getUint8(at) & 0x3f;
  if (bytes === 1) return first;
  if (bytes === 2) return view.getUint16(at) & 0x3fff;
  if (bytes === 4) return view.getUint32(at) & 0x3fff_ffff;
  return (view.getUint32(at) & 0x3fff_ffff) === 0 ? view.getUint32(at + 4) : -1;
}

export function varintBytes(view: DataView, at: number): number {
  return 1 << (view.getUint8(at) >> 6);
}

/** Version of a packet of Google's QUIC before it had a long header, or 0. */
export function oldVersion(view: DataView, at: number, end: number): number {
  if (end - at < OLD_HEADER_BYTES || !OLD_FLAGS.includes(view.getUint8(at))) return 0;
  const version = view.getUint32(at + OLD_VERSION_AT);
  const google = googleVersion(version);
  return google > 0 && !hasLongHeader(google) ? version : 0;
}

/** Does a negotiation of versions, whose ids end before `body`, name one that is known? */
function namesVersion(view: DataView, body: number, end: number): boolean {
  for (let at = body; at + 4 <= end; at += 4) if (isKnown(view.getUint32(at))) return true;
  return false;
}

const asked = new Packet();

/** Can this datagram begin a conversation that we have seen from its beginning, or a part of its handshake? */
export function isQuic(view: DataView, start: number, end: number): boolean {
  if (end - start < OLD_HEADER_BYTES) return false;
  if (oldVersion(view, start, end) !== 0) return true;
  if ((view.getUint8(start) & LONG) === 0) return false;
  const version = view.getUint32(start + VERSION_AT);
  if (version !== 0 && ((view.getUint8(start) & FIXED) === 0 || (!isKnown(version) && !isReserved(version))))
    return false;
  if (!readPacket(view, start, end, asked)) return false;
  if (version === 0) return namesVersion(view, pastId(view, asked.idEnd, end), end);
  // Nothing but a client that wants to hear the versions has one that means nothing, and it fills its datagram.
  return !isReserved(version) || end - start >= FULL_BYTES;
}

/** Least bytes of a datagram with a client's Initial (RFC 9000 14.1). */
const FULL_BYTES = 1_200;
