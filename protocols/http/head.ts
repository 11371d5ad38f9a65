/**
 * Start line and fields of an HTTP/1.x message (RFC 9112, 2 to 6).
 *
 *     POST /path HTTP/1.1 CR LF            HTTP/1.1 200 OK CR LF
 *     Content-Type: application/hl7-v2 CR LF
 *     Content-Length: 512 CR LF
 *     CR LF
 *
 * Only what says how the message ends and who made it is read. Path, query, host, cookies and credentials are
 * stepped over and never become a string.
 */
import { readText } from '../../src/bytes/text.ts';

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;
const TAB = 0x09;
const COLON = 0x3a;
const COMMA = 0x2c;
const SEMICOLON = 0x3b;

const MEDIA_TYPE_CHARACTERS_MAX = 64;
const PRODUCT_CHARACTERS_MAX = 64;

/** Content-Length values: not said, and not believable. */
export const ABSENT = -1;
export const INVALID = -2;

/** What one head says. Refilled for every message. */
export class Head {
  isRequest = false;
  isHead = false;
  isConnect = false;
  status = 0;
  contentLength = ABSENT;
  /** Two different lengths, or a length beside chunks: the ends of the connection may disagree about the end. */
  isAmbiguous = false;
  isChunked = false;
  hasTransferCoding = false;
  isEncoded = false;
  /** Where values stand, for those that become text only when they are news. */
  typeAt = 0;
  typeEnd = 0;
  serverAt = 0;
  serverEnd = 0;
  agentAt = 0;
  agentEnd = 0;

  private clear(): void {
    this.isHead = false;
    this.isConnect = false;
    this.status = 0;
    this.contentLength = ABSENT;
    this.isAmbiguous = false;
    this.isChunked = false;
    this.hasTransferCoding = false;
    this.isEncoded = false;
    this.typeAt = this.typeEnd = 0;
    this.serverAt = this.serverEnd = 0;
    this.agentAt = this.agentEnd = 0;
  }

  /** Reads a whole head, `[at, end)` up to and with its empty line. */
  read(view: DataView, at: number, end: number, isRequest: boolean): void {
    this.clear();
    this.isRequest = isRequest;
    if (isRequest) {
      this.isHead = spells(view, at, end, 'head ');
      this.isConnect = spells(view, at, end, 'connect ');
    } else {
      this.status = decimal(view, at + 9, Math.min(at + 12, end));
    }
    let line = lineAfter(view, at, end);
    while (line < end) {
      const next = lineAfter(view, line, end);
      this.field(view, line, next);
      line = next;
    }
    if (this.hasTransferCoding && this.contentLength !== ABSENT) this.isAmbiguous = true;
  }

  private field(view: DataView, line: number, end: number): void {
    let colon = line;
    while (colon < end && view.getUint8(colon) !== COLON) colon++;
    if (colon === end) return;
    let at = colon + 1;
    let stop = end;
    while (at < stop && isBlank(view.getUint8(at))) at++;
    while (stop > at && isBlank(view.getUint8(stop - 1))) stop--;
    // The length of the name tells most fields apart before a letter is looked at.
    switch (colon - line) {
      case 6:
        if (!spells(view, line, colon, 'server')) break;
        this.serverAt = at;
        this.serverEnd = stop;
        break;
      case 10:
        if (!spells(view, line, colon, 'user-agent')) break;
        this.agentAt = at;
        this.agentEnd = stop;
        break;
      case 12:
        if (!spells(view, line, colon, 'content-type')) break;
        this.typeAt = at;
        this.typeEnd = stop;
        break;
      case 14:
        if (spells(view, line, colon, 'content-length')) this.lengthField(view, at, stop);
        break;
      case 16:
        if (spells(view, line, colon, 'content-encoding')) this.isEncoded = !spellsWhole(view, at, stop, 'identity');
        break;
      case 17:
        if (spells(view, line, colon, 'transfer-encoding')) this.codingField(view, at, stop);
        break;
      default:
    }
  }

