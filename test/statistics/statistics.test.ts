import fc from 'fast-check';
import t from 'tap';
import { beaconScore } from '../../src/statistics/beacon.ts';
import { autocorrelation, rhythmOf } from '../../src/statistics/periodicity.ts';
import { bytesOf, fillFrom, HourOfWeek, hourOf, hourOfWeek, isWeekend, Recent } from '../../src/statistics/rings.ts';
import {
  deviation,
  logOf,
  median,
  medianDeviation,
  quantile,
  sizeOf,
  sorted,
  usualOf,
} from '../../src/statistics/robust.ts';
import { Seldom } from '../../src/statistics/seldom.ts';
import { Distinct, EXACT_MAX, scatter, scatterText } from '../../src/statistics/sketch.ts';

const HOUR_US = 3600e6;
const numbers = fc.array(fc.double({ min: -1e9, max: 1e9, noNaN: true }), { minLength: 1, maxLength: 40 });

t.test('median, deviation and quantile of a handful', (t) => {
  t.equal(median([5, 1, 3]), 3);
  t.equal(median([4, 1, 3, 2]), 2.5);
  t.ok(Number.isNaN(median([])));
  t.equal(medianDeviation(sorted([1, 1, 2, 2, 4, 6, 9]), 2), 1);
  t.equal(medianDeviation(sorted([1, 2, 4, 10]), 3), 1.5);
  t.ok(Number.isNaN(medianDeviation(sorted([]), 3)));
  t.equal(quantile([1, 2, 3, 4, 5], 0.5), 3);
  t.equal(quantile([0, 10], 0.25), 2.5);
  t.equal(quantile([3, 1], 2), 3);
  t.ok(Number.isNaN(quantile([], 0.5)));
  t.end();
});

t.test('half of the values cannot move the median out of the other half', (t) => {
  fc.assert(
    fc.property(numbers, fc.double({ min: 1, max: 1e12, noNaN: true }), (good, far) => {
      const bad = good.slice(1).map(() => far * 1e6);
      const moved = median([...good, ...bad]);
      return moved >= Math.min(...good) && moved <= Math.max(...good);
    }),
  );
  fc.assert(
    fc.property(numbers, (values) => {
      const low = quantile(values, 0.1);
      const high = quantile(values, 0.9);
      return low <= high && low >= Math.min(...values) && high <= Math.max(...values);
    }),
  );
  t.end();
});

t.test('the median deviation is the median of the deviations', (t) => {
  fc.assert(
    fc.property(numbers, (values) => {
      const middle = median(values);
      const plain = median(values.map((value) => Math.abs(value - middle)));
      return medianDeviation(sorted(values), middle) === plain;
    }),
  );
  t.end();
});

t.test('a factor is a distance, and a steady series has the floor as its spread', (t) => {
  t.equal(logOf(0), 0);
  t.equal(logOf(-5), 0);
  t.equal(Math.round(sizeOf(logOf(12345))), 12345);
  const usual = usualOf([2, 2, 2, 2], 0.1);
  t.same(usual, { middle: 2, spread: 0.1 });
  t.equal(Math.round(deviation(2.5, usual) * 10) / 10, 5);
  t.equal(usualOf([1, 2, 3], 0.1).spread, 1.4826);
  t.end();
});

t.test('hours of the week begin on Monday, and eight weeks of each are kept', (t) => {
  const monday = hourOf(Date.UTC(2026, 2, 2) * 1000);
  t.equal(hourOfWeek(monday), 0);
  t.equal(isWeekend(hourOfWeek(monday + 5 * 24)), true);
  t.equal(isWeekend(hourOfWeek(monday + 5 * 24 - 1)), false);
  const ring = new HourOfWeek();
  for (let week = 0; week < 10; week++) ring.set(monday + week * 168, week);
  t.same(ring.slot(0).sort(), [2, 3, 4, 5, 6, 7, 8, 9]);
  t.same(ring.slot(1), []);
  ring.set(monday + 24, 77);
  ring.set(monday + 5 * 24, 88);
  t.ok(ring.hourOfDay(0).includes(77));
  t.notOk(ring.hourOfDay(0).includes(88));
  t.same(ring.hourOfDay(5 * 24), [88]);
  t.end();
});

