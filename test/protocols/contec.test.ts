import t from 'tap';
import { createContec } from '../../protocols/contec/decoder.ts';
import { limits } from '../../src/limits.ts';
import { MAYBE, NO, YES } from '../../src/protocol.ts';
import { capture, knows, odd, refusesOthers, sameForEveryCut, survivesNoise } from '../support/conversations.ts';
import { bytesOf, type Heard, segment, type Turn } from '../support/protocol.ts';
import { reassemble } from '../support/reassemble.ts';

const contec = createContec({ limits });
const record = (type: number, text: string): Uint8Array => bytesOf([text.length + 2, 0, 5, type], text);
const stream = bytesOf(
  record(0x3e, `WARD${'\0'.repeat(31)}CANARYNAME`.padEnd(174, '\0')),
  record(0x45, '12'),
  record(0x46, '\x00\x00\x14ecg'),
  record(0x47, ''),
  record(0x49, 'CANARY'),
  record(0x43, 'x'),
);
const turns: Turn[] = [{ toServer: true, bytes: stream }];
const kinds = (all: readonly Heard[]): unknown[] =>
  all.filter(({ kind }) => kind === 'message').map(({ record: one }) => one.kind);

t.test('records are counted by their type, nothing in them is read', (t) => {
  const all = sameForEveryCut(t, contec, turns);
  t.same(kinds(all), ['patient information', 'bed', 'telemetry', 'synchronisation', 'alarm text', 'type 43']);
  t.notMatch(JSON.stringify(all), /CANARY/);
  t.same(odd(all), []);
  t.end();
});

t.test('contec_unknown_record: the stream is left alone', (t) => {
  const bad = bytesOf(record(0x45, '12'), record(0x46, 'a'), [9, 0, 7, 7], 'xxxxxxx');
  t.same(odd(sameForEveryCut(t, contec, [{ toServer: true, bytes: bad }])), ['contec_unknown_record']);
  t.end();
});

t.test('is recognised by two records in a row', (t) => {
  knows(t, contec, stream);
  t.equal(contec.recognises(segment(record(0x45, '12'))), MAYBE);
  t.equal(contec.recognises(segment(bytesOf(record(0x45, '12'), 'abcd'))), NO);
  t.equal(contec.recognises(segment(bytesOf(record(0x45, '12'), record(0x46, '12')))), YES);
  t.equal(contec.recognises(segment(bytesOf([2, 0x75, 0x73], 'q\n'))), NO, 'a printer');
  refusesOthers(t, contec);
  t.end();
});

t.test('noise', (t) => {
  survivesNoise(t, contec, turns);
  t.end();
});

const lab = capture('lab/public/p15_exfil_uploads_contec.pcap');
t.test(
  'text that only resembles it is not taken for it',
  { skip: lab === null && 'the shared captures are not there' },
  (t) => {
    for (const { turns: all } of reassemble(lab ?? '')) {
      const first = all[0]?.bytes;
      if (first !== undefined) t.not(contec.recognises(segment(first)), YES);
    }
    t.end();
  },
);
