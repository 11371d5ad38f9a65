/** The closed lists of SMB: commands (MS-SMB2 2.2.1, MS-CIFS 2.2.2.1), shares of administrators, named pipes. */
import { ascii, toAscii } from '../../src/bytes/utf16.ts';
import { Words } from '../../src/bytes/words.ts';

export const SMB2_COMMANDS: readonly string[] = [
  ...['NEGOTIATE', 'SESSION_SETUP', 'LOGOFF', 'TREE_CONNECT', 'TREE_DISCONNECT', 'CREATE', 'CLOSE', 'FLUSH', 'READ'],
  ...['WRITE', 'LOCK', 'IOCTL', 'CANCEL', 'ECHO', 'QUERY_DIRECTORY', 'CHANGE_NOTIFY', 'QUERY_INFO', 'SET_INFO'],
  ...['OPLOCK_BREAK', 'SERVER_TO_CLIENT_NOTIFICATION'],
];

/** Names of version 1 have `SMB1` before them: whoever still speaks it shall be seen. */
export const SMB1_COMMANDS: Readonly<Record<number, string>> = {
  0: 'SMB1 CREATE_DIRECTORY',
  1: 'SMB1 DELETE_DIRECTORY',
  2: 'SMB1 OPEN',
  3: 'SMB1 CREATE',
  4: 'SMB1 CLOSE',
  5: 'SMB1 FLUSH',
  6: 'SMB1 DELETE',
  7: 'SMB1 RENAME',
  8: 'SMB1 QUERY_INFORMATION',
  9: 'SMB1 SET_INFORMATION',
  10: 'SMB1 READ',
  11: 'SMB1 WRITE',
  12: 'SMB1 LOCK_BYTE_RANGE',
  13: 'SMB1 UNLOCK_BYTE_RANGE',
  14: 'SMB1 CREATE_TEMPORARY',
  15: 'SMB1 CREATE_NEW',
  16: 'SMB1 CHECK_DIRECTORY',
  17: 'SMB1 PROCESS_EXIT',
  18: 'SMB1 SEEK',
  19: 'SMB1 LOCK_AND_READ',
  20: 'SMB1 WRITE_AND_UNLOCK',
  26: 'SMB1 READ_RAW',
  29: 'SMB1 WRITE_RAW',
  34: 'SMB1 SET_INFORMATION2',
  35: 'SMB1 QUERY_INFORMATION2',
  36: 'SMB1 LOCKING_ANDX',
  37: 'SMB1 TRANSACTION',
  38: 'SMB1 TRANSACTION_SECONDARY',
  39: 'SMB1 IOCTL',
  41: 'SMB1 COPY',
  42: 'SMB1 MOVE',
  43: 'SMB1 ECHO',
  44: 'SMB1 WRITE_AND_CLOSE',
  45: 'SMB1 OPEN_ANDX',
  46: 'SMB1 READ_ANDX',
  47: 'SMB1 WRITE_ANDX',
  50: 'SMB1 TRANSACTION2',
  51: 'SMB1 TRANSACTION2_SECONDARY',
  52: 'SMB1 FIND_CLOSE2',
  112: 'SMB1 TREE_CONNECT',
  113: 'SMB1 TREE_DISCONNECT',
  114: 'SMB1 NEGOTIATE',
  115: 'SMB1 SESSION_SETUP_ANDX',
  116: 'SMB1 LOGOFF_ANDX',
  117: 'SMB1 TREE_CONNECT_ANDX',
  128: 'SMB1 QUERY_INFORMATION_DISK',
  129: 'SMB1 SEARCH',
  160: 'SMB1 NT_TRANSACT',
  161: 'SMB1 NT_TRANSACT_SECONDARY',
  162: 'SMB1 NT_CREATE_ANDX',
  164: 'SMB1 NT_CANCEL',
  165: 'SMB1 NT_RENAME',
  192: 'SMB1 OPEN_PRINT_FILE',
  193: 'SMB1 WRITE_PRINT_FILE',
  194: 'SMB1 CLOSE_PRINT_FILE',
};

