/** Why the store could not do what it was asked: one clear line, fit for standard error. */
export class StoreError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'StoreError';
  }
}

/** Primary result codes of SQLite (sqlite.org/rescode.html). */
const BUSY = 5;
const LOCKED = 6;
const READONLY = 8;
const IOERR = 10;
const CORRUPT = 11;
const FULL = 13;
const CANTOPEN = 14;
const NOTADB = 26;

/** Turns what SQLite or the file system threw into one clear line about `path`. */
export function storeError(path: string, error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const { errcode, code, message } = error as { errcode?: number; code?: string; message?: string };
  return new StoreError(`store ${path}: ${reason(errcode === undefined ? -1 : errcode & 0xff, code, message)}`);
}

function reason(result: number, code: string | undefined, message: string | undefined): string {
  switch (result) {
    case NOTADB:
      return 'this is not a wardwatch store';
    case CORRUPT:
      return 'the file is damaged; move it away and start afresh, or restore a copy';
    case FULL:
      return 'the disk is full';
    case READONLY:
    case CANTOPEN:
      return 'cannot be opened or written';
    case IOERR:
      return 'the disk failed while reading or writing';
    case BUSY:
    case LOCKED:
      return 'another program holds it for too long';
  }
  switch (code) {
    case 'ENOSPC':
      return 'the disk is full';
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return `may not be created or written (${code})`;
    case 'ENOTDIR':
    case 'EEXIST':
      return 'a file stands where the folder should be';
    case 'ENOENT':
      return 'the folder does not exist and cannot be created';
  }
  return message ?? code ?? 'unknown trouble';
}
