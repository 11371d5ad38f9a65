import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import t from 'tap';
import type { Point } from '../../src/model.ts';
import { InfluxWriter, type InfluxWriterOptions, type InfluxWriterSettings } from '../../src/output/influx.ts';
import { influxd, influxdMissing } from '../support/influxd.ts';
import { temporaryFolder } from '../support/temporary.ts';

type Test = { teardown(action: () => unknown): unknown };

const START_US = 1_700_000_000_000_000;
/** Longer than any of this takes; nothing waits for it when all is well. */
const LONG_MS = 60_000;

const point = (i: number, over: Partial<Point> = {}): Point => ({
  measurement: 'wardwatch_protocol',
  tags: { site: 'a site', run: 'r', device: `d,${i % 7}`, protocol: 'dicom' },
  fields: { flows: i, bytes: i * 1_000, messages: 1 },
  timeUs: START_US + i * 1_000,
  ...over,
});
const points = (from: number, to: number): Point[] => Array.from({ length: to - from }, (_, i) => point(from + i));

interface Harness {
  readonly writer: InfluxWriter;
  readonly warnings: string[];
  readonly folder: string;
}

function writerTo(
  t: Test,
  settings: Partial<InfluxWriterSettings> & { url: string },
  over: Partial<InfluxWriterOptions> = {},
): Harness {
  const folder = join(temporaryFolder(t), 'spool');
  const warnings: string[] = [];
  const writer = new InfluxWriter({
    settings: {
      database: 'ward',
      api: 'v1',
      org: '',
      token: '',
      user: '',
      password: '',
      caFile: null,
      headers: {},
      order: 'oldest',
      spoolMegabytes: 16,
      ...settings,
    },
    spoolFolder: folder,
    warn: (line) => warnings.push(line),
    backoffMs: { first: 5, most: 20 },
    timeoutMs: 500,
    ...over,
  });
  t.teardown(() => writer.stop(0));
  return { writer, warnings, folder };
}

