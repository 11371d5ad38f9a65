import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { limits } from '../../src/limits.ts';
import { folderOf, pcapBytes, pcapngBlock, pcapngBytes, readCapture, type TestPacket } from '../support/capture.ts';

/** Two megabytes an arena: a file of some dozens is read ahead many times. */
const small = { ...limits, fileArenaBytes: 2 * 1024 * 1024 };

/** Packets whose sizes and contents follow a fixed course, some of them as long as a packet may be. */
function packets(count: number): TestPacket[] {
  return Array.from({ length: count }, (_, i) => {
    const length = i % 97 === 0 ? 200_000 + (i % 50_000) : 60 + ((i * 7919) % 3_000);
    return { timeUs: 1_700_000_000_000_000 + i * 10, bytes: new Uint8Array(length).fill(i & 255) };
  });
}

const printOf = (list: readonly { timeUs: number; bytes: Uint8Array }[]): string => {
  const hash = createHash('sha256');
  for (const { timeUs, bytes } of list) hash.update(`${timeUs} ${bytes.length}\n`).update(bytes);
  return hash.digest('hex');
};

const sent = packets(6_000);
const files: readonly [name: string, bytes: () => Uint8Array][] = [
  ['a.pcap', () => pcapBytes(sent)],
  ['a.pcapng', () => pcapngBytes(sent)],
];
for (const [name, bytes] of files) {
  t.test(`a large ${name.slice(2)} that is read ahead is read whole, wherever the blocks are cut`, async (t) => {
    const folder = folderOf(t, {});
    const path = join(folder, name);
    writeFileSync(path, bytes());
    for (const arena of [2 * 1024 * 1024, 2 * 1024 * 1024 + 4_321, 3_000_001]) {
      const read = await readCapture([path], { limits: { ...small, fileArenaBytes: arena } });
      t.equal(printOf(read.packets), printOf(sent), `arena of ${arena} bytes`);
      t.match(read.inputs, [{ packets: sent.length, error: '' }]);
    }
  });
}

t.test('a long block nobody knows is stepped over, also when it ends beyond what was read ahead', async (t) => {
  const folder = folderOf(t, {});
  const path = join(folder, 'long.pcapng');
  const whole = pcapngBytes(sent);
  const block = pcapngBlock(0x0bad_beef, new Uint8Array(9_000_000));
  // Behind the section header and the interface description.
  const first = new DataView(whole.buffer, whole.byteOffset).getUint32(4, true);
  const second = new DataView(whole.buffer, whole.byteOffset).getUint32(first + 4, true);
  const at = first + second;
  writeFileSync(path, Buffer.concat([whole.subarray(0, at), block, whole.subarray(at), block]));
  const read = await readCapture([path], { limits: small });
  t.equal(printOf(read.packets), printOf(sent));
  t.match(read.inputs, [{ error: '' }]);
});

t.test('a large file that is cut keeps what was whole and says where it ends', async (t) => {
  const folder = folderOf(t, {});
  const path = join(folder, 'cut.pcap');
  const whole = pcapBytes(sent);
  writeFileSync(path, whole.subarray(0, whole.length - 10));
  const read = await readCapture([path], { limits: small });
  t.equal(printOf(read.packets), printOf(sent.slice(0, -1)));
  const last = sent.at(-1) as TestPacket;
  t.match(read.inputs, [{ error: /cut short in a record/, errorOffset: whole.length - 16 - last.bytes.length }]);
});
