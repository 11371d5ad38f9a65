/**
 * Fields and components of one HL7 segment, found in place (HL7 v2 chapter 2, "Message construction").
 *
 *     OBX|1|ST|67880^MDC_ATTR_ID_MODEL^MDC|1.0.0.0|Acme^M7\T\N||||||F
 *         │    └ component 1               └ field 4       └ escape sequence for a separator
 *         └ field 1
 *
 * Fields are asked for in ascending order, so that each byte of a segment is passed once. Nothing becomes a
 * string before a caller asks for the text of one field or component, and a text that repeats is the same string
 * as before: a steady feed makes no garbage.
 */
import { fold } from '../../src/bytes/hash.ts';
import { readText, TextMemory } from '../../src/bytes/text.ts';
import { everywhere, NOWHERE, type Source, sumOf, zerosIn } from './source.ts';

/** The delimiters that MSH-1 and MSH-2 declare. -1: not declared. */
export class Separators {
  field = 0x7c;
  component = 0x5e;
  repetition = 0x7e;
  escape = 0x5c;
  subComponent = 0x26;
}

/** Texts of all connections: applications, facilities, types. */
const REMEMBERED = 512;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SPACE = 0x20;

export class Cursor {
  /** The span in hand: `bytes[at, stop)`. */
  at = 0;
  stop = 0;
  bytes: Uint8Array = NOWHERE.bytes;
  private view = NOWHERE.view;
  private end = 0;
  private separators = new Separators();
  private readonly memory = new TextMemory(REMEMBERED);
  /** The field that was found last, its first repetition `[fieldAt, fieldStop)`. */
  private index = 0;
  private fieldAt = 0;
  private fieldStop = 0;

  /** Puts the cursor on a segment; field 0 is its name. */
  load(source: Source, from: number, end: number, separators: Separators): void {
    this.bytes = source.bytes;
    this.view = source.view;
    this.end = end;
    this.separators = separators;
    this.index = 0;
    this.fieldAt = from;
    this.fieldStop = from;
    this.at = from;
    this.stop = from;
  }

  /** Moves on to field `n`, from 1 (ascending only), first repetition. False, and an empty span, when it is not there. */
  field(n: number): boolean {
    if (n > this.index && !this.moveOn(n)) return this.empty();
    this.at = this.fieldAt;
    this.stop = this.fieldStop;
    return this.stop > this.at;
  }

  private moveOn(n: number): boolean {
    const { bytes, end } = this;
    const { field, repetition } = this.separators;
    this.skipFields(n);
    let at = this.fieldStop;
    let index = this.index;
    while (at < end && index < n) if (bytes[at++] === field) index++;
    this.index = index;
    this.fieldAt = at;
    let stop = at;
    while (stop < end && bytes[stop] !== field && bytes[stop] !== repetition) stop++;
    this.fieldStop = stop;
    return index === n;
  }

  /** Passes separators eight bytes at a time while field `n` cannot begin among them. */
  private skipFields(n: number): void {
    const { view, end } = this;
    const pattern = everywhere(this.separators.field);
    let at = this.fieldStop;
    let index = this.index;
    for (; at + 8 <= end; at += 8) {
      const first = zerosIn(view.getInt32(at, true) ^ pattern);
      const count = sumOf(first + zerosIn(view.getInt32(at + 4, true) ^ pattern));
      if (index + count >= n) break;
      index += count;
    }
    this.fieldStop = at;
    this.index = index;
  }

  /** Narrows the field that `field` found to its component `n`, from 1. Ask again for the next one. */
  component(n: number): boolean {
    return this.part(this.fieldAt, this.fieldStop, this.separators.component, n);
  }

  /** Narrows the span in hand to its sub-component `n`, from 1. */
  subComponent(n: number): boolean {
    return this.part(this.at, this.stop, this.separators.subComponent, n);
  }

  private part(from: number, end: number, separator: number, n: number): boolean {
    const { bytes } = this;
    let at = from;
    let index = 1;
    while (at < end && index < n) if (bytes[at++] === separator) index++;
    if (index < n) return this.empty();
    let stop = at;
    while (stop < end && bytes[stop] !== separator) stop++;
    this.at = at;
    this.stop = stop;
    return stop > at;
  }

  private empty(): boolean {
    this.stop = this.at;
    return false;
  }

