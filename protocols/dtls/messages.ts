/** Handshake messages of one direction, put together from fragments (RFC 6347 4.2.3). */
import { Pieces } from '../../src/bytes/pieces.ts';
import { CLIENT_HELLO, SERVER_HELLO } from '../../src/bytes/tls-hello.ts';
import type { Limits } from '../../src/limits.ts';
import {
  fragmentBytes,
  fragmentFits,
  fragmentOffset,
  MESSAGE_HEADER_BYTES,
  MESSAGE_NUMBER_AT,
  messageBytes,
} from './record.ts';
import { CERTIFICATE, HELLO_VERIFY_REQUEST, type Teller } from './tell.ts';

/** Messages that wait for fragments: a hello and the certificate behind it. */
const WAITING_MAX = 2;
/** Numbers of one handshake: a flight has about ten messages, and a hello may be sent twice. */
const NUMBERS_MAX = 32;

interface Waiting {
  readonly number: number;
  readonly wanted: number;
  readonly pieces: Pieces;
}

export class Messages {
  /** Bit by bit the numbers that were told, or will not be. */
  private done = 0;
  private waiting: Waiting[] = [];
  private readonly limits: Limits;

  constructor(limits: Limits) {
    this.limits = limits;
  }

  /** Another handshake begins. */
  forget(): void {
    this.done = 0;
    this.waiting = [];
  }

  /** The body of one record in clear: `view[from, end)`. */
  read(view: DataView, from: number, end: number, tell: Teller, other: Messages): void {
    let at = from;
    while (at < end) {
      if (!fragmentFits(view, at, end)) {
        tell.oddity('dtls_broken_fragment');
        return;
      }
      if (isFirst(view, at) && tell.isAnother(view, at + MESSAGE_HEADER_BYTES, end)) {
        this.forget();
        other.forget();
      }
      this.fragment(view, at, tell);
      at += MESSAGE_HEADER_BYTES + fragmentBytes(view, at);
    }
  }

  private fragment(view: DataView, at: number, tell: Teller): void {
    const type = view.getUint8(at);
    const number = view.getUint16(at + MESSAGE_NUMBER_AT);
    if (number >= NUMBERS_MAX || ((this.done >>> number) & 1) === 1) return;
    const length = messageBytes(view, at);
    const wanted = this.wantedBytes(type, length, tell);
    if (wanted < 0) {
      this.finish(number);
      return;
    }
    const body = at + MESSAGE_HEADER_BYTES;
    if (fragmentBytes(view, at) === length) {
      this.finish(number);
      tell.message(type, view, body, body + length);
      return;
    }
    this.add(number, wanted, view, at, type, tell);
  }

  private add(number: number, wanted: number, view: DataView, at: number, type: number, tell: Teller): void {
    let waiting = this.waiting.find((one) => one.number === number);
    if (waiting === undefined) {
      if (this.waiting.length >= WAITING_MAX) this.waiting.shift();
      waiting = { number, wanted, pieces: new Pieces(wanted, this.limits.quicPiecesMax) };
      this.waiting.push(waiting);
    }
    const offset = fragmentOffset(view, at);
    const bytes = Math.min(fragmentBytes(view, at), waiting.wanted - offset);
    const from = view.byteOffset + at + MESSAGE_HEADER_BYTES;
    if (bytes > 0) waiting.pieces.add(offset, new Uint8Array(view.buffer.slice(from, from + bytes)));
    if (waiting.pieces.wholeBytes() < waiting.wanted) return;
    this.finish(number);
    tell.message(type, waiting.pieces.join(waiting.wanted), 0, waiting.wanted);
  }

  private finish(number: number): void {
    this.done |= 1 << number;
    if (this.waiting.length > 0) this.waiting = this.waiting.filter((one) => one.number !== number);
  }

  /** How much of this message is read; -1: nothing. */
  private wantedBytes(type: number, length: number, tell: Teller): number {
    const { tlsCertificateBytesMax, tlsHelloBytesMax } = this.limits;
    if (type === CERTIFICATE) return Math.min(length, tlsCertificateBytesMax);
    if (type !== CLIENT_HELLO && type !== SERVER_HELLO && type !== HELLO_VERIFY_REQUEST) return -1;
    if (length <= tlsHelloBytesMax) return length;
    tell.oddity('dtls_hello_too_long');
    return -1;
  }
}

/** The beginning of the first message of a client. */
function isFirst(view: DataView, at: number): boolean {
  return (
    view.getUint8(at) === CLIENT_HELLO && view.getUint16(at + MESSAGE_NUMBER_AT) === 0 && fragmentOffset(view, at) === 0
  );
}
