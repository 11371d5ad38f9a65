import fc from 'fast-check';
import t from 'tap';
import { BATCH_PACKETS_MAX } from '../../src/bytes/batch.ts';
import { limits } from '../../src/limits.ts';
import { pcapBytes, readBytes, type TestPacket } from '../support/capture.ts';

const packets: TestPacket[] = [
  { timeUs: 1_700_000_000_000_001, bytes: Uint8Array.of(1, 2, 3, 4, 5) },
  { timeUs: 1_700_000_000_999_999, bytes: new Uint8Array(), wire: 60 },
  { timeUs: 1_700_000_001_000_000, bytes: new Uint8Array(70).fill(7), wire: 1500 },
];
const HEADER_BYTES = 24;
const RECORD_BYTES = 16;
/** Where records begin, and the end of the file. */
const edges = [HEADER_BYTES, HEADER_BYTES + 21, HEADER_BYTES + 37, HEADER_BYTES + 123];

const asRead = (list: readonly TestPacket[], link = 1) =>
  list.map(({ timeUs, bytes, wire }) => ({ timeUs, bytes, wire: wire ?? bytes.length, link }));

for (const bigEndian of [false, true]) {
  for (const nanosecond of [false, true]) {
    const name = `${nanosecond ? 'nano' : 'micro'}second times, ${bigEndian ? 'big' : 'little'}-endian`;
    t.test(`reads ${name}`, async (t) => {
      const read = await readBytes(pcapBytes(packets, { bigEndian, nanosecond }));
      t.same(read.packets, asRead(packets));
      t.same(read.input, { file: '-', packets: 3, bytes: 75, dropped: 0, error: '', errorOffset: -1 });
    });
  }
}

t.test('reads the variant with longer record headers', async (t) => {
  t.same((await readBytes(pcapBytes(packets, { modified: true }))).packets, asRead(packets));
});

t.test('rounds nanoseconds down', async (t) => {
  const bytes = pcapBytes(packets.slice(0, 1), { nanosecond: true });
  new DataView(bytes.buffer).setUint32(HEADER_BYTES + 4, 1_999, true);
  t.equal((await readBytes(bytes)).packets[0]?.timeUs, 1_700_000_000_000_001);
});

t.test('ignores what the upper half of the link type says about the frame check sequence', async (t) => {
  t.same((await readBytes(pcapBytes(packets, { linkFlags: 0x4400 }))).packets, asRead(packets));
});

for (const link of [0, 1, 12, 14, 101, 108, 113, 228, 229, 276]) {
  t.test(`hands on packets of link type ${link}`, async (t) => {
    const bytes = pcapBytes(packets.map((packet) => ({ ...packet, link })));
    t.same((await readBytes(bytes)).packets, asRead(packets, link));
  });
}

t.test('refuses a link type that is not decoded, by number and name', async (t) => {
  const { input, packets: read } = await readBytes(pcapBytes([{ ...packets[0]!, link: 105 }]));
  t.same(read, []);
  t.match(input, { error: /^link type 105 \(IEEE 802\.11\) is not supported/, errorOffset: 20 });
  t.match((await readBytes(pcapBytes([{ ...packets[0]!, link: 9999 }]))).input.error, /^link type 9999 is not/);
});

t.test('takes seconds as unsigned and fractions of more than a second as they are', async (t) => {
  const bytes = pcapBytes(packets.slice(0, 1));
  const view = new DataView(bytes.buffer);
  view.setUint32(HEADER_BYTES, 0xffff_ffff, true);
  view.setUint32(HEADER_BYTES + 4, 1_500_000, true);
  t.equal((await readBytes(bytes)).packets[0]?.timeUs, 0xffff_ffff * 1e6 + 1_500_000);
});

t.test('never says that a packet was shorter on the wire than what is there', async (t) => {
  t.equal((await readBytes(pcapBytes([{ ...packets[0]!, wire: 2 }]))).packets[0]?.wire, 5);
});

t.test('keeps the whole records of a file that is cut anywhere', async (t) => {
  const bytes = pcapBytes(packets);
  const got: unknown[] = [];
  const want: unknown[] = [];
  for (let cut = 0; cut <= bytes.length; cut++) {
    const { packets: read, input } = await readBytes(bytes.subarray(0, cut));
    const whole = edges.filter((edge) => edge <= cut).length - 1;
    const kept = Math.max(0, whole);
    const clean = edges.includes(cut);
    const errorOffset = clean ? -1 : cut < HEADER_BYTES ? 0 : edges[whole];
    got.push({ cut, read, packets: input.packets, reason: reasonOf(input.error), errorOffset: input.errorOffset });
    const reason = cut === 0 ? 'empty' : cut < 4 ? 'too short' : cut < HEADER_BYTES ? 'header' : 'record';
    want.push({ cut, read: asRead(packets.slice(0, kept)), packets: kept, reason: clean ? '' : reason, errorOffset });
  }
  t.same(got, want);
});

