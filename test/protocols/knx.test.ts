import t from 'tap';
import { knx } from '../../protocols/knx/decoder.ts';
import { NO, YES } from '../../src/protocol.ts';
import { odd, refusesOthers, survivesDamage } from '../support/conversations.ts';
import { bytesOf, type Heard, heard, segment } from '../support/protocol.ts';

type Part = Parameters<typeof bytesOf>[number];
const frame = (service: number, ...parts: Part[]): Uint8Array => {
  const body = bytesOf(...parts);
  return bytesOf([6, 0x10, service >> 8, service & 255, 0, body.length + 6], body);
};
const cemi = (code: number, control: number, target: number, service: number): number[] => [
  code,
  0,
  0xbc,
  control,
  0x11,
  1,
  target >> 8,
  target & 255,
  1,
  service >> 8,
  service & 255,
];
const information = bytesOf(
  [54, 1, 2, 0, 0x11, 1, 0, 0, 0, 0x54, 1, 2, 3, 4],
  new Uint8Array(10),
  'Gateway'.padEnd(30, '\0'),
);

function talk(...all: Uint8Array[]): Heard[] {
  const { records, list } = heard();
  const state = knx.open();
  for (const bytes of all) knx.decode(state, segment(bytes, { serverPort: 3671 }), records);
  return list;
}
const of = (list: readonly Heard[], kind: string): Record<string, unknown>[] =>
  list.filter((one) => one.kind === kind).map(({ record }) => record);

t.test('a light is switched, a device restarted', (t) => {
  const list = talk(
    frame(0x205, new Uint8Array(8)),
    frame(0x420, [4, 1, 0, 0], cemi(0x11, 0xe0, 0x0a03, 0x0081)),
    frame(0x420, [4, 1, 1, 0], cemi(0x11, 0xe0, 0x0a03, 0x0000)),
    frame(0x420, [4, 1, 2, 0], cemi(0x11, 0x60, 0x1105, 0x0380)),
    frame(0x530, cemi(0x29, 0xe0, 0x0a04, 0x0080)),
  );
  t.same(
    of(list, 'message').map((one) => one.kind),
    ['connect request', 'tunnelling request', 'tunnelling request', 'tunnelling request', 'routing indication'],
  );
  t.same(
    of(list, 'operation').map((one) => `${one.verb} ${one.object}`),
    ['group value write 1/2/3', 'restart 1.1.5', 'group value write 1/2/4'],
  );
  t.end();
});

t.test('a gateway says who it is, once', (t) => {
  const list = talk(frame(0x202, new Uint8Array(8), information), frame(0x204, information));
  t.same(
    of(list, 'identity').map((one) => [one.attribute, one.value]),
    [
      ['serial', '005401020304'],
      ['name', 'Gateway'],
    ],
  );
  t.end();
});

t.test('knx_no_message', (t) => {
  t.same(odd(talk(bytesOf('hello'))), ['knx_no_message']);
  t.end();
});

t.test('is recognised by header, service and length', (t) => {
  t.equal(knx.recognises(segment(frame(0x201, new Uint8Array(8)))), YES);
  t.equal(knx.recognises(segment(frame(0x999, new Uint8Array(8)))), NO);
  t.equal(knx.recognises(segment(frame(0x201, new Uint8Array(8)).subarray(0, 10))), NO);
  refusesOthers(t, knx);
  t.end();
});

t.test('damage and noise', (t) => {
  survivesDamage(t, knx, frame(0x420, [4, 1, 0, 0], cemi(0x11, 0xe0, 0x0a03, 0x0081)));
  survivesDamage(t, knx, frame(0x204, information));
  t.end();
});
