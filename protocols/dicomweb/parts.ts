/**
 * Counts the instances in a body of `multipart/related` (RFC 2387, RFC 2046 5.1) as it passes.
 *
 *     --boundary CR LF  Content-Type: application/dicom CR LF  CR LF  bytes  CR LF --boundary … CR LF --boundary--
 *
 * The boundary is the first line of the body. Nothing but it and the fields of the part in hand is kept.
 */
import { find } from '../../src/bytes/words.ts';
import type { Segment } from '../../src/protocol.ts';

const CARRIAGE_RETURN = 0x0d;
const LINE_FEED = 0x0a;
/** CR LF, two hyphens, and at most 70 characters (RFC 2046, 5.1.1). */
const BOUNDARY_BYTES_MAX = 74;
const FIELDS_BYTES_MAX = 512;
const INSTANCE = 'application/dicom';
const PLUS = 0x2b;

const FIRST_LINE = 0;
const FIELDS = 1;
const CONTENT = 2;
const UNKNOWN = 3;

export class PartCounter {
  instances = 0;
  /** Of the whole body. */
  bytes = 0;
  private place = FIRST_LINE;
  private readonly boundary = new Uint8Array(BOUNDARY_BYTES_MAX);
  private boundaryLength = 2;
  /** Bytes of the boundary that fit so far; it has a CR at its beginning only. */
  private fits = 0;
  private readonly fields = new Uint8Array(FIELDS_BYTES_MAX);
  private readonly view = new DataView(this.fields.buffer);
  private length = 0;
  private lineFeeds = 0;

  clear(): void {
    this.instances = 0;
    this.bytes = 0;
    this.place = FIRST_LINE;
    this.boundary[0] = CARRIAGE_RETURN;
    this.boundary[1] = LINE_FEED;
    this.boundaryLength = 2;
    this.fits = 0;
    this.length = 0;
    this.lineFeeds = 0;
  }

  read({ view, start, end }: Segment): void {
    this.bytes += end - start;
    for (let i = start; i < end; i++) {
      if (this.place === CONTENT && this.fits === 0) {
        // A boundary begins with a CR: pixels in between are stepped over.
        while (i < end && view.getUint8(i) !== CARRIAGE_RETURN) i++;
        if (i === end) return;
      }
      const byte = view.getUint8(i);
      if (this.place === CONTENT) this.content(byte);
      else if (this.place === FIELDS) this.field(byte);
      else if (this.place === FIRST_LINE) this.firstLine(byte);
      else return;
    }
  }

  private firstLine(byte: number): void {
    if (byte === CARRIAGE_RETURN || byte === LINE_FEED) {
      // Empty lines before the first boundary say nothing.
      if (this.boundaryLength > 2) this.beginFields();
      return;
    }
    if (this.boundaryLength === BOUNDARY_BYTES_MAX) this.place = UNKNOWN;
    else this.boundary[this.boundaryLength++] = byte;
  }

  private beginFields(): void {
    this.place = FIELDS;
    this.length = 0;
    this.lineFeeds = 0;
  }

  /** Up to an empty line; what is too long for fields is content. */
  private field(byte: number): void {
    if (this.length < FIELDS_BYTES_MAX) this.fields[this.length++] = byte;
    if (byte === LINE_FEED) this.lineFeeds++;
    else if (byte !== CARRIAGE_RETURN) this.lineFeeds = 0;
    const isFirstLine = this.length <= 2;
    if (this.lineFeeds < 2 || isFirstLine) return;
    const at = find(this.view, 0, this.length, INSTANCE);
    const next = at < 0 || at + INSTANCE.length >= this.length ? 0 : this.view.getUint8(at + INSTANCE.length);
    if (at >= 0 && next !== PLUS) this.instances++;
    this.place = CONTENT;
    this.fits = 0;
  }

  private content(byte: number): void {
    if (byte === this.boundary[this.fits]) this.fits++;
    else this.fits = byte === CARRIAGE_RETURN ? 1 : 0;
    if (this.fits === this.boundaryLength) this.beginFields();
  }
}
