import t from 'tap';
import { ja3, ja3Text, ja4 } from '../../src/bytes/tls-fingerprint.ts';
import { CLIENT_HELLO, Hello, readHello, SERVER_HELLO, versionName } from '../../src/bytes/tls-hello.ts';
import { bytes, type Content, u16 } from '../support/packet.ts';

const list = (content: Content): Uint8Array => bytes(u16(bytes(content).length), content);
const numbers = (...values: readonly number[]): Uint8Array => bytes(...values.map(u16));
const extension = (type: number, content: Content = []): Uint8Array => bytes(u16(type), list(content));

interface Offer {
  version?: number;
  ciphers: readonly number[];
  extensions?: readonly Uint8Array[];
}

const body = ({ version = 0x0303, ciphers, extensions = [] }: Offer, cookie: Content = []): Uint8Array => {
  const head = bytes(u16(version), new Uint8Array(32), [0], cookie, list(numbers(...ciphers)), [1, 0]);
  return extensions.length === 0 ? head : bytes(head, list(bytes(...extensions)));
};

function read(of: Uint8Array, type = CLIENT_HELLO, isDtls = false): Hello {
  const hello = new Hello();
  readHello(new DataView(of.buffer, of.byteOffset, of.byteLength), 0, of.length, type, isDtls, hello);
  return hello;
}

const digits = (text: string, radix: number): number[] =>
  text.split(/[-,]/).map((part) => Number.parseInt(part, radix));
const name = extension(0, bytes(u16(8), [0], u16(5), 'a.com'));
const h2 = extension(16, bytes(u16(3), [2], 'h2'));

/** The first two are printed in the description of JA3. */
const published: readonly [hash: string, text: string][] = [
  ['ada70206e40642a3e4461f35503241d5', '769,47-53-5-10-49161-49162-49171-49172-50-56-19-4,0-10-11,23-24-25,0'],
  ['de350869b8c85de67a350c8d186f11e6', '769,4-5-10-9-100-98-3-6-19-18-99,,,'],
  [
    '98487aa16281980e7d1120d399efb6a4',
    '771,4865-4866-4867-49195-49199-49196-49200-52393-52392-49171-49172-156-157-47-53,45-51-16-65037-23-17613-0-11-10-43-65281-35-18-5-13-27,4588-29-23-24,0',
  ],
];
for (const [hash, text] of published) {
  t.test(`JA3 of ${text.slice(0, 30)}… is ${hash}`, (t) => {
    const [version = '', ciphers = '', types = '', groups = '', formats = ''] = text.split(',');
    const content = (type: number): Content => {
      if (type === 10) return list(numbers(0x2a2a, ...digits(groups, 10)));
      if (type === 11) return bytes([1], digits(formats, 10));
      return [];
    };
    const extensions = types === '' ? [] : digits(types, 10).map((type) => extension(type, content(type)));
    const grease = types === '' ? [] : [extension(0x0a0a), ...extensions, extension(0xfafa, [0])];
    const hello = read(
      body({ version: Number(version), ciphers: [0x7a7a, ...digits(ciphers, 10)], extensions: grease }),
    );
    t.equal(hello.broken, false);
    t.equal(ja3Text(hello), text);
    t.equal(ja3(hello), hash);
    t.end();
  });
}

