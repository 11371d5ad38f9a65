/**
 * SNMP (RFC 1157, RFC 3416, RFC 3412): told by its BER frame, not read. The community is a password and
 * is never touched.
 *
 *     30 length · 02 01 version (0 = v1, 1 = v2c, 3 = v3) · v1, v2c: 04 length community · A0–A8 length PDU
 *                                                         · v3:      30 length global data …
 */
import { NO, type Protocol, YES } from '../../src/protocol.ts';

const SEQUENCE = 0x30;
const INTEGER = 0x02;
const OCTET_STRING = 0x04;
const PDU_FIRST = 0xa0;
const PDU_LAST = 0xa8;

const VERSION_1 = 0;
const VERSION_2C = 1;
const VERSION_3 = 3;

const LONG_FORM = 0x80;
const LENGTH_BYTES_MAX = 3;

export const snmp: Protocol<null> = {
  name: 'snmp',
  transport: 'udp',
  ports: [161, 162],

  recognises({ view, start, end }) {
    let at = contentOf(view, start, end, SEQUENCE);
    // The sequence fills the datagram.
    if (at < 0 || endOf(view, start) !== end || end - at < 3) return NO;
    if (view.getUint8(at) !== INTEGER || view.getUint8(at + 1) !== 1) return NO;
    const version = view.getUint8(at + 2);
    at += 3;
    if (version === VERSION_3) return contentOf(view, at, end, SEQUENCE) < 0 ? NO : YES;
    if (version !== VERSION_1 && version !== VERSION_2C) return NO;
    if (contentOf(view, at, end, OCTET_STRING) < 0) return NO;
    at = endOf(view, at);
    if (at >= end) return NO;
    const kind = view.getUint8(at);
    return kind >= PDU_FIRST && kind <= PDU_LAST && contentOf(view, at, end, kind) >= 0 && endOf(view, at) === end
      ? YES
      : NO;
  },

  open: () => null,
  decode: (_state, { start, end }) => end - start,
};

/** Where the content of the BER element `tag` at `at` begins; -1 when it is none or does not lie before `end`. */
function contentOf(view: DataView, at: number, end: number, tag: number): number {
  if (end - at < 2 || view.getUint8(at) !== tag) return -1;
  const bytes = lengthBytes(view, at);
  if (bytes > LENGTH_BYTES_MAX || end - at < 2 + bytes) return -1;
  return endOf(view, at) <= end ? at + 2 + bytes : -1;
}

/** Bytes of a long length behind its first; the indefinite form has none and a length of 0. */
function lengthBytes(view: DataView, at: number): number {
  const first = view.getUint8(at + 1);
  return first < LONG_FORM ? 0 : first - LONG_FORM;
}

/** Behind the element at `at`, whose length bytes are known to be there. */
function endOf(view: DataView, at: number): number {
  const first = view.getUint8(at + 1);
  if (first < LONG_FORM) return at + 2 + first;
  let length = 0;
  for (let i = 0; i < first - LONG_FORM; i++) length = length * 256 + view.getUint8(at + 2 + i);
  return at + 2 + first - LONG_FORM + length;
}
