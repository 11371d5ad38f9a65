/**
 * XML as a stream of bytes that may be cut anywhere (XML 1.0, 2 and 3), for protocols whose messages are XML.
 *
 *     <prefix:Name attribute="value"> text <![CDATA[text]]> <!-- … --> <? … ?> <Empty/> </prefix:Name>
 *
 * Names are known by their local part, from a vocabulary that the caller brings; all others are the number 0. Text is
 * kept only where the caller asks for it, at most `valueBytesMax` of it; everything else is stepped over. A document
 * type, nesting beyond the bound, or bytes that are no XML end the document: nothing is expanded, nothing is fetched.
 */
import { readText } from './text.ts';
import { HASH_SEED, hashed, NAME_BYTES_MAX, spells, type XmlNames } from './xml-names.ts';

export { XmlNames } from './xml-names.ts';

/** What `next` came to. */
export const XML_MORE = 0;
/** The start tag of `element` has begun; its attributes follow. */
export const XML_OPEN = 1;
/** `attribute`, one of the vocabulary, with its value. */
export const XML_ATTRIBUTE = 2;
/** A namespace is declared: its name is the value. */
export const XML_NAMESPACE = 3;
/** `element` has ended. Its text is the value when it was asked for. */
export const XML_CLOSE = 4;
/** This is no XML that can be followed: said once, then there is only `XML_MORE`. */
export const XML_BROKEN = 5;

const NOTHING = -1;

// Places between two bytes.
const TEXT = 0;
const TAG = 1;
const OPEN_NAME = 2;
const CLOSE_NAME = 3;
const IN_TAG = 4;
const ATTRIBUTE_NAME = 5;
const ATTRIBUTE_EQUALS = 6;
const ATTRIBUTE_QUOTE = 7;
const ATTRIBUTE_VALUE = 8;
const EMPTY = 9;
const INSTRUCTION = 10;
const BANG = 11;
const COMMENT = 12;
const CDATA = 13;
const CLOSING = 14;
const BROKEN = 15;

const LESS = 0x3c;
const GREATER = 0x3e;
const SLASH = 0x2f;
const COLON = 0x3a;
const EQUALS = 0x3d;
const QUOTE = 0x22;
const APOSTROPHE = 0x27;
const QUESTION = 0x3f;
const EXCLAMATION = 0x21;
const DASH = 0x2d;
const BRACKET_CLOSE = 0x5d;

const CDATA_MARK = '[CDATA[';
const NAMESPACE_MARK = 'xmlns';

export class XmlReader {
  /** Number of the element that an event is about. */
  element = 0;
  attribute = 0;
  /** Elements that are open, the one of `XML_OPEN` included, the one of `XML_CLOSE` not. */
  depth = 0;
  /** Bytes of the value; `isCut`: there were more. */
  valueLength = 0;
  isCut = false;

  private readonly vocabulary: XmlNames;
  private readonly stack: Int16Array;
  private readonly name = new Uint8Array(NAME_BYTES_MAX);
  private nameLength = 0;
  private nameHash = HASH_SEED;
  private isNamespace = false;
  private readonly value: Uint8Array;
  private readonly valueView: DataView;
  /** Depth of the element whose text is kept, 0 for none. */
  private keptDepth = 0;
  private place = TEXT;
  private quote = 0;
  /** Dashes, brackets or question marks in a row that may end what is stepped over; letters of `[CDATA[`. */
  private run = 0;
  private view: DataView = new DataView(new ArrayBuffer(0));
  private at = 0;
  private end = 0;

  constructor(vocabulary: XmlNames, bounds: { depthMax: number; valueBytesMax: number }) {
    this.vocabulary = vocabulary;
    this.stack = new Int16Array(bounds.depthMax);
    this.value = new Uint8Array(bounds.valueBytesMax);
    this.valueView = new DataView(this.value.buffer);
  }

  /** A new document begins. */
  reset(): void {
    this.place = TEXT;
    this.depth = 0;
    this.keptDepth = 0;
    this.valueLength = 0;
    this.run = 0;
  }

  /** More bytes of the document; `next` until it says `XML_MORE`. They are not looked at after that. */
  offer(view: DataView, start: number, end: number): void {
    this.view = view;
    this.at = start;
    this.end = end;
  }

  next(): number {
    while (this.at < this.end) {
      const event = this.step();
      if (event !== NOTHING) return event;
    }
    return XML_MORE;
  }

  get isBroken(): boolean {
    return this.place === BROKEN;
  }

  /** At `XML_OPEN` 0 is the element itself; at `XML_CLOSE` 1 is the one around it. */
  ancestor(steps: number, isClosed = false): number {
    const index = this.depth - 1 - steps + (isClosed ? 1 : 0);
    return index < 0 ? 0 : this.stack[index]!;
  }

  /** At `XML_OPEN`: the text of this element is wanted at its end. A child ends the wish. */
  keep(): void {
    this.keptDepth = this.depth;
  }

