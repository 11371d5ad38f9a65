import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import type { Point } from '../../src/model.ts';
import { type Change, Store, StoreError } from '../../src/store/store.ts';
import { START_US, sampleDevice, sampleFinding, sampleHeld, samplePosture } from '../support/store.ts';
import { temporaryFolder } from '../support/temporary.ts';

const ALWAYS = { fromUs: Number.NEGATIVE_INFINITY, toUs: Number.POSITIVE_INFINITY, limit: 100_000 };

const change = (over: Partial<Change> = {}): Change => ({
  run: 'march',
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
const point = (i: number, over: Partial<Point> = {}): Point => ({
  measurement: 'wardwatch_device',
  tags: { site: 's', run: 'march', device: `d${i % 3}`, class: 'monitor' },
  fields: { bytes_in: i, online: i % 2 === 0 },
  timeUs: START_US + i * 1_000,
  ...over,
});

type Test = { teardown(action: () => unknown): unknown };
function opened(t: Test, folder = temporaryFolder(t)): { store: Store; folder: string } {
  const store = Store.open(folder);
  t.teardown(() => store.close());
  return { store, folder };
}
function begun(t: Test): { store: Store; folder: string } {
  const made = opened(t);
  made.store.beginRun({ name: 'march', kind: 'replay', inputs: ['a.pcap'], startedUs: 0 });
  return made;
}
const message = (action: () => unknown): string => {
  try {
    action();
    return 'no error';
  } catch (error) {
    return error instanceof StoreError ? error.message : `not a StoreError: ${error}`;
  }
};

t.test('what was committed reads back as it was', (t) => {
  const { store, folder } = begun(t);
  const devices = ['b', 'a'].map((id) => sampleDevice(id));
  const findings = [sampleFinding('f1'), sampleFinding('f2', { startUs: START_US + 5, severity: 'low' })];
  const incidents = [
    {
      id: 'i',
      device: 'a',
      devices: ['a'],
      peer: '',
      risk: 50,
      severity: 'high' as const,
      startUs: 1,
      endUs: 2,
      alerts: ['f1'],
    },
  ];
  const oddities = { tcp_odd: 2, arp_odd: 1 };
  store.commit(
    change({
      devices,
      findings,
      incidents,
      held: [sampleHeld],
      posture: [samplePosture],
      points: [point(4), point(1)],
      oddities,
    }),
  );
  store.finishRun('march', { schema: 1, devices: [] });

  const reader = Store.open(folder, { readOnly: true });
  t.teardown(() => reader.close());
  t.strictSame(reader.devices('march'), { rows: [devices[1], devices[0]], total: 2 });
  t.strictSame(reader.device('march', 'a'), devices[1]);
  t.equal(reader.device('march', 'none'), null);
  t.strictSame(reader.alerts('march'), { rows: [findings[1], findings[0]], total: 2 });
  t.strictSame(reader.alerts('march', { severity: 'high', limit: 5 }), { rows: [findings[0]], total: 1 });
  t.strictSame(reader.alerts('march', { limit: 1, offset: 1 }), { rows: [findings[0]], total: 2 });
  t.strictSame(reader.alert('march', 'f2'), findings[1]);
  t.strictSame(reader.held('march'), { rows: [sampleHeld], total: 1 });
  t.strictSame(reader.posture('march'), { rows: [samplePosture], total: 1 });
  t.strictSame(reader.incidents('march'), { rows: incidents, total: 1 });
  t.strictSame(reader.points('march', 'wardwatch_device', ALWAYS), [point(1), point(4)]);
  t.strictSame(reader.oddities('march'), { arp_odd: 1, tcp_odd: 2 });
  t.strictSame(reader.report('march'), { schema: 1, devices: [] });
  t.strictSame(reader.runs(), [
    { name: 'march', kind: 'replay', inputs: ['a.pcap'], startedUs: START_US, lastUs: START_US, finished: true },
  ]);
  t.end();
});

t.test('a device, its evidence and a count are taken over by their newest state', (t) => {
  const { store } = begun(t);
  store.commit(change({ devices: [sampleDevice('a')], held: [sampleHeld], oddities: { x: 1, y: 1 } }));
  const later = sampleDevice('a', { class: 'archive', evidence: [] });
  store.commit(change({ devices: [later], held: [{ ...sampleHeld, count: 9 }], oddities: { x: 3 } }));
  t.strictSame(store.devices('march').rows, [later]);
  t.strictSame(store.held('march').rows, [{ ...sampleHeld, count: 9 }]);
  t.strictSame(store.oddities('march'), { x: 3, y: 1 });
  t.end();
});

t.test('points are found by device and time, bounded, and a point written twice is one', (t) => {
  const { store } = begun(t);
  const all = Array.from({ length: 30 }, (_, i) => point(i));
  store.commit(change({ points: all }));
  store.commit(change({ points: all.slice(3, 9) }));
  t.equal(store.points('march', 'wardwatch_device', ALWAYS).length, 30);
  const window = { device: 'd1', fromUs: START_US + 4_000, toUs: START_US + 10_000, limit: 10 };
  t.strictSame(store.points('march', 'wardwatch_device', window), [point(4), point(7), point(10)]);
  t.strictSame(store.points('march', 'wardwatch_device', { ...window, limit: 1 }), [point(4)]);
  t.strictSame(store.points('march', 'wardwatch_hl7', ALWAYS), []);
  t.end();
});

t.test('numbers that are none cannot break a commit', (t) => {
  const { store } = begun(t);
  const device = sampleDevice('a', { lastSeenUs: Number.NaN });
  const fields = { bytes_in: Number.NaN, bytes_out: 1 };
  store.commit(change({ devices: [device], points: [point(0, { fields })], lastUs: Number.POSITIVE_INFINITY }));
  t.strictSame(store.points('march', 'wardwatch_device', ALWAYS)[0]?.fields, { bytes_out: 1 });
  t.end();
});

t.test('a commit that fails leaves nothing of itself, and the next one works', (t) => {
  const { store } = begun(t);
  const cyclic: Record<string, unknown> = {};
  cyclic.self = cyclic;
  const broken = { ...point(1), fields: cyclic } as unknown as Point;
  t.throws(
    () => store.commit(change({ devices: [sampleDevice('a')], points: [point(0), broken] })),
    StoreError.prototype,
  );
  t.equal(store.devices('march').total, 0);
  store.commit(change({ points: [point(0)] }));
  t.equal(store.points('march', 'wardwatch_device', ALWAYS).length, 1);
  t.match(
    message(() => store.commit(change({ run: 'never' }))),
    /run never was not begun/,
  );
  t.end();
});

t.test('the latest run is the one that was begun last', (t) => {
  const { store } = opened(t);
  t.equal(store.latestRun(), null);
  for (const name of ['z', 'a', 'z']) store.beginRun({ name, kind: 'replay', inputs: [], startedUs: 0 });
  t.equal(store.latestRun(), 'z');
  t.strictSame(
    store.runs().map(({ name }) => name),
    ['a', 'z'],
  );
  t.end();
});

t.test('an interrupted replay, repeated, is what an uninterrupted one is; other runs stay', (t) => {
  const play = (store: Store, until: number): void => {
    store.beginRun({ name: 'march', kind: 'replay', inputs: ['a.pcap'], startedUs: 0 });
    for (let i = 0; i < until; i++) {
      const over = { devices: [sampleDevice(`d${i}`)], findings: [sampleFinding(`f${i}`)], held: [sampleHeld] };
      store.commit(change({ ...over, points: [point(i)], oddities: { n: i }, lastUs: START_US + i }));
    }
  };
  const content = (store: Store): unknown => [
    store.runs().filter(({ name }) => name === 'march'),
    store.devices('march'),
    store.alerts('march'),
    store.held('march'),
    store.points('march', 'wardwatch_device', ALWAYS),
    store.oddities('march'),
  ];
  const whole = opened(t);
  play(whole.store, 5);
  const again = opened(t);
  again.store.beginRun({ name: 'other', kind: 'live', inputs: [], startedUs: 0 });
  again.store.commit(change({ run: 'other', points: [point(0)] }));
  play(again.store, 9);
  play(again.store, 5);
  t.strictSame(content(again.store), content(whole.store));
  t.equal(again.store.points('other', 'wardwatch_device', ALWAYS).length, 1);
  t.end();
});

t.test('a live run that begins again keeps its rows', (t) => {
  const { store, folder } = opened(t);
  store.beginRun({ name: 'march', kind: 'live', inputs: ['eth0'], startedUs: START_US });
  store.commit(change({ points: [point(0)] }));
  store.close();
  const second = opened(t, folder).store;
  second.beginRun({ name: 'march', kind: 'live', inputs: ['eth0'], startedUs: START_US + 9 });
  t.equal(second.points('march', 'wardwatch_device', ALWAYS).length, 1);
  t.equal(second.runs()[0]?.startedUs, START_US);
  t.end();
});

t.test('a second writer is refused in one line that names the first; a reader is welcome', (t) => {
  const { store, folder } = begun(t);
  t.equal(
    message(() => Store.open(folder)),
    `store ${folder}: another wardwatch (process ${process.pid}) is writing to it`,
  );
  const path = JSON.stringify(join(import.meta.dirname, '../../src/store/store.ts'));
  const code = `import(${path}).then(({ Store }) => Store.open(process.argv[1])).catch((e) => console.log(e.message))`;
  const other = execFileSync(process.execPath, ['-e', code, folder], { encoding: 'utf8' });
  t.match(other, `another wardwatch (process ${process.pid}) is writing`);
  const reader = Store.open(folder, { readOnly: true });
  store.commit(change({ points: [point(0)] }));
  t.equal(reader.points('march', 'wardwatch_device', ALWAYS).length, 1, 'and sees what is committed');
  t.match(
    message(() => reader.finishRun('march', {})),
    /cannot be opened or written/,
  );
  reader.close();
  store.close();
  store.close();
  opened(t, folder);
  t.end();
});

t.test('kill -9 at any moment leaves a store that opens with all committed data', async (t) => {
  const folder = temporaryFolder(t);
  const program = join(import.meta.dirname, '../support/store-writer.ts');
  let before = 0;
  for (const waitMs of [30, 5, 60]) {
    const child = spawn(process.execPath, [program, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';
    child.stdout.setEncoding('utf8');
    child.stdout.on('data', (part: string) => {
      said += part;
    });
    await once(child.stdout, 'data');
    await sleep(waitMs);
    child.kill('SIGKILL');
    await once(child, 'close');
    const last = Number(said.trimEnd().split('\n').at(-1));
    t.ok(last > 0);
    const store = Store.open(folder);
    const stored = store.oddities('live').commits ?? 0;
    // One commit may be done and not yet said.
    t.ok(stored === last || stored === last + 1, `said ${last}, stored ${stored}`);
    t.equal(store.device('live', 'd')?.lastSeenUs, stored, 'all of a commit or nothing');
    const points = store.points('live', 'wardwatch_device', ALWAYS).length;
    t.equal(points, Math.max(before, stored) * 20);
    before = Math.max(before, stored);
    store.close();
  }
});

t.test('a change in many devices is found by each of them, and by no other', (t) => {
  const store = Store.open(temporaryFolder(t));
  t.teardown(() => store.close());
  store.beginRun({ name: 'march', kind: 'replay', inputs: [], startedUs: 0 });
  const one = { id: 'i', device: 'a', devices: ['a'], peer: '', risk: 50, severity: 'high' as const };
  const rows = [one, { ...one, id: 'many', device: 'b', devices: ['b', 'c', 'd'] }];
  store.commit(change({ incidents: rows.map((row) => ({ ...row, startUs: 1, endUs: 2, alerts: [] })) }));
  const found = (device: string): string[] =>
    store.find.incidents('march', { device, limit: 9, offset: 0 }).rows.map(({ id }) => id);
  t.strictSame(['a', 'b', 'c', 'd', 'e'].map(found), [['i'], ['many'], ['many'], ['many'], []]);
  t.end();
});

t.test('alerts are found by where they stand, and their number with every other condition', (t) => {
  const { store } = opened(t);
  store.beginRun({ name: 'march', kind: 'replay', inputs: [], startedUs: 0 });
  const detectors = ['RC-01', 'EX-03'];
  const findings = Array.from({ length: 10 }, (_, n) =>
    sampleFinding(`f${n}`, { detector: detectors[n % 2] ?? '', device: `d${n % 3}`, startUs: START_US + n }),
  );
  store.commit(change({ findings }));
  const step = (finding: string, state: string): void =>
    store.dispositions.addStep('march', { finding, timeUs: 1 }, { state });
  step('f0', 'closed');
  step('f1', 'acknowledged');
  step('f2', 'reopened');
  step('i0', 'closed');
  const found = (search: object): [string, number] => {
    const { rows, total } = store.find.alerts('march', { limit: 20, offset: 0, ...search });
    return [rows.map(({ id }) => id).join(' '), total];
  };
  t.strictSame(found({ state: 'open' }), ['f9 f8 f7 f6 f5 f4 f3 f2', 8], 'reopened is open, i0 is no alert');
  t.strictSame(found({ state: 'open', detector: 'RC-01' }), ['f8 f6 f4 f2', 4]);
  t.strictSame(found({ state: 'open', device: 'd1' }), ['f7 f4', 2]);
  t.strictSame(found({ state: 'closed' }), ['f0', 1]);
  t.strictSame(found({ state: 'acknowledged', detector: 'RC-01' }), ['', 0]);
  t.strictSame(found({ detector: 'EX-03', limit: 2 }), ['f9 f7', 5]);
  t.end();
});

t.test('a folder or file that cannot be used is one clear line', (t) => {
  const folder = temporaryFolder(t);
  const file = join(folder, 'file');
  writeFileSync(file, 'x');
  t.match(
    message(() => Store.open(file)),
    /a file stands where the folder should be/,
  );
  t.match(
    message(() => Store.open(join(file, 'below'))),
    /a file stands where the folder should be/,
  );
  t.match(
    message(() => Store.open('/proc/wardwatch')),
    /^store \/proc\/wardwatch.*cannot be created/,
  );
  t.match(
    message(() => Store.open(folder, { readOnly: true })),
    /there is none/,
  );

  const rubbish = temporaryFolder(t);
  writeFileSync(join(rubbish, 'wardwatch.sqlite'), 'this is a text file and not a database '.repeat(200));
  t.match(
    message(() => Store.open(rubbish)),
    /this is not a wardwatch store/,
  );

  const foreign = temporaryFolder(t);
  const database = new DatabaseSync(join(foreign, 'wardwatch.sqlite'));
  database.exec('CREATE TABLE songs (title TEXT)');
  database.close();
  t.match(
    message(() => Store.open(foreign)),
    /this is not a wardwatch store/,
  );
  t.match(
    message(() => Store.open(foreign, { readOnly: true })),
    /this is not a wardwatch store/,
  );
  t.end();
});

t.test('a store of a newer program is left alone', (t) => {
  const { store, folder } = begun(t);
  store.close();
  const database = new DatabaseSync(join(folder, 'wardwatch.sqlite'));
  database.exec("UPDATE meta SET value = 999 WHERE key = 'schema'");
  database.close();
  for (const readOnly of [false, true]) {
    t.match(
      message(() => Store.open(folder, { readOnly })),
      /written by a newer wardwatch \(schema 999, this one knows/,
    );
  }
  t.end();
});

t.test('a damaged file is said to be damaged', (t) => {
  const { store, folder } = begun(t);
  store.commit(change({ points: Array.from({ length: 5_000 }, (_, i) => point(i)) }));
  store.close();
  const file = join(folder, 'wardwatch.sqlite');
  truncateSync(file, Math.floor(readFileSync(file).length / 2 / 4_096) * 4_096);
  const problem = message(() => {
    const broken = Store.open(folder);
    t.teardown(() => broken.close());
    broken.points('march', 'wardwatch_device', ALWAYS);
  });
  t.match(problem, /the file is damaged/);
  t.end();
});

const tiny = temporaryFolder(t);
const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=600k', 'tmpfs', tiny]).status === 0;
t.test(
  'a full disk is one clear line, and what was committed stays',
  { skip: mounted ? false : 'needs the right to mount a small file system' },
  (t) => {
    t.teardown(() => execFileSync('umount', [tiny]));
    const store = Store.open(join(tiny, 'store'));
    t.teardown(() => store.close());
    store.beginRun({ name: 'march', kind: 'replay', inputs: [], startedUs: 0 });
    let done = 0;
    const problem = message(() => {
      for (; done < 1_000; done++)
        store.commit(change({ points: [0, 1, 2].map((i) => point(done * 3 + i)), lastUs: 1 }));
    });
    t.match(problem, /the disk is full/);
    t.ok(done > 0);
    t.equal(store.points('march', 'wardwatch_device', ALWAYS).length, done * 3);
    t.end();
  },
);
