/** Pages (RFC 9112), protected connections (RFC 8446) and files (RFC 959) of the generated hospital. */
import { bytes, type Content, u16 } from '../../test/support/packet.ts';
import type { Numbers } from './numbers.ts';
import type { Said } from './wire.ts';

export interface Page {
  readonly host: string;
  readonly path: string;
  readonly method?: string;
  readonly agent?: string;
  /** What is sent along, and what comes back. */
  readonly sent?: Uint8Array;
  readonly size: number;
  readonly type?: string;
}

const filler = (size: number): string => '<p>nothing to read</p>\n'.repeat(Math.ceil(size / 23)).slice(0, size);

export function page({
  host,
  path,
  method = 'GET',
  agent = 'Browser/1.0',
  sent,
  size,
  type = 'text/html',
}: Page): Said[] {
  const length = sent === undefined ? '' : `Content-Length: ${sent.length}\r\n`;
  const asked = `${method} ${path} HTTP/1.1\r\nHost: ${host}\r\nUser-Agent: ${agent}\r\n${length}\r\n`;
  const answered = `HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Type: ${type}\r\nContent-Length: ${size}\r\n\r\n`;
  return [
    { toServer: true, bytes: bytes(asked, sent ?? []) },
    { toServer: false, bytes: bytes(answered, filler(size)), afterUs: 15_000 },
  ];
}

const list = (content: Uint8Array): Uint8Array => bytes(u16(content.length), content);
const extension = (type: number, ...content: Content[]): Uint8Array => bytes(u16(type), list(bytes(...content)));
const tlsRecord = (type: number, body: Uint8Array, version = 0x0303): Uint8Array =>
  bytes([type], u16(version), list(body));
const handshake = (type: number, body: Uint8Array): Uint8Array => bytes([type, 0], list(body));

function hello(name: string, numbers: Numbers): Uint8Array {
  const random = numbers.fill(new Uint8Array(32));
  const share = numbers.fill(new Uint8Array(32));
  const extensions = bytes(
    extension(0, list(bytes([0], list(bytes(name))))),
    extension(10, list(bytes(u16(0x1d), u16(0x17)))),
    extension(13, list(bytes(u16(0x0403), u16(0x0804)))),
    extension(16, list(bytes([8], 'http/1.1'))),
    extension(43, [4, 3, 4, 3, 3]),
    extension(51, list(bytes(u16(0x1d), list(share)))),
  );
  const suites = list(bytes(u16(0x1301), u16(0x1302), u16(0xc02f)));
  return handshake(1, bytes([3, 3], random, [32], numbers.fill(new Uint8Array(32)), suites, [1, 0], list(extensions)));
}

function helloAnswered(numbers: Numbers): Uint8Array {
  const extensions = bytes(
    extension(43, u16(0x0304)),
    extension(51, u16(0x1d), list(numbers.fill(new Uint8Array(32)))),
  );
  const random = numbers.fill(new Uint8Array(32));
  return handshake(2, bytes([3, 3], random, [32], new Uint8Array(32), u16(0x1301), [0], list(extensions)));
}

const TLS_RECORD_BYTES = 16_000;

function protectedData(bytesOut: number, numbers: Numbers): Uint8Array {
  const records: Uint8Array[] = [];
  for (let left = bytesOut; left > 0; left -= TLS_RECORD_BYTES) {
    records.push(tlsRecord(23, numbers.fill(new Uint8Array(Math.min(left, TLS_RECORD_BYTES)))));
  }
  return bytes(...records);
}

/** A piece of a protected conversation: to the server so many bytes, or from it. */
export type Piece = readonly [toServer: boolean, bytes: number, afterUs?: number];

/** TLS 1.3 to a server of this name; what is inside nobody sees. */
export function tls(name: string, pieces: readonly Piece[], numbers: Numbers): Said[] {
  const said: Said[] = [
    { toServer: true, bytes: tlsRecord(22, hello(name, numbers), 0x0301) },
    {
      toServer: false,
      bytes: bytes(tlsRecord(22, helloAnswered(numbers)), tlsRecord(20, bytes([1])), protectedData(900, numbers)),
      afterUs: 12_000,
    },
    { toServer: true, bytes: bytes(tlsRecord(20, bytes([1])), protectedData(53, numbers)) },
  ];
  for (const [toServer, size, afterUs] of pieces) {
    said.push({ toServer, bytes: protectedData(size, numbers), afterUs: afterUs ?? 12_000 });
  }
  return said;
}

/** Control connection of a file transfer in passive mode; the data connection opens `FTP_DATA_US` behind its start. */
export function ftp(address: Uint8Array, port: number, path: string, isUpload: boolean, size: number): Said[] {
  const ask = (line: string): Said => ({ toServer: true, bytes: bytes(`${line}\r\n`), afterUs: 4_000 });
  const say = (line: string): Said => ({ toServer: false, bytes: bytes(`${line}\r\n`), afterUs: 4_000 });
  return [
    say('220 FTP server ready'),
    ask('USER service'),
    say('331 Password required'),
    ask('PASS CANARYPASS'),
    say('230 Logged in'),
    ask('TYPE I'),
    say('200 Type set to I'),
    ask('PASV'),
    say(`227 Entering Passive Mode (${[...address].join(',')},${port >> 8},${port & 255})`),
    ask(`${isUpload ? 'STOR' : 'RETR'} ${path}`),
    say(`150 Opening BINARY mode data connection for ${path} (${size} bytes)`),
    { toServer: false, bytes: bytes('226 Transfer complete\r\n'), afterUs: 500_000 },
    ask('QUIT'),
    say('221 Goodbye'),
  ];
}

/** From the start of the control connection to that of the data connection, and from there to `150`. */
export const FTP_DATA_US = 38_000;

export function ftpData(isUpload: boolean, content: Uint8Array): Said[] {
  return [{ toServer: isUpload, bytes: content, afterUs: 20_000 }];
}
