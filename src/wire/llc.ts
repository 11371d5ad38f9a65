/**
 * Logical link control (IEEE 802.2) with its sub-network access protocol: an EtherType in an 802.3 frame.
 *
 *     0      1      2      3            6        8
 *     ┌──────┬──────┬──────┬────────────┬────────┬─────────
 *     │ AA   │ AA   │ 03   │ OUI        │ type   │ payload
 *     └──────┴──────┴──────┴────────────┴────────┴─────────
 *
 * Spanning tree and the rest of 802.2 carry no network header; they end here without complaint. So does CDP, but
 * `etherType` and `payload` say where it is.
 */
import { CDP } from './ether-type.ts';
import { type Frame, odd, STOP } from './frame.ts';

const HEADER_BYTES = 8;
const SNAP = 0xaaaa;
const UNNUMBERED = 0x03;
const TYPE = 6;
/** OUIs under which the type is an EtherType: RFC 1042, and 802.1H bridges. */
const ENCAPSULATED_ETHERNET = 0x000000;
const BRIDGE_TUNNEL = 0x0000f8;
const CISCO = 0x00000c;
const CISCO_DISCOVERY = 0x2000;

export function llc(frame: Frame, at: number): number {
  const { view } = frame;
  if (frame.end - at < 3) return frame.end < frame.wireEnd ? odd(frame, 'llc_short') : STOP;
  if (view.getUint16(at) !== SNAP || view.getUint8(at + 2) !== UNNUMBERED) return STOP;
  if (frame.end - at < HEADER_BYTES) return odd(frame, 'llc_short');
  const organisation = view.getUint32(at + 2) & 0xffffff;
  if (organisation === CISCO && view.getUint16(at + TYPE) === CISCO_DISCOVERY) {
    frame.etherType = CDP;
    frame.payload = at + HEADER_BYTES;
    return STOP;
  }
  if (organisation !== ENCAPSULATED_ETHERNET && organisation !== BRIDGE_TUNNEL) return STOP;
  frame.etherType = view.getUint16(at + TYPE);
  return at + HEADER_BYTES;
}
