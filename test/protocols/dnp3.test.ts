import t from 'tap';
import { dnp3, dnp3OverUdp } from '../../protocols/dnp3/decoder.ts';
import { NO } from '../../src/protocol.ts';
import { knows, odd, refusesOthers, sameForEveryCut, survivesDamage, survivesNoise } from '../support/conversations.ts';
import { bytesOf, converse, type Heard, segment, type Turn } from '../support/protocol.ts';

function crc(bytes: Uint8Array): number[] {
  let value = 0;
  for (const byte of bytes) {
    value ^= byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xa6bc : value >>> 1;
  }
  const turned = ~value & 0xffff;
  return [turned & 255, turned >> 8];
}
function frame(control: number, ...data: number[]): Uint8Array {
  const header = Uint8Array.of(5, 0x64, 5 + data.length, control, 10, 0, 1, 0);
  const blocks: number[] = [];
  for (let at = 0; at < data.length; at += 16) {
    const block = Uint8Array.from(data.slice(at, at + 16));
    blocks.push(...block, ...crc(block));
  }
  return bytesOf(header, crc(header), blocks);
}
const MASTER = 0xc4;
const STATION = 0x44;
const of = (list: readonly Heard[], kind: string): Record<string, unknown>[] =>
  list.filter((one) => one.kind === kind).map(({ record }) => record);
const kinds = (list: readonly Heard[]): unknown[] =>
  of(list, 'message').map((one) => `${one.fromClient ? '>' : '<'} ${one.kind}`);
const operations = (list: readonly Heard[]): unknown[] =>
  of(list, 'operation').map((one) => `${one.verb} ${one.object}`);
const say = (toServer: boolean, ...bytes: Uint8Array[]): Turn => ({ toServer, bytes: bytesOf(...bytes) });

const session: Turn[] = [
  say(true, frame(0xc9)),
  say(false, frame(0x0b)),
  say(true, frame(MASTER, 0xc0, 0xc1, 1, 60, 1, 6)),
  say(false, frame(STATION, 0x40, 0xe1, 129, 0, 0, ...new Array<number>(40).fill(7)), frame(STATION, 0x81, 1, 2, 3)),
  say(true, frame(MASTER, 0xc2, 0xc3, 3, 12, 1, 0x28), frame(MASTER, 0xc3, 0xc4, 4, 12, 1, 0x28)),
  say(true, frame(MASTER, 0xc4, 0xc5, 13)),
];

t.test('a station is read, operated and restarted', (t) => {
  const list = sameForEveryCut(t, dnp3, session);
  t.same(kinds(list), [
    '> request link status',
    '< link status',
    '> read',
    '< response',
    '> select',
    '> operate',
    '> cold restart',
  ]);
  t.same(operations(list), ['select 10/g12v1', 'operate 10/g12v1', 'cold restart 10']);
  t.same(odd(list), []);
  t.end();
});

t.test('dnp3_between_frames, and after a gap the next frame', (t) => {
  const read = frame(MASTER, 0xc0, 0xc1, 1, 60, 1, 6);
  t.same(odd(sameForEveryCut(t, dnp3, [say(true, read, bytesOf('junk'), read)])), ['dnp3_between_frames']);
  const list = converse(dnp3, [
    say(true, read.subarray(0, 12)),
    { toServer: true, gap: 3 },
    say(true, bytesOf('x'), read),
  ]);
  t.same(kinds(list), ['> read']);
  t.same(odd(list), []);
  t.end();
});

t.test('is recognised by the checksum of its header', (t) => {
  knows(t, dnp3, frame(MASTER, 0xc0, 0xc1, 1));
  t.equal(dnp3.recognises(segment(frame(MASTER, 1).with(4, 11))), NO);
  t.equal(dnp3.recognises(segment(bytesOf([5, 1, 0]))), NO);
  refusesOthers(t, dnp3);
  t.same(kinds(converse(dnp3OverUdp, [say(true, frame(0xc9))])), ['> request link status']);
  t.end();
});

t.test('damage and noise', (t) => {
  survivesNoise(t, dnp3, session);
  survivesDamage(t, dnp3OverUdp, frame(MASTER, 0xc0, 0xc1, 5, 12, 1));
  t.end();
});
