/**
 * ClientHello and ServerHello (RFC 8446 4.1.2, 4.1.3; RFC 9147 5.3), wherever they travel: TLS, DTLS, QUIC.
 *
 *     client  version 2 · random 32 · session id 1+n · [DTLS: cookie 1+n] · cipher suites 2+n · compression 1+n · …
 *     server  version 2 · random 32 · session id 1+n · cipher suite 2 · compression 1 · extensions 2+n
 *     extension  type 2 · length 2 · data
 *
 * One walk over the extensions. What a length claims beyond its container is not read, and `broken` says so.
 */
import { readText } from './text.ts';

export const CLIENT_HELLO = 1;
export const SERVER_HELLO = 2;

const RANDOM_END = 34;
const RANDOM_BYTES = 32;
const EXTENSION_HEADER_BYTES = 4;

export const EXTENSION_SERVER_NAME = 0;
const EXTENSION_GROUPS = 10;
const EXTENSION_POINT_FORMATS = 11;
const EXTENSION_SIGNATURES = 13;
export const EXTENSION_PROTOCOLS = 16;
const EXTENSION_SUPPORTED_VERSIONS = 43;
const EXTENSION_ENCRYPTED_HELLO = 0xfe0d;

const HOST_NAME = 0;
/** A list of one entry: list length 2, type 1, length 2. */
const SERVER_NAME_BYTES = 5;
/** RFC 1035 2.3.4. */
const HOST_NAME_BYTES_MAX = 253;
/** Protocols that are told; nobody offers more than a handful. */
const PROTOCOLS_MAX = 16;

/** First byte of the version in drafts of 1.3. */
const DRAFT = 0x7f;

/** Random of a ServerHello that asks for another ClientHello (RFC 8446 4.1.3): its first words. */
const RETRY_RANDOM = [0xcf21ad74, 0xe59a6111, 0xbe1d8c02, 0x1e65b891];

const VERSIONS = new Map([
  [0x0002, 'SSL 2.0'],
  [0x0300, 'SSL 3.0'],
  [0x0301, 'TLS 1.0'],
  [0x0302, 'TLS 1.1'],
  [0x0303, 'TLS 1.2'],
  [0x0304, 'TLS 1.3'],
  [0xfeff, 'DTLS 1.0'],
  [0xfefd, 'DTLS 1.2'],
  [0xfefc, 'DTLS 1.3'],
  // Cisco's and OpenSSL's from before the standard.
  [0x0100, 'DTLS 1.0'],
]);

/** `TLS 1.2`, `DTLS 1.3`; `0x0505` for one that nobody has named. */
export function versionName(version: number): string {
  if (version >> 8 === DRAFT) return 'TLS 1.3';
  return VERSIONS.get(version) ?? `0x${version.toString(16).padStart(4, '0')}`;
}

/** Values that mean nothing and must be ignored (RFC 8701): `0a0a`, `1a1a` … `fafa`. */
export function isGrease(value: number): boolean {
  return (value & 0x0f0f) === 0x0a0a && value >> 8 === (value & 0xff);
}

/** Refilled for every hello. Lists hold what was sent, in its order, without GREASE. */
export class Hello {
  fromClient = true;
  /** In front of the random: what fingerprints call the version. */
  legacyVersion = 0;
  /** Of a ClientHello the highest that it offers, of a ServerHello the one both will speak. */
  version = 0;
  /** A server asks for another ClientHello. */
  isRetry = false;
  /** As host names are written: lower case; '' where there is none, or something else stands in its place. */
  serverName = '';
  /** Protocols offered or chosen (ALPN), space-joined. */
  alpn = '';
  /** First protocol offered: first byte in the upper half, last in the lower; -1: none. */
  alpnEnds = -1;
  /** Cipher suite chosen by a server, -1 of a client. */
  cipher = -1;
  /** An encrypted ClientHello is inside, or pretends to be. */
  encryptedInside = false;
  /** A length reaches past its container; what stands before it has been read. */
  broken = false;
  readonly ciphers: number[] = [];
  readonly extensions: number[] = [];
  readonly groups: number[] = [];
  readonly pointFormats: number[] = [];
  readonly signatures: number[] = [];
}

/** Reads the hello whose body (behind the header of the handshake message) is `[body, end)`. */
export function readHello(view: DataView, body: number, end: number, type: number, isDtls: boolean, to: Hello): void {
  const fromClient = type === CLIENT_HELLO;
  clear(to, fromClient);
  let at = body + RANDOM_END;
  if (at >= end) return;
  const version = view.getUint16(body);
  const isDraft = version >> 8 === DRAFT;
  to.legacyVersion = version;
  to.version = version;
  to.isRetry = !fromClient && isRetryRandom(view, at - RANDOM_BYTES);
  // Up to draft 21 the server of 1.3 named its version here and left out session id and compression.
  if (fromClient || !isDraft) at += 1 + view.getUint8(at);
  if (fromClient) {
    if (isDtls) {
      if (end - at < 1) return;
      at += 1 + view.getUint8(at);
    }
    if (end - at < 2) return;
    const ciphers = view.getUint16(at);
    at += 2;
    if (ciphers > end - at) return;
    collect(view, at, ciphers, to.ciphers);
    at += ciphers;
    if (end - at < 1) return;
    at += 1 + view.getUint8(at);
  } else {
    if (end - at < 2) return;
    to.cipher = view.getUint16(at);
    at += isDraft ? 2 : 3;
  }
  if (at > end) return;
  to.broken = false;
  if (at === end) return;
  to.broken = end - at < 2 || view.getUint16(at) !== end - at - 2;
  extensions(view, at + 2, end, to);
}

