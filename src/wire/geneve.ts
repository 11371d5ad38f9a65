/**
 * Geneve (RFC 8926, 3.4).
 *
 *     0            1        2             4              7          8
 *     ┌────────────┬────────┬─────────────┬──────────────┬──────────┬───────────────────┬─────────
 *     │ ver │ len  │ O C    │ type        │ network id   │ reserved │ options, len × 4  │ payload
 *     └────────────┴────────┴─────────────┴──────────────┴──────────┴───────────────────┴─────────
 */
import { type Frame, odd, STOP } from './frame.ts';

const HEADER_BYTES = 8;
const RESERVED = 0x3f;

export function geneve(frame: Frame, at: number): number {
  const { view } = frame;
  if (frame.end - at < HEADER_BYTES) return frame.end < frame.wireEnd ? odd(frame, 'geneve_short') : STOP;
  const first = view.getUint8(at);
  if (first >> 6 !== 0 || (view.getUint8(at + 1) & RESERVED) !== 0) return STOP;
  const payload = at + HEADER_BYTES + ((first & 0x3f) << 2);
  if (payload > frame.wireEnd) return STOP;
  if (payload > frame.end) return odd(frame, 'geneve_short');
  frame.tunnelId = view.getInt32(at + 4) >>> 8;
  frame.etherType = view.getUint16(at + 2);
  return payload;
}
