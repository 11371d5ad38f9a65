/**
 * The flow table: which conversation a packet belongs to.
 *
 * Fixed columns, one row per flow. The table is divided into `flowPartitions` virtual partitions by
 * the *pair of hosts*; each has its own rows and its own hash chains. Capacity and eviction therefore
 * do not depend on how many workers share the partitions, and all flows, fragments and duplicates of
 * two hosts meet in one worker. Hot columns lie side by side, 64 bytes a row: three cache lines a packet.
 */
import { mix } from '../bytes/hash.ts';
import type { Limits } from '../limits.ts';
import type { Frame } from '../wire/frame.ts';

/** Words of a key row: two addresses of four words (IPv4 as ::ffff:a.b.c.d), ports, protocol, hash, chain. */
const KEY_WORDS = 16;
const PORTS = 8;
const PROTOCOL = 9;
const HASH = 10;
const CHAIN = 11;
const IPV4_MAPPED = 0xffff;

/** Numbers of a counter row. Side 0 sent the first packet, side 1 is the other. */
export const COUNTERS = 8;
export const LAST_US = 0;
export const FIRST_US = 1;
export const PACKETS = 2;
export const BYTES = 4;
export const PAYLOAD = 6;

/** Seconds ahead that the expiry wheel can hold; longer idle times are put off again and again. */
const WHEEL_SLOTS = 4096;
/** Rows compared when a full partition must give one up. */
const EVICTION_SAMPLE = 8;
/** Key of the seed: published, so that every machine agrees; flooding one chain only hurts one pair of hosts. */
const SEED = 0x77617264;

export class FlowTable {
  readonly rowsMax: number;
  readonly keys: Int32Array;
  readonly counters: Float64Array;
  /** 1 while the row is a flow. */
  readonly used: Uint8Array;
  /** Second at which the flow has been idle too long. */
  readonly idleSeconds: Int32Array;
  open = 0;
  evicted = 0;

  /** Of the last `find`: hash of the pair of hosts, and the packet's side in the flow (0 = as its first packet). */
  hostHash = 0;
  side = 0;

  private readonly partitions: number;
  private readonly rowsPer: number;
  private readonly bucketMask: number;
  private readonly heads: Int32Array;
  private readonly free: Int32Array;
  private readonly fresh: Int32Array;
  private readonly nextFree: Int32Array;
  private readonly hands: Int32Array;
  private readonly wheelHeads: Int32Array;
  private readonly wheelNext: Int32Array;
  private readonly wheelPrevious: Int32Array;
  private readonly wheelSlot: Int32Array;
  private wheelSecond = -1;
  /** Of the last `due`. */
  readonly dueRows: Int32Array;
  /** Scratch: the two addresses of the packet being looked up. */
  private readonly address = new Int32Array(8);
  private flowHash = 0;

  constructor(limits: Limits) {
    this.partitions = limits.flowPartitions;
    this.rowsPer = Math.max(EVICTION_SAMPLE, Math.ceil(limits.flowsMax / this.partitions));
    this.rowsMax = this.rowsPer * this.partitions;
    let buckets = 1;
    while (buckets < this.rowsPer) buckets *= 2;
    this.bucketMask = buckets - 1;
    this.keys = new Int32Array(this.rowsMax * KEY_WORDS);
    this.counters = new Float64Array(this.rowsMax * COUNTERS);
    this.used = new Uint8Array(this.rowsMax);
    this.idleSeconds = new Int32Array(this.rowsMax);
    this.heads = new Int32Array(buckets * this.partitions).fill(-1);
    this.free = new Int32Array(this.partitions).fill(-1);
    this.fresh = new Int32Array(this.partitions);
    this.nextFree = new Int32Array(this.rowsMax);
    this.hands = new Int32Array(this.partitions);
    this.wheelHeads = new Int32Array(WHEEL_SLOTS).fill(-1);
    this.wheelNext = new Int32Array(this.rowsMax);
    this.wheelPrevious = new Int32Array(this.rowsMax);
    this.wheelSlot = new Int32Array(this.rowsMax).fill(-1);
    this.dueRows = new Int32Array(this.rowsMax);
  }

