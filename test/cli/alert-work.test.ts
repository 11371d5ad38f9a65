import t from 'tap';
import { run } from '../support/cli.ts';
import { temporaryFolder } from '../support/temporary.ts';

t.test('a person takes an alert up, closes it, and hides others for a while', async (t) => {
  const into = ['--into', temporaryFolder(t)];
  const alerts = (...args: string[]) => run(['alerts', ...args, ...into]);
  await run(['replay', 'captures/demo', '--learn-until', '+60s', ...into]);
  const { alerts: listed } = JSON.parse((await alerts('--json')).stdout) as {
    alerts: { id: string; detector: string }[];
  };
  const id = listed[0]?.id ?? '';

  t.equal((await alerts('acknowledge', id, '--user', 'biomed')).status, 0);
  t.equal((await alerts('close', id, '--as', 'benign', '--user', 'biomed', '--reason', 'vendor visit')).status, 0);
  t.match(await alerts('close', id, '--as', 'true', '--user', 'biomed'), { status: 1, stderr: /closed already/ });
  t.match((await alerts('history', id)).stdout, /acknowledge[\s\S]*close +benign +vendor visit/);
  t.match((await alerts('precision')).stdout, /1 +0 +0 %/);

  const { incidents } = JSON.parse((await alerts('incidents', '--json')).stdout);
  t.match(incidents[0], { id: /^[0-9a-f]{16}$/, devices: [/./], risk: Number });
  const closing = ['--as', 'expected', '--user', 'biomed'];
  t.equal((await alerts('close', incidents[0].id, ...closing)).status, 0, 'an incident is closed with its alerts');
  t.match(await alerts('close', incidents[0].id, ...closing), { status: 1, stderr: /closed already/ });
  t.match((await alerts('digest')).stdout, /Nothing waits/);

  const rule = ['suppress', '--detector', 'BL-01', '--user', 'biomed', '--owner', 'it', '--reason', 'migration'];
  const shown = (await alerts(...rule, '--preview')).stdout.trim().split('\n');
  t.equal(shown.length, listed.filter(({ detector }) => detector === 'BL-01').length);
  t.equal(
    JSON.parse((await alerts('suppressions', '--json')).stdout).suppressions.length,
    0,
    'a preview makes no rule',
  );
  t.equal((await alerts(...rule)).status, 0);
  const { suppressions } = JSON.parse((await alerts('suppressions', '--json')).stdout);
  t.match(suppressions, [{ detector: 'BL-01', owner: 'it', hides: shown.length }]);
});

t.test('what cannot be done is one line', async (t) => {
  const into = ['--into', temporaryFolder(t)];
  t.match(await run(['alerts', 'acknowledge', 'x', '--user', 'a', ...into]), {
    status: 1,
    stderr: /there is none yet/,
  });
  t.match(await run(['alerts', 'close', 'x', '--user', 'a', ...into]), { status: 2, stderr: /--as/ });
  await run(['replay', 'captures/demo', ...into]);
  t.match(await run(['alerts', 'acknowledge', 'x', '--user', 'a', ...into]), { status: 1, stderr: /has no alert x/ });
  const all = ['alerts', 'suppress', '--user', 'a', '--owner', 'b', '--reason', 'c', ...into];
  t.match(await run(all), { status: 1, stderr: /hides everything/ });
  t.match(await run([...all, '--detector', 'BL-99']), { status: 1, stderr: /there is no detector BL-99/ });
});
