import t from 'tap';
import { createDtls } from '../../protocols/dtls/decoder.ts';
import { limits } from '../../src/limits.ts';
import { NO, YES } from '../../src/protocol.ts';
import { certificate, certificateList } from '../support/certificate.ts';
import { details, odd, openings, survivesDamage } from '../support/conversations.ts';
import { clientHelloBody, helloExtension, serverHelloBody, serverNameExtension } from '../support/hello.ts';
import { bytes, type Content, u16, u24 } from '../support/packet.ts';
import { type Heard, heard, segment } from '../support/protocol.ts';

const dtls = createDtls({ limits });

interface Said {
  readonly toServer: boolean;
  readonly bytes: Uint8Array;
}
const client = (...records: Content[]): Said => ({ toServer: true, bytes: bytes(...records) });
const server = (...records: Content[]): Said => ({ toServer: false, bytes: bytes(...records) });
const record = (type: number, body: Content, { version = 0xfefd, epoch = 0 } = {}): Uint8Array =>
  bytes([type], u16(version), u16(epoch), [0, 0, 0, 0, 0, 1], u16(bytes(body).length), body);
/** One fragment `[from, to)` of a message. */
const piece = (type: number, number: number, body: Uint8Array, from = 0, to = body.length): Uint8Array =>
  bytes([type], u24(body.length), u16(number), u24(from), u24(to - from), body.subarray(from, to));
const whole = (type: number, number: number, body: Uint8Array): Uint8Array => record(22, piece(type, number, body));

function hear(...said: Said[]): readonly Heard[] {
  const { records, list } = heard();
  const state = dtls.open();
  for (const one of said) dtls.decode(state, segment(one.bytes, { toServer: one.toServer }), records);
  return list;
}
const of = (list: readonly Heard[], kind: string): Record<string, unknown>[] =>
  list.filter((one) => one.kind === kind).map(({ record }) => record);
const hellos = (list: readonly Heard[]): string[] =>
  of(list, 'handshake').map((one) => `${one.fromClient ? '>' : '<'} ${one.version} ${one.serverName} ${one.cipher}`);
const kinds = (list: readonly Heard[]): string[] => of(list, 'message').map((one) => `${one.protocol} ${one.kind}`);

const extensions = [serverNameExtension('gateway.hosp.test')];
const hello = clientHelloBody(extensions, 0xfefd, [0]);
const again = clientHelloBody(extensions, 0xfefd, [4, 1, 2, 3, 4]);
const verify = bytes([0xfe, 0xff, 4, 1, 2, 3, 4]);
const answer = serverHelloBody([], 0xfefd);
const chain = certificateList(
  certificate({ subject: 'gateway.hosp.test', issuer: 'Site CA', organization: 'Hospital' }),
);
const data = record(23, new Uint8Array(60).fill(7), { epoch: 1 });

const session: Said[] = [
  client(whole(1, 0, hello)),
  server(whole(3, 0, verify)),
  client(whole(1, 1, again)),
  server(whole(2, 1, answer), whole(11, 2, chain), whole(14, 3, bytes())),
  client(whole(16, 2, new Uint8Array(66)), record(20, [1]), record(22, new Uint8Array(48), { epoch: 1 })),
  server(record(20, [1]), record(22, new Uint8Array(48), { epoch: 1 })),
  client(data),
  server(data, data),
];

t.test('a session with cookie: hellos, certificate, version', (t) => {
  const list = hear(...session);
  t.same(hellos(list), ['> DTLS 1.2 gateway.hosp.test -1', '> DTLS 1.2 gateway.hosp.test -1', '< DTLS 1.2  4865']);
  t.match(of(list, 'handshake')[0], { protocol: 'dtls', ja4: /^dd2d020100_/, ja3: /^[0-9a-f]{32}$/ });
  t.match(of(list, 'certificate'), [{ fromClient: false, subject: 'gateway.hosp.test', issuer: 'Site CA' }]);
  t.match(of(list, 'identity')[0], { ofClient: false, attribute: 'name', value: 'gateway.hosp.test' });
  t.same(kinds(list), ['dtls HelloVerifyRequest']);
  t.same(details(list), ['1.2']);
  t.same(odd(list), []);
  t.end();
});

t.test('1.0, the version before the standard, and 1.3, whose protected records say nothing', (t) => {
  const spoken = (version: number, chosen = version, ...more: Uint8Array[]): unknown[] =>
    details(
      hear(client(whole(1, 0, clientHelloBody([], version, [0]))), server(whole(2, 0, serverHelloBody(more, chosen)))),
    );
  t.same(spoken(0xfeff), ['1.0']);
  t.same(spoken(0x0100), ['1.0']);
  t.same(spoken(0xfefd, 0xfefd, helloExtension(43, u16(0xfefc))), ['1.3']);
  const unified = bytes([0x2e], new Uint8Array(40));
  t.same(odd(hear(server(whole(2, 0, answer), unified), client(unified))), []);
  t.end();
});

