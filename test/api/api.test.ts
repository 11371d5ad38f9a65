import { connect } from 'node:net';
import t, { type Test } from 'tap';
import { Compile } from 'typebox/compile';
import { createApi } from '../../src/api/api.ts';
import { listenOn } from '../../src/api/listen.ts';
import { alertShape, deviceShape, heldShape, incidentShape, pointShape, postureShape } from '../../src/api/shapes.ts';
import { Store } from '../../src/store/store.ts';
import { sampleStoreFolder } from '../support/store.ts';

const open = (t: Test, hosts: string[] = []) => {
  const store = Store.open(
    sampleStoreFolder((action) => t.teardown(action)),
    { readOnly: true },
  );
  const errors: unknown[] = [];
  const api = createApi({ store, version: '1.2.3', hosts, onError: (error) => errors.push(error) });
  t.teardown(async () => {
    await api.close();
    store.close();
  });
  const get = async (url: string, headers: Record<string, string> = {}) => {
    const answer = await api.inject({ url, headers: { host: '127.0.0.1:8470', ...headers } });
    return { status: answer.statusCode, headers: answer.headers, text: answer.body, body: () => answer.json() };
  };
  return { api, store, get, errors };
};

t.test('health says version, latest run and how full the store is', async (t) => {
  const { get } = open(t);
  const { status, body } = await get('/api/v1/health');
  t.equal(status, 200);
  t.match(body(), { status: 'ok', version: '1.2.3', latestRun: 'march', lastPacket: '2026-03-02T10:02:00.000000Z' });
  t.ok(body().tables.some((row: { table: string; rows: number }) => row.table === 'devices' && row.rows === 3));
});

t.test('devices come in pages with their total', async (t) => {
  const { get } = open(t);
  const { body } = await get('/api/v1/devices?limit=2&offset=1');
  const { run, total, limit, offset, devices } = body();
  t.same({ run, total, limit, offset }, { run: 'march', total: 3, limit: 2, offset: 1 });
  t.same(
    devices.map((device: { id: string }) => device.id),
    ['00:00:00:00:00:02', '00:00:00:00:00:03'],
  );
});

t.test('everything has the shape that is published, nothing lost and nothing added', async (t) => {
  const { get } = open(t);
  const lists = [
    ['/api/v1/devices', 'devices', deviceShape],
    ['/api/v1/alerts', 'alerts', alertShape],
    ['/api/v1/held', 'held', heldShape],
    ['/api/v1/posture', 'posture', postureShape],
    ['/api/v1/incidents', 'incidents', incidentShape],
    ['/api/v1/points?measurement=wardwatch_device', 'points', pointShape],
  ] as const;
  for (const [url, name, shape] of lists) {
    const rows = (await get(url)).body()[name];
    t.ok(rows.length > 0, url);
    const check = Compile(shape);
    for (const row of rows) t.same(check.Errors(row), [], url);
  }
});

t.test('a device is found by its id, with the evidence for what is said about it', async (t) => {
  const { get } = open(t);
  const { body } = await get('/api/v1/devices/00:00:00:00:00:01');
  t.match(body(), {
    id: '00:00:00:00:00:01',
    evidence: [{ source: 'DICOM (0008,1090)', firstSeen: '2026-03-02T10:00:00.000000Z' }],
  });
  t.equal((await get('/api/v1/devices/nobody')).status, 404);
});

t.test('a finished run has its report', async (t) => {
  const { get } = open(t);
  t.same((await get('/api/v1/runs/march/report')).body(), { schema: 1, run: 'march' });
  t.equal((await get('/api/v1/runs/april/report')).status, 404);
});

t.test('points are cut by time and say when there are more', async (t) => {
  const { get } = open(t);
  const url = '/api/v1/points?measurement=wardwatch_device';
  t.match((await get(`${url}&limit=2`)).body(), { complete: false, points: { length: 2 } });
  const { points, complete } = (await get(`${url}&from=2026-03-02T10:01:00Z&to=2026-03-02T11:01:00%2B01:00`)).body();
  t.equal(complete, true);
  t.same(
    points.map((point: { time: string }) => point.time),
    ['2026-03-02T10:01:00.000000Z'],
  );
  t.same(points[0].fields, { bytes_in: 1, busy: true, note: 'x' });
});

