import t from 'tap';
import { intellivue } from '../../protocols/intellivue/decoder.ts';
import { addressText } from '../../src/bytes/address.ts';
import { NO, YES } from '../../src/protocol.ts';
import { odd, refusesOthers, survivesDamage } from '../support/conversations.ts';
import { bytesOf, type Heard, heard, segment } from '../support/protocol.ts';

type Part = Parameters<typeof bytesOf>[number];
const u16 = (...values: number[]): Uint8Array => bytesOf(values.flatMap((value) => [value >> 8, value & 255]));
const counted = (...parts: Part[]): Uint8Array => {
  const value = bytesOf(...parts);
  return bytesOf(u16(value.length), value);
};
const attribute = (id: number, ...parts: Part[]): Uint8Array => bytesOf(u16(id), counted(...parts));
const list = (...attributes: Uint8Array[]): Uint8Array => bytesOf(u16(attributes.length), counted(...attributes));

const MODEL = attribute(0x0928, counted('Philips'), counted('M8004A\0'));
const PRODUCTION = attribute(
  0x092d,
  list().subarray(0, 4),
  u16(1, 0),
  counted('DE82100001'),
  u16(4, 1),
  counted('L.01.20'),
  u16(1, 9),
  counted('PART-SERIAL'),
);
const SYSTEM_ID = attribute(0x0984, counted([0, 9, 0xfb, 1, 2, 3, 4, 5]));
const PATIENT = attribute(0x095c, counted('C\0A\0N\0A\0R\0Y\0'), 'CANARYNAME');
const BED = attribute(0x091e, counted('CANARYBED'));

const operation = (type: number, body: Uint8Array): Uint8Array => bytesOf(u16(type), counted(body));
const data = (type: number, body: Uint8Array): Uint8Array => bytesOf([0xe1, 0, 0, 2], operation(type, body));
const command = (invokeId: number, code: number, ...body: Part[]): Uint8Array =>
  bytesOf(u16(invokeId, code), counted(...body));
const OBJECT = u16(0x21, 0, 0);

const indication = bytesOf(
  [0, 0, 1, 0],
  operation(
    1,
    command(
      1,
      0,
      OBJECT,
      u16(0, 100, 0x0d17),
      counted(
        list(
          attribute(0xf100, [0, 9, 0xfb, 1, 2, 3], [10, 20, 3, 11], [255, 255, 0, 0]),
          attribute(0xf101, u16(2, 16), u16(1, 1, 24_105, 0), u16(5, 1, 24_105, 0)),
          BED,
          MODEL,
        ),
      ),
    ),
  ),
);
const SESSION = [5, 8, 0x13, 1, 0, 0x16, 1, 2, 0x80, 0, 0x14, 2, 0, 2, 0xc1];
const association = (first: number): Uint8Array => bytesOf([first, SESSION.length + 3], SESSION, [2, 0x31, 0x80]);
const longAssociation = bytesOf([13, 0xff], counted(SESSION, new Uint8Array(300)));
const create = data(
  1,
  command(2, 1, OBJECT, u16(0, 7, 0x0d06), counted(OBJECT, list(PATIENT, MODEL, PRODUCTION, SYSTEM_ID))),
);
const poll = (type: number, objectClass: number): Uint8Array =>
  data(1, command(3, 7, OBJECT, u16(0, 0), u16(type), counted(u16(1, 1, objectClass, 0))));
const polled = (type: number, objectClass: number, extended: boolean, ...attributes: Uint8Array[]): Uint8Array => {
  const objects = bytesOf(u16(1, 0), u16(33), list(...attributes));
  const reply = bytesOf(
    u16(1, ...(extended ? [1] : []), 0, 9),
    new Uint8Array(8),
    u16(1, objectClass, 0, 1, 0, 1, 1, 0),
    objects.subarray(4),
  );
  const body = command(3, 7, OBJECT, u16(extended ? 0xf13b : 0x0c16), counted(reply));
  return data(type, type === 5 ? bytesOf([1, 1], body) : body);
};
const set = (attributeId: number, code = 5, operator = 0): Uint8Array =>
  data(1, command(4, code, OBJECT, u16(0, 0), u16(1), counted(u16(operator), attribute(attributeId, 'CANARYVALUE'))));

function talk(...turns: [boolean, Uint8Array][]): Heard[] {
  const { records, list: all } = heard();
  const state = intellivue.open();
  for (const [toServer, bytes] of turns)
    intellivue.decode(state, segment(bytes, { toServer, serverPort: 24_105 }), records);
  return all;
}
const kinds = (all: readonly Heard[]): unknown[] =>
  all.filter(({ kind }) => kind === 'message').map(({ record }) => `${record.fromClient ? '>' : '<'} ${record.kind}`);
const identities = (all: readonly Heard[]): unknown[] =>
  all
    .filter(({ kind }) => kind === 'identity')
    .map(({ record }) => `${record.ofClient ? 'client' : 'server'} ${record.attribute} ${record.value}`);
const operations = (all: readonly Heard[]): unknown[] =>
  all
    .filter(({ kind }) => kind === 'operation')
    .map(({ record }) => `${record.fromClient ? '>' : '<'} ${record.verb} | ${record.object} | ${record.outcome}`);

t.test('a monitor announces itself, and where data export is to be had', (t) => {
  const all = talk([true, indication], [true, indication]);
  t.same(kinds(all), ['> connect indication', '> connect indication']);
  t.same(identities(all), ['client manufacturer Philips', 'client model M8004A']);
  const expected = all.filter(({ kind }) => kind === 'expectation').map(({ record }) => record);
  t.equal(expected.length, 1);
  t.match(expected[0], { protocol: 'intellivue', serverPort: 24_105 });
  t.equal(addressText(String(expected[0]?.server)), '10.20.3.11');
  t.notMatch(JSON.stringify(all), /CANARY/);
  t.end();
});

