/**
 * One message of SMB 1 (MS-CIFS 2.2.3, MS-SMB 2.2.4): obsolete, and still spoken by old devices.
 *
 *     0          4         5        9       10      12       24     26    28    30    32
 *     ┌──────────┬─────────┬────────┬───────┬───────┬────────┬──────┬─────┬─────┬─────┬───────┬───────┬───────┬──────
 *     │ FF S M B │ command │ status │ flags │ flags2│ …      │ tree │ pid │ uid │ mid │ count │ words │ bytes │ …
 *     └──────────┴─────────┴────────┴───────┴───────┴────────┴──────┴─────┴─────┴─────┴───────┴───────┴───────┴──────
 *     AndX: the first word names the next command, the second says where it stands, counted from the header
 */
import { extensionOf } from '../../src/bytes/extension.ts';
import { readText } from '../../src/bytes/text.ts';
import { readUtf16 } from '../../src/bytes/utf16.ts';
import type { Segment } from '../../src/protocol.ts';
import type { Records } from '../../src/records.ts';
import {
  closeFile,
  OpenFile,
  type Pending,
  type SmbFlow,
  tellDialect,
  tellIdentity,
  tellMessage,
  tellTransfer,
} from './flow.ts';
import { OTHER_SHARE, pipeOf, SMB1_COMMANDS, shareOf } from './names.ts';
import { answer, ask, authenticate, entered, STATUS_SUCCESS } from './security.ts';
import type { Smb2Context } from './smb2.ts';

export const SMB1_HEADER_BYTES = 32;
const COMMAND = 4;
const STATUS = 5;
const FLAGS = 9;
const FLAGS2 = 10;
const TREE = 24;
const PID = 26;
const MID = 30;
const FLAG_REPLY = 0x80;
const FLAG2_UNICODE = 0x8000;
const NO_ANDX = 0xff;
const ANDX_MAX = 8;
const NO_DIALECT = 0xffff;

const CLOSE = 0x04;
const DELETE = 0x06;
const RENAME = 0x07;
const TRANSACTION = 0x25;
const READ_ANDX = 0x2e;
const WRITE_ANDX = 0x2f;
const NEGOTIATE = 0x72;
const SESSION_SETUP = 0x73;
const TREE_CONNECT = 0x75;
const NT_CREATE = 0xa2;
const ANDX = new Set([0x24, 0x2d, READ_ANDX, WRITE_ANDX, SESSION_SETUP, 0x74, TREE_CONNECT, NT_CREATE]);

const TRANSACT_NAMED_PIPE = 0x26;
const IPC = 'IPC$';
const NATIVE_BYTES_MAX = 64;

/** The block of one command: where its words and bytes stand. One object, refilled. */
class Block {
  header = 0;
  command = 0;
  count = 0;
  words = 0;
  bytes = 0;
  end = 0;
  isUnicode = false;
  tree = 0;
  key = 0;
}

const block = new Block();

export function smb1(
  context: Smb2Context,
  flow: SmbFlow,
  segment: Segment,
  at: number,
  end: number,
  records: Records,
): void {
  const { view } = segment;
  const isReply = (view.getUint8(at + FLAGS) & FLAG_REPLY) !== 0;
  const status = view.getUint32(at + STATUS, true);
  block.header = at;
  block.end = end;
  block.isUnicode = (view.getUint16(at + FLAGS2, true) & FLAG2_UNICODE) !== 0;
  block.tree = view.getUint16(at + TREE, true);
  // Below zero: keys of version 2 are above.
  block.key = -1 - view.getUint16(at + MID, true) - view.getUint16(at + PID, true) * 65_536;
  let command = view.getUint8(at + COMMAND);
  let place = at + SMB1_HEADER_BYTES;
  for (let i = 0; i < ANDX_MAX; i++) {
    const name = SMB1_COMMANDS[command];
    if (name === undefined) {
      records.oddity('smb_unknown_command', segment.flow, segment.timeUs);
      return;
    }
    const isWhole = readBlock(view, command, place, end);
    if (command !== TREE_CONNECT || isReply || !isWhole) tellMessage(name, segment, records);
    if (!isWhole) return;
    if (isReply) reply(context, flow, segment, status, records);
    else request(context, flow, segment, records);
    if (!ANDX.has(command) || block.count < 2) return;
    const next = at + view.getUint16(block.words + 2, true);
    command = view.getUint8(block.words);
    // Only forwards: a chain cannot go in circles.
    if (command === NO_ANDX || next <= place || next >= end) return;
    place = next;
  }
}

