/**
 * DICOM upper layer (PS3.8, 9.3): what stays are the headers of PDUs and fragments, the association (AE titles, UIDs of
 * syntaxes, implementation) and the numbers of a command set (PS3.7, 9.3). Of data sets tags and lengths stay; names of
 * objects, logins and everything reserved become filler.
 *
 *     type · 0 · length (4) │ P-DATA: length (4) · context · flags · fragment │ …
 *     command: group (2) · element (2) · length (4) · value, little endian
 */
import { DataSetMask } from './data-set-mask.ts';
import { count, filler, type Masked, zero } from './filler.ts';
import type { StreamMask } from './stream-mask.ts';

const ASSOCIATE_REQUEST = 1;
const ASSOCIATE_ACCEPT = 2;
const DATA = 4;
const KINDS = 7;
const PDU_HEADER = 6;
const FRAGMENT_HEADER = 6;
const ELEMENT_HEADER = 8;
/** Of an association: version and the two AE titles; 32 reserved bytes; then items. */
const TITLES_END = 36;
const RESERVED_END = 68;
const ITEM_HEADER = 4;
const USER_INFORMATION = 0x50;
const USER_IDENTITY = 0x58;
/** Elements of a command whose value says what is done, never to whom. */
const KEPT_ELEMENTS = new Set([
  0x0000, 0x0002, 0x0003, 0x0100, 0x0110, 0x0120, 0x0600, 0x0700, 0x0800, 0x0900, 0x1002, 0x1005, 0x1008, 0x1020,
  0x1021, 0x1022, 0x1023, 0x1030,
]);
const VALUE_BYTES_MAX = 64;

export function beginsDicom(bytes: Uint8Array, from: number, to: number): boolean {
  if (to - from < PDU_HEADER + 4) return false;
  const kind = bytes[from]!;
  const length = word(bytes, from + 2);
  if (kind < 1 || kind > KINDS || bytes[from + 1] !== 0) return false;
  if (kind === ASSOCIATE_REQUEST || kind === ASSOCIATE_ACCEPT) {
    return length >= RESERVED_END && length < 0x10000 && bytes[from + PDU_HEADER] === 0;
  }
  if (kind !== DATA) return length === 4;
  const fragment = word(bytes, from + PDU_HEADER);
  if (to - from < PDU_HEADER + FRAGMENT_HEADER) return false;
  return fragment >= 2 && fragment + 4 <= length && bytes[from + 10]! % 2 === 1 && bytes[from + 11]! <= 3;
}

function word(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}

export class DicomMask implements StreamMask {
  private kind = 0;
  /** Bytes of the header being read, of the PDU, of the fragment, of the element or item that are still to come. */
  private headerLeft = PDU_HEADER;
  private pduLeft = 0;
  private position = 0;
  private fragmentLeft = 0;
  private fragmentHeaderLeft = 0;
  private isCommand = false;
  private elementHeaderLeft = 0;
  private elementLeft = 0;
  private group = 0;
  private element = 0;
  private itemHeaderLeft = 0;
  private item = 0;
  private number = 0;
  /** A fragment has come that is not the last of its kind. */
  private inMessage = false;
  private dataSetMask: DataSetMask | null = null;

  /** The next byte begins a message: a command, or a word about the association. */
  get isBetween(): boolean {
    return this.headerLeft === PDU_HEADER && (this.kind !== DATA || !this.inMessage);
  }

  feed(bytes: Uint8Array, from: number, to: number, masked: Masked): void {
    for (let at = from; at < to; at++) {
      const stepped = this.dataSet(bytes, at, to, masked);
      if (stepped > 0) at += stepped - 1;
      else if (this.headerLeft > 0) this.pduHeader(bytes[at]!);
      else {
        this.pduLeft--;
        if (this.kind === DATA) this.data(bytes, at, masked);
        else if (this.kind === ASSOCIATE_REQUEST || this.kind === ASSOCIATE_ACCEPT) this.association(bytes, at, masked);
        else if (this.position++ >= 4) hide(bytes, at, 'dicom pdu', masked);
        if (this.pduLeft === 0) this.headerLeft = PDU_HEADER;
      }
    }
  }

