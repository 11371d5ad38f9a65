/**
 * A bounded, even sample of the values of one interval, for its median and its 95th percentile: when it is full,
 * every second value goes, and of those that come every second is taken.
 */
import type { Point } from '../model.ts';

const VALUES_MAX = 512;

export class Sample {
  private values: number[] = [];
  private stride = 1;
  private passed = 0;

  /** Values below zero say that there was none. */
  add(value: number): void {
    if (!(value >= 0)) return;
    if (this.passed++ % this.stride !== 0) return;
    if (this.values.length >= VALUES_MAX) {
      this.values = this.values.filter((_, at) => at % 2 === 0);
      this.stride *= 2;
    }
    this.values.push(value);
  }

  addAll(other: Sample): void {
    for (const value of other.values) this.add(value);
  }

  clear(): void {
    if (this.passed === 0) return;
    this.values.length = 0;
    this.stride = 1;
    this.passed = 0;
  }

  /** Writes both into `fields`, unless there was no value. */
  tell(fields: Point['fields'], median: string, highest = ''): void {
    const { length } = this.values;
    if (length === 0) return;
    const sorted = Float64Array.from(this.values).sort();
    const middle = length >> 1;
    const high = sorted[middle] ?? 0;
    fields[median] = Math.round(length % 2 === 1 ? high : ((sorted[middle - 1] ?? 0) + high) / 2);
    if (highest !== '') fields[highest] = Math.round(sorted[Math.ceil(0.95 * length) - 1] ?? 0);
  }
}
