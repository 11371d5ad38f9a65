import t from 'tap';
import { tellMerged } from '../../src/pipeline/merge.ts';
import type { SensorCounters } from '../../src/pipeline/points.ts';
import { RecordReader, RecordWriter } from '../../src/pipeline/record-buffer.ts';
import type { Listener } from '../../src/pipeline/shard.ts';
import { Dimse, FlowStart, Hl7Message, recordKinds } from '../../src/records.ts';
import { heard } from '../support/protocol.ts';
import { datagram, feed, listen, START_US, type Ward, type WirePacket } from '../support/wire.ts';

const counters: SensorCounters = {
  packets: 10,
  bytes: 20,
  wireBytes: 30,
  dropped: 1,
  truncated: 2,
  duplicates: 3,
  flows: 4,
  flowsOpen: 5,
  flowsEvicted: 6,
  firstUs: 7,
  lastUs: 8,
};

function clockListener() {
  const { records, list } = heard();
  const told: unknown[] = [];
  const listener: Listener = Object.assign(records, {
    tick: (nowUs: number) => told.push(['tick', nowUs]),
    interval: (nowUs: number, sum: SensorCounters) => told.push(['interval', nowUs, { ...sum }]),
  });
  return { listener, list, told };
}

t.test('a record comes out as it went in, whatever its kind', (t) => {
  const writer = new RecordWriter(() => ({ packet: 1, phase: 3, row: -1 }));
  const sent: [string, Record<string, unknown>][] = [];
  for (const kind of Object.keys(recordKinds) as (keyof typeof recordKinds)[]) {
    const record = recordKinds[kind]() as unknown as Record<string, unknown>;
    for (const [i, name] of Object.keys(record).entries()) {
      if (typeof record[name] === 'number') record[name] = 1.5e15 + i;
      else if (typeof record[name] === 'boolean') record[name] = i % 2 === 0;
      else record[name] = `text ${i} \u0a14\uffff`;
    }
    sent.push([kind, { ...record }]);
    (writer.listener[kind] as (record: unknown) => void)(record);
  }
  const { listener, list } = clockListener();
  for (const reader = new RecordReader(writer.take()); !reader.isDone; ) reader.tell(listener);
  t.strictSame(
    list.map(({ kind, record }) => [kind, record]),
    sent,
  );
  t.end();
});

t.test('a value that is no number stays one', (t) => {
  const writer = new RecordWriter(() => ({ packet: 1, phase: 3, row: -1 }));
  writer.listener.hl7Message(new Hl7Message());
  const { listener, list } = clockListener();
  new RecordReader(writer.take()).tell(listener);
  t.ok(Number.isNaN(list[0]?.record.clockSkewUs));
  t.end();
});

t.test('flow numbers of several live shards are kept apart', (t) => {
  const writer = new RecordWriter(() => ({ packet: 1, phase: 3, row: -1 }));
  const record = new FlowStart();
  record.flow = 5;
  writer.listener.flowStart(record);
  const { listener, list } = clockListener();
  new RecordReader(writer.take(), 1_000).tell(listener);
  t.equal(list[0]?.record.flow, 1_005);
  t.end();
});

t.test('chunks of two workers are told in the order of packets, ticks once and sums added', (t) => {
  const order = { packet: 0, phase: 3, row: -1 };
  const writers = [new RecordWriter(() => order), new RecordWriter(() => order)];
  const say = (worker: number, packet: number, phase: number, row: number) => {
    Object.assign(order, { packet, phase, row });
    const record = new Dimse();
    record.packet = packet;
    record.flow = row;
    writers[worker]?.listener.dimse(record);
  };
  say(0, 1, 3, -1);
  say(1, 2, 3, -1);
  say(0, 3, 0, 9);
  say(1, 3, 0, 4);
  for (const writer of writers) {
    Object.assign(order, { packet: 3 });
    writer.listener.tick(77);
  }
  say(0, 3, 0, 2);
  for (const writer of writers) {
    Object.assign(order, { packet: 3 });
    writer.listener.interval(78, counters);
  }
  say(1, 3, 3, -1);
  const { listener, list, told } = clockListener();
  tellMerged(
    writers.map((writer) => writer.take()),
    listener,
  );
  t.strictSame(
    list.map(({ record }) => [record.packet, record.flow]),
    [
      [1, -1],
      [2, -1],
      [3, 4],
      [3, 9],
      [3, 2],
      [3, -1],
    ],
  );
  t.strictSame(told, [
    ['tick', 77],
    ['interval', 78, { ...counters, duplicates: 6, flows: 8, flowsOpen: 10, flowsEvicted: 12 }],
  ]);
  t.end();
});

t.test('what two workers say, merged, is what one says', (t) => {
  const packets = Array.from({ length: 400 }, (_, i) =>
    datagram(START_US + i * 900_000, `10.1.${i % 17}.1`, '10.1.0.2', 5_000 + (i % 29), 161, `n${i}`),
  );
  const alone = clockListener();
  listen(packets, [], { listener: alone.listener });
  const chunks = [0, 1].map((worker) => {
    const place: { order: () => { packet: number; phase: number; row: number } } = {
      order: () => ({ packet: 0, phase: 3, row: -1 }),
    };
    const writer = new RecordWriter(() => place.order());
    const ward = listen([], [], { listener: writer.listener, worker, workers: 2, finish: false });
    place.order = () => ward.shard.order;
    feedAll(ward, packets);
    return writer.take();
  });
  const merged = clockListener();
  tellMerged(chunks, merged.listener);
  t.strictSame(merged.list, alone.list);
  t.strictSame(merged.told, alone.told);
  t.end();
});

function feedAll(ward: Ward, packets: readonly WirePacket[]): void {
  feed(ward.shard, packets);
  ward.shard.finish();
}
