/**
 * What the masks of protocols over TCP have in common. One direction of one conversation is fed in order; whatever the
 * mask does not know to be harmless is overwritten where it stands.
 */
import type { Masked } from './filler.ts';

export interface StreamMask {
  /** Overwrites `[from, to)`, the next bytes of the stream. */
  feed(bytes: Uint8Array, from: number, to: number, masked: Masked): void;
}
