/**
 * One block of lines as it stands in a spool segment, big endian:
 *
 *      0  magic `WWS1`
 *      4  bytes of the payload
 *      8  lines in the payload
 *     12  oldest time in it, microseconds since 1970 (float64)
 *     20  CRC-32 of bytes 4 to 20 and the payload
 *     24  payload: gzip (level 1) of the lines
 *
 * A file may end, or be damaged, at any byte: `scan` keeps every frame that is whole and says how much is not.
 */
import { constants, crc32, gunzipSync, gzipSync } from 'node:zlib';

export const HEADER_BYTES = 24;
const MAGIC = 0x57575331;
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
}

export function buildFrame(text: string, lines: number, oldestUs: number): Buffer {
  const payload = gzipSync(text, { level: constants.Z_BEST_SPEED });
  const frame = Buffer.allocUnsafe(HEADER_BYTES + payload.length);
  frame.writeUInt32BE(MAGIC, 0);
  frame.writeUInt32BE(payload.length, 4);
  frame.writeUInt32BE(lines, 8);
  frame.writeDoubleBE(oldestUs, 12);
  payload.copy(frame, HEADER_BYTES);
  frame.writeUInt32BE(checksum(frame, 0, payload.length), 20);
  return frame;
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

/** Every whole frame of a file. `end` is where the last one ends, `tornBytes` counts what belongs to none. */
export function scan(file: Buffer): { frames: Frame[]; end: number; tornBytes: number } {
  const frames: Frame[] = [];
  let end = 0;
  let framed = 0;
  let at = 0;
  while (at + HEADER_BYTES <= file.length) {
    const frame = frameAt(file, at);
    if (frame !== null) {
      frames.push(frame);
      at += HEADER_BYTES + frame.payloadBytes;
      framed += HEADER_BYTES + frame.payloadBytes;
      end = at;
      continue;
    }
    // Damage in the middle: the next frame begins at the next magic that proves itself by its checksum.
    at = file.indexOf('WWS1', at + 1, 'latin1');
    if (at < 0) break;
  }
  return { frames, end, tornBytes: file.length - framed };
}

function frameAt(file: Buffer, at: number): Frame | null {
  if (file.readUInt32BE(at) !== MAGIC) return null;
  const payloadBytes = file.readUInt32BE(at + 4);
  if (payloadBytes > PAYLOAD_BYTES_MAX || at + HEADER_BYTES + payloadBytes > file.length) return null;
  if (file.readUInt32BE(at + 20) !== checksum(file, at, payloadBytes)) return null;
  return { at, payloadBytes, lines: file.readUInt32BE(at + 8), oldestUs: file.readDoubleBE(at + 12) };
}

function checksum(file: Buffer, at: number, payloadBytes: number): number {
  const start = at + HEADER_BYTES;
  return crc32(file.subarray(start, start + payloadBytes), crc32(file.subarray(at + 4, at + 20)));
}
