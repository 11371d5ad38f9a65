/** What every way of getting packets has in common: files, standard input, a live ring. */
import type { Batch } from '../bytes/batch.ts';

/** Rows `[from, to)` of a batch, in the order in which they shall be decoded. One object, refilled by `next`. */
export interface Range {
  batch: Batch;
  from: number;
  to: number;
}

/** What became of one input, for the report and for standard error. */
export interface InputReport {
  /** As given on the command line (files inside a folder: folder/name). */
  readonly file: string;
  packets: number;
  /** Captured bytes of its packets. */
  bytes: number;
  /** Packets that the capture itself says it lost (pcapng interface statistics). */
  dropped: number;
  /** '' or one plain sentence: what is wrong and what was kept. */
  error: string;
  /** Byte offset of the trouble in the (uncompressed) file; -1 without trouble. */
  errorOffset: number;
}

/** Packets in time order. `next` answers at once while it has packets in memory; a promise when it must read. */
export interface Capture {
  next(): Range | null | Promise<Range | null>;
  /** One per input, in the order of their names; complete after `next` returned null. */
  readonly inputs: readonly InputReport[];
  /** For progress: bytes read so far and in all (0 = unknown). */
  progress(): { doneBytes: number; totalBytes: number };
  close(): Promise<void>;
}
