import t from 'tap';
import { dhcp } from '../../protocols/dhcp/decoder.ts';
import { addressText } from '../../src/bytes/address.ts';
import { NO, YES } from '../../src/protocol.ts';
import { capture, odd, refusesOthers, survivesDamage } from '../support/conversations.ts';
import { bytesOf, type Heard, heard, segment } from '../support/protocol.ts';
import { datagrams } from '../support/reassemble.ts';

type Part = readonly number[] | Uint8Array | string;
const option = (code: number, ...parts: Part[]): Uint8Array => {
  const value = bytesOf(...parts);
  return bytesOf([code, value.length], value);
};
const kind = (type: number): Uint8Array => option(53, [type]);

interface Fields {
  readonly op?: number;
  readonly hlen?: number;
  readonly ciaddr?: readonly number[];
  readonly yiaddr?: readonly number[];
  readonly sname?: Uint8Array;
  readonly file?: Uint8Array;
}

function message({ op = 1, hlen = 6, ciaddr, yiaddr, sname, file }: Fields, ...options: Part[]): Uint8Array {
  const fixed = new Uint8Array(240);
  fixed.set([op, 1, hlen, 0, 1, 2, 3, 4]);
  fixed.set(ciaddr ?? [], 12);
  fixed.set(yiaddr ?? [], 16);
  fixed.set([0, 9, 0xfb, 1, 2, 3], 28);
  fixed.set(sname ?? [], 44);
  fixed.set(file ?? [], 108);
  fixed.set([0x63, 0x82, 0x53, 0x63], 236);
  return bytesOf(fixed, ...options);
}

function decoded(bytes: Uint8Array): Heard[] {
  const { records, list } = heard();
  dhcp.decode(dhcp.open(), segment(bytes), records);
  return list;
}

/** A lease as people read it. */
function leases(list: readonly Heard[]): Record<string, unknown>[] {
  return list
    .filter((entry) => entry.kind === 'lease')
    .map(({ record }) => ({
      ...record,
      mac: addressText(String(record.mac)),
      address: addressText(String(record.address)),
      server: addressText(String(record.server)),
    }));
}

const server = option(54, [10, 20, 0, 2]);
const END = [255];

t.test('a client introduces itself', (t) => {
  const bytes = message(
    {},
    kind(1),
    option(12, 'MON-BED7'),
    option(60, 'Philips-IntelliVue'),
    option(50, [10, 0, 0, 9]),
    END,
  );
  t.match(leases(decoded(bytes)), [
    {
      kind: 1,
      mac: '00:09:fb:01:02:03',
      address: '',
      server: '',
      hostName: 'MON-BED7',
      vendorClass: 'Philips-IntelliVue',
    },
  ]);
  t.end();
});

t.test('a client shows its system by what it asks for, and its identifier', (t) => {
  const bytes = message({}, kind(3), option(55, [1, 3, 6, 15]), option(61, [1, 0, 9, 0xfb, 1, 2, 3]), END);
  t.match(leases(decoded(bytes)), [{ parameters: '1,3,6,15', clientId: '010009fb010203' }]);
  t.match(leases(decoded(message({}, kind(3), END))), [{ parameters: '', clientId: '' }], 'nothing is kept');
  t.end();
});

t.test('the full name serves where the host name is not given', (t) => {
  const inLabels = option(81, [4, 0, 0, 4], 'mon1', [2], 'it', [0]);
  t.match(leases(decoded(message({}, kind(3), inLabels, END))), [{ hostName: 'mon1.it' }]);
  t.match(leases(decoded(message({}, kind(3), option(81, [0, 0, 0], 'mon1.it'), END))), [{ hostName: 'mon1.it' }]);
  t.match(leases(decoded(message({}, kind(3), option(12, 'MON1'), inLabels, END))), [{ hostName: 'MON1' }]);
  t.same(odd(decoded(message({}, kind(3), option(81, [4, 0]), END))), ['dhcp_broken_option']);
  t.end();
});

