/** Where the store is when nobody says so, and stores that last as long as one command. */
import { accessSync, constants, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';

const SERVICE_FOLDER = '/var/lib/wardwatch';

/** The service's folder when this user may write it, else one in the user's home. */
export function defaultFolder(): string {
  const { STATE_DIRECTORY, XDG_DATA_HOME } = process.env;
  if (STATE_DIRECTORY !== undefined && STATE_DIRECTORY !== '') return STATE_DIRECTORY.split(':')[0] ?? SERVICE_FOLDER;
  if (existsSync(SERVICE_FOLDER) && writable(SERVICE_FOLDER)) return SERVICE_FOLDER;
  return join(
    XDG_DATA_HOME === undefined || XDG_DATA_HOME === '' ? join(homedir(), '.local', 'share') : XDG_DATA_HOME,
    'wardwatch',
  );
}

export function writable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Runs `work` in the named folder, or in a fresh one that is gone afterwards however the work ends. */
export async function inFolder<T>(named: string | undefined, work: (folder: string) => Promise<T>): Promise<T> {
  if (named !== undefined) return work(named);
  const folder = mkdtempSync(join(tmpdir(), 'wardwatch-'));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  process.on('exit', remove);
  try {
    return await work(folder);
  } finally {
    remove();
    process.off('exit', remove);
  }
}
