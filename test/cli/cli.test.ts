/** The command line from outside: exit statuses, what goes where, and one clear line for every mistake. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import t from 'tap';
import { Compile } from 'typebox/compile';
import { replaySchema } from '../../src/cli/replay-schema.ts';
import { freshFolder, run, start } from '../support/cli.ts';
import { sampleStoreFolder } from '../support/store.ts';

const CAPTURE = 'captures/demo/p12_remote_control.pcap.gz';

/** Takes a port until the test is over. */
async function takenPort(teardown: (action: () => void) => void): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  teardown(() => server.close());
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

const mistakes: readonly (readonly [what: string, args: string[], line: RegExp])[] = [
  ['no command', [], /a command is missing/],
  ['an unknown command', ['evaluat'], /unknown command 'evaluat'/],
  ['an unknown option', ['replay', CAPTURE, '--jsn'], /unknown option '--jsn'.*--json/],
  ['a missing argument', ['replay'], /missing required argument 'input'/],
  ['a wrong speed', ['replay', CAPTURE, '--speed', 'fast'], /--speed.*Allowed: max/],
  ['a wrong time', ['replay', CAPTURE, '--learn-until', 'soon'], /--learn-until.*ISO 8601/],
  ['a wrong number of workers', ['replay', CAPTURE, '--workers', '0'], /--workers.*1 to 64/],
  ['a wrong address', ['serve', '--listen', '8470'], /--listen.*ADDRESS:PORT/],
  ['an argument too many', ['serve', 'now'], /too many arguments/],
  ['no interface', ['watch'], /no interface/],
  ['a key that is none', ['replay', CAPTURE, '--key', 'package.json'], /package\.json: a key is 32 bytes/],
  ['a configuration that is not there', ['replay', CAPTURE, '--config', 'none.yaml'], /none\.yaml: cannot be read/],
];
for (const [what, args, line] of mistakes) {
  t.test(`${what} is one line on standard error and exit status 2`, async (t) => {
    const { status, stdout, stderr } = await run(args);
    t.equal(status, 2);
    t.equal(stdout, '');
    t.match(stderr, line);
    t.equal(stderr.trimEnd().split('\n').length, 1, stderr);
  });
}

t.test('a wrong configuration is named by file, line and key', async (t) => {
  const file = join(
    freshFolder((action) => t.teardown(action)),
    'ward.yaml',
  );
  writeFileSync(file, 'site:\n  timeZone: Mars/Phobos\ndetectors:\n  RC-99: { enabled: false }\n');
  const { status, stdout, stderr } = await run(['replay', CAPTURE, '--json', '--config', file]);
  t.equal(status, 2);
  t.equal(stdout, '');
  t.match(stderr, /ward\.yaml:2: site\.timeZone: .*\n.*ward\.yaml:4: detectors\.RC-99: /);
});

t.test('every command has help with an example', async (t) => {
  for (const command of ['replay', 'watch', 'serve', 'demo', 'devices', 'alerts', 'held', 'doctor']) {
    const { status, stdout, stderr } = await run([command, '--help']);
    t.equal(status, 0, command);
    t.match(stdout, new RegExp(`Examples:\\n  \\$ (sudo )?wardwatch ${command}`), command);
    t.equal(stderr, '', command);
  }
});

t.test('the version is the version of the package', async (t) => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  t.same(await run(['--version']), { status: 0, stdout: `${version}\n`, stderr: '' });
});

t.test('a replay prints one JSON object that keeps to the published schema', async (t) => {
  const { status, stdout, stderr } = await run(['replay', CAPTURE, '--json']);
  t.equal(status, 0, stderr);
  t.equal(stdout.trimEnd().split('\n').length, 1);
  const report = JSON.parse(stdout);
  t.same(Compile(replaySchema).Errors(report), []);
  t.same(
    report.files.map((file: { file: string }) => file.file),
    [CAPTURE],
  );
  t.ok(report.packets > 1000);
});

t.test('a replay says the same from a file, from a pipe, and in another time zone', async (t) => {
  const file = await run(['replay', CAPTURE, '--json', '--run', 'x'], { env: { TZ: 'Asia/Kathmandu' } });
  const pipe = await run(['replay', '-', '--json', '--run', 'x'], { input: gunzipSync(readFileSync(CAPTURE)) });
  const plain = (text: string) => ({ ...JSON.parse(text), files: [] });
  t.equal(pipe.status, 0, pipe.stderr);
  t.same(plain(pipe.stdout), plain(file.stdout));
});

