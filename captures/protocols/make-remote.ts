/** Makes the captures of remote screens and shells: `node captures/protocols/make-remote.ts`. */
import { bytes, type Content, u16, u32 } from '../../test/support/packet.ts';
import { type Conversation, captureOf, client, server, write } from './pcap-conversation.ts';

const zeros = (count: number): number[] => new Array<number>(count).fill(0);
const little16 = (value: number): number[] => [value & 255, value >> 8];
const little32 = (value: number): number[] => [...little16(value & 0xffff), ...little16(value >>> 16)];
const utf16 = (text: string): number[] => Array.from(text).flatMap((letter) => [letter.charCodeAt(0), 0]);

const negotiation = (type: number, value: number): number[] => [type, 0, 8, 0, ...little32(value)];
const x224 = (code: number, ...variable: Content[]): Uint8Array => {
  const inside = bytes(...variable);
  return bytes([3, 0], u16(11 + inside.length), [6 + inside.length, code, 0, 0, 0, 0, 0], inside);
};
/** A block of the conference behind its key (T.124). */
const conference = (tag: number, key: string, block: Uint8Array): Uint8Array => {
  const inside = bytes([2, 0xf0, 0x80, 0x7f, tag, 0x82, 1, 0], zeros(12), key, [0x80, block.length], block);
  return bytes([3, 0], u16(inside.length + 4), inside);
};
const station = utf16('CONSOLE-7');
const core = bytes([1, 0xc0, 56, 0], zeros(20), station, zeros(32 - station.length));

const sixteen = new Array<number>(16).fill(7);
/** A message of 1.5 without authentication, as `function, command`. */
const ipmiMessage = (operation: number, command: number, ...data: number[]): Uint8Array =>
  bytes([6, 0, 255, 7, 0], zeros(8), [7 + data.length, 0x20, operation << 2, 0, 0x81, 4, command], data, [0]);
const ipmiPayload = (type: number, ...data: number[]): Uint8Array =>
  bytes([6, 0, 255, 7, 6, type], zeros(8), little16(data.length), data);

const xdmcp = (opcode: number, ...data: number[]): Uint8Array => bytes(u16(1), u16(opcode), u16(data.length), data);
const spiceLink = (size: number, ...data: Content[]): Uint8Array =>
  bytes('REDQ', little32(2), little32(2), little32(size), ...data);

