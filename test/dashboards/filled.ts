/** A real InfluxDB with what the dashboards show: captures of the lab, and a generated day with attacks at its end. */
import { existsSync } from 'node:fs';
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
}

const lab = (name: string): string => join(SHARED, 'captures', 'lab', 'public', name);
const at = (time: string): number => Date.parse(time);

export const demo: Recording = {
  run: 'demo',
  inputs: ['captures/demo'],
  options: ['--learn-until', '+19m'],
  range: { fromMs: at('2026-11-23T14:00:00Z'), toMs: at('2026-11-23T15:00:00Z') },
};

/** Two days, of which the first is learnt; the range is the second. */
export const day: Recording = {
  run: 'day',
  inputs: ['generator:days=2,devices=40,attacks=all,attack-day=1'],
  options: ['--learn-until', '+1d'],
  range: { fromMs: at('2026-03-03T00:00:00Z'), toMs: at('2026-03-04T00:00:00Z') },
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
  for (const { run: name, inputs, options } of recordings) {
    const ended = await run([
      'replay',
      ...inputs,
      ...options,
      '--run',
      name,
      '--into',
      join(folder, name),
      '--influx',
      `${server.url}/${DATABASE}`,
    ]);
    if (ended.status !== 0) throw new Error(`replay of ${name}: ${ended.stderr}`);
  }
  return { server, ask: asking(server.url) };
}

export function asking(url: string): (query: string) => Promise<Answer> {
  return async (query) => {
    const parameters = new URLSearchParams({ db: DATABASE, epoch: 'ms' });
    const answer = await fetch(`${url}/query?${parameters}`, {
      method: 'POST',
      body: new URLSearchParams({ q: query }),
    });
    return (await answer.json()) as Answer;
  };
}
