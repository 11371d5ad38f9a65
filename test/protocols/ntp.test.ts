import t from 'tap';
import { ntp } from '../../protocols/ntp/decoder.ts';
import { NO, YES } from '../../src/protocol.ts';
import { capture, odd, refusesOthers, survivesDamage } from '../support/conversations.ts';
import { identities, messages } from '../support/names.ts';
import { bytesOf, converse, type Heard, segment } from '../support/protocol.ts';
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

const told = (bytes: Uint8Array, toServer = true): Heard[] => converse(ntp, [{ toServer, bytes }]);
const control = (bits: number, text = ''): Uint8Array =>
  bytesOf([0x16, bits, 0, 1, 0, 0, 0, 0, 0, 0, text.length >> 8, text.length & 255], text);
const verbs = (list: readonly Heard[]): unknown[] =>
  list.filter(({ kind }) => kind === 'operation').map(({ record }) => record.verb);

t.test('the mode is the kind of message', (t) => {
  const kinds = [0x21, 0x22, 0x23, 0x24, 0x25].map((first) => messages(told(packet(first, 1)))[0]);
  t.same(kinds, ['symmetric active', 'symmetric passive', 'client', 'server', 'broadcast']);
  t.same(messages(told(control(2))), ['control']);
  t.same(messages(told(bytesOf([0x17, 0, 3, 42], new Uint8Array(4)))), ['private']);
  t.end();
});

t.test('requests that change the server are operations, others are not', (t) => {
  t.same(verbs(told(control(8))), ['runtime configuration']);
  t.same(verbs(told(control(0x88), false)), [], 'not its answer');
  t.same(verbs(told(control(2))), [], 'not reading');
  t.same(verbs(told(bytesOf([0x17, 0, 3, 11], new Uint8Array(4)))), ['UNCONFIG']);
  t.same(verbs(told(bytesOf([0x97, 0, 3, 11], new Uint8Array(4)))), [], 'not its answer');
  t.same(verbs(told(bytesOf([0x17, 0, 3, 42], new Uint8Array(4)))), [], 'not the list of clients');
  t.end();
});

t.test('whoever reads the variables learns what runs there, and so do we', (t) => {
  const variables = 'version="ntpd 4.2.6p5", processor="armv7l", system="Linux/3.2.0", leap=0';
  t.same(identities(told(control(0x82, variables), false)), [
    'server-software ntpd 4.2.6p5 by NTP variable version',
    'operating-system Linux/3.2.0 by NTP variable system',
  ]);
  t.same(identities(told(control(0x82, variables).subarray(0, 25), false)), [
    'server-software ntpd by NTP variable version',
  ]);
  t.end();
});

t.test('what is too short for its mode is an oddity', (t) => {
  t.same(odd(told(packet(0x23, 0, 47))), ['ntp_broken_message']);
  t.same(odd(told(packet(0x20, 0))), ['ntp_broken_message']);
  t.end();
});

t.test('is nobody else', (t) => {
  refusesOthers(t, ntp);
  survivesDamage(t, ntp, packet(0x23, 0));
  survivesDamage(t, ntp, control(0x82, 'version="ntpd 4"'));
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
