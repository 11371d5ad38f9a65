/** Where the package stands (in a checkout two folders up, in the built package three), and its version. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Failure } from './outcome.ts';

export function packageFolder(): string {
  let folder = import.meta.dirname;
  for (;;) {
    // The compiled package has a copy of package.json among its modules; the program stands in the real one.
    if (existsSync(join(folder, 'package.json')) && existsSync(join(folder, 'bin', 'wardwatch.js'))) return folder;
    const above = dirname(folder);
    if (above === folder) throw new Failure('the package is incomplete: package.json is missing');
    folder = above;
  }
}

export function version(): string {
  const text = readFileSync(join(packageFolder(), 'package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