t.test('a server gives an address for a time', (t) => {
  for (const type of [2, 5]) {
    const bytes = message({ op: 2, yiaddr: [10, 20, 8, 110] }, kind(type), server, option(51, [0, 1, 0x51, 0x80]), END);
    t.match(leases(decoded(bytes)), [
      { kind: type, address: '10.20.8.110', server: '10.20.0.2', leaseSeconds: 86_400 },
    ]);
    t.same(odd(decoded(bytes)), []);
  }
  t.end();
});

const about: readonly [string, Uint8Array, string][] = [
  ['a request names the address it wants', message({}, kind(3), option(50, [10, 0, 0, 9]), END), '10.0.0.9'],
  ['a renewal names the address it has', message({ ciaddr: [10, 0, 0, 8] }, kind(3), END), '10.0.0.8'],
  ['a refusal names what is taken', message({}, kind(4), option(50, [10, 0, 0, 9]), END), '10.0.0.9'],
  ['a release names what it gives back', message({ ciaddr: [10, 0, 0, 8] }, kind(7), END), '10.0.0.8'],
  ['an inform names its own address', message({ ciaddr: [10, 0, 0, 8] }, kind(8), END), '10.0.0.8'],
  ['the answer to an inform as well', message({ op: 2, ciaddr: [10, 0, 0, 8] }, kind(5), END), '10.0.0.8'],
  ['a no gives nothing', message({ op: 2 }, kind(6), server, END), ''],
  ['a request for 0.0.0.0 names nothing', message({}, kind(3), option(50, [0, 0, 0, 0]), END), ''],
];
for (const [name, bytes, address] of about) {
  t.test(name, (t) => {
    t.match(leases(decoded(bytes)), [{ address }]);
    t.same(odd(decoded(bytes)), []);
    t.end();
  });
}

t.test('options go on in file and server name where the message says so', (t) => {
  const file = bytesOf(option(12, 'from-file'), END);
  const sname = bytesOf(option(60, 'from-sname'), END);
  const told = (overload: number): unknown =>
    leases(decoded(message({ file, sname }, kind(1), option(52, [overload]), END))).map((one) => [
      one.hostName,
      one.vendorClass,
    ]);
  t.same(told(1), [['from-file', '']]);
  t.same(told(2), [['', 'from-sname']]);
  t.same(told(3), [['from-file', 'from-sname']]);
  t.same(leases(decoded(message({ file }, kind(1), END)))[0]?.hostName, '', 'not where it does not');
  t.end();
});

t.test('the message type itself may stand in the file', (t) => {
  const bytes = message({ file: bytesOf(kind(1), END) }, option(52, [1]), END);
  t.match(leases(decoded(bytes)), [{ kind: 1 }]);
  t.end();
});

t.test('pads are skipped, an end is not needed, and behind it nothing counts', (t) => {
  t.match(leases(decoded(message({}, [0, 0], kind(1), [0]))), [{ kind: 1 }]);
  t.match(leases(decoded(message({}, kind(1), END, option(12, 'ghost')))), [{ hostName: '' }]);
  t.end();
});

