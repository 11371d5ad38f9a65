/**
 * Digests for the floors that do no input or output: Community ID, fingerprints, keyed hashes, the public keys of QUIC.
 * The only file below the edges, beside `inflate.ts`, that knows a `node:` module (contract 4.4).
 */
import { createCipheriv, createDecipheriv, createHash, createHmac, hash } from 'node:crypto';

export function sha1Base64(bytes: Uint8Array): string {
  return createHash('sha1').update(bytes).digest('base64');
}

export function sha256Hex(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

export function hmacSha256Hex(key: Uint8Array, text: string): string {
  return createHmac('sha256', key).update(text).digest('hex');
}

export function hmacSha256(key: Uint8Array, bytes: Uint8Array): Uint8Array {
  return createHmac('sha256', key).update(bytes).digest();
}

/** One block of 16 bytes through AES-128. */
export function aes128Block(key: Uint8Array, block: Uint8Array): Uint8Array {
  return createCipheriv('aes-128-ecb', key, null).setAutoPadding(false).update(block);
}

const TAG_BYTES = 16;

/** Opens what AES-128-GCM sealed, its tag at the end; null when key, nonce or `additional` are others. */
export function openAes128Gcm(
  key: Uint8Array,
  nonce: Uint8Array,
  additional: Uint8Array,
  sealed: Uint8Array,
): Uint8Array | null {
  const bytes = sealed.length - TAG_BYTES;
  if (bytes < 0) return null;
  const cipher = createDecipheriv('aes-128-gcm', key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(additional).setAuthTag(sealed.subarray(bytes));
  const plain = cipher.update(sealed.subarray(0, bytes));
  try {
    cipher.final();
    return plain;
  } catch {
    return null;
  }
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

const LABEL_PREFIX = 'tls13 ';

/** HKDF-Expand-Label of TLS 1.3 (RFC 8446 7.1) with SHA-256 and no context; at most 32 bytes. */
export function expandLabel(secret: Uint8Array, label: string, length: number): Uint8Array {
  const name = LABEL_PREFIX + label;
  // Length, name and context behind their own lengths; then the number of this block of the expansion (RFC 5869 2.3).
  const info = new Uint8Array(name.length + 5);
  info[1] = length;
  info[2] = name.length;
  for (let i = 0; i < name.length; i++) info[3 + i] = name.charCodeAt(i);
  info[info.length - 1] = 1;
  return hmacSha256(secret, info).subarray(0, length);
}
