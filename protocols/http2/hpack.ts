/**
 * HPACK (RFC 7541): fields of a block, with the table that both ends keep.
 *
 *     1xxxxxxx  indexed field            01xxxxxx  literal, goes into the table    001xxxxx  size of the table
 *     0000xxxx  literal, stays outside   0001xxxx  literal, never to be stored
 *
 * Fields become bytes in a scratch area, never strings. The table is a ring of bytes: what leaves it is written over.
 */
import { decodeHuffman } from './huffman.ts';
import { STATIC_FIELDS } from './static-table.ts';

/** Each entry counts 32 bytes more than it has (RFC 7541, 4.1). */
const ENTRY_BYTES = 32;
const TABLE_BYTES_FIRST = 4_096;
const STATIC_COUNT = STATIC_FIELDS.length;
const INTEGER_SHIFT_MAX = 21;

/** Who hears of a field: where its name and value stand in the scratch area. */
export interface FieldListener {
  field(name: number, nameEnd: number, at: number, end: number): void;
}

const staticBytes = new Uint8Array(STATIC_FIELDS.reduce((sum, [name, value]) => sum + name.length + value.length, 0));
const staticAt = new Uint16Array(STATIC_COUNT);
let place = 0;
STATIC_FIELDS.forEach(([name, value], i) => {
  staticAt[i] = place;
  for (const letter of name + value) staticBytes[place++] = letter.charCodeAt(0);
});

/** The table of one direction. */
export class FieldTable {
  private readonly bytesMax: number;
  /** What both ends have agreed the table may hold. */
  private bytesAllowed = TABLE_BYTES_FIRST;
  private bytes = new Uint8Array(0);
  /** Where the next entry is written. */
  private next = 0;
  /** Ring of entries: where they begin, and the lengths of name and value. */
  private entries = new Int32Array(0);
  private oldest = 0;
  count = 0;
  private size = 0;

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax;
  }

  /** False when it would be larger than we keep. */
  resize(bytes: number): boolean {
    if (bytes > this.bytesMax) return false;
    if (bytes > this.bytesAllowed && this.bytes.length > 0) this.rebuild(bytes);
    this.bytesAllowed = bytes;
    this.evict(0);
    return true;
  }

  /** Twice the table's size: an entry that does not fit behind the last one begins at the front. */
  private rebuild(bytes: number): void {
    const { bytes: before, entries, count } = this;
    this.bytes = new Uint8Array(2 * bytes);
    this.entries = new Int32Array(3 * Math.ceil(bytes / ENTRY_BYTES + 1));
    const room = entries.length / 3;
    let next = 0;
    for (let i = 0; i < count; i++) {
      const from = ((this.oldest + i) % room) * 3;
      const length = entries[from + 1]! + entries[from + 2]!;
      this.bytes.set(before.subarray(entries[from]!, entries[from]! + length), next);
      this.entries.set([next, entries[from + 1]!, entries[from + 2]!], i * 3);
      next += length;
    }
    this.next = next;
    this.oldest = 0;
  }

  private evict(room: number): void {
    while (this.count > 0 && this.size + room > this.bytesAllowed) {
      const at = this.oldest * 3;
      this.size -= this.entries[at + 1]! + this.entries[at + 2]! + ENTRY_BYTES;
      this.oldest = (this.oldest + 1) % (this.entries.length / 3);
      this.count--;
    }
  }

  /** Name and value lie together in `[at, …)`. */
  add(from: Uint8Array, at: number, nameLength: number, valueLength: number): void {
    const length = nameLength + valueLength;
    this.evict(length + ENTRY_BYTES);
    // Larger than the table: it only empties it (RFC 7541, 4.4).
    if (length + ENTRY_BYTES > this.bytesAllowed) return;
    if (this.bytes.length === 0) this.rebuild(Math.max(this.bytesAllowed, ENTRY_BYTES));
    if (this.next + length > this.bytes.length) this.next = 0;
    this.bytes.set(from.subarray(at, at + length), this.next);
    const entry = ((this.oldest + this.count) % (this.entries.length / 3)) * 3;
    this.entries[entry] = this.next;
    this.entries[entry + 1] = nameLength;
    this.entries[entry + 2] = valueLength;
    this.next += length;
    this.size += length + ENTRY_BYTES;
    this.count++;
  }

  /** Copies entry `index` (0: the newest) to `out`; the length of its name, or -1. The value's is in `valueLength`. */
  copy(index: number, out: Uint8Array, to: number): number {
    if (index >= this.count) return -1;
    const entry = ((this.oldest + this.count - 1 - index) % (this.entries.length / 3)) * 3;
    const at = this.entries[entry]!;
    const nameLength = this.entries[entry + 1]!;
    this.valueLength = this.entries[entry + 2]!;
    if (to + nameLength + this.valueLength > out.length) return -1;
    out.set(this.bytes.subarray(at, at + nameLength + this.valueLength), to);
    return nameLength;
  }

  /** Of the entry that was copied last. */
  valueLength = 0;
}

