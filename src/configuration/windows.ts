/**
 * The file of approved windows: who may work on which devices from where, when, and under which ticket. CSV, as a
 * ticket system exports it, or YAML. Every problem is named with file, line and key.
 *
 *     ticket,vendor,devices,sources,services,start,end
 *     WO-1042,Scanner Service,08:00:06:20:01:11 10.20.1.12,10.20.7.0/24,ssh vnc,2026-11-24T18:00Z,2026-11-24T22:00Z
 *
 * `protocols` may stand for `services`, as ticket systems call it. Several devices, sources or services stand in one field, separated by spaces; an empty field means all of them.
 */
import { readFileSync } from 'node:fs';
import { isSeq, LineCounter, parseDocument } from 'yaml';
import { type Prefix, parsePrefix } from '../bytes/prefix.ts';
import { ConfigurationError } from '../configuration.ts';

/** As src/pipeline/site.ts takes it. */
export interface Window {
  readonly name: string;
  readonly vendor: string;
  readonly devices: readonly string[];
  readonly sources: readonly Prefix[];
  readonly services: readonly string[];
  readonly fromUs: number;
  readonly toUs: number;
}

const KEYS = ['ticket', 'vendor', 'devices', 'sources', 'services', 'start', 'end'] as const;
type Key = (typeof KEYS)[number];
/** More lines than a hospital orders in years; a file beyond it is the wrong one. */
const WINDOWS_MAX = 10_000;

/** One window as text, and where it stands. */
interface Entry {
  readonly line: number;
  readonly values: Readonly<Partial<Record<Key, string>>>;
}

export function readWindows(file: string): Window[] {
  const text = readFileSync(file, 'utf8');
  const problems: string[] = [];
  const entries = /\.ya?ml$/i.test(file) ? fromYaml(text, file, problems) : fromCsv(text, file, problems);
  const windows = entries.map((entry) => windowOf(entry, file, problems));
  if (problems.length > 0) throw new ConfigurationError(problems);
  return windows;
}

function windowOf({ line, values }: Entry, file: string, problems: string[]): Window {
  const wrong = (key: Key, message: string): void => {
    problems.push(`${file}:${line}: ${key}: ${message}`);
  };
  const list = (key: Key): string[] => (values[key] ?? '').split(/\s+/).filter((one) => one !== '');
  const sources = list('sources').map((one) => {
    const prefix = parsePrefix(one);
    if (prefix === null)
      wrong('sources', `"${one}" is not allowed; allowed: addresses and ranges such as 10.20.7.0/24`);
    return prefix;
  });
  const [fromUs, toUs] = (['start', 'end'] as const).map((key) => {
    const ms = momentOf(values[key] ?? '');
    if (Number.isNaN(ms)) wrong(key, `"${values[key] ?? ''}" is not allowed; allowed: an ISO 8601 time with its zone`);
    return ms * 1000;
  });
  if (toUs !== undefined && fromUs !== undefined && toUs <= fromUs) wrong('end', 'stands before the start');
  const name = values.ticket ?? '';
  if (name === '') wrong('ticket', 'is missing: the alert names it');
  return {
    name,
    vendor: values.vendor ?? '',
    devices: list('devices').map((one) => one.toLowerCase().replaceAll('-', ':')),
    sources: sources.filter((prefix) => prefix !== null),
    services: list('services'),
    fromUs: fromUs ?? 0,
    toUs: toUs ?? 0,
  };
}

/** Milliseconds, or NaN: a time without a zone would mean another moment on another machine. */
function momentOf(text: string): number {
  return /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)$/i.test(text) ? Date.parse(text) : Number.NaN;
}

function fromCsv(text: string, file: string, problems: string[]): Entry[] {
  const lines = text.split(/\r?\n/);
  const head = cells(lines[0] ?? '').map(keyOf);
  const unknown = head.filter((name) => !KEYS.includes(name as Key));
  if (unknown.length > 0 || !head.includes('ticket')) {
    problems.push(`${file}:1: the first line names the columns; allowed: ${KEYS.join(', ')}`);
    return [];
  }
  const entries: Entry[] = [];
  for (const [index, line] of lines.entries()) {
    if (index === 0 || line.trim() === '' || line.startsWith('#')) continue;
    if (entries.length >= WINDOWS_MAX) {
      problems.push(`${file}:${index + 1}: more than ${WINDOWS_MAX} windows`);
      break;
    }
    const row = cells(line);
    if (row.length !== head.length) {
      problems.push(`${file}:${index + 1}: has ${row.length} fields, the first line ${head.length}`);
      continue;
    }
    entries.push({ line: index + 1, values: Object.fromEntries(head.map((name, i) => [name, row[i] ?? ''])) });
  }
  return entries;
}

/** Fields of a line; one in double quotes may hold commas, and two quotes for one. */
export function cells(line: string): string[] {
  const found: string[] = [];
  for (const [, quoted, plain] of `,${line}`.matchAll(/,(?:"((?:[^"]|"")*)"|([^,]*))/g)) {
    found.push((quoted === undefined ? (plain ?? '') : quoted.replaceAll('""', '"')).trim());
  }
  return found;
}

function fromYaml(text: string, file: string, problems: string[]): Entry[] {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  for (const error of document.errors) {
    problems.push(`${file}:${lines.linePos(error.pos[0]).line}: ${error.message.split('\n', 1)[0] ?? ''}`);
  }
  const { contents } = document;
  if (problems.length > 0) return [];
  if (!isSeq(contents) || contents.items.length > WINDOWS_MAX) {
    problems.push(`${file}:1: a list of at most ${WINDOWS_MAX} windows is wanted`);
    return [];
  }
  return contents.items.map((item) => {
    const at = (item as { range?: [number, number, number] }).range?.[0] ?? 0;
    const line = lines.linePos(at).line;
    const values: Partial<Record<Key, string>> = {};
    const given: unknown = document.toJS() === null ? null : (item as { toJS(doc: unknown): unknown }).toJS(document);
    for (const [name, value] of Object.entries(given ?? {})) {
      const key = keyOf(name);
      if (KEYS.includes(key as Key)) values[key as Key] = Array.isArray(value) ? value.join(' ') : textOf(value);
      else problems.push(`${file}:${line}: ${key}: is not allowed; allowed: ${KEYS.join(', ')}`);
    }
    return { line, values };
  });
}

function keyOf(name: string): string {
  return name === 'protocols' ? 'services' : name;
}

function textOf(value: unknown): string {
  return value instanceof Date ? value.toISOString() : String(value ?? '');
}
