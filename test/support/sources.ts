/** The project's own files, for tests that read them as text. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** TypeScript files below a folder, with `/` between the parts. */
export function sourcesBelow(...folders: string[]): string[] {
  return folders
    .filter((folder) => existsSync(folder))
    .flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter((name) => /\.tsx?$/.test(name))
        .map((name) => join(folder, name).replaceAll('\\', '/')),
    )
    .sort();
}

/** What belongs to the repository: tracked files, or every file where there is no git (a published package). */
export function repositoryFiles(): string[] {
  try {
    const list = execFileSync('git', ['ls-files', '-z'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    return list.split('\0').filter((name) => name !== '' && existsSync(name));
  } catch {
    return readdirSync('.', { recursive: true, encoding: 'utf8' }).filter(
      (name) => !/^(node_modules|dist|\.git|\.tap)(\/|$)/.test(name) && /\.[a-z]+$/.test(name),
    );
  }
}

export function textOf(file: string): string {
  return readFileSync(file, 'utf8');
}

/** `import … from 'x'`, `export … from 'x'`, `import('x')`; `type` when nothing of it is there at run time. */
export function importsOf(file: string): { target: string; type: boolean }[] {
  const text = textOf(file).replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
  const statements = text.matchAll(/^\s*(import|export)\s+(type\s)?([^'";]*?\sfrom\s)?'([^']+)'/gm);
  const found = [...statements].map(([, , type, names = '', target = '']) => ({
    target,
    type: type !== undefined || onlyTypes(names),
  }));
  const dynamic = [...text.matchAll(/\bimport\('([^']+)'\)/g)].map(([, target = '']) => ({ target, type: false }));
  return [...found, ...dynamic];
}

/** `{ type A, type B } from`. */
function onlyTypes(names: string): boolean {
  const inner = /^\{([\s\S]*)\}\s+from\s+$/.exec(names.trimStart())?.[1];
  if (inner === undefined) return false;
  const parts = inner.split(',').map((part) => part.trim());
  return parts.filter((part) => part !== '').every((part) => part.startsWith('type '));
}
