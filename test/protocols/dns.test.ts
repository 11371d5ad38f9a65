import t from 'tap';
import { dns, dnsOverTcp } from '../../protocols/dns/decoder.ts';
import { NO, YES } from '../../src/protocol.ts';
import { capture, knows, refusesOthers, survivesDamage, survivesNoise } from '../support/conversations.ts';
import { bytesOf, converse, segment } from '../support/protocol.ts';
import { datagrams } from '../support/reassemble.ts';

const name = bytesOf([4], 'pacs', [4], 'hosp', [4], 'test', [0]);
const header = (flags: number, ...counts: number[]): number[] => [
  0x12,
  0x34,
  flags >> 8,
  flags & 255,
  ...counts.flatMap((count) => [count >> 8, count & 255]),
];
const query = bytesOf(header(0x0100, 1, 0, 0, 0), name, [0, 1, 0, 1]);
const answer = bytesOf(
  header(0x8180, 1, 1, 0, 0),
  name,
  [0, 1, 0, 1],
  [0xc0, 12, 0, 1, 0, 1, 0, 0, 1, 0, 0, 4, 10, 0, 0, 1],
);
const framed = (bytes: Uint8Array): Uint8Array => bytesOf([bytes.length >> 8, bytes.length & 255], bytes);

const messages: readonly [string, Uint8Array, number][] = [
  ['a query', query, YES],
  ['an answer', answer, YES],
  [
    'a multicast announcement without question',
    bytesOf(header(0x8400, 0, 1, 0, 0), name, [0, 16, 0x80, 1, 0, 0, 0, 9, 0, 0]),
    YES,
  ],
  ['a question for the root', bytesOf(header(0, 1, 0, 0, 0), [0, 0, 2, 0, 1]), YES],
  ['a query without question', bytesOf(header(0, 0, 0, 0, 0), name, [0, 1, 0, 1]), NO],
  ['an unknown operation', bytesOf(header(0x7800, 1, 0, 0, 0), name, [0, 1, 0, 1]), NO],
  ['more questions than anybody asks', bytesOf(header(0, 900, 0, 0, 0), name, [0, 1, 0, 1]), NO],
  ['a label that is too long', bytesOf(header(0, 1, 0, 0, 0), [64], 'x'.repeat(64), [0, 0, 1, 0, 1]), NO],
  ['a name without end', bytesOf(header(0, 1, 0, 0, 0), [9], 'pacs'), NO],
  ['an unknown class', bytesOf(header(0, 1, 0, 0, 0), name, [0, 1, 0, 77]), NO],
  [
    'a NetBIOS name',
    bytesOf(header(0x0110, 1, 0, 0, 0), [32], 'CKAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA', [0, 0, 33, 0, 1]),
    NO,
  ],
];
for (const [what, bytes, expected] of messages) {
  t.test(`${what} is ${expected === YES ? '' : 'not '}DNS`, (t) => {
    for (const toServer of [true, false]) t.equal(dns.recognises(segment(bytes, { toServer })), expected);
    t.end();
  });
}

t.test('over TCP it has a length in front', (t) => {
  knows(t, dnsOverTcp, framed(query));
  knows(t, dnsOverTcp, framed(answer));
  t.equal(dnsOverTcp.recognises(segment(query)), NO);
  t.equal(dnsOverTcp.recognises(segment(bytesOf(framed(query), framed(query)))), YES, 'two at once');
  t.same(converse(dnsOverTcp, [{ toServer: true, bytes: framed(query) }], { pieceBytes: 3 }), []);
  t.end();
});

t.test('a long answer over TCP needs not be there whole', (t) => {
  const long = framed(bytesOf(answer, new Uint8Array(9_000)));
  t.equal(dnsOverTcp.recognises(segment(long.subarray(0, 400))), YES);
  t.end();
});

t.test('is nobody else', (t) => {
  refusesOthers(t, dns);
  for (const text of [
    'GET / HTTP/1.1\r\nHost: pacs\r\n\r\n',
    'SSH-2.0-OpenSSH_9.2p1\r\n',
    `\x0bMSH|^~\\&|${'A|'.repeat(200)}`,
  ])
    t.not(dnsOverTcp.recognises(segment(bytesOf(text))), YES);
  t.end();
});

t.test('damage and noise', (t) => {
  survivesDamage(t, dns, answer);
  survivesNoise(t, dnsOverTcp, [{ toServer: true, bytes: framed(query) }]);
  t.end();
});

const file = capture('lab/public/p20_infrastructure.pcap');
t.test('real datagrams: DNS is DNS, everything else is not', { skip: file === null && 'p20 is not there' }, (t) => {
  for (const { bytes, fromPort, toPort } of datagrams(file ?? '')) {
    const expected = [53, 5353, 5355].some((port) => port === fromPort || port === toPort) ? YES : NO;
    t.equal(dns.recognises(segment(bytes)), expected, `${fromPort} to ${toPort}`);
  }
  t.end();
});
