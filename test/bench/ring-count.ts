/**
 * Counts the packets of one interface through the ring and does nothing else: what capture alone costs.
 * Prints `ready`, then at SIGTERM one line of JSON.
 */
import type { Batch } from '../../src/bytes/batch.ts';
import { Ring, runRing } from '../../src/capture/live/live.ts';
import { limits } from '../../src/limits.ts';

const ring = Ring.open({
  interface: process.argv[2] ?? 'lo',
  fanoutGroup: null,
  blockBytes: Number(process.env.RING_BLOCK_BYTES ?? limits.ringBlockBytes),
  blocks: Number(process.env.RING_BLOCKS ?? limits.ringBlocks),
  snapBytes: 65_535,
  promiscuous: true,
});
const stop = new AbortController();
process.on('SIGTERM', () => stop.abort());
let packets = 0;
let bytes = 0;
let lastUs = 0;
let lateness = 0;
const count = (batch: Batch): void => {
  for (let row = 0; row < batch.count; row++) {
    bytes += batch.captured[row]!;
    if (batch.timeUs[row]! < lastUs) lateness++;
    lastUs = batch.timeUs[row]!;
  }
  packets += batch.count;
};
process.stdout.write('ready\n');
await runRing(ring, count, stop.signal, () => {});
process.stdout.write(`${JSON.stringify({ ...ring.statistics(), packets, bytes, unordered: lateness })}\n`);
ring.close();
