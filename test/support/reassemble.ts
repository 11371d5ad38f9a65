/**
 * Real conversations for tests: the TCP streams and UDP datagrams of a small capture file, in order.
 *
 * Deliberately plain and independent of `src/`: pcap and pcapng, Ethernet (VLAN), loopback, raw IP and
 * cooked links, IPv4 and IPv6 without tunnels, no fragments. Lost bytes become a `gap` turn.
 */
import { readFileSync } from 'node:fs';
import type { Turn } from './protocol.ts';

export interface Stream {
  /** `address:port` of who sent the SYN, or of the higher port where none was seen. */
  readonly client: string;
  readonly server: string;
  readonly clientPort: number;
  readonly serverPort: number;
  readonly turns: Turn[];
  /** No SYN was seen. */
  readonly midstream: boolean;
}

export interface Datagram {
  readonly from: string;
  readonly to: string;
  readonly fromPort: number;
  readonly toPort: number;
  readonly bytes: Uint8Array;
  readonly timeUs: number;
}

interface Packet {
  readonly link: number;
  readonly bytes: Uint8Array;
  readonly timeUs: number;
}

const TCP = 6;
const UDP = 17;
const FIN = 1;
const SYN = 2;
const ACK = 16;

export function reassemble(path: string): Stream[] {
  const streams: OpenStream[] = [];
  const open = new Map<string, OpenStream>();
  for (const packet of packetsOf(path)) {
    const ip = ipOf(packet);
    if (ip?.protocol !== TCP || ip.payload.length < 20) continue;
    const view = viewOf(ip.payload);
    const source = `${ip.source}:${view.getUint16(0)}`;
    const target = `${ip.target}:${view.getUint16(2)}`;
    const flags = view.getUint8(13);
    const key = [source, target].sort().join(' ');
    let stream = open.get(key);
    const opens = (flags & (SYN | ACK)) === SYN;
    if (stream === undefined || (opens && stream.sides[0].next !== -1 && stream.sides[0].next !== after(view))) {
      const fromClient = (flags & SYN) !== 0 ? opens : view.getUint16(0) >= view.getUint16(2);
      const [client, server] = fromClient ? [source, target] : [target, source];
      stream = new OpenStream(client, server, (flags & SYN) === 0);
      open.set(key, stream);
      streams.push(stream);
    }
    const data = ip.payload.subarray((view.getUint8(12) >> 4) * 4);
    stream.take(source === stream.client, view.getUint32(4), flags, data, packet.timeUs);
  }
  for (const stream of streams) stream.flush();
  return streams;
}

export function datagrams(path: string): Datagram[] {
  const list: Datagram[] = [];
  for (const packet of packetsOf(path)) {
    const ip = ipOf(packet);
    if (ip?.protocol !== UDP || ip.payload.length < 8) continue;
    const view = viewOf(ip.payload);
    list.push({
      from: ip.source,
      to: ip.target,
      fromPort: view.getUint16(0),
      toPort: view.getUint16(2),
      bytes: ip.payload.subarray(8, Math.max(8, view.getUint16(4))),
      timeUs: packet.timeUs,
    });
  }
  return list;
}

const after = (view: DataView): number => (view.getUint32(4) + 1) >>> 0;

interface Side {
  /** Next sequence number, -1 before the first packet. */
  next: number;
  early: { sequence: number; data: Uint8Array; timeUs: number }[];
}

class OpenStream implements Stream {
  readonly client: string;
  readonly server: string;
  readonly midstream: boolean;
  readonly turns: Turn[] = [];
  readonly sides: [Side, Side] = [
    { next: -1, early: [] },
    { next: -1, early: [] },
  ];

  constructor(client: string, server: string, midstream: boolean) {
    this.client = client;
    this.server = server;
    this.midstream = midstream;
  }

  get clientPort(): number {
    return portOf(this.client);
  }

  get serverPort(): number {
    return portOf(this.server);
  }

  take(toServer: boolean, sequence: number, flags: number, data: Uint8Array, timeUs: number): void {
    const side = this.sides[toServer ? 0 : 1];
    if ((flags & SYN) !== 0) side.next = (sequence + 1) >>> 0;
    if (data.length === 0 || (flags & SYN) !== 0) return;
    if (side.next === -1) side.next = sequence;
    side.early.push({ sequence, data, timeUs });
    this.drain(toServer, (flags & FIN) !== 0 && side.early.length > 64);
  }

  flush(): void {
    this.drain(true, true);
    this.drain(false, true);
  }

