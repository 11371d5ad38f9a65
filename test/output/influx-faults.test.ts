/**
 * Everything that can go wrong between the sensor and a real InfluxDB: in the end the database has the same points as
 * without, or the sensor's own count says exactly how many are missing, and why.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import type { Point } from '../../src/model.ts';
import { InfluxWriter, type InfluxWriterOptions, type InfluxWriterSettings } from '../../src/output/influx.ts';
import { type Fault, faultyProxy } from '../support/faulty-proxy.ts';
import { influxd, influxdMissing } from '../support/influxd.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { victoria, victoriaMissing } from '../support/victoria.ts';

const START_US = 1_700_000_000_000_000;
const LONG_MS = 60_000;
const TIMEOUT_MS = 300;
const WRITES = 6;
const EACH = 200;

function points(from: number, count: number, timeUs: (i: number) => number = (i) => START_US + i * 1_000): Point[] {
  return Array.from({ length: count }, (_, at) => ({
    measurement: 'wardwatch_protocol',
    tags: { site: 's', run: 'r', device: `d${(from + at) % 7}`, protocol: 'dicom' },
    fields: { flows: from + at, bytes: (from + at) * 1_000, messages: 1 },
    timeUs: timeUs(from + at),
  }));
}

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
  const folder = over.spoolFolder ?? join(temporaryFolder(t), 'spool');
  const warnings: string[] = [];
  const plain = { database: 'ward', api: 'v1', org: '', token: '', user: '', password: '', caFile: null } as const;
  const writer = new InfluxWriter({
    settings: { ...plain, headers: {}, order: 'oldest', spoolMegabytes: 16, ...settings },
    spoolFolder: folder,
    warn: (line) => warnings.push(line),
    backoffMs: { first: 5, most: 20 },
    timeoutMs: TIMEOUT_MS,
    ...over,
  });
  t.teardown(() => writer.stop(0));
  return { writer, warnings, folder };
}

/** One block on the disk for each write. */
async function writeAll(writer: InfluxWriter): Promise<boolean> {
  for (let at = 0; at < WRITES; at++) {
    writer.write(points(at * EACH, EACH));
    await writer.flush(1);
  }
  return writer.flush(LONG_MS);
}

const answer = (status: number, headers: Record<string, string> = {}, body = ''): Fault => ({
  kind: 'answer',
  status,
  headers,
  body,
});
const times = (count: number, fault: Fault): Fault[] => Array.from({ length: count }, () => fault);
const pass: Fault = { kind: 'pass' };

