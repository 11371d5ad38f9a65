import t from 'tap';
import { addressKey, addressText } from '../../src/bytes/address.ts';
import { decodeNdp, Ndp } from '../../src/wire/ndp.ts';
import * as p from '../support/packet.ts';

const option = (kind: number, text: string): Uint8Array => p.bytes(p.u8(kind), p.u8(1), p.mac(text));
const neighbour = (type: number, flags: number, ...options: Uint8Array[]): Uint8Array =>
  p.bytes(p.u8(type), [0, 0, 0], p.u32(flags * 0x1000000), p.address(p.IP6_B), ...options);

function decoded(bytes: Uint8Array) {
  const out = new Ndp();
  const padded = p.bytes([9], bytes, [2, 1, 9, 9, 9, 9, 9, 9]);
  const view = new DataView(padded.buffer);
  const good = decodeNdp(view, 1, 1 + bytes.length, out);
  const text = (at: number, length: number) => (good && at >= 0 ? addressText(addressKey(view, at, length)) : '');
  return { good, mac: text(out.mac, 6), target: text(out.targetAddress, 16), out };
}

t.test('an advertisement tells the hardware address of its target', (t) => {
  t.match(decoded(neighbour(136, 0x60, option(2, p.MAC_B))), {
    good: true,
    mac: p.MAC_B,
    target: p.IP6_B,
    out: { kind: 136, solicited: true, override: true },
  });
  t.match(decoded(neighbour(136, 0x20, option(1, p.MAC_A), option(2, p.MAC_B))), {
    mac: p.MAC_B,
    out: { solicited: false, override: true },
  });
  t.end();
});

t.test('a solicitation tells the one of its sender', (t) => {
  t.match(decoded(neighbour(135, 0, option(1, p.MAC_A))), { good: true, mac: p.MAC_A, target: p.IP6_B });
  t.match(decoded(neighbour(135, 0)), { good: true, mac: '', target: p.IP6_B }, 'duplicate address detection');
  t.end();
});

t.test('routers tell theirs and no target', (t) => {
  const advertisement = p.bytes([134, 0, 0, 0], new Uint8Array(12), [5, 1, 0, 0, 0, 0, 5, 220], option(1, p.MAC_A));
  t.match(decoded(advertisement), { good: true, mac: p.MAC_A, target: '' });
  t.match(decoded(p.bytes([133, 0, 0, 0, 0, 0, 0, 0], option(1, p.MAC_A))), { good: true, mac: p.MAC_A, target: '' });
  t.end();
});

t.test('options without length, and any cut, end the search inside the message', (t) => {
  t.match(decoded(neighbour(136, 0, p.bytes([5, 0, 0, 0, 0, 0, 0, 0]), option(2, p.MAC_B))), { good: true, mac: '' });
  const whole = neighbour(136, 0, option(2, p.MAC_B));
  for (let length = 0; length < whole.length; length++) {
    const result = decoded(whole.subarray(0, length));
    t.equal(result.good, length >= 24, `${length}`);
    t.equal(result.mac, '');
  }
  t.equal(decoded(p.icmp('ping', { type: 128 })).good, false);
  t.end();
});
