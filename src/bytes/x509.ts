/**
 * What a certificate says of its owner (RFC 5280 4.1): names, issuer, validity. No signature is checked.
 *
 *     SEQUENCE ┬ tbsCertificate SEQUENCE ┬ [0] version · serialNumber · signature
 *              │                         ├ issuer Name · validity (notBefore, notAfter) · subject Name
 *              │                         └ subjectPublicKeyInfo · … · [3] extensions
 *              └ signatureAlgorithm · signature
 *     Name  SEQUENCE of SET of SEQUENCE (object identifier, string)
 *
 * A certificate that was cut off is read as far as it goes. Only common names and the organization become text, and a
 * common name that may be a person's only where the certificate says that it belongs to a host.
 */
import { DER_OBJECT_IDENTIFIER, DER_OCTET_STRING, DER_SEQUENCE, DER_SET, DerElement, isObject } from './der.ts';
import { readText } from './text.ts';

const COMMON_NAME = [0x55, 4, 3];
const ORGANIZATION = [0x55, 4, 10];
const ALTERNATIVE_NAMES = [0x55, 29, 17];

const VERSION = 0xa0;
const EXTENSIONS = 0xa3;
const UTC_TIME = 0x17;
const GENERALIZED_TIME = 0x18;
const TWO_BYTE_STRING = 0x1e;
const BOOLEAN = 0x01;
const MAIL_NAME = 0x81;
const DNS_NAME = 0x82;

/** Elements of one sequence that are looked at: names have a handful of attributes, certificates a dozen extensions. */
const ELEMENTS_MAX = 64;
/** Of one attribute; RFC 5280 A.1 has 64 for all that are told. */
const VALUE_BYTES_MAX = 128;

/** Refilled for every certificate. */
export class X509 {
  subject = '';
  organization = '';
  issuer = '';
  notBeforeUs = Number.NaN;
  notAfterUs = Number.NaN;
  isSelfSigned = false;
  /** Its alternative names say that it belongs to a host, or that it belongs to somebody with an address. */
  hasHostName = false;
  hasMailName = false;
  /** Where the common name of its owner stands, for a comparison in place; empty when there is none. */
  subjectAt = 0;
  subjectEnd = 0;
}

const outer = new DerElement();
const part = new DerElement();
const inner = new DerElement();
const leaf = new DerElement();
const general = new DerElement();

/**
 * False when not even issuer and validity could be read. `end` may lie before the certificate's own end.
 * `mayBePerson`: certificates of clients belong to people as often as to devices.
 */
export function readCertificate(view: DataView, at: number, end: number, mayBePerson: boolean, to: X509): boolean {
  clear(to);
  // Neither outer header is taken at its word: the bytes that are there are what counts.
  const signed = valueOfSequence(view, at, end);
  const body = signed < 0 ? -1 : valueOfSequence(view, signed, end);
  if (body < 0 || !outer.read(view, body, end)) return false;
  if (outer.tag === VERSION && !outer.read(view, outer.end, end)) return false;
  // Serial number, then the signature algorithm.
  if (!outer.expect(view, outer.end, end, DER_SEQUENCE)) return false;
  if (!outer.expect(view, outer.end, end, DER_SEQUENCE)) return false;
  const issuer = outer.start;
  const issuerEnd = outer.end;
  const issuerAt = outer.at;
  if (!outer.expect(view, issuerEnd, end, DER_SEQUENCE)) return false;
  validity(view, outer.at, outer.end, to);
  if (!outer.expect(view, outer.end, end, DER_SEQUENCE)) {
    if (!mayBePerson) to.issuer = issuerName(view, issuerAt, issuerEnd);
    return true;
  }
  const subjectAt = outer.at;
  const subjectEnd = outer.end;
  to.isSelfSigned = equal(view, issuer, issuerEnd, outer.start, subjectEnd);
  for (let count = 0; count < ELEMENTS_MAX && outer.read(view, outer.end, end); count++) {
    if (outer.tag !== EXTENSIONS) continue;
    alternativeNames(view, outer.at, outer.end, to);
    break;
  }
  const isNamed = !mayBePerson || (to.hasHostName && !to.hasMailName);
  if (find(view, subjectAt, subjectEnd, ORGANIZATION)) to.organization = textOfLeaf(view);
  if (find(view, subjectAt, subjectEnd, COMMON_NAME)) {
    to.subjectAt = leaf.at;
    to.subjectEnd = leaf.end;
    if (isNamed) to.subject = textOfLeaf(view);
  }
  if (isNamed || !to.isSelfSigned) to.issuer = issuerName(view, issuerAt, issuerEnd);
  return true;
}

function clear(to: X509): void {
  to.subject = '';
  to.organization = '';
  to.issuer = '';
  to.notBeforeUs = Number.NaN;
  to.notAfterUs = Number.NaN;
  to.isSelfSigned = false;
  to.hasHostName = false;
  to.hasMailName = false;
  to.subjectAt = 0;
  to.subjectEnd = 0;
}

