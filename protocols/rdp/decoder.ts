/**
 * Remote Desktop (MS-RDPBCGR 2.2.1.1, 2.2.1.2; X.224 13.3; RFC 1006): who connects, and with which security.
 *
 *     0      1     2        4    5        6    8    10    11
 *     ┌──────┬─────┬────────┬────┬────────┬────┬────┬─────┬──────────────────────────────────────┐
 *     │ 3    │ 0   │ length │ LI │ E0 CR  │ 0  │ src│ 0   │ CR: [Cookie: … CR LF] [request]      │
 *     │ TPKT │     │ 16 bit │    │ D0 CC  │    │    │     │ CC: [response | failure]             │
 *     └──────┴─────┴────────┴────┴────────┴────┴────┴─────┴──────────────────────────────────────┘
 *     request, response, failure: type 1 · 2 · 3, flags, length 8 (little endian), protocols or code, 32 bit LE
 *
 * The cookie may hold a user name: it is stepped over. Other protocols (S7, MMS) use the same
 * transport with TSAP parameters instead; a bare connect request is RDP only on RDP's port. Without TLS the
 * conference request follows in clear and names the client's station (`conference.ts`).
 */
import { GIVE_UP, Handover, MAYBE, NO, type Protocol, type Segment, SKIP_REST, YES } from '../../src/protocol.ts';
import { FlowProtocol, Login, Message, type Records, stamp } from '../../src/records.ts';
import { conference } from './conference.ts';

const TPKT_VERSION = 3;
const TPKT_BYTES = 4;
const LENGTH = 2;
const LENGTH_INDICATOR = 4;
const CODE = 5;
const VARIABLE = 11;
/** A connect request with a long routing token stays far below. */
const CONNECT_BYTES_MAX = 1_024;

const CONNECT_REQUEST = 0xe0;
const CONNECT_CONFIRM = 0xd0;
const DATA_TRANSFER = 0xf0;

const NEGOTIATION_BYTES = 8;
const NEGOTIATION_REQUEST = 1;
const NEGOTIATION_RESPONSE = 2;
const NEGOTIATION_FAILURE = 3;
const COOKIE = 'Cookie: mst';

const PORT = 3389;

// MS-RDPBCGR 2.2.1.2.1, selectedProtocol.
const SECURITY = new Map([
  [0, 'rdp'],
  [1, 'tls'],
  [2, 'credssp'],
  [4, 'rdstls'],
  [8, 'credssp'],
  [16, 'aad'],
]);

// MS-RDPBCGR 2.2.1.2.2, failureCode.
const FAILURES: readonly string[] = [
  'negotiation failure',
  'negotiation failure SSL_REQUIRED_BY_SERVER',
  'negotiation failure SSL_NOT_ALLOWED_BY_SERVER',
  'negotiation failure SSL_CERT_NOT_ON_SERVER',
  'negotiation failure INCONSISTENT_FLAGS',
  'negotiation failure HYBRID_REQUIRED_BY_SERVER',
  'negotiation failure SSL_WITH_USER_AUTH_REQUIRED_BY_SERVER',
];

const AT_CONNECT = 0;
const AT_CONFERENCE = 1;
const PASSING = 2;
/** TLS has begun: the certificate of the station passes in clear up to its version 1.2. */
const PROTECTED = 3;
const TLS_HANDSHAKE = 0x16;

// T.125 in an X.224 data TPDU: send-data request or indication, initiator, channel (1000 and up), priority.
const MCS = 7;
const MCS_SEND_REQUEST = 0x64;
const MCS_SEND_INDICATION = 0x68;
const MCS_PRIORITY = 12;
const MCS_BYTES = 13;

export class RdpFlow {
  client = AT_CONNECT;
  server = AT_CONNECT;
  readonly tls: Handover;

  constructor(tls: Protocol<unknown> | null) {
    this.tls = new Handover(tls);
  }
}

const said = new FlowProtocol();
const message = new Message();
const login = new Login();

export function recogniseRdp(segment: Segment): number {
  const { view, start, end } = segment;
  if (end <= start) return MAYBE;
  if (view.getUint8(start) !== TPKT_VERSION) return NO;
  if (start + 1 < end && view.getUint8(start + 1) !== 0) return NO;
  if (end - start <= CODE) return MAYBE;
  const code = view.getUint8(start + CODE);
  if (code === CONNECT_REQUEST || code === CONNECT_CONFIRM) return connects(segment, start, code);
  return segment.midstream && code === DATA_TRANSFER ? carriesDesktop(view, start, end) : NO;
}

