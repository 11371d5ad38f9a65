/**
 * Masked packets of a live sensor (contract 4.7): of every conversation the first ones, masked as they are copied; of those
 * that a finding has named, from then on the last ones as well. One pool for each worker; the conversation that began first
 * gives way, counted. After a pause the masks know nothing until a message begins again.
 */
import { addressKey } from '../bytes/address.ts';
import type { Batch } from '../bytes/batch.ts';
import { Direction } from '../evidence/masker.ts';
import type { Limits } from '../limits.ts';
import { communityId } from '../wire/community-id.ts';
import { Decoder } from '../wire/decode.ts';
import { Frame, ICMP, ICMPV6 } from '../wire/frame.ts';
import { type Kept, keptPacket, withoutHalves } from './kept-packet.ts';

/** As it crosses threads: nothing that belongs to a thread. */
export interface MaskedPacket {
  readonly number: number;
  readonly timeUs: number;
  readonly wireBytes: number;
  readonly link: number;
  readonly bytes: Uint8Array;
  readonly masked: ReadonlyMap<string, number>;
}

export interface KeptFlow {
  readonly packets: readonly MaskedPacket[];
  /** Of the conversation that are not among them. */
  readonly leftOut: number;
}

interface Conversation {
  readonly name: string;
  readonly first: Kept[];
  readonly last: Kept[];
  readonly toServer: Direction;
  readonly toClient: Direction;
  /** Half of the key of its tuple: of the side whose first packet was seen. */
  readonly opener: number;
  isWanted: boolean;
  packets: number;
  bytes: number;
}

export class PacketKeeper {
  /** Conversations that gave way. */
  evicted = 0;
  private readonly limits: Limits;
  private readonly bytesMax: number;
  private readonly decoder: Decoder;
  private readonly frame = new Frame();
  private readonly conversations = new Map<number, Conversation>();
  private readonly byName = new Map<string, Conversation>();
  /** Named before their first packet came here: another worker may have them, or they are of the future. */
  private readonly wanted = new Set<string>();
  private number = 0;
  private bytes = 0;
  private from = 0;
  private to = 0;

  constructor(limits: Limits, megabytes: number) {
    this.limits = limits;
    this.bytesMax = megabytes * 1024 * 1024;
    // No datagram is put together: pieces are masked as they came.
    this.decoder = new Decoder({ ...limits, fragmentPartsMax: 0 });
  }

  process(batch: Batch, from: number, to: number): void {
    const { decoder, frame } = this;
    for (let row = from; row < to; row++) {
      this.number++;
      decoder.decode(batch, row, frame);
      if (frame.transportProtocol === 0 || frame.fragmentOffset >= 0) continue;
      this.packet(batch, row, this.conversationOf());
    }
  }

  private packet(batch: Batch, row: number, conversation: Conversation): void {
    const { first, last, isWanted, opener } = conversation;
    conversation.packets++;
    const most = isWanted ? this.limits.evidenceFlowPackets : this.limits.evidenceFirstPackets;
    const isFirst = first.length < most && last.length === 0;
    if (!isFirst && !isWanted) return;
    const direction = opener === this.from ? conversation.toServer : conversation.toClient;
    const kept = keptPacket(batch, row, this.frame, direction, this.number);
    (isFirst ? first : last).push(kept);
    this.add(conversation, kept.bytes.length);
    if (last.length > this.limits.evidenceFlowPackets) this.add(conversation, -(last.shift()?.bytes.length ?? 0));
    if (this.bytes > this.bytesMax) this.giveWay(conversation);
  }

  private add(conversation: Conversation, bytes: number): void {
    conversation.bytes += bytes;
    this.bytes += bytes;
  }

  /** The oldest that nobody has asked for, and when all are asked for, the oldest. */
  private giveWay(newest: Conversation): void {
    for (const isSpared of [true, false]) {
      for (const [key, one] of this.conversations) {
        if (this.bytes <= this.bytesMax) return;
        if (one === newest || (isSpared && one.isWanted)) continue;
        this.conversations.delete(key);
        this.byName.delete(one.name);
        this.bytes -= one.bytes;
        this.evicted++;
      }
    }
  }

  private conversationOf(): Conversation {
    const { frame } = this;
    const isIcmp = frame.transportProtocol === ICMP || frame.transportProtocol === ICMPV6;
    this.from = this.endOf(frame.sourceAddress, isIcmp ? 0 : frame.sourcePort);
    this.to = this.endOf(frame.targetAddress, isIcmp ? 0 : frame.targetPort);
    // The same for both directions: 53 bits, of which two conversations share all hardly ever.
    const low = (this.from ^ this.to) >>> 0;
    const high = (Math.imul(this.from, this.to) ^ frame.transportProtocol) & 0x1fffff;
    const key = high * 2 ** 32 + low;
    const known = this.conversations.get(key);
    if (known !== undefined) return known;
    const conversation = this.begin(isIcmp);
    this.conversations.set(key, conversation);
    this.byName.set(conversation.name, conversation);
    if (this.conversations.size > this.limits.flowsMax) this.forgetOldest(conversation);
    return conversation;
  }

  private begin(isIcmp: boolean): Conversation {
    const { view, sourceAddress, targetAddress, addressBytes, transportProtocol } = this.frame;
    const { icmpType, icmpCode, sourcePort, targetPort } = this.frame;
    const source = addressKey(view, sourceAddress, addressBytes);
    const target = addressKey(view, targetAddress, addressBytes);
    const ports: readonly [number, number] = isIcmp ? [icmpType, icmpCode] : [sourcePort, targetPort];
    const name = communityId(transportProtocol, source, target, ports[0], ports[1]);
    const sides = { toServer: new Direction(), toClient: new Direction(), opener: this.from };
    const isWanted = this.wanted.delete(name);
    return { name, first: [], last: [], ...sides, isWanted, packets: 0, bytes: 0 };
  }

  private forgetOldest(newest: Conversation): void {
    for (const [key, one] of this.conversations) {
      if (one === newest) return;
      this.conversations.delete(key);
      this.byName.delete(one.name);
      this.bytes -= one.bytes;
      this.evicted++;
      return;
    }
  }

  /** FNV-1a of an address and a port. */
  private endOf(at: number, port: number): number {
    const { view, addressBytes } = this.frame;
    let hash = Math.imul(0x811c9dc5 ^ port, 0x01000193);
    for (let i = 0; i < addressBytes; i++) hash = Math.imul(hash ^ view.getUint8(at + i), 0x01000193);
    return hash ^ (hash >>> 15);
  }

  /** What there is of these conversations; from now on their last packets are kept too. */
  take(names: readonly string[]): Map<string, KeptFlow> {
    const taken = new Map<string, KeptFlow>();
    for (const name of names) {
      const one = this.byName.get(name);
      if (one === undefined) {
        if (this.wanted.size < this.limits.findingsMax) this.wanted.add(name);
        continue;
      }
      one.isWanted = true;
      const packets = withoutHalves([...one.first, ...one.last]).map(crossing);
      taken.set(name, { packets, leftOut: one.packets - packets.length });
    }
    return taken;
  }
}

function crossing({ number, timeUs, wireBytes, link, bytes, masked }: Kept): MaskedPacket {
  return { number, timeUs, wireBytes, link, bytes: bytes.slice(), masked };
}
