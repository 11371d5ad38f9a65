/**
 * From what was given on the command line to the files that are read: files, folders, patterns, standard input.
 *
 * The order is the order given; files of a folder or a pattern are sorted by name, so that a run says the same
 * on every machine. What cannot be found becomes an input with an error and stops nobody else.
 */
import { globSync, type Stats } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Limits } from '../limits.ts';
import { systemReason } from './input.ts';

export const STANDARD_INPUT = '-';

export interface InputPath {
  /** As the report names it. */
  readonly path: string;
  /** `''`, or why there is nothing to read. */
  readonly error: string;
  /** A regular file can be looked into and read again; a pipe only once. */
  readonly regular: boolean;
  readonly sizeBytes: number;
}

/** Names of capture files inside a folder, with the number that tcpdump appends to rotated ones. */
const CAPTURE_NAME = /\.(pcap|pcapng|cap|dmp|ntar)\d*(\.gz)?$/i;
const PATTERN = /[*?[{]/;

/** `isMade` says which of them are made while they are read. */
export async function findInputs(
  paths: readonly string[],
  limits: Limits,
  isMade: (path: string) => boolean = () => false,
): Promise<InputPath[]> {
  const found: InputPath[] = [];
  for (const path of paths) {
    if (isMade(path)) found.push({ path, error: '', regular: false, sizeBytes: 0 });
    else await addPath(path, found, limits);
  }
  const once = new Map<string, InputPath>();
  for (const input of found) {
    const key = input.path === STANDARD_INPUT ? STANDARD_INPUT : resolve(input.path);
    if (!once.has(key)) once.set(key, input);
  }
  const inputs = [...once.values()];
  if (inputs.length <= limits.inputFilesMax) return inputs;
  const surplus = inputs.length - limits.inputFilesMax;
  const error = `and ${surplus - 1} more were not read: more than ${limits.inputFilesMax} files`;
  return [...inputs.slice(0, limits.inputFilesMax), { ...inputs[limits.inputFilesMax]!, error }];
}

const trouble = (path: string, error: string): InputPath => ({ path, error, regular: false, sizeBytes: 0 });

async function addPath(path: string, found: InputPath[], limits: Limits): Promise<void> {
  if (path === STANDARD_INPUT) {
    found.push({ path, error: '', regular: false, sizeBytes: 0 });
    return;
  }
  const facts = await stat(path).catch((error: unknown) => systemReason(error));
  if (typeof facts !== 'string') {
    await addFound(path, facts, found, limits);
    return;
  }
  if (!PATTERN.test(path)) {
    found.push(trouble(path, `cannot be opened (${facts})`));
    return;
  }
  const matches = globSync(path).sort();
  if (matches.length === 0) found.push(trouble(path, `no file matches ${path}`));
  for (const match of matches) {
    const matchFacts = await stat(match).catch(() => null);
    if (matchFacts !== null) await addFound(match, matchFacts, found, limits);
  }
}

async function addFound(path: string, facts: Stats, found: InputPath[], limits: Limits): Promise<void> {
  if (!facts.isDirectory()) {
    found.push({ path, error: '', regular: facts.isFile(), sizeBytes: facts.size });
    return;
  }
  const inside: InputPath[] = [];
  await addFolder(path.replace(/\/+$/, ''), limits.folderDepthMax, inside, limits.inputFilesMax);
  if (inside.length === 0) found.push(trouble(path, `no capture files in ${path}`));
  // Compared by code unit: a machine's language must not change the order.
  found.push(...inside.sort((a, b) => (a.path < b.path ? -1 : 1)));
}

/** Adds the capture files in `folder` and below it; one more than the limit is enough to know that it is passed. */
async function addFolder(folder: string, depth: number, inside: InputPath[], filesMax: number): Promise<void> {
  const entries = await readdir(folder === '' ? '/' : folder, { withFileTypes: true }).catch((error: unknown) => {
    inside.push(trouble(folder, `cannot be opened (${systemReason(error)})`));
    return [];
  });
  for (const entry of entries) {
    if (inside.length > filesMax) return;
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) {
      if (depth > 0) await addFolder(path, depth - 1, inside, filesMax);
    } else if (CAPTURE_NAME.test(entry.name)) {
      // A link counts as what it points at; links to folders are not followed, they may go round in circles.
      const facts = await stat(path).catch(() => null);
      if (facts?.isFile()) inside.push({ path, error: '', regular: true, sizeBytes: facts.size });
    }
  }
}
