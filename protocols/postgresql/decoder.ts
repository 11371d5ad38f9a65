/**
 * PostgreSQL (documentation, "Frontend/Backend Protocol", message formats): which server, how somebody logs in, and
 * what kinds of messages follow.
 *
 *     client  length 32 │ code 32 │ …         the first message: version 3.x, or a request for TLS, GSS, or to cancel
 *     both    type 8 │ length 32 │ …          all others; the length counts itself
 *
 * Names, passwords, statements and rows pass unseen.
 */
import { weaknessOf } from '../../src/bytes/secret.ts';
import { indexOfByte, readText, startsWith } from '../../src/bytes/text.ts';
import { GIVE_UP, MAYBE, NO, type Protocol, type Segment, SKIP_REST, YES } from '../../src/protocol.ts';
import { FlowProtocol, Login, Message, type Records, stamp } from '../../src/records.ts';
import { CLIENT_KINDS, OPENING_KINDS, SERVER_KINDS } from './kinds.ts';

const VERSION_3 = 0x0003;
/** 3.2 is of 2025. */
const MINOR_MAX = 9;
const SSL_REQUEST = 80_877_103;
const GSS_REQUEST = 80_877_104;
const CANCEL_REQUEST = 80_877_102;
const OPENING_BYTES_MAX = 10_000;
const MESSAGE_BYTES_MAX = 1024 ** 3;
/** Of a message that is read to its end. */
const READ_BYTES_MAX = 8_192;

const AUTHENTICATION = 0x52;
const ERROR = 0x45;
const PARAMETER = 0x53;
const PASSWORD = 0x70;
const REFUSES_TLS = 0x4e;
const ACCEPTS_TLS = 0x53;

const CLEAR_PASSWORD = 3;
/** How the server wants to be convinced, by its number. */
const METHODS = new Map([
  [2, 'kerberos'],
  [CLEAR_PASSWORD, 'password'],
  [5, 'digest'],
  [7, 'kerberos'],
  [9, 'kerberos'],
  [10, 'digest'],
]);

export class PostgresFlow {
  isOpening = true;
  /** A request for TLS waits for its one-byte answer. */
  awaitsByte = false;
  isPassing = false;
  method = '';
  isIn = false;
  isAsked = false;
}

const said = new FlowProtocol();
const message = new Message();
const login = new Login();

export const postgresql: Protocol<PostgresFlow> = {
  name: 'postgresql',
  transport: 'tcp',
  ports: [5432],
  firstBytes: [0, AUTHENTICATION],

  recognises({ view, start, end }) {
    if (start >= end) return MAYBE;
    if (view.getUint8(start) === AUTHENTICATION) {
      if (end - start < 9) return MAYBE;
      const length = view.getUint32(start + 1);
      return length >= 8 && length < 256 && view.getUint32(start + 5) <= 12 ? YES : NO;
    }
    if (end - start < 8) return view.getUint8(start) === 0 ? MAYBE : NO;
    const kind = openingKind(view, start);
    if (kind !== 'StartupMessage') return kind === '' ? NO : YES;
    // The first parameter has a name; in other protocols a number stands here.
    return end - start < 9 ? MAYBE : isLetter(view.getUint8(start + 8)) ? YES : NO;
  },

  open: () => new PostgresFlow(),

  decode(state, segment, records) {
    const { view, start, end, toServer } = segment;
    let at = start;
    while (at < end) {
      if (state.isPassing) return SKIP_REST;
      if (!toServer && state.awaitsByte && at < end) {
        state.awaitsByte = false;
        const answer = view.getUint8(at);
        if (answer === ACCEPTS_TLS || answer === REFUSES_TLS) {
          state.isPassing = answer === ACCEPTS_TLS;
          tell(answer === ACCEPTS_TLS ? 'TLS accepted' : 'TLS refused', segment, records);
          at++;
          continue;
        }
      }
      const used = toServer && state.isOpening ? opens(state, segment, at, records) : next(state, segment, at, records);
      if (used < 0) return GIVE_UP;
      if (used === 0) break;
      at += used;
    }
    return at - start;
  },

  gap(state) {
    state.isPassing = true;
  },
};

