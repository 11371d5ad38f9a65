/**
 * Looks into a data set as it flows past (PS3.5, chapter 7).
 *
 *     ┌────────┬───────┬────────┬───────┬   ┬────────┬───────────────┬────────┬─────────
 *     │ header │ value │ header │ value │ … │ header │ Study Inst. UID │ what nobody looks at …
 *     └────────┴───────┴────────┴───────┴   ┴────────┴───────────────┴────────┴─────────
 *
 * The bytes may be cut anywhere. What lies whole in one piece is read where it lies; of what is cut, one element
 * header (12 bytes) and one wanted value (`dicomValueBytesMax`) are held. Patient elements are stepped over, and
 * study and patient keys never become a string. Whether the encoding is implicit, explicit or big-endian is told
 * by the first element, since senders err and contexts may have been missed.
 */
import { readText, type TextMemory } from '../../src/bytes/text.ts';
import type { Limits } from '../../src/limits.ts';
import {
  CREATION_DATE,
  CREATION_TIME,
  DEVICE,
  deviceAttributes,
  isLevel,
  isModality,
  isWildcard,
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
  ZONE,
} from './attributes.ts';
import { CreationClock } from './clock.ts';
import { Deflated } from './deflated.ts';
import {
  CUT,
  ElementHeader,
  ITEM,
  ITEM_END,
  LONG_HEADER_BYTES,
  SEQUENCE_END,
  SHORT_HEADER_BYTES,
  SPOILT,
  UNDEFINED_LENGTH,
} from './element.ts';
import { Levels } from './levels.ts';
import { StudyHash } from './study.ts';
import { SQ, UN } from './vr.ts';

/** Why a data set is read. */
export const FOR_IMAGE = 0;
export const FOR_QUERY = 1;

const NOTHING: DataView<ArrayBufferLike> = new DataView(new ArrayBuffer(0));

export class DataSetReader {
  /** Nothing more is wanted: the rest may be dropped unseen. */
  done = true;
  /** Name of what was wrong, or ''. */
  oddity = '';
  /** The element in hand, and how all of them are written. */
  readonly element: ElementHeader = new ElementHeader();
  modality = '';
  /** Values of `deviceAttributes`, '' when not there. */
  readonly values: string[] = deviceAttributes.map(() => '');
  studyHash = 0;
  readonly created: CreationClock = new CreationClock();
  level = '';
  /** A key was found that is more than wildcards. */
  narrow = false;

  private readonly limits: Limits;
  private readonly texts: TextMemory;
  private readonly study: StudyHash;
  private readonly levels: Levels;
  private purpose = FOR_IMAGE;
  private deflated: Deflated | null = null;
  /** Of the element that comes next, or behind the header of the one in hand. */
  private position = 0;
  /** A header that is cut, and how much of it is here. */
  private header = NOTHING;
  private headerBytes = 0;
  /** A wanted value that is cut, and how much of it is here. */
  private value = NOTHING;
  private valueBytes = 0;
  private valueLeft = 0;
  private use = SKIP;
  private lastTag = 0;
  private inScheduledStep = false;

  constructor(limits: Limits, key: Uint8Array, texts: TextMemory) {
    this.limits = limits;
    this.study = new StudyHash(key);
    this.texts = texts;
    this.levels = new Levels(limits.dicomNestingMax * 2);
  }

  begin(purpose: number, deflated: boolean): void {
    this.done = false;
    this.oddity = '';
    this.modality = '';
    this.values.fill('');
    this.studyHash = 0;
    this.created.begin();
    this.level = '';
    this.narrow = false;
    this.element.begin();
    this.purpose = purpose;
    this.deflated = deflated ? new Deflated(this.limits) : null;
    this.position = 0;
    this.headerBytes = 0;
    this.valueLeft = 0;
    this.levels.depth = 0;
    this.lastTag = 0;
    this.inScheduledStep = false;
  }

