import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { addressKey, addressText } from '../../src/bytes/address.ts';
import { type Limits, limits } from '../../src/limits.ts';
import { Decoder } from '../../src/wire/decode.ts';
import { Frame } from '../../src/wire/frame.ts';
import * as p from '../support/packet.ts';

interface Piece {
  from: number;
  to: number;
}

const datagram = p.udp(new Uint8Array(3_000).map((_, i) => i * 7));
const content = Buffer.from(datagram.subarray(8));
const thirds: readonly Piece[] = [
  { from: 0, to: 1_200 },
  { from: 1_200, to: 2_400 },
  { from: 2_400, to: datagram.length },
];

function four(piece: Piece, identification = 7, of: Uint8Array = datagram, protocol = 17): Uint8Array {
  const more = piece.to < of.length;
  return p.ethernet(
    p.ipv4(of.subarray(piece.from, piece.to), { protocol, identification, fragmentOffset: piece.from, more }),
  );
}

function six(piece: Piece, identification = 7): Uint8Array {
  const more = piece.to < datagram.length;
  const part = p.fragment6(17, datagram.subarray(piece.from, piece.to), { offset: piece.from, more, identification });
  return p.ethernet(p.ipv6(part, { next: 44 }));
}

/** Feeds packets, a microsecond apart unless told otherwise, and keeps what was said of each. */
function feed(packets: readonly Uint8Array[], { decoder = new Decoder(limits), fromUs = 1_000_000, wire = 0 } = {}) {
  const frame = new Frame();
  const batch = p.batchOf(packets, { timeUs: fromUs, ...(wire > 0 ? { wire } : {}) });
  const said = packets.map((_, row) => {
    const good = decoder.decode(batch, row, frame);
    const payload = good ? Buffer.from(frame.bytes.subarray(frame.payload, frame.end)) : Buffer.alloc(0);
    return { good, oddity: frame.oddity, payload };
  });
  return { said, frame, decoder };
}

const goods = (said: readonly { good: boolean }[]): boolean[] => said.map((one) => one.good);
const oddities = (said: readonly { oddity: string }[]): string[] => said.map((one) => one.oddity);

t.test('a datagram is one packet when its last missing fragment comes, in any order', (t) => {
  for (const make of [four, six]) {
    for (const order of [
      [0, 1, 2],
      [2, 1, 0],
      [1, 2, 0],
      [2, 0, 1],
    ]) {
      const { said, frame, decoder } = feed(order.map((i) => make(thirds[i]!)));
      t.strictSame(goods(said), [false, false, true], `${order}`);
      t.strictSame(oddities(said), ['', '', '']);
      t.ok(said[2]?.payload.equals(content));
      t.match(frame, { sourcePort: 40_000, targetPort: 53, transportProtocol: 17, fragments: 3, payloadWire: 3_000 });
      t.equal(decoder.datagramsWhole, 1);
      t.equal(decoder.fragmentsSeen, 3);
      t.equal(decoder.fragmentsDropped, 0);
    }
  }
  t.end();
});

t.test('addresses can be read from the datagram that was put together', (t) => {
  const { frame } = feed(thirds.map((piece) => four(piece)));
  const text = (at: number, bytes: number) => addressText(addressKey(frame.view, at, bytes));
  t.equal(text(frame.sourceAddress, 4), p.IP_A);
  t.equal(text(frame.targetAddress, 4), p.IP_B);
  t.equal(text(frame.sourceMac, 6), p.MAC_A);
  t.equal(text(frame.targetMac, 6), p.MAC_B);
  t.match(frame, { networkVersion: 4, identification: 7, timeToLive: 64, etherType: 0x0800 });
  const second = feed(thirds.map((piece) => six(piece))).frame;
  t.equal(addressText(addressKey(second.view, second.sourceAddress, 16)), p.IP6_A);
  t.equal(addressText(addressKey(second.view, second.targetAddress, 16)), p.IP6_B);
  t.end();
});