function issuerName(view: DataView, at: number, end: number): string {
  return find(view, at, end, COMMON_NAME) || find(view, at, end, ORGANIZATION) ? textOfLeaf(view) : '';
}

/** Where the value of the sequence at `at` begins, whether or not all of it is there; -1: it is none. */
function valueOfSequence(view: DataView, at: number, end: number): number {
  if (end - at < 2 || view.getUint8(at) !== DER_SEQUENCE) return -1;
  const length = view.getUint8(at + 1);
  return at + 2 + (length > 0x80 && length <= 0x84 ? length - 0x80 : 0);
}

/** Puts the last value of this attribute of a Name into `leaf`: the most specific one stands last. */
function find(view: DataView, from: number, end: number, type: readonly number[]): boolean {
  let found = -1;
  let foundEnd = 0;
  let at = from;
  for (let count = 0; count < ELEMENTS_MAX && part.read(view, at, end); count++) {
    at = part.end;
    if (part.tag !== DER_SET) continue;
    for (let next = part.at; inner.expect(view, next, part.end, DER_SEQUENCE); next = inner.end) {
      if (!leaf.expect(view, inner.at, inner.end, DER_OBJECT_IDENTIFIER)) continue;
      if (!isObject(view, leaf.at, leaf.end, type) || !leaf.read(view, leaf.end, inner.end)) continue;
      found = leaf.start;
      foundEnd = leaf.end;
    }
  }
  return found >= 0 && leaf.read(view, found, foundEnd);
}

function textOfLeaf(view: DataView): string {
  const length = Math.min(leaf.end - leaf.at, VALUE_BYTES_MAX);
  if (leaf.tag !== TWO_BYTE_STRING) return readText(view, leaf.at, length);
  let text = '';
  for (let at = leaf.at; at + 2 <= leaf.at + length; at += 2) {
    text += view.getUint8(at) === 0 ? readText(view, at + 1, 1) || ' ' : '?';
  }
  return text.trim();
}

function validity(view: DataView, at: number, end: number, to: X509): void {
  if (!leaf.read(view, at, end)) return;
  to.notBeforeUs = timeUs(view);
  if (leaf.read(view, leaf.end, end)) to.notAfterUs = timeUs(view);
}

/** The time in `leaf` (RFC 5280 4.1.2.5): `YYMMDDHHMMSSZ` or `YYYYMMDDHHMMSSZ`; NaN when it is none. */
function timeUs(view: DataView): number {
  const isShort = leaf.tag === UTC_TIME;
  if (!isShort && leaf.tag !== GENERALIZED_TIME) return Number.NaN;
  const yearDigits = isShort ? 2 : 4;
  // Seconds may be left out in old ones.
  const digits = leaf.end - leaf.at >= yearDigits + 11 ? yearDigits + 10 : yearDigits + 8;
  if (leaf.end - leaf.at < digits) return Number.NaN;
  for (let i = 0; i < digits; i++) {
    const code = view.getUint8(leaf.at + i);
    if (code < 0x30 || code > 0x39) return Number.NaN;
  }
  const two = (at: number): number => (view.getUint8(at) - 0x30) * 10 + view.getUint8(at + 1) - 0x30;
  const rest = leaf.at + yearDigits;
  const short = two(leaf.at);
  const year = isShort ? short + (short < 50 ? 2000 : 1900) : short * 100 + two(leaf.at + 2);
  const seconds = digits - yearDigits === 10 ? two(rest + 8) : 0;
  return Date.UTC(year, two(rest) - 1, two(rest + 2), two(rest + 4), two(rest + 6), seconds) * 1000;
}

/** Whom the certificate is for, by the kind of its alternative names (4.2.1.6); the names are not read. */
function alternativeNames(view: DataView, from: number, end: number, to: X509): void {
  if (!part.expect(view, from, end, DER_SEQUENCE)) return;
  let at = part.at;
  for (let count = 0; count < ELEMENTS_MAX && inner.expect(view, at, part.end, DER_SEQUENCE); count++) {
    at = inner.end;
    if (!leaf.expect(view, inner.at, inner.end, DER_OBJECT_IDENTIFIER)) continue;
    if (!isObject(view, leaf.at, leaf.end, ALTERNATIVE_NAMES)) continue;
    if (!leaf.read(view, leaf.end, inner.end)) return;
    if (leaf.tag === BOOLEAN && !leaf.read(view, leaf.end, inner.end)) return;
    if (leaf.tag !== DER_OCTET_STRING || !inner.expect(view, leaf.at, leaf.end, DER_SEQUENCE)) return;
    let name = inner.at;
    for (let names = 0; names < ELEMENTS_MAX && general.read(view, name, inner.end); names++) {
      name = general.end;
      if (general.tag === DNS_NAME) to.hasHostName = true;
      if (general.tag === MAIL_NAME) to.hasMailName = true;
    }
    return;
  }
}

function equal(view: DataView, a: number, aEnd: number, b: number, bEnd: number): boolean {
  if (aEnd - a !== bEnd - b) return false;
  for (let i = 0; a + i < aEnd; i++) if (view.getUint8(a + i) !== view.getUint8(b + i)) return false;
  return true;
}