  /** The next bytes of the data set, `view[at, end)`. */
  feed(view: DataView, at: number, end: number): void {
    if (this.deflated === null) this.read(view, at, end);
    else {
      this.deflated.collect(view, at, end);
      if (this.deflated.isFull) this.inflate(this.deflated);
    }
  }

  /** The data set has ended: a deflated one is looked into now, whatever was collected. */
  finish(): void {
    if (this.deflated !== null && !this.done) this.inflate(this.deflated);
    this.done = true;
    this.deflated = null;
  }

  private inflate(deflated: Deflated): void {
    const inflated = deflated.inflate();
    this.deflated = null;
    if (inflated === null) this.oddity = 'dicom_bad_deflate';
    else this.read(inflated, 0, inflated.byteLength);
    this.done = true;
  }

  private read(view: DataView, at: number, end: number): void {
    let next = at;
    while (next < end && !this.done) {
      if (this.valueLeft > 0) next = this.passValue(view, next, end);
      else if (this.headerBytes > 0) next = this.gatherHeader(view, next, end);
      else {
        if (this.purpose === FOR_IMAGE && this.levels.depth === 0) next = this.skipUnwanted(view, next, end);
        const bytes = end - next < SHORT_HEADER_BYTES ? CUT : this.readElement(view, next, end - next);
        next = bytes === CUT ? this.holdHeader(view, next, end) : next + bytes;
      }
    }
  }

  private skipUnwanted(view: DataView, at: number, end: number): number {
    const stop = Math.min(end, at + this.limits.dicomDataSetBytesMax - this.position);
    const next = this.element.skipUnwanted(view, at, stop, this.lastTag);
    this.lastTag = this.element.tag;
    this.position += next - at;
    return next;
  }

  /** The piece ends within a header. */
  private holdHeader(view: DataView, at: number, end: number): number {
    if (at === end) return end;
    if (this.header === NOTHING) this.header = new DataView(new ArrayBuffer(LONG_HEADER_BYTES));
    for (let i = at; i < end; i++) this.header.setUint8(this.headerBytes++, view.getUint8(i));
    return end;
  }

  private gatherHeader(view: DataView, at: number, end: number): number {
    const { header } = this;
    for (let next = at; next < end; ) {
      header.setUint8(this.headerBytes++, view.getUint8(next++));
      const have = this.headerBytes;
      if (have !== SHORT_HEADER_BYTES && have !== LONG_HEADER_BYTES) continue;
      if (this.readElement(header, 0, have) === CUT) continue;
      this.headerBytes = 0;
      return next;
    }
    return end;
  }

  /** An element whose first `have` bytes stand at `at`. Returns the bytes of its header, or `CUT` when they are not all there. */
  private readElement(view: DataView, at: number, have: number): number {
    const { element, levels } = this;
    levels.leaveAt(this.position);
    const bytes = element.read(view, at, have, levels.isImplicit);
    if (bytes === CUT) return CUT;
    if (bytes === SPOILT) {
      this.stop('dicom_bad_data_set');
      return have;
    }
    this.position += bytes;
    if (element.tag >= ITEM && element.tag <= SEQUENCE_END) this.delimiter(element.tag, element.length);
    else if (levels.depth === 0) this.topElement(element.tag, element.vr, element.length);
    else this.beginElement(element.tag, element.vr, element.length);
    return bytes;
  }

  private topElement(tag: number, vr: number, length: number): void {
    if (tag <= this.lastTag) this.stop('dicom_bad_data_set');
    else if (this.purpose === FOR_IMAGE && tag > STUDY_TAG) this.done = true;
    else {
      this.lastTag = tag;
      this.inScheduledStep = tag === SCHEDULED_STEP_TAG;
      const isWanted = this.inScheduledStep && this.purpose === FOR_QUERY;
      if (isWanted && length !== UNDEFINED_LENGTH) {
        this.enter(false, length, !this.element.explicit);
      } else this.beginElement(tag, vr, length);
    }
  }

