import t from 'tap';
import { createDns, createDnsOverTcp } from '../../protocols/dns/decoder.ts';
import { addressText } from '../../src/bytes/address.ts';
import { limits } from '../../src/limits.ts';
import { NO, YES } from '../../src/protocol.ts';
import {
  capture,
  knows,
  odd,
  refusesOthers,
  sameForEveryCut,
  survivesDamage,
  survivesNoise,
} from '../support/conversations.ts';
import { bytesOf, converse, type Heard, segment } from '../support/protocol.ts';
import { datagrams } from '../support/reassemble.ts';

const dns = createDns({ limits });
const dnsOverTcp = createDnsOverTcp({ limits });

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

const dialogue = [
  { toServer: true, bytes: framed(query) },
  { toServer: false, bytes: framed(answer) },
];

const linesOf = (list: readonly Heard[]): string[] =>
  list
    .filter(({ kind }) => kind === 'lookup')
    .map(
      ({ record }) =>
        `${record.kind} ${record.name} ${record.type} ${record.responseCode} ${addressText(String(record.address))} ${record.fromClient === true ? 'to server' : 'to client'}`,
    );
/** What is told of one datagram. */
const told = (bytes: Uint8Array, toServer = false): Heard[] => converse(dns, [{ toServer, bytes }]);

const question = bytesOf(name, [0, 1, 0, 1]);
const toFirst = [0xc0, 12];
const record = (owner: readonly number[], type: number, data: readonly number[]): Uint8Array =>
  bytesOf(owner, [0, type, 0, 1, 0, 0, 1, 0, 0, data.length], data);

t.test('an alias and two addresses: both are addresses of the name that was asked for', (t) => {
  const alias = record(toFirst, 5, [4, ...Buffer.from('node'), 0xc0, 17]);
  const addresses = bytesOf(record([0xc0, 42], 1, [10, 0, 0, 7]), record([0xc0, 42], 28, [...new Uint8Array(15), 9]));
  t.same(linesOf(told(bytesOf(header(0x8180, 1, 3, 0, 0), question, alias, addresses))), [
    'answer pacs.hosp.test A 0 10.0.0.7 to client',
    'answer pacs.hosp.test AAAA 0 ::9 to client',
  ]);
  t.end();
});

t.test('an answer without address is told once, with its code', (t) => {
  t.same(linesOf(told(bytesOf(header(0x8183, 1, 0, 0, 0), question))), ['answer pacs.hosp.test A 3  to client']);
  t.same(linesOf(told(bytesOf(header(0x8180, 1, 1, 0, 0), question, record(toFirst, 16, [1, 65])))), [
    'answer pacs.hosp.test A 0  to client',
  ]);
  t.end();
});

t.test('every question of a query, the root as a dot, a type without a name by its number', (t) => {
  const bytes = bytesOf(header(0x0100, 2, 0, 0, 0), [0, 0, 2, 0, 1], [1], 'X', [0, 0x12, 0x67, 0, 1]);
  t.same(linesOf(told(bytes, true)), ['query . NS -1  to server', 'query x TYPE4711 -1  to server']);
  t.end();
});

t.test('other operations are counted by their names', (t) => {
  for (const [flags, kind] of [
    [0x2000, 'notify'],
    [0x2800, 'update'],
    [0x1000, 'status'],
  ] as const) {
    const [heard] = told(bytesOf(header(flags, 1, 0, 0, 0), question), true);
    t.match(heard, { kind: 'message', record: { protocol: 'dns', kind, fromClient: true } });
  }
  t.end();
});

t.test('a zone transfer is one answer, not a thousand', (t) => {
  const zone = bytesOf(name, [0, 252, 0, 1]);
  const hosts = bytesOf(record(toFirst, 1, [10, 0, 0, 1]), record(toFirst, 1, [10, 0, 0, 2]));
  t.same(linesOf(told(bytesOf(header(0x8400, 1, 2, 0, 0), zone, hosts))), ['answer pacs.hosp.test AXFR 0  to client']);
  t.end();
});

const many = Array.from({ length: limits.dnsAddressesMax + 1 }, (_, i) => record(toFirst, 1, [10, 0, 1, i]));
const oddities: readonly [string, string, Uint8Array][] = [
  ['a header that is cut off', 'dns_short_message', query.subarray(0, 11)],
  ['more records than anybody sends', 'dns_too_many_records', bytesOf(header(0x8180, 1, 9_999, 0, 0), question)],
  ['a record that reaches beyond the message', 'dns_broken_record', answer.subarray(0, answer.length - 1)],
  ['a record whose name does not fit', 'dns_broken_record', bytesOf(header(0x8180, 1, 1, 0, 0), question, [63, 65])],
  ['an operation nobody knows', 'dns_unknown_operation', bytesOf(header(0x7800, 1, 0, 0, 0), question)],
  ['a name that points at itself', 'dns_bad_name', bytesOf(header(0x0100, 1, 0, 0, 0), toFirst, [0, 1, 0, 1])],
  ['a name that points behind the end', 'dns_bad_name', bytesOf(header(0, 1, 0, 0, 0), [0xff, 0xff, 0, 1, 0, 1])],
  [
    'a name longer than 255 bytes by its pointers',
    'dns_bad_name',
    bytesOf(
      header(0, 2, 0, 0, 0),
      ...Array(3).fill(bytesOf([63], 'x'.repeat(63))),
      [0, 0, 1, 0, 1],
      [63],
      'y'.repeat(63),
      [0xc0, 12, 0, 1, 0, 1],
    ),
  ],
  [
    'an address of five bytes',
    'dns_bad_address',
    bytesOf(header(0x8180, 1, 1, 0, 0), question, record(toFirst, 1, [1, 2, 3, 4, 5])),
  ],
  [
    'more addresses than anybody has',
    'dns_many_addresses',
    bytesOf(header(0x8180, 1, many.length, 0, 0), question, ...many),
  ],
];
for (const [what, oddity, bytes] of oddities) {
  t.test(`${what} is ${oddity}`, (t) => {
    t.same(odd(told(bytes)), [oddity]);
    t.end();
  });
}

t.test('over TCP a length that holds no message ends it', (t) => {
  t.same(odd(converse(dnsOverTcp, [{ toServer: true, bytes: bytesOf([0, 3], 'abcdef') }])), ['dns_short_message']);
  t.end();
});

t.test('over TCP the next message behind a gap is found', (t) => {
  const turns = [
    { toServer: false, bytes: framed(answer).subarray(0, 20) },
    { toServer: false, gap: 10 },
    { toServer: false, bytes: bytesOf(framed(answer).subarray(30), framed(answer)) },
  ];
  t.same(linesOf(sameForEveryCut(t, dnsOverTcp, turns)), ['answer pacs.hosp.test A 0 10.0.0.1 to client']);
  t.end();
});

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
  t.same(linesOf(sameForEveryCut(t, dnsOverTcp, dialogue)), [
    'query pacs.hosp.test A -1  to server',
    'answer pacs.hosp.test A 0 10.0.0.1 to client',
  ]);
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
  survivesDamage(t, dns, bytesOf(header(0x8180, 1, 3, 0, 0), question, record(toFirst, 5, [1, 65, 0xc0, 12])));
  survivesNoise(t, dnsOverTcp, dialogue);
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
