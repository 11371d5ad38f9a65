/**
 * TaZmen sniffer protocol: mirrored packets in UDP, as MikroTik routers and access points send them.
 *
 *     0           1        2              4
 *     ┌───────────┬────────┬──────────────┬──────────────────────────────┬─────┬──────────
 *     │ version 1 │ type   │ encapsulated │ tags: kind, length, value …  │ 1   │ Ethernet
 *     └───────────┴────────┴──────────────┴──────────────────────────────┴─────┴──────────
 *
 * Kind 0 (padding) and 1 (end) have no length.
 */
import { BRIDGED } from './ether-type.ts';
import { type Frame, odd, STOP } from './frame.ts';

const HEADER_BYTES = 4;
const VERSION = 1;
const TYPE_MAX = 1;
const ETHERNET = 1;
const PADDING = 0;
const END = 1;
const TAGS_MAX = 32;

export function tzsp(frame: Frame, from: number): number {
  const { view } = frame;
  if (frame.end - from < HEADER_BYTES) return STOP;
  if (view.getUint8(from) !== VERSION || view.getUint8(from + 1) > TYPE_MAX) return STOP;
  if (view.getUint16(from + 2) !== ETHERNET) return STOP;
  let at = from + HEADER_BYTES;
  for (let count = 0; count < TAGS_MAX; count++) {
    if (frame.end - at < 2) return odd(frame, 'tzsp_short');
    const kind = view.getUint8(at++);
    if (kind === END) {
      frame.etherType = BRIDGED;
      return at;
    }
    if (kind !== PADDING) at += 1 + view.getUint8(at);
  }
  return odd(frame, 'tzsp_tags_too_many');
}
