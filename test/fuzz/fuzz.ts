/**
 * `npm run fuzz`: mutated real conversations and noise through every decoder, 100,000 inputs each.
 *
 *   node test/fuzz/fuzz.ts [protocol …]           FUZZ_SECONDS=60 bounds all of it, FUZZ_INPUTS=1000 each decoder
 *   FUZZ_SEED=17 node test/fuzz/fuzz.ts http      only this input, shown as hexadecimal digits
 *
 * Looks for exceptions, calls that do not come back, answers that no decoder may give, and memory that stays. The
 * decoders run in a worker: one that loops for ever is named by the watchdog outside. Ends with `N decoders, N problems`.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { createProtocols } from '../../protocols/index.ts';
import { type Limits, limits } from '../../src/limits.ts';
import { publishedKey } from '../../src/pipeline/key.ts';
import type { Protocol } from '../../src/protocol.ts';
import { drive, endless } from './drive.ts';
import { type Input, inputOf } from './mutate.ts';
import { type SeedTalk, seedsOf } from './seeds.ts';

const INPUTS = Number(process.env.FUZZ_INPUTS ?? 100_000);
const SECONDS = Number(process.env.FUZZ_SECONDS ?? 0);
const ONLY_SEED = Number(process.env.FUZZ_SEED ?? -1);
/** Problems of one decoder that are shown. */
const SHOWN_MAX = 3;
/** Heap that may stay behind when a decoder's inputs are over. */
const STAYS_BYTES_MAX = 48_000_000;
/** What one conversation may hold that never ends. */
const HELD_BYTES_MAX = 16_000_000;
const ROUNDS = 2_000;
/** Nobody has been heard of for this long: a call that does not come back. */
const SILENCE_MS = 15_000;

const repository = join(import.meta.dirname, '../..');
const shared = process.env.WARDWATCH_SHARED ?? join(repository, '../shared');

const make = (some: Limits): readonly Protocol<unknown>[] => createProtocols({ limits: some, key: publishedKey });

function collect(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}

function heapBytes(): number {
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** A conversation that never ends must not fill the memory. */
function growth(protocol: Protocol<unknown>, talks: readonly SeedTalk[]): string[] {
  const talk = talks[0];
  if (talk === undefined) return [];
  const before = heapBytes();
  const acts = talk.turns.map((turn) => ({ ...turn, lost: 0 }));
  const state = endless(protocol, { ...talk, acts }, ROUNDS);
  const held = heapBytes() - before;
  // The state is still in use here, and therefore still there.
  const told = state === undefined ? '' : protocol.name;
  return held > HELD_BYTES_MAX ? [`${told}: ${Math.round(held / 1e6)} MB in one conversation`] : [];
}

/** Inputs of one decoder; says what was found, as lines. `beat` says where it is: decoder, seed, a counter. */
function fuzz(protocol: Protocol<unknown>, talks: readonly SeedTalk[], untilMs: number, beat: Int32Array): string[] {
  const problems: string[] = [];
  const before = heapBytes();
  const first = ONLY_SEED < 0 ? 1 : ONLY_SEED;
  let count = 0;
  for (let seed = first; count < (ONLY_SEED < 0 ? INPUTS : 1); seed++) {
    if ((count & 63) === 0 && performance.now() > untilMs) break;
    count++;
    Atomics.store(beat, 1, seed);
    Atomics.add(beat, 2, 1);
    const input = inputOf(seed, talks);
    const wrong = drive(protocol, input);
    if (wrong === '' && ONLY_SEED < 0) continue;
    problems.push(`${protocol.name} (${protocol.transport}) FUZZ_SEED=${seed}: ${wrong || 'fine'}\n${shown(input)}`);
    if (problems.length >= SHOWN_MAX) break;
  }
  if (ONLY_SEED < 0) problems.push(...growth(protocol, talks));
  const stays = heapBytes() - before;
  if (stays > STAYS_BYTES_MAX) problems.push(`${protocol.name}: ${Math.round(stays / 1e6)} MB stay`);
  const mark = problems.length === 0 ? 'ok  ' : 'FAIL';
  console.log(`${mark} ${protocol.name} ${protocol.transport} ${count} inputs from ${talks.length} conversations`);
  return problems;
}

function shown({ acts, midstream, serverPort }: Input): string {
  const head = `  port ${serverPort}${midstream ? ', in the middle' : ''}`;
  const lines = acts.map(({ toServer, bytes, lost }) => {
    const hex = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 400)).toString('hex');
    return `  ${toServer ? '>' : '<'}${lost > 0 ? ` (${lost} lost)` : ''} ${hex}${bytes.length > 400 ? '…' : ''}`;
  });
  return [head, ...lines].join('\n');
}

async function work(names: readonly string[], beat: Int32Array): Promise<void> {
  const folders = [join(repository, 'captures'), join(shared, 'captures')].filter((folder) => existsSync(folder));
  const seeds = await seedsOf(make, folders);
  const protocols = make(limits).map((protocol, at) => ({ protocol, talks: seeds[at] ?? [], at }));
  const wanted = protocols.filter(({ protocol }) => names.length === 0 || names.includes(protocol.name));
  const problems: string[] = [];
  const startMs = performance.now();
  for (const [position, { protocol, talks, at }] of wanted.entries()) {
    Atomics.store(beat, 0, at);
    const left = SECONDS === 0 ? Number.POSITIVE_INFINITY : SECONDS * 1000 - (performance.now() - startMs);
    problems.push(...fuzz(protocol, talks, performance.now() + left / (wanted.length - position), beat));
  }
  for (const problem of problems) console.log(problem);
  console.log(`${wanted.length} decoders, ${problems.length} problems`);
  process.exitCode = problems.length === 0 ? 0 : 1;
}

/** Starts the worker and names the input in which it was lost. */
function watch(): void {
  const beat = new Int32Array(new SharedArrayBuffer(12));
  const worker = new Worker(import.meta.filename, { workerData: beat, argv: process.argv.slice(2) });
  let last = 0;
  let heardMs = performance.now();
  const timer = setInterval(() => {
    const now = Atomics.load(beat, 2);
    if (now !== last || now === 0) {
      last = now;
      heardMs = performance.now();
    } else if (performance.now() - heardMs > SILENCE_MS) {
      const name = make(limits)[Atomics.load(beat, 0)]?.name;
      console.log(`FAIL ${name} FUZZ_SEED=${Atomics.load(beat, 1)}: a call does not come back`);
      process.exit(1);
    }
  }, 500);
  worker.once('exit', (status) => {
    clearInterval(timer);
    process.exitCode = status;
  });
}

if (isMainThread) watch();
else await work(process.argv.slice(2), workerData as Int32Array);
