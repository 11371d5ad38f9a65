/**
 * One quantity of one device: what is counted at this moment, and what was counted in bins of five minutes, an hour and
 * a day (detection.md 2.4).
 *
 *     five minutes   the last 7 days, where a card asks for them     8 064 bytes
 *     hour           8 weeks of each hour of the week                5 376 bytes, and 672 for its thresholds
 *                    or the last 7 days                                672 bytes
 *     day            the last 56 days                                  224 bytes
 *
 * Numbers are kept as logarithms of sizes; rings are made when there is something to keep. A threshold never rises by
 * more than half in a week: who feeds a device slowly does not move what is usual (2.8).
 */
import type { Span } from '../detect.ts';
import { HOURS_OF_WEEK, HourOfWeek, hourOfWeek, Recent } from '../statistics/rings.ts';
import { logOf, quantile, type Usual, usualOf } from '../statistics/robust.ts';
import { packed, unpackInto } from './packed.ts';

/** Spreads above the middle from which a bin deviates. */
const SPREADS: Readonly<Record<Span, number>> = { minutes: 6, hour: 5, day: 4 };
/** Smallest spread that is believed, in logarithms: about ten in a hundred. */
const SPREAD_FLOOR = 0.1;
/** Bins that a window must have to say what is usual. */
const SAME_HOUR_MIN = 4;
const SAME_HOUR_OF_DAY_MIN = 10;
const RECENT_MIN = 48;
const DAYS_MIN = 14;
/** Of bins of five minutes one in two hundred is more than the threshold at most. */
const CALIBRATION = 0.995;
/** A threshold may rise by so much in a week without a person, and in a day. */
export const GROWTH_WEEK: number = Math.log(1.5);
const GROWTH_DAY = GROWTH_WEEK / 7;
const BINS_OF_HOUR = 12;
const RECENT_MINUTES = 2_016;
const RECENT_HOURS = 168;
const RECENT_DAYS = 56;

export interface SeriesKind {
  /** Bins of five minutes are kept. */
  readonly hasMinutes: boolean;
  /** Hours are kept by hour of the week; else only the last seven days. */
  readonly hasWeeks: boolean;
  /** Less than this in an hour is nothing worth a word. */
  readonly small: number;
}

/** A bin that is over, judged by what was usual before it. */
export interface Judged {
  readonly log: number;
  /** NaN while nobody can say. */
  readonly middle: number;
  readonly limit: number;
  readonly deviation: number;
  /** Bins in a row that deviate, this one among them; 0 = it does not. */
  readonly run: number;
}

export interface SeriesDocument {
  open: number[];
  runs: number[];
  limits: (number | null)[];
  reference: number | null;
  minutes?: [number, string];
  weeks?: string;
  guard?: string;
  hours?: [number, string];
  days?: [number, string];
}

const unknown: Usual = { middle: Number.NaN, spread: Number.NaN };
/** What is small and not asked for is told to nobody. */
const unasked: Judged = { log: 0, middle: Number.NaN, limit: Number.NaN, deviation: Number.NaN, run: 0 };

export class Series {
  /** Counted in the bins that are open: five minutes, hour, day. */
  readonly open: Record<Span, number> = { minutes: 0, hour: 0, day: 0 };
  /** Logarithm of a usual day when the device was signed off or found to be known (layer F); NaN before. */
  reference: number = Number.NaN;
  weeks: HourOfWeek | null = null;
  days: Recent | null = null;
  private minutes: Recent | null = null;
  private hours: Recent | null = null;
  /** Thresholds of the hours of the week as last used. */
  private guard: Float32Array | null = null;
  private readonly runs: Record<Span, number> = { minutes: 0, hour: 0, day: 0 };
  /** Thresholds of five minutes and of a day as last used. */
  private readonly limits: { minutes: number; day: number } = { minutes: Number.NaN, day: Number.NaN };
  private readonly kind: SeriesKind;

  constructor(kind: SeriesKind) {
    this.kind = kind;
  }

  add(amount: number): void {
    this.open.minutes += amount;
    this.open.hour += amount;
    this.open.day += amount;
  }

