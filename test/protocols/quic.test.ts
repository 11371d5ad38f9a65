import t from 'tap';
import { createQuic } from '../../protocols/quic/decoder.ts';
import { limits } from '../../src/limits.ts';
import { NO, YES } from '../../src/protocol.ts';
import { capture, details, odd, openings, survivesDamage } from '../support/conversations.ts';
import {
  chooses13,
  clientHelloBody,
  handshakeMessage,
  helloExtension,
  offers13,
  protocolsExtension,
  serverHelloBody,
  serverNameExtension,
} from '../support/hello.ts';
import { bytes, type Content, u32 } from '../support/packet.ts';
import { type Heard, heard, segment } from '../support/protocol.ts';
import { cryptoFrame, exampleId, initialPacket } from '../support/quic.ts';
import { recordsOf } from '../support/tshark.ts';

const quic = createQuic({ limits });
const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'));
const hexOf = (packet: Uint8Array): string => Buffer.from(packet).toString('hex');

interface Said {
  readonly toServer: boolean;
  readonly bytes: Uint8Array;
}
const client = (...packets: Content[]): Said => ({ toServer: true, bytes: bytes(...packets) });
const server = (...packets: Content[]): Said => ({ toServer: false, bytes: bytes(...packets) });

function hear(...said: Said[]): readonly Heard[] {
  const { records, list } = heard();
  const state = quic.open();
  for (const one of said) quic.decode(state, segment(one.bytes, { toServer: one.toServer }), records);
  return list;
}
const of = (list: readonly Heard[], kind: string): Record<string, unknown>[] =>
  list.filter((one) => one.kind === kind).map(({ record }) => record);
const kinds = (list: readonly Heard[]): string[] =>
  of(list, 'message').map((one) => `${one.fromClient ? '>' : '<'} ${one.protocol} ${one.kind}`);
const hellos = (list: readonly Heard[]): string[] =>
  of(list, 'handshake').map((one) => [one.version, one.serverName, one.alpn, one.cipher].join(' ').trim());

const hello = handshakeMessage(
  1,
  clientHelloBody([serverNameExtension('viewer.hosp.test'), protocolsExtension('h3'), offers13]),
);
const answer = handshakeMessage(2, serverHelloBody([chooses13]));
/** A kind (of version 1) without a token: ids, length, something. */
const long = (first: number, version = 1, length = 40): Uint8Array =>
  bytes([first], u32(version), [0, 0, 0x40, length], new Uint8Array(length).fill(0x99));
const short = bytes([0x41], new Uint8Array(60).fill(0x55));

// ── the examples of the standards ──────────────────────────────────────────────────────────────────────

const exampleHello = hex(
  `010000ed0303ebf8fa56f12939b9584a3896472ec40bb863cfd3e86804fe3a47f06a2b69484c00000413011302010000c000000010000e00000b65
  78616d706c652e636f6dff01000100000a00080006001d0017001800100007000504616c706e000500050100000000003300260024001d00209370b2
  c9caa47fbabaf4559fedba753de171fa71f50f1ce15d43e994ec74d748002b0003020304000d0010000e0403050306030203080408050806002d0002
  0101001c00024001003900320408ffffffffffffffff05048000ffff07048000ffff0801100104800075300901100f088394c8f03e51570806048000
  ffff`.replace(/\s/g, ''),
);
const example = (version: 'v1' | 'v2'): Uint8Array =>
  initialPacket(cryptoFrame(0, exampleHello), { version, number: 2, frameBytes: 1162 });

t.test('the example of RFC 9001 A.2 and A.3: a client, and the server that answers', (t) => {
  const packet = example('v1');
  t.match(hexOf(packet), /^c000000001088394c8f03e5157080000449e7b9aec34d1b1c98dd7689fb8ec11/, 'as the RFC prints it');
  t.match(hexOf(packet), /e221af44860018ab0856972e194cd934$/, 'to its end');
  const list = hear(
    client(packet),
    server(
      hex(
        `cf000000010008f067a5502a4262b5004075c0d95a482cd0991cd25b0aac406a5816b6394100f37a1c69797554780bb38cc5a99f5ede4cf7
        3c3ec2493a1839b3dbcba3f6ea46c5b7684df3548e7ddeb9c3bf9c73cc3f3bded74b562bfb19fb84022f8ef4cdd93795d77d06edbb7aaf2f
        58891850abbdca3d20398c276456cbc42158407dd074ee`.replace(/\s/g, ''),
      ),
    ),
  );
  t.same(hellos(list), ['TLS 1.3 example.com alpn -1', 'TLS 1.3   4865']);
  t.match(of(list, 'handshake')[0], { protocol: 'quic', ja4: /^q13d0211an_/ });
  t.match(of(list, 'identity'), [{ ofClient: false, attribute: 'name', value: 'example.com' }]);
  t.same(kinds(list), ['> quic v1 Initial', '< quic v1 Initial']);
  t.same(details(list), ['v1']);
  t.same(odd(list), []);
  t.end();
});

