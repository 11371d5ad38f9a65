import fc from 'fast-check';
import t from 'tap';
import { limits } from '../../src/limits.ts';
import { type PcapngOptions, pcapngBlock, pcapngBytes, readBytes, type TestPacket } from '../support/capture.ts';

const packets: TestPacket[] = [
  { timeUs: 1_700_000_000_000_001, bytes: Uint8Array.of(1, 2, 3, 4, 5) },
  { timeUs: 1_700_000_000_999_999, bytes: new Uint8Array(), wire: 60 },
  { timeUs: 1_700_000_001_000_000, bytes: new Uint8Array(70).fill(7), wire: 1500 },
];
const SECTION_BYTES = 28;
const INTERFACE_BYTES = 24;
const FIRST_PACKET = SECTION_BYTES + INTERFACE_BYTES;
const edges = [SECTION_BYTES, FIRST_PACKET, FIRST_PACKET + 40, FIRST_PACKET + 72, FIRST_PACKET + 176];

const join = (...parts: Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));
const asRead = (list: readonly TestPacket[]) =>
  list.map(({ timeUs, bytes, wire, link }) => ({ timeUs, bytes, wire: wire ?? bytes.length, link: link ?? 1 }));
const setU32 = (bytes: Uint8Array, at: number, value: number): void =>
  new DataView(bytes.buffer, bytes.byteOffset).setUint32(at, value, true);

const variants: [string, PcapngOptions][] = [
  ['enhanced packets', {}],
  ['old packets', { packetBlock: 'old' }],
  ['nanoseconds', { resolution: 9 }],
  ['picoseconds from an offset', { resolution: 12, offsetSeconds: 1_700_000_000 }],
  ['binary fractions of 2^-30', { resolution: 0x80 | 30 }],
  ['binary fractions of 2^-33', { resolution: 0x80 | 33 }],
  ['times from an offset', { offsetSeconds: 1_600_000_000, resolution: 9 }],
];
for (const [name, options] of variants) {
  for (const bigEndian of [false, true]) {
    t.test(`reads ${name}, ${bigEndian ? 'big' : 'little'}-endian`, async (t) => {
      const { packets: read, input } = await readBytes(pcapngBytes(packets, { ...options, bigEndian }));
      t.same(read, asRead(packets));
      t.same(input, { file: '-', packets: 3, bytes: 75, dropped: 0, error: '', errorOffset: -1 });
    });
  }
}

t.test('reads simple packets: no longer than the snap length, at the time of the packet before', async (t) => {
  const simple = pcapngBytes([packets[2]!, { ...packets[0]!, wire: 5 }], { packetBlock: 'simple', snaplen: 10 });
  const bytes = join(pcapngBytes(packets.slice(0, 1)), simple);
  const { packets: read } = await readBytes(bytes);
  t.same(
    read.map(({ timeUs, bytes, wire }) => [timeUs, bytes.length, wire]),
    [
      [packets[0]!.timeUs, 5, 5],
      [packets[0]!.timeUs, 10, 1500],
      [packets[0]!.timeUs, 5, 5],
    ],
  );
});

t.test('reads several sections, each with its own byte order, interfaces and clock', async (t) => {
  const bytes = join(
    pcapngBytes(packets, { bigEndian: true, resolution: 9 }),
    pcapngBytes(
      packets.map((packet) => ({ ...packet, link: 101 })),
      { resolution: 3 + 3 },
    ),
  );
  const { packets: read, input } = await readBytes(bytes);
  t.same(read, [...asRead(packets), ...asRead(packets.map((packet) => ({ ...packet, link: 101 })))]);
  t.equal(input.error, '');
});

t.test('hands on each packet with the link type of its interface', async (t) => {
  const mixed = packets.map((packet, i) => ({ ...packet, link: [1, 276, 101][i]! }));
  t.same((await readBytes(pcapngBytes(mixed))).packets, asRead(mixed));
});

t.test('leaves out packets of a link type that is not decoded, counts them, and goes on', async (t) => {
  const mixed = packets.map((packet, i) => ({ ...packet, link: [105, 1, 105][i]! }));
  const { packets: read, input } = await readBytes(pcapngBytes(mixed));
  t.same(read, asRead(mixed.slice(1, 2)));
  t.equal(input.error, 'link type 105 (IEEE 802.11) is not supported (packets left out: 2)');
  t.equal(input.errorOffset, SECTION_BYTES + 2 * 20 + 2 * 4);
});

