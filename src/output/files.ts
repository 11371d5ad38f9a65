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
} from 'node:fs';
import { dirname } from 'node:path';

export interface SpoolState {
  droppedPoints: number;
  tornBytes: number;
  /** Name of the segment whose points are counted as given up and whose file may still be there; '' = none. */
  giving: string;
}

export function readState(file: string): SpoolState {
  const state = { droppedPoints: 0, tornBytes: 0, giving: '' };
  attempt(() => {
    const { droppedPoints, tornBytes, giving } = JSON.parse(readFileSync(file, 'utf8'));
    if (Number.isSafeInteger(droppedPoints)) state.droppedPoints = droppedPoints;
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
