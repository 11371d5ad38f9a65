import t from 'tap';
import { snmp } from '../../protocols/snmp/decoder.ts';
import { NO, YES } from '../../src/protocol.ts';
import { capture, details, odd, refusesOthers, survivesDamage } from '../support/conversations.ts';
import { element, integer, object, octets, sequence } from '../support/der.ts';
import { bytesOf, converse, type Heard, segment, type Turn } from '../support/protocol.ts';
import { datagrams } from '../support/reassemble.ts';

const of = (list: readonly Heard[], kind: string): Record<string, unknown>[] =>
  list.filter((one) => one.kind === kind).map(({ record }) => record);
const kinds = (list: readonly Heard[]): unknown[] =>
  of(list, 'message').map((one) => `${one.fromClient ? '>' : '<'} ${one.kind}`);
const logins = (list: readonly Heard[]): unknown[] =>
  of(list, 'login').map((one) => [one.method, one.outcome, one.isClear ? 'clear' : '', one.weakness].join(' '));
const identities = (list: readonly Heard[]): unknown[] =>
  of(list, 'identity').map((one) => [one.ofClient ? 'client' : 'server', one.attribute, one.value].join(' '));
const operations = (list: readonly Heard[]): unknown[] =>
  of(list, 'operation').map((one) => [one.verb, one.object, one.outcome].join(' '));

const variable = (name: string, value: Uint8Array): Uint8Array => sequence(object(name), value);
const pdu = (tag: number, id: number, ...variables: Uint8Array[]): Uint8Array =>
  element(tag, integer(id), integer(0), integer(0), sequence(...variables));
const message = (version: number, community: string, body: Uint8Array): Uint8Array =>
  sequence(integer(version), octets(community), body);
const nothing = bytesOf([5, 0]);
const ask = (bytes: Uint8Array): Turn => ({ toServer: true, bytes });
const say = (bytes: Uint8Array): Turn => ({ toServer: false, bytes });

const SYSTEM = '1.3.6.1.2.1.1';
const get = message(1, 'public', pdu(0xa0, 7, variable(`${SYSTEM}.1.0`, nothing)));

t.test('who asks with which community, and what the device says it is', (t) => {
  const response = pdu(
    0xa2,
    7,
    variable(`${SYSTEM}.1.0`, octets('Hardware: x86 - Software: Windows Version 6.1 (Build 7601)')),
    variable(`${SYSTEM}.2.0`, object('1.3.6.1.4.1.318.1.3.27')),
    variable(`${SYSTEM}.4.0`, octets('CANARY-CONTACT')),
    variable(`${SYSTEM}.5.0`, octets('ups-room2')),
    variable('1.3.6.1.2.1.47.1.1.1.1.11.1', octets('SN-77')),
    variable('1.3.6.1.4.1.9999.1', octets('CANARY-VALUE')),
  );
  const list = converse(snmp, [ask(get), say(message(1, 'public', response)), ask(get)]);
  t.same(kinds(list), ['> get-request', '< response', '> get-request']);
  t.same(details(list), ['SNMP v2c']);
  t.same(logins(list), ['community asked clear default', 'community success clear default']);
  t.same(identities(list), [
    'server software Hardware: x86 - Software: Windows Version 6.1 (Build 7601)',
    'server operating-system Windows 6.1',
    'server manufacturer APC',
    'server name ups-room2',
    'server serial SN-77',
  ]);
  t.notMatch(JSON.stringify(list), /CANARY/);
  t.end();
});

t.test('setting is an operation with its object, never its value; a community of its own is only clear', (t) => {
  const set = pdu(0xa3, 300, variable('1.3.6.1.4.1.318.1.1.1.6.2.1.0', octets('CANARY')));
  const refused = element(0xa2, integer(300), integer(6), integer(1), sequence());
  const list = converse(snmp, [
    ask(message(0, 'CANARY-COMMUNITY', set)),
    say(message(0, 'CANARY-COMMUNITY', refused)),
    ask(message(0, 'CANARY-COMMUNITY', set)),
    say(message(0, 'CANARY-COMMUNITY', pdu(0xa2, 300))),
  ]);
  t.same(operations(list), [
    'set-request 1.3.6.1.4.1.318.1.1.1.6.2.1.0 asked',
    'set-request 1.3.6.1.4.1.318.1.1.1.6.2.1.0 failed',
    'set-request 1.3.6.1.4.1.318.1.1.1.6.2.1.0 asked',
    'set-request 1.3.6.1.4.1.318.1.1.1.6.2.1.0 done',
  ]);
  t.same(logins(list), ['community asked clear ', 'community success clear ']);
  t.same(details(list), ['SNMP v1']);
  t.notMatch(JSON.stringify(list), /CANARY/);
  t.end();
});

