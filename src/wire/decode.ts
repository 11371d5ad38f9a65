/**
 * From the bytes of a packet to the frame: link, tags, tunnels, network, transport.
 *
 *     link ─► tags ─► IPv4, IPv6 ─► TCP, UDP, SCTP, ICMP ─► payload
 *               ▲          │  ▲           │
 *               └──────────┴──┴───────────┘   GRE, ERSPAN, VXLAN, Geneve, IP in IP …: once more from the inside
 *
 * The frame describes the innermost packet. When that is broken, or nothing we know, the frame is the outer one's:
 * no mirror loses a packet over its content. No input throws, allocates, or is read beyond its captured bytes.
 */
import type { Batch } from '../bytes/batch.ts';
import type { Limits } from '../limits.ts';
import { arp } from './arp.ts';
import { backbone } from './backbone.ts';
import * as type from './ether-type.ts';
import { ethernet } from './ethernet.ts';
import { HELD, Reassembler } from './fragments.ts';
import { clear, clearPacket, copyFrame, Frame, ICMP, ICMPV6, odd, SCTP, STOP, TCP, tagged, UDP } from './frame.ts';
import { geneve } from './geneve.ts';
import { gre } from './gre.ts';
import { gtp } from './gtp.ts';
import { icmp } from './icmp.ts';
import { ipv4 } from './ipv4.ts';
import { AUTHENTICATION, extensions, ipv6 } from './ipv6.ts';
import { LINK_ETHERNET, linkHeader } from './link.ts';
import { llc } from './llc.ts';
import { mpls } from './mpls.ts';
import { pppoe } from './pppoe.ts';
import { sctp } from './sctp.ts';
import { tcp } from './tcp.ts';
import { tzsp } from './tzsp.ts';
import { udp } from './udp.ts';
import { tags } from './vlan.ts';
import { vxlan, vxlanGpe } from './vxlan.ts';

/** A wire length beyond this is a forged record of a file; the largest real one is a segment the card has yet to cut. */
const WIRE_BYTES_MAX = 1 << 24;

// IP protocol numbers that carry packets.
const IP_IN_IP = 4;
const IPV6_IN_IP = 41;
const GRE = 47;

// UDP ports that carry packets.
const GTP_PORT = 2152;
const VXLAN_PORT = 4789;
const VXLAN_GPE_PORT = 4790;
const GENEVE_PORT = 6081;
const VXLAN_LINUX_PORT = 8472;
const TZSP_PORT = 37008;

export class Decoder {
  readonly #limits: Limits;
  readonly #fragments: Reassembler;
  /** The packet around the one being decoded; `networkVersion` 0 while there is none. */
  readonly #outer: Frame = new Frame();

  constructor(limits: Limits) {
    this.#limits = limits;
    this.#fragments = new Reassembler(limits);
  }

  /** IP fragments seen, and those of them that could not be used. */
  get fragmentsSeen(): number {
    return this.#fragments.seen;
  }
  get fragmentsDropped(): number {
    return this.#fragments.dropped;
  }
  /** Datagrams put together, given up for their age, given up for lack of room. */
  get datagramsWhole(): number {
    return this.#fragments.whole;
  }
  get datagramsExpired(): number {
    return this.#fragments.expired;
  }
  get datagramsEvicted(): number {
    return this.#fragments.evicted;
  }

  /** Packet time goes on: drops fragments that have waited too long. */
  tick(nowUs: number): void {
    this.#fragments.tick(nowUs);
  }

  /** Fills `frame` for one row. True when it holds a network header (IPv4, IPv6, ARP) of a packet that is whole. */
  decode(batch: Batch, row: number, frame: Frame): boolean {
    const at = batch.offset[row]!;
    const captured = batch.captured[row]!;
    const wire = batch.wire[row]!;
    clear(frame);
    this.#outer.networkVersion = 0;
    if (frame.view !== batch.view) {
      frame.view = batch.view;
      frame.bytes = batch.bytes;
    }
    frame.end = at + captured;
    frame.wireEnd = wire > captured ? at + Math.min(wire, WIRE_BYTES_MAX) : frame.end;
    const tag = batch.vlan[row]!;
    if (tag !== 0) tagged(frame, tag & 0xffff);
    const link = batch.link[row]!;
    let next = link === LINK_ETHERNET ? ethernet(frame, at) : linkHeader(frame, link, at);
    if (next === STOP) return false;
    // Nine packets of ten end right here, without the loop.
    if (frame.etherType === type.IPV4) {
      next = ipv4(frame, next);
      if (frame.networkVersion === 0) return false;
      if (frame.ipProtocol === TCP && frame.fragmentOffset < 0 && next !== STOP) {
        tcp(frame, next);
        return true;
      }
    }
    return this.#headers(batch, row, frame, next);
  }

