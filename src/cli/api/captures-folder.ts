/** The folder of captures that people hand in: names without paths, real captures only, and a bound for one and for all. */
import {
  createWriteStream,
  type Dirent,
  existsSync,
  lstatSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type CaptureFile, WorkRefused } from '../../api/work.ts';
import { makeFolder } from '../../output/files.ts';

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}\.(pcap|pcapng|cap)(\.gz)?$/;
const FILES_MAX = 1_000;
/** All of them together may be this many times as large as one. */
const TOGETHER = 8;

/** Captures that come in at the same time. */
const AT_ONCE_MAX = 4;
/** Half a capture that a program which is gone has left behind; the longest request ends long before. */
const PARTIAL = /^\..*\.part$/;
const PARTIAL_MS_MAX = 3_600_000;

/** First bytes of pcap in both orders and both resolutions, of pcapng, and of gzip. */
const magics = ['d4c3b2a1', 'a1b2c3d4', '4d3cb2a1', 'a1b23c4d', '0a0d0d0a', '1f8b08'];

export class CapturesFolder {
  readonly path: string;
  readonly bytesMax: number;
  /** Names of captures that are coming in. */
  private readonly coming = new Set<string>();
  /** Bytes of all captures, those that are coming in included; counted anew whenever none is. */
  private together = 0;

  constructor(path: string, megabytes: number) {
    this.path = path;
    this.bytesMax = megabytes * 1_000_000;
  }

  /** The newest first. */
  list(): CaptureFile[] {
    if (!existsSync(this.path)) return [];
    const isCapture = (one: Dirent): boolean => one.isFile() && NAME.test(one.name);
    const names = readdirSync(this.path, { withFileTypes: true }).filter(isCapture);
    return names
      .map(({ name }) => this.file(name))
      .sort((a, b) => b.changedMs - a.changedMs || (a.name < b.name ? -1 : 1))
      .slice(0, FILES_MAX);
  }

  private file(name: string): CaptureFile {
    const { size, mtimeMs } = statSync(join(this.path, name));
    return { name, bytes: size, changedMs: mtimeMs };
  }

  /** Path of a capture that is there; a link to somewhere else is none. */
  pathOf(name: string): string {
    const path = join(this.path, name);
    if (!NAME.test(name) || !existsSync(path) || !lstatSync(path).isFile()) {
      throw new WorkRefused('there is no such capture', 404);
    }
    return path;
  }

  remove(name: string): void {
    const path = this.pathOf(name);
    const { size } = statSync(path);
    rmSync(path);
    this.together -= size;
  }

  /** Written under another name first: half a capture is never one. */
  async take(name: string, bytes: AsyncIterable<Uint8Array>): Promise<CaptureFile> {
    if (!NAME.test(name)) throw new WorkRefused('this is no name for a capture', 422);
    if (existsSync(join(this.path, name))) throw new WorkRefused('there is a capture of this name already');
    if (this.coming.has(name)) throw new WorkRefused('a capture of this name is being handed in');
    if (this.coming.size >= AT_ONCE_MAX) throw new WorkRefused('other captures are being handed in; try again', 503);
    const files = this.list();
    if (this.coming.size === 0) this.begin(files);
    const isFull = this.together >= TOGETHER * this.bytesMax || files.length + this.coming.size >= FILES_MAX;
    if (isFull) throw new WorkRefused('the folder of captures is full; remove some');
    makeFolder(this.path);
    const partial = join(this.path, `.${name}.${process.pid}.${Date.now()}.part`);
    this.coming.add(name);
    try {
      const target = createWriteStream(partial, { flags: 'wx', mode: 0o600 });
      await pipeline(Readable.from(this.checked(bytes)), target);
      renameSync(partial, join(this.path, name));
    } catch (error) {
      rmSync(partial, { force: true });
      throw error;
    } finally {
      this.coming.delete(name);
    }
    return this.file(name);
  }

  private begin(files: readonly CaptureFile[]): void {
    this.together = files.reduce((sum, one) => sum + one.bytes, 0);
    if (!existsSync(this.path)) return;
    for (const name of readdirSync(this.path)) {
      const path = join(this.path, name);
      if (PARTIAL.test(name) && Date.now() - lstatSync(path).mtimeMs > PARTIAL_MS_MAX) rmSync(path);
    }
  }

  /** Room is looked at with every piece: others may be coming in beside it. */
  private async *checked(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    let count = 0;
    let isWhole = false;
    let head = Buffer.alloc(0);
    try {
      for await (const piece of bytes) {
        count += piece.length;
        this.together += piece.length;
        if (count > this.bytesMax) throw new WorkRefused(`it is larger than ${this.bytesMax} bytes`, 413);
        if (this.together > TOGETHER * this.bytesMax) throw new WorkRefused('the folder of captures is full', 413);
        if (head.length < 4) {
          head = Buffer.concat([head, piece.subarray(0, 4)]).subarray(0, 4);
          if (head.length === 4) mustBeCapture(head);
        }
        yield piece;
      }
      if (head.length < 4) throw new WorkRefused('this is no capture', 415);
      isWhole = true;
    } finally {
      if (!isWhole) this.together -= count;
    }
  }
}

function mustBeCapture(head: Buffer): void {
  const text = head.toString('hex');
  if (!magics.some((magic) => text.startsWith(magic)))
    throw new WorkRefused('this is no pcap, pcapng or gzip file', 415);
}
