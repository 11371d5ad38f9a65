/** Lines out of pieces of a stream: a line may be cut anywhere, and one that is too long is left out whole. */
export class Lines {
  /** Lines that were too long. */
  tooLong = 0;
  private readonly bytesMax: number;
  private readonly decoder = new TextDecoder();
  private held: Uint8Array[] = [];
  private heldBytes = 0;
  private isSkipping = false;

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax;
  }

  /** The pieces may be used again by the caller afterwards. */
  add(piece: Uint8Array, hear: (line: string) => void): void {
    let from = 0;
    for (let end = piece.indexOf(0x0a); end >= 0; end = piece.indexOf(0x0a, from)) {
      this.end(piece.subarray(from, end), hear);
      from = end + 1;
    }
    this.hold(piece.subarray(from));
  }

  /** The stream begins anew: half a line belongs to nothing. */
  clear(): void {
    this.held = [];
    this.heldBytes = 0;
    this.isSkipping = false;
  }

  /** The stream has ended; what is left is a line. */
  finish(hear: (line: string) => void): void {
    if (this.heldBytes > 0) this.end(new Uint8Array(0), hear);
    this.clear();
  }

  private hold(rest: Uint8Array): void {
    if (rest.length === 0 || this.isSkipping) return;
    if (this.heldBytes + rest.length > this.bytesMax) {
      this.tooLong++;
      this.held = [];
      this.heldBytes = 0;
      this.isSkipping = true;
      return;
    }
    this.held.push(rest.slice());
    this.heldBytes += rest.length;
  }

  private end(rest: Uint8Array, hear: (line: string) => void): void {
    this.hold(rest);
    const { held, heldBytes, isSkipping } = this;
    this.clear();
    if (isSkipping) return;
    const [first] = held;
    if (held.length === 1 && first !== undefined) hear(this.decoder.decode(first));
    else if (held.length > 1) hear(this.decoder.decode(joined(held, heldBytes)));
  }
}

function joined(pieces: readonly Uint8Array[], bytes: number): Uint8Array {
  const whole = new Uint8Array(bytes);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
