/**
 * NTP (RFC 5905 7.3): told, not read.
 *
 *     byte 0: leap 2 bit, version 3 bit, mode 3 bit · byte 1: stratum · …; 48 bytes, then extensions
 *
 * The header has no magic: the port is asked as well as the content.
 */
import { NO, type Protocol, YES } from '../../src/protocol.ts';

const PORT = 123;
const VERSION_MAX = 4;
const HEADER_BYTES = 48;
const CONTROL = 6;
const PRIVATE = 7;
/** Control messages have 12 bytes (RFC 9327), private ones 8 (ntpdc). */
const CONTROL_BYTES = 12;
const PRIVATE_BYTES = 8;
const STRATUM_MAX = 16;

export const ntp: Protocol<null> = {
  name: 'ntp',
  transport: 'udp',
  ports: [PORT],

  recognises({ view, start, end, clientPort, serverPort }) {
    const bytes = end - start;
    if (bytes < PRIVATE_BYTES || (serverPort !== PORT && clientPort !== PORT)) return NO;
    const first = view.getUint8(start);
    const version = (first >> 3) & 7;
    const mode = first & 7;
    // In a private message the two top bits are "response" and "more".
    if (version === 0 || version > VERSION_MAX || mode === 0) return NO;
    if (mode === PRIVATE) return YES;
    if (mode === CONTROL) return bytes >= CONTROL_BYTES ? YES : NO;
    return bytes >= HEADER_BYTES && bytes % 4 === 0 && view.getUint8(start + 1) <= STRATUM_MAX ? YES : NO;
  },

  open: () => null,
  decode: (_state, { start, end }) => end - start,
};
