/** Hellos of TLS for tests, as handshake messages without a record around them. */
import { bytes, type Content, u16 } from './packet.ts';

const list = (...content: Content[]): Uint8Array => bytes(u16(bytes(...content).length), ...content);
export const helloExtension = (type: number, ...content: Content[]): Uint8Array => bytes(u16(type), list(...content));
export const serverNameExtension = (name: string): Uint8Array => helloExtension(0, list([0], list(name)));
export const protocolsExtension = (...names: string[]): Uint8Array =>
  helloExtension(16, list(...names.map((name) => bytes([name.length], name))));

/** Type, length and body; of DTLS with the fields of a message in one fragment. */
export const handshakeMessage = (type: number, body: Uint8Array): Uint8Array =>
  bytes([type, 0], u16(body.length), body);

export function clientHelloBody(
  extensions: readonly Uint8Array[] = [],
  version = 0x0303,
  cookie: Content = [],
): Uint8Array {
  const ciphers = list(u16(0x1301), u16(0xc02f));
  return bytes(u16(version), new Uint8Array(32).fill(5), [0], cookie, ciphers, [1, 0], list(...extensions));
}

export const serverHelloBody = (extensions: readonly Uint8Array[] = [], version = 0x0303): Uint8Array =>
  bytes(u16(version), new Uint8Array(32).fill(6), [0], u16(0x1301), [0], list(...extensions));

/** What a client of 1.3 offers, and what its server chooses. */
export const offers13 = helloExtension(43, [4], u16(0x0304), u16(0x0303));
export const chooses13 = helloExtension(43, u16(0x0304));
