/** Everything a person can get wrong: one clear line, the exit status of docs/operations.md, and nothing lost. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer as createWebServer } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { gunzipSync } from 'node:zlib';
import t, { type Test } from 'tap';
import { type Ended, freshFolder, type RunOptions, run } from '../support/cli.ts';

const FILE_HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;

const folder = freshFolder((action) => t.teardown(action));
const at = (name: string): string => join(folder, name);
const good = gunzipSync(readFileSync('captures/demo/p12_remote_control.pcap.gz'));
const firstEnd = FILE_HEADER_BYTES + RECORD_HEADER_BYTES + good.readUInt32LE(FILE_HEADER_BYTES + 8);
/** A record that says it holds two gigabytes. */
const impossible = Buffer.from(good.subarray(FILE_HEADER_BYTES, firstEnd));
impossible.writeUInt32LE(0x7fff_ffff, 8);
impossible.writeUInt32LE(0x7fff_ffff, 12);

writeFileSync(at('good.pcap'), good);
writeFileSync(at('empty.pcap'), '');
writeFileSync(at('text.pcap'), 'Dear colleague, the capture is attached.\n');
writeFileSync(at('impossible.pcap'), Buffer.concat([good.subarray(0, FILE_HEADER_BYTES), impossible]));
mkdirSync(at('letters'));
writeFileSync(join(at('letters'), 'letter.txt'), 'none here');
mkdirSync(at('mixed'));
copyFileSync(at('good.pcap'), join(at('mixed'), 'a.pcap'));
writeFileSync(join(at('mixed'), 'b.pcap'), Buffer.concat([good.subarray(0, firstEnd), impossible]));
writeFileSync(at('key.yaml'), 'site:\n  name: Ward 3\n  colour: blue\n');
writeFileSync(at('value.yaml'), 'intervalSeconds: soon\n');
writeFileSync(at('broken.yaml'), 'site: [\n');

/** A store with a run that every mistake below is aimed at. */
const kept = ['--into', at('kept'), '--run', 'kept'];
t.before(async () => {
  t.match(await run(['replay', at('good.pcap'), ...kept, '--learn-until', '+30s']), { status: 0, stderr: '' });
});

interface Mistake {
  what: string;
  args: string[];
  status: 1 | 2;
  line: RegExp;
  options?: RunOptions;
}

const replay = (input: string, ...more: string[]): string[] => ['replay', input, ...kept, '--json', ...more];
const cut = (bytes: number): RunOptions => ({ input: good.subarray(0, bytes) });

