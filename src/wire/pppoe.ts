/**
 * PPP over Ethernet, session stage (RFC 2516).
 *
 *     0       1       2            4            6
 *     ┌───────┬───────┬────────────┬────────────┬─────────
 *     │ 1 │ 1 │ code 0│ session    │ length     │ PPP
 *     └───────┴───────┴────────────┴────────────┴─────────
 */
import { claim, type Frame, odd, STOP } from './frame.ts';
import { ppp } from './ppp.ts';

const HEADER_BYTES = 6;
const VERSION_AND_TYPE = 0x11;

export function pppoe(frame: Frame, at: number): number {
  const { view } = frame;
  if (frame.end - at < HEADER_BYTES) return odd(frame, 'pppoe_short');
  if (view.getUint8(at) !== VERSION_AND_TYPE || view.getUint8(at + 1) !== 0) return STOP;
  claim(frame, at + HEADER_BYTES + view.getUint16(at + 4), 'pppoe_length');
  return ppp(frame, at + HEADER_BYTES);
}
