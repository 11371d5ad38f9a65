/** A walk over XDR (RFC 4506): words of four bytes, opaque data with a length and padding. Never beyond its end. */
export class Xdr {
  view: DataView<ArrayBufferLike> = new DataView(new ArrayBuffer(0));
  at = 0;
  end = 0;
  /** Something did not fit; from here on every answer is empty. */
  isBroken = false;
  /** Where the last opaque or string stood. */
  from = 0;
  to = 0;

  begin(view: DataView<ArrayBufferLike>, at: number, end: number): void {
    this.view = view;
    this.at = at;
    this.end = end;
    this.isBroken = false;
    this.from = at;
    this.to = at;
  }

  word(): number {
    if (this.at + 4 > this.end) {
      this.isBroken = true;
      return 0;
    }
    const value = this.view.getUint32(this.at);
    this.at += 4;
    return value;
  }

  hyper(): number {
    return this.word() * 2 ** 32 + this.word();
  }

  skip(bytes: number): void {
    if (bytes > this.end - this.at) this.isBroken = true;
    else this.at += bytes;
  }

  /** Of variable length: steps over it and remembers where it stood. */
  opaque(): void {
    const length = this.word();
    const padded = (length + 3) & ~3;
    if (this.isBroken || length > this.end - this.at) {
      this.isBroken = true;
      this.from = this.at;
      this.to = this.at;
      return;
    }
    this.from = this.at;
    this.to = this.at + length;
    this.at = Math.min(this.end, this.at + padded);
  }

  /** A bitmap of NFS 4: count and words. */
  words(): void {
    this.skip(Math.min(this.word(), 2 ** 20) * 4);
  }
}
