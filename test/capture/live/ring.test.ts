import t from 'tap';
import { Batch } from '../../../src/bytes/batch.ts';
import { Ring, type RingOptions } from '../../../src/capture/live/ring.ts';
import { cable, cableLab, counter, ip, labHere, runInside, sendFrames, TAP } from '../../support/namespace.ts';

interface Seen {
  bytes: Uint8Array;
  wire: number;
  timeUs: number;
  link: number;
  vlan: number;
}

function open(over: Partial<RingOptions> = {}): Ring {
  return Ring.open({
    interface: TAP,
    fanoutGroup: null,
    blockBytes: 256 * 1024,
    blocks: 16,
    snapBytes: 65_535,
    promiscuous: true,
    ...over,
  });
}

/** Everything that comes until nothing has come for a while. */
function readAll(ring: Ring, rowsMax?: number, quietMs = 300): Seen[] {
  const batch = new Batch(new Uint8Array(0));
  const seen: Seen[] = [];
  while (ring.poll(quietMs)) {
    while (ring.next(batch, rowsMax)) {
      for (let row = 0; row < batch.count; row++) {
        const from = batch.offset[row]!;
        seen.push({
          bytes: batch.bytes.slice(from, from + batch.captured[row]!),
          wire: batch.wire[row]!,
          timeUs: batch.timeUs[row]!,
          link: batch.link[row]!,
          vlan: batch.vlan[row]!,
        });
      }
    }
  }
  return seen;
}

/** Polls until the ring is in that state, at most ten seconds. */
function reaches(ring: Ring, state: 'up' | 'down'): boolean {
  for (let i = 0; i < 200 && ring.state !== state; i++) ring.poll(50);
  return ring.state === state;
}

/** An Ethernet frame of a type that no stack answers, its bytes counted up from `seed`. */
function frame(bytes: number, seed: number): Uint8Array {
  const made = Uint8Array.from({ length: bytes }, (_, i) => (seed + i) & 255);
  made.set([0x02, 0, 0, 0, 0, 2, 0x02, 0, 0, 0, 0, 1, 0x88, 0xb5]);
  return made;
}

/** IPv4 and UDP between two hosts, told apart by `flow`; `back` for the answer. */
function datagram(flow: number, back: boolean): Uint8Array {
  const made = new Uint8Array(60);
  const view = new DataView(made.buffer);
  made.set([0x02, 0, 0, 0, 0, 2, 0x02, 0, 0, 0, 0, 1, 0x08, 0x00]);
  made.set([0x45, 0, 0, 46, 0, 0, 0, 0, 64, 17], 14);
  view.setUint32(26, back ? 0x0a4d0002 : 0x0a4d0001);
  view.setUint32(30, back ? 0x0a4d0001 : 0x0a4d0002);
  view.setUint16(34, back ? 4_000 : 20_000 + flow);
  view.setUint16(36, back ? 20_000 + flow : 4_000);
  view.setUint16(38, 26);
  view.setUint16(42, flow);
  return made;
}