const roads: readonly (readonly [name: string, faults: readonly Fault[], said: RegExp])[] = [
  ['401', [pass, ...times(3, answer(401))], /not accepted \(status 401/],
  ['403', times(3, answer(403)), /may not write to database/],
  ['404', [pass, ...times(3, answer(404))], /status 404/],
  ['429 with a pause', [answer(429, { 'retry-after': '1' })], /cannot take points now \(status 429/],
  ['500', times(4, answer(500)), /status 500/],
  ['503, then a page of a proxy that says 200', [answer(503), answer(200, {}, '<h1>Sign in</h1>')], /is no InfluxDB/],
  ['a redirection', [answer(302, { location: '/login' })], /is no InfluxDB/],
  ['a request that is cut', [pass, ...times(3, { kind: 'cut request' })], /connection failed/],
  ['an answer that is half written', [pass, ...times(3, { kind: 'half answer' })], /connection failed/],
  ['an answer that is lost', times(3, { kind: 'no answer' }), /connection failed/],
  ['a server that never answers', [pass, { kind: 'silence' }], /does not answer/],
  ['the head of an answer byte by byte', [{ kind: 'drip', part: 'head' }], /does not answer/],
  ['the body of an answer byte by byte', [{ kind: 'drip', part: 'body' }], /does not answer/],
];

t.test('a bad road to a real InfluxDB', { skip: influxdMissing }, async (t) => {
  const server = await influxd(t);
  await server.start();
  const all = 'SELECT * FROM "wardwatch_protocol"';
  const { writer: calm } = writerTo(t, { url: server.url, database: 'calm' });
  calm.start();
  t.ok(await writeAll(calm));
  const expected = await server.query(all, 'calm');
  t.equal(expected.length, WRITES * EACH);

  for (const [at, [name, faults, said]] of roads.entries()) {
    await t.test(`${name}: the same points as without`, async (t) => {
      const proxy = await faultyProxy(t, server.url);
      const database = `road${at}`;
      await server.query(`CREATE DATABASE "${database}"`);
      proxy.faults.push(...faults);
      const { writer, warnings } = writerTo(t, { url: proxy.url, database });
      writer.start();
      t.ok(await writeAll(writer));
      t.strictSame(await server.query(all, database), expected);
      t.match(writer.statistics(), { droppedPoints: 0, quarantinedLines: 0, points: 0, writtenPoints: WRITES * EACH });
      t.equal(proxy.faults.length, 0, 'every fault happened');
      t.ok(
        warnings.some((line) => said.test(line)),
        warnings.join('\n'),
      );
      t.match(warnings.at(-1), /^InfluxDB: points are being written$/);
    });
  }

  await t.test('a server that names a pause is not asked before it is over, in seconds or as a date', async (t) => {
    const proxy = await faultyProxy(t, server.url);
    const soon = new Date(Date.now() + 2_000).toUTCString();
    proxy.faults.push(answer(429, { 'retry-after': '1' }), answer(503, { 'retry-after': soon }));
    const { writer } = writerTo(t, { url: proxy.url, database: 'paused' });
    writer.start();
    writer.write(points(0, 10));
    // No flush: it would end the pause, as the end of a command must.
    for (let tries = 0; tries < 100 && writer.statistics().writtenPoints < 10; tries++) await sleep(100);
    const [first = 0, second = 0] = proxy.seen.map(({ atMs }) => atMs);
    t.ok(second - first >= 990, `${second - first} ms`);
    t.equal(writer.statistics().writtenPoints, 10);
  });

  await t.test('killed with kill -9 while it is written to, and started again: the same points', async (t) => {
    const { writer, warnings } = writerTo(t, { url: server.url, database: 'killed' });
    writer.start();
    for (let at = 0; at < WRITES; at++) {
      writer.write(points(at * EACH, EACH));
      void writer.flush(1);
      if (at !== 2) continue;
      process.kill(server.pid, 'SIGKILL');
    }
    t.notOk(await writer.flush(200));
    await server.stop();
    await server.start();
    t.ok(await writer.flush(LONG_MS));
    t.strictSame(await server.query(all, 'killed'), expected);
    t.match(warnings.at(-1), /points are being written$/);
  });

  await t.test('a clock that jumps ahead and back moves no point and holds nothing up', async (t) => {
    const proxy = await faultyProxy(t, server.url);
    proxy.faults.push(pass, answer(500), answer(503, { 'retry-after': 'Tue, 01 Jan 2030 00:00:00 GMT' }), answer(500));
    const { writer } = writerTo(t, { url: proxy.url, database: 'jumping' });
    const { now } = Date;
    t.teardown(() => {
      Date.now = now;
    });
    writer.start();
    for (const [at, jumpMs] of [0, 400 * 86_400e3, -900 * 86_400e3].entries()) {
      Date.now = () => now() + jumpMs;
      writer.write(points(at * 400, 400));
      await writer.flush(5);
    }
    t.ok(await writer.flush(LONG_MS));
    t.strictSame(await server.query(all, 'jumping'), expected);
    // Points whose own times jump (a sensor whose clock was set) are points of these times.
    const { writer: set } = writerTo(t, { url: server.url, database: 'set' });
    set.start();
    set.write(points(0, 300, (i) => START_US + (i < 100 ? 0 : i < 200 ? 4e14 : -4e14) + i * 1_000));
    t.ok(await set.flush(LONG_MS));
    t.equal((await server.query(all, 'set')).length, 300);
    t.match(set.statistics(), { oldestUs: 0, points: 0, droppedPoints: 0 });
  });

  for (const drop of ['oldest', 'newest'] as const) {
    await t.test(`a spool that is full gives up the ${drop} points and counts them exactly`, async (t) => {
      const proxy = await faultyProxy(t, server.url);
      proxy.faults.push(...times(10_000, answer(500)));
      const { writer, warnings } = writerTo(
        t,
        { url: proxy.url, database: `full_${drop}`, spoolMegabytes: 1 },
        { drop, backoffMs: { first: 500, most: 500 } },
      );
      writer.start();
      for (let at = 0; at < 100_000; at += 1_000) writer.write(points(at, 1_000, (i) => START_US + i * 997));
      await writer.flush(1);
      const { dropped, points: waiting } = writer.statistics();
      t.ok(dropped.full > 0);
      t.strictSame({ ...dropped, full: 0 }, { full: 0, disk: 0, damaged: 0 });
      t.equal(dropped.full + waiting, 100_000, 'every point waits or is counted');
      proxy.faults.length = 0;
      t.ok(await writer.flush(LONG_MS));
      const rows = await server.query('SELECT "flows" FROM "wardwatch_protocol"', `full_${drop}`);
      const { droppedPoints } = writer.statistics();
      t.equal(rows.length, 100_000 - droppedPoints);
      t.equal(rows[0]?.flows, drop === 'oldest' ? droppedPoints : 0);
      t.ok(
        warnings.some((line) => line.includes('full (spoolMegabytes 1), ')),
        warnings.join('\n'),
      );
      t.match(warnings.at(-1), new RegExp(`points are being written; ${droppedPoints} were lost meanwhile$`));
    });
  }

  await t.test('a spool segment that is damaged while the server is away: what is missing is counted', async (t) => {
    const away = writerTo(t, { url: 'http://127.0.0.1:1', database: 'damaged' });
    away.writer.start();
    for (let at = 0; at < WRITES; at++) {
      away.writer.write(points(at * EACH, EACH));
      await away.writer.flush(1);
    }
    await away.writer.stop(0);
    const [name = ''] = readdirSync(away.folder).filter((file) => file.endsWith('.spool'));
    const file = join(away.folder, name);
    const content = readFileSync(file);
    for (const part of [0.4, 0.7]) {
      const at = Math.floor(content.length * part);
      content.fill(0, at, at + 50);
    }
    writeFileSync(file, content);
    const { writer, warnings } = writerTo(t, { url: server.url, database: 'damaged' }, { spoolFolder: away.folder });
    writer.start();
    t.ok(await writer.flush(LONG_MS));
    const { dropped } = writer.statistics();
    t.equal(dropped.damaged, 2 * EACH);
    t.equal((await server.query(all, 'damaged')).length, (WRITES - 2) * EACH);
    t.match(warnings[0], /400 points in a damaged block are lost/);
  });

  await t.test('lines beyond the retention of the database are put aside, counted, in one request', async (t) => {
    await server.query('CREATE DATABASE "short" WITH DURATION 1h');
    const proxy = await faultyProxy(t, server.url);
    const { writer } = writerTo(t, { url: proxy.url, database: 'short' });
    const nowUs = Date.now() * 1_000;
    writer.start();
    writer.write(points(0, 500));
    await writer.flush(LONG_MS);
    writer.write(points(500, 100, (i) => nowUs + i));
    t.ok(await writer.flush(LONG_MS));
    t.equal((await server.query(all, 'short')).length, 100);
    t.match(writer.statistics(), { quarantinedLines: 500, writtenPoints: 100 });
    t.ok(proxy.seen.length <= 3, `${proxy.seen.length} requests`);
  });

  await t.test('a read-only disk', { skip: mayMount(t) ? false : 'needs the right to mount' }, async (t) => {
    await t.test('of the server: the same points as without, once it can be written again', async (t) => {
      await server.query('CREATE DATABASE "frozen"');
      const [data, wal] = [join(server.folder, 'data'), join(server.folder, 'wal')];
      const thaw = [freeze(data), freeze(wal)];
      t.teardown(() => {
        for (const one of thaw) one();
      });
      const { writer, warnings } = writerTo(t, { url: server.url, database: 'frozen' });
      writer.start();
      writer.write(points(0, 6 * EACH));
      t.notOk(await writer.flush(500));
      t.match(writer.statistics(), { quarantinedLines: 0, droppedPoints: 0, points: 6 * EACH }, warnings.join('\n'));
      for (const one of thaw) one();
      t.ok(await writer.flush(LONG_MS));
      t.strictSame(await server.query(all, 'frozen'), expected);
    });

    await t.test(
      'of the sensor: new points are lost and counted, what waited is sent, and then it goes on',
      async (t) => {
        const proxy = await faultyProxy(t, server.url);
        proxy.faults.push(...times(1_000, answer(500)));
        const { writer, warnings, folder } = writerTo(t, { url: proxy.url, database: 'stiff' });
        writer.start();
        writer.write(points(0, 400));
        await writer.flush(1);
        await writer.stop(0);
        const thaw = freeze(folder);
        t.teardown(thaw);
        writer.start();
        writer.write(points(400, 400));
        t.notOk(await writer.flush(50));
        t.match(writer.statistics(), { points: 400, dropped: { full: 0, disk: 400, damaged: 0 } });
        t.ok(
          warnings.some((line) => /cannot be written \(EROFS\), new points are lost/.test(line)),
          warnings.join('\n'),
        );
        proxy.faults.length = 0;
        t.ok(await writer.flush(LONG_MS));
        thaw();
        writer.write(points(800, 400));
        t.ok(await writer.flush(LONG_MS));
        t.equal((await server.query(all, 'stiff')).length, 800);
        t.equal(writer.statistics().droppedPoints, 400);
      },
    );
  });
});

t.test('a server that takes small bodies only: every block is cut to fit', { skip: influxdMissing }, async (t) => {
  const server = await influxd(t, { bodyBytesMax: 6_000 });
  await server.start();
  const { writer } = writerTo(t, { url: server.url });
  writer.start();
  writer.write(points(0, 3_000));
  t.ok(await writer.flush(LONG_MS));
  t.equal((await server.query('SELECT "flows" FROM "wardwatch_protocol"', 'ward')).length, 3_000);
  t.match(writer.statistics(), { droppedPoints: 0, quarantinedLines: 0, writtenPoints: 3_000 });
});

t.test('VictoriaMetrics', { skip: victoriaMissing }, async (t) => {
  const server = await victoria(t);
  for (const api of ['v1', 'v2'] as const) {
    await t.test(`takes points by ${api}, also over a bad road`, async (t) => {
      const proxy = await faultyProxy(t, server.url);
      proxy.faults.push(answer(500), { kind: 'cut request' }, pass, { kind: 'silence' });
      const { writer } = writerTo(t, { url: proxy.url, api, database: api, org: 'hospital' });
      writer.start();
      const device = (point: Point): Point => ({ ...point, tags: { ...point.tags, site: api } });
      for (let at = 0; at < WRITES; at++) {
        writer.write(points(at * EACH, EACH).map(device));
        await writer.flush(1);
      }
      t.ok(await writer.flush(LONG_MS));
      t.equal(await server.count(`wardwatch_protocol_flows`, `site="${api}"`), WRITES * EACH);
      t.match(writer.statistics(), { droppedPoints: 0, quarantinedLines: 0 });
    });
  }
});

function mayMount(t: Test): boolean {
  try {
    freeze(temporaryFolder(t))();
    return true;
  } catch {
    return false;
  }
}

/** Makes a folder read-only, for root too. What it gives back makes it writable again; twice is once. */
function freeze(folder: string): () => void {
  execFileSync('mount', ['--bind', folder, folder], { stdio: 'ignore' });
  let frozen = true;
  const thaw = (): void => {
    if (frozen) spawnSync('umount', ['-l', folder]);
    frozen = false;
  };
  try {
    execFileSync('mount', ['-o', 'remount,ro,bind', folder], { stdio: 'ignore' });
  } catch (error) {
    thaw();
    throw error;
  }
  return thaw;
}
