/**
 * Puts frames on the wire: Ethernet, ARP, IPv4, UDP and TCP with right checksums, collected for an hour, put in the
 * order of time and handed out as records of a capture file.
 *
 *     record   seconds (4) · microseconds (4) · captured (4) · on the wire (4) · frame   (little endian)
 *
 * A frame is written once, into one array, and no object stands for it. Conversations may reach into the next hour:
 * what lies behind the asked time stays for the next call.
 */

export interface Host {
  readonly name: string;
  readonly mac: Uint8Array;
  /** Changes when a lease does. */
  ip: Uint8Array;
  /** Behind the router. */
  readonly outside: boolean;
  /** The next port for a connection that it opens. */
  nextPort: number;
}

const ETHERNET_BYTES = 14;
const IP_BYTES = 20;
const TCP_BYTES = 20;
const RECORD_BYTES = 16;
const TYPE_IPV4 = 0x0800;
const TYPE_ARP = 0x0806;
const PORT_FIRST = 49_152;
const PORT_LAST = 65_000;
const FIN = 1;
const SYN = 2;
const PSH = 8;
const ACK = 16;
const MAGIC_MICROSECONDS = 0xa1b2c3d4;

/** The header of the whole file. */
export function fileHeader(): Uint8Array {
  const header = new Uint8Array(24);
  const view = new DataView(header.buffer);
  view.setUint32(0, MAGIC_MICROSECONDS, true);
  view.setUint16(4, 2, true);
  view.setUint16(6, 4, true);
  view.setUint32(16, 262_144, true);
  view.setUint32(20, 1, true);
  return header;
}

export class Wire {
  readonly router: Uint8Array;
  private bytes = new Uint8Array(1 << 22);
  private view = new DataView(this.bytes.buffer);
  private end = 0;
  private count = 0;
  private timeUs = new Float64Array(1 << 14);
  private offset = new Uint32Array(1 << 14);
  private length = new Uint32Array(1 << 14);

  constructor(router: Uint8Array) {
    this.router = router;
  }

  port(host: Host): number {
    const port = host.nextPort;
    host.nextPort = port >= PORT_LAST ? PORT_FIRST : port + 1;
    return port;
  }

  udp(from: Host, to: Host, fromPort: number, toPort: number, payload: Uint8Array, timeUs: number): void {
    const at = this.frame(ETHERNET_BYTES + IP_BYTES + 8 + payload.length, timeUs);
    this.addresses(at, from, to, 17, 8 + payload.length);
    const { view } = this;
    const udp = at + ETHERNET_BYTES + IP_BYTES;
    view.setUint16(udp, fromPort);
    view.setUint16(udp + 2, toPort);
    view.setUint16(udp + 4, 8 + payload.length);
    view.setUint16(udp + 6, 0);
    this.bytes.set(payload, udp + 8);
    const sum = this.checksum(udp, 8 + payload.length, this.pseudo(at, 17, 8 + payload.length));
    view.setUint16(udp + 6, sum === 0 ? 0xffff : sum);
  }

  /** An ICMP message: type, code and what follows the checksum. */
  icmp(from: Host, to: Host, type: number, rest: Uint8Array, timeUs: number): void {
    const at = this.frame(ETHERNET_BYTES + IP_BYTES + 4 + rest.length, timeUs);
    this.addresses(at, from, to, 1, 4 + rest.length);
    const icmp = at + ETHERNET_BYTES + IP_BYTES;
    this.view.setUint16(icmp, type << 8);
    this.view.setUint16(icmp + 2, 0);
    this.bytes.set(rest, icmp + 4);
    this.view.setUint16(icmp + 2, this.checksum(icmp, 4 + rest.length, 0));
  }

  tcp(
    from: Host,
    to: Host,
    fromPort: number,
    toPort: number,
    sequence: number,
    acknowledged: number,
    flags: number,
    payload: Uint8Array,
    begin: number,
    until: number,
    timeUs: number,
  ): void {
    const options = (flags & SYN) !== 0 ? 4 : 0;
    const tcpBytes = TCP_BYTES + options + until - begin;
    const at = this.frame(ETHERNET_BYTES + IP_BYTES + tcpBytes, timeUs);
    this.addresses(at, from, to, 6, tcpBytes);
    const { view } = this;
    const tcp = at + ETHERNET_BYTES + IP_BYTES;
    view.setUint16(tcp, fromPort);
    view.setUint16(tcp + 2, toPort);
    view.setUint32(tcp + 4, sequence >>> 0);
    view.setUint32(tcp + 8, acknowledged >>> 0);
    view.setUint8(tcp + 12, ((TCP_BYTES + options) / 4) << 4);
    view.setUint8(tcp + 13, flags);
    view.setUint16(tcp + 14, 64_240);
    view.setUint32(tcp + 16, 0);
    if (options > 0) view.setUint32(tcp + 20, 0x02040000 | SEGMENT_BYTES);
    for (let i = begin, into = tcp + TCP_BYTES + options; i < until; i++, into++) this.bytes[into] = payload[i]!;
    view.setUint16(tcp + 16, this.checksum(tcp, tcpBytes, this.pseudo(at, 6, tcpBytes)));
  }

