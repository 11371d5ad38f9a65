/** The name of a run nobody named: derived from the content of its input, the same on every machine. */
import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { Batch } from '../bytes/batch.ts';

const SAMPLE_BYTES = 64 * 1024;
/** Besides the first and the last: enough to tell captures apart, cheap on files of a hundred gigabytes. */
const MIDDLE_SAMPLES = 6;

/** `r` and twelve hexadecimal digits, from length, beginning, end and samples of each file. */
export function nameOfFiles(paths: readonly string[]): string {
  const hash = createHash('sha256');
  const buffer = Buffer.alloc(SAMPLE_BYTES);
  for (const path of paths) {
    let file = -1;
    try {
      file = openSync(path, 'r');
      const { size } = fstatSync(file);
      hash.update(`${size}\n`);
      const last = Math.max(0, size - SAMPLE_BYTES);
      for (let sample = 0; sample <= MIDDLE_SAMPLES + 1; sample++) {
        const at = Math.floor((last * sample) / (MIDDLE_SAMPLES + 1));
        hash.update(buffer.subarray(0, readSync(file, buffer, 0, SAMPLE_BYTES, at)));
        if (last === 0) break;
      }
    } catch {
      hash.update('unreadable\n');
    } finally {
      if (file >= 0) closeSync(file);
    }
  }
  return `r${hash.digest('hex').slice(0, 12)}`;
}

/** Of captures that are made as they are asked for: the same wish gives the same bytes. */
export function nameOfAsked(inputs: readonly string[]): string {
  return `r${createHash('sha256').update(inputs.join('\n')).digest('hex').slice(0, 12)}`;
}

/** The same for a stream, of which only the first packet is known. */
export function nameOfFirstPacket(batch: Batch, row: number): string {
  const hash = createHash('sha256').update(`${batch.timeUs[row]}\n`);
  const at = batch.offset[row] ?? 0;
  hash.update(batch.bytes.subarray(at, at + (batch.captured[row] ?? 0)));
  return `r${hash.digest('hex').slice(0, 12)}`;
}
