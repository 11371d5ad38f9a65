/** What `npm run build` makes runs as the package that is installed: compiled, without the sources beside it. */
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { cpSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { temporaryFolder } from '../support/temporary.ts';

const root = join(import.meta.dirname, '..', '..');

/** The test runner puts itself into every Node that a test starts; without it this is what a person starts. */
function node(cwd: string, ...args: string[]): SpawnSyncReturns<string> {
  return spawnSync('env', ['-u', 'NODE_OPTIONS', process.execPath, ...args], { cwd, encoding: 'utf8' });
}

t.test('the compiled package replays the captures that come with it', (t) => {
  const folder = temporaryFolder(t);
  const compiler = join(root, 'node_modules', '.bin', 'tsc');
  const compiled = node(root, compiler, '-p', 'tsconfig.build.json', '--outDir', join(folder, 'dist'));
  t.equal(compiled.status, 0, `${compiled.stdout}${compiled.stderr}`);
  for (const name of ['bin', 'package.json']) cpSync(join(root, name), join(folder, name), { recursive: true });
  for (const name of ['captures', 'node_modules']) symlinkSync(join(root, name), join(folder, name));
  const demo = node(folder, join(folder, 'bin', 'wardwatch.js'), 'demo', '--no-serve');
  t.equal(demo.status, 0, demo.stderr);
  t.match(demo.stdout, /^run demo: .* packets/);
  t.end();
});
