/**
 * Break-glass raw capture, at the packets: copies whole packets of the devices that a person has ordered, from the moment of
 * the order on and never before (contract 4.7). Without an order it does nothing at all.
 */
import { addressKey } from '../bytes/address.ts';
import type { Batch } from '../bytes/batch.ts';
import type { Limits } from '../limits.ts';
import { Decoder } from '../wire/decode.ts';
import { Frame } from '../wire/frame.ts';

export interface RawScope {
  readonly id: string;
  /** Address keys; a packet from or to one of them is copied. */
  readonly addresses: readonly string[];
  /** Packets later than this are not copied, whoever forgets to end the order. */
  readonly untilUs: number;
}

export interface RawPacket {
  readonly timeUs: number;
  readonly wireBytes: number;
  readonly link: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Copies wait for at most so many bytes; what finds no room is counted. */
const WAITING_BYTES_MAX = 64 * 1024 * 1024;

export class RawTap {
  /** Packets that found no room. */
  lost = 0;
  private scopes: readonly RawScope[] = [];
  private readonly decoder: Decoder;
  private readonly frame = new Frame();
  private waiting = new Map<string, RawPacket[]>();
  private bytes = 0;

  constructor(limits: Limits) {
    this.decoder = new Decoder({ ...limits, fragmentPartsMax: 0 });
  }

  order(scopes: readonly RawScope[]): void {
    this.scopes = scopes;
  }

  process(batch: Batch, from: number, to: number): void {
    if (this.scopes.length === 0) return;
    for (let row = from; row < to; row++) {
      this.decoder.decode(batch, row, this.frame);
      if (this.frame.addressBytes > 0 && this.frame.networkVersion !== 0) this.packet(batch, row);
    }
  }

  private packet(batch: Batch, row: number): void {
    const { view, sourceAddress, targetAddress, addressBytes } = this.frame;
    const source = addressKey(view, sourceAddress, addressBytes);
    const target = addressKey(view, targetAddress, addressBytes);
    const timeUs = batch.timeUs[row]!;
    for (const { id, addresses, untilUs } of this.scopes) {
      if (timeUs >= untilUs || !(addresses.includes(source) || addresses.includes(target))) continue;
      const at = batch.offset[row]!;
      const bytes = new Uint8Array(batch.bytes.subarray(at, at + batch.captured[row]!));
      if (this.bytes + bytes.length > WAITING_BYTES_MAX) {
        this.lost++;
        continue;
      }
      this.bytes += bytes.length;
      const packets = this.waiting.get(id);
      const packet = { timeUs, wireBytes: batch.wire[row]!, link: batch.link[row]!, bytes };
      if (packets === undefined) this.waiting.set(id, [packet]);
      else packets.push(packet);
    }
  }

  /** What was copied since this was last asked, by order. */
  take(): ReadonlyMap<string, readonly RawPacket[]> {
    const taken = this.waiting;
    this.waiting = new Map();
    this.bytes = 0;
    return taken;
  }

  get hasPackets(): boolean {
    return this.waiting.size > 0;
  }
}
