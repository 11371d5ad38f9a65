/**
 * GTP-U (3GPP TS 29.281, 5.1): a mobile subscriber's packets between a base station and its core.
 *
 *     0               1         2          4            8                10       11
 *     ┌───────────────┬─────────┬──────────┬────────────┬────────────────┬────────┬────────────────┬─────────
 *     │ 1 │ 1 │ E S P │ type FF │ length   │ tunnel id  │ sequence       │ N-PDU  │ next extension │ payload
 *     └───────────────┴─────────┴──────────┴────────────┴────────────────┴────────┴────────────────┴─────────
 *                                                         these four bytes only with E, S or P
 *
 * An extension header: length in units of 4 bytes, content, type of the next one as its last byte.
 */
import { type Frame, odd, STOP } from './frame.ts';
import { internet } from './link.ts';

const HEADER_BYTES = 8;
const OPTIONAL_BYTES = 4;
const VERSION_1_GTP = 0x30;
const USER_DATA = 0xff;
const EXTENSIONS_MAX = 4;

export function gtp(frame: Frame, at: number): number {
  const { view } = frame;
  if (frame.end - at < HEADER_BYTES) return STOP;
  const flags = view.getUint8(at);
  if ((flags & 0xf8) !== VERSION_1_GTP || view.getUint8(at + 1) !== USER_DATA) return STOP;
  frame.tunnelId = view.getInt32(at + 4);
  let payload = at + HEADER_BYTES;
  if ((flags & 7) !== 0) {
    payload += OPTIONAL_BYTES;
    if (payload > frame.end) return odd(frame, 'gtp_short');
    if ((flags & 4) !== 0) payload = extensions(frame, payload);
    if (payload === STOP) return STOP;
  }
  return internet(frame, payload);
}

function extensions(frame: Frame, from: number): number {
  let at = from;
  for (let count = 0; frame.view.getUint8(at - 1) !== 0; count++) {
    if (count === EXTENSIONS_MAX) return odd(frame, 'gtp_extensions_too_many');
    if (at >= frame.end) return odd(frame, 'gtp_short');
    const bytes = frame.view.getUint8(at) << 2;
    if (bytes === 0 || at + bytes > frame.end) return odd(frame, 'gtp_short');
    at += bytes;
  }
  return at;
}