  /** Does the span spell `text` (ASCII)? */
  is(text: string): boolean {
    const { at, bytes } = this;
    if (this.stop - at !== text.length) return false;
    for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text.charCodeAt(i)) return false;
    return true;
  }

  /** Does the span begin with `text`, and is nothing in it that may have been escaped? */
  private repeats(text: string): boolean {
    const { at, bytes } = this;
    for (let i = 0; i < text.length; i++) {
      const byte = bytes[at + i];
      if (byte !== text.charCodeAt(i) || byte === BACKSLASH) return false;
    }
    return true;
  }

  /** The span as harmless text of at most `charactersMax`; `previous` itself when that is what it spells. */
  text(previous: string, charactersMax: number): string {
    const { at, stop, bytes } = this;
    const length = Math.min(stop - at, charactersMax);
    // `""` is HL7's way to say "delete what you have": no value.
    if (length === 0 || (length === 2 && bytes[at] === QUOTE && bytes[at + 1] === QUOTE)) return '';
    if (length === previous.length && this.repeats(previous)) return previous;
    const mark = this.separators.escape;
    let i = at;
    while (i < at + length && bytes[i] !== mark) i++;
    return i === at + length ? this.memory.read(this.view, at, length) : this.unescaped(length);
  }

  /** `\F\ \S\ \T\ \R\ \E\` stand for the delimiters; other sequences (formatting, hexadecimal) stay as they are. */
  private unescaped(length: number): string {
    const { bytes, view, at } = this;
    const mark = this.separators.escape;
    let text = '';
    for (let i = at; i < at + length; i++) {
      const isSequence = bytes[i] === mark && i + 2 < at + length && bytes[i + 2] === mark;
      const meant = isSequence ? this.meaning(bytes[i + 1]!) : -1;
      if (meant < 0) {
        // One byte at a time through the only door from bytes to text; spaces come back as themselves.
        text += bytes[i] === SPACE ? ' ' : readText(view, i, 1);
      } else {
        text += String.fromCharCode(meant);
        i += 2;
      }
    }
    return text.trim();
  }

  private meaning(letter: number): number {
    const { field, component, subComponent, repetition, escape: mark } = this.separators;
    if (letter === 0x46) return field;
    if (letter === 0x53) return component;
    if (letter === 0x54) return subComponent;
    if (letter === 0x52) return repetition;
    return letter === 0x45 ? mark : -1;
  }

  /**
   * The span where a code belongs: letters, digits, `_ . -`. Anything else is `?`, so that text which
   * strayed into the field is not told on.
   */
  code(previous: string, charactersMax: number): string {
    const { at, stop, bytes } = this;
    if (this.is(previous)) return previous;
    if (stop - at > charactersMax) return '?';
    for (let i = at; i < stop; i++) if (!isCodeByte(bytes[i]!)) return '?';
    return this.memory.read(this.view, at, stop - at);
  }

  /** Is the span an EUI-64 in 16 hexadecimal digits? */
  isEui64(): boolean {
    const { at, stop, bytes } = this;
    if (stop - at !== 16) return false;
    for (let i = at; i < stop; i++) if (!isHexDigit(bytes[i]!)) return false;
    return true;
  }

  /** The span as a whole number of at most nine digits, or -1. */
  number(): number {
    const { at, stop, bytes } = this;
    if (stop === at || stop - at > 9) return -1;
    let value = 0;
    for (let i = at; i < stop; i++) {
      const digit = bytes[i]! - 0x30;
      if (digit < 0 || digit > 9) return -1;
      value = value * 10 + digit;
    }
    return value;
  }

  /** For comparing in memory: never 0 for a span that holds something, 0 for an empty one. */
  hash(): number {
    const { at, stop, bytes } = this;
    if (stop === at) return 0;
    let hash = stop - at;
    for (let i = at; i < stop; i++) hash = fold(hash, bytes[i]!);
    return hash === 0 ? 1 : hash;
  }
}

function isCodeByte(byte: number): boolean {
  const letter = byte | 0x20;
  if ((letter >= 0x61 && letter <= 0x7a) || (byte >= 0x30 && byte <= 0x39)) return true;
  return byte === 0x5f || byte === 0x2e || byte === 0x2d;
}

function isHexDigit(byte: number): boolean {
  const letter = byte | 0x20;
  return (letter >= 0x61 && letter <= 0x66) || (byte >= 0x30 && byte <= 0x39);
}