t.test('traps name their maker and are no login', (t) => {
  const trap = element(0xa4, object('1.3.6.1.4.1.232'), element(0x40, [10, 1, 0, 1]), integer(6), integer(1));
  const list = converse(snmp, [ask(message(0, 'public', bytesOf(trap)))], {}, { serverPort: 162 });
  t.same(kinds(list), ['> trap']);
  t.same(identities(list), ['client manufacturer Compaq']);
  t.same(logins(list), []);
  t.end();
});

const v3 = (flags: number, engine: Uint8Array, user: string, scoped: Uint8Array): Uint8Array => {
  const security = sequence(octets(engine), integer(1), integer(2), octets(user), octets(''), octets(''));
  return sequence(
    integer(3),
    sequence(integer(9), integer(1500), octets([flags]), integer(3)),
    octets(security),
    scoped,
  );
};
const scoped = (body: Uint8Array): Uint8Array => sequence(octets('x'), octets(''), body);

t.test('version 3: looking for the engine, then protected or not', (t) => {
  const engine = bytesOf([0x80, 0, 0, 9, 3, 1, 2, 3, 4, 5, 6]);
  const list = converse(snmp, [
    ask(v3(4, new Uint8Array(), '', scoped(pdu(0xa0, 1)))),
    say(v3(0, engine, '', scoped(pdu(0xa8, 1)))),
    ask(v3(7, engine, 'CANARY-USER', octets('CANARY-SEALED'))),
    ask(v3(4, engine, 'CANARY-USER', scoped(pdu(0xa0, 2)))),
    say(v3(0, engine, 'CANARY-USER', scoped(pdu(0xa2, 2)))),
  ]);
  t.same(kinds(list), ['> get-request', '< report', '> encrypted', '> get-request', '< response']);
  t.same(details(list), ['SNMP v3']);
  t.same(logins(list), ['none asked  ', 'none success  ']);
  t.same(identities(list), ['server manufacturer Cisco']);
  t.notMatch(JSON.stringify(list), /CANARY/);
  t.end();
});

t.test('snmp_broken_message', (t) => {
  t.same(odd(converse(snmp, [ask(get.subarray(0, 12)), ask(bytesOf('hello'))])), ['snmp_broken_message']);
  t.end();
});

const cases: readonly [string, Uint8Array, number][] = [
  ['version 2c', get, YES],
  ['version 3', v3(4, new Uint8Array(), '', scoped(pdu(0xa0, 1))), YES],
  ['version 2', get.with(4, 2), NO],
  ['bytes behind the message', bytesOf(get, [0]), NO],
  ['a length beyond the datagram', get.subarray(0, get.length - 1), NO],
  ['another PDU', get.with(13, 0xa9), NO],
  ['an indefinite length', bytesOf([0x30, 0x80], get.subarray(2)), NO],
];
for (const [name, bytes, expected] of cases) {
  t.test(`${name}: ${expected === YES ? 'yes' : 'no'}`, (t) => {
    for (const toServer of [true, false]) t.equal(snmp.recognises(segment(bytes, { toServer })), expected);
    t.end();
  });
}

t.test('is nobody else', (t) => {
  refusesOthers(t, snmp);
  survivesDamage(t, snmp, get);
  survivesDamage(t, snmp, v3(0, bytesOf([0x80, 0, 0, 9, 3, 1]), 'u', scoped(pdu(0xa2, 1))));
  t.end();
});

const file = capture('lab/public/p20_infrastructure.pcap');
t.test('real datagrams: SNMP is SNMP, everything else is not', { skip: file === null && 'p20 is not there' }, (t) => {
  for (const { bytes, fromPort, toPort } of datagrams(file ?? '')) {
    const expected = [161, 162].some((port) => port === fromPort || port === toPort) ? YES : NO;
    t.equal(snmp.recognises(segment(bytes)), expected, `${fromPort} to ${toPort}`);
  }
  t.end();
});
