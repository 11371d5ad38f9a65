/**
 * Devices of a kind (class, model, zone), and how many of them know a relation: who is unlike the others, and what a
 * device may be believed because the others do the same (layer E of detection.md 2.1). Counted anew at the end of
 * each day, so that it is the same however the day's packets came.
 */
import type { DeviceBaseline } from './device-baseline.ts';

/** A group says something from this many members on. */
export const MEMBERS_MIN = 5;
const CONSENSUS_DEVICES = 3;
const CONSENSUS_SHARE = 0.3;

export class Groups {
  private readonly members = new Map<string, number>();
  private readonly counts = new Map<string, Map<number, number>>();

  count(devices: Iterable<DeviceBaseline>): void {
    this.members.clear();
    this.counts.clear();
    for (const { group, structure } of devices) {
      if (group === '') continue;
      this.members.set(group, (this.members.get(group) ?? 0) + 1);
      let counts = this.counts.get(group);
      if (counts === undefined) {
        counts = new Map();
        this.counts.set(group, counts);
      }
      for (const key of structure.keys()) counts.set(key, (counts.get(key) ?? 0) + 1);
    }
  }

  size(group: string): number {
    return this.members.get(group) ?? 0;
  }

  /** Members of the group that know the relation. */
  knowing(group: string, key: number): number {
    return this.counts.get(group)?.get(key) ?? 0;
  }

  /** Do enough of its kind have this relation that one of them may be believed? */
  agrees(group: string, key: number): boolean {
    const knowing = this.knowing(group, key);
    return knowing >= CONSENSUS_DEVICES && knowing >= CONSENSUS_SHARE * this.size(group);
  }
}