t.test('fragments in any order, over records and datagrams, sent again', (t) => {
  const parts = [
    [0, 20],
    [15, 40],
    [40, hello.length],
  ].map(([from, to]) => record(22, piece(1, 0, hello, from, to)));
  const [first = [], second = [], third = []] = parts;
  for (const said of [
    [client(first, second, third)],
    [client(first), client(second), client(third)],
    [client(third), client(second), client(first)],
    [client(first), client(first), client(second, third), client(second), client(whole(1, 0, hello))],
  ])
    t.equal(hellos(hear(...said)).length, 1);
  const halves = [record(22, piece(11, 1, chain, 0, 80)), record(22, piece(11, 1, chain, 80))];
  t.equal(of(hear(server(...halves)), 'certificate').length, 1);
  t.equal(of(hear(server(halves[1] ?? [], whole(2, 0, answer)), server(halves[0] ?? [])), 'certificate').length, 1);
  t.same(hellos(hear(client(first, third))), [], 'with a hole in it, it says nothing');
  t.end();
});

t.test('another session on the same ports is another', (t) => {
  const other = hello.with(12, 99);
  const list = hear(...session, client(whole(1, 0, other)), client(whole(1, 0, other)), server(whole(2, 0, answer)));
  t.same(hellos(list).slice(3), ['> DTLS 1.2 gateway.hosp.test -1', '< DTLS 1.2  4865']);
  t.end();
});

t.test('alerts in clear, and a remote tool that shows itself', (t) => {
  t.same(kinds(hear(server(record(21, [2, 40])), client(record(21, new Uint8Array(30), { epoch: 1 })))), [
    'dtls alert handshake_failure',
  ]);
  const tool = clientHelloBody([serverNameExtension('relay-1.net.anydesk.com')], 0xfefd, [0]);
  t.same(kinds(hear(client(whole(1, 0, tool)))), ['anydesk session']);
  t.end();
});

t.test('an empty certificate is none', (t) => {
  t.same(of(hear(client(whole(11, 1, bytes([0, 0, 0])))), 'certificate'), []);
  t.end();
});

const oddities: readonly [string, Said][] = [
  ['dtls_broken_record', client(whole(1, 0, hello).subarray(0, 40))],
  ['dtls_broken_record', client(data, 'GET /')],
  ['dtls_broken_fragment', client(record(22, [1, 0, 0, 9, 0, 0, 0, 0, 5, 0, 0, 9]))],
  ['dtls_broken_fragment', client(record(22, piece(1, 0, hello).subarray(0, 30)))],
  ['dtls_malformed_hello', client(whole(1, 0, hello.with(37, 200)))],
  ['dtls_hello_too_long', client(record(22, [1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 1, 2, 3, 4]))],
  ['dtls_malformed_certificate', server(whole(11, 2, bytes([0, 0, 9, 0, 0, 6], 'no DER')))],
];
for (const [name, said] of oddities) {
  t.test(`${name} in ${said.bytes.length} bytes`, (t) => {
    t.same(odd(hear(said, said)), [name], 'once');
    t.end();
  });
}

t.test('what shares the ports of a call is left alone', (t) => {
  t.same(hear(client([0, 1, 0, 0]), client([0x80, 0x60, 1, 2, 3])), []);
  t.end();
});

t.test('is recognised in the beginning and in the middle, and nobody else is', (t) => {
  const known = [...session.map((one) => one.bytes), record(21, [2, 40]), record(22, piece(1, 0, hello, 0, 10))];
  for (const packet of known) {
    for (const toServer of [true, false]) t.equal(dtls.recognises(segment(packet, { toServer })), YES);
    t.ok(dtls.firstBytes?.includes(packet[0] ?? 0));
  }
  for (const packet of [
    bytes(data, 'GET /'),
    data.subarray(0, 40),
    record(23, new Uint8Array(40)),
    record(23, [], { epoch: 1 }),
    record(22, new Uint8Array(5)),
    record(22, [1, 0, 0, 1, 0, 0, 0, 0, 5, 0, 0, 9]),
    record(22, piece(1, 0, hello), { version: 0x0303 }),
    new Uint8Array(),
    ...Object.values(openings),
  ])
    t.equal(dtls.recognises(segment(packet)), NO);
  t.end();
});

t.test('damage and noise do no harm', (t) => {
  for (const { bytes: packet } of session.slice(0, 4)) survivesDamage(t, dtls, packet);
  t.end();
});
