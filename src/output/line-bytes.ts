/**
 * Lines on their way to a block, as the bytes that they will be: no text of a line is ever made.
 *
 * Grows to the largest block and is used again; what `take` gives is good until the next line is put.
 */
const BYTES_FIRST = 64 * 1024;
/** Below this a loop is faster than a copy. */
const SHORT_BYTES = 24;
/** Whole numbers below this are written digit by digit in small integer arithmetic. */
const DIGITS_BELOW = 1_000_000_000;
const ZERO = 0x30;

export class LineBytes {
  at = 0;
  private bytes: Buffer = Buffer.allocUnsafe(BYTES_FIRST);
  private readonly digits = new Uint8Array(10);

  /** All that was put since the last time. */
  take(): Buffer {
    const taken = this.bytes.subarray(0, this.at);
    this.at = 0;
    return taken;
  }

  put(bytes: Uint8Array): void {
    const { length } = bytes;
    this.room(length);
    if (length < SHORT_BYTES) for (let i = 0; i < length; i++) this.bytes[this.at + i] = bytes[i]!;
    else this.bytes.set(bytes, this.at);
    this.at += length;
  }

  putByte(byte: number): void {
    this.room(1);
    this.bytes[this.at++] = byte;
  }

  /** Another byte in place of one that stands there. */
  change(at: number, byte: number): void {
    this.bytes[at] = byte;
  }

  putText(text: string): void {
    this.room(3 * text.length);
    this.at += this.bytes.write(text, this.at);
  }

  /** As JavaScript writes it, which every server reads. */
  putNumber(value: number): void {
    if (!Number.isInteger(value) || value < 0 || value >= DIGITS_BELOW) {
      this.putAscii(`${value}`);
      return;
    }
    const { digits } = this;
    let count = 0;
    let left = value | 0;
    do {
      const rest = (left / 10) | 0;
      digits[count++] = ZERO + left - 10 * rest;
      left = rest;
    } while (left > 0);
    this.room(count);
    while (count > 0) this.bytes[this.at++] = digits[--count]!;
  }

  private putAscii(text: string): void {
    this.room(text.length);
    for (let i = 0; i < text.length; i++) this.bytes[this.at++] = text.charCodeAt(i);
  }

  private room(bytes: number): void {
    if (this.at + bytes <= this.bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(2 * this.bytes.length, this.at + bytes));
    this.bytes.copy(larger, 0, 0, this.at);
    this.bytes = larger;
  }
}
