/**
 * A file that only the holder of a key can read: AES-256-GCM in pieces, so that it can grow and a cut one is still read up to
 * the cut. Each file has a key of its own (HKDF-SHA-256 of the site's key and the salt in the head), so that counters are safe
 * as nonces (NIST SP 800-38D, 8.2.1).
 *
 *     WWRAW1\0\0 │ length (4) │ head, JSON in clear │ piece │ piece │ … │ last piece
 *     piece: length (4, big endian; upper bit: the last) │ tag (16) │ cipher text
 *
 * Every piece vouches for the head, its place and whether it is the last: nothing can be changed, left out or cut off unseen.
 */
import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';

const MAGIC = Buffer.from('WWRAW1\0\0', 'latin1');
const TAG_BYTES = 16;
const NONCE_BYTES = 12;
const LAST = 0x8000_0000;
const PIECE_BYTES_MAX = 16 * 1024 * 1024;
const HEAD_BYTES_MAX = 64 * 1024;

export class SealedWriter {
  private readonly descriptor: number;
  private readonly key: Uint8Array;
  private readonly headDigest: Buffer;
  private pieces = 0;

  /** Makes a new file, readable for its owner only; throws when it is there already. */
  constructor(file: string, siteKey: Uint8Array, head: object) {
    const salt = randomBytes(TAG_BYTES);
    const text = Buffer.from(JSON.stringify({ ...head, salt: salt.toString('hex') }), 'utf8');
    this.key = fileKey(siteKey, salt);
    this.headDigest = digestOf(text);
    this.descriptor = openSync(file, 'wx', 0o600);
    writeSync(this.descriptor, Buffer.concat([MAGIC, lengthOf(text.length), text]));
  }

  write(plain: Uint8Array): void {
    for (let at = 0; at < plain.length; at += PIECE_BYTES_MAX)
      this.piece(plain.subarray(at, at + PIECE_BYTES_MAX), false);
  }

  end(): void {
    this.piece(new Uint8Array(0), true);
    fsyncSync(this.descriptor);
    closeSync(this.descriptor);
  }

  private piece(plain: Uint8Array, isLast: boolean): void {
    const cipher = createCipheriv('aes-256-gcm', this.key, nonceOf(this.pieces), { authTagLength: TAG_BYTES });
    cipher.setAAD(aboutOf(this.headDigest, this.pieces, isLast));
    const sealed = Buffer.concat([cipher.update(plain), cipher.final()]);
    this.pieces++;
    writeSync(
      this.descriptor,
      Buffer.concat([lengthOf(isLast ? LAST + sealed.length : sealed.length), cipher.getAuthTag(), sealed]),
    );
  }
}

export interface Opened {
  readonly head: Readonly<Record<string, unknown>>;
  readonly plain: Uint8Array;
  /** The last piece is there: nothing was cut off. */
  readonly isWhole: boolean;
}

/** The head alone, which is in clear; throws when it is no such file. */
export function sealedHead(file: string): Readonly<Record<string, unknown>> {
  return headOf(readFileSync(file)).head;
}

/** Throws with one sentence when it is no such file, the key is another, or something was changed. */
export function openSealed(file: string, siteKey: Uint8Array): Opened {
  const bytes = readFileSync(file);
  const { head, text, end } = headOf(bytes);
  const key = fileKey(siteKey, Buffer.from(String(head.salt), 'hex'));
  const headDigest = digestOf(text);
  const parts: Buffer[] = [];
  let isWhole = false;
  for (let at = end, piece = 0; at + 4 + TAG_BYTES <= bytes.length && !isWhole; piece++) {
    const said = bytes.readUInt32BE(at);
    const isLast = said >= LAST;
    const length = isLast ? said - LAST : said;
    const from = at + 4 + TAG_BYTES;
    if (from + length > bytes.length) break;
    const cipher = createDecipheriv('aes-256-gcm', key, nonceOf(piece), { authTagLength: TAG_BYTES });
    cipher.setAAD(aboutOf(headDigest, piece, isLast)).setAuthTag(bytes.subarray(at + 4, from));
    try {
      parts.push(Buffer.concat([cipher.update(bytes.subarray(from, from + length)), cipher.final()]));
    } catch {
      throw new Error(`${file}: the key is another one, or the file was changed (piece ${piece + 1})`);
    }
    isWhole = isLast;
    at = from + length;
  }
  return { head, plain: Buffer.concat(parts), isWhole };
}

function headOf(bytes: Buffer): { head: Readonly<Record<string, unknown>>; text: Buffer; end: number } {
  const at = MAGIC.length + 4;
  const length = bytes.length >= at && bytes.subarray(0, MAGIC.length).equals(MAGIC) ? bytes.readUInt32BE(at - 4) : -1;
  if (length < 0 || length > HEAD_BYTES_MAX || at + length > bytes.length) throw new Error('this is no sealed capture');
  const text = bytes.subarray(at, at + length);
  return { head: JSON.parse(text.toString('utf8')) as Record<string, unknown>, text, end: at + length };
}

function fileKey(siteKey: Uint8Array, salt: Uint8Array): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', siteKey, salt, 'wardwatch raw capture', 32));
}

function digestOf(text: Uint8Array): Buffer {
  return createHash('sha256').update(text).digest();
}

function nonceOf(piece: number): Buffer {
  const nonce = Buffer.alloc(NONCE_BYTES);
  nonce.writeUInt32BE(piece, NONCE_BYTES - 4);
  return nonce;
}

function aboutOf(headDigest: Buffer, piece: number, isLast: boolean): Buffer {
  return Buffer.concat([headDigest, lengthOf(piece), Buffer.from([isLast ? 1 : 0])]);
}

function lengthOf(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