  /** Was the text of the element that has just ended kept whole? */
  get isKept(): boolean {
    return this.keptDepth === this.depth + 1;
  }

  is(text: string): boolean {
    return spells(this.value, this.valueLength, text);
  }

  /** Does `text` stand in the value at `at`? */
  hasAt(text: string, at: number): boolean {
    if (at < 0 || at + text.length > this.valueLength) return false;
    for (let i = 0; i < text.length; i++) if (this.value[at + i] !== text.charCodeAt(i)) return false;
    return true;
  }

  /** Where `text` stands in the value, or -1. */
  indexOf(text: string): number {
    for (let at = 0; at + text.length <= this.valueLength; at++) if (this.hasAt(text, at)) return at;
    return -1;
  }

  lastIndexOf(byte: number, before = this.valueLength): number {
    for (let at = before - 1; at >= 0; at--) if (this.value[at] === byte) return at;
    return -1;
  }

  byteAt(at: number): number {
    return at < this.valueLength ? this.value[at]! : 0;
  }

  /** Of the value; with the five entities that XML has by itself (4.6) in their place. */
  text(from = 0, to = this.valueLength): string {
    const text = readText(this.valueView, from, to - from);
    return text.includes('&')
      ? text.replace(/&(amp|lt|gt|quot|apos);/g, (_, name: string) => ENTITIES[name] ?? '')
      : text;
  }

  private step(): number {
    switch (this.place) {
      case TEXT:
        return this.inText();
      case TAG:
        return this.inTag();
      case OPEN_NAME:
        return this.inOpenName();
      case CLOSE_NAME:
      case CLOSING:
        return this.inCloseName();
      case IN_TAG:
        return this.betweenAttributes();
      case ATTRIBUTE_NAME:
        return this.inAttributeName();
      case ATTRIBUTE_EQUALS:
      case ATTRIBUTE_QUOTE:
        return this.beforeValue();
      case ATTRIBUTE_VALUE:
        return this.inValue();
      case EMPTY:
        return this.take() === GREATER ? this.close() : this.fail();
      case INSTRUCTION:
        return this.inInstruction();
      case BANG:
        return this.inBang();
      case COMMENT:
        return this.inComment();
      case CDATA:
        return this.inCdata();
      default:
        this.at = this.end;
        return NOTHING;
    }
  }

  private take(): number {
    return this.view.getUint8(this.at++);
  }

  private inText(): number {
    const { view, end } = this;
    const isKept = this.keptDepth !== 0 && this.keptDepth === this.depth;
    for (let at = this.at; at < end; at++) {
      const byte = view.getUint8(at);
      if (byte === LESS) {
        this.place = TAG;
        this.at = at + 1;
        return NOTHING;
      }
      // UTF-16 and binary data look like this; XML has no use for NUL (2.2).
      if (byte === 0) return this.fail();
      if (isKept) this.add(byte);
    }
    this.at = end;
    return NOTHING;
  }

  private add(byte: number): void {
    if (this.valueLength < this.value.length) this.value[this.valueLength++] = byte;
    else this.isCut = true;
  }

  private inTag(): number {
    const byte = this.view.getUint8(this.at);
    this.nameLength = 0;
    this.nameHash = HASH_SEED;
    if (byte === SLASH) this.place = CLOSE_NAME;
    else if (byte === QUESTION) this.place = INSTRUCTION;
    else if (byte === EXCLAMATION) this.place = BANG;
    else if (isNameByte(byte)) {
      this.place = OPEN_NAME;
      return NOTHING;
    } else return this.fail();
    this.run = 0;
    this.at++;
    return NOTHING;
  }

  /** Takes the bytes of a name; true when it has ended. */
  private readName(): boolean {
    const { view, end, name } = this;
    let length = this.nameLength;
    let hash = this.nameHash;
    let at = this.at;
    let hasEnded = false;
    for (; at < end; at++) {
      const byte = view.getUint8(at);
      if (isNameByte(byte)) {
        // What is too long for the vocabulary counts on, so that it is no shorter name.
        if (length < NAME_BYTES_MAX) name[length] = byte;
        if (length <= NAME_BYTES_MAX) length++;
        hash = hashed(hash, byte);
      } else if (byte === COLON) {
        this.isNamespace = spells(name, length, NAMESPACE_MARK);
        length = 0;
        hash = HASH_SEED;
      } else {
        hasEnded = true;
        break;
      }
    }
    this.at = at;
    this.nameLength = length;
    this.nameHash = hash;
    return hasEnded;
  }

  private inOpenName(): number {
    if (!this.readName()) return NOTHING;
    if (this.nameLength === 0 || this.depth >= this.stack.length) return this.fail();
    this.element = this.vocabulary.find(this.name, this.nameLength, this.nameHash);
    this.stack[this.depth++] = this.element;
    this.keptDepth = 0;
    this.place = IN_TAG;
    return XML_OPEN;
  }

