import t from 'tap';
import { extensionOf } from '../../src/bytes/extension.ts';
import { ntlm, readNtlm } from '../../src/bytes/ntlm.ts';
import { bytesOf } from '../support/protocol.ts';
import { ntlmAuthenticate, ntlmChallenge, wide } from '../support/smb.ts';

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
const plain = (name: string): string => extensionOf(viewOf(bytesOf(name)), 0, name.length);

t.test('an extension is told only when everybody knows it', (t) => {
  const names = [
    'a.EXE',
    '\\dir.x\\b.dcm',
    'c.tar.gz',
    'x.pdf\0\0',
    'report.smith',
    'doe.john',
    'none',
    '.',
    'x.',
    'a.zip/b',
  ];
  t.same(names.map(plain), ['exe', 'dcm', 'gz', 'pdf', '', '', '', '', '', '']);
  t.equal(plain('x.verylongextension'), '');
  const name = wide('Scan.DCM');
  t.equal(extensionOf(viewOf(name), 0, name.length, 2), 'dcm');
  const other = wide('x.ъзы');
  t.equal(extensionOf(viewOf(other), 0, other.length, 2), '');
  t.end();
});

t.test('NTLM says which machines talk, at every length', (t) => {
  const challenge = ntlmChallenge('PC-1', 'PC-1');
  t.ok(readNtlm(viewOf(challenge), 0, challenge.length));
  t.match(ntlm, { type: 2, computer: 'PC-1', system: 'Windows 10.0 build 17763' });
  const answer = ntlmAuthenticate('CANARY', 'VIEWER-7', 24);
  t.ok(readNtlm(viewOf(answer), 0, answer.length));
  t.match(ntlm, { type: 3, computer: 'VIEWER-7', isVersion1: true, isAnonymous: false });
  t.notMatch(JSON.stringify(ntlm), /CANARY/);
  for (const bytes of [challenge, answer]) for (let end = 0; end < bytes.length; end++) readNtlm(viewOf(bytes), 0, end);
  t.end();
});