t.test('an association from its request to its release', (t) => {
  const release = bytesOf([9, 4, 0xc1, 2, 0x61, 0x80]);
  const released = bytesOf([10, 4, 0xc1, 2, 0x61, 0x80]);
  const all = talk(
    [true, association(13)],
    [false, association(14)],
    [false, create],
    [true, data(2, command(2, 1, OBJECT, u16(0, 0, 0x0d06, 0)))],
    [true, poll(0x0c16, 6)],
    [false, polled(5, 6, false)],
    [false, polled(2, 6, false)],
    [true, poll(0xf13b, 9)],
    [false, polled(2, 9, true)],
    [true, release],
    [false, released],
  );
  t.same(kinds(all), [
    '> association request',
    '< association response',
    '< MDS create event',
    '> event result',
    '> poll request numerics',
    '< poll linked result numerics',
    '< poll result numerics',
    '> extended poll request waves',
    '< extended poll result waves',
    '> release request',
    '< release response',
  ]);
  t.same(identities(all), [
    'server manufacturer Philips',
    'server model M8004A',
    'server serial DE82100001',
    'server software L.01.20',
    'server device-uid 0009fb0102030405',
  ]);
  t.notMatch(JSON.stringify(all), /C.?A.?N.?A.?R.?Y|PART/);
  t.same(odd(all), []);
  t.end();
});

t.test('a refused and an aborted association', (t) => {
  const all = talk([true, association(13)], [false, bytesOf([12, 2, 0xc1, 0])], [false, bytesOf([25, 3, 0x11, 1, 3])]);
  t.same(kinds(all), ['> association request', '< association refuse', '< association abort']);
  t.end();
});

t.test('a poll of the system tells who it is, a poll of demographics nothing but that', (t) => {
  for (const extended of [true, false]) {
    t.same(identities(talk([false, polled(2, 0x21, extended, MODEL)])), [
      'server manufacturer Philips',
      'server model M8004A',
    ]);
    t.same(identities(talk([false, polled(2, 0x2a, extended, PATIENT, MODEL)])), []);
  }
  t.same(kinds(talk([true, poll(0x0c16, 0x2a)], [true, poll(0x0c16, 77)])), [
    '> poll request demographics',
    '> poll request other',
  ]);
  t.end();
});

t.test('a set is an operation, its answer the outcome', (t) => {
  t.same(operations(talk([true, set(0xf239)], [false, data(2, command(4, 5, OBJECT))])), [
    '> set replace | numeric priority list | asked',
    '> set replace | numeric priority list | done',
  ]);
  const refused = talk([true, set(0x0a1e, 5, 1)], [false, data(3, bytesOf(u16(4, 2, 0)))]);
  t.same(operations(refused), ['> set add | attribute 0x0a1e | asked', '> set add | attribute 0x0a1e | failed']);
  t.same(kinds(refused), ['> set', '< error: access denied']);
  t.same(odd(refused), ['intellivue_private_set']);
  t.same(operations(talk([true, set(0xf23a, 4, 3)])), ['> set default | wave priority list | asked']);
  t.notMatch(JSON.stringify(refused), /CANARY/);
  t.end();
});

t.test('an action that is no poll is an operation', (t) => {
  const action = poll(0x1234, 6);
  t.same(operations(talk([true, action], [false, data(2, command(3, 7, OBJECT, u16(0x1234, 0)))])), [
    '> action | action 0x1234 | asked',
    '> action | action 0x1234 | done',
  ]);
  t.end();
});

const broken = set(0xf239);
for (const [name, bytes] of [
  ['intellivue_length', broken.subarray(0, broken.length - 1)],
  ['intellivue_length', bytesOf([13, 40], SESSION)],
  ['intellivue_length', data(1, command(4, 5, OBJECT))],
  ['intellivue_unknown_message', bytesOf('hello there')],
  ['intellivue_attribute_overrun', data(1, command(4, 5, OBJECT, u16(0, 0), u16(1), counted(u16(0))))],
  [
    'intellivue_attribute_overrun',
    data(1, command(2, 1, OBJECT, u16(0, 7, 0x0d06), counted(OBJECT, u16(1, 4, 0x0928, 99)))),
  ],
] as const) {
  t.test(name, (t) => {
    t.same(odd(talk([true, bytes])), [name]);
    t.end();
  });
}

t.test('is recognised from either side', (t) => {
  for (const bytes of [indication, association(13), association(14), longAssociation, create, poll(0x0c16, 6)])
    for (const toServer of [true, false]) t.equal(intellivue.recognises(segment(bytes, { toServer })), YES);
  const release = bytesOf([9, 6, 0xc1, 4, 0x61, 0x80, 0x30, 0x80]);
  t.equal(intellivue.recognises(segment(release)), NO);
  t.equal(intellivue.recognises(segment(release, { serverPort: 24_105 })), YES);
  t.equal(intellivue.recognises(segment(create.subarray(0, 40))), NO, 'lengths disagree');
  refusesOthers(t, intellivue);
  t.end();
});

t.test('damage and noise', (t) => {
  for (const bytes of [indication, create, set(0xf239), polled(5, 0x21, true, MODEL, PRODUCTION)])
    survivesDamage(t, intellivue, bytes);
  t.end();
});
