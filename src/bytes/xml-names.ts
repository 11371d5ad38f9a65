/** Names of XML elements and attributes that a protocol knows: found by their bytes, without a string. */

/** Longer names are in nobody's vocabulary. */
export const NAME_BYTES_MAX = 64;
export const HASH_SEED = 17;
const HASH_FACTOR = 31;

/** Adds one byte of a name to its running hash. */
export function hashed(hash: number, byte: number): number {
  return (Math.imul(hash, HASH_FACTOR) + byte) | 0;
}

/** Local names that a caller knows; the first is 1. */
export class XmlNames {
  readonly names: readonly string[];
  private readonly places: Int16Array;
  private readonly mask: number;

  constructor(names: readonly string[]) {
    this.names = names;
    let size = 16;
    while (size < names.length * 4) size *= 2;
    this.mask = size - 1;
    this.places = new Int16Array(size);
    names.forEach((name, i) => {
      let place = hashOf(name) & this.mask;
      while (this.places[place] !== 0) place = (place + 1) & this.mask;
      this.places[place] = i + 1;
    });
  }

  idOf(name: string): number {
    return this.names.indexOf(name) + 1;
  }

  /** The number of the name in `bytes`, 0 for one that is not known. */
  find(bytes: Uint8Array, length: number, hash: number): number {
    let place = hash & this.mask;
    for (let id = this.places[place]!; id !== 0; id = this.places[place]!) {
      if (spells(bytes, length, this.names[id - 1]!)) return id;
      place = (place + 1) & this.mask;
    }
    return 0;
  }
}

function hashOf(name: string): number {
  let hash = HASH_SEED;
  for (let i = 0; i < name.length; i++) hash = hashed(hash, name.charCodeAt(i));
  return hash;
}

export function spells(bytes: Uint8Array, length: number, text: string): boolean {
  if (length !== text.length) return false;
  for (let i = 0; i < length; i++) if (bytes[i] !== text.charCodeAt(i)) return false;
  return true;
}
