/**
 * A capture file from packets, for the scripts beside this file: the same bytes on every machine.
 * Conversations are built from the inside out with the builders of `test/support/packet.ts`.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bytes, type Content, ethernet, ipv4, mac, tcp, u16, udp } from '../../test/support/packet.ts';

const FILE_HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;
const MAGIC_MICROSECONDS = 0xa1b2c3d4;
const SNAP_BYTES = 262_144;
const LINK_ETHERNET = 1;
/** 2026-11-23 14:00:00 UTC. */
const BEGIN_SECONDS = 1_795_442_400;
const STEP_MICROSECONDS = 20_000;

/** Ethernet frames as a pcap file, 20 ms apart. */
export function pcap(frames: readonly Uint8Array[]): Uint8Array {
  const size = frames.reduce((sum, frame) => sum + RECORD_HEADER_BYTES + frame.length, FILE_HEADER_BYTES);
  const file = Buffer.alloc(size);
  file.writeUInt32LE(MAGIC_MICROSECONDS, 0);
  file.writeUInt16LE(2, 4);
  file.writeUInt16LE(4, 6);
  file.writeUInt32LE(SNAP_BYTES, 16);
  file.writeUInt32LE(LINK_ETHERNET, 20);
  let at = FILE_HEADER_BYTES;
  frames.forEach((frame, i) => {
    const microseconds = i * STEP_MICROSECONDS;
    file.writeUInt32LE(BEGIN_SECONDS + Math.floor(microseconds / 1e6), at);
    file.writeUInt32LE(microseconds % 1e6, at + 4);
    file.writeUInt32LE(frame.length, at + 8);
    file.writeUInt32LE(frame.length, at + 12);
    file.set(frame, at + RECORD_HEADER_BYTES);
    at += RECORD_HEADER_BYTES + frame.length;
  });
  return new Uint8Array(file);
}

/** One end of a conversation: its last byte names its address (10.1.0.x) and MAC (02:00:00:00:00:x). */
export interface End {
  readonly host: number;
  readonly port: number;
}

export interface Said {
  readonly toServer: boolean;
  readonly bytes: Content;
}

const addressOf = ({ host }: End): string => `10.1.0.${host}`;
const macOf = ({ host }: End): string => `02:00:00:00:00:${host.toString(16).padStart(2, '0')}`;

function frame(from: End, to: End, payload: Uint8Array, protocol: number, target = addressOf(to)): Uint8Array {
  const packet = ipv4(payload, { source: addressOf(from), target, protocol });
  return ethernet(packet, { source: macOf(from), target: macOf(to) });
}

/** Datagrams between two ends, in order. */
export function datagrams(client: End, server: End, said: readonly Said[]): Uint8Array[] {
  return said.map(({ toServer, bytes: payload }) => {
    const [from, to] = toServer ? [client, server] : [server, client];
    return frame(from, to, udp(payload, { sourcePort: from.port, targetPort: to.port }), 17);
  });
}

/** One datagram to a group, as `224.0.0.251`. */
export function toGroup(from: End, group: string, port: number, payload: Content): Uint8Array {
  const packet = udp(payload, { sourcePort: from.port, targetPort: port });
  const bits = group.split('.').map(Number);
  const target = ['01', '00', '5e', ...[(bits[1] ?? 0) & 127, bits[2] ?? 0, bits[3] ?? 0].map(hex)].join(':');
  return ethernet(ipv4(packet, { source: addressOf(from), target: group, protocol: 17, timeToLive: 1 }), {
    source: macOf(from),
    target,
  });
}

/** A TCP connection: handshake, what is said, the end. */
export function connection(client: End, server: End, said: readonly Said[]): Uint8Array[] {
  const next = { client: 1_000, server: 5_000 };
  const segment = (toServer: boolean, flags: number, payload: Content = []): Uint8Array => {
    const [from, to] = toServer ? [client, server] : [server, client];
    const [sequence, acknowledgement] = toServer ? [next.client, next.server] : [next.server, next.client];
    const length = bytes(payload).length + ((flags & 3) !== 0 ? 1 : 0);
    if (toServer) next.client += length;
    else next.server += length;
    const fields = { sourcePort: from.port, targetPort: to.port, sequence, acknowledgement, flags };
    return frame(from, to, tcp(payload, fields), 6);
  };
  return [
    segment(true, 2),
    segment(false, 0x12),
    segment(true, 0x10),
    ...said.map(({ toServer, bytes: payload }) => segment(toServer, 0x18, payload)),
    segment(true, 0x11),
    segment(false, 0x11),
    segment(true, 0x10),
  ];
}

/** A frame below IP, as LLDP's. */
export const below = (host: number, target: string, type: number, payload: Content): Uint8Array =>
  bytes(mac(target), mac(macOf({ host, port: 0 })), u16(type), payload);

function hex(value: number): string {
  return value.toString(16).padStart(2, '0');
}

/** Writes the captures beside this file. */
export function write(captures: Readonly<Record<string, Uint8Array>>): void {
  for (const [name, file] of Object.entries(captures)) writeFileSync(join(import.meta.dirname, `${name}.pcap`), file);
}
