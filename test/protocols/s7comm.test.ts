import t from 'tap';
import { s7comm } from '../../protocols/s7comm/decoder.ts';
import { MAYBE, NO, YES } from '../../src/protocol.ts';
import {
  details,
  knows,
  odd,
  openings,
  refusesOthers,
  sameForEveryCut,
  survivesNoise,
} from '../support/conversations.ts';
import { bytesOf, converse, type Heard, segment, type Turn } from '../support/protocol.ts';

type Part = Parameters<typeof bytesOf>[number];
const u16 = (value: number): number[] => [value >> 8, value & 255];
const tpkt = (...parts: Part[]): Uint8Array => {
  const body = bytesOf(...parts);
  return bytesOf([3, 0], u16(body.length + 4), body);
};
const s7 = (kind: number, reference: number, parameters: Part, data: Part = [], error: number[] = []): Uint8Array =>
  tpkt(
    [2, 0xf0, 0x80, 0x32, kind, 0, 0],
    u16(reference),
    u16(bytesOf(parameters).length),
    u16(bytesOf(data).length),
    error,
    parameters,
    data,
  );
const job = (reference: number, parameters: Part, data: Part = []): Uint8Array => s7(1, reference, parameters, data);
const answer = (reference: number, code: number, error = 0): Uint8Array =>
  s7(3, reference, [code, 1], [255], u16(error));
const connect = openings['s7 request'] ?? new Uint8Array();
const confirm = openings['s7 confirm'] ?? new Uint8Array();
const item = [0x12, 10, 0x10, 2, 0, 4, 0, 7, 0x84, 0, 0, 160];

const of = (list: readonly Heard[], kind: string): Record<string, unknown>[] =>
  list.filter((one) => one.kind === kind).map(({ record }) => record);
const kinds = (list: readonly Heard[]): unknown[] =>
  of(list, 'message').map((one) => `${one.fromClient ? '>' : '<'} ${one.kind}`);
const operations = (list: readonly Heard[]): unknown[] =>
  of(list, 'operation').map((one) => `${one.fromClient ? '>' : '<'} ${one.verb} | ${one.object} | ${one.outcome}`);
const ask = (...bytes: Uint8Array[]): Turn => ({ toServer: true, bytes: bytesOf(...bytes) });
const say = (...bytes: Uint8Array[]): Turn => ({ toServer: false, bytes: bytesOf(...bytes) });

const session: Turn[] = [
  ask(connect),
  say(confirm),
  ask(job(1, [0xf0, 0, 0, 1, 0, 1, 1, 0xe0])),
  say(answer(1, 0xf0)),
  ask(job(2, bytesOf([4, 1], item)), job(3, bytesOf([5, 1], item), [0, 4, 0, 32, 1, 2, 3, 4])),
  say(answer(2, 4), answer(3, 5)),
  ask(job(4, bytesOf([0x28, 0, 0, 0, 0, 0, 0, 0xfd, 0, 0, 9], 'P_PROGRAM'))),
  say(answer(4, 0x28, 0x8104)),
  ask(job(5, bytesOf([0x29, 0, 0, 0, 0, 0, 9], 'P_PROGRAM'))),
];

t.test('a controller is read, written and stopped', (t) => {
  const list = sameForEveryCut(t, s7comm, session);
  t.same(kinds(list), [
    '> connect request',
    '< connect confirm',
    '> setup communication',
    '< setup communication',
    '> read variable',
    '> write variable',
    '< read variable',
    '< write variable',
    '> PLC control',
    '< PLC control',
    '> PLC stop',
  ]);
  t.same(operations(list), [
    '> write variable | DB7/20+4 | asked',
    '> write variable | DB7/20+4 | done',
    '> PLC control P_PROGRAM |  | asked',
    '> PLC control P_PROGRAM |  | failed',
    '> PLC stop |  | asked',
  ]);
  t.same(odd(list), []);
  t.end();
});

t.test('a program is downloaded, a clock is set, a password is sent', (t) => {
  const list = sameForEveryCut(t, s7comm, [
    ask(job(1, [0x1a, 0, 0])),
    say(job(2, [0x1b, 0])),
    say(job(3, [0x1c, 0])),
    ask(s7(7, 4, [0, 1, 0x12, 4, 0x11, 0x47, 2, 0]), s7(7, 5, bytesOf([0, 1, 0x12, 4, 0x11, 0x45, 1, 0]), 'CANARYPW')),
    ask(s7(7, 6, [0, 1, 0x12, 4, 0x11, 0x44, 1, 0]), tpkt([2, 0xf0, 0x80, 0x72, 1, 0, 4])),
  ]);
  t.same(kinds(list), [
    '> request download',
    '< download block',
    '< download ended',
    '> time functions',
    '> security',
    '> CPU functions',
    '> S7-plus',
  ]);
  t.same(operations(list), ['> request download |  | asked', '> set clock |  | asked']);
  t.match(of(list, 'login'), [{ method: 'password', isClear: true }]);
  t.same(details(list), ['S7-plus']);
  t.notMatch(JSON.stringify(list), /CANARY/);
  t.end();
});

for (const [name, bytes] of [
  ['s7comm_no_packet', bytesOf('hello')],
  ['s7comm_length', tpkt([2, 0xf0, 0x80, 0x32, 1])],
  ['s7comm_length', s7(7, 1, [0, 1])],
] as const) {
  t.test(name, (t) => {
    t.same(odd(sameForEveryCut(t, s7comm, [ask(connect, bytes)])), [name]);
    t.end();
  });
}

t.test('is recognised by its stations or its data', (t) => {
  knows(t, s7comm, connect);
  knows(t, s7comm, confirm);
  knows(t, s7comm, job(1, [4, 0]));
  const named = bytesOf(
    [3, 0, 0, 36, 31, 0xe0, 0, 0, 0, 1, 0, 0xc1, 2, 6, 0, 0xc2, 16],
    'SIMATIC-ROOT-HMI',
    [0xc0, 1, 10],
  );
  t.equal(s7comm.recognises(segment(named)), YES);
  const mms = bytesOf([3, 0, 0, 22, 17, 0xe0, 0, 0, 0, 1, 0, 0xc0, 1, 10, 0xc1, 2, 0, 1, 0xc2, 2, 0, 1]);
  t.equal(s7comm.recognises(segment(mms)), MAYBE);
  t.equal(s7comm.recognises(segment(bytesOf(mms, tpkt([2, 0xf0, 0x80, 0x0d, 1])))), NO);
  t.equal(s7comm.recognises(segment(bytesOf(mms, job(1, [4, 0])))), YES);
  refusesOthers(t, s7comm, 's7 request', 's7 confirm');
  t.end();
});

t.test('a connect request without any parameter is none, and nothing behind it is read', (t) => {
  t.equal(s7comm.recognises(segment(bytesOf([3, 0, 0, 7, 2, 0xe0, 0x20]))), NO);
  t.end();
});

t.test('after a gap the next packet is read', (t) => {
  const list = converse(s7comm, [ask(connect), { toServer: true, gap: 20 }, ask(job(1, [4, 0]))]);
  t.same(kinds(list), ['> connect request', '> read variable']);
  t.end();
});

t.test('noise', (t) => {
  survivesNoise(t, s7comm, session);
  t.end();
});
