/**
 * Records of DTLS and the messages in them (RFC 6347 4.1, 4.2.2; RFC 9147 4, 5.2).
 *
 *     record   type 1 · version 2 · epoch 2 · sequence 6 · length 2 · body         epoch 0: in clear
 *     1.3      001c slee …: a protected record, which says nothing
 *     message  type 1 · length 3 · number 2 · offset 3 · bytes here 3 · fragment
 */
export const RECORD_HEADER_BYTES = 13;
const VERSION_AT = 1;
export const EPOCH_AT = 3;
const LENGTH_AT = 11;
/** 2^14 and the expansion that 1.2 allows. */
const RECORD_BYTES_MAX = 16_384 + 2_048;

export const MESSAGE_HEADER_BYTES = 12;
export const MESSAGE_NUMBER_AT = 4;
const OFFSET_AT = 6;
const FRAGMENT_AT = 9;

const CHANGE_CIPHER_SPEC = 20;
export const ALERT = 21;
export const HANDSHAKE = 22;
const APPLICATION_DATA = 23;
const HEARTBEAT = 24;
const WITH_CONNECTION_ID = 25;
const ACKNOWLEDGEMENT = 26;

const DTLS_1_0 = 0xfeff;
const DTLS_1_2 = 0xfefd;
/** Of OpenSSL and Cisco, from before the standard. */
const BEFORE_STANDARD = 0x0100;

/** HelloRequest to Finished, and what came later (IANA, "TLS HandshakeType"). */
const MESSAGE_TYPE_MAX = 24;

/** Bytes of the record at `at` with its header; 0 when there is none, or it reaches beyond `end`. */
export function recordBytes(view: DataView, at: number, end: number): number {
  if (end - at < RECORD_HEADER_BYTES) return 0;
  const type = view.getUint8(at);
  if (type < CHANGE_CIPHER_SPEC || type > ACKNOWLEDGEMENT) return 0;
  const version = view.getUint16(at + VERSION_AT);
  if (version !== DTLS_1_2 && version !== DTLS_1_0 && version !== BEFORE_STANDARD) return 0;
  // A connection id stands in front of the length; how long it is, only the two ends know.
  if (type === WITH_CONNECTION_ID) return end - at;
  const length = view.getUint16(at + LENGTH_AT);
  return length <= RECORD_BYTES_MAX && length <= end - at - RECORD_HEADER_BYTES ? RECORD_HEADER_BYTES + length : 0;
}

/** A protected record of 1.3. */
export function isUnified(first: number): boolean {
  return (first & 0xe0) === 0x20;
}

/** Is this datagram DTLS: a message in clear that fits its record, or records that fill it? */
export function isDtls(view: DataView, start: number, end: number): boolean {
  const first = recordBytes(view, start, end);
  if (first === 0) return false;
  const type = view.getUint8(start);
  if (type === HANDSHAKE && view.getUint16(start + EPOCH_AT) === 0) {
    return fragmentFits(view, start + RECORD_HEADER_BYTES, start + first);
  }
  // Lost at the very beginning: any record will do, but nothing may be left over.
  if (type === HEARTBEAT || type === WITH_CONNECTION_ID) return false;
  if (type === APPLICATION_DATA && view.getUint16(start + EPOCH_AT) === 0) return false;
  if (first === RECORD_HEADER_BYTES) return false;
  let at = start + first;
  for (let bytes = first; bytes > 0 && at < end; at += bytes) bytes = recordBytes(view, at, end);
  return at === end;
}

/** Does a message's fragment at `at` lie within its message, and within `end`? */
export function fragmentFits(view: DataView, at: number, end: number): boolean {
  if (end - at < MESSAGE_HEADER_BYTES || view.getUint8(at) > MESSAGE_TYPE_MAX) return false;
  const bytes = fragmentBytes(view, at);
  return fragmentOffset(view, at) + bytes <= messageBytes(view, at) && bytes <= end - at - MESSAGE_HEADER_BYTES;
}

/** Of the whole message, without its header. */
export function messageBytes(view: DataView, at: number): number {
  return view.getUint32(at) & 0xff_ffff;
}

export function fragmentOffset(view: DataView, at: number): number {
  return view.getUint32(at + OFFSET_AT - 1) & 0xff_ffff;
}

export function fragmentBytes(view: DataView, at: number): number {
  return view.getUint32(at + FRAGMENT_AT - 1) & 0xff_ffff;
}
