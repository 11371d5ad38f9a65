/**
 * Provider backbone bridge (IEEE 802.1ah): a provider's Ethernet around the customer's.
 *
 *     0                     1              4
 *     ┌─────────────────────┬──────────────┬──────────────────────────
 *     │ PCP DEI UCA reserved│ service id   │ Ethernet of the customer
 *     └─────────────────────┴──────────────┴──────────────────────────
 */
import { BRIDGED } from './ether-type.ts';
import { type Frame, odd } from './frame.ts';

const TAG_BYTES = 4;

export function backbone(frame: Frame, at: number): number {
  if (frame.end - at < TAG_BYTES) return odd(frame, 'backbone_short');
  frame.tunnelId = frame.view.getInt32(at) & 0xffffff;
  frame.etherType = BRIDGED;
  return at + TAG_BYTES;
}
