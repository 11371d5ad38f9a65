/** Where data will go: arguments of PORT and EPRT, answers 227 and 229 (RFC 959 4.1.2, RFC 2428). */
import { type AddressKey, ipv4Key, parseAddress } from '../../src/bytes/address.ts';
import { readText } from '../../src/bytes/text.ts';

/** What was read last. One object, refilled. */
export class DataAddress {
  server: AddressKey = '';
  port = 0;
}

export const dataAddress = new DataAddress();

const COMMA = 0x2c;
const ADDRESS_CHARACTERS_MAX = 45;

/** `h1,h2,h3,h4,p1,p2`, the first six numbers in a row in `[at, end)`. */
export function readNumbers(view: DataView, at: number, end: number): boolean {
  for (let i = at; i < end; i++) {
    if (isDigit(view.getUint8(i)) && (i === at || !isDigit(view.getUint8(i - 1))) && numbersAt(view, i, end))
      return true;
  }
  return false;
}

function numbersAt(view: DataView, from: number, end: number): boolean {
  let at = from;
  let address = 0;
  let port = 0;
  for (let i = 0; i < 6; i++) {
    let value = 0;
    const begin = at;
    while (at < end && at - begin < 3 && isDigit(view.getUint8(at))) value = value * 10 + view.getUint8(at++) - 0x30;
    if (at === begin || value > 255) return false;
    if (i < 4) address = (address << 8) | value;
    else port = port * 256 + value;
    if (i < 5 && (at >= end || view.getUint8(at++) !== COMMA)) return false;
  }
  dataAddress.server = address === 0 ? '' : ipv4Key(address);
  dataAddress.port = port;
  return port > 0;
}

/** `|1|10.1.0.2|6275|` of EPRT, `(|||6275|)` of 229. The first character says how it is divided. */
export function readExtended(view: DataView, from: number, end: number): boolean {
  let at = from;
  while (at < end && !isDivider(view, at, end)) at++;
  if (at >= end) return false;
  const divider = view.getUint8(at);
  const protocolEnd = next(view, at + 1, end, divider);
  const addressEnd = next(view, protocolEnd + 1, end, divider);
  const portEnd = next(view, addressEnd + 1, end, divider);
  if (portEnd >= end) return false;
  let port = 0;
  for (let i = addressEnd + 1; i < portEnd; i++) {
    const digit = view.getUint8(i) - 0x30;
    if (digit < 0 || digit > 9) return false;
    port = port * 10 + digit;
    if (port > 65_535) return false;
  }
  const length = addressEnd - protocolEnd - 1;
  dataAddress.server =
    length < 2 || length > ADDRESS_CHARACTERS_MAX ? '' : parseAddress(readText(view, protocolEnd + 1, length));
  dataAddress.port = port;
  return port > 0;
}

/** `|` nearly always; it stands again behind an empty field or a digit. */
function isDivider(view: DataView, at: number, end: number): boolean {
  const code = view.getUint8(at);
  if (code < 33 || code > 126 || isDigit(code) || isLetter(code) || at + 2 >= end) return false;
  return view.getUint8(at + 1) === code || (isDigit(view.getUint8(at + 1)) && view.getUint8(at + 2) === code);
}

function next(view: DataView, at: number, end: number, divider: number): number {
  let i = at;
  while (i < end && view.getUint8(i) !== divider) i++;
  return i;
}

function isLetter(code: number): boolean {
  return (code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}
