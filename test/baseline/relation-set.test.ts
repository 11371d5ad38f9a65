/** A set of relations agrees with a plain map of them, whatever is seen, moved, forgotten, accepted and joined. */
import fc from 'fast-check';
import t from 'tap';
import { fieldsOf, type KnownFields } from '../../src/baseline/known.ts';
import { RelationSet } from '../../src/baseline/relation-set.ts';

const MOST = 40;
const DAY_US = 86_400e6;
const DAY = 20_000;
/** Keys as names make them: far above 32 bits, many with the same low half. */
const key = fc.nat(60).map((number) => 5 + number * 2 ** 33);
const action = fc.oneof(
  fc.record({ what: fc.constant('see'), key, day: fc.nat(9), endpoint: fc.nat(12) }),
  fc.record({ what: fc.constantFrom('accept', 'reject', 'forget'), key }),
  fc.record({ what: fc.constant('move'), key, to: key }),
);

type Step = { what: string; key: number; day?: number; endpoint?: number; to?: number };

function plain(key: number, set: RelationSet): KnownFields | null {
  const one = set.get(key);
  return one === undefined ? null : structuredClone(fieldsOf(one));
}

function joined(ours: KnownFields | undefined, theirs: KnownFields): KnownFields {
  if (ours === undefined) return theirs;
  const isRejected = ours.rejected || theirs.rejected;
  const isOurs = ours.acceptedBy !== '' || ours.rejected || theirs.acceptedBy === '';
  const { acceptedBy, untilUs } = isOurs ? ours : theirs;
  return {
    firstUs: Math.min(ours.firstUs, theirs.firstUs),
    lastUs: Math.max(ours.lastUs, theirs.lastUs),
    lastDay: Math.max(ours.lastDay, theirs.lastDay),
    days: Math.max(ours.days, theirs.days),
    count: ours.count + theirs.count,
    acceptedBy: isRejected ? '' : acceptedBy,
    untilUs: isRejected ? 0 : untilUs,
    rejected: isRejected,
    neverSilent: ours.neverSilent || theirs.neverSilent,
    endpoints: merged(ours.endpoints, theirs.endpoints),
  };
}

function merged(ours: readonly number[], theirs: readonly number[]): number[] {
  const all = [...ours];
  for (const one of theirs) if (!all.includes(one) && all.length < 8) all.push(one);
  return all.sort((a, b) => a - b);
}

/** The same step on a map of plain objects. */
function step(model: Map<number, KnownFields>, { what, key, day = 0, endpoint = 0, to = 0 }: Step): void {
  const one = model.get(key);
  const timeUs = (DAY + day) * DAY_US;
  if (what === 'see' && one === undefined && model.size < MOST) {
    const endpoints = endpoint > 0 ? [endpoint] : [];
    const fresh = { firstUs: timeUs, lastUs: timeUs, lastDay: DAY + day, days: 1, count: 1, untilUs: 0, endpoints };
    model.set(key, { ...fresh, acceptedBy: '', rejected: false, neverSilent: false });
  } else if (what === 'see' && one !== undefined) {
    const isLater = DAY + day > one.lastDay;
    const lastDay = Math.max(one.lastDay, DAY + day);
    const endpoints = merged(one.endpoints, endpoint > 0 ? [endpoint] : []);
    const days = one.days + (isLater ? 1 : 0);
    model.set(key, { ...one, lastUs: Math.max(one.lastUs, timeUs), lastDay, days, count: one.count + 1, endpoints });
  } else if (what === 'accept' && one !== undefined) {
    model.set(key, { ...one, acceptedBy: 'person', untilUs: 77, rejected: false });
  } else if (what === 'reject' && one !== undefined) {
    model.set(key, { ...one, acceptedBy: '', untilUs: 0, rejected: true });
  } else if (what === 'forget') {
    model.delete(key);
  } else if (what === 'move' && one !== undefined && to !== key) {
    model.delete(key);
    model.set(to, joined(model.get(to), one));
  }
}

function act(set: RelationSet, { what, key, day = 0, endpoint = 0, to = 0 }: Step): void {
  const one = set.get(key);
  if (what === 'see') {
    const known = set.see(key, (DAY + day) * DAY_US, DAY + day, MOST);
    if (endpoint > 0) known?.at(endpoint);
  } else if (what === 'accept' && one !== undefined) set.accept(one, 'person', 77);
  else if (what === 'reject' && one !== undefined) set.reject(one);
  else if (what === 'forget') set.forget(key);
  else if (what === 'move') set.move(key, to);
}

t.test('rows are what objects would be', (t) => {
  const steps = fc.array(action, { maxLength: 300 }) as fc.Arbitrary<Step[]>;
  fc.assert(
    fc.property(steps, (all) => {
      const set = new RelationSet();
      const model = new Map<number, KnownFields>();
      for (const one of all) {
        act(set, one);
        step(model, one);
      }
      t.same([...set.keys()], [...model.keys()], 'in the order in which they were first seen');
      for (const [key, wanted] of model) t.same(plain(key, set), wanted);
      t.equal(set.acceptedCount, [...model.values()].filter((one) => one.acceptedBy !== '').length);
      t.equal(set.singleDays, [...model.values()].filter((one) => one.days === 1).length);
      return t.passing();
    }),
    { seed: 4, numRuns: 100 },
  );
  t.end();
});

t.test('five hundred relations are found, and none that was not seen', (t) => {
  const set = new RelationSet();
  for (let at = 0; at < 512; at++) set.see(at * 2 ** 29, DAY * DAY_US, DAY, 512);
  t.equal(set.size, 512);
  t.equal(set.see(7, DAY * DAY_US, DAY, 512), null, 'there is no room for another');
  for (let at = 0; at < 512; at++) t.equal(set.get(at * 2 ** 29)?.count, 1);
  t.equal(set.get(2 ** 28), undefined);
  t.end();
});
