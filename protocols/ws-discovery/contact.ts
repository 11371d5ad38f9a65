/** Where a device can be reached: `http://10.1.0.7:6464/…` or `https://…`, with its address in digits. */
import { type AddressKey, ipv4Key } from '../../src/bytes/address.ts';
import type { XmlReader } from '../../src/bytes/xml.ts';

const DOT = 0x2e;
const COLON = 0x3a;
const HTTP = 'http://';
const HTTPS = 'https://';

/** Of the address in the value `[at, end)`; null for names, IPv6, and what is no address. */
export function contactOf(xml: XmlReader, start: number, end: number): { server: AddressKey; port: number } | null {
  const isSecure = xml.hasAt(HTTPS, start);
  if (!isSecure && !xml.hasAt(HTTP, start)) return null;
  let at = start + (isSecure ? HTTPS : HTTP).length;
  let word = 0;
  let part = -1;
  let parts = 0;
  for (; at < end; at++) {
    const byte = xml.byteAt(at);
    const digit = byte - 0x30;
    if (digit >= 0 && digit <= 9) part = Math.max(0, part) * 10 + digit;
    if (part > 255 || (byte === DOT && part < 0)) return null;
    if (byte === DOT) {
      word = (word << 8) | part;
      part = -1;
      parts++;
    } else if (digit < 0 || digit > 9) break;
  }
  if (parts !== 3 || part < 0) return null;
  let port = isSecure ? 443 : 80;
  if (xml.byteAt(at) === COLON && at < end) {
    port = 0;
    for (at++; at < end; at++) {
      const digit = xml.byteAt(at) - 0x30;
      if (digit < 0 || digit > 9) break;
      port = port * 10 + digit;
      if (port > 0xffff) return null;
    }
  }
  return port === 0 ? null : { server: ipv4Key((word << 8) | part), port };
}
