/**
 * Layer C: how much a device sends, asks and is asked, hour by hour of the week (detection.md 2.4).
 *
 * A bin in which something is wrong with the device is kept and not believed until a person releases it; a bin that the
 * sensor could not see is not kept at all (2.8). Memory per device is bounded by the rings that may be made: six of
 * hours of the week, two of five minutes.
 */
import { type Metric, metrics, type Span } from '../detect.ts';
import { hourOfWeek, WEEKS } from '../statistics/rings.ts';
import { medianOfSorted, sizeOf, sorted } from '../statistics/robust.ts';
import { Distinct } from '../statistics/sketch.ts';
import { type Judged, Series, type SeriesDocument, type SeriesKind } from './series.ts';

/** What each quantity keeps, and how much of it in an hour is too little for a word. */
const kinds: Readonly<Record<Metric, SeriesKind>> = {
  'bytes-out-external': { hasMinutes: true, hasWeeks: true, small: 1_000_000 },
  'bytes-out-internal': { hasMinutes: false, hasWeeks: true, small: 10_000_000 },
  'bytes-out-strange': { hasMinutes: true, hasWeeks: false, small: 10_000_000 },
  'bytes-in': { hasMinutes: false, hasWeeks: true, small: 10_000_000 },
  flows: { hasMinutes: false, hasWeeks: false, small: 100 },
  peers: { hasMinutes: false, hasWeeks: true, small: 20 },
  'dns-queries': { hasMinutes: false, hasWeeks: false, small: 200 },
  instances: { hasMinutes: false, hasWeeks: true, small: 100 },
  'hl7-messages': { hasMinutes: false, hasWeeks: true, small: 200 },
};

/** Rings of hours of the week that one device may have. */
const WEEK_RINGS_MAX = 6;
/** Same hours before a role can be told, as for sizes. */
const SAME_HOUR_MIN = 4;
const SAME_HOUR_OF_DAY_MIN = 10;

export interface QuantityDocument {
  series: Partial<Record<Metric, SeriesDocument>>;
  /** Hashes of the partners of this hour and of this day. */
  peers: [number[] | string, number[] | string];
  maskedUntilUs: number;
}

export class Quantity {
  /** Bins up to here belong to an incident. */
  maskedUntilUs = 0;
  /** Rings that were not made because the device has its share. */
  refused = 0;
  private readonly series = new Map<Metric, Series>();
  private hourPeers: Distinct | null = null;
  private dayPeers: Distinct | null = null;
  private readonly room = (): boolean => {
    let rings = 0;
    for (const one of this.series.values()) if (one.weeks !== null) rings++;
    if (rings >= WEEK_RINGS_MAX) this.refused++;
    return rings < WEEK_RINGS_MAX;
  };

  add(metric: Metric, amount: number): void {
    this.of(metric).add(amount);
  }

  addPeer(hash: number): void {
    this.of('peers');
    this.hourPeers ??= new Distinct();
    this.dayPeers ??= new Distinct();
    this.hourPeers.add(hash);
    this.dayPeers.add(hash);
  }

  of(metric: Metric): Series {
    let series = this.series.get(metric);
    if (series === undefined) {
      series = new Series(kinds[metric]);
      this.series.set(metric, series);
    }
    return series;
  }

  known(metric: Metric): Series | undefined {
    return this.series.get(metric);
  }

  /** Ends the open bin of every quantity, in a fixed order. `nowUs`: its end; `asked`: wanted though it is as usual. */
  close(
    span: Span,
    nowUs: number,
    hour: number,
    isLearnt: boolean,
    asked: ReadonlySet<Metric>,
    told: (metric: Metric, bin: Judged) => void,
  ): void {
    const isMasked = nowUs <= this.maskedUntilUs;
    this.countPeers(span);
    for (const metric of metrics) {
      const series = this.series.get(metric);
      if (series === undefined) continue;
      const isAsked = asked.has(metric);
      const judged = series.close(span, hour, isLearnt, isMasked, isAsked, this.room);
      if (isAsked || judged.run > 0) told(metric, judged);
    }
  }

  private countPeers(span: Span): void {
    const peers = this.series.get('peers');
    if (peers === undefined || span === 'minutes') return;
    const distinct = span === 'hour' ? this.hourPeers : this.dayPeers;
    peers.open[span] = distinct?.count() ?? 0;
    this.forgetPeers(span);
  }

