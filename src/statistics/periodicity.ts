/**
 * Does something come again and again after the same time (detection.md 2.5)? The period is the median of the gaps, the
 * jitter their median deviation; autocorrelation of counts confirms it.
 */
import { medianDeviation, medianOfSorted, sorted } from './robust.ts';

/** Gaps that must be known, and the largest jitter of what is regular. */
export const GAPS_MIN = 16;
export const JITTER_MAX = 0.25;

export interface Rhythm {
  /** Median gap. */
  readonly period: number;
  /** Median deviation of the gaps, as a share of the period. */
  readonly jitter: number;
  /** 99 of 100 gaps are no longer. */
  readonly longGap: number;
  readonly gaps: number;
  readonly isRegular: boolean;
}

export function rhythmOf(gaps: ArrayLike<number>): Rhythm {
  const all = sorted(gaps);
  const period = medianOfSorted(all);
  const jitter = period > 0 ? medianDeviation(all, period) / period : Number.NaN;
  const longGap = all.length === 0 ? Number.NaN : all[Math.ceil(all.length * 0.99) - 1]!;
  return { period, jitter, longGap, gaps: all.length, isRegular: all.length >= GAPS_MIN && jitter <= JITTER_MAX };
}

/** How like itself a series is when it is moved by `lag`: 1 the same, 0 not at all. */
export function autocorrelation(counts: ArrayLike<number>, lag: number): number {
  const { length } = counts;
  if (lag <= 0 || lag >= length) return 0;
  let mean = 0;
  for (let at = 0; at < length; at++) mean += counts[at]! / length;
  let together = 0;
  let alone = 0;
  for (let at = 0; at < length; at++) {
    const here = counts[at]! - mean;
    alone += here * here;
    if (at + lag < length) together += here * (counts[at + lag]! - mean);
  }
  // Moved by much, fewer values meet: their share is taken out again.
  return alone === 0 ? 0 : (together / alone) * (length / (length - lag));
}