const mistakes: readonly (readonly [what: string, url: string, status: number])[] = [
  ['an address that does not exist', '/api/v2/devices', 404],
  ['a limit that is no number', '/api/v1/devices?limit=many', 400],
  ['a limit beyond the largest', '/api/v1/devices?limit=1000000', 400],
  ['an unknown parameter', '/api/v1/devices?frob=1', 400],
  ['a run that does not exist', '/api/v1/devices?run=april', 404],
  ['points of no measurement', '/api/v1/points', 400],
  ['a time that is none', '/api/v1/points?measurement=wardwatch_device&from=noon', 400],
  ['a malformed address', '/api/v1/devices/%zz', 400],
  ['a table that is asked for by force', "/api/v1/devices?run=';DROP TABLE runs", 404],
];
for (const [what, url, expected] of mistakes) {
  t.test(`${what} is answered with a problem detail`, async (t) => {
    const { get, errors } = open(t);
    const { status, headers, body } = await get(url);
    t.equal(status, expected);
    t.match(headers['content-type'], /^application\/problem\+json/);
    const { type, title, status: inside, detail } = body();
    t.equal(type, 'about:blank');
    t.equal(inside, expected);
    t.ok(title.length > 0 && detail.length > 0);
    t.same(errors, []);
  });
}

t.test('trouble inside is said to the log and not to the one who asked', async (t) => {
  const { get, store, errors } = open(t);
  store.close();
  const { status, text, headers } = await get('/api/v1/devices');
  t.equal(status, 500);
  t.match(headers['content-type'], /^application\/problem\+json/);
  t.notMatch(text, /sqlite|database|wardwatch-test/i);
  t.equal(errors.length, 1);
});

t.test('only GET and HEAD are there', async (t) => {
  const { api } = open(t);
  for (const method of ['POST', 'PUT', 'DELETE', 'PATCH'] as const) {
    const { statusCode } = await api.inject({ method, url: '/api/v1/devices', headers: { host: 'localhost' } });
    t.equal(statusCode, 404, method);
  }
});

t.test('a foreign host name is turned away: DNS rebinding reads nothing', async (t) => {
  const { get } = open(t, ['ward.example']);
  for (const host of [
    'evil.example',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    '10.0.0.1',
    '[::2]:8470',
    'a:b:c',
  ]) {
    t.equal((await get('/api/v1/devices', { host })).status, 421, host);
  }
  for (const host of ['localhost', 'LOCALHOST:8470', '127.0.0.1', '[::1]:8470', 'ward.example:1']) {
    t.equal((await get('/api/v1/devices', { host })).status, 200, host);
  }
});

t.test('no answer may be framed, scripted, guessed or kept', async (t) => {
  const { get } = open(t);
  for (const url of ['/', '/api/v1/devices', '/nowhere']) {
    const { headers } = await get(url);
    t.match(headers['content-security-policy'], /default-src 'none'.*frame-ancestors 'none'/, url);
    t.notMatch(headers['content-security-policy'], /unsafe/, url);
    t.equal(headers['x-content-type-options'], 'nosniff', url);
    t.equal(headers['cache-control'], 'no-store', url);
    t.equal(headers['access-control-allow-origin'], undefined, url);
  }
});

t.test('the interface describes itself as OpenAPI 3.1', async (t) => {
  const { get } = open(t);
  const document = (await get('/openapi.json')).body();
  t.equal(document.openapi, '3.1.0');
  for (const path of [
    '/api/v1/devices',
    '/api/v1/devices/{id}',
    '/api/v1/alerts',
    '/api/v1/points',
    '/api/v1/runs/{run}/report',
  ]) {
    t.ok(document.paths[path]?.get.responses['200'], path);
  }
});

t.test('bytes that are no HTTP get a problem detail and the end of the connection', async (t) => {
  const { api } = open(t);
  const { port } = await listenOn(api, { host: '127.0.0.1', port: 0 }, false);
  const answer = await new Promise<string>((resolve, reject) => {
    let text = '';
    const socket = connect(port, '127.0.0.1', () => socket.write('\x16\x03\x01 nonsense\r\n\r\n'));
    socket.on('data', (bytes) => {
      text += bytes.toString('latin1');
    });
    socket.on('end', () => resolve(text));
    socket.on('error', reject);
  });
  t.match(answer, /^HTTP\/1\.1 400 .*problem\+json/s);
});

t.test('a taken port gives way to the next one only when that is wanted', async (t) => {
  const { api } = open(t);
  const { port } = await listenOn(api, { host: '127.0.0.1', port: 0 }, false);
  await t.rejects(listenOn(open(t).api, { host: '127.0.0.1', port }, false), { code: 'EADDRINUSE' });
  const next = await listenOn(open(t).api, { host: '127.0.0.1', port }, true);
  t.ok(next.port > port);
});
