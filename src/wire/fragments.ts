/**
 * Puts fragmented datagrams together again (RFC 791, 3.2; RFC 8200, 4.5), in bounded memory and time.
 *
 *     slot: key (source, destination, protocol, number) · age · first header · bitmap · page table
 *                                                                              │          │
 *     bitmap:  one bit per 8 bytes of the datagram that are there  ────────────┘          │
 *     pages:   ┌──────┬──────┬──────┬──────┐  1 KiB each, handed out as bytes arrive  ────┘
 *              └──────┴──────┴──────┴──────┘
 *
 * What arrived first stays: a later fragment fills holes and changes nothing. A datagram that is not whole
 * within `fragmentWaitSeconds` of packet time is dropped; when slots or pages run out, the oldest gives way.
 */
import { fold, mix } from '../bytes/hash.ts';
import type { Limits } from '../limits.ts';
import { type Frame, odd, TCP, UDP } from './frame.ts';

/** Answer of `add` while the datagram is not whole. */
export const HELD = -2;

const PAGE_BYTES = 1024;
const UNIT_BYTES = 8;
const DATAGRAM_BYTES_MAX = 65_535;
const PAGES_PER_DATAGRAM = 64;
const BITMAP_WORDS = (DATAGRAM_BYTES_MAX + 1) / UNIT_BYTES / 32;
const NO_PAGE = -1;
const NOBODY = -1;

// Key: two addresses of four words, protocol and version, number.
const KEY_WORDS = 10;
const HEADER_BYTES_MAX = 40;

// What `assembled` holds: addresses of the link, the fixed network header, the payload.
const TARGET_MAC_AT = 0;
const SOURCE_MAC_AT = 6;
const MAC_BYTES = 6;
const NETWORK_AT = 16;

export class Reassembler {
  /** Fragments seen, and those that could not be used: malformed, cut short, or their datagram had to give way. */
  seen = 0;
  dropped = 0;
  /** Datagrams put together, given up for their age, and given up for lack of room. */
  whole = 0;
  expired = 0;
  evicted = 0;

  readonly #waitUs: number;
  readonly #echoUs: number;
  readonly #partsMax: number;
  readonly #slots: number;

  // Made when the first fragment is seen: most networks have none.
  #pages: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  #freePages: Int32Array = new Int32Array(0);
  #freePageCount = 0;
  readonly #pagesMax: number;
  #assembled: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  #assembledView: DataView<ArrayBuffer> = new DataView(new ArrayBuffer(0));

  #keys: Int32Array = new Int32Array(0);
  #startUs: Float64Array = new Float64Array(0);
  /** Bytes of the datagram, known from its last fragment; -1 before. */
  #total: Int32Array = new Int32Array(0);
  /** Behind the last byte seen. */
  #extent: Int32Array = new Int32Array(0);
  #units: Int32Array = new Int32Array(0);
  #parts: Int32Array = new Int32Array(0);
  #done: Uint8Array = new Uint8Array(0);
  /** Protocol that the first fragment names; -1 before it came. */
  #protocol: Int32Array = new Int32Array(0);
  #headers: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  #bitmap: Int32Array = new Int32Array(0);
  #pageTable: Int32Array = new Int32Array(0);
  // Chains of the hash table, and the order in which slots were taken.
  #buckets: Int32Array = new Int32Array(0);
  #chain: Int32Array = new Int32Array(0);
  #older: Int32Array = new Int32Array(0);
  #newer: Int32Array = new Int32Array(0);
  #oldest = NOBODY;
  #newest = NOBODY;
  #free = NOBODY;
  readonly #key: Int32Array = new Int32Array(KEY_WORDS);

  constructor(limits: Limits) {
    this.#waitUs = limits.fragmentWaitSeconds * 1_000_000;
    this.#echoUs = limits.duplicateWindowMs * 1_000;
    this.#partsMax = limits.fragmentPartsMax;
    this.#slots = limits.fragmentDatagramsMax;
    this.#pagesMax = Math.max(PAGES_PER_DATAGRAM, Math.floor(limits.fragmentBytesMax / PAGE_BYTES));
  }

