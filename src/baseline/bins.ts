/**
 * The bins of packet time that are open for the whole site: which five minutes, and how much of the hour and of the day
 * could be heard. Five minutes in which nobody said anything were not seen; silence of one device is no such thing.
 */

export const BIN_US = 300e6;
export const BINS_OF_HOUR = 12;
export const BINS_OF_DAY = 288;
/** Bins that must have been heard for an hour or a day to count: half of them. */
const HOUR_HEARD_MIN = BINS_OF_HOUR / 2;
const DAY_HEARD_MIN = BINS_OF_DAY / 2;

export class Bins {
  /** Number of the open five minutes since 1970 UTC, -1 before the first. */
  bin = -1;
  isHeard = false;
  private heardOfHour = 0;
  private heardOfDay = 0;

  /** The five minutes are over. Returns whether they, and the hour and day that end with them, count. */
  end(canSee: boolean): { readonly minutes: boolean; readonly hour: boolean | null; readonly day: boolean | null } {
    const minutes = this.isHeard && canSee;
    this.isHeard = false;
    if (minutes) {
      this.heardOfHour++;
      this.heardOfDay++;
    }
    this.bin++;
    const hour = this.bin % BINS_OF_HOUR === 0 ? this.heardOfHour >= HOUR_HEARD_MIN : null;
    const day = this.bin % BINS_OF_DAY === 0 ? this.heardOfDay >= DAY_HEARD_MIN : null;
    if (hour !== null) this.heardOfHour = 0;
    if (day !== null) this.heardOfDay = 0;
    return { minutes, hour, day };
  }

  /** After a long time in which nothing was heard. */
  jump(bin: number): void {
    this.bin = bin;
    this.isHeard = false;
    this.heardOfHour = 0;
    this.heardOfDay = 0;
  }

  kept(): number[] {
    return [this.bin, this.isHeard ? 1 : 0, this.heardOfHour, this.heardOfDay];
  }

  restore([bin = -1, isHeard = 0, ofHour = 0, ofDay = 0]: readonly number[] = []): void {
    this.bin = bin;
    this.isHeard = isHeard === 1;
    this.heardOfHour = ofHour;
    this.heardOfDay = ofDay;
  }
}
