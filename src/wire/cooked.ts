/**
 * Linux cooked captures (LINKTYPE_LINUX_SLL and _SLL2): what the kernel kept of the link header.
 *
 *     SLL    0        2        4         6                  14         16
 *            ┌────────┬────────┬─────────┬──────────────────┬──────────┬─────────
 *            │ kind   │ device │ address │ address (8)      │ protocol │ payload
 *            │        │ type   │ length  │                  │          │
 *            └────────┴────────┴─────────┴──────────────────┴──────────┴─────────
 *     SLL2   0          2          4           8        10     11        12              20
 *            ┌──────────┬──────────┬───────────┬────────┬──────┬─────────┬───────────────┬─────────
 *            │ protocol │ reserved │ interface │ device │ kind │ address │ address (8)   │ payload
 *            │          │          │           │ type   │      │ length  │               │
 *            └──────────┴──────────┴───────────┴────────┴──────┴─────────┴───────────────┴─────────
 */
import { LLC } from './ether-type.ts';
import { type Frame, odd } from './frame.ts';

const HEADER_BYTES = 16;
const HEADER_2_BYTES = 20;
const MAC_BYTES = 6;
/** ETH_P_802_2: an LLC header follows. */
const KERNEL_LLC = 4;

export function cooked(frame: Frame, at: number): number {
  const { view } = frame;
  if (frame.end - at < HEADER_BYTES) return odd(frame, 'cooked_short');
  if (view.getUint16(at + 4) === MAC_BYTES) frame.sourceMac = at + 6;
  frame.etherType = kernelProtocol(view.getUint16(at + 14));
  return at + HEADER_BYTES;
}

export function cooked2(frame: Frame, at: number): number {
  const { view } = frame;
  if (frame.end - at < HEADER_2_BYTES) return odd(frame, 'cooked_short');
  if (view.getUint8(at + 11) === MAC_BYTES) frame.sourceMac = at + 12;
  frame.etherType = kernelProtocol(view.getUint16(at));
  return at + HEADER_2_BYTES;
}

function kernelProtocol(protocol: number): number {
  return protocol === KERNEL_LLC ? LLC : protocol;
}
