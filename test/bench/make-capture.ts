/**
 * A large capture out of small ones: `node test/bench/make-capture.ts FOLDER PACKETS [TURNS] > big.pcap`.
 *
 * All little-endian Ethernet captures of the folder, merged in time order, again and again: each turn later and in
 * another 10.x network, so that every turn has its own devices and flows. With TURNS the whole is repeated so often,
 * for watching memory over a long run. Packets inside tunnels, IPv6 and non-IP keep their addresses.
 */
import { readdirSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';

interface Packet {
  readonly timeUs: number;
  readonly bytes: Buffer;
  readonly wire: number;
}

const MAGIC_US = 0xa1b2c3d4;
const ETHERNET = 1;
const IPV4 = 0x0800;
const IP_SOURCE = 26;
const IP_TARGET = 30;
const CHUNK_BYTES = 8 * 1024 * 1024;

function packetsOf(folder: string): Packet[] {
  const packets: Packet[] = [];
  for (const name of readdirSync(folder).sort()) {
    if (!name.endsWith('.pcap')) continue;
    const file = readFileSync(join(folder, name));
    if (file.readUInt32LE(0) !== MAGIC_US || file.readUInt32LE(20) !== ETHERNET) continue;
    for (let at = 24; at + 16 <= file.length; ) {
      const captured = file.readUInt32LE(at + 8);
      if (at + 16 + captured > file.length) break;
      const timeUs = file.readUInt32LE(at) * 1e6 + file.readUInt32LE(at + 4);
      packets.push({ timeUs, bytes: file.subarray(at + 16, at + 16 + captured), wire: file.readUInt32LE(at + 12) });
      at += 16 + captured;
    }
  }
  return packets.sort((a, b) => a.timeUs - b.timeUs);
}

/** Writes at least `want` packets to a file descriptor; returns how many. */
export function makeCapture(folder: string, want: number, repeats: number, output: number): number {
  const packets = packetsOf(folder);
  const first = packets[0]?.timeUs ?? 0;
  const spanUs = (packets.at(-1)?.timeUs ?? 0) - first + 1e6;
  const header = Buffer.alloc(24);
  header.writeUInt32LE(MAGIC_US, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(262_144, 16);
  header.writeUInt32LE(ETHERNET, 20);
  const turns = Math.ceil(want / packets.length);
  let chunk: Buffer[] = [header];
  let chunkBytes = header.length;
  const flush = (): void => {
    const all = Buffer.concat(chunk);
    for (let at = 0; at < all.length; ) at += writeSync(output, all, at);
    chunk = [];
    chunkBytes = 0;
  };
  for (let turn = 0; turn < turns * repeats; turn++) {
    for (const packet of packets) {
      const record = Buffer.alloc(16 + packet.bytes.length);
      const timeUs = packet.timeUs + turn * spanUs;
      record.writeUInt32LE(Math.floor(timeUs / 1e6), 0);
      record.writeUInt32LE(timeUs % 1e6, 4);
      record.writeUInt32LE(packet.bytes.length, 8);
      record.writeUInt32LE(packet.wire, 12);
      packet.bytes.copy(record, 16);
      readdress(record, 16, turn % turns);
      chunk.push(record);
      chunkBytes += record.length;
      if (chunkBytes >= CHUNK_BYTES) flush();
    }
  }
  flush();
  return turns * repeats * packets.length;
}

/** Moves 10.x.y.z into another second octet. Checksums are left wrong, as on any capture host with offload. */
function readdress(record: Buffer, at: number, turn: number): void {
  if (record.length < at + 34 || record.readUInt16BE(at + 12) !== IPV4) return;
  for (const address of [at + IP_SOURCE, at + IP_TARGET]) {
    if (record[address] === 10) record[address + 1] = (record[address + 1] ?? 0) ^ (turn & 255);
  }
}

if (import.meta.main) {
  const [folder = '', packets = '', repeats = '1'] = process.argv.slice(2);
  if (folder === '' || !(Number(packets) > 0)) {
    process.stderr.write('usage: node test/bench/make-capture.ts FOLDER PACKETS [TURNS] > FILE\n');
    process.exit(2);
  }
  makeCapture(folder, Number(packets), Number(repeats), 1);
}
