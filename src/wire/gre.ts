/**
 * Generic routing encapsulation (RFC 2784, 2890), NVGRE (RFC 7637) and the enhanced form of PPTP (RFC 2637).
 *
 *     0                       2             4
 *     ┌───────────────────────┬─────────────┬────────────────┬───────────┬────────────────┬───────────────────┐
 *     │ C R K S … A … version │ type        │ checksum (C) 4 │ key (K) 4 │ sequence (S) 4 │ PPTP: ack (A) 4   │
 *     └───────────────────────┴─────────────┴────────────────┴───────────┴────────────────┴───────────────────┘
 *
 * Source routing (R) has been obsolete since 2000; such a packet stays an undecoded GRE flow.
 */

import { erspan, erspan3 } from './erspan.ts';
import { ERSPAN, ERSPAN_III, PPP } from './ether-type.ts';
import { claim, type Frame, odd, STOP } from './frame.ts';
import { ppp } from './ppp.ts';

const HEADER_BYTES = 4;
const CHECKSUM = 0x8000;
const ROUTING = 0x4000;
const KEY = 0x2000;
const SEQUENCE = 0x1000;
const ACKNOWLEDGEMENT = 0x0080;
const VERSION = 0x0007;
const PPTP_BYTES = 8;

/** Returns where the carried packet begins; `frame.etherType` says what it is. */
export function gre(frame: Frame, at: number): number {
  const { view } = frame;
  if (frame.end - at < HEADER_BYTES) return odd(frame, 'gre_short');
  const flags = view.getUint16(at);
  const type = view.getUint16(at + 2);
  if ((flags & VERSION) !== 0) return (flags & VERSION) === 1 && type === PPP ? pptp(frame, at, flags) : STOP;
  if ((flags & ROUTING) !== 0) return STOP;
  const keyAt = at + HEADER_BYTES + ((flags & CHECKSUM) === 0 ? 0 : 4);
  const payload = keyAt + ((flags & KEY) === 0 ? 0 : 4) + ((flags & SEQUENCE) === 0 ? 0 : 4);
  if (payload > frame.end) return odd(frame, 'gre_short');
  if ((flags & KEY) !== 0) frame.tunnelId = view.getInt32(keyAt);
  if (type === ERSPAN) return erspan(frame, payload, (flags & SEQUENCE) !== 0);
  if (type === ERSPAN_III) return erspan3(frame, payload);
  frame.etherType = type;
  return payload;
}

function pptp(frame: Frame, at: number, flags: number): number {
  const payload = at + PPTP_BYTES + ((flags & SEQUENCE) === 0 ? 0 : 4) + ((flags & ACKNOWLEDGEMENT) === 0 ? 0 : 4);
  if (payload > frame.end) return odd(frame, 'gre_short');
  const length = frame.view.getUint16(at + 4);
  // An acknowledgement alone carries nothing.
  if ((flags & SEQUENCE) === 0 || length === 0) return STOP;
  frame.tunnelId = frame.view.getUint16(at + 6);
  claim(frame, payload + length, 'gre_length');
  return ppp(frame, payload);
}
