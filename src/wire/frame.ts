/**
 * Where things are in the packet being decoded. One object, filled again for every packet.
 *
 * What a header says is good only where that header is: addresses with `networkVersion`, numbers, flags and checksum
 * with `transportProtocol`, ICMP type and code with ICMP. Otherwise the values of an older packet stand there.
 */
export class Frame {
  /** Capture time and number of the packet, from 1: told by whoever has the packet decoded. */
  timeUs = 0;
  packet = 0;
  /** End of what the shortest claim of all headers leaves (exclusive), never beyond the captured bytes. */
  end = 0;
  /** Where the packet ended on the wire by the same claims; more than `end` when the capture cut it short. */
  wireEnd = 0;
  /** Bytes between `payload` and the end of the packet on the wire; more than `end - payload` when it was cut short. */
  payloadWire = 0;

  /** Offsets of the hardware addresses of the innermost packet, -1 where it has none (IP straight in a tunnel). */
  sourceMac = -1;
  targetMac = -1;
  /** Outermost and innermost VLAN id: equal with one tag, -1 without. A priority tag (id 0) is no VLAN. */
  vlan = -1;
  innerVlan = -1;
  /** Headers that carried this packet inside another (GRE, VXLAN, IP in IP …). */
  tunnels = 0;
  /** What the innermost tunnel calls itself (VXLAN and Geneve VNI, GRE key, ERSPAN session …), or -1. */
  tunnelId = -1;
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
  /** A fragment that is held: its offset in the datagram (-1: no fragment), 1 when more follow, its number. */
  fragmentOffset = -1;
  fragmentMore = 0;
  fragmentId = 0;
  /** How many fragments this packet was put together from; 0 for one that came whole. */
  fragments = 0;
  /** IP protocol number at the end of the extension headers, decoded or not (47 GRE, 50 ESP …). */
  ipProtocol = 0;
  /** IP protocol number of the transport; 0 when there is none to decode (cut short, malformed, ESP …). */
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
  /** ICMP and ICMPv6: type and code. Their ports are 0. */
  icmpType = -1;
  icmpCode = -1;

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

/** What a header function returns when nothing follows that could be decoded. */
export const STOP = -1;

/** Names the first trouble of a packet; later ones are its consequences. Returns `STOP` so that a check is one line. */
export function odd(frame: Frame, name: string): number {
  if (frame.oddity === '') frame.oddity = name;
  return STOP;
}

/**
 * Takes a header's claim where the packet ends. A claim beyond the wire is a lie on a cable, but inside a tunnel
 * it is how a mirror port says that it sent only the beginning.
 */
export function claim(frame: Frame, claimedEnd: number, oddity: string): void {
  if (claimedEnd <= frame.wireEnd) frame.wireEnd = claimedEnd;
  else if (frame.tunnels === 0) odd(frame, oddity);
  else {
    frame.wireEnd = claimedEnd;
    odd(frame, 'tunnel_payload_cut');
  }
  if (claimedEnd < frame.end) frame.end = claimedEnd;
}

/** Notes a VLAN id, from the outside in. */
export function tagged(frame: Frame, tag: number): void {
  const id = tag & 0xfff;
  if (id === 0) return;
  if (frame.vlan < 0) frame.vlan = id;
  frame.innerVlan = id;
}

/** Forgets the packet before: what nobody may read in this one unless a header says so. */
export function clear(frame: Frame): void {
  frame.vlan = -1;
  frame.innerVlan = -1;
  frame.tunnels = 0;
  frame.tunnelId = -1;
  frame.fragments = 0;
  // Most packets are not odd: comparing is cheaper than storing a reference.
  if (frame.oddity !== '') frame.oddity = '';
  clearPacket(frame);
}

/** Forgets what one packet says about itself, when another one begins inside it. */
export function clearPacket(frame: Frame): void {
  frame.sourceMac = -1;
  frame.targetMac = -1;
  frame.networkVersion = 0;
  frame.fragmentOffset = -1;
  frame.transportProtocol = 0;
  frame.sourcePort = 0;
  frame.targetPort = 0;
}

/** Copies one frame over another, so that the outer packet can come back when the inner one is broken. */
export function copyFrame(from: Frame, to: Frame): void {
  to.timeUs = from.timeUs;
  to.packet = from.packet;
  to.end = from.end;
  to.wireEnd = from.wireEnd;
  to.payloadWire = from.payloadWire;
  to.sourceMac = from.sourceMac;
  to.targetMac = from.targetMac;
  to.vlan = from.vlan;
  to.innerVlan = from.innerVlan;
  to.tunnels = from.tunnels;
  to.tunnelId = from.tunnelId;
  to.etherType = from.etherType;
  to.network = from.network;
  to.networkVersion = from.networkVersion;
  to.sourceAddress = from.sourceAddress;
  to.targetAddress = from.targetAddress;
  to.addressBytes = from.addressBytes;
  to.timeToLive = from.timeToLive;
  to.identification = from.identification;
  to.fragmentOffset = from.fragmentOffset;
  to.fragmentMore = from.fragmentMore;
  to.fragmentId = from.fragmentId;
  to.fragments = from.fragments;
  to.ipProtocol = from.ipProtocol;
  to.transportProtocol = from.transportProtocol;
  to.transport = from.transport;
  to.sourcePort = from.sourcePort;
  to.targetPort = from.targetPort;
  to.sequence = from.sequence;
  to.acknowledgement = from.acknowledgement;
  to.tcpFlags = from.tcpFlags;
  to.window = from.window;
  to.checksum = from.checksum;
  to.icmpType = from.icmpType;
  to.icmpCode = from.icmpCode;
  to.payload = from.payload;
  to.view = from.view;
  to.bytes = from.bytes;
  to.oddity = from.oddity;
}