t.test('says nothing of an interface without packets', async (t) => {
  const unused = pcapngBlock(1, Uint8Array.of(105, 0, 0, 0, 0, 0, 0, 0));
  t.equal((await readBytes(pcapngBytes(packets, { blocks: [unused] }))).input.error, '');
});

t.test('leaves out packets of an interface that nobody described', async (t) => {
  const bytes = pcapngBytes(packets);
  setU32(bytes, FIRST_PACKET + 8, 3);
  const { packets: read, input } = await readBytes(bytes);
  t.same(read, asRead(packets.slice(1)));
  t.equal(input.error, 'interfaces are not described (packets left out: 1)');
});

t.test('says so when times lie too far ahead to be exact', async (t) => {
  const bytes = pcapngBytes(packets);
  setU32(bytes, FIRST_PACKET + 12, 0xffff_ffff);
  const { packets: read, input } = await readBytes(bytes);
  t.equal(read[0]?.timeUs, Number.MAX_SAFE_INTEGER);
  t.match(input, { packets: 3, error: /^times beyond the year 2255 .* \(packets: 1\)$/, errorOffset: FIRST_PACKET });
});

t.test('keeps no more interfaces than the limit', async (t) => {
  const mixed = packets.map((packet, i) => ({ ...packet, link: [1, 101, 276][i]! }));
  const { packets: read } = await readBytes(pcapngBytes(mixed), { limits: { ...limits, pcapngInterfacesMax: 2 } });
  t.same(read, asRead(mixed.slice(0, 2)));
});

t.test('adds up the drop counters, the last word of each interface', async (t) => {
  const first = pcapngBytes(packets, { dropped: { interfaceDrops: 5, systemDrops: 2 } });
  const second = pcapngBytes([], { bigEndian: true, dropped: { interfaceDrops: 100 } });
  const again = pcapngBlock(5, Buffer.from('00000000000000000000000005000800090000000000000000000000', 'hex'));
  t.equal((await readBytes(join(first, second))).input.dropped, 107);
  t.equal((await readBytes(join(first, again, second))).input.dropped, 109);
});

t.test('steps over blocks it does not know', async (t) => {
  const blocks = [
    pcapngBlock(10, Buffer.from('a secret')),
    pcapngBlock(0xbad, new Uint8Array(3)),
    pcapngBlock(4, new Uint8Array()),
  ];
  t.same((await readBytes(pcapngBytes(packets, { blocks }))).packets, asRead(packets));
});

t.test('steps over unknown blocks beyond the limit without holding them', async (t) => {
  const small = { ...limits, pcapngBlockBytesMax: 400, fileArenaBytes: 128 };
  const bytes = pcapngBytes(packets, { blocks: [pcapngBlock(10, new Uint8Array(5_000))] });
  const { packets: read, input } = await readBytes(bytes, { limits: small, pieceBytes: 100 });
  t.same(read, asRead(packets));
  t.equal(input.error, '');
  const cut = await readBytes(bytes.subarray(0, 1_000), { limits: small });
  t.match(cut.input, { error: /^it is cut short in a block/, errorOffset: 1_000 });
});

t.test('keeps the whole blocks of a file that is cut anywhere', async (t) => {
  const bytes = pcapngBytes(packets);
  const got: unknown[] = [];
  const want: unknown[] = [];
  for (let cut = 0; cut <= bytes.length; cut++) {
    const { packets: read, input } = await readBytes(bytes.subarray(0, cut));
    const whole = edges.filter((edge) => edge <= cut).length;
    const clean = edges.includes(cut);
    const errorOffset = clean ? -1 : whole === 0 ? 0 : edges[whole - 1];
    got.push({ cut, read, reason: reasonOf(input.error), errorOffset: input.errorOffset });
    const reason = cut === 0 ? 'empty' : cut < 4 ? 'too short' : cut < SECTION_BYTES ? 'header' : 'record';
    want.push({
      cut,
      read: asRead(packets.slice(0, Math.max(0, whole - 2))),
      reason: clean ? '' : reason,
      errorOffset,
    });
  }
  t.same(got, want);
});

