/** Where a device can be reached: the port of `http://10.1.0.7:6464/…`, `https://[fe80::1]:6465/…`, `http://name/…`. */
import type { XmlReader } from '../../src/bytes/xml.ts';

const SLASH = 0x2f;
const COLON = 0x3a;
const BRACKET = 0x5b;
const BRACKET_CLOSE = 0x5d;
const HTTP = 'http://';
const HTTPS = 'https://';

/** Port of the address in the value `[at, end)`; -1 for what is no address. Of its host nothing is believed. */
export function portOf(xml: XmlReader, start: number, end: number): number {
  const isSecure = xml.hasAt(HTTPS, start);
  if (!isSecure && !xml.hasAt(HTTP, start)) return -1;
  let at = start + (isSecure ? HTTPS : HTTP).length;
  if (xml.byteAt(at) === BRACKET) while (at < end && xml.byteAt(at) !== BRACKET_CLOSE) at++;
  while (at < end && xml.byteAt(at) !== COLON && xml.byteAt(at) !== SLASH) at++;
  if (at >= end || xml.byteAt(at) === SLASH) return isSecure ? 443 : 80;
  let port = 0;
  for (at++; at < end; at++) {
    const digit = xml.byteAt(at) - 0x30;
    if (digit < 0 || digit > 9) break;
    port = port * 10 + digit;
    if (port > 0xffff) return -1;
  }
  return port === 0 ? -1 : port;
}
