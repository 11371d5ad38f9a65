import t from 'tap';
import { opcUa } from '../../protocols/opc-ua/decoder.ts';
import { NO, YES } from '../../src/protocol.ts';
import { details, knows, odd, refusesOthers, sameForEveryCut, survivesNoise } from '../support/conversations.ts';
import { bytesOf, converse, type Heard, segment, type Turn } from '../support/protocol.ts';

type Part = Parameters<typeof bytesOf>[number];
const u32 = (value: number): number[] => [value & 255, (value >> 8) & 255, (value >> 16) & 255, value >>> 24];
const chunk = (name: string, ...parts: Part[]): Uint8Array => {
  const body = bytesOf(...parts);
  return bytesOf(name, u32(body.length + 8), body);
};
const hello = chunk('HELF', new Uint8Array(20), u32(20), 'opc.tcp://CANARY:4840');
const open = (policy: string): Uint8Array => {
  const uri = `http://opcfoundation.org/UA/SecurityPolicy#${policy}`;
  return chunk('OPNF', u32(1), u32(uri.length), uri, new Uint8Array(60));
};
const request = (type: number, name = 'MSGF'): Uint8Array =>
  chunk(name, u32(1), u32(1), u32(1), u32(1), [1, 0, type & 255, type >> 8], 'CANARY'.repeat(30));
const of = (list: readonly Heard[], kind: string): Record<string, unknown>[] =>
  list.filter((one) => one.kind === kind).map(({ record }) => record);
const turn = (toServer: boolean, ...bytes: Uint8Array[]): Turn => ({ toServer, bytes: bytesOf(...bytes) });

const session = (policy: string): Turn[] => [
  turn(true, hello),
  turn(false, chunk('ACKF', new Uint8Array(20))),
  turn(true, open(policy)),
  turn(false, open(policy)),
  turn(true, request(631), request(673, 'MSGC'), request(0), request(673)),
  turn(true, chunk('CLOF', new Uint8Array(16))),
];

t.test('without security the services are told, and writes are operations', (t) => {
  const list = sameForEveryCut(t, opcUa, session('None'));
  t.same(
    of(list, 'message').map((one) => one.kind),
    [
      'hello',
      'acknowledge',
      'open secure channel',
      'open secure channel',
      'read',
      'message',
      'write',
      'close secure channel',
    ],
  );
  t.same(
    of(list, 'operation').map((one) => one.verb),
    ['write'],
  );
  t.same(details(list), ['None']);
  t.same(odd(list), []);
  t.notMatch(JSON.stringify(list), /CANARY/);
  t.end();
});

t.test('with security only that there are messages', (t) => {
  const list = sameForEveryCut(t, opcUa, session('Basic256Sha256'));
  t.same(details(list), ['Basic256Sha256']);
  t.same(of(list, 'operation'), []);
  t.end();
});

t.test('opc_ua_no_message', (t) => {
  t.same(odd(sameForEveryCut(t, opcUa, [turn(true, hello, bytesOf('hello world'))])), ['opc_ua_no_message']);
  t.end();
});

t.test('is recognised by its opening, in the middle by any chunk', (t) => {
  knows(t, opcUa, hello);
  t.equal(opcUa.recognises(segment(request(631))), NO);
  t.equal(opcUa.recognises(segment(request(631), { midstream: true })), YES);
  for (const other of ['HELP me\r\n', 'HELFabcdefgh', 'OPNCabcd', 'MSGXabcdefgh', 'HELO mail\r\n'])
    t.equal(opcUa.recognises(segment(bytesOf(other))), NO, other);
  refusesOthers(t, opcUa);
  t.same(converse(opcUa, [{ toServer: true, gap: 3 }, turn(true, hello)]), []);
  t.end();
});

t.test('noise', (t) => {
  survivesNoise(t, opcUa, session('None'));
  t.end();
});
