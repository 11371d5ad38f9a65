/**
 * Start line and fields of an HTTP message (RFC 9112, 2 to 6; RFC 9110).
 *
 *     POST /path HTTP/1.1 CR LF            HTTP/1.1 200 OK CR LF
 *     Content-Type: application/hl7-v2 CR LF
 *     Content-Length: 512 CR LF
 *     CR LF
 *
 * What is noted of a value is where it stands. Query, cookies and credentials never become a string.
 */

import { spells, spellsWhole } from '../../src/bytes/words.ts';
import { Span } from '../../src/protocol.ts';
import { methodAt } from './methods.ts';

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;
const TAB = 0x09;
const COLON = 0x3a;
const COMMA = 0x2c;
const SLASH = 0x2f;
const QUESTION_MARK = 0x3f;
const HASH = 0x23;
const QUOTE = 0x22;
const AT = 0x40;

/** Content-Length values: not said, and not believable. */
export const ABSENT = -1;
export const INVALID = -2;

/** Content codings that can be undone (RFC 9110, 8.4.1). */
export const NOT_ENCODED = 0;
export const GZIP = 1;
export const DEFLATE = 2;
export const OTHER_CODING = 3;

/** What one head says. Refilled for every message. */
export class Head {
  view: DataView<ArrayBufferLike> = new DataView(new ArrayBuffer(0));
  isRequest = false;
  method = '';
  /** `0.9` `1.0` `1.1` `2`. */
  version = '';
  status = 0;
  contentLength = ABSENT;
  /** Two different lengths, or a length beside chunks: the ends of the connection may disagree about the end. */
  isAmbiguous = false;
  isChunked = false;
  hasTransferCoding = false;
  coding = NOT_ENCODED;
  isAttachment = false;
  /** Where values stand, for those that become text only when they are news. */
  readonly path: Span = new Span();
  readonly host: Span = new Span();
  readonly contentType: Span = new Span();
  readonly server: Span = new Span();
  readonly agent: Span = new Span();
  readonly accept: Span = new Span();
  readonly soapAction: Span = new Span();
  readonly authorization: Span = new Span();
  readonly disposition: Span = new Span();
  readonly upgrade: Span = new Span();
  private readonly spans = [
    ...[this.path, this.host, this.contentType, this.server, this.agent, this.accept],
    ...[this.soapAction, this.authorization, this.disposition, this.upgrade],
  ];

  clear(view: DataView<ArrayBufferLike>, isRequest: boolean): void {
    this.view = view;
    this.isRequest = isRequest;
    this.method = '';
    this.version = '';
    this.status = 0;
    this.contentLength = ABSENT;
    this.isAmbiguous = false;
    this.isChunked = false;
    this.hasTransferCoding = false;
    this.coding = NOT_ENCODED;
    this.isAttachment = false;
    const { spans } = this;
    for (let i = 0; i < spans.length; i++) spans[i]!.set(0, 0);
  }

  /** Reads a whole head of HTTP/1, `[at, end)` up to and with its empty line. */
  read(view: DataView<ArrayBufferLike>, at: number, end: number, isRequest: boolean): void {
    this.clear(view, isRequest);
    let line = lineAfter(view, at, end);
    if (isRequest) this.requestLine(at, line);
    else {
      this.status = decimal(view, at + 9, Math.min(at + 12, end));
      this.version = spells(view, at, line, 'http/1.0') ? '1.0' : '1.1';
    }
    while (line < end) {
      const next = lineAfter(view, line, end);
      this.line(line, next);
      line = next;
    }
    if (this.hasTransferCoding && this.contentLength !== ABSENT) this.isAmbiguous = true;
  }

  private requestLine(at: number, line: number): void {
    const { view } = this;
    this.method = methodAt(view, at, line);
    const target = at + this.method.length + 1;
    let stop = target;
    while (stop < line && view.getUint8(stop) > SPACE) stop++;
    this.target(target, stop);
    this.version = spells(view, stop + 1, line, 'http/1.0')
      ? '1.0'
      : spells(view, stop + 1, line, 'http/')
        ? '1.1'
        : '0.9';
  }

