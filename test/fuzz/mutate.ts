/** Conversations that nobody would have: bits flipped, ends cut, lengths driven to their extremes. Same seed, same input. */
import type { SeedTalk } from './seeds.ts';

/** Xorshift of 32 bits (Marsaglia 2003). */
export class Random {
  private state: number;

  constructor(seed: number) {
    this.state = (Math.imul(seed, 0x9e3779b1) ^ 0x5bd1e995) >>> 0 || 1;
    for (let i = 0; i < 4; i++) this.next();
  }

  next(): number {
    let x = this.state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.state = x >>> 0;
    return this.state;
  }

  below(limit: number): number {
    return limit <= 0 ? 0 : this.next() % limit;
  }

  bytes(count: number): Uint8Array {
    return Uint8Array.from({ length: count }, () => this.next() & 0xff);
  }

  of<Item>(items: readonly Item[]): Item | undefined {
    return items[this.below(items.length)];
  }
}

/** One thing that happens to a decoder: bytes of one direction, or the loss of some. */
export interface Act {
  readonly toServer: boolean;
  readonly bytes: Uint8Array;
  /** Bytes lost before these. */
  readonly lost: number;
}

export interface Input {
  readonly clientPort: number;
  readonly serverPort: number;
  readonly midstream: boolean;
  readonly acts: readonly Act[];
}

const ACTS_MAX = 16;
const NOISE_BYTES_MAX = 600;
/** One in so many inputs is nothing but noise. */
const NOISE_ONE_IN = 10;

export function inputOf(seed: number, talks: readonly SeedTalk[]): Input {
  const random = new Random(seed);
  const talk = random.of(talks);
  if (talk === undefined || random.below(NOISE_ONE_IN) === 0) return noise(random, talk);
  const from = random.below(4) === 0 ? random.below(talk.turns.length) : 0;
  const turns = talk.turns.slice(from, from + 1 + random.below(ACTS_MAX));
  const acts = turns.map(({ toServer, bytes }): Act => {
    const lost = random.below(40) === 0 ? 1 + random.below(3000) : 0;
    return { toServer: random.below(60) === 0 ? !toServer : toServer, bytes: mutated(bytes, random, talks), lost };
  });
  if (random.below(12) === 0) acts.push(...acts.slice(random.below(acts.length)));
  const { clientPort, serverPort } = talk;
  return { clientPort, serverPort, midstream: random.below(5) === 0 ? !talk.midstream : talk.midstream, acts };
}

function noise(random: Random, talk: SeedTalk | undefined): Input {
  const acts = Array.from({ length: 1 + random.below(4) }, (): Act => {
    const bytes = random.bytes(random.below(NOISE_BYTES_MAX));
    // Noise behind a true beginning comes further than noise alone.
    const head = talk?.turns[0]?.bytes.subarray(0, random.below(24));
    if (head !== undefined && random.below(2) === 0) bytes.set(head.subarray(0, bytes.length));
    return { toServer: random.below(2) === 0, bytes, lost: 0 };
  });
  return { clientPort: 40_000, serverPort: talk?.serverPort ?? 9, midstream: random.below(3) === 0, acts };
}

function mutated(original: Uint8Array, random: Random, talks: readonly SeedTalk[]): Uint8Array {
  let bytes: Uint8Array = new Uint8Array(original);
  // A third of all pieces stay as they are, so that what follows is reached.
  for (let count = random.below(3) === 0 ? 0 : 1 + random.below(3); count > 0; count--) {
    bytes = once(bytes, random, talks);
  }
  return bytes;
}

const extremes8 = [0, 1, 0x7f, 0x80, 0xfe, 0xff];
const extremes16 = [0, 1, 0x7fff, 0x8000, 0xfffe, 0xffff];
const extremes32 = [0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_fffe, 0xffff_ffff];

function once(bytes: Uint8Array, random: Random, talks: readonly SeedTalk[]): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const at = random.below(bytes.length);
  const near = bytes.length - at;
  switch (random.below(10)) {
    case 0:
      if (near > 0) bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
      return bytes;
    case 1:
      if (near > 0) bytes[at] = random.of(extremes8) ?? 0;
      return bytes;
    case 2:
      if (near >= 2) view.setUint16(at, random.of(extremes16) ?? 0, random.below(2) === 0);
      return bytes;
    case 3:
      if (near >= 4) view.setUint32(at, random.of(extremes32) ?? 0, random.below(2) === 0);
      return bytes;
    case 4:
      // One more or one less than it was.
      if (near > 0) bytes[at] = (bytes[at] ?? 0) + (random.below(2) === 0 ? 1 : 255);
      return bytes;
    case 5:
      return bytes.slice(0, at);
    case 6:
      return bytes.slice(at);
    case 7:
      return joined(bytes.subarray(0, at), random.bytes(random.below(40)), bytes.subarray(at));
    case 8: {
      const to = at + random.below(near);
      return joined(bytes.subarray(0, to), bytes.subarray(at));
    }
    default: {
      const other = random.of(random.of(talks)?.turns ?? [])?.bytes ?? bytes;
      return joined(bytes.subarray(0, at), other.subarray(random.below(other.length)));
    }
  }
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
