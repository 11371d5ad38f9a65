/** Hours that were kept back because of an incident, and that a person has found to be as they should be (detection.md 2.8). */
import type { Baseline } from './baseline.ts';
import { find } from './decisions.ts';

const HOUR_US = 3600e6;

export interface Hours {
  /** Id of the device. */
  readonly device: string;
  readonly fromUs: number;
  readonly toUs: number;
}

/** From now on they count as usual. Returns false when the baseline knows no such device. */
export function releaseHours(baseline: Baseline, hours: Hours, idOf: (number: number) => string): boolean {
  const device = find(baseline, hours.device, idOf);
  if (device === undefined) return false;
  device.quantity.release(Math.floor(hours.fromUs / HOUR_US), Math.ceil(hours.toUs / HOUR_US));
  device.isChanged = true;
  return true;
}
