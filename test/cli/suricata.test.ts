import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { run } from '../support/cli.ts';
import { eveLine } from '../support/eve.ts';
import { temporaryFolder } from '../support/temporary.ts';

t.test('alerts of Suricata beside a replay are told with the device they concern', async (t) => {
  const folder = temporaryFolder(t);
  const eve = join(folder, 'eve.json');
  const into = ['--into', join(folder, 'store')];
  const at = (changes = {}) => eveLine({ timestamp: '2026-11-23T14:20:00.000000+0000', ...changes });
  writeFileSync(
    eve,
    [at(), at(), at({ src_ip: '192.0.2.7', dest_ip: '192.0.2.8' }), '{"event_type":"dns"}', 'no json'].join('\n'),
  );
  const plain = JSON.parse((await run(['replay', 'captures/demo', '--json'])).stdout);
  const { status, stdout } = await run(['replay', 'captures/demo', '--json', '--suricata', eve, ...into]);
  t.equal(status, 0);
  const report = JSON.parse(stdout);
  t.match(report.foreign, { source: 'suricata', lines: 5, alerts: 3, attached: 2, broken: 1, refused: 0 });
  t.match(report.foreign.rows, [{ count: 2, first: '2026-11-23T14:20:00.000000Z' }, { count: 1 }]);
  // Both ends speak DICOM: it is shown with both, and the one that sent comes first.
  t.match(report.foreign.rows[0], { device: '02:de:ad:20:06:66', peer: '08:00:06:20:01:11', by: 'address' });
  const { foreign: _, ...rest } = report;
  t.same(rest, plain, 'and nothing of ours has changed');

  const listed = JSON.parse((await run(['alerts', 'others', '--json', ...into])).stdout);
  t.match(listed, { total: 2, others: [{ source: 'suricata' }, { source: 'suricata' }] });
  t.match((await run(['alerts', 'others', ...into])).stdout, /02:de:ad:20:06:66 .*ET SCAN something/);
  t.match(
    (await run(['replay', 'captures/demo', '--suricata', eve])).stdout,
    /Suricata: 3 alerts, 2 of them about 1 devices/,
  );
  t.match(await run(['replay', 'captures/demo', '--suricata', join(folder, 'x')]), {
    status: 1,
    stderr: /--suricata .*x: no such file or folder/,
  });
});