  private inCloseName(): number {
    if (this.place === CLOSE_NAME) {
      if (!this.readName()) return NOTHING;
      this.place = CLOSING;
    }
    const byte = this.take();
    if (byte === GREATER) return this.close();
    return isSpace(byte) ? NOTHING : this.fail();
  }

  private close(): number {
    if (this.depth === 0) return this.fail();
    this.element = this.stack[--this.depth]!;
    this.place = TEXT;
    return XML_CLOSE;
  }

  private betweenAttributes(): number {
    const byte = this.view.getUint8(this.at);
    if (byte === GREATER || byte === SLASH) {
      this.at++;
      this.valueLength = 0;
      this.isCut = false;
      this.place = byte === SLASH ? EMPTY : TEXT;
    } else if (isSpace(byte)) this.at++;
    else if (isNameByte(byte)) {
      this.nameLength = 0;
      this.nameHash = HASH_SEED;
      this.isNamespace = false;
      this.place = ATTRIBUTE_NAME;
    } else return this.fail();
    return NOTHING;
  }

  private inAttributeName(): number {
    if (!this.readName()) return NOTHING;
    this.isNamespace ||= spells(this.name, this.nameLength, NAMESPACE_MARK);
    this.attribute = this.vocabulary.find(this.name, this.nameLength, this.nameHash);
    this.place = ATTRIBUTE_EQUALS;
    return NOTHING;
  }

  private beforeValue(): number {
    const byte = this.take();
    if (isSpace(byte)) return NOTHING;
    if (this.place === ATTRIBUTE_EQUALS) {
      if (byte !== EQUALS) return this.fail();
      this.place = ATTRIBUTE_QUOTE;
      return NOTHING;
    }
    if (byte !== QUOTE && byte !== APOSTROPHE) return this.fail();
    this.quote = byte;
    this.valueLength = 0;
    this.isCut = false;
    this.place = ATTRIBUTE_VALUE;
    return NOTHING;
  }

  private inValue(): number {
    const { view, end, quote } = this;
    const isWanted = this.isNamespace || this.attribute !== 0;
    for (let at = this.at; at < end; at++) {
      const byte = view.getUint8(at);
      if (byte === quote) {
        this.at = at + 1;
        this.place = IN_TAG;
        return this.isNamespace ? XML_NAMESPACE : isWanted ? XML_ATTRIBUTE : NOTHING;
      }
      if (byte === LESS || byte === 0) return this.fail();
      if (isWanted) this.add(byte);
    }
    this.at = end;
    return NOTHING;
  }

  private inInstruction(): number {
    while (this.at < this.end) {
      const byte = this.take();
      if (byte === GREATER && this.run > 0) {
        this.place = TEXT;
        return NOTHING;
      }
      this.run = byte === QUESTION ? 1 : 0;
    }
    return NOTHING;
  }

  /** Behind `<!`: a comment or CDATA. A document type could reach out of the document, and is not followed. */
  private inBang(): number {
    const byte = this.take();
    if (this.run === 0 && byte === DASH) this.run = -1;
    else if (this.run === -1 && byte === DASH) {
      this.place = COMMENT;
      this.run = 0;
    } else if (this.run >= 0 && byte === CDATA_MARK.charCodeAt(this.run)) {
      this.run++;
      if (this.run === CDATA_MARK.length) {
        this.place = CDATA;
        this.run = 0;
      }
    } else return this.fail();
    return NOTHING;
  }

  private inComment(): number {
    while (this.at < this.end) {
      const byte = this.take();
      if (byte === GREATER && this.run >= 2) {
        this.place = TEXT;
        return NOTHING;
      }
      this.run = byte === DASH ? this.run + 1 : 0;
    }
    return NOTHING;
  }

  private inCdata(): number {
    const isKept = this.keptDepth !== 0 && this.keptDepth === this.depth;
    while (this.at < this.end) {
      const byte = this.take();
      if (byte === GREATER && this.run >= 2) {
        // The two brackets were no text.
        if (isKept && !this.isCut) this.valueLength -= 2;
        this.place = TEXT;
        return NOTHING;
      }
      this.run = byte === BRACKET_CLOSE ? this.run + 1 : 0;
      if (isKept) this.add(byte);
    }
    return NOTHING;
  }

  private fail(): number {
    this.place = BROKEN;
    this.keptDepth = 0;
    this.at = this.end;
    return XML_BROKEN;
  }
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** Letters, digits, `-`, `.`, `_`, and whatever is not ASCII (2.3); the colon stands between prefix and name. */
const NAME_BYTES = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= 0x80 || /[A-Za-z0-9._-]/.test(String.fromCharCode(byte)) ? 1 : 0,
);

function isNameByte(byte: number): boolean {
  return NAME_BYTES[byte] === 1;
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
