import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { symlinkSync } from 'node:fs';
import { PassThrough, Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import t from 'tap';
import { openCapture } from '../../src/capture/open.ts';
import { limits } from '../../src/limits.ts';
import {
  drain,
  folderOf,
  pcapBytes,
  pcapngBytes,
  type ReadPacket,
  readBytes,
  readCapture,
  readPackets,
} from '../support/capture.ts';

const at = (...timesUs: number[]) => timesUs.map((timeUs) => ({ timeUs, bytes: Uint8Array.of(timeUs & 255) }));
/** Packets of a file whose bytes tell which file they came from. */
const from = (mark: number, ...timesUs: number[]) => timesUs.map((timeUs) => ({ timeUs, bytes: Uint8Array.of(mark) }));
const times = (packets: readonly ReadPacket[]) => packets.map(({ timeUs }) => timeUs);
const marks = (packets: readonly ReadPacket[]) => packets.map(({ bytes }) => bytes[0]);

t.test('merges files in time order, equal times in the order given', async (t) => {
  const folder = folderOf(t, {
    'b.pcap': pcapBytes(from(1, 10, 20, 20, 50)),
    'a.pcapng': pcapngBytes(from(2, 15, 20, 60, 70)),
    'c.pcap': pcapBytes(from(3, 20)),
  });
  const { packets, inputs } = await readCapture(['b.pcap', 'a.pcapng', 'c.pcap'].map((name) => `${folder}/${name}`));
  t.same(times(packets), [10, 15, 20, 20, 20, 20, 50, 60, 70]);
  t.same(marks(packets), [1, 2, 1, 1, 2, 3, 1, 2, 2]);
  t.same(
    inputs.map(({ file, packets }) => [file.slice(folder.length), packets]),
    [
      ['/a.pcapng', 4],
      ['/b.pcap', 4],
      ['/c.pcap', 1],
    ],
  );
});

t.test('hands out as many rows at once as the other files allow, without copying', async (t) => {
  const folder = folderOf(t, { 'a.pcap': pcapBytes(from(1, 1, 2, 3, 9, 10)), 'b.pcap': pcapBytes(from(2, 5, 6)) });
  const capture = await openCapture([`${folder}/a.pcap`, `${folder}/b.pcap`]);
  const rows: number[] = [];
  for (let range = await capture.next(); range !== null; range = await capture.next()) rows.push(range.to - range.from);
  t.same(rows, [3, 2, 2]);
  await capture.close();
});

t.test('keeps the order of packets inside a file whose clock went back', async (t) => {
  const folder = folderOf(t, { 'a.pcap': pcapBytes(from(1, 100, 5, 110)), 'b.pcap': pcapBytes(from(2, 50, 105)) });
  t.same(times(await readPackets(folder)), [50, 100, 5, 105, 110]);
});

t.test('merges any files as a stable sort would', async () => {
  const ascending = fc.array(fc.nat(40), { maxLength: 12 }).map((list) => list.sort((a, b) => a - b));
  await fc.assert(
    fc.asyncProperty(fc.array(ascending, { minLength: 1, maxLength: 7 }), async (files) => {
      const end: (() => void)[] = [];
      const folder = folderOf(
        { teardown: (done) => end.push(done) },
        Object.fromEntries(files.map((list, i) => [`${i}.pcap`, pcapBytes(from(i, ...list))])),
      );
      const read = await readPackets(folder);
      for (const done of end) done();
      const want = files.flatMap((list, i) => list.map((timeUs) => [timeUs, i])).sort((a, b) => a[0]! - b[0]!);
      const got = read.map(({ timeUs, bytes }) => [timeUs, bytes[0]]);
      if (JSON.stringify(got) !== JSON.stringify(want)) throw new Error(`${JSON.stringify(got)} is not in order`);
    }),
    { numRuns: 60 },
  );
});

t.test('reads a folder of many rotated files in order, with few of them open', async (t) => {
  const files = Array.from({ length: 150 }, (_, i): [string, Uint8Array] => [
    `trace.pcap${i}`,
    pcapBytes(at(1000 * i + 1, 1000 * i + 999)),
  ]);
  const folder = folderOf(t, Object.fromEntries(files));
  const { packets, inputs } = await readCapture([folder], { limits: { ...limits, mergeFilesMax: 1 } });
  t.equal(packets.length, 300);
  t.same(
    times(packets),
    times(packets).sort((a, b) => a - b),
  );
  t.ok(inputs.every(({ error }) => error === ''));
});

t.test('says so when more files overlap than may be open, and loses none of their packets', async (t) => {
  const folder = folderOf(t, {
    'a.pcap': pcapBytes(at(1, 100)),
    'b.pcap': pcapBytes(at(2, 101)),
    'c.pcap': pcapBytes(at(3, 102)),
  });
  const { packets, inputs } = await readCapture([folder], { limits: { ...limits, mergeFilesMax: 2 } });
  t.same(
    times(packets).sort((a, b) => a - b),
    [1, 2, 3, 100, 101, 102],
  );
  t.same(
    inputs.map(({ error }) => error),
    ['', '', 'more than 2 files overlap in time, so some of its packets came late'],
  );
});

t.test('one unreadable file stops no other', async (t) => {
  const good = pcapBytes(at(1, 2, 3));
  const folder = folderOf(t, {
    'cut.pcap': good.subarray(0, good.length - 1),
    'empty.pcap': '',
    'good.pcap': pcapBytes(at(2, 4)),
    'text.pcap': 'no capture at all, not by far',
  });
  const { packets, inputs } = await readCapture([folder, `${folder}/missing.pcap`]);
  t.same(times(packets), [1, 2, 2, 4]);
  t.match(inputs, [
    { error: 'it is cut short in a record; the 2 packets before it were kept', errorOffset: 58, packets: 2 },
    { error: /^not a capture file \(it is empty\)/, errorOffset: 0 },
    { error: '', errorOffset: -1, packets: 2 },
    { error: 'cannot be opened (no such file or folder)', errorOffset: 0, packets: 0 },
    { error: /^not a capture file \(it is text\)/, errorOffset: 0 },
  ]);
});

t.test('finds capture files in a folder and below it, by name, and no others', async (t) => {
  const file = pcapBytes(at(1));
  const folder = folderOf(t, {
    'a.pcap': file,
    'b.PCAPNG': file,
    'c.cap': file,
    'd.dmp': file,
    'e.ntar': file,
    'f.pcap12': file,
    'g.pcap.gz': file,
    'below/h.pcap': file,
    'notes.txt': 'none',
    'a.pcap.json': '{}',
    pcap: 'none',
  });
  symlinkSync(folder, `${folder}/below/round.pcap`);
  const { inputs } = await readCapture([`${folder}/`]);
  t.same(
    inputs.map((input) => input.file.slice(folder.length + 1)),
    ['a.pcap', 'b.PCAPNG', 'below/h.pcap', 'c.cap', 'd.dmp', 'e.ntar', 'f.pcap12', 'g.pcap.gz'],
  );
});

t.test('does not look deeper into a folder than the limit', async (t) => {
  const folder = folderOf(t, { '1/2/3/a.pcap': pcapBytes(at(1)), '1/2/b.pcap': pcapBytes(at(2)) });
  const { inputs } = await readCapture([folder], { limits: { ...limits, folderDepthMax: 2 } });
  t.same(
    inputs.map((input) => input.file),
    [`${folder}/1/2/b.pcap`],
  );
});

t.test('says so when a folder or a pattern holds no capture file', async (t) => {
  const folder = folderOf(t, { 'notes.txt': 'none' });
  const { inputs } = await readCapture([folder, `${folder}/*.pcap`]);
  t.match(inputs, [{ error: `no capture files in ${folder}` }, { error: `no file matches ${folder}/*.pcap` }]);
});

t.test('says so when there are more files than the limit', async (t) => {
  const folder = folderOf(t, { 'a.pcap': pcapBytes(at(1)), 'b.pcap': pcapBytes(at(2)), 'c.pcap': pcapBytes(at(3)) });
  const { packets, inputs } = await readCapture([folder], { limits: { ...limits, inputFilesMax: 1 } });
  t.same(times(packets), [1]);
  t.match(inputs[1]?.error, /not read: more than 1 file/);
});

t.test('reads what a pattern matches, sorted by name, and takes a name with brackets as it is', async (t) => {
  const folder = folderOf(t, {
    'x1.bin': pcapBytes(from(1, 5)),
    'x2.bin': pcapBytes(from(2, 5)),
    'y[1].pcap': pcapBytes(from(3, 5)),
  });
  t.same(marks(await readPackets(`${folder}/x*.bin`)), [1, 2]);
  t.same(marks(await readPackets(`${folder}/y[1].pcap`)), [3]);
});

t.test('reads a file that is named twice once', async (t) => {
  const folder = folderOf(t, { 'a.pcap': pcapBytes(at(1)) });
  const { packets } = await readCapture([`${folder}/a.pcap`, folder, `${folder}/*.pcap`]);
  t.same(times(packets), [1]);
});

t.test('reads gzip whatever the name, in one piece or several', async (t) => {
  const bytes = pcapBytes(at(1, 2, 3));
  const ng = pcapngBytes(at(1, 2, 3));
  const members = Buffer.concat([gzipSync(ng.subarray(0, 70)), gzipSync(ng.subarray(70))]);
  const folder = folderOf(t, { 'a.pcap': gzipSync(bytes), 'b.pcapng.gz': gzipSync(ng), 'c.pcapng.gz': members });
  for (const name of ['a.pcap', 'b.pcapng.gz', 'c.pcapng.gz']) {
    t.same(times(await readPackets(`${folder}/${name}`)), [1, 2, 3], name);
  }
  t.same(times(await readPackets(folder)), [1, 1, 1, 2, 2, 2, 3, 3, 3]);
});

t.test('ignores zeros behind a gzip stream', async (t) => {
  const padded = Buffer.concat([gzipSync(pcapBytes(at(1, 2, 3))), Buffer.alloc(200_000)]);
  t.same(times((await readBytes(padded)).packets), [1, 2, 3]);
});

t.test('reads gzip from standard input, however it is cut', async (t) => {
  const bytes = gzipSync(pcapBytes(at(1, 2, 3)));
  for (const pieceBytes of [1, 2, 3, 50, 1000]) {
    t.same(times((await readBytes(bytes, { pieceBytes })).packets), [1, 2, 3]);
  }
});

t.test('keeps what came before the cut or the damage of a gzip stream', async (t) => {
  const noisy = Array.from({ length: 3_000 }, (_, i) => ({
    timeUs: i,
    bytes: Uint8Array.from({ length: 60 }, (_, j) => Math.imul(i * 60 + j, 2_654_435_761) >>> 24),
  }));
  const whole = gzipSync(pcapBytes(noisy));
  const cut = await readBytes(whole.subarray(0, whole.length / 2));
  t.ok(cut.packets.length > 1_000 && cut.packets.length < 2_000);
  t.match(cut.input.error, /^its gzip stream is cut short; the \d+ packets before it were kept$/);
  t.equal(cut.input.errorOffset, 24 + 76 * cut.packets.length);
  const damaged = Buffer.from(whole);
  damaged.fill(0xff, whole.length / 2, whole.length / 2 + 2_000);
  const after = await readBytes(damaged);
  t.ok(after.packets.length > 100);
  t.not(after.input.error, '');
  for (let i = 0; i < 100; i++) t.same(after.packets[i]?.bytes, noisy[i]?.bytes);
});

t.test('reads past a block of zeros that inflates to a thousand times its size', async (t) => {
  const bomb = new Uint8Array(Buffer.concat([pcapngBytes(at(1)), Buffer.alloc(20_000_000)]));
  const { packets, input } = await readBytes(gzipSync(bomb));
  t.same(times(packets), [1]);
  t.match(input.error, /^impossible block length 0/);
});

t.test('merges standard input with files', async (t) => {
  const folder = folderOf(t, { 'a.pcap': pcapBytes(at(1, 3, 5)) });
  const stdin = Readable.from([Buffer.from(pcapBytes(at(2, 4)))]);
  const { packets, inputs } = await readCapture([`${folder}/a.pcap`, '-'], { stdin });
  t.same(times(packets), [1, 2, 3, 4, 5]);
  t.same(
    inputs.map(({ file, packets }) => [file, packets]),
    [
      ['-', 2],
      [`${folder}/a.pcap`, 3],
    ],
  );
});

t.test('hands on packets of a pipe as they come', async (t) => {
  const stdin = new PassThrough();
  const capture = await openCapture(['-'], { stdin });
  const bytes = pcapBytes(at(1, 2));
  stdin.write(bytes.subarray(0, 24 + 17));
  const range = await capture.next();
  t.equal(range?.to, 1);
  const second = capture.next();
  t.ok(second instanceof Promise);
  stdin.end(bytes.subarray(24 + 17));
  t.equal((await second)?.batch.timeUs[0], 2);
  t.equal(await capture.next(), null);
  await capture.close();
});

t.test('a pipe that breaks ends its input and nothing else', async (t) => {
  const stdin = new PassThrough();
  const capture = await openCapture(['-'], { stdin });
  stdin.write(pcapBytes(at(1, 2)));
  t.equal((await capture.next())?.to, 2);
  stdin.destroy(new Error('gone'));
  t.equal(await capture.next(), null);
  t.match(capture.inputs[0], { packets: 2, error: /^cannot be read any further/ });
});

t.test('reads a named pipe', { skip: process.platform === 'win32' && 'no named pipes here' }, async (t) => {
  const folder = folderOf(t, { 'a.bin': pcapBytes(at(1, 2)) });
  execFileSync('mkfifo', [`${folder}/pipe`]);
  const { spawn } = await import('node:child_process');
  const writer = spawn('sh', ['-c', 'cat "$0" > "$1"', `${folder}/a.bin`, `${folder}/pipe`]);
  t.same(times(await readPackets(`${folder}/pipe`)), [1, 2]);
  if (writer.exitCode === null) await once(writer, 'close');
});

t.test('reads a device that is no file', { skip: process.platform === 'win32' && 'no devices here' }, async (t) => {
  const { inputs } = await readCapture(['/dev/null']);
  t.match(inputs, [{ file: '/dev/null', error: /^not a capture file \(it is empty\)/ }]);
});

t.test('can be closed while it waits for a pipe', async (t) => {
  const stdin = new PassThrough();
  const capture = await openCapture(['-'], { stdin });
  const waiting = capture.next();
  await capture.close();
  t.equal(await waiting, null);
});

t.test('answers without a promise while packets are in memory', async (t) => {
  const folder = folderOf(t, { 'a.pcap': pcapBytes(at(1, 4)), 'b.pcap': pcapBytes(at(2, 3, 5)) });
  const capture = await openCapture([folder]);
  let promises = 0;
  let ranges = 0;
  for (;;) {
    const next = capture.next();
    if (next instanceof Promise) promises++;
    if ((await next) === null) break;
    ranges++;
  }
  t.equal(ranges, 4);
  t.ok(promises <= 5, 'one to open and one to end each file');
  await capture.close();
});

t.test('tells how far it is', async (t) => {
  const a = pcapBytes(at(1, 2));
  const b = gzipSync(pcapBytes(at(5)));
  const folder = folderOf(t, { 'a.pcap': a, 'b.pcap.gz': b });
  const capture = await openCapture([folder]);
  t.same(capture.progress(), { doneBytes: 0, totalBytes: a.length + b.length });
  t.equal((await drain(capture)).length, 3);
  t.same(capture.progress(), { doneBytes: a.length + b.length, totalBytes: a.length + b.length });
  t.equal((await openCapture(['-'], { stdin: Readable.from([]) })).progress().totalBytes, 0);
});

t.test('nothing given is nothing read', async (t) => {
  t.same(await readCapture([]), { packets: [], inputs: [] });
});
