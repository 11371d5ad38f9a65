/** Makes the captures of protocols that protect what they carry: `node captures/protocols/make-secured.ts`. */
import { certificate, certificateList } from '../../test/support/certificate.ts';
import {
  chooses13,
  clientHelloBody,
  handshakeMessage,
  offers13,
  protocolsExtension,
  serverHelloBody,
  serverNameExtension,
} from '../../test/support/hello.ts';
import { bytes, type Content, u16, u24, u32 } from '../../test/support/packet.ts';
import { cryptoFrame, exampleId, initialPacket } from '../../test/support/quic.ts';
import { type Conversation, captureOf, client, server, write } from './pcap-conversation.ts';

const zeros = (count: number): number[] => new Array<number>(count).fill(0);
const filled = (count: number): number[] => Array.from({ length: count }, (_, i) => (i * 37 + 11) & 255);

/** RFC 4253 7.1: ten lists; what is not given is empty. */
function kexInit(...lists: string[]): Uint8Array {
  const all = [...lists, ...new Array<string>(10 - lists.length).fill('')];
  const payload = bytes([20], filled(16), ...all.map((list) => bytes(u32(list.length), list)), zeros(5));
  const padding = 4 + ((8 - ((payload.length + 9) % 8)) % 8);
  return bytes(u32(payload.length + 1 + padding), [padding], payload, zeros(padding));
}

const ciphers = 'chacha20-poly1305@openssh.com,aes128-ctr,aes256-gcm@openssh.com';
const macs = 'hmac-sha2-256-etm@openssh.com,hmac-sha2-256';
const exchange = 'curve25519-sha256,ecdh-sha2-nistp256,diffie-hellman-group14-sha256';

const viewer = handshakeMessage(
  1,
  clientHelloBody([serverNameExtension('viewer.hosp.test'), protocolsExtension('h3', 'h3-29'), offers13]),
);
const chosen = handshakeMessage(2, serverHelloBody([chooses13]));
const later = bytes([0xe0], u32(1), [0, 2, 9, 9, 0x40, 64], filled(64));
const sealed = bytes([0x41], filled(90));

/** A record of DTLS 1.2 in epoch 0, or in 1. */
const record = (type: number, body: Content, epoch = 0): Uint8Array =>
  bytes([type, 0xfe, 0xfd], u16(epoch), zeros(6), u16(bytes(body).length), body);
const message = (type: number, number: number, body: Uint8Array, from = 0, to = body.length): Uint8Array =>
  record(22, bytes([type], u24(body.length), u16(number), u24(from), u24(to - from), body.subarray(from, to)));
const gateway = [serverNameExtension('gateway.hosp.test')];
const chain = certificateList(certificate({ subject: 'gateway.hosp.test', issuer: 'Site CA', organization: 'Site' }));

export const conversations: Readonly<Record<string, Conversation>> = {
  ssh: {
    port: 22,
    said: [
      server('SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n'),
      client(bytes('SSH-2.0-dropbear_2022.83\r\n')),
      client(kexInit(exchange, 'ssh-ed25519', ciphers, ciphers, macs, macs, 'none', 'none')),
      server(kexInit(exchange, 'ssh-ed25519', ciphers, ciphers, macs, macs, 'none', 'zlib@openssh.com,none')),
      client(filled(48)),
      server(filled(96)),
    ],
  },
  quic: {
    port: 443,
    isDatagram: true,
    said: [
      client(initialPacket(bytes(cryptoFrame(90, viewer.subarray(90)), cryptoFrame(0, viewer.subarray(0, 50))))),
      client(initialPacket(cryptoFrame(50, viewer.subarray(50, 90)), { number: 1 })),
      server(bytes(initialPacket(cryptoFrame(0, chosen), { fromServer: true, target: [], source: [9, 9] }), later)),
      client(sealed),
      server(sealed),
    ],
  },
  dtls: {
    port: 5684,
    isDatagram: true,
    said: [
      client(message(1, 0, clientHelloBody(gateway, 0xfefd, [0]))),
      server(message(3, 0, bytes([0xfe, 0xff, 4, 1, 2, 3, 4]))),
      client(message(1, 1, clientHelloBody(gateway, 0xfefd, [4, 1, 2, 3, 4]), 0, 60)),
      client(message(1, 1, clientHelloBody(gateway, 0xfefd, [4, 1, 2, 3, 4]), 60)),
      server(bytes(message(2, 1, serverHelloBody([], 0xfefd)), message(11, 2, chain, 0, 150))),
      server(bytes(message(11, 2, chain, 150), message(14, 3, bytes()))),
      client(bytes(message(16, 2, bytes(filled(66))), record(20, [1]), record(22, filled(48), 1))),
      server(bytes(record(20, [1]), record(22, filled(48), 1))),
      client(record(23, filled(60), 1)),
      server(record(23, filled(90), 1)),
    ],
  },
  'quic-negotiated': {
    name: 'quic',
    port: 443,
    isDatagram: true,
    said: [
      client(bytes([0xc0], u32(0x1a2a3a4a), [8], exampleId, [0], zeros(1_200))),
      server(bytes([0x80], u32(0), [0, 8], exampleId, u32(0x6b3343cf), u32(1))),
      client(initialPacket(cryptoFrame(0, viewer), { version: 'v2' })),
    ],
  },
};

export const captures: Readonly<Record<string, Uint8Array>> = captureOf(conversations);

if (import.meta.main) write(captures);
