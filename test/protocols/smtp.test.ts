import t from 'tap';
import { createSmtp } from '../../protocols/smtp/decoder.ts';
import { limits } from '../../src/limits.ts';
import { NO, YES } from '../../src/protocol.ts';
import {
  details,
  knows,
  odd,
  openings,
  refusesOthers,
  sameForEveryCut,
  survivesNoise,
} from '../support/conversations.ts';
import { hellos, identitiesOf, kindsOf, ofKind, talk, tls } from '../support/mail.ts';
import { bytesOf, converse, segment, type Turn } from '../support/protocol.ts';

const smtp = createSmtp({ limits, tls });
const base64 = (text: string): string => Buffer.from(text).toString('base64');

const sending = talk(`
  S: 220 mail.hosp.test ESMTP Postfix (Debian/GNU)
  C: EHLO scanner-7.hosp.test
  S: 250-mail.hosp.test
  S: 250-SIZE 10240000
  S: 250 STARTTLS
  C: MAIL FROM:<CANARY@hosp.test>
  S: 250 2.1.0 Ok
  C: RCPT TO:<CANARY@hosp.test>
  S: 250 2.1.5 Ok
  C: DATA
  S: 354 End data with <CR><LF>.<CR><LF>
  C: Subject: CANARY
  C: EHLO is no command in here
  C: ..
  C: .
  S: 250 2.0.0 Ok: queued
  C: QUIT
  S: 221 2.0.0 Bye`);

t.test('commands, hosts, product and the size of a mail', (t) => {
  const list = sameForEveryCut(t, smtp, sending);
  t.same(kindsOf(list), ['EHLO', 'MAIL', 'RCPT', 'DATA', 'QUIT']);
  t.same(identitiesOf(list), [
    'server name mail.hosp.test',
    'server server-software Postfix',
    'client name scanner-7.hosp.test',
  ]);
  t.same(details(list), ['Postfix']);
  t.match(ofKind(list, 'transfer'), [{ protocol: 'smtp', verb: 'write', bytes: 52, fromClient: true }]);
  t.same(odd(list), []);
  t.notMatch(JSON.stringify(list), /CANARY/);
  t.end();
});

t.test('a mail that the server refuses is none', (t) => {
  const list = sameForEveryCut(
    t,
    smtp,
    talk(`
      C: MAIL FROM:<a@b>
      C: DATA
      S: 250 ok
      S: 554 no valid recipients
      C: QUIT`),
  );
  t.same(kindsOf(list), ['MAIL', 'DATA', 'QUIT']);
  t.same(ofKind(list, 'transfer'), []);
  t.end();
});

t.test('one of several recipients refused, and the mail still follows', (t) => {
  const list = sameForEveryCut(
    t,
    smtp,
    talk(`
      C: DATA
      S: 550 nobody here
      S: 354 go on
      C: RSET is text
      C: .
      C: RSET`),
  );
  t.same(kindsOf(list), ['DATA', 'RSET']);
  t.equal(ofKind(list, 'transfer').length, 1);
  t.end();
});

t.test('chunks are stepped over by their size, and the last tells the mail', (t) => {
  const list = sameForEveryCut(t, smtp, [
    ...talk('C: BDAT 86'),
    { toServer: true, bytes: new Uint8Array(86).fill(0x0a) },
    ...talk('C: BDAT 3 LAST'),
    { toServer: true, bytes: bytesOf('x\r\n') },
    ...talk('C: QUIT'),
  ]);
  t.same(kindsOf(list), ['BDAT', 'BDAT', 'QUIT']);
  t.match(ofKind(list, 'transfer'), [{ bytes: 89 }]);
  t.end();
});

