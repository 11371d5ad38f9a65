/**
 * Captures that come with a label: a JSON file beside each that says what was done in it and when.
 *
 *     NAME.json  { "file": "NAME.pcap",                       may be left out where NAME.pcap or NAME.pcapng is there
 *                  "events": [ { "id": 1, "name": "SSH into the console", "malicious": true,
 *                                "start": 1795443567.1, "end": 1795443634.2,     seconds since 1970 UTC
 *                                "src_ip": "10.0.0.9", "dst_ip": "10.0.0.2" } ] }
 *
 * One label that cannot be read is told in one line and left out; the others are judged.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isoTime } from '../../bytes/time.ts';

/** An event of a label; times are seconds since 1970 UTC. */
export interface LabelEvent {
  readonly id: number;
  readonly name: string;
  readonly malicious?: boolean;
  readonly src_ip?: string | null;
  readonly dst_ip?: string | null;
  readonly start?: number;
  readonly end?: number;
}

export interface Labelled {
  readonly name: string;
  readonly capture: string;
  readonly events: readonly LabelEvent[];
}

/** Which cards name an event rightly, or why none can. */
export type Expected = Readonly<
  Record<string, Readonly<Record<string, { readonly cards?: readonly string[]; readonly none?: string }>>>
>;

/** Findings that somebody has looked at, by capture: not hidden, but explained. */
export type Decided = Readonly<
  Record<
    string,
    readonly { readonly card: string; readonly device: string; readonly peer: string; readonly why: string }[]
  >
>;

export interface LabelFolder {
  readonly labelled: readonly Labelled[];
  /** Labels that cannot be used, each with the reason. */
  readonly troubles: readonly string[];
  /** Captures that nobody has labelled. */
  readonly unlabelled: readonly string[];
}

const captureEnd = /\.(pcap|pcapng|cap)(\.gz)?$/;
const beside = ['.pcap', '.pcapng', '.cap', '.pcap.gz', '.pcapng.gz'];
const notLabels: ReadonlySet<string> = new Set(['expected-cards.json', 'decided-findings.json']);

export function labelFolder(folder: string): LabelFolder {
  const files = readdirSync(folder).sort();
  const labelled: Labelled[] = [];
  const troubles: string[] = [];
  const known = new Set<string>();
  for (const file of files) {
    if (!file.endsWith('.json') || notLabels.has(file)) continue;
    const label = read(join(folder, file));
    const name = file.replace(/\.json$/, '');
    if (typeof label === 'string') {
      troubles.push(`${join(folder, file)}: ${label}`);
      for (const end of beside) known.add(`${name}${end}`);
      continue;
    }
    // Some other JSON, or a label that only points to another one.
    if (!('events' in label) && !('file' in label)) continue;
    const capture = captureOf(folder, name, label.file);
    known.add(capture);
    if (label.variant_of !== undefined || !Array.isArray(label.events)) continue;
    const trouble = existsSync(join(folder, capture))
      ? eventsTrouble(label.events)
      : `its capture ${capture} is not there`;
    if (trouble !== '') troubles.push(`${join(folder, file)}: ${trouble}`);
    else labelled.push({ name, capture: join(folder, capture), events: label.events });
  }
  return { labelled, troubles, unlabelled: files.filter((file) => captureEnd.test(file) && !known.has(file)) };
}

interface Label {
  readonly file?: unknown;
  readonly variant_of?: unknown;
  readonly events?: unknown;
}

function read(path: string): Label | string {
  try {
    const label: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return typeof label === 'object' && label !== null ? label : 'a label is a JSON object';
  } catch {
    return 'is no JSON';
  }
}

function captureOf(folder: string, name: string, file: unknown): string {
  if (typeof file === 'string' && file !== '') return file;
  return beside.map((end) => `${name}${end}`).find((one) => existsSync(join(folder, one))) ?? `${name}.pcap`;
}

function eventsTrouble(events: readonly unknown[]): string {
  for (const [index, event] of events.entries()) {
    const which = `event ${index + 1}`;
    if (typeof event !== 'object' || event === null) return `${which} is no object`;
    const { id, name, start, malicious } = event as Record<string, unknown>;
    if (typeof id !== 'number') return `${which} has no number as "id"`;
    if (typeof name !== 'string') return `${which} has no text as "name"`;
    if (malicious === true && typeof start !== 'number') {
      return `${which} is malicious and has no "start" (seconds since 1970 UTC)`;
    }
  }
  return '';
}

export function expectedIn(file: string): Expected {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Expected) : {};
}

export function decidedIn(file: string): Decided {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Decided) : {};
}

/** Up to here everything counts as usual: a moment before the first malicious event. */
export function learnUntilUs({ events }: Labelled): number | null {
  const starts = events.filter(({ malicious }) => malicious).map(({ start }) => start ?? Number.POSITIVE_INFINITY);
  const first = Math.min(...starts);
  return Number.isFinite(first) ? Math.floor(first * 1e6) - 1 : null;
}

/** For progress: when the judging of a capture begins to learn. */
export function learnText(labelled: Labelled): string {
  const until = learnUntilUs(labelled);
  return until === null ? 'no malicious event' : `usual until ${isoTime(until)}`;
}
