/**
 * What goes over by NFS 2, 3 and 4 (RFC 1094, 1813, 7530, 8881): bytes read and written per file, files removed and
 * renamed, directories listed. Names never become a text; an extension out of a closed list does.
 */
import { extensionOf } from '../../src/bytes/extension.ts';
import { fold } from '../../src/bytes/hash.ts';
import { contentOf, MAGIC_BYTES } from '../../src/bytes/magic.ts';
import type { Limits } from '../../src/limits.ts';
import type { Segment } from '../../src/protocol.ts';
import { type Records, stamp, Transfer } from '../../src/records.ts';
import type { Xdr } from './xdr.ts';

export class NfsFile {
  extension = '';
  read = 0;
  written = 0;
  content = '';
}

const LOOKUP = 3;
const READ = 6;
const WRITE = 7;
const CREATE = 8;
const REMOVE = 12;
const RMDIR = 13;
const RENAME = 14;
const READDIR = 16;
const READDIRPLUS = 17;
const COMMIT = 21;

/** Version 2 numbers its procedures in another way. */
const OF_VERSION_2: readonly number[] = [
  0,
  1,
  2,
  -1,
  LOOKUP,
  5,
  READ,
  -1,
  WRITE,
  CREATE,
  REMOVE,
  RENAME,
  15,
  10,
  9,
  RMDIR,
  READDIR,
];
const HANDLE_2_BYTES = 32;
const ATTRIBUTES_3_BYTES = 84;
const ATTRIBUTES_2_BYTES = 68;

const transfer = new Transfer();

export class NfsFiles {
  private readonly files = new Map<number, NfsFile>();
  private readonly filesMax: number;

  constructor({ sunrpcFilesMax }: Limits) {
    this.filesMax = sunrpcFilesMax;
  }

  of(key: number): NfsFile {
    let file = this.files.get(key);
    if (file === undefined) {
      if (this.files.size >= this.filesMax) this.files.delete(this.files.keys().next().value ?? 0);
      file = new NfsFile();
      this.files.set(key, file);
    }
    return file;
  }

  tellAll(segment: Segment, records: Records): void {
    for (const file of this.files.values()) tellFile(file, segment, records);
  }
}

/** What of a call of versions 2 and 3 has to be known when its answer comes. One object, refilled. */
export class NfsCall {
  /** Procedure in the numbers of version 3. */
  procedure = -1;
  key = 0;
  extension = '';
  bytes = 0;
}

/** Reads the arguments of a call. */
export function nfsCall(call: NfsCall, version: number, procedure: number, xdr: Xdr, files: NfsFiles): void {
  call.procedure = version === 2 ? (OF_VERSION_2[procedure] ?? -1) : procedure;
  call.extension = '';
  call.key = handle(xdr, version);
  call.bytes = 0;
  switch (call.procedure) {
    case LOOKUP:
    case CREATE:
    case REMOVE:
    case RMDIR:
      xdr.opaque();
      if (call.procedure !== RMDIR) call.extension = extensionOf(xdr.view, xdr.from, xdr.to);
      break;
    case RENAME:
      xdr.opaque();
      handle(xdr, version);
      xdr.opaque();
      call.extension = extensionOf(xdr.view, xdr.from, xdr.to);
      break;
    case WRITE:
      write(call, version, xdr, files);
      break;
    case READDIR:
    case READDIRPLUS:
      // Only the first part of a list begins at cookie 0.
      call.bytes = version === 2 ? xdr.word() : xdr.hyper();
      break;
    case READ:
      call.bytes = version === 2 ? xdr.word() : xdr.hyper();
      break;
  }
}

