import t from 'tap';
import type { Point } from '../../src/model.ts';
import { defaultRetention } from '../../src/store/retention.ts';
import { rolledUp } from '../../src/store/rollup.ts';
import { type Change, type Retention, Store } from '../../src/store/store.ts';
import { START_US, sampleDevice, sampleFinding, sampleHeld, samplePosture } from '../support/store.ts';
import { temporaryFolder } from '../support/temporary.ts';

const ALWAYS = { fromUs: Number.NEGATIVE_INFINITY, toUs: Number.POSITIVE_INFINITY, limit: 100_000 };
const MINUTE_US = 60_000_000;
const HOUR_US = 60 * MINUTE_US;
const DAY_US = 24 * HOUR_US;
const ROOMY = { rows: 1_000_000, days: 10_000, megabytes: 1_000 };
const roomy: Retention = {
  points: ROOMY,
  alerts: ROOMY,
  held: ROOMY,
  posture: ROOMY,
  devices: ROOMY,
  evidence: ROOMY,
  links: ROOMY,
  flows: ROOMY,
  audit: ROOMY,
  runs: ROOMY,
};

type Test = { teardown(action: () => unknown): unknown };
function storeWith(t: Test, retention: Partial<Retention>): Store {
  const store = Store.open(temporaryFolder(t), { retention: { ...roomy, ...retention } });
  t.teardown(() => store.close());
  store.beginRun({ name: 'live', kind: 'live', inputs: [], startedUs: START_US });
  return store;
}
const commit = (store: Store, over: Partial<Change>): void =>
  store.commit({
    run: 'live',
    devices: [],
    findings: [],
    held: [],
    incidents: [],
    posture: [],
    points: [],
    oddities: {},
    lastUs: START_US,
    ...over,
  });
const minute = (i: number, over: Partial<Point> = {}): Point => ({
  measurement: 'wardwatch_device',
  tags: { device: 'd' },
  fields: { bytes_in: 10, peers: i % 7, online: i % 2 === 0 },
  timeUs: START_US + i * MINUTE_US,
  ...over,
});
const device = (store: Store): Point[] => store.points('live', 'wardwatch_device', ALWAYS);

t.test('counters add up, states keep the last, peaks the most, medians their mean', (t) => {
  t.strictSame(
    rolledUp('wardwatch_device', [
      { bytes_in: 1, peers: 5, online: true },
      { bytes_in: 2, peers: 3, online: false },
    ]),
    { bytes_in: 3, peers: 5, online: false },
  );
  t.strictSame(rolledUp('wardwatch_hl7', [{ latency_p50_us: 10 }, { messages: 4 }, { latency_p50_us: 15 }]), {
    latency_p50_us: 13,
    messages: 4,
  });
  t.strictSame(rolledUp('wardwatch_sensor', [{ series: 4 }, { series: 6, coverage_percent: 50 }]), {
    coverage_percent: 50,
    series: 6,
  });
  t.end();
});

t.test('minutes become hours after two days and hours become days after a month; sums stay', (t) => {
  const store = storeWith(t, {});
  const minutes = 6 * 60;
  commit(store, { points: Array.from({ length: minutes }, (_, i) => minute(i)) });
  t.strictSame(store.prune(START_US + DAY_US), [], 'nothing is old enough');
  t.strictSame(store.prune(START_US + 2 * DAY_US + 3 * HOUR_US), [{ table: 'points', rows: 180 }]);
  t.equal(device(store).length, 3 + 180);
  t.strictSame(device(store)[0], minute(0, { fields: { bytes_in: 600, online: false, peers: 6 } }));
  store.prune(START_US + 40 * DAY_US);
  const sum = device(store).reduce((bytes, { fields }) => bytes + Number(fields.bytes_in), 0);
  t.equal(sum, minutes * 10);
  t.ok(device(store).length <= 2, 'one point per day');
  t.strictSame(
    store.pruned().map(({ table, reason, rows }) => `${table} ${reason} ${rows}`),
    ['points days 6', 'points hours 360'],
  );
  t.end();
});

t.test('a single event is never added to another', (t) => {
  const store = storeWith(t, {});
  const alert = (i: number): Point =>
    minute(i, { measurement: 'wardwatch_alert', fields: { title: `alert ${i}`, count: 1 } });
  commit(store, { points: [alert(0), alert(1)] });
  store.prune(START_US + 100 * DAY_US);
  t.strictSame(store.points('live', 'wardwatch_alert', ALWAYS), [alert(0), alert(1)]);
  t.end();
});

t.test('at the cap of rows points become coarser first, and only then the oldest go', (t) => {
  const store = storeWith(t, { points: { ...ROOMY, rows: 100 } });
  commit(store, { points: Array.from({ length: 150 }, (_, i) => minute(i)), lastUs: START_US + 150 * MINUTE_US });
  store.prune(START_US + 150 * MINUTE_US);
  t.equal(device(store).length, 1 + 90, 'the first hour, and minutes of the others');
  const sum = device(store).reduce((bytes, { fields }) => bytes + Number(fields.bytes_in), 0);
  t.equal(sum, 1_500, 'nothing is lost');

  const events = Array.from({ length: 150 }, (_, i) =>
    minute(i, { measurement: 'wardwatch_alert', fields: { count: i } }),
  );
  commit(store, { points: events });
  store.prune(START_US + DAY_US);
  const kept = store.points('live', 'wardwatch_alert', ALWAYS);
  t.equal(kept.length + device(store).length, 100);
  t.equal(kept.at(-1)?.fields.count, 149, 'the newest stay');
  t.ok(store.pruned().some(({ table, reason }) => table === 'points' && reason === 'rows'));
  t.end();
});

