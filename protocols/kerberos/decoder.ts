/**
 * Kerberos 5 (RFC 4120 5.4, 5.9): who of which realm asks for tickets, which logins fail, and where old ciphers are
 * still used.
 *
 *     tag 60h + number { 30 { [1] 5 · [2] message type · [3] preauthentication · [4] body }}     requests
 *                        30 { [0] 5 · [1] message type · [2] … · [3] realm · [4] name · [5] ticket · [6] encrypted }
 *     over TCP with four bytes of length before it
 *
 * Names of people and services are never read.
 */
import { DER_INTEGER, DER_SEQUENCE, DerElement, derInteger } from '../../src/bytes/der.ts';
import { readText } from '../../src/bytes/text.ts';
import type { Limits } from '../../src/limits.ts';
import { GIVE_UP, MAYBE, NO, type Protocol, type Segment, YES } from '../../src/protocol.ts';
import { Identity, Login, Message, type Records, stamp } from '../../src/records.ts';

const PORT = 88;
const VERSION = 5;
const APPLICATION = 0x60;
const CONTEXT = 0xa0;
const GENERAL_STRING = 0x1b;
const LENGTH_BYTES = 4;
const REALM_CHARACTERS_MAX = 64;

const AS_REQ = 10;
const AS_REP = 11;
const TGS_REQ = 12;
const TGS_REP = 13;
const ERROR = 30;
const KINDS: Readonly<Record<number, string>> = {
  10: 'AS-REQ',
  11: 'AS-REP',
  12: 'TGS-REQ',
  13: 'TGS-REP',
  14: 'AP-REQ',
  15: 'AP-REP',
  20: 'KRB-SAFE',
  21: 'KRB-PRIV',
  22: 'KRB-CRED',
  30: 'KRB-ERROR',
};

/** RFC 4120 7.5.9. */
const ERRORS: Readonly<Record<number, string>> = {
  3: 'KDC_ERR_BAD_PVNO',
  6: 'KDC_ERR_C_PRINCIPAL_UNKNOWN',
  7: 'KDC_ERR_S_PRINCIPAL_UNKNOWN',
  12: 'KDC_ERR_POLICY',
  13: 'KDC_ERR_BADOPTION',
  14: 'KDC_ERR_ETYPE_NOSUPP',
  16: 'KDC_ERR_PADATA_TYPE_NOSUPP',
  18: 'KDC_ERR_CLIENT_REVOKED',
  23: 'KDC_ERR_KEY_EXPIRED',
  24: 'KDC_ERR_PREAUTH_FAILED',
  25: 'KDC_ERR_PREAUTH_REQUIRED',
  31: 'KRB_AP_ERR_BAD_INTEGRITY',
  32: 'KRB_AP_ERR_TKT_EXPIRED',
  34: 'KRB_AP_ERR_REPEAT',
  37: 'KRB_AP_ERR_SKEW',
  41: 'KRB_AP_ERR_MODIFIED',
  52: 'KRB_ERR_RESPONSE_TOO_BIG',
  60: 'KRB_ERR_GENERIC',
  68: 'KDC_ERR_WRONG_REALM',
};
/** Somebody could not log in. */
const FAILURES = new Set([6, 18, 23, 24]);

/** DES and RC4 (RFC 6649, RFC 8429): tickets in them can be broken by guessing. */
const WEAK = new Set([1, 2, 3, 23, 24]);
/** Preauthentication that proves a secret: timestamp, public key (RFC 4556), FAST (RFC 6113). */
const PROOFS = new Set([2, 16, 136, 138]);
const ELEMENTS_MAX = 24;
const TOLD_MAX = 8;

export class KerberosFlow {
  isClientLost = false;
  isServerLost = false;
  isAsked = false;
  isOdd = false;
  readonly told = new Set<string>();
}

const message = new Message();
const login = new Login();
const identity = new Identity();

const outer = new DerElement();
const body = new DerElement();
const field = new DerElement();
const inner = new DerElement();
const item = new DerElement();

export const kerberosOverUdp: Protocol<KerberosFlow> = {
  name: 'kerberos',
  transport: 'udp',
  ports: [PORT],

  recognises({ view, start, end }) {
    return isMessage(view, start, end) && outer.end === end ? YES : NO;
  },

  open: () => new KerberosFlow(),

  decode(state, segment, records) {
    const { start, end } = segment;
    if (!read(state, segment, start, end, records) && !state.isOdd) {
      state.isOdd = true;
      records.oddity('kerberos_unknown_message', segment.flow, segment.timeUs);
    }
    return end - start;
  },
};

