import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { buildConsole } from '../../src/console/build.ts';
import { sourcesBelow, textOf } from '../support/sources.ts';
import { temporaryFolder } from '../support/temporary.ts';

const SCRIPT_BYTES_MAX = 150_000;

t.test('the console is small, and everything in it is its own', async (t) => {
  const folder = join(temporaryFolder(t), 'console');
  const { script, style } = await buildConsole(folder);
  const page = readFileSync(join(folder, 'index.html'), 'utf8');
  t.match(page, `src="/${script}"`);
  t.match(page, `href="/${style}"`);
  t.match(script, /^assets\/console-[A-Z0-9]{8}\.js$/, 'a name that changes with the content');

  const scripts = readdirSync(join(folder, 'assets')).filter((name) => name.endsWith('.js'));
  const bytes = scripts.reduce((sum, name) => sum + gzipSync(readFileSync(join(folder, 'assets', name))).length, 0);
  t.ok(bytes <= SCRIPT_BYTES_MAX, `${bytes} bytes of script, gzipped`);

  t.notMatch(page, /<script(?![^>]*\bsrc=)|<style|\bstyle=|\bon[a-z]+=/, 'nothing inline');
  t.notMatch(page, /(?:src|href)="(?!\/assets\/)/, 'nothing from outside');
  t.notOk(/url\((?!["']?data:)|@import/.test(readFileSync(join(folder, style), 'utf8')), 'nor in the style sheet');
});

t.test('no text of the network becomes a part of the page', (t) => {
  for (const file of sourcesBelow('src/console/app')) {
    t.notOk(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function/i.test(textOf(file)), file);
  }
  t.end();
});

t.test('building again changes nothing and leaves nothing behind', async (t) => {
  const folder = join(temporaryFolder(t), 'console');
  const first = await buildConsole(folder);
  const files = readdirSync(folder, { recursive: true });
  t.same(await buildConsole(folder), first);
  t.same(readdirSync(folder, { recursive: true }), files);
  t.same(readdirSync(join(folder, '..')), ['console']);
});
