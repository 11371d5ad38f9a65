/**
 * Several capture files as one, in time order, without copying a packet.
 *
 * The open files stand in a heap by the time of their next packet (ties: the order given). The first one hands out
 * all rows that come before the next packet of any other. Files whose first packet is still to come wait, closed;
 * so thousands of rotated files need no more memory than one.
 */
import { Batch } from '../bytes/batch.ts';
import type { Limits } from '../limits.ts';
import type { CaptureFile } from './file.ts';
import type { Capture, InputReport, Range } from './source.ts';

/** A file that is not open yet. */
export interface Waiting {
  /** Time of its first packet; -Infinity to open it at once. */
  readonly firstUs: number;
  readonly order: number;
  /** Its bytes on the disk, for progress. */
  readonly sizeBytes: number;
  /** A larger arena would stay empty. */
  readonly arenaBytesMax: number;
  readonly report: InputReport;
  /** Opens the file over an arena; null, with the reason in its report, when that fails. */
  open(batch: Batch): Promise<CaptureFile | null>;
  /** Ends the wait for a pipe that says nothing. */
  abort(): void;
}

const ARENA_BYTES_MIN = 4096;

/** By value; a difference of infinities would be no number. */
const compare = (a: number, b: number): number => (a < b ? -1 : a > b ? 1 : 0);

export class MergedCapture implements Capture {
  readonly inputs: readonly InputReport[];
  readonly #limits: Limits;
  readonly #totalBytes: number;
  /** By first time, the last one to be opened first in the list. */
  readonly #waiting: Waiting[];
  /** Binary heap. */
  readonly #open: CaptureFile[] = [];
  /** Batches of files that have ended, to be used again. */
  readonly #spare: Batch[] = [];
  /** Reports of files that should have been open earlier, had the limit allowed it. */
  readonly #late = new Set<InputReport>();
  readonly #range: Range = { batch: new Batch(new Uint8Array()), from: 0, to: 0 };
  /** The file whose rows were handed out last; it is on top of the heap. */
  #current: CaptureFile | null = null;
  #opening: Waiting | null = null;
  #closedBytes = 0;
  #closed = false;

  /** `totalBytes` is 0 when some size is unknown. */
  constructor(waiting: readonly Waiting[], inputs: readonly InputReport[], totalBytes: number, limits: Limits) {
    this.#waiting = [...waiting].sort((a, b) => compare(b.firstUs, a.firstUs) || b.order - a.order);
    this.inputs = inputs;
    this.#totalBytes = totalBytes;
    this.#limits = limits;
  }

  next(): Range | null | Promise<Range | null> {
    const file = this.#current;
    if (file === null) return this.#serve();
    this.#current = null;
    if (this.#range.to < file.batch.count) {
      file.from = this.#range.to;
      this.#sink();
      return this.#serve();
    }
    const filled = file.fill();
    return typeof filled === 'boolean' ? this.#afterFill(file, filled) : this.#afterRead(file, filled);
  }

  progress(): { doneBytes: number; totalBytes: number } {
    let doneBytes = this.#closedBytes;
    for (const file of this.#open) doneBytes += file.doneBytes;
    return { doneBytes, totalBytes: this.#totalBytes };
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#waiting.length = 0;
    this.#opening?.abort();
    await Promise.all(this.#open.map((file) => file.close()));
  }

  async #afterRead(file: CaptureFile, filled: Promise<boolean>): Promise<Range | null> {
    return this.#afterFill(file, await filled);
  }

  #afterFill(file: CaptureFile, filled: boolean): Range | null | Promise<Range | null> {
    if (!filled) {
      const last = this.#open.pop();
      if (last !== undefined && last !== file) this.#open[0] = last;
      this.#sink();
      return this.#leave(file);
    }
    this.#sink();
    return this.#serve();
  }

  async #leave(file: CaptureFile): Promise<Range | null> {
    this.#spare.push(file.batch);
    await this.#finish(file, file.report, file.sizeBytes);
    return this.#serve();
  }