t.test('the example of RFC 9369 A.2, version 2', (t) => {
  const packet = example('v2');
  t.match(hexOf(packet), /^d76b3343cf088394c8f03e5157080000449ea0c95e82ffe67b6abcdb/, 'as the RFC prints it');
  const list = hear(client(packet));
  t.same(hellos(list), ['TLS 1.3 example.com alpn -1']);
  t.same(details(list), ['v2']);
  t.end();
});

// ── pieces ─────────────────────────────────────────────────────────────────────────────────────────────

t.test('a hello in pieces, in any order, over packets and datagrams, among other frames', (t) => {
  const cut = (from: number, to?: number): Uint8Array => cryptoFrame(from, hello.subarray(from, to));
  const ack = [2, 3, 0x40, 9, 1, 0, 0, 0];
  const first = initialPacket(bytes(cut(60, 80), [1, 0, 0], cut(20, 60)), { number: 0 });
  const second = initialPacket(bytes(ack, cut(70), cut(0, 30)), { number: 1, numberBytes: 1 });
  for (const said of [
    [client(first), client(second)],
    [client(second), client(first)],
    [client(first, second)],
    [client(first), client(first), client(second), client(second)],
  ])
    t.same(hellos(hear(...said)), ['TLS 1.3 viewer.hosp.test h3 -1']);
  t.same(hellos(hear(client(first))), [], 'half of it says nothing');
  t.end();
});

t.test('packets of a datagram behind one another, and what is behind a short header stays unseen', (t) => {
  const list = hear(
    client(initialPacket(cryptoFrame(0, hello)), long(0xd0), short),
    server(initialPacket(cryptoFrame(0, answer), { fromServer: true, source: [9, 9] }), long(0xe0), short),
    client(short),
    server(short),
  );
  t.same(kinds(list), ['> quic v1 Initial', '> quic v1 0-RTT', '< quic v1 Initial', '< quic v1 Handshake']);
  t.same(hellos(list), ['TLS 1.3 viewer.hosp.test h3 -1', 'TLS 1.3   4865']);
  t.same(odd(list), []);
  t.end();
});

t.test('after a Retry keys come from the new connection id', (t) => {
  const id = [5, 6, 7, 8, 9, 10, 11, 12];
  const retry = bytes([0xf0], u32(1), [0, 8], id, 'a token', new Uint8Array(16));
  const list = hear(
    client(initialPacket(cryptoFrame(0, hello))),
    server(retry),
    client(initialPacket(cryptoFrame(0, hello), { id, token: 'a token', number: 1 })),
    server(initialPacket(cryptoFrame(0, answer), { id, target: [], fromServer: true })),
  );
  t.same(hellos(list), ['TLS 1.3 viewer.hosp.test h3 -1', 'TLS 1.3   4865']);
  t.same(kinds(list)[1], '< quic v1 Retry');
  t.same(odd(list), []);
  t.end();
});

t.test('after a negotiation of versions the one that is spoken counts', (t) => {
  const reserved = bytes([0xc0], u32(0x1a2a3a4a), [8], exampleId, [0], new Uint8Array(1_200));
  const choice = bytes([0x80], u32(0), [0, 8], exampleId, u32(0xff00001d), u32(1));
  const list = hear(
    client(reserved),
    server(choice),
    client(initialPacket(cryptoFrame(0, hello), { version: 'draft-29' })),
  );
  t.same(kinds(list), ['> quic reserved', '< quic Version Negotiation', '> quic draft-29 Initial']);
  t.same(details(list), ['draft-29']);
  t.equal(hellos(list).length, 1);
  t.same(odd(list), []);
  t.end();
});

t.test("Google's old versions have a name only", (t) => {
  const old = bytes([0x0d], exampleId, 'Q043', [1], new Uint8Array(40));
  t.same(kinds(hear(client(old), client(old.subarray(0, 9)))), ['> quic Q043']);
  const q46 = bytes([0xc3], 'Q046', [0x50], exampleId, new Uint8Array(40));
  t.same(details(hear(client(q46))), ['Q046']);
  t.equal(quic.recognises(segment(old)), YES);
  t.equal(quic.recognises(segment(q46)), YES);
  t.equal(quic.recognises(segment(old.with(12, 0x39 + 1))), NO);
  t.end();
});

