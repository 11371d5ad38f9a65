/**
 * Messages of one direction that wait for their acknowledgement: hash of the control id (MSH-10) and time.
 *
 * A ring: when it is full the oldest gives way, so a receiver that never answers costs nothing more. It grows to its
 * full size only on connections that carry so many messages. The ids themselves are never kept.
 */

/** Most connections carry few messages. */
const CAPACITY_FIRST = 8;

export class Pending {
  private readonly capacityMax: number;
  private hash: Int32Array;
  private timeUs: Float64Array;
  private count = 0;

  constructor(capacityMax: number) {
    this.capacityMax = capacityMax;
    this.hash = new Int32Array(Math.min(CAPACITY_FIRST, capacityMax));
    this.timeUs = new Float64Array(this.hash.length);
  }

  add(hash: number, timeUs: number): void {
    if (this.count === this.hash.length && this.count < this.capacityMax) this.grow();
    const slot = this.count++ % this.hash.length;
    this.hash[slot] = hash;
    this.timeUs[slot] = timeUs;
  }

  /** Before the first has given way, the n-th message stands in slot n, however many slots there are. */
  private grow(): void {
    const capacity = Math.min(2 * this.hash.length, this.capacityMax);
    const { hash, timeUs } = this;
    this.hash = new Int32Array(capacity);
    this.hash.set(hash);
    this.timeUs = new Float64Array(capacity);
    this.timeUs.set(timeUs);
  }

  /** Time of the newest message with that control id, which then waits no longer; -1 when there is none. */
  take(hash: number): number {
    const capacity = this.hash.length;
    const oldest = Math.max(0, this.count - capacity);
    for (let i = this.count - 1; i >= oldest; i--) {
      const slot = i % capacity;
      if (this.hash[slot] !== hash) continue;
      this.hash[slot] = 0;
      return this.timeUs[slot]!;
    }
    return -1;
  }
}
