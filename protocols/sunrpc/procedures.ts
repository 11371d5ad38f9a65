/** Programs of Sun RPC and their procedures, in the words of their RFCs. */

export const PORTMAP = 100_000;
export const NFS = 100_003;
export const MOUNT = 100_005;

/** Names of protocols under which messages are told; any other program is `sunrpc`. */
export const PROGRAMS: Readonly<Record<number, string>> = {
  [PORTMAP]: 'portmap',
  [NFS]: 'nfs',
  [MOUNT]: 'mount',
};

/** RFC 1833. Version 2; 3 and 4 (rpcbind) add to it. */
const PORTMAP_2 = ['NULL', 'SET', 'UNSET', 'GETPORT', 'DUMP', 'CALLIT'];
const PORTMAP_3 = [
  ...['NULL', 'SET', 'UNSET', 'GETADDR', 'DUMP', 'BCAST', 'GETTIME', 'UADDR2TADDR', 'TADDR2UADDR', 'GETVERSADDR'],
  ...['INDIRECT', 'GETADDRLIST', 'GETSTAT'],
];
/** RFC 1813 appendix I. */
const MOUNT_ALL = ['NULL', 'MNT', 'DUMP', 'UMNT', 'UMNTALL', 'EXPORT', 'EXPORTALL', 'PATHCONF'];
/** RFC 1094 2.2. */
const NFS_2 = [
  ...['NULL', 'GETATTR', 'SETATTR', 'ROOT', 'LOOKUP', 'READLINK', 'READ', 'WRITECACHE', 'WRITE', 'CREATE', 'REMOVE'],
  ...['RENAME', 'LINK', 'SYMLINK', 'MKDIR', 'RMDIR', 'READDIR', 'STATFS'],
];
/** RFC 1813 3.3. */
const NFS_3 = [
  ...['NULL', 'GETATTR', 'SETATTR', 'LOOKUP', 'ACCESS', 'READLINK', 'READ', 'WRITE', 'CREATE', 'MKDIR', 'SYMLINK'],
  ...['MKNOD', 'REMOVE', 'RMDIR', 'RENAME', 'LINK', 'READDIR', 'READDIRPLUS', 'FSSTAT', 'FSINFO', 'PATHCONF', 'COMMIT'],
];
/** RFC 7530 15, RFC 8881 17. */
const NFS_4 = ['NULL', 'COMPOUND'];

const NONE: readonly string[] = [];

function proceduresOf(program: number, version: number): readonly string[] {
  if (program === PORTMAP) return version <= 2 ? PORTMAP_2 : PORTMAP_3;
  if (program === MOUNT) return MOUNT_ALL;
  if (program !== NFS) return NONE;
  return version === 2 ? NFS_2 : version === 3 ? NFS_3 : NFS_4;
}

/** `other` for one that no document names; `call` for programs that are only counted. */
export function procedureName(program: number, version: number, procedure: number): string {
  if (PROGRAMS[program] === undefined) return procedure === 0 ? 'NULL' : 'call';
  return proceduresOf(program, version)[procedure] ?? 'other';
}
