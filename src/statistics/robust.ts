/**
 * What is usual of a handful of numbers, whatever a few of them say: median and median absolute deviation, which half of
 * the values would have to be false to move at will (detection.md 2.4 and 2.9). Pure arithmetic; no argument is changed.
 */

/** Makes the median absolute deviation of a normal distribution its standard deviation. */
export const NORMAL = 1.4826;

export function sorted(values: ArrayLike<number>): Float64Array {
  const all = new Float64Array(values.length);
  for (let at = 0; at < all.length; at++) all[at] = values[at]!;
  return all.sort();
}

/** Middle of values in ascending order; NaN of none. */
export function medianOfSorted(values: Float64Array): number {
  const half = values.length >> 1;
  if (values.length === 0) return Number.NaN;
  return values.length % 2 === 1 ? values[half]! : (values[half - 1]! + values[half]!) / 2;
}

export function median(values: ArrayLike<number>): number {
  return medianOfSorted(sorted(values));
}

/** Median distance from `middle`, not scaled, of values in ascending order: the nearest half is walked from both sides. */
export function medianDeviation(all: Float64Array, middle: number): number {
  const { length } = all;
  if (length === 0) return Number.NaN;
  let above = 0;
  while (above < length && all[above]! < middle) above++;
  let below = above - 1;
  let last = 0;
  let before = 0;
  for (let taken = 0; taken <= length >> 1; taken++) {
    const up = above < length ? all[above]! - middle : Number.POSITIVE_INFINITY;
    const down = below >= 0 ? middle - all[below]! : Number.POSITIVE_INFINITY;
    before = last;
    last = Math.min(up, down);
    if (up <= down) above++;
    else below--;
  }
  return length % 2 === 1 ? last : (before + last) / 2;
}

/** Value below which the share `share` of the values lies, between neighbours by distance; NaN of none. */
export function quantile(values: ArrayLike<number>, share: number): number {
  const all = sorted(values);
  if (all.length === 0) return Number.NaN;
  const place = (all.length - 1) * Math.min(Math.max(share, 0), 1);
  const below = Math.floor(place);
  const low = all[below]!;
  const high = all[Math.min(below + 1, all.length - 1)]!;
  return low + (high - low) * (place - below);
}

/** Sizes as they are compared: a factor is a distance, and nothing at all is 0. */
export function logOf(size: number): number {
  return Math.log1p(Math.max(size, 0));
}

/** The size of a logarithm. */
export function sizeOf(log: number): number {
  return Math.expm1(log);
}

/** What is usual: middle and spread of logarithms of sizes. */
export interface Usual {
  readonly middle: number;
  readonly spread: number;
}

/** `floor`: smallest spread that is believed; so steady that a few bytes more would be a wonder is no machine. */
export function usualOf(logs: ArrayLike<number>, floor: number): Usual {
  const all = sorted(logs);
  const middle = medianOfSorted(all);
  return { middle, spread: Math.max(NORMAL * medianDeviation(all, middle), floor) };
}

/** By how many spreads a logarithm lies above what is usual (below: negative). */
export function deviation(log: number, { middle, spread }: Usual): number {
  return (log - middle) / spread;
}
