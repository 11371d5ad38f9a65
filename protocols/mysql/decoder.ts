/**
 * MySQL and MariaDB (MySQL Internals, "Connection Phase", "Command Phase"): which server, whether somebody was let in,
 * and which commands follow.
 *
 *     length 24 LE │ number 8 │ payload
 *     server  0A version NUL …                    the greeting, number 0
 *     client  capabilities 32 LE, 32, 8, 23 zeros, name NUL, …       number 1; with CLIENT_SSL only 32 bytes, then TLS
 *     server  00 in · FF refused · FE another method · 01 more
 *     client  command 8 …                         number 0
 *
 * Names, passwords, statements and results pass unseen.
 */
import { weaknessOf } from '../../src/bytes/secret.ts';
import { indexOfByte, readText, startsWith } from '../../src/bytes/text.ts';
import { GIVE_UP, MAYBE, NO, type Protocol, type Segment, SKIP_REST, YES } from '../../src/protocol.ts';
import { FlowProtocol, Login, Message, Operation, type Records, stamp } from '../../src/records.ts';

const HEADER_BYTES = 4;
const NUMBER = 3;
const GREETING = 0x0a;
const GREETING_BYTES_MAX = 512;
const VERSION_BYTES_MAX = 64;
const RESPONSE_BYTES_MIN = 32;
const RESPONSE_BYTES_MAX = 65_536;
const ZEROS = 9;
const ZEROS_END = 32;
const PROTOCOL_41 = 0x0200;
const SSL = 0x0800;
const COMPRESS = 0x0020;

const OK = 0x00;
const ERROR = 0xff;
const SWITCH = 0xfe;
const CLEAR_METHOD = 'mysql_clear_password';
const DIGIT_0 = 0x30;
const DIGIT_9 = 0x39;

/** By number of the command (Command Phase). */
const COMMANDS: readonly string[] = [
  ...['COM_SLEEP', 'COM_QUIT', 'COM_INIT_DB', 'COM_QUERY', 'COM_FIELD_LIST', 'COM_CREATE_DB', 'COM_DROP_DB'],
  ...['COM_REFRESH', 'COM_SHUTDOWN', 'COM_STATISTICS', 'COM_PROCESS_INFO', 'COM_CONNECT', 'COM_PROCESS_KILL'],
  ...['COM_DEBUG', 'COM_PING', 'COM_TIME', 'COM_DELAYED_INSERT', 'COM_CHANGE_USER', 'COM_BINLOG_DUMP'],
  ...['COM_TABLE_DUMP', 'COM_CONNECT_OUT', 'COM_REGISTER_SLAVE', 'COM_STMT_PREPARE', 'COM_STMT_EXECUTE'],
  ...['COM_STMT_SEND_LONG_DATA', 'COM_STMT_CLOSE', 'COM_STMT_RESET', 'COM_SET_OPTION', 'COM_STMT_FETCH'],
  ...['COM_DAEMON', 'COM_BINLOG_DUMP_GTID', 'COM_RESET_CONNECTION'],
];
const OPERATIONS: readonly string[] = ['COM_CREATE_DB', 'COM_DROP_DB', 'COM_SHUTDOWN', 'COM_PROCESS_KILL'];

const OPENING = 0;
const LOGGING_IN = 1;
const COMMANDING = 2;
const PASSING = 3;

export class MysqlFlow {
  client = OPENING;
  server = OPENING;
  /** The server asked for the password itself. */
  wantsClear = false;
}

const said = new FlowProtocol();
const message = new Message();
const login = new Login();
const operation = new Operation();

export const mysql: Protocol<MysqlFlow> = {
  name: 'mysql',
  transport: 'tcp',
  ports: [3306, 33_060],

  recognises({ view, start, end }) {
    if (end - start <= HEADER_BYTES) return end - start > NUMBER && view.getUint8(start + NUMBER) > 1 ? NO : MAYBE;
    const bytes = lengthAt(view, start);
    const number = view.getUint8(start + NUMBER);
    if (number === 0) return greets(view, start, end, bytes);
    return number === 1 ? responds(view, start, end, bytes) : NO;
  },

  open: () => new MysqlFlow(),

  decode(state, segment, records) {
    const { view, start, end, toServer } = segment;
    let at = start;
    while (end - at > HEADER_BYTES) {
      if ((toServer ? state.client : state.server) === PASSING) return SKIP_REST;
      const bytes = HEADER_BYTES + lengthAt(view, at);
      const opening = (toServer ? state.client : state.server) !== COMMANDING;
      if (opening && bytes > RESPONSE_BYTES_MAX) return GIVE_UP;
      if (opening && bytes > end - at) break;
      if (bytes > HEADER_BYTES) {
        if (toServer) fromClient(state, segment, at, Math.min(end, at + bytes), records);
        else fromServer(state, segment, at, at + bytes, records);
      }
      at += bytes;
    }
    return at - start;
  },

  gap(state, { toServer }) {
    if (toServer) state.client = PASSING;
    else state.server = PASSING;
  },
};

