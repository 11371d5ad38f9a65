/** One relation of a device: when it was seen, how often, and by what it was accepted; kept as a row of numbers. */

/** By what a relation was accepted; '' while it is a candidate. */
export type AcceptedBy = '' | 'rule' | 'group' | 'sign-off' | 'profile' | 'mud' | 'person';

/** Ports of one transport: IP protocol × this + port is an endpoint. */
export const PORTS = 65_536;
/** Endpoints that are remembered of a relation; a service that moves among more has none of its own. */
export const ENDPOINTS_MAX = 8;

const NONE: readonly number[] = [];
const acceptances: readonly AcceptedBy[] = ['', 'rule', 'group', 'sign-off', 'profile', 'mud', 'person'];
const REJECTED = 0x10;
const NEVER_SILENT = 0x20;
const ACCEPTANCE = 0x0f;
const ROWS_FIRST = 4;
const ROW_BYTES = 52;
const FIRST_US = 8;
const LAST_US = 16;
const UNTIL_US = 24;
const LAST_DAY = 32;
const DAYS = 36;
const COUNT = 40;
const ENDPOINT = 44;
const FLAGS = 48;
const UINT32_MAX = 0xffff_ffff;

/** One relation as numbers and words; as a row of a set it is read and written in place (`Known`). */
export interface KnownFields {
  firstUs: number;
  lastUs: number;
  lastDay: number;
  /** Different days on which it was seen, and sessions. */
  days: number;
  count: number;
  acceptedBy: AcceptedBy;
  /** Accepted until then; 0 = without end. */
  untilUs: number;
  rejected: boolean;
  /** A person must decide: no rule accepts it. */
  neverSilent: boolean;
  /** Where the server listened, in ascending order; bounded. */
  readonly endpoints: readonly number[];
}

/**
 * Relations one behind the other in one piece of memory, in the order in which they were first seen, and a table that
 * finds them by key: as objects in a map they take four times as much, and a hospital has millions of them.
 *
 *     0 key        8 firstUs   16 lastUs   24 untilUs
 *     32 lastDay   36 days     40 count    44 first endpoint, 0 for none   48 flags
 */
export class Rows {
  view: DataView = new DataView(new ArrayBuffer(ROWS_FIRST * ROW_BYTES));
  /** Endpoints by key, of those relations that have more than one; they are rare. */
  more: Map<number, readonly number[]> | null = null;
  size = 0;
  /** Number of the row + 1, at the first free place from the hash of its key on. */
  private table: Uint32Array = new Uint32Array(2 * ROWS_FIRST);

  /** Where the row of this key begins, or -1. */
  find(key: number): number {
    const mask = this.table.length - 1;
    for (let place = hashOf(key) & mask; ; place = (place + 1) & mask) {
      const begin = (this.table[place]! - 1) * ROW_BYTES;
      if (begin < 0) return -1;
      if (this.view.getFloat64(begin) === key) return begin;
    }
  }

  /** Where a row of zeros for this key begins, which has none yet. */
  add(key: number): number {
    const begin = this.size++ * ROW_BYTES;
    if (begin >= this.view.byteLength) this.grow();
    this.view.setFloat64(begin, key);
    this.enter(key, this.size);
    return begin;
  }

  keyAt(row: number): number {
    return this.view.getFloat64(row * ROW_BYTES);
  }

  /** Later rows move up: what was found before is no longer where it was. */
  remove(key: number): void {
    const begin = this.find(key);
    if (begin < 0) return;
    const bytes = new Uint8Array(this.view.buffer);
    bytes.copyWithin(begin, begin + ROW_BYTES, this.size * ROW_BYTES);
    this.size--;
    bytes.fill(0, this.size * ROW_BYTES, (this.size + 1) * ROW_BYTES);
    this.more?.delete(key);
    this.enterAll();
  }

  private grow(): void {
    const wider = new Uint8Array(this.view.byteLength * 2);
    wider.set(new Uint8Array(this.view.buffer));
    this.view = new DataView(wider.buffer);
    this.table = new Uint32Array(this.table.length * 2);
    // The newest row is entered by whoever asked for room.
    this.size--;
    this.enterAll();
    this.size++;
  }

  private enterAll(): void {
    this.table.fill(0);
    for (let row = 0; row < this.size; row++) this.enter(this.keyAt(row), row + 1);
  }

  private enter(key: number, number: number): void {
    const mask = this.table.length - 1;
    let place = hashOf(key) & mask;
    while (this.table[place] !== 0) place = (place + 1) & mask;
    this.table[place] = number;
  }
}

