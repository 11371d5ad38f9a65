/** Mail servers by their greeting: a closed list of products, so that nothing else of the line becomes text. */
import { find } from './words.ts';

const PRODUCTS: readonly (readonly [mark: string, name: string])[] = [
  ['microsoft esmtp mail service', 'Microsoft ESMTP'],
  ['microsoft exchange', 'Microsoft Exchange'],
  ['mailenable', 'MailEnable'],
  ['postfix', 'Postfix'],
  ['opensmtpd', 'OpenSMTPD'],
  ['sendmail', 'Sendmail'],
  ['exim', 'Exim'],
  ['qmail', 'qmail'],
  ['dovecot', 'Dovecot'],
  ['cyrus', 'Cyrus'],
  ['courier', 'Courier'],
  ['hmailserver', 'hMailServer'],
  ['zimbra', 'Zimbra'],
  ['mdaemon', 'MDaemon'],
  ['lotus domino', 'Lotus Domino'],
  ['domino', 'Domino'],
  ['icewarp', 'IceWarp'],
  ['kerio', 'Kerio'],
  ['mercury', 'Mercury'],
  ['haraka', 'Haraka'],
  ['qpopper', 'Qpopper'],
  ['popa3d', 'popa3d'],
  ['uw imap', 'UW IMAP'],
  ['imap4rev1 2', 'UW IMAP'],
  ['gmail', 'Gmail'],
  ['gimap', 'Gmail'],
  ['gsmtp', 'Gmail'],
  ['gpop', 'Gmail'],
  ['mailcow', 'mailcow'],
  ['smtp4dev', 'smtp4dev'],
  ['mailhog', 'MailHog'],
  ['james', 'Apache James'],
];

const VERSION_CHARACTERS_MAX = 16;
/** `Postfix (2.8)`, `Sendmail 8.13.8/8.13.8`, `Exim 4.69`: what may stand in between. */
const BETWEEN_MAX = 2;

/** Name of the product in the greeting `[at, end)`, with its version where that follows at once; or ''. */
export function mailServerIn(view: DataView, at: number, end: number): string {
  for (const [mark, name] of PRODUCTS) {
    const place = find(view, at, end, mark);
    if (place < 0) continue;
    const version = versionAt(view, place + mark.length, end);
    return version === '' ? name : `${name} ${version}`;
  }
  return '';
}

function versionAt(view: DataView, from: number, end: number): string {
  let at = from;
  while (at < end && at < from + BETWEEN_MAX && !isDigit(view.getUint8(at))) at++;
  let text = '';
  for (; at < end && text.length < VERSION_CHARACTERS_MAX; at++) {
    const code = view.getUint8(at);
    if (!isDigit(code) && code !== 0x2e) break;
    text += String.fromCharCode(code);
  }
  return text.includes('.') && isDigit(text.charCodeAt(0)) ? text.replace(/\.+$/, '') : '';
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}
