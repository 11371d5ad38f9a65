/**
 * The relations of one device in one layer: which were seen, on how many days, and which of them are accepted.
 *
 * A relation seen for the first time is a candidate. It is accepted by rule (three different days, and several
 * sessions or the agreement of its group), by a sign-off, by a profile, or by a person; it can be accepted until a
 * date, and rejected, which no rule undoes.
 */

import { type AcceptedBy, fieldsOf, Known, type KnownFields, Rows } from './known.ts';

export class RelationSet {
  private readonly rows = new Rows();
  acceptedCount = 0;
  /** Relations seen, summed over the days on which they were, and those seen on one day only (Good and Turing). */
  tupleDays = 0;
  singleDays = 0;
  /** Days on which the device had any relation here, and the last of them. */
  activeDays = 0;
  lastDay = -1;
  /** `activeDays` when a relation was last accepted. */
  acceptedAt = 0;

  get size(): number {
    return this.rows.size;
  }

  /** Good until a relation is forgotten. */
  get(key: number): Known | undefined {
    const begin = this.rows.find(key);
    return begin < 0 ? undefined : new Known(this.rows, begin);
  }

  /** In the order in which they were first seen. */
  *keys(): Generator<number> {
    for (let row = 0; row < this.rows.size; row++) yield this.rows.keyAt(row);
  }

  *entries(): Generator<[key: number, known: Known]> {
    for (const key of this.keys()) yield [key, new Known(this.rows, this.rows.find(key))];
  }

  private added(key: number): Known {
    return new Known(this.rows, this.rows.add(key));
  }

  /** Adds one sight. Null when there is no room for another. */
  see(key: number, nowUs: number, day: number, most: number): Known | null {
    // A conversation belongs to the day on which it began, even if it is told on the next.
    if (day > this.lastDay) {
      this.lastDay = day;
      this.activeDays++;
    }
    let one = this.get(key);
    if (one === undefined) {
      if (this.size >= most) return null;
      one = this.added(key);
      one.firstUs = nowUs;
      one.lastDay = day;
      one.days = 1;
      this.tupleDays++;
      this.singleDays++;
    } else if (day > one.lastDay) {
      if (one.days === 0) one.firstUs = nowUs;
      one.lastDay = day;
      one.days++;
      this.tupleDays++;
      if (one.days === 1) this.singleDays++;
      else if (one.days === 2) this.singleDays--;
    }
    one.count++;
    one.lastUs = Math.max(one.lastUs, nowUs);
    return one;
  }

  accept(one: Known, by: AcceptedBy, untilUs = 0): void {
    if (one.acceptedBy === '') {
      this.acceptedCount++;
      this.acceptedAt = this.activeDays;
    }
    one.acceptedBy = by;
    one.untilUs = untilUs;
    one.rejected = false;
  }

  /** Accepted by a person before it was ever seen here: days and sessions begin at nothing. */
  acceptAhead(key: number, untilUs: number, by: AcceptedBy = 'person'): void {
    let one = this.get(key);
    if (one === undefined) {
      one = this.added(key);
      one.lastDay = -1;
    }
    this.accept(one, by, untilUs);
  }

  reject(one: Known): void {
    this.withdraw(one);
    one.rejected = true;
  }

  withdraw(one: Known): void {
    if (one.acceptedBy !== '') this.acceptedCount--;
    one.acceptedBy = '';
    one.untilUs = 0;
  }

  /** Share of what is still unseen: relations seen on one day only, of all relation-days; 1 before anything was seen. */
  unseenMass(): number {
    return this.tupleDays === 0 ? 1 : this.singleDays / this.tupleDays;
  }

  /** Everything that another set knows is known here too; used when two records prove to be one device. */
  absorb(other: RelationSet): void {
    for (const [key, theirs] of other.entries()) this.join(key, theirs);
    this.activeDays = Math.max(this.activeDays, other.activeDays);
    this.lastDay = Math.max(this.lastDay, other.lastDay);
    this.acceptedAt = Math.max(this.acceptedAt, other.acceptedAt);
  }

  /** The relation under another key, because its peer is called otherwise now. */
  move(from: number, to: number): void {
    const row = this.get(from);
    if (row === undefined || from === to) return;
    const one = fieldsOf(row);
    this.forget(from);
    this.join(to, one);
  }

  forget(key: number): void {
    const one = this.get(key);
    if (one === undefined) return;
    this.tupleDays -= one.days;
    if (one.days === 1) this.singleDays--;
    if (one.acceptedBy !== '') this.acceptedCount--;
    this.rows.remove(key);
  }

  private join(key: number, theirs: KnownFields): void {
    const ours = this.get(key);
    if (ours === undefined) {
      this.put(key, theirs);
      return;
    }
    const wasSingle = ours.days === 1;
    const days = Math.max(ours.days, theirs.days);
    this.tupleDays += days - ours.days;
    ours.days = days;
    if (wasSingle && days > 1) this.singleDays--;
    ours.firstUs = Math.min(ours.firstUs, theirs.firstUs);
    ours.lastUs = Math.max(ours.lastUs, theirs.lastUs);
    ours.lastDay = Math.max(ours.lastDay, theirs.lastDay);
    ours.count += theirs.count;
    ours.neverSilent ||= theirs.neverSilent;
    for (const endpoint of theirs.endpoints) ours.at(endpoint);
    if (ours.acceptedBy === '' && !ours.rejected && theirs.acceptedBy !== '') {
      this.accept(ours, theirs.acceptedBy, theirs.untilUs);
    }
    ours.rejected ||= theirs.rejected;
    if (ours.rejected) this.withdraw(ours);
  }

  /** Puts a relation that was known before (from the store, or of another record). */
  put(key: number, one: KnownFields): void {
    (this.get(key) ?? this.added(key)).become(one);
    this.tupleDays += one.days;
    if (one.days === 1) this.singleDays++;
    if (one.acceptedBy !== '') this.acceptedCount++;
  }
}
