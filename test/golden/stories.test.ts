import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { stories } from './stories.ts';

for (const [name, story] of Object.entries(stories)) {
  t.test(`story ${name} reads as before (npm run golden writes it anew)`, (t) => {
    const file = join(import.meta.dirname, 'stories', `${name}.txt`);
    t.equal(story(), existsSync(file) ? readFileSync(file, 'utf8') : '');
    t.end();
  });
}
