/**
 * A batch of packets: one arena of bytes and one column per fact, one row per packet.
 *
 * A source fills the same batch again and again; whoever reads it copies what must outlive the call.
 * The arena is a file block, or the kernel's ring itself: a packet is never an object and never copied.
 */

/** Rows in a batch. More packets than fit an arena of a few megabytes would be smaller than any real packet. */
export const BATCH_PACKETS_MAX = 16_384;

export class Batch {
  /** The arena. Replaced when a source changes its block; `view` is always over the same bytes. */
  bytes: Uint8Array<ArrayBufferLike>;
  view: DataView<ArrayBufferLike>;
  /** Rows in use. */
  count = 0;
  /** Where the packet begins in the arena. */
  readonly offset: Uint32Array = new Uint32Array(BATCH_PACKETS_MAX);
  /** Bytes of the packet that are in the arena. */
  readonly captured: Uint32Array = new Uint32Array(BATCH_PACKETS_MAX);
  /** Bytes the packet had on the wire; at least `captured`. */
  readonly wire: Uint32Array = new Uint32Array(BATCH_PACKETS_MAX);
  /** Capture time, whole microseconds since 1970 UTC. */
  readonly timeUs: Float64Array = new Float64Array(BATCH_PACKETS_MAX);
  /** Link type of the packet (LINKTYPE_ registry, tcpdump.org/linktypes.html). */
  readonly link: Uint16Array = new Uint16Array(BATCH_PACKETS_MAX);
  /** VLAN tag that the network card took off: TPID in the upper half, TCI in the lower; 0 = none. */
  readonly vlan: Uint32Array = new Uint32Array(BATCH_PACKETS_MAX);

  constructor(bytes: Uint8Array<ArrayBufferLike>) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Puts another arena under the columns. */
  rebase(bytes: Uint8Array<ArrayBufferLike>): void {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.count = 0;
  }
}
