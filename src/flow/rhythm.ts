/**
 * In which rhythm the two ends of a TCP conversation speak: what tells a person who types from a machine that asks,
 * and who leads from who follows (Zhang and Paxson, Detecting Stepping Stones, 2000).
 *
 *     small packet    payload of at most 20 bytes (typing in clear), short packet: at most 100 (typing, encrypted)
 *     pair            two such packets of one direction, one behind the other, whatever the other side says between
 *     in the band     10 ms to 2 s apart: fingers, neither programs nor pauses
 *     burst           what both say until nobody has said anything for 0.5 s; the idle time ends with its first packet
 *     order           a burst that began with at most 200 bytes and was answered
 *
 * Times and lengths only, never content, and no times of single keys: of gaps the sums are kept. Idle ends are written
 * down for sessions that look typed, in a fixed number of slots for each partition of the flow table, so that nothing
 * depends on how many workers share the partitions. A retransmission is not heard twice.
 */
import type { Limits } from '../limits.ts';
import type { Rhythm } from '../records.ts';
import type { Frame } from '../wire/frame.ts';

const SMALL_BYTES = 20;
const SHORT_BYTES = 100;
const BAND_FROM_US = 10e3;
const BAND_TO_US = 2e6;
const IDLE_US = 0.5e6;
/** How a conversation opens says nothing of who leads it. */
const OPENING_US = 2e6;
const ORDER_BYTES = 200;
/** Pairs in the band from which on a direction may be typed. */
const TYPED_PAIRS = 8;
/** Least share of pairs among the packets, and of pairs in the band among the pairs. */
const TYPED_SHARE = 0.2;

/**
 * What every packet reads and writes, 64 bytes a flow: time of the last packet of each side and of any, where the
 * sequence of each side stands, payload packets of each side, bytes of whoever began the burst that goes on.
 */
const LAST_US = 0;
const ANY_US = 2;
const ENDS = 3;
const PACKETS = 5;
const STARTER_BYTES = 7;
const HOT = 8;

/** Small state of a flow: size of the last packet of each side (0 long, 1 short, 2 small), who began, news to tell. */
const SIZES = 0;
const STARTER = 2;
const FRESH = 3;
const STATE = 4;

/** Sums of one direction, of small and of short packets: pairs, pairs in the band, mean and squares of their gaps. */
const SMALL = 0;
const SHORT = 4;
const PAIRS = 0;
const IN_BAND = 1;
const MEAN = 2;
const SQUARES = 3;
const SUMS = 8;

/** Counts of one flow: bursts that side 0 and side 1 began, and orders among them. */
const BURSTS = 0;
const ORDERS = 2;
const COUNTS = 4;

/** Who began the burst that goes on: 0, 1, or nobody yet. */
const NOBODY = 2;

/** Sessions of one partition whose idle ends are written down, and idle ends of one session in one interval. */
const SLOTS = 16;
const IDLE_ENDS = 128;
/** Unit of an idle end, so that two minutes fit 16 bits. */
const TICK_US = 2_000;

export class RhythmTable {
  private readonly rowsPer: number;
  private readonly sums: Float32Array;
  private readonly counts: Uint32Array;
  private readonly hot: Float64Array;
  private readonly state: Uint8Array;
  private readonly slot: Int32Array;
  private readonly slotUsed: Uint8Array;
  private readonly slotFromUs: Float64Array;
  private readonly slotCount: Uint8Array;
  private readonly idleEnds: Uint16Array;

  constructor(limits: Limits, rows: number) {
    this.rowsPer = rows / limits.flowPartitions;
    this.sums = new Float32Array(rows * 2 * SUMS);
    this.counts = new Uint32Array(rows * COUNTS);
    this.hot = new Float64Array(rows * HOT);
    this.state = new Uint8Array(rows * STATE);
    this.slot = new Int32Array(rows).fill(-1);
    const slots = SLOTS * limits.flowPartitions;
    this.slotUsed = new Uint8Array(slots);
    this.slotFromUs = new Float64Array(slots);
    this.slotCount = new Uint8Array(slots);
    this.idleEnds = new Uint16Array(slots * IDLE_ENDS);
  }

