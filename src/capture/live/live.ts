/**
 * The loop of live capture: packets of one or several rings, merged in order of their times, handed on in place.
 *
 * It runs in a worker thread and blocks that thread for at most `WAIT_MS` at a time; between blocks the thread's
 * other events (a stop, buffers that come back) have their turn. When it is told to stop it hands on what the kernel
 * had received by then.
 *
 * Beside packets it tells how far time has come: a moment before which no packet will follow any more.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { Batch } from '../../bytes/batch.ts';
import { BLOCK_RETIRE_MS, Ring, type RingStatistics, waitForAny } from './ring.ts';

export { Ring, type RingOptions, type RingStatistics } from './ring.ts';

/** The thread is never blocked for longer. */
const WAIT_MS = 100;
/** A packet reaches us at most this long after it came in, as long as we keep up: two times the kernel's timer, and room. */
const HOLD_MS = 2 * BLOCK_RETIRE_MS + 50;

/** A packet held for longer than it can take the others to arrive is not worth waiting with. */
const FUTURE_US = 2 * HOLD_MS * 1_000;

/** Rows `[from, to)` of the batch; they are good until the call returns. */
export type HandlePackets = (batch: Batch, from: number, to: number) => void;
/** Time in microseconds since 1970 before which no packet will come; called at least every 100 ms or between two blocks. */
export type HandleTime = (nowUs: number) => void;

interface Lane {
  readonly ring: Ring;
  readonly batch: Batch;
  /** Next row to hand on; equal to the batch's count when the lane is empty. */
  row: number;
}

export interface LiveOptions {
  interfaces: readonly string[];
  /** One number per interface, the same in all workers that share it (`fanoutGroup()`); null with a single worker. */
  fanoutGroups: readonly number[] | null;
  blockBytes: number;
  blocks: number;
  snapBytes: number;
}

/** All interfaces of one worker. */
export class LiveCapture {
  readonly rings: readonly Ring[];

  private constructor(rings: readonly Ring[]) {
    this.rings = rings;
  }

  static open(options: LiveOptions): LiveCapture {
    const rings: Ring[] = [];
    try {
      for (const [i, name] of options.interfaces.entries()) {
        const { blockBytes, blocks, snapBytes } = options;
        const fanoutGroup = options.fanoutGroups?.[i] ?? null;
        rings.push(Ring.open({ interface: name, fanoutGroup, blockBytes, blocks, snapBytes, promiscuous: true }));
      }
    } catch (error) {
      for (const ring of rings) ring.close();
      throw error;
    }
    return new LiveCapture(rings);
  }

  run(handle: HandlePackets, stop: AbortSignal, onTime: HandleTime): Promise<void> {
    return runRings(this.rings, handle, stop, onTime);
  }

  /** Counters per interface. */
  statistics(): ({ interface: string; state: 'up' | 'down' } & RingStatistics)[] {
    return this.rings.map((ring) => ({ interface: ring.interface, state: ring.state, ...ring.statistics() }));
  }

  close(): void {
    for (const ring of this.rings) ring.close();
  }
}

/** A number for the rings that share one interface. Drawn once per interface, by the thread that starts the workers. */
export function fanoutGroup(): number {
  return crypto.getRandomValues(new Uint16Array(1))[0]!;
}

/** One ring: every batch is handed on as a whole. */
export function runRing(
  ring: Ring,
  handle: (batch: Batch) => void,
  stop: AbortSignal,
  onTime: HandleTime,
): Promise<void> {
  return runRings([ring], (batch) => handle(batch), stop, onTime);
}

