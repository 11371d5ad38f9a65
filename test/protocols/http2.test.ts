import fc from 'fast-check';
import t from 'tap';
import { fhir } from '../../protocols/fhir/reader.ts';
import { createHttp, Http2Heads } from '../../protocols/http/decoder.ts';
import { createHttp2 } from '../../protocols/http2/decoder.ts';
import { FieldReader, FieldTable } from '../../protocols/http2/hpack.ts';
import { limits } from '../../src/limits.ts';
import { MAYBE, NO, YES } from '../../src/protocol.ts';
import { openings } from '../support/conversations.ts';
import { bytesOf, converse, type Heard, segment, type Turn } from '../support/protocol.ts';

const http2 = createHttp2({ limits, heads: new Http2Heads([fhir]) });
const http = createHttp({ limits, bodies: [], http2 });

const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const frame = (type: number, flags: number, stream: number, ...payload: Parameters<typeof bytesOf>): Uint8Array => {
  const body = bytesOf(...payload);
  const { length } = body;
  return bytesOf([length >> 16, (length >> 8) & 255, length & 255, type, flags, 0, 0, stream >> 8, stream & 255], body);
};
/** A literal that stays outside of the table, or goes into it. */
const literal = (name: string, value: string, kept = false): Uint8Array =>
  bytesOf([kept ? 0x40 : 0], [name.length], name, [value.length], value);
const fields = (...pairs: readonly (readonly [string, string])[]): Uint8Array =>
  bytesOf(...pairs.map(([name, value]) => literal(name, value)));
const settings = frame(4, 0, 0, [0, 3, 0, 0, 0, 100]);
const of = (list: readonly Heard[], kind: string): Record<string, unknown>[] =>
  list.filter((entry) => entry.kind === kind).map((entry) => entry.record);

const get = fields(
  [':method', 'GET'],
  [':path', '/fhir/Patient/CANARY?name=CANARY'],
  [':authority', 'CANARYUSER@ehr.test:8080'],
  ['authorization', `Basic ${Buffer.from('CANARY:admin').toString('base64')}`],
  ['cookie', 'CANARY'],
  ['user-agent', 'probe/1.0 (X11; Linux CANARY)'],
);
const answer = fields([':status', '200'], ['server', 'nginx/1.22.1'], ['content-type', 'application/fhir+json']);
const conversation: Turn[] = [
  { toServer: true, bytes: bytesOf(PREFACE, settings, frame(1, 0x25, 1, [0, 0, 0, 0, 15], get)) },
  { toServer: false, bytes: bytesOf(settings, frame(4, 1, 0), frame(1, 4, 1, answer), frame(0, 0, 1, 'CANARY')) },
  { toServer: false, bytes: bytesOf(frame(0, 1, 1, 'CANARY')) },
  // A block in two frames, padded in the first.
  {
    toServer: true,
    bytes: bytesOf(frame(1, 8, 3, [2], [0x83], literal(':path', '/api/upload').subarray(0, 9), [0, 0])),
  },
  { toServer: true, bytes: frame(9, 4, 3, literal(':path', '/api/upload').subarray(9)) },
  {
    toServer: true,
    bytes: bytesOf(frame(0, 0, 3, [0x7f], 'ELF', new Uint8Array(300)), frame(0, 1, 3, 'x'.repeat(96))),
  },
  { toServer: false, bytes: bytesOf(frame(1, 5, 3, [0x8d])) },
];

t.test('requests, responses, logins and files are told as in HTTP/1', (t) => {
  const list = converse(http2, conversation);
  t.match(of(list, 'httpMessage'), [
    { isRequest: true, version: '2', method: 'GET', host: 'ehr.test:8080', pathClass: '/fhir/Patient/*' },
    { isRequest: false, status: 200, mediaType: 'application/fhir+json', fromClient: false },
    { isRequest: true, method: 'POST', pathClass: '/api/upload' },
    { isRequest: false, status: 404 },
  ]);
  t.match(of(list, 'login'), [
    { method: 'basic', weakness: 'default', outcome: 'asked' },
    { method: 'basic', outcome: 'success' },
  ]);
  t.match(of(list, 'message'), [{ protocol: 'fhir', kind: 'read' }]);
  t.match(of(list, 'transfer'), [{ protocol: 'http2', verb: 'write', content: 'elf', bytes: 400 }]);
  t.match(
    of(list, 'identity').map(({ attribute, value }) => `${attribute} ${value}`),
    ['user-agent probe/1.0', 'operating-system Linux', 'software nginx/1.22.1', 'server-software nginx/1.22.1'],
  );
  t.same(of(list, 'oddity'), []);
  t.notMatch(JSON.stringify(list), /CANARY/);
  t.end();
});

