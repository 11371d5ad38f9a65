/**
 * One PDU of connection-oriented DCE/RPC (C706 chapter 12, MS-RPCE 2.2.2): which interface is bound, which call is made.
 *
 *     0     1      2      3       4           8          10       12        16
 *     ┌─────┬──────┬──────┬───────┬───────────┬──────────┬────────┬─────────┬─────────────────────────────────
 *     │ 5   │ 0, 1 │ type │ flags │ data rep. │ fragment │ auth   │ call id │ bind: 8 bytes, count, contexts
 *     │     │      │      │       │           │ length   │ length │         │ request: hint 4, context 2, number 2
 *     └─────┴──────┴──────┴───────┴───────────┴──────────┴────────┴─────────┴─────────────────────────────────
 *     first byte of the data representation: 10h little endian
 *
 * What the calls carry is not read.
 */
import { NTLM_CHALLENGE, ntlm, readNtlm } from '../../src/bytes/ntlm.ts';
import type { Segment } from '../../src/protocol.ts';
import { Identity, Login, Message, Operation, type Records, stamp } from '../../src/records.ts';
import { type Interface, interfaceAt } from './interfaces.ts';

export const HEADER_BYTES = 16;
export const FRAGMENT_LENGTH = 8;
const TYPE = 2;
const FLAGS = 3;
const REPRESENTATION = 4;
const AUTH_LENGTH = 10;
const CALL_ID = 12;

const REQUEST = 0;
const RESPONSE = 2;
const FAULT = 3;
const BIND = 11;
const BIND_ACK = 12;
const BIND_NAK = 13;
const ALTER_CONTEXT = 14;

/** In the words of C706 12.6.4. */
const TYPES: readonly string[] = [
  ...['request', 'ping', 'response', 'fault', 'working', 'nocall', 'reject', 'ack', 'cl_cancel', 'fack', 'cancel_ack'],
  ...['bind', 'bind_ack', 'bind_nak', 'alter_context', 'alter_context_resp', 'auth3', 'shutdown', 'co_cancel'],
  ...['orphaned', 'rts'],
];

const FLAG_FIRST = 1;
const FLAG_OBJECT = 0x80;

// MS-RPCE 2.2.1.1.7.
const AUTH_METHODS: Readonly<Record<number, string>> = { 9: '', 10: 'ntlm', 16: 'kerberos', 68: '' };

const CONTEXTS_MAX = 32;
const CALLS_MAX = 64;

/** Of one association, or of one pipe. */
export class RpcConversation {
  /** Context id → what is bound there. */
  readonly bound = new Map<number, Interface | null>();
  /** Call id → a call that changes something and waits for its answer. */
  readonly calls = new Map<number, { verb: string; object: string }>();
  readonly told = new Set<string>();
  isAsking = false;
}

const message = new Message();
const operation = new Operation();
const login = new Login();
const identity = new Identity();

/** -1: no PDU begins here; 0: too few bytes to tell; else the length of the fragment. */
export function fragmentAt(view: DataView, at: number, end: number): number {
  const have = end - at;
  if (have > 0 && view.getUint8(at) !== 5) return -1;
  if (have > 1 && view.getUint8(at + 1) > 1) return -1;
  if (have > TYPE && view.getUint8(at + TYPE) >= TYPES.length) return -1;
  // Character set 0 or 1, integers big or little endian; floating point 0 to 3; two zeros.
  if (have > REPRESENTATION && (view.getUint8(at + REPRESENTATION) & 0xee) !== 0) return -1;
  if (have > REPRESENTATION + 1 && view.getUint8(at + REPRESENTATION + 1) > 3) return -1;
  if (have > REPRESENTATION + 2 && view.getUint8(at + REPRESENTATION + 2) !== 0) return -1;
  if (have > REPRESENTATION + 3 && view.getUint8(at + REPRESENTATION + 3) !== 0) return -1;
  if (have < CALL_ID) return 0;
  const littleEndian = view.getUint8(at + REPRESENTATION) >= 0x10;
  const length = view.getUint16(at + FRAGMENT_LENGTH, littleEndian);
  const auth = view.getUint16(at + AUTH_LENGTH, littleEndian);
  return length < HEADER_BYTES || auth + HEADER_BYTES > length ? -1 : length;
}

/** Type of a PDU whose header is there. */
export function typeOf(view: DataView, at: number): number {
  return view.getUint8(at + TYPE);
}

/** Reads the PDU at `at`, as far as `end`. */
export function pdu(
  talk: RpcConversation,
  segment: Segment,
  at: number,
  end: number,
  fromClient: boolean,
  records: Records,
): void {
  const { view } = segment;
  if (end - at < HEADER_BYTES) return;
  const type = typeOf(view, at);
  const littleEndian = view.getUint8(at + REPRESENTATION) >= 0x10;
  const call = view.getUint32(at + CALL_ID, littleEndian);
  if (type === BIND || type === ALTER_CONTEXT) bind(talk, segment, at, end, littleEndian, fromClient, records);
  else if (type === REQUEST) request(talk, segment, at, end, littleEndian, call, fromClient, records);
  else tell(TYPES[type]!, segment, fromClient, records);
  if (type === RESPONSE || type === FAULT) answered(talk, call, type === FAULT, segment, !fromClient, records);
  if (type === BIND_NAK || type === BIND_ACK)
    bindAnswer(talk, segment, at, end, type === BIND_NAK, fromClient, records);
}

