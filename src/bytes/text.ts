import { mix } from './hash.ts';

const FIRST_PRINTABLE = 0x20;
const LAST_PRINTABLE = 0x7e;
const QUESTION_MARK = 0x3f;

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
  let text = '';
  // Eight characters make one string; one by one they would make eight, and seven joints.
  for (; from + 8 <= to; from += 8) {
    text += String.fromCharCode(
      character(view, from),
      character(view, from + 1),
      character(view, from + 2),
      character(view, from + 3),
      character(view, from + 4),
      character(view, from + 5),
      character(view, from + 6),
      character(view, from + 7),
    );
  }
  for (; from < to; from++) text += String.fromCharCode(character(view, from));
  return text;
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

/**
 * Texts that were read before: the names of the same stations come all day, and need not be made again.
 * A text gives way to another that falls into its place, so that the memory is bounded; what is answered never
 * depends on what is remembered.
 */
export class TextMemory {
  private readonly texts: string[];
  private slot = 0;

  /** `count` is a power of two. */
  constructor(count: number) {
    this.texts = new Array<string>(count).fill('');
  }

  /** The remembered text that the bytes spell, or ''. */
  recall(bytes: Uint8Array, at: number, length: number): string {
    if (length === 0) return '';
    const last = at + length - 1;
    // Names of one kind differ in their last characters.
    let key = (length << 8) ^ bytes[at]!;
    for (let i = Math.max(at, last - 3); i <= last; i++) key = (key << 8) ^ (key >>> 24) ^ bytes[i]!;
    this.slot = mix(key) & (this.texts.length - 1);
    const text = this.texts[this.slot]!;
    if (text.length !== length) return '';
    for (let i = 0; i < length; i++) if (bytes[at + i] !== text.charCodeAt(i)) return '';
    return text;
  }

  /** Remembers a text that the bytes last asked for spell. */
  keep(text: string): void {
    this.texts[this.slot] = text;
  }
}
