import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import { createHl7Bodies } from '../../protocols/hl7/http-body.ts';
import { createHttp } from '../../protocols/http/decoder.ts';
import { PathClasses } from '../../protocols/http/path.ts';
import { limits } from '../../src/limits.ts';
import { bytesOf, converse, type Heard, type Turn } from '../support/protocol.ts';

const http = createHttp({ limits, bodies: [createHl7Bodies({ limits })] });

const ask = (...parts: (string | Uint8Array)[]): Turn => ({ toServer: true, bytes: bytesOf(...parts) });
const reply = (...parts: (string | Uint8Array)[]): Turn => ({ toServer: false, bytes: bytesOf(...parts) });
const of = (list: readonly Heard[], kind: string): Record<string, unknown>[] =>
  list.filter((entry) => entry.kind === kind).map((entry) => entry.record);
const body = (content: string | Uint8Array): string => `Content-Length: ${content.length}\r\n\r\n`;

/** What is told, the same in pieces of one byte, and nothing of what must stay where it is. */
function told(t: Test, turns: readonly Turn[]): Heard[] {
  const whole = converse(http, turns);
  t.equal(JSON.stringify(converse(http, turns, { pieceBytes: 1 })), JSON.stringify(whole), 'in pieces of one byte');
  t.notMatch(JSON.stringify(whole), /CANARY/);
  return whole;
}

t.test('every request and response is told by its head', (t) => {
  const list = told(t, [
    ask('GET /studies/CANARY?CANARY HTTP/1.1\r\nHost: pacs.test:8042\r\nCookie: CANARY\r\nReferer: /CANARY\r\n\r\n'),
    reply('HTTP/1.1 404 CANARY\r\nContent-Type: Text/HTML; charset=CANARY\r\n', body('CANARY'), 'CANARY'),
    ask(
      'POST http://CANARY@proxy.test/api HTTP/1.0\r\nHost: CANARY.test\r\nContent-Type: application/json\r\n',
      body('{}'),
      '{}',
    ),
    reply('HTTP/1.0 204 No\r\n\r\n'),
    ask('PROPFIND /dav/CANARY.xml HTTP/1.1\r\nHost: CANARY "x"\r\n\r\n'),
    reply('HTTP/1.1 207 Multi\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nCANARY\r\n0\r\n\r\n'),
    ask('CONNECT gateway.test:443 HTTP/1.1\r\n\r\n'),
    reply('HTTP/1.1 200 OK\r\n\r\n'),
  ]);
  t.match(of(list, 'httpMessage'), [
    { isRequest: true, version: '1.1', method: 'GET', host: 'pacs.test:8042', pathClass: '/studies/*', status: -1 },
    { isRequest: false, status: 404, mediaType: 'text/html', contentBytes: 6, fromClient: false, pathClass: '' },
    { method: 'POST', version: '1.0', host: 'proxy.test', pathClass: '/api', mediaType: 'application/json' },
    { status: 204, version: '1.0', contentBytes: -1 },
    { method: 'PROPFIND', pathClass: '/dav/*.xml', host: '' },
    { status: 207, contentBytes: -1 },
    { method: 'CONNECT', host: 'gateway.test:443', pathClass: '' },
    { status: 200 },
  ]);
  t.match(of(list, 'message'), [{ protocol: 'http', kind: 'tunnel' }]);
  t.end();
});

t.test('a switch to another protocol is told by its name', (t) => {
  const list = told(t, [
    ask('GET / HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n'),
    reply('HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\n\r\n\x81\x06CANARY'),
  ]);
  t.match(of(list, 'message'), [{ protocol: 'http', kind: 'websocket', fromClient: false }]);
  t.end();
});

for (const [path, expected] of [
  ['/', '/'],
  ['*', '*'],
  ['/DICOM-web/Studies/1.2.840.113619/series/1.2/instances', '/dicom-web/studies/*/series/*/instances'],
  ['/fhir/Patient/12345678', '/fhir/Patient/*'],
  ['/fhir/Observation/$export', '/fhir/Observation/$export'],
  ['/reports/doe^john.pdf', '/reports/*.pdf'],
  ['/index.html', '/index.html'],
  ['/doe.john', '/*'],
  ['/john.doe.dcm', '/*.dcm'],
  ['/19700101', '/*'],
  ['/api//v1/', '/api//v1/'],
  ['/api/%2e%2e/etc', '/api/*/*'],
  ['/instances/debbd667-6c634618-65b2533e-5db6e87e-3d2a9e32/file', '/instances/*/file'],
  ['/a/b/c/d/e/f/g/h/i/j/k/l', '/*/*/*/*/*/*/*/*/*/*/*'],
  ['nothing', ''],
  ['', ''],
] as const) {
  t.test(`the path ${path} is told as ${expected}`, (t) => {
    const bytes = bytesOf(path);
    const paths = new PathClasses();
    for (let i = 0; i < 2; i++) t.equal(paths.of(new DataView(bytes.buffer), 0, bytes.length), expected);
    t.end();
  });
}

