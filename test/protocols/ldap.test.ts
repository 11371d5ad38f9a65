import t from 'tap';
import { createLdap, ldapOverUdp } from '../../protocols/ldap/decoder.ts';
import { limits } from '../../src/limits.ts';
import { NO, YES } from '../../src/protocol.ts';
import { knows, odd, refusesOthers, sameForEveryCut, survivesDamage, survivesNoise } from '../support/conversations.ts';
import { element, integer, octets, sequence } from '../support/der.ts';
import { hellos, ofKind, tls } from '../support/mail.ts';
import { bytesOf, converse, type Heard, segment, type Turn } from '../support/protocol.ts';
import { ntlmChallenge, ntlmNegotiate } from '../support/smb.ts';

const ldap = createLdap({ limits });
const of = (list: readonly Heard[], kind: string): Record<string, unknown>[] =>
  list.filter((one) => one.kind === kind).map(({ record }) => record);
const kinds = (list: readonly Heard[]): unknown[] =>
  of(list, 'message').map((one) => `${one.fromClient ? '>' : '<'} ${one.kind}`);
const logins = (list: readonly Heard[]): unknown[] =>
  of(list, 'login').map((one) => [one.method, one.outcome, one.isClear ? 'clear' : '', one.weakness].join(' '));

const message = (id: number, ...operation: Uint8Array[]): Uint8Array => sequence(integer(id), ...operation);
const result = (code: number, ...more: Uint8Array[]): Uint8Array[] => [
  element(10, [code]),
  octets(''),
  octets('CANARY'),
  ...more,
];
const bind = (id: number, how: Uint8Array): Uint8Array =>
  message(id, element(0x60, integer(3), octets('cn=CANARY-USER,dc=ward'), how));
const sasl = (mechanism: string, credentials: Uint8Array): Uint8Array =>
  element(0xa3, octets(mechanism), octets(credentials));
const ask = (...messages: Uint8Array[]): Turn => ({ toServer: true, bytes: bytesOf(...messages) });
const say = (...messages: Uint8Array[]): Turn => ({ toServer: false, bytes: bytesOf(...messages) });

const session: Turn[] = [
  ask(bind(1, element(0x80, 'secret'))),
  say(message(1, element(0x61, ...result(0)))),
  ask(message(2, element(0x63, octets('dc=CANARY'), new Uint8Array(300)))),
  say(message(2, element(0x64, octets('cn=CANARY'), new Uint8Array(9_000))), message(2, element(0x65, ...result(0)))),
  ask(message(3, element(0x66, octets('cn=CANARY'), sequence())), message(4, element(0x4a, 'cn=CANARY'))),
  say(message(3, element(0x67, ...result(0))), message(4, element(0x6b, ...result(50)))),
  ask(message(5, element(0x42))),
];

t.test('who logs in in clear, what is searched and changed; no names, no values', (t) => {
  const list = sameForEveryCut(t, ldap, session);
  t.same(kinds(list), [
    '> bindRequest',
    '< bindResponse',
    '> searchRequest',
    '< searchResEntry',
    '< searchResDone',
    '> modifyRequest',
    '> delRequest',
    '< modifyResponse',
    '< delResponse',
    '> unbindRequest',
  ]);
  t.same(logins(list), ['password asked clear short', 'password success clear short']);
  t.same(
    of(list, 'operation').map((one) => `${one.verb} ${one.outcome}`),
    ['modifyRequest asked', 'delRequest asked', 'modifyRequest done', 'delRequest failed'],
  );
  t.notMatch(JSON.stringify(list), /CANARY|secret/);
  t.same(odd(list), []);
  t.end();
});

t.test('nobody in particular is no login; wrong passwords fail', (t) => {
  const tries = [
    ask(bind(1, element(0x80, ''))),
    say(message(1, element(0x61, ...result(0)))),
    ask(bind(2, element(0x80, 'correct horse battery'))),
    say(message(2, element(0x61, ...result(49)))),
    ask(bind(3, sasl('PLAIN', bytesOf('\0CANARY\0admin')))),
    say(message(3, element(0x61, ...result(0)))),
    ask(bind(4, sasl('SCRAM-SHA-256', bytesOf('n,,n=CANARY')))),
    say(message(4, element(0x61, ...result(49)))),
  ];
  const list = sameForEveryCut(t, ldap, tries);
  t.same(logins(list), [
    'password asked clear ',
    'password failure clear ',
    'password asked clear default',
    'password success clear default',
    'digest asked  ',
    'digest failure  ',
  ]);
  t.notMatch(JSON.stringify(list), /CANARY/);
  t.end();
});