const mistakes: readonly Mistake[] = [
  { what: 'a missing file', args: replay(at('none.pcap')), status: 1, line: /none\.pcap: .*no such file or folder/ },
  { what: 'a folder without captures', args: replay(at('letters')), status: 1, line: /letters: .*no capture files/ },
  { what: 'a pattern without a match', args: replay(at('*.cap')), status: 1, line: /\*\.cap: .*no file matches/ },
  { what: 'an empty file', args: replay(at('empty.pcap')), status: 1, line: /empty\.pcap: .*it is empty/ },
  { what: 'a text file', args: replay(at('text.pcap')), status: 1, line: /text\.pcap: .*it is text/ },
  {
    what: 'an impossible length in the first packet',
    args: replay(at('impossible.pcap')),
    status: 1,
    line: /impossible\.pcap: at byte 24: impossible packet length 2147483647/,
  },
  { what: 'standard input without a byte', args: replay('-'), status: 1, line: /^wardwatch: -: .*it is empty/ },
  {
    what: 'standard input that ends in the header',
    args: replay('-'),
    status: 1,
    line: /-: .*cut short/,
    options: cut(9),
  },
  {
    what: 'a store below a file',
    args: ['replay', at('good.pcap'), '--json', '--into', join(at('text.pcap'), 'store')],
    status: 1,
    line: /store .*a file stands where the folder should be/,
  },
  {
    what: 'an unknown command',
    args: ['relpay', at('good.pcap')],
    status: 2,
    line: /unknown command 'relpay'.*replay/,
  },
  { what: 'no command', args: [], status: 2, line: /a command is missing/ },
  { what: 'an unknown option', args: replay(at('good.pcap'), '--fast'), status: 2, line: /unknown option '--fast'/ },
  { what: 'no input', args: ['replay', ...kept], status: 2, line: /missing required argument 'input'/ },
  {
    what: 'a time that is none',
    args: replay(at('good.pcap'), '--learn-until', 'later'),
    status: 2,
    line: /--learn-until.*'later' is invalid.*ISO 8601/,
  },
  {
    what: 'no workers',
    args: replay(at('good.pcap'), '--workers', '0'),
    status: 2,
    line: /--workers.*'0' is invalid.*1 to 64/,
  },
  {
    what: 'a negative speed',
    args: replay(at('good.pcap'), '--speed', '-1'),
    status: 2,
    line: /--speed.*'-1' is invalid/,
  },
  {
    what: 'a name that is no run',
    args: replay(at('good.pcap'), '--run', '../../etc'),
    status: 2,
    line: /--run.*invalid/,
  },
  {
    what: 'an address that is no InfluxDB',
    args: replay(at('good.pcap'), '--influx', 'ftp://x/y'),
    status: 2,
    line: /--influx.*Allowed: http/,
  },
  {
    what: 'a configuration that is not there',
    args: replay(at('good.pcap'), '--config', at('none.yaml')),
    status: 2,
    line: /none\.yaml: cannot be read/,
  },
  {
    what: 'a key that is not known',
    args: replay(at('good.pcap'), '--config', at('key.yaml')),
    status: 2,
    line: /key\.yaml:3: site\.colour: /,
  },
  {
    what: 'a value of another kind',
    args: replay(at('good.pcap'), '--config', at('value.yaml')),
    status: 2,
    line: /value\.yaml:1: intervalSeconds: /,
  },
  {
    what: 'a configuration that is no YAML',
    args: replay(at('good.pcap'), '--config', at('broken.yaml')),
    status: 2,
    line: /broken\.yaml:\d+: /,
  },
  {
    what: 'a port that is none',
    args: ['serve', '--into', at('kept'), '--listen', '127.0.0.1:99999'],
    status: 2,
    line: /--listen.*ADDRESS:PORT/,
  },
  {
    what: 'an interface that does not exist',
    args: ['watch', '--interface', 'nosuch0', '--into', at('kept')],
    status: 1,
    line: /(interface nosuch0 does not exist|Linux)/,
  },
];
for (const { what, args, status, line, options } of mistakes) {
  t.test(`${what} is one line and exit status ${status}`, async (t) => {
    oneLine(t, await run(args, options), status, line);
  });
}

t.test('a port in use is one line and exit status 1', async (t) => {
  const port = await listening(t, createServer());
  oneLine(
    t,
    await run(['serve', '--into', at('kept'), '--listen', `127.0.0.1:${port}`]),
    1,
    /cannot listen on 127\.0\.0\.1:\d+: address already in use/,
  );
});

const rights = ['setpriv', '--reuid=65534', '--clear-groups'];
const cannot =
  process.getuid?.() === 0 && spawnSync(rights[0] ?? '', ['--version']).status === 0 ? false : 'needs root and setpriv';
t.test('a folder that may not be written is one line and exit status 1', { skip: cannot }, async (t) => {
  mkdirSync(at('closed'), { mode: 0o555 });
  const args = ['replay', 'captures/demo/p12_remote_control.pcap.gz', '--json', '--into', at('closed')];
  oneLine(t, await run(args, { rights }), 1, /store .*closed.*may not be created or written/);
});

t.test('several unreadable inputs are named one by one', async (t) => {
  const ended = await run(['replay', at('none.pcap'), at('text.pcap'), ...kept, '--json']);
  t.match(ended, { status: 1, stdout: '' });
  t.match(ended.stderr, /^wardwatch: .*none\.pcap: .*\nwardwatch: .*text\.pcap: .*\nwardwatch: nothing readable\n$/);
});

t.test('one missing input of two is exit status 3, and the other is read', async (t) => {
  partly(t, await run(['replay', at('none.pcap'), at('good.pcap'), '--json']), /none\.pcap: .*no such file/, 1613);
});

t.test(
  'a folder with a good and a broken capture is exit status 3, the broken one named with offset and reason',
  async (t) => {
    const line = new RegExp(`b\\.pcap: at byte ${firstEnd}: impossible packet length 2147483647`);
    partly(t, await run(['replay', at('mixed'), '--json']), line, 1614);
  },
);

t.test('standard input that ends early is exit status 3, and what came is read', async (t) => {
  const ended = await run(['replay', '-', '--json'], cut(firstEnd + 20));
  partly(t, ended, new RegExp(`-: at byte ${firstEnd}: it is cut short in a record`), 1);
});

