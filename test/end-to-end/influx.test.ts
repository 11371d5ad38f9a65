/** Points of a replay through every kind of outage of a real InfluxDB: in the end all of them are there, once. */
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { type Ended, freshFolder, run, start } from '../support/cli.ts';
import { type Influxd, influxd, influxdMissing } from '../support/influxd.ts';
import { eventually } from '../support/sensor.ts';

const SHARED = process.env.WARDWATCH_SHARED ?? '../shared';
/** Fourteen minutes of a shift: points every minute. */
const SHIFT = join(SHARED, 'captures', 'lab', 'public', 'p30_shift_ssh_http_exfil.pcap');
const OTHER = 'captures/demo/p12_remote_control.pcap.gz';
/** The shift in about ten seconds. */
const SPEED = '80';

const missing = influxdMissing || (existsSync(SHIFT) ? false : `needs ${SHIFT} (WARDWATCH_SHARED)`);

t.test('a replay and a real InfluxDB', { skip: missing }, async (t) => {
  const server = await influxd(t);
  const folder = freshFolder((action) => t.teardown(action));
  const into = (name: string): string => join(folder, name);
  const replay = (name: string, ...more: string[]): string[] => [
    'replay',
    SHIFT,
    '--run',
    'shift',
    '--into',
    into(name),
    '--influx',
    `${server.url}/${name}`,
    ...more,
  ];
  await server.start();
  const plain = await run(replay('plain', '--json'));
  t.match(plain, { status: 0, stderr: '' });
  const expected = await contents(server, 'plain');
  t.ok(Object.keys(expected).length >= 3, `measurements: ${Object.keys(expected)}`);
  t.ok(Object.values(expected).flat().length > 100);

  await t.test('killed in the middle and started again later, it has the same points as without', async (t) => {
    const replaying = start(replay('outage', '--speed', SPEED));
    await eventually('points arrive', async () =>
      (await server.query('SHOW MEASUREMENTS', 'outage')).length > 0 ? true : null,
    );
    process.kill(server.pid, 'SIGKILL');
    await replaying.said(/warning: InfluxDB at .*; points wait in /);
    await server.start();
    const { status, stderr } = await replaying.ended;
    t.equal(status, 0, stderr);
    t.match(stderr, /^wardwatch: InfluxDB: points are being written$/m);
    t.strictSame(await contents(server, 'outage'), expected);
  });

  await t.test('away for the whole replay, it gets the points from the next command on this folder', async (t) => {
    await server.stop();
    const away = await run(replay('away'));
    t.equal(away.status, 0, away.stderr);
    warnedOnce(t, away, /InfluxDB at .*: connection refused: .*; points wait in .*away\/spool\/replay-[0-9a-f]{8}$/);
    await server.start();
    t.match(await run(['replay', OTHER, '--into', into('away'), '--influx', `${server.url}/away`]), {
      status: 0,
      stderr: '',
    });
    t.strictSame(await contents(server, 'away'), expected);
  });

  await t.test('kill -9 of a replay while the server is away loses nothing that was on the disk', async (t) => {
    await server.stop();
    const replaying = start(replay('killed', '--speed', SPEED));
    await replaying.said(/warning: InfluxDB at /);
    const blocks = spooled(into('killed'));
    await eventually('more points are on the disk', async () => (spooled(into('killed')) > blocks ? true : null));
    replaying.child.kill('SIGKILL');
    await replaying.ended;
    await server.start();
    const next = await run(['replay', OTHER, '--into', into('killed'), '--influx', `${server.url}/killed`]);
    t.match(next, { status: 0, stderr: '' });
    // A finding that grows is told again at the time at which it began; all others are told once.
    const { wardwatch_alert: alerts = [], wardwatch_incident: _begun, ...found } = await contents(server, 'killed');
    const { wardwatch_alert: allAlerts = [], wardwatch_incident: _all, ...all } = expected;
    const lastUs = Math.max(...Object.values(found).flat().map(timeOf));
    const until = Object.entries(all).map(
      ([name, rows]) => [name, rows.filter((row) => timeOf(row) <= lastUs)] as const,
    );
    t.strictSame(found, Object.fromEntries(until.filter(([, rows]) => rows.length > 0)), 'all up to the last one');
    for (const alert of alerts) t.ok(allAlerts.some((one) => timeOf(one) === timeOf(alert)));
  });
});

