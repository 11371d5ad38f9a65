/**
 * The last equipment instance of a message that told nothing new: a monitor writes the same one into each of its
 * observations, and bytes that are the same say the same.
 */
const BYTES_MAX = 64;

export class Known {
  private readonly bytes = new Uint8Array(BYTES_MAX);
  private length = -1;

  forget(): void {
    this.length = -1;
  }

  keep(bytes: Uint8Array, at: number, stop: number): void {
    const length = stop - at;
    this.length = length > BYTES_MAX ? -1 : length;
    for (let i = 0; i < this.length; i++) this.bytes[i] = bytes[at + i]!;
  }

  is(bytes: Uint8Array, at: number, stop: number): boolean {
    const { length } = this;
    if (stop - at !== length) return false;
    // From the end: serial numbers differ there first.
    for (let i = length - 1; i >= 0; i--) if (this.bytes[i] !== bytes[at + i]) return false;
    return true;
  }
}
