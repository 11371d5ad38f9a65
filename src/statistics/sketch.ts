/**
 * How many different things were there, in 256 bytes (HyperLogLog, Flajolet and others 2007; 6.5 % error at p = 8), and
 * exactly as long as there are few (detection.md 2.6). The seed is fixed, so that replays agree.
 */

/** Registers: 2 to the power of p. */
const P = 8;
const REGISTERS = 1 << P;
const ALPHA = 0.7213 / (1 + 1.079 / REGISTERS);
const SEED = 0x5bd1e995;
/** Up to here things are counted one by one. */
export const EXACT_MAX = 64;

/** A 32-bit number that depends on every bit of another. */
export function scatter(value: number): number {
  let hash = (value ^ SEED) >>> 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x7feb352d);
  hash = Math.imul(hash ^ (hash >>> 15), 0x846ca68b);
  return (hash ^ (hash >>> 16)) >>> 0;
}

export function scatterText(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return scatter(hash);
}

export class Distinct {
  private exact: Set<number> | null = new Set();
  private registers: Uint8Array | null = null;

  /** Adds a thing by its hash (`scatter`, `scatterText`). */
  add(hash: number): void {
    if (this.exact !== null) {
      this.exact.add(hash);
      if (this.exact.size <= EXACT_MAX) return;
      this.registers = new Uint8Array(REGISTERS);
      for (const one of this.exact) this.register(one);
      this.exact = null;
      return;
    }
    this.register(hash);
  }

  private register(hash: number): void {
    const registers = this.registers;
    if (registers === null) return;
    const at = hash >>> (32 - P);
    const rank = Math.min(Math.clz32((hash << P) >>> 0), 32 - P) + 1;
    if (rank > registers[at]!) registers[at] = rank;
  }

  merge(other: Distinct): void {
    if (other.exact !== null) {
      for (const one of other.exact) this.add(one);
      return;
    }
    if (this.exact !== null) {
      const mine = this.exact;
      this.exact = null;
      this.registers = new Uint8Array(REGISTERS);
      for (const one of mine) this.register(one);
    }
    for (let at = 0; at < REGISTERS; at++) {
      this.registers![at] = Math.max(this.registers![at]!, other.registers![at]!);
    }
  }

  count(): number {
    if (this.exact !== null) return this.exact.size;
    let sum = 0;
    let empty = 0;
    for (const rank of this.registers ?? []) {
      sum += 2 ** -rank;
      if (rank === 0) empty++;
    }
    const raw = (ALPHA * REGISTERS * REGISTERS) / sum;
    return Math.round(raw <= 2.5 * REGISTERS && empty > 0 ? REGISTERS * Math.log(REGISTERS / empty) : raw);
  }

  clear(): void {
    this.exact = new Set();
    this.registers = null;
  }

  /** What is kept, to be made from again: hashes in ascending order, or the registers as hexadecimal digits. */
  kept(): number[] | string {
    if (this.exact !== null) return [...this.exact].sort((a, b) => a - b);
    return [...(this.registers ?? [])].map((rank) => rank.toString(16).padStart(2, '0')).join('');
  }

  static from(kept: readonly number[] | string): Distinct {
    const made = new Distinct();
    if (typeof kept !== 'string') for (const hash of kept) made.add(hash);
    else {
      made.exact = null;
      made.registers = new Uint8Array(REGISTERS);
      for (let at = 0; at < REGISTERS; at++) made.registers[at] = Number.parseInt(kept.slice(at * 2, at * 2 + 2), 16);
    }
    return made;
  }
}
