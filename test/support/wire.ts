/** A network in miniature for tests of flows: hosts that speak, a mirror that loses, doubles and reorders, and a shard that listens. */
import { Batch } from '../../src/bytes/batch.ts';
import { type Limits, limits } from '../../src/limits.ts';
import { type Listener, Shard } from '../../src/pipeline/shard.ts';
import { type Protocol, YES } from '../../src/protocol.ts';
import { ethernet, ipv4, type TcpFields, tcp, udp } from './packet.ts';
import { type Heard, heard } from './protocol.ts';

export interface WirePacket {
  readonly timeUs: number;
  readonly bytes: Uint8Array;
  /** Bytes that were captured, when fewer. */
  readonly captured?: number;
}

export const START_US: number = Date.UTC(2026, 2, 2, 10) * 1000;
const SYN = 0x02;
const ACK = 0x10;
const FIN = 0x11;
const RST = 0x04;

/** A TCP conversation that keeps its own numbers. Each method gives the packets it sends. */
export class Talk {
  readonly client: string;
  readonly server: string;
  readonly clientPort: number;
  readonly serverPort: number;
  timeUs: number;
  private readonly sequence: [number, number];
  private identification = 1;

  constructor(
    over: {
      client?: string;
      server?: string;
      clientPort?: number;
      serverPort?: number;
      timeUs?: number;
      first?: number;
    } = {},
  ) {
    this.client = over.client ?? '10.1.0.1';
    this.server = over.server ?? '10.1.0.2';
    this.clientPort = over.clientPort ?? 40_000;
    this.serverPort = over.serverPort ?? 7_777;
    this.timeUs = over.timeUs ?? START_US;
    this.sequence = [over.first ?? 1_000, 50_000];
  }

  packet(toServer: boolean, payload: Uint8Array | string, fields: Partial<TcpFields> = {}): WirePacket {
    const side = toServer ? 0 : 1;
    const ports = toServer
      ? { sourcePort: this.clientPort, targetPort: this.serverPort }
      : { sourcePort: this.serverPort, targetPort: this.clientPort };
    const segment = tcp(payload, {
      ...ports,
      sequence: this.sequence[side] ?? 0,
      acknowledgement: this.sequence[1 - side] ?? 0,
      flags: ACK,
      ...fields,
    });
    this.timeUs += 1_000;
    const [source, target] = toServer ? [this.client, this.server] : [this.server, this.client];
    const header = { source, target, protocol: 6, identification: this.identification++ };
    return { timeUs: this.timeUs, bytes: ethernet(ipv4(segment, header)) };
  }

  open(): WirePacket[] {
    const syn = this.packet(true, '', { flags: SYN });
    this.sequence[0] += 1;
    const answer = this.packet(false, '', { flags: SYN | ACK });
    this.sequence[1] += 1;
    return [syn, answer, this.packet(true, '')];
  }

  say(toServer: boolean, text: string): WirePacket {
    const packet = this.packet(toServer, text);
    this.sequence[toServer ? 0 : 1] += text.length;
    return packet;
  }

  /** Sends bytes again that have been sent: `back` of them, from the last one. */
  again(toServer: boolean, text: string, back: number): WirePacket {
    return this.packet(toServer, text, { sequence: this.sequence[toServer ? 0 : 1] - back });
  }

  close(): WirePacket[] {
    return [this.packet(true, '', { flags: FIN }), this.packet(false, '', { flags: FIN })];
  }

  reset(): WirePacket {
    return this.packet(true, '', { flags: RST });
  }
}

export function datagram(
  timeUs: number,
  source: string,
  target: string,
  sourcePort: number,
  targetPort: number,
  payload: string,
): WirePacket {
  return {
    timeUs,
    bytes: ethernet(
      ipv4(udp(payload, { sourcePort, targetPort }), { source, target, protocol: 17, identification: 7 }),
    ),
  };
}

/** Decodes nothing: writes down in-order bytes, gaps and the end of each direction, as text. */
export function tape(
  name = 'tape',
  recognises: (text: string) => number = () => YES,
): { protocol: Protocol<null>; lines: string[] } {
  const lines: string[] = [];
  const protocol: Protocol<null> = {
    name,
    transport: 'tcp',
    ports: [7_777],
    recognises: (segment) => recognises(textOf(segment.view, segment.start, segment.end)),
    open: () => null,
    decode(_state, segment) {
      lines.push(`${segment.toServer ? '>' : '<'}${textOf(segment.view, segment.start, segment.end)}`);
      return segment.end - segment.start;
    },
    gap(_state, segment, bytes) {
      lines.push(`${segment.toServer ? '>' : '<'}[${bytes} lost]`);
    },
    close(_state, _segment, how) {
      lines.push(`end ${how}`);
    },
  };
  return { protocol, lines };
}

export function textOf(view: DataView<ArrayBufferLike>, start: number, end: number): string {
  return Buffer.from(view.buffer, view.byteOffset + start, end - start).toString('latin1');
}

export interface Ward {
  readonly shard: Shard;
  readonly heard: Heard[];
  readonly ticks: number[];
  of(kind: string): Record<string, unknown>[];
}

/** Sends the packets past a shard and, unless told otherwise, ends the capture. */
export function listen(
  packets: readonly WirePacket[],
  protocols: readonly Protocol<unknown>[],
  over: { limits?: Partial<Limits>; finish?: boolean; worker?: number; workers?: number; listener?: Listener } = {},
): Ward {
  const { records, list } = heard();
  const ticks: number[] = [];
  const listener: Listener =
    over.listener ?? Object.assign(records, { tick: (nowUs: number) => ticks.push(nowUs), interval: () => {} });
  const shard = new Shard(
    {
      limits: { ...limits, flowsMax: 4_096, ...over.limits },
      protocols,
      intervalSeconds: 60,
      worker: over.worker ?? 0,
      workers: over.workers ?? 1,
    },
    listener,
  );
  feed(shard, packets);
  if (over.finish !== false) shard.finish();
  return { shard, heard: list, ticks, of: (kind) => list.filter((one) => one.kind === kind).map((one) => one.record) };
}

export function feed(shard: Shard, packets: readonly WirePacket[]): void {
  const batch = new Batch(new Uint8Array(Buffer.concat(packets.map((packet) => packet.bytes))));
  let at = 0;
  for (const [row, packet] of packets.entries()) {
    batch.offset[row] = at;
    batch.captured[row] = packet.captured ?? packet.bytes.length;
    batch.wire[row] = packet.bytes.length;
    batch.timeUs[row] = packet.timeUs;
    batch.link[row] = 1;
    at += packet.bytes.length;
  }
  batch.count = packets.length;
  shard.process(batch, 0, packets.length);
}
