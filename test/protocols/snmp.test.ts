import t from 'tap';
import { snmp } from '../../protocols/snmp/decoder.ts';
import { NO, YES } from '../../src/protocol.ts';
import { capture, refusesOthers, survivesDamage } from '../support/conversations.ts';
import { bytesOf, heard, segment } from '../support/protocol.ts';
import { datagrams } from '../support/reassemble.ts';

const element = (tag: number, content: Uint8Array, long = false): Uint8Array =>
  long
    ? bytesOf([tag, 0x82, content.length >> 8, content.length & 255], content)
    : bytesOf([tag, content.length], content);
const version = (number: number): number[] => [2, 1, number];
const pdu = element(0xa0, bytesOf([2, 1, 7, 2, 1, 0, 2, 1, 0, 0x30, 0]));
const get = element(0x30, bytesOf(version(1), element(4, bytesOf('public')), pdu));
const v3 = element(0x30, bytesOf(version(3), element(0x30, bytesOf([2, 1, 1])), [4, 0, 0x30, 0]));

const cases: readonly [string, Uint8Array, number][] = [
  ['version 2c', get, YES],
  ['version 1 with long lengths', element(0x30, bytesOf(version(0), element(4, bytesOf('c'), true), pdu), true), YES],
  ['version 3', v3, YES],
  ['version 2', get.with(4, 2), NO],
  ['bytes behind the message', bytesOf(get, [0]), NO],
  ['a length beyond the datagram', get.subarray(0, get.length - 1), NO],
  ['another PDU', get.with(13, 0xa9), NO],
  ['an indefinite length', bytesOf([0x30, 0x80], version(1), element(4, bytesOf('public')), pdu), NO],
];
for (const [name, bytes, expected] of cases) {
  t.test(`${name}: ${expected === YES ? 'yes' : 'no'}`, (t) => {
    for (const toServer of [true, false]) t.equal(snmp.recognises(segment(bytes, { toServer })), expected);
    t.end();
  });
}

t.test('hears nothing: the community is a password', (t) => {
  const { records, list } = heard();
  snmp.decode(snmp.open(), segment(get), records);
  t.same(list, []);
  t.end();
});

t.test('is nobody else', (t) => {
  refusesOthers(t, snmp);
  survivesDamage(t, snmp, get);
  t.end();
});

const file = capture('lab/public/p20_infrastructure.pcap');
t.test('real datagrams: SNMP is SNMP, everything else is not', { skip: file === null && 'p20 is not there' }, (t) => {
  for (const { bytes, fromPort, toPort } of datagrams(file ?? '')) {
    const expected = [161, 162].some((port) => port === fromPort || port === toPort) ? YES : NO;
    t.equal(snmp.recognises(segment(bytes)), expected, `${fromPort} to ${toPort}`);
  }
  t.end();
});
