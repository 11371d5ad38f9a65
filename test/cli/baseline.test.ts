import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { run } from '../support/cli.ts';
import { temporaryFolder } from '../support/temporary.ts';

const WHO = ['--user', 'biomed', '--reason', 'service contract'];

interface Listed {
  devices: { id: string; accepted: number; candidates: number; states: { structure: { state: string } } }[];
}

t.test('a person shows, decides, compares and goes back', async (t) => {
  const into = ['--into', temporaryFolder(t)];
  const baseline = (...args: string[]) => run(['baseline', ...args, ...into]);
  t.equal((await run(['replay', 'captures/demo', ...into])).status, 0);

  const listed = JSON.parse((await baseline('list', '--json')).stdout) as Listed;
  const device = listed.devices.find(({ candidates }) => candidates > 1);
  t.ok(device, 'a device with candidates');
  if (device === undefined) return;
  t.match(device.states.structure, { state: 'learn' });
  t.match((await baseline('list')).stdout, /14 days to go/);

  const shown = JSON.parse((await baseline('show', device.id, '--json')).stdout);
  const [relation] = shown.structure.relations;
  const about = ['--peer', relation.peer, '--service', relation.service];
  t.match(await baseline('accept', device.id, ...about, ...WHO), { status: 0, stderr: /version 2 now/ });
  t.match((await baseline('show', device.id)).stdout, /accepted \(person\)/);
  t.match((await baseline('compare', '1', '2')).stdout, new RegExp(`\\+ \\w+ ${relation.service}`));
  t.match((await baseline('decisions')).stdout, /biomed +accept .*service contract/);

  t.match(await baseline('rollback', '1', ...WHO), { status: 0 });
  const { versions } = JSON.parse((await baseline('versions', '--json')).stdout);
  t.equal(versions.length, 3);
  t.equal(versions[2].digest, versions[0].digest, 'to the byte');
  const { held } = JSON.parse((await run(['held', '--json', ...into])).stdout) as { held: Record<string, string>[] };
  const [waits] = held.filter(({ deviceAddress, peerAddress, verb }) => deviceAddress && peerAddress && !verb);
  const asShown = ['--peer', waits?.peerAddress ?? '', '--service', waits?.service ?? ''];
  t.match(
    await baseline('accept', waits?.deviceAddress ?? '', ...asShown, ...WHO),
    { status: 0 },
    'by the addresses that `held` shows',
  );
});

t.test('an exported baseline is taken over only as it was signed', async (t) => {
  const folder = temporaryFolder(t);
  const into = ['--into', folder];
  await run(['replay', 'captures/demo', ...into]);
  const file = join(folder, 'baseline.json');
  t.equal((await run(['baseline', 'export', file, ...into])).status, 0);
  t.equal((await run(['baseline', 'import', file, ...WHO, ...into])).status, 0);
  writeFileSync(file, readFileSync(file, 'utf8').replace('"acceptedBy":""', '"acceptedBy":"person"'));
  const refused = await run(['baseline', 'import', file, ...WHO, ...into]);
  t.match(refused, { status: 1, stderr: /the signature does not fit/ });
  t.equal(refused.stderr.trim().split('\n').length, 1);
});

t.test('what cannot be done is one line and a documented exit status', async (t) => {
  const folder = temporaryFolder(t);
  const into = ['--into', folder];
  const cases: [string[], number, RegExp][] = [
    [['list'], 1, /there is none yet/],
    [['sign-off'], 2, /'--user <name>' not specified/],
    [['compare', 'x', '2'], 2, /Allowed: the number of a version/],
    [['restart', 'a', '--layer', 'colour', ...WHO], 2, /Allowed choices are structure, semantics, quantity, time/],
  ];
  for (const [args, status, text] of cases) {
    const found = await run(['baseline', ...args, ...into]);
    t.equal(found.status, status, args.join(' '));
    t.match(found.stderr, text);
    t.equal(found.stderr.trim().split('\n').length, 1);
  }
  await run(['replay', 'captures/demo', ...into]);
  t.match(await run(['baseline', 'show', 'nobody', ...into]), { status: 1, stderr: /no device nobody/ });
  t.match(await run(['baseline', 'rollback', '9', ...WHO, ...into]), { status: 1, stderr: /has no version 9/ });
});
