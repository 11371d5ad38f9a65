/**
 * Handshake messages that pass in clear (RFC 8446 4, RFC 5246 7.4), put together from records.
 *
 *     ┌──────┬────────────────┬──────────────────────┐   1 ClientHello · 2 ServerHello · 11 Certificate
 *     │ type │ length, 24 bit │ body                 │   everything else is stepped over
 *     └──────┴────────────────┴──────────────────────┘
 *
 * Records and messages do not respect each other's boundaries. A message within one record is read where it lies; of
 * one that is spread, the beginning is kept up to a limit.
 */
import { CLIENT_HELLO, SERVER_HELLO } from '../../src/bytes/tls-hello.ts';
import type { Limits } from '../../src/limits.ts';
import type { Teller } from './tell.ts';

export const CERTIFICATE = 11;
export const MESSAGE_HEADER_BYTES = 4;

/** One direction's messages. */
export class Messages {
  /** Of the message at hand: its header and as much of its body as is wanted. */
  private pending: DataView<ArrayBuffer> | null = null;
  private pendingBytes = 0;
  /** Bytes of a message that nobody reads. */
  private skipBytes = 0;

  private readonly limits: Limits;

  constructor(limits: Limits) {
    this.limits = limits;
  }

  forget(): void {
    this.pending = null;
    this.pendingBytes = 0;
    this.skipBytes = 0;
  }

  /** The body of one handshake record: `view[from, end)`. */
  read(view: DataView, from: number, end: number, tell: Teller): void {
    let at = from;
    while (at < end) {
      if (this.skipBytes > 0) {
        const skipped = Math.min(this.skipBytes, end - at);
        this.skipBytes -= skipped;
        at += skipped;
      } else if (this.pending === null && end - at >= MESSAGE_HEADER_BYTES) {
        at = this.begin(view, at, end, tell);
      } else {
        at = this.more(view, at, end, tell);
      }
    }
  }

  /** A message whose header is here. */
  private begin(view: DataView, at: number, end: number, tell: Teller): number {
    const bytes = messageBytes(view, at);
    const wanted = this.wantedBytes(view, at, tell);
    if (wanted > 0 && wanted > end - at) {
      this.pending = new DataView(new ArrayBuffer(wanted));
      this.pendingBytes = 0;
      return this.more(view, at, end, tell);
    }
    if (wanted > 0) tell.message(view, at, at + wanted);
    const here = Math.min(bytes, end - at);
    this.skipBytes = bytes - here;
    return at + here;
  }

  /** Goes on with a message that is spread, or with a header that is. */
  private more(view: DataView, at: number, end: number, tell: Teller): number {
    this.pending ??= new DataView(new ArrayBuffer(MESSAGE_HEADER_BYTES));
    const { pending } = this;
    const taken = Math.min(end - at, pending.byteLength - this.pendingBytes);
    for (let i = 0; i < taken; i++) pending.setUint8(this.pendingBytes + i, view.getUint8(at + i));
    this.pendingBytes += taken;
    if (this.pendingBytes < pending.byteLength) return at + taken;
    if (pending.byteLength === MESSAGE_HEADER_BYTES) {
      const wanted = this.wantedBytes(pending, 0, tell);
      if (wanted > MESSAGE_HEADER_BYTES) {
        this.pending = new DataView(new ArrayBuffer(wanted));
        this.pending.setUint32(0, pending.getUint32(0));
        return at + taken;
      }
      this.skipBytes = messageBytes(pending, 0) - MESSAGE_HEADER_BYTES;
    } else {
      tell.message(pending, 0, this.pendingBytes);
      this.skipBytes = messageBytes(pending, 0) - this.pendingBytes;
    }
    this.pending = null;
    this.pendingBytes = 0;
    return at + taken;
  }

  /** How much of this message is read: hellos whole, certificates from their beginning. */
  private wantedBytes(view: DataView, at: number, tell: Teller): number {
    const type = view.getUint8(at);
    const bytes = messageBytes(view, at);
    if (type === CERTIFICATE) return Math.min(bytes, this.limits.tlsCertificateBytesMax);
    if (type !== CLIENT_HELLO && type !== SERVER_HELLO) return 0;
    if (bytes <= this.limits.tlsHelloBytesMax) return bytes;
    tell.oddity('tls_hello_too_long');
    return 0;
  }
}

/** With its header. */
function messageBytes(view: DataView, at: number): number {
  return MESSAGE_HEADER_BYTES + (view.getUint32(at) & 0xffffff);
}
