/**
 * How far the clock of a device stands from the clock of the sensor, by times that it writes into its messages.
 *
 * Where it names its zone, the difference is taken as it is. Where it does not, the time is local: in the site's time
 * zone when the configuration names one, otherwise in the zone that most devices of the site seem to live in (whole
 * hours, the commonest of a day). What is left is the error of its clock.
 */
import type { Hl7Message, Instance } from '../records.ts';
import type { DeviceSums } from './sums.ts';

const HOUR_US = 3600e6;
const DAY_US = 24 * HOUR_US;
/** UTC−12 to UTC+14. */
const HOURS_BEHIND = 12;
const HOURS_AHEAD = 14;

/** An image that says it is older than this was stored late, and its time tells nothing of a clock. */
const IMAGE_LATE_US = 600e6;

export class ClockErrors {
  private readonly local: LocalTime;

  constructor(timeZone: string) {
    this.local = new LocalTime(timeZone);
  }

  /** MSH-7, when the message was made. `movedUs`: by how much packet times were moved. */
  ofMessage({ clockSkewUs, localClockSkewUs, timeUs }: Hl7Message, sender: DeviceSums, movedUs: number): void {
    sender.clock(this.skewUs(clockSkewUs, localClockSkewUs, timeUs, movedUs), 'HL7 MSH-7');
  }

  /** Instance Creation Time: told by whoever makes images, not by archives that pass them on. */
  ofImage({ clockSkewUs, localClockSkewUs, timeUs }: Instance, sender: DeviceSums, movedUs: number): void {
    if (sender.device?.roles.has('dicom archive') === true) return;
    const skewUs = this.skewUs(clockSkewUs, localClockSkewUs, timeUs, movedUs);
    if (skewUs > -IMAGE_LATE_US) sender.clock(skewUs, 'DICOM (0008,0013)');
  }

  private skewUs(zonedUs: number, localUs: number, timeUs: number, movedUs: number): number {
    if (!Number.isNaN(zonedUs)) return zonedUs + movedUs;
    return Number.isNaN(localUs) ? Number.NaN : this.local.skewUs(localUs + movedUs, timeUs - movedUs);
  }
}

export class LocalTime {
  private readonly format: Intl.DateTimeFormat | null;
  private readonly votes: Float64Array = new Float64Array(HOURS_BEHIND + HOURS_AHEAD + 1);
  private votesDay = 0;
  private hour = -1;
  private offsetUs = 0;

  /** `UTC` is the default of the configuration and says nothing. */
  constructor(timeZone: string) {
    this.format =
      timeZone === 'UTC'
        ? null
        : new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset', hour: 'numeric' });
  }

  /** The error of a clock whose local time, read as if it were UTC, differs by `localUs` at `timeUs`. */
  skewUs(localUs: number, timeUs: number): number {
    return localUs - (this.format === null ? this.usualUs(localUs, timeUs) : this.zoneUs(this.format, timeUs));
  }

  private zoneUs(format: Intl.DateTimeFormat, timeUs: number): number {
    const hour = Math.floor(timeUs / HOUR_US);
    if (hour === this.hour) return this.offsetUs;
    this.hour = hour;
    const name = format.formatToParts(timeUs / 1000).find(({ type }) => type === 'timeZoneName')?.value ?? '';
    const [, sign = '+', hours = '0', minutes = '0'] = /GMT([+-])(\d\d):(\d\d)/.exec(name) ?? [];
    this.offsetUs = (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60e6;
    return this.offsetUs;
  }

  private usualUs(localUs: number, timeUs: number): number {
    const hours = Math.round(localUs / HOUR_US);
    const { votes } = this;
    const day = Math.floor(timeUs / DAY_US);
    if (day !== this.votesDay) {
      // Yesterday counts half: summer time begins and ends.
      for (let at = 0; at < votes.length; at++) votes[at]! /= 2;
      this.votesDay = day;
    }
    if (hours >= -HOURS_BEHIND && hours <= HOURS_AHEAD) votes[hours + HOURS_BEHIND]!++;
    let best = HOURS_BEHIND;
    for (let at = 0; at < votes.length; at++) if (votes[at]! > votes[best]!) best = at;
    return (best - HOURS_BEHIND) * HOUR_US;
  }
}