const chrome = '1301,1302,1303,c02b,c02f,c02c,c030,cca9,cca8,c013,c014,009c,009d,002f,0035';
const signatures = '0403,0804,0401,0503,0805,0501,0806,0601';
const ofChrome: readonly [string, string][] = [
  [
    't13d1516h2_8daaf6152771_e5627efa2ab1',
    '001b,0000,0033,0010,4469,0017,002d,000d,0005,0023,0012,002b,ff01,000b,000a,0015',
  ],
  [
    't13d1516h2_8daaf6152771_d8a2da3f94cd',
    '002d,0033,0010,fe0d,0017,44cd,0000,000b,000a,002b,ff01,0023,0012,0005,000d,001b',
  ],
];
for (const [print, types] of ofChrome) {
  t.test(`JA4 ${print} whatever the order of extensions`, (t) => {
    const content: Readonly<Record<number, Uint8Array>> = {
      0: name,
      13: extension(13, list(numbers(0x4a4a, ...digits(signatures, 16)))),
      16: h2,
      43: extension(43, bytes([6], numbers(0x1a1a, 0x0304, 0x0303))),
    };
    const all = digits(types, 16).map((type) => content[type] ?? extension(type));
    for (const extensions of [all, all.toReversed()]) {
      const hello = read(
        body({ ciphers: [0xdada, ...digits(chrome, 16)], extensions: [extension(0x8a8a), ...extensions] }),
      );
      t.equal(ja4(hello, 't'), print);
      t.equal(ja4(hello, 'q'), print.replace('t', 'q'));
    }
    t.end();
  });
}

t.test('JA4 of a hello that has nothing is of zeros', (t) => {
  t.equal(ja4(read(body({ ciphers: [] })), 't'), 't12i000000_000000000000_000000000000');
  t.equal(ja4(read(body({ version: 0x0300, ciphers: [0x0a0a] })), 't'), 'ts3i000000_000000000000_000000000000');
  t.end();
});

t.test('JA4 shows the ends of the first protocol, in hexadecimal where they are no letters or digits', (t) => {
  const ends = (first: Content): string => {
    const offered = extension(16, list(bytes([bytes(first).length], first, [2], 'zz')));
    return ja4(read(body({ ciphers: [], extensions: [offered] })), 't').slice(8, 10);
  };
  t.same([ends('http/1.1'), ends('h'), ends([0xab, 0x20, 0xcd]), ends([0x30, 0xab])], ['h1', 'hh', 'ad', '3b']);
  t.end();
});

t.test('JA4 counts at most 99', (t) => {
  const ciphers = Array.from({ length: 120 }, (_, i) => i);
  t.match(ja4(read(body({ ciphers })), 't'), /^t12i9900/);
  t.end();
});

t.test('DTLS has a cookie, and counts its versions downwards', (t) => {
  const versions = extension(43, bytes([4], numbers(0xfefd, 0xfefc)));
  const hello = read(
    body({ version: 0xfefd, ciphers: [0xc02b], extensions: [versions] }, [3, 1, 2, 3]),
    CLIENT_HELLO,
    true,
  );
  t.match(hello, { version: 0xfefc, broken: false, ciphers: [0xc02b] });
  t.equal(ja4(hello, 'd').slice(0, 3), 'dd3');
  t.equal(versionName(hello.version), 'DTLS 1.3');
  t.end();
});

t.test('a server chooses', (t) => {
  const chosen = (version: number, ...extensions: Uint8Array[]): Uint8Array =>
    bytes(u16(version), new Uint8Array(32), [0], u16(0x1302), [0], list(bytes(...extensions)));
  t.match(read(chosen(0x0303, extension(43, u16(0x0304)), h2), SERVER_HELLO), {
    fromClient: false,
    version: 0x0304,
    cipher: 0x1302,
    alpn: 'h2',
    broken: false,
  });
  t.match(read(chosen(0x0301), SERVER_HELLO), { version: 0x0301, broken: false });
  t.end();
});

t.test('every beginning of a hello and every changed byte is read without harm', (t) => {
  const good = body({
    ciphers: [1, 2],
    extensions: [name, h2, extension(10, list(numbers(29))), extension(11, [1, 0])],
  });
  for (let cut = 0; cut < good.length; cut++) t.equal(read(good.slice(0, cut)).broken, cut !== 43, `${cut} bytes`);
  for (let at = 0; at < good.length; at++) for (const value of [0, 1, 127, 255]) read(good.with(at, value));
  t.end();
});
