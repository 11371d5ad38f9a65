/**
 * How long answers of the API take over a large store: `node test/bench/api.ts [--devices N] [--alerts N] [--keep FOLDER]`.
 * Every operation that reads is asked with samples from the store, and the writes of everyday; then fifty event streams wait for
 * a change of the store. Figures go to test/bench/results-api.md.
 */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { listenOn } from '../../src/api/listen.ts';
import type { FindingRow, IncidentRow, LinkRow, Point, Severity } from '../../src/model.ts';
import { Store } from '../../src/store/store.ts';
import { type ApiUnderTest, apiUnderTest } from '../support/api.ts';
import { documentOf, isStream, operationsIn, type Schema, urlOf, type Values } from '../support/operations.ts';
import { START_US, sampleDevice, sampleFinding, sampleHeld, samplePosture } from '../support/store.ts';

const { values: given } = parseArgs({
  options: {
    devices: { type: 'string', default: '10000' },
    alerts: { type: 'string', default: '1000000' },
    keep: { type: 'string', default: '' },
  },
});
const DEVICES = Number(given.devices);
const ALERTS = Number(given.alerts);
const ALERTS_PER_INCIDENT = 10;
const BATCH = 20_000;
const ASKED = 120;
const STREAMS = 50;
const CHANGES = 8;
const RUN = 'live';
/** Files that are made of the whole, and packets that are read once more: these take what they take. */
const apart: readonly string[] = ['exportInventory', 'reconcileInventory', 'getEvidence'];

const detectors = ['RC-01', 'RC-07', 'EX-02', 'EX-09', 'BL-03', 'BL-06', 'ME-02'];
const severities: readonly Severity[] = ['low', 'medium', 'high', 'critical'];
const classes = ['modality', 'monitor', 'pump', 'archive', 'workstation', 'analyser'];

const idOf = (n: number): string =>
  `02:00:00:${[(n >> 16) & 255, (n >> 8) & 255, n & 255].map((byte) => byte.toString(16).padStart(2, '0')).join(':')}`;
const addressOf = (n: number): string => `10.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`;

const deviceOf = (n: number) =>
  sampleDevice(idOf(n), {
    mac: idOf(n),
    addresses: [addressOf(n)],
    names: [`device-${n}`],
    class: classes[n % classes.length] ?? '',
    tier: 1 + (n % 4),
    serial: `S${n}`,
    aeTitles: [`AE${n}`],
    lastSeenUs: START_US + n * 1e6,
  });

const findingOf = (n: number): FindingRow => {
  const device = n % DEVICES;
  return sampleFinding(`f${n}`, {
    detector: detectors[n % detectors.length] ?? '',
    severity: severities[n % severities.length] ?? 'low',
    device: idOf(device),
    deviceAddress: addressOf(device),
    peer: idOf((device * 7 + n) % DEVICES),
    peerAddress: addressOf((device * 7 + n) % DEVICES),
    startUs: START_US + n * 1e5,
    endUs: START_US + n * 1e5 + 1e6,
  });
};

const incidentOf = (n: number): IncidentRow => ({
  id: `i${n}`,
  device: idOf((n * ALERTS_PER_INCIDENT) % DEVICES),
  devices: [idOf((n * ALERTS_PER_INCIDENT) % DEVICES)],
  peer: '',
  risk: n % 100,
  severity: severities[n % severities.length] ?? 'low',
  startUs: START_US + n * 1e6,
  endUs: START_US + n * 1e6 + 1e6,
  alerts: Array.from({ length: ALERTS_PER_INCIDENT }, (_, i) => `f${n * ALERTS_PER_INCIDENT + i}`),
});

const linkOf = (n: number): LinkRow => ({
  client: idOf(n % DEVICES),
  server: idOf((n * 13 + 1) % DEVICES),
  service: n % 3 === 0 ? 'dicom' : 'hl7',
  port: 104,
  transport: 6,
  firstUs: START_US,
  lastUs: START_US + n,
  flows: n,
  bytesToServer: n * 1000,
  bytesToClient: n * 10,
});

const pointOf = (n: number): Point => ({
  measurement: 'wardwatch_device',
  tags: { device: idOf(n % DEVICES) },
  fields: { bytes_in: n, bytes_out: 2 * n, flows: 1, online: true },
  timeUs: START_US + Math.floor(n / DEVICES) * 60e6,
});

const list = <Row>(from: number, to: number, of: (n: number) => Row): Row[] =>
  Array.from({ length: Math.max(0, to - from) }, (_, i) => of(from + i));

