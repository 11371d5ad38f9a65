/**
 * DNS (RFC 1035 4.1), also multicast (RFC 6762) and link-local (RFC 4795): told, not yet read.
 *
 *     0    2       4         6         8         10        12
 *     ┌────┬───────┬─────────┬─────────┬─────────┬─────────┬──────────────────────────────┐
 *     │ id │ flags │ qdcount │ ancount │ nscount │ arcount │ name, type, class, …         │   TCP: length, 16 bit, first
 *     └────┴───────┴─────────┴─────────┴─────────┴─────────┴──────────────────────────────┘
 *
 * Recognised by a header that makes sense and a first name, type and class that are well formed. No
 * name is kept.
 */
import { MAYBE, NO, type Protocol, SKIP_REST, YES } from '../../src/protocol.ts';

const HEADER_BYTES = 12;
const LENGTH_BYTES = 2;
const FLAGS = 2;
const COUNTS = 4;

const IS_RESPONSE = 0x8000;
/** RFC 6895 2.2: query, status, notify, update and stateful operations. */
const OPCODES = 0b1110101;
/** One more bit than RFC 1035 has; the rest of them is zero in everything seen. */
const RESERVED_BIT = 0x0040;
const QUESTIONS_MAX = 32;
const RECORDS_MAX = 512;

const LABEL_BYTES_MAX = 63;
const NAME_BYTES_MAX = 255;
/** NetBIOS names look like DNS: one label of 32 letters A to P (RFC 1001 14.1). */
const NETBIOS_LABEL_BYTES = 32;
const LETTER_A = 0x41;
const LETTER_P = 0x50;

const TYPE_AND_CLASS_BYTES = 4;
/** In the class of multicast DNS: answer by unicast, or flush the cache. */
const MULTICAST_BIT = 0x8000;
const CLASS_INTERNET = 1;
const CLASS_CHAOS = 3;
const CLASS_NONE = 254;
const CLASS_ANY = 255;

export const dns: Protocol<null> = {
  name: 'dns',
  transport: 'udp',
  ports: [53, 5353, 5355],
  recognises: ({ view, start, end }) => (isMessage(view, start, end) ? YES : NO),
  open: () => null,
  decode: (_state, { start, end }) => end - start,
};

export const dnsOverTcp: Protocol<null> = {
  name: 'dns',
  transport: 'tcp',
  ports: [53],

  recognises({ view, start, end }) {
    if (end - start < LENGTH_BYTES) return MAYBE;
    const length = view.getUint16(start);
    if (length <= HEADER_BYTES) return NO;
    const message = start + LENGTH_BYTES;
    if (end - message >= HEADER_BYTES && !isHeader(view, message)) return NO;
    // The first name is at most 255 bytes long: no need to wait for the whole of a long answer.
    const enough = Math.min(length, HEADER_BYTES + NAME_BYTES_MAX + TYPE_AND_CLASS_BYTES);
    if (end - message < enough) return MAYBE;
    return isMessage(view, message, message + Math.min(length, end - message)) ? YES : NO;
  },

  open: () => null,
  decode: () => SKIP_REST,
};

function isHeader(view: DataView, at: number): boolean {
  const flags = view.getUint16(at + FLAGS);
  const opcode = (flags >> 11) & 15;
  if (opcode > 6 || ((OPCODES >> opcode) & 1) === 0 || (flags & RESERVED_BIT) !== 0) return false;
  const questions = view.getUint16(at + COUNTS);
  const answers = view.getUint16(at + COUNTS + 2);
  const authorities = view.getUint16(at + COUNTS + 4);
  const additional = view.getUint16(at + COUNTS + 6);
  if (questions > QUESTIONS_MAX || answers + authorities + additional > RECORDS_MAX) return false;
  // A query has a question, a response a question or a record.
  return questions > 0 || ((flags & IS_RESPONSE) !== 0 && answers + authorities > 0);
}

function isMessage(view: DataView, start: number, end: number): boolean {
  if (end - start <= HEADER_BYTES || !isHeader(view, start)) return false;
  const at = nameEnd(view, start + HEADER_BYTES, end);
  if (at < 0 || end - at < TYPE_AND_CLASS_BYTES) return false;
  const type = view.getUint16(at);
  const dnsClass = view.getUint16(at + 2) & ~MULTICAST_BIT;
  return (
    type !== 0 &&
    (dnsClass === CLASS_INTERNET || dnsClass === CLASS_CHAOS || dnsClass === CLASS_NONE || dnsClass === CLASS_ANY)
  );
}

/** Where the first name of a message ends; it cannot be compressed. -1 when it is none. */
function nameEnd(view: DataView, from: number, end: number): number {
  let at = from;
  while (at < end && at - from < NAME_BYTES_MAX) {
    const length = view.getUint8(at);
    if (length === 0) return at + 1;
    if (length > LABEL_BYTES_MAX) return -1;
    if (at === from && length === NETBIOS_LABEL_BYTES && isNetbios(view, at + 1, end)) return -1;
    at += 1 + length;
  }
  return -1;
}

function isNetbios(view: DataView, at: number, end: number): boolean {
  if (end - at < NETBIOS_LABEL_BYTES) return false;
  for (let i = 0; i < NETBIOS_LABEL_BYTES; i++) {
    const code = view.getUint8(at + i);
    if (code < LETTER_A || code > LETTER_P) return false;
  }
  return true;
}
