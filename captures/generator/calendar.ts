/** Days, hours and how busy they are. Everything is UTC; the first day is a Monday. */
import type { Wanted } from './options.ts';

/** 2026-03-02 00:00 UTC. */
export const FIRST_US: number = Date.UTC(2026, 2, 2) * 1_000;
export const HOUR_US = 3_600e6;
export const DAY_US = 86_400e6;
/** The night from Saturday to Sunday, the 29th of March. */
const SUMMER_DAY = 27;
/** Good Friday and Easter Monday of 2026. */
const HOLIDAYS: ReadonlySet<number> = new Set([32, 35]);

const byHour: readonly number[] = [
  ...[0.15, 0.1, 0.1, 0.1, 0.12, 0.2, 0.5, 1.2, 2.0, 2.4, 2.4, 2.2],
  ...[1.6, 2.0, 2.2, 2.0, 1.6, 1.0, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2],
];
const SUM = byHour.reduce((sum, one) => sum + one, 0);
const QUIET_DAY = 0.3;

export class Calendar {
  private readonly wanted: Wanted;

  constructor(wanted: Wanted) {
    this.wanted = wanted;
  }

  startUs(day: number, hour = 0): number {
    return FIRST_US + day * DAY_US + hour * HOUR_US;
  }

  isQuiet(day: number): boolean {
    return day % 7 >= 5 || (this.wanted.changes.includes('holidays') && HOLIDAYS.has(day));
  }

  /** Share of a day's work that falls into this hour; of a quiet day less than one in all. */
  share(day: number, hour: number): number {
    const isSummer = this.wanted.changes.includes('daylight-saving') && day >= SUMMER_DAY;
    const clock = (hour + (isSummer ? 1 : 0)) % 24;
    return ((byHour[clock] ?? 0) / SUM) * (this.isQuiet(day) ? QUIET_DAY : 1);
  }

  /** YYYYMMDDHHMMSS, as HL7 writes it. */
  text(timeUs: number): string {
    return new Date(Math.floor(timeUs / 1000)).toISOString().replaceAll(/[-:T]/g, '').slice(0, 14);
  }
}