const isLetter = (code: number): boolean => (code >= 0x61 && code <= 0x7a) || code === 0x5f;

function openingKind(view: DataView, at: number): string {
  const length = view.getUint32(at);
  const code = view.getUint32(at + 4);
  if (length === 8 && (code === SSL_REQUEST || code === GSS_REQUEST)) return OPENING_KINDS.get(code) ?? '';
  if (length === 16 && code === CANCEL_REQUEST) return OPENING_KINDS.get(code) ?? '';
  return code >>> 16 === VERSION_3 && (code & 0xffff) <= MINOR_MAX && length > 8 && length < OPENING_BYTES_MAX
    ? 'StartupMessage'
    : '';
}

function opens(state: PostgresFlow, segment: Segment, at: number, records: Records): number {
  const { view, end } = segment;
  if (end - at < 8) return 0;
  const kind = openingKind(view, at);
  if (kind === '') return -1;
  const length = view.getUint32(at);
  if (length > end - at) return 0;
  tell(kind, segment, records);
  if (kind === 'StartupMessage') state.isOpening = false;
  else if (kind === 'CancelRequest') state.isPassing = true;
  else state.awaitsByte = true;
  return length;
}

function next(state: PostgresFlow, segment: Segment, at: number, records: Records): number {
  const { view, end, toServer } = segment;
  if (end - at < 5) return 0;
  const type = view.getUint8(at);
  const bytes = 1 + view.getUint32(at + 1);
  const kind = (toServer ? CLIENT_KINDS : SERVER_KINDS).get(type);
  if (kind === undefined || bytes < 5 || bytes > MESSAGE_BYTES_MAX) return -1;
  const reads = type === AUTHENTICATION || type === PARAMETER || type === PASSWORD;
  if (reads && bytes <= READ_BYTES_MAX && bytes > end - at) return 0;
  const to = Math.min(end, at + bytes);
  tell(kind, segment, records);
  if (toServer && type === PASSWORD) password(state, segment, at + 5, to, records);
  else if (!toServer && type === AUTHENTICATION && to - at >= 9)
    authentication(state, segment, view.getUint32(at + 5), records);
  else if (!toServer && type === PARAMETER) parameter(segment, at + 5, to, records);
  else if (!toServer && type === ERROR && state.isAsked && !state.isIn) {
    state.isAsked = false;
    tellLogin(state.method, 'failure', '', segment, records);
  }
  return bytes;
}

function authentication(state: PostgresFlow, segment: Segment, number: number, records: Records): void {
  if (number === 0) {
    if (!state.isIn) tellLogin(state.method === '' ? 'none' : state.method, 'success', '', segment, records);
    state.isIn = true;
    return;
  }
  state.method = METHODS.get(number) ?? state.method;
}

function password(state: PostgresFlow, segment: Segment, at: number, to: number, records: Records): void {
  if (state.isIn || state.isAsked) return;
  state.isAsked = true;
  const nul = indexOfByte(segment.view, at, to, 0);
  const weakness = state.method === 'password' ? weaknessOf(segment.view, at, (nul < 0 ? to : nul) - at) : '';
  tellLogin(state.method, 'asked', weakness, segment, records);
}

function parameter(segment: Segment, at: number, to: number, records: Records): void {
  const key = 'server_version\0';
  if (!startsWith(segment.view, at, to, key)) return;
  stamp(said, segment);
  said.protocol = 'postgresql';
  said.detail = `PostgreSQL ${readText(segment.view, at + key.length, Math.min(64, to - at - key.length))}`;
  records.flowProtocol(said);
}

function tell(kind: string, segment: Segment, records: Records): void {
  stamp(message, segment);
  message.fromClient = segment.toServer;
  message.protocol = 'postgresql';
  message.kind = kind;
  records.message(message);
}

function tellLogin(method: string, outcome: string, weakness: string, segment: Segment, records: Records): void {
  stamp(login, segment);
  login.protocol = 'postgresql';
  login.method = method;
  login.outcome = outcome;
  login.isClear = method === 'password';
  login.weakness = weakness;
  records.login(login);
}