export const conversations: Readonly<Record<string, Conversation>> = {
  telnet: {
    port: 23,
    said: [
      server([255, 253, 24, 255, 251, 1]),
      client([255, 251, 24, 255, 253, 1]),
      server('\r\nus-scanner login: '),
      client('service\r\n'),
      server('service\r\nPassword: '),
      client('Service\r\n'),
      server('\r\nLogin incorrect\r\nus-scanner login: '),
      client('service\r\n'),
      server('service\r\nPassword: '),
      client('Blue-Canary-77\r\n'),
      server('\r\nLast login: Mon\r\n# '),
      client('id\r\n'),
    ],
  },
  rdp: {
    port: 3389,
    said: [
      client(x224(0xe0, 'Cookie: mstshash=canary\r\n', negotiation(1, 0))),
      server(x224(0xd0, negotiation(2, 0))),
      client(conference(0x65, 'Duca', core)),
      server(conference(0x66, 'McDn', bytes([2, 12, 12, 0], little32(2), little32(2)))),
    ],
  },
  'rdp-udp': {
    name: 'rdp',
    port: 3389,
    isDatagram: true,
    said: [
      client(bytes(u32(0xffffffff), u16(64), u16(1), u32(7), u16(1232), u16(1232), zeros(1_216))),
      server(bytes(u32(7), u16(64), u16(5), u32(9), u16(1232), u16(1232), zeros(1_216))),
    ],
  },
  vnc: {
    port: 5900,
    said: [
      server('RFB 003.008\n'),
      client('RFB 003.008\n'),
      server([2, 2, 19]),
      client([2]),
      server(sixteen),
      client(sixteen),
      server([0, 0, 0, 0]),
      client([1]),
      server(bytes([4, 0, 3, 0], zeros(16), u32(6), 'BED 12')),
      client([3, 1, 0, 0, 0, 0, 4, 0, 3, 0, 5, 1, 0, 9, 0, 9, 4, 1, 0, 0, 0, 0, 0, 0x61]),
    ],
  },
  x11: {
    port: 6000,
    said: [
      client(bytes('l', [0], little16(11), little16(0), little16(18), little16(16), [0, 0], 'MIT-MAGIC-COOKIE-1')),
      client(bytes([0, 0], sixteen)),
      server(
        bytes([1, 0], little16(11), little16(0), little16(20), zeros(16), little16(13), zeros(14), 'The Test Org.'),
      ),
    ],
  },
  rlogin: { port: 513, said: [client('\0canary\0canary\0xterm/38400\0'), server([0]), server('# ')] },
  rsh: {
    port: 514,
    said: [client('1022\0'), client('canary\0canary\0cat /etc/passwd\0'), server('\x01Permission denied.\n')],
  },
  rexec: { name: 'rsh', port: 512, said: [client('\x30\0canary\0root\0id\0'), server('\0uid=0\n')] },
  nomachine: { port: 4000, said: [client('NXSH-8.10.1\n'), server('NXD-8.10.1\n'), client([22, 3, 1, 0, 5])] },
  ica: { port: 1494, said: [server('\x7f\x7fICA\0'), client('\x7f\x7fICA\0')] },
  radmin: {
    port: 4899,
    said: [client([1, 0, 0, 0, 1, 0, 0, 0, 8, 8]), server([1, 0, 0, 0, 0x25, 0, 0, 2, 0x12, 8, 2, 0, 0, 10, 0])],
  },
  teamviewer: { port: 5938, said: [client([0x17, 0x24, 0x0a, 0x20, 0, 1]), server([0x17, 0x24, 0x28, 0x18, 0, 2])] },
  spice: {
    port: 5930,
    said: [
      client(spiceLink(22, zeros(4), [3, 0], zeros(12))),
      server(spiceLink(178, little32(0), new Array<number>(162).fill(9))),
    ],
  },
  xdmcp: {
    port: 177,
    isDatagram: true,
    said: [client(xdmcp(2, 0)), server(xdmcp(5, 0, 0, 0, 6, ...zeros(8))), client(xdmcp(7, ...zeros(9)))],
  },
  ipmi: {
    port: 623,
    isDatagram: true,
    said: [
      client([6, 0, 255, 6, 0, 0, 0x11, 0xbe, 0x80, 0, 0, 0]),
      server(bytes([6, 0, 255, 6, 0, 0, 0x11, 0xbe, 0x40, 0, 0, 16], zeros(16))),
      client(ipmiMessage(6, 0x38, 0x8e, 4)),
      server(ipmiMessage(7, 0x38, 0)),
      client(ipmiPayload(0x10, ...zeros(32))),
      server(ipmiPayload(0x11, ...zeros(36))),
      client(ipmiPayload(0x12, ...zeros(28))),
      server(ipmiPayload(0x13, ...zeros(60))),
      client(ipmiPayload(0x14, ...zeros(28))),
      server(ipmiPayload(0x15, 0, 0x0d, ...zeros(6))),
      client(ipmiPayload(0xc0, ...sixteen)),
      client(ipmiMessage(0, 2, 0)),
    ],
  },
  rustdesk: {
    port: 21_116,
    isDatagram: true,
    said: [client(bytes([0x32, 11, 0x0a, 9], '123456789')), server([0x3a, 2, 0x10, 1])],
  },
  'rustdesk-tcp': {
    name: 'rustdesk',
    port: 21_116,
    said: [
      client(bytes([13 * 4, 0x42, 11, 0x0a, 9], '123456789')),
      server([2 * 4, 0x5a, 0]),
      client([255, 255, 255, 255, 7]),
    ],
  },
  adb: {
    port: 5555,
    said: [
      client(adb(0x4e584e43, 16_777_217, 'host::features=cmd\0')),
      server(adb(0x48545541, 1, zeros(20))),
      client(adb(0x48545541, 2, zeros(64))),
      server(
        adb(0x4e584e43, 16_777_217, 'device::ro.product.name=pump;ro.product.model=Pump 5;ro.product.device=x;\0'),
      ),
      client(adb(0x4e45504f, 1, 'shell,v2,raw:cat /data/canary\0')),
      server(adb(0x59414b4f, 1, '')),
      server(adb(0x45545257, 1, 'canary')),
    ],
  },
};

function adb(command: number, argument: number, ...data: Content[]): Uint8Array {
  const inside = bytes(...data);
  const name = little32(command);
  const magic = name.map((byte) => byte ^ 255);
  return bytes(name, little32(argument), zeros(4), little32(inside.length), zeros(4), magic, inside);
}

export const captures: Readonly<Record<string, Uint8Array>> = captureOf(conversations);

if (import.meta.main) write(captures);
