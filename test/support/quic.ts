/** Initial packets of QUIC as a client or a server seals them (RFC 9001 5), for tests and captures. */
import { createCipheriv, createHmac } from 'node:crypto';
import { bytes, type Content, u16, u32 } from './packet.ts';

const SALT_1 = '38762cf7f55934b34d179ae6a4c80cadccbb7f0a';
const SALT_2 = '0dede3def700a6db819381be6e269dcbf9bd2ed9';
const SALT_29 = 'afbfec289993d24c9e9786f19c6111e04390a899';

const versions = {
  v1: { number: 1, salt: SALT_1, label: 'quic', initial: 0xc0 },
  v2: { number: 0x6b3343cf, salt: SALT_2, label: 'quicv2', initial: 0xd0 },
  'draft-29': { number: 0xff00001d, salt: SALT_29, label: 'quic', initial: 0xc0 },
} as const;

export interface Sealed {
  readonly version?: keyof typeof versions;
  /** Connection id that the keys come from. */
  readonly id?: Content;
  /** Who is spoken to (`id` unless said), and who speaks. */
  readonly target?: Content;
  readonly source?: Content;
  readonly token?: Content;
  readonly fromServer?: boolean;
  readonly number?: number;
  readonly numberBytes?: number;
  /** Frames are padded to this. */
  readonly frameBytes?: number;
}

/** The connection id of the examples in RFC 9001 A. */
export const exampleId = new Uint8Array(Buffer.from('8394c8f03e515708', 'hex'));

const expand = (secret: Uint8Array, label: string, length: number): Buffer => {
  const name = `tls13 ${label}`;
  const info = bytes(u16(length), [name.length], name, [0, 1]);
  return createHmac('sha256', secret).update(info).digest().subarray(0, length);
};

const varint = (value: number): number[] => (value < 64 ? [value] : [0x40 | (value >> 8), value & 255]);

export const cryptoFrame = (offset: number, data: Content): Uint8Array =>
  bytes([6], varint(offset), varint(bytes(data).length), data);

export function initialPacket(frames: Content, sealed: Sealed = {}): Uint8Array {
  const { id = exampleId, number = 0, numberBytes = 4, fromServer = false } = sealed;
  const version = versions[sealed.version ?? 'v1'];
  const plain = Buffer.alloc(Math.max(bytes(frames).length, sealed.frameBytes ?? 0));
  plain.set(bytes(frames));
  const ids = [bytes(sealed.target ?? id), bytes(sealed.source ?? [])].map((one) => bytes([one.length], one));
  const header = bytes(
    [version.initial | (numberBytes - 1)],
    u32(version.number),
    ...ids,
    varint(bytes(sealed.token ?? []).length),
    sealed.token ?? [],
    varint(numberBytes + plain.length + 16),
    u32(number).slice(4 - numberBytes),
  );
  const secret = createHmac('sha256', Buffer.from(version.salt, 'hex')).update(bytes(id)).digest();
  const side = expand(secret, fromServer ? 'server in' : 'client in', 32);
  const nonce = expand(side, `${version.label} iv`, 12);
  nonce.writeUInt32BE((nonce.readUInt32BE(8) ^ number) >>> 0, 8);
  const cipher = createCipheriv('aes-128-gcm', expand(side, `${version.label} key`, 16), nonce).setAAD(header);
  const body = bytes(cipher.update(plain), cipher.final(), cipher.getAuthTag());
  const sample = body.subarray(4 - numberBytes, 20 - numberBytes);
  const mask = createCipheriv('aes-128-ecb', expand(side, `${version.label} hp`, 16), null).update(sample);
  const packet = bytes(header, body);
  packet[0] = (packet[0] ?? 0) ^ ((mask[0] ?? 0) & 15);
  for (let i = 0; i < numberBytes; i++) {
    const at = header.length - numberBytes + i;
    packet[at] = (packet[at] ?? 0) ^ (mask[1 + i] ?? 0);
  }
  return packet;
}