t.test('without --json people read packets, protocols, devices, alerts and what could not be seen', async (t) => {
  const { status, stdout } = await run(['replay', CAPTURE, '--learn-until', '+30s']);
  t.equal(status, 0);
  for (const words of [
    /1,613 packets/,
    /^protocol +flows/m,
    /^device +address/m,
    /do first: /,
    /^What could not be seen/m,
  ]) {
    t.match(stdout, words);
  }
  t.notOk(stdout.includes('\u001b'), 'no colours in a file');
});

t.test('nothing readable is exit status 1, and standard output stays empty', async (t) => {
  const { status, stdout, stderr } = await run(['replay', 'no-such.pcap', '--json']);
  t.equal(status, 1);
  t.equal(stdout, '');
  t.match(stderr, /no-such\.pcap: .*no such file/);
});

t.test('one unreadable input among others is exit status 3, named with offset and reason', async (t) => {
  const folder = freshFolder((action) => t.teardown(action));
  const cut = join(folder, 'cut.pcap');
  const whole = gunzipSync(readFileSync(CAPTURE));
  writeFileSync(cut, whole.subarray(0, whole.length - 7));
  const { status, stdout, stderr } = await run(['replay', CAPTURE, cut, '--json']);
  t.equal(status, 3);
  t.match(stderr, /cut\.pcap: at byte \d+: /);
  const errors = new Map(
    JSON.parse(stdout).files.map(({ file, error }: { file: string; error: string | null }) => [file, error]),
  );
  t.equal(errors.get(CAPTURE), null);
  t.match(errors.get(cut), /cut short/);
});

function isReading(process: number | undefined, file: string): boolean {
  const folder = `/proc/${process}/fd`;
  return readdirSync(folder).some((descriptor) => {
    try {
      return readlinkSync(join(folder, descriptor)).endsWith(file);
    } catch {
      return false;
    }
  });
}

t.test('a replay without --into leaves nothing behind, also when it fails', async (t) => {
  const folder = freshFolder((action) => t.teardown(action));
  await run(['replay', CAPTURE], { env: { TMPDIR: folder } });
  await run(['replay', 'no-such.pcap'], { env: { TMPDIR: folder } });
  const slow = start(['replay', CAPTURE, '--speed', '1'], { env: { TMPDIR: folder } });
  while (!isReading(slow.child.pid, CAPTURE)) await new Promise((resolve) => setTimeout(resolve, 20));
  slow.child.kill('SIGINT');
  const { status, stdout } = await slow.ended;
  t.equal(status, 130);
  t.equal(stdout, '');
  // Node may keep its compile cache there.
  const left = readdirSync(folder).filter((name) => name.startsWith('wardwatch'));
  t.same(left, []);
});

t.test('a replay into a folder is there to read: devices, alerts, held', async (t) => {
  const folder = join(
    freshFolder((action) => t.teardown(action)),
    'store',
  );
  t.equal((await run(['replay', CAPTURE, '--into', folder, '--run', 'one'])).status, 0);
  const { run: name, total, devices } = JSON.parse((await run(['devices', '--into', folder, '--json'])).stdout);
  t.equal(name, 'one');
  t.ok(total > 0 && devices.length === total);
  t.match((await run(['devices', '--into', folder])).stdout, /10\.20\.4\.11/);
  t.equal((await run(['alerts', '--into', folder])).status, 0);
  t.equal((await run(['held', '--into', folder, '--json', '--run', 'one'])).status, 0);
  const other = await run(['alerts', '--into', folder, '--run', 'two']);
  t.match(other, { status: 1, stdout: '', stderr: /no run two/ });
});

t.test('a folder that cannot be written is exit status 1', async (t) => {
  const folder = freshFolder((action) => t.teardown(action));
  writeFileSync(join(folder, 'file'), '');
  const { status, stdout, stderr } = await run(['replay', CAPTURE, '--into', join(folder, 'file'), '--json']);
  t.match({ status, stdout }, { status: 1, stdout: '' });
  t.match(stderr, /store .*file/);
  const closed = join(folder, 'closed');
  mkdirSync(closed);
  chmodSync(closed, 0o500);
  // The superuser may write everywhere.
  if (process.getuid?.() !== 0) t.equal((await run(['replay', CAPTURE, '--into', closed])).status, 1);
});

t.test('a store that is not there cannot be served or listed', async (t) => {
  const folder = freshFolder((action) => t.teardown(action));
  for (const command of ['serve', 'devices', 'alerts', 'held']) {
    t.match(await run([command, '--into', folder]), { status: 1, stdout: '', stderr: /there is none yet/ }, command);
  }
});

t.test('serve answers until SIGTERM, and then ends with 0', async (t) => {
  const folder = sampleStoreFolder((action) => t.teardown(action));
  const serving = start(['serve', '--into', folder, '--listen', '127.0.0.1:0']);
  const address = (await serving.line(/^ready /)).slice('ready '.length);
  const answer = await fetch(`${address}/api/v1/devices`);
  t.equal(answer.status, 200);
  t.match(await answer.json(), { run: 'march', total: 3 });
  serving.child.kill('SIGTERM');
  t.match(await serving.ended, { status: 0, stderr: /^wardwatch: to make the first administrator, open .*\n$/ });
});

