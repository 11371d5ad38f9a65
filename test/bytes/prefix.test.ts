import fc from 'fast-check';
import t from 'tap';
import { addressText, parseAddress } from '../../src/bytes/address.ts';
import { contains, parsePrefix } from '../../src/bytes/prefix.ts';

const inside = (range: string, address: string): boolean => {
  const prefix = parsePrefix(range);
  if (prefix === null) throw new Error(`${range} is no range`);
  return contains(prefix, parseAddress(address));
};

t.test('a range holds its addresses and no other', (t) => {
  t.ok(inside('10.0.0.0/8', '10.255.255.255'));
  t.notOk(inside('10.0.0.0/8', '11.0.0.0'));
  t.ok(inside('172.16.0.0/12', '172.31.255.255'));
  t.notOk(inside('172.16.0.0/12', '172.32.0.0'));
  t.ok(inside('fc00::/7', 'fdff::1'));
  t.notOk(inside('fc00::/7', 'fe00::1'));
  t.ok(inside('fe80::/10', 'febf::1'));
  t.notOk(inside('fe80::/10', 'fec0::1'));
  t.end();
});

t.test('one address alone is a range of one', (t) => {
  t.ok(inside('10.1.2.3', '10.1.2.3'));
  t.notOk(inside('10.1.2.3', '10.1.2.4'));
  t.ok(inside('::1', '::1'));
  t.end();
});

t.test('a range of everything holds its own family only', (t) => {
  t.ok(inside('0.0.0.0/0', '203.0.113.9'));
  t.notOk(inside('0.0.0.0/0', '2001:db8::1'));
  t.ok(inside('::/0', '2001:db8::1'));
  t.end();
});

for (const text of [
  '',
  '10.0.0.0/33',
  '10.0.0.1/8',
  '10.0.0.0/',
  '10.0.0.0/-1',
  '10.0.0/8',
  'fc00::1/7',
  '::/129',
  'x/8',
  '10.0.0.0/8/8',
]) {
  t.test(`${JSON.stringify(text)} names no range`, (t) => {
    t.equal(parsePrefix(text), null);
    t.end();
  });
}

t.test('every range holds the address it is made of', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), fc.nat(128), (bytes, bits) => {
      for (let i = bits; i < 128; i++) bytes[i >> 3]! &= ~(0x80 >> (i & 7));
      const key = Array.from({ length: 8 }, (_, i) =>
        String.fromCharCode((bytes[2 * i]! << 8) | bytes[2 * i + 1]!),
      ).join('');
      const prefix = parsePrefix(`${addressText(key)}/${bits}`);
      return prefix !== null && contains(prefix, key);
    }),
  );
  t.end();
});
