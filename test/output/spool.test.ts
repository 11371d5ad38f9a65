import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Spool } from '../../src/output/spool.ts';
import { temporaryFolder } from '../support/temporary.ts';

const MEGABYTE = 1024 * 1024;
const open = (folder: string, over: { bytesMax?: number; drop?: 'oldest' | 'newest' } = {}): Spool =>
  Spool.open(folder, { bytesMax: MEGABYTE, ...over });
const segments = (folder: string): string[] => readdirSync(folder).filter((name) => name.endsWith('.spool'));

/** Takes and delivers everything, as the sender does. */
function drain(spool: Spool, order: 'oldest' | 'newest' = 'oldest'): string[] {
  const lines: string[] = [];
  for (let block = spool.take(order); block !== null; block = spool.take(order)) {
    lines.push(...block.lines());
    spool.delivered(block);
  }
  return lines;
}

/** Lines that gzip cannot shrink much. */
function noise(seed: number, lines: number): string {
  let state = seed + 1;
  const word = (): string => {
    state = (state * 48_271) % 2_147_483_647;
    return state.toString(36);
  };
  return Array.from({ length: lines }, () => `${word()}${word()}${word()}${word()}\n`).join('');
}

t.test('lines come back in the order in which they went in, or the newest block first', (t) => {
  const folder = temporaryFolder(t);
  const spool = open(folder);
  spool.append('a\nb\n', 2, 20);
  spool.append('c\n', 1, 10);
  t.match(spool.statistics(), { points: 3, oldestUs: 10, droppedPoints: 0 });
  t.strictSame(drain(spool, 'newest'), ['c', 'a', 'b']);
  t.match(spool.statistics(), { points: 0, bytes: 0, oldestUs: 0 });
  spool.append('d\n', 1, 5);
  t.strictSame(drain(spool), ['d']);
  t.strictSame(segments(folder), [], 'nothing stays on the disk');
  t.end();
});

t.test('what waits survives a restart, what was delivered is gone', (t) => {
  const folder = temporaryFolder(t);
  const first = open(folder);
  first.append('a\n', 1, 1);
  first.append('b\n', 1, 2);
  first.close();
  const second = open(folder);
  second.append('c\n', 1, 3);
  t.strictSame(drain(second), ['a', 'b', 'c']);
  second.close();
  t.strictSame(drain(open(folder)), []);
  t.end();
});

t.test('cut at any byte, every whole block is kept and the rest is counted', (t) => {
  const folder = temporaryFolder(t);
  const spool = open(folder);
  const ends = [0];
  for (const line of ['one', 'two', 'three']) {
    spool.append(`${line}\n`, 1, 1);
    ends.push(spool.statistics().bytes);
  }
  spool.close();
  const whole = readFileSync(join(folder, segments(folder)[0]!));
  const expected = ['one', 'two', 'three'];
  const wrong: string[] = [];
  for (let cut = 0; cut <= whole.length; cut++) {
    const torn = temporaryFolder(t);
    writeFileSync(join(torn, '00000001.spool'), whole.subarray(0, cut));
    const again = open(torn);
    const blocks = ends.filter((end) => end > 0 && end <= cut).length;
    const { tornBytes, points } = again.statistics();
    again.append('later\n', 1, 9);
    const lines = drain(again);
    again.close();
    const good =
      points === blocks &&
      tornBytes === cut - (ends[blocks] ?? 0) &&
      lines.join() === [...expected.slice(0, blocks), 'later'].join();
    if (!good) wrong.push(`cut at ${cut}: ${lines.join()} torn ${tornBytes}`);
  }
  t.strictSame(wrong, []);
  t.end();
});

