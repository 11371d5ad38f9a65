/**
 * What the way to InfluxDB costs: points encoded and spooled, points into a local InfluxDB, series and spool of a large
 * site. `node test/bench/points.ts` prints a table and writes test/bench/results-points.md; measured, never asserted.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Point } from '../../src/model.ts';
import { InfluxWriter, type InfluxWriterSettings } from '../../src/output/influx.ts';
import { LineBytes } from '../../src/output/line-bytes.ts';
import { LineEncoder } from '../../src/output/line-protocol.ts';
import { influxd, influxdMissing } from '../support/influxd.ts';
import { LargeSite } from './large-site.ts';

const DEVICES = 5_000;
const BLOCK_BYTES = 1_000_000;
const INTERVALS_OF_HOUR = 60;
/** Enough for a rate; the server of a small machine is slower than what fills it. */
const DELIVERED_INTERVALS = 15;
const WARM_INTERVALS = 3;

interface Row {
  readonly what: string;
  readonly wanted: string;
  readonly measured: string;
}

const rows: Row[] = [];

function tell(row: Row): void {
  rows.push(row);
  console.log(`${row.what}: ${row.measured}${row.wanted === '' ? '' : ` (asked for: ${row.wanted})`}`);
}

const folders: string[] = [];
const teardowns: (() => unknown)[] = [];

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'wardwatch-bench-'));
  folders.push(made);
  return made;
}

