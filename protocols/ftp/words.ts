/** The closed lists of FTP: commands, SITE commands, products that name themselves in their greeting. */
import { find, Words } from '../../src/bytes/words.ts';

/** RFC 959, 2228, 2389, 2428, 3659, 7151. */
export const COMMANDS = new Words([
  ...['ABOR', 'ACCT', 'ALLO', 'APPE', 'CDUP', 'CWD', 'DELE', 'HELP', 'LIST', 'MKD', 'MODE', 'NLST', 'NOOP', 'PASS'],
  ...['PASV', 'PORT', 'PWD', 'QUIT', 'REIN', 'REST', 'RETR', 'RMD', 'RNFR', 'RNTO', 'SITE', 'SMNT', 'STAT', 'STOR'],
  ...['STOU', 'STRU', 'SYST', 'TYPE', 'USER', 'ADAT', 'AUTH', 'CCC', 'CONF', 'ENC', 'MIC', 'PBSZ', 'PROT', 'FEAT'],
  ...['OPTS', 'EPRT', 'EPSV', 'MDTM', 'MLSD', 'MLST', 'SIZE', 'HOST', 'LANG', 'CLNT', 'MFMT', 'MFCT', 'XCWD', 'XPWD'],
  ...['XMKD', 'XRMD', 'XCUP', 'XCRC', 'XMD5', 'XSHA1', 'HASH', 'AVBL', 'CSID', 'LPRT', 'LPSV', 'RANG', 'COMB', 'DSIZ'],
]);

/** What SITE can be followed by and changes the server or runs something there. */
export const SITE_COMMANDS = new Words([
  ...['CHMOD', 'EXEC', 'UMASK', 'CPFR', 'CPTO', 'UTIME', 'CHGRP', 'CHOWN', 'DEL', 'RMDIR', 'MKDIR', 'SYMLINK', 'ZONE'],
]);

const PRODUCTS: readonly (readonly [mark: string, name: string])[] = [
  ['vsftpd', 'vsFTPd'],
  ['proftpd', 'ProFTPD'],
  ['pure-ftpd', 'Pure-FTPd'],
  ['filezilla server', 'FileZilla Server'],
  ['microsoft ftp service', 'Microsoft FTP Service'],
  ['pyftpdlib', 'pyftpdlib'],
  ['serv-u', 'Serv-U'],
  ['ws_ftp', 'WS_FTP'],
  ['wu-', 'wu-ftpd'],
  ['bftpd', 'bftpd'],
  ['ncftpd', 'NcFTPd'],
  ['gnu inetutils', 'GNU inetutils'],
  ['vxworks', 'VxWorks'],
  ['nucleus', 'Nucleus'],
  ["quick 'n easy", "Quick 'n Easy"],
  ['war-ftpd', 'War-FTPD'],
  ['crushftp', 'CrushFTP'],
  ['titan ftp', 'Titan FTP'],
  ['jd ftp', 'JD FTP'],
  ['netkit', 'netkit'],
  ['windows ce', 'Windows CE'],
  ['qnx', 'QNX'],
  ['inetd', 'inetd'],
];

const VERSION_CHARACTERS_MAX = 16;

/** Name and version of a product in a greeting; anything else in there stays there. */
export function productIn(view: DataView, at: number, end: number): string {
  for (const [mark, name] of PRODUCTS) {
    const place = find(view, at, end, mark);
    if (place < 0) continue;
    const version = versionAt(view, place + mark.length, end);
    return version === '' ? name : `${name} ${version}`;
  }
  return '';
}

/** Digits, dots and letters behind at most a few other characters: ` (Version 3.0.3)`, `-2.6.1`. */
function versionAt(view: DataView, from: number, end: number): string {
  let at = from;
  const SKIPPED_MAX = 12;
  while (at < end && at < from + SKIPPED_MAX && !isDigit(view.getUint8(at))) at++;
  if (at >= end || !isDigit(view.getUint8(at))) return '';
  let text = '';
  for (; at < end && text.length < VERSION_CHARACTERS_MAX; at++) {
    const code = view.getUint8(at);
    const isPart = isDigit(code) || code === 0x2e || ((code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a);
    if (!isPart) break;
    text += String.fromCharCode(code);
  }
  return text.includes('.') ? text.replace(/\.$/, '') : '';
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}
