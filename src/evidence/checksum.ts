/**
 * The checksum of the internet (RFC 1071) over a transport header, its payload and the pseudo-header (RFC 9293, 3.1;
 * RFC 768; RFC 8200, 8.1), to see whether one is right and to make it right again.
 */
import { type Frame, ICMP, ICMPV6, TCP, UDP } from '../wire/frame.ts';

/** Offset of the checksum in the transport header, or -1 where there is none that we compute. */
export function checksumOffset(transport: number): number {
  if (transport === TCP) return 16;
  if (transport === UDP) return 6;
  return transport === ICMP || transport === ICMPV6 ? 2 : -1;
}

/** Sum over `frame`'s transport in `bytes`, which begin at `origin` of the frame's arena; 0 when the stored one is right. */
export function transportSum(bytes: Uint8Array, origin: number, frame: Frame): number {
  const from = frame.transport - origin;
  const to = frame.end - origin;
  let sum = 0;
  if (frame.transportProtocol !== ICMP) {
    const addresses = frame.sourceAddress - origin;
    sum = words(bytes, addresses, addresses + 2 * frame.addressBytes) + frame.transportProtocol + (to - from);
  }
  sum += words(bytes, from, to);
  while (sum > 0xffff) sum = Math.floor(sum / 0x10000) + (sum & 0xffff);
  return ~sum & 0xffff;
}

function words(bytes: Uint8Array, from: number, to: number): number {
  let sum = 0;
  for (let at = from; at < to; at += 2) sum += bytes[at]! * 256 + (at + 1 < to ? bytes[at + 1]! : 0);
  return sum;
}

/** Zeros `[from, to)` of a packet, whose stored checksum at `at` (-1: none, or wrong) stays right. `from` is at an even place. */
export function zeroSummed(bytes: Uint8Array, from: number, to: number, at: number): void {
  let gone = words(bytes, from, to);
  bytes.fill(0, from, to);
  if (at < 0) return;
  while (gone > 0xffff) gone = Math.floor(gone / 0x10000) + (gone & 0xffff);
  let sum = (~(bytes[at]! * 256 + bytes[at + 1]!) & 0xffff) + (~gone & 0xffff);
  sum = (sum & 0xffff) + (sum >> 16);
  const written = ~sum & 0xffff;
  bytes[at] = written >> 8;
  bytes[at + 1] = written & 0xff;
}
