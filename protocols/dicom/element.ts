/**
 * The header of one element of a data set (PS3.5, 7.1), and how the data set is written: implicit or explicit VR,
 * little or big endian, told by its first element.
 *
 *     implicit VR   ┌───────┬─────────┬────────────────┬───────┐
 *                   │ group │ element │ length, 32 bit │ value │
 *                   └───────┴─────────┴────────────────┴───────┘
 *     explicit VR   ┌───────┬─────────┬────┬────────────────┬───────┐     OB OW SQ UN UT …: two reserved
 *                   │ group │ element │ VR │ length, 16 bit │ value │     bytes, then a length of 32 bit
 *                   └───────┴─────────┴────┴────────────────┴───────┘
 */
import { SKIP, STUDY_TAG, useInImage } from './attributes.ts';
import { kindOfVr, LONG, NO_VR, SHORT, UN } from './vr.ts';

export const SHORT_HEADER_BYTES = 8;
export const LONG_HEADER_BYTES = 12;
export const UNDEFINED_LENGTH = 0xffff_ffff;

export const ITEM = 0xfffe_e000;
export const ITEM_END = 0xfffe_e00d;
export const SEQUENCE_END = 0xfffe_e0dd;
const DELIMITER_GROUP = 0xfffe;

const GROUP_FIRST_MAX = 0x0040;
const IMPLICIT_FIRST_LENGTH_MAX = 0xffff;

/** Answers of `read` beside the bytes of the header. */
export const CUT = 0;
export const SPOILT = -1;

export class ElementHeader {
  /** The first element has told how the data set is written. */
  told = false;
  explicit = false;
  bigEndian = false;
  tag = 0;
  /** 0 for items and delimiters. */
  vr = 0;
  length = 0;

  begin(): void {
    this.told = false;
    this.tag = 0;
  }

  /**
   * Reads the header whose first `have` bytes, at least eight, stand at `at`. Returns its length, or `CUT` when it
   * is longer than that, or `SPOILT` when it is none. `isImplicit`: here, whatever the data set is else.
   */
  read(view: DataView, at: number, have: number, isImplicit: boolean): number {
    if (!this.told && !this.tell(view, at)) return SPOILT;
    this.told = true;
    const little = !this.bigEndian;
    const group = view.getUint16(at, little);
    const tag = group * 0x1_0000 + view.getUint16(at + 2, little);
    if (group === DELIMITER_GROUP || !this.explicit || isImplicit) {
      return this.take(tag, group === DELIMITER_GROUP ? 0 : UN, view.getUint32(at + 4, little), SHORT_HEADER_BYTES);
    }
    const vr = view.getUint16(at + 4);
    const kind = kindOfVr(vr);
    if (kind === NO_VR) return SPOILT;
    if (kind === SHORT) return this.take(tag, vr, view.getUint16(at + 6, little), SHORT_HEADER_BYTES);
    if (have < LONG_HEADER_BYTES) return CUT;
    return this.take(tag, vr, view.getUint32(at + 8, little), LONG_HEADER_BYTES);
  }

  private take(tag: number, vr: number, length: number, bytes: number): number {
    this.tag = tag;
    this.vr = vr;
    this.length = length;
    return bytes;
  }

  /** A VR in letters, and on which side the small group byte stands. */
  private tell(view: DataView, at: number): boolean {
    this.explicit = kindOfVr(view.getUint16(at + 4)) !== NO_VR;
    this.bigEndian = this.explicit && view.getUint8(at) === 0;
    const group = view.getUint16(at, !this.bigEndian);
    if (group < 2 || group > GROUP_FIRST_MAX) return false;
    const length = view.getUint32(at + 4, true);
    return this.explicit || length <= IMPLICIT_FIRST_LENGTH_MAX || length === UNDEFINED_LENGTH;
  }

  /**
   * The short way past elements at the top of an image that nobody asks for and that lie whole in `[at, end)`, behind
   * the element with the tag `last`; then `tag` is that of the last one passed. At anything else it stops: `read` sees to it.
   */
  skipUnwanted(view: DataView, at: number, end: number, last: number): number {
    const { explicit } = this;
    let next = at;
    this.tag = last;
    if (!this.told || this.bigEndian) return at;
    while (end - next >= LONG_HEADER_BYTES) {
      const tag = view.getUint16(next, true) * 0x1_0000 + view.getUint16(next + 2, true);
      if (tag <= this.tag || tag > STUDY_TAG || useInImage(tag) !== SKIP) break;
      const kind = explicit ? kindOfVr(view.getUint16(next + 4)) : SHORT;
      if (kind === NO_VR) break;
      let bytes = SHORT_HEADER_BYTES;
      if (kind === LONG) bytes = LONG_HEADER_BYTES + view.getUint32(next + 8, true);
      else bytes += explicit ? view.getUint16(next + 6, true) : view.getUint32(next + 4, true);
      if (bytes > end - next) break;
      next += bytes;
      this.tag = tag;
    }
    return next;
  }
}