t.test('masked hours are kept and not read until they are released', (t) => {
  const ring = new HourOfWeek();
  ring.set(100, 3, true);
  ring.set(101, 0, true);
  t.same(ring.all(), []);
  ring.release(0, 100);
  t.same(ring.all(), [3]);
  ring.release(101, 101);
  t.same(ring.all().sort(), [0, 3]);
  t.end();
});

t.test('the last numbers of a series, from old to new', (t) => {
  const ring = new Recent(3);
  t.ok(Number.isNaN(ring.last()));
  for (const value of [1, 2, 3, 4]) ring.add(value);
  ring.add(5, true);
  t.same(ring.all(), [3, 4]);
  ring.release();
  t.same(ring.all(), [3, 4, 5]);
  t.equal(ring.last(), 5);
  t.end();
});

t.test('rings go through bytes and back bit by bit', (t) => {
  fc.assert(
    fc.property(fc.array(fc.float(), { maxLength: 20 }), (values) => {
      const from = Float32Array.from(values);
      const to = new Float32Array(from.length);
      fillFrom(to, bytesOf(from));
      return Buffer.from(bytesOf(to)).equals(Buffer.from(bytesOf(from)));
    }),
  );
  t.same([...bytesOf(Float32Array.of(1))], [0, 0, 0x80, 0x3f]);
  t.end();
});

t.test('what comes every five seconds is regular, what comes at random is not', (t) => {
  const steady = rhythmOf(Array.from({ length: 16 }, (_, at) => (at % 2 === 0 ? 5 : 5.2)));
  t.match(steady, { gaps: 16, isRegular: true });
  t.ok(Math.abs(steady.period - 5.1) < 1e-9);
  t.equal(rhythmOf(new Array(15).fill(5)).isRegular, false);
  t.equal(rhythmOf([1, 9, 2, 30, 1, 4, 80, 2, 1, 60, 3, 9, 20, 1, 5, 2]).isRegular, false);
  // At the limit: gaps of 3, 4 and 5 have a median of 4 and a deviation of 1, a quarter of it.
  t.equal(rhythmOf([3, 5, 3, 5, 3, 5, 3, 5, 3, 5, 3, 5, 4, 4, 4, 4]).isRegular, true);
  t.equal(rhythmOf([2.9, 5.1, 2.9, 5.1, 2.9, 5.1, 2.9, 5.1, 2.9, 5.1, 2.9, 5.1, 4, 4, 4, 4]).isRegular, false);
  t.equal(rhythmOf([...new Array(99).fill(5), 60]).longGap, 5);
  t.equal(rhythmOf([...new Array(98).fill(5), 60, 60]).longGap, 60);
  t.ok(Number.isNaN(rhythmOf([]).period));
  t.end();
});

t.test('a series that repeats is like itself after its period', (t) => {
  const counts = Array.from({ length: 240 }, (_, at) => (at % 5 === 0 ? 1 : 0));
  t.ok(autocorrelation(counts, 5) > 0.95);
  t.ok(autocorrelation(counts, 3) < 0);
  t.equal(autocorrelation(counts, 0), 0);
  t.equal(autocorrelation(counts, 240), 0);
  t.equal(autocorrelation([1, 1, 1], 1), 0);
  t.end();
});

