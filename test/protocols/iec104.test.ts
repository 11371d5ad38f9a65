import t from 'tap';
import { iec104 } from '../../protocols/iec104/decoder.ts';
import { NO, YES } from '../../src/protocol.ts';
import { knows, odd, refusesOthers, sameForEveryCut, survivesNoise } from '../support/conversations.ts';
import { bytesOf, converse, type Heard, segment, type Turn } from '../support/protocol.ts';

const control = (first: number): Uint8Array => Uint8Array.of(0x68, 4, first, 0, 0, 0);
const information = (type: number, cause: number, object: number): Uint8Array =>
  Uint8Array.of(0x68, 14, 0, 0, 0, 0, type, 1, cause, 0, 3, 0, object & 255, object >> 8, 0, 1);
const of = (list: readonly Heard[], kind: string): Record<string, unknown>[] =>
  list.filter((one) => one.kind === kind).map(({ record }) => record);
const kinds = (list: readonly Heard[]): unknown[] => of(list, 'message').map((one) => one.kind);
const turn = (toServer: boolean, ...bytes: Uint8Array[]): Turn => ({ toServer, bytes: bytesOf(...bytes) });

const session: Turn[] = [
  turn(true, control(7)),
  turn(false, control(11)),
  turn(true, information(100, 6, 0)),
  turn(false, information(1, 20, 300), control(1), information(70, 4, 0)),
  turn(true, information(45, 6, 300), information(50, 6, 700), information(103, 6, 0)),
  turn(false, information(45, 7, 300), information(50, 0x47, 700)),
];

t.test('a station is asked and commanded', (t) => {
  const list = sameForEveryCut(t, iec104, session);
  t.same(kinds(list), [
    'STARTDT act',
    'STARTDT con',
    'interrogation',
    'monitored information',
    'end of initialization',
    'single command',
    'set-point command, short float',
    'clock synchronization',
    'single command',
    'set-point command, short float',
  ]);
  t.same(
    of(list, 'operation').map((one) => `${one.fromClient ? '>' : '<'} ${one.verb} ${one.object} ${one.outcome}`),
    [
      '> single command 3/300 asked',
      '> set-point command, short float 3/700 asked',
      '> clock synchronization 3/0 asked',
      '> single command 3/300 done',
      '> set-point command, short float 3/700 failed',
    ],
  );
  t.same(odd(list), []);
  t.end();
});

t.test('iec104_no_unit; after a gap the next unit', (t) => {
  t.same(odd(sameForEveryCut(t, iec104, [turn(true, control(7), bytesOf('hello world'))])), ['iec104_no_unit']);
  const list = converse(iec104, [
    turn(true, control(7).subarray(0, 3)),
    { toServer: true, gap: 3 },
    turn(true, bytesOf('abcdef'), information(45, 6, 1)),
  ]);
  t.same(kinds(list), ['single command']);
  t.end();
});

t.test('is recognised by a start, on its port by any unit', (t) => {
  knows(t, iec104, control(7));
  const unit = information(1, 3, 5);
  t.equal(iec104.recognises(segment(unit)), NO);
  t.equal(iec104.recognises(segment(unit, { serverPort: 2404 })), YES);
  t.equal(iec104.recognises(segment(bytesOf('hello world'), { serverPort: 2404 })), NO);
  refusesOthers(t, iec104);
  t.end();
});

t.test('noise', (t) => {
  survivesNoise(t, iec104, session);
  t.end();
});
