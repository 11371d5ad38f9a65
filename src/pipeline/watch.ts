/** A live sensor: starts the analyst's thread and the shards', wires them together, and stops them in order. */
import { extname } from 'node:path';
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { CaptureError } from '../capture/live/error.ts';
import { fanoutGroup } from '../capture/live/live.ts';
import type { Configuration } from '../configuration.ts';
import { StoreError } from '../store/error.ts';
import type { LiveAnalystNews, LiveAnalystTask } from './live-analyst.ts';
import { LIVE_RUN } from './live-run.ts';
import type { LiveShardNews, LiveShardRequest, LiveShardTask } from './live-shard.ts';
import { LiveSlices } from './live-slices.ts';
import { type RawAudit, RawOrders } from './raw-orders.ts';
import { limitsOf } from './settings.ts';

/** How long the end waits for the packets of the last incidents. */
const LAST_SLICES_MS = 5_000;

export interface WatchOptions {
  readonly interfaces: readonly string[];
  readonly configuration: Configuration;
  readonly workers: number;
  readonly folder: string;
  readonly key: Uint8Array;
  /** Seals raw captures of an emergency; null: none can be made. */
  readonly rawKey?: Uint8Array | null;
  /** Hears of every step of such a capture. */
  readonly onRaw?: (row: RawAudit) => void;
  /** Where requests of people come from (operator.ts). */
  readonly desk?: MessagePort;
  /** The store is open and every ring listens. What throws here ends it before the run has begun. */
  readonly onReady?: () => Promise<void> | void;
  /** The run has begun: what comes in is kept. */
  readonly onBegun?: () => void;
  /** One plain sentence about what changed, for standard error. */
  readonly onState?: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Ends when `signal` is aborted and everything decoded has been written; rejects when a thread fails. */
export async function watch(options: WatchOptions): Promise<void> {
  const { interfaces, configuration, workers, folder, key, signal } = options;
  const say = options.onState ?? (() => {});
  const channels = Array.from({ length: workers }, () => new MessageChannel());
  const ports = channels.map((one) => one.port1);
  const { desk = null } = options;
  const analystTask: LiveAnalystTask = { interfaces, configuration, folder, shards: ports, desk };
  const analyst = new Thread<LiveAnalystNews>('live-analyst', analystTask, desk === null ? ports : [...ports, desk]);
  const shards: Thread<LiveShardNews>[] = [];
  try {
    analyst.hear((news) => {
      if (news.kind === 'warning') say(news.message);
    });
    await analyst.first('ready');
    const fanoutGroups = workers > 1 ? interfaces.map(() => fanoutGroup()) : null;
    for (const [worker, channel] of channels.entries()) {
      const task: LiveShardTask = {
        interfaces,
        fanoutGroups,
        configuration,
        key,
        worker,
        analyst: channel.port2,
      };
      const shard = new Thread<LiveShardNews>('live-shard', task, [channel.port2]);
      shards.push(shard);
      shard.hear((news) => {
        if (news.kind === 'interface' && worker === 0) say(`${news.interface} is ${news.state}`);
      });
    }
    const slices = slicesOf(options, analyst, shards, say);
    const raw = rawOf(options, shards, say);
    await Promise.all(shards.map((shard) => shard.first('listening')));
    await options.onReady?.();
    analyst.post('begin');
    await analyst.first('begun');
    options.onBegun?.();
    const stopLooking = lookEverySecond(raw, say);
    try {
      await Promise.race([aborted(signal), analyst.failure, ...shards.map((shard) => shard.failure)]);
    } finally {
      stopLooking();
    }
    for (const shard of shards) shard.post('stop');
    const ends = await Promise.all(shards.map((shard) => shard.first('ended')));
    raw?.close(Date.now() * 1000);
    await analyst.first('ended');
    await slices?.settled(LAST_SLICES_MS);
    const sum = { packets: 0, drops: 0, freezes: 0 };
    for (const end of ends) {
      sum.packets += end.packets;
      sum.drops += end.drops;
      sum.freezes += end.freezes;
    }
    say(
      `stopped: ${sum.packets} packets decoded, ${sum.drops} dropped by the kernel, ${sum.freezes} freezes of the ring`,
    );
  } finally {
    await Promise.all([analyst, ...shards].map((thread) => thread.terminate()));
  }
}

type Shards = readonly Thread<LiveShardNews>[];

/** Masked packets of incidents, when the configuration asks for them. */
function slicesOf(
  { configuration, folder }: WatchOptions,
  analyst: Thread<LiveAnalystNews>,
  shards: Shards,
  say: (line: string) => void,
): LiveSlices | null {
  if (configuration.capture.evidence !== 'on') return null;
  const slices = new LiveSlices(folder, LIVE_RUN, limitsOf(configuration).evidenceSlicesMax, say);
  analyst.hear((news) => {
    if (news.kind !== 'slices') return;
    const asked = slices.ask(news.orders, shards.length);
    for (const shard of shards) shard.post({ kind: 'take', ...asked } satisfies LiveShardRequest);
  });
  for (const shard of shards) {
    shard.hear((news) => {
      if (news.kind === 'taken') slices.hear(news.request, news.flows);
    });
  }
  return slices;
}

/** Raw captures of an emergency, when there is a key to seal them. */
function rawOf(
  { folder, rawKey = null, onRaw = () => {} }: WatchOptions,
  shards: Shards,
  say: (line: string) => void,
): RawOrders | null {
  if (rawKey === null) return null;
  const audit = (row: RawAudit): void => {
    onRaw(row);
    say(`${row.action} ${row.target} by ${row.user}: ${row.detail}`);
  };
  const raw = new RawOrders(folder, rawKey, audit, (scopes) => {
    for (const shard of shards) shard.post({ kind: 'raw', scopes } satisfies LiveShardRequest);
  });
  for (const shard of shards) {
    shard.hear((news) => {
      if (news.kind !== 'raw') return;
      for (const [id, packets] of news.packets) raw.hear(id, packets, Date.now() * 1000);
    });
  }
  return raw;
}

function lookEverySecond(raw: RawOrders | null, say: (line: string) => void): () => void {
  if (raw === null) return () => {};
  const look = (): void => {
    try {
      raw.look(Date.now() * 1000);
    } catch (error) {
      say(`raw captures cannot be noted, and so not made: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  look();
  const timer = setInterval(look, 1_000);
  return () => clearInterval(timer);
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((done) => signal.addEventListener('abort', () => done(), { once: true }));
}

interface News {
  readonly kind: string;
}

/** A worker thread that tells news, of which `failed` ends everything. */
class Thread<Told extends News> {
  /** Rejects when the thread fails, never resolves. */
  readonly failure: Promise<never>;
  private readonly worker: Worker;
  private readonly past: Told[] = [];
  private readonly hearers: ((news: Told) => void)[] = [];

  constructor(file: string, workerData: unknown, transferList: readonly MessagePort[]) {
    const url = new URL(`./${file}${extname(import.meta.url)}`, import.meta.url);
    this.worker = new Worker(url, { workerData, transferList: [...transferList] });
    this.failure = new Promise((_, reject) => {
      this.worker.on('error', (error) => reject(error));
      this.hear((news) => {
        if (news.kind === 'failed') reject(errorOf(news as unknown as { name: string; message: string }));
      });
    });
    // Whoever waits for something else hears of it there; this keeps it from counting as unheard.
    this.failure.catch(() => {});
    this.worker.on('message', (news: Told) => {
      this.past.push(news);
      if (this.past.length > 64) this.past.shift();
      for (const hearer of this.hearers) hearer(news);
    });
  }

  hear(hearer: (news: Told) => void): void {
    this.hearers.push(hearer);
  }

  /** The first news of a kind, told already or yet to come. */
  first<Kind extends Told['kind']>(kind: Kind): Promise<Extract<Told, { kind: Kind }>> {
    const known = this.past.find((news) => news.kind === kind);
    if (known !== undefined) return Promise.resolve(known as Extract<Told, { kind: Kind }>);
    const told = new Promise<Extract<Told, { kind: Kind }>>((done) => {
      this.hear((news) => {
        if (news.kind === kind) done(news as Extract<Told, { kind: Kind }>);
      });
    });
    return Promise.race([told, this.failure]);
  }

  post(message: unknown): void {
    this.worker.postMessage(message);
  }

  async terminate(): Promise<void> {
    await this.worker.terminate();
  }
}

/** Errors cross threads without their class. */
function errorOf({ name, message }: { name: string; message: string }): Error {
  if (name === 'CaptureError') return new CaptureError(message);
  return name === 'StoreError' ? new StoreError(message) : new Error(message);
}
