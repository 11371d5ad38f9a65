/**
 * BSD loopback (LINKTYPE_NULL, LINKTYPE_LOOP): a 32-bit address family, then the network header.
 *
 * LOOP is in network order, NULL in the order of the machine that captured. Families are small numbers,
 * so either order can be told by where the zeros are.
 */
import { IPV4, IPV6 } from './ether-type.ts';
import { type Frame, odd, STOP } from './frame.ts';

const HEADER_BYTES = 4;

export function loopback(frame: Frame, at: number): number {
  if (frame.end - at < HEADER_BYTES) return odd(frame, 'loopback_short');
  const family = frame.view.getInt32(at);
  switch ((family & 0xffff) !== 0 ? family : family >>> 24) {
    case 2:
      frame.etherType = IPV4;
      return at + HEADER_BYTES;
    // AF_INET6 of Linux, NetBSD and OpenBSD, FreeBSD, Darwin.
    case 10:
    case 24:
    case 28:
    case 30:
      frame.etherType = IPV6;
      return at + HEADER_BYTES;
    default:
      return STOP;
  }
}
