import t from 'tap';
import { createFtp } from '../../protocols/ftp/decoder.ts';
import { addressText } from '../../src/bytes/address.ts';
import { limits } from '../../src/limits.ts';
import { MAYBE, NO, YES } from '../../src/protocol.ts';
import { capture, details, odd, refusesOthers, sameForEveryCut, survivesNoise } from '../support/conversations.ts';
import { hellos, ofKind, tls } from '../support/mail.ts';
import { bytesOf, converse, type Heard, segment, type Turn } from '../support/protocol.ts';
import { reassemble } from '../support/reassemble.ts';

const ftp = createFtp({ limits });
const ask = (...lines: string[]): Turn => ({
  toServer: true,
  bytes: bytesOf(lines.map((one) => `${one}\r\n`).join('')),
});
const say = (...lines: string[]): Turn => ({ ...ask(...lines), toServer: false });
const of = (list: readonly Heard[], kind: string): Record<string, unknown>[] =>
  list.filter((one) => one.kind === kind).map(({ record }) => record);
const kinds = (list: readonly Heard[]): unknown[] =>
  of(list, 'message').map((one) => `${one.fromClient ? '>' : '<'} ${one.kind}`);
const logins = (list: readonly Heard[]): unknown[] =>
  of(list, 'login').map((one) => `${one.method} ${one.outcome} ${one.isClear ? 'clear' : ''}${one.weakness}`);
const transfers = (list: readonly Heard[]): unknown[] =>
  of(list, 'transfer').map((one) => [one.verb, one.extension, one.bytes].join(' '));
const expected = (list: readonly Heard[]): unknown[] =>
  of(list, 'expectation').map(
    (one) =>
      `${one.protocol} ${addressText(String(one.server)) || (one.ofClient ? 'client' : 'server')}:${one.serverPort}`,
  );

const session: Turn[] = [
  say('220 (vsFTPd 3.0.3)'),
  ask('USER CANARY-USER'),
  say('331 Please specify the password.'),
  ask('PASS admin'),
  say('230-CANARY-TEXT', ' 230 not yet', '230 Login successful.'),
  ask('PASV'),
  say('227 Entering Passive Mode (10,20,1,12,156,68).'),
  ask('STOR CANARY-NAME.BIN'),
  say('150 Ok to send data.'),
  say('226 Transfer complete.'),
  ask('EPSV'),
  say('229 Entering Extended Passive Mode (|||40004|)'),
  ask('RETR study.dcm'),
  say('150 Opening BINARY mode data connection for study.dcm (150000 bytes).', '226 Transfer complete.'),
  ask('RNFR a.txt', 'RNTO a.locked'),
  say('350 Ready for RNTO.', '250 Rename successful.'),
  ask('DELE x.smith'),
  say('250 Delete operation successful.'),
  ask('SITE CHMOD 777 run.sh'),
  say('200 SITE CHMOD command ok.'),
];

t.test('who logs in, what goes where; no name, password or text', (t) => {
  const list = sameForEveryCut(t, ftp, session);
  t.same(details(list), ['vsFTPd 3.0.3']);
  t.same(of(list, 'identity')[0]?.value, 'vsFTPd 3.0.3');
  t.same(kinds(list).slice(0, 6), ['< reply 220', '> USER', '< reply 331', '> PASS', '< reply 230', '> PASV']);
  t.same(logins(list), ['password asked cleardefault', 'password success cleardefault']);
  t.same(transfers(list), ['write bin -1', 'read dcm 150000', 'rename locked -1', 'delete  -1']);
  t.same(expected(list), ['ftp-data 10.20.1.12:40004', 'ftp-data server:40004']);
  t.same(
    of(list, 'operation').map((one) => `${one.verb} ${one.outcome}`),
    ['SITE CHMOD asked', 'SITE CHMOD done'],
  );
  t.notMatch(JSON.stringify(list), /CANARY|smith/);
  t.same(odd(list), []);
  t.end();
});

t.test('logins that fail, of everybody, and with a name only', (t) => {
  const tries = [
    ask('USER CANARY', 'PASS 12345678901234567890'),
    say('331 Password', '530 Login incorrect.'),
    ask('user Anonymous', 'pass me@here'),
    say('331 Any', '230 Welcome'),
    ask('USER service'),
    say('230 Welcome'),
  ];
  t.same(logins(sameForEveryCut(t, ftp, tries)), [
    'password asked clear',
    'password failure clear',
    'none asked ',
    'none success ',
    'none asked ',
    'none success ',
  ]);
  t.end();
});

