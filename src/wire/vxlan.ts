/**
 * VXLAN (RFC 7348) and its extension to other payloads, VXLAN-GPE (draft-ietf-nvo3-vxlan-gpe).
 *
 *     0         1                  3        4             7          8
 *     ┌─────────┬──────────────────┬────────┬─────────────┬──────────┬─────────
 *     │ flags   │ reserved         │ GPE:   │ network id  │ reserved │ payload
 *     │ I = 08  │ (group policy)   │ next   │             │          │
 *     └─────────┴──────────────────┴────────┴─────────────┴──────────┴─────────
 *
 * A UDP port proves nothing: without the I flag this is a plain datagram. Reserved bits are not looked at, as some
 * switches put their own into them.
 */
import { BRIDGED, IPV4, IPV6 } from './ether-type.ts';
import { type Frame, odd, STOP } from './frame.ts';

const HEADER_BYTES = 8;
const NETWORK_ID_VALID = 0x08;
const NEXT_PROTOCOL = 0x04;
/** GPE: version, B and O beside I and P. Version must be 0. */
const GPE_FLAGS_KNOWN = 0x0f;

export function vxlan(frame: Frame, at: number): number {
  if (frame.end - at < HEADER_BYTES) return cut(frame);
  if ((frame.view.getUint8(at) & NETWORK_ID_VALID) === 0) return STOP;
  frame.tunnelId = frame.view.getInt32(at + 4) >>> 8;
  frame.etherType = BRIDGED;
  return at + HEADER_BYTES;
}

export function vxlanGpe(frame: Frame, at: number): number {
  if (frame.end - at < HEADER_BYTES) return cut(frame);
  const flags = frame.view.getUint8(at);
  if ((flags & NETWORK_ID_VALID) === 0 || (flags & ~GPE_FLAGS_KNOWN) !== 0) return STOP;
  frame.etherType = (flags & NEXT_PROTOCOL) === 0 ? BRIDGED : nextType(frame.view.getUint8(at + 3));
  if (frame.etherType === 0) return STOP;
  frame.tunnelId = frame.view.getInt32(at + 4) >>> 8;
  return at + HEADER_BYTES;
}

function nextType(next: number): number {
  if (next === 1) return IPV4;
  if (next === 2) return IPV6;
  return next === 3 ? BRIDGED : 0;
}

/** Too short for the header: odd when the capture cut it, else somebody else's datagram. */
function cut(frame: Frame): number {
  return frame.end < frame.wireEnd ? odd(frame, 'vxlan_short') : STOP;
}
