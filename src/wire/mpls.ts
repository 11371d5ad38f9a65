/**
 * MPLS label stack (RFC 3032): labels until one says that it is the last.
 *
 *     0                        20   23  24        32 bits
 *     ┌────────────────────────┬────┬───┬─────────┐
 *     │ label                  │ TC │ S │ TTL     │
 *     └────────────────────────┴────┴───┴─────────┘
 *
 * The stack does not say what it carries; the first four bits behind it do (RFC 4928): 4 and 6 are IP,
 * 0 is the control word of a pseudo-wire (RFC 4385) with Ethernet behind it.
 */
import { BRIDGED, IPV4, IPV6 } from './ether-type.ts';
import { type Frame, odd, STOP } from './frame.ts';

const LABEL_BYTES = 4;
const LAST = 0x100;
const CONTROL_WORD_BYTES = 4;

export function mpls(frame: Frame, from: number, labelsMax: number): number {
  let at = from;
  for (let count = 0; ; count++) {
    if (count === labelsMax) return odd(frame, 'mpls_too_many');
    // One byte more than the label: what follows is told by it.
    if (frame.end - at < LABEL_BYTES + 1) return odd(frame, 'mpls_short');
    const label = frame.view.getInt32(at);
    at += LABEL_BYTES;
    if ((label & LAST) !== 0) break;
  }
  const kind = frame.view.getUint8(at) >> 4;
  if (kind === 4 || kind === 6) {
    frame.etherType = kind === 4 ? IPV4 : IPV6;
    return at;
  }
  if (kind !== 0) return STOP;
  frame.etherType = BRIDGED;
  return at + CONTROL_WORD_BYTES;
}
