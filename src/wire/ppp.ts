/**
 * PPP (RFC 1661) with what its negotiations may leave out (RFC 1661, 6.5 and 6.6).
 *
 *     0        1        2            4
 *     ┌────────┬────────┬────────────┬─────────
 *     │ FF     │ 03     │ protocol   │ payload
 *     └────────┴────────┴────────────┴─────────
 *       may be left out   one byte when odd
 */
import { IPV4, IPV6 } from './ether-type.ts';
import { type Frame, odd, STOP } from './frame.ts';

const ADDRESS_AND_CONTROL = 0xff03;
const INTERNET_PROTOCOL = 0x0021;
const INTERNET_PROTOCOL_6 = 0x0057;

export function ppp(frame: Frame, from: number): number {
  const { view, end } = frame;
  let at = from;
  if (end - at >= 2 && view.getUint16(at) === ADDRESS_AND_CONTROL) at += 2;
  if (end - at < 2) return odd(frame, 'ppp_short');
  let protocol = view.getUint8(at++);
  // The last byte of a protocol number is odd, the first one even: an odd first byte is the whole number.
  if ((protocol & 1) === 0) protocol = (protocol << 8) | view.getUint8(at++);
  if (protocol === INTERNET_PROTOCOL) frame.etherType = IPV4;
  else if (protocol === INTERNET_PROTOCOL_6) frame.etherType = IPV6;
  else return STOP;
  return at;
}