const lengthAt = (view: DataView, at: number): number =>
  view.getUint8(at) | (view.getUint8(at + 1) << 8) | (view.getUint8(at + 2) << 16);

function greets(view: DataView, start: number, end: number, bytes: number): number {
  if (view.getUint8(start + HEADER_BYTES) !== GREETING || bytes > GREETING_BYTES_MAX || bytes < 16) return NO;
  let at = start + HEADER_BYTES + 1;
  const from = at;
  for (; at < end && view.getUint8(at) !== 0; at++) {
    const code = view.getUint8(at);
    if (code < 0x21 || code > 0x7e || at - from > VERSION_BYTES_MAX) return NO;
  }
  if (at < end && at - from < 3) return NO;
  if (from < end && (view.getUint8(from) < DIGIT_0 || view.getUint8(from) > DIGIT_9)) return NO;
  return at < end ? YES : MAYBE;
}

function responds(view: DataView, start: number, end: number, bytes: number): number {
  if (bytes < RESPONSE_BYTES_MIN || bytes > RESPONSE_BYTES_MAX) return NO;
  const payload = start + HEADER_BYTES;
  for (let at = payload + ZEROS; at < Math.min(end, payload + ZEROS_END - 4); at++)
    if (view.getUint8(at) !== 0) return NO;
  if (end - payload < ZEROS_END) return MAYBE;
  return (view.getUint32(payload, true) & PROTOCOL_41) !== 0 && view.getUint32(payload + 4, true) > 0 ? YES : NO;
}

function fromClient(state: MysqlFlow, segment: Segment, at: number, to: number, records: Records): void {
  const { view } = segment;
  const payload = at + HEADER_BYTES;
  if (state.client === COMMANDING) {
    // Parts of a long statement, and files, go on counting.
    if (view.getUint8(at + NUMBER) === 0) command(view.getUint8(payload), segment, records);
    return;
  }
  if (state.client === LOGGING_IN) {
    if (state.wantsClear) {
      state.wantsClear = false;
      const nul = indexOfByte(view, payload, to, 0);
      tellLogin('asked', true, weaknessOf(view, payload, (nul < 0 ? to : nul) - payload), segment, records);
    }
    return;
  }
  if (to - payload < RESPONSE_BYTES_MIN) {
    state.client = PASSING;
    return;
  }
  const capabilities = view.getUint32(payload, true);
  if ((capabilities & SSL) !== 0 && to - payload === RESPONSE_BYTES_MIN) {
    tell('SSL request', segment, records);
    state.client = PASSING;
    state.server = PASSING;
    return;
  }
  state.client = LOGGING_IN;
  state.server = LOGGING_IN;
  tell('handshake response', segment, records);
  tellLogin('asked', false, '', segment, records);
  if ((capabilities & COMPRESS) !== 0) state.client = PASSING;
}

function fromServer(state: MysqlFlow, segment: Segment, at: number, to: number, records: Records): void {
  const { view } = segment;
  const payload = at + HEADER_BYTES;
  const first = view.getUint8(payload);
  if (state.server === OPENING) {
    if (first === GREETING && view.getUint8(at + NUMBER) === 0) greeting(segment, payload + 1, to, records);
    else if (first === ERROR) tell('error', segment, records);
    state.server = LOGGING_IN;
    return;
  }
  if (state.server !== LOGGING_IN) {
    state.server = PASSING;
    return;
  }
  if (first === SWITCH) {
    tell('authentication switch', segment, records);
    state.wantsClear = startsWith(view, payload + 1, to, CLEAR_METHOD);
  }
  if (first !== OK && first !== ERROR) return;
  tellLogin(first === OK ? 'success' : 'failure', false, '', segment, records);
  tell(first === OK ? 'OK' : 'error', segment, records);
  state.server = PASSING;
  if (state.client === LOGGING_IN) state.client = first === OK ? COMMANDING : PASSING;
}

function greeting(segment: Segment, at: number, to: number, records: Records): void {
  const { view } = segment;
  const nul = indexOfByte(view, at, Math.min(to, at + VERSION_BYTES_MAX), 0);
  tell('greeting', segment, records);
  if (nul < 0) return;
  stamp(said, segment);
  said.protocol = 'mysql';
  said.detail = `MySQL ${readText(view, at, nul - at)}`;
  records.flowProtocol(said);
}

function command(number: number, segment: Segment, records: Records): void {
  const kind = COMMANDS[number] ?? 'other command';
  tell(kind, segment, records);
  if (!OPERATIONS.includes(kind)) return;
  stamp(operation, segment);
  operation.protocol = 'mysql';
  operation.verb = kind;
  records.operation(operation);
}

function tell(kind: string, segment: Segment, records: Records): void {
  stamp(message, segment);
  message.fromClient = segment.toServer;
  message.protocol = 'mysql';
  message.kind = kind;
  records.message(message);
}

function tellLogin(outcome: string, isClear: boolean, weakness: string, segment: Segment, records: Records): void {
  stamp(login, segment);
  login.protocol = 'mysql';
  login.method = 'password';
  login.outcome = outcome;
  login.isClear = isClear;
  login.weakness = weakness;
  records.login(login);
}
