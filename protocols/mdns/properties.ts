/**
 * Properties of a service (RFC 6763 chapter 6): length (1), `key=value`, again and again. Only keys that say what the
 * device is are read; any other may hold what a person typed.
 */
import { readText } from '../../src/bytes/text.ts';

const VALUE_BYTES_MAX = 64;
const EQUALS = 0x3d;

/** Bonjour Printing Specification 9.2, and what services of other devices use for the same. */
const KEYS: readonly (readonly [key: string, attribute: string])[] = [
  ['ty', 'model'],
  ['usb_mdl', 'model'],
  ['mdl', 'model'],
  ['model', 'model'],
  ['md', 'model'],
  ['product', 'model'],
  ['usb_mfg', 'manufacturer'],
  ['mfg', 'manufacturer'],
  ['manufacturer', 'manufacturer'],
  ['vendor', 'manufacturer'],
  ['serialnumber', 'serial'],
  ['sn', 'serial'],
];
const SOURCES = new Map(KEYS.map(([key]) => [key, `mDNS TXT ${key}`]));

/** A walk over the properties of one record: one object, opened again for each. */
export class Properties {
  attribute = '';
  value = '';
  source = '';
  private view: DataView = new DataView(new ArrayBuffer(0));
  private at = 0;
  private end = 0;

  open(view: DataView, at: number, end: number): void {
    this.view = view;
    this.at = at;
    this.end = end;
  }

  /** On to the next property that says what the device is; false when there is none. */
  next(): boolean {
    const { view, end } = this;
    while (this.at < end) {
      const from = this.at + 1;
      const to = Math.min(end, from + view.getUint8(this.at));
      this.at = to;
      for (const [key, attribute] of KEYS) {
        const value = from + key.length + 1;
        if (value >= to || view.getUint8(value - 1) !== EQUALS || !this.spells(from, key)) continue;
        this.attribute = attribute;
        this.value = bare(this.text(view, value, to));
        this.source = SOURCES.get(key) ?? '';
        return true;
      }
    }
    return false;
  }

  text(view: DataView, from: number, to: number): string {
    return readText(view, from, Math.min(to - from, VALUE_BYTES_MAX));
  }

  /** Keys are told apart without case (6.4). */
  private spells(at: number, key: string): boolean {
    for (let i = 0; i < key.length; i++) {
      const code = this.view.getUint8(at + i);
      if ((code >= 0x41 && code <= 0x5a ? code | 0x20 : code) !== key.charCodeAt(i)) return false;
    }
    return true;
  }
}

/** `product` stands in parentheses. */
function bare(value: string): string {
  return value.startsWith('(') && value.endsWith(')') ? value.slice(1, -1) : value;
}