function clear(hello: Hello, fromClient: boolean): void {
  hello.fromClient = fromClient;
  hello.legacyVersion = 0;
  hello.version = 0;
  hello.isRetry = false;
  hello.serverName = '';
  hello.alpn = '';
  hello.alpnEnds = -1;
  hello.cipher = -1;
  hello.encryptedInside = false;
  hello.broken = true;
  hello.ciphers.length = 0;
  hello.extensions.length = 0;
  hello.groups.length = 0;
  hello.pointFormats.length = 0;
  hello.signatures.length = 0;
}

function isRetryRandom(view: DataView, at: number): boolean {
  for (let i = 0; i < RETRY_RANDOM.length; i++) if (view.getUint32(at + i * 4) !== RETRY_RANDOM[i]) return false;
  return true;
}

/** 16-bit values in `[at, at + bytes)`, without GREASE. */
function collect(view: DataView, at: number, bytes: number, into: number[]): void {
  for (let i = at; i + 2 <= at + bytes; i += 2) {
    const value = view.getUint16(i);
    if (!isGrease(value)) into.push(value);
  }
}

function extensions(view: DataView, from: number, end: number, hello: Hello): void {
  let at = from;
  while (end - at >= EXTENSION_HEADER_BYTES) {
    const type = view.getUint16(at);
    const length = view.getUint16(at + 2);
    const data = at + EXTENSION_HEADER_BYTES;
    if (length > end - data) break;
    if (!isGrease(type)) hello.extensions.push(type);
    extension(view, type, data, length, hello);
    at = data + length;
  }
  if (at !== end) hello.broken = true;
}

function extension(view: DataView, type: number, data: number, length: number, hello: Hello): void {
  switch (type) {
    case EXTENSION_SERVER_NAME:
      if (hello.fromClient) serverName(view, data, length, hello);
      break;
    case EXTENSION_GROUPS:
      list(view, data, length, hello.groups);
      break;
    case EXTENSION_SIGNATURES:
      list(view, data, length, hello.signatures);
      break;
    case EXTENSION_POINT_FORMATS:
      for (let i = 1; i < length && i <= view.getUint8(data); i++) hello.pointFormats.push(view.getUint8(data + i));
      break;
    case EXTENSION_PROTOCOLS:
      protocols(view, data, length, hello);
      break;
    case EXTENSION_SUPPORTED_VERSIONS:
      versions(view, data, length, hello);
      break;
    case EXTENSION_ENCRYPTED_HELLO:
      hello.encryptedInside = true;
      break;
  }
}

/** A list of 16-bit values behind its length in bytes. */
function list(view: DataView, data: number, length: number, into: number[]): void {
  if (length < 2) return;
  collect(view, data + 2, Math.min(view.getUint16(data), length - 2), into);
}

function versions(view: DataView, data: number, length: number, hello: Hello): void {
  if (!hello.fromClient) {
    if (length === 2) hello.version = view.getUint16(data);
    return;
  }
  if (length < 1) return;
  const end = data + Math.min(length, 1 + view.getUint8(data));
  // Versions of DTLS are counted downwards.
  const isDatagram = hello.legacyVersion >= 0xfe00;
  let highest = -1;
  for (let at = data + 1; at + 2 <= end; at += 2) {
    const version = view.getUint16(at);
    if (isGrease(version)) continue;
    if (highest < 0 || (isDatagram ? version < highest : version > highest)) highest = version;
  }
  if (highest >= 0) hello.version = highest;
}

function protocols(view: DataView, data: number, length: number, hello: Hello): void {
  if (length < 2) return;
  const end = data + Math.min(length, 2 + view.getUint16(data));
  let at = data + 2;
  for (let count = 0; at < end && count < PROTOCOLS_MAX; count++) {
    const bytes = view.getUint8(at);
    const name = at + 1;
    if (bytes > end - name) {
      hello.broken = true;
      return;
    }
    at = name + bytes;
    if (bytes === 0 || (bytes === 2 && isGrease(view.getUint16(name)))) continue;
    if (hello.alpnEnds < 0) hello.alpnEnds = (view.getUint8(name) << 8) | view.getUint8(at - 1);
    const text = readText(view, name, bytes);
    hello.alpn = hello.alpn === '' ? text : `${hello.alpn} ${text}`;
  }
}

function serverName(view: DataView, at: number, length: number, hello: Hello): void {
  if (length < SERVER_NAME_BYTES) return;
  const bytes = view.getUint16(at + 3);
  if (view.getUint8(at + 2) !== HOST_NAME || bytes === 0 || bytes > HOST_NAME_BYTES_MAX) return;
  if (bytes > length - SERVER_NAME_BYTES) {
    hello.broken = true;
    return;
  }
  const text = readText(view, at + SERVER_NAME_BYTES, bytes);
  // An address is no name, and anything else here is not a host name.
  if (/^[a-z0-9_.-]+$/i.test(text) && /[a-z]/i.test(text)) hello.serverName = text.toLowerCase();
}
