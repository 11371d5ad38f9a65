/** RC-05: how much of one rhythm another must repeat, on both sides of each border (one detector alone). */
import t from 'tap';
import { Bench, linkOf, SECOND_US } from '../support/bench.ts';

const NURSE = 20_000;
const plain = { protocol: '', service: 'tcp/4711' };
const TICKS_APART = 500;

const typed = {
  packetsToServer: 40,
  smallPairsToServer: 30,
  smallInBandToServer: 25,
  smallVariationToServer: 0.9,
  shortPairsToServer: 30,
  shortInBandToServer: 25,
  shortVariationToServer: 0.9,
  durationUs: 10 * SECOND_US,
};

/** The second session follows the first after so many ticks of 2 ms, for each idle time. */
function follow(ticks: readonly number[]): number[] {
  const text = (units: readonly number[]): string => units.map((unit) => String.fromCharCode(unit)).join('');
  const first = text(ticks.map((_, i) => 1 + i * TICKS_APART));
  const second = text(ticks.map((later, i) => 1 + i * TICKS_APART + later));
  return new Bench('RC-05')
    .tell('rhythm', { ...typed, flow: 1, idleEnds: first }, linkOf(NURSE, 1, plain))
    .tell('rhythm', { ...typed, flow: 2, idleEnds: second }, linkOf(1, 2, plain)).said;
}

/** So many together and so many apart, in turns. */
const turns = (together: number, apart: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => (i % (together + apart) < together ? 0 : 100));

t.test('RC-05 takes idle times that end within 80 ms of each other for one', (t) => {
  t.same(follow([40, 40, 40, 40]), [0.6]);
  t.same(follow([41, 41, 41, 41]), []);
  t.end();
});

t.test('RC-05 asks for four idle times, three in ten together, two of them in a row', (t) => {
  t.same(follow([0, 0, 0]), []);
  t.same(follow([0, 0, 0, 0]), [0.6]);
  t.same(follow([0, 0, 0, ...turns(0, 1, 7)]), [0.6]);
  t.same(follow([0, 0, ...turns(0, 1, 8)]), []);
  t.same(follow([0, 0, 100, 100]), [0.6]);
  t.same(follow([0, 100, 0, 100]), []);
  t.end();
});

t.test('RC-05 asks for one more in a row for each hundred idle times', (t) => {
  t.same(follow(turns(2, 1, 99)), [0.6]);
  t.same(follow(turns(2, 1, 100)), []);
  t.same(follow(turns(3, 1, 100)), [0.6]);
  t.end();
});
