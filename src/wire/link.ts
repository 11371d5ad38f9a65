/**
 * The first header of a packet, by link type (tcpdump.org/linktypes.html).
 *
 * Wireless link types are not decoded: a mirror port carries Ethernet.
 */
import { cooked, cooked2 } from './cooked.ts';
import { IPV4, IPV6 } from './ether-type.ts';
import { ethernet } from './ethernet.ts';
import { type Frame, odd, STOP } from './frame.ts';
import { loopback } from './loopback.ts';
import { ppp } from './ppp.ts';

export const LINK_ETHERNET = 1;

/** Returns where the payload begins; `frame.etherType` says what it is. */
export function linkHeader(frame: Frame, link: number, at: number): number {
  switch (link) {
    case LINK_ETHERNET:
      return ethernet(frame, at);
    case 113:
      return cooked(frame, at);
    case 276:
      return cooked2(frame, at);
    // Raw IP: the registered number, and those that two systems wrote before there was one.
    case 101:
    case 12:
    case 14:
    case 228:
    case 229:
      return internet(frame, at);
    case 0:
    case 108:
      return loopback(frame, at);
    case 9:
    case 50:
      return ppp(frame, at);
    default:
      return odd(frame, 'link_type_unknown');
  }
}

/** An IP header without anything that says which version: its first four bits do. */
export function internet(frame: Frame, at: number): number {
  if (frame.end - at < 1) return odd(frame, 'ip_short');
  const version = frame.view.getUint8(at) >> 4;
  if (version === 4) frame.etherType = IPV4;
  else if (version === 6) frame.etherType = IPV6;
  else return STOP;
  return at;
}