function readBlock(view: DataView, command: number, place: number, end: number): boolean {
  if (place >= end) return false;
  block.command = command;
  block.count = view.getUint8(place);
  block.words = place + 1;
  block.bytes = block.words + block.count * 2 + 2;
  return block.bytes <= end;
}

function word(view: DataView, offset: number): number {
  return offset + 2 <= block.count * 2 ? view.getUint16(block.words + offset, true) : 0;
}

/** Where strings of UTF-16 begin: at an even distance from the header. */
function aligned(at: number): number {
  return block.isUnicode ? at + ((at - block.header) & 1) : at;
}

/** Behind the text at `at`, without its NUL; `block.end` when it has none. */
function textEnd(view: DataView, at: number): number {
  const unit = block.isUnicode ? 2 : 1;
  let to = at;
  while (to + unit <= block.end && (unit === 2 ? view.getUint16(to, true) : view.getUint8(to)) !== 0) to += unit;
  return Math.min(to, block.end);
}

function request(context: Smb2Context, flow: SmbFlow, segment: Segment, records: Records): void {
  const { view } = segment;
  const unit = block.isUnicode ? 2 : 1;
  switch (block.command) {
    case SESSION_SETUP:
      sessionSetup(flow, segment, records);
      break;
    case TREE_CONNECT: {
      const path = aligned(block.bytes + word(view, 6));
      const share = path < block.end ? shareOf(view, path, textEnd(view, path), unit) : OTHER_SHARE;
      tellMessage(
        share === OTHER_SHARE ? 'SMB1 TREE_CONNECT_ANDX' : `SMB1 TREE_CONNECT_ANDX ${share}`,
        segment,
        records,
      );
      awaits(flow, context).share = share;
      break;
    }
    case NT_CREATE:
      create(context, flow, segment, records);
      break;
    case DELETE:
    case RENAME: {
      const pending = awaits(flow, context);
      pending.verb = block.command === DELETE ? 'delete' : 'rename';
      // A byte that says "a name follows" stands before it.
      const name = aligned(block.bytes + 1);
      pending.extension = name < block.end ? extensionOf(view, name, textEnd(view, name), unit) : '';
      pending.share = flow.trees.get(block.tree) ?? '';
      break;
    }
    case CLOSE:
    case READ_ANDX: {
      const id = word(view, block.command === CLOSE ? 0 : 4);
      const pending = awaits(flow, context);
      pending.key = id;
      pending.file = fileOf(flow, id, context);
      pending.offset = block.command === CLOSE ? 0 : word(view, 6) + word(view, 8) * 65_536;
      break;
    }
    case WRITE_ANDX:
      writes(fileOf(flow, word(view, 4), context), segment, records);
      break;
    case TRANSACTION: {
      if (word(view, 28) !== TRANSACT_NAMED_PIPE) break;
      const file = fileOf(flow, word(view, 30), context);
      file.isPipe(context.pipes);
      const data = block.header + word(view, 24);
      hears(file, segment, data, data + word(view, 22), true, records);
      awaits(flow, context).file = file;
      break;
    }
  }
}

function awaits(flow: SmbFlow, { limits }: Smb2Context): Pending {
  const pending = flow.await(block.key, limits);
  pending.command = block.command;
  return pending;
}

function fileOf(flow: SmbFlow, id: number, { limits }: Smb2Context): OpenFile {
  let file = flow.files.get(id);
  if (file === undefined) {
    file = new OpenFile();
    file.share = flow.trees.get(block.tree) ?? '';
    flow.opened(id, file, limits);
  }
  return file;
}

function sessionSetup(flow: SmbFlow, segment: Segment, records: Records): void {
  const { view } = segment;
  if (block.count === 12) {
    authenticate(flow, segment, block.bytes, Math.min(block.end, block.bytes + word(view, 14)), records);
    return;
  }
  if (block.count !== 13 && block.count !== 10) return;
  const first = word(view, 14);
  const second = block.count === 13 ? word(view, 16) : 0;
  // A null session: no answer to the challenge, or one byte of it.
  const isAnonymous = first <= 1 && second === 0;
  ask(flow, isAnonymous ? 'none' : 'ntlm', segment, records);
  if (!isAnonymous && second <= 24) records.oddity('smb_ntlm_version_1', segment.flow, segment.timeUs);
}

