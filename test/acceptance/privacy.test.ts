/**
 * Nobody can learn from us who a patient is, or a password: every lab capture is replayed into one store, and all
 * that leaves the program is searched for the words that stood in those fields.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { FastifyInstance } from 'fastify';
import t, { type Test } from 'tap';
import type { Point } from '../../src/model.ts';
import { encode } from '../../src/output/line-protocol.ts';
import { measurements } from '../../src/output/measurements.ts';
import { Spool } from '../../src/output/spool.ts';
import { type Protocol, YES } from '../../src/protocol.ts';
import { Store } from '../../src/store/store.ts';
import { apiUnderTest } from '../support/api.ts';
import { run } from '../support/cli.ts';
import { documentOf, isStream, operationsIn, samplesOf, urlOf } from '../support/operations.ts';
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

/** Files with packets: each of them reads captures once more. */
const EVIDENCE_FILES_MAX = 12;

t.test('no answer of the API holds them', { skip: lacksLab }, async (t) => {
  const { folder: into, runs } = await everything();
  const { api, store, ask, errors } = await apiUnderTest(t, { folder: into });
  const reads = operationsIn(await documentOf(api)).filter(({ method }) => method === 'GET');
  const well = new Set<string>();
  const search = async (url: string): Promise<number> => {
    const { status, text } = await ask({ url, as: 'administrator' });
    // Firewall rules end in `drop`, which is a password of the lab as well.
    const words = found(text).filter((word) => word !== 'drop' || !url.includes('/policies/'));
    if (status >= 500 || words.length > 0) t.same({ url, status, words }, { url, status: 200, words: [] });
    return status;
  };
  for (const url of ['/', '/openapi.json', '/api/v1/openapi.json']) t.equal(await search(url), 200, url);
  for (const operation of reads.filter((one) => !isStream(one))) {
    const isOfRuns = operation.parameters.some(({ name }) => name === 'run');
    const samples = (isOfRuns ? runs : runs.slice(-1)).flatMap((run) => samplesOf(store, run, operation));
    const asked = operation.id === 'getEvidence' ? samples.slice(0, EVIDENCE_FILES_MAX) : samples;
    t.ok(asked.length > 0, operation.id);
    for (const sample of asked) if ((await search(urlOf(operation, sample))) === 200) well.add(operation.id);
  }
  for (const { path } of reads.filter(isStream)) {
    const { text } = await firstOf(api, path);
    t.same(found(text), [], path);
    t.match(text, /^event: hello$/m, path);
  }
  t.same(
    reads.map(({ id }) => id).filter((id) => !well.has(id) && !nothingThere.includes(id) && id !== 'listen'),
    [],
    'every route was asked, and had something to say',
  );
  t.same(errors, []);
});

/** What only is there when a person or an identity provider has done something: their answers are asked for elsewhere. */
const nothingThere: readonly string[] = [
  'beginOidc',
  'finishOidc',
  'getReplay',
  'compareVersions',
  'compareVersionsOfDevice',
  'reconcileInventory',
];

/** The beginning of a stream. */
async function firstOf(api: FastifyInstance, url: string): Promise<{ text: string }> {
  const answer = await api.inject({ url, headers: { host: '127.0.0.1' }, payloadAsStream: true });
  let text = '';
  for await (const bytes of answer.stream()) {
    text += String(bytes);
    if (text.includes('data:')) break;
  }
  return { text };
}

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
