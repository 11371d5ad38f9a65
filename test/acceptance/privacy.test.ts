/**
 * Nobody can learn from us who a patient is, or a password: every lab capture is replayed into one store, and all
 * that leaves the program is searched for the words that stood in those fields.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import t, { type Test } from 'tap';
import { createApi } from '../../src/api/api.ts';
import type { Point } from '../../src/model.ts';
import { encode } from '../../src/output/line-protocol.ts';
import { measurements } from '../../src/output/measurements.ts';
import { Spool } from '../../src/output/spool.ts';
import { type Protocol, YES } from '../../src/protocol.ts';
import { Store } from '../../src/store/store.ts';
import { run } from '../support/cli.ts';
import { type Label, labCaptures, lacksLab, type Replayed, replayFile } from '../support/replayed.ts';
import { listen, Talk } from '../support/wire.ts';

const captures = labCaptures();
const labels: readonly Label[] = captures.map(({ label }) => label);
const paths = captures.map(({ path }) => path);

/** Stands in every patient field of the lab, and nowhere else. */
const CANARY = 'canary';

const patientWords: readonly string[] = labels.flatMap(({ phi_canaries: words }) =>
  typeof words === 'object' ? words : [],
);

/** What follows the canary (`MRN0001`, `NAME^0001`), should somebody cut it in pieces. */
const pieces = new RegExp(
  `(?<![0-9a-z])(?:${[...new Set(patientWords.map((word) => word.replace(/^CANARY|\W?\d+$/g, '')))].join('|')})\\W?\\d{4}`,
  'gi',
);

/** The canary as hexadecimal digits, and in base64 at each of the three places that it can have. */
const disguises: readonly string[] = [
  Buffer.from('CANARY').toString('hex'),
  ...[0, 1, 2].map((before) => {
    const encoded = Buffer.from(`${'\0'.repeat(before)}CANARY`)
      .toString('base64')
      .replace(/=+$/, '');
    return encoded.slice(before === 0 ? 0 : before + 1, -1).toLowerCase();
  }),
];

/** Names and passwords of the lab that are also words of ours or names of its devices: finding them tells nothing. */
const ordinaryWords: Readonly<Record<string, string>> = {
  service: 'a key of findings and held entries, and a word of their sentences',
  public: 'the folder of the captures',
  orthanc: 'an AE title and a product',
  password: 'a word of our sentences about logins; the pair it belongs to is looked for',
  '1234': 'may be the digits of any count',
};

const credentialWords: readonly string[] = [
  ...new Set(
    labels
      .flatMap(({ credentials_on_wire: all }) => all ?? [])
      .flatMap(({ user = '', password = '', pair = `${user}:${password}`, community = '' }) => [
        ...[user, password, community, ...pair.split(':')].filter((word) => ordinaryWords[word] === undefined),
        ...(pair === ':' ? [] : [pair, Buffer.from(pair).toString('base64')]),
      ])
      .map((word) => word.toLowerCase())
      .filter((word) => word !== ''),
  ),
];

/** As whole words: `administration` is none of `admin`. */
const credentials = new RegExp(
  `(?<![0-9a-z])(?:${credentialWords.map((word) => word.replace(/[^0-9a-z]/g, '\\$&')).join('|')})(?![0-9a-z])`,
  'g',
);

/** Each word once. */
function found(text: string): string[] {
  const lower = text.toLowerCase();
  return [
    ...new Set([
      ...[CANARY, ...disguises].filter((word) => lower.includes(word)),
      ...(lower.match(pieces) ?? []),
      ...(lower.match(credentials) ?? []),
    ]),
  ].slice(0, 10);
}

/** Of bytes of a database: its pages may end in the middle of `dropped`, `administration` or `passwords`. */
function foundInFile(bytes: Buffer): string[] {
  return found(bytes.toString('latin1')).filter((word) => !['drop', 'admin', 'password'].includes(word));
}

/** What the one store holds, made once for all sentences. */
interface Everything {
  readonly folder: string;
  readonly reports: readonly Replayed['report'][];
  readonly runs: readonly string[];
}

