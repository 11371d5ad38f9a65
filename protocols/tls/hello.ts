/**
 * ClientHello and ServerHello (RFC 8446 4.1.2, 4.1.3).
 *
 *     client  version 2 · random 32 · session id 1+n · cipher suites 2+n · compression 1+n · extensions 2+n
 *     server  version 2 · random 32 · session id 1+n · cipher suite 2    · compression 1   · extensions 2+n
 *     extension  type 2 · length 2 · data
 *
 * One walk over the extensions; a fingerprint or a further extension is one more case in it.
 */
import { readText } from '../../src/bytes/text.ts';

export const CLIENT_HELLO = 1;
export const SERVER_HELLO = 2;
export const HANDSHAKE_HEADER_BYTES = 4;

const RANDOM_END = 34;
const EXTENSION_HEADER_BYTES = 4;
const EXTENSION_SERVER_NAME = 0;
const EXTENSION_SUPPORTED_VERSIONS = 0x002b;
const EXTENSION_ENCRYPTED_HELLO = 0xfe0d;

const HOST_NAME = 0;
/** A list of one entry: list length 2, type 1, length 2. */
const SERVER_NAME_BYTES = 5;
/** RFC 1035 2.3.4. */
const HOST_NAME_BYTES_MAX = 253;

/** First byte of the version in drafts of 1.3. */
const DRAFT = 0x7f;

const VERSIONS = new Map([
  [0x0002, 'SSL 2.0'],
  [0x0300, 'SSL 3.0'],
  [0x0301, '1.0'],
  [0x0302, '1.1'],
  [0x0303, '1.2'],
  [0x0304, '1.3'],
]);

/** Refilled for every hello. */
export class Hello {
  /** Of a ServerHello: the version both will speak. Of a ClientHello: its legacy field. */
  version = '';
  serverName = '';
  /** An encrypted ClientHello is inside, or pretends to be. */
  encryptedInside = false;
  /** A length reaches past its container; what stands before it has been read. */
  broken = false;
}

export function readHello(view: DataView, message: number, end: number, hello: Hello): void {
  hello.version = '';
  hello.serverName = '';
  hello.encryptedInside = false;
  hello.broken = true;
  const fromClient = view.getUint8(message) === CLIENT_HELLO;
  const body = message + HANDSHAKE_HEADER_BYTES;
  let at = body + RANDOM_END;
  if (at >= end) return;
  const version = view.getUint16(body);
  const isDraft = version >> 8 === DRAFT;
  hello.version = versionName(version);
  // Up to draft 21 the server of 1.3 named its version here and left out session id and compression.
  if (fromClient || !isDraft) at += 1 + view.getUint8(at);
  if (fromClient) {
    if (end - at < 2) return;
    at += 2 + view.getUint16(at);
    if (end - at < 1) return;
    at += 1 + view.getUint8(at);
  } else {
    at += isDraft ? 2 : 3;
  }
  if (at > end) return;
  hello.broken = false;
  if (at === end) return;
  hello.broken = end - at < 2 || view.getUint16(at) !== end - at - 2;
  extensions(view, at + 2, end, fromClient, hello);
}

function extensions(view: DataView, from: number, end: number, fromClient: boolean, hello: Hello): void {
  let at = from;
  while (end - at >= EXTENSION_HEADER_BYTES) {
    const length = view.getUint16(at + 2);
    const data = at + EXTENSION_HEADER_BYTES;
    if (length > end - data) break;
    switch (view.getUint16(at)) {
      case EXTENSION_SERVER_NAME:
        if (fromClient) serverName(view, data, length, hello);
        break;
      case EXTENSION_SUPPORTED_VERSIONS:
        if (!fromClient && length === 2) hello.version = versionName(view.getUint16(data));
        break;
      case EXTENSION_ENCRYPTED_HELLO:
        hello.encryptedInside = true;
        break;
    }
    at = data + length;
  }
  if (at !== end) hello.broken = true;
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

function versionName(version: number): string {
  if (version >> 8 === DRAFT) return '1.3';
  return VERSIONS.get(version) ?? `0x${version.toString(16).padStart(4, '0')}`;
}
