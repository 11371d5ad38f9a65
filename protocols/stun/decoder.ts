/**
 * STUN and TURN (RFC 8489, 8656; the older RFC 3489): who wants to be reached through a router, or relayed by a server.
 *
 *     0        2        4            8                20
 *     ┌────────┬────────┬────────────┬────────────────┬──────────────────────────────────────────────┐
 *     │ 00 type│ length │ 21 12 A4 42│ transaction id │ attributes: type (2), length (2), value, …   │
 *     └────────┴────────┴────────────┴────────────────┴──────────────────────────────────────────────┘
 *     type: method and class woven together (RFC 8489 5) · TCP also carries channel data: 01 channel, length, …
 *
 * Names, realms and addresses are never read. On UDP other protocols share the flow (RFC 7983): DTLS is handed on,
 * media pass unseen.
 */
import { readText } from '../../src/bytes/text.ts';
import { GIVE_UP, MAYBE, NO, type Protocol, type Segment, YES } from '../../src/protocol.ts';
import { Identity, Message, type Records, stamp } from '../../src/records.ts';

const PORT = 3478;
const HEADER_BYTES = 20;
const LENGTH = 2;
const COOKIE_AT = 4;
const COOKIE = 0x2112a442;
const ATTRIBUTE_HEADER_BYTES = 4;
const SOFTWARE = 0x8022;
const TEXT_BYTES_MAX = 64;
/** Attributes of one message that are looked at; real ones have about ten. */
const ATTRIBUTES_MAX = 64;
/** Attributes are small; a longer message is another protocol. */
const MESSAGE_BYTES_MAX = 8_192;

/** First bytes of what shares a flow (RFC 7983 7). */
const LAST_STUN = 3;
const FIRST_DTLS = 20;
const LAST_DTLS = 63;
const FIRST_MEDIA = 128;

/** Channel numbers (RFC 8656 12). */
const CHANNEL_MIN = 0x40;
const CHANNEL_MAX = 0x7f;
const CHANNEL_HEADER_BYTES = 4;

const BINDING = 1;
/** IANA, "STUN Methods". */
const METHODS: ReadonlyMap<number, string> = new Map([
  [BINDING, 'Binding'],
  [2, 'SharedSecret'],
  [3, 'Allocate'],
  [4, 'Refresh'],
  [6, 'Send'],
  [7, 'Data'],
  [8, 'CreatePermission'],
  [9, 'ChannelBind'],
  [10, 'Connect'],
  [11, 'ConnectionBind'],
  [12, 'ConnectionAttempt'],
  [0x80, 'GOOG-PING'],
]);
const CLASSES: readonly string[] = ['request', 'indication', 'success response', 'error response'];
const KINDS: ReadonlyMap<number, string> = new Map(
  [...METHODS].flatMap(([method, name]) =>
    CLASSES.map((text, one) => [woven(method, one), `${name} ${text}`] as const),
  ),
);

/** Four bits of the method, a bit of the class, three bits, the other bit, the rest. */
function woven(method: number, ofClass: number): number {
  return (method & 15) | ((ofClass & 1) << 4) | ((method & 0x70) << 1) | ((ofClass & 2) << 7) | ((method & 0xf80) << 2);
}

const message = new Message();
message.protocol = 'stun';
const identity = new Identity();

/** Whole length of the message at `at` by its header; 0 when it is none. */
function lengthOf(view: DataView, at: number): number {
  const length = view.getUint16(at + LENGTH);
  if (view.getUint32(at + COOKIE_AT) !== COOKIE || length % 4 !== 0 || length > MESSAGE_BYTES_MAX) return 0;
  return view.getUint8(at) < CHANNEL_MIN ? HEADER_BYTES + length : 0;
}

/** The older form has no cookie: binding messages that fill their datagram. */
function isClassic({ view, start, end, clientPort, serverPort }: Segment): boolean {
  if (clientPort !== PORT && serverPort !== PORT) return false;
  const kind = view.getUint16(start);
  if ((kind & ~0x0110) !== BINDING || view.getUint16(start + LENGTH) !== end - start - HEADER_BYTES) return false;
  return attributesFill(view, start, end);
}

function attributesFill(view: DataView, start: number, end: number): boolean {
  let at = start + HEADER_BYTES;
  for (let count = 0; count < ATTRIBUTES_MAX && end - at >= ATTRIBUTE_HEADER_BYTES; count++) {
    at += ATTRIBUTE_HEADER_BYTES + padded(view.getUint16(at + 2));
  }
  return at === end;
}