export async function runRings(
  rings: readonly Ring[],
  handle: HandlePackets,
  stop: AbortSignal,
  onTime: HandleTime,
): Promise<void> {
  const lanes: Lane[] = rings.map((ring) => ({ ring, batch: new Batch(new Uint8Array(0)), row: 0 }));
  let toldMs = 0;
  while (!stop.aborted) {
    const nowMs = Date.now();
    if (nowMs - toldMs >= WAIT_MS / 2) {
      onTime(safeTimeUs(lanes, nowMs));
      toldMs = nowMs;
    }
    if (!handOn(lanes, handle, (nowMs - HOLD_MS) * 1_000)) waitForAny(emptyRings(lanes), waitMs(lanes, nowMs));
    await turn();
  }
  drain(lanes, handle);
}

/**
 * Hands on one run of rows: of the lane with the earliest packet, up to where another lane has an earlier one.
 * A lane without packets may still get one from `horizonUs` on. False when there is nothing that may go yet.
 */
function handOn(lanes: readonly Lane[], handle: HandlePackets, horizonUs: number): boolean {
  let first: Lane | null = null;
  let untilUs = Number.POSITIVE_INFINITY;
  for (const lane of lanes) {
    if (lane.row === lane.batch.count && !refill(lane)) {
      untilUs = Math.min(untilUs, horizonUs);
      continue;
    }
    const headUs = lane.batch.timeUs[lane.row]!;
    if (first === null) first = lane;
    else if (headUs < first.batch.timeUs[first.row]!) {
      untilUs = Math.min(untilUs, first.batch.timeUs[first.row]!);
      first = lane;
    } else untilUs = Math.min(untilUs, headUs);
  }
  if (first === null) return false;
  const { batch, row } = first;
  // Alone there is nothing to wait for; and a packet from the future is the mark of a clock that was set back.
  if (lanes.length === 1 || batch.timeUs[row]! > horizonUs + FUTURE_US) untilUs = Number.POSITIVE_INFINITY;
  let to = row;
  while (to < batch.count && batch.timeUs[to]! <= untilUs) to++;
  if (to === row) return false;
  first.row = to;
  handle(batch, row, to);
  if (to === batch.count) first.ring.release();
  return true;
}

function refill(lane: Lane): boolean {
  lane.row = 0;
  if (lane.ring.next(lane.batch)) return true;
  lane.batch.count = 0;
  return false;
}

/** What the kernel had when the stop came, and the block that it was filling. Bounded: a full ring once over. */
function drain(lanes: readonly Lane[], handle: HandlePackets): void {
  const stopMs = Date.now();
  while (Date.now() - stopMs < HOLD_MS) {
    if (!handOn(lanes, handle, stopMs * 1_000)) waitForAny(emptyRings(lanes), BLOCK_RETIRE_MS / 2);
    if (lanes.every((lane) => lane.row < lane.batch.count && lane.batch.timeUs[lane.row]! > stopMs * 1_000)) break;
  }
  while (handOn(lanes, handle, Number.POSITIVE_INFINITY)) if (Date.now() - stopMs > 2 * HOLD_MS) break;
}

/** The earliest packet that is held or ready in a ring, or as far back as one may still come in. */
function safeTimeUs(lanes: readonly Lane[], nowMs: number): number {
  let safeUs = (nowMs - HOLD_MS) * 1_000;
  for (const lane of lanes) {
    if (lane.row < lane.batch.count || refill(lane)) safeUs = Math.min(safeUs, lane.batch.timeUs[lane.row]!);
  }
  return safeUs;
}

function emptyRings(lanes: readonly Lane[]): Ring[] {
  const rings: Ring[] = [];
  for (const lane of lanes) if (lane.row === lane.batch.count) rings.push(lane.ring);
  return rings;
}

/** Until the earliest held packet may go, or the longest pause. */
function waitMs(lanes: readonly Lane[], nowMs: number): number {
  let ms = WAIT_MS;
  for (const lane of lanes) {
    if (lane.row < lane.batch.count)
      ms = Math.min(ms, Math.max(1, lane.batch.timeUs[lane.row]! / 1_000 + HOLD_MS - nowMs));
  }
  return Math.ceil(ms);
}
