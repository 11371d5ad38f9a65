/**
 * `npm run golden`: writes the golden texts anew. Read the difference before you commit it.
 * With names (`npm run golden -- dns`) only those.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { goldens, goldenText } from './golden.ts';
import { protocolCaptures, protocolText } from './protocols.ts';
import { stories } from './stories.ts';

const wanted = new Set(process.argv.slice(2));
const isWanted = (name: string): boolean => wanted.size === 0 || wanted.has(name);

for (const name of Object.keys(goldens).filter(isWanted)) {
  writeFileSync(join(import.meta.dirname, `${name}.txt`), await goldenText(name));
}
for (const name of protocolCaptures().filter(isWanted)) {
  writeFileSync(join(import.meta.dirname, 'protocols', `${name}.txt`), await protocolText(name));
}
for (const [name, story] of Object.entries(stories)) {
  if (isWanted(name)) writeFileSync(join(import.meta.dirname, 'stories', `${name}.txt`), story());
}
