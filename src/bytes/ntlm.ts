/**
 * NTLM (MS-NLMP 2.2.1) as far as it says which machines talk: it travels in SMB, DCE/RPC, LDAP, HTTP and RDP.
 *
 *     `NTLMSSP\0`  type 32 bit LE
 *     1 negotiate     flags 12 · version 32
 *     2 challenge     target 12 · flags 20 · nonce 24 · target info 40 · version 48
 *     3 authenticate  LM 12 · NT 20 · domain 28 · user 36 · workstation 44 · key 52 · flags 60 · version 64
 *     a field: length 16, room 16, offset 32 (from `N`) · target info: id 16, length 16, value; id 0 ends
 *
 * Of the user and of the answers only the lengths are looked at.
 */
import { readUtf16 } from './utf16.ts';

const SIGNATURE = [0x4e, 0x54, 0x4c, 0x4d, 0x53, 0x53, 0x50, 0];
const TYPE = 8;
const HEADER_BYTES = 12;
const FLAG_UNICODE = 1;
const FLAG_VERSION = 0x02000000;
const VERSION_BYTES = 8;
const FIELD_BYTES = 8;
const NAME_BYTES_MAX = 128;
const PAIRS_MAX = 16;

export const NTLM_NEGOTIATE = 1;
export const NTLM_CHALLENGE = 2;
export const NTLM_AUTHENTICATE = 3;

/** NtChallengeResponse of version 1 (MS-NLMP 2.2.2.6); that of version 2 is longer. */
const VERSION_1_RESPONSE_BYTES = 24;

/** Who speaks, of the message read last. One object, refilled. */
export class NtlmMessage {
  /** 0: none. */
  type = 0;
  computer = '';
  /** DNS name of the domain, or its NetBIOS name; '' where it is the computer's own. */
  domain = '';
  /** `Windows 10.0 build 19041`, or ''. */
  system = '';
  isAnonymous = false;
  isVersion1 = false;
}

export const ntlm = new NtlmMessage();

/** Where `NTLMSSP` begins in `[at, end)`, or -1. */
export function findNtlm(view: DataView, at: number, end: number): number {
  for (let i = at; i + HEADER_BYTES <= end; i++)
    if (view.getUint8(i) === SIGNATURE[0] && isSignature(view, i)) return i;
  return -1;
}

function isSignature(view: DataView, at: number): boolean {
  for (let i = 1; i < SIGNATURE.length; i++) if (view.getUint8(at + i) !== SIGNATURE[i]) return false;
  return true;
}

/** Reads the first message in `[at, end)` into `ntlm`; false when there is none. */
export function readNtlm(view: DataView, at: number, end: number): boolean {
  const from = findNtlm(view, at, end);
  ntlm.type = 0;
  if (from < 0) return false;
  ntlm.computer = '';
  ntlm.domain = '';
  ntlm.system = '';
  ntlm.isAnonymous = false;
  ntlm.isVersion1 = false;
  ntlm.type = view.getUint32(from + TYPE, true);
  if (ntlm.type === NTLM_NEGOTIATE) readVersion(view, from, end, 12, 32);
  else if (ntlm.type === NTLM_CHALLENGE) readChallenge(view, from, end);
  else if (ntlm.type === NTLM_AUTHENTICATE) readAuthenticate(view, from, end);
  else ntlm.type = 0;
  return ntlm.type !== 0;
}

function readVersion(view: DataView, from: number, end: number, flagsAt: number, versionAt: number): void {
  if (from + versionAt + VERSION_BYTES > end) return;
  if ((view.getUint32(from + flagsAt, true) & FLAG_VERSION) === 0) return;
  const build = view.getUint16(from + versionAt + 2, true);
  const major = view.getUint8(from + versionAt);
  // Samba and appliances say 6.1 or 10.0 and no build: that names no system.
  if (build === 0 || major < 5 || major > 10) return;
  ntlm.system = `Windows ${major}.${view.getUint8(from + versionAt + 1)} build ${build}`;
}

function readChallenge(view: DataView, from: number, end: number): void {
  readVersion(view, from, end, 20, 48);
  if (from + 48 > end) return;
  let at = from + view.getUint32(from + 44, true);
  const last = Math.min(end, at + view.getUint16(from + 40, true));
  let dnsDomain = '';
  let plainComputer = '';
  for (let i = 0; i < PAIRS_MAX && at >= from && at + 4 <= last; i++) {
    const id = view.getUint16(at, true);
    const valueEnd = at + 4 + view.getUint16(at + 2, true);
    if (id === 0 || valueEnd > last) break;
    if (id >= 1 && id <= 4) {
      const value = readUtf16(view, at + 4, Math.min(valueEnd, at + 4 + NAME_BYTES_MAX));
      if (id === 1) plainComputer = value;
      else if (id === 2) ntlm.domain = value;
      else if (id === 3) ntlm.computer = value;
      else dnsDomain = value;
    }
    at = valueEnd;
  }
  // A machine without domain names itself as its domain.
  if (ntlm.domain.toLowerCase() === plainComputer.toLowerCase()) ntlm.domain = '';
  if (dnsDomain !== '' && dnsDomain.toLowerCase() !== ntlm.computer.toLowerCase()) ntlm.domain = dnsDomain;
  if (plainComputer !== '') ntlm.computer = plainComputer;
}

function readAuthenticate(view: DataView, from: number, end: number): void {
  if (from + 64 > end) return;
  const answerBytes = view.getUint16(from + 20, true);
  ntlm.isAnonymous = answerBytes === 0 && view.getUint16(from + 36, true) === 0;
  ntlm.isVersion1 = answerBytes === VERSION_1_RESPONSE_BYTES;
  readVersion(view, from, end, 60, 64);
  const isUnicode = (view.getUint32(from + 60, true) & FLAG_UNICODE) !== 0;
  const at = from + view.getUint32(from + 44 + FIELD_BYTES - 4, true);
  const bytes = Math.min(view.getUint16(from + 44, true), NAME_BYTES_MAX);
  if (isUnicode && at >= from && at + bytes <= end) ntlm.computer = readUtf16(view, at, at + bytes);
}