const reasonOf = (error: string): string | undefined =>
  error === '' ? '' : /empty|too short|header|record/.exec(error)?.[0];

t.test('says the same however a pipe cuts the bytes', async (t) => {
  const bytes = pcapngBytes(packets, { bigEndian: true });
  const got: unknown[] = [];
  for (let pieceBytes = 1; pieceBytes <= bytes.length; pieceBytes++) {
    got.push((await readBytes(bytes, { pieceBytes })).packets);
  }
  t.same(
    got,
    got.map(() => asRead(packets)),
  );
});

const PACKET = edges[2]!;
const damages: [string, number, number, RegExp][] = [
  ['a block shorter than its frame', PACKET + 4, 8, /^impossible block length 8/],
  ['a block length that is no multiple of four', PACKET + 4, 33, /^impossible block length 33/],
  ['two lengths that disagree', PACKET + 28, 36, /^two lengths of one block, 32 and 36/],
  ['a packet longer than its block', PACKET + 20, 4, /^impossible packet length 4/],
  ['a packet block beyond the limit', PACKET + 4, 2 ** 31, /^impossible length 2147483648 of a block/],
];
for (const [name, at, value, error] of damages) {
  t.test(`ends at ${name} and keeps what came before`, async (t) => {
    const bytes = pcapngBytes(packets);
    setU32(bytes, at, value);
    const { packets: read, input } = await readBytes(bytes);
    t.same(read, asRead(packets.slice(0, 1)));
    t.match(input, { error, errorOffset: PACKET });
    t.match(input.error, /the packet before it was kept$/);
  });
}

t.test('ends at a block that is too short for what it is', async (t) => {
  for (const type of [1, 2, 3, 6]) {
    const bytes = join(pcapngBytes(packets), pcapngBlock(type, new Uint8Array()));
    const { packets: read, input } = await readBytes(bytes);
    t.equal(read.length, packets.length);
    t.match(input, { error: /^impossible length 12/, errorOffset: edges.at(-1)! }, `type ${type}`);
  }
});

t.test('ends at a section of another version, or without byte order', async (t) => {
  const version = pcapngBytes(packets);
  version[12] = 7;
  t.match((await readBytes(join(pcapngBytes(packets), version))).input, {
    packets: 3,
    error: /^pcapng version 7 is not supported/,
  });
  const order = pcapngBytes(packets);
  order[8] = 0;
  t.match((await readBytes(join(pcapngBytes(packets), order))).input, { packets: 3, error: /^a section without byte/ });
  t.match((await readBytes(order)).input, { packets: 0, error: /^not a capture file/ });
});

t.test('survives noise in the place of blocks', async () => {
  const word = fc.oneof(fc.constantFrom(1, 2, 3, 5, 6, 0x0a0d0d0a, 12, 16, 20, 32, 40, 64), fc.nat(2 ** 31 - 1));
  await fc.assert(
    fc.asyncProperty(fc.array(word, { maxLength: 60 }), async (words) => {
      const bytes = join(pcapngBytes([]), new Uint8Array(Uint32Array.from(words).buffer));
      const { packets: read, input } = await readBytes(bytes, { pieceBytes: 64 });
      if (read.length !== input.packets || read.length > bytes.length / 16) throw new Error('miscounted');
      if ((input.error === '') !== (input.errorOffset === -1)) throw new Error('error without a place');
      if (input.errorOffset > bytes.length) throw new Error('place beyond the file');
    }),
    { numRuns: 500 },
  );
});

t.test('survives any change of one byte', async (t) => {
  const bytes = pcapngBytes(packets, { resolution: 9, offsetSeconds: 5, dropped: { interfaceDrops: 1 } });
  for (let at = 0; at < bytes.length; at++) {
    for (const mask of [0xff, 0x01, 0x80]) {
      const changed = bytes.slice();
      changed[at] = changed[at]! ^ mask;
      const { packets: read, input } = await readBytes(changed);
      if (read.length !== input.packets || !read.every(({ timeUs }) => Number.isSafeInteger(timeUs))) {
        t.fail(`byte ${at} changed by ${mask}`);
      }
    }
  }
});
