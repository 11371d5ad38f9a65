import { readdirSync, readFileSync } from 'node:fs';
import t from 'tap';

const folder = new URL('../../src/wire/', import.meta.url);

t.test('every oddity of the headers is documented, and no other', (t) => {
  const document = readFileSync(new URL('../../docs/oddities.md', import.meta.url), 'utf8');
  const section = document.split(/^## /m).find((part) => part.startsWith('Wire\n')) ?? '';
  const documented = [...section.matchAll(/^\| `(\w+)` \|/gm)].map((match) => match[1] ?? '');
  const sources = readdirSync(folder).map((file) => readFileSync(new URL(file, folder), 'utf8'));
  const used = new Set([...sources.join('').matchAll(/'([a-z0-9]+(?:_[a-z0-9]+)+)'/g)].map((match) => match[1] ?? ''));
  t.strictSame([...documented].sort(), [...used].sort());
  t.end();
});
