/** Makes the captures of databases, brokers and telephones: `node captures/protocols/make-databases.ts`. */
import { bytes, type Content, u16, u32 } from '../../test/support/packet.ts';
import { type Conversation, captureOf, client, server, write } from './pcap-conversation.ts';

const zeros = (count: number): number[] => new Array<number>(count).fill(0);
const filled = (count: number): number[] => Array.from({ length: count }, (_, i) => (i * 29 + 7) & 255);
const little16 = (value: number): number[] => [value & 255, value >> 8];
const little32 = (value: number): number[] => [...little16(value & 0xffff), ...little16(value >>> 16)];

const mysql = (number: number, ...parts: Content[]): Uint8Array => {
  const inside = bytes(...parts);
  return bytes(little16(inside.length), [0, number], inside);
};
const greeting = mysql(0, [10], '8.0.36-test\0', filled(8), filled(8), [0], filled(30));

const postgres = (type: string, ...parts: Content[]): Uint8Array => {
  const inside = bytes(...parts);
  return bytes(type, u32(inside.length + 4), inside);
};
const startup = bytes('user\0canary\0database\0canary\0\0');

const tds = (type: number, ...parts: Content[]): Uint8Array => {
  const inside = bytes(...parts);
  return bytes([type, 1], u16(inside.length + 8), [0, 0, 1, 0], inside);
};
const preLogin = [0, 0, 11, 0, 6, 1, 0, 17, 0, 1, 0xff];
const utf16 = (text: string): number[] => Array.from(text).flatMap((letter) => [letter.charCodeAt(0), 0]);
const scrambled = (text: string): number[] => utf16(text).map((byte) => (((byte & 15) << 4) | (byte >> 4)) ^ 0xa5);
const station = utf16('ANALYSER-3');
const user = utf16('canary');
const password = scrambled('Admin');
const login7 = ((): Uint8Array => {
  const at = 94;
  const places = [at, 10, at + 20, 6, at + 32, 5].flatMap(little16);
  const inside = bytes(zeros(32), places, zeros(46), station, user, password);
  return bytes(little32(inside.length + 4), inside);
})();

const tns = (type: number, ...parts: Content[]): Uint8Array => {
  const inside = bytes(...parts);
  return bytes(u16(inside.length + 8), [0, 0, type, 0, 0, 0], inside);
};

const document = (type: number, key: string): Uint8Array => {
  const inside = bytes([type], `${key}\0`, little32(1), [0]);
  return bytes(little32(inside.length + 4), inside);
};
const mongo = (answers: number, code: number, ...parts: Content[]): Uint8Array => {
  const inside = bytes(...parts);
  return bytes(little32(inside.length + 16), little32(7), little32(answers), little32(code), inside);
};
const message = (key: string, answers = 0): Uint8Array =>
  mongo(answers, 2013, little32(0), [0], document(16, key), zeros(8));

const redis = (...words: string[]): string =>
  `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`;

const amqp = (type: number, ...parts: Content[]): Uint8Array => {
  const inside = bytes(...parts);
  return bytes([type], u16(0), u32(inside.length), inside, [0xce]);
};
const method = (family: number, number: number, ...parts: Content[]): Uint8Array =>
  amqp(1, u16(family), u16(number), ...parts);
const long = (text: string): Uint8Array => bytes(u32(text.length), text);
const field = (name: string, value: string): Uint8Array => bytes([name.length], name, 'S', long(value));
const table = (...fields: Uint8Array[]): Uint8Array => {
  const inside = bytes(...fields);
  return bytes(u32(inside.length), inside);
};

const sip = (first: string, ...headers: string[]): string =>
  [first, 'Via: SIP/2.0/UDP 10.1.0.21', 'CSeq: 2 REGISTER', ...headers, 'Content-Length: 0', '', ''].join('\r\n');
const rtsp = (first: string, ...headers: string[]): string => [first, 'CSeq: 2', ...headers, '', ''].join('\r\n');

