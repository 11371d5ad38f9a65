import t from 'tap';
import { Budget } from '../../src/alert/budget.ts';
import { digestOf } from '../../src/alert/digest.ts';
import { alertBudget } from '../../src/detectors/me-03-alert-budget.ts';
import { OutOfSight } from '../../src/pipeline/out-of-sight.ts';
import { Store } from '../../src/store/store.ts';
import { START_US, sampleFinding } from '../support/store.ts';
import { temporaryFolder } from '../support/temporary.ts';

const DAY_US = 86_400e6;
const severityOf = () => 'medium' as const;

/** Opens so many findings on each of these days and says what moved. */
function moves(budget: Budget, perDay: readonly number[], devices: number): string[] {
  const told: string[] = [];
  perDay.forEach((count, day) => {
    for (const { card, toDigest } of budget.tick(day * DAY_US, () => devices))
      told.push(`day ${day}: ${card} ${toDigest ? 'in' : 'out'}`);
    for (let i = 0; i < count; i++) budget.opened('A');
  });
  return told;
}

t.test('a card moves after a week over its budget and comes back after a week within it', (t) => {
  const over = [4, 4, 4, 4, 4, 4, 4, 0];
  t.strictSame(moves(new Budget(alertBudget.options, severityOf), over, 10), ['day 7: A in']);
  t.strictSame(moves(new Budget(alertBudget.options, severityOf), [...over, 0, 0, 0, 0, 0, 0, 0], 10), [
    'day 7: A in',
    'day 14: A out',
  ]);
  t.strictSame(moves(new Budget(alertBudget.options, severityOf), [4, 4, 4, 3, 4, 4, 4, 4], 10), []);
  t.end();
});

t.test('a large site may have more, by the severity of the card', (t) => {
  const week = [5, 5, 5, 5, 5, 5, 5, 0];
  t.strictSame(moves(new Budget(alertBudget.options, severityOf), week, 1000), [], '0.005 × 1000 = 5');
  t.equal(moves(new Budget(alertBudget.options, () => 'high'), week, 1000).length, 1);
  t.end();
});

t.test('days that nobody saw are days without findings', (t) => {
  const budget = new Budget(alertBudget.options, severityOf);
  for (let day = 0; day < 6; day++) {
    budget.tick(day * DAY_US, () => 1);
    for (let i = 0; i < 9; i++) budget.opened('A');
  }
  t.strictSame(
    budget.tick(8 * DAY_US, () => 1),
    [],
  );
  t.end();
});

t.test('a sensor that is started again goes on counting', (t) => {
  const budget = new Budget(alertBudget.options, severityOf);
  const kept = Array.from({ length: 24 }, (_, i) => ({ detector: 'A', startUs: Math.floor(i / 4) * DAY_US + i }));
  budget.restore(kept, 10);
  for (let i = 0; i < 4; i++) {
    budget.tick(6 * DAY_US, () => 10);
    budget.opened('A');
  }
  t.match(
    budget.tick(7 * DAY_US, () => 10),
    [{ card: 'A', toDigest: true, days: 7, perDay: 4, allowed: 3 }],
  );
  t.ok(budget.isDigest('A'));
  t.end();
});

t.test('the digest has a line for each day and card', (t) => {
  const one = { ...sampleFinding('f1'), digest: true, count: 1, startUs: 5 * DAY_US, happened: 'first' };
  const rows = [one, { ...one, peer: 'other', startUs: one.startUs + 1, count: 3 }, { ...one, digest: false }];
  t.match(digestOf(rows), [{ day: '1970-01-06', findings: 2, devices: 1, peers: 2, signals: 4, example: 'first' }]);
  t.end();
});

t.test('what waits for the digest or is hidden by a rule is not sent; when the rule is over it is', (t) => {
  const store = Store.open(temporaryFolder(t));
  t.teardown(() => store.close());
  store.beginRun({ name: 'live', kind: 'live', inputs: [], startedUs: 0 });
  const finding = sampleFinding('f1');
  const { detector, id } = finding;
  const rule = { detector, device: '', peer: '', service: '', user: 'a', owner: 'b', reason: 'c' };
  const ending = { ...rule, createdUs: START_US, expiresUs: START_US + 10 };
  const outOfSight = new OutOfSight(store, 'live');
  const told = (nowUs: number, digest = false) => outOfSight.told([{ ...finding, digest }], nowUs).length;
  t.strictSame([told(START_US), told(START_US, true)], [1, 0], id);
  store.together(() => {
    store.dispositions.addSuppression('live', ending);
  });
  t.strictSame([told(START_US), told(START_US + 10)], [0, 1]);
  t.end();
});
