/** Small acts on files that the spool and the store need; none of them throws unless it says so. */
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';

/** Points that were lost since the spool exists, by reason. */
export interface Dropped {
  /** Given up because the spool had reached its cap. */
  full: number;
  /** Could not be written: full disk, read-only file system, no right. */
  disk: number;
  /** Were written and could not be read back. */
  damaged: number;
}

export interface SpoolState {
  dropped: Dropped;
  tornBytes: number;
  /** Name of the segment whose points are counted as given up and whose file may still be there; '' = none. */
  giving: string;
}

export function readState(file: string): SpoolState {
  const state = { dropped: { full: 0, disk: 0, damaged: 0 }, tornBytes: 0, giving: '' };
  attempt(() => {
    const { dropped, tornBytes, giving } = JSON.parse(readFileSync(file, 'utf8'));
    for (const reason of ['full', 'disk', 'damaged'] as const) {
      if (Number.isSafeInteger(dropped?.[reason])) state.dropped[reason] = dropped[reason];
    }
    if (Number.isSafeInteger(tornBytes)) state.tornBytes = tornBytes;
    if (typeof giving === 'string') state.giving = giving;
  });
  return state;
}

/** Written beside and renamed: the old state or the new one, never half of one. */
export function saveState(file: string, state: SpoolState): boolean {
  return attempt(() => {
    writeFileSync(`${file}.new`, `${JSON.stringify(state)}\n`, { mode: 0o640, flush: true });
    renameSync(`${file}.new`, file);
  });
}

/** Null when the file does not have all of it. */
export function readPart(file: string, at: number, bytes: number): Buffer | null {
  const part = Buffer.allocUnsafe(bytes);
  let read = 0;
  attempt(() => {
    const descriptor = openSync(file, 'r');
    try {
      read = readSync(descriptor, part, 0, bytes, at);
    } finally {
      closeSync(descriptor);
    }
  });
  return read === bytes ? part : null;
}

/**
 * Makes a folder and those above it, readable for its owner and group. Throws. (`recursive` of node:fs never comes
 * back where a file system says that a folder does not exist and means that it cannot be made, as /proc does.)
 */
export function makeFolder(path: string): void {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isDirectory()) return;
  if (found !== undefined) throw Object.assign(new Error(`${path} is not a folder`), { code: 'ENOTDIR' });
  const above = dirname(path);
  if (above !== path) makeFolder(above);
  try {
    mkdirSync(path, { mode: 0o750 });
  } catch (error) {
    // Somebody else was faster.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

/** Makes a new file's name safe against a power cut. Throws. */
export function syncFolder(folder: string): void {
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Writes into a file that is there; not synced. Throws. */
export function overwrite(file: string, at: number, bytes: Uint8Array): void {
  const descriptor = openSync(file, 'r+');
  try {
    writeSync(descriptor, bytes, 0, bytes.length, at);
  } finally {
    closeSync(descriptor);
  }
}

export function attempt(action: () => void): boolean {
  try {
    action();
    return true;
  } catch {
    return false;
  }
}

/** `ENOSPC`, `EACCES` … */
export function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}
