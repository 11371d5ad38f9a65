/**
 * Alerts on their way to another machine: a bounded queue, one message at a time, again and again with longer and longer
 * pauses. What finds no room, or is refused, is counted and said once; the store has every finding all the same.
 */
import type { FindingRow } from '../model.ts';

/** `again`: the other side may take it later · `refused`: it never will. */
export type Sent = 'taken' | 'again' | 'refused';

export interface Way {
  /** As warnings name it. */
  readonly name: string;
  message(finding: FindingRow): string;
  /** Never rejects. */
  send(message: string): Promise<Sent>;
  close(): void;
}

export interface SenderSettings {
  readonly messagesMax: number;
  readonly pauseMs: number;
  readonly pauseMsMax: number;
}

export const usualSender: SenderSettings = { messagesMax: 10_000, pauseMs: 1_000, pauseMsMax: 60_000 };

export class AlertSender {
  lost = 0;
  private readonly way: Way;
  private readonly settings: SenderSettings;
  private readonly warn: (line: string) => void;
  /** Count of each finding when it was last queued. */
  private readonly written = new Map<string, number>();
  private readonly queue: string[] = [];
  private working: Promise<void> | null = null;
  private isOver = false;
  private hasWarned = false;
  private wake: () => void = () => {};

  constructor(way: Way, warn: (line: string) => void, settings: SenderSettings = usualSender) {
    this.way = way;
    this.warn = warn;
    this.settings = settings;
  }

  /** All findings of the run; those that are new or have grown since the last time are sent, in the order of time. */
  write(findings: readonly FindingRow[]): void {
    const changed = findings.filter(({ id, count }) => (this.written.get(id) ?? 0) < count);
    for (const { id, count } of changed) this.written.set(id, count);
    const inTime = changed.sort((a, b) => a.endUs - b.endUs || (a.id < b.id ? -1 : 1));
    for (const finding of inTime) this.queue.push(this.way.message(finding));
    const surplus = this.queue.length - this.settings.messagesMax;
    if (surplus > 0) {
      this.queue.splice(0, surplus);
      this.lose(surplus, 'the queue is full, the oldest gave way');
    }
    if (this.queue.length > 0) this.working ??= this.work();
  }

  /** Waits until all is sent, at most so long; then gives up what is left, and says so. */
  async end(timeoutMs: number): Promise<void> {
    const timer = setTimeout(() => this.stop(), timeoutMs);
    await this.working;
    clearTimeout(timer);
    this.stop();
    const left = this.queue.length;
    this.queue.length = 0;
    if (left > 0) this.lose(left, 'not sent before the end');
    if (this.lost > 0) this.warn(`${this.way.name}: ${this.lost} alerts were not delivered; the store has them`);
  }

  private stop(): void {
    this.isOver = true;
    this.way.close();
    this.wake();
  }

  private async work(): Promise<void> {
    let pauseMs = this.settings.pauseMs;
    while (!this.isOver) {
      const message = this.queue.shift();
      if (message === undefined) break;
      const sent = await this.way.send(message);
      if (sent === 'refused') this.lose(1, 'refused');
      if (sent !== 'again') {
        pauseMs = this.settings.pauseMs;
        continue;
      }
      this.queue.unshift(message);
      if (!this.hasWarned) this.warn(`${this.way.name}: no delivery now, tried again later`);
      this.hasWarned = true;
      if (!this.isOver) await this.pause(pauseMs);
      pauseMs = Math.min(2 * pauseMs, this.settings.pauseMsMax);
    }
    this.working = null;
  }

  private pause(ms: number): Promise<void> {
    return new Promise((done) => {
      const timer = setTimeout(done, ms);
      this.wake = () => {
        clearTimeout(timer);
        done();
      };
    });
  }

  private lose(messages: number, why: string): void {
    if (this.lost === 0) this.warn(`${this.way.name}: alerts are lost (${why})`);
    this.lost += messages;
  }
}
