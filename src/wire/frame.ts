/** Where things are in the packet being decoded. One object, filled again for every packet. */
export class Frame {
  /** End of what the shortest claim of all headers leaves (exclusive), never beyond the captured bytes. */
  end = 0;
  /** Bytes between `payload` and the end of the packet on the wire; more than `end - payload` when it was cut short. */
  payloadWire = 0;

  /** Hardware addresses of the innermost Ethernet header; offset of the source address, or -1. */
  sourceMac = -1;
  targetMac = -1;
  /** Outermost and innermost VLAN id, -1 without a tag. */
  vlan = -1;
  innerVlan = -1;
  /** Headers that carried this packet inside another (GRE, VXLAN, IP in IP …). */
  tunnels = 0;
  /** EtherType of the innermost network header. */
  etherType = 0;

  /** Offset of the network header, and 4, 6 (IP), 1 (ARP) or 0 (none that is decoded). */
  network = 0;
  networkVersion = 0;
  /** Offsets of the two addresses in the arena and their length: 4 or 16. */
  sourceAddress = 0;
  targetAddress = 0;
  addressBytes = 0;
  timeToLive = 0;
  /** IPv4 identification, or 0. */
  identification = 0;
  /** IP protocol number of the transport; 0 when there is none to decode (later fragments, ESP …). */
  transportProtocol = 0;

  transport = 0;
  sourcePort = 0;
  targetPort = 0;
  /** TCP: numbers as signed 32-bit integers; compare two of them with `(a - b) | 0`. */
  sequence = 0;
  acknowledgement = 0;
  tcpFlags = 0;
  window = 0;
  checksum = 0;

  payload = 0;

  /** The arena the offsets are in: the batch's, or the reassembler's own after the last fragment. */
  view: DataView<ArrayBufferLike> = new DataView(new ArrayBuffer(0));
  bytes: Uint8Array<ArrayBufferLike> = new Uint8Array(0);

  /** Name of what was odd about this packet (docs/oddities.md), '' when nothing was. */
  oddity = '';
}

export const TCP = 6;
export const UDP = 17;
export const ICMP = 1;
export const ICMPV6 = 58;
export const SCTP = 132;

export const FIN = 0x01;
export const SYN = 0x02;
export const RST = 0x04;
export const ACK = 0x10;
