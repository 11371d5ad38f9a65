import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { run } from '../support/cli.ts';
import { temporaryFolder } from '../support/temporary.ts';

t.test('an equipment list is imported, compared with the demo, and exported', async (t) => {
  const folder = temporaryFolder(t);
  const into = ['--into', join(folder, 'store')];
  const list = join(folder, 'equipment.csv');
  // The scanner under its number, with an old address; the monitor by its MAC; a pump that is not there; a bed.
  writeFileSync(
    list,
    [
      '\ufeffInventarnr.;Ser. no.;MAC;IP;AET;Room',
      'A1;MRSN41777;;10.20.1.99;;imaging',
      'A2;;00-09-FB-20-03-11;10.20.3.11;;',
      'A3;;00:00:5e:00:53:01;;;',
      'A4;BED-0001;;;;',
      'A5;;no mac;;;',
    ].join('\r\n'),
  );
  const inventory = (...args: string[]) => run(['inventory', ...args, ...into]);
  t.match(await inventory('reconcile'), { status: 1, stderr: /there is none yet/ });
  t.match(await inventory('import', join(folder, 'none.csv')), { status: 1, stderr: /none\.csv: no such file/ });

  const imported = await inventory('import', list, '--columns', 'serial=Ser. no.', '--user', 'biomed');
  t.match(imported, { status: 3, stdout: '5 devices are in the list\n', stderr: /line 6: "no" is no mac/ });
  t.match(imported.stderr, /serial: Ser\. no\./);
  t.match(await inventory('reconcile'), { status: 1, stderr: /the store is empty/ });

  await run(['replay', 'captures/demo', ...into]);
  const config = join(folder, 'w.yaml');
  writeFileSync(
    config,
    'site:\n  zones:\n    - {name: imaging, networks: [10.99.0.0/16]}\n    - {name: ward, networks: [10.20.0.0/16]}\n',
  );
  const { status, stdout } = await inventory('reconcile', '--json', '--config', config);
  t.equal(status, 0);
  const found = JSON.parse(stdout);
  t.match(found.counts, { listed: 5, paired: 2, notSeen: 1, notFindable: 2, retired: 0 });
  t.equal(found.counts.notListed, found.notListed.length);
  t.match(found.list, { file: list, user: 'biomed', rows: 5, problems: 2 });
  t.same(
    found.mismatches.map(({ row, kind, listed, seen }: Record<string, { asset: string }>) => [
      row?.asset,
      kind,
      listed,
      seen,
    ]),
    [
      ['A1', 'address', '10.20.1.99', '10.20.1.12'],
      ['A1', 'location', 'imaging', 'ward'],
    ],
  );
  // Somebody else on the network gives himself out for the scanner.
  t.match(
    found.duplicates.find(({ kind }: { kind: string }) => kind === 'serial'),
    { side: 'wire', value: 'ctsn66012', of: ['02:de:ad:20:06:66', '08:00:06:20:01:11'] },
  );
  t.match((await inventory('reconcile')).stdout, /5 in the list of \d{4}-\d\d-\d\d; 2 of them on the wire\./);
  t.match((await inventory('reconcile', '--format', 'csv')).stdout, /^what,line,.*\r\n/);

  const bom = join(folder, 'devices.cdx.json');
  t.match(await inventory('export', '--format', 'cyclonedx', '--output', bom), {
    status: 0,
    stderr: /devices written/,
  });
  t.match(JSON.parse(readFileSync(bom, 'utf8')), { bomFormat: 'CycloneDX', specVersion: '1.6' });
  t.match((await inventory('export')).stdout, /\r\nA1,[^\r]*MRSN41777/);
});

t.test('a list in which nothing can be found says what it holds', async (t) => {
  const folder = temporaryFolder(t);
  const file = join(folder, 'l.csv');
  writeFileSync(file, 'Ding,Zahl\nx,1\n');
  const into = ['--into', folder];
  const wrong = await run(['inventory', 'import', file, ...into]);
  t.match(wrong, { status: 1, stderr: /no column holds mac, address, ae, serial, host; its columns are Ding, Zahl/ });
  t.match(await run(['inventory', 'import', file, '--columns', 'serial=Nummer', ...into]), {
    status: 1,
    stderr: /no column "Nummer"/,
  });
  t.match(await run(['inventory', 'export', '--format', 'xml', ...into]), { status: 2 });
});