t.test(
  'a remote tool that shows itself is told under its own name, and an inner hello halves the word of the outer',
  (t) => {
    const tool = handshakeMessage(
      1,
      clientHelloBody([serverNameExtension('relay-1.net.anydesk.com'), helloExtension(0xfe0d, [0]), offers13]),
    );
    const list = hear(client(initialPacket(cryptoFrame(0, tool))));
    t.same(kinds(list), ['> quic v1 Initial', '> anydesk session']);
    t.match(of(list, 'identity'), [{ confidence: 0.2 }]);
    t.same(kinds(hear(client(long(0xe0)))), ['> quic v1 Handshake'], 'the next message is of QUIC again');
    t.end();
  },
);

// ── what breaks rules ──────────────────────────────────────────────────────────────────────────────────

const sealed = initialPacket(cryptoFrame(0, hello));
const many = Array.from({ length: 300 }, (_, i) => cryptoFrame(2 * i + 2, [i & 255]));
const oddities: readonly [string, Said[]][] = [
  ['quic_broken_packet', [client(long(0xe0).subarray(0, 30))]],
  ['quic_broken_packet', [client(bytes([0xc0], u32(1), [21], new Uint8Array(60)))]],
  ['quic_unknown_version', [client(long(0xc0, 0x12345678))]],
  ['quic_not_opened', [client(sealed.with(sealed.length - 1, 1))]],
  ['quic_broken_frame', [client(initialPacket([0x1d, 0, 0, 0, 0]))]],
  ['quic_broken_frame', [client(initialPacket([6, 0, 60, 1, 2, 3, 4]))]],
  ['quic_broken_frame', [client(initialPacket([2, 0, 0, 63, 0, 0]))]],
  ['quic_hello_too_long', [client(initialPacket([6, 0x80, 0, 0x40, 0, 4, 1, 1, 1, 1]))]],
  ['quic_hello_too_long', [client(initialPacket(bytes(...many)))]],
  ['quic_malformed_hello', [client(initialPacket(cryptoFrame(0, hello.with(40, 200))))]],
];
for (const [name, said] of oddities) {
  t.test(`${name} in ${said[0]?.bytes.length} bytes`, (t) => {
    t.same(odd(hear(...said, ...said)), [name], 'once');
    t.end();
  });
}

t.test('once two sides agree, the fixed bit may be anything', (t) => {
  const plain = initialPacket(cryptoFrame(0, hello));
  const list = hear(client(plain), server(plain.with(0, (plain[0] ?? 0) & 0xbf)));
  t.same(odd(list), ['quic_not_opened'], 'read as a packet, though its keys are others');
  t.end();
});

t.test('a close ends what is read of a packet', (t) => {
  t.same(odd(hear(client(initialPacket([0x1c, 0x41, 0, 0, 30, 1, 2])))), []);
  t.end();
});

t.test('packets that cannot be opened are not tried for ever', (t) => {
  const state = quic.open();
  const { records, list } = heard();
  const wrong = sealed.with(sealed.length - 1, 1);
  for (let i = 0; i <= limits.quicInitialsMax; i++) quic.decode(state, segment(wrong), records);
  quic.decode(state, segment(sealed), records);
  t.same(of(list, 'handshake'), []);
  t.end();
});

t.test('is recognised from either side, and nobody else is', (t) => {
  const choice = bytes([0x80], u32(0), [0, 8], exampleId, u32(1));
  for (const packet of [sealed, long(0xe0), long(0xd0), choice, initialPacket([1], { version: 'v2' })]) {
    for (const toServer of [true, false]) t.equal(quic.recognises(segment(packet, { toServer })), YES);
    t.ok(quic.firstBytes?.includes(packet[0] ?? 0));
  }
  for (const packet of [
    short,
    long(0xc0, 0x12345678),
    long(0x80),
    long(0xe0).subarray(0, 30),
    long(0xe0, 1, 10),
    bytes([0x80], u32(0), [0, 8], exampleId, u32(0x99)),
    bytes([0xc0], u32(0x1a2a3a4a), [8], exampleId, [0], new Uint8Array(100)),
    new Uint8Array(),
    ...Object.values(openings),
  ])
    t.equal(quic.recognises(segment(packet)), NO);
  t.end();
});

t.test('damage and noise do no harm', (t) => {
  survivesDamage(t, quic, initialPacket(cryptoFrame(0, hello), { token: [1, 2] }));
  survivesDamage(t, quic, long(0xe0));
  t.end();
});

const google = capture('third-party/background/ndpi__quic_t51.pcap');
t.test(
  "Google's last own version names its server",
  { skip: google === null && 'ndpi__quic_t51 is not there' },
  async (t) => {
    const list = await recordsOf(google ?? '', 'handshake', 'oddity');
    t.match(
      list.map(({ record }) => record),
      [{ protocol: 'quic', serverName: 'www.google.com', alpn: 'h3-T051' }],
    );
  },
);