  /** Origin form, absolute form of a proxy, authority of CONNECT, or `*` (RFC 9112, 3.2). */
  target(at: number, end: number): void {
    const { view } = this;
    let from = at;
    if (this.method === 'CONNECT' && at < end && view.getUint8(at) !== SLASH) {
      this.host.set(at, end);
      return;
    }
    if (spells(view, at, end, 'http')) {
      while (from < end && view.getUint8(from) !== COLON) from++;
      if (from + 2 < end && view.getUint8(from + 1) === SLASH && view.getUint8(from + 2) === SLASH) {
        const authority = from + 3;
        from = authority;
        while (from < end && view.getUint8(from) !== SLASH && view.getUint8(from) !== QUESTION_MARK) from++;
        this.authority(authority, from);
      }
    }
    let stop = from;
    while (stop < end && view.getUint8(stop) !== QUESTION_MARK && view.getUint8(stop) !== HASH) stop++;
    this.path.set(from, stop);
  }

  /** Host and port, without the user in front of it. */
  authority(at: number, end: number): void {
    let from = at;
    for (let i = at; i < end; i++) if (this.view.getUint8(i) === AT) from = i + 1;
    this.host.set(from, end);
  }

  private line(at: number, end: number): void {
    const { view } = this;
    let colon = at;
    while (colon < end && view.getUint8(colon) !== COLON) colon++;
    if (colon === end) return;
    let from = colon + 1;
    let stop = end;
    while (from < stop && isBlank(view.getUint8(from))) from++;
    while (stop > from && isBlank(view.getUint8(stop - 1))) stop--;
    this.field(at, colon, from, stop);
  }

  /** One field, `[name, nameEnd)` and `[at, end)`. The length of the name tells most apart before a letter is looked at. */
  field(name: number, nameEnd: number, at: number, end: number): void {
    const { view } = this;
    switch (nameEnd - name) {
      case 4:
        // The target of a proxy's request says it better (RFC 9112, 3.2.2).
        if (this.host.isEmpty && this.isRequest && spells(view, name, nameEnd, 'host')) this.authority(at, end);
        break;
      case 6:
        if (spells(view, name, nameEnd, 'server')) this.server.set(at, end);
        else if (spells(view, name, nameEnd, 'accept')) this.accept.set(at, end);
        break;
      case 7:
        if (spells(view, name, nameEnd, 'upgrade')) this.upgrade.set(at, end);
        break;
      case 10:
        if (spells(view, name, nameEnd, 'user-agent')) this.agent.set(at, end);
        else if (spells(view, name, nameEnd, 'soapaction')) this.quoted(this.soapAction, at, end);
        break;
      case 12:
        if (spells(view, name, nameEnd, 'content-type')) this.contentType.set(at, end);
        break;
      case 13:
        if (spells(view, name, nameEnd, 'authorization')) this.authorization.set(at, end);
        break;
      case 14:
        if (spells(view, name, nameEnd, 'content-length')) this.lengthField(at, end);
        break;
      case 16:
        if (spells(view, name, nameEnd, 'content-encoding')) this.coding = codingOf(view, at, end);
        break;
      case 17:
        if (spells(view, name, nameEnd, 'transfer-encoding')) this.codingField(at, end);
        break;
      case 19:
        if (spells(view, name, nameEnd, 'proxy-authorization')) {
          if (this.authorization.isEmpty) this.authorization.set(at, end);
        } else if (spells(view, name, nameEnd, 'content-disposition')) {
          this.disposition.set(at, end);
          this.isAttachment = spells(view, at, end, 'attachment');
        }
        break;
      default:
    }
  }

  private quoted(span: Span, at: number, end: number): void {
    const isQuoted = end - at >= 2 && this.view.getUint8(at) === QUOTE && this.view.getUint8(end - 1) === QUOTE;
    span.set(isQuoted ? at + 1 : at, isQuoted ? end - 1 : end);
  }

  /** The shortest claim of several; `5, 5` is one claim said twice. */
  private lengthField(at: number, stop: number): void {
    const { view } = this;
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
  private codingField(at: number, stop: number): void {
    this.hasTransferCoding = true;
    this.isChunked = stop - at >= 7 && spells(this.view, stop - 7, stop, 'chunked');
    if (stop - at > 7) this.coding = OTHER_CODING;
  }
}

function codingOf(view: DataView, at: number, end: number): number {
  if (spellsWhole(view, at, end, 'identity')) return NOT_ENCODED;
  if (spellsWhole(view, at, end, 'gzip') || spellsWhole(view, at, end, 'x-gzip')) return GZIP;
  return spellsWhole(view, at, end, 'deflate') ? DEFLATE : OTHER_CODING;
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
