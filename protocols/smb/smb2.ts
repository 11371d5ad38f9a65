/**
 * One command of SMB 2 and 3 (MS-SMB2 2.2).
 *
 *     0          4        6       8        12        14       16      20      24          36     40         48         64
 *     ┌──────────┬────────┬───────┬────────┬─────────┬────────┬───────┬───────┬───────────┬──────┬──────────┬──────────┬────
 *     │ FE S M B │ 64     │credits│ status │ command │ credits│ flags │ next  │ message id│ tree │ session  │ signature│ body
 *     └──────────┴────────┴───────┴────────┴─────────┴────────┴───────┴───────┴───────────┴──────┴──────────┴──────────┴────
 *     all little endian; offsets in a body count from the header
 *
 * Names of files and directories never become a text: an extension out of a closed list does.
 */
import { extensionOf } from '../../src/bytes/extension.ts';
import type { Limits } from '../../src/limits.ts';
import type { Segment } from '../../src/protocol.ts';
import type { Records } from '../../src/records.ts';
import {
  closeFile,
  fileKey,
  OpenFile,
  type Pending,
  type PipeReader,
  type SmbFlow,
  tellDialect,
  tellMessage,
  tellTransfer,
} from './flow.ts';
import { DIALECTS, OTHER_SHARE, pipeOf, SMB2_COMMANDS, shareOf } from './names.ts';
import { answer, authenticate, entered, STATUS_PENDING, STATUS_SUCCESS } from './security.ts';

export const SMB2_HEADER_BYTES = 64;
const STATUS = 8;
const COMMAND = 12;
const FLAGS = 16;
export const SMB2_NEXT = 20;
const MESSAGE_ID = 24;
const TREE = 36;

const FLAG_RESPONSE = 1;
const FLAG_ASYNC = 2;
const FLAG_RELATED = 4;

const NEGOTIATE = 0;
const SESSION_SETUP = 1;
const TREE_CONNECT = 3;
const CREATE = 5;
const CLOSE = 6;
const READ = 8;
const WRITE = 9;
const IOCTL = 11;
const QUERY_DIRECTORY = 14;
const SET_INFO = 17;

const STATUS_BUFFER_OVERFLOW = 0x80000005;
const PIPE_TRANSCEIVE = 0x0011c017;
const DELETE_ON_CLOSE = 0x1000;
const IPC = 'IPC$';
const GUEST = 1;

const FILE_INFORMATION = 1;
const RENAME = 10;
const DISPOSITION = 13;
const DISPOSITION_EX = 64;
const NAME_BYTES_MAX = 1_024;

export interface Smb2Context {
  readonly limits: Limits;
  readonly pipes: PipeReader | null;
}

/** The command at `at`; `end`: as far as it is looked at. */
export function smb2(
  context: Smb2Context,
  flow: SmbFlow,
  segment: Segment,
  at: number,
  end: number,
  records: Records,
): void {
  const { view } = segment;
  const command = view.getUint16(at + COMMAND, true);
  const flags = view.getUint32(at + FLAGS, true);
  const name = SMB2_COMMANDS[command];
  if (name === undefined) {
    records.oddity('smb_unknown_command', segment.flow, segment.timeUs);
    return;
  }
  const key = view.getUint32(at + MESSAGE_ID, true) + (view.getUint32(at + MESSAGE_ID + 4, true) & 0xfffff) * 2 ** 32;
  const body = at + SMB2_HEADER_BYTES;
  if ((flags & FLAG_RESPONSE) !== 0) {
    tellMessage(name, segment, records);
    const pending = flow.pending.get(key);
    const status = view.getUint32(at + STATUS, true);
    if (command === NEGOTIATE && status === STATUS_SUCCESS) negotiated(flow, segment, body, end, records);
    if (status === STATUS_PENDING) return;
    if (command === SESSION_SETUP) sessionAnswer(flow, segment, at, body, end, status, records);
    if (pending === undefined) return;
    if (pending.command === command) response(context, flow, pending, segment, at, body, end, status, records);
    flow.done(key, pending);
    return;
  }
  const isRelated = (flags & FLAG_RELATED) !== 0;
  const hasTree = (flags & FLAG_ASYNC) === 0;
  const tree = isRelated ? flow.chainedTree : hasTree ? view.getUint32(at + TREE, true) : 0;
  if (!isRelated) {
    flow.chained = null;
    flow.chainedTree = tree;
  }
  if (command === TREE_CONNECT) treeConnect(context, flow, segment, at, body, end, key, records);
  else tellMessage(name, segment, records);
  if (command === SESSION_SETUP) {
    const token = at + u16(view, body + 12, end);
    if (token > body) authenticate(flow, segment, token, Math.min(end, token + u16(view, body + 14, end)), records);
  } else if (command === CREATE) create(context, flow, segment, at, body, end, key, tree, records);
  else if (command !== TREE_CONNECT) fileRequest(context, flow, segment, at, body, end, key, command, records);
}

