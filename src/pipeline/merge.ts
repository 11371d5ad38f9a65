/** Chunks of several workers back into one story, in the order of packets. */
import type { SensorCounters } from './points.ts';
import { RecordReader } from './record-buffer.ts';
import type { Listener } from './shard.ts';

/**
 * Tells the entries of one chunk of every worker in the order (packet, phase, row). The clock's entries are in
 * all chunks alike: they are told once, when every worker has come that far, and nobody passes before.
 */
export function tellMerged(chunks: readonly Uint8Array[], listener: Listener): void {
  const readers = chunks.map((chunk) => new RecordReader(chunk));
  for (;;) {
    let next: RecordReader | null = null;
    let done = true;
    for (const reader of readers) {
      if (reader.isDone) continue;
      done = false;
      if (!reader.isClock && (next === null || isBefore(reader, next))) next = reader;
    }
    if (done) return;
    if (next !== null) next.tell(listener);
    else tellClock(readers, listener);
  }
}

function tellClock(readers: readonly RecordReader[], listener: Listener): void {
  let sum: SensorCounters | null = null;
  let nowUs = 0;
  for (const reader of readers) {
    if (reader.isDone) continue;
    const told = reader.takeClock();
    nowUs = told.nowUs;
    if (told.counters === null) continue;
    if (sum === null) sum = told.counters;
    else addCounters(sum, told.counters);
  }
  if (sum === null) listener.tick(nowUs);
  else listener.interval(nowUs, sum);
}

function isBefore(a: RecordReader, b: RecordReader): boolean {
  if (a.packet !== b.packet) return a.packet < b.packet;
  if (a.phase !== b.phase) return a.phase < b.phase;
  return a.row < b.row;
}

/** Counters of which every worker has its own part; of the others all workers say the same. */
export function addCounters(into: SensorCounters, part: SensorCounters): void {
  into.duplicates += part.duplicates;
  into.flows += part.flows;
  into.flowsOpen += part.flowsOpen;
  into.flowsEvicted += part.flowsEvicted;
}
