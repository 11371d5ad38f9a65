/** A live shard: one worker thread that reads its share of the rings and sends records to the analyst. */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { LiveCapture } from '../capture/live/live.ts';
import type { Configuration } from '../configuration.ts';
import { type KeptFlow, PacketKeeper } from './packet-keeper.ts';
import type { SensorCounters } from './points.ts';
import { type RawPacket, type RawScope, RawTap } from './raw-tap.ts';
import { RecordWriter } from './record-buffer.ts';
import { limitsOf, shardSettings } from './settings.ts';
import { Shard } from './shard.ts';

export interface LiveShardTask {
  readonly interfaces: readonly string[];
  readonly fanoutGroups: readonly number[] | null;
  readonly configuration: Configuration;
  readonly key: Uint8Array;
  readonly worker: number;
  /** Where the records go. */
  readonly analyst: MessagePort;
}

/** From the shard to the analyst. */
export interface LiveChunk {
  readonly worker: number;
  readonly records: Uint8Array<ArrayBuffer>;
  readonly counters: SensorCounters;
  readonly end: boolean;
}

/** From the shard to whoever started it. */
export type LiveShardNews =
  | { readonly kind: 'listening' }
  | { readonly kind: 'failed'; readonly name: string; readonly message: string }
  | { readonly kind: 'interface'; readonly interface: string; readonly state: 'up' | 'down' }
  | { readonly kind: 'taken'; readonly request: number; readonly flows: ReadonlyMap<string, KeptFlow> }
  | { readonly kind: 'raw'; readonly packets: ReadonlyMap<string, readonly RawPacket[]>; readonly lost: number }
  | { readonly kind: 'ended'; readonly drops: number; readonly freezes: number; readonly packets: number };

/** What a shard is asked while it listens. */
export type LiveShardRequest =
  | 'stop'
  | { readonly kind: 'take'; readonly request: number; readonly flows: readonly string[] }
  | { readonly kind: 'raw'; readonly scopes: readonly RawScope[] };

/** Records go out when they are this many bytes, or with the clock. */
const CHUNK_BYTES = 256 * 1024;

async function run(task: LiveShardTask): Promise<void> {
  const { interfaces, fanoutGroups, configuration, key, worker, analyst } = task;
  const tell = (news: LiveShardNews): void => parentPort?.postMessage(news);
  const limits = limitsOf(configuration);
  const { ringMegabytes, snapBytes, evidence, evidenceMegabytes } = configuration.capture;
  let capture: LiveCapture;
  try {
    const blocks = Math.max(2, Math.floor((ringMegabytes * 1024 * 1024) / limits.ringBlockBytes));
    capture = LiveCapture.open({ interfaces, fanoutGroups, blockBytes: limits.ringBlockBytes, blocks, snapBytes });
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    tell({ kind: 'failed', name, message });
    return;
  }

  let shard: Shard | null = null;
  const writer = new RecordWriter(() => (shard as Shard).order);
  // The kernel's fanout has divided the traffic: every shard takes all that reaches it.
  shard = new Shard(shardSettings(configuration, key, 0, 1), writer.listener);
  const decoding = shard;
  const send = (end: boolean): void => {
    const records = writer.take();
    const chunk: LiveChunk = { worker, records, counters: decoding.counters(), end };
    analyst.postMessage(chunk, [records.buffer]);
  };
  const stop = new AbortController();
  const keeper = evidence === 'on' ? new PacketKeeper(limits, evidenceMegabytes) : null;
  const tap = new RawTap(limits);
  const sendRaw = (): void => {
    if (tap.hasPackets) tell({ kind: 'raw', packets: tap.take(), lost: tap.lost });
  };
  parentPort?.on('message', (asked: LiveShardRequest) => {
    if (asked === 'stop') stop.abort();
    else if (asked.kind === 'raw') tap.order(asked.scopes);
    else tell({ kind: 'taken', request: asked.request, flows: keeper?.take(asked.flows) ?? new Map() });
  });
  tell({ kind: 'listening' });

  const states = new Map(interfaces.map((name): [string, string] => [name, 'up']));
  const look = (): void => {
    let drops = 0;
    for (const one of capture.statistics()) {
      drops += one.drops;
      if (states.get(one.interface) === one.state) continue;
      states.set(one.interface, one.state);
      tell({ kind: 'interface', interface: one.interface, state: one.state });
    }
    decoding.dropped = drops;
  };
  await capture.run(
    (batch, from, to) => {
      decoding.process(batch, from, to);
      keeper?.process(batch, from, to);
      tap.process(batch, from, to);
      if (writer.byteLength >= CHUNK_BYTES) send(false);
    },
    stop.signal,
    (nowUs) => {
      look();
      decoding.idle(nowUs);
      sendRaw();
      if (writer.byteLength > 0) send(false);
    },
  );
  look();
  decoding.finish();
  sendRaw();
  send(true);
  const sum = { drops: 0, freezes: 0, packets: decoding.packets };
  for (const one of capture.statistics()) {
    sum.drops += one.drops;
    sum.freezes += one.freezes;
  }
  capture.close();
  tell({ kind: 'ended', ...sum });
  // The last incidents are told after the last packet: whoever started this thread ends it.
  if (keeper !== null) return;
  parentPort?.removeAllListeners('message');
  parentPort?.unref();
}

await run(workerData as LiveShardTask);