t.test('a replay never goes into the database of the live sensor unless it is told to', async (t) => {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    seen.push(request.url ?? '');
    request.resume();
    response.writeHead(204).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const folder = freshFolder((action) => t.teardown(action));
  const config = join(folder, 'wardwatch.yaml');
  writeFileSync(config, `outputs: { influx: { url: '${url}', database: ward } }\n`);
  const database = async (...more: string[]): Promise<string | null> => {
    seen.length = 0;
    t.match(await run(['replay', OTHER, '--into', join(folder, 'store'), ...more]), { status: 0, stderr: '' });
    return URL.parse(seen[0] ?? '', url)?.searchParams.get('db') ?? null;
  };
  t.equal(await database('--influx', url), 'wardwatch_replay');
  t.equal(await database('--influx', `${url}/mine`), 'mine');
  t.equal(await database('--config', config), 'ward_replay');
  t.equal(await database('--config', config, '--influx', `${url}/ward`), 'ward', 'by name');
});

t.test('an address where nothing listens is one warning, and the points wait', async (t) => {
  const folder = freshFolder((action) => t.teardown(action));
  const ended = await run(['replay', OTHER, '--into', folder, '--json', '--influx', 'http://127.0.0.1:1/ward']);
  t.equal(ended.status, 0);
  t.equal(JSON.parse(ended.stdout).schema, 1);
  warnedOnce(
    t,
    ended,
    /InfluxDB at http:\/\/127\.0\.0\.1:1: connection refused: .*; points wait in .*spool\/replay-[0-9a-f]{8}$/,
  );
  t.ok(spooled(folder) > 0);
});

t.test('a server that is no InfluxDB is one warning, and the points wait', async (t) => {
  const url = await answering(t, 404, '<h1>Not here</h1>');
  const folder = freshFolder((action) => t.teardown(action));
  const ended = await run(['replay', OTHER, '--into', folder, '--influx', `${url}/ward`]);
  t.equal(ended.status, 0);
  warnedOnce(t, ended, /InfluxDB at .*: no database ward, or no v1 interface here \(status 404.*; points wait in /);
  t.ok(spooled(folder) > 0);
});

t.test('a wrong password is one warning without the password, and the points wait', async (t) => {
  const url = await answering(t, 401, '{"error":"authorization failed"}');
  const folder = freshFolder((action) => t.teardown(action));
  const target = `${url.replace('http://', 'http://ward:mistyped@')}/ward`;
  const ended = await run(['replay', OTHER, '--into', folder, '--influx', target]);
  t.equal(ended.status, 0);
  warnedOnce(
    t,
    ended,
    /InfluxDB at .*: the token, user or password is not accepted \(status 401: authorization failed\)/,
  );
  t.notOk(ended.stderr.includes('mistyped'));
  t.ok(spooled(folder) > 0);
});

type Contents = Record<string, string[]>;

/** Every point of the run in a database, with all its tags and fields. */
async function contents(server: Influxd, database: string): Promise<Contents> {
  const found: Contents = {};
  for (const { name } of await server.query('SHOW MEASUREMENTS', database)) {
    const rows = await server.query(`SELECT * FROM "${name}" WHERE "run" = 'shift'`, database);
    if (rows.length > 0) found[`${name}`] = rows.map((row) => JSON.stringify(sorted(row))).sort();
  }
  return found;
}

/** Without the columns that other runs brought, in the order of their names. */
function sorted(row: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row)
      .filter(([, value]) => value !== null)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

function timeOf(row: string): number {
  return (JSON.parse(row) as { time: number }).time;
}

/** Bytes of points that wait in the spool of a folder. */
function spooled(folder: string): number {
  const spool = join(folder, 'spool');
  if (!existsSync(spool)) return 0;
  return readdirSync(spool, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.spool'))
    .reduce((sum, name) => sum + statSync(join(spool, name)).size, 0);
}

/** A server that answers everything in one way. */
async function answering(t: Test, status: number, body: string): Promise<string> {
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(status).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function warnedOnce(t: Test, { stderr }: Ended, line: RegExp): void {
  const lines = stderr.trimEnd().split('\n');
  t.equal(lines.length, 1, stderr);
  t.match(lines[0], line);
  t.match(lines[0], /^wardwatch: warning: /);
}
