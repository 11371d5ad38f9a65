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

/**
 * Returns where the IP payload begins. `frame.networkVersion` stays 0 when the header is no good.
 * The header is read in words of 32 bits: most packets are IPv4, and one read costs as much as another.
 */
export function ipv4(frame: Frame, at: number): number {
  const { view } = frame;
  if (frame.end - at < HEADER_BYTES) return odd(frame, 'ipv4_short');
  const first = view.getInt32(at);
  const headerBytes = (first >>> 22) & 0x3c;
  if (first >>> 28 !== 4) return odd(frame, 'ipv4_version');
  if (headerBytes < HEADER_BYTES) return odd(frame, 'ipv4_header_length');
  const totalLength = first & 0xffff;
  if (totalLength < headerBytes && totalLength !== 0) return odd(frame, 'ipv4_total_length');
  if (totalLength !== 0) claim(frame, at + totalLength, 'ipv4_total_length');
  frame.network = at;
  frame.networkVersion = 4;
  frame.sourceAddress = at + 12;
  frame.targetAddress = at + 16;
  frame.addressBytes = 4;
  const second = view.getInt32(at + 4);
  frame.identification = second >>> 16;
  if ((second & (MORE_FRAGMENTS | FRAGMENT_OFFSET)) !== 0) fragment(frame, second);
  const third = view.getUint16(at + 8);
  frame.timeToLive = third >> 8;
  frame.ipProtocol = third & 0xff;
  const payload = at + headerBytes;
  const { end, wireEnd } = frame;
  frame.payload = Math.min(payload, end);
  frame.payloadWire = Math.max(wireEnd - payload, 0);
  return payload <= end ? payload : odd(frame, 'ipv4_short');
}

function fragment(frame: Frame, word: number): void {
  frame.fragmentOffset = (word & FRAGMENT_OFFSET) << 3;
  frame.fragmentMore = (word & MORE_FRAGMENTS) === 0 ? 0 : 1;
  frame.fragmentId = frame.identification;
}
