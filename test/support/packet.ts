/**
 * Builders of packets for tests, from the inside out: `ethernet(ipv4(tcp('hello')))`.
 *
 * Every builder takes what it carries first and its own fields second; lengths are right unless given.
 * Checksums are 0: nobody here verifies them.
 */

import { parseAddress } from '../../src/bytes/address.ts';
import { Batch } from '../../src/bytes/batch.ts';

export type Content = Uint8Array | string | readonly number[];

export const bytes = (...parts: readonly Content[]): Uint8Array =>
  new Uint8Array(
    Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from(part)))),
  );

export const u8 = (value: number): number[] => [value & 255];
export const u16 = (value: number): number[] => [(value >> 8) & 255, value & 255];
export const u24 = (value: number): number[] => [(value >> 16) & 255, ...u16(value)];
export const u32 = (value: number): number[] => [...u16(value >>> 16), ...u16(value)];

/** An IPv4 or IPv6 address in text, as its bytes. */
export function address(text: string): number[] {
  const key = parseAddress(text);
  return Array.from(key).flatMap((unit) => u16(unit.charCodeAt(0)));
}

export const mac = (text: string): number[] => text.split(':').map((part) => Number.parseInt(part, 16));

export const MAC_A = '02:00:00:00:00:0a';
export const MAC_B = '02:00:00:00:00:0b';
export const IP_A = '10.1.0.1';
export const IP_B = '10.1.0.2';
export const IP6_A = '2001:db8::a';
export const IP6_B = '2001:db8::b';

/** IPv4 or IPv6 by the first four bits of what is carried; anything else has to be said. */
function typeOf(payload: Uint8Array): number {
  return (payload[0] ?? 0) >> 4 === 6 ? 0x86dd : 0x0800;
}

export function ethernet(
  payload: Content,
  { source = MAC_A, target = MAC_B, type = typeOf(bytes(payload)) } = {},
): Uint8Array {
  return bytes(mac(target), mac(source), u16(type), payload);
}

/** A tag: carry it with `ethernet(vlan(7, ipv4(…)), { type: 0x8100 })`. */
export function vlan(id: number, payload: Content, { type = typeOf(bytes(payload)), priority = 0 } = {}): Uint8Array {
  return bytes(u16((priority << 13) | id), u16(type), payload);
}

/** An 802.3 frame whose payload begins with an LLC header. */
export const snap = (payload: Content, { type = typeOf(bytes(payload)), organisation = 0 } = {}): Uint8Array =>
  bytes([0xaa, 0xaa, 0x03], u24(organisation), u16(type), payload);

/** A stack of labels. */
export const mpls = (labels: readonly number[], payload: Content): Uint8Array =>
  bytes(...labels.map((label, i) => u32((label << 12) | (i === labels.length - 1 ? 0x100 : 0) | 64)), payload);

export function pppoe(payload: Content, { session = 1, length = -1, protocol = 0x0021 } = {}): Uint8Array {
  const ppp = bytes(u16(protocol), payload);
  return bytes([0x11, 0], u16(session), u16(length < 0 ? ppp.length : length), ppp);
}

export interface Ipv4Fields {
  source?: string;
  target?: string;
  protocol?: number;
  identification?: number;
  timeToLive?: number;
  /** In bytes. */
  fragmentOffset?: number;
  more?: boolean;
  totalLength?: number;
  options?: Content;
  headerWords?: number;
  version?: number;
}

export function ipv4(payload: Content, fields: Ipv4Fields = {}): Uint8Array {
  const options = bytes(fields.options ?? []);
  const headerBytes = 20 + options.length;
  const totalLength = fields.totalLength ?? headerBytes + bytes(payload).length;
  return bytes(
    u8(((fields.version ?? 4) << 4) | (fields.headerWords ?? headerBytes / 4)),
    u8(0),
    u16(totalLength),
    u16(fields.identification ?? 0),
    u16(((fields.fragmentOffset ?? 0) >> 3) | (fields.more === true ? 0x2000 : 0)),
    u8(fields.timeToLive ?? 64),
    u8(fields.protocol ?? 6),
    u16(0),
    address(fields.source ?? IP_A),
    address(fields.target ?? IP_B),
    options,
    payload,
  );
}

export interface Ipv6Fields {
  source?: string;
  target?: string;
  next?: number;
  hopLimit?: number;
  payloadLength?: number;
  version?: number;
}

export function ipv6(payload: Content, fields: Ipv6Fields = {}): Uint8Array {
  return bytes(
    u8((fields.version ?? 6) << 4),
    [0, 0, 0],
    u16(fields.payloadLength ?? bytes(payload).length),
    u8(fields.next ?? 6),
    u8(fields.hopLimit ?? 64),
    address(fields.source ?? IP6_A),
    address(fields.target ?? IP6_B),
    payload,
  );
}

/** An IPv6 extension header of the usual form, `words` × 8 bytes long. */
export const extension = (next: number, payload: Content, words = 1): Uint8Array =>
  bytes(u8(next), u8(words - 1), new Uint8Array(words * 8 - 2), payload);

export const fragment6 = (
  next: number,
  payload: Content,
  { offset = 0, more = false, identification = 1 } = {},
): Uint8Array => bytes(u8(next), u8(0), u16(offset | (more ? 1 : 0)), u32(identification), payload);

export interface TcpFields {
  sourcePort?: number;
  targetPort?: number;
  sequence?: number;
  acknowledgement?: number;
  flags?: number;
  window?: number;
  options?: Content;
  headerWords?: number;
}

