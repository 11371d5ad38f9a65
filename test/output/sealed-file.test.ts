import { readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { openSealed, SealedWriter, sealedHead } from '../../src/output/sealed-file.ts';
import { temporaryFolder } from '../support/temporary.ts';

const key = new Uint8Array(32).fill(7);
const words = (text: string): Uint8Array => Buffer.from(text, 'latin1');

function sealed(folder: string, parts: readonly string[], isEnded = true): string {
  const file = join(folder, 'one.wwraw');
  const writer = new SealedWriter(file, key, { user: 'biomed', reason: 'pump stopped' });
  for (const part of parts) writer.write(words(part));
  if (isEnded) writer.end();
  return file;
}

t.test('what was sealed opens with its key, piece by piece, and only its owner can read the file', (t) => {
  const file = sealed(temporaryFolder(t), ['first ', 'second']);
  const { head, plain, isWhole } = openSealed(file, key);
  t.equal(Buffer.from(plain).toString(), 'first second');
  t.ok(isWhole);
  t.match(head, { user: 'biomed', reason: 'pump stopped', salt: /^[0-9a-f]{32}$/ });
  t.match(sealedHead(file), { user: 'biomed' });
  t.equal(statSync(file).mode & 0o777, 0o600);
  t.notMatch(readFileSync(file, 'latin1'), /first|second/);
  t.end();
});

t.test('another key, or one bit changed anywhere, opens nothing', (t) => {
  const file = sealed(temporaryFolder(t), ['first', 'second']);
  t.throws(() => openSealed(file, new Uint8Array(32)), /the key is another one/);
  const bytes = readFileSync(file);
  for (let at = 12; at < bytes.length; at++) {
    const changed = Buffer.from(bytes);
    changed[at]! ^= 1;
    writeFileSync(file, changed);
    try {
      t.not(openSealed(file, key).isWhole, true, `byte ${at}`);
    } catch {
      t.pass(`byte ${at}`);
    }
  }
  t.end();
});

t.test('a file that was cut, or never ended, gives what came before and says so', (t) => {
  const folder = temporaryFolder(t);
  const file = sealed(folder, ['first', 'second'], false);
  t.match(openSealed(file, key), { isWhole: false });
  truncateSync(file, statSync(file).size - 1);
  const { plain, isWhole } = openSealed(file, key);
  t.strictSame([Buffer.from(plain).toString(), isWhole], ['first', false]);
  t.throws(() => new SealedWriter(file, key, {}), 'nothing is written over');
  writeFileSync(file, 'something else');
  t.throws(() => openSealed(file, key), /no sealed capture/);
  t.end();
});
