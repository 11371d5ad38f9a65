/** Helpers for tests of whole captures: files of either format built in memory, and packets read back one by one. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { type CaptureOptions, openCapture } from '../../src/capture/open.ts';
import type { Capture, InputReport } from '../../src/capture/source.ts';
import { type Limits, limits as usualLimits } from '../../src/limits.ts';

export interface TestPacket {
  readonly timeUs: number;
  readonly bytes: Uint8Array;
  /** Bytes on the wire; the length of `bytes` when absent. */
  readonly wire?: number;
  /** Link type; Ethernet when absent. Of pcap, the first packet's holds for the file. */
  readonly link?: number;
}

export interface PcapOptions {
  nanosecond?: boolean;
  bigEndian?: boolean;
  /** The variant of the nineties with eight more bytes in a record's header. */
  modified?: boolean;
  snaplen?: number;
  /** For the upper half of the link-type field. */
  linkFlags?: number;
}

export interface PcapngOptions {
  bigEndian?: boolean;
  snaplen?: number;
  /** if_tsresol: 6 is microseconds, 9 nanoseconds, 0x80 + n is 2^-n seconds. No option when absent. */
  resolution?: number;
  /** if_tsoffset, whole seconds. */
  offsetSeconds?: number;
  /** Blocks the packets stand in. */
  packetBlock?: 'enhanced' | 'simple' | 'old';
  /** Drop counters of an interface statistics block at the end. */
  dropped?: { interfaceDrops?: number; systemDrops?: number };
  /** Blocks between the interface descriptions and the packets. */
  blocks?: readonly Uint8Array[];
}

const ETHERNET = 1;

class Writer {
  readonly #parts: Uint8Array[] = [];
  readonly #little: boolean;

  constructor(bigEndian = false) {
    this.#little = !bigEndian;
  }

