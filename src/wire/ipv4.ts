/**
 * IPv4 (RFC 791, 3.1).
 *
 *     0         1        2              4                6                  8
 *     ┌─────────┬────────┬──────────────┬────────────────┬──────────────────┐
 *     │ 4 │ IHL │ DSCP   │ total length │ identification │ flags, offset    │
 *     ├─────────┼────────┼──────────────┼────────────────┴──────────────────┤ 8
 *     │ TTL     │ proto  │ checksum     │ source                            │
 *     ├─────────┴────────┴──────────────┼───────────────────────────────────┘ 16
 *     │ destination                     │ options up to IHL × 4
 *     └─────────────────────────────────┘ 20
 *
 * The checksum is not verified: cards compute it after the capture has seen the packet. A total length of 0
 * is a segment that the card has still to cut (TSO); the captured length stands for it.
 */
import { claim, type Frame, odd } from './frame.ts';

const HEADER_BYTES = 20;
const MORE_FRAGMENTS = 0x2000;
const FRAGMENT_OFFSET = 0x1fff;

/** Returns where the IP payload begins. `frame.networkVersion` stays 0 when the header is no good. */
export function ipv4(frame: Frame, at: number): number {
  const { view } = frame;
  if (frame.end - at < HEADER_BYTES) return odd(frame, 'ipv4_short');
  const first = view.getUint8(at);
  if (first >> 4 !== 4) return odd(frame, 'ipv4_version');
  const headerBytes = (first & 0x0f) << 2;
  if (headerBytes < HEADER_BYTES) return odd(frame, 'ipv4_header_length');
  const totalLength = view.getUint16(at + 2);
  if (totalLength !== 0) {
    if (totalLength < headerBytes) return odd(frame, 'ipv4_total_length');
    claim(frame, at + totalLength, 'ipv4_total_length');
  }
  frame.network = at;
  frame.networkVersion = 4;
  frame.sourceAddress = at + 12;
  frame.targetAddress = at + 16;
  frame.addressBytes = 4;
  frame.identification = view.getUint16(at + 4);
  frame.timeToLive = view.getUint8(at + 8);
  frame.ipProtocol = view.getUint8(at + 9);
  const fragment = view.getUint16(at + 6);
  if ((fragment & (MORE_FRAGMENTS | FRAGMENT_OFFSET)) !== 0) {
    frame.fragmentOffset = (fragment & FRAGMENT_OFFSET) << 3;
    frame.fragmentMore = (fragment & MORE_FRAGMENTS) === 0 ? 0 : 1;
    frame.fragmentId = frame.identification;
  }
  const payload = at + headerBytes;
  frame.payload = Math.min(payload, frame.end);
  frame.payloadWire = frame.wireEnd > payload ? frame.wireEnd - payload : 0;
  return payload <= frame.end ? payload : odd(frame, 'ipv4_short');
}