  /** The bin is over. `isLearnt`: thresholds may not rise at will any more. */
  close(span: Span, hour: number, isLearnt: boolean, isMasked: boolean, isAsked: boolean, room: () => boolean): Judged {
    const log = logOf(this.open[span]);
    const isSmall = this.open[span] <= this.kind.small * SHARE[span];
    this.open[span] = 0;
    if (isSmall && !isAsked) {
      // Nothing so small deviates, and nobody wants to know what would be usual.
      this.runs[span] = 0;
      this.keep(span, hour, log, isMasked, room);
      return unasked;
    }
    const isKept = span === 'minutes' && !this.isDue();
    let usual = isKept ? unknown : this.usual(span, hour);
    const limit = isKept ? this.limits.minutes : this.limitOf(span, hour, usual, isLearnt);
    const deviates = log > limit;
    if (deviates && isKept) usual = this.usual(span, hour);
    this.runs[span] = deviates ? this.runs[span] + 1 : 0;
    this.keep(span, hour, log, isMasked, room);
    return { log, middle: usual.middle, limit, deviation: (log - usual.middle) / usual.spread, run: this.runs[span] };
  }

  /** The bin is over, and nobody could see what was in it. */
  skip(span: Span): void {
    this.open[span] = 0;
    this.runs[span] = 0;
  }

  /** Two thousand bins are not sorted every five minutes: their threshold is found anew once an hour. */
  private isDue(): boolean {
    return this.minutes !== null && (Number.isNaN(this.limits.minutes) || this.minutes.count % BINS_OF_HOUR === 0);
  }

  /** The first window that has enough clean bins. */
  private usual(span: Span, hour: number): Usual {
    if (span === 'minutes') return enough(this.minutes?.all(), RECENT_MIN);
    if (span === 'day') return enough(this.days?.all(), DAYS_MIN);
    if (this.weeks === null) return enough(this.hours?.all(), RECENT_MIN);
    const slot = hourOfWeek(hour);
    const same = enough(this.weeks.slot(slot), SAME_HOUR_MIN);
    if (same !== unknown) return same;
    const sameOfDay = enough(this.weeks.hourOfDay(slot), SAME_HOUR_OF_DAY_MIN);
    return sameOfDay !== unknown ? sameOfDay : enough(this.weeks.all(), RECENT_MIN);
  }

  private limitOf(span: Span, hour: number, { middle, spread }: Usual, isLearnt: boolean): number {
    let limit = middle + SPREADS[span] * spread;
    if (Number.isNaN(limit)) return Number.NaN;
    if (span === 'minutes') limit = Math.max(limit, quantile(this.minutes?.all() ?? [], CALIBRATION));
    const least = logOf(this.kind.small * SHARE[span]);
    limit = Math.max(limit, least);
    if (span === 'hour') return this.guarded(hourOfWeek(hour), limit, least, isLearnt);
    const before = this.limits[span];
    const growth = span === 'day' ? GROWTH_DAY : GROWTH_DAY / 24;
    if (isLearnt && limit > before) limit = Math.max(Math.min(limit, before + growth), least);
    this.limits[span] = limit;
    return limit;
  }

  /** Each hour of the week comes once a week: it may rise by a week's growth. */
  private guarded(slot: number, wanted: number, least: number, isLearnt: boolean): number {
    if (this.weeks === null) return wanted;
    this.guard ??= new Float32Array(HOURS_OF_WEEK).fill(Number.NaN);
    const before = this.guard[slot]!;
    const limit = isLearnt && wanted > before ? Math.max(Math.min(wanted, before + GROWTH_WEEK), least) : wanted;
    this.guard[slot] = limit;
    return limit;
  }

  private keep(span: Span, hour: number, log: number, isMasked: boolean, room: () => boolean): void {
    if (span === 'day') {
      if (this.days === null && log === 0) return;
      this.days ??= new Recent(RECENT_DAYS);
      this.days.add(log, isMasked);
    } else if (span === 'minutes') {
      if (!this.kind.hasMinutes || (this.minutes === null && log === 0)) return;
      this.minutes ??= new Recent(RECENT_MINUTES);
      this.minutes.add(log, isMasked);
    } else if (this.kind.hasWeeks) {
      if (this.weeks === null && (log === 0 || !room())) return;
      this.weeks ??= new HourOfWeek();
      this.weeks.set(hour, log, isMasked);
    } else {
      if (this.hours === null && log === 0) return;
      this.hours ??= new Recent(RECENT_HOURS);
      this.hours.add(log, isMasked);
    }
  }