function write(call: NfsCall, version: number, xdr: Xdr, files: NfsFiles): void {
  const file = files.of(call.key);
  if (version === 2) xdr.skip(4);
  const offset = version === 2 ? xdr.word() : xdr.hyper();
  let count = xdr.word();
  if (version === 3) xdr.skip(4);
  const data = xdr.at + 4;
  if (version === 2) count = data <= xdr.end ? xdr.word() : 0;
  if (xdr.isBroken) return;
  call.bytes = count;
  if (offset === 0 && data < xdr.end)
    file.content = contentOf(xdr.view, data, Math.min(xdr.end, data + Math.min(count, MAGIC_BYTES)));
}

/** A number for a file handle. */
function handle(xdr: Xdr, version: number): number {
  if (version === 2) {
    xdr.from = xdr.at;
    xdr.skip(HANDLE_2_BYTES);
    xdr.to = xdr.at;
  } else xdr.opaque();
  return handleKey(xdr);
}

export function handleKey({ view, from, to }: Xdr): number {
  let key = to - from;
  let at = from;
  for (; at + 4 <= to; at += 4) key = fold(key, view.getInt32(at));
  return key;
}

/** An answer with status 0: what was asked has been done. */
export function nfsAnswer(
  call: NfsCall,
  version: number,
  xdr: Xdr,
  files: NfsFiles,
  segment: Segment,
  records: Records,
): void {
  switch (call.procedure) {
    case LOOKUP:
    case CREATE:
      opened(call, version, xdr, files);
      break;
    case READ:
      readAnswer(call, version, xdr, files, segment, records);
      break;
    case WRITE:
      files.of(call.key).written += call.bytes;
      break;
    case COMMIT:
      tellFile(files.of(call.key), segment, records);
      break;
    case REMOVE:
    case RMDIR:
      tellTransfer('delete', call.extension, '', -1, segment, records);
      break;
    case RENAME:
      tellTransfer('rename', call.extension, '', -1, segment, records);
      break;
    case READDIR:
    case READDIRPLUS:
      if (call.bytes === 0) tellTransfer('list', '', '', -1, segment, records);
      break;
  }
}

function opened(call: NfsCall, version: number, xdr: Xdr, files: NfsFiles): void {
  if (call.extension === '') return;
  // CREATE of version 3: the handle may be left out.
  if (call.procedure === CREATE && version === 3 && xdr.word() === 0) return;
  const key = handle(xdr, version);
  if (!xdr.isBroken) files.of(key).extension = call.extension;
}

function readAnswer(
  call: NfsCall,
  version: number,
  xdr: Xdr,
  files: NfsFiles,
  segment: Segment,
  records: Records,
): void {
  let isEnd = false;
  let count = 0;
  if (version === 2) {
    xdr.skip(ATTRIBUTES_2_BYTES);
    count = xdr.word();
  } else {
    if (xdr.word() !== 0) xdr.skip(ATTRIBUTES_3_BYTES);
    count = xdr.word();
    isEnd = xdr.word() !== 0;
    xdr.skip(4);
  }
  if (xdr.isBroken) return;
  const file = files.of(call.key);
  file.read += count;
  if (call.bytes === 0)
    file.content = contentOf(xdr.view, xdr.at, Math.min(xdr.end, xdr.at + Math.min(count, MAGIC_BYTES)));
  if (isEnd) tellFile(file, segment, records);
}

/** What went over since it was told last. */
export function tellFile(file: NfsFile, segment: Segment, records: Records): void {
  const { extension, content, read, written } = file;
  if (written > 0) tellTransfer('write', extension, content, written, segment, records);
  if (read > 0) tellTransfer('read', extension, content, read, segment, records);
  file.read = 0;
  file.written = 0;
}

export function tellTransfer(
  verb: string,
  extension: string,
  content: string,
  bytes: number,
  segment: Segment,
  records: Records,
): void {
  stamp(transfer, segment);
  transfer.fromClient = true;
  transfer.protocol = 'nfs';
  transfer.verb = verb;
  transfer.extension = extension;
  transfer.content = content;
  transfer.bytes = bytes;
  records.transfer(transfer);
}