  private drain(toServer: boolean, force: boolean): void {
    const side = this.sides[toServer ? 0 : 1];
    const ahead = (sequence: number): number => (sequence - side.next) | 0;
    side.early.sort((a, b) => ahead(a.sequence) - ahead(b.sequence));
    while (side.early.length > 0) {
      const first = side.early[0]!;
      const lead = ahead(first.sequence);
      if (lead > 0) {
        if (!force) return;
        this.turns.push({ toServer, gap: lead, timeUs: first.timeUs });
        side.next = first.sequence;
      }
      side.early.shift();
      const fresh = first.data.subarray(Math.max(0, -lead));
      if (fresh.length === 0) continue;
      this.turns.push({ toServer, bytes: fresh, timeUs: first.timeUs });
      side.next = (side.next + fresh.length) >>> 0;
    }
  }
}

const portOf = (end: string): number => Number(end.slice(end.lastIndexOf(':') + 1));
const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

function ipOf(packet: Packet): { protocol: number; source: string; target: string; payload: Uint8Array } | null {
  const bytes = networkOf(packet);
  if (bytes === null || bytes.length < 20) return null;
  const view = viewOf(bytes);
  const version = view.getUint8(0) >> 4;
  const hex = (from: number, to: number): string => Buffer.from(bytes.subarray(from, to)).toString('hex');
  if (version === 4) {
    if ((view.getUint16(6) & 0x3fff) !== 0) return null;
    const quad = (at: number): string => [...bytes.subarray(at, at + 4)].join('.');
    const payload = bytes.subarray((view.getUint8(0) & 15) * 4, Math.max(20, view.getUint16(2) || bytes.length));
    return { protocol: view.getUint8(9), source: quad(12), target: quad(16), payload };
  }
  if (version !== 6 || bytes.length < 40) return null;
  const payload = bytes.subarray(40, 40 + view.getUint16(4));
  return { protocol: view.getUint8(6), source: hex(8, 24), target: hex(24, 40), payload };
}

/** From the IP header on, or null. */
function networkOf({ link, bytes }: Packet): Uint8Array | null {
  if (link === 101) return bytes;
  if (link === 0) return bytes.subarray(4);
  if (link === 113) return bytes.subarray(16);
  if (link !== 1 || bytes.length < 14) return null;
  const view = viewOf(bytes);
  let at = 12;
  while (at + 4 <= bytes.length && [0x8100, 0x88a8].includes(view.getUint16(at))) at += 4;
  return [0x0800, 0x86dd].includes(view.getUint16(at)) ? bytes.subarray(at + 2) : null;
}

function packetsOf(path: string): Packet[] {
  const bytes = new Uint8Array(readFileSync(path));
  const view = viewOf(bytes);
  return view.getUint32(0) === 0x0a0d0d0a ? pcapng(bytes, view) : pcap(bytes, view);
}

function pcap(bytes: Uint8Array, view: DataView): Packet[] {
  const little = [0xd4c3b2a1, 0x4d3cb2a1].includes(view.getUint32(0));
  const nano = [0x4d3cb2a1, 0xa1b23c4d].includes(view.getUint32(0));
  const link = view.getUint32(20, little) & 0xffff;
  const packets: Packet[] = [];
  for (let at = 24; at + 16 <= bytes.length; ) {
    const length = view.getUint32(at + 8, little);
    const fraction = view.getUint32(at + 4, little);
    const timeUs = view.getUint32(at, little) * 1e6 + (nano ? Math.floor(fraction / 1000) : fraction);
    packets.push({ link, bytes: bytes.subarray(at + 16, at + 16 + length), timeUs });
    at += 16 + length;
  }
  return packets;
}

/** Interface times are taken as microseconds: what every capture used here has. */
function pcapng(bytes: Uint8Array, view: DataView): Packet[] {
  const packets: Packet[] = [];
  const links: number[] = [];
  let little = true;
  for (let at = 0; at + 12 <= bytes.length; ) {
    if (view.getUint32(at) === 0x0a0d0d0a) {
      little = view.getUint32(at + 8) === 0x4d3c2b1a;
      links.length = 0;
    }
    const type = view.getUint32(at, little);
    if (type === 1) links.push(view.getUint16(at + 8, little));
    if (type === 6) {
      const length = view.getUint32(at + 20, little);
      packets.push({
        link: links[view.getUint32(at + 8, little)] ?? -1,
        bytes: bytes.subarray(at + 28, at + 28 + length),
        timeUs: view.getUint32(at + 12, little) * 2 ** 32 + view.getUint32(at + 16, little),
      });
    }
    at += Math.max(12, view.getUint32(at + 4, little));
  }
  return packets;
}