t.test('a damaged block in the middle costs itself only, and is counted once', (t) => {
  const folder = temporaryFolder(t);
  const spool = open(folder);
  spool.append('one\n', 1, 1);
  const at = spool.statistics().bytes;
  spool.append('two\n', 1, 1);
  const end = spool.statistics().bytes;
  spool.append('three\n', 1, 1);
  spool.close();
  const file = join(folder, segments(folder)[0]!);
  const bytes = readFileSync(file);
  bytes[at + 30]! ^= 0x40;
  writeFileSync(file, bytes);
  open(folder).close();
  const again = open(folder);
  t.match(again.statistics(), { tornBytes: end - at, droppedPoints: 1, dropped: { damaged: 1 } });
  t.strictSame(drain(again), ['one', 'three']);
  t.end();
});

t.test('a block damaged anywhere costs its points, and they are counted exactly', (t) => {
  const folder = temporaryFolder(t);
  const spool = open(folder);
  const starts: number[] = [];
  for (const lines of [1, 2, 4]) {
    starts.push(spool.statistics().bytes);
    spool.append('x\n'.repeat(lines), lines, 1);
  }
  spool.close();
  const [file = ''] = segments(folder);
  const whole = readFileSync(join(folder, file));
  const wrong: string[] = [];
  for (let at = 0; at < whole.length; at++) {
    const block = starts.filter((start) => start <= at).length - 1;
    const within = at - starts[block]!;
    // The head of the last block is the only one that nothing else tells about.
    const told = block < 2 || (within > 11 && within < 20) || within > 23;
    const hurt = temporaryFolder(t);
    const bytes = Buffer.from(whole);
    bytes[at]! ^= 0xa5;
    writeFileSync(join(hurt, file), bytes);
    const again = open(hurt);
    const { points, dropped } = again.statistics();
    again.close();
    const good = points === 7 - 2 ** block && (dropped.damaged === 2 ** block || !told);
    if (!good) wrong.push(`byte ${at}: ${points} points, ${dropped.damaged} lost`);
  }
  t.strictSame(wrong, []);
  t.end();
});

t.test('what was delivered before a kill is not sent again, nor counted when it is damaged later', (t) => {
  const folder = temporaryFolder(t);
  const spool = open(folder);
  for (const line of ['one', 'two', 'three']) spool.append(`${line}\n`, 1, 1);
  const block = spool.take('oldest');
  if (block !== null) spool.delivered(block);
  t.strictSame(drain(open(folder)), ['two', 'three']);
  t.end();
});

t.test('a block that changes on the disk while it waits is lost, counted, and never sent', (t) => {
  const folder = temporaryFolder(t);
  const spool = open(folder);
  for (const line of ['one', 'two']) spool.append(`${line}\n`, 1, 1);
  const file = join(folder, segments(folder)[0]!);
  const bytes = readFileSync(file);
  bytes[35]! ^= 1;
  writeFileSync(file, bytes);
  t.strictSame(drain(spool), ['two']);
  t.match(spool.statistics(), { points: 0, dropped: { full: 0, disk: 0, damaged: 1 }, problem: /cannot be read back/ });
  t.end();
});

t.test('at the cap the oldest points go, each counted, also across a restart', (t) => {
  const folder = temporaryFolder(t);
  const spool = open(folder, { bytesMax: 64 * 1024 });
  for (let i = 0; i < 40; i++) spool.append(noise(i, 100), 100, i);
  const { bytes, points, droppedPoints, oldestUs } = spool.statistics();
  t.ok(bytes <= 64 * 1024, 'the cap holds');
  t.ok(droppedPoints > 0);
  t.equal(points + droppedPoints, 4_000, 'every point is either there or counted');
  t.equal(oldestUs, droppedPoints / 100, 'the oldest went');
  spool.close();
  const again = open(folder, { bytesMax: 64 * 1024 });
  t.match(again.statistics(), { bytes, points, droppedPoints });
  t.equal(drain(again).length, points);
  t.end();
});

