import t from 'tap';
import { createKerberos, kerberosOverUdp } from '../../protocols/kerberos/decoder.ts';
import { limits } from '../../src/limits.ts';
import { NO, YES } from '../../src/protocol.ts';
import { knows, odd, refusesOthers, sameForEveryCut, survivesDamage, survivesNoise } from '../support/conversations.ts';
import { element, integer, octets, sequence } from '../support/der.ts';
import { u32 } from '../support/packet.ts';
import { bytesOf, converse, type Heard, segment, type Turn } from '../support/protocol.ts';

const tcp = createKerberos({ limits });
const of = (list: readonly Heard[], kind: string): Record<string, unknown>[] =>
  list.filter((one) => one.kind === kind).map(({ record }) => record);
const kinds = (list: readonly Heard[]): unknown[] =>
  of(list, 'message').map((one) => `${one.fromClient ? '>' : '<'} ${one.kind}`);
const logins = (list: readonly Heard[]): unknown[] => of(list, 'login').map((one) => `${one.method} ${one.outcome}`);

const field = (number: number, ...parts: Uint8Array[]): Uint8Array => element(0xa0 + number, ...parts);
const text = (value: string): Uint8Array => element(0x1b, value);
const name = field(1, sequence(field(0, integer(1)), field(1, sequence(text('CANARY-USER')))));
const proof = sequence(field(1, integer(2)), field(2, octets('CANARY-STAMP')));

function request(type: number, ciphers: readonly number[], proves: boolean): Uint8Array {
  const body = sequence(
    field(0, element(3, [0, 0, 0, 0, 0])),
    name,
    field(2, text('WARD.TEST')),
    field(8, sequence(...ciphers.map(integer))),
  );
  const parts = [
    field(1, integer(5)),
    field(2, integer(type)),
    field(3, sequence(...(proves ? [proof] : []))),
    field(4, body),
  ];
  return element(0x60 + type, sequence(...parts));
}
function answer(type: number, cipher: number): Uint8Array {
  const sealed = sequence(field(0, integer(cipher)), field(2, octets('CANARY')));
  const ticket = element(
    0x61,
    sequence(field(0, integer(5)), field(1, text('WARD.TEST')), field(2, sequence()), field(3, sealed)),
  );
  const parts = [
    field(0, integer(5)),
    field(1, integer(type)),
    field(3, text('WARD.TEST')),
    field(4, sequence()),
    field(5, ticket),
  ];
  return element(0x60 + type, sequence(...parts));
}
const error = (code: number): Uint8Array =>
  element(
    0x7e,
    sequence(field(0, integer(5)), field(1, integer(30)), field(6, integer(code)), field(9, text('WARD.TEST'))),
  );

const framed = (bytes: Uint8Array): Uint8Array => bytesOf(u32(bytes.length), bytes);
const ask = (bytes: Uint8Array): Turn => ({ toServer: true, bytes: framed(bytes) });
const say = (bytes: Uint8Array): Turn => ({ toServer: false, bytes: framed(bytes) });
const session: Turn[] = [
  ask(request(10, [18, 17], false)),
  say(error(25)),
  ask(request(10, [18, 17], true)),
  say(answer(11, 18)),
  ask(request(12, [23], false)),
  say(answer(13, 23)),
];

t.test('tickets, realms, logins, and old ciphers; no names', (t) => {
  const list = sameForEveryCut(t, tcp, session);
  t.same(kinds(list), [
    '> AS-REQ',
    '< KRB-ERROR KDC_ERR_PREAUTH_REQUIRED',
    '> AS-REQ',
    '< AS-REP',
    '> TGS-REQ weak',
    '< TGS-REP weak',
  ]);
  t.same(logins(list), ['kerberos asked', 'kerberos success']);
  t.same(
    of(list, 'identity').map((one) => [one.ofClient, one.attribute, one.value]),
    [
      [true, 'domain', 'WARD.TEST'],
      [false, 'domain', 'WARD.TEST'],
    ],
  );
  t.notMatch(JSON.stringify(list), /CANARY/);
  t.end();
});

t.test('over UDP: a wrong password, an unknown account, a ticket without any proof', (t) => {
  const talk = (first: Uint8Array, second: Uint8Array): unknown[] =>
    logins(
      converse(kerberosOverUdp, [
        { toServer: true, bytes: first },
        { toServer: false, bytes: second },
      ]),
    );
  t.same(talk(request(10, [18], true), error(24)), ['kerberos asked', 'kerberos failure']);
  t.same(talk(request(10, [18], false), error(6)), ['kerberos asked', 'kerberos failure']);
  t.same(talk(request(10, [18], false), error(25)), []);
  t.same(talk(request(10, [18], false), answer(11, 18)), ['kerberos asked', 'kerberos success']);
  t.end();
});

t.test('kerberos_unknown_message; behind lost bytes the next message is found', (t) => {
  t.same(odd(sameForEveryCut(t, tcp, [...session.slice(0, 1), { toServer: true, bytes: bytesOf('hello') }])), [
    'kerberos_unknown_message',
  ]);
  t.same(odd(converse(kerberosOverUdp, [{ toServer: true, bytes: bytesOf('hello') }])), ['kerberos_unknown_message']);
  const whole = framed(request(10, [18], true));
  const list = converse(tcp, [
    { toServer: true, bytes: whole.subarray(0, 40) },
    { toServer: true, gap: whole.length - 40 },
    { toServer: true, bytes: bytesOf([0, 0, 7], whole) },
  ]);
  t.same(kinds(list), ['> AS-REQ']);
  t.end();
});

t.test('is known by version and type behind its tags', (t) => {
  const asked = request(10, [18], true);
  knows(t, tcp, framed(asked));
  t.equal(kerberosOverUdp.recognises(segment(asked)), YES);
  t.equal(kerberosOverUdp.recognises(segment(bytesOf(asked, [0]))), NO);
  t.equal(kerberosOverUdp.recognises(segment(asked.with(0, 0x6c))), NO);
  refusesOthers(t, tcp);
  refusesOthers(t, kerberosOverUdp);
  survivesDamage(t, kerberosOverUdp, asked);
  survivesDamage(t, kerberosOverUdp, answer(11, 18));
  survivesNoise(t, tcp, session);
  t.end();
});