function fill(folder: string): void {
  const store = Store.open(folder, { retention: {} });
  store.beginRun({ name: RUN, kind: 'live', inputs: ['eth1'], startedUs: START_US });
  const nothing = {
    devices: [],
    findings: [],
    held: [],
    posture: [],
    incidents: [],
    points: [],
    oddities: {},
    run: RUN,
  };
  const lastUs = START_US + ALERTS * 1e5;
  const some = Math.min(2_000, DEVICES);
  store.commit({
    ...nothing,
    devices: list(0, DEVICES, deviceOf),
    held: list(0, some, (n) => ({ ...sampleHeld, device: idOf(n), peer: idOf(n + 1) })),
    posture: list(0, some, (n) => ({ ...samplePosture, device: idOf(n) })),
    links: list(0, 4 * DEVICES, linkOf),
    points: list(0, 10 * DEVICES, pointOf),
    lastUs,
  });
  for (let from = 0; from < ALERTS; from += BATCH) {
    const to = Math.min(ALERTS, from + BATCH);
    const incidents = list(from / ALERTS_PER_INCIDENT, Math.floor(to / ALERTS_PER_INCIDENT), incidentOf);
    store.commit({ ...nothing, findings: list(from, to, findingOf), incidents, lastUs });
  }
  store.close();
}

interface Figure {
  readonly what: string;
  readonly ms: number[];
  readonly statuses: ReadonlySet<number>;
}

/** A few values for each parameter, spread over the store; others are left out. */
function sampleFor(path: string, name: string, schema: Schema, n: number): string | undefined {
  const choices = schema.enum as readonly string[] | undefined;
  if (name === 'id' && path.includes('/alerts/')) return `f${(n * 7_919) % ALERTS}`;
  if ((name === 'id' && path.includes('/incidents/')) || name === 'incident') {
    return `i${(n * 7_919) % Math.floor(ALERTS / ALERTS_PER_INCIDENT)}`;
  }
  if (name === 'device' || name === 'id') return idOf((n * 7_919) % DEVICES);
  if (name === 'measurement') return 'wardwatch_device';
  if (name === 'field') return 'bytes_in';
  if (name === 'run') return undefined;
  if (name === 'limit') return n % 3 === 0 ? '100' : undefined;
  if (name === 'offset') return n % 5 === 0 ? '2000' : undefined;
  if (name === 'q') return n % 2 === 0 ? `AE${n}` : 'example';
  if (name === 'state' || name === 'sort' || name === 'severity') return choices?.[n % choices.length];
  if (name === 'detector') return n % 2 === 0 ? detectors[n % detectors.length] : undefined;
  return choices?.[n % choices.length];
}

async function measure({ ask, api }: ApiUnderTest): Promise<Figure[]> {
  const reads = operationsIn(await documentOf(api)).filter((one) => one.method === 'GET' && !isStream(one));
  const figures: Figure[] = [];
  for (const operation of reads.filter(({ id }) => !apart.includes(id))) {
    const urls = Array.from({ length: ASKED }, (_, n) => {
      // Every third time with what must be there only, and otherwise with one parameter more.
      const needed = operation.parameters.filter(({ required }) => required === true);
      const others = operation.parameters.filter(({ required }) => required !== true);
      const one = n % 3 === 0 || others.length === 0 ? [] : [others[n % others.length]].filter((x) => x !== undefined);
      const pairs = [...needed, ...one].map(({ name, schema }) => [name, sampleFor(operation.path, name, schema, n)]);
      return urlOf(operation, Object.fromEntries(pairs.filter(([, value]) => value !== undefined)) as Values);
    });
    figures.push(
      await timed(
        operation.id,
        urls.map((url) => () => ask({ url, as: 'administrator' })),
      ),
    );
  }
  const as = 'engineer';
  const post = (what: string, url: (n: number) => string, body: (n: number) => object): Promise<Figure> =>
    timed(
      what,
      list(0, 30, (n) => () => ask({ method: 'POST', url: url(n), as, body: body(n) })),
    );
  figures.push(
    await post(
      'stepAlert',
      (n) => `/api/v1/alerts/f${n * 31}/steps`,
      () => ({ action: 'acknowledge' }),
    ),
    await post(
      'stepIncident',
      (n) => `/api/v1/incidents/i${n * 37}/steps`,
      () => ({ action: 'acknowledge' }),
    ),
    await post(
      'previewSuppression',
      () => '/api/v1/suppressions/preview',
      (n) => ({ device: idOf(n) }),
    ),
    await post(
      'previewSuppression (a detector)',
      () => '/api/v1/suppressions/preview',
      (n) => ({
        detector: detectors[n % detectors.length],
      }),
    ),
    await post(
      'addSuppression',
      () => '/api/v1/suppressions',
      (n) => ({ device: idOf(n), owner: 'x', reason: 'bench' }),
    ),
  );
  return figures;
}