  u16(value: number): this {
    const bytes = new Uint8Array(2);
    new DataView(bytes.buffer).setUint16(0, value, this.#little);
    return this.raw(bytes);
  }

  u32(value: number): this {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setUint32(0, value, this.#little);
    return this.raw(bytes);
  }

  u64(value: bigint): this {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setBigUint64(0, BigInt.asUintN(64, value), this.#little);
    return this.raw(bytes);
  }

  raw(bytes: Uint8Array): this {
    this.#parts.push(bytes);
    return this;
  }

  /** Fills up to a multiple of four. */
  pad(length: number): this {
    return this.raw(new Uint8Array((4 - (length % 4)) % 4));
  }

  bytes(): Uint8Array {
    return new Uint8Array(Buffer.concat(this.#parts));
  }
}

export function pcapBytes(packets: readonly TestPacket[], options: PcapOptions = {}): Uint8Array {
  const { nanosecond = false, bigEndian = false, modified = false, snaplen = 262_144, linkFlags = 0 } = options;
  const writer = new Writer(bigEndian);
  writer
    .u32(modified ? 0xa1b2cd34 : nanosecond ? 0xa1b23c4d : 0xa1b2c3d4)
    .u16(2)
    .u16(4);
  writer.u32(0).u32(0).u32(snaplen);
  writer.u32(((linkFlags << 16) | (packets[0]?.link ?? ETHERNET)) >>> 0);
  for (const { timeUs, bytes, wire } of packets) {
    const fraction = timeUs % 1e6;
    writer.u32(Math.floor(timeUs / 1e6)).u32(nanosecond ? fraction * 1000 : fraction);
    writer.u32(bytes.length).u32(wire ?? bytes.length);
    if (modified) writer.u32(0).u32(0);
    writer.raw(bytes);
  }
  return writer.bytes();
}

/** One pcapng block with its two lengths; `body` is padded. */
export function pcapngBlock(type: number, body: Uint8Array, bigEndian = false): Uint8Array {
  const length = 12 + Math.ceil(body.length / 4) * 4;
  return new Writer(bigEndian).u32(type).u32(length).raw(body).pad(body.length).u32(length).bytes();
}

/** One section; sections may stand one behind the other in a file. An interface is described per link type. */
export function pcapngBytes(packets: readonly TestPacket[], options: PcapngOptions = {}): Uint8Array {
  const { bigEndian = false, snaplen = 0, resolution, offsetSeconds, dropped } = options;
  const writer = new Writer(bigEndian);
  const section = new Writer(bigEndian).u32(0x1a2b3c4d).u16(1).u16(0).u64(-1n).bytes();
  writer.raw(pcapngBlock(0x0a0d0d0a, section, bigEndian));
  const links = [...new Set(packets.map(({ link }) => link ?? ETHERNET))];
  if (links.length === 0) links.push(ETHERNET);
  for (const link of links) {
    const body = new Writer(bigEndian).u16(link).u16(0).u32(snaplen);
    if (resolution !== undefined)
      body
        .u16(9)
        .u16(1)
        .raw(Uint8Array.of(resolution, 0, 0, 0));
    if (offsetSeconds !== undefined) body.u16(14).u16(8).u64(BigInt(offsetSeconds));
    writer.raw(pcapngBlock(1, body.u16(0).u16(0).bytes(), bigEndian));
  }
  for (const block of options.blocks ?? []) writer.raw(block);
  for (const packet of packets) writer.raw(packetBlock(packet, links, options));
  if (dropped !== undefined) {
    const body = new Writer(bigEndian).u32(0).u64(0n);
    if (dropped.interfaceDrops !== undefined) body.u16(5).u16(8).u64(BigInt(dropped.interfaceDrops));
    if (dropped.systemDrops !== undefined) body.u16(7).u16(8).u64(BigInt(dropped.systemDrops));
    writer.raw(pcapngBlock(5, body.u16(0).u16(0).bytes(), bigEndian));
  }
  return writer.bytes();
}

function packetBlock(packet: TestPacket, links: readonly number[], options: PcapngOptions): Uint8Array {
  const { bigEndian = false, resolution = 6, offsetSeconds = 0, packetBlock: kind = 'enhanced' } = options;
  const { bytes, wire = bytes.length } = packet;
  const body = new Writer(bigEndian);
  if (kind === 'simple') return pcapngBlock(3, body.u32(wire).raw(bytes).bytes(), bigEndian);
  const units = unitsOf(packet.timeUs - offsetSeconds * 1e6, resolution);
  const number = links.indexOf(packet.link ?? ETHERNET);
  if (kind === 'old') body.u16(number).u16(0xffff);
  else body.u32(number);
  body.u32(Number(units >> 32n)).u32(Number(units & 0xffffffffn));
  body.u32(bytes.length).u32(wire).raw(bytes);
  return pcapngBlock(kind === 'old' ? 2 : 6, body.bytes(), bigEndian);
}

/** The smallest count of units that is not before `timeUs`, so that reading rounds down to it again. */
function unitsOf(timeUs: number, resolution: number): bigint {
  const perSecond = resolution & 0x80 ? 2n ** BigInt(resolution & 0x7f) : 10n ** BigInt(resolution);
  return (BigInt(timeUs) * perSecond + 999_999n) / 1_000_000n;
}

export interface ReadPacket {
  timeUs: number;
  bytes: Uint8Array;
  wire: number;
  link: number;
}

/** All packets of a file, folder or pattern, copied. */
export async function readPackets(path: string): Promise<ReadPacket[]> {
  return (await readCapture([path])).packets;
}

/** All packets of several inputs in the order in which they are decoded, and what became of each input. */
export async function readCapture(
  paths: readonly string[],
  options: CaptureOptions = {},
): Promise<{ packets: ReadPacket[]; inputs: readonly InputReport[] }> {
  const capture = await openCapture(paths, options);
  const packets = await drain(capture);
  await capture.close();
  return { packets, inputs: capture.inputs };
}

/** Reads a capture from memory as a pipe would bring it: in pieces, nothing known of its size. */
export async function readBytes(
  bytes: Uint8Array,
  options: { pieceBytes?: number; limits?: Limits } = {},
): Promise<{ packets: ReadPacket[]; input: InputReport }> {
  const { pieceBytes = 65_536, limits = { ...usualLimits, fileArenaBytes: 65_536 } } = options;
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += pieceBytes) pieces.push(bytes.subarray(at, at + pieceBytes));
  const stdin = Readable.from(pieces);
  const { packets, inputs } = await readCapture(['-'], { stdin, limits });
  return { packets, input: inputs[0]! };
}

export async function drain(capture: Capture): Promise<ReadPacket[]> {
  const packets: ReadPacket[] = [];
  for (;;) {
    const range = await capture.next();
    if (range === null) return packets;
    const { batch } = range;
    for (let i = range.from; i < range.to; i++) {
      const from = batch.offset[i]!;
      packets.push({
        timeUs: batch.timeUs[i]!,
        bytes: batch.bytes.slice(from, from + batch.captured[i]!),
        wire: batch.wire[i]!,
        link: batch.link[i]!,
      });
    }
  }
}

/** A temporary folder with these files, removed at the end of the test. */
export function folderOf(t: { teardown(end: () => void): void }, files: Record<string, Uint8Array | string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'wardwatch-test-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}