t.test('the other way round: the client waits for the data', (t) => {
  const list = sameForEveryCut(t, ftp, [
    ask('PORT 10,20,6,10,4,1', 'EPRT |2|fd00::7|5001|', 'PORT 1,2,3', 'EPRT |1||0|', 'PORT 10,20,6,10,999,1'),
  ]);
  t.same(expected(list), ['ftp-data 10.20.6.10:1025', 'ftp-data fd00::7:5001']);
  t.ok(of(list, 'expectation').every((one) => one.ofClient === true));
  t.end();
});

t.test('what was refused was not transferred', (t) => {
  const list = sameForEveryCut(t, ftp, [ask('STOR a.bin', 'DELE b'), say('550 no', '550 no')]);
  t.same(transfers(list), []);
  t.end();
});

t.test('behind AUTH TLS everything passes unseen', (t) => {
  const list = sameForEveryCut(t, ftp, [
    say('220 FTP'),
    ask('AUTH TLS'),
    say('234 Proceed'),
    { toServer: true, bytes: bytesOf([22, 3, 1, 0, 5], 'hello\n') },
    { toServer: false, bytes: bytesOf([22, 3, 3, 0, 5], 'hello\n') },
  ]);
  t.same(kinds(list), ['< reply 220', '> AUTH', '< reply 234']);
  t.same(odd(list), []);
  t.end();
});

t.test('behind AUTH TLS whoever reads TLS reads on', (t) => {
  const secured = createFtp({ limits, tls });
  const list = sameForEveryCut(t, secured, [say('220 FTP'), ask('AUTH TLS'), say('234 Proceed'), ...hellos]);
  t.match(ofKind(list, 'handshake'), [{ fromClient: true, protocol: 'tls' }, { version: 'TLS 1.2' }]);
  t.same(odd(list), []);
  t.end();
});

t.test('ftp_unknown_command, ftp_no_reply_code, ftp_line_too_long', (t) => {
  t.same(odd(sameForEveryCut(t, ftp, [ask('HELO x', 'HELO y')])), ['ftp_unknown_command']);
  t.same(odd(sameForEveryCut(t, ftp, [say('hello', 'again')])), ['ftp_no_reply_code']);
  const long = [ask(`USER ${'x'.repeat(limits.ftpLineBytesMax)}`, 'NOOP')];
  for (const pieceBytes of [1, 1000, 100_000]) {
    const list = converse(ftp, long, { pieceBytes });
    t.same(odd(list), ['ftp_line_too_long']);
    t.same(kinds(list), ['> NOOP']);
  }
  t.end();
});

t.test('behind lost bytes the next line is read', (t) => {
  const list = converse(ftp, [
    ask('USER a'),
    { toServer: true, gap: 7 },
    { toServer: true, bytes: bytesOf('STOR half a line\r\nSYST\r\n') },
  ]);
  t.same(kinds(list), ['> USER', '> SYST']);
  t.end();
});

t.test('is known by its greeting, elsewhere only when that speaks of FTP; in the middle by its commands', (t) => {
  const known = (text: string, over = {}): number => ftp.recognises(segment(bytesOf(text), over));
  t.equal(known('220 Printer\r\n', { serverPort: 21, toServer: false }), YES);
  t.equal(known('220 Printer\r\n'), NO);
  t.equal(known('220 Prin'), MAYBE);
  t.equal(known('220 ProFTPD Server\r\n'), YES);
  t.equal(known('220 mail ESMTP ftp\r\n', { serverPort: 21 }), NO);
  t.equal(known('USER x\r\n', { serverPort: 21 }), YES);
  t.equal(known('USER x\r\n'), NO);
  t.equal(known('EPSV\r\n', { midstream: true }), YES);
  t.equal(known('RETR 1\r\n', { midstream: true }), NO);
  t.equal(known('EP', { midstream: true }), MAYBE);
  refusesOthers(t, ftp, 'ftp banner');
  t.end();
});

t.test('noise', (t) => {
  survivesNoise(t, ftp, session);
  t.end();
});

const lab = capture('lab/public/p21_file_print_telemetry.pcap');
t.test('FTP in the lab', { skip: lab === null && 'the shared captures are not there' }, (t) => {
  const list = reassemble(lab ?? '')
    .filter((stream) => stream.serverPort === 21)
    .flatMap(({ turns }) => converse(ftp, turns, {}, { serverPort: 21 }));
  t.ok(transfers(list).includes('write bin -1'));
  t.ok(transfers(list).includes('read bin -1'));
  t.ok(logins(list).includes('password success clearshort'));
  t.same(odd(list), []);
  t.end();
});