const lab = labHere();
if (lab === null) {
  await runInside(t, import.meta.filename, cableLab, 'tcpreplay');
} else {
  t.test('packets arrive byte for byte, in order, with the time at which they came', (t) => {
    const frames = [frame(60, 1), frame(1_514, 2), frame(61, 3)];
    const ring = open();
    const beforeUs = Date.now() * 1_000;
    sendFrames(lab.client, frames);
    const afterUs = (Date.now() + 1) * 1_000;
    const seen = readAll(ring);
    t.strictSame(
      seen.map((packet) => packet.bytes),
      frames,
    );
    t.strictSame(
      seen.map(({ wire, link, vlan }) => ({ wire, link, vlan })),
      frames.map(({ length }) => ({ wire: length, link: 1, vlan: 0 })),
    );
    t.ok(seen.every(({ timeUs }) => Number.isInteger(timeUs) && timeUs >= beforeUs && timeUs <= afterUs));
    t.strictSame(ring.statistics(), { packets: 3, drops: 0, freezes: 0, downs: 0, reopens: 0 });
    ring.close();
    t.end();
  });

  t.test('a VLAN tag that was taken off the packet is in the column', (t) => {
    const plain = frame(60, 1);
    const tagged = (tag: number[]): Uint8Array => Uint8Array.from([...plain.slice(0, 12), ...tag, ...plain.slice(12)]);
    const ring = open();
    sendFrames(lab.client, [tagged([0x81, 0, 0x20, 5]), tagged([0x88, 0xa8, 0, 7, 0x81, 0, 0, 9]), plain]);
    const seen = readAll(ring);
    t.strictSame(
      seen.map((packet) => packet.vlan),
      [0x81002005, 0x88a80007, 0],
    );
    t.strictSame(seen[0]?.bytes, plain);
    t.strictSame(seen[1]?.bytes, tagged([0x81, 0, 0, 9]), 'the inner tag stays in the packet');
    ring.close();
    t.end();
  });

  t.test('a snap length cuts what is kept and not what is counted', (t) => {
    const ring = open({ snapBytes: 96 });
    sendFrames(lab.client, [frame(60, 1), frame(1_000, 2)]);
    const seen = readAll(ring);
    t.strictSame(
      seen.map(({ bytes, wire }) => [bytes.length, wire]),
      [
        [60, 60],
        [96, 1_000],
      ],
    );
    ring.close();
    t.end();
  });

  t.test('a block with more packets than a batch has rows is delivered in several calls', (t) => {
    const frames = Array.from({ length: 50 }, (_, i) => frame(100, i));
    const ring = open();
    sendFrames(lab.client, frames);
    const seen = readAll(ring, 7);
    t.strictSame(
      seen.map((packet) => packet.bytes),
      frames,
    );
    ring.close();
    t.end();
  });

  t.test('the ring goes round and hands every block back', (t) => {
    const ring = open({ blockBytes: 65_536, blocks: 2 });
    for (let round = 0; round < 5; round++) {
      sendFrames(lab.client, [frame(500, round)]);
      t.strictSame(
        readAll(ring).map((packet) => packet.bytes),
        [frame(500, round)],
      );
    }
    ring.close();
    t.end();
  });

  t.test('a reader that sleeps loses packets, and knows how many', (t) => {
    const frames = Array.from({ length: 2_000 }, (_, i) => frame(1_000, i));
    const ring = open({ blockBytes: 65_536, blocks: 4 });
    sendFrames(lab.client, frames);
    const seen = readAll(ring);
    const { packets, drops, freezes } = ring.statistics();
    t.equal(packets, 2_000);
    t.ok(drops > 1_000 && freezes > 0, `${drops} dropped, ${freezes} freezes`);
    t.equal(seen.length + drops, 2_000);
    t.strictSame(seen[0]?.bytes, frames[0]);
    ring.close();
    t.end();
  });

  t.test('rings of one group share the traffic, and both directions of a flow are in the same ring', (t) => {
    const rings = [open({ fanoutGroup: 4_711 }), open({ fanoutGroup: 4_711 })];
    const flows = Array.from({ length: 64 }, (_, i) => i);
    sendFrames(
      lab.client,
      flows.flatMap((flow) => [datagram(flow, false), datagram(flow, true)]),
    );
    const perRing = rings.map((ring) =>
      readAll(ring).map(({ bytes }) => new DataView(bytes.buffer, bytes.byteOffset).getUint16(42)),
    );
    t.equal(perRing.flat().length, 128);
    for (const seen of perRing) {
      t.ok(seen.length > 0);
      for (const flow of new Set(seen)) t.equal(seen.filter((other) => other === flow).length, 2, `flow ${flow}`);
    }
    for (const ring of rings) ring.close();
    t.end();
  });

  t.test('an interface that goes down and comes back is waited for', (t) => {
    const ring = open();
    ip('link', 'set', TAP, 'down');
    t.ok(reaches(ring, 'down'));
    ip('link', 'set', TAP, 'up');
    t.ok(reaches(ring, 'up'));
    sendFrames(lab.client, [frame(60, 9)]);
    t.strictSame(
      readAll(ring).map((packet) => packet.bytes),
      [frame(60, 9)],
    );
    t.match(ring.statistics(), { downs: 1, reopens: 0 });
    ring.close();
    t.end();
  });

  t.test('a ring may be opened on an interface that is down', (t) => {
    ip('link', 'set', TAP, 'down');
    const ring = open({ fanoutGroup: 12 });
    t.equal(ring.state, 'down');
    ip('link', 'set', TAP, 'up');
    t.ok(reaches(ring, 'up'));
    sendFrames(lab.client, [frame(60, 9)]);
    t.equal(readAll(ring).length, 1);
    ring.close();
    t.end();
  });

  t.test('an interface that vanishes and is made again is opened again, for every ring of a group', (t) => {
    const rings = [open({ fanoutGroup: 99 }), open({ fanoutGroup: 99 })];
    sendFrames(lab.client, [datagram(1, false)]);
    ip('-n', lab.client, 'link', 'del', 'eth0');
    const before = rings.flatMap((ring) => readAll(ring));
    t.equal(before.length, 1, 'what had arrived is not lost');
    for (const ring of rings) t.ok(reaches(ring, 'down'));
    cable(lab.client, lab.sensor);
    for (let i = 0; i < 200 && rings.some((ring) => ring.state === 'down'); i++)
      for (const ring of rings) ring.poll(20);
    sendFrames(lab.client, [datagram(1, false), datagram(2, false)]);
    t.equal(rings.flatMap((ring) => readAll(ring)).length, 2);
    for (const ring of rings) {
      t.match(ring.statistics(), { downs: 1, reopens: 1 });
      ring.close();
    }
    t.equal(rings[0]!.statistics().packets + rings[1]!.statistics().packets, 3, 'counters go on');
    t.end();
  });

  t.test('after close nobody can read the ring any more', (t) => {
    const ring = open();
    sendFrames(lab.client, [frame(60, 1)]);
    const batch = new Batch(new Uint8Array(0));
    t.ok(ring.poll(1_000) && ring.next(batch));
    t.ok(batch.bytes.length > 0);
    ring.close();
    ring.close();
    t.equal(batch.bytes.length, 0);
    t.throws(() => batch.view.getUint8(0), TypeError);
    t.equal(ring.next(batch), false);
    t.equal(ring.poll(1), false);
    t.end();
  });

  t.test('listening sends nothing', (t) => {
    t.equal(counter(lab.sensor, TAP, 'tx_packets'), 0);
    t.end();
  });
}
