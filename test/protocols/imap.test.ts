import t from 'tap';
import { createImap } from '../../protocols/imap/decoder.ts';
import { limits } from '../../src/limits.ts';
import { NO } from '../../src/protocol.ts';
import { details, knows, odd, refusesOthers, sameForEveryCut, survivesNoise } from '../support/conversations.ts';
import { hellos, identitiesOf, kindsOf, ofKind, talk, tls } from '../support/mail.ts';
import { bytesOf, converse, segment, type Turn } from '../support/protocol.ts';

const imap = createImap({ limits, tls });
const base64 = (text: string): string => Buffer.from(text).toString('base64');

const reading = talk(`
  S: * OK [CAPABILITY IMAP4rev1] Dovecot ready.
  C: a1 LOGIN "CANARY" "pass \\"word"
  S: a1 OK Logged in
  C: a2 SELECT "CANARY"
  S: * FLAGS (CANARY)
  S: a2 OK [READ-WRITE]
  C: a3 UID FETCH 1 (BODY[])
  S: * 1 FETCH (UID 1 BODY[] {19}
  S: Subject: CANARY
  S: 
  S: )
  S: a3 OK done
  C: a4 APPEND CANARY {8+}
  C: a5 NOOP
  C: 
  S: a4 OK done
  C: a6 IDLE
  S: + idling
  C: DONE
  S: a6 OK
  C: a7 LOGOUT
  S: * BYE
  S: a7 OK`);

t.test('commands, login, product and the size of what is read and written', (t) => {
  const list = sameForEveryCut(t, imap, reading);
  t.same(kindsOf(list), ['LOGIN', 'SELECT', 'UID', 'APPEND', 'IDLE', 'DONE', 'LOGOUT']);
  t.match(ofKind(list, 'login'), [
    { protocol: 'imap', method: 'password', outcome: 'success', isClear: true, weakness: 'short', fromClient: true },
  ]);
  t.match(ofKind(list, 'transfer'), [
    { protocol: 'imap', verb: 'read', bytes: 19 },
    { verb: 'write', bytes: 8 },
  ]);
  t.same(identitiesOf(list), ['server server-software Dovecot']);
  t.same(details(list), ['Dovecot']);
  t.same(odd(list), []);
  t.notMatch(JSON.stringify(list), /CANARY/);
  t.end();
});

const logins: readonly [string, string, object][] = [
  ['bare words', 'C: 1 login CANARY admin\nS: 1 NO', { weakness: 'default', outcome: 'failure' }],
  ['an empty password', 'C: 1 LOGIN CANARY ""\nS: 1 BAD', { weakness: 'empty', outcome: 'failure' }],
  [
    'literals',
    'C: 1 LOGIN {6}\nS: + go\nC: CANARY {5}\nS: + go\nC: admin\nS: 1 OK',
    { weakness: '', outcome: 'success' },
  ],
  [
    'PLAIN',
    `C: 1 AUTHENTICATE PLAIN\nS: +\nC: ${base64('\0CANARY\0orthanc')}\nS: 1 OK`,
    { method: 'password', weakness: 'default', outcome: 'success' },
  ],
  ['PLAIN at once', `C: 1 AUTHENTICATE PLAIN ${base64('\0CANARY\0blue7')}\nS: 1 OK`, { weakness: 'short' }],
  [
    'CRAM-MD5',
    `C: 1 AUTHENTICATE CRAM-MD5\nS: + PDE\nC: ${base64('CANARY')}\nS: * x\nS: 1 OK`,
    { method: 'digest', isClear: false, outcome: 'success' },
  ],
  ['nobody answers', 'C: 1 LOGIN CANARY x', { outcome: 'asked' }],
];
for (const [name, text, told] of logins) {
  t.test(`login: ${name}`, (t) => {
    const list = sameForEveryCut(t, imap, talk(text));
    t.match(ofKind(list, 'login'), [{ protocol: 'imap', ...told }]);
    t.same(odd(list), []);
    t.notMatch(JSON.stringify(list), /CANARY|Q0FOQVJZ/);
    t.end();
  });
}

t.test('after STARTTLS the flow is read on by TLS', (t) => {
  const list = sameForEveryCut(t, imap, [...talk('S: * OK ready\nC: a STARTTLS\nS: a OK Begin'), ...hellos]);
  t.match(ofKind(list, 'handshake'), [{ serverName: 'mail.hosp.test' }, { version: 'TLS 1.2' }]);
  t.same(kindsOf(converse(imap, talk('C: a STARTTLS\nS: a NO\nC: b NOOP'))), ['STARTTLS', 'NOOP']);
  t.end();
});

t.test('after COMPRESS nothing is read', (t) => {
  t.same(kindsOf(converse(imap, talk('C: a COMPRESS DEFLATE\nS: a OK\nC: b NOOP'))), ['COMPRESS']);
  t.end();
});

t.test('behind lost bytes the next line is read', (t) => {
  const turns: Turn[] = [...talk('C: a NOOP'), { toServer: true, gap: 40 }, ...talk('C: rest of it\nC: b CLOSE')];
  t.same(kindsOf(converse(imap, turns)), ['NOOP', 'CLOSE']);
  t.end();
});

const oddities: readonly [string, Turn[]][] = [
  ['imap_unknown_command', talk('C: a CANARY\nC: b CANARY')],
  ['imap_no_reply', talk('S: * OK\nS: CANARY CANARY\nS: CANARY')],
  ['imap_line_too_long', talk(`C: a NOOP ${'x'.repeat(9_000)}`)],
];
for (const [name, turns] of oddities) {
  t.test(name, (t) => {
    const list = sameForEveryCut(t, imap, turns);
    t.same(odd(list), [name]);
    t.notMatch(JSON.stringify(list), /CANARY/);
    t.end();
  });
}

t.test('is told by its greeting, and is nobody else', (t) => {
  knows(t, imap, bytesOf('* OK ready'));
  knows(t, imap, bytesOf('* PREAUTH ready'));
  knows(t, imap, bytesOf('a001 CAPABILITY\r\n'), { serverPort: 143 });
  t.equal(imap.recognises(segment(bytesOf('a001 CAPABILITY\r\n'))), NO);
  t.equal(imap.recognises(segment(bytesOf('* hello\r\n'))), NO);
  refusesOthers(t, imap);
  t.end();
});

t.test('noise', (t) => {
  survivesNoise(t, imap, reading);
  t.end();
});
