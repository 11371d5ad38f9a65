/**
 * Layer D: how often the relations of a device come again, and in which hours of the week it is at work
 * (detection.md 2.5). For up to 32 relations the last 64 gaps, and for each of eight days the longest one.
 *
 * Two rhythms of one relation are kept apart: when conversations begin, and when anything is said at all; what is said
 * is known to the interval in which flows are told (a minute).
 */
import { type Rhythm, rhythmOf } from '../statistics/periodicity.ts';
import { HOURS_OF_WEEK, hourOf, hourOfWeek, Recent } from '../statistics/rings.ts';
import type { Names } from './names.ts';
import { packed, packedBytes, unpackedBytes, unpackInto } from './packed.ts';

const RELATIONS_MAX = 32;
const GAPS = 64;
const DAYS = 8;
const DAY_US = 86_400e6;
/** A relation that was silent for so long gives way to another. */
const STALE_US = DAY_US;

export type Beat = 'start' | 'said';

export class RelationRhythm {
  readonly gaps: Recent = new Recent(GAPS);
  readonly longest: Float32Array = new Float32Array(DAYS);
  readonly firstUs: number;
  lastUs: number;

  constructor(timeUs: number) {
    this.firstUs = timeUs;
    this.lastUs = timeUs;
  }

  /** Beats that stand in another's interval are the same beat. */
  beat(timeUs: number, apartUs: number): void {
    const gapUs = timeUs - this.lastUs;
    if (gapUs <= 0 || gapUs < apartUs) return;
    const day = Math.floor(timeUs / DAY_US);
    for (let past = Math.max(Math.floor(this.lastUs / DAY_US) + 1, day - DAYS + 1); past <= day; past++) {
      this.longest[past % DAYS] = 0;
    }
    this.lastUs = timeUs;
    this.gaps.add(gapUs / 1e6);
    this.longest[day % DAYS] = Math.max(this.longest[day % DAYS]!, gapUs / 1e6);
  }

  rhythm(): Rhythm {
    return rhythmOf(this.gaps.all());
  }

  longestSeconds(): number {
    return Math.max(...this.longest);
  }
}

export interface RelationRhythmDocument {
  beat: Beat;
  role: 'client' | 'server';
  peer: string;
  service: string;
  firstUs: number;
  lastUs: number;
  count: number;
  gaps: string;
  longest: string;
}

export interface RhythmDocument {
  hours: string;
  relations: RelationRhythmDocument[];
}

export class Rhythms {
  /** Hours of the week in which the device said something, one bit each. */
  readonly hours: Uint8Array = new Uint8Array(HOURS_OF_WEEK / 8);
  /** Relations that found no room. */
  refused = 0;
  /** No relation is silent for long enough to give way before. */
  private fullUntilUs = Number.NEGATIVE_INFINITY;
  private readonly relations: Readonly<Record<Beat, Map<number, RelationRhythm>>> = {
    start: new Map(),
    said: new Map(),
  };

  active(timeUs: number): void {
    const slot = hourOfWeek(hourOf(timeUs));
    this.hours[slot >> 3]! |= 1 << (slot & 7);
  }

  isActiveHour(slot: number): boolean {
    return (this.hours[slot >> 3]! & (1 << (slot & 7))) !== 0;
  }

  beat(beat: Beat, key: number, timeUs: number, apartUs: number): void {
    const known = this.relations[beat].get(key);
    if (known !== undefined) known.beat(timeUs, apartUs);
    else if (this.makeRoom(timeUs)) this.relations[beat].set(key, new RelationRhythm(timeUs));
  }

  private makeRoom(nowUs: number): boolean {
    const { start, said } = this.relations;
    if (start.size + said.size < RELATIONS_MAX) return true;
    this.refused++;
    if (nowUs <= this.fullUntilUs) return false;
    let oldestUs = Number.POSITIVE_INFINITY;
    for (const map of [start, said]) {
      for (const [key, one] of map) {
        oldestUs = Math.min(oldestUs, one.lastUs);
        if (nowUs - one.lastUs <= STALE_US) continue;
        map.delete(key);
        return true;
      }
    }
    this.fullUntilUs = oldestUs + STALE_US;
    return false;
  }

  of(beat: Beat, key: number): RelationRhythm | undefined {
    return this.relations[beat].get(key);
  }

  /** The relation under another key, because its peer is called otherwise now. */
  move(from: number, to: number): void {
    for (const map of [this.relations.start, this.relations.said]) {
      const one = map.get(from);
      if (one === undefined || from === to) continue;
      map.delete(from);
      if (!map.has(to)) map.set(to, one);
    }
  }

  *keys(): Generator<number> {
    yield* this.relations.start.keys();
    yield* this.relations.said.keys();
  }

  get bytes(): number {
    return (this.relations.start.size + this.relations.said.size) * (GAPS + DAYS) * 4 + this.hours.byteLength;
  }

  absorb(other: Rhythms): void {
    this.fullUntilUs = Number.NEGATIVE_INFINITY;
    for (let at = 0; at < this.hours.length; at++) this.hours[at]! |= other.hours[at]!;
    for (const beat of ['start', 'said'] as const) {
      for (const [key, theirs] of other.relations[beat]) {
        const ours = this.relations[beat].get(key);
        const isFuller = ours !== undefined && theirs.gaps.count > ours.gaps.count;
        if (isFuller || (ours === undefined && this.makeRoom(theirs.lastUs))) this.relations[beat].set(key, theirs);
      }
    }
  }

  document(names: Names): RhythmDocument {
    const relations: RelationRhythmDocument[] = [];
    for (const beat of ['start', 'said'] as const) {
      for (const [key, { firstUs, lastUs, gaps, longest }] of this.relations[beat]) {
        const { role, peer, service } = names.named(key);
        const arrays = { count: gaps.count, gaps: packed(gaps.values), longest: packed(longest) };
        relations.push({ beat, role, peer, service, firstUs, lastUs, ...arrays });
      }
    }
    const order = ({ beat, role, service, peer }: RelationRhythmDocument): string =>
      [beat, role, service, peer].join('\n');
    return { hours: packedBytes(this.hours), relations: relations.sort((a, b) => (order(a) < order(b) ? -1 : 1)) };
  }

  restore({ hours, relations }: RhythmDocument, names: Names): void {
    this.hours.set(unpackedBytes(hours).subarray(0, this.hours.length));
    for (const { beat, role, peer, service, firstUs, lastUs, count, gaps, longest } of relations) {
      const one = new RelationRhythm(firstUs);
      one.lastUs = lastUs;
      one.gaps.count = count;
      unpackInto(one.gaps.values, gaps);
      unpackInto(one.longest, longest);
      this.relations[beat].set(names.keyOf(role, peer, service, ''), one);
    }
  }
}
