/**
 * A shard in a thread of its own, for a replay with several workers. Reads the same input as its siblings and
 * sends a chunk of records after the same packets as they do.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { openCapture } from '../capture/open.ts';
import type { InputReport } from '../capture/source.ts';
import type { Configuration } from '../configuration.ts';
import type { SensorCounters } from './points.ts';
import { RecordWriter } from './record-buffer.ts';
import { limitsOf, shardSettings } from './settings.ts';
import { type Listener, Shard } from './shard.ts';

export interface WorkerTask {
  readonly inputs: readonly string[];
  readonly configuration: Configuration;
  readonly key: Uint8Array;
  readonly worker: number;
  readonly workers: number;
  readonly shiftUs: number;
}

export interface WorkerChunk {
  readonly records: Uint8Array<ArrayBuffer>;
  readonly packets: number;
  readonly doneBytes: number;
  readonly totalBytes: number;
  /** Only with the last chunk. */
  readonly end: null | {
    readonly counters: SensorCounters;
    readonly inputs: readonly InputReport[];
    readonly failures: readonly { protocol: string; message: string }[];
    readonly failed: number;
  };
}

/** A chunk goes out after each multiple of this many packets, in every worker alike. */
export const CHUNK_PACKETS = 65_536;
/** Chunks on their way before a worker waits for the analyst. */
const CHUNKS_AHEAD = 4;

async function run(task: WorkerTask): Promise<void> {
  const port = parentPort;
  if (port === null) return;
  const { configuration, key, worker, workers } = task;
  let ahead = 0;
  let resume: (() => void) | null = null;
  port.on('message', () => {
    ahead--;
    resume?.();
  });

  let shard: Shard | null = null;
  const writer = new RecordWriter(() => (shard as Shard).order);
  const listener: Listener = writer.listener;
  shard = new Shard(shardSettings(configuration, key, worker, workers), listener);
  const capture = await openCapture(task.inputs, { limits: limitsOf(configuration) });

  const send = async (end: WorkerChunk['end']): Promise<void> => {
    const records = writer.take();
    const chunk: WorkerChunk = { records, packets: shard.packets, ...capture.progress(), end };
    port.postMessage(chunk, [records.buffer]);
    ahead++;
    while (ahead >= CHUNKS_AHEAD && end === null) {
      await new Promise<void>((done) => {
        resume = done;
      });
    }
  };

  for (;;) {
    const asked = capture.next();
    const range = asked instanceof Promise ? await asked : asked;
    if (range === null) break;
    const { batch } = range;
    if (task.shiftUs !== 0) for (let row = range.from; row < range.to; row++) batch.timeUs[row]! += task.shiftUs;
    for (let from = range.from; from < range.to; ) {
      const to = Math.min(range.to, from + CHUNK_PACKETS - (shard.packets % CHUNK_PACKETS));
      shard.process(batch, from, to);
      from = to;
      if (shard.packets % CHUNK_PACKETS === 0) await send(null);
    }
  }
  shard.finish();
  shard.dropped = capture.inputs.reduce((sum, input) => sum + input.dropped, 0);
  const { streams } = shard.tracker;
  await send({
    counters: shard.counters(),
    inputs: capture.inputs,
    failures: streams.failures,
    failed: streams.failed,
  });
  await capture.close();
  port.close();
}

await run(workerData as WorkerTask);
