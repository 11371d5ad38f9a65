/**
 * Generated weeks through the baseline, in a short form: what is used every day is watched after three weeks, what is used
 * once a month is not and says why, and nothing is reported. The long form is `node test/weeks/weeks.ts` (docs/weeks.md).
 */
import t from 'tap';
import { layers } from '../../src/baseline/device-baseline.ts';
import { interval95, measure } from '../weeks/measure.ts';

const WISH = 'days=26,devices=32,seed=2,changes=renumber+patch-nights+discharge';
/** They come on the eleventh day, and once in four weeks. */
const late = 'monitor-5';
const monthly = 'dx-1';

t.test('after three weeks and a half', async (t) => {
  const { followed, findings, heldFirst, oddities } = await measure(WISH, { fromDay: 14 });
  t.equal(oddities, 0);
  t.equal(followed.length, 32);
  for (const { name, state, settledAfter, watchedAfter } of followed) {
    if (name === monthly || name === late) continue;
    t.same(Object.values(state), ['watch', 'watch', 'watch', 'watch'], `${name} is watched in all layers`);
    t.ok(
      Object.values(settledAfter).every((days) => days >= 15),
      `${name} is learnt for fourteen whole days`,
    );
    t.ok(
      Object.values(watchedAfter).every((days) => days >= 22),
      `${name} settles for seven days`,
    );
  }
  const rare = followed.find(({ name }) => name === monthly);
  t.equal(rare?.state.structure, 'learn');
  t.equal(rare?.reason.structure, 'in use on 1 day only, 7 are needed');
  t.equal(followed.find(({ name }) => name === late)?.state.structure, 'settle');
  t.same(
    [...new Set(heldFirst.map(({ card }) => card))].sort(),
    ['EX-10', 'EX-12'],
    'feeds and moves wait for a person',
  );
  t.same(
    findings.map(({ detector, happened }) => `${detector} ${happened}`),
    [],
  );
  const learnt = layers.map((layer) => followed.filter(({ state }) => state[layer] === 'watch').length);
  t.same(learnt, [30, 30, 30, 30]);
});

t.test('the interval of a count is the exact one', (t) => {
  const rounded = (count: number): number[] => interval95(count).map((bound) => Math.round(bound * 100) / 100);
  t.same(rounded(0), [0, 3.69]);
  t.same(rounded(1), [0.03, 5.57]);
  t.same(rounded(10), [4.8, 18.39]);
  t.end();
});