  #serve(): Range | null | Promise<Range | null> {
    if (this.#closed) return null;
    const file = this.#open[0];
    const waiting = this.#waiting.at(-1);
    if (waiting !== undefined && (file === undefined || !precedes(file, waiting.firstUs, waiting.order))) {
      if (this.#isRoom()) return this.#openNext(waiting);
      this.#late.add(waiting.report);
    }
    if (file === undefined) return null;
    this.#current = file;
    this.#range.batch = file.batch;
    this.#range.from = file.from;
    this.#range.to = this.#until(file, waiting);
    return this.#range;
  }

  /** The first row of `file` that another file's next packet precedes. */
  #until(file: CaptureFile, waiting: Waiting | undefined): number {
    const { timeUs, count } = file.batch;
    let limitUs = Number.POSITIVE_INFINITY;
    let limitOrder = Number.POSITIVE_INFINITY;
    if (waiting !== undefined && this.#isRoom()) {
      limitUs = waiting.firstUs;
      limitOrder = waiting.order;
    }
    for (let i = 1; i <= 2; i++) {
      const other = this.#open[i];
      if (other === undefined) break;
      const otherUs = headUs(other);
      if (otherUs < limitUs || (otherUs === limitUs && other.order < limitOrder)) {
        limitUs = otherUs;
        limitOrder = other.order;
      }
    }
    if (limitUs === Number.POSITIVE_INFINITY) return count;
    const through = file.order < limitOrder;
    let to = file.from + 1;
    while (to < count && (timeUs[to]! < limitUs || (through && timeUs[to]! === limitUs))) to++;
    return to;
  }

  async #openNext(waiting: Waiting): Promise<Range | null> {
    this.#waiting.pop();
    this.#opening = waiting;
    const batch = this.#batchFor(waiting);
    const file = await waiting.open(batch);
    const filled = file !== null && (await file.fill());
    this.#opening = null;
    if (filled && !this.#closed) {
      this.#open.push(file);
      this.#rise();
    } else {
      this.#spare.push(batch);
      await this.#finish(file, waiting.report, waiting.sizeBytes);
    }
    return this.#serve();
  }

  #isRoom(): boolean {
    return this.#open.length < Math.max(1, this.#limits.mergeFilesMax);
  }

  /** A batch for one more file: an old one where there is one, with a small arena when many are open. */
  #batchFor(waiting: Waiting): Batch {
    const { fileArenaBytes, fileArenaBytesSmall, fileArenasLarge } = this.#limits;
    const usual = this.#open.length < fileArenasLarge ? fileArenaBytes : fileArenaBytesSmall;
    const wanted = Math.max(ARENA_BYTES_MIN, Math.min(usual, waiting.arenaBytesMax));
    const batch = this.#spare.pop() ?? new Batch(new Uint8Array(wanted));
    if (batch.bytes.length < wanted) batch.rebase(new Uint8Array(wanted));
    return batch;
  }

  async #finish(file: CaptureFile | null, report: InputReport, sizeBytes: number): Promise<void> {
    this.#closedBytes += sizeBytes;
    if (this.#late.delete(report)) {
      const { mergeFilesMax } = this.#limits;
      const late = `more than ${mergeFilesMax} files overlap in time, so some of its packets came late`;
      report.error = report.error === '' ? late : `${report.error}; ${late}`;
      report.errorOffset = Math.max(0, report.errorOffset);
    }
    await file?.close();
  }

  /** Moves the top of the heap down to its place. */
  #sink(): void {
    const heap = this.#open;
    const file = heap[0];
    if (file === undefined) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      const left = heap[child];
      const right = heap[child + 1];
      if (left === undefined) break;
      let smaller = left;
      if (right !== undefined && precedes(right, headUs(left), left.order)) {
        smaller = right;
        child++;
      }
      if (!precedes(smaller, headUs(file), file.order)) break;
      heap[at] = smaller;
      at = child;
    }
    heap[at] = file;
  }

  /** Moves the last of the heap up to its place. */
  #rise(): void {
    const heap = this.#open;
    let at = heap.length - 1;
    const file = heap[at]!;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const other = heap[above]!;
      if (!precedes(file, headUs(other), other.order)) break;
      heap[at] = other;
      at = above;
    }
    heap[at] = file;
  }
}

function headUs(file: CaptureFile): number {
  return file.batch.timeUs[file.from]!;
}

/** Does the next packet of `file` come before one of that time and order? */
function precedes(file: CaptureFile, timeUs: number, order: number): boolean {
  const ownUs = headUs(file);
  return ownUs < timeUs || (ownUs === timeUs && file.order < order);
}
