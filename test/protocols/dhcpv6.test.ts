import t from 'tap';
import { dhcpv6 } from '../../protocols/dhcpv6/decoder.ts';
import { NO, YES } from '../../src/protocol.ts';
import { odd, refusesOthers, survivesDamage } from '../support/conversations.ts';
import { domain, identities, messages } from '../support/names.ts';
import { bytes, type Content, u16, u32 } from '../support/packet.ts';
import { converse, type Heard, segment } from '../support/protocol.ts';

const option = (code: number, value: Content): Uint8Array => bytes(u16(code), u16(bytes(value).length), value);
const duid = option(1, [0, 3, 0, 1, 0, 9, 0xfb, 1, 2, 3]);
const solicit = bytes(
  [1, 0xab, 0xcd, 0xef],
  duid,
  option(6, [0, 23, 0, 24]),
  option(39, bytes([0], domain('mon-7').subarray(0, -1))),
  option(16, bytes(u32(311), u16(8), 'MSFT 5.0')),
);
const reply = bytes([7, 0xab, 0xcd, 0xef], duid, option(39, bytes([0], domain('somebody'))));
const relayed = bytes([12, 0], new Uint8Array(32), option(9, solicit));

const told = (datagram: Uint8Array, toServer = true): Heard[] => converse(dhcpv6, [{ toServer, bytes: datagram }]);

t.test('a client asks and says who it is', (t) => {
  t.same(messages(told(solicit)), ['SOLICIT']);
  t.same(identities(told(solicit)), ['name mon-7 by DHCPv6 option 39', 'vendor-class MSFT 5.0 by DHCPv6 option 16']);
  t.end();
});

t.test('what a server or relay passes on is not about itself', (t) => {
  t.same(messages(told(reply, false)), ['REPLY']);
  t.same(messages(told(relayed)), ['RELAY-FORW']);
  for (const one of [reply, relayed]) t.same(identities(told(one)), []);
  t.end();
});

t.test('oddities', (t) => {
  t.same(odd(told(bytes([99, 0, 0, 0], duid))), ['dhcpv6_unknown_message']);
  t.same(odd(told(solicit.subarray(0, -1))), ['dhcpv6_broken_option']);
  t.end();
});

t.test('is known by port, type and options', (t) => {
  for (const toServer of [true, false]) {
    for (const one of [solicit, reply, relayed]) {
      t.equal(dhcpv6.recognises(segment(one, { toServer, serverPort: 547, clientPort: 546 })), YES);
      t.equal(dhcpv6.recognises(segment(one, { toServer, serverPort: 5000, clientPort: 6000 })), NO);
      t.equal(dhcpv6.recognises(segment(one.subarray(0, -1), { toServer, serverPort: 547 })), NO);
    }
  }
  refusesOthers(t, dhcpv6);
  for (const one of [solicit, reply, relayed]) survivesDamage(t, dhcpv6, one);
  t.end();
});