  /** Header by header until there is nothing more to take off; without a network header so far, the next is sought. */
  #headers(batch: Batch, row: number, frame: Frame, from: number): boolean {
    let at = from;
    for (let count = 0; count < this.#limits.headersMax; count++) {
      if (frame.networkVersion === 0) {
        at = this.#towardsNetwork(frame, at);
        if (at === STOP && frame.networkVersion === 0) return this.#backToOuter(frame);
      } else {
        if (frame.fragmentOffset >= 0) at = this.#fragment(batch, row, frame, at);
        if (at === HELD) return false;
        if (at !== STOP) at = this.#transport(frame, at);
        if (at === STOP) return true;
      }
    }
    odd(frame, 'headers_too_many');
    return frame.networkVersion !== 0 || this.#backToOuter(frame);
  }

  /** The network header, or what stands between it and the link. ARP ends here, with the frame filled. */
  #towardsNetwork(frame: Frame, at: number): number {
    switch (frame.etherType) {
      case type.IPV4:
        return ipv4(frame, at);
      case type.IPV6:
        return ipv6(frame, at, this.#limits.ipv6ExtensionsMax);
      case type.ARP:
        return arp(frame, at);
      case type.VLAN:
      case type.SERVICE_VLAN:
      case type.OLD_VLAN_9100:
      case type.OLD_VLAN_9200:
      case type.VN_TAG:
      case type.E_TAG:
        return tags(frame, at, this.#limits.vlanTagsMax);
      case type.LLC:
        return llc(frame, at);
      case type.MPLS:
      case type.MPLS_UPSTREAM:
        return this.#bridged(frame, mpls(frame, at, this.#limits.mplsLabelsMax));
      case type.PPPOE_SESSION:
        return pppoe(frame, at);
      case type.BACKBONE:
        return this.#bridged(frame, backbone(frame, at));
      case type.BRIDGED:
        return ethernet(frame, at);
      case type.LLDP:
        frame.payload = at;
        return STOP;
      default:
        return STOP;
    }
  }

  /** A pseudo-wire's or a provider's bridge: Ethernet in Ethernet is a tunnel too, without a packet to go back to. */
  #bridged(frame: Frame, at: number): number {
    if (at === STOP || frame.etherType !== type.BRIDGED) return at;
    if (frame.tunnels >= this.#limits.tunnelDepthMax) return odd(frame, 'tunnel_too_deep');
    frame.tunnels++;
    return at;
  }

  /** Ports and payload; or, of a tunnel, where the packet inside begins. */
  #transport(frame: Frame, from: number): number {
    let at = from;
    if (frame.ipProtocol === AUTHENTICATION) {
      at = this.#extensions(frame, at);
      if (at === STOP) return STOP;
    }
    switch (frame.ipProtocol) {
      case TCP:
        tcp(frame, at);
        return STOP;
      case UDP:
        udp(frame, at);
        return frame.targetPort >= GTP_PORT ? this.#udpTunnel(frame) : STOP;
      case ICMP:
      case ICMPV6:
        icmp(frame, at);
        return STOP;
      case SCTP:
        sctp(frame, at);
        return STOP;
      case GRE:
      case IP_IN_IP:
      case IPV6_IN_IP:
        return this.#ipTunnel(frame, at);
      default:
        return STOP;
    }
  }

  #ipTunnel(frame: Frame, at: number): number {
    const protocol = frame.ipProtocol;
    if (!this.#enter(frame)) return STOP;
    if (protocol !== GRE) {
      frame.etherType = protocol === IP_IN_IP ? type.IPV4 : type.IPV6;
      return at;
    }
    return this.#inside(frame, gre(frame, at));
  }

  /** By its port a datagram may be a tunnel; by its header it is, or stays a datagram. */
  #udpTunnel(frame: Frame): number {
    const at = frame.payload;
    switch (frame.targetPort) {
      case VXLAN_PORT:
      case VXLAN_LINUX_PORT:
        return this.#enter(frame) ? this.#inside(frame, vxlan(frame, at)) : STOP;
      case VXLAN_GPE_PORT:
        return this.#enter(frame) ? this.#inside(frame, vxlanGpe(frame, at)) : STOP;
      case GENEVE_PORT:
        return this.#enter(frame) ? this.#inside(frame, geneve(frame, at)) : STOP;
      case GTP_PORT:
        return this.#enter(frame) ? this.#inside(frame, gtp(frame, at)) : STOP;
      case TZSP_PORT:
        return this.#enter(frame) ? this.#inside(frame, tzsp(frame, at)) : STOP;
      default:
        return STOP;
    }
  }

  /** Keeps the packet as it is and begins another one inside it; false when that is too deep. */
  #enter(frame: Frame): boolean {
    if (frame.tunnels >= this.#limits.tunnelDepthMax) {
      odd(frame, 'tunnel_too_deep');
      return false;
    }
    copyFrame(frame, this.#outer);
    clearPacket(frame);
    frame.tunnelId = -1;
    frame.tunnels++;
    return true;
  }

  /** Behind a tunnel header: on to what it carries, an Ethernet frame or a type; or back, when it was none. */
  #inside(frame: Frame, at: number): number {
    if (at === STOP) {
      this.#backToOuter(frame);
      return STOP;
    }
    return at;
  }

  /** What is inside cannot be used: the packet around it counts. False when there is none with a network header. */
  #backToOuter(frame: Frame): boolean {
    if (this.#outer.networkVersion === 0) return false;
    const { oddity } = frame;
    copyFrame(this.#outer, frame);
    frame.oddity = oddity;
    return true;
  }

  /** Behind a fragment: `HELD`, or the datagram's payload when this was the last one missing. */
  #fragment(batch: Batch, row: number, frame: Frame, at: number): number {
    if (at === STOP) return HELD;
    const next = this.#fragments.add(frame, at, batch.timeUs[row]!);
    return next === HELD || frame.networkVersion === 4 ? next : this.#extensions(frame, next);
  }

  /** Extension headers where no fragment may stand: behind one, or behind an authentication header. */
  #extensions(frame: Frame, at: number): number {
    const next = extensions(frame, at, this.#limits.ipv6ExtensionsMax);
    return frame.fragmentOffset >= 0 ? odd(frame, 'ip_fragment_nested') : next;
  }
}
