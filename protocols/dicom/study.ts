/**
 * The keyed hash by which studies are counted (contract 4.6). An examination has hundreds of images, so the UID of
 * the last one is compared as bytes before it is hashed again; it never becomes a string.
 */
import { keyedHash } from '../../src/bytes/digest.ts';

/** A UID (PS3.5, 9.1). */
const REMEMBERED_BYTES_MAX = 64;

export class StudyHash {
  private readonly key: Uint8Array;
  private readonly last = new Uint8Array(REMEMBERED_BYTES_MAX);
  private lastBytes = -1;
  private hash = 0;

  constructor(key: Uint8Array) {
    this.key = key;
  }

  /** Of the UID in `view[at, at + length)` without its padding; 0 when it is empty. */
  of(view: DataView, at: number, length: number): number {
    let bytes = length;
    while (bytes > 0 && view.getUint8(at + bytes - 1) <= 0x20) bytes--;
    if (bytes === 0) return 0;
    if (!this.isLast(view, at, bytes)) {
      this.hash = keyedHash(this.key, view, at, bytes);
      this.lastBytes = bytes > REMEMBERED_BYTES_MAX ? -1 : bytes;
      for (let i = 0; i < this.lastBytes; i++) this.last[i] = view.getUint8(at + i);
    }
    return this.hash;
  }

  private isLast(view: DataView, at: number, bytes: number): boolean {
    if (bytes !== this.lastBytes) return false;
    for (let i = 0; i < bytes; i++) if (this.last[i] !== view.getUint8(at + i)) return false;
    return true;
  }
}
