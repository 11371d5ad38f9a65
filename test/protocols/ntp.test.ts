import t from 'tap';
import { ntp } from '../../protocols/ntp/decoder.ts';
import { NO, YES } from '../../src/protocol.ts';
import { capture, refusesOthers, survivesDamage } from '../support/conversations.ts';
import { bytesOf, segment } from '../support/protocol.ts';
import { datagrams } from '../support/reassemble.ts';

const packet = (first: number, stratum: number, length = 48): Uint8Array =>
  bytesOf([first, stratum], new Uint8Array(length - 2));

const cases: readonly [string, Uint8Array, number][] = [
  ['a client of version 4', packet(0x23, 0), YES],
  ['a server of version 3', packet(0x1c, 2), YES],
  ['a server with authentication', packet(0x24, 2, 68), YES],
  ['a control message', bytesOf([0x16, 2], new Uint8Array(10)), YES],
  ['a private message', bytesOf([0x17, 0, 3, 42], new Uint8Array(4)), YES],
  ['version 0', packet(0x03, 0), NO],
  ['mode 0', packet(0x20, 0), NO],
  ['a short packet', packet(0x23, 0, 44), NO],
  ['an impossible stratum', packet(0x24, 99), NO],
];
for (const [name, bytes, expected] of cases) {
  t.test(`${name}: ${expected === YES ? 'yes' : 'no'}`, (t) => {
    t.equal(ntp.recognises(segment(bytes, { serverPort: 123, clientPort: 50_000 })), expected);
    t.equal(ntp.recognises(segment(bytes, { serverPort: 50_000, clientPort: 123, toServer: false })), expected);
    t.equal(ntp.recognises(segment(bytes, { serverPort: 124, clientPort: 50_000 })), NO, 'not on another port');
    t.end();
  });
}

t.test('is nobody else', (t) => {
  refusesOthers(t, ntp);
  survivesDamage(t, ntp, packet(0x23, 0));
  t.end();
});

const file = capture('lab/public/p20_infrastructure.pcap');
t.test('real datagrams: NTP is NTP, everything else is not', { skip: file === null && 'p20 is not there' }, (t) => {
  for (const { bytes, fromPort, toPort } of datagrams(file ?? '')) {
    const expected = fromPort === 123 || toPort === 123 ? YES : NO;
    t.equal(ntp.recognises(segment(bytes, { clientPort: fromPort, serverPort: toPort })), expected);
  }
  t.end();
});
