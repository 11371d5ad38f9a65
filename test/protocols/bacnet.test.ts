import t from 'tap';
import { bacnet } from '../../protocols/bacnet/decoder.ts';
import { NO, YES } from '../../src/protocol.ts';
import { odd, refusesOthers, survivesDamage } from '../support/conversations.ts';
import { bytesOf, type Heard, heard, segment } from '../support/protocol.ts';

type Part = Parameters<typeof bytesOf>[number];
const link = (code: number, ...parts: Part[]): Uint8Array => {
  const body = bytesOf(...parts);
  return bytesOf([0x81, code, (body.length + 4) >> 8, (body.length + 4) & 255], body);
};
const npdu = (...parts: Part[]): Uint8Array => link(10, [1, 4], ...parts);
const objectId = (type: number, instance: number): number[] => [
  type >> 2,
  ((type & 3) << 6) | (instance >> 16),
  (instance >> 8) & 255,
  instance & 255,
];
const write = npdu([0, 5, 7, 15, 0x0c], objectId(4, 3), [0x19, 85, 0x3e, 0x91, 1, 0x3f]);
const iAm = link(
  11,
  [1, 0x20, 0xff, 0xff, 0, 255, 0x10, 0, 0xc4],
  objectId(8, 1234),
  [0x22, 5, 0xc4, 0x91, 3, 0x21, 5],
);
const text = (property: number, value: string): Uint8Array =>
  npdu([0x30, 9, 12, 0x0c], objectId(8, 1234), [0x19, property, 0x3e, 0x75, value.length + 1, 0], value, [0x3f]);

function talk(...turns: [boolean, Uint8Array][]): Heard[] {
  const { records, list } = heard();
  const state = bacnet.open();
  for (const [toServer, bytes] of turns) bacnet.decode(state, segment(bytes, { toServer }), records);
  return list;
}
const of = (list: readonly Heard[], kind: string): Record<string, unknown>[] =>
  list.filter((one) => one.kind === kind).map(({ record }) => record);
const kinds = (list: readonly Heard[]): unknown[] => of(list, 'message').map((one) => one.kind);
const operations = (list: readonly Heard[]): unknown[] =>
  of(list, 'operation').map((one) => `${one.fromClient ? '>' : '<'} ${one.verb} ${one.object} ${one.outcome}`);

t.test('a property is written, and the device obeys or refuses', (t) => {
  const list = talk(
    [true, write],
    [false, npdu([0x20, 7, 15])],
    [true, write],
    [false, npdu([0x50, 7, 15, 0x91, 2, 0x91, 40])],
    [false, write],
    [true, npdu([0x60, 7, 9])],
  );
  t.same(kinds(list), ['writeProperty', 'writeProperty ack', 'writeProperty', 'error', 'writeProperty', 'reject']);
  t.same(operations(list), [
    '> writeProperty binary-output/3 asked',
    '> writeProperty binary-output/3 done',
    '> writeProperty binary-output/3 asked',
    '> writeProperty binary-output/3 failed',
    '< writeProperty binary-output/3 asked',
    '< writeProperty binary-output/3 failed',
  ]);
  t.end();
});

t.test('devices are looked for and say who they are', (t) => {
  const list = talk(
    [true, npdu([0x10, 8])],
    [false, iAm],
    [false, iAm],
    [false, text(70, 'PXC36')],
    [false, text(28, 'CANARY')],
  );
  t.same(kinds(list), ['who-Is', 'i-Am', 'i-Am', 'readProperty ack', 'readProperty ack']);
  t.same(
    of(list, 'identity').map((one) => [one.ofClient, one.attribute, one.value]),
    [
      [false, 'device-uid', 'bacnet-1234'],
      [false, 'manufacturer', 'Johnson Controls'],
      [false, 'model', 'PXC36'],
    ],
  );
  t.notMatch(JSON.stringify(list), /CANARY/);
  const routed = link(11, [1, 8, 0, 5, 1, 9, 0x10, 0, 0xc4], objectId(8, 1), [0x22, 5, 0xc4, 0x91, 3, 0x21, 5]);
  t.same(of(talk([false, routed]), 'identity'), [], 'behind a router it is another');
  t.end();
});

t.test('a restart with its password', (t) => {
  const list = talk(
    [true, npdu([0, 5, 8, 20, 0x09, 0, 0x1d, 7, 0], 'CANARY')],
    [true, npdu([0, 5, 9, 17, 0x19, 1, 0x2d, 16, 0], 'CANARYCANARY123')],
    [true, npdu([0, 5, 10, 17, 0x09, 5, 0x19, 1])],
  );
  t.same(operations(list), [
    '> reinitializeDevice  asked',
    '> deviceCommunicationControl  asked',
    '> deviceCommunicationControl  asked',
  ]);
  t.same(
    of(list, 'login').map((one) => one.weakness),
    ['short', ''],
  );
  t.notMatch(JSON.stringify(list), /CANARY/);
  t.end();
});

t.test('link functions and network messages', (t) => {
  const list = talk(
    [true, link(5, [0, 60])],
    [false, link(0, [0, 0])],
    [true, link(8, new Uint8Array(6))],
    [true, link(4, [10, 0, 0, 1, 0xba, 0xc0, 1, 0, 0x10, 6])],
    [true, link(10, [1, 0x80, 0])],
    [true, npdu([0x40, 1, 2, 3])],
  );
  t.same(kinds(list), [
    'register foreign device',
    'link result',
    'delete foreign device table entry',
    'timeSynchronization',
    'network message',
    'segment ack',
  ]);
  t.same(operations(list), [
    '> register foreign device  asked',
    '> delete foreign device table entry  asked',
    '> timeSynchronization  asked',
  ]);
  t.end();
});

for (const bytes of [write.subarray(0, 9), link(10, [1]), link(10, [1, 0x20, 0]), npdu([0, 5, 7])]) {
  t.test(`bacnet_length: ${Buffer.from(bytes).toString('hex')}`, (t) => {
    t.same(odd(talk([true, bytes])), ['bacnet_length']);
    t.end();
  });
}

t.test('is recognised by link and network header', (t) => {
  for (const bytes of [write, iAm, link(5, [0, 60]), link(2), link(3), link(1, new Uint8Array(10))])
    for (const toServer of [true, false]) t.equal(bacnet.recognises(segment(bytes, { toServer })), YES);
  for (const bytes of [write.subarray(1), write.subarray(0, 12), link(10, [2, 0, 0]), link(5), link(99)])
    t.equal(bacnet.recognises(segment(bytes)), NO);
  refusesOthers(t, bacnet);
  t.end();
});

t.test('an object of fewer bytes than an object has is none', (t) => {
  const short = [0x0a, 0xff, 0xff];
  t.same(of(talk([false, npdu([0x30, 1, 12, ...short])]), 'identity'), []);
  t.same(of(talk([true, npdu([0x10, 0, 0xc2, 0xff, 0xff])]), 'identity'), []);
  t.end();
});

t.test('damage and noise', (t) => {
  for (const bytes of [write, iAm, text(70, 'PXC36')]) survivesDamage(t, bacnet, bytes);
  t.end();
});