const folder = mkdtempSync(join(tmpdir(), 'wardwatch-test-'));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));
let made: Promise<Everything> | null = null;

function everything(): Promise<Everything> {
  made ??= replayAll();
  return made;
}

async function replayAll(): Promise<Everything> {
  const into = join(folder, 'store');
  const store = Store.open(into);
  const watch = { store, learnUntil: { afterUs: 0 } };
  const reports: Replayed['report'][] = [];
  for (const { name, path } of captures) reports.push((await replayFile(path, { ...watch, run: name })).report);
  // The last and therefore the usual run: all of them at once.
  reports.push((await replayFile(paths, { ...watch, run: 'all' })).report);
  const runs = store.runs().map(({ name }) => name);
  // Before it is closed, the newest rows stand in the write-ahead log.
  for (const [file, bytes] of filesBelow(into)) t.same(foundInFile(bytes), [], `${file} while it is open`);
  store.close();
  return { folder: into, reports, runs };
}

function filesBelow(top: string): [string, Buffer][] {
  return readdirSync(top, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => [entry.name, readFileSync(join(entry.parentPath, entry.name))]);
}

t.test('looking for them works: the words are on the wire in clear', { skip: lacksLab }, (t) => {
  t.ok(patientWords.length > 500 && patientWords.every((word) => word.startsWith('CANARY')));
  t.ok(credentialWords.length > 15);
  const wire = (name: string): string =>
    readFileSync(paths.find((path) => path.includes(name)) ?? '').toString('latin1');
  t.match(found(wire('p05_')), [CANARY]);
  t.same(found('"NAME^0054" (mrn0014)'), ['name^0054', 'mrn0014']);
  t.same(found('Authorization: Basic YWRtaW46MTIzNA=='), ['ywrtaw46mtizna==']);
  t.ok(['mruser', 'mrpass'].every((word) => found(wire('p21_')).includes(word)));
  for (const [i, word] of ['xCANARYx', 'xxCANARYx', 'CANARYxxx'].entries()) {
    t.ok(found(Buffer.from(word).toString('base64')).length > 0, `base64 ${i}`);
  }
  t.same(found('administration, dropped, service'), []);
  t.end();
});

t.test('no report holds them', { skip: lacksLab }, async (t) => {
  const { reports } = await everything();
  t.ok(reports.every(({ devices }) => devices.length > 0));
  for (const report of reports) t.same(found(JSON.stringify(report)), [], report.run);
});

t.test('no table of the store holds them, and no byte of its files', { skip: lacksLab }, async (t) => {
  const { folder: store } = await everything();
  const database = new DatabaseSync(join(store, 'wardwatch.sqlite'), { readOnly: true });
  const tables = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all();
  t.ok(tables.length >= 8);
  for (const { name } of tables) {
    t.same(found(JSON.stringify(database.prepare(`SELECT * FROM "${name}"`).all())), [], String(name));
  }
  database.close();
  for (const [file, bytes] of filesBelow(store)) t.same(foundInFile(bytes), [], file);
});

t.test('no line of the line protocol holds them, waiting on disk or not', { skip: lacksLab }, async (t) => {
  const { folder: into, runs } = await everything();
  const store = Store.open(into, { readOnly: true });
  const spoolFolder = join(folder, 'spool');
  const spool = Spool.open(spoolFolder, { bytesMax: 64 * 1024 * 1024 });
  let lines = 0;
  for (const name of runs) {
    for (const measurement of Object.keys(measurements)) {
      const points: Point[] = store.points(name, measurement, {
        fromUs: 0,
        toUs: Number.MAX_SAFE_INTEGER,
        limit: 1_000_000,
      });
      if (points.length === 0) continue;
      lines += points.length;
      const text = encode(points);
      t.same(found(text), [], `${name} ${measurement}`);
      spool.append(text, points.length, points[0]?.timeUs ?? 0);
    }
  }
  t.ok(lines > 1_000, `${lines} lines`);
  t.same(
    found(
      filesBelow(spoolFolder)
        .map(([, bytes]) => bytes.toString('latin1'))
        .join('\n'),
    ),
    [],
    'the spool',
  );
  const block = spool.take('oldest');
  t.same(found(block?.lines().join('\n') ?? CANARY), [], 'a block on its way');
  spool.close();
  store.close();
});

