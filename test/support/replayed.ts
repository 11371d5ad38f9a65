/** A capture replayed in this process into a store that is gone afterwards, and the lab captures with their labels. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ReplayReport } from '../../src/cli/replay-schema.ts';
import { freshConfiguration } from '../../src/configuration.ts';
import { publishedKey } from '../../src/pipeline/key.ts';
import { type ReplayOptions, type ReplayResult, replay } from '../../src/pipeline/replay.ts';
import { Store } from '../../src/store/store.ts';

export interface Replayed extends Omit<ReplayResult, 'report'> {
  readonly report: ReplayReport;
}

export async function replayFile(
  paths: string | readonly string[],
  options: Partial<ReplayOptions> = {},
): Promise<Replayed> {
  if (options.store !== undefined && options.store !== null) return replayInto(options.store, paths, options);
  const folder = mkdtempSync(join(tmpdir(), 'wardwatch-test-'));
  const store = Store.open(folder);
  try {
    return await replayInto(store, paths, options);
  } finally {
    store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function replayInto(
  store: Store,
  paths: string | readonly string[],
  options: Partial<ReplayOptions>,
): Promise<Replayed> {
  const result = await replay({
    inputs: typeof paths === 'string' ? [paths] : paths,
    run: 'test',
    configuration: freshConfiguration(),
    workers: 1,
    speed: 0,
    learnUntil: null,
    rebaseNow: false,
    key: publishedKey,
    influx: null,
    ...options,
    store,
  });
  return { ...result, report: result.report as unknown as ReplayReport };
}

/** What the label of a lab capture says: the part that tests read. */
export interface Label {
  readonly file: string;
  readonly packets: number;
  readonly variant_of?: string;
  readonly expectation?: string;
  readonly phi_canaries?: readonly string[] | string;
  readonly credentials_on_wire?: readonly Readonly<Record<string, string>>[];
  readonly dicom_wire_associations?: readonly WireAssociation[];
  readonly expected?: Expected;
  readonly base_expected?: Expected;
  readonly wire?: { readonly tcp_streams: number; readonly server_ports: Readonly<Record<string, number>> };
}

export interface Expected {
  readonly dicom_wire?: { readonly dataset_bytes: number; readonly pdus: Readonly<Record<string, number>> };
  readonly hl7_wire?: Hl7Wire;
}

export interface Hl7Wire {
  readonly streams: number;
  readonly messages: Readonly<Record<string, number>>;
  readonly acks: Readonly<Record<string, number>>;
}

export interface WireAssociation {
  readonly calling: string;
  readonly called: string;
  readonly src_ip: string;
  readonly dst_ip: string;
  readonly port: number;
  readonly outcome: 'released' | 'rejected' | 'aborted' | 'open' | 'reset';
  readonly max_pdu_acceptor?: number;
  readonly dimse_sent: Readonly<Record<string, number>>;
  readonly dimse_received: Readonly<Record<string, number>>;
  readonly dataset_bytes_sent: number;
  readonly dataset_bytes_received: number;
}

export interface LabCapture {
  readonly name: string;
  readonly path: string;
  readonly label: Label;
}

const labFolder = join(process.env.WARDWATCH_SHARED ?? '../shared', 'captures/lab/public');

/** A reason to skip, for `t.test(..., { skip: lacksLab })`. */
export const lacksLab: string | false = existsSync(labFolder) ? false : `needs ${labFolder}`;

/** Every labelled capture, by name; none where the shared captures are absent. */
export function labCaptures(): LabCapture[] {
  if (lacksLab !== false) return [];
  return readdirSync(labFolder)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => JSON.parse(readFileSync(join(labFolder, name), 'utf8')) as Label)
    .map((label) => ({ name: label.file.replace(/\.pcap(ng)?$/, ''), path: join(labFolder, label.file), label }));
}

export function labPath(name: string): string {
  return join(labFolder, name);
}

/** Rows with every time taken out, and the times beside them, so that both can be compared, each in its way. */
export function withoutTimes(rows: unknown): { plain: unknown; timesUs: number[] } {
  const timesUs: number[] = [];
  const taken = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(taken);
    if (typeof value === 'string') {
      const parts = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.(\d{6})Z$/.exec(value);
      if (parts === null) return value;
      timesUs.push(Date.parse(`${parts[1]}Z`) * 1000 + Number(parts[2]));
      return 'a time';
    }
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, taken(inner)]));
  };
  return { plain: taken(rows), timesUs };
}

export function isNear(timesUs: readonly number[], others: readonly number[], toleranceUs: number): boolean {
  return (
    timesUs.length === others.length && timesUs.every((time, i) => Math.abs(time - (others[i] ?? 0)) <= toleranceUs)
  );
}
