/**
 * RADIUS (RFC 2865, 2866 accounting, 5176 changes of a session): who asks whether somebody may enter, and what is decided.
 *
 *     0      1    2        4               20
 *     ┌──────┬────┬────────┬───────────────┬───────────────────────────────────────┐
 *     │ code │ id │ length │ authenticator │ attributes: type (1), length (1), …   │
 *     └──────┴────┴────────┴───────────────┴───────────────────────────────────────┘
 *
 * A `login` per decision, with the way of proving it that the request with the same id has shown. No attribute that names
 * a person or a session is ever read; NAS-Identifier names the device that asks.
 */
import { readText } from '../../src/bytes/text.ts';
import { NO, type Protocol, type Segment, YES } from '../../src/protocol.ts';
import { Identity, Login, Message, Operation, type Records, stamp } from '../../src/records.ts';

const PORTS: readonly number[] = [1812, 1813, 1645, 1646, 3799];
const HEADER_BYTES = 20;
const LENGTH = 2;
const PACKET_BYTES_MAX = 4096;
const IDENTIFIERS = 256;

const ACCESS_REQUEST = 1;
const ACCESS_ACCEPT = 2;
const ACCESS_REJECT = 3;
const DISCONNECT_REQUEST = 40;
const COA_REQUEST = 43;

/** By code (IANA, "RADIUS Types"). */
const KINDS: ReadonlyMap<number, string> = new Map([
  [ACCESS_REQUEST, 'Access-Request'],
  [ACCESS_ACCEPT, 'Access-Accept'],
  [ACCESS_REJECT, 'Access-Reject'],
  [4, 'Accounting-Request'],
  [5, 'Accounting-Response'],
  [11, 'Access-Challenge'],
  [12, 'Status-Server'],
  [13, 'Status-Client'],
  [DISCONNECT_REQUEST, 'Disconnect-Request'],
  [41, 'Disconnect-ACK'],
  [42, 'Disconnect-NAK'],
  [COA_REQUEST, 'CoA-Request'],
  [44, 'CoA-ACK'],
  [45, 'CoA-NAK'],
]);

const USER_PASSWORD = 2;
const CHAP_PASSWORD = 3;
const NAS_IDENTIFIER = 32;
const EAP_MESSAGE = 79;
/** A packet on another port needs this many attributes that fill it. */
const ATTRIBUTES_ELSEWHERE = 3;
const NAME_BYTES_MAX = 64;

/** Ways of proving who one is, as remembered by id. */
const METHODS: readonly string[] = ['', 'password', 'eap'];
const BY_PASSWORD = 1;
const BY_EAP = 2;

/** How each request of a flow wanted to prove it; answers carry the id of their request. */
class RadiusFlow {
  readonly methods = new Uint8Array(IDENTIFIERS);
}

const message = new Message();
message.protocol = 'radius';
const login = new Login();
login.protocol = 'radius';
const operation = new Operation();
operation.protocol = 'radius';
const identity = new Identity();

export const radius: Protocol<RadiusFlow> = {
  name: 'radius',
  transport: 'udp',
  ports: PORTS,
  firstBytes: [...KINDS.keys()],

  recognises({ view, start, end, clientPort, serverPort }) {
    const attributes = attributesOf(view, start, end);
    if (attributes < 0 || view.getUint16(start + LENGTH) !== end - start) return NO;
    if (attributes >= ATTRIBUTES_ELSEWHERE || PORTS.includes(serverPort) || PORTS.includes(clientPort)) return YES;
    return NO;
  },

  open: () => new RadiusFlow(),

  decode(flow, segment, records) {
    const { view, start, end } = segment;
    if (attributesOf(view, start, end) < 0) {
      records.oddity('radius_broken_packet', segment.flow, segment.timeUs);
      return end - start;
    }
    const code = view.getUint8(start);
    stamp(message, segment);
    message.fromClient = segment.toServer;
    message.kind = KINDS.get(code) ?? '';
    records.message(message);
    if (code === ACCESS_REQUEST) readRequest(flow, segment, records);
    else if (code === ACCESS_ACCEPT || code === ACCESS_REJECT) tellDecision(flow, segment, code, records);
    else if (code >= DISCONNECT_REQUEST) tellChange(segment, code, records);
    return end - start;
  },
};

/** How many attributes fill the packet; -1 when it is none. */
function attributesOf(view: DataView, start: number, end: number): number {
  if (end - start < HEADER_BYTES || !KINDS.has(view.getUint8(start))) return -1;
  const length = view.getUint16(start + LENGTH);
  if (length < HEADER_BYTES || length > PACKET_BYTES_MAX || length > end - start) return -1;
  let at = start + HEADER_BYTES;
  let count = 0;
  while (at + 2 <= start + length) {
    const bytes = view.getUint8(at + 1);
    if (bytes < 2) return -1;
    at += bytes;
    count++;
  }
  return at === start + length ? count : -1;
}

/** The way of proving it that the attributes show, and who asks. */
function readRequest(flow: RadiusFlow, segment: Segment, records: Records): void {
  const { view, start } = segment;
  const end = start + view.getUint16(start + LENGTH);
  let method = 0;
  for (let at = start + HEADER_BYTES; at < end; at += view.getUint8(at + 1)) {
    const type = view.getUint8(at);
    if (type === USER_PASSWORD || type === CHAP_PASSWORD) method = BY_PASSWORD;
    else if (type === EAP_MESSAGE) method = BY_EAP;
    else if (type === NAS_IDENTIFIER) tellName(segment, at + 2, at + view.getUint8(at + 1), records);
  }
  flow.methods[view.getUint8(start + 1)] = method;
}

function tellName(segment: Segment, at: number, end: number, records: Records): void {
  stamp(identity, segment);
  identity.ofClient = segment.toServer;
  identity.attribute = 'name';
  identity.value = readText(segment.view, at, Math.min(end - at, NAME_BYTES_MAX));
  identity.source = 'RADIUS NAS-Identifier';
  identity.confidence = 0.6;
  if (identity.value !== '') records.identity(identity);
}

function tellDecision(flow: RadiusFlow, segment: Segment, code: number, records: Records): void {
  const id = segment.view.getUint8(segment.start + 1);
  stamp(login, segment);
  login.fromClient = !segment.toServer;
  login.method = METHODS[flow.methods[id]!] ?? '';
  login.outcome = code === ACCESS_ACCEPT ? 'success' : 'failure';
  records.login(login);
  flow.methods[id] = 0;
}

/** A server ends or changes a session (RFC 5176): code 40 or 43 asks, one more says yes, two more no. */
function tellChange(segment: Segment, code: number, records: Records): void {
  const request = code < COA_REQUEST ? DISCONNECT_REQUEST : COA_REQUEST;
  stamp(operation, segment);
  operation.fromClient = code === request ? segment.toServer : !segment.toServer;
  operation.verb = KINDS.get(request) ?? '';
  operation.outcome = code === request ? 'asked' : code === request + 1 ? 'done' : 'failed';
  records.operation(operation);
}