t.test('names become harmless and short', (t) => {
  const [lease] = leases(decoded(message({}, kind(1), option(12, 'a\x1b[31m\n', 'x'.repeat(100)), END)));
  t.match(lease?.hostName, /^a\?\[31m\?x+$/);
  t.equal(String(lease?.hostName).length, 64);
  t.end();
});

t.test('an address of another kind of network has no MAC', (t) => {
  const bytes = message({ hlen: 16 }, kind(1), END);
  bytes[1] = 32;
  t.match(leases(decoded(bytes)), [{ mac: '' }]);
  t.same(odd(decoded(bytes)), []);
  t.end();
});

const oddities: readonly [string, Uint8Array, number][] = [
  ['dhcp_too_short', message({}).subarray(0, 239), 0],
  ['dhcp_no_magic', message({}, kind(1), END).with(237, 0), 0],
  ['dhcp_broken_option', message({}, kind(1), [12, 200, 65]), 1],
  ['dhcp_broken_option', message({}, kind(1), [12]), 1],
  ['dhcp_broken_option', message({}, kind(1), option(50, [1, 2]), END), 1],
  ['dhcp_no_message_type', message({}, END), 0],
  ['dhcp_wrong_direction', message({}, kind(2), server, END), 1],
  ['dhcp_wrong_direction', message({ op: 2 }, kind(3), END), 1],
  ['dhcp_odd_hardware_address', message({ hlen: 5 }, kind(1), END), 1],
];
for (const [name, bytes, count] of oddities) {
  t.test(`${name}, and ${count} lease`, (t) => {
    t.same(odd(decoded(bytes)), [name]);
    t.equal(leases(decoded(bytes)).length, count);
    t.end();
  });
}

t.test('is recognised from either side by its cookie', (t) => {
  t.equal(dhcp.recognises(segment(message({}, kind(1), END))), YES);
  t.equal(dhcp.recognises(segment(message({ op: 2 }, kind(2), END), { toServer: false })), YES);
  t.equal(dhcp.recognises(segment(message({ op: 3 }, kind(2), END))), NO);
  t.equal(dhcp.recognises(segment(message({}).with(239, 0))), NO);
  t.equal(dhcp.recognises(segment(message({}).subarray(0, 239))), NO);
  refusesOthers(t, dhcp);
  t.end();
});

t.test('damage and noise', (t) => {
  survivesDamage(t, dhcp, message({}, kind(3), option(52, [3]), server, option(12, 'name'), END));
  t.end();
});

// [type, address, server, host name, vendor class, seconds] of each message, as tshark reads them.
const vendor = 'Philips-IntelliVue-MX450';
const real: readonly [string, (string | number)[][]][] = [
  [
    'lab/public/p18_l2_identity_anomalies.pcap',
    [
      [1, '', '', 'MON-BED7', vendor, 0],
      [2, '10.20.8.110', '10.20.0.2', '', '', 120],
      [3, '10.20.8.110', '10.20.0.2', 'MON-BED7', vendor, 0],
      [5, '10.20.8.110', '10.20.0.2', 'MON-BED7', '', 120],
      [1, '', '', 'MON-BED7', vendor, 0],
      [2, '10.20.8.133', '10.20.0.2', '', '', 120],
      [3, '10.20.8.133', '10.20.0.2', 'MON-BED7', vendor, 0],
      [5, '10.20.8.133', '10.20.0.2', 'MON-BED7', '', 120],
      [1, '', '', 'MON-BED7', vendor, 0],
      [2, '10.20.8.205', '10.20.6.66', '', '', 120],
      [2, '10.20.8.133', '10.20.0.2', '', '', 120],
      [3, '10.20.8.205', '10.20.6.66', 'MON-BED7', vendor, 0],
      [6, '', '10.20.0.2', '', '', 0],
      [5, '10.20.8.205', '10.20.6.66', 'MON-BED7', '', 120],
    ],
  ],
  [
    'lab/public/p20_infrastructure.pcap',
    [
      [1, '', '', 'MON-BED7', vendor, 0],
      [2, '10.20.8.110', '10.20.0.2', '', '', 120],
      [3, '10.20.8.110', '10.20.0.2', 'MON-BED7', vendor, 0],
      [5, '10.20.8.110', '10.20.0.2', 'MON-BED7', '', 120],
      [1, '', '', 'WELCHALLYN-CP150', 'MSFT 5.0', 0],
      [2, '10.20.8.137', '10.20.0.2', '', '', 120],
      [3, '10.20.8.137', '10.20.0.2', 'WELCHALLYN-CP150', 'MSFT 5.0', 0],
      [5, '10.20.8.137', '10.20.0.2', '', '', 120],
    ],
  ],
];
for (const [path, expected] of real) {
  const file = capture(path);
  t.test(`real messages of ${path}`, { skip: file === null && `${path} is not there` }, (t) => {
    const list: Heard[] = [];
    for (const { bytes, toPort, fromPort } of datagrams(file ?? '')) {
      const isDhcp = [67, 68].includes(toPort) && [67, 68].includes(fromPort);
      t.equal(dhcp.recognises(segment(bytes)), isDhcp ? YES : NO, `${fromPort} to ${toPort}`);
      if (isDhcp) list.push(...decoded(bytes));
    }
    t.same(
      leases(list).map((one) => [one.kind, one.address, one.server, one.hostName, one.vendorClass, one.leaseSeconds]),
      expected,
    );
    t.same(odd(list), []);
    t.end();
  });
}