  private beginElement(tag: number, vr: number, length: number): void {
    if (length !== UNDEFINED_LENGTH) this.beginValue(this.useOf(tag), length);
    // Elsewhere an undefined length means encapsulated pixels; a UN of undefined length is implicit inside (PS3.5, 6.2.2).
    else if (vr === SQ || vr === UN) this.enter(false, length, vr === UN);
    else this.done = true;
  }

  private useOf(tag: number): number {
    const isTop = this.levels.depth === 0;
    if (this.purpose === FOR_IMAGE) return isTop ? useInImage(tag) : SKIP;
    if (isTop) return useInQuery(tag);
    return this.inScheduledStep ? useInScheduledStep(tag) : SKIP;
  }

  private delimiter(tag: number, length: number): void {
    const { levels } = this;
    const { inItem } = levels;
    if (levels.depth === 0 || (tag === ITEM && inItem)) {
      this.stop('dicom_bad_data_set');
    } else if (tag === ITEM) {
      // Nothing inside an image's sequence is wanted: an item that says its length is stepped over.
      const isWanted = this.purpose === FOR_QUERY && this.inScheduledStep;
      if (length !== UNDEFINED_LENGTH && !isWanted) this.beginValue(SKIP, length);
      else this.enter(true, length, levels.isImplicit);
    } else if (tag === ITEM_END) {
      if (inItem) levels.depth--;
    } else if (tag === SEQUENCE_END) {
      levels.depth -= inItem ? 2 : 1;
    } else {
      this.stop('dicom_bad_data_set');
    }
  }

  private enter(isItem: boolean, length: number, isImplicit: boolean): void {
    const end = length === UNDEFINED_LENGTH ? Number.POSITIVE_INFINITY : this.position + length;
    if (!this.levels.enter(isItem, end, isImplicit)) this.stop('dicom_deep_nesting');
  }

  private beginValue(use: number, length: number): void {
    if (this.position + length > this.limits.dicomDataSetBytesMax) {
      this.done = true;
      return;
    }
    this.use = use === NARROWS || length <= this.limits.dicomValueBytesMax ? use : SKIP;
    this.valueBytes = 0;
    this.valueLeft = length;
    if (length === 0) this.valueEnds(NOTHING, 0, 0);
  }

  private passValue(view: DataView, at: number, end: number): number {
    const have = Math.min(this.valueLeft, end - at);
    this.position += have;
    this.valueLeft -= have;
    if (this.use === NARROWS) {
      for (let i = at; i < at + have && !this.narrow; i++) this.narrow = !isWildcard(view.getUint8(i));
    } else if (this.use !== SKIP) {
      if (this.valueLeft === 0 && this.valueBytes === 0) this.valueEnds(view, at, have);
      else this.holdValue(view, at, have);
    }
    return at + have;
  }

  private holdValue(view: DataView, at: number, bytes: number): void {
    if (this.value === NOTHING) this.value = new DataView(new ArrayBuffer(this.limits.dicomValueBytesMax));
    for (let i = at; i < at + bytes; i++) this.value.setUint8(this.valueBytes++, view.getUint8(i));
    if (this.valueLeft === 0) this.valueEnds(this.value, 0, this.valueBytes);
  }

  private valueEnds(view: DataView, at: number, length: number): void {
    const { use } = this;
    if (use === STUDY) {
      this.studyHash = this.study.of(view, at, length);
      this.done = true;
    } else if (use === LEVEL) {
      const text = readText(view, at, length);
      this.level = isLevel(text) ? text : '';
    } else if (use === MODALITY) {
      const text = readText(view, at, length);
      this.modality = isModality(text) ? text : '';
      this.values[use - DEVICE] = this.modality;
    } else if (use === CREATION_DATE) {
      this.created.date(view, at, length);
    } else if (use === CREATION_TIME) {
      this.created.time(view, at, length);
    } else if (use === ZONE) {
      this.created.zone(view, at, length);
    } else if (use >= DEVICE) {
      this.values[use - DEVICE] = this.texts.read(view, at, length);
    }
  }

  private stop(oddity: string): void {
    this.oddity = oddity;
    this.done = true;
  }
}
