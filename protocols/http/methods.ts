/** Methods of requests: RFC 9110, WebDAV (RFC 4918, 5323, 3253, 3744, 5842), CalDAV, UPnP, and Microsoft's own. */
import { MAYBE, NO, YES } from '../../src/protocol.ts';

export const METHODS: readonly string[] = [
  ...['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'TRACE', 'PATCH', 'CONNECT'],
  ...['PROPFIND', 'PROPPATCH', 'MKCOL', 'COPY', 'MOVE', 'LOCK', 'UNLOCK', 'SEARCH', 'REPORT', 'ACL', 'BIND'],
  ...['UNBIND', 'REBIND', 'MKCALENDAR', 'MKACTIVITY', 'MKWORKSPACE', 'CHECKIN', 'CHECKOUT', 'UNCHECKOUT'],
  ...['VERSION-CONTROL', 'MERGE', 'UPDATE', 'LABEL', 'LINK', 'UNLINK', 'PURGE', 'QUERY'],
  ...['SUBSCRIBE', 'UNSUBSCRIBE', 'NOTIFY', 'BITS_POST', 'CCM_POST', 'RPC_IN_DATA', 'RPC_OUT_DATA'],
];

const LETTER_A = 0x41;
const SPACE = 0x20;

/** For each letter, the methods that begin with it: of what is no HTTP, the first byte says so. */
const METHODS_BY_LETTER: readonly (readonly string[])[] = Array.from({ length: 26 }, (_, letter) =>
  METHODS.filter((method) => method.charCodeAt(0) === LETTER_A + letter),
);

/** The method and the blank that stand at `at`, or ''. */
export function methodAt(view: DataView, at: number, end: number): string {
  const letter = at < end ? view.getUint8(at) - LETTER_A : -1;
  const methods = METHODS_BY_LETTER[letter];
  if (methods === undefined) return '';
  for (let i = 0; i < methods.length; i++) if (method(view, at, end, methods[i]!) === YES) return methods[i]!;
  return '';
}

/** RTSP and SIP use some of the same methods: an HTTP target begins with `/`, `* HTTP/` or `http`. */
export function requestLine(view: DataView, at: number, end: number): number {
  if (at >= end) return MAYBE;
  const methods = METHODS_BY_LETTER[view.getUint8(at) - LETTER_A];
  if (methods === undefined) return NO;
  let answer: number = NO;
  for (let i = 0; i < methods.length; i++) {
    const name = methods[i]!;
    const here = method(view, at, end, name);
    if (here === NO) continue;
    answer = MAYBE;
    if (here === YES) return target(view, at + name.length + 1, end, name);
  }
  return answer;
}

function target(view: DataView, at: number, end: number, name: string): number {
  if (at >= end) return MAYBE;
  const byte = view.getUint8(at);
  if (name === 'CONNECT') return byte > SPACE && byte < 0x7f ? YES : NO;
  if (byte === 0x2f) return YES;
  return prefix(view, at, end, byte === 0x2a ? '* HTTP/1.' : byte === 0x48 ? 'HTTP' : 'http');
}

function method(view: DataView, at: number, end: number, name: string): number {
  const begins = prefix(view, at, end, name);
  if (begins !== YES) return begins;
  return at + name.length >= end ? MAYBE : view.getUint8(at + name.length) === SPACE ? YES : NO;
}

/** `YES`: the bytes begin with `text`; `MAYBE`: they are too few to say. */
export function prefix(view: DataView, at: number, end: number, text: string): number {
  const count = Math.min(end - at, text.length);
  for (let i = 0; i < count; i++) if (view.getUint8(at + i) !== text.charCodeAt(i)) return NO;
  return count === text.length ? YES : MAYBE;
}
