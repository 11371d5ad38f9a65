/**
 * One capture file or stream: reads blocks into its arena and lets the parser of its format find the packets.
 *
 *     arena   │ done with │ whole records … │ cut record │ free │
 *             0           at                             end
 *
 * The cut record moves to the front before the next block is read behind it. Trouble never throws: it ends the file,
 * and its report says where, why and what was kept.
 */
import type { Batch } from '../bytes/batch.ts';
import type { Limits } from '../limits.ts';
import type { Opened, Source } from './input.ts';
import { DETECT_BYTES, type Parser, strangerText } from './parser.ts';
import { pcapParser } from './pcap.ts';
import { isSectionHeader, pcapngParser } from './pcapng.ts';
import type { InputReport } from './source.ts';

/** Magic of either format. */
const MAGIC_BYTES = 4;
/** Room before a block that was read ahead, for the cut record of the one before. */
const HEADROOM_BYTES = 512 * 1024;
/** Files shorter than so many arenas are read before reading ahead would gain anything. */
const AHEAD_ARENAS_MIN = 4;
/** An arena that is grown is at least this long. */
const ARENA_BYTES_MIN = 4096;

export class CaptureFile {
  readonly batch: Batch;
  readonly report: InputReport;
  /** For the merge: next row to hand out, and the place of the file among those with equal times. */
  from = 0;
  readonly order: number;
  /** Its bytes on the disk, 0 when unknown. */
  readonly sizeBytes: number;

  readonly #source: Source;
  readonly #limits: Limits;
  #parser: Parser | null = null;
  #at = 0;
  #end = 0;
  #ended = false;
  /** The next block, on its way into the other arena while the packets of this one are decoded. */
  #ahead: Promise<number> | null = null;
  #spare: Uint8Array<ArrayBufferLike> | null = null;

  constructor(opened: Opened, batch: Batch, report: InputReport, order: number, limits: Limits) {
    this.#source = opened.source;
    this.sizeBytes = opened.sizeBytes;
    this.batch = batch;
    this.report = report;
    this.order = order;
    this.#limits = limits;
    batch.count = 0;
  }

  get doneBytes(): number {
    return this.#source.doneBytes;
  }

  /** Fills the batch with the next packets; false when there are no more. */
  fill(): boolean | Promise<boolean> {
    this.from = 0;
    return this.#parse() || (!this.#ended && this.#readOn());
  }

  async close(): Promise<void> {
    this.#ended = true;
    await this.#ahead;
    await this.#source.close();
  }

  async #readOn(): Promise<boolean> {
    while (!this.#ended) {
      if (this.#ahead !== null) await this.#takeAhead(this.#ahead);
      else {
        await this.#skip();
        this.#makeRoom();
        const bytes = await this.#source.read(this.batch.bytes, this.#end);
        if (bytes === 0) this.#atEnd();
        this.#end += bytes;
      }
      if (this.#parse()) {
        this.#readAhead();
        return true;
      }
    }
    await this.#source.close();
    return false;
  }

