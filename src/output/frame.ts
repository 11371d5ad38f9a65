/**
 * One block of lines as it stands in a spool segment, big endian:
 *
 *      0  magic `WWS2`, or `WWSd` once the server has it
 *      4  bytes of the payload
 *      8  lines in the payload
 *     12  oldest time in it, microseconds since 1970 (float64)
 *     20  lines in the frames before it in this file
 *     24  CRC-32 of bytes 4 to 24 and the payload
 *     28  payload: gzip (level 1) of the lines
 *
 * A file may end, or be damaged, at any byte: `scan` keeps every frame that is whole and says how much is not, in
 * bytes, and in lines: the next whole frame knows how many stood before it.
 */
import { constants, crc32, gunzipSync, gzipSync } from 'node:zlib';

export const HEADER_BYTES = 28;
const MAGIC = 0x57575332;
const MAGIC_DELIVERED = 0x57575364;
/** The byte that tells a delivered frame from one that waits, and what it is then. No checksum covers it. */
export const MARK_AT = 3;
export const MARK_DELIVERED: Uint8Array = Uint8Array.of(0x64);
/** More lines than this are no claim to believe. */
const FRAME_LINES_MAX = 100_000;
/** A block is at most 5,000 lines; compressed lines of the greatest length stay below this. */
export const PAYLOAD_BYTES_MAX = 32 * 1024 * 1024;
/** A gzip bomb in a damaged file must not take the memory: 5,000 lines of the greatest length are below this. */
const LINES_BYTES_MAX = 128 * 1024 * 1024;

export interface Frame {
  /** Offset of the frame in its file. */
  readonly at: number;
  readonly payloadBytes: number;
  readonly lines: number;
  readonly oldestUs: number;
  /** Lines in the frames before it in its file. */
  readonly linesBefore: number;
}

export interface Scan {
  /** Whole frames that wait; what was delivered is not among them. */
  readonly frames: Frame[];
  /** Where the last whole frame ends. */
  readonly end: number;
  /** Bytes that belong to no whole frame. */
  readonly tornBytes: number;
  /** Lines that were in these bytes, as far as anything whole tells. */
  readonly tornLines: number;
}

/** Without its number and checksum: `numberFrame` comes when its place is known. */
export function buildFrame(text: string | Uint8Array, lines: number, oldestUs: number): Buffer {
  const payload = gzipSync(text, { level: constants.Z_BEST_SPEED });
  const frame = Buffer.allocUnsafe(HEADER_BYTES + payload.length);
  frame.writeUInt32BE(MAGIC, 0);
  frame.writeUInt32BE(payload.length, 4);
  frame.writeUInt32BE(lines, 8);
  frame.writeDoubleBE(oldestUs, 12);
  payload.copy(frame, HEADER_BYTES);
  return frame;
}

export function numberFrame(frame: Buffer, linesBefore: number): void {
  frame.writeUInt32BE(linesBefore, 20);
  frame.writeUInt32BE(checksum(frame, 0, frame.length - HEADER_BYTES), 24);
}

/** The payload of a frame as it was read back, or null when it is not what was written. */
export function payloadOf(frame: Buffer): Buffer | null {
  return frameAt(frame, 0) === null ? null : frame.subarray(HEADER_BYTES);
}

/** Copies of the frames, one behind the other, numbered afresh. */
export function joinFrames(file: Buffer, frames: readonly Frame[]): Buffer {
  let linesBefore = 0;
  const copies = frames.map(({ at, payloadBytes, lines }) => {
    const copy = Buffer.from(file.subarray(at, at + HEADER_BYTES + payloadBytes));
    numberFrame(copy, linesBefore);
    linesBefore += lines;
    return copy;
  });
  return Buffer.concat(copies);
}

/** The lines of a payload, without line breaks; empty when it is not gzip after all. */
export function linesOf(payload: Uint8Array): string[] {
  try {
    const text = gunzipSync(payload, { maxOutputLength: LINES_BYTES_MAX }).toString('utf8');
    return text.split('\n').filter((line) => line !== '');
  } catch {
    return [];
  }
}

/** Every whole frame of a file that waits, and what is lost of it. */
export function scan(file: Buffer): Scan {
  const frames: Frame[] = [];
  let [end, framed, lines, tornLines, at] = [0, 0, 0, 0, 0];
  while (at + HEADER_BYTES <= file.length) {
    const frame = frameAt(file, at);
    if (frame !== null) {
      if (file.readUInt32BE(at) === MAGIC) frames.push(frame);
      tornLines += Math.max(0, frame.linesBefore - lines);
      lines = frame.linesBefore + frame.lines;
      at += HEADER_BYTES + frame.payloadBytes;
      framed += HEADER_BYTES + frame.payloadBytes;
      end = at;
      continue;
    }
    // Damage in the middle: the next frame begins at the next magic that proves itself by its checksum.
    at = file.indexOf('WWS', at + 1, 'latin1');
    if (at < 0) break;
  }
  return { frames, end, tornBytes: file.length - framed, tornLines: tornLines + claimedLines(file, end, lines) };
}

function frameAt(file: Buffer, at: number): Frame | null {
  const magic = file.readUInt32BE(at);
  if (magic !== MAGIC && magic !== MAGIC_DELIVERED) return null;
  const payloadBytes = file.readUInt32BE(at + 4);
  if (payloadBytes > PAYLOAD_BYTES_MAX || at + HEADER_BYTES + payloadBytes > file.length) return null;
  if (file.readUInt32BE(at + 24) !== checksum(file, at, payloadBytes)) return null;
  const [lines, linesBefore] = [file.readUInt32BE(at + 8), file.readUInt32BE(at + 20)];
  return { at, payloadBytes, lines, oldestUs: file.readDoubleBE(at + 12), linesBefore };
}

/** What the last frames of a file say of themselves when no whole one follows them. */
function claimedLines(file: Buffer, from: number, linesBefore: number): number {
  let lines = 0;
  for (let at = from; at + HEADER_BYTES <= file.length; ) {
    const claim = file.readUInt32BE(at + 8);
    const follows = file.readUInt32BE(at + 20) === linesBefore + lines;
    if (file.readUInt32BE(at) !== MAGIC || !follows || claim > FRAME_LINES_MAX) break;
    lines += claim;
    at += HEADER_BYTES + file.readUInt32BE(at + 4);
  }
  return lines;
}

function checksum(file: Buffer, at: number, payloadBytes: number): number {
  const start = at + HEADER_BYTES;
  return crc32(file.subarray(start, start + payloadBytes), crc32(file.subarray(at + 4, at + 24)));
}
