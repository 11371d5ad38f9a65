import t from 'tap';
import { createAstm } from '../../protocols/astm/decoder.ts';
import { limits } from '../../src/limits.ts';
import { MAYBE, NO, YES } from '../../src/protocol.ts';
import { details, knows, odd, refusesOthers, sameForEveryCut, survivesNoise } from '../support/conversations.ts';
import { bytesOf, converse, type Heard, segment, type Turn } from '../support/protocol.ts';

const astm = createAstm({ limits: { ...limits, astmFrameBytesMax: 1000 } });

function frame(number: number, text: string, end = '\x03', over = ''): string {
  const body = `${number & 7}${text}${end}`;
  const sum = [...Buffer.from(body, 'latin1')].reduce((all, byte) => (all + byte) & 255, 0);
  return `\x02${body}${over === '' ? sum.toString(16).toUpperCase().padStart(2, '0') : over}\r\n`;
}
const say = (toServer: boolean, ...texts: string[]): Turn => ({ toServer, bytes: bytesOf(...texts) });
const HEADER = 'H|\\^&||CANARYPW|XN-1000^3.01^11001|||||||P|LIS2-A2|20260101';
const PATIENT = 'P|1|CANARYID|||CANARY^NAME||19700101';
const RESULT = 'R|1|^^^GLU|CANARY5.5|mmol/L';

const of = (all: readonly Heard[], kind: string): Record<string, unknown>[] =>
  all.filter((one) => one.kind === kind).map((one) => one.record);
const kinds = (all: readonly Heard[]): unknown[] =>
  of(all, 'message').map((one) => `${one.fromClient ? '>' : '<'} ${one.kind}`);
const operations = (all: readonly Heard[]): unknown[] =>
  of(all, 'operation').map((one) => `${one.fromClient ? '>' : '<'} ${one.verb}`);
const identities = (all: readonly Heard[]): unknown[] =>
  of(all, 'identity').map((one) => `${one.ofClient ? 'client' : 'server'} ${one.attribute} ${one.value}`);

const session: Turn[] = [
  say(true, '\x05'),
  say(false, '\x06'),
  say(true, frame(1, `${HEADER}\r${PATIENT}\rO|1|CANARYSAMPLE||^^^GLU|R||||||N\rR|1|^^^GLU|CANA`, '\x17')),
  say(false, '\x06'),
  say(true, frame(2, `RY5.5|mmol/L\rC|1|I|CANARY\rL|1|N\r`)),
  say(false, '\x06'),
  say(true, '\x04'),
];

t.test('an analyser reports its results', (t) => {
  const all = sameForEveryCut(t, astm, session);
  t.same(kinds(all), ['> ENQ', '> header', '> patient', '> order', '> result', '> comment', '> terminator', '> EOT']);
  t.same(identities(all), ['client model XN-1000', 'client software 3.01', 'client serial 11001']);
  t.same(operations(all), [], 'orders with results are reports');
  t.match(of(all, 'login'), [{ method: 'password', isClear: true }]);
  t.same(details(all), ['LIS2-A2']);
  t.same(odd(all), []);
  t.notMatch(JSON.stringify(all), /CANA|RY5/);
  t.end();
});

t.test('an analyser asks, its host orders', (t) => {
  const all = sameForEveryCut(t, astm, [
    say(true, '\x05'),
    say(false, '\x06'),
    say(
      true,
      frame(1, 'H|\\^&|||XN-1000\r'),
      frame(2, 'Q|1|^CANARY||ALL\r'),
      frame(3, 'Q|2|ALL\r'),
      frame(4, 'L|1|N\r'),
    ),
    say(false, '\x06\x06\x06'),
    say(true, '\x04'),
    say(false, '\x05'),
    say(true, '\x06'),
    say(false, frame(1, 'H|\\^&|||LIS\r'), frame(2, `${PATIENT}\r`), frame(3, 'O|1|S1||^^^GLU|R||||||N\r')),
    say(false, frame(4, 'O|2|S2||^^^GLU|R||||||C\r'), frame(5, 'O|3|S3\r'), frame(6, 'L|1|N')),
    say(false, '\x04'),
  ]);
  t.same(
    kinds(all).filter((kind) => String(kind).includes('query')),
    ['> query', '> query of all'],
  );
  t.same(operations(all), ['< order', '< order new', '< order cancel']);
  t.same(identities(all), ['client model XN-1000', 'server application LIS']);
  t.same(odd(all), []);
  t.notMatch(JSON.stringify(all), /CANARY/);
  t.end();
});

