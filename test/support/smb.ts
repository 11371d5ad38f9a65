/** Builders of SMB 2 messages (MS-SMB2 2.2) for tests and for the captures of single protocols. */
import { bytes, type Content } from './packet.ts';

export const le16 = (value: number): number[] => [value & 255, (value >> 8) & 255];
export const le32 = (value: number): number[] => [...le16(value & 0xffff), ...le16(value >>> 16)];
const zeros = (count: number): number[] => new Array<number>(count).fill(0);
export const wide = (text: string): Uint8Array => bytes(Buffer.from(text, 'utf16le'));

export interface Smb2Fields {
  readonly command: number;
  readonly id: number;
  readonly body: Content;
  readonly tree?: number;
  readonly status?: number;
  readonly isAnswer?: boolean;
  readonly flags?: number;
  readonly next?: number;
}

/** One command without the four bytes before it. */
export function smb2Command(fields: Smb2Fields): Uint8Array {
  const { command, id, body, tree = 0, status = 0, isAnswer = false, flags = 0, next = 0 } = fields;
  return bytes(
    [0xfe],
    'SMB',
    le16(64),
    le16(0),
    le32(status),
    le16(command),
    le16(1),
    le32((isAnswer ? 1 : 0) | flags),
    le32(next),
    le32(id),
    le32(0),
    le32(0),
    le32(tree),
    zeros(24),
    body,
  );
}

export const session = (...parts: readonly Content[]): Uint8Array => {
  const message = bytes(...parts);
  return bytes([0, (message.length >> 16) & 255, (message.length >> 8) & 255, message.length & 255], message);
};
export const smb2 = (fields: Smb2Fields): Uint8Array => session(smb2Command(fields));

export const fileId = (number: number): number[] => [...le32(number), ...zeros(4), ...le32(number), ...zeros(4)];
export const CHAINED = new Array<number>(16).fill(255);

export const negotiated = (dialect: number): Uint8Array => bytes(le16(65), le16(1), le16(dialect), zeros(59));
export const sessionSetup = (token: Content): Uint8Array =>
  bytes(le16(25), [0, 1], zeros(8), le16(88), le16(bytes(token).length), zeros(8), token);
export const sessionAnswer = (token: Content, flags = 0): Uint8Array =>
  bytes(le16(9), le16(flags), le16(72), le16(bytes(token).length), token);
export const treeConnect = (path: string): Uint8Array =>
  bytes(le16(9), le16(0), le16(72), le16(path.length * 2), wide(path));
export const treeAnswer = bytes(le16(16), zeros(14));
export const create = (name: string, options = 0): Uint8Array =>
  bytes(le16(57), zeros(38), le32(options), le16(120), le16(name.length * 2), zeros(8), wide(name));
export const created = (id: number): Uint8Array => bytes(le16(89), zeros(62), fileId(id), zeros(8));
export const close = (id: readonly number[]): Uint8Array => bytes(le16(24), zeros(6), id);
export const closed = bytes(le16(60), zeros(58));
export const write = (id: readonly number[], data: Content, offset = 0): Uint8Array =>
  bytes(le16(49), le16(112), le32(bytes(data).length), le32(offset), zeros(4), id, zeros(16), data);
export const written = bytes(le16(17), zeros(14));
export const read = (id: readonly number[], count: number): Uint8Array =>
  bytes(le16(49), zeros(2), le32(count), zeros(8), id, zeros(17));
export const readAnswer = (data: Content): Uint8Array =>
  bytes(le16(17), [80, 0], le32(bytes(data).length), zeros(8), data);
export const transceive = (id: readonly number[], data: Content): Uint8Array =>
  bytes(le16(57), zeros(2), le32(0x11c017), id, le32(120), le32(bytes(data).length), zeros(24), data);
export const transceived = (id: readonly number[], data: Content): Uint8Array =>
  bytes(
    le16(49),
    zeros(2),
    le32(0x11c017),
    id,
    le32(112),
    le32(0),
    le32(112),
    le32(bytes(data).length),
    zeros(8),
    data,
  );
export const rename = (id: readonly number[], name: string): Uint8Array => {
  const info = bytes([0], zeros(7), zeros(8), le32(name.length * 2), wide(name));
  return bytes(le16(33), [1, 10], le32(info.length), le16(96), zeros(6), id, info);
};
export const dispose = (id: readonly number[]): Uint8Array =>
  bytes(le16(33), [1, 13], le32(1), le16(96), zeros(6), id, [1]);

const pair = (id: number, text: string): Uint8Array => bytes(le16(id), le16(text.length * 2), wide(text));
/** MS-NLMP 2.2.1: negotiate, challenge, authenticate. */
export const ntlmNegotiate = bytes('NTLMSSP\0', le32(1), le32(0x02000001), zeros(16), [
  10,
  0,
  ...le16(19041),
  0,
  0,
  0,
  15,
]);
export function ntlmChallenge(computer: string, domain: string): Uint8Array {
  const info = bytes(pair(2, domain), pair(1, computer), pair(4, `${domain.toLowerCase()}.test`), zeros(4));
  const head = bytes('NTLMSSP\0', le32(2), zeros(8), le32(0x02000001), zeros(16), le16(info.length), le16(info.length));
  return bytes(head, le32(56), [10, 0, ...le16(17763), 0, 0, 0, 15], info);
}
export function ntlmAuthenticate(user: string, workstation: string, answerBytes: number): Uint8Array {
  const fields: Uint8Array[] = [];
  let at = 72;
  const parts = [zeros(0), zeros(answerBytes), wide('WARD'), wide(user), wide(workstation), zeros(0)];
  for (const part of parts) {
    fields.push(bytes(le16(part.length), le16(part.length), le32(at)));
    at += part.length;
  }
  return bytes('NTLMSSP\0', le32(3), ...fields, le32(0x02000001), [10, 0, ...le16(19041), 0, 0, 0, 15], ...parts);
}
