/**
 * SOCKS (RFC 1928, 1929; SOCKS 4 and 4a): a proxy that carries any connection.
 *
 *     5  client  05 n methods          server  05 method
 *        client  01 n name n password  server  01 status                    method 2 only
 *        client  05 command 00 address server  05 reply 00 address
 *     4  client  04 command port 16 address 32 user NUL [name NUL]          server  00 reply …, 8 bytes
 *     address: 01 IPv4 · 03 n name · 04 IPv6; port 16
 *
 * The request is told with the port it asks for; names of users and hosts are not read. What is carried passes unseen.
 */
import { weaknessOf } from '../../src/bytes/secret.ts';
import { GIVE_UP, type Protocol, type Segment, SKIP_REST } from '../../src/protocol.ts';
import { Login, Message, Operation, type Records, stamp } from '../../src/records.ts';
import { isPlausible } from './recognise.ts';

const VERSION_4 = 4;
const VERSION_5 = 5;
const SUBNEGOTIATION = 1;
const METHOD_NONE = 0;
const METHOD_PASSWORD = 2;
const METHOD_REFUSED = 0xff;
const OLD_REPLY_BYTES = 8;
const OLD_HEADER_BYTES = 8;
const OLD_WORD_BYTES_MAX = 256;
const OLD_GRANTED = 0x5a;

const COMMANDS: readonly string[] = ['', 'CONNECT', 'BIND', 'UDP ASSOCIATE'];
const REPLIES: readonly string[] = [
  ...['succeeded', 'general failure', 'not allowed', 'network unreachable', 'host unreachable', 'connection refused'],
  ...['TTL expired', 'command not supported', 'address type not supported'],
];

const GREETING = 0;
const NEGOTIATED = 1;
const REPLY = 2;
const PASSING = 3;

export class SocksFlow {
  client = GREETING;
  server = GREETING;
  hasPassword = false;
}

const message = new Message();
const login = new Login();
const operation = new Operation();

export const socks: Protocol<SocksFlow> = {
  name: 'socks',
  transport: 'tcp',
  ports: [1080, 1081, 9050, 9150],
  firstBytes: [VERSION_4, VERSION_5, 0],

  recognises: isPlausible,

  open: () => new SocksFlow(),

  decode(state, segment, records) {
    const { start, end, toServer } = segment;
    let at = start;
    while (at < end) {
      if ((toServer ? state.client : state.server) === PASSING) return SKIP_REST;
      const used = toServer ? asks(state, segment, at, records) : answers(state, segment, at, records);
      if (used < 0) return GIVE_UP;
      if (used === 0) break;
      at += used;
    }
    return at - start;
  },

  gap(state, { toServer }) {
    if (toServer) state.client = PASSING;
    else state.server = PASSING;
  },
};

/** One message of the client: bytes used, 0 while it is not whole, -1 when it is none. */
function asks(state: SocksFlow, segment: Segment, at: number, records: Records): number {
  const { view, end } = segment;
  const room = end - at;
  const version = view.getUint8(at);
  if (version === VERSION_4 && state.client === GREETING) return oldRequest(state, segment, at, records);
  if (room < 2) return 0;
  if (version === VERSION_5 && state.client === GREETING) {
    const bytes = 2 + view.getUint8(at + 1);
    if (room < bytes) return 0;
    state.client = NEGOTIATED;
    tell('greeting', segment, records);
    return bytes;
  }
  if (state.client !== NEGOTIATED) return -1;
  if (version === SUBNEGOTIATION) return password(segment, at, records);
  // GSS-API, or something of the maker's own.
  if (version !== VERSION_5) {
    state.client = PASSING;
    return room;
  }
  const address = addressBytes(view, at, end);
  if (address <= 0) return address;
  state.client = PASSING;
  request(view.getUint8(at + 1), view.getUint16(at + address - 2), segment, records);
  return address;
}

