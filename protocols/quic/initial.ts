/**
 * Initial packets opened (RFC 9001 5): their keys come from the first connection id, which everybody can see.
 *
 *     secret  HMAC(salt of the version, connection id of the client's first packet)
 *     key · iv · hp  of `client in` and `server in`; the header is masked with a sample of what is sealed
 *     frames  0 padding · 1 ping · 2, 3 ACK · 6 CRYPTO (offset, length, data) · 28 close
 *
 * Nothing behind the Initial packets can be opened by anybody but the two ends.
 */
import { aes128Block, expandLabel, hmacSha256, openAes128Gcm } from '../../src/bytes/digest.ts';
import type { Pieces } from '../../src/bytes/pieces.ts';
import type { Packet } from './header.ts';
import { varint, varintBytes } from './header.ts';
import type { Readable } from './versions.ts';

const SECRET_BYTES = 32;
const KEY_BYTES = 16;
const NONCE_BYTES = 12;
const SAMPLE_OFFSET = 4;
const SAMPLE_BYTES = 16;
/** Of a long header, the bits that are masked. */
const MASKED = 0x0f;

class Keys {
  readonly key: Uint8Array;
  readonly iv: Uint8Array;
  readonly mask: Uint8Array;

  constructor(secret: Uint8Array, label: string) {
    this.key = expandLabel(secret, `${label} key`, KEY_BYTES);
    this.iv = expandLabel(secret, `${label} iv`, NONCE_BYTES);
    this.mask = expandLabel(secret, `${label} hp`, KEY_BYTES);
  }

  /** The frames in `packet`, which begins at `start`; null when these are not its keys. */
  open(view: DataView, start: number, { numberAt, end }: Packet): Uint8Array | null {
    const bytes = new Uint8Array(end - start);
    bytes.set(new Uint8Array(view.buffer, view.byteOffset + start, end - start));
    const number = numberAt - start;
    const sampleAt = number + SAMPLE_OFFSET;
    const mask = aes128Block(this.mask, bytes.subarray(sampleAt, sampleAt + SAMPLE_BYTES));
    bytes[0]! ^= mask[0]! & MASKED;
    const numberBytes = (bytes[0]! & 3) + 1;
    const nonce = new Uint8Array(this.iv);
    for (let i = 0; i < numberBytes; i++) {
      const byte = bytes[number + i]! ^ mask[1 + i]!;
      bytes[number + i] = byte;
      nonce[NONCE_BYTES - numberBytes + i]! ^= byte;
    }
    const body = number + numberBytes;
    return openAes128Gcm(this.key, nonce, bytes.subarray(0, body), bytes.subarray(body));
  }
}

/** Keys of both directions. */
export class InitialKeys {
  readonly version: number;
  private readonly ofClient: Keys;
  private readonly ofServer: Keys;

  constructor({ salt, label }: Readable, version: number, id: Uint8Array) {
    const secret = hmacSha256(salt, id);
    this.version = version;
    this.ofClient = new Keys(expandLabel(secret, 'client in', SECRET_BYTES), label);
    this.ofServer = new Keys(expandLabel(secret, 'server in', SECRET_BYTES), label);
  }

  open(view: DataView, start: number, packet: Packet, isOfClient: boolean): Uint8Array | null {
    return (isOfClient ? this.ofClient : this.ofServer).open(view, start, packet);
  }
}

const PADDING = 0;
const PING = 1;
const ACK = 2;
const ACK_WITH_COUNTS = 3;
const CRYPTO = 6;
/** The same in Google's last version. */
const CRYPTO_OF_GOOGLE = 8;
const CLOSE = 28;

/** What frames held: pieces of a handshake, something that is no frame, or too much. */
export const FRAMES_READ = 0;
export const FRAMES_BROKEN = 1;
export const FRAMES_TOO_MANY = 2;

/** Puts the CRYPTO frames of an opened packet into `pieces`. */
export function readFrames(opened: Uint8Array, isGoogle: boolean, pieces: Pieces): number {
  const view = new DataView(opened.buffer, opened.byteOffset, opened.length);
  const end = opened.length;
  let at = 0;
  while (at < end) {
    const type = view.getUint8(at++);
    if (type === PADDING || type === PING) continue;
    if (type === CLOSE) return FRAMES_READ;
    if (type === ACK || type === ACK_WITH_COUNTS) {
      at = pastAck(view, at, end, type === ACK_WITH_COUNTS);
      if (at < 0) return FRAMES_BROKEN;
      continue;
    }
    if (type !== (isGoogle ? CRYPTO_OF_GOOGLE : CRYPTO)) return FRAMES_BROKEN;
    const offset = varint(view, at, end);
    if (offset < 0) return FRAMES_BROKEN;
    at += varintBytes(view, at);
    const length = varint(view, at, end);
    if (length < 0) return FRAMES_BROKEN;
    at += varintBytes(view, at);
    if (length > end - at) return FRAMES_BROKEN;
    if (!pieces.add(offset, opened.subarray(at, at + length))) return FRAMES_TOO_MANY;
    at += length;
  }
  return FRAMES_READ;
}

/** Largest, delay, count of ranges, first range; then pairs; then three counts (RFC 9000 19.3). */
function pastAck(view: DataView, from: number, end: number, hasCounts: boolean): number {
  let at = from;
  let ranges = 0;
  for (let field = 0; field < 4; field++) {
    // Delays and packet numbers may be larger than a length can be: stepped over, not read.
    if (at >= end) return -1;
    if (field === 2) ranges = varint(view, at, end);
    at += varintBytes(view, at);
  }
  if (ranges < 0) return -1;
  for (let left = ranges * 2 + (hasCounts ? 3 : 0); left > 0; left--) {
    if (at >= end) return -1;
    at += varintBytes(view, at);
  }
  return at <= end ? at : -1;
}