t.test('a segment that is no known word never shows, whatever it looks like', (t) => {
  const paths = new PathClasses();
  const segment = fc.stringMatching(/^[A-Za-z0-9^._-]{1,20}$/).map((text) => `Q${text}Q`);
  fc.assert(
    fc.property(fc.array(segment, { minLength: 1, maxLength: 6 }), (segments) => {
      const bytes = bytesOf(`/api/${segments.join('/')}`);
      return paths.of(new DataView(bytes.buffer), 0, bytes.length) === `/api${'/*'.repeat(segments.length)}`;
    }),
  );
  t.end();
});

const basic = (text: string): string => `Authorization: Basic ${Buffer.from(text).toString('base64')}\r\n`;
const ntlm = (type: number): string =>
  Buffer.concat([Buffer.from('NTLMSSP\0'), Buffer.from([type, 0, 0, 0]), Buffer.from('CANARY')]).toString('base64');

for (const [field, method, weakness, isClear] of [
  [basic('CANARY:'), 'basic', 'empty', true],
  [basic('CANARY:orthanc'), 'basic', 'default', true],
  [basic('CANARY:CANARY'), 'basic', 'short', true],
  [basic('CANARY:CANARY and a long one'), 'basic', '', true],
  ['authorization: bearer CANARY\r\n', 'token', '', true],
  ['Authorization: Digest username="CANARY", response="CANARY"\r\n', 'digest', '', false],
  [`Authorization: NTLM ${ntlm(3)}\r\n`, 'ntlm', '', false],
  [`Proxy-Authorization: Negotiate ${ntlm(3)}\r\n`, 'ntlm', '', false],
  [`Authorization: Negotiate ${Buffer.from('\x60\x82CANARY').toString('base64')}\r\n`, 'kerberos', '', false],
  ['Authorization: AWS4-HMAC-SHA256 Credential=CANARY\r\n', 'token', '', false],
] as const) {
  t.test(`a login: ${field.slice(0, 30).trim()} is ${method} ${weakness}`, (t) => {
    const list = told(t, [ask(`GET / HTTP/1.1\r\n${field}\r\n`), reply('HTTP/1.1 200 OK\r\n', body(''))]);
    t.match(of(list, 'login'), [
      { protocol: 'http', method, weakness, isClear, outcome: 'asked', fromClient: true },
      { method, outcome: 'success', isClear, fromClient: true },
    ]);
    t.end();
  });
}

t.test('a login is told once for a connection, and again after it was refused', (t) => {
  const request = `GET / HTTP/1.1\r\n${basic('a:admin')}\r\n`;
  const answer = (status: number): Turn => reply(`HTTP/1.1 ${status} X\r\n`, body(''));
  const outcomes = (...turns: readonly Turn[]): unknown[] => of(told(t, turns), 'login').map(({ outcome }) => outcome);
  t.same(outcomes(ask(request), answer(401), ask(request), answer(200), ask(request), answer(200)), [
    ...['asked', 'failure', 'asked', 'success'],
  ]);
  const other = `GET / HTTP/1.1\r\n${basic('b:root')}\r\n`;
  t.same(outcomes(ask(request), answer(200), ask(other), answer(403)), ['asked', 'success', 'asked', 'failure']);
  t.same(outcomes(ask(request), answer(503)), ['asked'], 'a server in trouble says nothing of the login');
  t.end();
});

t.test('the first words of NTLM are no login', (t) => {
  const list = told(t, [
    ask(`GET / HTTP/1.1\r\nAuthorization: NTLM ${ntlm(1)}\r\n\r\n`),
    reply('HTTP/1.1 401 No\r\nWWW-Authenticate: NTLM CANARY\r\n', body('')),
    ask(`GET / HTTP/1.1\r\nAuthorization: NTLM ${ntlm(3)}\r\n\r\n`),
    reply('HTTP/1.1 200 OK\r\n', body('')),
  ]);
  t.match(of(list, 'httpMessage')[0], { authorization: 'NTLM' });
  t.same(
    of(list, 'login').map(({ outcome }) => outcome),
    ['asked', 'success'],
  );
  t.end();
});

