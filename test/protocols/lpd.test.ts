import t from 'tap';
import { lpd } from '../../protocols/lpd/decoder.ts';
import { NO, YES } from '../../src/protocol.ts';
import { capture, knows, odd, refusesOthers, sameForEveryCut, survivesNoise } from '../support/conversations.ts';
import { bytesOf, converse, type Heard, segment, type Turn } from '../support/protocol.ts';
import { reassemble } from '../support/reassemble.ts';

const port = { serverPort: 515 };
const ask = (...parts: (string | number[] | Uint8Array)[]): Turn => ({ toServer: true, bytes: bytesOf(...parts) });
const say = (...parts: number[]): Turn => ({ toServer: false, bytes: bytesOf(parts) });
const of = (list: readonly Heard[], kind: string): Record<string, unknown>[] =>
  list.filter((one) => one.kind === kind).map(({ record }) => record);
const kinds = (list: readonly Heard[]): unknown[] => of(list, 'message').map((one) => one.kind);
const transfers = (list: readonly Heard[]): unknown[] =>
  of(list, 'transfer').map((one) => `${one.verb} ${one.content} ${one.bytes}`);

const control = 'Hward\nPCANARY-USER\nJCANARY-TITLE\n';
const document = bytesOf('%PDF-1.7 ', new Uint8Array(1_000), 'CANARY');
const job: Turn[] = [
  ask('\x02queue\n'),
  say(0),
  ask(`\x02${control.length} cfA001ward\n`),
  say(0),
  ask(control, [0]),
  say(0),
  ask(`\x03${document.length} dfA001ward\n`),
  say(0),
  ask(document, [0]),
  say(0),
];

t.test('what is printed, not what it says or who printed it', (t) => {
  const list = sameForEveryCut(t, lpd, job, port);
  t.same(kinds(list), ['receive job', 'control file', 'data file']);
  t.same(transfers(list), [`print pdf ${document.length}`]);
  t.notMatch(JSON.stringify(list), /CANARY|ward/);
  t.same(odd(list), []);
  t.end();
});

t.test('a document without a length ends with the connection; a control file with its zero', (t) => {
  const list = sameForEveryCut(t, lpd, [
    ask('\x02q\n', '\x0299 cfA1\n', control, [0], '\x030 dfA1\n', new Uint8Array(700)),
  ]);
  t.same(transfers(list), ['print  700']);
  t.end();
});

t.test('looking at a queue, taking jobs out of it', (t) => {
  const list = sameForEveryCut(t, lpd, [ask('\x03q\n\x04q CANARY\n\x05q CANARY 12\n\x01q\n\x02q\n\x01\n')]);
  t.same(kinds(list), [
    'queue state short',
    'queue state long',
    'remove jobs',
    'print waiting jobs',
    'receive job',
    'abort job',
  ]);
  t.match(of(list, 'operation'), [{ verb: 'remove jobs', object: '' }]);
  t.notMatch(JSON.stringify(list), /CANARY/);
  t.end();
});

t.test('lpd_unknown_command ends it; behind lost bytes the rest is a document', (t) => {
  t.same(odd(sameForEveryCut(t, lpd, [ask('\x02q\n', 'hello\n')])), ['lpd_unknown_command']);
  const list = converse(lpd, [ask('\x02q\n'), { toServer: true, gap: 100 }, ask('more')], {}, port);
  t.same(transfers(list), ['print  104']);
  t.end();
});

t.test('is known only on its port, by a whole line', (t) => {
  knows(t, lpd, bytesOf('\x02queue\n'), port);
  t.equal(lpd.recognises(segment(bytesOf('\x02queue\n'))), NO);
  t.equal(lpd.recognises(segment(bytesOf('\x02\n'), port)), NO);
  t.equal(lpd.recognises(segment(bytesOf([2, 0x80]), port)), NO);
  t.equal(lpd.recognises(segment(bytesOf('\x05q all\n'), port)), YES);
  refusesOthers(t, lpd);
  survivesNoise(t, lpd, job);
  t.end();
});

const lab = capture('lab/public/p21_file_print_telemetry.pcap');
t.test('a printer in the lab', { skip: lab === null && 'the shared captures are not there' }, (t) => {
  const list = reassemble(lab ?? '')
    .filter((stream) => stream.serverPort === 515)
    .flatMap(({ turns }) => converse(lpd, turns, {}, port));
  t.same(transfers(list), ['print  30000']);
  t.same(odd(list), []);
  t.end();
});
