import t from 'tap';
import { createSmb } from '../../protocols/smb/decoder.ts';
import { limits } from '../../src/limits.ts';
import { NO } from '../../src/protocol.ts';
import {
  capture,
  details,
  knows,
  odd,
  refusesOthers,
  sameForEveryCut,
  survivesNoise,
} from '../support/conversations.ts';
import { bytesOf, converse, type Heard, segment, type Turn } from '../support/protocol.ts';
import { reassemble } from '../support/reassemble.ts';
import * as s from '../support/smb.ts';

const smb = createSmb({ limits });
const ask = (fields: s.Smb2Fields): Turn => ({ toServer: true, bytes: s.smb2(fields) });
const say = (fields: s.Smb2Fields): Turn => ({ toServer: false, bytes: s.smb2({ ...fields, isAnswer: true }) });
const of = (list: readonly Heard[], kind: string): Record<string, unknown>[] =>
  list.filter((one) => one.kind === kind).map(({ record }) => record);
const kinds = (list: readonly Heard[]): unknown[] =>
  of(list, 'message').map((one) => `${one.fromClient ? '>' : '<'} ${one.kind}`);
const transfers = (list: readonly Heard[]): unknown[] =>
  of(list, 'transfer').map((one) => [one.verb, one.share, one.extension, one.content, one.bytes].join(' '));
const logins = (list: readonly Heard[]): unknown[] => of(list, 'login').map((one) => `${one.method} ${one.outcome}`);
const identities = (list: readonly Heard[]): unknown[] =>
  of(list, 'identity').map((one) => [one.ofClient ? 'client' : 'server', one.attribute, one.value].join(' '));

const MORE = 0xc0000016;
const hello: Turn[] = [
  ask({ command: 0, id: 0, body: bytesOf([36, 0], new Uint8Array(34)) }),
  say({ command: 0, id: 0, body: s.negotiated(0x0311) }),
];
const entered = (status: number, answerBytes = 200): Turn[] => [
  ask({ command: 1, id: 1, body: s.sessionSetup(s.ntlmNegotiate) }),
  say({ command: 1, id: 1, status: MORE, body: s.sessionAnswer(s.ntlmChallenge('PACS1', 'WARD')) }),
  ask({ command: 1, id: 2, body: s.sessionSetup(s.ntlmAuthenticate('CANARY-USER', 'VIEWER-7', answerBytes)) }),
  say({ command: 1, id: 2, status, body: s.sessionAnswer([]) }),
];
const connected = (path: string): Turn[] => [
  ask({ command: 3, id: 3, body: s.treeConnect(path) }),
  say({ command: 3, id: 3, tree: 5, body: s.treeAnswer }),
];
const program = new Uint8Array(3_000);
program.set(bytesOf('MZ'));
program.set([128, 0, 0, 0], 60);
program.set(bytesOf('PE\0\0'), 128);
const copied: Turn[] = [
  ...hello,
  ...entered(0),
  ...connected('\\\\PACS1\\admin$'),
  ask({ command: 5, id: 4, tree: 5, body: s.create('CANARY-NAME.EXE') }),
  say({ command: 5, id: 4, tree: 5, body: s.created(9) }),
  ask({ command: 9, id: 5, tree: 5, body: s.write(s.fileId(9), program) }),
  say({ command: 9, id: 5, tree: 5, body: s.written }),
  ask({ command: 9, id: 6, tree: 5, body: s.write(s.fileId(9), program, 3_000) }),
  say({ command: 9, id: 6, tree: 5, body: s.written }),
  ask({ command: 6, id: 7, tree: 5, body: s.close(s.fileId(9)) }),
  say({ command: 6, id: 7, tree: 5, body: s.closed }),
];