t.test('the frame after a datagram is back in the arena of its batch', (t) => {
  const { said } = feed([...thirds.map((piece) => four(piece)), p.ethernet(p.ipv4(p.tcp('hello')))]);
  t.equal(said[3]?.payload.toString(), 'hello');
  t.end();
});

t.test('datagrams that differ in number, protocol or address do not mix', (t) => {
  const [a, b, c] = thirds as [Piece, Piece, Piece];
  const other = p.ethernet(
    p.ipv4(datagram.subarray(b.from, b.to), {
      protocol: 17,
      identification: 7,
      fragmentOffset: b.from,
      more: true,
      source: '10.1.0.77',
    }),
  );
  const { said, decoder } = feed([four(a), four(b, 8), four(b, 7, datagram, 6), other, four(c)]);
  t.strictSame(goods(said), [false, false, false, false, false]);
  t.equal(decoder.datagramsWhole, 0);
  t.end();
});

t.test('a mirror that shows every fragment twice gives one datagram', (t) => {
  const twice = thirds.flatMap((piece) => [four(piece), four(piece)]);
  const { said } = feed(twice);
  t.strictSame(goods(said), [false, false, false, false, true, false]);
  t.strictSame(oddities(said), ['', '', '', '', '', '']);
  const later = feed([...thirds, ...thirds].map((piece) => four(piece))).said;
  t.strictSame(goods(later), [false, false, true, false, false, false], 'the second copy is the same datagram');
  t.end();
});

t.test('a number may be used again when the mirror has had its time', (t) => {
  const { decoder } = feed(thirds.map((piece) => four(piece)));
  const again = feed(
    thirds.map((piece) => four(piece)),
    { decoder, fromUs: 1_000_000 + limits.duplicateWindowMs * 1_000 + 10 },
  );
  t.strictSame(goods(again.said), [false, false, true]);
  t.strictSame(oddities(again.said), ['', '', '']);
  t.end();
});

t.test('what came first stays where fragments overlap', (t) => {
  const evil = datagram.slice().fill(0x58, 8);
  const { said } = feed([
    four({ from: 0, to: 1_200 }),
    four({ from: 800, to: 2_400 }, 7, evil),
    four({ from: 2_400, to: datagram.length }),
  ]);
  t.strictSame(oddities(said), ['', 'ip_fragment_overlap', '']);
  t.equal(said[2]?.good, true);
  t.ok(said[2]?.payload.subarray(0, 1_192).equals(content.subarray(0, 1_192)), 'the first bytes were kept');
  t.ok(said[2]?.payload.subarray(1_192, 2_392).equals(Buffer.alloc(1_200, 0x58)), 'the hole was filled');
  t.end();
});

t.test('two different ends of one datagram: the second is refused', (t) => {
  const short = datagram.subarray(0, 1_600);
  const long = feed([four({ from: 2_400, to: 3_008 }), four({ from: 1_200, to: 1_600 }, 7, short)]);
  t.strictSame(oddities(long.said), ['', 'ip_fragment_overlap']);
  const beyond = feed([four({ from: 1_200, to: 1_600 }, 7, short), four({ from: 2_400, to: 3_008 })]);
  t.strictSame(oddities(beyond.said), ['', 'ip_fragment_overlap']);
  t.equal(beyond.decoder.fragmentsDropped, 1);
  t.end();
});

t.test('a first fragment too small for its transport header is odd, and still put together', (t) => {
  const segment = p.tcp('hello world, this is long enough');
  const pieces = [
    { from: 0, to: 8 },
    { from: 8, to: segment.length },
  ];
  const { said, frame } = feed(pieces.map((piece) => four(piece, 7, segment, 6)));
  t.strictSame(oddities(said), ['ip_fragment_tiny', '']);
  t.match(frame, { transportProtocol: 6, targetPort: 104 });
  t.end();
});