/** `tls`: who reads on when the two protect what follows. */
export function createRdp({ tls = null }: { tls?: Protocol<unknown> | null } = {}): Protocol<RdpFlow> {
  return {
    name: 'rdp',
    transport: 'tcp',
    ports: [PORT],

    recognises: recogniseRdp,

    open: () => new RdpFlow(tls),

    decode(state, segment, records) {
      const { view, start, end, midstream, toServer } = segment;
      let at = start;
      if ((toServer ? state.client : state.server) === AT_CONNECT) {
        const known = recogniseRdp(segment);
        if (known === MAYBE) return 0;
        const code = known === YES ? view.getUint8(start + CODE) : 0;
        const connecting = code === CONNECT_REQUEST || code === CONNECT_CONFIRM;
        if (!connecting && !midstream) {
          records.oddity('rdp_no_connection_request', segment.flow, segment.timeUs);
          return GIVE_UP;
        }
        if (connecting) {
          const length = view.getUint16(start + LENGTH);
          if (end - start < length) return 0;
          if (code === CONNECT_REQUEST) request(segment, records);
          else confirm(segment, records);
          at += length;
        }
        enter(state, toServer, connecting ? AT_CONFERENCE : PASSING);
      }
      if ((toServer ? state.client : state.server) === AT_CONFERENCE && at < end) {
        // The first byte tells TLS from a conference in clear.
        if (view.getUint8(at) === TLS_HANDSHAKE) enter(state, toServer, PROTECTED);
      }
      if ((toServer ? state.client : state.server) === PROTECTED) return state.tls.decode(segment, at, records);
      if ((toServer ? state.client : state.server) === AT_CONFERENCE) {
        const used = conference(segment, at, records);
        if (used === 0) return at - start;
        enter(state, toServer, PASSING);
      }
      return SKIP_REST;
    },

    gap(state, segment, bytes, records) {
      if ((segment.toServer ? state.client : state.server) === PROTECTED) state.tls.gap(segment, bytes, records);
      else enter(state, segment.toServer, PASSING);
    },
  };
}

function enter(state: RdpFlow, toServer: boolean, phase: number): void {
  if (toServer) state.client = phase;
  else state.server = phase;
}

function connects({ view, start, end, serverPort, clientPort }: Segment, at: number, code: number): number {
  const length = view.getUint16(at + LENGTH);
  // One TPDU fills the packet; the length indicator does not count itself.
  if (length > CONNECT_BYTES_MAX || length !== TPKT_BYTES + 1 + view.getUint8(at + LENGTH_INDICATOR)) return NO;
  if (length < VARIABLE) return NO;
  if (length === VARIABLE) return serverPort === PORT || clientPort === PORT ? YES : NO;
  const have = end - start;
  if (have <= VARIABLE) return MAYBE;
  const type = view.getUint8(at + VARIABLE);
  const negotiates =
    code === CONNECT_REQUEST
      ? type === NEGOTIATION_REQUEST
      : type === NEGOTIATION_RESPONSE || type === NEGOTIATION_FAILURE;
  if (negotiates) {
    if (have < VARIABLE + 4) return MAYBE;
    return view.getUint16(at + VARIABLE + 2, true) === NEGOTIATION_BYTES && length >= VARIABLE + NEGOTIATION_BYTES
      ? YES
      : NO;
  }
  if (code === CONNECT_CONFIRM) return NO;
  for (let i = 0; i < COOKIE.length; i++) {
    if (i + VARIABLE >= have) return MAYBE;
    if (view.getUint8(at + VARIABLE + i) !== COOKIE.charCodeAt(i)) return NO;
  }
  return YES;
}

/** In the middle of a connection without TLS: T.125 data on a channel. */
function carriesDesktop(view: DataView, at: number, end: number): number {
  // A shorter packet will not grow: other protocols on this transport send empty ones.
  if (view.getUint16(at + LENGTH) < MCS_BYTES) return NO;
  if (end - at < MCS_BYTES) return MAYBE;
  const choice = view.getUint8(at + MCS);
  const channel = view.getUint16(at + MCS + 3);
  const sends = choice === MCS_SEND_REQUEST || choice === MCS_SEND_INDICATION;
  // LI 2, end of TPDU; priority "high", both segmentation bits set.
  return sends &&
    view.getUint8(at + LENGTH_INDICATOR) === 2 &&
    view.getUint8(at + 6) === 0x80 &&
    channel >= 1_000 &&
    channel < 2_000 &&
    view.getUint8(at + MCS_PRIORITY) === 0x70
    ? YES
    : NO;
}

function tell(kind: string, segment: Segment, records: Records): void {
  stamp(message, segment);
  message.fromClient = segment.toServer;
  message.protocol = 'rdp';
  message.kind = kind;
  records.message(message);
}

function request(segment: Segment, records: Records): void {
  const { view, start } = segment;
  const cookie = view.getUint16(start + LENGTH) > VARIABLE && view.getUint8(start + VARIABLE) === COOKIE.charCodeAt(0);
  tell(cookie ? 'connect request with cookie' : 'connect request', segment, records);
}

function confirm(segment: Segment, records: Records): void {
  const { view, start } = segment;
  const length = view.getUint16(start + LENGTH);
  let detail = 'rdp';
  if (length >= VARIABLE + NEGOTIATION_BYTES) {
    if (view.getUint8(start + VARIABLE) === NEGOTIATION_FAILURE) {
      const code = view.getUint32(start + VARIABLE + 4, true);
      tell(FAILURES[code] ?? FAILURES[0]!, segment, records);
      return;
    }
    const selected = view.getUint32(start + VARIABLE + 4, true);
    const name = SECURITY.get(selected);
    if (name === undefined) records.oddity('rdp_unknown_security', segment.flow, segment.timeUs);
    detail = name ?? '';
  }
  tell('connect confirm', segment, records);
  stamp(said, segment);
  said.protocol = 'rdp';
  said.detail = detail;
  records.flowProtocol(said);
  // What follows is protected: who logs in, and whether it succeeds, is not seen.
  stamp(login, segment);
  login.fromClient = !segment.toServer;
  login.protocol = 'rdp';
  login.method = detail === 'rdp' || detail === 'tls' ? 'password' : '';
  records.login(login);
}