t.test('who logs in how, which share, and what is copied there; no name of a person or file', (t) => {
  const list = sameForEveryCut(t, smb, copied);
  t.same(details(list), ['SMB 3.1.1']);
  t.same(kinds(list).slice(0, 8), [
    '> NEGOTIATE',
    '< NEGOTIATE',
    '> SESSION_SETUP',
    '< SESSION_SETUP',
    '> SESSION_SETUP',
    '< SESSION_SETUP',
    '> TREE_CONNECT ADMIN$',
    '< TREE_CONNECT',
  ]);
  t.same(logins(list), ['ntlm asked', 'ntlm success']);
  t.same(identities(list), [
    'client operating-system Windows 10.0 build 19041',
    'server name PACS1',
    'server domain ward.test',
    'server operating-system Windows 10.0 build 17763',
    'client name VIEWER-7',
  ]);
  t.same(transfers(list), ['write ADMIN$ exe pe 6000']);
  t.notMatch(JSON.stringify(list), /CANARY/);
  t.same(odd(list), []);
  t.end();
});

t.test('a wrong password is a failure; NTLM version 1 is odd', (t) => {
  const list = sameForEveryCut(t, smb, [...hello, ...entered(0xc000006d, 24)]);
  t.same(logins(list), ['ntlm asked', 'ntlm failure']);
  t.same(odd(list), ['smb_ntlm_version_1']);
  t.end();
});

t.test('guests log in without a method; nobody in particular only when a share lets them in', (t) => {
  const anonymous = s.sessionSetup(s.ntlmAuthenticate('', 'X', 0));
  const guest: Turn[] = [
    ask({ command: 1, id: 1, body: s.sessionSetup(s.ntlmNegotiate) }),
    say({ command: 1, id: 1, body: s.sessionAnswer([], 1) }),
    ask({ command: 1, id: 2, body: anonymous }),
    say({ command: 1, id: 2, body: s.sessionAnswer([], 2) }),
    ...connected('\\\\PACS1\\IPC$'),
  ];
  t.same(logins(sameForEveryCut(t, smb, guest)), ['ntlm asked', 'none success', 'none asked']);
  const open = [...guest, ...connected('\\\\PACS1\\images'), ...connected('\\\\PACS1\\images')];
  t.same(logins(sameForEveryCut(t, smb, open)).slice(3), ['none success']);
  t.end();
});

t.test('Kerberos is told by its token', (t) => {
  const token = bytesOf([0x60, 20, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 1, 2, 2, 1, 0, 0x6e]);
  const list = sameForEveryCut(t, smb, [
    ask({ command: 1, id: 1, body: s.sessionSetup(token) }),
    say({ command: 1, id: 1, body: s.sessionAnswer([]) }),
  ]);
  t.same(logins(list), ['kerberos asked', 'kerberos success']);
  t.end();
});

t.test('reading, listing, renaming, deleting; names of other shares stay where they are', (t) => {
  const list = sameForEveryCut(t, smb, [
    ...connected('\\\\PACS1\\CANARY-SHARE'),
    ask({ command: 5, id: 4, tree: 5, body: s.create('a\\b.dcm') }),
    say({ command: 5, id: 4, tree: 5, body: s.created(9) }),
    ask({ command: 8, id: 5, tree: 5, body: s.read(s.fileId(9), 2_000) }),
    say({ command: 8, id: 5, tree: 5, body: s.readAnswer(bytesOf(new Uint8Array(128), 'DICM', new Uint8Array(500))) }),
    ask({ command: 17, id: 6, tree: 5, body: s.rename(s.fileId(9), 'a\\b.dcm.locked') }),
    say({ command: 17, id: 6, tree: 5, body: [2, 0] }),
    ask({ command: 17, id: 7, tree: 5, body: s.dispose(s.fileId(9)) }),
    say({ command: 17, id: 7, tree: 5, body: [2, 0] }),
    ask({ command: 6, id: 8, tree: 5, body: s.close(s.fileId(9)) }),
    say({ command: 6, id: 8, tree: 5, body: s.closed }),
    ask({ command: 5, id: 9, tree: 5, body: s.create('') }),
    say({ command: 5, id: 9, tree: 5, body: s.created(10) }),
    ask({ command: 14, id: 10, tree: 5, body: bytesOf([33, 0, 37, 0, 0, 0, 0, 0], s.fileId(10), new Uint8Array(10)) }),
    say({ command: 14, id: 10, tree: 5, body: new Uint8Array(40) }),
    ask({ command: 5, id: 11, tree: 5, body: s.create('x.smith', 0x1000) }),
    say({ command: 5, id: 11, tree: 5, status: 0xc0000022, body: new Uint8Array(9) }),
  ]);
  t.same(transfers(list), [
    'rename other locked  -1',
    'read other locked dicom 632',
    'delete other locked  -1',
    'list other   -1',
  ]);
  t.notMatch(JSON.stringify(list), /CANARY|smith/);
  t.end();
});

