import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { goldens, goldenText } from './golden.ts';

for (const name of Object.keys(goldens)) {
  t.test(`${name} says what it said before (npm run golden writes it anew)`, async (t) => {
    const before = readFileSync(join(import.meta.dirname, `${name}.txt`), 'utf8');
    t.equal(await goldenText(name), before);
  });
}
