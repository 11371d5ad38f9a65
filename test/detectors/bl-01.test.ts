import t from 'tap';
import type { Allowance, Relation, Verdict } from '../../src/detect.ts';
import { Bench, linkOf, OUTSIDE } from '../support/bench.ts';

/** What BL-01 says of a relation that the profile of the device's class judges so. */
function judged(
  allows: Allowance,
  verdict: Partial<Verdict> = { acceptedCount: 3 },
  role: Relation['role'] = 'client',
  link = linkOf(1, 20_000),
): number[] {
  const [device, peer] = role === 'client' ? [link.client, link.server] : [link.server, link.client];
  const bench = new Bench('BL-01', { allows: () => allows });
  return bench.relation({ role, device, peer }, { state: 'watch', ...verdict }, link).said;
}

t.test('BL-01 is silent about what the profile of the class lists', (t) => {
  t.same(judged('allowed'), []);
  t.equal(judged('unknown').length, 1);
  t.equal(judged('forbidden').length, 1);
  t.end();
});

t.test('BL-01 speaks all the same of a stranger, of what a device answers, and of partners outside', (t) => {
  t.equal(judged('allowed', { acceptedCount: 0 }).length, 1, 'nothing of it is usual yet');
  t.equal(judged('allowed', { acceptedCount: 3 }, 'server', linkOf(20_000, 1)).length, 1);
  t.equal(judged('allowed', { acceptedCount: 3 }, 'client', linkOf(1, OUTSIDE)).length, 1);
  t.end();
});

t.test('BL-01 is silent about what waits for a person', (t) => {
  t.same(judged('unknown', { isHeld: true }), []);
  t.end();
});
