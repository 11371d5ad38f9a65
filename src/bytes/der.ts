/**
 * One element of ASN.1 in its basic or distinguished encoding (ITU-T X.690 8.1): certificates, SNMP, LDAP, Kerberos.
 *
 *     ┌─────┬──────────────────────────┬───────┐   length: 0xxxxxxx, or 1000 000n and n bytes of it
 *     │ tag │ length                   │ value │   tag: class 2 · constructed 1 · number 5
 *     └─────┴──────────────────────────┴───────┘
 *
 * Tags of one byte and definite lengths of at most four; anything else is not read. An element that reaches beyond
 * its container is refused, so that a walk always ends and never leaves its bytes.
 */

export const DER_INTEGER = 0x02;
export const DER_OCTET_STRING = 0x04;
export const DER_OBJECT_IDENTIFIER = 0x06;
export const DER_SEQUENCE = 0x30;
export const DER_SET = 0x31;

const LONG_TAG = 0x1f;
const LONG_LENGTH = 0x80;
const LENGTH_BYTES_MAX = 4;

/** Where an element stands in a view. Filled by `read`; used again and again. */
export class DerElement {
  tag = 0;
  /** Of the element itself. */
  start = 0;
  /** Of its value. */
  at = 0;
  /** Of both. */
  end = 0;

  /** The element at `at`; false when it is none, or reaches beyond `end`. */
  read(view: DataView, at: number, end: number): boolean {
    if (end - at < 2) return false;
    const tag = view.getUint8(at);
    if ((tag & LONG_TAG) === LONG_TAG) return false;
    let length = view.getUint8(at + 1);
    let value = at + 2;
    if (length >= LONG_LENGTH) {
      const bytes = length - LONG_LENGTH;
      if (bytes === 0 || bytes > LENGTH_BYTES_MAX || bytes > end - value) return false;
      length = 0;
      for (let i = 0; i < bytes; i++) length = length * 256 + view.getUint8(value + i);
      value += bytes;
    }
    if (length > end - value) return false;
    this.tag = tag;
    this.start = at;
    this.at = value;
    this.end = value + length;
    return true;
  }

  /** The same, and of this kind. */
  expect(view: DataView, at: number, end: number, tag: number): boolean {
    return this.read(view, at, end) && this.tag === tag;
  }
}

/** Does the object identifier in `[at, end)` have exactly these bytes? */
export function isObject(view: DataView, at: number, end: number, bytes: readonly number[]): boolean {
  if (end - at !== bytes.length) return false;
  for (let i = 0; i < bytes.length; i++) if (view.getUint8(at + i) !== bytes[i]) return false;
  return true;
}

/** A small integer in two's complement; NaN when it is empty or longer than six bytes. */
export function derInteger(view: DataView, at: number, end: number): number {
  if (end <= at || end - at > 6) return Number.NaN;
  let value = view.getInt8(at);
  for (let i = at + 1; i < end; i++) value = value * 256 + view.getUint8(i);
  return value;
}
