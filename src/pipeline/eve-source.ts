/**
 * Where lines of Suricata's EVE JSON come from: a whole file beside a replay, a file that grows and is rotated, or a
 * stream socket that Suricata connects to (`filetype: unix_stream`). None of them makes the analyst wait: what is read at
 * once is bounded, and the rest is read the next time.
 */
import {
  closeSync,
  fstatSync,
  lstatSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { Lines } from '../foreign/lines.ts';
import type { Limits } from '../limits.ts';

export type HearLine = (line: string) => void;

const PIECE_BYTES = 64 * 1024;
/** Suricata opens one connection for each output; more are somebody else's. */
const CONNECTIONS_MAX = 8;

/** Reads a file from its beginning to its end; errors of the system are thrown. */
export function readEveFile(path: string, limits: Limits, hear: HearLine): number {
  const lines = new Lines(limits.foreignLineBytesMax);
  const piece = new Uint8Array(PIECE_BYTES);
  const descriptor = openSync(path, 'r');
  try {
    for (let length = readSync(descriptor, piece); length > 0; length = readSync(descriptor, piece))
      lines.add(piece.subarray(0, length), hear);
  } finally {
    closeSync(descriptor);
  }
  lines.finish(hear);
  return lines.tooLong;
}

interface Position {
  readonly inode: number;
  readonly offset: number;
}

/**
 * Follows a file through rotation: the old one is read to its end before the new one is begun, and a file that was cut
 * is read from its beginning. Where it came to is kept beside the store, so that a restart neither misses nor repeats.
 */
export class EveTail {
  tooLong = 0;
  private readonly path: string;
  private readonly positionFile: string;
  private readonly readBytesMax: number;
  private readonly lines: Lines;
  private readonly piece = new Uint8Array(PIECE_BYTES);
  private descriptor = -1;
  private inode = 0;
  /** Behind the last byte that was read, and behind the last whole line. */
  private offset = 0;
  private wholeOffset = 0;

  constructor(path: string, positionFile: string, limits: Limits) {
    this.path = path;
    this.positionFile = positionFile;
    this.readBytesMax = limits.foreignReadBytes;
    this.lines = new Lines(limits.foreignLineBytesMax);
  }

  /** Begins where it ended the last time; a file that was never read, at its end. Throws while there is no such file. */
  private open(isFirst: boolean): void {
    this.descriptor = openSync(this.path, 'r');
    const { ino, size } = fstatSync(this.descriptor);
    const before = isFirst ? this.position() : null;
    this.inode = ino;
    if (!isFirst) this.offset = 0;
    else if (before !== null && before.inode === ino && before.offset <= size) this.offset = before.offset;
    // Another file than the last time: it was rotated while nobody listened.
    else this.offset = before === null ? size : 0;
    this.wholeOffset = this.offset;
    this.lines.clear();
  }
  private wasOpen = false;

  /** Reads what has come since; true when there is more at once. Errors of the system are thrown. */
  read(hear: HearLine): boolean {
    if (this.descriptor < 0) {
      this.open(!this.wasOpen);
      this.wasOpen = true;
    }
    const { size } = fstatSync(this.descriptor);
    if (size < this.offset) {
      this.offset = 0;
      this.wholeOffset = 0;
      this.lines.clear();
    }
    let left = this.readBytesMax;
    while (left > 0) {
      const length = readSync(this.descriptor, this.piece, 0, Math.min(PIECE_BYTES, left), this.offset);
      if (length === 0) break;
      const last = this.piece.subarray(0, length).lastIndexOf(0x0a);
      if (last >= 0) this.wholeOffset = this.offset + last + 1;
      this.lines.add(this.piece.subarray(0, length), hear);
      this.offset += length;
      left -= length;
    }
    this.tooLong = this.lines.tooLong;
    if (left === 0) return true;
    return this.followRotation(hear);
  }

  /** The name stands for another file now: the old one is at its end. */
  private followRotation(hear: HearLine): boolean {
    const now = statSync(this.path, { throwIfNoEntry: false });
    if (now === undefined || now.ino === this.inode) return false;
    this.lines.finish(hear);
    closeSync(this.descriptor);
    this.descriptor = -1;
    return true;
  }

  private position(): Position | null {
    try {
      const { inode, offset } = JSON.parse(readFileSync(this.positionFile, 'utf8')) as Partial<Position>;
      return Number.isSafeInteger(inode) && Number.isSafeInteger(offset) && (offset ?? -1) >= 0
        ? { inode: inode as number, offset: offset as number }
        : null;
    } catch {
      return null;
    }
  }

  /** What was read so far is kept by the store. */
  keep(): void {
    if (this.inode === 0) return;
    const position: Position = { inode: this.inode, offset: this.wholeOffset };
    writeFileSync(`${this.positionFile}.new`, `${JSON.stringify(position)}\n`, { mode: 0o600 });
    renameSync(`${this.positionFile}.new`, this.positionFile);
  }

  close(): void {
    if (this.descriptor >= 0) closeSync(this.descriptor);
    this.descriptor = -1;
  }
}

/** A stream socket in the file system that takes lines from whoever may open it. */
export class EveSocket {
  private readonly server: Server;
  private readonly open = new Set<Socket>();

  constructor(path: string, limits: Limits, hear: HearLine, warn: (line: string) => void) {
    this.server = createServer((socket) => {
      if (this.open.size >= CONNECTIONS_MAX) {
        socket.destroy();
        return;
      }
      this.open.add(socket);
      const lines = new Lines(limits.foreignLineBytesMax);
      socket.on('data', (piece: Buffer) => lines.add(piece, hear));
      socket.on('end', () => lines.finish(hear));
      socket.on('error', () => socket.destroy());
      socket.on('close', () => this.open.delete(socket));
      socket.unref();
    });
    this.server.on('error', (error) => warn(`inputs.suricata.socket ${path}: ${error.message}`));
    // A sensor that was killed leaves its socket behind; anything else of that name stays.
    if (lstatSync(path, { throwIfNoEntry: false })?.isSocket() === true) unlinkSync(path);
    this.server.listen(path);
    this.server.unref();
  }

  close(): void {
    for (const socket of this.open) socket.destroy();
    this.server.close();
  }
}