export const conversations: Readonly<Record<string, Conversation>> = {
  mysql: {
    port: 3306,
    said: [
      server(greeting),
      client(mysql(1, little32(0x0008a205), little32(1 << 24), [33], zeros(23), 'canary\0', [20], filled(20))),
      server(mysql(2, [254], 'mysql_clear_password\0')),
      client(mysql(3, 'root\0')),
      server(mysql(4, [0, 0, 0, 2, 0, 0, 0])),
      client(mysql(0, [3], 'SELECT canary')),
      server(mysql(1, [1])),
      client(mysql(0, [6], 'canary')),
      client(mysql(0, [1])),
    ],
  },
  'mysql-refused': {
    name: 'mysql',
    port: 3306,
    said: [
      server(greeting),
      client(mysql(1, little32(0x0008a205), little32(1 << 24), [33], zeros(23), 'canary\0', [20], filled(20))),
      server(mysql(2, [255, 0x15, 4], '#28000Access denied for user canary')),
    ],
  },
  'mysql-tls': {
    name: 'mysql',
    port: 3306,
    said: [
      server(greeting),
      client(mysql(1, little32(0x0008aa05), little32(1 << 24), [33], zeros(23))),
      client([22, 3, 1, 0, 5, 1, 0, 0, 1, 3]),
    ],
  },
  postgresql: {
    port: 5432,
    said: [
      client(bytes(u32(8), u32(80_877_103))),
      server('N'),
      client(bytes(u32(startup.length + 8), u32(0x30000), startup)),
      server(postgres('R', u32(3))),
      client(postgres('p', 'postgres-canary\0')),
      server(postgres('R', u32(0))),
      server(postgres('S', 'server_version\x0016.2\0')),
      server(postgres('Z', 'I')),
      client(postgres('Q', 'SELECT canary\0')),
      server(
        bytes(postgres('T', filled(20)), postgres('D', filled(12)), postgres('C', 'SELECT 1\0'), postgres('Z', 'I')),
      ),
      client(postgres('X')),
    ],
  },
  'postgresql-refused': {
    name: 'postgresql',
    port: 5432,
    said: [
      client(bytes(u32(startup.length + 8), u32(0x30000), startup)),
      server(postgres('R', u32(10), 'SCRAM-SHA-256\0\0')),
      client(postgres('p', 'SCRAM-SHA-256\0', u32(4), 'n,,n')),
      server(postgres('E', 'SFATAL\0C28P01\0Mcanary\0\0')),
    ],
  },
  tds: {
    port: 1433,
    said: [
      client(tds(0x12, preLogin, [0, 0, 0, 0, 0, 0, 2])),
      server(tds(4, preLogin, [15, 0, 0x10, 0, 0, 0, 2])),
      client(tds(0x10, login7)),
      server(tds(4, [0xe3, 3, 0, 1, 2, 3], [0xad, 4, 0, 1, 2, 3, 4], [0xfd], zeros(12))),
      client(tds(1, utf16('SELECT canary'))),
    ],
  },
  tns: {
    port: 1521,
    said: [
      client(tns(1, u16(318), u16(300), zeros(46), '(DESCRIPTION=(CONNECT_DATA=(SID=canary)))')),
      server(tns(11)),
      client(tns(1, u16(318), u16(300), zeros(46), '(DESCRIPTION=(CONNECT_DATA=(SID=canary)))')),
      server(tns(2, u16(318), zeros(22))),
      client(bytes(u32(20), [6, 0, 0, 0], filled(12))),
    ],
  },
  mongodb: {
    port: 27_017,
    said: [
      client(mongo(0, 2004, little32(0), 'admin.$cmd\0', little32(0), little32(1), document(16, 'isMaster'))),
      server(mongo(7, 1, little32(8), zeros(12), little32(1), document(1, 'ok'))),
      client(message('saslStart')),
      server(message('ok', 7)),
      client(message('dropDatabase')),
      client(message('find')),
    ],
  },
  redis: {
    port: 6379,
    said: [
      client(redis('AUTH', 'canary-password-1')),
      server('-WRONGPASS invalid\r\n'),
      client(redis('auth', 'canary', 'Password')),
      server('+OK\r\n'),
      client(redis('SET', 'canary', 'x'.repeat(3_000))),
      server('+OK\r\n'),
      client(redis('CANARY')),
      client(redis('GET', 'canary')),
    ],
  },
  amqp: {
    port: 5672,
    said: [
      client('AMQP\0\0\x09\x01'),
      server(
        method(
          10,
          10,
          [0, 9],
          table(field('product', 'RabbitMQ'), field('version', '3.12.1')),
          long('PLAIN'),
          long('en'),
        ),
      ),
      client(method(10, 11, table(), [5], 'PLAIN', long('\0canary\0guest'), [5], 'en_US')),
      server(method(10, 30, zeros(8))),
      client(bytes(method(10, 31, zeros(8)), method(10, 40, [1], '/', [0, 0]))),
      client(bytes(method(50, 10, zeros(2), [6], 'canary', zeros(5)), method(60, 40, filled(20)), amqp(3, 'canary'))),
      server(amqp(8)),
    ],
  },
  sip: {
    port: 5060,
    isDatagram: true,
    said: [
      client(sip('REGISTER sip:10.1.0.5 SIP/2.0', 'User-Agent: Nurse Call 2.1')),
      server(sip('SIP/2.0 401 Unauthorized', 'Server: PBX 7')),
      client(sip('REGISTER sip:10.1.0.5 SIP/2.0', 'Authorization: Digest username="canary"')),
      server(sip('SIP/2.0 200 OK')),
      client(sip('INVITE sip:canary@10.1.0.5 SIP/2.0')),
    ],
  },
  'sip-tcp': {
    name: 'sip',
    port: 5060,
    said: [
      client(`${sip('OPTIONS sip:10.1.0.5 SIP/2.0')}\r\n\r\n`),
      server(`${sip('SIP/2.0 200 OK').replace('Length: 0', 'Length: 6')}canary`),
      server(sip('NOTIFY sip:canary@10.1.0.21 SIP/2.0')),
    ],
  },
  rtsp: {
    port: 554,
    said: [
      client(rtsp('OPTIONS rtsp://10.1.0.5/canary RTSP/1.0', 'User-Agent: Viewer 1')),
      server(rtsp('RTSP/1.0 401 Unauthorized', 'Server: Camera 3')),
      client(rtsp('DESCRIBE rtsp://10.1.0.5/canary RTSP/1.0', 'Authorization: Basic Y2FuYXJ5OmNhbmFyeQ==')),
      server(`${rtsp('RTSP/1.0 200 OK', 'Content-Length: 6')}canary`),
      client(rtsp('PLAY rtsp://10.1.0.5/canary RTSP/1.0')),
      server(bytes([0x24, 0, 0, 8], filled(8), rtsp('RTSP/1.0 200 OK'))),
    ],
  },
};

export const captures: Readonly<Record<string, Uint8Array>> = captureOf(conversations);

if (import.meta.main) write(captures);
