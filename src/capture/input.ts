/**
 * Where a capture's bytes come from: a file, a pipe, or either of them compressed with gzip.
 *
 * A source is pulled, never pushes, and never throws: trouble ends it and is named in `error`. Nothing is held but one
 * chunk of a pipe, or what a few kilobytes of gzip inflate to.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { createGunzip, type Gunzip } from 'node:zlib';
import type { Limits } from '../limits.ts';

export interface Source {
  /** Puts bytes into `into` from `at` on and returns how many: at least one, unless the source has ended. */
  read(into: Uint8Array, at: number): Promise<number>;
  /** Drops the next `bytes` and returns how many of them there were. */
  skip(bytes: number): Promise<number>;
  /** Why it ended early, `''` when it did not. */
  readonly error: string;
  /** Bytes taken from the disk or the pipe so far. */
  readonly doneBytes: number;
  close(): Promise<void>;
}

const GZIP_BYTES = 2;
const GZIP_MAGIC = 0x1f8b;

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or folder',
  EACCES: 'no permission',
  EISDIR: 'it is a folder',
  EMFILE: 'too many open files',
  EIO: 'input/output error',
};

/** One plain phrase for an error of the operating system. */
export function systemReason(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return REASONS[code] ?? (code === '' ? 'unknown error' : code);
}

export interface Opened {
  source: Source;
  /** Size on the disk, 0 when unknown. */
  sizeBytes: number;
  compressed: boolean;
}

/** Opens a file, inflating it when it begins like gzip; throws what the operating system throws. */
export async function openFile(path: string, limits: Limits): Promise<Opened> {
  const handle = await open(path);
  const begin = new Uint8Array(GZIP_BYTES);
  let size = 0;
  let bytesRead = 0;
  try {
    size = (await handle.stat()).size;
    bytesRead = (await handle.read(begin, 0, GZIP_BYTES, 0)).bytesRead;
  } catch (error) {
    await handle.close();
    throw error;
  }
  const file = new FileSource(handle, size);
  const compressed = isGzip(begin.subarray(0, bytesRead));
  return { source: compressed ? new GzipSource(file, limits) : file, sizeBytes: size, compressed };
}

/** Opens standard input or another stream, inflating it when it begins like gzip. */
export async function openStream(stream: NodeJS.ReadableStream, limits: Limits): Promise<Opened> {
  const source = new StreamSource(stream);
  const compressed = isGzip(await source.peek(GZIP_BYTES));
  return { source: compressed ? new GzipSource(source, limits) : source, sizeBytes: 0, compressed };
}

function isGzip(begin: Uint8Array): boolean {
  return begin.length >= GZIP_BYTES && ((begin[0]! << 8) | begin[1]!) === GZIP_MAGIC;
}

class FileSource implements Source {
  error = '';
  doneBytes = 0;
  readonly #handle: FileHandle;
  readonly #size: number;

  constructor(handle: FileHandle, size: number) {
    this.#handle = handle;
    this.#size = size;
  }

  async read(into: Uint8Array, at: number): Promise<number> {
    try {
      const { bytesRead } = await this.#handle.read(into, at, into.length - at, this.doneBytes);
      this.doneBytes += bytesRead;
      return bytesRead;
    } catch (error) {
      this.error = `cannot be read any further (${systemReason(error)})`;
      return 0;
    }
  }

