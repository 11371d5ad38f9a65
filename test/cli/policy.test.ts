import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Value } from 'typebox/value';
import { run } from '../support/cli.ts';
import { mudSchema } from '../support/mud.ts';
import { temporaryFolder } from '../support/temporary.ts';

const WHO = ['--user', 'biomed', '--reason', 'least privilege'];
const BENIGN = 'captures/demo/p05_hl7_benign.pcap.gz';
const THEFT = 'captures/demo/p11_dicom_theft.pcap.gz';
/** The interface engine of the demonstration, and a workstation that steals images later. */
const ENGINE = '00:0c:29:20:02:21';
const THIEF = '00:1b:21:20:06:10';

t.test('a policy is written, taken over again and held against captures', async (t) => {
  const folder = temporaryFolder(t);
  const into = ['--into', folder];
  const baseline = (...args: string[]) => run(['baseline', ...args, ...into]);
  t.equal((await run(['replay', BENIGN, '--run', 'usual', '--learn-until', '+1d', ...into])).status, 0);

  const table = await baseline('policy', ENGINE);
  t.match(table.stdout, /^role +service +peer/);
  t.match(table.stdout, /^server +hl7 +\S+ +10\.20\.2\.20 +tcp\/2575, tcp\/6662 +sign-off/m);
  t.match((await baseline('policy', ENGINE, '--format', 'nft')).stdout, /^table inet wardwatch_00_0c_29_20_02_21 \{$/m);
  t.match(await baseline('policy', 'nobody'), { status: 1, stderr: /no device nobody is known/ });
  t.match(await baseline('policy', ENGINE, '--format', 'pdf'), { status: 2 });

  const mud = await baseline('policy', ENGINE, '--format', 'mud', '--url', 'https://mud.example/engine.json');
  const document = JSON.parse(mud.stdout);
  t.strictSame([...Value.Errors(mudSchema, document)], []);
  t.equal(document['ietf-mud:mud']['mud-url'], 'https://mud.example/engine.json');

  // Warm start elsewhere: a store that has seen the device for the first time.
  const other = temporaryFolder(t);
  t.equal((await run(['replay', BENIGN, '--into', other])).status, 0);
  const file = join(folder, 'engine.json');
  writeFileSync(file, mud.stdout);
  const imported = await run(['baseline', 'import-mud', file, '--device', ENGINE, ...WHO, '--into', other]);
  t.match(imported, {
    status: 0,
    stderr: /^\d+ relations are accepted by the MUD file; the baseline is version 2 now$/m,
  });
  const again = await run(['baseline', 'policy', ENGINE, '--format', 'mud', '--into', other]);
  t.strictSame(
    JSON.parse(again.stdout)['ietf-access-control-list:acls'],
    document['ietf-access-control-list:acls'],
    'the same set',
  );
  t.match((await run(['baseline', 'decisions', '--into', other])).stdout, /biomed +import-mud +00:0c:29:20:02:21/);

  const same = await baseline('test', BENIGN, '--run', 'usual', '--json');
  t.equal(same.status, 0);
  t.match(JSON.parse(same.stdout), { run: 'usual', blocked: [], untested: [] });
  const theft = await baseline('test', THEFT, '--json');
  t.equal(theft.status, 0);
  const { blocked, tested, untested } = JSON.parse(theft.stdout);
  t.strictSame(tested, [THIEF]);
  t.not(untested.length, 0, 'devices for which nothing is accepted yet are named, not blocked');
  t.match(blocked[0], {
    device: THIEF,
    role: 'client',
    service: 'dicom',
    endpoints: ['tcp/11112'],
    first: /^2026-11-23T14:32:4\d/,
    count: 2,
  });
  t.match((await baseline('test', THEFT)).stdout, /dicom +00:0c:29:20:02:10 +tcp\/11112 +2$/m);
  t.equal(
    (await run(['devices', ...into])).stdout.includes('10.20.2.10'),
    false,
    'a dry run leaves nothing in the store',
  );
});

t.test('what is no MUD file is one line', async (t) => {
  const folder = temporaryFolder(t);
  const into = ['--into', folder];
  t.equal((await run(['replay', BENIGN, ...into])).status, 0);
  const file = join(folder, 'x.json');
  const take = () => run(['baseline', 'import-mud', file, '--device', ENGINE, ...WHO, ...into]);
  t.match(await take(), { status: 1, stderr: /no such file or folder/ });
  writeFileSync(file, '{');
  t.match(await take(), { status: 1, stderr: /is no JSON/ });
  writeFileSync(file, '{}');
  t.match(await take(), { status: 1, stderr: /this is no MUD file \(RFC 8520\)/ });
});

t.test('profiles of the site are checked at start', async (t) => {
  const folder = temporaryFolder(t);
  const configuration = join(folder, 'wardwatch.yaml');
  writeFileSync(configuration, 'site:\n  profiles: .\n');
  writeFileSync(join(folder, 'ct.yaml'), 'class: ct\ncolour: red\n');
  const refused = await run(['replay', BENIGN, '--config', configuration]);
  t.equal(refused.status, 2);
  t.match(refused.stderr, /wardwatch\.yaml:2: site\.profiles: .*ct\.yaml:2: colour: unknown key/);
});
