/**
 * Digests for the floors that do no input or output: Community ID, fingerprints, keyed hashes.
 * The only file below the edges, beside `inflate.ts`, that knows a `node:` module (contract 4.4).
 */
import { createHash, createHmac, hash } from 'node:crypto';

export function sha1Base64(bytes: Uint8Array): string {
  return createHash('sha1').update(bytes).digest('base64');
}

export function sha256Hex(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

export function hmacSha256Hex(key: Uint8Array, text: string): string {
  return createHmac('sha256', key).update(text).digest('hex');
}

export function md5Hex(bytes: Uint8Array | string): string {
  return createHash('md5').update(bytes).digest('hex');
}

const KEY_BYTES = 32;
const VALUE_BYTES_MAX = 256;
const scratch = new Uint8Array(KEY_BYTES + VALUE_BYTES_MAX);

/**
 * SHA-256 of `key` (32 bytes) and `view[at, at + length)`, its first 48 bits as a number. Values are cut
 * after 256 bytes. For counting values that can identify a patient: it stays in memory and never reaches an output, so that
 * a prefix as key is enough, and one call of the digest is a tenth of what an HMAC costs.
 */
export function keyedHash(key: Uint8Array, view: DataView<ArrayBufferLike>, at: number, length: number): number {
  const bytes = Math.min(length, VALUE_BYTES_MAX);
  scratch.set(key.subarray(0, KEY_BYTES));
  scratch.set(new Uint8Array(view.buffer, view.byteOffset + at, bytes), KEY_BYTES);
  const digest = hash('sha256', scratch.subarray(0, KEY_BYTES + bytes), 'buffer');
  scratch.fill(0, KEY_BYTES);
  return digest.readUIntBE(0, 6);
}