  /** Has the next block read meanwhile. Only for large files: two arenas for each of many would be too much. */
  #readAhead(): void {
    const bytes = this.batch.bytes.length;
    const isLarge = bytes === this.#limits.fileArenaBytes && this.sizeBytes >= AHEAD_ARENAS_MIN * bytes;
    if (this.#ended || !isLarge || bytes <= 2 * HEADROOM_BYTES) return;
    if (this.#spare === null || this.#spare.length !== bytes) this.#spare = new Uint8Array(bytes);
    this.#ahead = this.#source.read(this.#spare, HEADROOM_BYTES);
  }

  /** Changes the arenas: the cut record goes in front of the block that was read ahead. */
  async #takeAhead(ahead: Promise<number>): Promise<void> {
    const bytes = await ahead;
    this.#ahead = null;
    const { batch } = this;
    const spare = this.#spare;
    if (bytes === 0 || spare === null) {
      this.#atEnd();
      return;
    }
    // Below zero: so many bytes of a long block are dropped unseen.
    const rest = this.#end - this.#at;
    if (rest > HEADROOM_BYTES) {
      const larger = new Uint8Array(2 * (rest + bytes));
      larger.set(batch.bytes.subarray(this.#at, this.#end));
      larger.set(spare.subarray(HEADROOM_BYTES, HEADROOM_BYTES + bytes), rest);
      batch.rebase(larger);
      this.#at = 0;
      this.#end = rest + bytes;
      return;
    }
    if (rest > 0) spare.set(batch.bytes.subarray(this.#at, this.#end), HEADROOM_BYTES - rest);
    this.#spare = batch.bytes;
    batch.rebase(spare);
    this.#at = HEADROOM_BYTES - rest;
    this.#end = HEADROOM_BYTES + bytes;
  }

  /** Puts the packets of the arena into the rows; false when it holds no whole one. */
  #parse(): boolean {
    const { batch, report } = this;
    batch.count = 0;
    if (this.#ended) return false;
    this.#parser ??= this.#detect();
    const parser = this.#parser;
    if (parser === null || this.#at >= this.#end) return false;
    this.#at = parser.parse(batch, this.#at, this.#end);
    report.packets = parser.packets;
    report.bytes = parser.bytes;
    report.dropped = parser.dropped;
    if (parser.error !== '') this.#endWith(parser.error, parser.position);
    return batch.count > 0;
  }

  #detect(): Parser | null {
    if (this.#end - this.#at < DETECT_BYTES) return null;
    const { view } = this.batch;
    const parser = pcapParser(view, this.#at, this.#limits) ?? pcapngParser(view, this.#at, this.#limits);
    if (parser === null) this.#endWith(strangerText(view, this.#at, this.#end), 0);
    return parser;
  }

  /** Drops what the parser does not want to see of a long block. */
  async #skip(): Promise<void> {
    const surplus = this.#at - this.#end;
    if (surplus <= 0) return;
    this.#at = 0;
    this.#end = 0;
    const missing = surplus - (await this.#source.skip(surplus));
    if (missing > 0) this.#endWith('it is cut short in a block', (this.#parser?.position ?? 0) - missing);
  }

  #makeRoom(): void {
    const { batch } = this;
    const rest = this.#end - this.#at;
    if (rest > 0 && this.#at > 0) batch.bytes.copyWithin(0, this.#at, this.#end);
    this.#at = 0;
    this.#end = rest;
    if (rest < batch.bytes.length) return;
    // A record longer than the arena; the parser's own limits end this growth.
    const larger = new Uint8Array(Math.max(ARENA_BYTES_MIN, 2 * batch.bytes.length));
    larger.set(batch.bytes);
    batch.rebase(larger);
  }

  #atEnd(): void {
    const { view } = this.batch;
    const rest = this.#end - this.#at;
    const parser = this.#parser;
    const position = parser?.position ?? 0;
    if (this.#source.error !== '') this.#endWith(this.#source.error, position);
    else if (parser === null && !isBegun(view, rest, this.#limits)) this.#endWith(strangerText(view, 0, rest), 0);
    else if (position === 0) this.#endWith('it is cut short in its header', 0);
    else if (rest > 0) this.#endWith('it is cut short in a record', position);
    else this.#endWith('', -1);
  }

  /** The file ends here. Its report tells why, and what became of its packets. */
  #endWith(reason: string, offset: number): void {
    if (this.#ended) return;
    this.#ended = true;
    const { report } = this;
    const clauses: string[] = [];
    if (reason !== '') clauses.push(reason, keptText(report.packets));
    const omission = this.#parser?.omission() ?? '';
    if (omission !== '') clauses.push(omission);
    report.error = clauses.join('; ');
    report.errorOffset = reason !== '' ? offset : omission !== '' ? (this.#parser?.omissionOffset ?? -1) : -1;
  }
}

function isBegun(view: DataView, bytes: number, limits: Limits): boolean {
  return bytes >= MAGIC_BYTES && (pcapParser(view, 0, limits) !== null || isSectionHeader(view, 0));
}

function keptText(packets: number): string {
  if (packets === 0) return 'no packet was kept';
  return packets === 1 ? 'the packet before it was kept' : `the ${packets} packets before it were kept`;
}