  /** The shortest claim of several; `5, 5` is one claim said twice. */
  private lengthField(view: DataView, at: number, stop: number): void {
    let from = at;
    while (from <= stop) {
      let to = from;
      while (to < stop && view.getUint8(to) !== COMMA) to++;
      const length = decimal(view, from, to);
      if (length < 0) this.contentLength = INVALID;
      else if (this.contentLength === ABSENT) this.contentLength = length;
      else if (this.contentLength !== length && this.contentLength !== INVALID) {
        this.isAmbiguous = true;
        this.contentLength = Math.min(this.contentLength, length);
      }
      from = to + 1;
      while (from < stop && isBlank(view.getUint8(from))) from++;
    }
  }

  /** Chunked must be the last coding; anything below it hides the body from us. */
  private codingField(view: DataView, at: number, stop: number): void {
    this.hasTransferCoding = true;
    this.isChunked = stop - at >= 7 && spells(view, stop - 7, stop, 'chunked');
    this.isEncoded ||= stop - at > 7;
  }

  /** Media type in lower case without parameters; `previous` itself when that is what it spells. */
  mediaType(view: DataView, previous: string): string {
    let stop = this.typeAt;
    while (stop < this.typeEnd && view.getUint8(stop) !== SEMICOLON && !isBlank(view.getUint8(stop))) stop++;
    const length = stop - this.typeAt;
    if (length > MEDIA_TYPE_CHARACTERS_MAX) return '';
    if (spellsWhole(view, this.typeAt, stop, previous)) return previous;
    return readText(view, this.typeAt, length).toLowerCase();
  }
}

/** First product of a `Server` or `User-Agent` field (RFC 9110, 10.1.5), '' unless it is a plain token. */
export function productAt(view: DataView, at: number, end: number): string {
  let stop = at;
  let hasLetter = false;
  while (stop < end && view.getUint8(stop) !== SPACE) {
    const byte = view.getUint8(stop);
    const letter = byte | 0x20;
    const isLetter = letter >= 0x61 && letter <= 0x7a;
    // Letters, digits and + - . / _ only.
    if (!isLetter && !(byte >= 0x2d && byte <= 0x39) && byte !== 0x2b && byte !== 0x5f) return '';
    hasLetter ||= isLetter;
    stop++;
  }
  return hasLetter && stop - at <= PRODUCT_CHARACTERS_MAX ? readText(view, at, stop - at) : '';
}

/** Behind the empty line that ends the head or trailer at `at`, or -1. Looks from `from` on. */
export function endOfHead(view: DataView, at: number, from: number, end: number): number {
  for (let i = from; i < end; i++) {
    if (view.getUint8(i) !== LINE_FEED) continue;
    const before = i - 1 >= at && view.getUint8(i - 1) === CARRIAGE_RETURN ? i - 2 : i - 1;
    if (before >= at && view.getUint8(before) === LINE_FEED) return i + 1;
  }
  return -1;
}

/** Where the next line begins, at most `end`. */
export function lineAfter(view: DataView, at: number, end: number): number {
  for (let i = at; i < end; i++) if (view.getUint8(i) === LINE_FEED) return i + 1;
  return end;
}

/** Does `[at, end)` begin with `text` (lower case), whatever its case? */
function spells(view: DataView, at: number, end: number, text: string): boolean {
  if (end - at < text.length) return false;
  for (let i = 0; i < text.length; i++) {
    const byte = view.getUint8(at + i);
    const lower = byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
    if (lower !== text.charCodeAt(i)) return false;
  }
  return true;
}

function spellsWhole(view: DataView, at: number, end: number, text: string): boolean {
  return end - at === text.length && spells(view, at, end, text);
}

/** A whole number of at most 15 digits, or -1. */
function decimal(view: DataView, at: number, end: number): number {
  let stop = end;
  while (stop > at && isBlank(view.getUint8(stop - 1))) stop--;
  if (stop <= at || stop - at > 15) return -1;
  let value = 0;
  for (let i = at; i < stop; i++) {
    const digit = view.getUint8(i) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

function isBlank(byte: number): boolean {
  return byte === SPACE || byte === TAB || byte === CARRIAGE_RETURN || byte === LINE_FEED;
}
