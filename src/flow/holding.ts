/**
 * The holding area: copies of bytes that cannot be decoded yet.
 *
 * Two kinds, both per direction (row * 2 + side): *early* segments that wait for what was sent before
 * them, and the *carry*: what a decoder left undone. Bounded per direction and per partition, so that one
 * pair of hosts cannot take the memory of the others and the bound does not depend on the workers.
 */
import type { Limits } from '../limits.ts';
import type { Frame } from '../wire/frame.ts';

export interface Early {
  readonly sequence: number;
  /** Bytes on the wire, and how many of them are here. */
  readonly length: number;
  readonly have: number;
  readonly view: DataView<ArrayBufferLike>;
  readonly packet: number;
}

export interface Carry {
  /** Bytes it counts for: what it would need without a used buffer, whoever had that before. */
  size: number;
  bytes: Uint8Array;
  view: DataView<ArrayBufferLike>;
  length: number;
}

const CARRY_BYTES_MIN = 512;
/** Which buffers are kept for the next carry, and how many. */
const SPARE_BYTES_MAX = 16_384;
const SPARES_MAX = 64;
const NONE: readonly number[] = [];

export class Holding {
  private readonly early = new Map<number, Early[]>();
  private readonly sinceUs = new Map<number, number>();
  private readonly carries: (Carry | null)[];
  /** Buffers of earlier carries, to be used again. */
  private readonly spare: Carry[] = [];
  private readonly usedBytes: Float64Array;
  private readonly rowsPer: number;
  private readonly limits: Limits;
  private readonly partitionBytesMax: number;

  constructor(limits: Limits, rows: number) {
    this.limits = limits;
    this.rowsPer = rows / limits.flowPartitions;
    this.carries = new Array<Carry | null>(rows * 2).fill(null);
    this.usedBytes = new Float64Array(limits.flowPartitions);
    this.partitionBytesMax = limits.streamHoldBytesTotal / limits.flowPartitions;
  }

  private partition(direction: number): number {
    return Math.floor((direction >> 1) / this.rowsPer);
  }

  private reserve(direction: number, bytes: number): boolean {
    const partition = this.partition(direction);
    if (this.usedBytes[partition]! + bytes > this.partitionBytesMax) return false;
    this.usedBytes[partition]! += bytes;
    return true;
  }

  private give(direction: number, bytes: number): void {
    this.usedBytes[this.partition(direction)]! -= bytes;
  }

  isHolding(direction: number): boolean {
    return this.early.size > 0 && this.early.has(direction);
  }

  /** Copies the packet's payload to wait for what comes before it. False when there is no room. */
  put(direction: number, frame: Frame): boolean {
    const list = this.early.get(direction) ?? [];
    const have = frame.end - frame.payload;
    if (list.length >= this.limits.streamHoldSegmentsMax || !this.reserve(direction, have)) return false;
    let at = list.length;
    while (at > 0 && ((list[at - 1]!.sequence - frame.sequence) | 0) > 0) at--;
    const twin = list[at - 1];
    if (twin !== undefined && twin.sequence === frame.sequence && twin.length >= frame.payloadWire) {
      this.give(direction, have);
      return true;
    }
    const bytes = frame.bytes.slice(frame.payload, frame.end);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    list.splice(at, 0, { sequence: frame.sequence, length: frame.payloadWire, have, view, packet: frame.packet });
    if (list.length === 1) {
      this.early.set(direction, list);
      this.sinceUs.set(direction, frame.timeUs);
    }
    return true;
  }

  first(direction: number): Early | null {
    return this.early.get(direction)?.[0] ?? null;
  }

  shift(direction: number): void {
    const list = this.early.get(direction);
    const gone = list?.shift();
    if (list === undefined || gone === undefined) return;
    this.give(direction, gone.have);
    if (list.length === 0) this.forget(direction);
  }

  drop(direction: number): void {
    for (const early of this.early.get(direction) ?? []) this.give(direction, early.have);
    this.forget(direction);
  }

  private forget(direction: number): void {
    this.early.delete(direction);
    this.sinceUs.delete(direction);
  }

  /** Directions that have waited longer than `streamHoleMs`, in the order of their numbers. */
  stale(nowUs: number): readonly number[] {
    if (this.sinceUs.size === 0) return NONE;
    const oldest = nowUs - this.limits.streamHoleMs * 1000;
    const stale: number[] = [];
    for (const [direction, since] of this.sinceUs) {
      if (since > oldest) continue;
      stale.push(direction);
      // Should another hole follow, it gets its own time.
      this.sinceUs.set(direction, nowUs);
    }
    return stale.sort((a, b) => a - b);
  }

  /** Bytes left undone. */
  carried(direction: number): number {
    return this.carries[direction]?.length ?? 0;
  }

  carry(direction: number): Carry | null {
    return this.carries[direction] ?? null;
  }

  /** Adds bytes behind what was left undone; null when that would be too much. */
  extend(direction: number, view: DataView<ArrayBufferLike>, start: number, end: number): Carry | null {
    const carry = this.carries[direction];
    if (carry === null || carry === undefined) return null;
    const length = carry.length + end - start;
    if (length > this.limits.streamHoldBytesMax) return null;
    if (length > carry.size && !this.grow(direction, carry, length)) return null;
    carry.bytes.set(new Uint8Array(view.buffer, view.byteOffset + start, end - start), carry.length);
    carry.length = length;
    return carry;
  }

  /** Keeps `[start, end)` as left undone; they may lie in the carry itself. False when there is no room. */
  keep(direction: number, view: DataView<ArrayBufferLike>, start: number, end: number, carried: boolean): boolean {
    const present = this.carries[direction];
    if (carried && present !== null && present !== undefined) {
      present.bytes.copyWithin(0, start, end);
      present.length = end - start;
      return true;
    }
    const length = end - start;
    if (length > this.limits.streamHoldBytesMax) return false;
    const carry = this.spare.pop() ?? { size: 0, bytes: new Uint8Array(0), view, length: 0 };
    if (!this.grow(direction, carry, length)) return false;
    carry.bytes.set(new Uint8Array(view.buffer, view.byteOffset + start, length));
    carry.length = length;
    this.carries[direction] = carry;
    return true;
  }

  private grow(direction: number, carry: Carry, length: number): boolean {
    let size = Math.max(CARRY_BYTES_MIN, carry.size);
    while (size < length) size *= 2;
    if (!this.reserve(direction, size - carry.size)) return false;
    carry.size = size;
    if (carry.bytes.length >= size) return true;
    const bytes = new Uint8Array(size);
    bytes.set(carry.bytes.subarray(0, carry.length));
    carry.bytes = bytes;
    carry.view = new DataView(bytes.buffer);
    return true;
  }

  /** Forgets what was left undone. */
  release(direction: number): void {
    const carry = this.carries[direction];
    if (carry === null || carry === undefined) return;
    this.give(direction, carry.size);
    this.carries[direction] = null;
    if (carry.bytes.length <= SPARE_BYTES_MAX && this.spare.length < SPARES_MAX) {
      carry.size = 0;
      carry.length = 0;
      this.spare.push(carry);
    }
  }
}