  /** Who has this address (operation 1), or: I have it (2). */
  arp(operation: number, from: Host, to: Host, timeUs: number): void {
    const at = this.frame(ETHERNET_BYTES + 28, timeUs);
    const { bytes, view } = this;
    if (operation === 1) bytes.fill(255, at, at + 6);
    else bytes.set(to.mac, at);
    bytes.set(from.mac, at + 6);
    view.setUint16(at + 12, TYPE_ARP);
    view.setUint32(at + 14, 0x00010800);
    view.setUint32(at + 18, 0x06040000 | operation);
    bytes.set(from.mac, at + 22);
    bytes.set(from.ip, at + 28);
    if (operation === 1) bytes.fill(0, at + 32, at + 38);
    else bytes.set(to.mac, at + 32);
    bytes.set(to.ip, at + 38);
  }

  /** Room for one frame; answers where it begins. */
  private frame(bytes: number, timeUs: number): number {
    if (this.end + bytes > this.bytes.length) {
      const larger = new Uint8Array(2 * this.bytes.length);
      larger.set(this.bytes);
      this.bytes = larger;
      this.view = new DataView(larger.buffer);
    }
    if (this.count === this.timeUs.length) this.grow();
    const at = this.end;
    this.timeUs[this.count] = Math.floor(timeUs);
    this.offset[this.count] = at;
    this.length[this.count] = bytes;
    this.count++;
    this.end += bytes;
    return at;
  }

  private grow(): void {
    const { timeUs, offset, length } = this;
    this.timeUs = new Float64Array(2 * timeUs.length);
    this.offset = new Uint32Array(2 * timeUs.length);
    this.length = new Uint32Array(2 * timeUs.length);
    this.timeUs.set(timeUs);
    this.offset.set(offset);
    this.length.set(length);
  }

  private addresses(at: number, from: Host, to: Host, protocol: number, payloadBytes: number): void {
    const { bytes, view } = this;
    bytes.set(to.outside ? this.router : to.mac, at);
    bytes.set(from.outside ? this.router : from.mac, at + 6);
    view.setUint16(at + 12, TYPE_IPV4);
    const ip = at + ETHERNET_BYTES;
    view.setUint16(ip, 0x4500);
    view.setUint16(ip + 2, IP_BYTES + payloadBytes);
    view.setUint32(ip + 4, 0x00004000);
    view.setUint8(ip + 8, from.outside ? 52 : 64);
    view.setUint8(ip + 9, protocol);
    view.setUint16(ip + 10, 0);
    bytes.set(from.ip, ip + 12);
    bytes.set(to.ip, ip + 16);
    view.setUint16(ip + 10, this.checksum(ip, IP_BYTES, 0));
  }

  private pseudo(at: number, protocol: number, bytes: number): number {
    const { view } = this;
    let sum = protocol + bytes;
    for (let i = at + ETHERNET_BYTES + 12; i < at + ETHERNET_BYTES + IP_BYTES; i += 2) sum += view.getUint16(i);
    return sum;
  }

  /** RFC 1071. */
  private checksum(at: number, bytes: number, begin: number): number {
    const { view } = this;
    let sum = begin;
    const even = at + (bytes & ~1);
    for (let i = at; i < even; i += 2) sum += view.getUint16(i);
    if ((bytes & 1) !== 0) sum += view.getUint8(even) << 8;
    while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
    return ~sum & 0xffff;
  }

  /** Everything before `untilUs` as records in the order of time. */
  records(untilUs: number): Uint8Array {
    const { timeUs, offset, length } = this;
    const due: number[] = [];
    const later: number[] = [];
    let size = 0;
    for (let i = 0; i < this.count; i++) {
      if (timeUs[i]! >= untilUs) later.push(i);
      else {
        due.push(i);
        size += RECORD_BYTES + length[i]!;
      }
    }
    due.sort((a, b) => timeUs[a]! - timeUs[b]! || a - b);
    const records = new Uint8Array(size);
    const view = new DataView(records.buffer);
    let at = 0;
    for (const i of due) {
      const bytes = length[i]!;
      view.setUint32(at, Math.floor(timeUs[i]! / 1e6), true);
      view.setUint32(at + 4, timeUs[i]! % 1e6, true);
      view.setUint32(at + 8, bytes, true);
      view.setUint32(at + 12, bytes, true);
      records.set(this.bytes.subarray(offset[i]!, offset[i]! + bytes), at + RECORD_BYTES);
      at += RECORD_BYTES + bytes;
    }
    this.keep(later);
    return records;
  }

