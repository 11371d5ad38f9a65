/** From bytes to text: the only door through which anything from the wire becomes a string. */
import { fold, mix } from './hash.ts';

const FIRST_PRINTABLE = 0x20;
const LAST_PRINTABLE = 0x7e;
const QUESTION_MARK = 0x3f;
/** Up to here a text is quicker made character by character. */
const SHORT_CHARACTERS = 4;
/** Where longer texts are spelled. */
const page = Buffer.alloc(1_024);

/**
 * Text from the wire, made harmless as it becomes a string: printable ASCII only, anything else
 * shown as `?`, outer spaces and NULs dropped. The caller has checked that `length` bytes are there
 * and that the field cannot carry a patient's identity.
 */
export function readText(view: DataView, at: number, length: number): string {
  let from = at;
  let to = at + length;
  while (to > from && isPadding(view.getUint8(to - 1))) to--;
  while (from < to && isPadding(view.getUint8(from))) from++;
  return to - from > SHORT_CHARACTERS ? longText(view, from, to) : shortText(view, from, to);
}

function shortText(view: DataView, from: number, to: number): string {
  let text = '';
  for (let at = from; at < to; at++) text += String.fromCharCode(character(view, at));
  return text;
}

/** Many characters become one string at once; one by one they would make as many, and the joints between them. */
function longText(view: DataView, from: number, to: number): string {
  const letters = to - from > page.length ? Buffer.allocUnsafe(to - from) : page;
  for (let at = from; at < to; at++) letters[at - from] = character(view, at);
  return letters.toString('latin1', 0, to - from);
}

function character(view: DataView, at: number): number {
  const code = view.getUint8(at);
  return code >= FIRST_PRINTABLE && code <= LAST_PRINTABLE ? code : QUESTION_MARK;
}

function isPadding(code: number): boolean {
  return code === FIRST_PRINTABLE || code === 0;
}

/** Do the bytes at `at` spell `text` (ASCII)? False when they would reach past `end`. */
export function startsWith(view: DataView, at: number, end: number, text: string): boolean {
  if (end - at < text.length) return false;
  for (let i = 0; i < text.length; i++) if (view.getUint8(at + i) !== text.charCodeAt(i)) return false;
  return true;
}

/** Where the byte next stands in `[at, end)`, or -1. */
export function indexOfByte(view: DataView, at: number, end: number, byte: number): number {
  for (let i = at; i < end; i++) if (view.getUint8(i) === byte) return i;
  return -1;
}

/** Of a remembered text: its length, its last four bytes, and all of them in words of four: one line of a cache. */
const WORDS = 16;
const LENGTH = 0;
const TAIL = 1;
const BYTES = 2;
/** Names are rarely longer; what is longer is not remembered. */
const REMEMBERED_BYTES_MAX = (WORDS - BYTES) * 4;

/**
 * Texts that were read before: the names of the same stations come all day, and need not be made again.
 * Each has two places where it may stand, and gives way to another that falls there: the memory is bounded, and what
 * is answered never depends on what is remembered.
 */
export class TextMemory {
  private readonly texts: string[];
  private readonly words: Int32Array;
  /** Where a text will stand that `recall` did not find. */
  private place = 0;

  /** `count` is a power of two. */
  constructor(count: number) {
    this.texts = new Array<string>(count).fill('');
    this.words = new Int32Array(count * WORDS);
  }

  /** As `readText`, from memory where it is there. */
  read(view: DataView, at: number, length: number): string {
    let from = at;
    let to = at + length;
    while (to > from && isPadding(view.getUint8(to - 1))) to--;
    while (from < to && isPadding(view.getUint8(from))) from++;
    const known = this.recall(view, from, to - from);
    if (known !== '' || from === to) return known;
    const text = readText(view, from, to - from);
    this.keep(text);
    return text;
  }

  /** The remembered text that the bytes spell, or ''. */
  recall(view: DataView, at: number, length: number): string {
    const end = at + length;
    // Names of one kind differ in their last characters.
    const tail = length < 4 ? shortTail(view, at, end) : view.getInt32(end - 4, true);
    const before = length < 8 ? 0 : view.getInt32(end - 8, true);
    const place = mix(fold(before, tail) ^ length) & (this.texts.length - 1);
    if (this.stands(place, view, at, length, tail)) return this.texts[place]!;
    if (this.stands(place ^ 1, view, at, length, tail)) return this.texts[place ^ 1]!;
    this.place = this.texts[place] === '' ? place : place ^ 1;
    return '';
  }

  private stands(place: number, view: DataView, at: number, length: number, tail: number): boolean {
    const { words } = this;
    const line = place * WORDS;
    if (words[line + LENGTH] !== length || words[line + TAIL] !== tail) return false;
    let word = line + BYTES;
    for (let i = at; i + 4 <= at + length; i += 4) if (words[word++] !== view.getInt32(i, true)) return false;
    return true;
  }

  /** Remembers the text that the bytes spell which `recall` did not find. */
  keep(text: string): void {
    const { length } = text;
    if (length > REMEMBERED_BYTES_MAX) return;
    const { words } = this;
    const line = this.place * WORDS;
    this.texts[this.place] = text;
    words[line + LENGTH] = length;
    words[line + TAIL] = wordOf(text, Math.max(0, length - 4));
    for (let i = 0; i + 4 <= length; i += 4) words[line + BYTES + i / 4] = wordOf(text, i);
  }
}

function shortTail(view: DataView, at: number, end: number): number {
  let tail = 0;
  for (let i = end - 1; i >= at; i--) tail = (tail << 8) | view.getUint8(i);
  return tail;
}

/** As `getInt32` reads the same bytes, the first lowest. */
function wordOf(text: string, at: number): number {
  let word = 0;
  for (let i = Math.min(text.length, at + 4) - 1; i >= at; i--) word = (word << 8) | text.charCodeAt(i);
  return word;
}
