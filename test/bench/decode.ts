/**
 * Nanoseconds per packet of the header decoder alone: `node test/bench/decode.ts capture…`
 * The packets of each capture that fit one batch are decoded again and again; the median of seven rounds counts.
 */
import type { Batch } from '../../src/bytes/batch.ts';
import { openCapture } from '../../src/capture/open.ts';
import { limits } from '../../src/limits.ts';
import { Decoder } from '../../src/wire/decode.ts';
import { Frame } from '../../src/wire/frame.ts';

const PACKETS_PER_ROUND = 3_000_000;
const ROUNDS = 7;

function decodeAll(decoder: Decoder, batch: Batch, from: number, to: number, frame: Frame): number {
  let sum = 0;
  for (let row = from; row < to; row++) if (decoder.decode(batch, row, frame)) sum += frame.payloadWire;
  return sum;
}

for (const file of process.argv.slice(2)) {
  const capture = await openCapture([file]);
  const range = await capture.next();
  if (range === null) continue;
  const { batch, from, to } = range;
  const decoder = new Decoder(limits);
  const frame = new Frame();
  const repeats = Math.ceil(PACKETS_PER_ROUND / (to - from));
  const nanoseconds: number[] = [];
  let payload = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const started = process.hrtime.bigint();
    for (let i = 0; i < repeats; i++) payload = decodeAll(decoder, batch, from, to, frame);
    nanoseconds.push(Number(process.hrtime.bigint() - started) / (repeats * (to - from)));
  }
  nanoseconds.sort((a, b) => a - b);
  const median = nanoseconds[ROUNDS >> 1]?.toFixed(1);
  process.stdout.write(`${file}: ${to - from} packets, ${payload} bytes of payload, ${median} ns per packet\n`);
  await capture.close();
}
