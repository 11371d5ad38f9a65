/**
 * The same capture says the same bytes: with any number of workers, at any speed, in any time zone, in any order of
 * its files, and also when it was interrupted before.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import t from 'tap';
import type { ReplayOptions } from '../../src/pipeline/replay.ts';
import { Store } from '../../src/store/store.ts';
import { run, start } from '../support/cli.ts';
import { labPath, lacksLab, replayFile } from '../support/replayed.ts';
import { temporaryFolder } from '../support/temporary.ts';

interface Subject {
  readonly what: string;
  readonly inputs: readonly string[];
  readonly skip: string | false;
}

const subjects: readonly Subject[] = [
  { what: 'p30_shift_ssh_http_exfil', inputs: [labPath('p30_shift_ssh_http_exfil.pcap')], skip: lacksLab },
  { what: 'p12_remote_control', inputs: [labPath('p12_remote_control.pcap')], skip: lacksLab },
  { what: 'captures/demo', inputs: ['captures/demo'], skip: false },
];
const LEARN = { learnUntil: { afterUs: 60e6 } };

async function bytesOf(inputs: readonly string[], options: Partial<ReplayOptions> = {}): Promise<string> {
  return JSON.stringify((await replayFile(inputs, { run: null, ...LEARN, ...options })).report);
}

const ways: readonly (readonly [string, Partial<ReplayOptions>])[] = [
  ['again', {}],
  ['with two workers', { workers: 2 }],
  ['with three workers', { workers: 3 }],
  ['at 500 times its own speed', { speed: 500 }],
];

for (const { what, inputs, skip } of subjects) {
  t.test(`${what} says the same bytes`, { skip }, async (t) => {
    const wanted = await bytesOf(inputs);
    t.ok(wanted.length > 10_000);
    for (const [way, options] of ways) t.ok((await bytesOf(inputs, options)) === wanted, way);
    for (const zone of ['Pacific/Kiritimati', 'America/St_Johns']) {
      const args = ['replay', ...inputs, '--json', '--learn-until', '+60s'];
      const { stdout, stderr } = await run(args, { env: { TZ: zone, LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8' } });
      t.ok(stdout.trimEnd() === wanted, `${zone} ${stderr}`);
    }
  });
}

t.test('the order in which files are named does not matter', { skip: lacksLab }, async (t) => {
  const files = ['p12_remote_control.pcap', 'p05_hl7_benign.pcap', 'p11_dicom_theft.pcap'].map(labPath);
  const wanted = await bytesOf(files);
  t.ok((await bytesOf([...files].reverse())) === wanted);
  t.ok((await bytesOf([...files.slice(1), files[0] ?? ''], { workers: 2 })) === wanted);
});

/** Everything in a store that is not a number given by the order of writing, as text; `report` in whole. */
function rowsOf(folder: string): Record<string, unknown> {
  const database = new DatabaseSync(join(folder, 'wardwatch.sqlite'), { readOnly: true });
  const all = (sql: string): unknown[] => database.prepare(sql).all();
  const rows = {
    runs: all('SELECT name, kind, inputs, started_us, last_us, finished, report FROM runs ORDER BY name'),
    points: all(`SELECT s.run, s.measurement, s.device, s.tags, p.time_us, p.level, p.body FROM series s
      JOIN points p ON p.series = s.id ORDER BY 1, 2, 3, 4, 5, 6`),
    series: all('SELECT run, measurement, device, tags FROM series ORDER BY 1, 2, 3, 4'),
    ...Object.fromEntries(
      ['devices', 'evidence', 'alerts', 'incidents', 'held', 'posture', 'oddities', 'pruned'].map((table) => [
        table,
        all(`SELECT * FROM ${table} ORDER BY 1, 2, 3`),
      ]),
    ),
  };
  database.close();
  return rows;
}

const SHIFT = 'p30_shift_ssh_http_exfil.pcap';

t.test(
  'a replay that is stopped is not finished, and repeated it is as if nothing had been',
  { skip: lacksLab },
  async (t) => {
    const [broken, whole] = [temporaryFolder(t), temporaryFolder(t)];
    const options = { run: 'one', ...LEARN };
    const store = Store.open(broken);
    const stop = new AbortController();
    const onProgress = ({ packets }: { packets: number }): void => {
      if (packets > 1_000) stop.abort();
    };
    // Slow enough to be in the middle when it is stopped.
    const slowly = { speed: 10_000, signal: stop.signal, onProgress };
    await t.rejects(replayFile(labPath(SHIFT), { ...options, store, ...slowly }), /interrupted/);
    t.match(store.runs(), [{ name: 'one', finished: false }]);
    t.equal(store.report('one'), null);
    await replayFile(labPath(SHIFT), { ...options, store });
    store.close();
    const other = Store.open(whole);
    await replayFile(labPath(SHIFT), { ...options, store: other });
    other.close();
    t.same(rowsOf(broken), rowsOf(whole));
  },
);

t.test('a run of the same name starts afresh, whatever it was before', { skip: lacksLab }, async (t) => {
  const [used, fresh] = [temporaryFolder(t), temporaryFolder(t)];
  for (const [folder, names] of [
    [used, ['p31_shift_reverse_shell.pcap', SHIFT]],
    [fresh, [SHIFT]],
  ] as const) {
    const store = Store.open(folder);
    for (const name of names) await replayFile(labPath(name), { store, run: 'one', ...LEARN });
    store.close();
  }
  t.same(rowsOf(used), rowsOf(fresh));
});

t.test(
  'a replay that is killed while it writes, and repeated, leaves what an unharmed one leaves',
  { skip: lacksLab },
  async (t) => {
    const [killed, unharmed] = [join(temporaryFolder(t), 'store'), join(temporaryFolder(t), 'store')];
    // Short intervals, so that there is much to write long before the end.
    const config = join(temporaryFolder(t), 'ward.yaml');
    writeFileSync(config, 'intervalSeconds: 1\n');
    const args = (folder: string): string[] => [
      'replay',
      labPath(SHIFT),
      labPath('p32_shift_benign_only.pcap'),
      '--into',
      folder,
      '--run',
      'one',
      '--config',
      config,
      '--learn-until',
      '+60s',
      '--json',
    ];
    const victim = start([...args(killed), '--speed', '400']);
    while (!hasPoints(killed)) await new Promise((resolve) => setTimeout(resolve, 20));
    victim.child.kill('SIGKILL');
    await victim.ended;
    t.equal(isFinished(killed), false, 'it was in the middle');
    const again = await run(args(killed));
    const wanted = await run(args(unharmed));
    t.equal(again.status, 0, again.stderr);
    t.ok(again.stdout === wanted.stdout, 'the same report');
    t.same(rowsOf(killed), rowsOf(unharmed), 'the same rows');
  },
);

function isFinished(folder: string): boolean {
  const store = Store.open(folder, { readOnly: true });
  const [only] = store.runs();
  store.close();
  return only?.finished ?? false;
}

function hasPoints(folder: string): boolean {
  const file = join(folder, 'wardwatch.sqlite');
  if (!existsSync(file)) return false;
  try {
    const database = new DatabaseSync(file, { readOnly: true });
    const row = database.prepare('SELECT count(*) AS points FROM points').get();
    database.close();
    return Number(row?.points) > 0;
  } catch {
    // The program is making its tables at this moment.
    return false;
  }
}
