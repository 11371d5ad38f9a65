/**
 * NetBIOS names as the wire carries them (RFC 1001 14.1): sixteen bytes as thirty-two letters A to P, four bits each.
 * Fifteen bytes are the name, filled up with spaces; the last one says what the name is for.
 *
 * A name of the messenger service (03) may be that of a person who is logged in; it never becomes a text.
 */
import { readText } from './text.ts';

export const NETBIOS_ENCODED_BYTES = 32;
export const NETBIOS_NAME_BYTES = 15;
const LETTER_A = 0x41;

export const WORKSTATION = 0x00;
const MESSENGER = 0x03;
export const FILE_SERVER = 0x20;
const DOMAIN_MASTER = 0x1b;
const BROWSER_ELECTION = 0x1e;
/** `\x01\x02__MSBROWSE__\x02`: a name of all browsers, of nobody. */
const BROWSERS = 0x01;

const scratch = new DataView(new ArrayBuffer(NETBIOS_NAME_BYTES + 1));

/** What the sixteenth byte of the encoded name at `at` says. */
export function netbiosSuffix(view: DataView, at: number): number {
  return decoded(view, at, NETBIOS_NAME_BYTES);
}

/** The encoded name at `at` (32 letters) as text, '' where it may name a person. */
export function netbiosName(view: DataView, at: number): string {
  for (let i = 0; i <= NETBIOS_NAME_BYTES; i++) scratch.setUint8(i, decoded(view, at, i));
  return plainNetbiosName(scratch, 0);
}

/** The same of a name that stands in sixteen plain bytes (node status). */
export function plainNetbiosName(view: DataView, at: number): string {
  const suffix = view.getUint8(at + NETBIOS_NAME_BYTES);
  if (suffix === MESSENGER || suffix === BROWSERS) return '';
  return readText(view, at, NETBIOS_NAME_BYTES);
}

function decoded(view: DataView, at: number, byte: number): number {
  const high = view.getUint8(at + byte * 2) - LETTER_A;
  const low = view.getUint8(at + byte * 2 + 1) - LETTER_A;
  return ((high & 15) << 4) | (low & 15);
}

/** `name` of the machine, `domain` it belongs to, or '' when the name is neither. */
export function netbiosAttribute(suffix: number, isGroup: boolean): '' | 'name' | 'domain' {
  if (suffix === WORKSTATION) return isGroup ? 'domain' : 'name';
  if (suffix === FILE_SERVER && !isGroup) return 'name';
  return suffix >= DOMAIN_MASTER && suffix <= BROWSER_ELECTION ? 'domain' : '';
}
