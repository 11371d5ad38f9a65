/** Relations as numbers: what they are made of comes out again, and who a relation is with is told without text. */
import fc from 'fast-check';
import t from 'tap';
import { Names } from '../../src/baseline/names.ts';

t.test('the peer of a relation is told by its number', (t) => {
  const names = new Names();
  const role = fc.constantFrom('client' as const, 'server' as const);
  fc.assert(
    fc.property(role, fc.string(), fc.string(), fc.string(), (role, peer, service, verb) => {
      const key = names.keyOf(role, peer, service, verb);
      t.equal(names.peerIn(key), names.peerNumber(peer));
      t.strictSame(names.named(key), { role, peer, service, verb });
    }),
  );
  t.equal(names.peerNumber('\0nobody'), -1);
  t.end();
});
