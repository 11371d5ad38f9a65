/** `npm run golden`: writes the golden texts anew. Read the difference before you commit it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { goldens, goldenText } from './golden.ts';

for (const name of Object.keys(goldens)) {
  writeFileSync(join(import.meta.dirname, `${name}.txt`), await goldenText(name));
}
