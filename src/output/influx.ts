/**
 * Brings points to InfluxDB and loses none while the server is away.
 *
 *     write → lines in memory → spool on disk (spool.ts) → one sender → server
 *
 * Points go to the disk in blocks of at most 5,000 lines, a second after they came at the latest; one sender takes
 * blocks from there and deletes what the server has taken. Every line has its time and tags fixed, so a block
 * that is sent twice changes nothing. Nothing here throws into the caller; trouble is one warning when it begins
 * and one line when it is over.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { Point } from '../model.ts';
import { type Answer, InfluxClient, type InfluxSettings } from './influx-client.ts';
import { LineBytes } from './line-bytes.ts';
import { encode, LineEncoder } from './line-protocol.ts';
import { BLOCK_LINES_MAX, type Block, Spool, type SpoolStatistics } from './spool.ts';

export interface InfluxWriterSettings extends InfluxSettings {
  /** After an outage: which points go out first. */
  readonly order: 'oldest' | 'newest';
  readonly spoolMegabytes: number;
}

export interface InfluxWriterOptions {
  readonly settings: InfluxWriterSettings;
  readonly spoolFolder: string;
  /** One clear line, for standard error. */
  readonly warn?: (line: string) => void;
  /** The same for good news: the trouble is over. Default: `warn`. */
  readonly inform?: (line: string) => void;
  /** May create the database when the server does not have it (v1 only). */
  readonly createDatabase?: boolean;
  /** Which points are given up when the spool is full. */
  readonly drop?: 'oldest' | 'newest';
  readonly backoffMs?: { readonly first: number; readonly most: number };
  readonly timeoutMs?: number;
}

export interface InfluxStatistics extends SpoolStatistics {
  writtenPoints: number;
  /** Requests that did not end well. */
  writeErrors: number;
  /** Points that are not in measurements.ts: our own mistake. */
  rejectedPoints: number;
  /** Values that no server takes. */
  fieldsLeftOut: number;
  series: number;
  /** Why points wait, as it was said; '' while they are being written. */
  obstacle: string;
}

const BLOCK_BYTES_MAX = 8 * 1024 * 1024;
const FLUSH_MS = 1_000;
/** Requests spent on finding the bad lines of one block; then the rest of it goes to the quarantine whole. */
const SEARCH_REQUESTS_MAX = 400;
const WARNINGS_MAX = 32;
const EMPTY: SpoolStatistics = {
  bytes: 0,
  points: 0,
  oldestUs: 0,
  droppedPoints: 0,
  dropped: { full: 0, disk: 0, damaged: 0 },
  quarantinedLines: 0,
  tornBytes: 0,
  problem: '',
};

export class InfluxWriter {
  readonly #options: InfluxWriterOptions;
  readonly #client: InfluxClient;
  readonly #encoder = new LineEncoder();
  readonly #first: number;
  readonly #most: number;
  #spool: Spool | null = null;
  readonly #block = new LineBytes();
  #lines = 0;
  #oldestUs = Number.POSITIVE_INFINITY;
  #timer: NodeJS.Timeout | null = null;
  #sender: Promise<void> | null = null;
  #stopping = false;
  #abort = new AbortController();
  /** Ends the pause of the sender. */
  #nudge = new AbortController();
  #idle: (() => void)[] = [];
  /** Troubles of this moment that were said; each is said once until points are written again. */
  #warned = new Set<string>();
  #droppedBefore = 0;
  #started = false;
  #made = false;
  #obstacle = '';
  #said = new Set<string>();
  #counts = { writtenPoints: 0, writeErrors: 0, rejectedPoints: 0, lostPoints: 0 };

  constructor(options: InfluxWriterOptions) {
    this.#options = options;
    this.#client = new InfluxClient(options.settings, options.timeoutMs ?? 30_000);
    this.#first = options.backoffMs?.first ?? 500;
    this.#most = options.backoffMs?.most ?? 60_000;
  }

  /** Opens the spool and begins to send what waits there. */
  start(): void {
    this.#started = true;
    this.#stopping = false;
    this.#open();
    this.#wake();
  }