t.test('a wrong token of InfluxDB is one warning without the token, and exit status 0', async (t) => {
  const server = createWebServer((request, response) => {
    request.resume();
    response.writeHead(401).end('{"code":"unauthorized","message":"unauthorized access"}');
  });
  const port = await listening(t, server);
  const config = at('influx.yaml');
  writeFileSync(
    config,
    `outputs:\n  influx:\n    url: http://127.0.0.1:${port}\n    api: v2\n    token: mistyped-token\n`,
  );
  const ended = await run(['replay', at('good.pcap'), '--into', at('points'), '--json', '--config', config]);
  t.equal(ended.status, 0);
  t.equal(JSON.parse(ended.stdout).packets, 1613);
  t.match(
    ended.stderr,
    /^wardwatch: warning: InfluxDB at .*: the token, user or password is not accepted .*; points wait in .*\n$/,
  );
  t.notOk(ended.stderr.includes('mistyped'));
});

const readers = ['devices', 'alerts', 'held', 'serve', 'replay', 'watch'];
const onStore = (command: string, store: string): string[] => {
  const rest = command === 'replay' ? [at('good.pcap'), '--json'] : command === 'watch' ? ['--interface', 'lo'] : [];
  return [command, ...rest, '--into', store];
};

t.test('a store of a newer wardwatch is left alone, with one line and exit status 1', async (t) => {
  const store = copyOfKept('newer');
  const database = new DatabaseSync(join(store, 'wardwatch.sqlite'));
  database.exec("UPDATE meta SET value = 999 WHERE key = 'schema'");
  database.close();
  const before = readFileSync(join(store, 'wardwatch.sqlite'));
  for (const command of readers) {
    oneLine(t, await run(onStore(command, store)), 1, /written by a newer wardwatch \(schema 999/, command);
  }
  t.ok(before.equals(readFileSync(join(store, 'wardwatch.sqlite'))));
});

t.test('a file that is no store is left alone, with one line and exit status 1', async (t) => {
  mkdirSync(at('none'));
  const file = join(at('none'), 'wardwatch.sqlite');
  const content = 'this was never a database '.repeat(400);
  writeFileSync(file, content);
  for (const command of readers) {
    oneLine(t, await run(onStore(command, at('none'))), 1, /this is not a wardwatch store/, command);
  }
  t.equal(readFileSync(file, 'utf8'), content);
});

t.test('a damaged store is one line that says what to do, and exit status 1', async (t) => {
  const store = copyOfKept('damaged');
  const file = join(store, 'wardwatch.sqlite');
  const bytes = readFileSync(file);
  // The first page says that this is a store; nothing behind it is whole.
  bytes.fill(0xa5, 4096);
  writeFileSync(file, bytes);
  for (const command of ['devices', 'alerts', 'held', 'replay', 'watch']) {
    oneLine(t, await run(onStore(command, store)), 1, /store .*damaged/, command);
  }
});

t.test('after all of this the store has what it had', async (t) => {
  const list = async (command: string, ...more: string[]): Promise<unknown> =>
    JSON.parse((await run([command, '--into', at('kept'), '--json', ...more])).stdout);
  const fresh = at('fresh');
  await run(['replay', at('good.pcap'), '--into', fresh, '--run', 'kept', '--learn-until', '+30s']);
  for (const command of ['devices', 'alerts', 'held']) {
    const { stdout } = await run([command, '--into', fresh, '--json']);
    t.same(await list(command, '--run', 'kept'), JSON.parse(stdout), command);
  }
  t.match(await list('devices'), { run: 'kept' }, 'and no empty run beside it');
});

function copyOfKept(name: string): string {
  mkdirSync(at(name));
  copyFileSync(join(at('kept'), 'wardwatch.sqlite'), join(at(name), 'wardwatch.sqlite'));
  return at(name);
}

function oneLine(t: Test, { status, stdout, stderr }: Ended, expected: number, line: RegExp, what: string = ''): void {
  t.equal(status, expected, `${what} ${stderr}`);
  t.equal(stdout, '');
  t.match(stderr, line);
  t.equal(stderr.trimEnd().split('\n').length, 1, stderr);
}

function partly(t: Test, { status, stdout, stderr }: Ended, line: RegExp, packets: number): void {
  t.equal(status, 3, stderr);
  t.match(stderr, line);
  t.equal(stderr.trimEnd().split('\n').length, 1, stderr);
  t.equal(stdout.trimEnd().split('\n').length, 1);
  const report = JSON.parse(stdout) as { packets: number; files: { error: string | null }[] };
  t.equal(report.packets, packets);
  t.equal(report.files.filter(({ error }) => error !== null).length, 1);
}

async function listening(t: Test, server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  return (server.address() as AddressInfo).port;
}
