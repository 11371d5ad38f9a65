import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { run } from '../support/cli.ts';
import { temporaryFolder } from '../support/temporary.ts';

t.test('notices of a folder are matched with the demo, and a person decides', async (t) => {
  const folder = temporaryFolder(t);
  const into = ['--into', join(folder, 'store')];
  const notices = join(folder, 'notices');
  mkdirSync(join(notices, 'csaf'), { recursive: true });
  const recall = (number: string, product: string, units: string) => ({
    product_res_number: number,
    recalling_firm: 'Siemens Medical Solutions USA, Inc',
    product_description: product,
    code_info: units,
    reason_for_recall: 'The table may not stop.',
    action: 'A technician will visit.',
    event_date_initiated: '2026-01-05',
  });
  const results = [
    recall('Z-0001-2026', 'MAGNETOM Aera, magnetic resonance system', 'Serial numbers: MRSN41000 to MRSN41999'),
    recall('Z-0002-2026', 'MAGNETOM Aera', 'Serial numbers: MRSN50000-MRSN50999'),
    recall('Z-0003-2026', 'SOMATOM Definition AS (model 8098027)', ''),
  ];
  writeFileSync(join(notices, 'recall.json'), JSON.stringify({ meta: {}, results }));
  writeFileSync(join(notices, 'broken.json'), '{"results": [');
  writeFileSync(
    join(notices, 'csaf', 'a.json'),
    JSON.stringify({
      document: { csaf_version: '2.0', title: 'Resona', publisher: { name: 'CERT' }, tracking: { id: 'A-1' } },
      product_tree: {
        branches: [
          {
            category: 'vendor',
            name: 'Mindray',
            branches: [
              {
                category: 'product_name',
                name: 'Resona 7',
                branches: [
                  { category: 'product_version_range', name: '<3.1', product: { name: 'x', product_id: 'P' } },
                ],
              },
            ],
          },
        ],
      },
      vulnerabilities: [{ cve: 'CVE-2026-1', product_status: { known_affected: ['P'] } }],
    }),
  );
  const recalls = (...args: string[]) => run(['recalls', ...args, ...into]);
  t.match(await recalls('--folder', notices), { status: 1, stderr: /there is none yet/ });
  await run(['replay', 'captures/demo', ...into]);
  t.match(await recalls(), { status: 1, stderr: /no notices yet/ });
  t.match(await recalls('--folder', join(folder, 'none')), { status: 1, stderr: /none: no such file or folder/ });

  const read = await recalls('--folder', notices, '--json');
  t.match(read, { status: 3, stderr: /broken\.json: is no JSON[\s\S]*4 notices in 2 files/ });
  const { matches, counts, withoutModel } = JSON.parse(read.stdout);
  t.ok(withoutModel > 0);
  t.same(
    matches.map((one: Record<string, string>) => `${one.state} ${one.device} ${one.notice} ${one.unit} ${one.version}`),
    [
      'confirmed 08:00:06:20:01:12 openfda:Z-0001-2026 inside any',
      'confirmed 38:0b:26:20:01:13 csaf:A-1 any inside',
      // Two give themselves out for the scanner: both are shown.
      'possible 02:de:ad:20:06:66 openfda:Z-0003-2026 any any',
      'possible 08:00:06:20:01:11 openfda:Z-0003-2026 any any',
    ],
  );
  t.same(counts, { confirmed: 2, possible: 2, dismissed: 0 });

  const one = ['08:00:06:20:01:11', 'openfda:Z-0003-2026'];
  t.match(await recalls('dismiss', ...one, '--user', 'biomed'), { status: 1, stderr: /needs a reason/ });
  t.match(await recalls('dismiss', 'x', 'y', '--user', 'biomed', '--reason', 'z'), { status: 1, stderr: /no match/ });
  t.equal((await recalls('dismiss', ...one, '--user', 'biomed', '--reason', 'updated in May')).status, 0);
  const shown = await recalls('--device', '08:00:06:20:01:11');
  t.match(shown, { status: 0, stdout: /2 confirmed, 1 possible, 1 dismissed/ });
  t.match(
    shown.stdout,
    /DISMISSED 08:00:06:20:01:11 \(CTAWP66012, 10\.20\.1\.11\) by biomed on \d{4}.*: updated in May/,
  );
  t.equal((await recalls('reopen', ...one, '--user', 'biomed')).status, 0);
  t.match((await recalls('--state', 'possible', '--json')).stdout, /"by":"biomed"/);

  // The same from the settings, and a run that comes later.
  const config = join(folder, 'w.yaml');
  writeFileSync(config, 'site:\n  notices: notices\n');
  const again = await run(['replay', 'captures/demo', '--config', config, '--into', join(folder, 'other')]);
  t.match(again, { status: 0, stderr: /warning: site\.notices: broken\.json: is no JSON/ });
  const listed = await run(['recalls', '--json', '--into', join(folder, 'other')]);
  t.match(JSON.parse(listed.stdout), { notices: 4, counts: { confirmed: 2, possible: 2 } });
  writeFileSync(config, 'site:\n  notices: nowhere\n');
  const wrong = await run(['replay', 'captures/demo', '--config', config]);
  t.match(wrong, { status: 2, stderr: /w\.yaml:2: site\.notices: cannot be read \(ENOENT\)/ });
});
