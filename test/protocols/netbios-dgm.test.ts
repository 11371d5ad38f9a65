import t from 'tap';
import { netbiosDatagram } from '../../protocols/netbios-dgm/decoder.ts';
import { YES } from '../../src/protocol.ts';
import { odd, refusesOthers, survivesDamage } from '../support/conversations.ts';
import { identities, messages, netbios } from '../support/names.ts';
import { bytes, u16 } from '../support/packet.ts';
import { converse, type Heard, segment } from '../support/protocol.ts';

const datagram = (type: number, suffix = 0): Uint8Array =>
  bytes(
    [type, 2, 0, 1, 10, 1, 0, 9],
    u16(138),
    u16(150),
    u16(0),
    netbios('CANARY-OR-US-1', suffix),
    netbios('RADIOLOGY', 0x1d),
    '\xffSMB%',
  );
const told = (sent: Uint8Array): Heard[] => converse(netbiosDatagram, [{ toServer: true, bytes: sent }]);

t.test('a machine speaks to its group', (t) => {
  t.same(messages(told(datagram(0x11))), ['direct group']);
  t.same(identities(told(datagram(0x11))), ['name CANARY-OR-US-1 by NetBIOS datagram']);
  t.same(messages(told(bytes([0x13, 0, 0, 1, 10, 1, 0, 9], u16(138), [0x82]))), ['error']);
  t.end();
});

t.test('a name that may be a person is not told', (t) => {
  t.notMatch(JSON.stringify(told(datagram(0x10, 3))), /CANARY/);
  t.end();
});

t.test('another type is an oddity', (t) => {
  t.same(odd(told(datagram(0x33))), ['netbios_unknown_datagram']);
  t.end();
});

t.test('is known by type, port and encoded name', (t) => {
  for (const toServer of [true, false]) t.equal(netbiosDatagram.recognises(segment(datagram(0x12), { toServer })), YES);
  refusesOthers(t, netbiosDatagram);
  survivesDamage(t, netbiosDatagram, datagram(0x12));
  t.end();
});