t.test('no answer of the API holds them', { skip: lacksLab }, async (t) => {
  const { folder: into, runs } = await everything();
  const store = Store.open(into, { readOnly: true });
  const api = createApi({ store, version: '1.2.3' });
  const asked = new Set<string>();
  const ask = async (route: string, url: string): Promise<string> => {
    asked.add(route);
    const { body, statusCode } = await api.inject({ url, headers: { host: '127.0.0.1:8470' } });
    t.equal(statusCode, 200, url);
    t.same(found(body), [], url);
    return body;
  };
  for (const url of ['/', '/openapi.json', '/api/v1/health', '/api/v1/runs']) await ask(url, url);
  for (const name of runs) {
    await ask('/api/v1/runs/{run}/report', `/api/v1/runs/${name}/report`);
    for (const list of ['devices', 'alerts', 'incidents', 'held', 'posture']) {
      await ask(`/api/v1/${list}`, `/api/v1/${list}?run=${name}&limit=1000`);
    }
    for (const measurement of Object.keys(measurements)) {
      await ask('/api/v1/points', `/api/v1/points?run=${name}&measurement=${measurement}&limit=10000`);
    }
  }
  for (const { id } of store.devices('all').rows) {
    await ask('/api/v1/devices/{id}', `/api/v1/devices/${encodeURIComponent(id)}?run=all`);
  }
  const { paths: routes } = JSON.parse(await ask('/openapi.json', '/openapi.json')) as { paths: object };
  t.same(
    Object.keys(routes).filter((route) => !asked.has(route)),
    [],
    'every route was asked',
  );
  await api.close();
  store.close();
});

t.test('nothing that the commands print holds them', { skip: lacksLab }, async (t) => {
  const { folder: into } = await everything();
  for (const command of ['devices', 'alerts', 'held']) {
    for (const form of [[], ['--json']]) await prints(t, [command, '--into', into, ...form]);
  }
  await prints(t, ['replay', ...paths, '--learn-until', '+0s']);
});

async function prints(t: Test, args: string[]): Promise<void> {
  const { status, stdout, stderr } = await run(args);
  const [command = ''] = args;
  // One of the captures is cut off in the middle of a packet.
  t.equal(status, command === 'replay' ? 3 : 0, command);
  t.ok(stdout.length > 0);
  t.same(found(stdout), [], `${command}: standard output`);
  t.same(found(stderr), [], `${command}: standard error`);
}

t.test('a decoder that fails tells where, and nothing of what it was reading', (t) => {
  const thrown: readonly unknown[] = [
    new Error('unexpected CANARYNAME^0001'),
    new RangeError('first line\nCANARYNAME^0001\n    at CANARYMRN0001 (file.ts:1:1)'),
    Object.assign(new Error('before'), { message: 'after CANARYNAME^0001' }),
    'CANARYNAME^0001',
    { toString: () => 'CANARYNAME^0001' },
  ];
  for (const what of thrown) {
    const failing: Protocol<null> = {
      name: 'failing',
      transport: 'tcp',
      ports: [7_777],
      recognises: () => YES,
      open: () => null,
      decode: () => {
        throw what;
      },
    };
    const talk = new Talk();
    const ward = listen([...talk.open(), talk.say(true, 'CANARYNAME^0001')], [failing]);
    const { failures } = ward.shard.tracker.streams;
    t.equal(failures.length, 1);
    t.notMatch(JSON.stringify(failures), /canary/i);
    t.match(failures[0]?.message, what instanceof Error ? /^(Range)?Error at .*privacy\.test\.ts:\d+/ : /^error$/);
  }
  t.end();
});
