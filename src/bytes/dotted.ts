/**
 * Text that ends with a line of one dot (RFC 5321 4.1.1.4, RFC 1939 3): mail as SMTP and POP3 carry it. Only its end is
 * looked for; the bytes are counted and pass unseen.
 */
const CARRIAGE_RETURN = 0x0d;
const LINE_FEED = 0x0a;
const DOT = 0x2e;

const LINE_BEGINS = 0;
const INSIDE = 1;
const AFTER_DOT = 2;
const AFTER_DOT_RETURN = 3;

export class DottedText {
  /** So far, with the dot and its line end. */
  bytes = 0;
  private place = LINE_BEGINS;

  begin(): void {
    this.bytes = 0;
    this.place = LINE_BEGINS;
  }

  /** So many bytes were lost: where lines begin is unknown up to the next line end. */
  lose(bytes: number): void {
    this.bytes += bytes;
    this.place = INSIDE;
  }

  /** Takes bytes of `[at, end)` and returns where the text ends, or -1 while it goes on. */
  read(view: DataView, at: number, end: number): number {
    let { place } = this;
    for (let i = at; i < end; i++) {
      const code = view.getUint8(i);
      if (code === LINE_FEED) {
        if (place === AFTER_DOT || place === AFTER_DOT_RETURN) {
          this.bytes += i + 1 - at;
          this.place = LINE_BEGINS;
          return i + 1;
        }
        place = LINE_BEGINS;
      } else if (code === DOT && place === LINE_BEGINS) place = AFTER_DOT;
      else if (code === CARRIAGE_RETURN && place === AFTER_DOT) place = AFTER_DOT_RETURN;
      else place = INSIDE;
    }
    this.place = place;
    this.bytes += end - at;
    return -1;
  }
}
