/** How a command ends: the exit statuses, and the two kinds of errors that are the user's to mend. */
export const DONE = 0;
/** Nothing readable, or the store or the listening socket failed. */
export const FAILED = 1;
/** Wrong options or configuration. */
export const WRONG_USAGE = 2;
/** Done, but some input was unreadable, truncated or of an unknown link type. */
export const INCOMPLETE = 3;

export type Status = number;

/** Wrong options: exit status 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The world is not as it must be (port taken, folder unwritable): exit status 1. */
export class Failure extends Error {
  override readonly name = 'Failure';
}

/** A signal ended the work: 128 and the signal's number, as shells count it. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
  readonly status: Status;
  constructor(signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP') {
    super(`interrupted by ${signal}`);
    this.status = 128 + { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 }[signal];
  }
}

/** The system's error codes in words; the rest of an error stays as it is. */
export function reasonOf(error: unknown): string {
  const { code, message, syscall } = error as NodeJS.ErrnoException;
  const words: Record<string, string> = {
    ENOENT: 'no such file or folder',
    ENOTDIR: 'part of the path is not a folder',
    EACCES: 'permission denied',
    EPERM: 'permission denied',
    EROFS: 'the file system is read-only',
    ENOSPC: 'no space left',
    EADDRINUSE: 'address already in use',
    EADDRNOTAVAIL: 'this machine does not have that address',
    EISDIR: 'is a folder',
    EEXIST: 'a file of that name is in the way',
  };
  // Errors of our own may carry a code too; their message says more than it.
  return (code === undefined || syscall === undefined ? undefined : words[code]) ?? message ?? String(error);
}