  /** All but the last byte of what is left of a data set's fragment at once: images are most of what there is. */
  private dataSet(bytes: Uint8Array, at: number, to: number, masked: Masked): number {
    if (this.headerLeft > 0 || this.kind !== DATA || this.isCommand || this.fragmentHeaderLeft > 0) return 0;
    const step = Math.min(to - at, this.fragmentLeft - 1, this.pduLeft - 1);
    if (step <= 0) return 0;
    this.values(bytes, at, at + step, masked);
    this.fragmentLeft -= step;
    this.pduLeft -= step;
    return step;
  }

  private values(bytes: Uint8Array, from: number, to: number, masked: Masked): void {
    if (this.dataSetMask === null) zero(bytes, from, to, 'dicom data set', masked);
    else this.dataSetMask.feed(bytes, from, to, masked);
  }

  private pduHeader(byte: number): void {
    if (this.headerLeft === PDU_HEADER) this.kind = byte;
    else if (this.headerLeft <= 4) this.pduLeft = this.pduLeft * 256 + byte;
    if (--this.headerLeft > 0) {
      if (this.headerLeft === 4) this.pduLeft = 0;
      return;
    }
    this.position = 0;
    this.fragmentHeaderLeft = FRAGMENT_HEADER;
    this.fragmentLeft = 0;
    this.itemHeaderLeft = ITEM_HEADER;
    if (this.pduLeft === 0) this.headerLeft = PDU_HEADER;
  }

  private association(bytes: Uint8Array, at: number, masked: Masked): void {
    const position = this.position++;
    if (position < TITLES_END) return;
    if (position < RESERVED_END) {
      hide(bytes, at, 'dicom reserved', masked);
      return;
    }
    const byte = bytes[at]!;
    if (this.itemHeaderLeft > 0) {
      if (this.itemHeaderLeft === ITEM_HEADER) this.item = byte;
      this.number = this.itemHeaderLeft > 2 ? 0 : this.number * 256 + byte;
      // User information holds items of its own.
      if (--this.itemHeaderLeft === 0 && (this.item === USER_INFORMATION || this.number === 0)) {
        this.itemHeaderLeft = ITEM_HEADER;
      }
      return;
    }
    if (this.item === USER_IDENTITY) hide(bytes, at, 'dicom user identity', masked);
    if (--this.number === 0) this.itemHeaderLeft = ITEM_HEADER;
  }

  private data(bytes: Uint8Array, at: number, masked: Masked): void {
    const byte = bytes[at]!;
    if (this.fragmentHeaderLeft > 0) {
      if (this.fragmentHeaderLeft > 2) this.fragmentLeft = this.fragmentLeft * 256 + byte;
      if (--this.fragmentHeaderLeft > 0) return;
      this.fragmentLeft = Math.max(0, this.fragmentLeft - 2);
      const isCommand = (byte & 1) !== 0;
      this.inMessage = (byte & 2) === 0;
      if (isCommand && (!this.isCommand || this.elementLeft === 0)) this.elementHeaderLeft = ELEMENT_HEADER;
      // Only behind its command does a data set begin; the middle of one that was not seen has no structure to keep.
      if (this.isCommand !== isCommand) this.dataSetMask = isCommand ? null : new DataSetMask();
      this.isCommand = isCommand;
    } else {
      this.fragmentLeft--;
      if (this.isCommand) this.command(bytes, at, masked);
      else this.values(bytes, at, at + 1, masked);
    }
    if (this.fragmentLeft > 0) return;
    this.fragmentHeaderLeft = FRAGMENT_HEADER;
    this.fragmentLeft = 0;
  }

  private command(bytes: Uint8Array, at: number, masked: Masked): void {
    const byte = bytes[at]!;
    if (this.elementHeaderLeft === 0 && this.elementLeft === 0) this.elementHeaderLeft = ELEMENT_HEADER;
    if (this.elementHeaderLeft > 0) {
      const index = ELEMENT_HEADER - this.elementHeaderLeft--;
      if (index === 0) this.group = this.element = this.elementLeft = 0;
      if (index < 2) this.group += byte * 256 ** index;
      else if (index < 4) this.element += byte * 256 ** (index - 2);
      else this.elementLeft += byte * 256 ** (index - 4);
      return;
    }
    const known = this.group === 0 && KEPT_ELEMENTS.has(this.element) && this.elementLeft <= VALUE_BYTES_MAX;
    this.elementLeft--;
    if (known) return;
    bytes[at] = filler(byte);
    count(masked, 'dicom command value', 1);
  }
}

function hide(bytes: Uint8Array, at: number, rule: string, masked: Masked): void {
  bytes[at] = 0;
  count(masked, rule, 1);
}
