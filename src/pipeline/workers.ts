/** The analyst's side of a replay with several workers: starts them, merges what they say, in step with them. */
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Analyst } from './analyst.ts';
import { addCounters, tellMerged } from './merge.ts';
import type { Driven, ReplayOptions } from './replay.ts';
import type { WorkerChunk, WorkerTask } from './worker.ts';

/** More shards than this only read the same file once more each. */
const WORKERS_MAX = 16;

export async function runWorkers(options: ReplayOptions, analyst: Analyst, shiftUs: number): Promise<Driven> {
  const workers = Math.min(options.workers, WORKERS_MAX);
  const lanes = Array.from({ length: workers }, (_, worker) => {
    const { inputs, configuration, key } = options;
    return new Lane({ inputs, configuration, key, worker, workers, shiftUs });
  });
  try {
    for (;;) {
      const chunks = await Promise.all(lanes.map((lane) => lane.next()));
      tellMerged(
        chunks.map((chunk) => chunk.records),
        analyst,
      );
      const { packets, doneBytes, totalBytes } = chunks[0] as WorkerChunk;
      options.onProgress?.({ packets, doneBytes, totalBytes });
      const ends = chunks.map((chunk) => chunk.end).filter((end) => end !== null);
      const [first, ...others] = ends;
      if (first === undefined && options.signal?.aborted !== true) continue;
      if (first === undefined) throw new Error('the replay was interrupted');
      const counters = { ...first.counters };
      for (const other of others) addCounters(counters, other.counters);
      return { counters, inputs: first.inputs, failures: ends.flatMap((end) => end.failures) };
    }
  } finally {
    await Promise.all(lanes.map((lane) => lane.stop()));
  }
}

/** One worker and the chunks it has sent. */
class Lane {
  private readonly thread: Worker;
  private readonly chunks: WorkerChunk[] = [];
  private wake: (() => void) | null = null;
  private failure: Error | null = null;

  constructor(task: WorkerTask) {
    this.thread = new Worker(new URL(`./worker${extname(import.meta.url)}`, import.meta.url), { workerData: task });
    this.thread.on('message', (chunk: WorkerChunk) => {
      this.chunks.push(chunk);
      this.wake?.();
    });
    this.thread.on('error', (error) => {
      this.failure = error instanceof Error ? error : new Error(String(error));
      this.wake?.();
    });
  }

  async next(): Promise<WorkerChunk> {
    for (;;) {
      const chunk = this.chunks.shift();
      if (chunk !== undefined) {
        this.thread.postMessage('told');
        return chunk;
      }
      if (this.failure !== null) throw this.failure;
      await new Promise<void>((done) => {
        this.wake = done;
      });
    }
  }

  async stop(): Promise<void> {
    await this.thread.terminate();
  }
}
