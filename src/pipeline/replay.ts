/**
 * A replay: captures through the same shard and analyst that listen live, as fast as the machine can or at a
 * multiple of their own speed, with one thread or several. The result depends on none of that.
 */
import { type MadeCaptures, openCapture } from '../capture/open.ts';
import type { Capture, InputReport, Range } from '../capture/source.ts';
import type { Configuration } from '../configuration.ts';
import type { InfluxWriter } from '../output/influx.ts';
import type { Store } from '../store/store.ts';
import type { SensorCounters } from './points.ts';
import { reportOf } from './report.ts';
import { nameOfAsked, nameOfFiles, nameOfFirstPacket } from './run-name.ts';
import { Session } from './session.ts';
import { limitsOf, shardSettings } from './settings.ts';
import { Shard } from './shard.ts';
import { runWorkers } from './workers.ts';

export interface Progress {
  readonly packets: number;
  readonly doneBytes: number;
  readonly totalBytes: number;
}

export interface ReplayOptions {
  readonly inputs: readonly string[];
  /** Those of the inputs that are made while they are read; read in one thread. */
  readonly made?: MadeCaptures;
  /** null: derived from the content of the input. */
  readonly run: string | null;
  readonly configuration: Configuration;
  readonly workers: number;
  /** 0 = as fast as possible, N = N times as fast as it was captured (in one thread). */
  readonly speed: number;
  readonly learnUntil: { readonly atUs: number } | { readonly afterUs: number } | null;
  /** Run of the store whose baseline this one begins with. */
  readonly baselineFrom?: string | null;
  /** The baseline itself, of another store. */
  readonly baselineGiven?: unknown;
  /** Moves all packet times so that the capture ends now. */
  readonly rebaseNow: boolean;
  /** Moves all packet times by so much, and reads no further than a moment. */
  readonly moved?: { readonly byUs: number; readonly untilUs: number } | null;
  readonly key: Uint8Array;
  /** null: nothing is kept, the report is all. */
  readonly store: Store | null;
  readonly influx: InfluxWriter | null;
  /** EVE JSON of Suricata about the same traffic. */
  readonly suricata?: string | null;
  /** Hears of trouble with outputs. */
  readonly warn?: (line: string) => void;
  readonly onProgress?: (progress: Progress) => void;
  readonly signal?: AbortSignal;
}

export interface ReplayResult {
  readonly run: string;
  /** The JSON object of contract 3. */
  readonly report: Record<string, unknown>;
  readonly inputs: readonly InputReport[];
  /** At least one input was a capture. */
  readonly readable: boolean;
  /** Exceptions in our own decoders: a bug to report, with the place. */
  readonly failures: readonly { protocol: string; message: string }[];
}

/** What a driver of the packets gives back. */
export interface Driven {
  readonly counters: SensorCounters;
  readonly inputs: readonly InputReport[];
  readonly failures: readonly { protocol: string; message: string }[];
}

/** How long a replay may keep the thread to itself. */
const TURN_MS = 100;
/** How long one step of a slowed-down replay is. */
const STEP_US = 100_000;

export async function replay(options: ReplayOptions): Promise<ReplayResult> {
  const limits = limitsOf(options.configuration);
  const { made = new Map() } = options;
  const shiftUs = options.rebaseNow ? await shiftToNow(options) : (options.moved?.byUs ?? 0);
  const capture = await openCapture(options.inputs, { limits, made });
  try {
    const asked = capture.next();
    const first = asked instanceof Promise ? await asked : asked;
    // A run of this name that is in the store already must not give way to nothing.
    if (first === null && !isReadable(capture.inputs)) {
      return { run: options.run ?? '', report: {}, inputs: capture.inputs, readable: false, failures: [] };
    }
    const firstUs = first === null ? 0 : (first.batch.timeUs[first.from] ?? 0) + shiftUs;
    const run = options.run ?? nameOf(options, capture, first);
    const session = new Session({
      configuration: options.configuration,
      run,
      kind: 'replay',
      inputs: options.inputs,
      startedUs: firstUs,
      learnUntilUs: learnUntilUs(options, firstUs),
      baselineBefore: baselineBefore(options),
      store: options.store,
      influx: options.influx,
      suricata: options.suricata ? { path: options.suricata, shiftUs } : null,
      warn: options.warn ?? (() => {}),
    });
    session.analyst.points.movedUs = shiftUs;
    const threads =
      options.workers > 1 && options.speed === 0 && !options.moved && !options.inputs.includes('-') && made.size === 0;
    const driven = threads
      ? await runWorkers(options, session.analyst, shiftUs)
      : await runHere(options, session, capture, first, shiftUs);
    session.end(driven.counters);
    await session.deliver();
    const others = session.companions.report();
    const report = reportOf(session.analyst, driven.counters, driven.inputs, run, others);
    options.store?.finishRun(run, report);
    return { run, report, inputs: driven.inputs, readable: isReadable(driven.inputs), failures: driven.failures };
  } finally {
    await capture.close();
  }
}

