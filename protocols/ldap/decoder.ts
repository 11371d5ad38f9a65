/**
 * LDAP (RFC 4511) over TCP, and its pings over UDP: who logs in how, what is searched and changed.
 *
 *     30 length { 02 message id · operation: tag length value · [A0 controls] }
 *     60 bind request { 02 3 · 04 name · 80 password | A3 { 04 mechanism · 04 credentials } }
 *     61 bind response { 0A result … [87 credentials] } · 77 extended request { 80 OID … }
 *
 * Names, filters, attributes and values are never read. Behind StartTLS, and where SASL protects, all passes unseen.
 */
import { NTLM_CHALLENGE, ntlm, readNtlm } from '../../src/bytes/ntlm.ts';
import { weaknessOf } from '../../src/bytes/secret.ts';
import { startsWith } from '../../src/bytes/text.ts';
import { Words } from '../../src/bytes/words.ts';
import type { Limits } from '../../src/limits.ts';
import { GIVE_UP, MAYBE, NO, type Protocol, type Segment, SKIP_REST, YES } from '../../src/protocol.ts';
import type { Records } from '../../src/records.ts';
import { LdapFlow } from './flow.ts';
import { tell, tellIdentity, tellLogin, tellOperation } from './tell.ts';

const SEQUENCE = 0x30;
const INTEGER = 0x02;
const OCTETS = 0x04;
const ENUMERATED = 0x0a;
const SIMPLE = 0x80;
const SASL = 0xa3;

const BIND_REQUEST = 0x60;
const BIND_RESPONSE = 0x61;
const EXTENDED_REQUEST = 0x77;
const EXTENDED_RESPONSE = 0x78;
/** In the words of RFC 4511 4. */
const KINDS: Readonly<Record<number, string>> = {
  96: 'bindRequest',
  97: 'bindResponse',
  66: 'unbindRequest',
  99: 'searchRequest',
  100: 'searchResEntry',
  101: 'searchResDone',
  115: 'searchResRef',
  102: 'modifyRequest',
  103: 'modifyResponse',
  104: 'addRequest',
  105: 'addResponse',
  74: 'delRequest',
  107: 'delResponse',
  108: 'modDNRequest',
  109: 'modDNResponse',
  110: 'compareRequest',
  111: 'compareResponse',
  80: 'abandonRequest',
  119: 'extendedReq',
  120: 'extendedResp',
  121: 'intermediateResponse',
};
const CHANGES: Readonly<Record<number, string>> = {
  102: 'modifyRequest',
  104: 'addRequest',
  74: 'delRequest',
  108: 'modDNRequest',
};
const CHANGED = new Set([0x67, 0x69, 0x6b, 0x6d]);

const START_TLS = '1.3.6.1.4.1.1466.20037';
const SUCCESS = 0;
const SASL_IN_PROGRESS = 14;

const MECHANISMS = new Words(['GSSAPI', 'GSS-SPNEGO', 'EXTERNAL', 'PLAIN', 'NTLM', 'ANONYMOUS']);
const METHODS: readonly string[] = ['kerberos', 'kerberos', 'certificate', 'password', 'ntlm', 'none'];
const PLAIN = 3;

const MESSAGE_BYTES_MAX = 64 * 1024 * 1024;
const PENDING_MAX = 64;

/** An element whose value need not be there. One object, refilled. */
class Head {
  tag = 0;
  at = 0;
  end = 0;

  /** 1: read; 0: too few bytes; -1: none. */
  read(view: DataView, at: number, end: number): number {
    if (at + 2 > end) return 0;
    const short = view.getUint8(at + 1);
    const bytes = short < 128 ? 0 : short - 128;
    if (short === 128 || bytes > 4) return -1;
    if (at + 2 + bytes > end) return 0;
    let length = short < 128 ? short : 0;
    for (let i = 0; i < bytes; i++) length = length * 256 + view.getUint8(at + 2 + i);
    this.tag = view.getUint8(at);
    this.at = at + 2 + bytes;
    this.end = this.at + length;
    return 1;
  }

  expect(view: DataView, at: number, end: number, tag: number): boolean {
    return this.read(view, at, end) > 0 && this.tag === tag;
  }
}

const outer = new Head();
const id = new Head();
const body = new Head();
const part = new Head();
const piece = new Head();

