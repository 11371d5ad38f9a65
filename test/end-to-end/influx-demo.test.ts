/** Demonstrations on a real, empty InfluxDB: `replay --rebase now` and `demo --influx` give a past that ends now. */
import { existsSync } from 'node:fs';
import t from 'tap';
import { measurements } from '../../src/output/measurements.ts';
import { freshFolder, run } from '../support/cli.ts';
import { type Influxd, influxd, influxdMissing } from '../support/influxd.ts';

const CAPTURE = 'captures/demo/p12_remote_control.pcap.gz';
const GENERATOR = 'captures/generator/weeks.ts';
/** `doctor` writes it, and a live sensor whose card is watched. */
const NOT_OF_A_REPLAY: readonly string[] = ['wardwatch_check'];
/** The last interval ends at a full minute, and the replay itself took time. */
const RECENT_US = 10 * 60e6;
const HOUR_US = 3_600e6;

async function timesOf(server: Influxd, database: string, name: string): Promise<readonly [number, number]> {
  const rows = await server.query(`SELECT * FROM "${name}"`, database);
  const times = rows.map(({ time }) => Number(time));
  return [times.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY), times.reduce((a, b) => Math.max(a, b), 0)];
}

t.test('a replay is moved to the present, as it was otherwise', { skip: influxdMissing }, async (t) => {
  const server = await influxd(t);
  await server.start();
  const folder = freshFolder((action) => t.teardown(action));
  const replay = (name: string, ...more: string[]): ReturnType<typeof run> =>
    run(['replay', CAPTURE, '--run', 'r', '--into', `${folder}/${name}`, '--influx', `${server.url}/${name}`, ...more]);
  t.match(await replay('then'), { status: 0 });
  const beforeUs = Date.now() * 1_000;
  t.match(await replay('now', '--rebase', 'now'), { status: 0 });
  const [thenFirst, thenLast] = await timesOf(server, 'then', 'wardwatch_device');
  const [nowFirst, nowLast] = await timesOf(server, 'now', 'wardwatch_device');
  t.ok(nowLast > beforeUs - RECENT_US && nowLast <= Date.now() * 1_000 + 60e6, 'it ends now');
  t.ok(Math.abs(nowLast - nowFirst - (thenLast - thenFirst)) <= 60e6, 'and lasts as long');
  t.ok(thenLast < beforeUs - 24 * HOUR_US, 'without, it stays where it was');
});

const missing = influxdMissing || (existsSync(GENERATOR) ? false : `needs ${GENERATOR}`);
t.test('a demonstration fills a database that did not exist with a day that ends now', { skip: missing }, async (t) => {
  const server = await influxd(t);
  await server.start();
  const folder = freshFolder((action) => t.teardown(action));
  const beforeUs = Date.now() * 1_000;
  const target = `${server.url}/a ward that is new`;
  const { status, stderr } = await run(['demo', '--no-serve', '--into', folder, '--influx', target]);
  t.equal(status, 0, stderr);
  t.notMatch(stderr, /warning/);
  const database = 'a ward that is new';
  const found = (await server.query('SHOW MEASUREMENTS', database)).map(({ name }) => String(name));
  const wanted = Object.keys(measurements).filter((name) => !NOT_OF_A_REPLAY.includes(name));
  t.strictSame(found.sort(), wanted.sort(), 'every measurement is filled');
  for (const name of ['wardwatch_device', 'wardwatch_protocol', 'wardwatch_sensor', 'wardwatch_link']) {
    const [first, last] = await timesOf(server, database, name);
    t.ok(last > beforeUs - RECENT_US, `${name} ends now`);
    t.ok(last <= Date.now() * 1_000 + 60e6, `${name} does not go on into the future`);
    t.ok(last - first > 23 * HOUR_US, `${name} has a day`);
  }
  const alerts = await server.query('SELECT * FROM "wardwatch_alert"', database);
  t.ok(alerts.length > 0);
  t.ok(alerts.every(({ time }) => Number(time) <= Date.now() * 1_000));
});