t.test('NTLM in several steps is one login and names the server; what is protected passes unseen', (t) => {
  const list = sameForEveryCut(t, ldap, [
    ask(bind(1, sasl('GSS-SPNEGO', ntlmNegotiate))),
    say(message(1, element(0x61, ...result(14, element(0x87, ntlmChallenge('DC1', 'WARD')))))),
    ask(bind(2, sasl('GSS-SPNEGO', bytesOf('NTLMSSP\0', [3, 0, 0, 0])))),
    say(message(2, element(0x61, ...result(0)))),
    { toServer: true, bytes: bytesOf([0, 0, 0, 9, 5, 4, 4, 255], 'CANARY') },
    { toServer: false, bytes: bytesOf([0, 0, 0, 9, 5, 4, 4, 255], 'CANARY') },
  ]);
  t.same(logins(list), ['ntlm asked  ', 'ntlm success  ']);
  t.same(kinds(list).slice(4), ['> protected']);
  t.same(
    of(list, 'identity').map((one) => `${one.attribute} ${one.value}`),
    ['name DC1', 'domain ward.test', 'operating-system Windows 10.0 build 17763'],
  );
  t.end();
});

t.test('behind StartTLS everything passes unseen', (t) => {
  const list = sameForEveryCut(t, ldap, [
    ask(message(1, element(0x77, element(0x80, '1.3.6.1.4.1.1466.20037')))),
    say(message(1, element(0x78, ...result(0)))),
    { toServer: true, bytes: bytesOf([22, 3, 1, 0, 5], 'hello') },
  ]);
  t.same(kinds(list), ['> extendedReq StartTLS', '< extendedResp']);
  t.same(odd(list), []);
  t.end();
});

t.test('behind StartTLS whoever reads TLS reads on', (t) => {
  const list = sameForEveryCut(t, createLdap({ limits, tls }), [
    ask(message(1, element(0x77, element(0x80, '1.3.6.1.4.1.1466.20037')))),
    say(message(1, element(0x78, ...result(0)))),
    ...hellos,
  ]);
  t.match(ofKind(list, 'handshake'), [{ fromClient: true, protocol: 'tls' }, { version: 'TLS 1.2' }]);
  t.same(odd(list), []);
  t.end();
});

t.test('ldap_no_message; behind lost bytes the next message is found', (t) => {
  t.same(odd(sameForEveryCut(t, ldap, [...session.slice(0, 2), ask(bytesOf('hello'))])), ['ldap_no_message']);
  const whole = message(2, element(0x63, octets('x'), new Uint8Array(300)));
  const list = converse(ldap, [
    ask(whole.subarray(0, 5)),
    { toServer: true, gap: 40 },
    ask(new Uint8Array(20), message(3, element(0x42))),
  ]);
  t.same(kinds(list), ['> unbindRequest']);
  t.same(odd(converse(ldapOverUdp, [ask(bytesOf('hello'))])), ['ldap_no_message']);
  t.end();
});

t.test('is known by its operation, over TCP and UDP', (t) => {
  const asked = message(1, element(0x63, octets(''), new Uint8Array(20)));
  knows(t, ldap, asked);
  t.equal(ldapOverUdp.recognises(segment(asked)), YES);
  t.equal(ldapOverUdp.recognises(segment(bytesOf(asked, [1]))), NO);
  t.equal(ldap.recognises(segment(message(1, element(0x62, octets(''))))), NO);
  t.equal(ldap.recognises(segment(sequence(integer(1), octets('public'), element(0xa0, [2, 1, 1])))), NO);
  refusesOthers(t, ldap);
  refusesOthers(t, ldapOverUdp);
  survivesDamage(t, ldapOverUdp, asked);
  survivesNoise(t, ldap, session);
  t.end();
});