  /**
   * Takes the fragment whose payload begins at `at`. Returns `HELD`, or where the payload of the whole datagram
   * begins: `frame` then speaks of this object's own memory, which is good until the next datagram is whole.
   */
  add(frame: Frame, at: number, timeUs: number): number {
    this.seen++;
    const from = frame.fragmentOffset;
    const bytes = frame.wireEnd - at;
    const more = frame.fragmentMore !== 0;
    if (bytes <= 0 || from + bytes > DATAGRAM_BYTES_MAX || (more && bytes % UNIT_BYTES !== 0)) {
      return this.#refuse(frame, 'ip_fragment_length');
    }
    if (frame.end < frame.wireEnd) return this.#cut(frame, at);
    if (from === 0 && bytes < transportBytesMin(frame.ipProtocol)) odd(frame, 'ip_fragment_tiny');
    if (this.#pages.length === 0) this.#allocate();
    const slot = this.#slotOf(frame, timeUs);
    if (this.#done[slot] !== 0) return HELD;
    if (++this.#parts[slot]! > this.#partsMax) return this.#giveUp(frame, slot, 'ip_fragments_too_many');
    if (!this.#fits(slot, from, bytes, more)) {
      this.#parts[slot]!--;
      return this.#refuse(frame, 'ip_fragment_overlap');
    }
    if (from === 0 && this.#protocol[slot]! < 0) this.#keepHeader(frame, slot);
    if (!this.#store(frame, slot, at, from, bytes)) return this.#giveUp(frame, slot, 'ip_fragments_full');
    const total = this.#total[slot]!;
    if (total < 0 || this.#units[slot]! < Math.ceil(total / UNIT_BYTES)) return HELD;
    this.#startUs[slot] = timeUs;
    return this.#assemble(frame, slot);
  }

  /** Drops what has waited too long. */
  tick(nowUs: number): void {
    while (this.#oldest !== NOBODY && this.#isOver(this.#oldest, nowUs)) this.#expire(this.#oldest);
  }

  /** The number of a finished datagram is kept for as long as a mirror may repeat its fragments. */
  #isOver(slot: number, nowUs: number): boolean {
    return nowUs - this.#startUs[slot]! > (this.#done[slot] === 0 ? this.#waitUs : this.#echoUs);
  }

  /**
   * The capture has cut this fragment short, so that its datagram can never be put together. The first one
   * still says whose it is: it passes as a packet that was cut.
   */
  #cut(frame: Frame, at: number): number {
    this.#refuse(frame, 'ip_fragment_cut');
    if (frame.fragmentOffset !== 0) return HELD;
    frame.fragmentOffset = -1;
    return at;
  }

  #refuse(frame: Frame, oddity: string): number {
    odd(frame, oddity);
    this.dropped++;
    return HELD;
  }

  #giveUp(frame: Frame, slot: number, oddity: string): number {
    this.dropped += this.#parts[slot]! - 1;
    this.evicted++;
    this.#release(slot);
    return this.#refuse(frame, oddity);
  }

  #expire(slot: number): void {
    if (this.#done[slot] === 0) {
      this.expired++;
      this.dropped += this.#parts[slot]!;
    }
    this.#release(slot);
  }

  /** The slot of the datagram this fragment belongs to, taken now if it is the first one seen. */
  #slotOf(frame: Frame, timeUs: number): number {
    const bucket = this.#readKey(frame) & (this.#buckets.length - 1);
    let slot = this.#buckets[bucket]!;
    while (slot !== NOBODY && !this.#isKey(slot)) slot = this.#chain[slot]!;
    if (slot !== NOBODY) {
      if (!this.#isOver(slot, timeUs)) return slot;
      if (this.#done[slot] === 0) odd(frame, 'ip_fragment_expired');
      this.#expire(slot);
    }
    if (this.#free === NOBODY) this.#makeRoom(frame, this.#oldest);
    return this.#take(bucket, timeUs);
  }

  #makeRoom(frame: Frame, slot: number): void {
    if (this.#done[slot] === 0) {
      odd(frame, 'ip_fragments_full');
      this.evicted++;
      this.dropped += this.#parts[slot]!;
    }
    this.#release(slot);
  }

  /** Protocol and number of IPv4; of IPv6 only the number counts (RFC 8200, 4.5). Returns the hash. */
  #readKey(frame: Frame): number {
    const key = this.#key;
    const { view } = frame;
    const words = frame.addressBytes >> 2;
    key.fill(0);
    for (let i = 0; i < words; i++) {
      key[i] = view.getInt32(frame.sourceAddress + 4 * i);
      key[4 + i] = view.getInt32(frame.targetAddress + 4 * i);
    }
    key[8] = frame.networkVersion === 4 ? (4 << 8) | frame.ipProtocol : 6 << 8;
    key[9] = frame.fragmentId;
    let hash = 0;
    for (let i = 0; i < KEY_WORDS; i++) hash = fold(hash, key[i]!);
    return mix(hash);
  }

  #isKey(slot: number): boolean {
    const from = slot * KEY_WORDS;
    for (let i = 0; i < KEY_WORDS; i++) if (this.#keys[from + i] !== this.#key[i]) return false;
    return true;
  }

  /** Do length and place agree with what is known of the datagram's end? */
  #fits(slot: number, from: number, bytes: number, more: boolean): boolean {
    const to = from + bytes;
    const total = this.#total[slot]!;
    if (total >= 0 ? to > total || (!more && to !== total) : !more && to < this.#extent[slot]!) return false;
    if (!more) this.#total[slot] = to;
    if (to > this.#extent[slot]!) this.#extent[slot] = to;
    return true;
  }

  #keepHeader(frame: Frame, slot: number): void {
    this.#protocol[slot] = frame.ipProtocol;
    const bytes = frame.networkVersion === 4 ? 20 : HEADER_BYTES_MAX;
    for (let i = 0; i < bytes; i++) {
      this.#headers[slot * HEADER_BYTES_MAX + i] = frame.view.getUint8(frame.network + i);
    }
  }

  /** Copies the units that are not there yet. False when no page can be had. */
  #store(frame: Frame, slot: number, at: number, from: number, bytes: number): boolean {
    for (let done = 0; done < bytes; done += UNIT_BYTES) {
      const unit = (from + done) >> 3;
      const word = slot * BITMAP_WORDS + (unit >> 5);
      const bit = 1 << (unit & 31);
      const length = Math.min(UNIT_BYTES, bytes - done);
      const page = this.#pageFor(frame, slot, (from + done) >> 10);
      if (page === NO_PAGE) return false;
      const to = page * PAGE_BYTES + ((from + done) & (PAGE_BYTES - 1));
      if ((this.#bitmap[word]! & bit) === 0) {
        this.#bitmap[word]! |= bit;
        this.#units[slot]!++;
        for (let i = 0; i < length; i++) this.#pages[to + i] = frame.view.getUint8(at + done + i);
      } else if (frame.oddity === '' && differs(this.#pages, to, frame.view, at + done, length)) {
        // The same bytes again are a mirror's second copy; other bytes are an attempt to show us something else.
        odd(frame, 'ip_fragment_overlap');
      }
    }
    return true;
  }

  #pageFor(frame: Frame, slot: number, index: number): number {
    const entry = slot * PAGES_PER_DATAGRAM + index;
    const page = this.#pageTable[entry]!;
    if (page !== NO_PAGE) return page;
    while (this.#freePageCount === 0) {
      const victim = this.#oldest === slot ? this.#newer[slot]! : this.#oldest;
      if (victim === NOBODY) return NO_PAGE;
      this.#makeRoom(frame, victim);
    }
    const taken = this.#freePages[--this.#freePageCount]!;
    this.#pageTable[entry] = taken;
    return taken;
  }

  /** Lays the whole datagram out and points the frame at it. */
  #assemble(frame: Frame, slot: number): number {
    const assembled = this.#assembled;
    const headerBytes = frame.networkVersion === 4 ? 20 : HEADER_BYTES_MAX;
    const payload = NETWORK_AT + headerBytes;
    const total = this.#total[slot]!;
    frame.targetMac = copyMac(frame, frame.targetMac, assembled, TARGET_MAC_AT);
    frame.sourceMac = copyMac(frame, frame.sourceMac, assembled, SOURCE_MAC_AT);
    for (let i = 0; i < headerBytes; i++) assembled[NETWORK_AT + i] = this.#headers[slot * HEADER_BYTES_MAX + i]!;
    for (let from = 0; from < total; from += PAGE_BYTES) {
      const page = this.#pageTable[slot * PAGES_PER_DATAGRAM + (from >> 10)]! * PAGE_BYTES;
      assembled.set(this.#pages.subarray(page, page + Math.min(PAGE_BYTES, total - from)), payload + from);
    }
    frame.view = this.#assembledView;
    frame.bytes = assembled;
    frame.network = NETWORK_AT;
    frame.sourceAddress = NETWORK_AT + (frame.networkVersion === 4 ? 12 : 8);
    frame.targetAddress = frame.sourceAddress + frame.addressBytes;
    frame.ipProtocol = this.#protocol[slot]!;
    frame.end = payload + total;
    frame.wireEnd = frame.end;
    frame.payload = payload;
    frame.payloadWire = total;
    frame.fragments = this.#parts[slot]!;
    frame.fragmentOffset = -1;
    frame.fragmentMore = 0;
    this.whole++;
    this.#done[slot] = 1;
    this.#freeAllPages(slot);
    return payload;
  }

  #take(bucket: number, timeUs: number): number {
    const slot = this.#free;
    this.#free = this.#chain[slot]!;
    this.#keys.set(this.#key, slot * KEY_WORDS);
    this.#startUs[slot] = timeUs;
    this.#total[slot] = -1;
    this.#extent[slot] = 0;
    this.#units[slot] = 0;
    this.#parts[slot] = 0;
    this.#done[slot] = 0;
    this.#protocol[slot] = -1;
    this.#bitmap.fill(0, slot * BITMAP_WORDS, (slot + 1) * BITMAP_WORDS);
    this.#chain[slot] = this.#buckets[bucket]!;
    this.#buckets[bucket] = slot;
    this.#older[slot] = this.#newest;
    this.#newer[slot] = NOBODY;
    if (this.#newest === NOBODY) this.#oldest = slot;
    else this.#newer[this.#newest] = slot;
    this.#newest = slot;
    return slot;
  }

  #release(slot: number): void {
    this.#freeAllPages(slot);
    this.#unchain(slot);
    const older = this.#older[slot]!;
    const newer = this.#newer[slot]!;
    if (older === NOBODY) this.#oldest = newer;
    else this.#newer[older] = newer;
    if (newer === NOBODY) this.#newest = older;
    else this.#older[newer] = older;
    this.#chain[slot] = this.#free;
    this.#free = slot;
  }

  #unchain(slot: number): void {
    let hash = 0;
    for (let i = 0; i < KEY_WORDS; i++) hash = fold(hash, this.#keys[slot * KEY_WORDS + i]!);
    const bucket = mix(hash) & (this.#buckets.length - 1);
    if (this.#buckets[bucket] === slot) {
      this.#buckets[bucket] = this.#chain[slot]!;
      return;
    }
    let before = this.#buckets[bucket]!;
    while (this.#chain[before] !== slot) before = this.#chain[before]!;
    this.#chain[before] = this.#chain[slot]!;
  }

  #freeAllPages(slot: number): void {
    const from = slot * PAGES_PER_DATAGRAM;
    for (let entry = from; entry < from + PAGES_PER_DATAGRAM; entry++) {
      const page = this.#pageTable[entry]!;
      if (page === NO_PAGE) continue;
      this.#freePages[this.#freePageCount++] = page;
      this.#pageTable[entry] = NO_PAGE;
    }
  }

  #allocate(): void {
    const slots = this.#slots;
    this.#pages = new Uint8Array(this.#pagesMax * PAGE_BYTES);
    this.#freePages = Int32Array.from({ length: this.#pagesMax }, (_, i) => this.#pagesMax - 1 - i);
    this.#freePageCount = this.#pagesMax;
    this.#assembled = new Uint8Array(NETWORK_AT + HEADER_BYTES_MAX + DATAGRAM_BYTES_MAX);
    this.#assembledView = new DataView(this.#assembled.buffer);
    this.#keys = new Int32Array(slots * KEY_WORDS);
    this.#startUs = new Float64Array(slots);
    this.#total = new Int32Array(slots);
    this.#extent = new Int32Array(slots);
    this.#units = new Int32Array(slots);
    this.#parts = new Int32Array(slots);
    this.#done = new Uint8Array(slots);
    this.#protocol = new Int32Array(slots);
    this.#headers = new Uint8Array(slots * HEADER_BYTES_MAX);
    this.#bitmap = new Int32Array(slots * BITMAP_WORDS);
    this.#pageTable = new Int32Array(slots * PAGES_PER_DATAGRAM).fill(NO_PAGE);
    this.#buckets = new Int32Array(2 ** Math.ceil(Math.log2(2 * slots))).fill(NOBODY);
    this.#chain = Int32Array.from({ length: slots }, (_, i) => (i + 1 < slots ? i + 1 : NOBODY));
    this.#older = new Int32Array(slots);
    this.#newer = new Int32Array(slots);
    this.#free = 0;
  }
}

/** A first fragment that does not even hold this much hides the ports from whoever looks at it alone. */
function transportBytesMin(protocol: number): number {
  if (protocol === TCP) return 20;
  return protocol === UDP ? 8 : 0;
}

function differs(
  kept: Uint8Array,
  keptAt: number,
  view: DataView<ArrayBufferLike>,
  at: number,
  length: number,
): boolean {
  for (let i = 0; i < length; i++) if (kept[keptAt + i] !== view.getUint8(at + i)) return true;
  return false;
}

function copyMac(frame: Frame, from: number, into: Uint8Array, at: number): number {
  if (from < 0) return -1;
  for (let i = 0; i < MAC_BYTES; i++) into[at + i] = frame.view.getUint8(from + i);
  return at;
}