t.test('serve fails on a taken port', async (t) => {
  const port = await takenPort((action) => t.teardown(action));
  const folder = sampleStoreFolder((action) => t.teardown(action));
  const { status, stdout, stderr } = await run(['serve', '--into', folder, '--listen', `127.0.0.1:${port}`]);
  t.match({ status, stdout }, { status: 1, stdout: '' });
  t.match(stderr, new RegExp(`cannot listen on 127\\.0\\.0\\.1:${port}: address already in use`));
  t.equal(stderr.trimEnd().split('\n').length, 1);
});

t.test('demo takes the next free port, says so, serves, and ends with 0 on SIGINT', async (t) => {
  const port = await takenPort((action) => t.teardown(action));
  const demo = start(['demo', '--listen', `127.0.0.1:${port}`]);
  const ready = await demo.line(/^ready /);
  t.not(ready, `ready http://127.0.0.1:${port}`);
  const health = await fetch(`${ready.slice('ready '.length)}/api/v1/health`);
  t.match(await health.json(), { status: 'ok', latestRun: 'demo' });
  demo.child.kill('SIGINT');
  const { status, stdout, stderr } = await demo.ended;
  t.equal(status, 0);
  t.match(stdout, /packets.*\n(.*\n)*ready /);
  t.match(stderr, new RegExp(`port ${port} is taken`));
});

t.test('demo --no-serve ends after its summary', async (t) => {
  const { status, stdout } = await run(['demo', '--no-serve']);
  t.equal(status, 0);
  t.match(stdout, /^run demo: .* packets/);
  t.notMatch(stdout, /ready/);
});

t.test('an InfluxDB that is away is a warning: the points wait in the spool', async (t) => {
  const folder = freshFolder((action) => t.teardown(action));
  const port = await takenPort((action) => t.teardown(action));
  const url = `http://127.0.0.1:${port === 65_535 ? 1 : port + 1}/ward`;
  const { status, stdout, stderr } = await run(['replay', CAPTURE, '--into', folder, '--json', '--influx', url]);
  t.equal(status, 0, stderr);
  t.equal(JSON.parse(stdout).schema, 1);
  t.match(
    stderr,
    /^wardwatch: warning: InfluxDB at .*: connection refused: .*; points wait in .*spool\/replay-[0-9a-f]+\n$/,
  );
  t.ok(readdirSync(join(folder, 'spool')).length > 0);
});

t.test('doctor says what is well and what to do about the rest', async (t) => {
  const folder = freshFolder((action) => t.teardown(action));
  const well = await run(['doctor', '--into', folder]);
  t.match(well, { status: 0, stdout: /ok +store: / });
  const unwell = await run(['doctor', '--into', folder, '--interface', 'nosuch0']);
  t.match(unwell, { status: 1, stdout: /problem +interface nosuch0: .*does not exist/ });
  const file = join(folder, 'ward.yaml');
  writeFileSync(file, 'baseline: maybe\n');
  t.match(await run(['doctor', '--into', folder, '--config', file]), { status: 2, stdout: /ward\.yaml:1: baseline/ });
});

t.test('watch needs an interface that exists and a store that can be written', async (t) => {
  const folder = freshFolder((action) => t.teardown(action));
  const { status, stdout } = await run(['watch', '--interface', 'nosuch0', '--into', join(folder, 'store')]);
  t.match({ status, stdout }, { status: 1, stdout: '' });
  writeFileSync(join(folder, 'file'), '');
  t.equal((await run(['watch', '--interface', 'lo', '--into', join(folder, 'file')])).status, 1);
});

const older = ['/usr/bin/node', '/usr/local/bin/node'].find((node) => {
  const { status, stdout } = spawnSync(node, ['--version'], { encoding: 'utf8' });
  return status === 0 && Number.parseInt(stdout.slice(1), 10) < 24;
});
t.test(
  'an older Node hands over to the one that npm brought: status, output and signals',
  { skip: older === undefined ? 'no Node older than 24 on this machine' : false },
  async (t) => {
    const node = older ?? '';
    t.equal((await run(['--version'], { node })).status, 0);
    t.equal((await run(['replay'], { node })).status, 2);
    const folder = sampleStoreFolder((action) => t.teardown(action));
    const serving = start(['serve', '--into', folder, '--listen', '127.0.0.1:0'], { node });
    await serving.line(/^ready /);
    serving.child.kill('SIGTERM');
    t.equal((await serving.ended).status, 0);
  },
);
