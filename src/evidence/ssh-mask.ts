/**
 * SSH (RFC 4253): the version line and the key exchange in clear stay; from the new keys on there are zeros.
 *
 *     SSH-2.0-…\r\n │ length (4) · padding length · message …
 */
import { type Masked, zero } from './filler.ts';
import type { StreamMask } from './stream-mask.ts';

const VERSION_BYTES_MAX = 255;
const NEW_KEYS = 21;
const PACKET_BYTES_MAX = 35_000;
/** KEXINIT, NEWKEYS, and the messages of the key exchange methods. */
const isKept = (message: number): boolean => message === 20 || message === NEW_KEYS || (message >= 30 && message <= 34);

export function beginsSsh(bytes: Uint8Array, from: number, to: number): boolean {
  return to - from > 4 && String.fromCharCode(...bytes.subarray(from, from + 4)) === 'SSH-';
}

export class SshMask implements StreamMask {
  private versionBytes = 0;
  private inVersion = true;
  private isEncrypted = false;
  private packetLeft = 0;
  private headerRead = 0;

  feed(bytes: Uint8Array, from: number, to: number, masked: Masked): void {
    for (let at = from; at < to; at++) {
      if (this.isEncrypted) {
        zero(bytes, at, to, 'ssh encrypted', masked);
        return;
      }
      const byte = bytes[at]!;
      if (this.inVersion) {
        if (byte === 0x0a) this.inVersion = false;
        else if (++this.versionBytes > VERSION_BYTES_MAX) this.isEncrypted = true;
      } else this.packet(byte);
    }
  }

  private packet(byte: number): void {
    this.headerRead++;
    if (this.headerRead <= 4) {
      this.packetLeft = (this.headerRead === 1 ? 0 : this.packetLeft) * 256 + byte;
      if (this.headerRead === 4 && (this.packetLeft < 2 || this.packetLeft > PACKET_BYTES_MAX)) this.isEncrypted = true;
      return;
    }
    this.packetLeft--;
    if (this.headerRead === 6) {
      this.willEncrypt = byte === NEW_KEYS;
      if (!isKept(byte)) this.isEncrypted = true;
    }
    if (this.packetLeft > 0) return;
    this.headerRead = 0;
    if (this.willEncrypt) this.isEncrypted = true;
  }

  private willEncrypt = false;
}
