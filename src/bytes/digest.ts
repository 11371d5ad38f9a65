/**
 * Digests for the floors that do no input or output: Community ID, fingerprints, keyed hashes.
 * The only file below the edges, beside `inflate.ts`, that knows a `node:` module (contract 4.4).
 */
import { createHash, createHmac } from 'node:crypto';

export function sha1Base64(bytes: Uint8Array): string {
  return createHash('sha1').update(bytes).digest('base64');
}

export function sha256Hex(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

export function md5Hex(text: string): string {
  return createHash('md5').update(text).digest('hex');
}

/**
 * HMAC-SHA-256 of `view[at, at + length)` under `key`, its first 48 bits as a number.
 * For counting values that can identify a patient: it stays in memory and never reaches an output.
 */
export function keyedHash(key: Uint8Array, view: DataView, at: number, length: number): number {
  const bytes = new Uint8Array(view.buffer, view.byteOffset + at, length);
  return createHmac('sha256', key).update(bytes).digest().readUIntBE(0, 6);
}
