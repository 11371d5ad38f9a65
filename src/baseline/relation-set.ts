/**
 * The relations of one device in one layer: which were seen, on how many days, and which of them are accepted.
 *
 * A relation seen for the first time is a candidate. It is accepted by rule (three different days, and several
 * sessions or the agreement of its group), by a sign-off, by a profile, or by a person; it can be accepted until a
 * date, and rejected, which no rule undoes.
 */

/** By what a relation was accepted; '' while it is a candidate. */
export type AcceptedBy = '' | 'rule' | 'group' | 'sign-off' | 'profile' | 'mud' | 'person';

/** Ports of one transport: IP protocol × this + port is an endpoint. */
export const PORTS = 65_536;
/** Endpoints that are remembered of a relation; a service that moves among more has none of its own. */
export const ENDPOINTS_MAX = 8;

const NONE: readonly number[] = [];

export class Known {
  firstUs: number;
  lastUs: number;
  lastDay: number;
  days = 1;
  count = 0;
  acceptedBy: AcceptedBy = '';
  /** Accepted until then; 0 = without end. */
  untilUs = 0;
  rejected = false;
  /** A person must decide: no rule accepts it. */
  neverSilent = false;
  /** Where the server listened, in ascending order; bounded. One array is shared by all that have none. */
  endpoints: readonly number[] = NONE;

  constructor(nowUs: number, day: number) {
    this.firstUs = nowUs;
    this.lastUs = nowUs;
    this.lastDay = day;
  }

  at(endpoint: number): void {
    if (this.endpoints.includes(endpoint) || this.endpoints.length >= ENDPOINTS_MAX) return;
    // An array that is pushed to keeps room for sixteen more.
    this.endpoints = [...this.endpoints, endpoint].sort((a, b) => a - b);
  }

  isAccepted(nowUs: number): boolean {
    return this.acceptedBy !== '' && (this.untilUs === 0 || nowUs < this.untilUs);
  }
}

export class RelationSet {
  readonly known: Map<number, Known> = new Map();
  acceptedCount = 0;
  /** Relations seen, summed over the days on which they were, and those seen on one day only (Good and Turing). */
  tupleDays = 0;
  singleDays = 0;
  /** Days on which the device had any relation here, and the last of them. */
  activeDays = 0;
  lastDay = -1;
  /** `activeDays` when a relation was last accepted. */
  acceptedAt = 0;

  /** Adds one sight. Null when there is no room for another. */
  see(key: number, nowUs: number, day: number, most: number): Known | null {
    // A conversation belongs to the day on which it began, even if it is told on the next.
    if (day > this.lastDay) {
      this.lastDay = day;
      this.activeDays++;
    }
    let one = this.known.get(key);
    if (one === undefined) {
      if (this.known.size >= most) return null;
      one = new Known(nowUs, day);
      this.known.set(key, one);
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
    let one = this.known.get(key);
    if (one === undefined) {
      one = new Known(0, -1);
      one.days = 0;
      this.known.set(key, one);
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
    for (const [key, theirs] of other.known) this.join(key, theirs);
    this.activeDays = Math.max(this.activeDays, other.activeDays);
    this.lastDay = Math.max(this.lastDay, other.lastDay);
    this.acceptedAt = Math.max(this.acceptedAt, other.acceptedAt);
  }

  /** The relation under another key, because its peer is called otherwise now. */
  move(from: number, to: number): void {
    const one = this.known.get(from);
    if (one === undefined || from === to) return;
    this.forget(from);
    this.join(to, one);
  }

  forget(key: number): void {
    const one = this.known.get(key);
    if (one === undefined) return;
    this.known.delete(key);
    this.tupleDays -= one.days;
    if (one.days === 1) this.singleDays--;
    if (one.acceptedBy !== '') this.acceptedCount--;
  }

  private join(key: number, theirs: Known): void {
    const ours = this.known.get(key);
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
  put(key: number, one: Known): void {
    this.known.set(key, one);
    this.tupleDays += one.days;
    if (one.days === 1) this.singleDays++;
    if (one.acceptedBy !== '') this.acceptedCount++;
  }
}
