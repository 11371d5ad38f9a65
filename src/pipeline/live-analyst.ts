/**
 * The live analyst: a worker thread that hears the records of all shards, and alone writes to the store and
 * to InfluxDB. Nothing that can wait runs on a capture thread (contract 4.3).
 */
import { join } from 'node:path';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import type { Configuration } from '../configuration.ts';
import { InfluxWriter } from '../output/influx.ts';
import { Store } from '../store/store.ts';
import type { Analyst } from './analyst.ts';
import { LIVE_RUN } from './live-run.ts';
import type { LiveChunk } from './live-shard.ts';
import { type SliceOrder, SliceOrders } from './live-slices.ts';
import { listenToPeople } from './people.ts';
import type { SensorCounters } from './points.ts';
import { RecordReader } from './record-buffer.ts';
import { reportOf } from './report.ts';
import type { AlertRows } from './rows.ts';
import { Session } from './session.ts';
import { limitsOf } from './settings.ts';

export interface LiveAnalystTask {
  readonly interfaces: readonly string[];
  readonly configuration: Configuration;
  readonly folder: string;
  /** One per shard. */
  readonly shards: readonly MessagePort[];
  /** What people ask comes in here; null when nobody can. */
  readonly desk: MessagePort | null;
}

export type LiveAnalystNews =
  | { readonly kind: 'ready' }
  | { readonly kind: 'begun' }
  | { readonly kind: 'failed'; readonly name: string; readonly message: string }
  | { readonly kind: 'warning'; readonly message: string }
  | { readonly kind: 'slices'; readonly orders: readonly SliceOrder[] }
  | { readonly kind: 'ended' };

const INFLUX_FLUSH_MS = 3_000;

function tell(news: LiveAnalystNews): void {
  parentPort?.postMessage(news);
}

async function run(task: LiveAnalystTask): Promise<void> {
  const { configuration, folder, interfaces, shards } = task;
  let store: Store;
  try {
    store = Store.open(folder, { retention: configuration.retention });
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    tell({ kind: 'failed', name, message });
    return;
  }
  const settings = configuration.outputs.influx;
  const influx =
    settings === null
      ? null
      : new InfluxWriter({
          settings,
          spoolFolder: join(folder, 'spool'),
          warn: (message) => tell({ kind: 'warning', message }),
        });
  tell({ kind: 'ready' });
  // The run begins when every ring listens: a sensor that cannot start leaves no trace in the store.
  await new Promise<void>((begin) => parentPort?.once('message', () => begin()));
  influx?.start();
  const session = new Session({
    configuration,
    run: LIVE_RUN,
    kind: 'live',
    inputs: interfaces,
    startedUs: 0,
    learnUntilUs: null,
    baselineBefore: null,
    store,
    influx,
    liveFolder: folder,
    ...(configuration.capture.evidence === 'on' ? { onAlerts: slicesWanted() } : {}),
    warn: (message) => tell({ kind: 'warning', message }),
  });
  const gathering = new Gathering(session.analyst, shards.length, limitsOf(configuration).flowsMax * 2);
  const people = { run: LIVE_RUN, analyst: session.analyst };
  listenToPeople(task.desk, store, people, (message) => tell({ kind: 'warning', message }));
  tell({ kind: 'begun' });
  await new Promise<void>((done) => {
    let open = shards.length;
    for (const port of shards) {
      port.on('message', (chunk: LiveChunk) => {
        gathering.hear(chunk);
        if (!chunk.end) return;
        port.close();
        open--;
        if (open === 0) done();
      });
    }
  });
  const counters = gathering.counters();
  session.end(counters);
  await session.deliver();
  store.finishRun(LIVE_RUN, reportOf(session.analyst, counters, [], LIVE_RUN));
  await influx?.flush(INFLUX_FLUSH_MS);
  await influx?.stop(INFLUX_FLUSH_MS);
  store.close();
  tell({ kind: 'ended' });
}

/** Incidents that have something new are told to whoever can ask for their packets. */
function slicesWanted(): (alerts: AlertRows) => void {
  const orders = new SliceOrders();
  return ({ incidents, findings }) => {
    const due = orders.due(incidents, findings);
    if (due.length > 0) tell({ kind: 'slices', orders: due });
  };
}

/** Brings the shards together: their records as they come, one clock, one set of counters. */
class Gathering {
  private readonly analyst: Analyst;
  private readonly latest: (SensorCounters | null)[];
  private readonly intervals: number[];
  private readonly flowsPerShard: number;
  private tickUs = Number.NEGATIVE_INFINITY;
  private intervalUs = Number.NEGATIVE_INFINITY;

  constructor(analyst: Analyst, shards: number, flowsPerShard: number) {
    this.analyst = analyst;
    this.latest = new Array<SensorCounters | null>(shards).fill(null);
    this.intervals = new Array<number>(shards).fill(Number.NEGATIVE_INFINITY);
    this.flowsPerShard = flowsPerShard;
  }

  hear({ worker, records, counters }: LiveChunk): void {
    const reader = new RecordReader(records, worker * this.flowsPerShard);
    while (!reader.isDone) {
      if (!reader.isClock) {
        reader.tell(this.analyst);
        continue;
      }
      const told = reader.takeClock();
      if (told.counters === null) this.tick(told.nowUs);
      else this.interval(worker, told.nowUs, told.counters);
    }
    this.latest[worker] = counters;
  }

  private tick(nowUs: number): void {
    if (nowUs <= this.tickUs) return;
    this.tickUs = nowUs;
    this.analyst.tick(nowUs);
  }

  /** An interval is over when the last shard says so; a shard without packets has none and is not waited for. */
  private interval(worker: number, nowUs: number, counters: SensorCounters): void {
    this.latest[worker] = counters;
    this.intervals[worker] = nowUs;
    const others = this.intervals.filter((_, i) => i !== worker && (this.latest[i]?.packets ?? 0) > 0);
    if (nowUs <= this.intervalUs || others.some((one) => one < nowUs)) return;
    this.intervalUs = nowUs;
    this.analyst.interval(nowUs, this.counters());
  }

  counters(): SensorCounters {
    const sum: SensorCounters = {
      packets: 0,
      bytes: 0,
      wireBytes: 0,
      dropped: 0,
      truncated: 0,
      duplicates: 0,
      flows: 0,
      flowsOpen: 0,
      flowsEvicted: 0,
      firstUs: Number.POSITIVE_INFINITY,
      lastUs: Number.NEGATIVE_INFINITY,
    };
    for (const one of this.latest) {
      if (one === null) continue;
      for (const name of Object.keys(sum) as (keyof SensorCounters)[]) {
        if (name === 'firstUs') sum.firstUs = Math.min(sum.firstUs, one.firstUs);
        else if (name === 'lastUs') sum.lastUs = Math.max(sum.lastUs, one.lastUs);
        else sum[name] += one[name];
      }
    }
    return sum;
  }
}

await run(workerData as LiveAnalystTask);
