/**
 * The kernel's packet ring (AF_PACKET, TPACKET_V3; Documentation/networking/packet_mmap.rst), read in place.
 *
 *     ring   ┌─────────┬─────────┬─────────┬────     block  ┌────────────┬────────┬────────┬────
 *            │ block 0 │ block 1 │ block 2 │  …             │ descriptor │ packet │ packet │ …
 *            └─────────┴─────────┴─────────┴────            └────────────┴────────┴────────┴────
 *     packet ┌──────────────┬─────────────┬─────┬───────────────────────────┐
 *            │ tpacket3_hdr │ sockaddr_ll │ pad │ the packet, from its MAC  │──► tp_next_offset
 *            └──────────────┴─────────────┴─────┴───────────────────────────┘
 *
 * A block is ours while its status says so. `next` writes the columns of a batch whose arena is the ring itself;
 * no packet is copied. The rows are good until `release` or the following `next`, which hand the block back.
 * An interface that goes down, or vanishes and comes again under the same name, is waited for and counted.
 */
import { BATCH_PACKETS_MAX, type Batch } from '../../bytes/batch.ts';
import { CaptureError } from './error.ts';
import * as c from './libc.ts';
import { type RingOptions, RingSocket } from './socket.ts';

export { BLOCK_RETIRE_MS, type RingOptions } from './socket.ts';

/** How often an interface that is gone is looked for; long enough for the kernel to have handed over its last block. */
const MEND_MS = 250;
const TPID_CUSTOMER = 0x8100;

export interface RingStatistics {
  /** Packets that came in, dropped ones included. */
  packets: number;
  /** Packets that found no free block. */
  drops: number;
  /** Times that the ring was full. */
  freezes: number;
  /** Times that the interface went down or away. */
  downs: number;
  /** Times that the ring was opened anew because the interface was another one of the same name. */
  reopens: number;
}

export class Ring {
  readonly interface: string;
  readonly #options: RingOptions;
  #socket: RingSocket | null;
  #bytes: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  #halves: Uint16Array<ArrayBuffer> = new Uint16Array(0);
  #words: Uint32Array<ArrayBuffer> = new Uint32Array(0);
  /** The block that is ours, or will be next. */
  #block = 0;
  /** Packets of that block still to be delivered, and where the first of them is. */
  #left = 0;
  #at = 0;
  #delivered = false;
  #state: 'up' | 'down' = 'up';
  #mendMs = 0;
  #closed = false;
  readonly #total: RingStatistics = { packets: 0, drops: 0, freezes: 0, downs: 0, reopens: 0 };

  private constructor(options: RingOptions, socket: RingSocket) {
    this.interface = options.interface;
    this.#options = { ...options };
    this.#socket = socket;
    this.#adopt(socket);
    if (!socket.isUp(this.interface)) this.#state = 'down';
  }

  /** Throws a `CaptureError` that says in one line what is in the way. */
  static open(options: RingOptions): Ring {
    return new Ring(options, RingSocket.open(options));
  }

  get state(): 'up' | 'down' {
    return this.#state;
  }

  /** Is a block of packets waiting? */
  get ready(): boolean {
    return this.#left > 0 || (this.#words.length > 0 && this.#owned(this.#delivered ? this.#following() : this.#block));
  }

  /** Waits until packets are there, at most `timeoutMs`; blocks the thread. True when `next` will deliver. */
  poll(timeoutMs: number): boolean {
    waitForAny([this], timeoutMs);
    return this.ready;
  }

