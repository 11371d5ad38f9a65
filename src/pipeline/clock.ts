/**
 * The clock of a run: packet time, in whole seconds.
 *
 * Everything that happens "every second" or "every interval" happens when a packet is the first to stand
 * behind that moment. Two rules keep a hostile or broken clock harmless: a long jump forward is taken in one
 * step, and a long jump back sets the clock back.
 */
import type { Limits } from '../limits.ts';

export class Clock {
  /** The next whole second that has not been announced, microseconds. The one comparison of the packet path. */
  nextTickUs: number = Number.NEGATIVE_INFINITY;
  /** Packet times below this set the clock back. */
  floorUs: number = Number.NEGATIVE_INFINITY;
  private readonly jumpUs: number;
  private readonly backUs: number;
  private readonly intervalUs: number;
  private nextIntervalUs = 0;

  constructor(limits: Limits, intervalSeconds: number) {
    this.jumpUs = limits.clockJumpSeconds * 1e6;
    this.backUs = limits.clockBackSeconds * 1e6;
    this.intervalUs = intervalSeconds * 1e6;
  }

  /**
   * Called when `timeUs` is at or behind `nextTickUs`, or before `floorUs`. Announces each second that has
   * passed, and each interval boundary after the tick of its second. Returns false when the clock was set back.
   */
  advance(timeUs: number, tick: (nowUs: number) => void, interval: (nowUs: number) => void): boolean {
    const second = Math.floor(timeUs / 1e6) * 1e6;
    const first = this.nextTickUs === Number.NEGATIVE_INFINITY;
    if (first || timeUs < this.floorUs) {
      this.set(second);
      this.nextIntervalUs = (Math.floor(second / this.intervalUs) + 1) * this.intervalUs;
      return first;
    }
    let now = second - this.nextTickUs > this.jumpUs ? second : this.nextTickUs;
    for (; now <= second; now += 1e6) {
      tick(now);
      if (now < this.nextIntervalUs) continue;
      const boundary = Math.floor(now / this.intervalUs) * this.intervalUs;
      interval(boundary);
      this.nextIntervalUs = boundary + this.intervalUs;
    }
    this.set(second);
    return true;
  }

  private set(second: number): void {
    this.nextTickUs = second + 1e6;
    this.floorUs = second - this.backUs;
  }
}
