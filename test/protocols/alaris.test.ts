import t from 'tap';
import { createAlaris } from '../../protocols/alaris/decoder.ts';
import { limits } from '../../src/limits.ts';
import { MAYBE, NO, YES } from '../../src/protocol.ts';
import { knows, odd, refusesOthers, sameForEveryCut, survivesNoise } from '../support/conversations.ts';
import { bytesOf, converse, type Heard, segment, type Turn } from '../support/protocol.ts';

const alaris = createAlaris({ limits });

function line(text: string): string {
  let crc = 0xffff;
  for (const byte of Buffer.from(text)) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? ((crc << 1) ^ 0x1021) & 0xffff : (crc << 1) & 0xffff;
  }
  return `!${text}|${crc.toString(16).toUpperCase().padStart(4, '0')}\r`;
}
const say = (toServer: boolean, ...texts: string[]): Turn => ({ toServer, bytes: bytesOf(...texts) });
const of = (all: readonly Heard[], kind: string): Record<string, unknown>[] =>
  all.filter((one) => one.kind === kind).map((one) => one.record);
const operations = (all: readonly Heard[]): unknown[] =>
  of(all, 'operation').map((one) => `${one.fromClient ? '>' : '<'} ${one.verb} ${one.object} ${one.outcome}`);

const session: Turn[] = [
  say(true, '!INST_SERIALNO|457D\r'),
  say(false, line('INST_SERIALNO^8002-51740')),
  say(true, '!INF|4961\r'),
  say(false, line('INF^CANARYDRUG^5.0^ml/h')),
  say(true, line('REMOTE_CTRL^ENABLED^3CC1')),
  say(false, line('REMOTE_CTRL^ENABLED')),
  say(true, line('INF_RATE^999.0^ml/h'), '!INF_START|38F3\r'),
  say(true, '!REMOTE_CTRL^DISABLED|EF95\r'),
];

t.test('a pump is read, taken under control and told what to infuse', (t) => {
  const all = sameForEveryCut(t, alaris, session);
  t.same(
    of(all, 'message').map((one) => one.kind),
    [
      'INST_SERIALNO',
      'INST_SERIALNO',
      'INF',
      'INF',
      'REMOTE_CTRL',
      'REMOTE_CTRL',
      'INF_RATE',
      'INF_START',
      'REMOTE_CTRL',
    ],
  );
  t.same(operations(all), [
    '> REMOTE_CTRL ENABLED asked',
    '> REMOTE_CTRL ENABLED done',
    '> INF_RATE  asked',
    '> INF_START  asked',
    '> REMOTE_CTRL DISABLED asked',
  ]);
  t.match(of(all, 'identity'), [{ ofClient: false, attribute: 'serial', value: '8002-51740' }]);
  t.notMatch(JSON.stringify(all), /CANARY|999/);
  t.same(odd(all), []);
  t.end();
});

for (const [name, text] of [
  ['alaris_checksum', '!INF|0000\r'],
  ['alaris_between_frames', '!INF|4961\rhello\r'],
  ['alaris_frame_too_long', `!${'x'.repeat(300)}\r`],
] as const) {
  t.test(name, (t) => {
    t.same(odd(sameForEveryCut(t, alaris, [say(true, text)])), [name]);
    t.end();
  });
}

t.test('after a loss the next line is read', (t) => {
  const all = converse(alaris, [say(true, '!INF_ST'), { toServer: true, gap: 9 }, say(true, 'x\r!INF_STOP|CD57\r')]);
  t.same(operations(all), ['> INF_STOP  asked']);
  t.same(odd(all), []);
  t.end();
});

t.test('is recognised by a line whose checksum fits', (t) => {
  for (const text of ['!INF|4961\r', '!COMMS_PROTOCOL|E8DA\r', '!INF_VTBI|8456\r']) knows(t, alaris, bytesOf(text));
  t.equal(alaris.recognises(segment(bytesOf('!INF|4962\r'))), NO);
  t.equal(alaris.recognises(segment(bytesOf('!done\n'))), NO);
  t.equal(alaris.recognises(segment(bytesOf('!INF'))), MAYBE);
  t.equal(alaris.recognises(segment(bytesOf('TOP|CD57\r!INF|4961\r'), { midstream: true })), YES);
  refusesOthers(t, alaris);
  t.end();
});

t.test('noise', (t) => {
  survivesNoise(t, alaris, session);
  t.end();
});
