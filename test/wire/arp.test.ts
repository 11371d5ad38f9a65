import t from 'tap';
import { addressKey, addressText } from '../../src/bytes/address.ts';
import { ARP_REPLY, ARP_REQUEST, Arp, decodeArp } from '../../src/wire/arp.ts';
import * as p from '../support/packet.ts';

function decoded(bytes: Uint8Array) {
  const out = new Arp();
  const padded = p.bytes([9, 9, 9], bytes, [9]);
  const view = new DataView(padded.buffer);
  const good = decodeArp(view, 3, 3 + bytes.length, out);
  const text = (at: number, length: number) => (good ? addressText(addressKey(view, at, length)) : '');
  return {
    good,
    out,
    senderMac: text(out.senderMac, 6),
    sender: text(out.senderAddress, 4),
    targetMac: text(out.targetMac, 6),
    target: text(out.targetAddress, 4),
  };
}

t.test('a reply names both ends', (t) => {
  t.match(decoded(p.arp({ operation: 2, targetMac: p.MAC_B })), {
    good: true,
    senderMac: p.MAC_A,
    sender: p.IP_A,
    targetMac: p.MAC_B,
    target: p.IP_B,
    out: { operation: ARP_REPLY, gratuitous: false, probe: false },
  });
  t.end();
});

t.test('an announcement of its own address is gratuitous, as request and as reply', (t) => {
  for (const operation of [ARP_REQUEST, ARP_REPLY]) {
    t.match(decoded(p.arp({ operation, target: p.IP_A })).out, { operation, gratuitous: true, probe: false });
  }
  t.end();
});

t.test('a probe speaks for no address yet', (t) => {
  t.match(decoded(p.arp({ sender: '0.0.0.0' })).out, { gratuitous: false, probe: true });
  t.match(decoded(p.arp({ sender: '0.0.0.0', target: '0.0.0.0' })).out, { gratuitous: false });
  t.end();
});

t.test('what is cut short or not of Ethernet and IPv4 is refused', (t) => {
  for (let length = 0; length < 28; length++) t.equal(decoded(p.arp().subarray(0, length)).good, false, `${length}`);
  for (const at of [2, 4, 5]) {
    const other = p.arp();
    other[at] = 7;
    t.equal(decoded(other).good, false);
  }
  t.end();
});