  /** Reads the packet's addresses and returns the partition its pair of hosts belongs to. */
  partitionOf(frame: Frame): number {
    const { view, sourceAddress: source, targetAddress: target } = frame;
    const address = this.address;
    let a: number;
    let b: number;
    if (frame.addressBytes === 4) {
      const from = view.getInt32(source);
      const to = view.getInt32(target);
      address[0] = address[1] = address[4] = address[5] = 0;
      address[2] = address[6] = IPV4_MAPPED;
      address[3] = from;
      address[7] = to;
      a = mix(SEED ^ from);
      b = mix(SEED ^ to);
    } else {
      a = SEED;
      b = SEED;
      for (let i = 0; i < 4; i++) {
        address[i] = view.getInt32(source + i * 4);
        address[4 + i] = view.getInt32(target + i * 4);
        a = mix(Math.imul(a, 31) ^ address[i]!);
        b = mix(Math.imul(b, 31) ^ address[4 + i]!);
      }
    }
    this.hostHash = mix((a + b) | 0);
    return (this.hostHash >>> 8) % this.partitions;
  }

  /**
   * The flow of the packet whose addresses `partitionOf` has just read, or -1. Sets `side`.
   * Either direction finds the same row.
   */
  find(partition: number, protocol: number, sourcePort: number, targetPort: number): number {
    const hash = mix(
      this.hostHash ^ Math.imul(sourcePort ^ targetPort, 0x9e3779b1) ^ (sourcePort + targetPort) ^ (protocol << 17),
    );
    this.flowHash = hash;
    const keys = this.keys;
    const forward = (sourcePort << 16) | targetPort;
    const backward = (targetPort << 16) | sourcePort;
    let row = this.heads[partition * (this.bucketMask + 1) + (hash & this.bucketMask)]!;
    while (row >= 0) {
      const at = row * KEY_WORDS;
      if (keys[at + HASH] === hash && keys[at + PROTOCOL] === protocol) {
        if (keys[at + PORTS] === forward && this.sameAddresses(at, 0, 4)) {
          this.side = 0;
          return row;
        }
        if (keys[at + PORTS] === backward && this.sameAddresses(at, 4, 0)) {
          this.side = 1;
          return row;
        }
      }
      row = keys[at + CHAIN]!;
    }
    return -1;
  }

  private sameAddresses(at: number, first: number, second: number): boolean {
    const { keys, address } = this;
    return (
      keys[at + 3] === address[first + 3] &&
      keys[at + 7] === address[second + 3] &&
      keys[at + 2] === address[first + 2] &&
      keys[at + 6] === address[second + 2] &&
      keys[at + 1] === address[first + 1] &&
      keys[at + 5] === address[second + 1] &&
      keys[at] === address[first] &&
      keys[at + 4] === address[second]
    );
  }

  /** A row of the partition to give up because none is free; -1 when one is free. Asked before `add`. */
  victim(partition: number): number {
    if (this.free[partition]! >= 0 || this.fresh[partition]! < this.rowsPer) return -1;
    const base = partition * this.rowsPer;
    let oldest = -1;
    let oldestUs = Number.POSITIVE_INFINITY;
    let hand = this.hands[partition]!;
    for (let i = 0; i < EVICTION_SAMPLE; i++) {
      const row = base + hand;
      hand = hand + 1 === this.rowsPer ? 0 : hand + 1;
      const last = this.counters[row * COUNTERS + LAST_US]!;
      if (last < oldestUs) {
        oldestUs = last;
        oldest = row;
      }
    }
    this.hands[partition] = hand;
    return oldest;
  }