t.test('it does not matter where the stream is cut', (t) => {
  const whole = JSON.stringify(converse(http2, conversation));
  for (const pieceBytes of [1, 2, 5, 64])
    t.equal(JSON.stringify(converse(http2, conversation, { pieceBytes })), whole, `pieces of ${pieceBytes}`);
  t.end();
});

t.test('an upgrade from HTTP/1.1 goes on as HTTP/2', (t) => {
  const turns: Turn[] = [
    {
      toServer: true,
      bytes: bytesOf('GET / HTTP/1.1\r\nHost: a.test\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n'),
    },
    {
      toServer: false,
      bytes: bytesOf('HTTP/1.1 101 Switching\r\nUpgrade: h2c\r\n\r\n', settings, frame(1, 5, 1, answer)),
    },
    { toServer: true, bytes: bytesOf(PREFACE, settings, frame(1, 5, 3, get)) },
  ];
  for (const cut of [{}, { pieceBytes: 1 }]) {
    const list = converse(http, turns, cut);
    t.same(
      of(list, 'httpMessage').map(({ version, method, status }) => `${version} ${method}${status}`),
      ['1.1 GET-1', '1.1 101', '2 200', '2 GET-1'],
    );
    t.match(of(list, 'message')[0], { protocol: 'http', kind: 'h2c' });
  }
  t.end();
});

t.test('the examples of RFC 7541 (C.3 to C.6) are read, with their tables', (t) => {
  const series: readonly (readonly [string, string, number][])[] = [
    [
      ['828684410f7777772e6578616d706c652e636f6d', ':method=GET :scheme=http :path=/ :authority=www.example.com', 1],
      [
        '828684be58086e6f2d6361636865',
        ':method=GET :scheme=http :path=/ :authority=www.example.com cache-control=no-cache',
        2,
      ],
      [
        '828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565',
        ':method=GET :scheme=https :path=/index.html :authority=www.example.com custom-key=custom-value',
        3,
      ],
    ],
    [
      ['828684418cf1e3c2e5f23a6ba0ab90f4ff', ':method=GET :scheme=http :path=/ :authority=www.example.com', 1],
      [
        '828684be5886a8eb10649cbf',
        ':method=GET :scheme=http :path=/ :authority=www.example.com cache-control=no-cache',
        2,
      ],
    ],
  ];
  for (const blocks of series) {
    const table = new FieldTable(4_096);
    const reader = new FieldReader(4_096);
    for (const [block, expected, count] of blocks) {
      const bytes = hex(block);
      const got: string[] = [];
      const textOf = (from: number, to: number): string => Buffer.from(reader.scratch.subarray(from, to)).toString();
      const listener = {
        field: (name: number, nameEnd: number, at: number, end: number) =>
          got.push(`${textOf(name, nameEnd)}=${textOf(at, end)}`),
      };
      t.ok(reader.read(new DataView(bytes.buffer), 0, bytes.length, table, listener));
      t.equal(got.join(' '), expected);
      t.equal(table.count, count);
    }
  }
  t.end();
});

t.test('a table keeps what both ends agreed, and no more', (t) => {
  const table = new FieldTable(200);
  const out = new Uint8Array(300);
  const entry = (name: string): Uint8Array => bytesOf(name, 'v'.repeat(28));
  t.ok(table.resize(200));
  for (let i = 0; i < 50; i++) table.add(entry(`n${i % 10}`), 0, 2, 28);
  t.equal(table.count, 3, 'each takes 62 bytes');
  for (let i = 0; i < 3; i++) {
    t.equal(table.copy(i, out, 0), 2);
    t.equal(Buffer.from(out.subarray(0, 2)).toString(), `n${9 - i}`);
  }
  t.equal(table.copy(3, out, 0), -1);
  t.ok(table.resize(70));
  t.equal(table.count, 1);
  table.add(new Uint8Array(100), 0, 50, 50);
  t.equal(table.count, 0, 'what is larger than the table empties it');
  t.notOk(table.resize(201), 'larger than we keep');
  t.end();
});

