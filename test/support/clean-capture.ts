/**
 * Reads the TCP conversations of a clean capture (pcap in little-endian microseconds, Ethernet, IPv4) for tests
 * of decoders: retransmissions dropped, early segments put in their place. An oracle's neighbour, not the product.
 */
import { readFileSync } from 'node:fs';
import type { Protocol } from '../../src/protocol.ts';
import { GIVE_UP, YES } from '../../src/protocol.ts';
import { type Heard, heard, segment } from './protocol.ts';

export interface Piece {
  readonly toServer: boolean;
  readonly timeUs: number;
  readonly packet: number;
  readonly bytes: Uint8Array;
}

export interface Conversation {
  readonly client: string;
  readonly server: string;
  readonly clientPort: number;
  readonly serverPort: number;
  readonly pieces: Piece[];
}

interface Side {
  next: number;
  early: Map<number, Piece>;
}

const PSEUDO_HEADER = 16;
const SYN = 2;
const ACK = 16;

/** Every TCP conversation of which the opening is in the file, in the order of their openings. */
export function conversations(path: string): Conversation[] {
  const file = readFileSync(path);
  const all: Conversation[] = [];
  const open = new Map<string, { talk: Conversation; sides: [Side, Side] }>();
  let packet = 0;
  for (let at = 24; at + PSEUDO_HEADER <= file.length; ) {
    const timeUs = file.readUInt32LE(at) * 1e6 + file.readUInt32LE(at + 4);
    const frame = file.subarray(at + PSEUDO_HEADER, at + PSEUDO_HEADER + file.readUInt32LE(at + 8));
    at += PSEUDO_HEADER + frame.length;
    packet++;
    if (frame.length < 54 || frame.readUInt16BE(12) !== 0x0800 || frame[23] !== 6) continue;
    const tcp = 14 + ((frame[14] ?? 0) & 15) * 4;
    const bytes = frame.subarray(tcp + ((frame[tcp + 12] ?? 0) >> 4) * 4, 14 + frame.readUInt16BE(16));
    const from = `${frame.subarray(26, 30).join('.')}:${frame.readUInt16BE(tcp)}`;
    const to = `${frame.subarray(30, 34).join('.')}:${frame.readUInt16BE(tcp + 2)}`;
    const flags = frame[tcp + 13] ?? 0;
    const sequence = frame.readUInt32BE(tcp + 4);
    if ((flags & SYN) !== 0) {
      const answered = open.get(`${to} ${from}`);
      if ((flags & ACK) !== 0 && answered !== undefined) answered.sides[1].next = (sequence + 1) >>> 0;
      if ((flags & ACK) === 0) {
        const talk = conversation(from, to);
        all.push(talk);
        const next = (sequence + 1) >>> 0;
        open.set(`${from} ${to}`, { talk, sides: [side(next), side(0)] });
      }
      continue;
    }
    const toServer = open.has(`${from} ${to}`);
    const known = open.get(toServer ? `${from} ${to}` : `${to} ${from}`);
    if (known === undefined || bytes.length === 0) continue;
    take(known.talk.pieces, known.sides[toServer ? 0 : 1], sequence, { toServer, timeUs, packet, bytes });
  }
  return all;
}

/** Offers a conversation to a decoder as the stream layer does; null when it is of another protocol. */
export function replay<State>(protocol: Protocol<State>, talk: Conversation): Heard[] | null {
  const { records, list } = heard();
  const state = protocol.open();
  const held: [Uint8Array, Uint8Array] = [new Uint8Array(), new Uint8Array()];
  const surplus: [number, number] = [0, 0];
  let recognised = false;
  let last = segment(new Uint8Array());
  for (const { toServer, timeUs, packet, bytes } of talk.pieces) {
    const lane = toServer ? 0 : 1;
    const dropped = Math.min(surplus[lane], bytes.length);
    surplus[lane] -= dropped;
    const fresh = bytes.subarray(dropped);
    const offered = held[lane].length === 0 ? fresh : new Uint8Array(Buffer.concat([held[lane], fresh]));
    last = segment(offered, { toServer, timeUs, packet });
    if (!recognised) {
      recognised = protocol.recognises(last) === YES;
      if (!recognised) {
        held[lane] = offered;
        continue;
      }
    }
    if (offered.length === 0) continue;
    const used = protocol.decode(state, last, records);
    if (used === GIVE_UP) return list;
    surplus[lane] += Math.max(0, used - offered.length);
    held[lane] = offered.subarray(Math.min(used, offered.length));
  }
  if (!recognised) return null;
  protocol.close?.(state, last, 'closed', records);
  return list;
}

function conversation(from: string, to: string): Conversation {
  const [client = '', clientPort] = from.split(':');
  const [server = '', serverPort] = to.split(':');
  return { client, server, clientPort: Number(clientPort), serverPort: Number(serverPort), pieces: [] };
}

const side = (next: number): Side => ({ next, early: new Map() });

function take(pieces: Piece[], lane: Side, sequence: number, piece: Piece): void {
  const ahead = (sequence - lane.next) | 0;
  if (ahead > 0) {
    lane.early.set(sequence, piece);
    return;
  }
  const bytes = piece.bytes.subarray(Math.min(-ahead, piece.bytes.length));
  if (bytes.length === 0) return;
  pieces.push({ ...piece, bytes });
  lane.next = (lane.next + bytes.length) >>> 0;
  for (const [early, waiting] of lane.early) {
    if (((early - lane.next) | 0) > 0) continue;
    lane.early.delete(early);
    take(pieces, lane, early, { ...waiting, timeUs: piece.timeUs, packet: piece.packet });
    return;
  }
}
