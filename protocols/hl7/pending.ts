/**
 * Messages of one direction that wait for their acknowledgement: hash of the control id (MSH-10) and time.
 *
 * A ring: when it is full the oldest gives way, so a receiver that never answers costs nothing more. The ids
 * themselves are never kept.
 */
export class Pending {
  private readonly hash: Int32Array;
  private readonly timeUs: Float64Array;
  private count = 0;

  constructor(capacity: number) {
    this.hash = new Int32Array(capacity);
    this.timeUs = new Float64Array(capacity);
  }

  add(hash: number, timeUs: number): void {
    const slot = this.count++ % this.hash.length;
    this.hash[slot] = hash;
    this.timeUs[slot] = timeUs;
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
