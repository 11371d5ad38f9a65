/** Real conversations of every protocol, cut from captures: what was offered to its decoder, in that order. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { openCapture } from '../../src/capture/open.ts';
import { type Limits, limits } from '../../src/limits.ts';
import { Shard } from '../../src/pipeline/shard.ts';
import type { Protocol, Segment } from '../../src/protocol.ts';
import { heard } from '../support/protocol.ts';

export interface SeedTurn {
  readonly toServer: boolean;
  readonly bytes: Uint8Array;
}

export interface SeedTalk {
  readonly clientPort: number;
  readonly serverPort: number;
  readonly midstream: boolean;
  readonly turns: SeedTurn[];
}

const TALKS_MAX = 48;
const TURNS_MAX = 24;
const TURN_BYTES_MAX = 4096;
/** Of one capture: nobody shall be known by one hospital only. */
const TALKS_OF_CAPTURE_MAX = 12;
const CAPTURE_BYTES_MAX = 1_500_000;
const ENDINGS = /\.(pcap|pcapng|cap)(\.gz)?$/;

interface Recording {
  readonly inner: unknown;
  readonly talk: SeedTalk | null;
}

/** Remembers what its protocol was offered. */
class Recorder {
  readonly talks: SeedTalk[] = [];
  ofCapture = 0;

  wrap(protocol: Protocol<unknown>): Protocol<unknown> {
    const kept = (segment: Segment, talk: SeedTalk | null): void => {
      if (talk === null || talk.turns.length >= TURNS_MAX) return;
      if (talk.turns.length === 0) Object.assign(talk, portsOf(segment));
      const { view, start, end, toServer } = segment;
      const bytes = new Uint8Array(view.buffer, view.byteOffset + start, Math.min(end - start, TURN_BYTES_MAX));
      talk.turns.push({ toServer, bytes: bytes.slice() });
    };
    const { gap, close } = protocol;
    const wrapped: Protocol<unknown> = {
      ...protocol,
      recognises: (segment) => protocol.recognises(segment),
      open: (): Recording => ({ inner: protocol.open(), talk: this.open() }),
      decode: (state, segment, records) => {
        const { inner, talk } = state as Recording;
        const used = protocol.decode(inner, segment, records);
        // What is left undone comes again, with more behind it.
        if (used > 0 || protocol.transport === 'udp') kept(segment, talk);
        return used;
      },
    };
    if (gap !== undefined) {
      wrapped.gap = (state, ...rest) => gap.call(protocol, (state as Recording).inner, ...rest);
    }
    if (close !== undefined) {
      wrapped.close = (state, ...rest) => close.call(protocol, (state as Recording).inner, ...rest);
    }
    return wrapped;
  }

  private open(): SeedTalk | null {
    if (this.talks.length >= TALKS_MAX || this.ofCapture >= TALKS_OF_CAPTURE_MAX) return null;
    this.ofCapture++;
    const talk = { clientPort: 0, serverPort: 0, midstream: false, turns: [] };
    this.talks.push(talk);
    return talk;
  }
}

function portsOf({ clientPort, serverPort, midstream }: Segment): Partial<SeedTalk> {
  return { clientPort, serverPort, midstream };
}

function capturesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => ENDINGS.test(path) && statSync(path).isFile() && statSync(path).size <= CAPTURE_BYTES_MAX)
    .sort();
}

/** By name of the protocol (and its transport, where a name has two), in the order in which protocols are asked. */
export async function seedsOf(
  make: (limits: Limits) => readonly Protocol<unknown>[],
  folders: readonly string[],
): Promise<SeedTalk[][]> {
  const recorders = make(limits).map(() => new Recorder());
  const small = { ...limits, flowsMax: 4096, duplicatesMax: 1024, fileArenaBytes: 262_144 };
  for (const path of folders.flatMap(capturesBelow)) {
    const protocols = make(small).map((one, at) => recorders[at]?.wrap(one) ?? one);
    for (const recorder of recorders) recorder.ofCapture = 0;
    await listen(path, protocols, small);
  }
  return recorders.map(({ talks }) => talks.filter(({ turns }) => turns.length > 0));
}

async function listen(path: string, protocols: readonly Protocol<unknown>[], small: Limits): Promise<void> {
  const { records } = heard();
  const silent = Object.fromEntries(Object.keys(records).map((kind) => [kind, () => {}]));
  const listener = { ...silent, tick: () => {}, interval: () => {} } as never;
  const shard = new Shard({ limits: small, protocols, intervalSeconds: 60, worker: 0, workers: 1 }, listener);
  const capture = await openCapture([path], { limits: small });
  try {
    for (;;) {
      const range = await capture.next();
      if (range === null) break;
      shard.process(range.batch, range.from, range.to);
    }
    shard.finish();
  } finally {
    await capture.close();
  }
}
