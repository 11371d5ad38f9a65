/** What somebody on the network, or a device with a hostile name, can make of the interface: nothing. */
import { connect, type Socket } from 'node:net';
import t, { type Test } from 'tap';
import { Feed, LISTENERS_MAX, type Listener } from '../../src/api/feed.ts';
import { listenOn } from '../../src/api/listen.ts';
import { Store } from '../../src/store/store.ts';
import { type ApiUnderTest, apiUnderTest } from '../support/api.ts';
import { listenTo } from '../support/events.ts';
import { documentOf, isStream, operationsIn, samplesOf, urlOf } from '../support/operations.ts';
import { START_US, sampleDevice, sampleFinding, sampleStoreFolder } from '../support/store.ts';

const served = async (t: Test): Promise<ApiUnderTest & { port: number }> => {
  const under = await apiUnderTest(t);
  const { port } = await listenOn(under.api, { host: '127.0.0.1', port: 0 }, false);
  return { ...under, port };
};

/** Sends bytes as they are, and reads until the other side ends it or has been silent. */
function talk(port: number, bytes: string, silentMs = 1_000): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    socket.setTimeout(silentMs, () => socket.destroy());
    socket.on('data', (piece) => {
      text += piece.toString('latin1');
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(text));
  });
}

const paths: readonly string[] = [
  '/../../../../etc/passwd',
  '/assets/../../../../etc/passwd',
  '/assets/..%2f..%2f..%2fetc%2fpasswd',
  '/assets/%2e%2e/%2e%2e/etc/passwd',
  '/assets/%252e%252e%252fetc%252fpasswd',
  '/assets/..%5c..%5cetc%5cpasswd',
  '/assets//etc/passwd',
  '/assets/%00',
  '/assets/....//....//etc/passwd',
  '/api/v1/../../people.sqlite',
  '/api/v1/captures/..%2f..%2fpeople.sqlite',
  '/api/v1/captures/%2e%2e%2fpeople.sqlite',
  '/api/v1/runs/..%2f..%2fetc%2fpasswd/report',
  '/api/v1/evidence/..%2f..%2fetc%2fpasswd',
  '/api/v1/policies/..%2fpasswd?format=mud',
  '/api/v1/devices/..%2f..%2fusers',
  'http://evil.example/etc/passwd',
  '//etc/passwd',
  '/people.sqlite',
  '/wardwatch.sqlite',
  '/.git/config',
];
t.test('no address leads to a file', async (t) => {
  const { port, errors } = await served(t);
  for (const path of paths) {
    const text = await talk(port, `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`);
    t.match(text, /^HTTP\/1\.1 4\d\d /, path);
    t.notMatch(text, /\broot:x:|SQLite format|wardwatch-test/, path);
    t.match(text, /content-type: application\/problem\+json/i, path);
  }
  t.same(errors, []);
});

