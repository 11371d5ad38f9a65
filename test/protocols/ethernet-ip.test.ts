import t from 'tap';
import { ethernetIp, ethernetIpOverUdp } from '../../protocols/ethernet-ip/decoder.ts';
import { NO, YES } from '../../src/protocol.ts';
import { knows, odd, refusesOthers, sameForEveryCut, survivesDamage, survivesNoise } from '../support/conversations.ts';
import { bytesOf, converse, type Heard, segment, type Turn } from '../support/protocol.ts';

type Part = Parameters<typeof bytesOf>[number];
const le = (value: number): number[] => [value & 255, value >> 8];
const encapsulated = (command: number, ...parts: Part[]): Uint8Array => {
  const body = bytesOf(...parts);
  return bytesOf(le(command), le(body.length), new Uint8Array(20), body);
};
const item = (type: number, ...parts: Part[]): Uint8Array => {
  const body = bytesOf(...parts);
  return bytesOf(le(type), le(body.length), body);
};
const explicit = (command: number, type: number, ...message: Part[]): Uint8Array =>
  encapsulated(command, new Uint8Array(6), le(2), item(command === 0x6f ? 0 : 0xa1), item(type, ...message));
const register = encapsulated(0x65, [1, 0, 0, 0]);
const reset = [5, 2, 0x20, 1, 0x24, 1];
const identity = bytesOf(
  [1, 0],
  new Uint8Array(16),
  le(1),
  le(14),
  le(54),
  [20, 11],
  le(0),
  [0xef, 0xbe, 0xad, 0xde, 9],
  '1756-EN2T',
  [3],
);
const of = (list: readonly Heard[], kind: string): Record<string, unknown>[] =>
  list.filter((one) => one.kind === kind).map(({ record }) => record);
const turn = (toServer: boolean, ...bytes: Uint8Array[]): Turn => ({ toServer, bytes: bytesOf(...bytes) });

const session: Turn[] = [
  turn(true, register),
  turn(false, register),
  turn(true, explicit(0x6f, 0xb2, [14, 2, 0x20, 1, 0x24, 1]), explicit(0x6f, 0xb2, reset)),
  turn(false, explicit(0x6f, 0xb2, [0x85, 0, 0, 0])),
  turn(true, explicit(0x6f, 0xb2, [0x52, 2, 0x20, 6, 0x24, 1, 5, 9], le(6), reset)),
  turn(true, explicit(0x70, 0xb1, [1, 0], [0x4d, 4, 0x91, 5], 'CANARY', [0, 0])),
  turn(false, encapsulated(0x63, le(1), item(12, identity))),
];

t.test('attributes are read, a device is reset, a tag is written', (t) => {
  const list = sameForEveryCut(t, ethernetIp, session);
  t.same(
    of(list, 'message').map((one) => one.kind),
    [
      'register session',
      'register session',
      'send RR data',
      'send RR data',
      'send RR data',
      'send RR data',
      'send unit data',
      'list identity',
    ],
  );
  t.same(
    of(list, 'operation').map((one) => `${one.fromClient ? '>' : '<'} ${one.verb} ${one.object}`),
    ['> reset class 0x1', '> reset class 0x1', '> write tag tag'],
  );
  t.same(
    of(list, 'identity').map((one) => [one.ofClient, one.attribute, one.value]),
    [
      [false, 'manufacturer', 'Rockwell Automation'],
      [false, 'software', '20.11'],
      [false, 'serial', 'deadbeef'],
      [false, 'model', '1756-EN2T'],
    ],
  );
  t.notMatch(JSON.stringify(list), /CANARY/);
  t.same(odd(list), []);
  t.end();
});

t.test('ethernet_ip_bad_header', (t) => {
  t.same(odd(sameForEveryCut(t, ethernetIp, [turn(true, register, bytesOf('hello'))])), ['ethernet_ip_bad_header']);
  t.end();
});

t.test('is recognised by its session, on its port by any command', (t) => {
  knows(t, ethernetIp, register);
  const list = encapsulated(0x63);
  t.equal(ethernetIp.recognises(segment(list)), NO);
  t.equal(ethernetIpOverUdp.recognises(segment(list, { serverPort: 44_818 })), YES);
  t.equal(ethernetIpOverUdp.recognises(segment(list.subarray(0, 20), { serverPort: 44_818 })), NO);
  t.equal(ethernetIp.recognises(segment(register.with(22, 1))), NO);
  for (const protocol of [ethernetIp, ethernetIpOverUdp]) refusesOthers(t, protocol);
  t.end();
});

t.test('damage and noise', (t) => {
  survivesNoise(t, ethernetIp, session);
  survivesDamage(t, ethernetIpOverUdp, encapsulated(0x63, le(1), item(12, identity)));
  t.same(converse(ethernetIp, [turn(true, explicit(0x6f, 0xb2, [0x52, 2, 0x20, 6]))]).length, 1);
  t.end();
});