/** Keys are below 2^53 and made of counters: forged names cannot choose them. */
function hashOf(key: number): number {
  const mixed = Math.imul((key % 0x1_0000_0000) ^ Math.imul(Math.floor(key / 0x1_0000_0000), 0x9e3779b1), 0x85ebca6b);
  return mixed ^ (mixed >>> 15);
}

/** A row of a set under the names of its columns; good until the relation is forgotten. */
export class Known implements KnownFields {
  private readonly rows: Rows;
  private readonly begin: number;

  constructor(rows: Rows, begin: number) {
    this.rows = rows;
    this.begin = begin;
  }

  get firstUs(): number {
    return this.rows.view.getFloat64(this.begin + FIRST_US);
  }

  set firstUs(timeUs: number) {
    this.rows.view.setFloat64(this.begin + FIRST_US, timeUs);
  }

  get lastUs(): number {
    return this.rows.view.getFloat64(this.begin + LAST_US);
  }

  set lastUs(timeUs: number) {
    this.rows.view.setFloat64(this.begin + LAST_US, timeUs);
  }

  get untilUs(): number {
    return this.rows.view.getFloat64(this.begin + UNTIL_US);
  }

  set untilUs(timeUs: number) {
    this.rows.view.setFloat64(this.begin + UNTIL_US, timeUs);
  }

  get lastDay(): number {
    return this.rows.view.getInt32(this.begin + LAST_DAY);
  }

  set lastDay(day: number) {
    this.rows.view.setInt32(this.begin + LAST_DAY, day);
  }

  get days(): number {
    return this.rows.view.getUint32(this.begin + DAYS);
  }

  set days(days: number) {
    this.rows.view.setUint32(this.begin + DAYS, days);
  }

  get count(): number {
    return this.rows.view.getUint32(this.begin + COUNT);
  }

  set count(count: number) {
    this.rows.view.setUint32(this.begin + COUNT, Math.min(count, UINT32_MAX));
  }

  get acceptedBy(): AcceptedBy {
    return acceptances[this.rows.view.getUint8(this.begin + FLAGS) & ACCEPTANCE] ?? '';
  }

  set acceptedBy(by: AcceptedBy) {
    this.rows.view.setUint8(
      this.begin + FLAGS,
      (this.rows.view.getUint8(this.begin + FLAGS) & ~ACCEPTANCE) | acceptances.indexOf(by),
    );
  }

  get rejected(): boolean {
    return (this.rows.view.getUint8(this.begin + FLAGS) & REJECTED) !== 0;
  }

  set rejected(is: boolean) {
    this.mark(REJECTED, is);
  }

  get neverSilent(): boolean {
    return (this.rows.view.getUint8(this.begin + FLAGS) & NEVER_SILENT) !== 0;
  }

  set neverSilent(is: boolean) {
    this.mark(NEVER_SILENT, is);
  }

  private mark(bit: number, is: boolean): void {
    const flags = this.rows.view.getUint8(this.begin + FLAGS);
    this.rows.view.setUint8(this.begin + FLAGS, is ? flags | bit : flags & ~bit);
  }

  get endpoints(): readonly number[] {
    const first = this.rows.view.getUint32(this.begin + ENDPOINT);
    return this.rows.more?.get(this.rows.view.getFloat64(this.begin)) ?? (first === 0 ? NONE : [first]);
  }

  at(endpoint: number): void {
    if (this.rows.view.getUint32(this.begin + ENDPOINT) === endpoint) return;
    const { endpoints } = this;
    if (endpoints.includes(endpoint) || endpoints.length >= ENDPOINTS_MAX) return;
    const all = [...endpoints, endpoint].sort((a, b) => a - b);
    this.rows.view.setUint32(this.begin + ENDPOINT, all[0] ?? 0);
    if (all.length === 1) return;
    this.rows.more ??= new Map();
    this.rows.more.set(this.rows.view.getFloat64(this.begin), all);
  }

  isAccepted(nowUs: number): boolean {
    return this.acceptedBy !== '' && (this.untilUs === 0 || nowUs < this.untilUs);
  }

  /** Copies everything from another. */
  become(other: KnownFields): void {
    const { firstUs, lastUs, lastDay, days, count, acceptedBy, untilUs, rejected, neverSilent } = other;
    Object.assign(this, { firstUs, lastUs, lastDay, days, count, acceptedBy, untilUs, rejected, neverSilent });
    for (const endpoint of other.endpoints) this.at(endpoint);
  }
}

/** A copy that does not change. */
export function fieldsOf(known: Known): KnownFields {
  const { firstUs, lastUs, lastDay, days, count, acceptedBy, untilUs, rejected, neverSilent, endpoints } = known;
  return { firstUs, lastUs, lastDay, days, count, acceptedBy, untilUs, rejected, neverSilent, endpoints };
}
