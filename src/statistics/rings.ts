/**
 * Rings of float32 that keep the last so many numbers: of a series, and of each hour of the week.
 *
 *     HourOfWeek   168 hours × 8 weeks, 5 376 bytes        Recent   the last n, 4 n bytes
 *
 * A number that was not measured is NaN and counts nowhere. Numbers may be masked: they stay, are not read, and can be
 * released (detection.md 2.8). Both can be written as bytes and made from them again, bit by bit.
 */

export const HOURS_OF_WEEK = 168;
export const WEEKS = 8;
const HOUR_US = 3600e6;
/** 1970 began on a Thursday; hours of the week are counted from Monday. */
const FIRST_HOUR = 3 * 24;

/** Whole hours since 1970 UTC. */
export function hourOf(timeUs: number): number {
  return Math.floor(timeUs / HOUR_US);
}

/** 0 = Monday 00:00 to 01:00 UTC. */
export function hourOfWeek(hour: number): number {
  return (hour + FIRST_HOUR) % HOURS_OF_WEEK;
}

export function weekOf(hour: number): number {
  return Math.floor((hour + FIRST_HOUR) / HOURS_OF_WEEK);
}

export function isWeekend(slot: number): boolean {
  return slot >= 5 * 24;
}

/** A number to be kept and not to be read: negative, as no logarithm of a size is. */
function masked(value: number): number {
  return -1 - value;
}

export class HourOfWeek {
  readonly values: Float32Array = new Float32Array(HOURS_OF_WEEK * WEEKS).fill(Number.NaN);

  /** `isMasked`: something is wrong in this hour, so that it may not become usual. */
  set(hour: number, value: number, isMasked = false): void {
    this.values[this.placeOf(hour)] = isMasked ? masked(value) : value;
  }

  /** Masked hours of this span count from now on. */
  release(fromHour: number, toHour: number): void {
    const first = Math.max(fromHour, toHour - HOURS_OF_WEEK * WEEKS + 1);
    for (let hour = first; hour <= toHour; hour++) {
      const place = this.placeOf(hour);
      if (this.values[place]! < 0) this.values[place] = masked(this.values[place]!);
    }
  }

  private placeOf(hour: number): number {
    return hourOfWeek(hour) * WEEKS + (weekOf(hour) % WEEKS);
  }

  /** What was measured in this hour of the week, in no order. */
  slot(slot: number, into: number[] = []): number[] {
    for (let week = 0; week < WEEKS; week++) {
      const value = this.values[slot * WEEKS + week]!;
      if (value >= 0) into.push(value);
    }
    return into;
  }

  /** What was measured in this hour of the day, on working days or on weekends. */
  hourOfDay(slot: number): number[] {
    const values: number[] = [];
    const [first, last] = isWeekend(slot) ? [5, 7] : [0, 5];
    for (let day = first; day < last; day++) this.slot(day * 24 + (slot % 24), values);
    return values;
  }

  /** Everything that counts. */
  all(): number[] {
    const { values } = this;
    const found: number[] = [];
    for (let at = 0; at < values.length; at++) if (values[at]! >= 0) found.push(values[at]!);
    return found;
  }
}

/** The last `length` numbers of a series. */
export class Recent {
  readonly values: Float32Array;
  /** Numbers added since the beginning. */
  count = 0;

  constructor(length: number) {
    this.values = new Float32Array(length);
  }

  get size(): number {
    return Math.min(this.count, this.values.length);
  }

  add(value: number, isMasked = false): void {
    this.values[this.count % this.values.length] = isMasked ? masked(value) : value;
    this.count++;
  }

  /** From the oldest to the newest, masked ones left out. */
  all(): number[] {
    const { values, count, size } = this;
    const found: number[] = [];
    for (let at = count - size; at < count; at++) {
      const value = values[at % values.length]!;
      if (value >= 0) found.push(value);
    }
    return found;
  }

  last(): number {
    return this.count === 0 ? Number.NaN : this.values[(this.count - 1) % this.values.length]!;
  }

  release(): void {
    for (let at = 0; at < this.size; at++) if (this.values[at]! < 0) this.values[at] = masked(this.values[at]!);
  }
}

/** This machine keeps the least significant byte first, as most do. */
const LEAST_FIRST = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** Numbers as bytes, least significant first on every machine. */
export function bytesOf(values: Float32Array): Uint8Array {
  if (LEAST_FIRST) return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const view = new DataView(new ArrayBuffer(values.length * 4));
  for (let at = 0; at < values.length; at++) view.setFloat32(at * 4, values[at]!, true);
  return new Uint8Array(view.buffer);
}

/** Fills the numbers from bytes; what is too much or too little is left. */
export function fillFrom(values: Float32Array, bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = Math.min(values.length, bytes.byteLength >> 2);
  for (let at = 0; at < count; at++) values[at] = view.getFloat32(at * 4, true);
}
