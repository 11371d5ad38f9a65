/**
 * Fields and components of one HL7 segment, found in place (HL7 v2 chapter 2, "Message construction").
 *
 *     OBX|1|ST|67880^MDC_ATTR_ID_MODEL^MDC|1.0.0.0|Acme^M7\T\N||||||F
 *         │    └ component 1               └ field 4       └ escape sequence for a separator
 *         └ field 1
 *
 * Nothing becomes a string before a caller asks for the text of one field or component, and a text that
 * repeats is the same string as before: a steady feed makes no garbage.
 */
import { fold } from '../../src/bytes/hash.ts';
import { readText } from '../../src/bytes/text.ts';

/** The delimiters that MSH-1 and MSH-2 declare. -1: not declared. */
export class Separators {
  field = 0x7c;
  component = 0x5e;
  repetition = 0x7e;
  escape = 0x5c;
  subComponent = 0x26;
}

const QUOTE = 0x22;

export class Cursor {
  /** The span in hand: `[at, stop)`. */
  at = 0;
  stop = 0;
  private view: DataView<ArrayBufferLike> = new DataView(new ArrayBuffer(0));
  private end = 0;
  private separators = new Separators();
  private index = 0;
  private fieldAt = 0;

  /** Puts the cursor on a segment; field 0 is its name. */
  load(view: DataView<ArrayBufferLike>, from: number, end: number, separators: Separators): void {
    this.view = view;
    this.end = end;
    this.separators = separators;
    this.index = 0;
    this.fieldAt = from;
    this.at = from;
    this.stop = this.next(from, end, separators.field);
  }

  /** Moves on to field `n` (ascending only), first repetition. False, and an empty span, when it is not there. */
  field(n: number): boolean {
    const { field, repetition } = this.separators;
    while (this.index < n) {
      const edge = this.next(this.fieldAt, this.end, field);
      if (edge === this.end) return this.empty();
      this.fieldAt = edge + 1;
      this.index++;
    }
    this.at = this.fieldAt;
    this.stop = this.next(this.at, this.next(this.at, this.end, field), repetition);
    return this.stop > this.at;
  }

  /** Narrows the field that `field` found to its component `n`, from 1. Ask again for the next one. */
  component(n: number): boolean {
    const { field, repetition, component } = this.separators;
    const stop = this.next(this.fieldAt, this.next(this.fieldAt, this.end, field), repetition);
    return this.part(this.fieldAt, stop, component, n);
  }

  /** Narrows the span in hand to its sub-component `n`, from 1. */
  subComponent(n: number): boolean {
    return this.part(this.at, this.stop, this.separators.subComponent, n);
  }

  private part(from: number, end: number, separator: number, n: number): boolean {
    let at = from;
    for (let i = 1; i < n; i++) {
      at = this.next(at, end, separator) + 1;
      if (at > end) return this.empty();
    }
    this.at = at;
    this.stop = this.next(at, end, separator);
    return this.stop > at;
  }

  private empty(): boolean {
    this.stop = this.at;
    return false;
  }

  private next(at: number, end: number, separator: number): number {
    let i = at;
    while (i < end && this.view.getUint8(i) !== separator) i++;
    return i;
  }

  /** Does the span spell `text` (ASCII)? */
  is(text: string): boolean {
    return this.stop - this.at === text.length && this.matches(text);
  }

  private matches(text: string): boolean {
    for (let i = 0; i < text.length; i++) if (this.view.getUint8(this.at + i) !== text.charCodeAt(i)) return false;
    return true;
  }

  /** The span as harmless text of at most `charactersMax`; `previous` itself when that is what it spells. */
  text(previous: string, charactersMax: number): string {
    const { at, stop, view } = this;
    const length = Math.min(stop - at, charactersMax);
    // `""` is HL7's way to say "delete what you have": no value.
    if (length === 2 && view.getUint8(at) === QUOTE && view.getUint8(at + 1) === QUOTE) return '';
    if (length === previous.length && this.matches(previous) && !previous.includes('\\')) return previous;
    if (this.next(at, at + length, this.separators.escape) === at + length) return readText(view, at, length);
    return this.unescaped(length);
  }

  /** `\F\ \S\ \T\ \R\ \E\` stand for the delimiters; other sequences (formatting, hexadecimal) stay as they are. */
  private unescaped(length: number): string {
    const { view, at } = this;
    const mark = this.separators.escape;
    let text = '';
    for (let i = at; i < at + length; i++) {
      const isSequence = view.getUint8(i) === mark && i + 2 < at + length && view.getUint8(i + 2) === mark;
      const meant = isSequence ? this.meaning(view.getUint8(i + 1)) : -1;
      if (meant < 0) {
        // One byte at a time through the only door from bytes to text; spaces come back as themselves.
        text += view.getUint8(i) === 0x20 ? ' ' : readText(view, i, 1);
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
    const { at, stop, view } = this;
    if (stop - at === previous.length && this.matches(previous)) return previous;
    if (stop - at > charactersMax) return '?';
    for (let i = at; i < stop; i++) if (!isCodeByte(view.getUint8(i))) return '?';
    return readText(view, at, stop - at);
  }

  /** Is the span an EUI-64 in 16 hexadecimal digits? */
  isEui64(): boolean {
    if (this.stop - this.at !== 16) return false;
    for (let i = this.at; i < this.stop; i++) if (!isHexDigit(this.view.getUint8(i))) return false;
    return true;
  }

  /** The span as a whole number of at most nine digits, or -1. */
  number(): number {
    if (this.stop === this.at || this.stop - this.at > 9) return -1;
    let value = 0;
    for (let i = this.at; i < this.stop; i++) {
      const digit = this.view.getUint8(i) - 0x30;
      if (digit < 0 || digit > 9) return -1;
      value = value * 10 + digit;
    }
    return value;
  }

  /** For comparing in memory: never 0 for a span that holds something, 0 for an empty one. */
  hash(): number {
    if (this.stop === this.at) return 0;
    let hash = this.stop - this.at;
    for (let i = this.at; i < this.stop; i++) hash = fold(hash, this.view.getUint8(i));
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
