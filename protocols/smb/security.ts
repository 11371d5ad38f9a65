/**
 * Logins of SMB (MS-SMB2 3.2.4.2.3, RFC 4178): NTLM or Kerberos, perhaps wrapped in SPNEGO. Nothing of who logs in is
 * read; NTLM says which machines talk.
 */
import { NTLM_AUTHENTICATE, NTLM_CHALLENGE, NTLM_NEGOTIATE, ntlm, readNtlm } from '../../src/bytes/ntlm.ts';
import type { Segment } from '../../src/protocol.ts';
import type { Records } from '../../src/records.ts';
import { type SmbFlow, tellIdentity, tellLogin } from './flow.ts';

/** 1.2.840.113554.1.2.2 as DER, and the token id of AP-REQ (RFC 4121 4.1). */
const KERBEROS_REQUEST = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x02, 0x01, 0x00];

export const STATUS_SUCCESS = 0;
export const STATUS_PENDING = 0x103;
const STATUS_MORE_PROCESSING = 0xc0000016;

/** The token of a session setup request. */
export function authenticate(flow: SmbFlow, segment: Segment, at: number, end: number, records: Records): void {
  const { view } = segment;
  if (readNtlm(view, at, end)) {
    if (ntlm.type === NTLM_NEGOTIATE) ask(flow, 'ntlm', segment, records);
    if (ntlm.type === NTLM_AUTHENTICATE) {
      if (flow.method === '') ask(flow, ntlm.isAnonymous ? 'none' : 'ntlm', segment, records);
      if (ntlm.isAnonymous) flow.method = 'none';
      if (ntlm.isVersion1) records.oddity('smb_ntlm_version_1', segment.flow, segment.timeUs);
      tellIdentity(flow, true, 'name', ntlm.computer, 'NTLM Workstation', 0.7, segment, records);
    }
    tellIdentity(flow, true, 'operating-system', ntlm.system, 'NTLM VERSION', 0.6, segment, records);
    return;
  }
  for (let i = at; i + KERBEROS_REQUEST.length <= end; i++) {
    if (view.getUint8(i) === KERBEROS_REQUEST[0] && isKerberos(view, i)) {
      ask(flow, 'kerberos', segment, records);
      return;
    }
  }
}

function isKerberos(view: DataView, at: number): boolean {
  for (let i = 1; i < KERBEROS_REQUEST.length; i++) if (view.getUint8(at + i) !== KERBEROS_REQUEST[i]) return false;
  return true;
}

export function ask(flow: SmbFlow, method: string, segment: Segment, records: Records): void {
  flow.method = method;
  tellLogin(method, 'asked', segment, records);
}

/** The answer to a session setup: a challenge, or how the login ended. */
export function answer(
  flow: SmbFlow,
  status: number,
  isGuest: boolean,
  segment: Segment,
  at: number,
  end: number,
  records: Records,
): void {
  if (readNtlm(segment.view, at, end) && ntlm.type === NTLM_CHALLENGE) {
    tellIdentity(flow, false, 'name', ntlm.computer, 'NTLM MsvAvNbComputerName', 0.8, segment, records);
    tellIdentity(flow, false, 'domain', ntlm.domain, 'NTLM MsvAvDnsDomainName', 0.8, segment, records);
    tellIdentity(flow, false, 'operating-system', ntlm.system, 'NTLM VERSION', 0.7, segment, records);
  }
  if (status === STATUS_MORE_PROCESSING || status === STATUS_PENDING || flow.method === '') return;
  const method = isGuest ? 'none' : flow.method;
  flow.isAnonymous = method === 'none' && status === STATUS_SUCCESS;
  // Everybody may ask a server for its name and shares; nobody has logged in before a share lets them in.
  if (!flow.isAnonymous || isGuest)
    tellLogin(method, status === STATUS_SUCCESS ? 'success' : 'failure', segment, records);
  if (isGuest) flow.isAnonymous = false;
  flow.method = '';
}

/** A share has let somebody in. */
export function entered(flow: SmbFlow, share: string, segment: Segment, records: Records): void {
  if (!flow.isAnonymous || share === 'IPC$') return;
  flow.isAnonymous = false;
  tellLogin('none', 'success', segment, records);
}