t.test('fragments of impossible length are refused', (t) => {
  const raw = (offset: number, bytes: number, more: boolean): Uint8Array =>
    p.ethernet(p.ipv4(new Uint8Array(bytes), { protocol: 17, fragmentOffset: offset, more }));
  for (const [name, packet] of [
    ['beyond 64 KiB', raw(65_528, 16, false)],
    ['empty', raw(8, 0, true)],
    ['not a multiple of 8 in the middle', raw(0, 13, true)],
  ] as const) {
    const { said, decoder } = feed([packet]);
    t.match(said, [{ good: false, oddity: 'ip_fragment_length' }], name);
    t.equal(decoder.fragmentsDropped, 1);
  }
  t.end();
});

t.test('of a fragment that the capture cut only the first one is a packet', (t) => {
  const first = four(thirds[0]!);
  const cut = feed([first.subarray(0, 96)], { wire: first.length });
  t.match(cut.said, [{ good: true, oddity: 'ip_fragment_cut' }]);
  t.match(cut.frame, { targetPort: 53, transportProtocol: 17, fragmentOffset: -1, payloadWire: 1_192 });
  const second = four(thirds[1]!);
  t.match(feed([second.subarray(0, 96)], { wire: second.length }).said, [{ good: false, oddity: 'ip_fragment_cut' }]);
  t.end();
});

t.test('a datagram waits no longer than its time', (t) => {
  const waitUs = limits.fragmentWaitSeconds * 1_000_000;
  const [a, b, c] = thirds as [Piece, Piece, Piece];
  const { decoder } = feed([four(a), four(b)]);
  decoder.tick(1_000_000 + waitUs);
  t.equal(decoder.datagramsExpired, 0);
  decoder.tick(1_000_002 + waitUs);
  t.equal(decoder.datagramsExpired, 1);
  t.equal(decoder.fragmentsDropped, 2);
  t.strictSame(goods(feed([four(c)], { decoder }).said), [false]);

  const untold = feed([four(a), four(b)]).decoder;
  const late = feed([four(c)], { decoder: untold, fromUs: 1_000_002 + waitUs });
  t.match(late.said, [{ good: false, oddity: 'ip_fragment_expired' }], 'also when nobody called tick');
  t.end();
});

t.test('the oldest gives way when there are too many datagrams', (t) => {
  const small: Limits = { ...limits, fragmentDatagramsMax: 4 };
  const starts = Array.from({ length: 5 }, (_, i) => four(thirds[0]!, i));
  const { said, decoder } = feed(starts, { decoder: new Decoder(small) });
  t.strictSame(oddities(said), ['', '', '', '', 'ip_fragments_full']);
  t.equal(decoder.datagramsEvicted, 1);
  const rest = [4, 1].flatMap((number) => [four(thirds[1]!, number), four(thirds[2]!, number)]);
  t.strictSame(goods(feed(rest, { decoder }).said), [false, true, false, true], 'the younger ones are whole');
  t.end();
});

t.test('the oldest gives way when there are too many bytes', (t) => {
  // 64 pages of 1 KiB is the least there is: room for 32 datagrams that hold two pages each.
  const small: Limits = { ...limits, fragmentBytesMax: 64 * 1024 };
  const starts = Array.from({ length: 33 }, (_, i) => four(thirds[0]!, i));
  const { said, decoder } = feed(starts, { decoder: new Decoder(small) });
  t.strictSame(
    oddities(said).filter((name) => name !== ''),
    ['ip_fragments_full'],
  );
  t.equal(decoder.datagramsEvicted, 1);
  t.end();
});

t.test('a datagram in too many parts is given up', (t) => {
  const small: Limits = { ...limits, fragmentPartsMax: 2 };
  const { said, decoder } = feed(
    thirds.map((piece) => four(piece)),
    { decoder: new Decoder(small) },
  );
  t.strictSame(oddities(said), ['', '', 'ip_fragments_too_many']);
  t.equal(decoder.fragmentsDropped, 3);
  t.end();
});