function create({ pipes, limits }: Smb2Context, flow: SmbFlow, segment: Segment, records: Records): void {
  const { view } = segment;
  const unit = block.isUnicode ? 2 : 1;
  const name = aligned(block.bytes);
  const nameEnd = name < block.end ? textEnd(view, name) : name;
  const file = new OpenFile();
  file.share = flow.trees.get(block.tree) ?? '';
  if (file.share === IPC || file.share === '') {
    const pipe = pipeOf(view, name, nameEnd, unit);
    if (file.share === IPC || pipe !== 'other') {
      tellMessage(`pipe ${pipe}`, segment, records);
      file.share = IPC;
      file.pipe = pipes?.open() ?? null;
    }
  }
  if (file.share !== IPC) file.extension = extensionOf(view, name, nameEnd, unit);
  const pending = flow.await(block.key, limits);
  pending.command = NT_CREATE;
  pending.file = file;
}

function writes(file: OpenFile, segment: Segment, records: Records): void {
  const { view } = segment;
  const length = word(view, 20) + word(view, 18) * 65_536;
  const data = block.header + word(view, 22);
  file.written += length;
  if (file.pipe !== null) hears(file, segment, data, data + length, true, records);
  else if (word(view, 6) === 0 && word(view, 8) === 0 && data > block.header)
    file.looks(view, data, Math.min(block.end, data + length));
}

function hears(file: OpenFile, segment: Segment, at: number, end: number, fromClient: boolean, records: Records): void {
  const last = Math.min(end, block.end);
  if (file.pipe !== null && at > block.header && at < last) file.pipe.hears(segment, at, last, fromClient, records);
}

function reply(context: Smb2Context, flow: SmbFlow, segment: Segment, status: number, records: Records): void {
  const { view } = segment;
  const { command } = block;
  if (command === NEGOTIATE) {
    if (status === STATUS_SUCCESS && word(view, 0) !== NO_DIALECT) tellDialect(flow, 'SMB 1', segment, records);
    return;
  }
  if (command === SESSION_SETUP) sessionAnswer(flow, segment, status, records);
  const pending = flow.pending.get(block.key);
  if (pending === undefined || pending.command !== command) return;
  if (status === STATUS_SUCCESS) succeeded(context, flow, pending, segment, records);
  flow.done(block.key, pending);
}

function sessionAnswer(flow: SmbFlow, segment: Segment, status: number, records: Records): void {
  const { view } = segment;
  const token = block.count === 4 ? word(view, 6) : 0;
  const isGuest = status === STATUS_SUCCESS && (word(view, 4) & 1) !== 0;
  answer(flow, status, isGuest, segment, block.bytes, Math.min(block.end, block.bytes + token), records);
  // NativeOS, NativeLanMan (MS-CIFS 2.2.4.53.2).
  const system = aligned(block.bytes + token);
  if (block.count < 3 || system >= block.end) return;
  const software = textEnd(view, system) + (block.isUnicode ? 2 : 1);
  const name = software < block.end ? native(view, software) : '';
  tellIdentity(flow, false, 'server-software', name, 'SMB NativeLanMan', 0.7, segment, records);
  // Samba says that it is a Windows.
  const of = name.startsWith('Samba') ? '' : native(view, system);
  tellIdentity(flow, false, 'operating-system', of, 'SMB NativeOS', 0.7, segment, records);
}

function native(view: DataView, at: number): string {
  const end = Math.min(textEnd(view, at), at + NATIVE_BYTES_MAX * (block.isUnicode ? 2 : 1));
  return block.isUnicode ? readUtf16(view, at, end) : readText(view, at, end - at);
}

function succeeded({ limits }: Smb2Context, flow: SmbFlow, pending: Pending, segment: Segment, records: Records): void {
  const { view } = segment;
  const { file } = pending;
  switch (pending.command) {
    case TREE_CONNECT:
      flow.connected(block.tree, pending.share, limits);
      entered(flow, pending.share, segment, records);
      break;
    case NT_CREATE:
      // An odd offset: one byte of the oplock level stands before.
      if (file !== null && block.count >= 4) flow.opened(view.getUint16(block.words + 5, true), file, limits);
      break;
    case READ_ANDX: {
      if (file === null) break;
      const length = word(view, 10);
      const data = block.header + word(view, 12);
      file.read += length;
      if (file.pipe !== null) hears(file, segment, data, data + length, false, records);
      else if (pending.offset === 0 && data > block.header) file.looks(view, data, Math.min(block.end, data + length));
      break;
    }
    case TRANSACTION: {
      const data = block.header + word(view, 14);
      if (file !== null) hears(file, segment, data, data + word(view, 12), false, records);
      break;
    }
    case DELETE:
    case RENAME:
      tellTransfer(pending.verb, pending.share, pending.extension, '', -1, segment, records);
      break;
    case CLOSE:
      if (file !== null) closeFile(file, segment, records);
      flow.files.delete(pending.key);
      break;
  }
}
