/**
 * The beginning of a deflated data set (PS3.5, A.5): collected up to `dicomDeflatedBytesMax`, then inflated once.
 */
import { inflateStart } from '../../src/bytes/inflate.ts';
import type { Limits } from '../../src/limits.ts';

/** The most that one byte of deflate can become (RFC 1951: 258 bytes for two bits). */
const DEFLATE_RATIO_MAX = 1_032;

export class Deflated {
  private readonly inflatedBytesMax: number;
  private readonly collected: Uint8Array;
  private bytes = 0;

  constructor(limits: Limits) {
    this.inflatedBytesMax = limits.dicomInflatedBytesMax;
    this.collected = new Uint8Array(limits.dicomDeflatedBytesMax);
  }

  get isFull(): boolean {
    return this.bytes === this.collected.length;
  }

  collect(view: DataView, at: number, end: number): void {
    const take = Math.min(end - at, this.collected.length - this.bytes);
    for (let i = 0; i < take; i++) this.collected[this.bytes++] = view.getUint8(at + i);
  }

  /** Image bytes inflate a hundredfold: when the whole is too much, its beginning is enough. Null: this is no deflate. */
  inflate(): DataView<ArrayBufferLike> | null {
    const bytes = this.collected.subarray(0, this.bytes);
    const harmless = bytes.subarray(0, Math.floor(this.inflatedBytesMax / DEFLATE_RATIO_MAX));
    const inflated = inflateStart(bytes, this.inflatedBytesMax) ?? inflateStart(harmless, this.inflatedBytesMax);
    return inflated === null ? null : new DataView(inflated.buffer, inflated.byteOffset, inflated.byteLength);
  }
}