  open(row: number): void {
    this.sums.fill(0, row * 2 * SUMS, (row + 1) * 2 * SUMS);
    this.counts.fill(0, row * COUNTS, (row + 1) * COUNTS);
    const at = row * HOT;
    this.hot.fill(0, at, at + HOT);
    this.hot[at + LAST_US] = -1;
    this.hot[at + LAST_US + 1] = -1;
    this.hot[at + ANY_US] = -1;
    this.state.fill(0, row * STATE, (row + 1) * STATE);
    this.state[row * STATE + STARTER] = NOBODY;
  }

  close(row: number): void {
    const slot = this.slot[row]!;
    if (slot < 0) return;
    this.slotUsed[slot] = 0;
    this.slot[row] = -1;
  }

  /** A TCP packet with payload; `counters[firstAt]` is when the flow began (a number handed over would be boxed). */
  heard(row: number, side: number, frame: Frame, counters: Float64Array, firstAt: number): void {
    const { hot, state } = this;
    const { timeUs, sequence, payloadWire: bytes } = frame;
    const at = row * HOT;
    const end = (sequence + bytes) | 0;
    const lastUs = hot[at + LAST_US + side]!;
    if (lastUs >= 0 && ((end - hot[at + ENDS + side]!) | 0) <= 0) return;
    hot[at + ENDS + side] = end;
    const anyUs = hot[at + ANY_US]!;
    if (anyUs < 0 || timeUs - anyUs >= IDLE_US) this.begin(row, side, timeUs, anyUs, counters[firstAt]!);
    const starterBytes = hot[at + STARTER_BYTES]!;
    if (starterBytes > 0) {
      if (side === state[row * STATE + STARTER]) hot[at + STARTER_BYTES] = starterBytes + bytes;
      else this.answer(row);
    }
    hot[at + ANY_US] = timeUs;
    hot[at + PACKETS + side]!++;
    hot[at + LAST_US + side] = timeUs;
    const size = bytes <= SMALL_BYTES ? 2 : bytes <= SHORT_BYTES ? 1 : 0;
    const before = state[row * STATE + SIZES + side]!;
    if (size !== before) state[row * STATE + SIZES + side] = size;
    if (size === 0 || before === 0) return;
    const gapUs = timeUs - lastUs;
    const sums = (row * 2 + side) * SUMS;
    this.pair(sums + SHORT, gapUs);
    if (size === 2 && before === 2) this.pair(sums + SMALL, gapUs);
    state[row * STATE + FRESH] = 1;
  }

  private pair(at: number, gapUs: number): void {
    const { sums } = this;
    sums[at + PAIRS]!++;
    if (gapUs < BAND_FROM_US || gapUs > BAND_TO_US) return;
    const count = sums[at + IN_BAND]! + 1;
    const gapSeconds = gapUs / 1e6;
    const off = gapSeconds - sums[at + MEAN]!;
    const mean = sums[at + MEAN]! + off / count;
    sums[at + IN_BAND] = count;
    sums[at + MEAN] = mean;
    sums[at + SQUARES]! += off * (gapSeconds - mean);
  }

  /** An idle time is over. */
  private begin(row: number, side: number, timeUs: number, anyUs: number, firstUs: number): void {
    this.state[row * STATE + STARTER] = side;
    // Bytes are counted from 1 on; 0 says that the burst is answered or does not count.
    const isCounted = timeUs - firstUs >= OPENING_US;
    this.hot[row * HOT + STARTER_BYTES] = isCounted ? 1 : 0;
    if (!isCounted) return;
    this.counts[row * COUNTS + BURSTS + side]!++;
    if (anyUs < 0) return;
    let slot = this.slot[row]!;
    if (slot < 0) {
      if (!this.isTyped(row)) return;
      slot = this.claim(row);
      if (slot < 0) return;
    }
    const count = this.slotCount[slot]!;
    if (count === 0) this.slotFromUs[slot] = timeUs;
    const ticks = Math.round((timeUs - this.slotFromUs[slot]!) / TICK_US);
    if (count >= IDLE_ENDS || ticks < 0 || ticks > 0xffff) return;
    this.idleEnds[slot * IDLE_ENDS + count] = ticks;
    this.slotCount[slot] = count + 1;
  }

  private answer(row: number): void {
    const starter = this.state[row * STATE + STARTER]!;
    const bytes = this.hot[row * HOT + STARTER_BYTES]! - 1;
    if (starter !== NOBODY && bytes <= ORDER_BYTES) this.counts[row * COUNTS + ORDERS + starter]!++;
    this.hot[row * HOT + STARTER_BYTES] = 0;
  }