function padded(bytes: number): number {
  return (bytes + 3) & ~3;
}

function tell(segment: Segment, at: number, end: number, records: Records): void {
  const { view } = segment;
  const type = view.getUint16(at);
  stamp(message, segment);
  message.fromClient = segment.toServer;
  message.kind = KINDS.get(type) ?? 'other';
  records.message(message);
  let next = at + HEADER_BYTES;
  for (let count = 0; count < ATTRIBUTES_MAX && end - next >= ATTRIBUTE_HEADER_BYTES; count++) {
    const value = next + ATTRIBUTE_HEADER_BYTES;
    const length = Math.min(view.getUint16(next + 2), end - value);
    if (view.getUint16(next) === SOFTWARE) tellSoftware(segment, (type & 0x0100) !== 0, value, length, records);
    next = value + padded(length);
  }
}

/** Servers put it into their answers, clients into their requests (RFC 8489 14.14). */
function tellSoftware(segment: Segment, isAnswer: boolean, at: number, length: number, records: Records): void {
  stamp(identity, segment);
  identity.ofClient = segment.toServer;
  identity.attribute = isAnswer ? 'server-software' : 'user-agent';
  identity.value = readText(segment.view, at, Math.min(length, TEXT_BYTES_MAX));
  identity.source = 'STUN SOFTWARE';
  identity.confidence = 0.5;
  if (identity.value !== '') records.identity(identity);
}

/** What shares the flow of a call (RFC 7983). */
interface Call {
  dtls: unknown;
}

/** `dtls` hears what it says in the same flow. */
export function createStun({ dtls }: { dtls: Protocol<unknown> }): Protocol<Call> {
  return {
    name: 'stun',
    transport: 'udp',
    ports: [PORT],

    recognises(segment) {
      const { view, start, end } = segment;
      if (end - start < HEADER_BYTES) return NO;
      const length = lengthOf(view, start);
      if (length > 0) return length === end - start ? YES : NO;
      return isClassic(segment) ? YES : NO;
    },

    open: () => ({ dtls: null }),

    decode(state, segment, records) {
      const { view, start, end, flow, timeUs } = segment;
      const first = end === start ? FIRST_MEDIA : view.getUint8(start);
      if (first >= FIRST_DTLS && first <= LAST_DTLS) {
        state.dtls ??= dtls.open();
        dtls.decode(state.dtls, segment, records);
      }
      if (first > LAST_STUN) return end - start;
      const isWhole = end - start >= HEADER_BYTES && view.getUint16(start + LENGTH) === end - start - HEADER_BYTES;
      if (isWhole) tell(segment, start, end, records);
      else records.oddity('stun_broken_message', flow, timeUs);
      return end - start;
    },
  };
}

/** Directions whose next message has to be found: bytes were lost. */
class StunFlow {
  lostToServer = false;
  lostToClient = false;
}

export const stunOverTcp: Protocol<StunFlow> = {
  name: 'stun',
  transport: 'tcp',
  ports: [PORT],

  recognises({ view, start, end }) {
    if (end === start || view.getUint8(start) >= 4) return end === start ? MAYBE : NO;
    if (end - start < COOKIE_AT + 4) return MAYBE;
    return lengthOf(view, start) > 0 ? YES : NO;
  },

  open: () => new StunFlow(),

  decode(flow, segment, records) {
    const { view, start, end, toServer } = segment;
    let at = start;
    while (end - at >= COOKIE_AT + 4) {
      const length = lengthOf(view, at);
      const isLost = toServer ? flow.lostToServer : flow.lostToClient;
      if (length > 0) {
        if (end - at < length) break;
        if (toServer) flow.lostToServer = false;
        else flow.lostToClient = false;
        tell(segment, at, at + length, records);
        at += length;
      } else if (isLost) at++;
      else if (isChannel(view.getUint8(at))) {
        at += CHANNEL_HEADER_BYTES + padded(view.getUint16(at + LENGTH));
        // Data may reach beyond what is here; they pass unseen.
        if (at > end) break;
      } else {
        records.oddity('stun_broken_message', segment.flow, segment.timeUs);
        return GIVE_UP;
      }
    }
    return at - start;
  },

  gap(flow, { toServer }) {
    if (toServer) flow.lostToServer = true;
    else flow.lostToClient = true;
  },
};

function isChannel(first: number): boolean {
  return first >= CHANNEL_MIN && first <= CHANNEL_MAX;
}
