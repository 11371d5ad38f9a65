import fc from 'fast-check';
import t from 'tap';
import { createHl7Bodies } from '../../protocols/hl7/http-body.ts';
import type { BodyReader } from '../../protocols/http/body.ts';
import { createHttp, http } from '../../protocols/http/decoder.ts';
import { limits } from '../../src/limits.ts';
import { GIVE_UP, MAYBE, NO, YES } from '../../src/protocol.ts';
import { bytesOf, converse, type Heard, heard, segment, type Turn } from '../support/protocol.ts';

const withHl7 = createHttp({ limits, bodies: [createHl7Bodies({ limits })] });

const message = (id = 'C1', type = 'ORU^R01'): string =>
  `MSH|^~\\&|MONITOR|ICU|ENGINE|H|20261123101500+0000||${type}|${id}|P|2.6\rPID|1||CANARYMRN||CANARYNAME\rOBX|1|NM|1||CANARYVALUE`;
const answer = (id = 'C1'): string => `MSH|^~\\&|ENGINE|H|MONITOR|ICU|||ACK|R1|P|2.6\rMSA|AA|${id}\r`;

const post = (body: string, type = 'application/hl7-v2', more = ''): string =>
  `POST /CANARYPATH?CANARYQUERY=CANARYVALUE HTTP/1.1\r\nHost: engine.hospital.test\r\nUser-Agent: HapiClient/2.3 (CANARYCOMMENT)\r\n` +
  `Authorization: Basic CANARYSECRET\r\nCookie: CANARYCOOKIE\r\nContent-Type: ${type}\r\n${more}Content-Length: ${body.length}\r\n\r\n${body}`;
const ok = (body: string, fields = 'Content-Type: application/hl7-v2\r\n'): string =>
  `HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\n${fields}Content-Length: ${body.length}\r\n\r\n${body}`;
const chunked = (body: string, size: number): string => {
  let text = '';
  for (let at = 0; at < body.length; at += size) {
    const piece = body.slice(at, at + size);
    text += `${piece.length.toString(16)};ext=1\r\n${piece}\r\n`;
  }
  return `${text}0\r\nX-Trailer: CANARYTRAILER\r\n\r\n`;
};

const ask = (...parts: (string | Uint8Array)[]): Turn => ({ toServer: true, bytes: bytesOf(...parts) });
const reply = (...parts: (string | Uint8Array)[]): Turn => ({ toServer: false, bytes: bytesOf(...parts) });
const of = (list: readonly Heard[], kind: string): Record<string, unknown>[] =>
  list.filter((entry) => entry.kind === kind).map((entry) => entry.record);
const messages = (list: readonly Heard[]): Record<string, unknown>[] => of(list, 'hl7Message');
const types = (list: readonly Heard[]): unknown[] => messages(list).map((record) => `${record.type}^${record.trigger}`);
const oddities = (list: readonly Heard[]): unknown[] => of(list, 'oddity').map((record) => record.name);

t.test('HL7 in a request and its response is told like any other, with framing http', (t) => {
  const list = converse(withHl7, [ask(post(message())), reply(ok(answer()))]);
  t.match(messages(list), [
    { type: 'ORU', trigger: 'R01', framing: 'http', segments: 3, observations: 1, fromClient: true, latencyUs: -1 },
    { type: 'ACK', acknowledgement: 'AA', framing: 'http', fromClient: false, latencyUs: 1_000 },
  ]);
  t.equal(messages(list)[0]?.bytes, message().length);
  t.same(oddities(list), []);
  t.end();
});

t.test('products of server and client are told once; nothing else of a head is', (t) => {
  const list = converse(withHl7, [
    ask(post(message()), post('CANARYBODY', 'text/plain')),
    reply(ok(answer()), ok('CANARYBODY', 'Content-Type: text/html\r\nSet-Cookie: CANARY\r\n')),
  ]);
  t.match(
    of(list, 'identity').filter((record) => String(record.source).startsWith('HTTP')),
    [
      { ofClient: true, attribute: 'user-agent', value: 'HapiClient/2.3', source: 'HTTP User-Agent', confidence: 0.5 },
      { ofClient: false, attribute: 'software', value: 'nginx/1.22.1', source: 'HTTP Server', confidence: 0.5 },
      { ofClient: false, attribute: 'server-software', value: 'nginx/1.22.1', source: 'HTTP Server', confidence: 0.5 },
    ],
  );
  t.equal(of(list, 'identity').filter((record) => String(record.source).startsWith('HTTP')).length, 3);
  t.notMatch(JSON.stringify(list), /CANARY/);
  t.end();
});

for (const [field, value] of [
  ['Apache/2.4.57 (Debian)', 'Apache/2.4.57'],
  ['Microsoft-IIS/10.0', 'Microsoft-IIS/10.0'],
  ['name=CANARY', ''],
  ['12345', ''],
  ['x'.repeat(65), ''],
  ['', ''],
] as const) {
  t.test(`Server: ${field.slice(0, 30)} is ${value === '' ? 'not told' : value}`, (t) => {
    const list = converse(http, [reply(`HTTP/1.0 404 No\r\nserver:${field}\r\n\r\n`)]);
    t.same(
      of(list, 'identity')
        .filter((record) => record.attribute === 'software')
        .map((record) => record.value),
      value === '' ? [] : [value],
    );
    t.end();
  });
}

