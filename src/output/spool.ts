/**
 * Points on disk that wait for the server: a folder of segments, each a row of frames (frame.ts).
 *
 *     00000001.spool  00000002.spool …   lines, oldest segment first
 *     state.json                         what was given up so far, and the segment that is being given up
 *     quarantine/00000001.lines          lines that the server will never take, with the reason above them
 *
 * An append is on the disk (fdatasync) when it returns. The folder may be left by kill -9 at any byte: what is
 * whole is kept, a torn tail is cut off and counted. What the server has is marked where it stands, so that a restart
 * does not send it again. The folder never grows beyond its cap: whole segments are given up, oldest first (or the
 * newest points, by setting), and every lost point is counted by its reason, for ever. A full disk loses the new
 * points, counted, and nothing else.
 */
import {
  closeSync,
  fdatasyncSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import {
  attempt,
  codeOf,
  type Dropped,
  makeFolder,
  overwrite,
  readPart,
  readState,
  type SpoolState,
  saveState,
  syncFolder,
} from './files.ts';
import {
  buildFrame,
  type Frame,
  HEADER_BYTES,
  joinFrames,
  linesOf,
  MARK_AT,
  MARK_DELIVERED,
  numberFrame,
  payloadOf,
  scan,
} from './frame.ts';
import { Quarantine } from './quarantine.ts';

export const BLOCK_LINES_MAX = 5_000;
const SEGMENT_BYTES_MAX = 4 * 1024 * 1024;

export interface SpoolOptions {
  readonly bytesMax: number;
  /** Which points are given up when the cap is reached. */
  readonly drop?: 'oldest' | 'newest';
}

export interface SpoolStatistics {
  /** Points and bytes that wait. */
  bytes: number;
  points: number;
  /** Time of the oldest waiting point; 0 when none waits. */
  oldestUs: number;
  /** Lost since the folder exists, and why. */
  droppedPoints: number;
  dropped: Readonly<Dropped>;
  /** Refused by the server for good, since the folder exists. */
  quarantinedLines: number;
  /** Cut off after a crash or found damaged, since the folder exists. */
  tornBytes: number;
  /** Last trouble with the disk, or ''. */
  problem: string;
}

/** A block on its way to the server. Hand it back with `delivered` or `keep`. */
export interface Block {
  readonly payload: Buffer;
  readonly lineCount: number;
  lines(): string[];
}

interface Segment {
  readonly file: string;
  bytes: number;
  /** Lines that were written into it. */
  lines: number;
  /** Frames that still wait, in the order of writing. */
  frames: Frame[];
}

interface Lease extends Block {
  readonly segment: Segment;
  readonly frame: Frame;
}

/** The folder cannot be used; the message is one clear line. */
export class SpoolError extends Error {}

export class Spool {
  readonly #folder: string;
  readonly #options: SpoolOptions;
  readonly #quarantine: Quarantine;
  readonly #segmentBytesMax: number;
  readonly #segments: Segment[] = [];
  #writing: { segment: Segment; descriptor: number } | null = null;
  #state: SpoolState = { dropped: { full: 0, disk: 0, damaged: 0 }, tornBytes: 0, giving: '' };
  #next = 1;
  #bytes = 0;
  #points = 0;
  #problem = '';

  private constructor(folder: string, options: SpoolOptions) {
    this.#folder = folder;
    this.#options = options;
    this.#quarantine = new Quarantine(join(folder, 'quarantine'));
    // Sixteen segments, so that giving one up loses a sixteenth of the cap at most.
    this.#segmentBytesMax = Math.min(SEGMENT_BYTES_MAX, Math.ceil(options.bytesMax / 16));
  }

  static open(folder: string, options: SpoolOptions): Spool {
    const spool = new Spool(folder, options);
    try {
      makeFolder(folder);
      spool.#load();
    } catch (error) {
      throw new SpoolError(`spool ${folder}: cannot be used (${codeOf(error)})`);
    }
    return spool;
  }

  /** True when the lines are safe on the disk. False: they are lost and counted. */
  append(text: string | Uint8Array, lines: number, oldestUs: number): boolean {
    if (lines === 0) return true;
    const frame = buildFrame(text, lines, oldestUs);
    if (!this.#makeRoom(frame.length)) return this.#lose(lines, 'full');
    try {
      this.#write(frame, lines, oldestUs);
      this.#problem = '';
      return true;
    } catch (error) {
      this.#stopWriting();
      this.#lose(lines, 'disk');
      this.#problem = `spool ${this.#folder}: cannot be written (${codeOf(error)}), new points are lost`;
      return false;
    }
  }

  /** The next block to send, or null. It stays in the spool until `delivered`. */
  take(order: 'oldest' | 'newest'): Block | null {
    while (true) {
      const segment = order === 'oldest' ? this.#segments[0] : this.#segments.at(-1);
      if (segment === undefined) return null;
      const frame = order === 'oldest' ? segment.frames[0] : segment.frames.at(-1);
      if (frame === undefined) {
        this.#remove(segment);
        continue;
      }
      const read = readPart(segment.file, frame.at, HEADER_BYTES + frame.payloadBytes);
      const payload = read === null ? null : payloadOf(read);
      if (payload !== null) return lease(segment, frame, payload);
      this.#problem = `spool ${this.#folder}: a block cannot be read back`;
      this.#forget(segment, frame);
      this.#lose(frame.lines, 'damaged');
    }
  }

  /** The server has every line of it (or will never take it). */
  delivered(block: Block): void {
    const { segment, frame } = block as Lease;
    if (!segment.frames.includes(frame)) {
      this.#gainBack(frame.lines);
      return;
    }
    this.#forget(segment, frame);
    if (segment.frames.length > 0) attempt(() => overwrite(segment.file, frame.at + MARK_AT, MARK_DELIVERED));
  }

  /** Puts lines aside that the server refuses for good. */
  quarantine(lines: readonly string[], reason: string): void {
    if (!this.#quarantine.add(lines, reason)) this.#problem = `spool ${this.#folder}: the quarantine cannot be written`;
  }

  statistics(): SpoolStatistics {
    let oldestUs = Number.POSITIVE_INFINITY;
    for (const { frames } of this.#segments) {
      for (const frame of frames) oldestUs = Math.min(oldestUs, frame.oldestUs);
    }
    return {
      bytes: this.#bytes,
      points: this.#points,
      oldestUs: Number.isFinite(oldestUs) ? oldestUs : 0,
      droppedPoints: this.droppedPoints,
      dropped: { ...this.#state.dropped },
      quarantinedLines: this.#quarantine.lines,
      tornBytes: this.#state.tornBytes,
      problem: this.#problem,
    };
  }

  /** Lost since the folder exists. */
  get droppedPoints(): number {
    const { full, disk, damaged } = this.#state.dropped;
    return full + disk + damaged;
  }

  close(): void {
    this.#stopWriting();
  }

  #load(): void {
    this.#state = readState(join(this.#folder, 'state.json'));
    const giving = this.#state.giving;
    // Its name may not come back: the segment of that name is deleted below.
    this.#next = 1 + (Number.parseInt(giving, 10) || 0);
    const names = readdirSync(this.#folder).filter((name) => /^\d{8,12}\.spool$/.test(name));
    names.sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10));
    for (const name of names) {
      const file = join(this.#folder, name);
      this.#next = Math.max(this.#next, Number.parseInt(name, 10) + 1);
      // Its points were counted as given up before the program was killed.
      if (name === giving) attempt(() => unlinkSync(file));
      else this.#adopt(file);
    }
    if (giving !== '') {
      this.#state.giving = '';
      this.#saveState();
    }
    this.#quarantine.load();
  }

  #adopt(file: string): void {
    const content = readFileSync(file);
    const found = scan(content);
    const { tornBytes, tornLines } = found;
    let { frames, end } = found;
    if (tornBytes > 0) {
      this.#state.tornBytes += tornBytes;
      this.#state.dropped.damaged += tornLines;
      this.#saveState();
      this.#problem = `spool ${this.#folder}: ${tornLines} points in a damaged block are lost`;
    }
    if (frames.length === 0) {
      attempt(() => unlinkSync(file));
      return;
    }
    if (tornBytes > content.length - end) {
      const whole = joinFrames(content, frames);
      const mended = attempt(() => {
        writeFileSync(`${file}.new`, whole, { mode: 0o640, flush: true });
        renameSync(`${file}.new`, file);
      });
      // Where nothing can be written they are read from where they stand.
      if (mended) ({ frames, end } = scan(whole));
    } else if (tornBytes > 0) {
      attempt(() => truncateSync(file, end));
    }
    const last = frames.at(-1);
    this.#segments.push({ file, bytes: end, lines: last === undefined ? 0 : last.linesBefore + last.lines, frames });
    this.#bytes += end;
    for (const frame of frames) this.#points += frame.lines;
  }

  #write(bytes: Buffer, lines: number, oldestUs: number): void {
    if (this.#writing !== null && this.#writing.segment.bytes + bytes.length > this.#segmentBytesMax) {
      this.#stopWriting();
    }
    this.#writing ??= this.#startSegment();
    const { segment, descriptor } = this.#writing;
    const { bytes: at, lines: linesBefore } = segment;
    numberFrame(bytes, linesBefore);
    try {
      for (let done = 0; done < bytes.length; ) {
        done += writeSync(descriptor, bytes, done, bytes.length - done, at + done);
      }
      fdatasyncSync(descriptor);
    } catch (error) {
      // Half a frame would be cut off at the next start; do it now, while we know where it begins.
      attempt(() => ftruncateSync(descriptor, at));
      throw error;
    }
    segment.bytes += bytes.length;
    segment.lines += lines;
    segment.frames.push({ at, payloadBytes: bytes.length - HEADER_BYTES, lines, oldestUs, linesBefore });
    this.#bytes += bytes.length;
    this.#points += lines;
  }

  #startSegment(): { segment: Segment; descriptor: number } {
    const number = this.#next++;
    const file = join(this.#folder, `${String(number).padStart(8, '0')}.spool`);
    const descriptor = openSync(file, 'wx', 0o640);
    const segment: Segment = { file, bytes: 0, lines: 0, frames: [] };
    this.#segments.push(segment);
    attempt(() => syncFolder(this.#folder));
    return { segment, descriptor };
  }

  #stopWriting(): void {
    const writing = this.#writing;
    if (writing === null) return;
    this.#writing = null;
    attempt(() => closeSync(writing.descriptor));
    if (writing.segment.frames.length === 0) this.#remove(writing.segment);
  }

  #makeRoom(bytes: number): boolean {
    if (bytes > this.#options.bytesMax) return false;
    while (this.#bytes + bytes > this.#options.bytesMax) {
      const oldest = this.#segments[0];
      if (this.#options.drop === 'newest' || oldest === undefined) return false;
      this.#giveUp(oldest);
    }
    return true;
  }

  /** Counted before it is deleted, under its name: a kill in between counts it once. */
  #giveUp(segment: Segment): void {
    let points = 0;
    for (const frame of segment.frames) points += frame.lines;
    this.#state.dropped.full += points;
    this.#state.giving = segment.file.slice(this.#folder.length + 1);
    this.#saveState();
    this.#points -= points;
    segment.frames = [];
    this.#remove(segment);
    this.#state.giving = '';
  }

  #forget(segment: Segment, frame: Frame): void {
    segment.frames.splice(segment.frames.indexOf(frame), 1);
    this.#points -= frame.lines;
    if (segment.frames.length === 0) this.#remove(segment);
  }

  #remove(segment: Segment): void {
    if (this.#writing?.segment === segment) {
      const { descriptor } = this.#writing;
      this.#writing = null;
      attempt(() => closeSync(descriptor));
    }
    const at = this.#segments.indexOf(segment);
    if (at < 0) return;
    this.#segments.splice(at, 1);
    this.#bytes -= segment.bytes;
    attempt(() => unlinkSync(segment.file));
  }

  #lose(points: number, reason: keyof Dropped): false {
    this.#state.dropped[reason] += points;
    this.#saveState();
    return false;
  }

  /** It was given up while it was on its way, and arrived all the same. */
  #gainBack(points: number): void {
    this.#state.dropped.full = Math.max(0, this.#state.dropped.full - points);
    this.#saveState();
  }

  #saveState(): void {
    const saved = saveState(join(this.#folder, 'state.json'), this.#state);
    // Counted in memory all the same; the next change tries again.
    if (!saved) this.#problem = `spool ${this.#folder}: state.json cannot be written`;
  }
}

function lease(segment: Segment, frame: Frame, payload: Buffer): Lease {
  return { segment, frame, payload, lineCount: frame.lines, lines: () => linesOf(payload) };
}
