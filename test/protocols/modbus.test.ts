import t from 'tap';
import { modbus } from '../../protocols/modbus/decoder.ts';
import { NO, YES } from '../../src/protocol.ts';
import { capture, knows, odd, refusesOthers, sameForEveryCut, survivesNoise } from '../support/conversations.ts';
import { bytesOf, converse, type Heard, segment, type Turn } from '../support/protocol.ts';
import { reassemble } from '../support/reassemble.ts';

const adu = (transaction: number, unit: number, ...pdu: (number[] | string)[]): Uint8Array => {
  const body = bytesOf([unit], ...pdu);
  return bytesOf([transaction >> 8, transaction & 255, 0, 0, body.length >> 8, body.length & 255], body);
};
const of = (list: readonly Heard[], kind: string): Record<string, unknown>[] =>
  list.filter((one) => one.kind === kind).map(({ record }) => record);
const kinds = (list: readonly Heard[]): unknown[] =>
  of(list, 'message').map((one) => `${one.fromClient ? '>' : '<'} ${one.kind}`);
const operations = (list: readonly Heard[]): unknown[] =>
  of(list, 'operation').map((one) => `${one.verb} ${one.object} ${one.outcome}`);
const ask = (...bytes: Uint8Array[]): Turn => ({ toServer: true, bytes: bytesOf(...bytes) });
const say = (...bytes: Uint8Array[]): Turn => ({ toServer: false, bytes: bytesOf(...bytes) });

const session: Turn[] = [
  ask(adu(1, 1, [3, 0, 0, 0, 2])),
  say(adu(1, 1, [3, 4, 0, 1, 0, 2])),
  ask(adu(2, 1, [6, 0, 9, 3, 231])),
  say(adu(2, 1, [6, 0, 9, 3, 231])),
  ask(adu(3, 1, [16, 0, 100, 0, 2, 4, 0, 1, 0, 2]), adu(4, 1, [15, 1, 0, 0, 8, 1, 255])),
  say(adu(3, 1, [0x90, 2]), adu(4, 1, [15, 1, 0, 0, 8])),
];

t.test('reads are counted, writes are operations with their outcome', (t) => {
  const list = sameForEveryCut(t, modbus, session);
  t.same(kinds(list), [
    '> read holding registers',
    '< read holding registers',
    '> write single register',
    '< write single register',
    '> write multiple registers',
    '> write multiple coils',
    '< exception: illegal data address',
    '< write multiple coils',
  ]);
  t.same(operations(list), [
    'write single register 1/9+1 asked',
    'write single register 1/9+1 done',
    'write multiple registers 1/100+2 asked',
    'write multiple coils 1/256+8 asked',
    'write multiple registers 1/100+2 failed',
    'write multiple coils 1/256+8 done',
  ]);
  t.same(odd(list), []);
  t.end();
});

t.test('restarts, listen-only and programming are operations too', (t) => {
  const list = sameForEveryCut(t, modbus, [
    ask(adu(1, 1, [8, 0, 0, 0, 0]), adu(2, 1, [8, 0, 1, 0, 0]), adu(3, 1, [8, 0, 4, 0, 0])),
    ask(adu(4, 0, [90, 0, 2]), adu(5, 0, [90, 1, 0x41, 0xff]), adu(6, 1, [23, 0, 1, 0, 2, 0, 7, 0, 1, 2, 0, 0])),
  ]);
  t.same(operations(list), [
    'restart communications 1 asked',
    'force listen only 1 asked',
    'UMAS stop 0 asked',
    'read/write multiple registers 1/7+1 asked',
  ]);
  t.end();
});

t.test('a device says who it is', (t) => {
  const object = (id: number, text: string): number[] => [id, text.length, ...Buffer.from(text)];
  const answer = [0x2b, 0x0e, 1, 1, 0, 0, 3, ...object(0, 'Maker'), ...object(1, 'BMX'), ...object(2, 'V3.1')];
  const list = sameForEveryCut(t, modbus, [
    ask(adu(1, 1, [0x2b, 0x0e, 1, 0])),
    say(adu(1, 1, answer), adu(2, 1, answer)),
  ]);
  t.same(
    of(list, 'identity').map((one) => [one.ofClient, one.attribute, one.value]),
    [
      [false, 'manufacturer', 'Maker'],
      [false, 'model', 'BMX'],
      [false, 'software', 'V3.1'],
    ],
  );
  t.end();
});

t.test('modbus_bad_header ends it; after a gap the next message is found', (t) => {
  const bad = adu(1, 1, [3, 0, 0, 0, 2]);
  t.same(odd(sameForEveryCut(t, modbus, [ask(bad, bytesOf('hello world'))])), ['modbus_bad_header']);
  const list = converse(modbus, [ask(bad.subarray(0, 8)), { toServer: true, gap: 4 }, ask(bytesOf('xx')), ask(bad)]);
  t.same(kinds(list), ['> read holding registers']);
  t.same(odd(list), []);
  t.end();
});

t.test('is recognised on its port by its header, elsewhere by whole messages', (t) => {
  const port = { serverPort: 502 };
  for (const bytes of [adu(7, 1, [43, 14, 1, 0]), adu(7, 1, [0x83, 2])]) {
    knows(t, modbus, bytes, port);
    t.equal(modbus.recognises(segment(bytes)), NO);
  }
  for (const pdu of [
    [3, 0, 0, 0, 2],
    [5, 0, 0, 255, 0],
    [16, 0, 0, 0, 1, 2, 0, 0],
  ])
    t.equal(modbus.recognises(segment(adu(7, 1, pdu))), YES);
  t.equal(modbus.recognises(segment(adu(7, 1, [3, 0, 0, 0, 2, 7]), port)), YES);
  t.equal(modbus.recognises(segment(adu(7, 1, [3, 0, 0, 0, 2, 7]))), NO);
  t.equal(modbus.recognises(segment(adu(7, 1, [0, 0]), port)), NO);
  t.equal(modbus.recognises(segment(bytesOf(adu(7, 1, [99, 0]), 'more'), port)), NO);
  t.same(kinds(converse(modbus, [ask(adu(7, 1, [99, 0]))])), ['> other function']);
  refusesOthers(t, modbus, 'modbus read');
  t.end();
});

t.test('noise', (t) => {
  survivesNoise(t, modbus, session);
  t.end();
});

const lab = capture('lab/public/p16_default_creds_control.pcap');
t.test('the writes of a new host in the lab', { skip: lab === null && 'the shared captures are not there' }, (t) => {
  const list = reassemble(lab ?? '')
    .filter((stream) => stream.serverPort === 502)
    .flatMap(({ turns }) => converse(modbus, turns, {}, { serverPort: 502 }));
  t.same(
    operations(list).filter((one) => String(one).endsWith('asked')),
    [
      'write single register 1/1+1 asked',
      'write single register 1/1+1 asked',
      'write single register 1/1+1 asked',
      'write single coil 1/4+1 asked',
    ],
  );
  t.end();
});
