/**
 * Fingerprints of a ClientHello that are published and free: JA3 (Salesforce, BSD) and JA4 of the client (FoxIO, BSD).
 * The other members of the JA4 family have another licence and are not here.
 *
 *     JA3  MD5 of `version,ciphers,extensions,groups,point formats`: decimal, `-` inside a field
 *     JA4  t q d · version · SNI d i · ciphers 2 · extensions 2 · ends of ALPN 2
 *          _ SHA-256 of the sorted ciphers, 12 digits
 *          _ SHA-256 of the sorted extensions without SNI and ALPN, `_`, signature algorithms as sent; 12 digits
 *
 * GREASE (RFC 8701) is left out of both: `Hello` holds none.
 */
import { md5Hex, sha256Hex } from './digest.ts';
import { EXTENSION_PROTOCOLS, EXTENSION_SERVER_NAME, type Hello, versionName } from './tls-hello.ts';

const HASH_CHARACTERS = 12;
const NOTHING = '000000000000';
const COUNT_MAX = 99;

const CODES = new Map([
  [0x0304, '13'],
  [0x0303, '12'],
  [0x0302, '11'],
  [0x0301, '10'],
  [0x0300, 's3'],
  [0x0002, 's2'],
  [0xfeff, 'd1'],
  [0xfefd, 'd2'],
  [0xfefc, 'd3'],
]);

/** What the MD5 of JA3 is taken of. */
export function ja3Text(hello: Hello): string {
  const { legacyVersion, ciphers, extensions, groups, pointFormats } = hello;
  return [legacyVersion, ...[ciphers, extensions, groups, pointFormats].map((list) => list.join('-'))].join(',');
}

export function ja3(hello: Hello): string {
  return md5Hex(ja3Text(hello));
}

/** `transport`: `t` TLS over TCP, `q` QUIC, `d` DTLS. */
export function ja4(hello: Hello, transport: 't' | 'q' | 'd'): string {
  const { ciphers, extensions, signatures, alpnEnds } = hello;
  const named = extensions.includes(EXTENSION_SERVER_NAME) ? 'd' : 'i';
  const counts = twoDigits(ciphers.length) + twoDigits(extensions.length);
  const head = `${transport}${CODES.get(hello.version) ?? '00'}${named}${counts}${ends(alpnEnds)}`;
  const others = extensions.filter((type) => type !== EXTENSION_SERVER_NAME && type !== EXTENSION_PROTOCOLS);
  const signed = signatures.length === 0 ? '' : `_${signatures.map(hex4).join(',')}`;
  return `${head}_${shortHash(sorted(ciphers))}_${others.length === 0 ? NOTHING : shortHash(sorted(others) + signed)}`;
}

/** What a record tells of a hello. */
export interface HelloRecord {
  version: string;
  serverName: string;
  alpn: string;
  cipher: number;
  ja3: string;
  ja4: string;
}

/** Fills a record. Half a hello has no fingerprint: it would be that of something else. */
export function describeHello(hello: Hello, transport: 't' | 'q' | 'd', to: HelloRecord): void {
  const isPrinted = hello.fromClient && !hello.broken;
  to.version = versionName(hello.version);
  to.serverName = hello.serverName;
  to.alpn = hello.alpn;
  to.cipher = hello.cipher;
  to.ja3 = isPrinted ? ja3(hello) : '';
  to.ja4 = isPrinted ? ja4(hello, transport) : '';
}

const hex4 = (value: number): string => value.toString(16).padStart(4, '0');
const sorted = (values: readonly number[]): string => values.map(hex4).sort().join(',');
const twoDigits = (count: number): string => String(Math.min(count, COUNT_MAX)).padStart(2, '0');
const shortHash = (text: string): string => (text === '' ? NOTHING : sha256Hex(text).slice(0, HASH_CHARACTERS));

/** First and last character of the first protocol; of one that is not letters and digits, of its hexadecimal form. */
function ends(pair: number): string {
  if (pair < 0) return '00';
  const first = pair >> 8;
  const last = pair & 0xff;
  if (isAlphanumeric(first) && isAlphanumeric(last)) return String.fromCharCode(first, last);
  return (first >> 4).toString(16) + (last & 15).toString(16);
}

function isAlphanumeric(code: number): boolean {
  return (code >= 0x30 && code <= 0x39) || (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a);
}