t.test('compounded commands are told one by one, and share the file that the first one opened', (t) => {
  const padded = (bytes: Uint8Array): Uint8Array => bytesOf(bytes, new Uint8Array((8 - (bytes.length % 8)) % 8));
  const first = { command: 5, id: 4, tree: 5, body: padded(s.create('x.bat', 0x1000)) };
  const compound = (isAnswer: boolean, bodies: readonly s.Smb2Fields[]): Uint8Array =>
    s.session(
      ...bodies.map((one, i) => {
        const flags = i === 0 ? 0 : 4;
        const next = i === bodies.length - 1 ? 0 : s.smb2Command(one).length;
        return s.smb2Command({ ...one, isAnswer, flags, next });
      }),
    );
  const asked = compound(false, [first, { command: 6, id: 5, tree: -1, body: s.close(s.CHAINED) }]);
  const said = compound(true, [
    { command: 5, id: 4, tree: 5, body: padded(s.created(9)) },
    { command: 6, id: 5, tree: 5, body: s.closed },
  ]);
  const list = sameForEveryCut(t, smb, [
    ...connected('\\\\10.1.0.2\\C$'),
    { toServer: true, bytes: asked },
    { toServer: false, bytes: said },
  ]);
  t.same(kinds(list).slice(2), ['> CREATE', '> CLOSE', '< CREATE', '< CLOSE']);
  t.same(transfers(list), ['delete C$ bat  -1']);
  t.end();
});

t.test('named pipes are told by a closed list, and what is said in them goes to their reader', (t) => {
  const said: string[] = [];
  const reader = {
    open: () => ({
      hears: (one: { view: DataView }, at: number, end: number, fromClient: boolean) => {
        said.push(`${fromClient ? '>' : '<'}${one.view.getUint8(at)}+${end - at}`);
      },
    }),
  };
  const turns = [
    ...connected('\\\\PC\\IPC$'),
    ask({ command: 5, id: 4, tree: 5, body: s.create('svcctl') }),
    say({ command: 5, id: 4, tree: 5, body: s.created(9) }),
    ask({ command: 9, id: 5, tree: 5, body: s.write(s.fileId(9), [5, 0, 11]) }),
    say({ command: 9, id: 5, tree: 5, body: s.written }),
    ask({ command: 8, id: 6, tree: 5, body: s.read(s.fileId(9), 1024) }),
    say({ command: 8, id: 6, tree: 5, body: s.readAnswer([5, 0, 12, 3]) }),
    ask({ command: 11, id: 7, tree: 5, body: s.transceive(s.fileId(9), [5, 0, 0, 3, 4]) }),
    say({ command: 11, id: 7, tree: 5, body: s.transceived(s.fileId(9), [5, 0]) }),
    ask({ command: 6, id: 8, tree: 5, body: s.close(s.fileId(9)) }),
    say({ command: 6, id: 8, tree: 5, body: s.closed }),
    ask({ command: 5, id: 9, tree: 5, body: s.create('CANARY-PIPE') }),
    ask({ command: 5, id: 10, tree: 5, body: s.create('PSEXESVC-CANARY-7-stdin') }),
  ];
  const list = converse(createSmb({ limits, pipes: reader }), turns);
  t.same(said, ['>5+3', '<5+4', '>5+5', '<5+2']);
  t.same(
    kinds(list).filter((one) => String(one).includes('pipe')),
    ['> pipe svcctl', '> pipe other', '> pipe psexesvc'],
  );
  t.same(transfers(list), []);
  t.notMatch(JSON.stringify(list), /CANARY/);
  t.end();
});