interface LdapOptions {
  readonly limits: Limits;
  /** Who reads on after StartTLS. */
  readonly tls?: Protocol<unknown> | null;
}

export function createLdap({ limits, tls = null }: LdapOptions): Protocol<LdapFlow> {
  const look = limits.ldapLookBytesMax;
  return {
    name: 'ldap',
    transport: 'tcp',
    ports: [389, 3268],
    firstBytes: [SEQUENCE],

    recognises: ({ view, start, end }) => messageAt(view, start, end),

    open: () => new LdapFlow(tls),

    decode(state, segment, records) {
      const { view, start, end, toServer } = segment;
      let at = start;
      while (at < end) {
        if (state.isTls) return state.tls.decode(segment, at, records);
        if (state.isProtected) return SKIP_REST;
        const isLost = toServer ? state.isClientLost : state.isServerLost;
        // A wrapped buffer begins with the upper byte of its length (RFC 4422 3.7).
        if (state.isSasl && view.getUint8(at) === 0 && !isLost) {
          tell('protected', segment, records);
          state.isProtected = true;
          return SKIP_REST;
        }
        const known = messageAt(view, at, end);
        if (known === MAYBE) break;
        if (known === NO && isLost) {
          at++;
          continue;
        }
        if (known === NO) {
          records.oddity('ldap_no_message', segment.flow, segment.timeUs);
          return GIVE_UP;
        }
        const { end: next } = outer;
        const wanted = Math.min(next - at, look);
        if (end - at < wanted) break;
        if (toServer) state.isClientLost = false;
        else state.isServerLost = false;
        read(state, segment, Math.min(next, at + wanted), records);
        at = next;
      }
      return at - start;
    },

    gap(state, segment, bytes, records) {
      if (state.isTls) state.tls.gap(segment, bytes, records);
      if (segment.toServer) state.isClientLost = true;
      else state.isServerLost = true;
      state.pending.clear();
    },
  };
}

/** Domain controllers are looked for by searches over UDP (MS-ADTS 6.3.3). */
export const ldapOverUdp: Protocol<LdapFlow> = {
  name: 'ldap',
  transport: 'udp',
  ports: [389],
  firstBytes: [SEQUENCE],

  recognises: ({ view, start, end }) => (messageAt(view, start, end) === YES && outer.end === end ? YES : NO),

  open: () => new LdapFlow(null),

  decode(state, segment, records) {
    const { view, start, end } = segment;
    for (let at = start; at < end; ) {
      if (messageAt(view, at, end) !== YES) {
        if (!state.isOdd) records.oddity('ldap_no_message', segment.flow, segment.timeUs);
        state.isOdd = true;
        break;
      }
      at = outer.end;
      read(state, segment, Math.min(end, at), records);
    }
    return end - start;
  },
};

/** Fills `outer`, `id` and `body` when it is one. */
function messageAt(view: DataView, at: number, end: number): number {
  if (at >= end) return MAYBE;
  if (view.getUint8(at) !== SEQUENCE) return NO;
  const whole = outer.read(view, at, end);
  if (whole <= 0) return whole === 0 ? MAYBE : NO;
  if (outer.end - at > MESSAGE_BYTES_MAX || outer.end - outer.at < 5) return NO;
  if (outer.at >= end) return MAYBE;
  if (view.getUint8(outer.at) !== INTEGER) return NO;
  const number = id.read(view, outer.at, end);
  if (number <= 0) return number === 0 ? MAYBE : NO;
  if (id.end - id.at < 1 || id.end - id.at > 4) return NO;
  if (id.end >= end) return MAYBE;
  if (KINDS[view.getUint8(id.end)] === undefined) return NO;
  const inside = body.read(view, id.end, end);
  if (inside <= 0) return inside === 0 ? MAYBE : NO;
  return body.end <= outer.end ? YES : NO;
}