  /** Ends the open bin without believing it: the sensor could not see. */
  skip(span: Span): void {
    for (const series of this.series.values()) series.skip(span);
    this.forgetPeers(span);
  }

  private forgetPeers(span: Span): void {
    if (span === 'hour') this.hourPeers = null;
    if (span === 'day') this.dayPeers = null;
  }

  /** What was sent of what was carried in this hour: -1 only taken, +1 only given; NaN of nothing. Before `close`. */
  balance(): { readonly ratio: number; readonly bytes: number } {
    const out = this.openHour('bytes-out-external') + this.openHour('bytes-out-internal');
    const all = out + this.openHour('bytes-in');
    return { ratio: all === 0 ? Number.NaN : (2 * out) / all - 1, bytes: all };
  }

  private openHour(metric: Metric): number {
    return this.series.get(metric)?.open.hour ?? 0;
  }

  /** The usual balance in this hour of the week, NaN while nobody can say. */
  usualBalance(hour: number): number {
    const slot = hourOfWeek(hour);
    const same = this.balances([slot]);
    if (same.length >= SAME_HOUR_MIN) return medianOfSorted(sorted(same));
    const isWeekend = slot >= 5 * 24;
    const days = isWeekend ? [5, 6] : [0, 1, 2, 3, 4];
    const ofDay = this.balances(days.map((day) => day * 24 + (slot % 24)));
    return ofDay.length >= SAME_HOUR_OF_DAY_MIN ? medianOfSorted(sorted(ofDay)) : Number.NaN;
  }

  private balances(slots: readonly number[]): number[] {
    const found: number[] = [];
    for (const slot of slots) {
      for (let week = 0; week < WEEKS; week++) {
        const out = this.sizeAt('bytes-out-external', slot, week) + this.sizeAt('bytes-out-internal', slot, week);
        const all = out + this.sizeAt('bytes-in', slot, week);
        if (all > 0) found.push((2 * out) / all - 1);
      }
    }
    return found;
  }

  private sizeAt(metric: Metric, slot: number, week: number): number {
    const value = this.series.get(metric)?.weeks?.values[slot * WEEKS + week] ?? Number.NaN;
    return value >= 0 ? sizeOf(value) : 0;
  }

  /** Layer F: what a day is at the sign-off. */
  freeze(): void {
    for (const series of this.series.values()) series.reference = medianOfSorted(sorted(series.days?.all() ?? []));
  }

  release(fromHour: number, toHour: number): void {
    this.maskedUntilUs = 0;
    for (const series of this.series.values()) series.release(fromHour, toHour);
  }

  forgive(): void {
    for (const series of this.series.values()) series.forgive();
  }

  get bytes(): number {
    let bytes = 0;
    for (const series of this.series.values()) bytes += series.bytes;
    return bytes;
  }

  absorb(other: Quantity): void {
    for (const [metric, theirs] of other.series) this.of(metric).absorb(theirs);
    this.maskedUntilUs = Math.max(this.maskedUntilUs, other.maskedUntilUs);
    this.hourPeers = together(this.hourPeers, other.hourPeers);
    this.dayPeers = together(this.dayPeers, other.dayPeers);
  }

  document(): QuantityDocument {
    const series: QuantityDocument['series'] = {};
    for (const metric of metrics) {
      const one = this.series.get(metric);
      if (one !== undefined) series[metric] = one.document();
    }
    const peers: QuantityDocument['peers'] = [this.hourPeers?.kept() ?? [], this.dayPeers?.kept() ?? []];
    return { series, peers, maskedUntilUs: this.maskedUntilUs };
  }

  restore({ series, peers, maskedUntilUs }: QuantityDocument): void {
    for (const metric of metrics) {
      const one = series[metric];
      if (one !== undefined) this.of(metric).restore(one);
    }
    this.maskedUntilUs = maskedUntilUs;
    this.hourPeers = peers[0].length === 0 ? null : Distinct.from(peers[0]);
    this.dayPeers = peers[1].length === 0 ? null : Distinct.from(peers[1]);
  }
}

function together(ours: Distinct | null, theirs: Distinct | null): Distinct | null {
  if (ours === null || theirs === null) return ours ?? theirs;
  ours.merge(theirs);
  return ours;
}