  /** A person said that these hours were as they should be. */
  release(fromHour: number, toHour: number): void {
    this.weeks?.release(fromHour, toHour);
    this.minutes?.release();
    this.hours?.release();
    this.days?.release();
  }

  /** Learnt again: thresholds may be what they will be. */
  forgive(): void {
    this.guard?.fill(Number.NaN);
    this.limits.minutes = Number.NaN;
    this.limits.day = Number.NaN;
  }

  /** Bytes that its rings take. */
  get bytes(): number {
    const rings = [this.minutes?.values, this.weeks?.values, this.hours?.values, this.days?.values, this.guard];
    return rings.reduce((sum, ring) => sum + (ring?.byteLength ?? 0), 0);
  }

  absorb(other: Series): void {
    for (const span of ['minutes', 'hour', 'day'] as const) this.open[span] += other.open[span];
    this.minutes = longer(this.minutes, other.minutes);
    this.hours = longer(this.hours, other.hours);
    this.days = longer(this.days, other.days);
    if (this.weeks === null) this.weeks = other.weeks;
    if (Number.isNaN(this.reference)) this.reference = other.reference;
  }

  document(): SeriesDocument {
    const { open, runs, limits, minutes, weeks, guard, hours, days, reference } = this;
    return {
      open: [open.minutes, open.hour, open.day],
      runs: [runs.minutes, runs.hour, runs.day],
      limits: [orNull(limits.minutes), orNull(limits.day)],
      reference: orNull(reference),
      ...(minutes === null ? {} : { minutes: [minutes.count, packed(minutes.values)] }),
      ...(weeks === null ? {} : { weeks: packed(weeks.values) }),
      ...(guard === null ? {} : { guard: packed(guard) }),
      ...(hours === null ? {} : { hours: [hours.count, packed(hours.values)] }),
      ...(days === null ? {} : { days: [days.count, packed(days.values)] }),
    };
  }

  restore({ open, runs, limits, reference, minutes, weeks, guard, hours, days }: SeriesDocument): void {
    Object.assign(this.open, { minutes: open[0] ?? 0, hour: open[1] ?? 0, day: open[2] ?? 0 });
    Object.assign(this.runs, { minutes: runs[0] ?? 0, hour: runs[1] ?? 0, day: runs[2] ?? 0 });
    this.limits.minutes = limits[0] ?? Number.NaN;
    this.limits.day = limits[1] ?? Number.NaN;
    this.reference = reference ?? Number.NaN;
    if (minutes !== undefined) this.minutes = recentFrom(RECENT_MINUTES, minutes);
    if (hours !== undefined) this.hours = recentFrom(RECENT_HOURS, hours);
    if (days !== undefined) this.days = recentFrom(RECENT_DAYS, days);
    if (weeks !== undefined) {
      this.weeks = new HourOfWeek();
      unpackInto(this.weeks.values, weeks);
    }
    if (guard !== undefined) {
      this.guard = new Float32Array(HOURS_OF_WEEK);
      unpackInto(this.guard, guard);
    }
  }
}

/** Share of an hour's smallness: a burst of five minutes may carry a good part of it, a day a few hours'. */
const SHARE: Readonly<Record<Span, number>> = { minutes: 0.5, hour: 1, day: 4 };

function enough(logs: readonly number[] | undefined, least: number): Usual {
  return logs === undefined || logs.length < least ? unknown : usualOf(logs, SPREAD_FLOOR);
}

function longer(ours: Recent | null, theirs: Recent | null): Recent | null {
  return (theirs?.count ?? 0) > (ours?.count ?? 0) ? theirs : ours;
}

function orNull(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}

function recentFrom(length: number, [count, text]: readonly [number, string]): Recent {
  const ring = new Recent(length);
  ring.count = count;
  unpackInto(ring.values, text);
  return ring;
}
