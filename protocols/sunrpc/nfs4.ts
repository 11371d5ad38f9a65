/**
 * Operations of a COMPOUND of NFS 4 (RFC 7530 16, RFC 8881 18), one after the other, as far as their arguments are
 * understood. What a call asks for is told when it is asked; its answer is not read, so refused ones are told, too.
 */
import { extensionOf } from '../../src/bytes/extension.ts';
import { contentOf, MAGIC_BYTES } from '../../src/bytes/magic.ts';
import type { Segment } from '../../src/protocol.ts';
import type { Records } from '../../src/records.ts';
import { handleKey, type NfsFile, type NfsFiles, tellFile, tellTransfer } from './nfs.ts';
import type { Xdr } from './xdr.ts';

const OPERATIONS_MAX = 32;
const STATE_ID_BYTES = 16;
const ILLEGAL = 10_044;

/** By number; '' has no number. */
export const OPERATIONS: readonly string[] = [
  ...[
    '',
    '',
    '',
    'ACCESS',
    'CLOSE',
    'COMMIT',
    'CREATE',
    'DELEGPURGE',
    'DELEGRETURN',
    'GETATTR',
    'GETFH',
    'LINK',
    'LOCK',
  ],
  ...['LOCKT', 'LOCKU', 'LOOKUP', 'LOOKUPP', 'NVERIFY', 'OPEN', 'OPENATTR', 'OPEN_CONFIRM', 'OPEN_DOWNGRADE', 'PUTFH'],
  ...['PUTPUBFH', 'PUTROOTFH', 'READ', 'READDIR', 'READLINK', 'REMOVE', 'RENAME', 'RENEW', 'RESTOREFH', 'SAVEFH'],
  ...['SECINFO', 'SETATTR', 'SETCLIENTID', 'SETCLIENTID_CONFIRM', 'VERIFY', 'WRITE', 'RELEASE_LOCKOWNER'],
  ...['BACKCHANNEL_CTL', 'BIND_CONN_TO_SESSION', 'EXCHANGE_ID', 'CREATE_SESSION', 'DESTROY_SESSION', 'FREE_STATEID'],
  ...['GET_DIR_DELEGATION', 'GETDEVICEINFO', 'GETDEVICELIST', 'LAYOUTCOMMIT', 'LAYOUTGET', 'LAYOUTRETURN'],
  ...['SECINFO_NO_NAME', 'SEQUENCE', 'SET_SSV', 'TEST_STATEID', 'WANT_DELEGATION', 'DESTROY_CLIENTID'],
  ...['RECLAIM_COMPLETE', 'ALLOCATE', 'COPY', 'COPY_NOTIFY', 'DEALLOCATE', 'IO_ADVISE', 'LAYOUTERROR', 'LAYOUTSTATS'],
  ...['OFFLOAD_CANCEL', 'OFFLOAD_STATUS', 'READ_PLUS', 'SEEK', 'WRITE_SAME', 'CLONE'],
];

/** Calls `tell` for each operation that is found. */
export function compound(
  xdr: Xdr,
  files: NfsFiles,
  segment: Segment,
  records: Records,
  tell: (kind: string, segment: Segment, records: Records) => void,
): void {
  // Tag, minor version, count.
  xdr.opaque();
  xdr.skip(4);
  const count = Math.min(xdr.word(), OPERATIONS_MAX);
  let file: NfsFile | null = null;
  for (let i = 0; i < count && !xdr.isBroken; i++) {
    const number = xdr.word();
    if (xdr.isBroken || number === ILLEGAL) return;
    const name = OPERATIONS[number] ?? '';
    if (name === '') return;
    tell(name, segment, records);
    if (name === 'PUTFH') {
      xdr.opaque();
      file = xdr.isBroken ? null : files.of(handleKey(xdr));
    } else if (!operation(name, xdr, file, segment, records)) return;
  }
}

/** Steps over the arguments of one operation; false where they are not understood. */
function operation(name: string, xdr: Xdr, file: NfsFile | null, segment: Segment, records: Records): boolean {
  switch (name) {
    case 'PUTROOTFH':
    case 'PUTPUBFH':
    case 'GETFH':
    case 'SAVEFH':
    case 'RESTOREFH':
    case 'LOOKUPP':
    case 'READLINK':
      return true;
    case 'ACCESS':
    case 'SECINFO_NO_NAME':
    case 'RECLAIM_COMPLETE':
    case 'OPENATTR':
      xdr.skip(4);
      return true;
    case 'GETATTR':
      xdr.words();
      return true;
    case 'SEQUENCE':
      xdr.skip(32);
      return true;
    case 'RENEW':
      xdr.skip(8);
      return true;
    case 'LOOKUP':
    case 'SECINFO':
      xdr.opaque();
      return true;
    case 'CLOSE':
      xdr.skip(4 + STATE_ID_BYTES);
      if (file !== null) tellFile(file, segment, records);
      return true;
    case 'COMMIT':
      xdr.skip(12);
      return true;
    case 'OPEN':
      return open(xdr);
    case 'OPEN_CONFIRM':
      xdr.skip(STATE_ID_BYTES + 4);
      return true;
    case 'READ':
      xdr.skip(STATE_ID_BYTES + 8);
      if (file !== null && !xdr.isBroken) file.read += xdr.word();
      else xdr.skip(4);
      return true;
    case 'WRITE':
      write(xdr, file);
      return true;
    case 'READDIR': {
      const cookie = xdr.hyper();
      xdr.skip(16);
      xdr.words();
      if (cookie === 0 && !xdr.isBroken) tellTransfer('list', '', '', -1, segment, records);
      return true;
    }
    case 'REMOVE':
      xdr.opaque();
      if (!xdr.isBroken) tellTransfer('delete', extensionOf(xdr.view, xdr.from, xdr.to), '', -1, segment, records);
      return true;
    case 'RENAME':
      xdr.opaque();
      xdr.opaque();
      if (!xdr.isBroken) tellTransfer('rename', extensionOf(xdr.view, xdr.from, xdr.to), '', -1, segment, records);
      return true;
    default:
      return false;
  }
}

function write(xdr: Xdr, file: NfsFile | null): void {
  xdr.skip(STATE_ID_BYTES);
  const offset = xdr.hyper();
  xdr.skip(4);
  const count = xdr.word();
  if (xdr.isBroken || file === null) return;
  file.written += count;
  if (offset === 0)
    file.content = contentOf(xdr.view, xdr.at, Math.min(xdr.end, xdr.at + Math.min(count, MAGIC_BYTES)));
  xdr.skip((count + 3) & ~3);
}

/** Sequence, access, denial, owner, how it is opened, and by what. */
function open(xdr: Xdr): boolean {
  xdr.skip(12 + 8);
  xdr.opaque();
  if (xdr.word() === 1) {
    const how = xdr.word();
    if (how <= 1) attributes(xdr);
    else xdr.skip(8);
    if (how === 3) attributes(xdr);
  }
  const claim = xdr.word();
  if (claim === 0) xdr.opaque();
  else if (claim !== 4) return false;
  return !xdr.isBroken;
}

function attributes(xdr: Xdr): void {
  xdr.words();
  xdr.opaque();
}