  private isTyped(row: number): boolean {
    return this.mayBeTyped(row, 0) || this.mayBeTyped(row, 1);
  }

  private mayBeTyped(row: number, side: number): boolean {
    const { sums } = this;
    const packets = this.hot[row * HOT + PACKETS + side]!;
    const at = (row * 2 + side) * SUMS;
    const pairs = sums[at + SHORT + PAIRS]!;
    const inBand = sums[at + SHORT + IN_BAND]!;
    return inBand >= TYPED_PAIRS && pairs >= packets * TYPED_SHARE && inBand >= pairs * TYPED_SHARE;
  }

  private claim(row: number): number {
    const from = Math.floor(row / this.rowsPer) * SLOTS;
    for (let slot = from; slot < from + SLOTS; slot++) {
      if (this.slotUsed[slot] === 1) continue;
      this.slotUsed[slot] = 1;
      this.slotCount[slot] = 0;
      this.slot[row] = slot;
      return slot;
    }
    return -1;
  }

  /** Is there something to tell of this flow that was not told before? */
  isDue(row: number): boolean {
    return this.state[row * STATE + FRESH] === 1 && this.isTyped(row);
  }

  /** Fills in what both sides did; `server` is the side that answers. Idle ends are told once. */
  fill(rhythm: Rhythm, row: number, server: number): void {
    this.state[row * STATE + FRESH] = 0;
    const { hot, sums, counts } = this;
    const toServer = (row * 2 + 1 - server) * SUMS;
    const toClient = (row * 2 + server) * SUMS;
    rhythm.packetsToServer = hot[row * HOT + PACKETS + 1 - server]!;
    rhythm.packetsToClient = hot[row * HOT + PACKETS + server]!;
    rhythm.smallPairsToServer = sums[toServer + SMALL + PAIRS]!;
    rhythm.smallPairsToClient = sums[toClient + SMALL + PAIRS]!;
    rhythm.smallInBandToServer = sums[toServer + SMALL + IN_BAND]!;
    rhythm.smallInBandToClient = sums[toClient + SMALL + IN_BAND]!;
    rhythm.smallVariationToServer = this.variation(toServer + SMALL);
    rhythm.smallVariationToClient = this.variation(toClient + SMALL);
    rhythm.shortPairsToServer = sums[toServer + SHORT + PAIRS]!;
    rhythm.shortPairsToClient = sums[toClient + SHORT + PAIRS]!;
    rhythm.shortInBandToServer = sums[toServer + SHORT + IN_BAND]!;
    rhythm.shortInBandToClient = sums[toClient + SHORT + IN_BAND]!;
    rhythm.shortVariationToServer = this.variation(toServer + SHORT);
    rhythm.shortVariationToClient = this.variation(toClient + SHORT);
    const at = row * COUNTS;
    rhythm.burstsByClient = counts[at + BURSTS + 1 - server]!;
    rhythm.burstsByServer = counts[at + BURSTS + server]!;
    rhythm.ordersByClient = counts[at + ORDERS + 1 - server]!;
    rhythm.ordersByServer = counts[at + ORDERS + server]!;
    this.fillIdleEnds(rhythm, row);
  }

  private fillIdleEnds(rhythm: Rhythm, row: number): void {
    rhythm.idleEnds = '';
    rhythm.idleEndsFromUs = 0;
    const slot = this.slot[row]!;
    if (slot < 0) return;
    const count = this.slotCount[slot]!;
    let text = '';
    for (let i = 0; i < count; i++) text += String.fromCharCode(this.idleEnds[slot * IDLE_ENDS + i]!);
    rhythm.idleEnds = text;
    rhythm.idleEndsFromUs = this.slotFromUs[slot]!;
    this.slotCount[slot] = 0;
    if (!this.isTyped(row)) this.close(row);
  }

  /** Standard deviation of the gaps in the band by their mean; -1 with fewer than two. */
  private variation(at: number): number {
    const count = this.sums[at + IN_BAND]!;
    const mean = this.sums[at + MEAN]!;
    return count < 2 || mean <= 0 ? -1 : Math.sqrt(this.sums[at + SQUARES]! / (count - 1)) / mean;
  }
}