async function timed(what: string, asks: readonly (() => Promise<{ status: number }>)[]): Promise<Figure> {
  const ms: number[] = [];
  const statuses = new Set<number>();
  for (const one of asks) {
    const from = performance.now();
    statuses.add((await one()).status);
    ms.push(performance.now() - from);
  }
  return { what, ms: ms.sort((a, b) => a - b), statuses };
}

const at = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;

/** Milliseconds from a commit of the store until the last of all listeners has heard of it. */
async function lags(under: ApiUnderTest): Promise<{ lags: number[]; busyMs: number[] }> {
  const { port } = await listenOn(under.api, { host: '127.0.0.1', port: 0 }, false);
  let heard = 0;
  let all = (): void => {};
  const sockets = list(0, STREAMS, () => {
    const socket = connect(port, '127.0.0.1', () =>
      socket.write('GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n'),
    );
    socket.on('data', (bytes) => {
      if (!bytes.includes('event: change')) return;
      if (++heard === STREAMS) all();
    });
    return socket;
  });
  await new Promise((soon) => setTimeout(soon, 1_500));
  const store = Store.open(under.folder);
  const found: number[] = [];
  const busyMs: number[] = [];
  for (let i = 0; i < CHANGES; i++) {
    heard = 0;
    const everybody = new Promise<void>((done) => {
      all = done;
    });
    const from = performance.now();
    const devices = [deviceOf(i)];
    store.commit({
      run: RUN,
      devices,
      findings: [],
      held: [],
      posture: [],
      incidents: [],
      points: [],
      oddities: {},
      lastUs: START_US + ALERTS * 1e5 + i,
    });
    const asked = performance.now();
    await under.ask({ url: '/api/v1/incidents' });
    busyMs.push(performance.now() - asked);
    await everybody;
    found.push(performance.now() - from);
    await new Promise((soon) => setTimeout(soon, 137 * i));
  }
  store.close();
  for (const socket of sockets) socket.destroy();
  return { lags: found.sort((a, b) => a - b), busyMs: busyMs.sort((a, b) => a - b) };
}

const whole = (value: number): string => value.toFixed(1);

async function main(): Promise<void> {
  const folder = given.keep === '' ? mkdtempSync(join(tmpdir(), 'wardwatch-bench-')) : given.keep;
  const ends: (() => unknown)[] = [];
  const filling = performance.now();
  if (!existsSync(join(folder, 'wardwatch.sqlite'))) fill(folder);
  const fillSeconds = (performance.now() - filling) / 1000;
  // Of the time before: who signs in now is somebody new.
  for (const end of ['', '-wal', '-shm']) rmSync(join(folder, `people.sqlite${end}`), { force: true });
  const under = await apiUnderTest({ teardown: (action) => ends.push(action) }, { folder });
  const figures = await measure(under);
  const streams = await lags(under);
  for (const end of ends) await end();
  if (given.keep === '') rmSync(folder, { recursive: true, force: true });
  const rows = figures
    .sort((a, b) => at(b.ms, 0.99) - at(a.ms, 0.99))
    .map(
      ({ what, ms, statuses }) =>
        `| ${what} | ${[...statuses].join(' ')} | ${whole(at(ms, 0.5))} | ${whole(at(ms, 0.99))} |`,
    );
  const late = figures.filter(({ ms }) => at(ms, 0.99) >= 100).map(({ what }) => what);
  const text = `# Answers of the API over a large store

\`node test/bench/api.ts\`: ${DEVICES} devices, ${ALERTS} alerts, ${Math.floor(ALERTS / ALERTS_PER_INCIDENT)} incidents, ${4 * DEVICES} links, ${10 * DEVICES} points in the
store (${given.keep === '' ? `filled in ${Math.round(fillSeconds)} s` : 'filled before'}); ${cpus()[0]?.model ?? 'unknown'}, ${cpus().length} cores, Node ${process.version}. Each read is asked ${ASKED} times, with and without its
parameters, one after the other, the first time included; writes 30 times. Aim: p99 below 100 ms.

${late.length === 0 ? 'All of them keep it.' : `Not kept by: ${late.join(', ')}.`} Files made of the whole inventory and evidence are not
among them (${apart.join(', ')}).

${STREAMS} open event streams: the last of them hears of a commit after ${whole(at(streams.lags, 0.5))} ms (median of ${CHANGES}; worst ${whole(at(streams.lags, 1))} ms; aim 2,000 ms).

| Operation | Answers | p50 ms | p99 ms |
|---|---|--:|--:|
${rows.join('\n')}
`;
  process.stdout.write(text);
  if (DEVICES >= 10_000 && ALERTS >= 1_000_000) writeFileSync(new URL('results-api.md', import.meta.url), text);
}

await main();
