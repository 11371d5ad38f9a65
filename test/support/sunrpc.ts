/** Builders of Sun RPC (RFC 5531) for tests and for the captures of single protocols. */
import { bytes, type Content, u32 } from './packet.ts';

export const opaque = (content: Content): Uint8Array => {
  const data = bytes(content);
  return bytes(u32(data.length), data, new Uint8Array((4 - (data.length % 4)) % 4));
};
export const hyper = (value: number): Uint8Array => bytes(u32(Math.floor(value / 2 ** 32)), u32(value % 2 ** 32));

/** AUTH_SYS with the name of a machine. */
const credential = bytes(u32(1), opaque(bytes(u32(7), opaque('CANARY-HOST'), u32(0), u32(0), u32(0))));

export const call = (
  xid: number,
  program: number,
  version: number,
  procedure: number,
  ...body: Content[]
): Uint8Array =>
  bytes(u32(xid), u32(0), u32(2), u32(program), u32(version), u32(procedure), credential, u32(0), u32(0), ...body);
export const reply = (xid: number, ...body: Content[]): Uint8Array =>
  bytes(u32(xid), u32(1), u32(0), u32(0), u32(0), u32(0), ...body);
export const record = (message: Uint8Array): Uint8Array => bytes(u32(0x80000000 + message.length), message);

const attributes = new Uint8Array(84);
/** NFS 3. */
export const nfs3 = {
  lookup: (directory: string, name: string): Uint8Array => bytes(opaque(directory), opaque(name)),
  found: (handle: string): Uint8Array => bytes(u32(0), opaque(handle), u32(0), u32(0)),
  read: (handle: string, offset: number, count: number): Uint8Array => bytes(opaque(handle), hyper(offset), u32(count)),
  data: (content: Content, isEnd: boolean): Uint8Array =>
    bytes(u32(0), u32(1), attributes, u32(bytes(content).length), u32(isEnd ? 1 : 0), opaque(content)),
  write: (handle: string, offset: number, content: Content): Uint8Array =>
    bytes(opaque(handle), hyper(offset), u32(bytes(content).length), u32(0), opaque(content)),
  commit: (handle: string): Uint8Array => bytes(opaque(handle), hyper(0), u32(0)),
  rename: (name: string): Uint8Array => bytes(opaque('dir'), opaque('CANARY'), opaque('dir'), opaque(name)),
  readdir: (cookie: number): Uint8Array => bytes(opaque('dir'), hyper(cookie), hyper(0), u32(4096)),
};
