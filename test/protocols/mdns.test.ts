import t from 'tap';
import { createMdns } from '../../protocols/mdns/decoder.ts';
import { limits } from '../../src/limits.ts';
import { NO, YES } from '../../src/protocol.ts';
import { odd, refusesOthers, survivesDamage } from '../support/conversations.ts';
import { domain, header, identities, lookups, question, record, toFirst } from '../support/names.ts';
import { bytes } from '../support/packet.ts';
import { converse, type Heard, segment } from '../support/protocol.ts';

const mdns = createMdns({ limits });
const told = (datagram: Uint8Array): Heard[] => converse(mdns, [{ toServer: true, bytes: datagram }]);
const text = (...pairs: readonly string[]): Uint8Array => bytes(...pairs.flatMap((pair) => [[pair.length], pair]));

const host = domain('us-room2.local');
const announcement = bytes(
  header(0x8400, 0, 2, 0, 1),
  record(host, 1, [10, 1, 0, 9]),
  record(toFirst, 28, new Uint8Array(16).fill(7)),
  record(domain('Ultrasound of CANARY-PERSON._http._tcp.local'), 16, text('TY=Resona 7', 'note=CANARY-NOTE', 'sn=A1')),
);

t.test('a host announces its addresses', (t) => {
  t.same(lookups(told(announcement)), [
    'announcement us-room2.local A 10.1.0.9',
    'announcement us-room2.local AAAA 707:707:707:707:707:707:707:707',
  ]);
  t.end();
});

t.test('of the properties of a service those are read that say what the device is', (t) => {
  t.same(identities(told(announcement)), ['model Resona 7 by mDNS TXT ty', 'serial A1 by mDNS TXT sn']);
  const printer = bytes(
    header(0x8400, 0, 1, 0, 0),
    record(domain('x._ipp._tcp.local'), 16, text('usb_MFG=HP', 'product=(LaserJet 9)', 'ty')),
  );
  t.same(identities(told(printer)), ['manufacturer HP by mDNS TXT usb_mfg', 'model LaserJet 9 by mDNS TXT product']);
  t.end();
});

t.test('the system of HINFO is told', (t) => {
  const system = bytes(header(0x8400, 0, 1, 0, 0), record(host, 13, text('ARMV7L', 'LINUX')));
  t.same(identities(told(system)), ['operating-system LINUX by mDNS HINFO']);
  t.end();
});

t.test('services are told by their type, without the name a person gave them', (t) => {
  const services = bytes(
    header(0x8400, 0, 2, 0, 0),
    record(domain('_ipp._tcp.local'), 12, domain('CANARY-PERSON._ipp._tcp.local')),
    record(domain('_services._dns-sd._udp.local'), 12, domain('_scanner._tcp.local')),
  );
  t.same(lookups(told(services)), ['announcement _ipp._tcp.local PTR', 'announcement _scanner._tcp.local PTR']);
  const asked = bytes(header(0, 1, 0, 0, 0), question(domain('CANARY-PERSON._ipp._tcp.local'), 255));
  t.same(lookups(told(asked)), ['query _ipp._tcp.local ANY']);
  for (const one of [services, asked, announcement]) t.notMatch(JSON.stringify(told(one)), /CANARY/i);
  t.end();
});

t.test('what is taken back is not announced', (t) => {
  t.same(lookups(told(bytes(header(0x8400, 0, 1, 0, 0), record(host, 1, [10, 1, 0, 9], 0)))), ['announcement']);
  t.end();
});

const oddities: readonly [string, string, Uint8Array][] = [
  ['a header that is cut off', 'mdns_short_message', announcement.subarray(0, 11)],
  ['more records than anybody sends', 'mdns_too_many_records', header(0x8400, 0, 9_999, 0, 0)],
  ['a record that reaches beyond the message', 'mdns_broken_record', announcement.subarray(0, -3)],
  ['a name that points in circles', 'mdns_bad_name', bytes(header(0, 1, 0, 0, 0), question(toFirst, 1))],
  ['an address of three bytes', 'mdns_bad_address', bytes(header(0x8400, 0, 1, 0, 0), record(host, 1, [1, 2, 3]))],
];
for (const [what, oddity, datagram] of oddities) {
  t.test(`${what} is ${oddity}`, (t) => {
    t.same(odd(told(datagram)), [oddity]);
    t.end();
  });
}

t.test('is known by its content on its port, and nobody else is', (t) => {
  for (const toServer of [true, false]) {
    t.equal(mdns.recognises(segment(announcement, { toServer, serverPort: 5353, clientPort: 40_000 })), YES);
    t.equal(mdns.recognises(segment(announcement, { toServer, clientPort: 5353, serverPort: 40_000 })), YES);
    t.equal(mdns.recognises(segment(announcement, { toServer, serverPort: 53 })), NO);
  }
  refusesOthers(t, mdns);
  survivesDamage(t, mdns, announcement);
  t.end();
});
