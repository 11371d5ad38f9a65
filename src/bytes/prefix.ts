/**
 * Address ranges as people write them: `10.0.0.0/8`, `fc00::/7`, or one address alone (RFC 4632, RFC 4291 2.3).
 *
 * Parsed once when the settings are read; `contains` is then a few comparisons of 16-bit units.
 */
import { type AddressKey, parseAddress } from './address.ts';

export interface Prefix {
  readonly key: AddressKey;
  /** Leading bits that must agree. */
  readonly bits: number;
}

/** The range that `text` names, or null when it names none. Bits behind the prefix must be zero. */
export function parsePrefix(text: string): Prefix | null {
  const slash = text.indexOf('/');
  const key = parseAddress(slash < 0 ? text : text.slice(0, slash));
  if (key === '') return null;
  const most = key.length * 16;
  if (slash < 0) return { key, bits: most };
  const length = text.slice(slash + 1);
  if (!/^\d{1,3}$/.test(length)) return null;
  const bits = Number(length);
  if (bits > most || !isNetwork(key, bits)) return null;
  return { key, bits };
}

/** Is the address inside? An address of the other family is not. */
export function contains(prefix: Prefix, key: AddressKey): boolean {
  if (key.length !== prefix.key.length) return false;
  let left = prefix.bits;
  for (let i = 0; left > 0; i++, left -= 16) {
    const shift = left >= 16 ? 0 : 16 - left;
    if (key.charCodeAt(i) >> shift !== prefix.key.charCodeAt(i) >> shift) return false;
  }
  return true;
}

/** `10.0.0.1/8` names a host and a network at once; taking either for meant would be a guess. */
function isNetwork(key: AddressKey, bits: number): boolean {
  for (let i = 0; i < key.length; i++) {
    const ours = Math.min(16, Math.max(0, bits - i * 16));
    if ((key.charCodeAt(i) & (0xffff >> ours)) !== 0) return false;
  }
  return true;
}