t.test('by setting the newest points go instead', (t) => {
  const spool = open(temporaryFolder(t), { bytesMax: 64 * 1024, drop: 'newest' });
  for (let i = 0; i < 40; i++) spool.append(noise(i, 100), 100, i);
  const { points, droppedPoints, oldestUs } = spool.statistics();
  t.equal(points + droppedPoints, 4_000);
  t.equal(oldestUs, 0);
  t.end();
});

t.test('a block that is given up on its way and arrives all the same is not counted as lost', (t) => {
  const spool = open(temporaryFolder(t), { bytesMax: 64 * 1024 });
  spool.append(noise(0, 100), 100, 0);
  const block = spool.take('oldest');
  for (let i = 1; i < 40; i++) spool.append(noise(i, 100), 100, i);
  const { droppedPoints } = spool.statistics();
  if (block !== null) spool.delivered(block);
  t.equal(spool.statistics().droppedPoints, droppedPoints - 100);
  t.end();
});

t.test('a segment whose points were counted before a kill is not sent and not counted again', (t) => {
  const folder = temporaryFolder(t);
  const spool = open(folder);
  spool.append('a\n', 1, 1);
  spool.close();
  writeFileSync(join(folder, 'state.json'), '{"dropped":{"full":1},"tornBytes":0,"giving":"00000001.spool"}');
  const again = open(folder);
  t.match(again.statistics(), { points: 0, droppedPoints: 1 });
  again.append('b\n', 1, 1);
  again.close();
  t.strictSame(drain(open(folder)), ['b'], 'its name does not come back');
  t.end();
});

t.test('a state file of rubbish counts from zero and stops nothing', (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, 'state.json'), '{"dropped":"many"');
  writeFileSync(join(folder, '00000003.spool'), 'rubbish');
  writeFileSync(join(folder, 'notes.txt'), 'a person was here');
  const spool = open(folder);
  t.match(spool.statistics(), { points: 0, droppedPoints: 0, tornBytes: 7 });
  t.end();
});

t.test('refused lines are kept with the reason, counted for ever and bounded', (t) => {
  const folder = temporaryFolder(t);
  const spool = open(folder);
  spool.quarantine(['bad 1', 'bad 2'], 'field type\nconflict');
  t.equal(readFileSync(join(folder, 'quarantine', '00000001.lines'), 'utf8'), '# field type conflict\nbad 1\nbad 2\n');
  const long = 'x'.repeat(800_000);
  for (let i = 0; i < 40; i++) spool.quarantine([long], 'long');
  spool.close();
  t.equal(open(folder).statistics().quarantinedLines, 42);
  const files = readdirSync(join(folder, 'quarantine')).map((name) => statSync(join(folder, 'quarantine', name)).size);
  t.ok(files.reduce((sum, size) => sum + size, 0) <= 17 * MEGABYTE);
  t.end();
});

t.test('a folder that cannot be is one clear line', (t) => {
  const file = join(temporaryFolder(t), 'file');
  writeFileSync(file, '');
  t.throws(() => open(join(file, 'spool')), /cannot be used \(ENOTDIR\)$/);
  t.end();
});

const tiny = temporaryFolder(t);
const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', tiny]).status === 0;
t.test(
  'a full disk loses the new points, counted, and nothing that was there',
  { skip: mounted ? false : 'needs the right to mount a small file system' },
  (t) => {
    t.teardown(() => execFileSync('umount', [tiny]));
    const folder = join(tiny, 'spool');
    mkdirSync(folder);
    const spool = open(folder);
    t.ok(spool.append('first\n', 1, 1));
    let kept = 1;
    for (let i = 0; i < 60; i++) if (spool.append(noise(i, 100), 100, 2)) kept += 100;
    const { points, droppedPoints, problem } = spool.statistics();
    t.equal(points, kept);
    t.equal(points + droppedPoints, 6_001);
    t.match(problem, /ENOSPC|cannot be written/);
    spool.close();
    t.equal(drain(open(folder)).length, kept);
    t.end();
  },
);
