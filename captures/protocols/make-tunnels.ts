/** Makes the captures of tunnels, proxies and what hides in them: `node captures/protocols/make-tunnels.ts`. */
import { bytes, type Content, u16, u32 } from '../../test/support/packet.ts';
import { type Conversation, captureOf, client, server, write } from './pcap-conversation.ts';

const zeros = (count: number): number[] => new Array<number>(count).fill(0);
const filled = (count: number): number[] => Array.from({ length: count }, (_, i) => (i * 37 + 11) & 255);

const wireguard = (type: number, length: number): number[] => [type, 0, 0, 0, ...filled(length - 4)];
const disco = bytes('TS', [0xf0, 0x9f, 0x92, 0xac], filled(96));

/** Session, then what follows it. */
const openvpn = (opcode: number, ...rest: number[]): number[] => [opcode << 3, ...filled(8), ...rest];
const framed = (packet: readonly number[]): number[] => [...u16(packet.length), ...packet];
const now = u32(0x6b04_0000);

const ike = (version: number, exchange: number, length = 60): Uint8Array =>
  bytes(filled(8), zeros(8), [33, version, exchange, 8], zeros(4), u32(length), filled(length - 28));

const avp = (type: number, ...value: Content[]): Uint8Array => {
  const inside = bytes(...value);
  return bytes(u16(0x8000 + 6 + inside.length), u16(0), u16(type), inside);
};
const l2tp = (...avps: Uint8Array[]): Uint8Array => {
  const inside = bytes(...avps);
  return bytes(u16(0xc802), u16(12 + inside.length), zeros(8), inside);
};

const padded = (text: string): Uint8Array => bytes(text, zeros(64 - text.length));
const pptpStart = (type: number, host: string, vendor: string): Uint8Array =>
  bytes(u16(156), u16(1), u32(0x1a2b3c4d), u16(type), zeros(18), padded(host), padded(vendor));
const pptp = (type: number, length: number): Uint8Array =>
  bytes(u16(length), u16(1), u32(0x1a2b3c4d), u16(type), zeros(length - 10));

const dht = (text: string): string => text.replaceAll('ID', 'abcdefghij0123456789');