const conversation: Turn[] = [
  ask(post(message('C1')), 'HEAD / HTTP/1.1\r\n\r\n', post('x'.repeat(40), 'text/plain')),
  reply('HTTP/1.1 100 Continue\r\n\r\n', ok(answer('C1')), 'HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n'),
  reply('HTTP/1.1 304 Not\r\nContent-Length: 9\r\n\r\n'),
  ask(
    'PUT /b HTTP/1.1\r\nContent-Type: text/hl7\r\nTransfer-Encoding: chunked\r\n\r\n',
    chunked(message('C2', 'RGV^O15'), 3),
    '\r\n',
    post(message('C3')),
  ),
  reply('HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n', chunked('y'.repeat(50), 7)),
  reply('HTTP/1.1 200 OK\r\n\r\n', answer('C3')),
];

t.test('messages are found through lengths, chunks, bodiless responses, and up to the end of the connection', (t) => {
  const list = converse(withHl7, conversation);
  t.same(types(list), ['ORU^R01', 'ACK^', 'RGV^O15', 'ORU^R01', 'ACK^']);
  t.match(of(list, 'operation'), [{ verb: 'RGV^O15', fromClient: true }]);
  t.same(oddities(list), []);
  t.end();
});

t.test('it does not matter where the stream is cut', (t) => {
  const whole = JSON.stringify(converse(withHl7, conversation));
  const longest = Math.max(...conversation.map((turn) => turn.bytes?.length ?? 0));
  for (let cut = 1; cut < longest; cut++)
    if (JSON.stringify(converse(withHl7, conversation, { cuts: [cut] })) !== whole) t.fail(`cut at ${cut}`);
  for (const pieceBytes of [1, 2, 3, 7, 100])
    t.equal(JSON.stringify(converse(withHl7, conversation, { pieceBytes })), whole, `pieces of ${pieceBytes}`);
  t.end();
});

t.test('noise never fails', (t) => {
  const piece = fc.constantFrom(
    'GET / HTTP/1.1\r\n',
    'HTTP/1.1 200\r\n',
    '\r\n',
    'Content-Length: 5\r\n',
    '\r\n\r\n',
    'ff\r\n',
  );
  const piece2 = fc.constantFrom(
    'Transfer-Encoding: chunked\r\n',
    '0\r\n',
    '5\r\n',
    'Content-Length: 5, 6\r\n',
    'x'.repeat(20),
  );
  const noise = fc.uint8Array({ maxLength: 9 }).map((bytes) => Buffer.from(bytes).toString('latin1'));
  fc.assert(
    fc.property(fc.array(fc.oneof(piece, piece2, noise), { maxLength: 20 }), fc.nat(300), (parts, gap) => {
      const bytes = bytesOf(...parts);
      http.recognises(segment(bytes));
      const list = converse(withHl7, [ask(bytes), { toServer: true, gap }, ask(bytes), reply(bytes)], {
        pieceBytes: 11,
      });
      return list.every(({ kind }) => kind === 'oddity' || kind === 'httpMessage');
    }),
    { numRuns: 300 },
  );
  t.end();
});

for (const [type, body, wanted] of [
  ['x-application/hl7-v2+er7', 'MSH|^~\\&|', true],
  ['application/hl7-v2; charset=utf-8', 'PID|', true],
  ['APPLICATION/HL7-V2', 'MSH|', true],
  ['application/edi-hl7', 'MSH|', true],
  ['text/plain', 'MSH|^~\\&|A', true],
  ['text/plain', '\x0bMSH|^', true],
  ['', 'BHS|^~\\&|A', true],
  ['application/hl7-v2+xml', '<ORU>', false],
  ['application/hl7-v3+xml', '<PRPA>', false],
  ['application/json', '{"MSH|^": 1}', false],
  ['text/plain', 'MSH', false],
] as const) {
  t.test(`a body ${JSON.stringify(body)} of type ${type} is ${wanted ? '' : 'not '}read as HL7`, (t) => {
    let reads = 0;
    const hl7 = createHl7Bodies({ limits });
    const spy: BodyReader = { ...hl7, open: () => ({ read: () => reads++, end: () => {} }) };
    converse(createHttp({ limits, bodies: [spy] }), [ask(post(body, type))]);
    t.equal(reads > 0, wanted);
    t.end();
  });
}

t.test('a compressed body is not offered', (t) => {
  t.same(types(converse(withHl7, [ask(post(message(), 'application/hl7-v2', 'Content-Encoding: gzip\r\n'))])), []);
  t.same(types(converse(withHl7, [ask(post(message(), 'application/hl7-v2', 'Content-Encoding: identity\r\n'))])), [
    'ORU^R01',
  ]);
  t.end();
});