  #open(): void {
    if (this.#spool !== null) return;
    try {
      this.#spool = Spool.open(this.#options.spoolFolder, {
        bytesMax: this.#options.settings.spoolMegabytes * 1024 * 1024,
        drop: this.#options.drop ?? 'oldest',
      });
    } catch (error) {
      this.#warn((error as Error).message);
      return;
    }
    const { droppedPoints, problem } = this.#spool.statistics();
    this.#droppedBefore = droppedPoints;
    if (problem !== '') this.#warn(problem);
  }

  write(points: readonly Point[]): void {
    for (const point of points) {
      try {
        if (!this.#encoder.write(point, this.#block)) continue;
      } catch (error) {
        this.#counts.rejectedPoints++;
        this.#warnOnce((error as Error).message);
        continue;
      }
      this.#lines++;
      this.#oldestUs = Math.min(this.#oldestUs, point.timeUs);
      if (this.#lines >= BLOCK_LINES_MAX || this.#block.at >= BLOCK_BYTES_MAX) this.#toDisk();
    }
    if (this.#lines > 0 && this.#timer === null) {
      this.#timer = setTimeout(() => this.#toDisk(), FLUSH_MS);
      this.#timer.unref();
    }
  }

  /** True when every point is with the server (or in the quarantine) before the deadline. */
  async flush(deadlineMs: number): Promise<boolean> {
    this.#toDisk();
    if (this.#spool === null) return false;
    if (this.#points() === 0 && this.#sender === null) return true;
    this.#nudge.abort();
    const waited = new AbortController();
    const done = new Promise<void>((resolve) => this.#idle.push(resolve));
    this.#wake();
    await Promise.race([done, sleep(deadlineMs, undefined, { signal: waited.signal }).catch(() => {})]);
    waited.abort();
    return this.#points() === 0;
  }

  /** Sends what it can until the deadline; the rest stays in the spool for the next start. */
  async stop(deadlineMs: number): Promise<void> {
    if (deadlineMs > 0) await this.flush(deadlineMs);
    else this.#toDisk();
    this.#stopping = true;
    this.#started = false;
    this.#abort.abort();
    this.#nudge.abort();
    await this.#sender;
    await this.#client.close();
    this.#spool?.close();
    this.#spool = null;
    this.#abort = new AbortController();
  }

  /**
   * For `doctor`: writes a point and reads it back. `problem` is one clear line, '' when all is well; `made`: the
   * database was missing and is there now.
   */
  async check(): Promise<{ ok: boolean; problem: string; made: boolean }> {
    const answer = await this.#check();
    if (this.#sender === null) await this.#client.close();
    return { ...answer, made: this.#made };
  }

  async #check(): Promise<{ ok: boolean; problem: string }> {
    const { api, database } = this.#options.settings;
    const point: Point = {
      measurement: 'wardwatch_check',
      tags: {},
      fields: { works: true },
      timeUs: Date.now() * 1_000,
    };
    const wrote = await this.#send(gzipSync(encode([point])));
    if (wrote.outcome !== 'stored') return { ok: false, problem: wrote.problem };
    const read = await this.#client.query('SELECT "works" FROM "wardwatch_check" ORDER BY time DESC LIMIT 1', database);
    const found = read.outcome === 'stored' && read.body.includes('"works"');
    if (found) return { ok: true, problem: '' };
    const why = read.problem !== '' ? read.problem : `the answer to a query does not have it: ${read.body}`;
    const hint = api === 'v2' ? ' (InfluxDB 2 needs a DBRP mapping for InfluxQL)' : '';
    return { ok: false, problem: `points can be written but not read: ${why}${hint}` };
  }

  statistics(): InfluxStatistics {
    const spool = this.#spool?.statistics() ?? EMPTY;
    const { writtenPoints, writeErrors, rejectedPoints, lostPoints } = this.#counts;
    return {
      ...spool,
      points: spool.points + this.#lines,
      droppedPoints: spool.droppedPoints + lostPoints,
      dropped: { ...spool.dropped, disk: spool.dropped.disk + lostPoints },
      writtenPoints,
      writeErrors,
      rejectedPoints,
      fieldsLeftOut: this.#encoder.fieldsLeftOut,
      series: this.#encoder.series,
      obstacle: this.#obstacle,
    };
  }

  #toDisk(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const lines = this.#lines;
    if (lines === 0) return;
    const bytes = this.#block.take();
    const oldestUs = this.#oldestUs;
    this.#lines = 0;
    this.#oldestUs = Number.POSITIVE_INFINITY;
    // The folder may have come back since it could not be used.
    if (this.#started) this.#open();
    if (this.#spool === null) {
      this.#counts.lostPoints += lines;
      return;
    }
    const before = this.#spool.droppedPoints;
    const kept = this.#spool.append(bytes, lines, oldestUs);
    if (this.#spool.droppedPoints > before) this.#warn((kept ? '' : this.#spool.statistics().problem) || this.#full());
    this.#wake();
  }

  #full(): string {
    const { settings, spoolFolder, drop } = this.#options;
    const gone = drop === 'newest' ? 'new' : 'the oldest';
    return `spool ${spoolFolder}: full (spoolMegabytes ${settings.spoolMegabytes}), ${gone} points are given up`;
  }

  #points(): number {
    return (this.#spool?.statistics().points ?? 0) + this.#lines;
  }

  #wake(): void {
    if (this.#sender !== null || this.#spool === null || this.#stopping) return;
    const spool = this.#spool;
    const ended = (sound: boolean): void => {
      this.#sender = null;
      // Points may have come between its last look and now.
      if (sound && !this.#stopping && spool.statistics().points > 0) this.#wake();
      else for (const resolve of this.#idle.splice(0)) resolve();
    };
    this.#sender = this.#run(spool).then(
      () => ended(true),
      (error: unknown) => {
        this.#warn(`InfluxDB writer: ${(error as Error).message}`);
        ended(false);
      },
    );
  }

  async #run(spool: Spool): Promise<void> {
    let pauseMs = this.#first;
    while (!this.#stopping) {
      const before = spool.droppedPoints;
      const block = spool.take(this.#options.settings.order);
      if (spool.droppedPoints > before) this.#warn(spool.statistics().problem);
      if (block === null) return;
      const answer = await this.#deliver(spool, block);
      if (answer === null) {
        pauseMs = this.#first;
        continue;
      }
      if (this.#stopping) return;
      this.#obstacle = `${answer.problem}; points wait in ${this.#options.spoolFolder}`;
      this.#warn(this.#obstacle);
      // Whoever waits for `flush` has a deadline of his own: the pause that the server asks for is for quiet times.
      const asked = this.#idle.length > 0 ? 0 : answer.retryAfterMs;
      await this.#pause(Math.max(asked, pauseMs * (0.5 + Math.random() / 2)));
      pauseMs = Math.min(pauseMs * 2, this.#most);
    }
  }

  /** Null when the block is done with, else the answer that stands in the way. */
  async #deliver(spool: Spool, block: Block): Promise<Answer | null> {
    const answer = await this.#send(block.payload);
    if (answer.outcome === 'poison') {
      const search = { requests: 0, bad: [] as string[] };
      const obstacle = await this.#isolate(block.lines(), answer, search);
      if (obstacle !== null) return obstacle;
      spool.quarantine(search.bad, answer.problem);
      this.#warnOnce(`lines are refused by InfluxDB and put into ${this.#options.spoolFolder}/quarantine`);
      this.#counts.writtenPoints += block.lineCount - search.bad.length;
    } else if (answer.outcome === 'stored') {
      this.#counts.writtenPoints += block.lineCount;
      this.#recovered();
    } else {
      return answer;
    }
    spool.delivered(block);
    return null;
  }

  /** Halves refused lines until the bad ones stand alone. What the server takes on the way is stored. */
  async #isolate(
    lines: readonly string[],
    answer: Answer,
    search: { requests: number; bad: string[] },
  ): Promise<Answer | null> {
    const none = Number(/\bdropped=(\d+)/.exec(answer.body)?.[1]) === lines.length;
    if (none || lines.length <= 1 || search.requests >= SEARCH_REQUESTS_MAX) {
      for (const line of lines) search.bad.push(line);
      return null;
    }
    const middle = lines.length >> 1;
    for (const half of [lines.slice(0, middle), lines.slice(middle)]) {
      search.requests++;
      const said = await this.#send(gzipSync(`${half.join('\n')}\n`));
      if (said.outcome === 'stored') continue;
      if (said.outcome !== 'poison') return said;
      const obstacle = await this.#isolate(half, said, search);
      if (obstacle !== null) return obstacle;
    }
    return null;
  }

  async #send(gzip: Uint8Array): Promise<Answer> {
    const answer = await this.#client.write(gzip, this.#abort.signal);
    if (answer.outcome !== 'stored') this.#counts.writeErrors++;
    if (answer.status !== 404 || !this.#mayCreate(answer)) return answer;
    const name = this.#options.settings.database.replace(/["\\]/g, '\\$&');
    const made = await this.#client.query(`CREATE DATABASE "${name}"`, '', this.#abort.signal);
    if (made.outcome !== 'stored') return { ...answer, problem: `${answer.problem}; it cannot be made: ${made.body}` };
    this.#made = true;
    return this.#client.write(gzip, this.#abort.signal);
  }

  #mayCreate({ body }: Answer): boolean {
    const { settings, createDatabase } = this.#options;
    return createDatabase !== false && settings.api === 'v1' && /database not found/i.test(body);
  }

  async #pause(ms: number): Promise<void> {
    this.#nudge = new AbortController();
    await sleep(ms, undefined, { signal: this.#nudge.signal, ref: false }).catch(() => {});
  }

  /** The same trouble is said once, until it is over. */
  #warn(line: string): void {
    if (this.#warned.has(line) || this.#warned.size >= WARNINGS_MAX) return;
    this.#warned.add(line);
    this.#options.warn?.(line);
  }

  /** For what stays wrong: said once, counted ever after. */
  #warnOnce(line: string): void {
    if (this.#said.has(line) || this.#said.size >= WARNINGS_MAX) return;
    this.#said.add(line);
    this.#options.warn?.(line);
  }

  #recovered(): void {
    this.#obstacle = '';
    if (this.#warned.size === 0) return;
    this.#warned.clear();
    const dropped = (this.#spool?.droppedPoints ?? 0) - this.#droppedBefore;
    this.#droppedBefore += dropped;
    const lost = dropped > 0 ? `; ${dropped} were lost meanwhile` : '';
    (this.#options.inform ?? this.#options.warn)?.(`InfluxDB: points are being written${lost}`);
  }
}
