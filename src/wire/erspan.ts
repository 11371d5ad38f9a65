/**
 * ERSPAN (draft-foschiano-erspan-03): a switch's mirrored packets in GRE.
 *
 *     type II    0                                4                           8
 *                ┌─────────┬──────┬───────────────┬──────────┬────────────────┐
 *                │ ver = 1 │ VLAN │ COS En T sess │ reserved │ index          │ Ethernet
 *                └─────────┴──────┴───────────────┴──────────┴────────────────┘
 *     type III   0                                4                           8        10              12
 *                ┌─────────┬──────┬───────────────┬───────────────────────────┬────────┬───────────────┐
 *                │ ver = 2 │ VLAN │ COS BSO T sess│ timestamp                 │ SGT    │ P FT Hw … O   │ (O: 8 more)
 *                └─────────┴──────┴───────────────┴───────────────────────────┴────────┴───────────────┘
 *
 * Type I has no header at all: GRE without a sequence number, then Ethernet. The VLAN field is the tag that
 * the mirrored port took off.
 */
import { BRIDGED } from './ether-type.ts';
import { type Frame, odd, STOP, tagged } from './frame.ts';

const HEADER_II_BYTES = 8;
const HEADER_III_BYTES = 12;
const SUBHEADER_BYTES = 8;
const SESSION = 0x3ff;

export function erspan(frame: Frame, at: number, sequenced: boolean): number {
  frame.etherType = BRIDGED;
  if (!sequenced) return at;
  if (frame.end - at < HEADER_II_BYTES) return odd(frame, 'erspan_short');
  const word = frame.view.getInt32(at);
  if (word >>> 28 !== 1) return STOP;
  identify(frame, word);
  return at + HEADER_II_BYTES;
}

export function erspan3(frame: Frame, at: number): number {
  frame.etherType = BRIDGED;
  if (frame.end - at < HEADER_III_BYTES) return odd(frame, 'erspan_short');
  const word = frame.view.getInt32(at);
  if (word >>> 28 !== 2) return STOP;
  identify(frame, word);
  const bytes = HEADER_III_BYTES + ((frame.view.getUint8(at + 11) & 1) === 0 ? 0 : SUBHEADER_BYTES);
  return frame.end - at < bytes ? odd(frame, 'erspan_short') : at + bytes;
}

function identify(frame: Frame, word: number): void {
  frame.tunnelId = word & SESSION;
  tagged(frame, word >>> 16);
}
