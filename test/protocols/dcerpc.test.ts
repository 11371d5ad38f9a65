import t from 'tap';
import { createDcerpc, rpcPipes } from '../../protocols/dcerpc/decoder.ts';
import { createSmb } from '../../protocols/smb/decoder.ts';
import { limits } from '../../src/limits.ts';
import { NO, YES } from '../../src/protocol.ts';
import { knows, odd, refusesOthers, sameForEveryCut, survivesNoise } from '../support/conversations.ts';
import { bytesOf, converse, type Heard, segment, type Turn } from '../support/protocol.ts';
import { bind, bound, rpc } from '../support/rpc.ts';
import * as s from '../support/smb.ts';

const dcerpc = createDcerpc({ limits });
const of = (list: readonly Heard[], kind: string): Record<string, unknown>[] =>
  list.filter((one) => one.kind === kind).map(({ record }) => record);
const kinds = (list: readonly Heard[]): unknown[] =>
  of(list, 'message').map((one) => `${one.fromClient ? '>' : '<'} ${one.kind}`);
const operations = (list: readonly Heard[]): unknown[] =>
  of(list, 'operation').map((one) => `${one.fromClient ? '>' : '<'} ${one.object} ${one.verb} ${one.outcome}`);
const ask = (...bytes: Uint8Array[]): Turn => ({ toServer: true, bytes: bytesOf(...bytes) });
const say = (...bytes: Uint8Array[]): Turn => ({ toServer: false, bytes: bytesOf(...bytes) });

const SVCCTL = '367abb81-9844-35f1-ad32-98f038001003';
const TASKS = '86d35949-83c9-4044-b424-db363231fd0c';
const secret = bytesOf('CANARY-SERVICE', new Uint8Array(5_000));
const session: Turn[] = [
  ask(bind(1, SVCCTL)),
  say(bound(1)),
  ask(rpc.request(2, 0, 15, [1, 2])),
  say(rpc.response(2)),
  ask(rpc.request(3, 0, 12, secret)),
  say(rpc.response(3)),
  ask(rpc.request(4, 0, 19, [])),
  say(rpc.fault(4)),
];

t.test('services created and started from afar are operations; what is in the call stays there', (t) => {
  const list = sameForEveryCut(t, dcerpc, session);
  t.same(kinds(list), [
    '> bind svcctl',
    '< bind_ack',
    '> request svcctl',
    '< response',
    '> request svcctl CreateServiceW',
    '< response',
    '> request svcctl StartServiceW',
    '< fault',
  ]);
  t.same(operations(list), [
    '> svcctl CreateServiceW asked',
    '> svcctl CreateServiceW done',
    '> svcctl StartServiceW asked',
    '> svcctl StartServiceW failed',
  ]);
  t.notMatch(JSON.stringify(list), /CANARY/);
  t.end();
});

t.test('tasks, also big-endian; a call in several fragments is one', (t) => {
  const list = sameForEveryCut(t, dcerpc, [
    ask(bind(1, TASKS, { isBig: true })),
    ask(rpc.request(2, 0, 1, [], { isBig: true, flags: 1 }), rpc.request(2, 0, 1, [], { isBig: true, flags: 2 })),
  ]);
  t.same(operations(list), ['> ITaskSchedulerService SchRpcRegisterTask asked']);
  t.same(kinds(list).slice(1), ['> request ITaskSchedulerService SchRpcRegisterTask', '> request']);
  t.end();
});

t.test('an interface that nobody knows is bound without a name', (t) => {
  const list = converse(dcerpc, [
    ask(bind(1, '11111111-2222-3333-4444-555555555555'), rpc.request(2, 0, 12, []), rpc.request(3, 9, 12, [])),
  ]);
  t.same(kinds(list), ['> bind', '> request', '> request']);
  t.end();
});

t.test('a login is told by its method, a refused bind is its failure; the server names itself', (t) => {
  const token = (bytes: Uint8Array): { auth: Uint8Array; method: number } => ({ auth: bytes, method: 10 });
  const list = sameForEveryCut(t, dcerpc, [
    ask(bind(1, SVCCTL, token(s.ntlmNegotiate))),
    say(bound(1, token(s.ntlmChallenge('PACS1', 'WARD')))),
    say(rpc.refused(1)),
  ]);
  t.same(
    of(list, 'login').map((one) => `${one.method} ${one.outcome}`),
    ['ntlm asked', ' failure'],
  );
  t.same(
    of(list, 'identity').map((one) => `${one.ofClient} ${one.attribute} ${one.value}`),
    ['false name PACS1', 'false domain ward.test', 'false operating-system Windows 10.0 build 17763'],
  );
  t.end();
});

t.test('the same in a named pipe of SMB', (t) => {
  const ask2 = (fields: s.Smb2Fields): Turn => ({ toServer: true, bytes: s.smb2(fields) });
  const say2 = (fields: s.Smb2Fields): Turn => ({ toServer: false, bytes: s.smb2({ ...fields, isAnswer: true }) });
  const list = sameForEveryCut(t, createSmb({ limits, pipes: rpcPipes }), [
    ask2({ command: 3, id: 3, body: s.treeConnect('\\\\PC\\IPC$') }),
    say2({ command: 3, id: 3, tree: 5, body: s.treeAnswer }),
    ask2({ command: 5, id: 4, tree: 5, body: s.create('svcctl') }),
    say2({ command: 5, id: 4, tree: 5, body: s.created(9) }),
    ask2({ command: 9, id: 5, tree: 5, body: s.write(s.fileId(9), bind(1, SVCCTL)) }),
    ask2({ command: 11, id: 7, tree: 5, body: s.transceive(s.fileId(9), rpc.request(2, 0, 12, secret)) }),
    say2({ command: 11, id: 7, tree: 5, body: s.transceived(s.fileId(9), rpc.response(2)) }),
  ]);
  t.same(operations(list), ['> svcctl CreateServiceW asked', '> svcctl CreateServiceW done']);
  t.end();
});

t.test('dcerpc_no_pdu ends it; behind lost bytes the next PDU is found', (t) => {
  t.same(odd(sameForEveryCut(t, dcerpc, [ask(bind(1, SVCCTL), bytesOf('hello'))])), ['dcerpc_no_pdu']);
  const list = converse(dcerpc, [
    ask(bind(1, SVCCTL), rpc.request(2, 0, 15, []).subarray(0, 9)),
    { toServer: true, gap: 20 },
    ask(bytesOf([5, 9, 7]), rpc.request(4, 0, 19, [])),
  ]);
  t.same(kinds(list), ['> bind svcctl', '> request svcctl StartServiceW']);
  t.same(odd(list), []);
  t.end();
});

t.test('is known by a bind from either side, elsewhere only in the middle', (t) => {
  knows(t, dcerpc, bind(1, SVCCTL));
  knows(t, dcerpc, bound(1));
  const called = rpc.request(2, 0, 12, []);
  t.equal(dcerpc.recognises(segment(called)), NO);
  t.equal(dcerpc.recognises(segment(called, { midstream: true })), YES);
  t.equal(dcerpc.recognises(segment(bytesOf([5, 1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 1]))), NO);
  refusesOthers(t, dcerpc);
  t.end();
});

t.test('noise', (t) => {
  survivesNoise(t, dcerpc, session);
  t.end();
});
