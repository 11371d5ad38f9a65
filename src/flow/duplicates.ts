/**
 * The second copy of a packet: a mirror of both ports of a conversation, or of both sides of a router,
 * shows many packets twice. The copy is dropped and counted before it reaches a flow.
 *
 * What stays the same on every hop is compared (addresses, IP identification, lengths, ports, numbers,
 * transport checksum); what a router or switch changes (MAC, VLAN, TTL, header checksum) is not.
 * Two hashes of 32 bits, one to find the slot and one to compare, so that a false match needs luck of
 * one in four billion per packet in the window.
 */
import { fold, mix } from '../bytes/hash.ts';
import type { Limits } from '../limits.ts';
import { type Frame, TCP } from '../wire/frame.ts';

export class Duplicates {
  dropped = 0;
  private readonly mask: number;
  private readonly slotsPer: number;
  private readonly prints: Int32Array;
  private readonly timesUs: Float64Array;
  private readonly windowUs: number;
  private readonly blindWindowUs: number;

  constructor(limits: Limits) {
    let slots = 1;
    while (slots < limits.duplicatesMax / limits.flowPartitions) slots *= 2;
    this.slotsPer = slots;
    this.mask = slots - 1;
    this.prints = new Int32Array(slots * limits.flowPartitions);
    this.timesUs = new Float64Array(slots * limits.flowPartitions).fill(Number.NEGATIVE_INFINITY);
    this.windowUs = limits.duplicateWindowMs * 1000;
    this.blindWindowUs = limits.duplicateWindowBlindMs * 1000;
  }

  /** Has this packet been seen a moment ago? `hostHash` is the flow table's, of the same packet. */
  isCopy(partition: number, hostHash: number, frame: Frame, timeUs: number): boolean {
    const ports = (frame.sourcePort << 16) | frame.targetPort;
    const length = frame.payloadWire;
    let a = fold(hostHash, ports);
    a = fold(a, frame.sequence);
    a = fold(a, frame.identification ^ (length << 16));
    let b = fold(ports ^ 0x5bd1e995, hostHash);
    b = fold(b, frame.acknowledgement);
    b = fold(b, (frame.checksum << 16) | (frame.window & 0xffff));
    b = fold(b, frame.sequence ^ (frame.tcpFlags << 24));
    b = fold(b, frame.identification ^ length);
    if (frame.transportProtocol !== TCP) {
      b = fold(b, contentWord(frame));
      // The host hash is the same both ways, and without ports nothing else tells question and answer apart.
      b = fold(b, frame.view.getInt32(frame.sourceAddress + frame.addressBytes - 4));
    }
    const slot = partition * this.slotsPer + (mix(a ^ b) & this.mask);
    const print = mix(b ^ Math.imul(a, 3));
    const before = this.timesUs[slot]!;
    const windowUs = frame.identification !== 0 || frame.transportProtocol === TCP ? this.windowUs : this.blindWindowUs;
    if (this.prints[slot] === print && timeUs - before <= windowUs && before - timeUs <= windowUs) {
      this.dropped++;
      return true;
    }
    this.prints[slot] = print;
    this.timesUs[slot] = timeUs;
    return false;
  }
}

/** First and last words of the payload: datagrams without a checksum still differ in their content. */
function contentWord(frame: Frame): number {
  const { view, payload, end } = frame;
  if (end - payload < 8) return end > payload ? view.getUint8(payload) : 0;
  return view.getInt32(payload) ^ Math.imul(view.getInt32(end - 4), 5);
}