const strange: readonly (readonly [what: string, request: string])[] = [
  ['two lengths', 'POST /api/v1/session HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 9\r\n\r\n{}'],
  [
    'a length and chunks',
    'POST /api/v1/session HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  ],
  ['no host', 'GET /api/v1/devices HTTP/1.1\r\n\r\n'],
  ['a foreign host', 'GET /api/v1/devices HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n'],
  ['two addresses', 'GET /api/v1/devices /api/v1/users HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'],
  ['another method', 'TRACE /api/v1/devices HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n'],
  ['a tunnel', 'CONNECT evil.example:443 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'],
  ['headers without end', `GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ${'x'.repeat(100_000)}\r\n\r\n`],
  ['an address without end', `GET /${'x'.repeat(100_000)} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`],
];
t.test('requests that mean two things, or none, are refused', async (t) => {
  const { port, errors } = await served(t);
  for (const [what, request] of strange) {
    const text = await talk(port, request);
    t.match(text, /^(HTTP\/1\.1 (4\d\d|501) [\s\S]*)?$/, what);
    t.notMatch(text, /\b200 OK/, what);
  }
  t.same(errors, []);
});

t.test('a body has a bound, whatever length it tells', async (t) => {
  const { ask, port, errors } = await served(t);
  const body = { reason: 'x'.repeat(300_000), decisions: [] };
  t.equal((await ask({ method: 'POST', url: '/api/v1/decisions', as: 'engineer', body })).status, 413);
  const head = 'POST /api/v1/session HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n';
  const told = await talk(port, `${head}Content-Length: 999999999\r\n\r\n{`);
  t.match(told, /^HTTP\/1\.1 413 /);
  const chunk = `4000\r\n${'x'.repeat(0x4000)}\r\n`;
  const chunked = await talk(port, `${head}Transfer-Encoding: chunked\r\n\r\n${chunk.repeat(40)}0\r\n\r\n`);
  t.match(chunked, /^HTTP\/1\.1 413 /);
  t.same(errors, []);
});

t.test('who is slow is cut off, and nobody else waits for it', { timeout: 40_000 }, async (t) => {
  const { ask, port } = await served(t);
  const startMs = Date.now();
  const head =
    'POST /api/v1/session HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 50\r\n';
  const slow = [
    talk(port, `${head}\r\n{"name":`, 30_000),
    talk(port, 'GET /api/v1/devices HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ', 30_000),
  ];
  t.equal((await ask({ url: '/api/v1/devices' })).status, 200);
  await Promise.all(slow);
  t.ok(Date.now() - startMs < 25_000, `${Date.now() - startMs} ms`);
});

t.test('there are only so many listeners; there is room again when one leaves', { timeout: 40_000 }, async (t) => {
  const { ask, api, port } = await served(t);
  const open = (): Promise<Socket> =>
    new Promise((resolve, reject) => {
      const request = 'GET /api/v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n';
      const socket = connect(port, '127.0.0.1', () => socket.write(request));
      socket.once('data', () => resolve(socket));
      socket.on('error', reject);
    });
  const sockets = await Promise.all(Array.from({ length: LISTENERS_MAX }, open));
  const refused = await ask({ url: '/api/v1/events' });
  t.equal(refused.status, 503);
  t.match(refused.headers['content-type'], /problem\+json/);
  t.equal((await ask({ url: '/api/v1/devices' })).status, 200, 'the rest goes on');
  for (const socket of sockets.slice(0, 5)) socket.destroy();
  await new Promise((soon) => setTimeout(soon, 200));
  const listening = await listenTo(api);
  t.equal(listening.status, 200);
  t.match(listening.headers, { 'content-type': 'text/event-stream', 'x-content-type-options': 'nosniff' });
  listening.leave();
  for (const socket of sockets) socket.destroy();
});

t.test('news are missed by nobody who was away for a moment; who does not read is cut off', async (t) => {
  const store = Store.open(
    sampleStoreFolder((action) => t.teardown(action)),
    { readOnly: true },
  );
  const feed = new Feed(store);
  t.teardown(() => {
    feed.close();
    store.close();
  });
  const heard = (): Listener & { texts: string[]; gone: boolean; writableLength: number } => ({
    texts: [],
    gone: false,
    writableLength: 0,
    isWelcome: () => true,
    write(text) {
      this.texts.push(text);
    },
    destroy() {
      this.gone = true;
    },
  });
  const idIn = (text = ''): string => /^id: (.*)$/m.exec(text)?.[1] ?? '';
  const first = heard();
  feed.add(first, '');
  t.match(first.texts[1], /^id: .*\nevent: hello\ndata: {"complete":true}\n\n$/);
  feed.tell('change', { run: 'a' });
  feed.tell('change', { run: 'b\n\nevent: forged' });
  feed.remove(first);
  feed.tell('change', { run: 'c' });
  const again = heard();
  feed.add(again, idIn(first.texts[3]));
  t.match(again.texts.slice(1), [/"run":"c"/]);
  t.notMatch(first.texts.join(''), /^event: forged/m, 'no news makes another');
  const stranger = heard();
  feed.add(stranger, 'another-7');
  t.match(stranger.texts[1], /event: hello\ndata: {"complete":false}/);
  again.writableLength = 2_000_000;
  feed.tell('change', {});
  t.equal(again.gone, true);
  t.equal(stranger.gone, false);
});

const HOSTILE = '"><script>alert(1)</script>';
const hostileId = `x"\r\nSet-Cookie: wardwatch=mine\r\n\r\n${HOSTILE}`;

function hostileFolder(t: Test): string {
  const folder = sampleStoreFolder((action) => t.teardown(action));
  const store = Store.open(folder);
  const texts = { names: [HOSTILE], vendor: HOSTILE, model: `=cmd|'/c calc'!A1${HOSTILE}`, aeTitles: [HOSTILE] };
  const evidence = [
    {
      attribute: 'name',
      value: HOSTILE,
      source: 'HL7 MSH-3',
      confidence: 0.5,
      firstSeenUs: START_US,
      lastSeenUs: START_US,
    },
  ];
  const finding = { device: hostileId, peer: HOSTILE, service: HOSTILE, happened: `${HOSTILE} came.`, usual: HOSTILE };
  store.commit({
    run: 'march',
    devices: [sampleDevice(hostileId, { ...texts, evidence })],
    findings: [sampleFinding('f2', finding)],
    held: [],
    posture: [],
    incidents: [
      {
        id: hostileId,
        device: hostileId,
        devices: [hostileId],
        peer: HOSTILE,
        risk: 50,
        severity: 'high',
        startUs: START_US,
        endUs: START_US,
        alerts: ['f2'],
      },
    ],
    points: [],
    oddities: {},
    lastUs: START_US + 180_000_000,
  });
  store.close();
  return folder;
}

t.test('what a device calls itself comes back as text in JSON, never as a page or a header', async (t) => {
  const { api, store, ask, errors } = await apiUnderTest(t, { folder: hostileFolder(t) });
  const reads = operationsIn(await documentOf(api)).filter((one) => one.method === 'GET' && !isStream(one));
  let seen = 0;
  for (const operation of reads) {
    for (const sample of samplesOf(store, 'march', operation).slice(0, 60)) {
      const url = urlOf(operation, sample);
      const { text, headers } = await ask({ url, as: 'administrator' });
      if (text.includes('<script>')) seen++;
      t.equal(headers['x-content-type-options'], 'nosniff', url);
      t.equal(headers['set-cookie'] === undefined || operation.id === 'finishOidc', true, url);
      if (operation.id !== 'finishOidc') t.notMatch(headers['content-type'], /html|xml|svg/, url);
      t.notMatch(headers['content-disposition'] ?? '', /[\r\n]|<|;.*;/, url);
    }
  }
  t.ok(seen > 5, `${seen} answers told it`);
  const file = await ask({ url: '/api/v1/inventory/export?format=csv&all=true' });
  t.notMatch(file.text, /(^|,|")=cmd/m, 'no formula in a table');
  const policy = `/api/v1/policies/${encodeURIComponent(hostileId)}?format=mud&download=true`;
  const { headers } = await ask({ url: policy });
  t.equal(headers['set-cookie'], undefined);
  t.same(errors, []);
});

t.test('what people write comes back as text as well, and makes no line in the audit', async (t) => {
  const { ask } = await apiUnderTest(t);
  const body = { action: 'comment', text: `${HOSTILE}\r\nadministrator accepted it\u202e` };
  t.equal((await ask({ method: 'POST', url: '/api/v1/alerts/f1/steps', as: 'engineer', body })).status, 201);
  const { headers, text } = await ask({ url: '/api/v1/audit', as: 'administrator' });
  t.match(headers['content-type'], /^application\/json/);
  t.match(text, /stepAlert/);
  t.notMatch(text, /\u202e|\\r\\n/);
});
