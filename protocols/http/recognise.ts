/** Is this HTTP/1.x? A request line with a known method and a target, or a status line (RFC 9112, 3 and 4). */
import { MAYBE, NO, type Segment, YES } from '../../src/protocol.ts';

/** RFC 9110, WebDAV (RFC 4918, 5323, 3253) and UPnP. */
const METHODS = [
  ...['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'TRACE', 'PATCH', 'CONNECT'],
  ...['PROPFIND', 'PROPPATCH', 'MKCOL', 'COPY', 'MOVE', 'LOCK', 'UNLOCK', 'SEARCH', 'REPORT'],
  ...['SUBSCRIBE', 'UNSUBSCRIBE', 'NOTIFY'],
].map((method) => `${method} `);

const LETTER_A = 0x41;
/** For each letter, the methods that begin with it: of what is no HTTP, the first byte says so. */
const METHODS_BY_LETTER: readonly (readonly string[])[] = Array.from({ length: 26 }, (_, letter) =>
  METHODS.filter((method) => method.charCodeAt(0) === LETTER_A + letter),
);

const STATUS_LINE = 'HTTP/1.';

export function recognise({ view, start, end }: Segment): number {
  return startLine(view, start, end);
}

export function startLine(view: DataView, at: number, end: number): number {
  const request = requestLine(view, at, end);
  return request === NO ? prefix(view, at, end, STATUS_LINE) : request;
}

/** RTSP and SIP use some of the same methods: an HTTP target begins with `/`, `*` or `http`. */
export function requestLine(view: DataView, at: number, end: number): number {
  if (at >= end) return MAYBE;
  const letter = view.getUint8(at) - LETTER_A;
  if (letter < 0 || letter >= METHODS_BY_LETTER.length) return NO;
  const methods = METHODS_BY_LETTER[letter]!;
  let answer: number = NO;
  for (let i = 0; i < methods.length; i++) {
    const method = methods[i]!;
    const here = prefix(view, at, end, method);
    if (here === NO) continue;
    answer = MAYBE;
    if (here === MAYBE || at + method.length >= end) continue;
    const target = view.getUint8(at + method.length);
    if (method === 'CONNECT ') return target > 0x20 && target < 0x7f ? YES : NO;
    return target === 0x2f || target === 0x2a || (target | 0x20) === 0x68 ? YES : NO;
  }
  return answer;
}

/** `YES`: the bytes begin with `text`; `MAYBE`: they are too few to say. */
function prefix(view: DataView, at: number, end: number, text: string): number {
  const count = Math.min(end - at, text.length);
  for (let i = 0; i < count; i++) if (view.getUint8(at + i) !== text.charCodeAt(i)) return NO;
  return count === text.length ? YES : MAYBE;
}
