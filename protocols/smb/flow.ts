/** What one SMB connection remembers: shares, open files, requests that wait for their answer. */
import { fold } from '../../src/bytes/hash.ts';
import { contentOf, MAGIC_BYTES } from '../../src/bytes/magic.ts';
import type { Limits } from '../../src/limits.ts';
import type { Segment } from '../../src/protocol.ts';
import { FlowProtocol, Identity, Login, Message, type Records, stamp, Transfer } from '../../src/records.ts';

/** What travels in a named pipe: one reader per open pipe. `protocols/index.ts` brings the two together. */
export interface PipeReader {
  open(): PipeTalk;
}

export interface PipeTalk {
  /** `view[at, end)`: the beginning of what is written to or read from the pipe. */
  hears(segment: Segment, at: number, end: number, fromClient: boolean, records: Records): void;
}

/** Files of this share are named pipes. */
const PIPE_SHARE = 'IPC$';

/** One opened file, directory or pipe. */
export class OpenFile {
  share = '';
  extension = '';
  pipe: PipeTalk | null = null;
  isDeleted = false;
  isListed = false;
  read = 0;
  written = 0;
  content = '';

  /** Whatever is written and read in one step is a pipe, also when its opening was not seen. */
  isPipe(pipes: PipeReader | null): void {
    if (this.pipe === null) this.pipe = pipes?.open() ?? null;
    this.share = PIPE_SHARE;
  }

  /** Remembers what a file is when its first bytes pass. */
  looks(view: DataView, at: number, end: number): void {
    if (this.content === '' && end > at) this.content = contentOf(view, at, Math.min(end, at + MAGIC_BYTES));
  }
}

/** A request that waits for its answer. */
export class Pending {
  command = 0;
  file: OpenFile | null = null;
  key = 0;
  tree = 0;
  share = '';
  method = '';
  offset = 0;
  verb = '';
  extension = '';
  kind = 0;
}

export class SmbSide {
  /** Of the message at hand, from the next command on. */
  messageLeft = 0;
  isLost = false;
  /** A session request of NetBIOS may come before. */
  isFirst = true;
}

export class SmbFlow {
  readonly client = new SmbSide();
  readonly server = new SmbSide();
  readonly pending = new Map<number, Pending>();
  private readonly free: Pending[] = [];
  readonly trees = new Map<number, string>();
  readonly files = new Map<number, OpenFile>();
  readonly told = new Set<string>();
  /** The file that the last command of a compounded request was about (MS-SMB2 3.2.4.1.4). */
  chained: OpenFile | null = null;
  chainedTree = 0;
  dialect = '';
  /** A login has begun and its outcome was not told. */
  method = '';
  /** A session of nobody is open, and no share has let it in yet. */
  isAnonymous = false;

  await(key: number, limits: Limits): Pending {
    const old = this.pending.get(key);
    if (old !== undefined) this.done(key, old);
    else if (this.pending.size >= limits.smbPendingMax) {
      for (const [oldest, one] of this.pending) {
        this.done(oldest, one);
        break;
      }
    }
    const one = this.free.pop() ?? new Pending();
    one.file = null;
    one.verb = '';
    one.share = '';
    one.method = '';
    one.extension = '';
    this.pending.set(key, one);
    return one;
  }

  done(key: number, one: Pending): void {
    this.pending.delete(key);
    one.file = null;
    this.free.push(one);
  }

  opened(key: number, file: OpenFile, limits: Limits): void {
    if (this.files.size >= limits.smbFilesMax) this.files.delete(this.files.keys().next().value ?? 0);
    this.files.set(key, file);
  }

  connected(tree: number, share: string, limits: Limits): void {
    if (this.trees.size >= limits.smbTreesMax) this.trees.delete(this.trees.keys().next().value ?? 0);
    this.trees.set(tree, share);
  }
}

/** A number for the sixteen bytes of a file id. */
export function fileKey(view: DataView, at: number): number {
  const first = fold(fold(0, view.getInt32(at, true)), view.getInt32(at + 4, true));
  return fold(fold(first, view.getInt32(at + 8, true)), view.getInt32(at + 12, true));
}

const message = new Message();
const transfer = new Transfer();
const login = new Login();
const identity = new Identity();
const said = new FlowProtocol();

export function tellMessage(kind: string, segment: Segment, records: Records): void {
  stamp(message, segment);
  message.fromClient = segment.toServer;
  message.protocol = 'smb';
  message.kind = kind;
  records.message(message);
}

export function tellTransfer(
  verb: string,
  share: string,
  extension: string,
  content: string,
  bytes: number,
  segment: Segment,
  records: Records,
): void {
  stamp(transfer, segment);
  transfer.fromClient = true;
  transfer.protocol = 'smb';
  transfer.verb = verb;
  transfer.share = share;
  transfer.extension = extension;
  transfer.content = content;
  transfer.bytes = bytes;
  records.transfer(transfer);
}

/** A file is closed: what went over is told. */
export function closeFile(file: OpenFile, segment: Segment, records: Records): void {
  const { share, extension, content, read, written } = file;
  if (share === PIPE_SHARE) return;
  if (written > 0) tellTransfer('write', share, extension, content, written, segment, records);
  if (read > 0) tellTransfer('read', share, extension, content, read, segment, records);
  if (file.isDeleted) tellTransfer('delete', share, extension, '', -1, segment, records);
  file.read = 0;
  file.written = 0;
  file.isDeleted = false;
}

export function tellLogin(method: string, outcome: string, segment: Segment, records: Records): void {
  stamp(login, segment);
  login.fromClient = true;
  login.protocol = 'smb';
  login.method = method;
  login.outcome = outcome;
  records.login(login);
}

export function tellDialect(flow: SmbFlow, detail: string, segment: Segment, records: Records): void {
  if (flow.dialect === detail) return;
  flow.dialect = detail;
  stamp(said, segment);
  said.protocol = 'smb';
  said.detail = detail;
  records.flowProtocol(said);
}

export function tellIdentity(
  flow: SmbFlow,
  ofClient: boolean,
  attribute: string,
  value: string,
  source: string,
  confidence: number,
  segment: Segment,
  records: Records,
): void {
  if (value === '' || flow.told.size > 32) return;
  const key = `${ofClient}${attribute}${value}`;
  if (flow.told.has(key)) return;
  flow.told.add(key);
  stamp(identity, segment);
  identity.ofClient = ofClient;
  identity.attribute = attribute;
  identity.value = value;
  identity.source = source;
  identity.confidence = confidence;
  records.identity(identity);
}
