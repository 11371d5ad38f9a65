import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { createApi } from '../../src/api/api.ts';
import { Store } from '../../src/store/store.ts';
import { sampleStoreFolder } from '../support/store.ts';
import { temporaryFolder } from '../support/temporary.ts';

const open = (t: Test, consoleFolder: string) => {
  const store = Store.open(
    sampleStoreFolder((action) => t.teardown(action)),
    { readOnly: true },
  );
  const api = createApi({ store, version: '1.2.3', consoleFolder });
  t.teardown(async () => {
    await api.close();
    store.close();
  });
  return (url: string) => api.inject({ url, headers: { host: '127.0.0.1:8470' } });
};

const built = (t: Test): string => {
  const folder = temporaryFolder(t);
  mkdirSync(join(folder, 'assets'));
  writeFileSync(join(folder, 'index.html'), '<!doctype html><title>wardwatch</title>');
  writeFileSync(join(folder, 'assets', 'console-1.js'), 'run();');
  writeFileSync(join(folder, 'assets', 'secret.pem'), 'secret');
  return folder;
};

t.test('the page is handed out, never kept; its files are kept for ever', async (t) => {
  const get = open(t, built(t));
  const page = await get('/');
  t.equal(page.statusCode, 200);
  t.match(page.headers['content-type'], /^text\/html/);
  t.equal(page.headers['cache-control'], 'no-store');
  const script = await get('/assets/console-1.js');
  t.match(script.headers['content-type'], /^text\/javascript/);
  t.match(script.headers['cache-control'], /immutable/);
  t.equal(script.body, 'run();');
});

t.test('only files of the page are handed out, and no way leads out of the folder', async (t) => {
  const get = open(t, built(t));
  for (const url of [
    '/assets/secret.pem',
    '/assets/..%2findex.html',
    '/assets/%2e%2e/index.html',
    '/assets/',
    '/assets/none.js',
  ]) {
    t.equal((await get(url)).statusCode, 404, url);
  }
});

t.test('the policy allows nothing inline and nothing from outside', async (t) => {
  const policy = String((await open(t, built(t))('/')).headers['content-security-policy']);
  t.match(policy, /default-src 'none'/);
  t.notMatch(policy, /unsafe|https?:|\*/);
});

t.test('a console that was not built is said in words', async (t) => {
  const page = await open(t, '')('/');
  t.equal(page.statusCode, 200);
  t.match(page.body, /was not built/);
});