  /** Adds the flow that `find` has just missed; the packet is its side 0. A row must be free (`victim`). */
  add(partition: number, frame: Frame, sourcePort: number, targetPort: number): number {
    let row = this.free[partition]!;
    if (row >= 0) this.free[partition] = this.nextFree[row]!;
    else {
      row = partition * this.rowsPer + this.fresh[partition]!;
      this.fresh[partition]!++;
    }
    const at = row * KEY_WORDS;
    this.keys.set(this.address, at);
    this.keys[at + PORTS] = (sourcePort << 16) | targetPort;
    this.keys[at + PROTOCOL] = frame.transportProtocol;
    this.keys[at + HASH] = this.flowHash;
    const bucket = partition * (this.bucketMask + 1) + (this.flowHash & this.bucketMask);
    this.keys[at + CHAIN] = this.heads[bucket]!;
    this.heads[bucket] = row;
    this.counters.fill(0, row * COUNTERS, (row + 1) * COUNTERS);
    this.counters[row * COUNTERS + FIRST_US] = frame.timeUs;
    this.counters[row * COUNTERS + LAST_US] = frame.timeUs;
    this.used[row] = 1;
    this.side = 0;
    this.open++;
    return row;
  }

  remove(row: number): void {
    const partition = Math.floor(row / this.rowsPer);
    const at = row * KEY_WORDS;
    const bucket = partition * (this.bucketMask + 1) + (this.keys[at + HASH]! & this.bucketMask);
    if (this.heads[bucket] === row) this.heads[bucket] = this.keys[at + CHAIN]!;
    else {
      let previous = this.heads[bucket]!;
      while (this.keys[previous * KEY_WORDS + CHAIN] !== row) previous = this.keys[previous * KEY_WORDS + CHAIN]!;
      this.keys[previous * KEY_WORDS + CHAIN] = this.keys[at + CHAIN]!;
    }
    this.unschedule(row);
    this.used[row] = 0;
    this.nextFree[row] = this.free[partition]!;
    this.free[partition] = row;
    this.open--;
  }

  port(row: number, side: number): number {
    const ports = this.keys[row * KEY_WORDS + PORTS]!;
    return side === 0 ? ports >>> 16 : ports & 0xffff;
  }

  protocol(row: number): number {
    return this.keys[row * KEY_WORDS + PROTOCOL]!;
  }

  /** A word of a side's address; IPv4 stands as ::ffff:a.b.c.d. */
  addressWord(row: number, side: number, word: number): number {
    return this.keys[row * KEY_WORDS + side * 4 + word]!;
  }

  /** Puts the flow on the wheel so that it is looked at `seconds` after `nowUs`. */
  schedule(row: number, nowUs: number, seconds: number): void {
    this.unschedule(row);
    const second = Math.floor(nowUs / 1e6) + Math.min(Math.max(1, seconds), WHEEL_SLOTS - 2);
    const slot = second % WHEEL_SLOTS;
    const head = this.wheelHeads[slot]!;
    this.wheelNext[row] = head;
    this.wheelPrevious[row] = -1;
    if (head >= 0) this.wheelPrevious[head] = row;
    this.wheelHeads[slot] = row;
    this.wheelSlot[row] = slot;
  }

  private unschedule(row: number): void {
    const slot = this.wheelSlot[row]!;
    if (slot < 0) return;
    const next = this.wheelNext[row]!;
    const previous = this.wheelPrevious[row]!;
    if (previous >= 0) this.wheelNext[previous] = next;
    else this.wheelHeads[slot] = next;
    if (next >= 0) this.wheelPrevious[next] = previous;
    this.wheelSlot[row] = -1;
  }

  /**
   * Turns the wheel to `nowUs`, takes the rows whose time has come off it and puts them into `dueRows`, in the
   * order of their numbers; returns how many. The caller ends them or puts them on again.
   */
  due(nowUs: number): number {
    const second = Math.floor(nowUs / 1e6);
    const from = this.wheelSecond < 0 ? second : this.wheelSecond + 1;
    let count = 0;
    // A jump over the whole wheel visits every slot once.
    for (let s = Math.max(from, second - WHEEL_SLOTS + 1); s <= second; s++) {
      let row = this.wheelHeads[s % WHEEL_SLOTS]!;
      while (row >= 0) {
        this.dueRows[count++] = row;
        this.wheelSlot[row] = -1;
        row = this.wheelNext[row]!;
      }
      this.wheelHeads[s % WHEEL_SLOTS] = -1;
    }
    this.wheelSecond = second;
    if (count > 1) this.dueRows.subarray(0, count).sort();
    return count;
  }
}
