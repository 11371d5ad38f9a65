/**
 * MongoDB (wire protocol; BSON 1.1): which commands are sent to a database.
 *
 *     length 32 │ request 32 │ answers 32 │ operation 32 │ …                         all little endian
 *     2013 OP_MSG:   flags 32 │ kind 0 │ document    the first key of the document is the command
 *     2004 OP_QUERY: flags 32 │ collection NUL │ skip 32 │ count 32 │ document
 *
 * Only the name of a command from a closed list is told; databases, collections and documents are not read.
 */
import { startsWith } from '../../src/bytes/text.ts';
import { GIVE_UP, MAYBE, NO, type Protocol, type Segment, YES } from '../../src/protocol.ts';
import { Login, Message, Operation, type Records, stamp } from '../../src/records.ts';

const PORTS: readonly number[] = [27_017, 27_018, 27_019];
const HEADER_BYTES = 16;
const OPERATION = 12;
const LENGTH_MAX = 48 * 1024 * 1024;
const OP_REPLY = 1;
const OP_QUERY = 2004;
const OP_COMPRESSED = 2012;
const OP_MSG = 2013;
const KINDS = new Map([
  [OP_REPLY, 'OP_REPLY'],
  [2001, 'OP_UPDATE'],
  [2002, 'OP_INSERT'],
  [OP_QUERY, 'OP_QUERY'],
  [2005, 'OP_GET_MORE'],
  [2006, 'OP_DELETE'],
  [2007, 'OP_KILL_CURSORS'],
  [OP_COMPRESSED, 'OP_COMPRESSED'],
  [OP_MSG, 'OP_MSG'],
]);
const MSG_FLAGS_MAX = 0x1ffff;
const QUERY_FLAGS_MAX = 0xff;
const COLLECTION_BYTES_MAX = 128;
/** Of a message whose command is looked for. */
const READ_BYTES = 256;

const CHANGES: readonly string[] = [
  ...['insert', 'update', 'delete', 'findAndModify', 'drop', 'dropDatabase', 'create', 'createIndexes'],
  ...['dropIndexes', 'createUser', 'updateUser', 'dropUser', 'shutdown', 'renameCollection', 'setParameter'],
];
const LOGINS: readonly string[] = ['saslStart', 'authenticate'];

const message = new Message();
const login = new Login();
const operation = new Operation();

export const mongodb: Protocol<null> = {
  name: 'mongodb',
  transport: 'tcp',
  ports: PORTS,

  recognises(segment) {
    const { view, start, end } = segment;
    // In the middle, small numbers are everywhere.
    if (segment.midstream && !PORTS.includes(segment.serverPort) && !PORTS.includes(segment.clientPort)) return NO;
    if (end - start < HEADER_BYTES + 5) {
      // Upper half of the length: no message has more than 48 MB.
      if (end - start >= 4 && view.getUint32(start, true) > LENGTH_MAX) return NO;
      return end - start >= HEADER_BYTES && !KINDS.has(view.getUint32(start + OPERATION, true)) ? NO : MAYBE;
    }
    const bytes = view.getUint32(start, true);
    if (bytes < HEADER_BYTES + 5 || bytes > LENGTH_MAX) return NO;
    const flags = view.getUint32(start + HEADER_BYTES, true);
    switch (view.getUint32(start + OPERATION, true)) {
      case OP_MSG:
        return flags <= MSG_FLAGS_MAX && view.getUint8(start + HEADER_BYTES + 4) <= 1 ? YES : NO;
      case OP_QUERY:
        return flags <= QUERY_FLAGS_MAX && isPrintable(view.getUint8(start + HEADER_BYTES + 4)) ? YES : NO;
      case OP_REPLY:
        return bytes >= 36 && flags <= 15 && view.getUint32(start + 8, true) !== 0 ? YES : NO;
      case OP_COMPRESSED:
        return KINDS.has(flags) ? YES : NO;
      default:
        return NO;
    }
  },

  open: () => null,

  decode(_state, segment, records) {
    const { view, start, end } = segment;
    let at = start;
    while (end - at >= HEADER_BYTES) {
      const bytes = view.getUint32(at, true);
      const code = view.getUint32(at + OPERATION, true);
      const kind = KINDS.get(code);
      if (kind === undefined || bytes < HEADER_BYTES || bytes > LENGTH_MAX) return GIVE_UP;
      const whole = Math.min(bytes, READ_BYTES);
      if (whole > end - at) break;
      stamp(message, segment);
      message.fromClient = segment.toServer;
      message.protocol = 'mongodb';
      message.kind = kind;
      records.message(message);
      const document = documentAt(view, at + HEADER_BYTES, at + whole, code);
      if (document > 0 && view.getUint32(at + 8, true) === 0) command(segment, document, at + whole, records);
      at += bytes;
    }
    return at - start;
  },
};

const isPrintable = (code: number): boolean => code > 0x20 && code < 0x7f;

/** Where the first document of a message begins, or 0. */
function documentAt(view: DataView, at: number, to: number, code: number): number {
  if (code === OP_MSG) return to - at > 5 && view.getUint8(at + 4) === 0 ? at + 5 : 0;
  if (code !== OP_QUERY) return 0;
  let nul = at + 4;
  while (nul < to && nul - at < COLLECTION_BYTES_MAX && view.getUint8(nul) !== 0) nul++;
  return nul + 9 < to ? nul + 9 : 0;
}

/** Length 32, type 8, then the first key. */
function command(segment: Segment, document: number, to: number, records: Records): void {
  const key = document + 5;
  for (const name of LOGINS) {
    if (!isKey(segment.view, key, to, name)) continue;
    stamp(login, segment);
    login.fromClient = segment.toServer;
    login.protocol = 'mongodb';
    login.outcome = 'asked';
    records.login(login);
  }
  for (const name of CHANGES) {
    if (!isKey(segment.view, key, to, name)) continue;
    stamp(operation, segment);
    operation.fromClient = segment.toServer;
    operation.protocol = 'mongodb';
    operation.verb = name;
    records.operation(operation);
  }
}

function isKey(view: DataView, at: number, to: number, name: string): boolean {
  return at + name.length < to && startsWith(view, at, to, name) && view.getUint8(at + name.length) === 0;
}