t.test('few things are counted exactly, many within a tenth; the order says nothing', (t) => {
  const few = new Distinct();
  for (let at = 0; at < EXACT_MAX; at++) for (let again = 0; again < 3; again++) few.add(scatter(at));
  t.equal(few.count(), EXACT_MAX);
  for (const size of [100, 1_000, 50_000]) {
    const [up, down, left, right] = [new Distinct(), new Distinct(), new Distinct(), new Distinct()];
    for (let at = 0; at < size; at++) {
      up.add(scatter(at));
      down.add(scatter(size - 1 - at));
      (at % 2 === 0 ? left : right).add(scatter(at));
    }
    t.ok(Math.abs(up.count() - size) < 0.15 * size, `${up.count()} of ${size}`);
    t.equal(down.count(), up.count());
    left.merge(right);
    t.equal(left.count(), up.count());
  }
  few.clear();
  few.add(scatterText('a'));
  few.add(scatterText('b'));
  t.equal(few.count(), 2);
  const into = new Distinct();
  const many = new Distinct();
  for (let at = 0; at < 500; at++) many.add(scatter(at));
  into.add(scatter(1));
  into.merge(many);
  t.equal(into.count(), many.count());
  t.end();
});

t.test('RITA: a call every four minutes with the same bytes is a beacon, a person is not', (t) => {
  const day = 86_400;
  const times = Array.from({ length: 360 }, (_, at) => at * 240);
  const beacon = beaconScore(
    times,
    times.map(() => 500),
    0,
    day,
  );
  t.match(beacon, { gaps: 1, sizes: 1, duration: 1, histogram: 1, score: 1, periodSeconds: 240 });
  const person = [30, 31, 33, 60, 400, 2000, 2100, 9000, 9001, 9500, 40_000];
  const scored = beaconScore(
    person,
    person.map((_, at) => at * at * 900),
    0,
    day,
  );
  t.ok((scored?.score ?? 1) < 0.5, `${scored?.score}`);
  t.equal(beaconScore([1, 2, 3], [1, 1, 1], 0, day), null);
  t.equal(beaconScore([1, 1, 1, 1, 2, 3], [1, 1, 1, 1, 1, 1], 0, day), null);
  t.end();
});

t.test('RITA: each part by hand', (t) => {
  const day = 86_400;
  // Gaps 10 20 30 100: median 25, halves 15 and 65, skew (15 + 65 - 50) / 50; deviations 15 5 5 75: 10.
  const score = beaconScore([0, 10, 30, 60, 160], [0, 0, 0, 0, 0], 0, day);
  t.match(score, { gaps: 0.5, sizes: 0.5, duration: 0, histogram: 0, score: 0.25, periodSeconds: 25 });
  // Five of 24 hours are too few for a duration, six are enough: a run of 6 hours of 12.
  const hours = (count: number) => Array.from({ length: count }, (_, at) => at * 3600);
  t.equal(beaconScore(hours(5), hours(5), 0, day)?.duration, 0);
  t.equal(beaconScore(hours(6), hours(6), 0, day)?.duration, 0.5);
  // Eleven hours of the same height: all of them, of ten.
  t.equal(beaconScore(hours(11), hours(11), 0, day)?.histogram, 1);
  t.ok((beaconScore(hours(10), hours(10), 0, day)?.histogram ?? 1) < 0.5);
  const many = { length: 86_400 };
  t.equal(
    beaconScore(
      Array.from(many, (_, at) => at),
      Array.from(many, () => 0),
      0,
      day,
    )?.score,
    1,
  );
  t.end();
});

t.test('hours of a moment', (t) => {
  t.equal(hourOf(2 * HOUR_US - 1), 1);
  t.end();
});

t.test('what was said is not said again for a while, and the oldest is forgotten', (t) => {
  const seldom = new Seldom(10, 2);
  t.same(
    [seldom.may('a', 0), seldom.may('a', 9), seldom.may('a', 10), seldom.may('a', 12)],
    [true, false, true, false],
  );
  t.same([seldom.may('b', 12), seldom.may('c', 12), seldom.may('a', 13)], [true, true, true]);
  t.end();
});
