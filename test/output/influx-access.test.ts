/** Who may write, and over which road: TLS, tokens and passwords of InfluxDB 1.x, 2.x and 3.x. */
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { InfluxWriter, type InfluxWriterSettings } from '../../src/output/influx.ts';
import { serverCertificate } from '../support/authority.ts';
import { faultyProxy } from '../support/faulty-proxy.ts';
import { influxd, influxdMissing } from '../support/influxd.ts';
import { temporaryFolder } from '../support/temporary.ts';

function writerTo(t: Test, settings: Partial<InfluxWriterSettings> & { url: string }): InfluxWriter {
  const plain = { database: 'ward', api: 'v1', org: '', token: '', user: '', password: '', caFile: null } as const;
  const writer = new InfluxWriter({
    settings: { ...plain, headers: {}, order: 'oldest', spoolMegabytes: 16, ...settings },
    spoolFolder: join(temporaryFolder(t), 'spool'),
    warn: () => {},
    backoffMs: { first: 5, most: 20 },
    timeoutMs: 2_000,
  });
  t.teardown(() => writer.stop(0));
  return writer;
}

interface Wanted {
  readonly path: RegExp;
  readonly headers: IncomingHttpHeaders;
}

/** Answers a write as the version does: 204 to whoever asks as it wants, and its own words of refusal to others. */
async function versionOf(t: Test, api: 'v1' | 'v2' | 'v3', wanted: Wanted): Promise<string> {
  const refusals = {
    v1: [401, '{"error":"authorization failed"}'],
    v2: [401, '{"code":"unauthorized","message":"unauthorized access"}'],
    v3: [403, '{"error": "the request was not authorized"}'],
  } as const;
  const server = createServer((request, response) => {
    request.resume();
    const good = Object.entries(wanted.headers).every(([name, value]) => request.headers[name] === value);
    const [status, words] = refusals[api];
    if (!good) response.writeHead(status).end(words);
    else if (request.url?.startsWith('/query'))
      response.end('{"results":[{"series":[{"columns":["time","works"],"values":[[1,true]]}]}]}');
    else if (wanted.path.test(request.url ?? '')) response.writeHead(204).end();
    else response.writeHead(404).end('{"code":"not found","message":"bucket \\"ward\\" not found"}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const basic = (words: string): string => `Basic ${Buffer.from(words).toString('base64')}`;
const v1 = /^\/write\?db=ward&precision=u$/;
const v2 = /^\/api\/v2\/write\?org=hospital&bucket=ward&precision=us$/;
const v3 = /^\/api\/v3\/write_lp\?db=ward&precision=microsecond$/;

const ways: readonly (readonly [name: string, settings: Partial<InfluxWriterSettings>, wanted: Wanted])[] = [
  ['1.x with user and password', { user: 'u', password: 'p' }, { path: v1, headers: { authorization: basic('u:p') } }],
  ['2.x by /write with a token', { token: 'secret' }, { path: v1, headers: { authorization: 'Token secret' } }],
  [
    '2.x with a token',
    { api: 'v2', org: 'hospital', token: 'secret' },
    { path: v2, headers: { authorization: 'Token secret' } },
  ],
  ['3.x with a token', { api: 'v3', token: 'secret' }, { path: v3, headers: { authorization: 'Bearer secret' } }],
  [
    '3.x by /write with a token as the password',
    { user: 'any', token: 'secret' },
    { path: v1, headers: { authorization: basic('any:secret') } },
  ],
  [
    'a gateway that wants a header of its own',
    { api: 'v2', org: 'hospital', headers: { authorization: 'Bearer gate', 'x-scope-orgid': 'ward' } },
    { path: v2, headers: { authorization: 'Bearer gate', 'x-scope-orgid': 'ward' } },
  ],
];

for (const [name, settings, wanted] of ways) {
  t.test(name, async (t) => {
    const url = await versionOf(t, settings.api ?? 'v1', wanted);
    t.match(await writerTo(t, { ...settings, url }).check(), { ok: true });
    const wrong = {
      token: settings.token ? 'mistyped' : '',
      password: settings.password ? 'mistyped' : '',
      headers: {},
    };
    const { ok, problem } = await writerTo(t, { ...settings, ...wrong, url }).check();
    t.notOk(ok);
    t.match(problem, /is not accepted \(status 401: |may not write to database ward \(status 403: /);
    t.notMatch(problem, /secret|mistyped|gate/);
    if (settings.api !== 'v2') return;
    const other = await writerTo(t, { ...settings, database: 'other', url }).check();
    t.match(other.problem, /there is no database other \(status 404: bucket/);
  });
}

t.test('over TLS to a real InfluxDB', { skip: influxdMissing }, async (t) => {
  const server = await influxd(t);
  await server.start();
  const own = await serverCertificate(t);
  const { url } = await faultyProxy(t, server.url, own);

  await t.test('a certificate of the own authority is trusted by its file, and points arrive', async (t) => {
    const writer = writerTo(t, { url, caFile: own.caFile });
    t.match(await writer.check(), { ok: true, problem: '' });
    writer.start();
    const tags = { site: 's', run: 'r', device: 'd', protocol: 'dicom' };
    writer.write([{ measurement: 'wardwatch_protocol', tags, fields: { flows: 1 }, timeUs: 1_700_000_000_000_000 }]);
    t.ok(await writer.flush(10_000));
    t.equal((await server.query('SELECT "flows" FROM "wardwatch_protocol"', 'ward')).length, 1);
  });

  const other = await serverCertificate(t);
  const elsewhere = await serverCertificate(t, { address: '192.0.2.1' });
  const old = await serverCertificate(t, { expired: true });
  const { url: toElsewhere } = await faultyProxy(t, server.url, elsewhere);
  const { url: toOld } = await faultyProxy(t, server.url, old);
  const bad: readonly (readonly [name: string, settings: { url: string; caFile: string | null }, problem: RegExp])[] = [
    ['nobody signed', { url, caFile: null }, /the certificate is not signed by a known authority \(caFile\)/],
    ['another authority signed', { url, caFile: other.caFile }, /is not signed by a known authority \(caFile\)/],
    ['is for another name', { url: toElsewhere, caFile: elsewhere.caFile }, /the certificate is for another name/],
    ['has expired', { url: toOld, caFile: old.caFile }, /the certificate has expired/],
    [
      'is not there: plain HTTP on that port',
      { url: server.url.replace('http', 'https'), caFile: null },
      /does not speak TLS/,
    ],
    ['is there, and the address says http', { url: url.replace('https', 'http'), caFile: null }, /.+/],
    [
      'has an authority whose file is missing',
      { url, caFile: '/nowhere/ca.pem' },
      /the CA file \/nowhere\/ca.pem cannot be read/,
    ],
  ];
  for (const [name, settings, expected] of bad) {
    await t.test(`a certificate that ${name} is named`, async (t) => {
      const { ok, problem } = await writerTo(t, settings).check();
      t.notOk(ok);
      t.match(problem, expected);
    });
  }
});

t.test('users of a real InfluxDB', { skip: influxdMissing }, async (t) => {
  const server = await influxd(t, { administrator: ['boss', 'b'] });
  await server.start();
  for (const statement of [
    `CREATE USER "boss" WITH PASSWORD 'b' WITH ALL PRIVILEGES`,
    'CREATE DATABASE "ward"',
    `CREATE USER "both" WITH PASSWORD 'p'`,
    `CREATE USER "reader" WITH PASSWORD 'p'`,
    `CREATE USER "writer" WITH PASSWORD 'p'`,
    'GRANT ALL ON "ward" TO "both"',
    'GRANT READ ON "ward" TO "reader"',
    'GRANT WRITE ON "ward" TO "writer"',
  ]) {
    await server.query(statement);
  }
  const rows: readonly (readonly [name: string, settings: Partial<InfluxWriterSettings>, problem: RegExp])[] = [
    ['who may read and write: all is well', { user: 'both', password: 'p' }, /^$/],
    [
      'with a wrong password',
      { user: 'both', password: 'q' },
      /the token, user or password is not accepted \(status 401/,
    ],
    ['without a name', {}, /the token, user or password is not accepted \(status 401/],
    ['who may only read', { user: 'reader', password: 'p' }, /may not write to database ward \(status 403: .*reader/],
    [
      'who may only write',
      { user: 'writer', password: 'p' },
      /written but not read: .*may not read database ward \(status 403/,
    ],
    [
      'who may not make the database',
      { user: 'both', password: 'p', database: 'new' },
      /no database new|may not write to database new/,
    ],
    ['who may make the database', { user: 'boss', password: 'b', database: 'made' }, /^$/],
  ];
  for (const [name, settings, expected] of rows) {
    await t.test(`a user ${name}`, async (t) => {
      const { ok, problem } = await writerTo(t, { url: server.url, ...settings }).check();
      t.match(problem, expected);
      t.equal(ok, problem === '');
    });
  }
});

t.test('a name that does not resolve is named', async (t) => {
  const { ok, problem } = await writerTo(t, { url: 'http://influx.invalid:8086' }).check();
  t.notOk(ok);
  t.match(problem, /InfluxDB at http:\/\/influx\.invalid:8086: the name of the server is not known/);
});
