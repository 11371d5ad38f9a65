/**
 * HTTP/1 (RFC 9112): what stays are method, version, status, the names of well-known headers, and the values of those
 * that say how long a body is or which program speaks. Paths, other values and bodies become filler.
 */
import { count, filler, isText, likeText, type Masked, zero } from './filler.ts';
import type { StreamMask } from './stream-mask.ts';

const METHODS = ['GET', 'POST', 'PUT', 'HEAD', 'DELETE', 'OPTIONS', 'PATCH', 'CONNECT', 'TRACE', 'PROPFIND', 'NOTIFY'];
const NAMES = new Set(
  `accept accept-charset accept-encoding accept-language accept-ranges age allow authorization cache-control connection
  content-disposition content-encoding content-language content-length content-location content-range content-type cookie
  date etag expect expires host if-match if-modified-since if-none-match keep-alive last-modified location origin pragma
  proxy-authorization range referer retry-after server set-cookie soapaction te trailer transfer-encoding upgrade
  user-agent vary via www-authenticate x-forwarded-for x-powered-by x-requested-with`.split(/\s+/),
);
const KEPT_VALUES = new Set([
  'connection',
  'content-length',
  'date',
  'host',
  'server',
  'transfer-encoding',
  'user-agent',
]);
const COLON = 0x3a;
const LINE_BYTES_MAX = 256;
const LENGTH_MAX = 2 ** 48;

export function beginsHttp(bytes: Uint8Array, from: number, to: number): boolean {
  const text = String.fromCharCode(...bytes.subarray(from, Math.min(to, from + 12)));
  return text.startsWith('HTTP/1.') || METHODS.some((method) => text.startsWith(`${method} `));
}

type Place = 'start' | 'headers' | 'body' | 'chunk-size' | 'chunk' | 'rest';

export class HttpMask implements StreamMask {
  private place: Place = 'start';
  /** The line so far, of which as much is kept as decides what stays. */
  private line = '';
  private isRequest = false;
  private words = 0;
  private name = '';
  private bodyLeft = 0;
  private isChunked = false;
  private hasLength = false;

  feed(bytes: Uint8Array, from: number, to: number, masked: Masked): void {
    for (let at = from; at < to; ) {
      if (this.place === 'body' || this.place === 'chunk') {
        const end = Math.min(to, at + this.bodyLeft);
        this.body(bytes, at, end, masked);
        at = end;
      } else if (this.place === 'rest') {
        content(bytes, at, to, masked);
        at = to;
      } else this.inLine(bytes, at++, masked);
    }
  }

  private body(bytes: Uint8Array, at: number, end: number, masked: Masked): void {
    content(bytes, at, end, masked);
    this.bodyLeft -= end - at;
    if (this.bodyLeft > 0) return;
    this.place = this.place === 'chunk' ? 'chunk-size' : 'start';
    this.newLine();
  }

  private inLine(bytes: Uint8Array, at: number, masked: Masked): void {
    const byte = bytes[at]!;
    if (byte === 0x0a) {
      this.lineEnds();
      return;
    }
    if (byte === 0x0d) return;
    if (this.line.length < LINE_BYTES_MAX) this.line += String.fromCharCode(byte);
    if (this.place === 'start') this.inStart(bytes, at, masked);
    else if (this.place === 'headers') this.inHeader(bytes, at, masked);
    else if (!/^[0-9a-f]{1,8}$/i.test(this.line)) hide(bytes, at, 'http body', masked);
  }

  /** `GET /path HTTP/1.1`, `HTTP/1.1 404 Not Found`: of a request the second word is masked, of an answer the reason. */
  private inStart(bytes: Uint8Array, at: number, masked: Masked): void {
    const byte = bytes[at]!;
    if (byte === 0x20) {
      if (this.words++ === 0) this.isRequest = METHODS.includes(this.line.trimEnd());
      return;
    }
    const isVersion = this.words === 2 && this.isRequest && byte < 0x7f;
    const isStatus = this.words === 1 && !this.isRequest && byte >= 0x30 && byte <= 0x39;
    const isFirst = this.words === 0 && [...METHODS, 'HTTP/1.1', 'HTTP/1.0'].some((word) => word.startsWith(this.line));
    if (isFirst || isStatus || (isVersion && 'HTTP/1.109'.includes(String.fromCharCode(byte)))) return;
    hide(bytes, at, this.isRequest ? 'http path' : 'http reason', masked);
  }

  private inHeader(bytes: Uint8Array, at: number, masked: Masked): void {
    if (this.name === '') {
      if (bytes[at] === COLON) this.name = this.line.slice(0, -1).toLowerCase().trim() || '?';
      else if (!isNameSoFar(this.line.toLowerCase())) hide(bytes, at, 'http header name', masked);
      return;
    }
    if (!KEPT_VALUES.has(this.name)) hide(bytes, at, 'http header value', masked);
  }

  private lineEnds(): void {
    const { line, place } = this;
    if (place === 'headers') {
      if (line === '') this.headersEnd();
      else this.header(line);
    } else if (place === 'start') {
      if (line !== '') this.place = 'headers';
    } else if (line !== '') {
      const size = Number.parseInt(line, 16);
      this.bodyLeft = size;
      this.place = Number.isNaN(size) ? 'rest' : size === 0 ? 'start' : 'chunk';
    }
    this.newLine();
  }

  private header(line: string): void {
    const value = line.slice(this.name.length + 1).trim();
    if (this.name === 'content-length' && /^\d{1,15}$/.test(value)) {
      this.bodyLeft = Math.min(Number(value), LENGTH_MAX);
      this.hasLength = true;
    }
    if (this.name === 'transfer-encoding' && /chunked/i.test(value)) this.isChunked = true;
  }

  private headersEnd(): void {
    if (this.isChunked) this.place = 'chunk-size';
    else if (this.hasLength) this.place = this.bodyLeft > 0 ? 'body' : 'start';
    else this.place = this.isRequest ? 'start' : 'rest';
    this.isChunked = this.hasLength = false;
  }

  private newLine(): void {
    this.line = '';
    this.words = 0;
    this.name = '';
  }
}

/** The beginning of a name that everybody knows; a stranger's name may be anything. */
function isNameSoFar(line: string): boolean {
  for (const name of NAMES) if (name.startsWith(line)) return true;
  return false;
}

function content(bytes: Uint8Array, from: number, to: number, masked: Masked): void {
  if (isText(bytes, from, to)) likeText(bytes, from, to, 'http body', masked);
  else zero(bytes, from, to, 'http body', masked);
}

function hide(bytes: Uint8Array, at: number, rule: string, masked: Masked): void {
  bytes[at] = filler(bytes[at]!);
  count(masked, rule, 1);
}
