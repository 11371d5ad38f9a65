/**
 * News for everybody who listens (server-sent events, WHATWG HTML 9.2): one look at the store each second, however many
 * consoles are open. The newest are kept, so that a listener that was away for a moment misses nothing.
 */
import { randomBytes } from 'node:crypto';
import { isoTime } from '../bytes/time.ts';
import type { Store } from '../store/store.ts';

const LOOK_EVERY_MS = 1_000;
const BEAT_EVERY_MS = 8_000;
const KEPT_MAX = 1_000;
export const LISTENERS_MAX = 200;
/** Text that waits for one slow listener; then it is cut off and comes back by itself. */
const WAITING_BYTES_MAX = 1_000_000;
/** Incidents that are told one by one. */
const NEW_MAX = 20;

export interface Listener {
  /** Bytes that were written and are still here. */
  readonly writableLength: number;
  /** Whoever has signed out, or was shut out, hears nothing more. */
  isWelcome(): boolean;
  write(text: string): unknown;
  destroy(): unknown;
}

interface News {
  readonly number: number;
  readonly text: string;
}

export class Feed {
  private readonly store: Store;
  /** Numbers of another start mean nothing here. */
  private readonly start = randomBytes(4).toString('hex');
  private readonly listeners = new Set<Listener>();
  private readonly kept: News[] = [];
  private next = 1;
  private version = '';
  private newestUs = 0;
  private run = '';
  private looking: NodeJS.Timeout | null = null;
  private beating: NodeJS.Timeout | null = null;

  constructor(store: Store) {
    this.store = store;
  }

  get isFull(): boolean {
    return this.listeners.size >= LISTENERS_MAX;
  }

  /** Looks only while somebody listens. */
  add(listener: Listener, lastId: string): void {
    this.listeners.add(listener);
    if (this.looking === null) this.wake();
    listener.write('retry: 2000\n\n');
    const [start = '', number = ''] = lastId.split('-');
    const missed = start === this.start ? this.kept.filter((news) => news.number > Number(number)) : [];
    const isKept = start === this.start && (this.kept[0]?.number ?? this.next) <= Number(number) + 1;
    if (isKept) for (const { text } of missed) listener.write(text);
    // What was missed is not known any more: read everything again.
    else listener.write(this.textOf('hello', this.next - 1, { complete: lastId === '' }));
  }

  remove(listener: Listener): void {
    this.listeners.delete(listener);
    if (this.listeners.size === 0) this.sleep();
  }

  tell(event: string, data: unknown): void {
    const number = this.next++;
    const text = this.textOf(event, number, data);
    this.kept.push({ number, text });
    if (this.kept.length > KEPT_MAX) this.kept.shift();
    this.send(text);
  }

  close(): void {
    this.sleep();
    for (const listener of this.listeners) listener.destroy();
    this.listeners.clear();
  }

  private textOf(event: string, number: number, data: unknown): string {
    // JSON has no line breaks: one data line is all of it.
    return `id: ${this.start}-${number}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
  }

  private send(text: string): void {
    for (const listener of this.listeners) {
      if (listener.writableLength > WAITING_BYTES_MAX || !isWelcome(listener)) {
        this.listeners.delete(listener);
        listener.destroy();
      } else listener.write(text);
    }
  }

  private wake(): void {
    this.version = this.store.find.version();
    this.run = this.store.latestRun() ?? '';
    this.newestUs = this.store.find.newestIncidentUs(this.run);
    this.looking = setInterval(() => this.look(), LOOK_EVERY_MS);
    this.beating = setInterval(() => this.send(': beat\n\n'), BEAT_EVERY_MS);
    this.looking.unref();
    this.beating.unref();
  }

  private sleep(): void {
    if (this.looking !== null) clearInterval(this.looking);
    if (this.beating !== null) clearInterval(this.beating);
    this.looking = null;
    this.beating = null;
  }

  private look(): void {
    try {
      const version = this.store.find.version();
      if (version === this.version) return;
      this.version = version;
      const run = this.store.latestRun() ?? '';
      const lastUs = this.store.runNamed(run)?.lastUs ?? 0;
      if (run !== this.run) this.newestUs = 0;
      this.run = run;
      for (const { id, device, severity, risk, startUs } of this.store.find.incidentsSince(
        run,
        this.newestUs,
        NEW_MAX,
      )) {
        this.newestUs = Math.max(this.newestUs, startUs);
        this.tell('incident', { run, id, device, severity, risk, start: isoTime(startUs) });
      }
      this.tell('change', { run, last: lastUs === 0 ? null : isoTime(lastUs) });
    } catch {
      // The store is closing, or busy: the next look will tell.
    }
  }
}

function isWelcome(listener: Listener): boolean {
  try {
    return listener.isWelcome();
  } catch {
    // Nobody can say: the list of people is closing. Who is welcome comes back by itself.
    return false;
  }
}
