import t from 'tap';
import { createCoap } from '../../protocols/coap/decoder.ts';
import { limits } from '../../src/limits.ts';
import { NO, YES } from '../../src/protocol.ts';
import { odd, refusesOthers, survivesDamage } from '../support/conversations.ts';
import { bytesOf, type Heard, heard, segment } from '../support/protocol.ts';

const coap = createCoap({ limits: { ...limits, coapOptionsMax: 8 } });
const port = { serverPort: 5683, clientPort: 40_000 };

const CONFIRMABLE = 0x40;
/** Options as (delta, value). */
const message = (code: number, token: string, ...options: readonly (readonly [number, string])[]): Uint8Array =>
  bytesOf(
    [CONFIRMABLE | token.length, code, 0x12, 0x34],
    token,
    ...options.map(([delta, value]) => option(delta, value)),
  );
const option = (delta: number, value: string): Uint8Array => {
  const extended = (n: number): [number, number[]] =>
    n < 13 ? [n, []] : n < 269 ? [13, [n - 13]] : [14, [(n - 269) >> 8, (n - 269) & 255]];
  const [high, more] = extended(delta);
  const [low, rest] = extended(value.length);
  return bytesOf([(high << 4) | low], more, rest, value);
};
const payload = (text: string): Uint8Array => bytesOf([0xff], text);

function listen(...said: readonly (readonly [toServer: boolean, bytes: Uint8Array])[]): readonly Heard[] {
  const { records, list } = heard();
  const flow = coap.open();
  for (const [toServer, bytes] of said) coap.decode(flow, segment(bytes, { ...port, toServer }), records);
  return list;
}
const of = (all: readonly Heard[], kind: string): Record<string, unknown>[] =>
  all.filter((one) => one.kind === kind).map((one) => one.record);
const kinds = (all: readonly Heard[]): unknown[] => of(all, 'message').map(({ kind }) => kind);
const operations = (all: readonly Heard[]): unknown[] =>
  of(all, 'operation').map((one) => `${one.fromClient ? '>' : '<'} ${one.verb} ${one.object} ${one.outcome}`);

t.test('who reads is counted, who writes is told', (t) => {
  const all = listen(
    [true, bytesOf(message(1, 'ab', [11, '.well-known'], [0, 'core'], [4, 'rt=CANARY']))],
    [false, bytesOf(message(0x45, 'ab', [12, '']), payload('CANARY'))],
    [true, bytesOf(message(3, 'cd', [3, 'CANARY.test'], [8, 'pump'], [0, 'CANARY']), payload('CANARY'))],
    [false, bytesOf([0x60, 0, 1, 2])],
    [false, message(0x45, 'zz')],
    [false, message(0x44, 'cd')],
    [true, message(4, 'ef', [11, 'CANARY-17'])],
    [false, message(0x84, 'ef')],
    [true, message(2, '')],
    [true, message(6, '', [11, 'x'.repeat(40)], [300, 'y'.repeat(280)])],
    [false, message(0xa0, '')],
  );
  t.same(kinds(all), ['GET', '2.xx', 'PUT', 'empty', '2.xx', '2.xx', 'DELETE', '4.xx', 'POST', 'PATCH', '5.xx']);
  t.same(operations(all), [
    '> PUT pump asked',
    '> PUT pump done',
    '> DELETE * asked',
    '> DELETE * failed',
    '> POST  asked',
    '> PATCH * asked',
    '> PATCH * failed',
  ]);
  t.same(odd(all), []);
  t.notMatch(JSON.stringify(all), /CANARY/);
  t.end();
});

t.test('coap_malformed', (t) => {
  t.same(odd(listen([true, message(1, 'ab').subarray(0, 5)])), ['coap_malformed']);
  t.end();
});

const refused: readonly [string, Uint8Array][] = [
  ['another version', bytesOf([0x80, 1, 0, 0])],
  ['a long token', bytesOf([0x49, 1, 0, 0], 'x'.repeat(20))],
  ['an unknown method', bytesOf([0x40, 9, 0, 0])],
  ['an unknown answer', bytesOf([0x40, 0x4a, 0, 0])],
  ['another class', bytesOf([0x40, 0x61, 0, 0])],
  ['an empty message that is not', bytesOf([0x40, 0, 0, 0, 1])],
  ['an option of a length that is reserved', bytesOf([0x40, 1, 0, 0, 0x1f])],
  ['an option of a delta that is reserved', bytesOf([0x40, 1, 0, 0, 0xf1, 1])],
  ['an option beyond the end', bytesOf([0x40, 1, 0, 0, 0xb5, 1])],
  ['a mark without payload', bytesOf([0x40, 1, 0, 0, 0xff])],
  ['too many options', bytesOf([0x40, 1, 0, 0], new Uint8Array(9))],
];
for (const [what, bytes] of refused) {
  t.test(`refuses ${what}`, (t) => {
    t.equal(coap.recognises(segment(bytes, port)), NO);
    t.end();
  });
}

t.test('is recognised on its port only', (t) => {
  const bytes = message(1, 'ab', [11, 'a']);
  t.equal(coap.recognises(segment(bytes, port)), YES);
  t.equal(coap.recognises(segment(bytes, { clientPort: 5683 })), YES);
  t.equal(coap.recognises(segment(bytes)), NO);
  refusesOthers(t, coap);
  t.end();
});

t.test('damage', (t) => {
  survivesDamage(t, coap, bytesOf(message(3, 'cd', [3, 'a.test'], [8, 'pump'], [300, 'x']), payload('1')));
  t.end();
});
