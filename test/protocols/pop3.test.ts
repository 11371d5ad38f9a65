import t from 'tap';
import { createPop3 } from '../../protocols/pop3/decoder.ts';
import { limits } from '../../src/limits.ts';
import { NO } from '../../src/protocol.ts';
import { details, knows, odd, refusesOthers, sameForEveryCut, survivesNoise } from '../support/conversations.ts';
import { hellos, identitiesOf, kindsOf, ofKind, talk, tls } from '../support/mail.ts';
import { bytesOf, converse, segment, type Turn } from '../support/protocol.ts';

const pop3 = createPop3({ limits, tls });
const base64 = (text: string): string => Buffer.from(text).toString('base64');

const fetching = talk(`
  S: +OK Dovecot ready.
  C: CAPA
  S: +OK
  S: USER
  S: .
  C: USER CANARY
  S: +OK
  C: PASS CANARY-long-enough
  S: +OK Logged in.
  C: LIST
  S: +OK 1 messages:
  S: 1 1204
  S: .
  C: LIST 1
  S: +OK 1 1204
  C: RETR 1
  S: +OK 1204 octets
  S: Subject: CANARY
  S: +OK is text in here
  S: .
  C: DELE 1
  S: +OK
  C: QUIT
  S: +OK Bye`);

t.test('commands, login, product and the size of a mail', (t) => {
  const list = sameForEveryCut(t, pop3, fetching);
  t.same(kindsOf(list), ['CAPA', 'USER', 'PASS', 'LIST', 'LIST', 'RETR', 'DELE', 'QUIT']);
  t.match(ofKind(list, 'login'), [
    { protocol: 'pop3', method: 'password', outcome: 'success', isClear: true, weakness: '', fromClient: true },
  ]);
  t.same(identitiesOf(list), ['server server-software Dovecot']);
  t.same(details(list), ['Dovecot']);
  t.match(ofKind(list, 'transfer'), [{ protocol: 'pop3', verb: 'read', bytes: 17 + 21 + 3, fromClient: true }]);
  t.same(odd(list), []);
  t.notMatch(JSON.stringify(list), /CANARY/);
  t.end();
});

t.test('answers to commands that were sent together', (t) => {
  const list = sameForEveryCut(
    t,
    pop3,
    talk('C: USER x\nC: PASS 1234\nC: STAT\nC: RETR 1\nC: RETR 2\nS: +OK\nS: -ERR\nS: +OK 2\nS: -ERR\nS: +OK\nS: .'),
  );
  t.match(ofKind(list, 'login'), [{ outcome: 'failure', weakness: 'default' }]);
  t.match(ofKind(list, 'transfer'), [{ bytes: 3 }]);
  t.end();
});

const logins: readonly [string, string, object][] = [
  [
    'APOP',
    'C: APOP CANARY c4c9334bac560ecc979e58001b3e22fb\nS: +OK',
    { method: 'digest', isClear: false, outcome: 'success' },
  ],
  [
    'PLAIN',
    `C: AUTH PLAIN\nS: + \nC: ${base64('\0CANARY\0')}\nS: -ERR`,
    { method: 'password', outcome: 'failure', weakness: 'empty' },
  ],
  ['PLAIN at once', `C: AUTH PLAIN ${base64('\0CANARY\0root')}\nS: +OK`, { weakness: 'default', outcome: 'success' }],
  [
    'LOGIN',
    `C: AUTH LOGIN\nS: + VX\nC: ${base64('CANARY')}\nS: + UG\nC: ${base64('CANARY7')}\nS: +OK`,
    { weakness: 'short' },
  ],
  ['XOAUTH2', `C: AUTH XOAUTH2 ${base64('CANARY')}`, { method: 'token', outcome: 'asked', isClear: true }],
];
for (const [name, text, told] of logins) {
  t.test(`login by ${name}`, (t) => {
    const list = sameForEveryCut(t, pop3, talk(text));
    t.match(ofKind(list, 'login'), [{ protocol: 'pop3', ...told }]);
    t.same(odd(list), []);
    t.notMatch(JSON.stringify(list), /CANARY|Q0FOQVJZ/);
    t.end();
  });
}

t.test('after STLS the flow is read on by TLS', (t) => {
  const list = sameForEveryCut(t, pop3, [...talk('S: +OK POP3\nC: STLS\nS: +OK Begin'), ...hellos]);
  t.match(ofKind(list, 'handshake'), [{ serverName: 'mail.hosp.test' }, { version: 'TLS 1.2' }]);
  t.same(kindsOf(converse(pop3, talk('S: +OK POP3\nC: STLS\nS: -ERR\nC: QUIT'))), ['STLS', 'QUIT']);
  t.end();
});

t.test('behind lost bytes the next line is read', (t) => {
  const turns: Turn[] = [...fetching.slice(0, 17), { toServer: false, gap: 500 }, ...talk('S: .\nS: .\nC: QUIT')];
  const list = converse(pop3, turns);
  t.match(ofKind(list, 'transfer'), [{ bytes: 506 }]);
  const lost: Turn[] = [...talk('C: STAT'), { toServer: false, gap: 9 }, ...talk('S: rest\nS: +OK\nC: NOOP')];
  t.same(kindsOf(converse(pop3, lost)), ['STAT', 'NOOP']);
  t.end();
});

const oddities: readonly [string, Turn[]][] = [
  ['pop3_unknown_command', talk('C: CANARY x\nC: CANARY')],
  ['pop3_no_reply', talk('S: +OK\nS: CANARY')],
  ['pop3_line_too_long', talk(`C: NOOP ${'x'.repeat(9_000)}`)],
];
for (const [name, turns] of oddities) {
  t.test(name, (t) => {
    const list = sameForEveryCut(t, pop3, turns);
    t.same(odd(list), [name]);
    t.notMatch(JSON.stringify(list), /CANARY/);
    t.end();
  });
}

t.test('is told by its greeting, and is nobody else', (t) => {
  knows(t, pop3, bytesOf('+OK hello'), { serverPort: 110 });
  knows(t, pop3, bytesOf('USER me'), { serverPort: 110 });
  knows(t, pop3, bytesOf('+OK POP3 server'));
  t.equal(pop3.recognises(segment(bytesOf('+OK\r\n'))), NO);
  t.equal(pop3.recognises(segment(bytesOf('USER me\r\n'))), NO);
  refusesOthers(t, pop3);
  t.end();
});

t.test('no more commands are remembered than the limit says', (t) => {
  const few = createPop3({ limits: { ...limits, pop3PendingMax: 2 }, tls });
  const list = converse(few, talk('C: NOOP\nC: NOOP\nC: NOOP\nC: NOOP\nS: +OK\nS: +OK\nS: +OK\nS: +OK'));
  t.equal(kindsOf(list).length, 4);
  t.same(odd(list), []);
  t.end();
});

t.test('noise', (t) => {
  survivesNoise(t, pop3, fetching);
  t.end();
});
