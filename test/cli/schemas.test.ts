import { readFileSync } from 'node:fs';
import t from 'tap';
import { generatedDocuments } from '../../src/cli/schemas.ts';

for (const { file, text } of generatedDocuments()) {
  t.test(`${file} is what the schemas in the code say (node src/cli/schemas.ts writes it)`, (t) => {
    t.ok(readFileSync(file, 'utf8') === text);
    t.end();
  });
}