t.test('encrypted and compressed messages are counted and stepped over', (t) => {
  const sealed = (mark: number): Uint8Array => s.session([mark], 'SMB', new Uint8Array(90));
  const list = sameForEveryCut(t, smb, [{ toServer: true, bytes: bytesOf(sealed(0xfd), sealed(0xfc), sealed(0xfd)) }]);
  t.same(kinds(list), ['> encrypted', '> compressed', '> encrypted']);
  t.end();
});

t.test('behind lost bytes the next message is found', (t) => {
  const whole = copied[8]!.bytes ?? new Uint8Array();
  const list = converse(smb, [
    { toServer: true, bytes: whole.subarray(0, 60) },
    { toServer: true, gap: whole.length - 60 },
    { toServer: true, bytes: bytesOf([1, 2, 3, 0, 0], whole) },
  ]);
  t.same(kinds(list), ['> CREATE']);
  t.same(odd(list), []);
  t.end();
});

t.test('smb_no_message ends it; smb_no_header and smb_unknown_command are stepped over', (t) => {
  t.same(odd(sameForEveryCut(t, smb, [...hello, { toServer: true, bytes: bytesOf('hello, is this SMB?') }])), [
    'smb_no_message',
  ]);
  const list = sameForEveryCut(t, smb, [
    { toServer: true, bytes: s.session(new Uint8Array(70)) },
    ask({ command: 99, id: 1, body: [] }),
    ...hello,
  ]);
  t.same(odd(list), ['smb_no_header', 'smb_unknown_command']);
  t.equal(kinds(list).length, 2);
  t.end();
});

t.test('is known from either side, on any port, and through NetBIOS sessions', (t) => {
  knows(t, smb, copied[0]?.bytes ?? new Uint8Array());
  knows(t, smb, s.session([0xff], 'SMBr', new Uint8Array(30)));
  knows(t, smb, s.session([0xfd], 'SMB', new Uint8Array(90)));
  knows(t, smb, bytesOf([0x81, 0, 0, 68, 32], 'CA'.repeat(16), [0, 32], 'CA'.repeat(16), [0]));
  knows(t, smb, bytesOf([0x82, 0, 0, 0]), { serverPort: 139 });
  t.equal(smb.recognises(segment(bytesOf([0x82, 0, 0, 0]))), NO);
  refusesOthers(t, smb, 'smb negotiate');
  t.end();
});

t.test('noise', (t) => {
  survivesNoise(t, smb, copied);
  t.end();
});

const lab = capture('lab/public/p21_file_print_telemetry.pcap');
t.test('versions 1 to 3 in the lab', { skip: lab === null && 'the shared captures are not there' }, (t) => {
  const lists = reassemble(lab ?? '')
    .filter((stream) => stream.serverPort === 445)
    .map(({ turns }) => converse(smb, turns, {}, { serverPort: 445 }));
  const all = lists.flat();
  t.same([...new Set(details(all))].sort(), ['SMB 1', 'SMB 2.1', 'SMB 3.1.1']);
  t.ok(transfers(all).includes('read other txt  22'));
  t.same(odd(all), []);
  const cut = reassemble(lab ?? '')
    .filter((stream) => stream.serverPort === 445)
    .flatMap(({ turns }) => converse(smb, turns, { pieceBytes: 7 }, { serverPort: 445 }));
  t.same(cut, all, 'cut anywhere');
  t.end();
});
