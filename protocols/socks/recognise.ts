/**
 * SOCKS told by the first bytes of a connection: a greeting that ends where it says, with methods that exist, or a request of
 * version 4 that ends with its user. Answers are two or eight bytes of nearly nothing: they need a usual port.
 */
import { MAYBE, NO, type Segment, YES } from '../../src/protocol.ts';

const PORTS: readonly number[] = [1080, 1081, 9050, 9150];
const METHODS_MAX = 10;
const METHOD_LAST = 9;
const METHOD_PRIVATE = 0x80;
const OLD_HEADER_BYTES = 8;
const OLD_REPLY_BYTES = 8;
const OLD_REPLY_FIRST = 0x5a;
const OLD_REPLY_LAST = 0x5d;
const USER_BYTES_MAX = 64;

export function isPlausible(segment: Segment): number {
  const { view, start, end, toServer, clientPort, serverPort } = segment;
  if (start >= end) return MAYBE;
  const version = view.getUint8(start);
  const usual = PORTS.includes(serverPort) || PORTS.includes(clientPort);
  // In the middle, three bytes are too few anywhere else.
  if (segment.midstream && !usual) return NO;
  if (version === 5) {
    const request = greeting(segment);
    return request === NO && usual && !toServer && end - start === 2 ? method(view.getUint8(start + 1)) : request;
  }
  if (version === 4) return oldRequest(segment, usual);
  if (version !== 0 || !usual || toServer || end - start !== OLD_REPLY_BYTES) return NO;
  const reply = view.getUint8(start + 1);
  return reply >= OLD_REPLY_FIRST && reply <= OLD_REPLY_LAST ? YES : NO;
}

const method = (value: number): number => (value <= METHOD_LAST || value >= METHOD_PRIVATE ? YES : NO);

function greeting({ view, start, end }: Segment): number {
  if (end - start < 2) return MAYBE;
  const count = view.getUint8(start + 1);
  if (count === 0 || count > METHODS_MAX) return NO;
  const to = start + 2 + count;
  for (let at = start + 2; at < Math.min(to, end); at++) {
    const value = view.getUint8(at);
    if (value > METHOD_LAST && value !== METHOD_PRIVATE && value !== METHOD_PRIVATE + 1) return NO;
  }
  if (to > end) return MAYBE;
  if (to === end) return YES;
  // Whoever does not wait sends the request at once.
  if (end - to < 3) return MAYBE;
  const command = view.getUint8(to + 1);
  return view.getUint8(to) === 5 && command >= 1 && command <= 3 && view.getUint8(to + 2) === 0 ? YES : NO;
}

function oldRequest({ view, start, end }: Segment, usual: boolean): number {
  const have = end - start;
  if (have > 1 && view.getUint8(start + 1) !== 1 && view.getUint8(start + 1) !== 2) return NO;
  if (have <= OLD_HEADER_BYTES) return MAYBE;
  // Port and address are never zero; an address in 0.0.0.0/8 means 4a.
  if (view.getUint16(start + 2) === 0 || view.getUint32(start + 4) === 0) return NO;
  const named = view.getUint32(start + 4) < 256;
  if (!named && view.getUint8(start + 4) === 0) return NO;
  let at = start + OLD_HEADER_BYTES;
  for (let words = named ? 2 : 1; words > 0; words--) {
    const from = at;
    for (; at < end && view.getUint8(at) !== 0; at++) {
      const code = view.getUint8(at);
      if (code < 0x21 || code > 0x7e || at - from > USER_BYTES_MAX) return NO;
    }
    if (at === end) return MAYBE;
    at++;
  }
  return at === end && (usual || named || at > start + OLD_HEADER_BYTES + 1) ? YES : NO;
}