export function createKerberos({ limits }: { limits: Limits }): Protocol<KerberosFlow> {
  return {
    name: 'kerberos',
    transport: 'tcp',
    ports: [PORT],
    // The upper byte of a length.
    firstBytes: [0],

    recognises({ view, start, end }) {
      return framedAt(view, start, end, limits.kerberosMessageBytesMax);
    },

    open: () => new KerberosFlow(),

    decode(state, segment, records) {
      const { view, start, end, toServer } = segment;
      let at = start;
      while (end - at >= LENGTH_BYTES) {
        const isLost = toServer ? state.isClientLost : state.isServerLost;
        const known = framedAt(view, at, end, limits.kerberosMessageBytesMax);
        if (known === MAYBE) break;
        if (known === NO && isLost) {
          at++;
          continue;
        }
        const next = at + LENGTH_BYTES + view.getUint32(at);
        if (known === NO) {
          records.oddity('kerberos_unknown_message', segment.flow, segment.timeUs);
          return GIVE_UP;
        }
        if (next > end) break;
        if (toServer) state.isClientLost = false;
        else state.isServerLost = false;
        read(state, segment, at + LENGTH_BYTES, next, records);
        at = next;
      }
      return at - start;
    },

    gap(state, { toServer }) {
      if (toServer) state.isClientLost = true;
      else state.isServerLost = true;
    },
  };
}

/** Tag of an application, a sequence that fills it, version 5, and the message type that the tag says. */
function isMessage(view: DataView, at: number, end: number): boolean {
  if (end - at < 2) return false;
  const type = view.getUint8(at) - APPLICATION;
  if (KINDS[type] === undefined || !outer.expect(view, at, end, APPLICATION + type)) return false;
  if (!body.expect(view, outer.at, outer.end, DER_SEQUENCE) || body.end !== outer.end) return false;
  return beginsWith(view, body.at, body.end, type);
}

/** [n] version, [n + 1] type. */
function beginsWith(view: DataView, at: number, end: number, type: number): boolean {
  const first = type === AS_REQ || type === TGS_REQ ? 1 : 0;
  if (!field.expect(view, at, end, CONTEXT + first) || numberIn(view, field) !== VERSION) return false;
  return field.expect(view, field.end, end, CONTEXT + first + 1) && numberIn(view, field) === type;
}

function numberIn(view: DataView, of: DerElement): number {
  return inner.expect(view, of.at, of.end, DER_INTEGER) ? derInteger(view, inner.at, inner.end) : Number.NaN;
}

/** The same behind a length, as far as it is there: a message may come in many pieces. */
function framedAt(view: DataView, at: number, end: number, bytesMax: number): number {
  const have = end - at;
  if (have > 0 && view.getUint8(at) !== 0) return NO;
  if (have < LENGTH_BYTES) return MAYBE;
  const length = view.getUint32(at);
  if (length < 16 || length > bytesMax) return NO;
  if (have === LENGTH_BYTES) return MAYBE;
  const type = view.getUint8(at + LENGTH_BYTES) - APPLICATION;
  if (KINDS[type] === undefined) return NO;
  // Application, sequence: each a tag and a length that reaches the end of the message.
  const sequence = valueAt(view, at + LENGTH_BYTES, end, at + LENGTH_BYTES + length);
  if (sequence <= 0) return sequence === 0 ? MAYBE : NO;
  if (sequence >= end) return MAYBE;
  if (view.getUint8(sequence) !== DER_SEQUENCE) return NO;
  const first = valueAt(view, sequence, end, at + LENGTH_BYTES + length);
  if (first <= 0) return first === 0 ? MAYBE : NO;
  const NEEDED = 10;
  if (first + NEEDED > end) return MAYBE;
  return beginsWith(view, first, end, type) ? YES : NO;
}

/** Where the value of the element at `at` begins that ends at `last`; 0: too few bytes to say, -1: it does not. */
function valueAt(view: DataView, at: number, end: number, last: number): number {
  if (at + 2 > end) return 0;
  const short = view.getUint8(at + 1);
  const bytes = short < 128 ? 0 : short - 128;
  if (bytes > 4) return -1;
  if (at + 2 + bytes > end) return 0;
  let length = short < 128 ? short : 0;
  for (let i = 0; i < bytes; i++) length = length * 256 + view.getUint8(at + 2 + i);
  return at + 2 + bytes + length === last ? at + 2 + bytes : -1;
}

function read(state: KerberosFlow, segment: Segment, at: number, end: number, records: Records): boolean {
  const { view } = segment;
  if (!isMessage(view, at, end)) return false;
  const type = view.getUint8(at) - APPLICATION;
  if (type === AS_REQ || type === TGS_REQ) request(state, segment, type, body.at, body.end, records);
  else if (type === AS_REP || type === TGS_REP) answer(state, segment, type, body.at, body.end, records);
  else if (type === ERROR) error(state, segment, body.at, body.end, records);
  else tell(KINDS[type]!, segment, records);
  return true;
}

/** The element `[number]` among those in `[from, end)`, into `field`. */
function find(view: DataView, from: number, end: number, number: number): boolean {
  let at = from;
  for (let i = 0; i < ELEMENTS_MAX && field.read(view, at, end); i++) {
    if (field.tag === CONTEXT + number) return true;
    at = field.end;
  }
  return false;
}