const elf = bytesOf([0x7f], 'ELF', new Uint8Array(300), 'CANARY');
const large = 'CANARY'.repeat(20_000);
const form = (name: string, content: string | Uint8Array): Uint8Array =>
  bytesOf(
    `--b\r\nContent-Disposition: form-data; name="f"; ${name}\r\nContent-Type: x/y\r\n\r\n`,
    content,
    '\r\n--b--\r\n',
  );
const upload = form('filename="CANARY.dcm"', bytesOf(new Uint8Array(128), 'DICM', new Uint8Array(900)));
const field = form('x="y"', 'z'.repeat(600));

for (const [name, turns, expected] of [
  [
    'an upload',
    [ask('PUT /firmware/CANARY.bin HTTP/1.1\r\n', body(elf), elf)],
    { verb: 'write', extension: 'bin', content: 'elf', bytes: elf.length },
  ],
  [
    'an upload by a form',
    [ask('POST /upload.php HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=b\r\n', body(upload), upload)],
    { verb: 'write', extension: 'dcm', content: 'dicom', bytes: upload.length },
  ],
  [
    'a form without a file',
    [ask('POST /upload.php HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=b\r\n', body(field), field)],
    null,
  ],
  [
    'a program, whatever it is said to be',
    [ask('GET /pixel.gif HTTP/1.1\r\n\r\n'), reply('HTTP/1.1 200 OK\r\nContent-Type: image/gif\r\n', body(elf), elf)],
    { verb: 'read', extension: 'gif', content: 'elf', bytes: elf.length },
  ],
  [
    'an attachment',
    [
      ask('GET /export HTTP/1.1\r\n\r\n'),
      reply('HTTP/1.1 200 OK\r\nContent-Disposition: attachment; filename=CANARY.csv\r\n', body('CANARY'), 'CANARY'),
    ],
    { verb: 'read', extension: 'csv', content: '', bytes: 6 },
  ],
  [
    'much of anything',
    [
      ask('GET /x HTTP/1.1\r\n\r\n'),
      reply('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n', body(large), large),
    ],
    { verb: 'read', extension: '', bytes: large.length },
  ],
  [
    'a large page',
    [ask('GET /x HTTP/1.1\r\n\r\n'), reply('HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n', body(large), large)],
    null,
  ],
  [
    'a file in chunks',
    [
      ask('GET /CANARY.exe HTTP/1.1\r\n\r\n'),
      reply(
        'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n',
        `${elf.length.toString(16)}\r\n`,
        elf,
        '\r\n5\r\nabcde\r\n0\r\n\r\n',
      ),
    ],
    { verb: 'read', extension: 'exe', content: 'elf', bytes: elf.length + 5 },
  ],
  [
    'a file up to the end of the connection',
    [ask('GET /x HTTP/1.0\r\n\r\n'), reply('HTTP/1.0 200 OK\r\n\r\n', elf)],
    { verb: 'read', content: 'elf', bytes: elf.length },
  ],
  [
    'a compressed file, which does not show what it is',
    [
      ask('GET /x HTTP/1.1\r\n\r\n'),
      reply('HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Type: application/zip\r\n', body(elf), elf),
    ],
    { verb: 'read', content: '', bytes: elf.length },
  ],
  ['an error page', [ask('GET /x.exe HTTP/1.1\r\n\r\n'), reply('HTTP/1.1 404 No\r\n', body(elf), elf)], null],
] as const) {
  t.test(`${name} is ${expected === null ? 'no transfer' : 'a transfer'}`, (t) => {
    const list = told(t, turns);
    t.match(of(list, 'transfer'), expected === null ? [] : [{ protocol: 'http', fromClient: true, ...expected }]);
    t.equal(of(list, 'transfer').length, expected === null ? 0 : 1);
    t.end();
  });
}

t.test('bytes of a file that are lost count all the same', (t) => {
  const big = bytesOf(elf, new Uint8Array(5_000));
  const turns: Turn[] = [
    ask('PUT /x HTTP/1.1\r\n', body(big), big.subarray(0, 2_000)),
    { toServer: true, gap: 1_000 },
    ask(big.subarray(3_000), 'GET / HTTP/1.1\r\n\r\n'),
  ];
  const list = told(t, turns);
  t.match(of(list, 'transfer'), [{ content: 'elf', bytes: big.length }]);
  t.equal(of(list, 'httpMessage').length, 2, 'and the next request is found');
  t.end();
});