/** The message in `outer`, as far as `end`. */
function read(state: LdapFlow, segment: Segment, end: number, records: Records): void {
  const { view } = segment;
  const number = numberOf(view, id);
  const { tag, at } = body;
  const last = Math.min(end, body.end);
  const starts =
    tag === EXTENDED_REQUEST && part.read(view, at, last) > 0 && startsWith(view, part.at, last, START_TLS);
  tell(starts ? 'extendedReq StartTLS' : KINDS[tag]!, segment, records);
  if (starts) state.startTlsId = number;
  else if (tag === BIND_REQUEST) bind(state, segment, at, last, records);
  else if (tag === BIND_RESPONSE) bound(state, segment, at, last, records);
  else if (tag === EXTENDED_RESPONSE) {
    if (number === state.startTlsId && resultAt(view, at, last) === SUCCESS) state.isTls = true;
  } else if (CHANGES[tag] !== undefined) {
    const verb = CHANGES[tag]!;
    if (state.pending.size >= PENDING_MAX) state.pending.delete(state.pending.keys().next().value ?? 0);
    state.pending.set(number, verb);
    tellOperation(verb, 'asked', segment.toServer, segment, records);
  } else if (CHANGED.has(tag)) {
    const verb = state.pending.get(number);
    if (verb === undefined) return;
    state.pending.delete(number);
    const isDone = resultAt(view, at, last) === SUCCESS;
    tellOperation(verb, isDone ? 'done' : 'failed', !segment.toServer, segment, records);
  }
}

/** Of at most four bytes that are there. */
function numberOf(view: DataView, of: Head): number {
  let value = 0;
  for (let i = of.at; i < of.end && i < view.byteLength; i++) value = value * 256 + view.getUint8(i);
  return value;
}

function resultAt(view: DataView, at: number, end: number): number {
  if (part.read(view, at, end) <= 0 || part.tag !== ENUMERATED || part.end > end || part.at === part.end) return -1;
  return view.getUint8(part.at);
}

function bind(state: LdapFlow, segment: Segment, at: number, end: number, records: Records): void {
  const { view } = segment;
  // Version, name; then how.
  if (!part.expect(view, at, end, INTEGER)) return;
  if (!part.expect(view, part.end, end, OCTETS) || part.end >= end) return;
  if (part.read(view, part.end, end) <= 0) return;
  const { tag } = part;
  state.isClear = false;
  state.weakness = '';
  state.isSasl = false;
  if (tag === SIMPLE) {
    const isAnonymous = part.at === part.end;
    state.method = isAnonymous ? 'none' : 'password';
    state.isClear = !isAnonymous;
    if (!isAnonymous && part.end <= end) state.weakness = weaknessOf(view, part.at, part.end - part.at);
  } else if (tag === SASL) sasl(state, view, part.at, Math.min(end, part.end));
  else state.method = readNtlm(view, part.at, end) ? 'ntlm' : '';
  const isNext = state.isContinuing;
  state.isContinuing = false;
  // Whoever binds without a name has not logged in: everybody may ask a directory what it is.
  if (!isNext && state.method !== 'none') tellLogin(state, 'asked', segment.toServer, segment, records);
}

function sasl(state: LdapFlow, view: DataView, at: number, end: number): void {
  if (piece.read(view, at, end) <= 0 || piece.end > end) return;
  const mechanism = MECHANISMS.find(view, piece.at, piece.end);
  state.method = METHODS[mechanism] ?? 'digest';
  state.isSasl = true;
  const credentials = piece.end;
  if (mechanism === PLAIN && piece.read(view, credentials, end) > 0 && piece.end <= end) {
    // Identity NUL name NUL password.
    let from = piece.end;
    while (from > piece.at && view.getUint8(from - 1) !== 0) from--;
    state.isClear = true;
    state.weakness = weaknessOf(view, from, piece.end - from);
  } else if (readNtlm(view, credentials, end)) state.method = 'ntlm';
}

function bound(state: LdapFlow, segment: Segment, at: number, end: number, records: Records): void {
  const { view } = segment;
  if (readNtlm(view, at, end) && ntlm.type === NTLM_CHALLENGE) {
    tellIdentity(state, 'name', ntlm.computer, 'NTLM MsvAvNbComputerName', segment, records);
    tellIdentity(state, 'domain', ntlm.domain, 'NTLM MsvAvDnsDomainName', segment, records);
    tellIdentity(state, 'operating-system', ntlm.system, 'NTLM VERSION', segment, records);
  }
  const result = resultAt(view, at, end);
  state.isContinuing = result === SASL_IN_PROGRESS;
  if (result < 0 || state.isContinuing || state.method === '') return;
  if (state.method !== 'none')
    tellLogin(state, result === SUCCESS ? 'success' : 'failure', !segment.toServer, segment, records);
  state.method = '';
}
