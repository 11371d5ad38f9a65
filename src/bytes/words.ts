/** Words from the wire told by their bytes: comparing and looking up without making a string. */
import { fold, mix } from './hash.ts';

const UPPER_A = 0x41;
const UPPER_Z = 0x5a;
const TO_LOWER = 0x20;

/** Does `[at, end)` begin with `text` (ASCII, lower case), whatever its case? */
export function spells(view: DataView, at: number, end: number, text: string): boolean {
  if (end - at < text.length) return false;
  for (let i = 0; i < text.length; i++) if (lower(view.getUint8(at + i)) !== text.charCodeAt(i)) return false;
  return true;
}

/** Is `[at, end)` exactly `text` (lower case), whatever its case? */
export function spellsWhole(view: DataView, at: number, end: number, text: string): boolean {
  return end - at === text.length && spells(view, at, end, text);
}

/** Does `[at, end)` end with `text` (lower case), whatever its case? */
export function endsWith(view: DataView, at: number, end: number, text: string): boolean {
  return end - text.length >= at && spells(view, end - text.length, end, text);
}

/** Where `text` (lower case) begins in `[at, end)`, whatever its case, or -1. */
export function find(view: DataView, at: number, end: number, text: string): number {
  for (let i = at; i + text.length <= end; i++) if (spells(view, i, end, text)) return i;
  return -1;
}

/** A whole number of at most `digitsMax` digits that fills `[at, end)`, or -1. */
export function digits(view: DataView, at: number, end: number, digitsMax: number): number {
  if (end <= at || end - at > digitsMax) return -1;
  let value = 0;
  for (let i = at; i < end; i++) {
    const digit = view.getUint8(i) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

/** A closed list of words, found by their bytes in one step. */
export class Words {
  readonly list: readonly string[];
  private readonly isExact: boolean;
  /** Open addressing; 0 is free, else the word's place in the list and one. */
  private readonly places: Uint16Array;
  private readonly longest: number;

  /** `isExact`: upper and lower case differ. */
  constructor(list: readonly string[], isExact = false) {
    this.list = list;
    this.isExact = isExact;
    this.longest = Math.max(0, ...list.map((word) => word.length));
    this.places = new Uint16Array(2 ** Math.ceil(Math.log2(list.length * 2 + 2)));
    list.forEach((word, i) => {
      const view = new DataView(Uint8Array.from(word, (letter) => letter.charCodeAt(0)).buffer);
      let place = this.hash(view, 0, word.length);
      while (this.places[place] !== 0) place = (place + 1) & (this.places.length - 1);
      this.places[place] = i + 1;
    });
  }

  /** Place in the list of the word that fills `[at, end)`, or -1. */
  find(view: DataView, at: number, end: number): number {
    if (end - at > this.longest || end <= at) return -1;
    let place = this.hash(view, at, end);
    for (;;) {
      const found = this.places[place]!;
      if (found === 0) return -1;
      if (this.fits(this.list[found - 1]!, view, at, end)) return found - 1;
      place = (place + 1) & (this.places.length - 1);
    }
  }

  private fits(word: string, view: DataView, at: number, end: number): boolean {
    if (word.length !== end - at) return false;
    for (let i = 0; i < word.length; i++) {
      const wanted = word.charCodeAt(i);
      const byte = view.getUint8(at + i);
      if (byte !== wanted && (this.isExact || lower(byte) !== lower(wanted))) return false;
    }
    return true;
  }

  private hash(view: DataView, at: number, end: number): number {
    let hash = end - at;
    for (let i = at; i < end; i++) hash = fold(hash, this.isExact ? view.getUint8(i) : lower(view.getUint8(i)));
    return mix(hash) & (this.places.length - 1);
  }
}

function lower(byte: number): number {
  return byte >= UPPER_A && byte <= UPPER_Z ? byte | TO_LOWER : byte;
}
