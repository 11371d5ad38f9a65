import { statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { readKey, replayKey, siteKey } from '../../src/cli/keys.ts';
import { freshConfiguration } from '../../src/configuration.ts';
import { KEY_BYTES, publishedKey } from '../../src/pipeline/key.ts';
import { freshFolder } from '../support/cli.ts';

const hex = (key: Uint8Array): string => Buffer.from(key).toString('hex');
const DAY_MS = 86_400_000;

t.test('the published key is 32 bytes', (t) => {
  t.equal(publishedKey.length, KEY_BYTES);
  t.equal(replayKey(undefined), publishedKey);
  t.end();
});

t.test('a key is read as bytes, hexadecimal or base64', (t) => {
  const folder = freshFolder((action) => t.teardown(action));
  const key = Buffer.from(publishedKey);
  for (const [name, content] of [
    ['raw', key],
    ['hex', `${key.toString('hex')}\n`],
    ['base64', `${key.toString('base64')}\n`],
  ] as const) {
    writeFileSync(join(folder, name), content);
    t.same(Buffer.from(readKey(join(folder, name))), key, name);
  }
  writeFileSync(join(folder, 'short'), 'abc');
  t.throws(() => readKey(join(folder, 'short')), { message: /a key is 32 bytes/ });
  t.throws(() => readKey(join(folder, 'none')), { message: /no such file/ });
  t.end();
});

t.test('a site makes its own key, keeps it for itself, and replaces it when it is old', (t) => {
  const folder = freshFolder((action) => t.teardown(action));
  const configuration = freshConfiguration();
  const first = siteKey(folder, configuration);
  t.not(hex(first), hex(publishedKey));
  t.equal(statSync(join(folder, 'key')).mode & 0o777, 0o600);
  t.equal(hex(siteKey(folder, configuration)), hex(first));
  const old = Date.now() - (configuration.privacy.rotateDays + 1) * DAY_MS;
  utimesSync(join(folder, 'key'), old / 1000, old / 1000);
  t.not(hex(siteKey(folder, configuration)), hex(first));
  t.end();
});