function settings(url: string, over: Partial<InfluxWriterSettings> = {}): InfluxWriterSettings {
  const plain = { database: 'bench', api: 'v1', org: '', token: '', user: '', password: '', caFile: null } as const;
  return { url, ...plain, headers: {}, order: 'oldest', spoolMegabytes: 4_096, ...over };
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** Of another process, user and system: proc(5), in ticks of 10 ms. */
function processSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function perSecond(points: number, seconds: number): string {
  return `${Math.round(points / seconds / 1_000).toLocaleString('en-US')},000 points/s`;
}

/** Points of one hour of the large site, minute by minute. */
function hour(site: LargeSite): Point[][] {
  return Array.from({ length: INTERVALS_OF_HOUR }, () => site.interval(60));
}

function encoded(intervals: readonly Point[][]): void {
  const [encoder, block] = [new LineEncoder(), new LineBytes()];
  const points = intervals.flat();
  const begun = cpuSeconds();
  let characters = 0;
  for (const point of points) {
    encoder.write(point, block);
    if (block.at > BLOCK_BYTES) characters += block.take().length;
  }
  characters += block.take().length;
  const seconds = cpuSeconds() - begun;
  const each = Math.round(characters / points.length);
  tell({ what: `encoded (${each} characters each)`, wanted: '', measured: perSecond(points.length, seconds) });
}

function bytesBelow(path: string): number {
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.spool'))
    .reduce((sum, name) => sum + statSync(join(path, name)).size, 0);
}

/** Nobody listens: everything stays on the disk. */
async function spooled(intervals: readonly Point[][]): Promise<void> {
  const spoolFolder = folder();
  const writer = new InfluxWriter({ settings: settings('http://127.0.0.1:1'), spoolFolder });
  writer.start();
  const points = intervals.reduce((sum, { length }) => sum + length, 0);
  const begun = cpuSeconds();
  for (const interval of intervals) writer.write(interval);
  const seconds = cpuSeconds() - begun;
  await writer.stop(0);
  const { droppedPoints } = writer.statistics();
  tell({
    what: 'encoded, compressed and spooled to disk, one core',
    wanted: '≥ 250,000 points/s',
    measured: perSecond(points, seconds),
  });
  const megabytes = Math.round(bytesBelow(spoolFolder) / 1e5) / 10;
  tell({
    what: `spool of an hour's outage, ${DEVICES.toLocaleString('en-US')} devices, ${points.toLocaleString('en-US')} points${droppedPoints > 0 ? `, ${droppedPoints} dropped` : ''}`,
    wanted: '< 200 MB',
    measured: `${megabytes} MB`,
  });
}

async function delivered(intervals: readonly Point[][]): Promise<void> {
  if (influxdMissing) {
    tell({ what: 'into a local InfluxDB', wanted: '≥ 100,000 points/s', measured: influxdMissing });
    return;
  }
  const server = await influxd({ teardown: (action) => teardowns.push(action) });
  await server.start();
  const writer = new InfluxWriter({ settings: settings(server.url), spoolFolder: folder() });
  writer.start();
  const beforeMs = performance.now();
  for (const interval of intervals.slice(0, WARM_INTERVALS)) writer.write(interval);
  await writer.flush(120_000);
  const series = writer.statistics().series.toLocaleString('en-US');
  tell({
    what: `its first ${WARM_INTERVALS} minutes, in which it makes ${series} series`,
    wanted: '',
    measured: `${Math.round((performance.now() - beforeMs) / 100) / 10} s`,
  });
  const rest = intervals.slice(WARM_INTERVALS);
  const points = rest.reduce((sum, { length }) => sum + length, 0);
  const serverBegun = processSeconds(server.pid);
  const begunMs = performance.now();
  for (const interval of rest) {
    writer.write(interval);
    // The sender works in the pauses of whoever makes points.
    await new Promise((resolve) => setImmediate(resolve));
  }
  const all = await writer.flush(120_000);
  const seconds = (performance.now() - begunMs) / 1_000;
  const serverSeconds = processSeconds(server.pid) - serverBegun;
  await writer.stop(0);
  const [row] = await server.query('SELECT count("bytes") FROM "wardwatch_protocol"', 'bench');
  const wanted = intervals.flat().filter(({ measurement }) => measurement === 'wardwatch_protocol').length;
  const exact = row?.count === wanted ? '' : `, ${String(row?.count)} of ${wanted} found`;
  tell({
    what: 'encoded, spooled and into a local InfluxDB 1.x (Debian), wall clock',
    wanted: '≥ 100,000 points/s',
    measured: `${perSecond(points, seconds)}${all ? '' : ', not all in time'}${exact}`,
  });
  tell({ what: 'the same by the processor time of InfluxDB', wanted: '', measured: perSecond(points, serverSeconds) });
}

function month(): void {
  const site = new LargeSite(DEVICES);
  const begun = cpuSeconds();
  const series = new Set<string>();
  let intervals = 0;
  for (let at = 0; at < 30 * 24; at++, intervals++) {
    for (const { measurement, tags } of site.interval(3_600))
      series.add(`${measurement}\n${Object.values(tags).join('\n')}`);
  }
  const seconds = cpuSeconds() - begun;
  const count = (number: number): string => number.toLocaleString('en-US');
  tell({
    what: `series of ${count(DEVICES)} devices in 30 simulated days (governor: ${count(site.series)} counted, ${count(site.refused)} refused)`,
    wanted: '< 60,000',
    measured: count(series.size),
  });
  tell({
    what: 'points of one interval made of its sums, 5,000 devices',
    wanted: '',
    measured: `${Math.round((1_000 * seconds) / intervals)} ms with the records of the interval`,
  });
}

function table(): string {
  const lines = rows.map(({ what, wanted, measured }) => `| ${what} | ${wanted} | ${measured} |`);
  return ['| What | Asked for | Measured |', '|---|---|---|', ...lines].join('\n');
}

/** All parts, or those that were named: `node test/bench/points.ts delivered`. */
const wanted = process.argv.slice(2);
const isWanted = (part: string): boolean => wanted.length === 0 || wanted.includes(part);

if (['encoded', 'spooled', 'delivered'].some(isWanted)) {
  const site = new LargeSite(DEVICES);
  // The first minutes, in which devices are met, are not those that an outage falls into.
  for (let i = 0; i < 3; i++) site.interval(60);
  const intervals = hour(site);
  if (isWanted('encoded')) encoded(intervals);
  if (isWanted('spooled')) await spooled(intervals);
  if (isWanted('delivered')) await delivered(intervals.slice(0, DELIVERED_INTERVALS));
}
if (isWanted('month')) month();
for (const action of teardowns) await action();
for (const path of folders) rmSync(path, { recursive: true, force: true });

const date = new Date().toISOString().slice(0, 10);
const processor = `${cpus()[0]?.model ?? '?'}, ${cpus().length} cores, Node ${process.versions.node}`;
const text = `# Points: what the way to InfluxDB costs

\`node test/bench/points.ts\`, ${date}, ${processor}. The machine was not idle; figures are of one run. The site is invented
(test/bench/large-site.ts): ${DEVICES.toLocaleString('en-US')} devices, each with the protocols, partners and messages of its kind every minute.

${table()}
`;
if (wanted.length === 0) writeFileSync(join(import.meta.dirname, 'results-points.md'), text);
