/**
 * Addresses as compact keys.
 *
 * A key is a string of 16-bit code units holding the address as it stands on the wire: 2 units for
 * IPv4, 8 for IPv6, 3 for a MAC. It is a map key as it is, half the cost of any text, and becomes
 * text only when somebody wants to read it.
 */
import { fold, mix } from './hash.ts';

export type AddressKey = string;
export type MacKey = string;

/** Keys that were made before, each in the place that its bits give it: the same stations come all day. */
const REMEMBERED = 4096;
const ipv4Keys = new Array<AddressKey>(REMEMBERED).fill('');
const ipv4Words = new Int32Array(REMEMBERED);
const macKeys = new Array<MacKey>(REMEMBERED).fill('');
const macHighs = new Uint16Array(REMEMBERED);
const macWords = new Int32Array(REMEMBERED);

/** Key of the IPv4 address whose 32 bits are `word`. */
export function ipv4Key(word: number): AddressKey {
  const place = mix(word) & (REMEMBERED - 1);
  if (ipv4Words[place] === word && ipv4Keys[place] !== '') return ipv4Keys[place]!;
  const key = String.fromCharCode(word >>> 16, word & 0xffff);
  ipv4Words[place] = word;
  ipv4Keys[place] = key;
  return key;
}

function macKey(high: number, word: number): MacKey {
  const place = mix(fold(high, word)) & (REMEMBERED - 1);
  if (macWords[place] === word && macHighs[place] === high && macKeys[place] !== '') return macKeys[place]!;
  const key = String.fromCharCode(high, word >>> 16, word & 0xffff);
  macHighs[place] = high;
  macWords[place] = word;
  macKeys[place] = key;
  return key;
}

/** Key of the address of `bytes` (4, 6 or 16) at `at`. The caller has checked that they are there. */
export function addressKey(view: DataView, at: number, bytes: number): AddressKey {
  if (bytes === 4) return ipv4Key(view.getInt32(at));
  if (bytes === 6) return macKey(view.getUint16(at), view.getInt32(at + 2));
  return String.fromCharCode(
    view.getUint16(at),
    view.getUint16(at + 2),
    view.getUint16(at + 4),
    view.getUint16(at + 6),
    view.getUint16(at + 8),
    view.getUint16(at + 10),
    view.getUint16(at + 12),
    view.getUint16(at + 14),
  );
}

/** Canonical text: dotted quad, RFC 5952 for IPv6, lower-case colons for a MAC, '' for no address. */
export function addressText(key: AddressKey): string {
  if (key.length === 2) {
    const high = key.charCodeAt(0);
    const low = key.charCodeAt(1);
    return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;
  }
  if (key.length === 3) return macText(key);
  return key.length === 8 ? ipv6Text(key) : '';
}

function macText(key: MacKey): string {
  let text = '';
  for (let i = 0; i < 3; i++) {
    const unit = key.charCodeAt(i).toString(16).padStart(4, '0');
    text += `${i > 0 ? ':' : ''}${unit.slice(0, 2)}:${unit.slice(2)}`;
  }
  return text;
}

/** RFC 5952: the longest run of two or more zero groups becomes `::`, the first of equals. */
function ipv6Text(key: AddressKey): string {
  let runStart = -1;
  let runLength = 1;
  for (let i = 0; i < 8; ) {
    let j = i;
    while (j < 8 && key.charCodeAt(j) === 0) j++;
    if (j - i > runLength) {
      runStart = i;
      runLength = j - i;
    }
    i = j + 1;
  }
  const groups = (from: number, to: number): string => {
    const parts: string[] = [];
    for (let i = from; i < to; i++) parts.push(key.charCodeAt(i).toString(16));
    return parts.join(':');
  };
  if (runStart < 0) return groups(0, 8);
  return `${groups(0, runStart)}::${groups(runStart + runLength, 8)}`;
}

/** Key of an address in text, or '' when it is none. Accepts what `addressText` writes and any RFC 4291 form. */
export function parseAddress(text: string): AddressKey {
  const quad = parseIpv4(text);
  if (quad !== null) return String.fromCharCode(quad >>> 16, quad & 0xffff);
  if (!/^[0-9a-f:.]{2,45}$/i.test(text) || !text.includes(':')) return '';
  const halves = text.split('::');
  if (halves.length > 2) return '';
  const left = groupsOf(halves[0] ?? '');
  const right = halves.length === 2 ? groupsOf(halves[1] ?? '') : [];
  if (left === null || right === null) return '';
  const missing = 8 - left.length - right.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return '';
  return String.fromCharCode(...left, ...new Array<number>(missing).fill(0), ...right);
}

function parseIpv4(text: string): number | null {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)?.slice(1).map(Number);
  if (parts === undefined || parts.some((part) => part > 255)) return null;
  return parts.reduce((sum, part) => sum * 256 + part, 0);
}

function groupsOf(text: string): number[] | null {
  if (text === '') return [];
  const groups: number[] = [];
  const parts = text.split(':');
  for (const [i, part] of parts.entries()) {
    const quad = i === parts.length - 1 ? parseIpv4(part) : null;
    if (quad !== null) groups.push(quad >>> 16, quad & 0xffff);
    else if (/^[0-9a-f]{1,4}$/i.test(part)) groups.push(Number.parseInt(part, 16));
    else return null;
  }
  return groups;
}

/** 224.0.0.0/4, 255.255.255.255, ff00::/8. */
export function isMulticast(key: AddressKey): boolean {
  const first = key.charCodeAt(0) >> 8;
  return key.length === 2 ? first >= 224 : key.length === 8 && first === 0xff;
}

/** 0.0.0.0, ::. */
export function isUnspecified(key: AddressKey): boolean {
  for (let i = 0; i < key.length; i++) if (key.charCodeAt(i) !== 0) return false;
  return true;
}