for (const [name, bytes] of [
  ['a type that nobody uses', frame(200, 0, 1, 'x')],
  ['a block longer than we keep', hex('00ffff 01 04 00000001')],
  ['an index that is not in the table', frame(1, 4, 1, [0xff, 0x20])],
  ['a continuation of nothing', frame(9, 4, 1, get)],
  ['a table larger than we keep', frame(1, 4, 1, [0x3f, 0xff, 0xff, 0x0f])],
  ['a wrong code', frame(1, 4, 1, [0x40, 0x84, 0xff, 0xff, 0xff, 0xff])],
  ['no preface', null],
] as const) {
  t.test(`http2_bad_frame: ${name}`, (t) => {
    const opening = bytes === null ? bytesOf('POST / HTTP/2.0\r\n\r\n') : bytesOf(PREFACE, settings, bytes);
    for (const cut of [{}, { pieceBytes: 3 }]) {
      const list = converse(http2, [{ toServer: true, bytes: opening }, ...conversation.slice(1, 2)], cut);
      t.same(of(list, 'oddity'), [{ name: 'http2_bad_frame' }]);
      t.match(of(list, 'httpMessage'), [{ status: 200 }], 'the other direction is read on');
    }
    t.end();
  });
}

t.test('a loss inside of a body costs nothing, any other the rest of that direction', (t) => {
  const body = frame(0, 1, 1, new Uint8Array(2_000));
  const upload = fields([':method', 'PUT'], [':path', '/x'], ['content-type', 'application/octet-stream']);
  const begin = bytesOf(PREFACE, settings, frame(1, 4, 1, upload), body.subarray(0, 909));
  const rest = [
    { toServer: true, gap: 1_000 },
    { toServer: true, bytes: bytesOf(body.subarray(1_909), frame(1, 5, 3, get)) },
  ];
  const list = converse(http2, [{ toServer: true, bytes: begin }, ...rest]);
  t.match(of(list, 'transfer'), [{ bytes: 2_000, verb: 'write' }]);
  t.equal(of(list, 'httpMessage').length, 2);
  const lost = converse(http2, [
    { toServer: true, bytes: bytesOf(PREFACE) },
    { toServer: true, gap: 50 },
    ...conversation,
  ]);
  t.equal(of(lost, 'httpMessage').filter(({ isRequest }) => isRequest === true).length, 0);
  t.end();
});

for (const [name, bytes, known] of [
  ['the preface', bytesOf(PREFACE), YES],
  ['a part of it', bytesOf(PREFACE.slice(0, 9)), MAYBE],
  ['settings of a server', settings, YES],
  ['empty settings', frame(4, 0, 0), NO],
  ['settings of another kind', frame(4, 0, 0, [1, 3, 0, 0, 0, 100]), NO],
  ['HTTP/1', bytesOf('POST / HTTP/1.1\r\n\r\n'), NO],
] as const) {
  t.test(`${name} is ${['not HTTP/2', 'perhaps HTTP/2', 'HTTP/2'][known]}`, (t) => {
    t.equal(http2.recognises(segment(bytes)), known);
    t.end();
  });
}

t.test('nobody else is HTTP/2', (t) => {
  for (const [name, bytes] of Object.entries(openings)) t.equal(http2.recognises(segment(bytes)), NO, name);
  t.end();
});

t.test('noise never fails', (t) => {
  const piece = fc.oneof(
    fc.uint8Array({ maxLength: 20 }),
    fc.constantFrom(settings, frame(1, 5, 1, get), frame(0, 1, 1, 'x'), frame(9, 4, 1, [0x82]), frame(1, 0, 5, [0x82])),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), fc.nat(300), (pieces, gap) => {
      const bytes = bytesOf(...pieces);
      const turns: Turn[] = [
        { toServer: true, bytes: bytesOf(PREFACE, bytes) },
        { toServer: false, bytes },
        { toServer: true, gap },
        { toServer: true, bytes },
      ];
      const whole = JSON.stringify(converse(http2, turns));
      return !whole.includes('CANARY') && JSON.stringify(converse(http2, turns, { pieceBytes: 7 })) === whole;
    }),
  );
  t.end();
});
