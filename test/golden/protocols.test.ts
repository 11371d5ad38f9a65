import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { protocolCaptures, protocolText } from './protocols.ts';

const folder = join(import.meta.dirname, 'protocols');

for (const name of protocolCaptures()) {
  t.test(`${name} is told as before (npm run golden writes it anew)`, async (t) => {
    const path = join(folder, `${name}.txt`);
    t.equal(await protocolText(name), existsSync(path) ? readFileSync(path, 'utf8') : '');
  });
}

t.test('no golden text without its capture', (t) => {
  t.same(
    readdirSync(folder).sort(),
    protocolCaptures().map((name) => `${name}.txt`),
  );
  t.end();
});

t.test('the captures are what their scripts make', async (t) => {
  const captures = join(import.meta.dirname, '../../captures/protocols');
  for (const script of readdirSync(captures).filter((name) => /^make-.*\.ts$/.test(name))) {
    const made = (await import(join(captures, script))) as { captures?: Readonly<Record<string, Uint8Array>> };
    for (const [name, bytes] of Object.entries(made.captures ?? {})) {
      t.ok(readFileSync(join(captures, `${name}.pcap`)).equals(Buffer.from(bytes)), `${name} by ${script}`);
    }
  }
});
