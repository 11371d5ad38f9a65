/** A real InfluxDB with what the dashboards show: captures of the lab, and a generated day with attacks at its end. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { freshFolder, run } from '../support/cli.ts';
import { type Influxd, influxd } from '../support/influxd.ts';
import type { Answer, Range } from './emulator/influxql.ts';

export const DATABASE = 'wardwatch';
const SHARED = process.env.WARDWATCH_SHARED ?? '../shared';

export interface Recording {
  readonly run: string;
  readonly inputs: readonly string[];
  readonly options: readonly string[];
  readonly range: Range;
  /** A device that the device page is opened for. */
  readonly device: string;
  /** Written as they are instead of a replay: what only a live sensor has to say. */
  readonly lines?: readonly string[];
}

const lab = (name: string): string => join(SHARED, 'captures', 'lab', 'public', name);
const at = (time: string): number => Date.parse(time);

export const demo: Recording = {
  run: 'demo',
  inputs: ['captures/demo'],
  options: ['--learn-until', '+19m'],
  range: { fromMs: at('2026-11-23T14:00:00Z'), toMs: at('2026-11-23T15:00:00Z') },
  device: 'MRC41777',
};

/** Two days, of which the first is learnt; the range is the second. */
export const day: Recording = {
  run: 'day',
  inputs: ['generator:days=2,devices=25,attacks=all,attack-day=1'],
  options: ['--learn-until', '+1d'],
  range: { fromMs: at('2026-03-03T00:00:00Z'), toMs: at('2026-03-04T00:00:00Z') },
  device: 'PACS_1',
};

/** Refused connections, refused messages, control commands, what a sensor loses: trouble of every kind. */
export const trouble: Recording = {
  run: 'trouble',
  inputs: [
    lab('p03_dicom_edge.pcap'),
    lab('p06_hl7_edge.pcap'),
    lab('p16_default_creds_control.pcap'),
    lab('v05_hl7_drop20.pcap'),
    'captures/protocols/sdc.pcap',
    'captures/protocols/intellivue.pcap',
    'captures/protocols/alaris.pcap',
  ],
  options: [],
  range: { fromMs: at('2025-01-01T00:00:00Z'), toMs: at('2027-01-01T00:00:00Z') },
  device: 'CTAWP66012',
};

const microseconds = (time: string): string => `${at(time)}000`;

/** A live sensor that waits for its database, and an old device with a wrong clock: what no replay can show. */
export const live: Recording = {
  run: 'live',
  inputs: [],
  options: [],
  range: { fromMs: at('2026-04-01T00:00:00Z'), toMs: at('2026-04-02T00:00:00Z') },
  device: 'OLD_1',
  lines: [
    `wardwatch_sensor,site=site,run=live light=1i,verdict="Figures wait.",packets=9i,lag_ms=1200i,spool_bytes=4096i,spool_oldest_seconds=700i,spool_dropped_points=3i,spool_refused_lines=1i ${microseconds('2026-04-01T12:00:00Z')}`,
    `wardwatch_device,site=site,run=live,device=00:11,name=OLD_1,class=ct,tier=3,zone=none packets_out=4i,bytes_out=400i,medical=true,clock_skew_ms=-900000i ${microseconds('2026-04-01T12:00:00Z')}`,
    `wardwatch_inventory,site=site,run=live,device=00:11,name=OLD_1 device_class="ct",operating_system="Windows 7",support_end="2020-01-14",support_days=-2269i,weaknesses=2i ${microseconds('2026-04-01T12:00:00Z')}`,
    `wardwatch_telemetry,site=site,run=live,device=00:12,name=BED_1,protocol=intellivue,role=server messages=9i,sent=5i,alarms=2i,operations=0i,pause_ms_max=1000i ${microseconds('2026-04-01T12:00:00Z')}`,
    `wardwatch_hl7,site=site,run=live,device=00:13,name=LAB_1,role=client messages=2i,sent=1i,acknowledgements=1i,negative=1i,negative_errors=1i,error_code="101" ${microseconds('2026-04-01T12:00:00Z')}`,
  ],
};

export const sharedMissing: false | string = existsSync(lab('p03_dicom_edge.pcap'))
  ? false
  : `needs ${lab('p03_dicom_edge.pcap')} (WARDWATCH_SHARED)`;

export async function filled(
  t: { teardown(action: () => unknown): unknown },
  recordings: readonly Recording[],
): Promise<{ server: Influxd; ask: (query: string) => Promise<Answer> }> {
  const server = await influxd(t);
  await server.start();
  const folder = freshFolder((action) => t.teardown(action));
  for (const recording of recordings) await fill(server, folder, recording);
  return { server, ask: asking(server.url) };
}

async function fill({ url }: Influxd, folder: string, { run: name, inputs, options, lines }: Recording): Promise<void> {
  if (lines !== undefined) {
    const query = new URLSearchParams({ db: DATABASE, precision: 'u' });
    const answer = await fetch(`${url}/write?${query}`, { method: 'POST', body: lines.join('\n') });
    if (answer.status !== 204) throw new Error(`points of ${name}: ${await answer.text()}`);
    return;
  }
  const into = ['--into', join(folder, name), '--influx', `${url}/${DATABASE}`];
  const ended = await run(['replay', ...inputs, ...options, '--run', name, ...into]);
  if (ended.status !== 0) throw new Error(`replay of ${name}: ${ended.stderr}`);
  // What a slow machine had no time to write waits on the disk, and goes out with the next command on this folder.
  for (let tries = 0; tries < 20 && waiting(join(folder, name)); tries++) {
    await run(['replay', 'captures/protocols/ntp.pcap', '--run', `${name}-rest`, ...into]);
  }
}

function waiting(folder: string): boolean {
  const spool = join(folder, 'spool');
  if (!existsSync(spool)) return false;
  return readdirSync(spool).some((name) => name.endsWith('.spool') && statSync(join(spool, name)).size > 0);
}

export function asking(url: string, database: string = DATABASE): (query: string) => Promise<Answer> {
  return async (query) => {
    const parameters = new URLSearchParams({ db: database, epoch: 'ms' });
    const answer = await fetch(`${url}/query?${parameters}`, {
      method: 'POST',
      body: new URLSearchParams({ q: query }),
    });
    return (await answer.json()) as Answer;
  };
}
