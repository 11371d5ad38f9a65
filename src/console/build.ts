/**
 * Builds the console: `node src/console/build.ts` writes `dist/console`, which the API serves.
 *
 *     index.html   assets/console-HASH.js   assets/console-HASH.css   assets/icon-HASH.svg
 *
 * Nothing is written into the page itself: no inline script, no inline style, nothing from outside. That is what the
 * content security policy of the API allows (src/api/console.ts).
 */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { build } from 'esbuild';

const here = import.meta.dirname;

export interface Built {
  /** Path of the script below the folder. */
  script: string;
  style: string;
}

export async function buildConsole(folder: string): Promise<Built> {
  const fresh = `${folder}.${process.pid}`;
  mkdirSync(dirname(folder), { recursive: true });
  const { metafile } = await build({
    entryPoints: { console: join(here, 'app', 'main.tsx'), icon: join(here, 'app', 'icon.svg') },
    outdir: join(fresh, 'assets'),
    entryNames: '[name]-[hash]',
    assetNames: '[name]-[hash]',
    loader: { '.svg': 'copy' },
    bundle: true,
    minify: true,
    metafile: true,
    format: 'esm',
    target: ['es2022'],
    jsx: 'automatic',
    jsxImportSource: 'preact',
    legalComments: 'linked',
    logLevel: 'warning',
    absWorkingDir: here,
  });
  const names = Object.keys(metafile.outputs).map((path) => `assets/${basename(path)}`);
  const find = (start: string, end: string): string =>
    names.find((name) => name.startsWith(`assets/${start}`) && name.endsWith(end)) ?? '';
  const built = { script: find('console-', '.js'), style: find('console-', '.css') };
  const page = readFileSync(join(here, 'app', 'index.html'), 'utf8')
    .replace('{script}', `/${built.script}`)
    .replace('{style}', `/${built.style}`)
    .replace('{icon}', `/${find('icon-', '.svg')}`);
  writeFileSync(join(fresh, 'index.html'), page);
  // Whoever reads meanwhile finds the old one or the new one, never half of it.
  if (existsSync(folder)) renameSync(folder, `${fresh}.old`);
  renameSync(fresh, folder);
  rmSync(`${fresh}.old`, { recursive: true, force: true });
  return built;
}

if (import.meta.main) await buildConsole(join(here, '..', '..', 'dist', 'console'));
