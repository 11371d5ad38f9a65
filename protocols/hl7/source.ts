/** The bytes in which segments stand, seen both ways: one by one, and in words. */
export class Source {
  readonly view: DataView<ArrayBufferLike>;
  readonly bytes: Uint8Array;

  constructor(view: DataView<ArrayBufferLike>) {
    this.view = view;
    this.bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  }
}

export const NOWHERE: Source = new Source(new DataView(new ArrayBuffer(0)));

/** The same byte in each place of a word of four. */
export function everywhere(byte: number): number {
  return Math.imul(byte, 0x01010101);
}

/** Not 0 when one of the four bytes is below 0x20: the borrow of the subtraction reaches the top bit of such a byte first. */
export function controlsIn(word: number): number {
  return (word - 0x20202020) & ~word & 0x80808080;
}

/** A 1 in each of the four bytes that are 0. */
export function zerosIn(word: number): number {
  return ~(((word & 0x7f7f7f7f) + 0x7f7f7f7f) | word | 0x7f7f7f7f) >>> 7;
}

/** The four bytes of a word, each at most 63, added up. */
export function sumOf(word: number): number {
  return Math.imul(word, 0x01010101) >>> 24;
}
