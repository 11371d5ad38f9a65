/**
 * The Huffman code of HPACK (RFC 7541, 5.2 and appendix B). It is canonical: among codes of one length the symbols
 * ascend, so that the lengths say all.
 */

/** Bits of the code of each byte. */
const LENGTHS: readonly number[] = [
  ...[13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28],
  ...[28, 28, 28, 28, 6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15],
  ...[6, 12, 10, 13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14],
  ...[6, 15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28, 20],
  ...[22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22],
  ...[23, 23, 24, 22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20],
  ...[22, 22, 22, 23, 22, 22, 23, 26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27, 27],
  ...[26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27, 20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23, 26],
  ...[27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26],
];
const BITS_MAX = 30;
const PADDING_BITS_MAX = 7;

/** Of each length: its first code, and where its symbols begin. */
const firsts = new Int32Array(BITS_MAX + 1);
const counts = new Int32Array(BITS_MAX + 1);
const places = new Int32Array(BITS_MAX + 1);
const symbols = new Uint8Array(LENGTHS.length);
fill();

function fill(): void {
  let code = 0;
  let place = 0;
  for (let bits = 1; bits <= BITS_MAX; bits++) {
    code *= 2;
    firsts[bits] = code;
    places[bits] = place;
    LENGTHS.forEach((length, symbol) => {
      if (length !== bits) return;
      symbols[place++] = symbol;
      code++;
    });
    counts[bits] = place - places[bits]!;
  }
}

/** Decodes `[at, end)` to `out` from `to` on; where it came, or -1 for a wrong code or when there is no room. */
export function decodeHuffman(view: DataView, at: number, end: number, out: Uint8Array, to: number): number {
  let code = 0;
  let bits = 0;
  let next = to;
  for (let i = at; i < end; i++) {
    const byte = view.getUint8(i);
    for (let shift = 7; shift >= 0; shift--) {
      code = (code << 1) | ((byte >> shift) & 1);
      bits++;
      const place = code - firsts[bits]!;
      if (place >= 0 && place < counts[bits]!) {
        if (next === out.length) return -1;
        out[next++] = symbols[places[bits]! + place]!;
        code = 0;
        bits = 0;
      } else if (bits === BITS_MAX) return -1;
    }
  }
  // The rest is padding: ones, fewer than a byte.
  return bits <= PADDING_BITS_MAX && code === (1 << bits) - 1 ? next : -1;
}