function answers(state: SocksFlow, segment: Segment, at: number, records: Records): number {
  const { view, end } = segment;
  const room = end - at;
  const version = view.getUint8(at);
  if (state.server === GREETING && version === 0) {
    if (room < OLD_REPLY_BYTES) return 0;
    state.server = PASSING;
    tell(view.getUint8(at + 1) === OLD_GRANTED ? 'reply succeeded' : 'reply refused', segment, records);
    return OLD_REPLY_BYTES;
  }
  if (room < 2) return 0;
  const value = view.getUint8(at + 1);
  if (state.server === GREETING) {
    if (version !== VERSION_5) return -1;
    state.server = value === METHOD_PASSWORD ? NEGOTIATED : value === METHOD_NONE ? REPLY : PASSING;
    tell(value === METHOD_REFUSED ? 'no acceptable method' : 'method', segment, records);
    if (value === METHOD_NONE) tellLogin('none', 'success', '', segment, records);
    return 2;
  }
  if (state.server === NEGOTIATED) {
    state.server = REPLY;
    tellLogin('password', value === 0 ? 'success' : 'failure', '', segment, records);
    return 2;
  }
  if (version !== VERSION_5) return -1;
  const address = addressBytes(view, at, end);
  if (address <= 0) return address;
  state.server = PASSING;
  tell(`reply ${REPLIES[value] ?? 'refused'}`, segment, records);
  return address;
}

function password(segment: Segment, at: number, records: Records): number {
  const { view, end } = segment;
  const room = end - at;
  const name = view.getUint8(at + 1);
  if (room < 3 + name) return 0;
  const secret = view.getUint8(at + 2 + name);
  if (room < 3 + name + secret) return 0;
  tellLogin('password', 'asked', weaknessOf(view, at + 3 + name, secret), segment, records);
  return 3 + name + secret;
}

function oldRequest(state: SocksFlow, segment: Segment, at: number, records: Records): number {
  const { view, end } = segment;
  if (end - at <= OLD_HEADER_BYTES) return 0;
  // 4a: an address of 0.0.0.x means that a name follows.
  const named = view.getUint32(at + 4) < 256 && view.getUint32(at + 4) > 0;
  let to = at + OLD_HEADER_BYTES;
  for (let words = named ? 2 : 1; words > 0; words--) {
    const from = to;
    while (to < end && view.getUint8(to) !== 0) to++;
    if (to - from > OLD_WORD_BYTES_MAX) return -1;
    if (to === end) return 0;
    to++;
  }
  state.client = PASSING;
  request(view.getUint8(at + 1), view.getUint16(at + 2), segment, records);
  return to - at;
}

/** Bytes of a request or reply with its address and port; 0 while it is not whole, -1 when the type is unknown. */
function addressBytes(view: DataView, at: number, end: number): number {
  if (end - at < 5) return 0;
  const type = view.getUint8(at + 3);
  const bytes = type === 1 ? 10 : type === 4 ? 22 : type === 3 ? 7 + view.getUint8(at + 4) : -1;
  return bytes > end - at ? 0 : bytes;
}

function request(command: number, port: number, segment: Segment, records: Records): void {
  const verb = COMMANDS[command] || 'other command';
  tell(verb, segment, records);
  stamp(operation, segment);
  operation.fromClient = segment.toServer;
  operation.protocol = 'socks';
  operation.verb = verb;
  operation.object = `port ${port}`;
  records.operation(operation);
}

function tell(kind: string, segment: Segment, records: Records): void {
  stamp(message, segment);
  message.fromClient = segment.toServer;
  message.protocol = 'socks';
  message.kind = kind;
  records.message(message);
}

function tellLogin(
  method: string,
  outcome: string,
  weakness: Login['weakness'],
  segment: Segment,
  records: Records,
): void {
  stamp(login, segment);
  login.protocol = 'socks';
  login.method = method;
  login.outcome = outcome;
  login.isClear = method === 'password';
  login.weakness = weakness;
  records.login(login);
}
