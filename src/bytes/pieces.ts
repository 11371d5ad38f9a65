/**
 * A message put together from pieces that come in any order, once or again: CRYPTO frames of QUIC, fragments of DTLS.
 * Bounded in bytes and in number; what is held is what has come, not what a piece claims.
 */
export class Pieces {
  private readonly pieces: { readonly from: number; readonly bytes: Uint8Array }[] = [];
  private held = 0;
  private readonly bytesMax: number;
  private readonly piecesMax: number;

  constructor(bytesMax: number, piecesMax: number) {
    this.bytesMax = bytesMax;
    this.piecesMax = piecesMax;
  }

  /** Adds bytes, which it keeps. False when they are too many, or too far on: left out. */
  add(from: number, bytes: Uint8Array): boolean {
    if (from + bytes.length > this.bytesMax || this.held + bytes.length > 2 * this.bytesMax) return false;
    if (this.pieces.length >= this.piecesMax) return false;
    this.held += bytes.length;
    this.pieces.push({ from, bytes });
    return true;
  }

  /** How many bytes there are from the beginning without a hole. */
  wholeBytes(): number {
    this.pieces.sort((a, b) => a.from - b.from);
    let end = 0;
    for (const { from, bytes } of this.pieces) {
      if (from > end) break;
      end = Math.max(end, from + bytes.length);
    }
    return end;
  }

  /** The first `end` bytes, of which none is missing. */
  join(end: number): DataView<ArrayBuffer> {
    const joined = new Uint8Array(end);
    for (const { from, bytes } of this.pieces) {
      if (from < end) joined.set(bytes.length > end - from ? bytes.subarray(0, end - from) : bytes, from);
    }
    return new DataView(joined.buffer);
  }
}