  /** Delivers packets of the next block, at most `rowsMax`, the rest at the following calls; false when none is waiting. */
  next(batch: Batch, rowsMax: number = BATCH_PACKETS_MAX): boolean {
    this.release();
    if (this.#left === 0 && !this.#take()) return false;
    if (batch.bytes !== this.#bytes) batch.rebase(this.#bytes);
    batch.count = 0;
    while (batch.count === 0) {
      this.#fill(batch, rowsMax);
      if (this.#left > 0) break;
      this.#delivered = true;
      // Nothing but packets that this machine sent: on to the block after.
      if (batch.count > 0) break;
      this.release();
      if (!this.#take()) return false;
    }
    return true;
  }

  /** Hands the block back to the kernel if its last packet has been delivered. */
  release(): void {
    if (!this.#delivered) return;
    this.#delivered = false;
    Atomics.store(this.#words, this.#statusWord(this.#block), c.TP_STATUS_KERNEL);
    this.#block = this.#following();
  }

  /** Counters since `open`. */
  statistics(): RingStatistics {
    this.#socket?.addStatistics(this.#total);
    return { ...this.#total };
  }

  /** Gives everything back. Whoever still holds the arena finds it empty. */
  close(): void {
    this.#closed = true;
    this.#drop();
  }

  /** For `waitForAny`: what to poll, -1 while the interface is gone. */
  get fd(): number {
    return this.#socket?.fd ?? -1;
  }

  /** For `waitForAny`: the socket has an error pending. */
  trouble(): void {
    if (this.#socket === null || this.#socket.takeError() === 0) return;
    if (this.#state === 'up') this.#total.downs++;
    this.#state = 'down';
    this.#mendMs = performance.now() + MEND_MS;
  }

  /** For `waitForAny`: looks, now and then, whether an interface that was down is back. */
  mend(): void {
    if (this.#state === 'up' || this.#closed || this.ready || this.#delivered) return;
    const nowMs = performance.now();
    if (nowMs < this.#mendMs) return;
    this.#mendMs = nowMs + MEND_MS;
    const index = c.libc().if_nametoindex(this.interface);
    if (index === 0) return;
    if (this.#socket !== null && this.#socket.index === index) {
      // The kernel goes on filling the same ring as soon as the interface is up.
      if (this.#socket.isUp(this.interface)) this.#state = 'up';
      return;
    }
    this.#drop();
    try {
      this.#socket = RingSocket.open(this.#options);
    } catch (error) {
      // Another ring of the group may still hold the old interface; the next look tries again.
      if (error instanceof CaptureError) return;
      throw error;
    }
    this.#adopt(this.#socket);
    this.#total.reopens++;
    if (this.#socket.isUp(this.interface)) this.#state = 'up';
  }

  #adopt(socket: RingSocket): void {
    this.#bytes = new Uint8Array(socket.memory);
    this.#halves = new Uint16Array(socket.memory);
    this.#words = new Uint32Array(socket.memory);
    this.#block = 0;
    this.#left = 0;
    this.#delivered = false;
  }

  #drop(): void {
    this.#socket?.addStatistics(this.#total);
    this.#socket?.close();
    this.#socket = null;
    this.#words = new Uint32Array(0);
    this.#left = 0;
    this.#delivered = false;
  }

  #following(): number {
    return this.#block + 1 === this.#options.blocks ? 0 : this.#block + 1;
  }

  #statusWord(block: number): number {
    return (block * this.#options.blockBytes + c.BLOCK_STATUS) / 4;
  }

  #owned(block: number): boolean {
    return (Atomics.load(this.#words, this.#statusWord(block)) & c.TP_STATUS_USER) !== 0;
  }

  /** Takes the next block, if it is ours. */
  #take(): boolean {
    if (this.#words.length === 0 || !this.#owned(this.#block)) return false;
    const start = this.#block * this.#options.blockBytes;
    this.#left = this.#words[(start + c.BLOCK_PACKETS) / 4]!;
    this.#at = start + this.#words[(start + c.BLOCK_FIRST_PACKET) / 4]!;
    return true;
  }

  #fill(batch: Batch, rowsMax: number): void {
    const words = this.#words;
    const halves = this.#halves;
    const bytes = this.#bytes;
    const link = this.#socket!.link;
    const { offset, captured, wire, timeUs, vlan } = batch;
    let at = this.#at;
    let left = this.#left;
    let row = 0;
    for (; left > 0 && row < rowsMax; left--) {
      const word = at / 4;
      if (bytes[at + c.PACKET_ADDRESS + c.ADDRESS_PACKET_TYPE] !== c.PACKET_OUTGOING) {
        offset[row] = at + halves[(at + c.PACKET_MAC) / 2]!;
        captured[row] = words[word + c.PACKET_CAPTURED / 4]!;
        wire[row] = words[word + c.PACKET_WIRE / 4]!;
        timeUs[row] =
          words[word + c.PACKET_SECONDS / 4]! * 1_000_000 + Math.floor(words[word + c.PACKET_NANOSECONDS / 4]! / 1_000);
        const status = words[word + c.PACKET_STATUS / 4]!;
        vlan[row] = 0;
        if ((status & c.TP_STATUS_VLAN_VALID) !== 0) {
          const named = (status & c.TP_STATUS_VLAN_TPID_VALID) !== 0;
          const tpid = named ? halves[(at + c.PACKET_VLAN_TPID) / 2]! : TPID_CUSTOMER;
          vlan[row] = (tpid << 16) | (words[word + c.PACKET_VLAN_TCI / 4]! & 0xffff);
        }
        row++;
      }
      at += words[word + c.PACKET_NEXT / 4]!;
    }
    batch.link.fill(link, 0, row);
    batch.count = row;
    this.#at = at;
    this.#left = left;
  }
}

let pollList: DataView<ArrayBuffer> = c.structure(0);

/** Blocks the thread until one of the rings has packets, at most `timeoutMs`; looks after interfaces that are down. */
export function waitForAny(rings: readonly Ring[], timeoutMs: number): void {
  const bytes = rings.length * c.POLL_BYTES;
  if (pollList.byteLength < bytes) pollList = c.structure(bytes);
  for (let i = 0; i < rings.length; i++) {
    const ring = rings[i]!;
    ring.mend();
    // A negative descriptor is passed over by poll(2).
    pollList.setInt32(i * c.POLL_BYTES, ring.fd, c.LITTLE_ENDIAN);
    pollList.setInt16(i * c.POLL_BYTES + c.POLL_EVENTS, c.POLLIN | c.POLLERR, c.LITTLE_ENDIAN);
    pollList.setInt16(i * c.POLL_BYTES + c.POLL_REVENTS, 0, c.LITTLE_ENDIAN);
  }
  if (c.libc().poll(pollList, rings.length, timeoutMs) <= 0) return;
  for (let i = 0; i < rings.length; i++) {
    const events = pollList.getInt16(i * c.POLL_BYTES + c.POLL_REVENTS, c.LITTLE_ENDIAN);
    if ((events & c.POLLERR) !== 0) rings[i]!.trouble();
  }
}
