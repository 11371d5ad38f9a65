/**
 * Records across a thread: written into a transferable buffer through the same interface that decoders call,
 * and read back in order.
 *
 *     entry: kind (1) · order: packet (8), phase (1), row (4) · fields of the record in the order of its class
 *     number: float64 · boolean: 1 byte · string: length (4), UTF-16 code units
 *
 * The layout of a record is read off a fresh one of its kind, so that a new field needs no line here.
 */
import type { Order } from '../flow/tracker.ts';
import { type Moment, type Records, recordKinds } from '../records.ts';
import type { SensorCounters } from './points.ts';
import type { Listener } from './shard.ts';

type Kind = keyof typeof recordKinds;
type Fields = Record<string, number | string | boolean>;

const kinds = Object.keys(recordKinds) as Kind[];
const ODDITY = kinds.length;
const TICK = ODDITY + 1;
const INTERVAL = ODDITY + 2;
const layouts = kinds.map((kind) => Object.keys(recordKinds[kind]()));
const counterNames: readonly (keyof SensorCounters)[] = [
  'packets',
  'bytes',
  'wireBytes',
  'dropped',
  'truncated',
  'duplicates',
  'flows',
  'flowsOpen',
  'flowsEvicted',
  'firstUs',
  'lastUs',
];
const FIRST_BYTES = 256 * 1024;

/** Ticks stand behind the records of their second (phases 0 and 1), intervals behind their updates (2). */
const TICK_PHASE = 1.5;
const INTERVAL_PHASE = 2.5;

export class RecordWriter {
  private bytes = new Uint8Array(FIRST_BYTES);
  private view = new DataView(this.bytes.buffer);
  private at = 0;
  private readonly order: () => Order;
  readonly listener: Listener;

  /** `order` gives the place of the record that is being written. */
  constructor(order: () => Order) {
    this.order = order;
    const listener: Record<string, unknown> = {
      oddity: (name: string, flow: number, timeUs: number) => {
        this.head(ODDITY, this.order().phase);
        this.text(name);
        this.number(flow);
        this.number(timeUs);
      },
      tick: (nowUs: number) => {
        this.head(TICK, TICK_PHASE);
        this.number(nowUs);
      },
      interval: (nowUs: number, counters: SensorCounters) => {
        this.head(INTERVAL, INTERVAL_PHASE);
        this.number(nowUs);
        for (const name of counterNames) this.number(counters[name]);
      },
    };
    for (const [index, kind] of kinds.entries()) {
      const layout = layouts[index] ?? [];
      listener[kind] = (record: Moment) => this.record(index, layout, record as unknown as Fields);
    }
    this.listener = listener as unknown as Listener;
  }

  get byteLength(): number {
    return this.at;
  }

  /** What was written since the last time, ready to be transferred. */
  take(): Uint8Array<ArrayBuffer> {
    const taken = this.bytes.slice(0, this.at);
    this.at = 0;
    return taken;
  }

  private record(kind: number, layout: readonly string[], record: Fields): void {
    this.head(kind, this.order().phase);
    for (const name of layout) {
      const value = record[name];
      if (typeof value === 'string') this.text(value);
      else if (typeof value === 'boolean') this.byte(value ? 1 : 0);
      else this.number(value ?? 0);
    }
  }

  private head(kind: number, phase: number): void {
    const { packet, row } = this.order();
    this.byte(kind);
    this.number(packet);
    this.number(phase);
    this.number(row);
  }

  private room(bytes: number): void {
    if (this.at + bytes <= this.bytes.length) return;
    const larger = new Uint8Array(Math.max(this.bytes.length * 2, this.at + bytes));
    larger.set(this.bytes.subarray(0, this.at));
    this.bytes = larger;
    this.view = new DataView(larger.buffer);
  }

  private byte(value: number): void {
    this.room(1);
    this.bytes[this.at++] = value;
  }

  private number(value: number): void {
    this.room(8);
    this.view.setFloat64(this.at, value);
    this.at += 8;
  }

  private text(value: string): void {
    this.room(4 + value.length * 2);
    this.view.setUint32(this.at, value.length);
    this.at += 4;
    for (let i = 0; i < value.length; i++, this.at += 2) this.view.setUint16(this.at, value.charCodeAt(i));
  }
}

export class RecordReader {
  private readonly view: DataView;
  private at = 0;
  private readonly fresh = kinds.map((kind) => recordKinds[kind]() as unknown as Fields);
  /** Place and kind of the entry that comes next. */
  packet = 0;
  phase = 0;
  row = 0;
  private kind = -1;

  /** Added to flow numbers: live shards number their flows each for itself. */
  private readonly flowBase: number;

  constructor(bytes: Uint8Array, flowBase = 0) {
    this.flowBase = flowBase;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.head();
  }

  get isDone(): boolean {
    return this.kind < 0;
  }

  private head(): void {
    if (this.at >= this.view.byteLength) {
      this.kind = -1;
      return;
    }
    this.kind = this.view.getUint8(this.at++);
    this.packet = this.number();
    this.phase = this.number();
    this.row = this.number();
  }

  /** Tells the record that `packet`, `phase` and `row` describe, and goes to the next entry. */
  tell(listener: Listener): void {
    const { kind } = this;
    if (kind === ODDITY) listener.oddity(this.text(), this.number(), this.number());
    else this.record(kind, listener);
    this.head();
  }

  /** The next entry is the clock's: `takeClock` reads it. */
  get isClock(): boolean {
    return this.kind >= TICK;
  }

  /** A tick (without counters) or an interval. */
  takeClock(): { nowUs: number; counters: SensorCounters | null } {
    const nowUs = this.number();
    let counters: SensorCounters | null = null;
    if (this.kind === INTERVAL) {
      const read: Record<string, number> = {};
      for (const name of counterNames) read[name] = this.number();
      counters = read as unknown as SensorCounters;
    }
    this.head();
    return { nowUs, counters };
  }

  private record(kind: number, listener: Records): void {
    const record = this.fresh[kind] as Fields;
    for (const name of layouts[kind] ?? []) {
      const before = record[name];
      if (typeof before === 'string') record[name] = this.text();
      else if (typeof before === 'boolean') record[name] = this.view.getUint8(this.at++) === 1;
      else record[name] = this.number();
    }
    if (this.flowBase > 0 && Number(record.flow) >= 0) record.flow = Number(record.flow) + this.flowBase;
    const hear = listener[kinds[kind] as Kind] as (this: Records, record: unknown) => void;
    hear.call(listener, record);
  }

  private number(): number {
    const value = this.view.getFloat64(this.at);
    this.at += 8;
    return value;
  }

  private text(): string {
    const length = this.view.getUint32(this.at);
    this.at += 4;
    let text = '';
    for (let i = 0; i < length; i++, this.at += 2) text += String.fromCharCode(this.view.getUint16(this.at));
    return text;
  }
}