export class FieldReader {
  readonly scratch: Uint8Array<ArrayBuffer>;
  readonly view: DataView<ArrayBuffer>;
  /** Bytes of the scratch area that are in use. */
  private used = 0;
  /** Where the reader stands in the block. */
  private at = 0;

  constructor(scratchBytes: number) {
    this.scratch = new Uint8Array(scratchBytes);
    this.view = new DataView(this.scratch.buffer);
  }

  /** Reads a whole block. False: it breaks a rule, or is larger than it may be, and the table is of no use any more. */
  read(view: DataView, at: number, end: number, table: FieldTable, listener: FieldListener): boolean {
    this.at = at;
    this.used = 0;
    while (this.at < end) if (!this.field(view, end, table, listener)) return false;
    return true;
  }

  /** What was decoded is wiped: it may have held a credential. */
  wipe(): void {
    this.scratch.fill(0, 0, this.used);
  }

  private field(view: DataView, end: number, table: FieldTable, listener: FieldListener): boolean {
    const first = view.getUint8(this.at);
    if ((first & 0x80) !== 0) return this.indexed(view, end, table, listener);
    if ((first & 0xe0) === 0x20) {
      const bytes = this.integer(view, end, 5);
      return bytes >= 0 && table.resize(bytes);
    }
    const isKept = (first & 0x40) !== 0;
    return this.literal(view, end, isKept ? 6 : 4, isKept, table, listener);
  }

  private indexed(view: DataView, end: number, table: FieldTable, listener: FieldListener): boolean {
    const index = this.integer(view, end, 7);
    const name = this.used;
    const nameLength = this.entry(index, table);
    if (nameLength < 0) return false;
    const value = name + nameLength;
    this.used = value + table.valueLength;
    listener.field(name, value, value, this.used);
    return true;
  }

  private literal(
    view: DataView,
    end: number,
    bits: number,
    isKept: boolean,
    table: FieldTable,
    listener: FieldListener,
  ): boolean {
    const index = this.integer(view, end, bits);
    const name = this.used;
    if (index < 0) return false;
    if (index === 0) {
      if (!this.text(view, end)) return false;
    } else {
      const nameLength = this.entry(index, table);
      if (nameLength < 0) return false;
      this.used = name + nameLength;
    }
    const value = this.used;
    if (!this.text(view, end)) return false;
    if (isKept) table.add(this.scratch, name, value - name, this.used - value);
    listener.field(name, value, value, this.used);
    return true;
  }

  /** Copies an entry of either table to the scratch area; the length of its name, or -1. */
  private entry(index: number, table: FieldTable): number {
    if (index <= 0) return -1;
    if (index > STATIC_COUNT) return table.copy(index - STATIC_COUNT - 1, this.scratch, this.used);
    const [name, value] = STATIC_FIELDS[index - 1]!;
    const length = name.length + value.length;
    if (this.used + length > this.scratch.length) return -1;
    const from = staticAt[index - 1]!;
    this.scratch.set(staticBytes.subarray(from, from + length), this.used);
    table.valueLength = value.length;
    return name.length;
  }

  /** A string literal (RFC 7541, 5.2), appended to the scratch area. */
  private text(view: DataView, end: number): boolean {
    if (this.at >= end) return false;
    const isHuffman = (view.getUint8(this.at) & 0x80) !== 0;
    const length = this.integer(view, end, 7);
    if (length < 0 || this.at + length > end) return false;
    if (isHuffman) {
      const used = decodeHuffman(view, this.at, this.at + length, this.scratch, this.used);
      if (used < 0) return false;
      this.used = used;
    } else {
      if (this.used + length > this.scratch.length) return false;
      for (let i = 0; i < length; i++) this.scratch[this.used + i] = view.getUint8(this.at + i);
      this.used += length;
    }
    this.at += length;
    return true;
  }

  /** An integer whose first part has so many bits (RFC 7541, 5.1), or -1. */
  private integer(view: DataView, end: number, bits: number): number {
    if (this.at >= end) return -1;
    const most = (1 << bits) - 1;
    let value = view.getUint8(this.at++) & most;
    if (value < most) return value;
    for (let shift = 0; this.at < end && shift <= INTEGER_SHIFT_MAX; shift += 7) {
      const byte = view.getUint8(this.at++);
      value += (byte & 0x7f) << shift;
      if ((byte & 0x80) === 0) return value;
    }
    return -1;
  }
}