t.test('what is too old goes: by the clock for a live run, by its own end for a replay', (t) => {
  const store = storeWith(t, {
    alerts: { ...ROOMY, days: 10 },
    devices: { ...ROOMY, days: 10 },
    points: { ...ROOMY, days: 10 },
  });
  const rows = { devices: [sampleDevice('a')], findings: [sampleFinding('f')], points: [minute(0)] };
  commit(store, rows);
  store.beginRun({ name: 'old capture', kind: 'replay', inputs: [], startedUs: START_US });
  commit(store, { ...rows, run: 'old capture' });
  store.prune(START_US + 11 * DAY_US);
  t.equal(store.devices('live').total + store.alerts('live').total + device(store).length, 0);
  t.equal(store.devices('old capture').total, 1);
  t.equal(store.alerts('old capture').total, 1);
  t.equal(store.points('old capture', 'wardwatch_device', ALWAYS).length, 1);
  t.match(store.pruned(), [
    { table: 'alerts', reason: 'age', rows: 1 },
    { table: 'devices', reason: 'age', rows: 1 },
  ]);
  t.end();
});

t.test('above the cap of rows the oldest go, table by table', (t) => {
  const two = { ...ROOMY, rows: 2 };
  const store = storeWith(t, { alerts: two, held: two, posture: two, devices: two, evidence: two });
  const some = [0, 1, 2, 3, 4];
  commit(store, {
    devices: some.map((i) => sampleDevice(`d${i}`, { lastSeenUs: START_US + i })),
    findings: some.map((i) => sampleFinding(`f${i}`, { endUs: START_US + i })),
    posture: some.map((i) => ({ ...samplePosture, peer: `p${i}`, lastSeenUs: START_US + i })),
    held: some.map((i) => ({ ...sampleHeld, peer: `p${i}`, firstSeenUs: START_US + i })),
  });
  store.prune(START_US);
  t.strictSame(
    store.devices('live').rows.map(({ id }) => id),
    ['d3', 'd4'],
  );
  t.strictSame(
    store.alerts('live').rows.map(({ id }) => id),
    ['f3', 'f4'],
  );
  t.strictSame(
    store.held('live').rows.map(({ peer }) => peer),
    ['p3', 'p4'],
  );
  t.strictSame(
    store.posture('live').rows.map(({ peer }) => peer),
    ['p3', 'p4'],
  );
  t.equal(store.sizes().find(({ table }) => table === 'evidence')?.rows, 2);
  t.strictSame(store.prune(START_US + 1), [], 'asked again at once it does nothing');
  t.end();
});

t.test('above the cap of bytes the oldest go, and the table is below it afterwards', (t) => {
  const store = storeWith(t, { alerts: { ...ROOMY, megabytes: 0.3 } });
  const findings = Array.from({ length: 2_000 }, (_, i) => sampleFinding(`f${i}`, { endUs: START_US + i }));
  commit(store, { findings });
  const size = (): { rows: number; bytes: number } =>
    store.sizes().find(({ table }) => table === 'alerts') ?? { rows: 0, bytes: 0 };
  t.ok(size().bytes > 300_000);
  store.prune(START_US);
  store.prune(START_US + DAY_US);
  t.ok(size().bytes <= 300_000 && size().rows > 100, `${size().rows} rows, ${size().bytes} bytes`);
  t.ok(store.alerts('live').rows.some(({ id }) => id === 'f1999'));
  t.match(store.pruned(), [{ table: 'alerts', reason: 'bytes' }]);
  t.end();
});

t.test('whole runs go with all that is theirs, never the latest', (t) => {
  const store = storeWith(t, { runs: { ...ROOMY, rows: 2 } });
  for (const name of ['one', 'two', 'three']) {
    store.beginRun({ name, kind: 'replay', inputs: [], startedUs: START_US });
    commit(store, { run: name, devices: [sampleDevice('a')], points: [minute(0)], oddities: { x: 1 } });
  }
  store.prune(START_US);
  t.strictSame(
    store.runs().map(({ name }) => name),
    ['two', 'three'],
  );
  t.equal(store.devices('one').total, 0);
  t.strictSame(store.points('one', 'wardwatch_device', ALWAYS), []);
  t.equal(store.devices('two').total, 1);
  commit(store, { run: 'three', points: [minute(1)] });
  t.equal(store.points('three', 'wardwatch_device', ALWAYS).length, 2, 'writing goes on after pruning');
  t.end();
});

t.test('every table has a cap of rows, days and bytes by default', (t) => {
  for (const cap of Object.values(defaultRetention)) t.ok(cap.rows > 0 && cap.days > 0 && cap.megabytes > 0);
  t.end();
});
