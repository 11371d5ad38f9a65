/**
 * The second copy of a packet: a mirror of both ports of a conversation, or of both sides of a router,
 * shows many packets twice. The copy is dropped and counted before it reaches a flow.
 *
 * What stays the same on every hop is compared (addresses, IP identification, lengths, ports, numbers,
 * transport checksum); what a router or switch changes (MAC, VLAN, TTL, header checksum) is not.
 * Two hashes of 32 bits, one to find the bucket and one to compare, so that a false match needs luck of
 * one in four billion per packet in the window. A bucket remembers its last four packets: copies come behind a
 * burst of the same two hosts, and with one packet per bucket every hundredth copy would be taken for new.
 */
import { fold, mix } from '../bytes/hash.ts';
import type { Limits } from '../limits.ts';
import { type Frame, TCP } from '../wire/frame.ts';

/** Packets that a bucket remembers, the oldest of which goes first. */
const WAYS = 4;

export class Duplicates {
  dropped = 0;
  private readonly mask: number;
  private readonly bucketsPer: number;
  private readonly prints: Int32Array;
  private readonly timesUs: Float64Array;
  /** The way of each bucket that is overwritten next. */
  private readonly hands: Uint8Array;
  private readonly windowUs: number;
  private readonly blindWindowUs: number;

  constructor(limits: Limits) {
    let buckets = 1;
    while (buckets * WAYS < limits.duplicatesMax / limits.flowPartitions) buckets *= 2;
    this.bucketsPer = buckets;
    this.mask = buckets - 1;
    this.prints = new Int32Array(buckets * WAYS * limits.flowPartitions);
    this.timesUs = new Float64Array(buckets * WAYS * limits.flowPartitions).fill(Number.NEGATIVE_INFINITY);
    this.hands = new Uint8Array(buckets * limits.flowPartitions);
    this.windowUs = limits.duplicateWindowMs * 1000;
    this.blindWindowUs = limits.duplicateWindowBlindMs * 1000;
  }

  /** Has this packet been seen a moment ago? `hostHash` is the flow table's, of the same packet. */
  isCopy(partition: number, hostHash: number, frame: Frame): boolean {
    const { transportProtocol: transport, timeUs } = frame;
    const ports = (frame.sourcePort << 16) | frame.targetPort;
    const length = frame.payloadWire;
    let a = fold(hostHash, ports);
    let b = fold(ports ^ 0x5bd1e995, hostHash);
    a = fold(a, frame.identification ^ (length << 16));
    b = fold(b, frame.identification ^ length);
    if (transport === TCP) {
      a = fold(a, frame.sequence);
      b = fold(b, frame.acknowledgement);
      b = fold(b, (frame.checksum << 16) | (frame.window & 0xffff));
      b = fold(b, frame.sequence ^ (frame.tcpFlags << 24));
    } else {
      // What only TCP fills still holds the numbers of an earlier packet here. Of ARP, which has no checksum
      // either, the shard writes down operation and sender in place of the numbers.
      if (transport !== 0) b = fold(b, frame.checksum);
      else b = fold(fold(b, frame.sequence), frame.acknowledgement);
      b = fold(b, contentWord(frame));
      // The host hash is the same both ways, and without ports nothing else tells question and answer apart.
      b = fold(b, frame.view.getInt32(frame.sourceAddress + frame.addressBytes - 4));
    }
    const bucket = partition * this.bucketsPer + (mix(a ^ b) & this.mask);
    const print = mix(b ^ Math.imul(a, 3));
    const windowUs = frame.identification !== 0 || transport === TCP ? this.windowUs : this.blindWindowUs;
    for (let slot = bucket * WAYS; slot < (bucket + 1) * WAYS; slot++) {
      if (this.prints[slot] !== print || Math.abs(timeUs - this.timesUs[slot]!) > windowUs) continue;
      this.dropped++;
      return true;
    }
    const hand = this.hands[bucket]!;
    this.hands[bucket] = (hand + 1) % WAYS;
    this.prints[bucket * WAYS + hand] = print;
    this.timesUs[bucket * WAYS + hand] = timeUs;
    return false;
  }
}

/** First and last words of the payload: datagrams without a checksum still differ in their content. */
function contentWord(frame: Frame): number {
  const { view, payload, end } = frame;
  if (end - payload < 8) return end > payload ? view.getUint8(payload) : 0;
  return view.getInt32(payload) ^ Math.imul(view.getInt32(end - 4), 5);
}
