/**
 * How much conversations with one partner look like a program that calls home: the score of RITA version 5, by its
 * published rule and in our own words (detection.md, EX-08). Four parts count the same: gaps, sizes, duration, histogram.
 */
import { medianDeviation, medianOfSorted, sorted } from './robust.ts';

/** Conversations, and gaps that are not nothing, that a score needs; above the last it is a strobe. */
export const CALLS_MIN = 4;
const GAPS_MIN = 3;
export const STROBE_MIN = 86_400;
/** Quartiles nearer than this say nothing about skew. */
const SPAN_MIN = 10;
const HOURS = 24;
/** Hours with conversations that a duration and two heights of the histogram need, and a run of hours that is all. */
const DURATION_HOURS_MIN = 6;
const BIMODAL_HOURS_MIN = 11;
const RUN_HOURS = 12;
const HEIGHT_STEP = 0.05;

export interface BeaconScore {
  readonly score: number;
  readonly gaps: number;
  readonly sizes: number;
  readonly duration: number;
  readonly histogram: number;
  /** Median gap in seconds. */
  readonly periodSeconds: number;
}

/** `times` in seconds, ascending; `sizes` beside them; the window is `fromSeconds` to `fromSeconds + windowSeconds`. */
export function beaconScore(
  times: ArrayLike<number>,
  sizes: ArrayLike<number>,
  fromSeconds: number,
  windowSeconds: number,
): BeaconScore | null {
  if (times.length < CALLS_MIN) return null;
  const gaps = new Float64Array(times.length - 1);
  let positive = 0;
  for (let at = 1; at < times.length; at++) {
    gaps[at - 1] = times[at]! - times[at - 1]!;
    if (gaps[at - 1]! > 0) positive++;
  }
  if (positive < GAPS_MIN) return null;
  const ofGaps = steadiness(gaps, 1);
  const ofSizes = steadiness(
    Float64Array.from({ length: sizes.length }, (_, at) => sizes[at]!),
    0,
  );
  const counts = hoursOf(times, fromSeconds, windowSeconds);
  const duration = durationOf(times[times.length - 1]! - times[0]!, windowSeconds, counts);
  const histogram = histogramOf(counts);
  const score = times.length >= STROBE_MIN ? 1 : round((ofGaps + ofSizes + duration + histogram) / 4);
  return { score, gaps: ofGaps, sizes: ofSizes, duration, histogram, periodSeconds: medianOfSorted(gaps.sort()) };
}

/** Half from the skew of the quartiles, half from the spread. `below1`: the second half where the median is under 1. */
function steadiness(values: Float64Array, below1: number): number {
  const all = sorted(values);
  const middle = medianOfSorted(all);
  const spread = middle < 1 ? below1 : Math.max(0, (middle - medianDeviation(all, middle)) / middle);
  return round((1 - Math.abs(skewOf(all, middle)) + spread) / 2);
}

/** Bowley's skew; quartiles are the medians of the two halves. */
function skewOf(all: Float64Array, middle: number): number {
  const low = medianOfSorted(all.subarray(0, all.length >> 1));
  const high = medianOfSorted(all.subarray((all.length + 1) >> 1));
  if (!(high - low >= SPAN_MIN) || middle === low || middle === high) return 0;
  return (low + high - 2 * middle) / (high - low);
}

function hoursOf(times: ArrayLike<number>, fromSeconds: number, windowSeconds: number): number[] {
  const counts = new Array<number>(HOURS).fill(0);
  for (let at = 0; at < times.length; at++) {
    const hour = Math.floor(((times[at]! - fromSeconds) * HOURS) / windowSeconds);
    counts[Math.min(Math.max(hour, 0), HOURS - 1)]!++;
  }
  return counts;
}

function durationOf(spanSeconds: number, windowSeconds: number, counts: readonly number[]): number {
  if (counts.filter((count) => count > 0).length < DURATION_HOURS_MIN) return 0;
  let longest = 0;
  let run = 0;
  for (const count of counts) {
    run = count > 0 ? run + 1 : 0;
    longest = Math.max(longest, run);
  }
  return Math.min(1, Math.max(spanSeconds / windowSeconds, longest / RUN_HOURS));
}

function histogramOf(counts: readonly number[]): number {
  const mean = counts.reduce((sum, count) => sum + count, 0) / HOURS;
  const variance = counts.reduce((sum, count) => sum + (count - mean) ** 2, 0) / HOURS;
  const even = Math.max(0, 1 - Math.sqrt(variance) / mean);
  return round(Math.max(even, bimodalOf(counts)));
}

/** Two heights that nearly all hours have: busy and quiet ones of a program. */
function bimodalOf(counts: readonly number[]): number {
  const filled = counts.filter((count) => count > 0);
  if (filled.length < BIMODAL_HOURS_MIN) return 0;
  const step = Math.max(1, Math.ceil(HEIGHT_STEP * Math.max(...filled)));
  const heights = new Map<number, number>();
  for (const count of filled) {
    const height = Math.floor(count / step);
    heights.set(height, (heights.get(height) ?? 0) + 1);
  }
  const [first = 0, second = 0] = [...heights.values()].sort((a, b) => b - a);
  return Math.min(1, (first + second) / Math.max(filled.length - 1, 1));
}

function round(score: number): number {
  return Math.round(score * 1000) / 1000;
}
