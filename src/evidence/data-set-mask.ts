/**
 * A DICOM data set (PS3.5, 7.1): tags, value representations and lengths stay, every value becomes filler.
 *
 *     explicit:  group (2) · element (2) · VR (2) · length (2), or 0 (2) · length (4) │ value
 *     implicit:  group (2) · element (2) · length (4)                                │ value
 *
 * Sequences and items are walked into; pixels in pieces are not. What does not read as a data set is zeros from there on.
 */
import { count, isText, likeText, type Masked, zero } from './filler.ts';

const HEADER = 8;
const LONG_HEADER = 12;
const UNDEFINED = 0xffff_ffff;
const LENGTH_MAX = 2 ** 31;
const TEXT_BYTES_MAX = 1024;
const ITEM_GROUP = 0xfffe;
const ITEM = 0xe000;
const SEQUENCE_END = 0xe0dd;
const PIXELS = 0x7fe0_0010;
/** Value representations with a length of four bytes (PS3.5, table 7.1-1). */
const LONG = new Set(['OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'SQ', 'SV', 'UC', 'UN', 'UR', 'UT', 'UV']);
const REPRESENTATION = /^[A-Z]{2}$/;

export class DataSetMask {
  private readonly header = new Uint8Array(LONG_HEADER);
  private readonly view = new DataView(this.header.buffer);
  private headerBytes = 0;
  private headerWanted = HEADER;
  private valueLeft = 0;
  private isExplicit = false;
  private isLittle = true;
  private isFirst = true;
  private isLost = false;
  private inPixels = false;
  /** Nothing of the value was seen yet. */
  private isValueNew = false;

  feed(bytes: Uint8Array, from: number, to: number, masked: Masked): void {
    for (let at = from; at < to; ) {
      if (this.isLost) {
        zero(bytes, at, to, 'dicom data set', masked);
        return;
      }
      if (this.isValueNew && this.beginsItems(bytes, at, to)) this.valueLeft = 0;
      this.isValueNew = false;
      if (this.valueLeft > 0) {
        const end = Math.min(to, at + this.valueLeft);
        const asText = this.valueLeft <= TEXT_BYTES_MAX && isText(bytes, at, end);
        if (asText) likeText(bytes, at, end, 'dicom value', masked);
        else zero(bytes, at, end, 'dicom value', masked);
        this.valueLeft -= end - at;
        at = end;
      } else {
        this.header[this.headerBytes++] = bytes[at++]!;
        if (this.headerBytes < this.headerWanted) continue;
        if (this.headerBytes === HEADER && this.isFirst) this.guess();
        if (!this.endHeader()) {
          const back = Math.min(at - from, this.headerBytes);
          bytes.fill(0, at - back, at);
          count(masked, 'dicom data set', back);
        }
      }
    }
  }

  /**
   * Implicit sequences do not say that they are one (PS3.5, 7.5): a first item that fits into the value does. Where it does
   * not lie in one piece, the value is filler, as everything that nobody understood.
   */
  private beginsItems(bytes: Uint8Array, at: number, to: number): boolean {
    if (this.valueLeft < HEADER || at + HEADER > to) return false;
    const view = new DataView(bytes.buffer, bytes.byteOffset + at, HEADER);
    const { isLittle } = this;
    if (view.getUint16(0, isLittle) !== ITEM_GROUP || view.getUint16(2, isLittle) !== ITEM) return false;
    const length = view.getUint32(4, isLittle);
    return length === UNDEFINED || length <= this.valueLeft - HEADER;
  }

  /** The first element tells the transfer syntax: its group is small, and a representation is two capitals. */
  private guess(): void {
    this.isFirst = false;
    this.isLittle = this.header[0] !== 0 || this.header[1] === 0;
    this.isExplicit = REPRESENTATION.test(this.representation());
  }

  private representation(): string {
    return String.fromCharCode(this.header[4]!, this.header[5]!);
  }

  /** False when this is no header of an element. */
  private endHeader(): boolean {
    const { view, isLittle } = this;
    const group = view.getUint16(0, isLittle);
    const element = view.getUint16(2, isLittle);
    let length = view.getUint32(4, isLittle);
    let isSequence = false;
    if (group !== ITEM_GROUP && this.isExplicit) {
      const representation = this.representation();
      if (!REPRESENTATION.test(representation)) return this.lose();
      if (!LONG.has(representation)) length = view.getUint16(6, isLittle);
      else if (this.headerBytes === HEADER) {
        this.headerWanted = LONG_HEADER;
        return true;
      } else length = view.getUint32(8, isLittle);
      isSequence = representation === 'SQ';
    }
    if (length !== UNDEFINED && length > LENGTH_MAX) return this.lose();
    this.headerBytes = 0;
    this.headerWanted = HEADER;
    if (group * 0x10000 + element === PIXELS) this.inPixels = length === UNDEFINED;
    if (group === ITEM_GROUP && element === SEQUENCE_END) this.inPixels = false;
    const isItem = group === ITEM_GROUP && (element !== ITEM || !this.inPixels);
    this.valueLeft = isItem || isSequence || length === UNDEFINED ? 0 : length;
    this.isValueNew = this.valueLeft > 0 && !this.inPixels;
    return true;
  }

  private lose(): false {
    this.isLost = true;
    return false;
  }
}
