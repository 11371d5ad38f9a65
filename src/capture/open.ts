/**
 * Opens everything that was given on the command line as one capture in time order.
 *
 * Of several files each is first looked into for the time of its first packet, and then opened when its turn comes.
 */
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { Batch } from '../bytes/batch.ts';
import { type Limits, limits as usualLimits } from '../limits.ts';
import { CaptureFile } from './file.ts';
import { type Opened, openFile, openStream, systemReason } from './input.ts';
import { findInputs, type InputPath, STANDARD_INPUT } from './inputs.ts';
import { MergedCapture, type Waiting } from './merge.ts';
import type { Capture, InputReport } from './source.ts';

/** The bytes of a capture file, from the beginning with each call. */
export type MadeCaptures = ReadonlyMap<string, () => Iterable<Uint8Array>>;

export interface CaptureOptions {
  limits?: Limits;
  /** Instead of the process's own standard input. */
  stdin?: NodeJS.ReadableStream;
  /** Captures that are made while they are read, by the names under which they are asked for. */
  made?: MadeCaptures;
}

/** Never rejects: what cannot be read says so in its report. */
export async function openCapture(paths: readonly string[], options: CaptureOptions = {}): Promise<Capture> {
  const limits = options.limits ?? usualLimits;
  const made: MadeCaptures = options.made ?? new Map();
  const found = await findInputs(paths, limits, (path) => made.has(path));
  const stream = (path: string): NodeJS.ReadableStream => {
    const bytes = made.get(path);
    if (bytes !== undefined) return Readable.from(bytes());
    return path === STANDARD_INPUT ? (options.stdin ?? process.stdin) : createReadStream(path);
  };
  const inputs: Input[] = found.map((input, order) => new Input(input, order, limits, stream));
  const readable = inputs.filter((input) => input.report.error === '');
  if (readable.length > 1) {
    const batch = new Batch(new Uint8Array(limits.fileArenaBytesSmall));
    for (const input of readable) await input.lookInto(batch);
  }
  const waiting = readable.filter((input) => !input.exhausted);
  const endless = waiting.some((input) => !input.regular);
  const totalBytes = endless ? 0 : waiting.reduce((sum, input) => sum + input.sizeBytes, 0);
  const reports = inputs.map((input) => input.report).sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : 0));
  return new MergedCapture(waiting, reports, totalBytes, limits);
}

class Input implements Waiting {
  firstUs = Number.NEGATIVE_INFINITY;
  readonly sizeBytes: number;
  readonly regular: boolean;
  arenaBytesMax = Number.POSITIVE_INFINITY;
  /** Looked into, and there was no packet in it. */
  exhausted = false;
  readonly order: number;
  readonly report: InputReport;

  readonly #input: InputPath;
  readonly #limits: Limits;
  readonly #streamOf: (path: string) => NodeJS.ReadableStream;
  #stream: NodeJS.ReadableStream | null = null;

  constructor(input: InputPath, order: number, limits: Limits, streamOf: (path: string) => NodeJS.ReadableStream) {
    this.#input = input;
    this.#limits = limits;
    this.#streamOf = streamOf;
    this.order = order;
    this.sizeBytes = input.sizeBytes;
    this.regular = input.regular;
    this.report = { file: input.path, packets: 0, bytes: 0, dropped: 0, error: '', errorOffset: -1 };
    if (input.error !== '') this.#fail(input.error);
  }

  async open(batch: Batch): Promise<CaptureFile | null> {
    const { report } = this;
    Object.assign(report, { packets: 0, bytes: 0, dropped: 0, error: '', errorOffset: -1 });
    try {
      const opened = await this.#source();
      if (this.regular && !opened.compressed) this.arenaBytesMax = this.sizeBytes;
      return new CaptureFile(opened, batch, report, this.order, this.#limits);
    } catch (error) {
      this.#fail(`cannot be opened (${systemReason(error)})`);
      return null;
    }
  }

  /** Finds the time of the first packet. A pipe is not touched: it is opened at once, for it cannot be read twice. */
  async lookInto(batch: Batch): Promise<void> {
    if (!this.regular) return;
    const file = await this.open(batch);
    if (file !== null && (await file.fill())) this.firstUs = batch.timeUs[0]!;
    else this.exhausted = true;
    await file?.close();
  }

  abort(): void {
    if (this.#stream instanceof Readable) this.#stream.destroy();
  }

  #source(): Promise<Opened> {
    const { path } = this.#input;
    if (this.regular) return openFile(path, this.#limits);
    this.#stream = this.#streamOf(path);
    return openStream(this.#stream, this.#limits);
  }

  #fail(reason: string): void {
    this.report.error = reason;
    this.report.errorOffset = 0;
  }
}
