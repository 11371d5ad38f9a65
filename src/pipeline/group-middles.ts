/** What a usual day is for devices of one kind: the middle of their middles, counted at the end of each day (BL-04). */
import type { DeviceBaseline } from '../baseline/device-baseline.ts';
import { type Metric, metrics } from '../detect.ts';
import { deviation, medianOfSorted, sizeOf, sorted, type Usual, usualOf } from '../statistics/robust.ts';

/** Smallest spread between devices of a kind that is believed: they do not have the same patients. */
const SPREAD_FLOOR = 0.25;
/** Days of a device that say what is usual for it. */
const DAYS_MIN = 7;

interface Middle extends Usual {
  readonly size: number;
}

export class GroupMiddles {
  private readonly middles = new Map<string, Middle>();

  count(devices: Iterable<DeviceBaseline>): void {
    const found = new Map<string, number[]>();
    for (const { group, quantity } of devices) {
      if (group === '') continue;
      for (const metric of metrics) {
        const days = quantity.known(metric)?.days?.all() ?? [];
        if (days.length < DAYS_MIN) continue;
        const key = `${group}\n${metric}`;
        const list = found.get(key);
        const middle = medianOfSorted(sorted(days));
        if (list === undefined) found.set(key, [middle]);
        else list.push(middle);
      }
    }
    this.middles.clear();
    for (const [key, list] of found) this.middles.set(key, { ...usualOf(list, SPREAD_FLOOR), size: list.length });
  }

  /** `middle`: logarithm of the device's usual day. */
  compare(
    group: string,
    metric: Metric,
    middle: number,
  ): { readonly groupMiddle: number; readonly groupDeviation: number; readonly groupSize: number } {
    const of = group === '' ? undefined : this.middles.get(`${group}\n${metric}`);
    if (of === undefined) return { groupMiddle: Number.NaN, groupDeviation: Number.NaN, groupSize: 0 };
    return { groupMiddle: sizeOf(of.middle), groupDeviation: deviation(middle, of), groupSize: of.size };
  }
}
