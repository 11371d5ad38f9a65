import t from 'tap';
import { createMedibus } from '../../protocols/medibus/decoder.ts';
import { limits } from '../../src/limits.ts';
import { NO, YES } from '../../src/protocol.ts';
import { knows, odd, refusesOthers, sameForEveryCut, survivesNoise } from '../support/conversations.ts';
import { bytesOf, converse, type Heard, segment, type Turn } from '../support/protocol.ts';

const medibus = createMedibus({ limits });
function text(start: number, code: number, content = ''): Uint8Array {
  const body = bytesOf([start, code], content);
  const sum = body.reduce((all, byte) => all + byte, 0) & 255;
  return bytesOf(body, sum.toString(16).toUpperCase().padStart(2, '0'), '\r');
}
const command = (code: number, content = ''): Uint8Array => text(0x1b, code, content);
const answer = (code: number, content = ''): Uint8Array => text(0x01, code, content);
const of = (list: readonly Heard[], kind: string): Record<string, unknown>[] =>
  list.filter((one) => one.kind === kind).map(({ record }) => record);
const kinds = (list: readonly Heard[]): unknown[] =>
  of(list, 'message').map((one) => `${one.fromClient ? '>' : '<'} ${one.kind}`);

const session: Turn[] = [
  { toServer: true, bytes: bytesOf('\x1bQ6C\r') },
  { toServer: false, bytes: bytesOf('\x01Q52\r') },
  { toServer: true, bytes: bytesOf('\x1bR6D\r') },
  { toServer: false, bytes: answer(0x52, "8301'Evita V500'02.50:06.00") },
  { toServer: true, bytes: command(0x24) },
  {
    toServer: false,
    bytes: bytesOf(
      [0xd0, 0x81, 0x82],
      answer(0x24, '73 CANARY').subarray(0, 4),
      [0x85, 0x11],
      answer(0x24, '73 CANARY').subarray(4),
    ),
  },
  { toServer: true, bytes: command(0x53, '0011') },
  { toServer: false, bytes: answer(0x53) },
  { toServer: true, bytes: command(0x54) },
  { toServer: false, bytes: answer(0x15) },
  { toServer: true, bytes: bytesOf('\x1b04B\r') },
];

t.test('a ventilator is asked who it is, read, and told what to export', (t) => {
  const list = sameForEveryCut(t, medibus, session);
  t.same(kinds(list), [
    '> initialise',
    '< initialise answer',
    '> device identification',
    '< device identification answer',
    '> measured data',
    '< measured data answer',
    '> configure real-time data',
    '< configure real-time data answer',
    '> transmit real-time data',
    '< not understood answer',
    '> no operation',
  ]);
  t.same(
    of(list, 'operation').map((one) => `${one.fromClient ? '>' : '<'} ${one.verb} ${one.outcome}`),
    [
      '> configure real-time data asked',
      '> configure real-time data done',
      '> transmit real-time data asked',
      '> transmit real-time data failed',
    ],
  );
  t.same(
    of(list, 'identity').map((one) => [one.ofClient, one.attribute, one.value]),
    [
      [false, 'model', 'Evita V500'],
      [false, 'software', '02.50'],
    ],
  );
  t.same(odd(list), []);
  t.notMatch(JSON.stringify(list), /CANARY/);
  t.end();
});

for (const [what, bytes] of [
  ['a wrong checksum', bytesOf('\x1bQ6D\r')],
  ['a message in a message', bytesOf('\x1bQ6', command(0x24))],
  ['no end', bytesOf('\x1bQ', 'x'.repeat(3000))],
] as const) {
  t.test(`medibus_bad_message: ${what}`, (t) => {
    t.same(odd(sameForEveryCut(t, medibus, [{ toServer: true, bytes }])), ['medibus_bad_message']);
    t.end();
  });
}

t.test('after a loss the next message is read', (t) => {
  const list = converse(medibus, [
    { toServer: true, bytes: bytesOf('\x1bQ6') },
    { toServer: true, gap: 2 },
    { toServer: true, bytes: bytesOf('4B\r', command(0x29)) },
  ]);
  t.same(kinds(list), ['> settings']);
  t.same(odd(list), []);
  t.end();
});

t.test('is recognised by a message whose checksum fits', (t) => {
  for (const bytes of [command(0x51), answer(0x51), command(0x52), answer(0x24, 'abc')]) knows(t, medibus, bytes);
  t.equal(medibus.recognises(segment(bytesOf([0x80, 0x81, 0x0d], command(0x24)), { midstream: true })), YES);
  for (const other of ['\x1b[2J', '\x1bQ6D\r', '\x1b\r', '\x01\x00\x00\x00', '\x1bQ\n6C\r'])
    t.equal(medibus.recognises(segment(bytesOf(other))), NO);
  refusesOthers(t, medibus);
  t.end();
});

t.test('noise', (t) => {
  survivesNoise(t, medibus, session);
  t.end();
});
