import t from 'tap';
import { createGeS5 } from '../../protocols/ge-s5/decoder.ts';
import { limits } from '../../src/limits.ts';
import { NO, YES } from '../../src/protocol.ts';
import { knows, odd, refusesOthers, sameForEveryCut, survivesNoise } from '../support/conversations.ts';
import { bytesOf, converse, type Heard, segment, type Turn } from '../support/protocol.ts';

const geS5 = createGeS5({ limits });

function record(mainType: number, values: string, spoil = 0): Uint8Array {
  const header = new Uint8Array(40);
  const view = new DataView(header.buffer);
  view.setInt16(0, 40 + values.length, true);
  header[2] = 1;
  header[3] = 9;
  view.setInt16(14, mainType, true);
  header[18] = 0xff;
  const plain = [...bytesOf(header, values)];
  const sum = (plain.reduce((all, byte) => all + byte, 0) + spoil) & 255;
  return bytesOf(
    [0x7e],
    [...plain, sum].flatMap((byte) => (byte === 0x7e || byte === 0x7d ? [0x7d, byte & 0x5f] : [byte])),
    [0x7e],
  );
}
const turns: Turn[] = [
  { toServer: true, bytes: record(0, 'x') },
  { toServer: false, bytes: bytesOf(record(0, 'values ~}~ CANARY'), record(1, 'wave'), record(4, 'CANARY')) },
];
const kinds = (list: readonly Heard[]): unknown[] =>
  list.filter(({ kind }) => kind === 'message').map(({ record: one }) => one.kind);

t.test('records are told by their type', (t) => {
  const list = sameForEveryCut(t, geS5, turns);
  t.same(kinds(list), ['physiological data', 'physiological data', 'waveform', 'alarm']);
  t.same(odd(list), []);
  t.notMatch(JSON.stringify(list), /CANARY/);
  t.end();
});

t.test('ge_s5_bad_record, once', (t) => {
  const bad: Turn[] = [{ toServer: true, bytes: bytesOf(record(0, 'a', 1), record(0, 'b', 1), record(1, 'c')) }];
  const list = sameForEveryCut(t, geS5, bad);
  t.same(odd(list), ['ge_s5_bad_record']);
  t.same(kinds(list), ['waveform']);
  t.same(odd(sameForEveryCut(t, geS5, [{ toServer: true, bytes: bytesOf([0x7e], new Uint8Array(3000)) }])), [
    'ge_s5_bad_record',
  ]);
  t.end();
});

t.test('after a loss the next record is read', (t) => {
  const all = record(4, 'abc');
  const list = converse(geS5, [
    { toServer: true, bytes: all.subarray(0, 20) },
    { toServer: true, gap: 5 },
    { toServer: true, bytes: bytesOf(all.subarray(25), all) },
  ]);
  t.same(kinds(list), ['alarm']);
  t.end();
});

t.test('is recognised by a whole record', (t) => {
  knows(t, geS5, record(0, 'values ~~'));
  const late = bytesOf('end~', record(1, 'abc'));
  t.equal(geS5.recognises(segment(late, { midstream: true })), YES);
  t.equal(geS5.recognises(segment(record(0, 'values', 1))), NO);
  t.equal(geS5.recognises(segment(bytesOf('~', 'p'.repeat(60), '~'))), NO);
  refusesOthers(t, geS5);
  t.end();
});

t.test('noise', (t) => {
  survivesNoise(t, geS5, turns);
  t.end();
});
