/**
 * Looks into a data set as it flows past (PS3.5, chapter 7).
 *
 *     implicit VR   ┌───────┬─────────┬────────────────┬───────┐
 *                   │ group │ element │ length, 32 bit │ value │
 *                   └───────┴─────────┴────────────────┴───────┘
 *     explicit VR   ┌───────┬─────────┬────┬────────────────┬───────┐     OB OW SQ UN UT …: two reserved
 *                   │ group │ element │ VR │ length, 16 bit │ value │     bytes, then a length of 32 bit
 *                   └───────┴─────────┴────┴────────────────┴───────┘
 *
 * The bytes may be cut anywhere. Of the whole data set only one element header (12 bytes) and one
 * wanted value (`dicomValueBytesMax`) are ever held; patient elements are stepped over, and study and
 * patient keys never become a string. Whether the encoding is implicit, explicit or big-endian is
 * told by the first element, since senders err and contexts may have been missed.
 */
import { keyedHash } from '../../src/bytes/digest.ts';
import { inflateStart } from '../../src/bytes/inflate.ts';
import { readText } from '../../src/bytes/text.ts';
import type { Limits } from '../../src/limits.ts';
import {
  DEVICE,
  deviceAttributes,
  LEVEL,
  MODALITY,
  NARROWS,
  SCHEDULED_STEP_TAG,
  SKIP,
  STUDY,
  STUDY_TAG,
  useInImage,
  useInQuery,
  useInScheduledStep,
} from './attributes.ts';

/** Why a data set is read. */
export const FOR_IMAGE = 0;
export const FOR_QUERY = 1;

const SHORT_HEADER_BYTES = 8;
const LONG_HEADER_BYTES = 12;
const UNDEFINED_LENGTH = 0xffff_ffff;

const ITEM = 0xfffe_e000;
const ITEM_END = 0xfffe_e00d;
const SEQUENCE_END = 0xfffe_e0dd;
const DELIMITER_GROUP = 0xfffe;

const GROUP_FIRST_MAX = 0x0040;
const IMPLICIT_FIRST_LENGTH_MAX = 0xffff;

/** The most that one byte of deflate can become (RFC 1951: 258 bytes for two bits). */
const DEFLATE_RATIO_MAX = 1_032;

const vrCode = (vr: string): number => (vr.charCodeAt(0) << 8) | vr.charCodeAt(1);
const SQ = vrCode('SQ');
const UN = vrCode('UN');
const LONG_VRS: ReadonlySet<number> = new Set('OB OD OF OL OV OW SQ SV UC UN UR UT UV'.split(' ').map(vrCode));
const SHORT_VRS: ReadonlySet<number> = new Set(
  'AE AS AT CS DA DS DT FD FL IS LO LT PN SH SL SS ST TM UI UL US'.split(' ').map(vrCode),
);
const LEVELS = ['PATIENT', 'STUDY', 'SERIES', 'IMAGE'];

export class DataSetReader {
  /** Nothing more is wanted: the rest may be dropped unseen. */
  done = true;
  /** Name of what was wrong, or ''. */
  oddity = '';
  /** The first element has told how the data set is written. */
  told = false;
  explicit = false;
  bigEndian = false;
  modality = '';
  /** Values of `deviceAttributes`, '' when not there. */
  readonly values: string[] = deviceAttributes.map(() => '');
  studyHash = 0;
  level = '';
  /** A key was found that is more than wildcards. */
  narrow = false;

  readonly #limits: Limits;
  readonly #key: Uint8Array;
  readonly #header = new DataView(new ArrayBuffer(LONG_HEADER_BYTES));
  readonly #value: DataView;
  readonly #levelEnd: Float64Array;
  readonly #levelIsItem: Uint8Array;
  readonly #levelImplicit: Uint8Array;
  #purpose = FOR_IMAGE;
  #deflated: Uint8Array | null = null;
  #deflatedBytes = 0;
  #position = 0;
  #headerBytes = 0;
  #headerNeed = SHORT_HEADER_BYTES;
  #valueLeft = 0;
  #valueBytes = 0;
  #use = SKIP;
  #depth = 0;
  #lastTag = 0;
  #inScheduledStep = false;

  constructor(limits: Limits, key: Uint8Array) {
    this.#limits = limits;
    this.#key = key;
    this.#value = new DataView(new ArrayBuffer(limits.dicomValueBytesMax));
    // A sequence and its item are a level each.
    const levels = limits.dicomNestingMax * 2;
    this.#levelEnd = new Float64Array(levels);
    this.#levelIsItem = new Uint8Array(levels);
    this.#levelImplicit = new Uint8Array(levels);
  }

  begin(purpose: number, deflated: boolean): void {
    this.done = false;
    this.oddity = '';
    this.modality = '';
    this.values.fill('');
    this.studyHash = 0;
    this.level = '';
    this.narrow = false;
    this.#purpose = purpose;
    this.#deflated = deflated ? new Uint8Array(this.#limits.dicomDeflatedBytesMax) : null;
    this.#deflatedBytes = 0;
    this.told = false;
    this.#position = 0;
    this.#headerBytes = 0;
    this.#headerNeed = SHORT_HEADER_BYTES;
    this.#valueLeft = 0;
    this.#depth = 0;
    this.#lastTag = 0;
    this.#inScheduledStep = false;
  }

