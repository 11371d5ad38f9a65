/** Where the built console stands. In a checkout it is built when it is missing or older than its sources. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { reasonOf } from './outcome.ts';
import { packageFolder } from './package-folder.ts';
import { say } from './terminal.ts';

/** Never fails: without the console the API still works, and its first page says what is missing. */
export async function consoleFolder(): Promise<string> {
  const root = packageFolder();
  const folder = join(root, 'dist', 'console');
  const sources = join(root, 'src', 'console');
  if (!existsSync(join(sources, 'build.ts')) || builtMs(folder) >= newestMs(sources)) return folder;
  try {
    const { buildConsole } = await import('../console/build.ts');
    await buildConsole(folder);
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND';
    say(`wardwatch: the console could not be built: ${missing ? 'esbuild is not installed' : reasonOf(error)}`);
  }
  return folder;
}

function builtMs(folder: string): number {
  const page = join(folder, 'index.html');
  return existsSync(page) ? statSync(page).mtimeMs : 0;
}

function newestMs(folder: string): number {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return Math.max(0, ...names.map((name) => statSync(join(folder, name)).mtimeMs));
}
