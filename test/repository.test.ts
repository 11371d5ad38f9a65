/** What a reviewer would have to look for by hand: documents that lag behind, paths of one machine, forgotten lists. */
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import t from 'tap';
import { repositoryFiles, sourcesBelow, textOf } from './support/sources.ts';

const files = repositoryFiles();
const documents = files.filter((file) => file.endsWith('.md'));
const code = [...sourcesBelow('src', 'protocols', 'test', 'captures', 'dashboards'), 'bin/wardwatch.js'];
const texts = files.filter((file) => /\.(md|ts|js|json|ya?ml|service|sh|txt)$|(^|\/)(run|LICENSE|NOTICE)$/.test(file));

/** The text between a call's opening parenthesis and its partner. */
function argumentsAt(text: string, open: number): string {
  let depth = 0;
  for (let at = open; at < text.length; at++) {
    if (text[at] === '(') depth++;
    else if (text[at] === ')' && --depth === 0) return text.slice(open + 1, at);
  }
  return text.slice(open + 1);
}

/** Names that code gives to odd traffic: literals in calls of `oddity`, `odd` and `claim`. */
function oddityNames(file: string): string[] {
  const text = textOf(file);
  return [...text.matchAll(/\b(?:oddity|odd|claim)\(/g)].flatMap((call) => {
    const inside = argumentsAt(text, call.index + call[0].length - 1);
    return [...inside.matchAll(/'([a-z][a-z0-9]*(?:_[a-z0-9]+)+)'/g)].map((match) => match[1] ?? '');
  });
}

t.test('every oddity is explained in docs/oddities.md, with an innocent explanation', (t) => {
  const document = existsSync('docs/oddities.md') ? textOf('docs/oddities.md') : '';
  const rows = new Map(
    [...document.matchAll(/^\| `([a-z0-9_]+)` \| ([^|]+) \| ([^|]+) \|$/gm)].map((row) => [row[1], row.slice(2)]),
  );
  const used = new Set(sourcesBelow('src', 'protocols').flatMap(oddityNames));
  t.ok(used.size > 0);
  t.same([...used].filter((name) => !rows.has(name)).sort(), [], 'names without a row');
  for (const [name, cells] of rows)
    t.ok(
      cells.every((cell) => cell.trim().length > 3),
      `${name} has all columns`,
    );
  t.end();
});

t.test('the lock file names no registry, so that every mirror serves', (t) => {
  t.notMatch(textOf('package-lock.json'), /https?:\/\/[^"]*\.tgz/);
  t.end();
});

t.test('no file names a path of one machine', (t) => {
  const machine = /(?:^|[\s"'`(=:])\/(?:work|root|Users|home\/(?!wardwatch\b)[a-z])[\w./-]*/m;
  const found = texts
    .filter((file) => file !== 'package-lock.json' && file !== 'test/repository.test.ts')
    .map((file) => `${file}: ${machine.exec(textOf(file))?.[0].trim() ?? ''}`)
    .filter((line) => !line.endsWith(': '));
  t.same(found, []);
  t.end();
});

t.test('every link in a document leads to a file', (t) => {
  for (const document of documents) {
    const text = textOf(document).replace(/```[\s\S]*?```/g, '');
    for (const [, target = ''] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^(https?:|mailto:|#)/.test(target)) continue;
      const path = normalize(join(dirname(document), target.split('#')[0] ?? ''));
      if (!existsSync(path)) t.fail(`${document} links to ${target}`);
    }
  }
  t.end();
});

t.test('every document that code or a document names exists', (t) => {
  const named = [...documents, ...code].flatMap((file) =>
    [...textOf(file).matchAll(/\bdocs\/[\w./-]+\.(?:md|json|yaml)\b/g)].map(([path]) => ({ file, path })),
  );
  t.same(
    named.filter(({ path }) => !existsSync(path)).map(({ file, path }) => `${file} names ${path}`),
    [],
  );
  t.end();
});

t.test('no check is switched off and nothing is left for later', (t) => {
  const words = new RegExp(
    ['@ts-' + 'ignore', '@ts-' + 'expect-error', 'biome-' + 'ignore', '\\bTO' + 'DO\\b', '\\bFIX' + 'ME\\b'].join('|'),
  );
  for (const file of code) {
    if (file.startsWith('test/support/tap-stream') || file === 'test/repository.test.ts') continue;
    const found = words.exec(textOf(file));
    if (found !== null) t.fail(`${file}: ${found[0]}`);
  }
  t.end();
});

t.test('every protocol and every detector is in its list', (t) => {
  const protocols = textOf('protocols/index.ts');
  for (const entry of readdirSync('protocols', { withFileTypes: true })) {
    if (entry.isDirectory()) t.ok(protocols.includes(`'./${entry.name}/`), `protocols/${entry.name}`);
  }
  const detectors = textOf('src/detectors/index.ts');
  for (const name of readdirSync('src/detectors')) {
    if (/^[a-z]{2}-\d\d-.*\.ts$/.test(name)) t.ok(detectors.includes(`'./${name}'`), `src/detectors/${name}`);
  }
  t.end();
});

t.test('every source file opens by saying what it is for', (t) => {
  const silent = sourcesBelow('src', 'protocols').filter((file) => !/^\s*(import[^;]+;\s*)*\/\*\*/.test(textOf(file)));
  t.same(silent, []);
  t.end();
});

t.test('what the package ships is there', (t) => {
  const { files: shipped } = JSON.parse(textOf('package.json')) as { files: string[] };
  for (const name of shipped) if (name !== 'dist') t.ok(existsSync(name), name);
  t.end();
});