const hl7 = 'MSH|^~\\&|MONITOR|ICU|ENGINE|H|20261123101500+0000||ORU^R01|C1|P|2.6\rPID|1||CANARY\rOBX|1|NM|1||CANARY';
const gzipNamed = Buffer.from(gzipSync(hl7));
gzipNamed[3] = 8 + 16 + 4;
const named = Buffer.concat([
  gzipNamed.subarray(0, 10),
  Buffer.from('\x03\0abcname\0comment\0', 'latin1'),
  gzipNamed.subarray(10),
]);

for (const [name, coding, bytes, isRead] of [
  ['gzip', 'gzip', gzipSync(hl7), true],
  ['gzip with a name and a comment', 'x-gzip', named, true],
  ['deflate in zlib', 'deflate', deflateSync(hl7), true],
  ['bare deflate', 'deflate', deflateRawSync(hl7), true],
  ['gzip that is broken', 'gzip', Buffer.concat([gzipSync(hl7).subarray(0, 12), Buffer.from('x'.repeat(40))]), false],
  ['gzip that is none', 'gzip', Buffer.from(hl7), false],
  ['gzip that grows too large', 'gzip', gzipSync('x'.repeat(limits.httpBodyBytesMax + 1)), false],
  ['more than is kept', 'gzip', Buffer.alloc(limits.httpEncodedBytesMax + 1, 'x'), false],
] as const) {
  t.test(`a compressed clinical body (${name}) is ${isRead ? 'read' : 'an oddity'}`, (t) => {
    const head = `POST /hl7 HTTP/1.1\r\nContent-Type: application/hl7-v2\r\nContent-Encoding: ${coding}\r\n`;
    const turns = [ask(head, body(bytes), bytes, 'GET / HTTP/1.1\r\n\r\n')];
    for (const cut of [{}, { pieceBytes: 1_000 }, { cuts: [200] }]) {
      const list = converse(http, turns, cut);
      t.equal(of(list, 'hl7Message').length, isRead ? 1 : 0);
      t.same(of(list, 'oddity'), isRead ? [] : [{ name: 'http_not_inflated' }]);
      t.equal(of(list, 'httpMessage').length, 2);
      t.notMatch(JSON.stringify(list), /CANARY/);
    }
    t.end();
  });
}

for (const [agent, system] of [
  ['Mozilla/5.0 (Windows NT 6.1; Win64; x64) CANARY', 'Windows 7 or Windows Server 2008 R2'],
  ['Mozilla/5.0 (Windows NT 10.0)', 'Windows 10 or newer'],
  ['Mozilla/4.0 (compatible; MSIE 6.0; Windows CE)', 'Windows CE'],
  ['Mozilla/5.0 (Linux; Android 10; K)', 'Android'],
  ['Mozilla/5.0 (iPhone; CPU iPhone OS 16_5 like Mac OS X)', 'iOS'],
  ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)', 'macOS'],
  ['Mozilla/5.0 (X11; Ubuntu; Linux x86_64)', 'Ubuntu'],
  ['curl/8.1', undefined],
] as const) {
  t.test(`${agent} runs on ${system ?? 'nobody knows what'}`, (t) => {
    const list = told(t, [ask(`GET / HTTP/1.1\r\nUser-Agent: ${agent}\r\n\r\n`)]);
    const found = of(list, 'identity').find(({ attribute }) => attribute === 'operating-system');
    t.equal(found?.value, system);
    t.end();
  });
}

for (const [field, value] of [
  ['Apache/2.4.6 (CentOS) PHP/5.4.16', 'Apache/2.4.6 (CentOS) PHP/5.4.16'],
  ['HP HTTP Server; CANARY CANARY', 'HP HTTP Server'],
  ['name=CANARY', undefined],
] as const) {
  t.test(`a server that calls itself ${field} is told as ${value ?? 'nothing'}`, (t) => {
    const list = told(t, [reply(`HTTP/1.1 404 No\r\nServer: ${field}\r\n`, body(''))]);
    t.equal(of(list, 'identity').find(({ attribute }) => attribute === 'server-software')?.value, value);
    t.end();
  });
}
