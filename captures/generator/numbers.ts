/**
 * Numbers that look like chance and are the same on every machine: one small generator for every purpose, host and
 * hour, so that an attack that is switched on moves no other packet.
 */

/** FNV-1a of 32 bits over the parts of a name. */
function hashOf(parts: readonly (string | number)[]): number {
  let hash = 0x811c9dc5;
  for (const character of parts.join('|')) hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193);
  return hash >>> 0;
}

/** A 32-bit generator with a counter (the increment makes every start a good one). */
export class Numbers {
  private state: number;

  constructor(...name: readonly (string | number)[]) {
    this.state = hashOf(name);
  }

  /** A whole number of 32 bits. */
  word(): number {
    this.state = (this.state + 0x9e3779b9) >>> 0;
    let mixed = this.state;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  }

  /** From 0 to below 1. */
  part(): number {
    return this.word() / 0x1_0000_0000;
  }

  /** A whole number from 0 to below `limit`. */
  below(limit: number): number {
    return Math.floor(this.part() * limit);
  }

  between(from: number, to: number): number {
    return from + this.below(to - from + 1);
  }

  pick<T>(list: readonly T[]): T {
    const one = list[this.below(list.length)];
    if (one === undefined) throw new Error('nothing to pick from');
    return one;
  }

  /** How often something happens that happens `mean` times on average (Knuth's way of Poisson's distribution). */
  times(mean: number): number {
    const limit = Math.exp(-mean);
    let count = 0;
    for (let product = this.part(); product > limit && count < 1_000; product *= this.part()) count++;
    return count;
  }

  fill(bytes: Uint8Array): Uint8Array {
    for (let i = 0; i < bytes.length; i++) bytes[i] = this.word() & 255;
    return bytes;
  }
}