function baselineBefore({ baselineFrom, baselineGiven = null, store }: ReplayOptions): unknown {
  if (baselineGiven !== null) return baselineGiven;
  if (baselineFrom === undefined || baselineFrom === null) return null;
  const before = store?.baselines.read(baselineFrom) ?? null;
  if (before === null) throw new Error(`--baseline-from ${baselineFrom}: this store has no baseline of such a run`);
  return before;
}

function isReadable(inputs: readonly InputReport[]): boolean {
  return inputs.some((input) => input.packets > 0 || input.error === '');
}

function learnUntilUs({ learnUntil }: ReplayOptions, firstUs: number): number | null {
  if (learnUntil === null) return null;
  return 'atUs' in learnUntil ? learnUntil.atUs : firstUs + learnUntil.afterUs;
}

function nameOf({ inputs, made }: ReplayOptions, capture: Capture, first: Range | null): string {
  if (made !== undefined && made.size > 0) return nameOfAsked(inputs);
  if (!inputs.includes('-')) return nameOfFiles(capture.inputs.map((input) => input.file));
  return first === null ? 'stdin' : nameOfFirstPacket(first.batch, first.from);
}

/** How far the packets must move so that the last one is at the wall clock. */
async function shiftToNow({ inputs, made = new Map() }: ReplayOptions): Promise<number> {
  const capture = await openCapture(inputs, { made });
  let lastUs = Number.NEGATIVE_INFINITY;
  for (;;) {
    const asked = capture.next();
    const range = asked instanceof Promise ? await asked : asked;
    if (range === null) break;
    for (let row = range.from; row < range.to; row++) lastUs = Math.max(lastUs, range.batch.timeUs[row]!);
  }
  await capture.close();
  return Number.isFinite(lastUs) ? Date.now() * 1000 - lastUs : 0;
}

async function runHere(
  options: ReplayOptions,
  session: Session,
  capture: Capture,
  first: Range | null,
  shiftUs: number,
): Promise<Driven> {
  const shard = new Shard(shardSettings(options.configuration, options.key, 0, 1), session.analyst);
  const pace = new Pace(options.speed);
  const untilUs = (options.moved?.untilUs ?? Number.POSITIVE_INFINITY) - shiftUs;
  let turnMs = performance.now();
  let range: Range | null = first;
  while (range !== null && options.signal?.aborted !== true) {
    const until = rowAfter(range, untilUs);
    if (shiftUs !== 0) for (let row = range.from; row < until; row++) range.batch.timeUs[row]! += shiftUs;
    for (let from = range.from; from < until; ) {
      const to = Math.min(until, pace.end(range, from));
      await pace.wait(range.batch.timeUs[from] ?? 0, options.signal);
      shard.process(range.batch, from, to);
      from = to;
    }
    options.onProgress?.({ packets: shard.packets, ...capture.progress() });
    if (until < range.to) break;
    turnMs = await turn(turnMs);
    const asked: Range | null | Promise<Range | null> = capture.next();
    range = asked instanceof Promise ? await asked : asked;
  }
  // Half a capture must not pass for a finished run.
  if (options.signal?.aborted === true) throw new Error('the replay was interrupted');
  shard.finish();
  shard.dropped = capture.inputs.reduce((sum, input) => sum + input.dropped, 0);
  return { counters: shard.counters(), inputs: capture.inputs, failures: shard.tracker.streams.failures };
}

/** Packets that come without waiting must not keep the sender of points, and whoever says stop, from their turn. */
async function turn(lastMs: number): Promise<number> {
  if (performance.now() - lastMs < TURN_MS) return lastMs;
  await new Promise((resolve) => setImmediate(resolve));
  return performance.now();
}

/** The first row of a range that is later than a time: a batch of a quiet hour reaches far. */
function rowAfter({ batch, from, to }: Range, untilUs: number): number {
  let row = untilUs === Number.POSITIVE_INFINITY ? to : from;
  while (row < to && batch.timeUs[row]! <= untilUs) row++;
  return row;
}

/** Slows a replay down to a multiple of its own speed. */
class Pace {
  private readonly speed: number;
  private startedMs = 0;
  private firstUs = 0;

  constructor(speed: number) {
    this.speed = speed;
  }

  /** End of the rows that may be processed in one step. */
  end(range: Range, from: number): number {
    if (this.speed === 0) return range.to;
    const { timeUs } = range.batch;
    const until = (timeUs[from] ?? 0) + STEP_US;
    let to = from + 1;
    while (to < range.to && timeUs[to]! < until) to++;
    return to;
  }

  async wait(timeUs: number, signal: AbortSignal | undefined): Promise<void> {
    if (this.speed === 0) return;
    if (this.startedMs === 0) {
      this.startedMs = performance.now();
      this.firstUs = timeUs;
    }
    const dueMs = this.startedMs + (timeUs - this.firstUs) / 1000 / this.speed;
    while (signal?.aborted !== true && performance.now() < dueMs) {
      await new Promise((done) => setTimeout(done, Math.max(1, Math.min(100, dueMs - performance.now()))));
    }
  }
}
