/**
 * Ethernet II and IEEE 802.3: who speaks to whom on this cable.
 *
 *     0             6             12         14
 *     ┌─────────────┬─────────────┬──────────┬─────────
 *     │ destination │ source      │ type or  │ payload
 *     │             │             │ length   │
 *     └─────────────┴─────────────┴──────────┴─────────
 *
 * What stands behind an 802.3 length is padding and is cut off here.
 */
import { LLC, TYPE_MIN } from './ether-type.ts';
import { type Frame, odd } from './frame.ts';

const HEADER_BYTES = 14;
const SOURCE = 6;
const TYPE = 12;

/** Returns where the payload begins; `frame.etherType` says what it is. */
export function ethernet(frame: Frame, at: number): number {
  if (frame.end - at < HEADER_BYTES) return odd(frame, 'ethernet_short');
  frame.targetMac = at;
  frame.sourceMac = at + SOURCE;
  return typeOrLength(frame, frame.view.getUint16(at + TYPE), at + HEADER_BYTES);
}

/** A value that is a type above 0x0600 and an 802.3 length below. The caller has read it; `at` is behind it. */
export function typeOrLength(frame: Frame, value: number, at: number): number {
  if (value >= TYPE_MIN) {
    frame.etherType = value;
    return at;
  }
  frame.etherType = LLC;
  if (at + value < frame.wireEnd) frame.wireEnd = at + value;
  if (at + value < frame.end) frame.end = at + value;
  return at;
}