export const conversations: Readonly<Record<string, Conversation>> = {
  wireguard: {
    port: 51_820,
    isDatagram: true,
    said: [
      client(wireguard(1, 148)),
      server(wireguard(2, 92)),
      client(wireguard(4, 32)),
      server(wireguard(4, 128)),
      server(wireguard(3, 64)),
    ],
  },
  tailscale: { port: 41_641, isDatagram: true, said: [client(disco), server(disco), client(wireguard(4, 32))] },
  openvpn: {
    port: 1194,
    isDatagram: true,
    said: [
      client(openvpn(7, 0, 0, 0, 0, 0)),
      server(openvpn(8, 1, 0, 0, 0, 0, ...filled(8), 0, 0, 0, 0)),
      client(openvpn(4, 0, 0, 0, 0, 1, ...filled(40))),
      server(openvpn(5, 1, 0, 0, 0, 1, ...filled(8))),
      client([0x48, 0, 0, 1, ...filled(80)]),
    ],
  },
  'openvpn-auth': {
    name: 'openvpn',
    port: 443,
    isDatagram: true,
    said: [
      client(openvpn(7, ...filled(20), ...u32(1), ...now, 0, 0, 0, 0, 0)),
      server(openvpn(8, ...filled(20), ...u32(1), ...now, 1, 0, 0, 0, 0, ...filled(8), 0, 0, 0, 0)),
    ],
  },
  'openvpn-tcp': {
    name: 'openvpn',
    port: 443,
    said: [
      client(framed(openvpn(7, ...u32(1), ...now, ...filled(37)))),
      server(framed(openvpn(8, ...u32(1), ...now, ...filled(49)))),
      client(framed([0x48, 0, 0, 1, ...filled(300)])),
    ],
  },
  ike: {
    port: 500,
    isDatagram: true,
    said: [client(ike(0x20, 34)), server(ike(0x20, 34)), client(ike(0x20, 35)), server(ike(0x20, 37, 28))],
  },
  'ike-nat': {
    name: 'ike',
    port: 4500,
    isDatagram: true,
    said: [
      client(bytes(zeros(4), ike(0x10, 2))),
      server(bytes(zeros(4), ike(0x10, 4))),
      client(bytes(u32(0xc0ffee01), u32(1), filled(48))),
      client([0xff]),
    ],
  },
  l2tp: {
    port: 1701,
    isDatagram: true,
    said: [
      client(l2tp(avp(0, u16(1)), avp(2, u16(0x100)), avp(7, 'gateway-1'), avp(8, 'Example Networks'))),
      server(l2tp(avp(0, u16(2)), avp(7, 'concentrator'))),
      client(l2tp(avp(0, u16(3)))),
      server(l2tp()),
      client([0, 2, 0, 1, 0, 2, 0xff, 3, 0xc0, 0x21]),
    ],
  },
  pptp: {
    port: 1723,
    said: [
      client(pptpStart(1, 'station-9', 'Example')),
      server(pptpStart(2, 'gateway', 'linux')),
      client(pptp(7, 168)),
      server(pptp(8, 32)),
    ],
  },
  socks: {
    port: 1080,
    said: [
      client([5, 2, 0, 2]),
      server([5, 2]),
      client(bytes([1, 6], 'canary', [5], 'admin')),
      server([1, 0]),
      client(bytes([5, 1, 0, 3, 11], 'canary.test', [0, 25])),
      server([5, 0, 0, 1, 10, 0, 0, 1, 4, 0]),
      server('220 canary.test ESMTP\r\n'),
    ],
  },
  socks4: {
    name: 'socks',
    port: 1080,
    said: [client(bytes([4, 1, 0, 80, 0, 0, 0, 1], 'canary\0canary.test\0')), server([0, 0x5b, 0, 0, 0, 0, 0, 0])],
  },
  zerotier: {
    port: 9993,
    isDatagram: true,
    said: [client(bytes(filled(18), [0], filled(8), [1, 12, 1, 10, 0, 2], filled(100))), server(filled(90))],
  },
  bittorrent: {
    port: 6881,
    said: [
      client(bytes([0x13], 'BitTorrent protocol', zeros(8), filled(20), '-TR2940-0123456789ab')),
      server(bytes([0x13], 'BitTorrent protocol', zeros(8), filled(20), '-UT3550-0123456789ab', [0, 0, 0, 1, 1])),
    ],
  },
  'bittorrent-dht': {
    name: 'bittorrent',
    port: 6881,
    isDatagram: true,
    said: [
      client(dht('d1:ad2:id20:IDe1:q4:ping1:t2:aa1:y1:qe')),
      server(dht('d1:rd2:id20:IDe1:t2:aa1:y1:re')),
      client(dht('d1:ad2:id20:ID9:info_hash20:IDe1:q9:get_peers1:t2:ab1:y1:qe')),
      server(dht('d2:ip6:......1:rd2:id20:ID5:token1:xe1:t2:ab1:y1:re')),
      client(dht('d1:ad2:id20:ID6:target20:IDe1:q9:find_node1:t2:ac1:y1:qe')),
      server('d1:eli201e23:A Generic Error Ocurrede1:t2:ac1:y1:ee'),
      client([0, 0, 4, 0x17, 0x27, 0x10, 0x19, 0x80, 0, 0, 0, 0, 1, 2, 3, 4]),
    ],
  },
  irc: {
    port: 6667,
    said: [client('NICK canary\r\nUSER canary 0 * :canary\r\n'), server(':irc.test 001 canary :Welcome\r\n')],
  },
  stratum: {
    port: 3333,
    said: [
      client('{"id":1,"method":"mining.subscribe","params":["canary/1.0"]}\n'),
      server('{"id":1,"result":[[],"08000002",4],"error":null}\n'),
      client('{"id":2,"method":"mining.authorize","params":["canary.worker","x"]}\n'),
      server('{"id":null,"method":"mining.notify","params":["1"]}\n{"id":2,"result":true}\n'),
      client('{"id":4,"method":"mining.submit","params":["canary.worker","1"]}\n'),
    ],
  },
  'stratum-login': {
    name: 'stratum',
    port: 4444,
    said: [
      client('{"method":"login","params":{"login":"canary","pass":"x","agent":"xmrig/6.0"},"id":1}\n'),
      server('{"id":1,"result":{"job":{"blob":"00","job_id":"1","target":"b88d0600"},"status":"OK"}}\n'),
    ],
  },
};

export const captures: Readonly<Record<string, Uint8Array>> = captureOf(conversations);

if (import.meta.main) write(captures);