/** 0 where it would reach beyond the end. */
function u16(view: DataView, at: number, end: number): number {
  return at + 2 <= end ? view.getUint16(at, true) : 0;
}

function u32(view: DataView, at: number, end: number): number {
  return at + 4 <= end ? view.getUint32(at, true) : 0;
}

function negotiated(flow: SmbFlow, segment: Segment, body: number, end: number, records: Records): void {
  const detail = DIALECTS.get(u16(segment.view, body + 4, end));
  if (detail !== undefined) tellDialect(flow, detail, segment, records);
}

function sessionAnswer(
  flow: SmbFlow,
  segment: Segment,
  at: number,
  body: number,
  end: number,
  status: number,
  records: Records,
): void {
  const { view } = segment;
  const token = at + u16(view, body + 4, end);
  const tokenEnd = Math.min(end, token + u16(view, body + 6, end));
  const isGuest = status === STATUS_SUCCESS && (u16(view, body + 2, end) & GUEST) !== 0;
  answer(flow, status, isGuest, segment, Math.min(token, tokenEnd), tokenEnd, records);
}

function treeConnect(
  { limits }: Smb2Context,
  flow: SmbFlow,
  segment: Segment,
  at: number,
  body: number,
  end: number,
  key: number,
  records: Records,
): void {
  const { view } = segment;
  const path = at + u16(view, body + 4, end);
  const pathEnd = Math.min(end, path + Math.min(u16(view, body + 6, end), NAME_BYTES_MAX));
  const share = path >= body && pathEnd > path ? shareOf(view, path, pathEnd - ((pathEnd - path) & 1), 2) : OTHER_SHARE;
  tellMessage(share === OTHER_SHARE ? 'TREE_CONNECT' : `TREE_CONNECT ${share}`, segment, records);
  const pending = flow.await(key, limits);
  pending.command = TREE_CONNECT;
  pending.share = share;
}

function create(
  { limits, pipes }: Smb2Context,
  flow: SmbFlow,
  segment: Segment,
  at: number,
  body: number,
  end: number,
  key: number,
  tree: number,
  records: Records,
): void {
  const { view } = segment;
  const name = at + u16(view, body + 44, end);
  const length = Math.min(u16(view, body + 46, end), NAME_BYTES_MAX) & ~1;
  const nameEnd = name >= body && name + length <= end ? name + length : name;
  const file = new OpenFile();
  file.share = flow.trees.get(tree) ?? '';
  if (file.share === IPC || file.share === '') {
    const pipe = pipeOf(view, name, nameEnd, 2);
    // Where the share was not seen, only a name that everybody knows is a pipe.
    if (file.share === IPC || pipe !== 'other') {
      tellMessage(`pipe ${pipe}`, segment, records);
      file.share = IPC;
      file.pipe = pipes?.open() ?? null;
    }
  }
  if (file.share !== IPC) file.extension = extensionOf(view, name, nameEnd, 2);
  file.isDeleted = (u32(view, body + 40, end) & DELETE_ON_CLOSE) !== 0;
  flow.chained = file;
  const pending = flow.await(key, limits);
  pending.command = CREATE;
  pending.file = file;
}

/** Where the file id stands in the body of a request. */
function fileIdOf(command: number): number {
  switch (command) {
    case CLOSE:
    case IOCTL:
    case QUERY_DIRECTORY:
      return 8;
    case READ:
    case WRITE:
    case SET_INFO:
      return 16;
    default:
      return -1;
  }
}

function fileRequest(
  { limits, pipes }: Smb2Context,
  flow: SmbFlow,
  segment: Segment,
  at: number,
  body: number,
  end: number,
  key: number,
  command: number,
  records: Records,
): void {
  const { view } = segment;
  const offset = fileIdOf(command);
  if (offset < 0 || body + offset + 16 > end) return;
  const id = body + offset;
  const isChained = view.getInt32(id, true) === -1 && view.getInt32(id + 8, true) === -1;
  const known = isChained ? flow.chained : (flow.files.get(fileKey(view, id)) ?? null);
  const file = known ?? unseen(flow, view, id, isChained, limits);
  flow.chained = file;
  if (command === WRITE) {
    written(file, segment, at, body, end, records);
    return;
  }
  if (command === IOCTL) {
    if (u32(view, body + 4, end) !== PIPE_TRANSCEIVE) return;
    file.isPipe(pipes);
    const input = at + u32(view, body + 24, end);
    pipe(file, segment, input, Math.min(end, input + u32(view, body + 28, end)), true, records);
  }
  const pending = flow.await(key, limits);
  pending.command = command;
  pending.file = file;
  pending.key = isChained ? 0 : fileKey(view, id);
  if (command === READ) pending.offset = u32(view, body + 8, end) + u32(view, body + 12, end) * 2 ** 32;
  if (command === SET_INFO) setInfo(pending, view, at, body, end);
}