function request(
  state: KerberosFlow,
  segment: Segment,
  type: number,
  from: number,
  end: number,
  records: Records,
): void {
  const { view } = segment;
  const proves = type === AS_REQ && find(view, from, end, 3) && hasProof(view, field.at, field.end);
  let isWeak = false;
  if (find(view, from, end, 4) && inner.expect(view, field.at, field.end, DER_SEQUENCE)) {
    const bodyAt = inner.at;
    const bodyEnd = inner.end;
    isWeak = find(view, bodyAt, bodyEnd, 8) && wantsWeak(view, field.at, field.end);
    if (find(view, bodyAt, bodyEnd, 2)) realm(state, segment, records);
  }
  tell(isWeak ? `${KINDS[type]!} weak` : KINDS[type]!, segment, records);
  if (!proves) return;
  state.isAsked = true;
  tellLogin('asked', segment, segment.toServer, records);
}

/** SEQUENCE OF { [1] type, [2] value }. */
function hasProof(view: DataView, from: number, end: number): boolean {
  if (!inner.expect(view, from, end, DER_SEQUENCE)) return false;
  let at = inner.at;
  const last = inner.end;
  for (let i = 0; i < ELEMENTS_MAX && item.expect(view, at, last, DER_SEQUENCE); i++) {
    at = item.end;
    if (inner.expect(view, item.at, item.end, CONTEXT + 1) && PROOFS.has(numberIn(view, inner))) return true;
  }
  return false;
}

/** Nothing but old ciphers is wanted. */
function wantsWeak(view: DataView, from: number, end: number): boolean {
  if (!inner.expect(view, from, end, DER_SEQUENCE)) return false;
  let at = inner.at;
  const last = inner.end;
  let count = 0;
  for (; count < ELEMENTS_MAX && item.expect(view, at, last, DER_INTEGER); count++) {
    at = item.end;
    if (!WEAK.has(derInteger(view, item.at, item.end))) return false;
  }
  return count > 0;
}

function answer(
  state: KerberosFlow,
  segment: Segment,
  type: number,
  from: number,
  end: number,
  records: Records,
): void {
  const { view } = segment;
  const isWeak = find(view, from, end, 5) && isWeakTicket(view, field.at, field.end);
  tell(isWeak ? `${KINDS[type]!} weak` : KINDS[type]!, segment, records);
  if (find(view, from, end, 3)) realm(state, segment, records);
  if (type !== AS_REP) return;
  // A ticket for an account that need not prove anything.
  if (!state.isAsked) tellLogin('asked', segment, !segment.toServer, records);
  tellLogin('success', segment, !segment.toServer, records);
  state.isAsked = false;
}

/** [APPLICATION 1] { 30 { [0] 5 · [1] realm · [2] name · [3] { 30 { [0] cipher … }}}}. */
function isWeakTicket(view: DataView, from: number, end: number): boolean {
  if (!item.expect(view, from, end, APPLICATION + 1) || !item.expect(view, item.at, item.end, DER_SEQUENCE))
    return false;
  const last = item.end;
  if (!find(view, item.at, last, 3) || !item.expect(view, field.at, field.end, DER_SEQUENCE)) return false;
  return field.expect(view, item.at, item.end, CONTEXT) && WEAK.has(numberIn(view, field));
}

function error(state: KerberosFlow, segment: Segment, from: number, end: number, records: Records): void {
  const { view } = segment;
  const code = find(view, from, end, 6) ? numberIn(view, field) : -1;
  const name = ERRORS[code];
  tell(name === undefined ? 'KRB-ERROR' : `KRB-ERROR ${name}`, segment, records);
  if (find(view, from, end, 9)) realm(state, segment, records);
  if (!FAILURES.has(code)) return;
  if (!state.isAsked) tellLogin('asked', segment, !segment.toServer, records);
  tellLogin('failure', segment, !segment.toServer, records);
  state.isAsked = false;
}

/** The realm in `field`: that of the side that speaks. */
function realm(state: KerberosFlow, segment: Segment, records: Records): void {
  const { view, toServer } = segment;
  if (!inner.expect(view, field.at, field.end, GENERAL_STRING)) return;
  const value = readText(view, inner.at, Math.min(inner.end - inner.at, REALM_CHARACTERS_MAX));
  const key = `${toServer}${value}`;
  // RFC 8062: nobody's realm.
  if (value === '' || value.startsWith('WELLKNOWN') || state.told.size >= TOLD_MAX || state.told.has(key)) return;
  state.told.add(key);
  stamp(identity, segment);
  identity.ofClient = toServer;
  identity.attribute = 'domain';
  identity.value = value;
  identity.source = 'Kerberos realm';
  identity.confidence = toServer ? 0.6 : 0.7;
  records.identity(identity);
}

function tell(kind: string, segment: Segment, records: Records): void {
  stamp(message, segment);
  message.fromClient = segment.toServer;
  message.protocol = 'kerberos';
  message.kind = kind;
  records.message(message);
}

function tellLogin(outcome: string, segment: Segment, fromClient: boolean, records: Records): void {
  stamp(login, segment);
  login.fromClient = fromClient;
  login.protocol = 'kerberos';
  login.method = 'kerberos';
  login.outcome = outcome;
  records.login(login);
}