  /** The next bytes of the data set, `view[at, end)`. */
  feed(view: DataView, at: number, end: number): void {
    if (this.#deflated !== null) this.#collect(this.#deflated, view, at, end);
    else this.#read(view, at, end);
  }

  /** The data set has ended: a deflated one is looked into now, whatever was collected. */
  finish(): void {
    if (this.#deflated !== null && !this.done) this.#inflate(this.#deflated);
    this.done = true;
    this.#deflated = null;
  }

  #collect(into: Uint8Array, view: DataView, at: number, end: number): void {
    const take = Math.min(end - at, into.length - this.#deflatedBytes);
    for (let i = 0; i < take; i++) into[this.#deflatedBytes + i] = view.getUint8(at + i);
    this.#deflatedBytes += take;
    if (this.#deflatedBytes === into.length) this.#inflate(into);
  }

  /** Image bytes inflate a hundredfold: when the whole is too much, its beginning is enough. */
  #inflate(collected: Uint8Array): void {
    const bytes = collected.subarray(0, this.#deflatedBytes);
    const { dicomInflatedBytesMax } = this.#limits;
    const harmless = Math.floor(dicomInflatedBytesMax / DEFLATE_RATIO_MAX);
    const inflated =
      inflateStart(bytes, dicomInflatedBytesMax) ?? inflateStart(bytes.subarray(0, harmless), dicomInflatedBytesMax);
    this.#deflated = null;
    if (inflated === null) this.oddity = 'dicom_bad_deflate';
    else this.#read(new DataView(inflated.buffer, inflated.byteOffset, inflated.byteLength), 0, inflated.length);
    this.done = true;
  }

  #read(view: DataView, at: number, end: number): void {
    let next = at;
    while (next < end && !this.done) {
      if (this.#valueLeft > 0) {
        const take = Math.min(this.#valueLeft, end - next);
        if (this.#use !== SKIP) this.#take(view, next, take);
        next += take;
        this.#position += take;
        this.#valueLeft -= take;
        if (this.#valueLeft === 0) this.#valueEnds();
      } else {
        this.#header.setUint8(this.#headerBytes++, view.getUint8(next++));
        this.#position++;
        if (this.#headerBytes === this.#headerNeed) this.#headerEnds();
      }
    }
  }

  #headerEnds(): void {
    if (!this.told && !this.#tellEncoding()) {
      this.#stop('dicom_bad_data_set');
      return;
    }
    this.told = true;
    this.#leaveLevels();
    const header = this.#header;
    const little = !this.bigEndian;
    const group = header.getUint16(0, little);
    const tag = group * 0x1_0000 + header.getUint16(2, little);
    if (group === DELIMITER_GROUP || !this.#isExplicitHere()) {
      this.#element(tag, group === DELIMITER_GROUP ? 0 : UN, header.getUint32(4, little));
      return;
    }
    const vr = header.getUint16(4);
    if (SHORT_VRS.has(vr)) {
      this.#element(tag, vr, header.getUint16(6, little));
      return;
    }
    if (!LONG_VRS.has(vr)) {
      this.#stop('dicom_bad_data_set');
      return;
    }
    if (this.#headerNeed === SHORT_HEADER_BYTES) {
      this.#headerNeed = LONG_HEADER_BYTES;
      return;
    }
    this.#element(tag, vr, header.getUint32(8, little));
  }

  #isExplicitHere(): boolean {
    return this.explicit && (this.#depth === 0 || this.#levelImplicit[this.#depth - 1] === 0);
  }

  /** The first element tells how all are written: a VR in letters, and on which side the small group byte stands. */
  #tellEncoding(): boolean {
    const header = this.#header;
    const vr = header.getUint16(4);
    this.explicit = SHORT_VRS.has(vr) || LONG_VRS.has(vr);
    this.bigEndian = this.explicit && header.getUint8(0) === 0;
    const group = header.getUint16(0, !this.bigEndian);
    if (group < 2 || group > GROUP_FIRST_MAX) return false;
    const length = header.getUint32(4, true);
    return this.explicit || length <= IMPLICIT_FIRST_LENGTH_MAX || length === UNDEFINED_LENGTH;
  }

  /** Levels of defined length end where their bytes end. */
  #leaveLevels(): void {
    const start = this.#position - this.#headerBytes;
    while (this.#depth > 0 && start >= (this.#levelEnd[this.#depth - 1] ?? 0)) this.#depth--;
  }

  #element(tag: number, vr: number, length: number): void {
    this.#headerBytes = 0;
    this.#headerNeed = SHORT_HEADER_BYTES;
    if (tag >= ITEM && tag <= SEQUENCE_END) {
      this.#delimiter(tag, length);
      return;
    }
    if (this.#depth === 0) {
      if (tag <= this.#lastTag) {
        this.#stop('dicom_bad_data_set');
        return;
      }
      this.#lastTag = tag;
      if (this.#purpose === FOR_IMAGE && tag > STUDY_TAG) {
        this.#stop('');
        return;
      }
      this.#inScheduledStep = tag === SCHEDULED_STEP_TAG;
    }
    const isScheduled = this.#depth === 0 && this.#inScheduledStep && this.#purpose === FOR_QUERY;
    if (length === UNDEFINED_LENGTH) {
      // Elsewhere an undefined length means encapsulated pixels; a UN of undefined length is implicit inside (PS3.5, 6.2.2).
      if (vr !== SQ && vr !== UN) {
        this.#stop('');
        return;
      }
      this.#enter(false, UNDEFINED_LENGTH, vr === UN);
    } else if (isScheduled) {
      this.#enter(false, length, !this.#isExplicitHere());
    } else {
      this.#beginValue(this.#useOf(tag), length);
    }
  }

  #useOf(tag: number): number {
    if (this.#purpose === FOR_IMAGE) return this.#depth === 0 ? useInImage(tag) : SKIP;
    if (this.#depth === 0) return useInQuery(tag);
    return this.#inScheduledStep ? useInScheduledStep(tag) : SKIP;
  }

  #delimiter(tag: number, length: number): void {
    if (this.#depth === 0) {
      this.#stop('dicom_bad_data_set');
      return;
    }
    const inItem = this.#levelIsItem[this.#depth - 1] === 1;
    if (tag === ITEM) {
      if (inItem) {
        this.#stop('dicom_bad_data_set');
        return;
      }
      // Nothing inside an image's sequence is wanted: an item that says its length is stepped over.
      const isWanted = this.#purpose === FOR_QUERY && this.#inScheduledStep;
      if (length !== UNDEFINED_LENGTH && !isWanted) {
        this.#beginValue(SKIP, length);
        return;
      }
      this.#enter(true, length, this.#levelImplicit[this.#depth - 1] === 1);
    } else if (tag === ITEM_END) {
      if (inItem) this.#depth--;
    } else if (tag === SEQUENCE_END) {
      this.#depth -= inItem ? 2 : 1;
    } else {
      this.#stop('dicom_bad_data_set');
    }
  }

  #enter(isItem: boolean, length: number, implicit: boolean): void {
    if (this.#depth === this.#levelEnd.length) {
      this.#stop('dicom_deep_nesting');
      return;
    }
    this.#levelEnd[this.#depth] = length === UNDEFINED_LENGTH ? Number.POSITIVE_INFINITY : this.#position + length;
    this.#levelIsItem[this.#depth] = isItem ? 1 : 0;
    this.#levelImplicit[this.#depth] = implicit ? 1 : 0;
    this.#depth++;
  }

  #beginValue(use: number, length: number): void {
    if (this.#position + length > this.#limits.dicomDataSetBytesMax) {
      this.#stop('');
      return;
    }
    const held = use === NARROWS || length <= this.#value.byteLength;
    this.#use = held ? use : SKIP;
    this.#valueBytes = 0;
    this.#valueLeft = length;
    if (length === 0) this.#valueEnds();
  }

  #take(view: DataView, at: number, bytes: number): void {
    if (this.#use === NARROWS) {
      for (let i = at; i < at + bytes && !this.narrow; i++) this.narrow = !isWildcard(view.getUint8(i));
      return;
    }
    for (let i = at; i < at + bytes; i++) this.#value.setUint8(this.#valueBytes++, view.getUint8(i));
  }

  #valueEnds(): void {
    const use = this.#use;
    if (use === STUDY) {
      this.studyHash = this.#hash();
    } else if (use === LEVEL) {
      const text = readText(this.#value, 0, this.#valueBytes);
      this.level = LEVELS.includes(text) ? text : '';
    } else if (use === MODALITY) {
      const text = readText(this.#value, 0, this.#valueBytes);
      this.modality = /^[A-Z0-9_ ]{1,16}$/.test(text) ? text : '';
      this.values[use - DEVICE] = this.modality;
    } else if (use >= DEVICE) {
      this.values[use - DEVICE] = readText(this.#value, 0, this.#valueBytes);
    }
    if (use === STUDY) this.#stop('');
  }

  /** Padding is no part of a UID. */
  #hash(): number {
    let bytes = this.#valueBytes;
    while (bytes > 0 && this.#value.getUint8(bytes - 1) <= 0x20) bytes--;
    return bytes === 0 ? 0 : keyedHash(this.#key, this.#value, 0, bytes);
  }

  #stop(oddity: string): void {
    this.oddity = oddity;
    this.done = true;
  }
}

/** Matches everything, or pads (PS3.4, C.2.2.2). */
function isWildcard(byte: number): boolean {
  return byte === 0x2a || byte === 0x3f || byte === 0x20 || byte === 0;
}
