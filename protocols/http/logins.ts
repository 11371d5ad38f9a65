/**
 * Authorization (RFC 7617 Basic, RFC 7616 Digest, RFC 4559 Negotiate and NTLM, RFC 6750 Bearer): by which scheme,
 * how weak, and how it ended.
 *
 * Credentials are decoded into a scratch area that is wiped before the call returns. They never become a string.
 */
import { decodeBase64 } from '../../src/bytes/base64.ts';
import { fold } from '../../src/bytes/hash.ts';
import { Secret } from '../../src/bytes/secret.ts';
import { spellsWhole } from '../../src/bytes/words.ts';
import type { Segment } from '../../src/protocol.ts';
import { Login, type Records, stamp } from '../../src/records.ts';
import type { Asked, Connection } from './flow.ts';
import type { Head } from './head.ts';

const SPACE = 0x20;
const COLON = 0x3a;

const SCHEMES = ['Basic', 'Digest', 'NTLM', 'Negotiate', 'Kerberos', 'Bearer'] as const;
const LOWER = SCHEMES.map((scheme) => scheme.toLowerCase());
const OTHER = 'other';

/** Enough for a name and a password, and for the beginning of a Kerberos ticket. */
const SCRATCH_BYTES = 512;
/** `NTLMSSP` and a zero, then the type of the message (MS-NLMP 2.2.1). */
const NTLM_MARK = [0x4e, 0x54, 0x4c, 0x4d, 0x53, 0x53, 0x50, 0];
const NTLM_AUTHENTICATE = 3;

export class LoginTeller {
  private readonly login = new Login();
  private readonly secret = new Secret();
  private readonly scratch = new Uint8Array(SCRATCH_BYTES);

  schemeOf({ view, authorization: { at, end } }: Head): string {
    const stop = schemeEnd(view, at, end);
    for (let i = 0; i < LOWER.length; i++) if (spellsWhole(view, at, stop, LOWER[i]!)) return SCHEMES[i]!;
    return OTHER;
  }

  /** Somebody logs in with this request. The same credential on one connection is told once, until it is refused. */
  request(
    head: Head,
    protocol: string,
    connection: Connection,
    asked: Asked,
    segment: Segment,
    records: Records,
  ): void {
    const { view, authorization } = head;
    let at = schemeEnd(view, authorization.at, authorization.end);
    while (at < authorization.end && view.getUint8(at) === SPACE) at++;
    const scheme = this.schemeOf(head);
    // A digest is another one for each request, and its name stands in front.
    const isChanging = scheme === 'Digest';
    const hash = isChanging ? 1 : hashOf(view, authorization.at, authorization.end);
    if (hash === connection.credential) return;
    const { login } = this;
    login.weakness = '';
    login.isClear = scheme === 'Basic' || scheme === 'Bearer';
    login.method = this.methodOf(scheme, view, at, authorization.end);
    // The first words of NTLM hold no credential.
    if (login.method === '') return;
    connection.credential = hash;
    stamp(login, segment);
    login.fromClient = segment.toServer;
    login.protocol = protocol;
    login.outcome = 'asked';
    records.login(login);
    asked.loginProtocol = protocol;
    asked.loginMethod = login.method;
    asked.loginIsClear = login.isClear;
  }

  private methodOf(scheme: string, view: DataView, at: number, end: number): string {
    switch (scheme) {
      case 'Basic':
        this.login.weakness = this.weaknessAt(view, at, end);
        return 'basic';
      case 'Digest':
        return 'digest';
      case 'NTLM':
      case 'Negotiate':
      case 'Kerberos': {
        const type = this.ntlmType(view, at, end);
        if (type === 0) return 'kerberos';
        return type === NTLM_AUTHENTICATE ? 'ntlm' : '';
      }
      default:
        return 'token';
    }
  }

  private weaknessAt(view: DataView, at: number, end: number): string {
    const { scratch, secret } = this;
    const count = decodeBase64(view, at, end, scratch);
    let from = 0;
    while (from < count && scratch[from] !== COLON) from++;
    secret.clear();
    for (let i = from + 1; i < count; i++) secret.add(scratch[i]!);
    const weakness = secret.weakness();
    secret.clear();
    scratch.fill(0, 0, count);
    return weakness;
  }

  /** Type of the NTLM message, bare or in a SPNEGO token; 0 when there is none. */
  private ntlmType(view: DataView, at: number, end: number): number {
    const { scratch } = this;
    const count = decodeBase64(view, at, end, scratch);
    let type = 0;
    for (let i = 0; i + NTLM_MARK.length < count && type === 0; i++) if (isMark(scratch, i)) type = scratch[i + 8]!;
    scratch.fill(0, 0, count);
    return type;
  }

  response(status: number, connection: Connection, asked: Asked, segment: Segment, records: Records): void {
    // A server in trouble says nothing of the login.
    if (status >= 500) return;
    const isRefused = status === 401 || status === 403 || status === 407;
    if (isRefused) connection.credential = 0;
    const { login } = this;
    stamp(login, segment);
    login.fromClient = !segment.toServer;
    login.protocol = asked.loginProtocol;
    login.method = asked.loginMethod;
    login.isClear = asked.loginIsClear;
    login.weakness = '';
    login.outcome = isRefused ? 'failure' : 'success';
    records.login(login);
  }
}

function schemeEnd(view: DataView, at: number, end: number): number {
  let stop = at;
  while (stop < end && view.getUint8(stop) !== SPACE) stop++;
  return stop;
}

function isMark(bytes: Uint8Array, at: number): boolean {
  for (let i = 0; i < NTLM_MARK.length; i++) if (bytes[at + i] !== NTLM_MARK[i]) return false;
  return true;
}

/** Of a credential, compared with the one before on the same connection; 0 and 1 have meanings of their own. */
function hashOf(view: DataView, at: number, end: number): number {
  let hash = end - at;
  for (let i = at; i < end; i++) hash = fold(hash, view.getUint8(i));
  return hash === 0 || hash === 1 ? 2 : hash;
}