/** A file whose opening was not seen. */
function unseen(flow: SmbFlow, view: DataView, id: number, isChained: boolean, limits: Limits): OpenFile {
  const file = new OpenFile();
  if (!isChained) flow.opened(fileKey(view, id), file, limits);
  return file;
}

function written(file: OpenFile, segment: Segment, at: number, body: number, end: number, records: Records): void {
  const { view } = segment;
  const length = u32(view, body + 4, end);
  const data = at + u16(view, body + 2, end);
  const dataEnd = Math.min(end, data + length);
  file.written += length;
  if (data < body) return;
  if (file.pipe !== null) pipe(file, segment, data, dataEnd, true, records);
  else if (u32(view, body + 8, end) === 0 && u32(view, body + 12, end) === 0) file.looks(view, data, dataEnd);
}

function pipe(file: OpenFile, segment: Segment, at: number, end: number, fromClient: boolean, records: Records): void {
  if (file.pipe !== null && at >= segment.start && at < end) file.pipe.hears(segment, at, end, fromClient, records);
}

function setInfo(pending: Pending, view: DataView, at: number, body: number, end: number): void {
  if (body + 4 > end || view.getUint8(body + 2) !== FILE_INFORMATION) return;
  const buffer = at + u16(view, body + 8, end);
  if (buffer < body || buffer >= end) return;
  const what = view.getUint8(body + 3);
  if (what === RENAME) {
    pending.verb = 'rename';
    const name = buffer + 20;
    const length = Math.min(u32(view, buffer + 16, end), NAME_BYTES_MAX) & ~1;
    if (name + length <= end) pending.extension = extensionOf(view, name, name + length, 2);
  } else if (what === DISPOSITION || what === DISPOSITION_EX) {
    pending.verb = (view.getUint8(buffer) & 1) !== 0 ? 'delete' : 'keep';
  }
}

function response(
  { limits }: Smb2Context,
  flow: SmbFlow,
  pending: Pending,
  segment: Segment,
  at: number,
  body: number,
  end: number,
  status: number,
  records: Records,
): void {
  const { view } = segment;
  const { file } = pending;
  const isDone = status === STATUS_SUCCESS || status === STATUS_BUFFER_OVERFLOW;
  if (pending.command === CLOSE && file !== null) {
    if (status === STATUS_SUCCESS) {
      closeFile(file, segment, records);
      flow.files.delete(pending.key);
    }
    return;
  }
  if (!isDone) return;
  switch (pending.command) {
    case TREE_CONNECT:
      flow.connected(view.getUint32(at + TREE, true), pending.share, limits);
      entered(flow, pending.share, segment, records);
      break;
    case CREATE:
      if (file !== null && body + 80 <= end) flow.opened(fileKey(view, body + 64), file, limits);
      break;
    case READ:
      if (file !== null) readAnswer(file, pending.offset, segment, at, body, end, records);
      break;
    case IOCTL: {
      const output = at + u32(view, body + 32, end);
      const outputEnd = Math.min(end, output + u32(view, body + 36, end));
      if (file !== null) pipe(file, segment, output, outputEnd, false, records);
      break;
    }
    case QUERY_DIRECTORY:
      if (file !== null && !file.isListed) tellTransfer('list', file.share, '', '', -1, segment, records);
      if (file !== null) file.isListed = true;
      break;
    case SET_INFO:
      if (file !== null) changed(file, pending, segment, records);
      break;
  }
}

function readAnswer(
  file: OpenFile,
  offset: number,
  segment: Segment,
  at: number,
  body: number,
  end: number,
  records: Records,
): void {
  const { view } = segment;
  if (body + 8 > end) return;
  const length = view.getUint32(body + 4, true);
  const data = at + view.getUint8(body + 2);
  file.read += length;
  if (data < body) return;
  if (file.pipe !== null) pipe(file, segment, data, Math.min(end, data + length), false, records);
  else if (offset === 0) file.looks(view, data, Math.min(end, data + length));
}

function changed(file: OpenFile, { verb, extension }: Pending, segment: Segment, records: Records): void {
  if (verb === 'rename') {
    tellTransfer('rename', file.share, extension, '', -1, segment, records);
    file.extension = extension;
  } else if (verb === 'delete') file.isDeleted = true;
  else if (verb === 'keep') file.isDeleted = false;
}
