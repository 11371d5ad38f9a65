import t from 'tap';
import { iscsi } from '../../protocols/iscsi/decoder.ts';
import { NO } from '../../src/protocol.ts';
import { knows, refusesOthers, sameForEveryCut, survivesNoise } from '../support/conversations.ts';
import { bytesOf, segment, type Turn } from '../support/protocol.ts';

const text = 'InitiatorName=iqn.CANARY\0AuthMethod=None\0';
const header = (code: number, data: number): Uint8Array =>
  bytesOf([code, 0x87, 0, 0, 0, 0, 0, data], new Uint8Array(40));
const login = bytesOf(header(0x43, text.length), text);
const answer = bytesOf(header(0x23, 40), 'TargetPortalGroupTag=1\0HeaderDigest=None\0');
const session: Turn[] = [
  { toServer: true, bytes: login },
  { toServer: false, bytes: answer },
  { toServer: true, bytes: bytesOf('CANARY') },
];

t.test('the login is told, nothing behind it', (t) => {
  const list = sameForEveryCut(t, iscsi, session);
  t.same(
    list.map(({ record }) => `${record.fromClient ? '>' : '<'} ${record.kind}`),
    ['> login request', '< login response'],
  );
  t.notMatch(JSON.stringify(list), /CANARY/);
  t.end();
});

t.test('is known by header and key', (t) => {
  knows(t, iscsi, login);
  knows(t, iscsi, answer);
  t.equal(iscsi.recognises(segment(bytesOf(header(0x43, 20), 'initiator'))), NO);
  t.equal(iscsi.recognises(segment(bytesOf(header(0x43, 0), text))), NO);
  refusesOthers(t, iscsi);
  survivesNoise(t, iscsi, session);
  t.end();
});