interface Request {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A server that answers what `answer` says. */
async function fake(
  t: Test,
  answer: (request: Request, count: number) => { status: number; body?: string; headers?: Record<string, string> },
  tls?: { key: string; cert: string },
): Promise<{ url: string; requests: Request[] }> {
  const requests: Request[] = [];
  const listener: RequestListener = (request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const raw = Buffer.concat(parts);
      const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw;
      const seen = { path: request.url ?? '', headers: request.headers, body: body.toString('utf8') };
      requests.push(seen);
      const { status, body: text = '', headers = {} } = answer(seen, requests.length);
      response.writeHead(status, headers).end(text);
    });
  };
  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`, requests };
}

t.test('with a real InfluxDB 1.x', { skip: influxdMissing }, async (t) => {
  const server = await influxd(t);
  await server.start();
  const all = 'SELECT * FROM "wardwatch_protocol"';

  await t.test('points arrive exactly, and the database is made when it is missing', async (t) => {
    const { writer, warnings } = writerTo(t, { url: server.url, database: 'plain' });
    writer.start();
    writer.write(points(0, 6_000));
    t.ok(await writer.flush(LONG_MS));
    const rows = await server.query(all, 'plain');
    t.equal(rows.length, 6_000);
    t.strictSame(rows[8], {
      time: START_US + 8_000,
      bytes: 8_000,
      device: 'd,1',
      flows: 8,
      messages: 1,
      protocol: 'dicom',
      run: 'r',
      site: 'a site',
    });
    t.match(writer.statistics(), { writtenPoints: 6_000, points: 0, series: 7, droppedPoints: 0 });
    t.strictSame(warnings, []);
  });

  await t.test('every kind of text and number is taken', async (t) => {
    const { writer } = writerTo(t, { url: server.url, database: 'kinds' });
    writer.start();
    const title = 'a "quoted" \\ text, with = and\nbreak';
    const tags = { site: 'ends in \\', run: 'a=b,c d', device: '"x"', detector: 'ü', severity: 'low' };
    writer.write([
      { measurement: 'wardwatch_alert', tags, fields: { title, confidence: 1e-7, count: 3 }, timeUs: START_US },
      { measurement: 'wardwatch_alert', tags, fields: { confidence: 1e21 }, timeUs: START_US + 1 },
    ]);
    t.ok(await writer.flush(LONG_MS));
    const [row, second] = await server.query('SELECT * FROM "wardwatch_alert"', 'kinds');
    t.match(row, { title: 'a "quoted" \\ text, with = and break', confidence: 1e-7, count: 3 });
    t.match(row, { site: 'ends in /', run: 'a=b,c d', device: '"x"', detector: 'ü' });
    t.match(second, { confidence: 1e21 });
  });

  await t.test('an outage in the middle gives the same points as none', async (t) => {
    const { writer: calm } = writerTo(t, { url: server.url, database: 'calm' });
    calm.start();
    calm.write(points(0, 9_000));
    t.ok(await calm.flush(LONG_MS));

    const { writer, warnings, folder } = writerTo(t, { url: server.url, database: 'storm', order: 'newest' });
    writer.start();
    writer.write(points(0, 3_000));
    t.ok(await writer.flush(LONG_MS));
    // The server hangs: connections are taken, nothing answers.
    process.kill(server.pid, 'SIGSTOP');
    writer.write(points(3_000, 6_000));
    t.notOk(await writer.flush(1_500));
    process.kill(server.pid, 'SIGCONT');
    // The server is away, and so is the sensor for a moment.
    await server.stop();
    writer.write(points(6_000, 7_000));
    t.notOk(await writer.flush(200));
    await writer.stop(0);
    const { writer: again } = writerTo(t, { url: server.url, database: 'storm' }, { spoolFolder: folder });
    again.start();
    again.write(points(7_000, 9_000));
    t.notOk(await again.flush(200));
    await server.start();
    t.ok(await again.flush(LONG_MS));
    t.strictSame(await server.query(all, 'storm'), await server.query(all, 'calm'));
    t.ok(warnings.some((line) => line.includes('does not answer')));
    t.ok(warnings.length < 10, 'the same trouble is said once');
  });

  await t.test('a line that the server refuses is put aside while all others land', async (t) => {
    const { writer, warnings, folder } = writerTo(t, { url: server.url, database: 'poison' });
    await server.query('CREATE DATABASE "poison"');
    // Somebody wrote this field as a text before: its type is settled for the shard of that week.
    const body = `wardwatch_hl7,device=x messages="many" ${START_US - 1}`;
    await fetch(`${server.url}/write?db=poison&precision=u`, { method: 'POST', body });
    writer.start();
    writer.write(points(0, 1_000));
    writer.write([{ measurement: 'wardwatch_hl7', tags: { device: 'x' }, fields: { messages: 1 }, timeUs: START_US }]);
    writer.write(points(1_000, 2_000));
    t.ok(await writer.flush(LONG_MS));
    t.equal((await server.query(all, 'poison')).length, 2_000);
    const kept = readFileSync(join(folder, 'quarantine', '00000001.lines'), 'utf8');
    t.match(kept, /^# .*conflict.*\nwardwatch_hl7,device=x messages=1i \d+\n$/);
    t.match(writer.statistics(), { quarantinedLines: 1, writtenPoints: 2_000, points: 0 });
    t.equal(warnings.filter((line) => line.includes('quarantine')).length, 1);
  });

  await t.test('the doctor writes a point and reads it back', async (t) => {
    const { writer } = writerTo(t, { url: server.url, database: 'checked' });
    t.strictSame(await writer.check(), { ok: true, problem: '', made: true });
    t.strictSame(await writer.check(), { ok: true, problem: '', made: true });
    const { writer: later } = writerTo(t, { url: server.url, database: 'checked' });
    t.strictSame(await later.check(), { ok: true, problem: '', made: false });
  });

  await t.test('without leave to make the database, the doctor says that it is missing', async (t) => {
    const { writer } = writerTo(t, { url: server.url, database: 'nowhere' }, { createDatabase: false });
    const { ok, problem } = await writer.check();
    t.notOk(ok);
    t.match(problem, /no database nowhere.*database not found/);
  });
});

const paths: readonly [api: 'v1' | 'v2' | 'v3', path: string][] = [
  ['v1', '/prefix/write?db=ward&precision=u'],
  ['v2', '/prefix/api/v2/write?org=hospital&bucket=ward&precision=us'],
  ['v3', '/prefix/api/v3/write_lp?db=ward&precision=microsecond'],
];
for (const [api, path] of paths) {
  t.test(`${api} is spoken as its documentation says`, async (t) => {
    const { url, requests } = await fake(t, () => ({ status: 204 }));
    const settings = { url: `${url}/prefix/`, api, org: 'hospital', token: 'secret', headers: { 'x-scope': 'one' } };
    const { writer } = writerTo(t, settings);
    writer.start();
    writer.write([point(1)]);
    t.ok(await writer.flush(LONG_MS));
    t.equal(requests[0]?.path, path);
    const authorization = api === 'v3' ? 'Bearer secret' : 'Token secret';
    t.match(requests[0]?.headers, { authorization, 'content-encoding': 'gzip', 'x-scope': 'one' });
    t.match(requests[0]?.body, /^wardwatch_protocol,.* bytes=1000i,flows=1i,messages=1i 1700000000001000\n$/);
  });
}

t.test('user and password go as basic authorisation, also from the address', async (t) => {
  const { url, requests } = await fake(t, () => ({ status: 204 }));
  for (const settings of [{ url, user: 'u', password: 'p:w' }, { url: url.replace('//', '//u:p%3Aw@') }]) {
    const { writer } = writerTo(t, settings);
    writer.start();
    writer.write([point(1)]);
    t.ok(await writer.flush(LONG_MS));
  }
  const basic = `Basic ${Buffer.from('u:p:w').toString('base64')}`;
  t.strictSame(
    requests.map(({ headers }) => headers.authorization),
    [basic, basic],
  );
});

t.test('a wrong token is said once, without the token, and costs no point', async (t) => {
  let open = false;
  const { url } = await fake(t, () =>
    open ? { status: 204 } : { status: 401, body: '{"code":"unauthorized","message":"unauthorized access"}' },
  );
  const { writer, warnings, folder } = writerTo(t, { url, api: 'v2', token: 'mistyped' });
  writer.start();
  writer.write(points(0, 10));
  t.notOk(await writer.flush(150));
  t.strictSame(warnings, [
    `InfluxDB at ${url}: the token, user or password is not accepted (status 401: unauthorized access); points wait in ${folder}`,
  ]);
  t.match(await writer.check(), { ok: false, problem: /token.*not accepted/ });
  open = true;
  t.ok(await writer.flush(LONG_MS));
  t.match(writer.statistics(), { writtenPoints: 10, droppedPoints: 0, quarantinedLines: 0 });
  t.equal(warnings.length, 2, 'and once that it is over');
});

t.test('an overloaded server is asked again later, lines that are too many are sent in parts', async (t) => {
  const { url, requests } = await fake(t, ({ body }, count) => {
    if (count === 1) return { status: 503, body: 'try later' };
    if (count === 2) return { status: 429 };
    return body.split('\n').length > 301 ? { status: 413, body: 'too large' } : { status: 204 };
  });
  const { writer } = writerTo(t, { url });
  writer.start();
  writer.write(points(0, 1_000));
  t.ok(await writer.flush(LONG_MS));
  t.match(writer.statistics(), { writtenPoints: 1_000, quarantinedLines: 0, points: 0 });
  const stored = requests.slice(2).filter(({ body }) => body.split('\n').length <= 301);
  t.equal(
    stored.reduce((sum, { body }) => sum + body.split('\n').length - 1, 0),
    1_000,
  );
});

t.test('a server that refuses everything costs a bounded number of requests', async (t) => {
  const { url, requests } = await fake(t, () => ({ status: 400, body: '{"error":"points beyond retention policy"}' }));
  const { writer } = writerTo(t, { url });
  writer.start();
  writer.write(points(0, 2_000));
  t.ok(await writer.flush(LONG_MS));
  t.equal(writer.statistics().quarantinedLines, 2_000);
  t.ok(requests.length < 1_000);
});

t.test('a request that names no database is no fault of the lines', async (t) => {
  const { url } = await fake(t, () => ({ status: 400, body: '{"error":"database is required"}' }));
  const { writer, warnings } = writerTo(t, { url });
  writer.start();
  writer.write(points(0, 10));
  t.notOk(await writer.flush(100));
  t.match(writer.statistics(), { points: 10, quarantinedLines: 0 });
  t.match(warnings[0], /the request is refused.*database is required/);
});

t.test('an answer without end and a page of a proxy do no harm', async (t) => {
  const { url } = await fake(t, (_request, count) =>
    count === 1 ? { status: 502, body: 'x'.repeat(5_000_000) } : { status: 204 },
  );
  const { writer, warnings } = writerTo(t, { url });
  writer.start();
  writer.write([point(1)]);
  t.ok(await writer.flush(LONG_MS));
  t.ok((warnings[0] ?? '').length < 500);
});

t.test('nothing listens: the doctor says so, and stopping keeps the points', async (t) => {
  const url = 'http://127.0.0.1:1';
  const { writer, folder } = writerTo(t, { url });
  t.match(await writer.check(), { ok: false, problem: /connection refused.*ECONNREFUSED/ });
  writer.start();
  writer.write(points(0, 5));
  await writer.stop(50);
  const { writer: again } = writerTo(t, { url }, { spoolFolder: folder });
  again.start();
  t.equal(again.statistics().points, 5);
});

t.test('a spool that cannot be opened is said and its points are counted as lost', async (t) => {
  const file = join(temporaryFolder(t), 'file');
  writeFileSync(file, '');
  const { writer, warnings } = writerTo(t, { url: 'http://127.0.0.1:1' }, { spoolFolder: join(file, 'spool') });
  writer.start();
  writer.write(points(0, 3));
  t.notOk(await writer.flush(50));
  t.equal(writer.statistics().droppedPoints, 3);
  t.match(warnings[0], /cannot be used/);
});

t.test('a point that is not in the list is counted and named, and the others go', async (t) => {
  const { url } = await fake(t, () => ({ status: 204 }));
  const { writer, warnings } = writerTo(t, { url });
  writer.start();
  writer.write([point(0, { measurement: 'cpu' }), point(1), point(2, { measurement: 'cpu' })]);
  t.ok(await writer.flush(LONG_MS));
  t.match(writer.statistics(), { rejectedPoints: 2, writtenPoints: 1 });
  t.strictSame(warnings, ['measurement cpu is not in measurements.ts']);
});

const openssl = spawnSync('openssl', ['version']).status === 0;
t.test('a certificate is checked against the own authority', { skip: openssl ? false : 'needs openssl' }, async (t) => {
  const folder = temporaryFolder(t);
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const made = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', key, '-out', cert];
  execFileSync('openssl', [...made, ...subject], { stdio: 'ignore' });
  const files = { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
  const { url } = await fake(t, () => ({ status: 204 }), files);
  const { writer: distrusting } = writerTo(t, { url });
  t.match(await distrusting.check(), { ok: false, problem: /TLS: the certificate is not signed by a known authority/ });
  const { writer: lost } = writerTo(t, { url, caFile: join(folder, 'none.pem') });
  t.match(await lost.check(), { ok: false, problem: /the CA file .* cannot be read/ });
  const { writer: plain } = writerTo(t, { url: url.replace('https', 'http') });
  t.match(await plain.check(), { ok: false, problem: /.+/ });
  const { writer } = writerTo(t, { url, caFile: cert });
  writer.start();
  writer.write([point(1)]);
  t.ok(await writer.flush(LONG_MS));
  t.notOk(existsSync(join(folder, 'spool')));
});