t.test('a body that nobody wants is stepped over before it arrives', (t) => {
  const state = http.open();
  const { records } = heard();
  const page = 'x'.repeat(300);
  const head = bytesOf('HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 5000000000\r\n\r\n', page);
  t.equal(http.decode(state, segment(head, { toServer: false }), records), head.length - 300 + 5_000_000_000);
  t.end();
});

t.test('a loss inside of a body costs that body only', (t) => {
  const first = post(message('C1'));
  const list = converse(withHl7, [
    ask(first.slice(0, -40)),
    { toServer: true, gap: 30 },
    ask(first.slice(-10), post(message('C2', 'ADT^A01'))),
  ]);
  t.same(types(list), ['ADT^A01']);
  t.same(oddities(list), ['hl7_gap']);
  t.end();
});

t.test('a loss in a chunk costs that body only', (t) => {
  const text = message('C1');
  const list = converse(withHl7, [
    ask(`PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n${text.length.toString(16)}\r\n${text.slice(0, -40)}`),
    { toServer: true, gap: 30 },
    ask(`${text.slice(-10)}\r\n4\r\nMSH|\r\n0\r\n\r\n`, post(message('C2', 'ADT^A01'))),
  ]);
  t.same(types(list), ['ADT^A01']);
  t.end();
});

t.test('after any other loss a segment that begins with a start line begins anew', (t) => {
  const list = converse(withHl7, [
    ask('POST / HTTP/1.1\r\nContent-Le'),
    { toServer: true, gap: 1_000 },
    ask('ngth: 5\r\n\r\n', post(message('C1'))),
    ask(post(message('C2', 'ADT^A01'))),
  ]);
  t.same(types(list), ['ADT^A01']);
  t.same(oddities(list), []);
  t.end();
});

t.test('a body that is cut off by the end of the connection is not told', (t) => {
  t.same(types(converse(withHl7, [ask(post(message()).slice(0, -10))])), []);
  t.end();
});

for (const [name, text] of [
  ['http_bad_start_line', `${post('')}rubbish\r\n\r\n`],
  ['http_head_too_long', `GET / HTTP/1.1\r\nX: ${'y'.repeat(limits.httpHeaderBytesMax)}`],
  ['http_ambiguous_length', 'POST / HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n12345'],
  ['http_ambiguous_length', 'POST / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
  ['http_bad_length', 'POST / HTTP/1.1\r\nContent-Length: -5\r\n\r\n12345'],
  ['http_bad_length', 'POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n12345'],
  ['http_bad_chunk', 'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n'],
  ['http_bad_chunk', 'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n'],
  [
    'http_bad_chunk',
    `POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5;${'e'.repeat(limits.httpChunkLineBytesMax)}`,
  ],
] as const) {
  t.test(`${name} is named once: ${JSON.stringify(text.slice(-40))}`, (t) => {
    for (const cut of [{}, { pieceBytes: 13 }]) {
      const list = converse(withHl7, [ask(text), ask(post(message())), ask(text)], cut);
      t.same(oddities(list), [name]);
    }
    t.same(types(converse(withHl7, [ask(text), ask(post(message()))])), ['ORU^R01'], 'and the next request is read');
    t.end();
  });
}

t.test('tunnels and upgrades are left alone', (t) => {
  const { records } = heard();
  for (const [request, response] of [
    ['CONNECT a:443 HTTP/1.1\r\n\r\n', 'HTTP/1.1 200 OK\r\n\r\n'],
    ['GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n', 'HTTP/1.1 101 Switching\r\n\r\n'],
  ] as const) {
    const state = http.open();
    http.decode(state, segment(bytesOf(request)), records);
    t.equal(http.decode(state, segment(bytesOf(response), { toServer: false }), records), GIVE_UP);
  }
  t.end();
});

t.test('the response to HEAD has no body though it gives a length', (t) => {
  const list = converse(withHl7, [
    ask('HEAD / HTTP/1.1\r\n\r\n', post(message())),
    reply('HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n', ok(answer())),
  ]);
  t.same(types(list), ['ORU^R01', 'ACK^']);
  t.end();
});

for (const [text, known] of [
  ['GET / HTTP/1.1\r\n', YES],
  ['POST http://x/ HTTP/1.1', YES],
  ['OPTIONS * HTTP/1.1', YES],
  ['CONNECT a:443 HTTP/1.1', YES],
  ['PROPFIND /dav HTTP/1.1', YES],
  ['HTTP/1.1 200 OK', YES],
  ['HTTP/1.', YES],
  ['GE', MAYBE],
  ['POST ', MAYBE],
  ['HTTP/', MAYBE],
  ['OPTIONS rtsp://x RTSP/1.0', NO],
  ['OPTIONS sip:a@b SIP/2.0', NO],
  ['PRI * HTTP/2.0', NO],
  ['HTTP/2', NO],
  ['get / http/1.1', NO],
  ['SSH-2.0-x', NO],
  ['\x0bMSH|^~\\&', NO],
] as const) {
  t.test(`${JSON.stringify(text)} is ${['not HTTP', 'perhaps HTTP', 'HTTP'][known]}`, (t) => {
    t.equal(http.recognises(segment(bytesOf(text))), known);
    t.end();
  });
}