  private keep(later: readonly number[]): void {
    let end = 0;
    later.forEach((i, kept) => {
      const bytes = this.length[i]!;
      this.bytes.copyWithin(end, this.offset[i]!, this.offset[i]! + bytes);
      this.timeUs[kept] = this.timeUs[i]!;
      this.offset[kept] = end;
      this.length[kept] = bytes;
      end += bytes;
    });
    this.end = end;
    this.count = later.length;
  }
}

/** Something that one side of a connection says, after a pause. */
export interface Said {
  readonly toServer: boolean;
  readonly bytes: Uint8Array;
  readonly afterUs?: number;
}

const SEGMENT_BYTES = 1460;
/** There and back, from segment to segment, and how long an acknowledgement waits for something to travel with. */
const ROUND_US = 400;
const SEGMENT_US = 30;
const ACK_WAIT_US = 40_000;
const ACK_SEGMENTS = 4;
const nothing = new Uint8Array();

export interface Dial {
  readonly client: Host;
  readonly server: Host;
  readonly port: number;
  readonly startUs: number;
  /** Of the client; the next one of the host when it is not given. */
  readonly clientPort?: number;
  /** Where the numbers of the segments begin. */
  readonly sequence?: number;
}

/** A TCP connection from handshake to end. Answers when it ended. */
export function connection(wire: Wire, dial: Dial, said: readonly Said[]): number {
  const { client, server, port, startUs } = dial;
  const clientPort = dial.clientPort ?? wire.port(client);
  let clientNext = ((dial.sequence ?? 1) + clientPort * 65_537) >>> 0;
  let serverNext = (clientNext ^ 0x5bd1e995) >>> 0;
  let now = startUs;
  const send = (toServer: boolean, flags: number, payload: Uint8Array, begin: number, until: number): void => {
    if (toServer) {
      const acknowledged = flags === SYN ? 0 : serverNext;
      wire.tcp(client, server, clientPort, port, clientNext, acknowledged, flags, payload, begin, until, now);
      clientNext += until - begin + ((flags & (SYN | FIN)) !== 0 ? 1 : 0);
    } else {
      wire.tcp(server, client, port, clientPort, serverNext, clientNext, flags, payload, begin, until, now);
      serverNext += until - begin + ((flags & (SYN | FIN)) !== 0 ? 1 : 0);
    }
  };
  send(true, SYN, nothing, 0, 0);
  now += ROUND_US / 2;
  send(false, SYN | ACK, nothing, 0, 0);
  now += ROUND_US / 2;
  send(true, ACK, nothing, 0, 0);
  said.forEach(({ toServer, bytes, afterUs = 1_000 }, turn) => {
    now += afterUs;
    let segments = 0;
    for (let begin = 0; begin < bytes.length; begin += SEGMENT_BYTES) {
      const until = Math.min(begin + SEGMENT_BYTES, bytes.length);
      send(toServer, until === bytes.length ? ACK | PSH : ACK, bytes, begin, until);
      now += SEGMENT_US;
      if (++segments % ACK_SEGMENTS === 0 && until < bytes.length) send(!toServer, ACK, nothing, 0, 0);
    }
    const next = said[turn + 1];
    if (next === undefined || next.toServer === toServer || (next.afterUs ?? 1_000) > ACK_WAIT_US) {
      now += ROUND_US / 2;
      send(!toServer, ACK, nothing, 0, 0);
    }
  });
  now += ROUND_US;
  send(true, FIN | ACK, nothing, 0, 0);
  now += ROUND_US / 2;
  send(false, FIN | ACK, nothing, 0, 0);
  now += ROUND_US / 2;
  send(true, ACK, nothing, 0, 0);
  return now;
}

/** A connection that nobody answers: one SYN, and one more. */
export function unanswered(wire: Wire, { client, server, port, startUs, clientPort = wire.port(client) }: Dial): void {
  for (const afterUs of [0, 1_000_000]) {
    wire.tcp(client, server, clientPort, port, clientPort * 65_537, 0, SYN, nothing, 0, 0, startUs + afterUs);
  }
}
