/** ME-03, each of its numbers: how many findings a day are too many, how many days, and what it says about it. */
import t from 'tap';
import { Budget } from '../../src/alert/budget.ts';
import { alertBudget } from '../../src/detectors/me-03-alert-budget.ts';
import type { Severity } from '../../src/model.ts';
import { TestWard } from '../support/ward.ts';

const DAY_US = 86_400e6;

/** The day on which a card that opens so many findings a day moves, at a site of so many devices; 0: never. */
function movesOn(perDay: number, severity: Severity, devices: number): number {
  const budget = new Budget(alertBudget.options, () => severity);
  for (let day = 0; day <= 10; day++) {
    if (budget.tick(day * DAY_US, () => devices).length > 0) return day;
    for (let i = 0; i < perDay; i++) budget.opened('A');
  }
  return 0;
}

t.test('three findings a day are nobody’s concern, four are after seven days', (t) => {
  t.equal(movesOn(3, 'critical', 1), 0);
  t.equal(movesOn(4, 'critical', 1), 7);
  t.end();
});

t.test('what a large site may have goes by the severity of the card', (t) => {
  const most: readonly [Severity, number][] = [
    ['low', 500],
    ['medium', 50],
    ['high', 10],
    ['critical', 2],
  ];
  for (const [severity, perDay] of most) {
    // Above what every site may have.
    const devices = severity === 'critical' ? 100_000 : 10_000;
    const allowed = severity === 'critical' ? 10 * perDay : perDay;
    t.equal(movesOn(allowed, severity, devices), 0, severity);
    t.equal(movesOn(allowed + 1, severity, devices), 7, severity);
  }
  t.end();
});

t.test('it says what moved, how sure it is, and that nobody has to pull a plug', (t) => {
  const ward = new TestWard();
  ward.store('10.1.0.30', '10.1.0.20');
  for (let day = 1; day <= 8; day++) {
    for (let i = 0; i < 5; i++) ward.at(day * 1440 + i).connect('10.1.0.30', `10.2.${day}.${i}`, 80, 'http');
  }
  const said = ward.findings.filter(({ detector }) => detector === 'ME-03');
  t.match(said, [
    { severity: 'medium', confidence: 0.9, device: '', count: 1, happened: /^BL-01 .* 7 days, 5 on the last/ },
  ]);
  t.match(said[0]?.usual, /may open 3 findings a day/);
  t.notMatch(said[0]?.firstStep, /unplug/);
  t.end();
});