t.test('a tunnel whose outer packet came in fragments is decoded to its inside', (t) => {
  const inner = p.ethernet(p.ipv4(p.tcp('inside'.repeat(300)), { source: '10.9.0.1' }));
  const outer = p.vxlan(inner);
  const pieces = [
    { from: 0, to: 800 },
    { from: 800, to: outer.length },
  ];
  const { said, frame } = feed(pieces.map((piece) => four(piece, 7, outer)));
  t.strictSame(goods(said), [false, true]);
  t.equal(said[1]?.payload.toString(), 'inside'.repeat(300));
  t.equal(addressText(addressKey(frame.view, frame.sourceAddress, 4)), '10.9.0.1');
  t.end();
});

t.test('a fragment inside a whole datagram of fragments is put together too', (t) => {
  const parts = [
    { from: 0, to: 1_200 },
    { from: 1_200, to: datagram.length },
  ];
  const outers = parts.map((piece) => p.vxlan(four(piece, 99)));
  const packets = outers.flatMap((outer, i) => [
    four({ from: 0, to: 800 }, i, outer),
    four({ from: 800, to: outer.length }, i, outer),
  ]);
  const { said } = feed(packets);
  t.strictSame(goods(said), [false, false, false, true]);
  t.ok(said[3]?.payload.equals(content));
  t.end();
});

/** Little room, so that properties run quickly and reach the limits. */
const few: Limits = { ...limits, fragmentDatagramsMax: 8, fragmentBytesMax: 64 * 1024 };

t.test('any cutting, any order, any repetition gives the same datagram once', (t) => {
  const cuts = fc.uniqueArray(fc.integer({ min: 1, max: 375 }), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(cuts, fc.infiniteStream(fc.nat(1_000)), (units, random) => {
      const edges = [0, ...units.map((unit) => unit * 8).sort((x, y) => x - y), datagram.length];
      const pieces = edges.slice(1).map((to, i) => ({ from: edges[i]!, to }));
      const doubled = [...pieces, ...pieces].map((piece) => ({ piece, rank: random.next().value }));
      doubled.sort((x, y) => x.rank - y.rank);
      const packets = doubled.map(({ piece }) => four(piece));
      const { said, decoder } = feed(packets, { decoder: new Decoder(few) });
      const whole = said.filter((one) => one.good);
      assert.equal(whole.length, 1);
      assert.ok(whole[0]?.payload.equals(content));
      assert.equal(decoder.datagramsWhole, 1);
    }),
    { numRuns: 300 },
  );
  t.end();
});

t.test('fragments of noise never break the books', (t) => {
  const noise = fc.record({
    offset: fc.integer({ min: 0, max: 8_191 }).map((unit) => (unit % 40) * 8 + (unit > 8_000 ? 60_000 : 0)),
    bytes: fc.nat(1_400),
    more: fc.boolean(),
    identification: fc.nat(20),
    waitUs: fc.constantFrom(0, 1, 60_000, 40_000_000),
  });
  fc.assert(
    fc.property(fc.array(noise, { maxLength: 60 }), (all) => {
      const decoder = new Decoder(few);
      let timeUs = 0;
      for (const { waitUs, bytes, offset, ...fields } of all) {
        timeUs += waitUs;
        decoder.tick(timeUs);
        const part = new Uint8Array(bytes).fill(offset);
        feed([p.ethernet(p.ipv4(part, { ...fields, fragmentOffset: offset & ~7, protocol: 17 }))], {
          decoder,
          fromUs: timeUs,
        });
      }
      decoder.tick(timeUs + 100_000_000);
      assert.ok(decoder.fragmentsDropped <= decoder.fragmentsSeen);
      // Every slot and page was given back: a datagram fits as at the start.
      const { said } = feed(
        thirds.map((piece) => four(piece, 500)),
        { decoder, fromUs: timeUs + 100_000_000 },
      );
      assert.deepEqual(goods(said), [false, false, true]);
      assert.deepEqual(oddities(said), ['', '', '']);
    }),
    { numRuns: 60 },
  );
  t.end();
});
