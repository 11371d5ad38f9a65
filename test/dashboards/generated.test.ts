/** What is committed under dashboards/ is what the builders write. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { generated } from '../../dashboards/build.ts';
import { textOf } from '../support/sources.ts';

const FOLDER = 'dashboards';

t.test('the committed files are what `node dashboards/build.ts` writes', (t) => {
  const files = generated();
  for (const [name, text] of files) {
    const path = join(FOLDER, name);
    t.ok(existsSync(path) && textOf(path) === text, `${path} is as built`);
  }
  const committed = readdirSync(join(FOLDER, 'generated')).map((name) => `generated/${name}`);
  t.same(
    committed.filter((name) => !files.has(name)),
    [],
    'and nothing else lies there',
  );
  t.end();
});