function tell(kind: string, segment: Segment, fromClient: boolean, records: Records): void {
  stamp(message, segment);
  message.fromClient = fromClient;
  message.protocol = 'dcerpc';
  message.kind = kind;
  records.message(message);
}

/** Contexts: id 16, number of transfer syntaxes 8, 8; UUID 16 and version 4; as much for each transfer syntax. */
function bind(
  talk: RpcConversation,
  segment: Segment,
  at: number,
  end: number,
  littleEndian: boolean,
  fromClient: boolean,
  records: Records,
): void {
  const { view } = segment;
  const name = TYPES[typeOf(view, at)]!;
  let place = at + 28;
  const count = place <= end ? view.getUint8(at + 24) : 0;
  let first = '';
  for (let i = 0; i < count && i < CONTEXTS_MAX && place + 24 <= end; i++) {
    const found = interfaceAt(view, place + 4, littleEndian);
    if (talk.bound.size < CONTEXTS_MAX) talk.bound.set(view.getUint16(place, littleEndian), found);
    if (first === '' && found !== null) first = found.name;
    place += 24 + view.getUint8(place + 2) * 20;
  }
  tell(first === '' ? name : `${name} ${first}`, segment, fromClient, records);
  const auth = view.getUint16(at + AUTH_LENGTH, littleEndian);
  const trailer = at + view.getUint16(at + FRAGMENT_LENGTH, littleEndian) - auth - 8;
  if (auth === 0 || trailer < place || trailer >= end) return;
  const method = AUTH_METHODS[view.getUint8(trailer)];
  if (method === undefined || talk.isAsking) return;
  talk.isAsking = true;
  const isNtlm = readNtlm(view, trailer, Math.min(end, trailer + 8 + auth));
  tellLogin(method === '' && isNtlm ? 'ntlm' : method, 'asked', segment, fromClient, records);
}

function bindAnswer(
  talk: RpcConversation,
  segment: Segment,
  at: number,
  end: number,
  isRefused: boolean,
  fromClient: boolean,
  records: Records,
): void {
  // Whether a login of several steps succeeds is not told by any answer of its own.
  if (isRefused && talk.isAsking) tellLogin('', 'failure', segment, !fromClient, records);
  if (!readNtlm(segment.view, at, end) || ntlm.type !== NTLM_CHALLENGE) return;
  tellIdentity(talk, 'name', ntlm.computer, 'NTLM MsvAvNbComputerName', segment, fromClient, records);
  tellIdentity(talk, 'domain', ntlm.domain, 'NTLM MsvAvDnsDomainName', segment, fromClient, records);
  tellIdentity(talk, 'operating-system', ntlm.system, 'NTLM VERSION', segment, fromClient, records);
}

function request(
  talk: RpcConversation,
  segment: Segment,
  at: number,
  end: number,
  littleEndian: boolean,
  call: number,
  fromClient: boolean,
  records: Records,
): void {
  const { view } = segment;
  // A call in several fragments is one call.
  if (at + 24 > end || (view.getUint8(at + FLAGS) & FLAG_FIRST) === 0) {
    tell('request', segment, fromClient, records);
    return;
  }
  const called = talk.bound.get(view.getUint16(at + 20, littleEndian)) ?? null;
  const number = view.getUint16(at + 22, littleEndian);
  if (called === null) {
    tell('request', segment, fromClient, records);
    return;
  }
  const verb = called.writes[number];
  const name = verb ?? called.reads[number];
  tell(name === undefined ? `request ${called.name}` : `request ${called.name} ${name}`, segment, fromClient, records);
  if (verb === undefined) return;
  // Objects of COM tell nothing that a person would know; only that there is one.
  const object = (view.getUint8(at + FLAGS) & FLAG_OBJECT) !== 0 ? `${called.name} object` : called.name;
  if (talk.calls.size >= CALLS_MAX) talk.calls.delete(talk.calls.keys().next().value ?? 0);
  talk.calls.set(call, { verb, object });
  tellOperation(verb, object, 'asked', segment, fromClient, records);
}

function answered(
  talk: RpcConversation,
  call: number,
  isFault: boolean,
  segment: Segment,
  fromClient: boolean,
  records: Records,
): void {
  const asked = talk.calls.get(call);
  if (asked === undefined) return;
  talk.calls.delete(call);
  tellOperation(asked.verb, asked.object, isFault ? 'failed' : 'done', segment, fromClient, records);
}

function tellOperation(
  verb: string,
  object: string,
  outcome: string,
  segment: Segment,
  fromClient: boolean,
  records: Records,
): void {
  stamp(operation, segment);
  operation.fromClient = fromClient;
  operation.protocol = 'dcerpc';
  operation.verb = verb;
  operation.object = object;
  operation.outcome = outcome;
  records.operation(operation);
}

function tellLogin(method: string, outcome: string, segment: Segment, fromClient: boolean, records: Records): void {
  stamp(login, segment);
  login.fromClient = fromClient;
  login.protocol = 'dcerpc';
  login.method = method;
  login.outcome = outcome;
  records.login(login);
}

function tellIdentity(
  talk: RpcConversation,
  attribute: string,
  value: string,
  source: string,
  segment: Segment,
  fromClient: boolean,
  records: Records,
): void {
  if (value === '' || talk.told.size > 16 || talk.told.has(attribute + value)) return;
  talk.told.add(attribute + value);
  stamp(identity, segment);
  identity.ofClient = fromClient;
  identity.attribute = attribute;
  identity.value = value;
  identity.source = source;
  identity.confidence = 0.7;
  records.identity(identity);
}