t.test('records without frames', (t) => {
  const all = sameForEveryCut(t, astm, [
    say(true, `${HEADER}\r${PATIENT}\r\n${RESULT}\rL|1|N\r`),
    say(false, '\x0bH|\\^&\rL\r\x1c\r'),
  ]);
  t.same(kinds(all), ['> header', '> patient', '> result', '> terminator', '< header', '< terminator']);
  t.same(odd(all), []);
  t.end();
});

t.test('a frame that was refused and sent again counts once', (t) => {
  const all = sameForEveryCut(t, astm, [
    say(true, '\x05', frame(1, 'H|\\^&\r')),
    say(false, '\x15'),
    say(true, frame(1, 'H|\\^&\r'), frame(2, 'L|1|N\r')),
  ]);
  t.same(kinds(all), ['> ENQ', '> header', '< NAK', '> terminator']);
  t.same(odd(all), []);
  t.end();
});

t.test('the checksum of the known example', (t) => {
  t.same(odd(converse(astm, [say(true, '\x05\x021H|\\^&|||Host\r\x03F7\r\n')])), []);
  t.end();
});

const oddities: readonly [string, ...Turn[]][] = [
  ['astm_checksum', say(true, '\x05', frame(1, 'H|\\^&\r', '\x03', '00'))],
  ['astm_checksum', say(true, '\x05\x021H|\\^&\r\x03\r\n', frame(2, 'L|1|N\r'))],
  ['astm_frame_number', say(true, '\x05', frame(1, 'H|\\^&\r'), frame(4, 'L|1|N\r'))],
  ['astm_frame_number', say(true, '\x05\x02xH|\\^&\r'.replace('x', '9'), '\x03', '\x7f')],
  ['astm_unfinished_frame', say(true, '\x05\x021H|\\^&\r', frame(2, 'L|1|N\r'))],
  ['astm_long_frame', say(true, '\x05', frame(1, `H|\\^&|${'x'.repeat(300)}\r`))],
  ['astm_frame_too_long', say(true, '\x05\x021H|', 'x'.repeat(2000))],
  ['astm_refused', say(true, '\x05'), say(false, '\x15'.repeat(9))],
  ['astm_between_frames', say(true, '\x05', 'abc', frame(1, 'H|\\^&\r'))],
  ['astm_unknown_record', say(true, '\x05', frame(1, 'H|\\^&\rX|1\r'))],
];
for (const [name, ...turns] of oddities) {
  t.test(name, (t) => {
    t.ok(odd(sameForEveryCut(t, astm, turns)).includes(name));
    t.end();
  });
}

t.test('astm_gap: after a loss the next header is read', (t) => {
  const all = converse(astm, [
    say(true, '\x05', frame(1, 'H|\\^&\r', '\x17'), '\x022P|CANA'),
    { toServer: true, gap: 30 },
    say(true, 'RY|x\rR|1|2\r\x03AA\r\n', frame(5, 'H|\\^&\rL|1\r')),
  ]);
  t.same(odd(all), ['astm_gap']);
  t.same(kinds(all), ['> ENQ', '> header', '> header', '> terminator']);
  t.end();
});

t.test('is recognised by its header record, in the middle by a frame', (t) => {
  for (const text of ['\x05\x021H|\\^&|', '\x021H|\\^&', 'H|\\^&', '\x0bH|`^&', '\x06\x05\x021H|\\^&'])
    knows(t, astm, bytesOf(text));
  for (const text of ['\x06', '\x05', '\x06\x06']) t.equal(astm.recognises(segment(bytesOf(text))), MAYBE);
  for (const text of [
    'HTTP/1.1 200',
    'H|abc',
    '\x05\x02\x00\x02',
    '\x05\x01\x00',
    '\x06'.repeat(40),
    '\x029H|\\^&',
    'H||^&',
  ])
    t.equal(astm.recognises(segment(bytesOf(text))), NO, text);
  const middle = bytesOf('\x025R|3|^^^NA|140');
  t.equal(astm.recognises(segment(middle)), NO);
  t.equal(astm.recognises(segment(middle, { midstream: true })), YES);
  refusesOthers(t, astm);
  t.end();
});

t.test('noise', (t) => {
  survivesNoise(t, astm, session);
  t.end();
});