const reasonOf = (error: string): string | undefined =>
  error === '' ? '' : /empty|too short|header|record/.exec(error)?.[0];

t.test('says the same however a pipe cuts the bytes', async (t) => {
  const bytes = pcapBytes(packets);
  const got: unknown[] = [];
  for (let pieceBytes = 1; pieceBytes <= bytes.length; pieceBytes++) {
    const { packets: read, input } = await readBytes(bytes, { pieceBytes });
    got.push({ read, error: input.error });
  }
  t.same(
    got,
    got.map(() => ({ read: asRead(packets), error: '' })),
  );
});

t.test('ends at an impossible length and keeps what came before', async (t) => {
  const bytes = pcapBytes(packets);
  new DataView(bytes.buffer).setUint32(edges[2]! + 8, limits.packetBytesMax + 1, true);
  const { packets: read, input } = await readBytes(bytes);
  t.same(read, asRead(packets.slice(0, 2)));
  t.equal(input.error, 'impossible packet length 262145; the 2 packets before it were kept');
  t.equal(input.errorOffset, edges[2]);
});

t.test('reads packets that are longer than the arena', async (t) => {
  const long = [packets[0]!, { timeUs: 1_700_000_002_000_000, bytes: new Uint8Array(60_000).fill(9) }, packets[2]!];
  const small = { ...limits, fileArenaBytes: 64 };
  t.same((await readBytes(pcapBytes(long), { limits: small })).packets, asRead(long));
});

t.test('reads more packets than a batch has rows', async (t) => {
  const many = Array.from({ length: BATCH_PACKETS_MAX + 10 }, (_, i) => ({ timeUs: i, bytes: Uint8Array.of(i & 255) }));
  const { packets: read } = await readBytes(pcapBytes(many));
  t.same(
    read.map(({ timeUs }) => timeUs),
    many.map(({ timeUs }) => timeUs),
  );
});

t.test('refuses versions it does not know', async (t) => {
  const bytes = pcapBytes(packets);
  bytes[4] = 9;
  t.match((await readBytes(bytes)).input, { error: /^pcap version 9 is not supported/, errorOffset: 0 });
});

const strangers: [string, Uint8Array, RegExp][] = [
  ['text', Buffer.from('Kapitel eins, in dem nichts geschieht\n'), /not a capture file \(it is text\)/],
  ['zeros', new Uint8Array(100), /not a capture file \(it begins with 00000000\)/],
  ['snoop', Buffer.from('snoop\0\0\0\0\0\0\x02\0\0\0\x04', 'latin1'), /not a capture .* a snoop capture/],
  ['Network Monitor', Buffer.from('GMBU\0\x02\0\0\0\0\0\0\0\0', 'latin1'), /not a capture .* Network Monitor/],
  ['zstd', Buffer.from('28b52ffd000000000000000000', 'hex'), /not a capture .* zstd/],
];
for (const [name, bytes, error] of strangers) {
  t.test(`says that ${name} is not a capture it can read`, async (t) => {
    t.match((await readBytes(bytes)).input, { error, errorOffset: 0, packets: 0 });
  });
}

t.test('survives noise, with and without a good header', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), fc.boolean(), fc.boolean(), async (noise, header, big) => {
      const bytes = header ? Buffer.concat([pcapBytes([], { bigEndian: big }), noise]) : noise;
      const { packets: read, input } = await readBytes(bytes, { pieceBytes: 50 });
      if (read.length !== input.packets || read.length * RECORD_BYTES > bytes.length) throw new Error('miscounted');
      if ((input.error === '') !== (input.errorOffset === -1)) throw new Error('error without a place');
    }),
    { numRuns: 300 },
  );
});

t.test('survives any change of one byte', async (t) => {
  const bytes = pcapBytes(packets);
  for (let at = 0; at < bytes.length; at++) {
    const changed = bytes.slice();
    changed[at] = 255 - changed[at]!;
    const { packets: read, input } = await readBytes(changed);
    if (read.length !== input.packets) t.fail(`byte ${at}`);
  }
});
