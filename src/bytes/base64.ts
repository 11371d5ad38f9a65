/** Base64 (RFC 4648, 4 and 5) read in place: of a value that must not become a string. */

/**
 * Decodes `[at, end)` into `out` and returns how many bytes there are; stops at the first other character, and when
 * `out` is full.
 */
export function decodeBase64(view: DataView, at: number, end: number, out: Uint8Array): number {
  let bits = 0;
  let held = 0;
  let count = 0;
  for (let i = at; i < end && count < out.length; i++) {
    const value = sixBits(view.getUint8(i));
    if (value < 0) break;
    held = ((held << 6) | value) & 0xffff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    out[count++] = (held >> bits) & 0xff;
  }
  return count;
}

function sixBits(byte: number): number {
  if (byte >= 0x41 && byte <= 0x5a) return byte - 0x41;
  if (byte >= 0x61 && byte <= 0x7a) return byte - 0x61 + 26;
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30 + 52;
  if (byte === 0x2b || byte === 0x2d) return 62;
  return byte === 0x2f || byte === 0x5f ? 63 : -1;
}