/** MS-SMB2 2.2.4, DialectRevision. */
export const DIALECTS: ReadonlyMap<number, string> = new Map([
  [0x0202, 'SMB 2.0.2'],
  [0x0210, 'SMB 2.1'],
  [0x0300, 'SMB 3.0'],
  [0x0302, 'SMB 3.0.2'],
  [0x0311, 'SMB 3.1.1'],
]);

const SHARES = new Words(['ADMIN$', 'IPC$', 'PRINT$', 'NETLOGON', 'SYSVOL', 'FAX$']);
const DRIVES: readonly string[] = Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZ', (letter) => `${letter}$`);
/** Any other share: sites name them after departments, and after people. */
export const OTHER_SHARE = 'other';

const BACKSLASH = 0x5c;
const DOLLAR = 0x24;
const LETTER_A = 0x41;

/** Of a path `\\server\share`, the share as far as it may be told. */
export function shareOf(view: DataView, at: number, end: number, unitBytes: number): string {
  let from = end;
  while (from - unitBytes >= at && codeAt(view, from - unitBytes, unitBytes) !== BACKSLASH) from -= unitBytes;
  let length = toAscii(view, from, end, unitBytes);
  while (length > 0 && ascii.getUint8(length - 1) === 0) length--;
  const known = SHARES.find(ascii, 0, length);
  if (known >= 0) return SHARES.list[known]!;
  if (length !== 2 || ascii.getUint8(1) !== DOLLAR) return OTHER_SHARE;
  return DRIVES[(ascii.getUint8(0) & ~0x20) - LETTER_A] ?? OTHER_SHARE;
}

/** Pipes that Windows and Samba serve (MS documents, each in its transport section). */
const PIPES = new Words([
  ...['svcctl', 'atsvc', 'samr', 'lsarpc', 'lsass', 'netlogon', 'netdfs', 'srvsvc', 'wkssvc', 'winreg', 'spoolss'],
  ...['eventlog', 'epmapper', 'browser', 'efsrpc', 'initshutdown', 'drsuapi', 'protected_storage', 'ntsvcs', 'router'],
  ...['trkwks', 'w32time', 'dnsserver', 'fssagentrpc', 'mdssvc', 'wmi', 'tsvcpipe', 'termsrv_api_service', 'paexec'],
  ...['psexesvc', 'remcom_communicaton', 'csexecsvc', 'winsock2', 'scerpc', 'keysvc', 'dhcpserver', 'wininit', 'sql'],
]);

/** `svcctl`; `other` for a pipe that is not in the list. */
export function pipeOf(view: DataView, at: number, end: number, unitBytes: number): string {
  let from = at;
  while (from < end && codeAt(view, from, unitBytes) === BACKSLASH) from += unitBytes;
  let length = toAscii(view, from, end, unitBytes);
  while (length > 0 && ascii.getUint8(length - 1) === 0) length--;
  // `\PIPE\name` of version 1.
  const PREFIX = 5;
  if (length > PREFIX && ascii.getUint8(PREFIX - 1) === BACKSLASH) {
    const inner = PIPES.find(ascii, PREFIX, length);
    if (inner >= 0) return PIPES.list[inner]!;
  }
  const whole = PIPES.find(ascii, 0, length);
  if (whole >= 0) return PIPES.list[whole]!;
  // PsExec and its kin add the station and a number: `psexesvc-PC1-1234-stdin`.
  for (let cut = length - 1; cut > 0; cut--) {
    const code = ascii.getUint8(cut);
    if (code !== 0x2d && code !== 0x5f && code !== 0x2e) continue;
    const begin = PIPES.find(ascii, 0, cut);
    if (begin >= 0) return PIPES.list[begin]!;
  }
  return 'other';
}

function codeAt(view: DataView, at: number, unitBytes: number): number {
  return unitBytes === 1 ? view.getUint8(at) : view.getUint16(at, true);
}
