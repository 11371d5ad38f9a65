/** A conversation that stays open for days is usual like one that is opened anew each day. */
import t from 'tap';
import type { Known } from '../../src/baseline/known.ts';
import { TestWard } from '../support/ward.ts';

const DAY_MINUTES = 1_440;

/** What the first device, the client, has learnt of the only relation. */
function only(ward: TestWard): Known {
  const [device] = ward.analyst.baseline.devices.values();
  const [first] = device?.structure.entries() ?? [];
  const known = first?.[1];
  if (known === undefined) throw new Error('nothing was learnt');
  return known;
}

t.test('it is seen once on each of its days, and accepted after five', (t) => {
  const ward = new TestWard({ learnUntilMinutes: null });
  const flow = ward.connect('10.1.0.21', '10.1.0.2', 9_000, 'intellivue');
  const seen: string[] = [];
  for (let day = 0; day < 6; day++) {
    for (const minutes of [1, 60, 600]) {
      ward.at(day * DAY_MINUTES + minutes);
      ward.update(flow);
    }
    const { days, count, acceptedBy } = only(ward);
    seen.push(`${days} days, ${count} times${acceptedBy === '' ? '' : `, accepted by ${acceptedBy}`}`);
  }
  t.same(seen, [
    '1 days, 1 times',
    '2 days, 2 times',
    '3 days, 3 times',
    '4 days, 4 times',
    '5 days, 5 times, accepted by rule',
    '6 days, 6 times, accepted by rule',
  ]);
  t.end();
});

t.test('an interval that ends at midnight is of the day that ends', (t) => {
  const ward = new TestWard({ learnUntilMinutes: null });
  const flow = ward.connect('10.1.0.21', '10.1.0.2', 9_000, 'intellivue');
  ward.at(DAY_MINUTES / 2);
  ward.update(flow);
  t.equal(only(ward).days, 1);
  ward.at(DAY_MINUTES / 2 + 1);
  ward.update(flow);
  t.equal(only(ward).days, 2);
  t.end();
});

t.test('what was opened for nobody in particular is no relation on any day', (t) => {
  const ward = new TestWard({ learnUntilMinutes: null });
  const flow = ward.connect('10.1.0.21', '224.0.0.251', 5_353);
  ward.at(2 * DAY_MINUTES);
  ward.update(flow);
  t.equal(ward.analyst.baseline.devices.size, 0);
  t.end();
});