  async skip(bytes: number): Promise<number> {
    const skipped = Math.max(0, Math.min(bytes, this.#size - this.doneBytes));
    this.doneBytes += skipped;
    return skipped;
  }

  async close(): Promise<void> {
    await this.#handle.close().catch(() => {});
  }
}

class StreamSource implements Source {
  error = '';
  doneBytes = 0;
  readonly #stream: NodeJS.ReadableStream;
  readonly #chunks: AsyncIterator<Uint8Array | string>;
  /** What has been taken from the stream and not yet handed on. */
  #held: Uint8Array = new Uint8Array();

  constructor(stream: NodeJS.ReadableStream) {
    this.#stream = stream;
    this.#chunks = stream[Symbol.asyncIterator]();
  }

  /** The first `bytes`, or fewer when there are no more; they stay to be read. */
  async peek(bytes: number): Promise<Uint8Array> {
    while (this.#held.length < bytes) {
      const chunk = await this.#pull();
      if (chunk === null) break;
      this.#held = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    }
    return this.#held.subarray(0, bytes);
  }

  async read(into: Uint8Array, at: number): Promise<number> {
    if (!(await this.#fill())) return 0;
    const taken = Math.min(this.#held.length, into.length - at);
    into.set(this.#held.subarray(0, taken), at);
    this.#held = this.#held.subarray(taken);
    return taken;
  }

  async skip(bytes: number): Promise<number> {
    let left = bytes;
    while (left > 0 && (await this.#fill())) {
      const taken = Math.min(this.#held.length, left);
      this.#held = this.#held.subarray(taken);
      left -= taken;
    }
    return bytes - left;
  }

  async close(): Promise<void> {
    if (this.#stream instanceof Readable) this.#stream.destroy();
  }

  async #fill(): Promise<boolean> {
    while (this.#held.length === 0) {
      const chunk = await this.#pull();
      if (chunk === null) return false;
      this.#held = chunk;
    }
    return true;
  }

  async #pull(): Promise<Uint8Array | null> {
    try {
      const { done, value } = await this.#chunks.next();
      if (done === true) return null;
      const chunk = typeof value === 'string' ? Buffer.from(value, 'latin1') : value;
      this.doneBytes += chunk.length;
      return chunk;
    } catch (error) {
      this.error = `cannot be read any further (${systemReason(error)})`;
      return null;
    }
  }
}

/**
 * Inflates step by step: a few compressed bytes go in, everything they hold comes out before the next ones follow.
 * So a stream that is cut keeps all that came before, and a bomb is never held at full size.
 */
class GzipSource implements Source {
  error = '';
  readonly #inner: Source;
  readonly #gunzip: Gunzip = createGunzip({ chunkSize: 64 * 1024 });
  readonly #step: Uint8Array;
  readonly #inflated: Uint8Array[] = [];
  #first = 0;
  #ended = false;
  /** Ends the wait for the step under way: a stream that breaks never calls back. */
  #wake: () => void = () => {};

  constructor(inner: Source, limits: Limits) {
    this.#inner = inner;
    this.#step = new Uint8Array(limits.gzipStepBytes);
    this.#gunzip.on('data', (chunk: Uint8Array) => this.#inflated.push(chunk));
    this.#gunzip.on('error', (error) => {
      const cut = 'code' in error && error.code === 'Z_BUF_ERROR';
      if (this.error === '') this.error = cut ? 'its gzip stream is cut short' : 'its gzip stream is damaged';
      this.#ended = true;
      this.#wake();
    });
    this.#gunzip.on('end', () => this.#wake());
    this.#gunzip.on('close', () => this.#wake());
  }

  get doneBytes(): number {
    return this.#inner.doneBytes;
  }

  async read(into: Uint8Array, at: number): Promise<number> {
    return this.#take(into.length - at, (chunk, done) => into.set(chunk, at + done), true);
  }

  async skip(bytes: number): Promise<number> {
    return this.#take(bytes, () => {}, false);
  }

  async close(): Promise<void> {
    this.#ended = true;
    this.#gunzip.destroy();
    await this.#inner.close();
  }

  /** Hands up to `bytes` to `give`; content with what there is, or insisting. */
  async #take(bytes: number, give: (chunk: Uint8Array, done: number) => void, content: boolean): Promise<number> {
    let done = 0;
    while (done < bytes) {
      const chunk = this.#inflated[this.#first];
      if (chunk === undefined) {
        if ((done > 0 && content) || !(await this.#inflate())) break;
        continue;
      }
      const taken = Math.min(chunk.length, bytes - done);
      give(chunk.subarray(0, taken), done);
      done += taken;
      if (taken < chunk.length) this.#inflated[this.#first] = chunk.subarray(taken);
      else this.#first++;
    }
    return done;
  }

  /** Inflates until there is something; false at the end. */
  async #inflate(): Promise<boolean> {
    this.#inflated.length = 0;
    this.#first = 0;
    while (this.#inflated.length === 0) {
      if (this.#ended) return false;
      const bytes = await this.#inner.read(this.#step, 0);
      await (bytes === 0 ? this.#end() : this.#write(this.#step.subarray(0, bytes)));
    }
    return true;
  }

  #write(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
      this.#gunzip.write(bytes, () => resolve());
    });
  }

  #end(): Promise<void> {
    this.#ended = true;
    if (this.#inner.error !== '') this.error = this.#inner.error;
    return new Promise((resolve) => {
      this.#wake = resolve;
      this.#gunzip.end();
    });
  }
}