const logins: readonly [string, string, object][] = [
  [
    'PLAIN at once',
    `C: AUTH PLAIN ${base64('\0CANARY\0password')}\nS: 235 ok`,
    { method: 'password', outcome: 'success', isClear: true, weakness: 'default' },
  ],
  [
    'PLAIN when asked',
    `C: AUTH PLAIN\nS: 334 \nC: ${base64('\0CANARY\0CANARY-long-phrase')}\nS: 535 no`,
    { method: 'password', outcome: 'failure', weakness: '' },
  ],
  [
    'LOGIN',
    `C: AUTH LOGIN\nS: 334 VXNlcm5hbWU6\nC: ${base64('CANARY')}\nS: 334 UGFzc3dvcmQ6\nC: ${base64('CANARY7')}\nS: 235 ok`,
    { method: 'password', outcome: 'success', weakness: 'short' },
  ],
  [
    'CRAM-MD5',
    `C: AUTH CRAM-MD5\nS: 334 PDE4\nC: ${base64('CANARY 0123')}\nS: 235 ok`,
    { method: 'digest', isClear: false, weakness: '' },
  ],
  ['XOAUTH2', `C: AUTH XOAUTH2 ${base64('user=CANARY')}`, { method: 'token', isClear: true, outcome: 'asked' }],
];
for (const [name, text, told] of logins) {
  t.test(`login by ${name}`, (t) => {
    const list = sameForEveryCut(t, smtp, talk(`${text}\nC: QUIT`));
    t.match(ofKind(list, 'login'), [{ protocol: 'smtp', fromClient: true, ...told }]);
    t.same(kindsOf(list), ['AUTH', 'QUIT']);
    t.notMatch(JSON.stringify(list), /CANARY|Q0FOQVJZ/);
    t.end();
  });
}

t.test('after STARTTLS the flow is read on by TLS, and keeps its name', (t) => {
  const list = sameForEveryCut(t, smtp, [...talk('S: 220 x ESMTP\nC: EHLO a-b\nC: STARTTLS\nS: 220 ready'), ...hellos]);
  t.same(kindsOf(list), ['EHLO', 'STARTTLS']);
  t.match(ofKind(list, 'handshake'), [{ protocol: 'tls', serverName: 'mail.hosp.test' }, { version: 'TLS 1.2' }]);
  t.same(odd(list), []);
  t.end();
});

t.test('a STARTTLS that is refused changes nothing', (t) => {
  t.same(kindsOf(converse(smtp, talk('C: STARTTLS\nS: 454 not now\nC: QUIT'))), ['STARTTLS', 'QUIT']);
  t.end();
});

t.test('behind lost bytes the next line is read', (t) => {
  const turns: Turn[] = [...talk('C: EHLO a-b'), { toServer: true, gap: 50 }, ...talk('C: st of a line\nC: QUIT')];
  t.same(kindsOf(converse(smtp, turns)), ['EHLO', 'QUIT']);
  const inMail: Turn[] = [...talk('C: DATA\nC: text'), { toServer: true, gap: 50 }, ...talk('C: .\nC: .\nC: QUIT')];
  t.match(ofKind(converse(smtp, inMail), 'transfer'), [{ bytes: 62 }]);
  t.end();
});

const oddities: readonly [string, Turn[]][] = [
  ['smtp_unknown_command', talk('C: CANARY me\nC: CANARY')],
  ['smtp_no_reply', talk('S: hello\nS: 999 x')],
  ['smtp_broken_chunk', talk('C: BDAT x')],
  ['smtp_line_too_long', talk(`C: NOOP ${'x'.repeat(9_000)}`)],
];
for (const [name, turns] of oddities) {
  t.test(name, (t) => {
    const list = sameForEveryCut(t, smtp, turns);
    t.same(odd(list), [name]);
    t.notMatch(JSON.stringify(list), /CANARY/);
    t.end();
  });
}

t.test('is told by its greeting and by EHLO, and is nobody else', (t) => {
  knows(t, smtp, bytesOf('220 mail.hosp.test ESMTP'));
  knows(t, smtp, bytesOf('EHLO scanner'));
  knows(t, smtp, bytesOf('helo scanner'));
  knows(t, smtp, bytesOf('220 hello'), { serverPort: 25 });
  t.equal(smtp.recognises(segment(bytesOf('MAIL FROM:<'), { serverPort: 25, midstream: true })), YES);
  t.equal(smtp.recognises(segment(bytesOf('MAIL FROM:<'), { midstream: true })), NO);
  t.equal(smtp.recognises(segment(bytesOf('220 hello\r\n'))), NO);
  t.equal(smtp.recognises(segment(bytesOf('HELP me'))), NO);
  t.equal(smtp.recognises(segment(openings['ftp banner'] ?? new Uint8Array())), NO);
  refusesOthers(t, smtp);
  t.end();
});

t.test('noise', (t) => {
  survivesNoise(t, smtp, sending);
  t.end();
});
