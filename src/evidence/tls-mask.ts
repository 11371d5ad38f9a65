/**
 * TLS (RFC 8446, 5.1; RFC 5246, 6.2): headers of records, handshakes in clear and alerts stay, what is encrypted becomes
 * zeros. A certificate that a client shows may name a person: of it only the lengths in front stay.
 *
 *     type · version (2) · length (2) │ handshake: type · length (3) · body …
 */
import { count, type Masked, zero } from './filler.ts';
import type { StreamMask } from './stream-mask.ts';

const HEADER = 5;
const CHANGE_CIPHER = 20;
const ALERT = 21;
const HANDSHAKE = 22;
const APPLICATION = 23;
const RECORD_BYTES_MAX = 0x4900;
const HANDSHAKE_HEADER = 4;
const CLIENT_HELLO = 1;
const SERVER_HELLO = 2;
const CERTIFICATE = 11;
/** Hellos, key exchange and the ends of flights: never an identity of a person. */
const KEPT = new Set([0, CLIENT_HELLO, SERVER_HELLO, 12, 13, 14, 16, 22]);

export function beginsTls(bytes: Uint8Array, from: number, to: number): boolean {
  if (to - from < HEADER + HANDSHAKE_HEADER) return false;
  const type = bytes[from]!;
  const length = bytes[from + 3]! * 256 + bytes[from + 4]!;
  if (bytes[from + 1] !== 3 || bytes[from + 2]! > 4 || length === 0 || length > RECORD_BYTES_MAX) return false;
  if (type === APPLICATION) return true;
  const hello = bytes[from + HEADER]!;
  return type === HANDSHAKE && (hello === CLIENT_HELLO || hello === SERVER_HELLO) && bytes[from + HEADER + 1] === 0;
}

export class TlsMask implements StreamMask {
  private type = 0;
  private headerLeft = HEADER;
  private recordLeft = 0;
  private recordBytes = 0;
  private isEncrypted = false;
  private handshake = -1;
  private handshakeHeaderLeft = HANDSHAKE_HEADER;
  private handshakeLeft = 0;
  private isClient = false;

  feed(bytes: Uint8Array, from: number, to: number, masked: Masked): void {
    for (let at = from; at < to; ) {
      if (this.headerLeft > 0) {
        this.header(bytes[at++]!);
        continue;
      }
      const end = Math.min(to, at + this.recordLeft);
      this.body(bytes, at, end, masked);
      this.recordLeft -= end - at;
      if (this.recordLeft === 0) {
        if (this.type === CHANGE_CIPHER) this.isEncrypted = true;
        this.headerLeft = HEADER;
      }
      at = end;
    }
  }

  private header(byte: number): void {
    if (this.headerLeft === HEADER) this.type = byte;
    else if (this.headerLeft === 2) this.recordLeft = byte * 256;
    else if (this.headerLeft === 1) this.recordLeft += byte;
    if (--this.headerLeft > 0) return;
    this.recordBytes = this.recordLeft;
    if (this.recordLeft === 0) this.headerLeft = HEADER;
  }

  private body(bytes: Uint8Array, from: number, to: number, masked: Masked): void {
    if (this.type === CHANGE_CIPHER && this.recordBytes === 1) return;
    if (this.type === ALERT && this.recordBytes === 2 && !this.isEncrypted) return;
    if (this.type !== HANDSHAKE || this.isEncrypted) zero(bytes, from, to, 'tls encrypted', masked);
    else for (let at = from; at < to; at++) this.clear(bytes, at, masked);
  }

  private clear(bytes: Uint8Array, at: number, masked: Masked): void {
    const byte = bytes[at]!;
    if (this.handshakeHeaderLeft > 0) {
      if (this.handshakeHeaderLeft === HANDSHAKE_HEADER) {
        this.handshake = byte;
        this.handshakeLeft = 0;
        if (byte === CLIENT_HELLO) this.isClient = true;
      } else this.handshakeLeft = this.handshakeLeft * 256 + byte;
      if (--this.handshakeHeaderLeft === 0 && this.handshakeLeft === 0) this.handshakeHeaderLeft = HANDSHAKE_HEADER;
      return;
    }
    const isServerCertificate = this.handshake === CERTIFICATE && !this.isClient;
    if (!KEPT.has(this.handshake) && !isServerCertificate) {
      bytes[at] = 0;
      count(masked, 'tls handshake', 1);
    }
    if (--this.handshakeLeft === 0) this.handshakeHeaderLeft = HANDSHAKE_HEADER;
  }
}