export function tcp(payload: Content = [], fields: TcpFields = {}): Uint8Array {
  const options = bytes(fields.options ?? []);
  return bytes(
    u16(fields.sourcePort ?? 40_000),
    u16(fields.targetPort ?? 104),
    u32(fields.sequence ?? 1_000),
    u32(fields.acknowledgement ?? 2_000),
    u8((fields.headerWords ?? 5 + options.length / 4) << 4),
    u8(fields.flags ?? 0x18),
    u16(fields.window ?? 8_192),
    u16(0),
    u16(0),
    options,
    payload,
  );
}

export interface UdpFields {
  sourcePort?: number;
  targetPort?: number;
  length?: number;
}

export function udp(payload: Content = [], fields: UdpFields = {}): Uint8Array {
  return bytes(
    u16(fields.sourcePort ?? 40_000),
    u16(fields.targetPort ?? 53),
    u16(fields.length ?? 8 + bytes(payload).length),
    u16(0),
    payload,
  );
}

export const sctp = (payload: Content = [], { sourcePort = 40_000, targetPort = 2_905 } = {}): Uint8Array =>
  bytes(u16(sourcePort), u16(targetPort), u32(1), u32(0), payload);

export const icmp = (payload: Content = [], { type = 8, code = 0 } = {}): Uint8Array =>
  bytes(u8(type), u8(code), u16(0), u16(1), u16(1), payload);

export interface ArpFields {
  operation?: number;
  senderMac?: string;
  sender?: string;
  targetMac?: string;
  target?: string;
}

/** Carry it with `ethernet(arp(…), { type: 0x0806 })`. */
export function arp(fields: ArpFields = {}): Uint8Array {
  return bytes(
    u16(1),
    u16(0x0800),
    [6, 4],
    u16(fields.operation ?? 1),
    mac(fields.senderMac ?? MAC_A),
    address(fields.sender ?? IP_A),
    mac(fields.targetMac ?? '00:00:00:00:00:00'),
    address(fields.target ?? IP_B),
  );
}

/** Behind `ipv4(…, { protocol: 47 })`. */
export function gre(
  payload: Content,
  { type = typeOf(bytes(payload)), key = -1, sequence = -1, checksum = false, flags = 0 } = {},
): Uint8Array {
  const bits = flags | (checksum ? 0x8000 : 0) | (key >= 0 ? 0x2000 : 0) | (sequence >= 0 ? 0x1000 : 0);
  return bytes(
    u16(bits),
    u16(type),
    checksum ? u32(0) : [],
    key >= 0 ? u32(key) : [],
    sequence >= 0 ? u32(sequence) : [],
    payload,
  );
}

export const erspan1 = (frame: Content): Uint8Array => gre(frame, { type: 0x88be });

export const erspan2 = (frame: Content, { vlanId = 0, session = 1 } = {}): Uint8Array =>
  gre(bytes(u16(0x1000 | vlanId), u16(session), u32(0), frame), { type: 0x88be, sequence: 1 });

export const erspan3 = (frame: Content, { vlanId = 0, session = 1, subheader = false } = {}): Uint8Array =>
  gre(
    bytes(
      u16(0x2000 | vlanId),
      u16(session),
      u32(0),
      u16(0),
      u16(subheader ? 1 : 0),
      new Uint8Array(subheader ? 8 : 0),
      frame,
    ),
    { type: 0x22eb, sequence: 1 },
  );

/** UDP 4789 around a whole Ethernet frame. */
export const vxlan = (frame: Content, { networkId = 1, flags = 0x08, targetPort = 4789 } = {}): Uint8Array =>
  udp(bytes(u8(flags), [0, 0, 0], u24(networkId), u8(0), frame), { targetPort });

export const vxlanGpe = (payload: Content, { next = 3, networkId = 1, flags = 0x0c } = {}): Uint8Array =>
  udp(bytes(u8(flags), [0, 0], u8(next), u24(networkId), u8(0), payload), { targetPort: 4790 });

export const geneve = (payload: Content, { type = 0x6558, networkId = 1, options = bytes() } = {}): Uint8Array =>
  udp(bytes(u8(options.length / 4), u8(0), u16(type), u24(networkId), u8(0), options, payload), { targetPort: 6081 });

export const gtp = (packet: Content, { tunnelId = 1, flags = 0x30, optional = bytes() } = {}): Uint8Array =>
  udp(bytes(u8(flags), u8(0xff), u16(optional.length + bytes(packet).length), u32(tunnelId), optional, packet), {
    targetPort: 2152,
  });

export const tzsp = (frame: Content): Uint8Array =>
  udp(bytes([1, 0, 0, 1, 0, 10, 1, 200, 1], frame), { targetPort: 37008 });

export interface RowFields {
  link?: number;
  /** Bytes on the wire; as many as there are unless given. */
  wire?: number;
  /** Of the first row; every other one comes a microsecond later. */
  timeUs?: number;
  vlan?: number;
}

/** Puts packets into a batch, one row each; the arena is full of `filler` around them. `batch` is used again if given. */
export function batchOf(
  packets: readonly Uint8Array[],
  fields: RowFields = {},
  filler = 0xff,
  batch: Batch = new Batch(new Uint8Array(0)),
): Batch {
  const margin = 64;
  const size = packets.reduce((sum, packet) => sum + packet.length + margin, margin);
  batch.rebase(new Uint8Array(size).fill(filler));
  let at = margin;
  for (const [row, packet] of packets.entries()) {
    batch.bytes.set(packet, at);
    batch.offset[row] = at;
    batch.captured[row] = packet.length;
    batch.wire[row] = fields.wire ?? packet.length;
    batch.link[row] = fields.link ?? 1;
    batch.timeUs[row] = (fields.timeUs ?? 1_000_000) + row;
    batch.vlan[row] = fields.vlan ?? 0;
    at += packet.length + margin;
  }
  batch.count = packets.length;
  return batch;
}
