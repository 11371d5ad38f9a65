/**
 * BACnet/IP (ASHRAE 135 annex J, clauses 6, 20, 21): building automation, which shares the wire with medical devices.
 *
 *     81 │ function │ length 16 │ [04: address 6] │ NPDU │ APDU                        J.2: virtual link
 *     NPDU: 01 │ control │ [20: net 16, len, address] │ [08: net 16, len, address] │ [20: hops]          6.2
 *     APDU: type in the upper four bits, then invoke id and service                  20.1
 *
 * Values are not read; neither are passwords.
 */
import { NO, type Protocol, type Segment, YES } from '../../src/protocol.ts';
import { Login, Message, Operation, type Records, stamp } from '../../src/records.ts';
import { tellIAm, tellProperty } from './identity.ts';
import { ERRORS, LINK, SERVICES, UNCONFIRMED, UNCONFIRMED_WRITES, WRITES } from './services.ts';
import { objectOf, passwordBytes } from './tags.ts';

const PORT = 47_808;
const BACNET_IP = 0x81;
const FUNCTION = 1;
const LENGTH = 2;
const LINK_BYTES = 4;
const RESULT = 0;
const WRITE_BROADCAST_TABLE = 1;
const FORWARDED = 4;
const REGISTER_FOREIGN_DEVICE = 5;
const DELETE_FOREIGN_DEVICE = 8;
const DISTRIBUTE = 9;
const UNICAST = 10;
const BROADCAST = 11;
const FUNCTION_LAST = 12;
const ADDRESS_BYTES = 6;

const VERSION = 1;
const NETWORK_MESSAGE = 0x80;
const HAS_TARGET = 0x20;
const HAS_SOURCE = 0x08;

const CONFIRMED = 0;
const UNCONFIRMED_REQUEST = 1;
const SIMPLE_ACK = 2;
const COMPLEX_ACK = 3;
const SEGMENT_ACK = 4;
const ERROR = 5;
const REJECT = 6;
const ABORT = 7;
const SEGMENTED = 0x08;

const READ_PROPERTY = 12;
const DEVICE_COMMUNICATION_CONTROL = 17;
const REINITIALIZE = 20;
const I_AM = 0;

const PENDING_MAX = 32;

export class BacnetFlow {
  /** Invoke id, and 256 for requests of the server's side → a write that waits for its answer. */
  readonly pending = new Map<number, { verb: string; object: string }>();
  readonly told = new Set<string>();
  isOdd = false;
}

const message = new Message();
const operation = new Operation();
const login = new Login();

export const bacnet: Protocol<BacnetFlow> = {
  name: 'bacnet',
  transport: 'udp',
  ports: [PORT],
  firstBytes: [BACNET_IP],

  recognises({ view, start, end, serverPort, clientPort }) {
    if (!isLink(view, start, end)) return NO;
    // Some devices miscount; on its own port that does not hide them.
    if (view.getUint16(start + LENGTH) !== end - start && serverPort !== PORT && clientPort !== PORT) return NO;
    const npdu = npduAt(view, start);
    if (npdu > 0) return end - npdu >= 3 && view.getUint8(npdu) === VERSION ? YES : NO;
    const length = end - start - LINK_BYTES;
    const code = view.getUint8(start + FUNCTION);
    if (code === RESULT || code === REGISTER_FOREIGN_DEVICE) return length === 2 ? YES : NO;
    if (code === DELETE_FOREIGN_DEVICE) return length === 6 ? YES : NO;
    if (code === 2 || code === 6) return length === 0 ? YES : NO;
    return (code === WRITE_BROADCAST_TABLE || code === 3 || code === 7) && length % 10 === 0 ? YES : NO;
  },

  open: () => new BacnetFlow(),

  decode(state, segment, records) {
    const { view, start, end, flow, timeUs } = segment;
    if (!isLink(view, start, end)) {
      records.oddity('bacnet_length', flow, timeUs);
      return end - start;
    }
    if (view.getUint16(start + LENGTH) !== end - start && !state.isOdd) {
      state.isOdd = true;
      records.oddity('bacnet_length', flow, timeUs);
    }
    const code = view.getUint8(start + FUNCTION);
    const npdu = npduAt(view, start);
    if (npdu < 0) {
      const kind = LINK[code] ?? 'other link function';
      tell(segment, records, kind);
      if (code === WRITE_BROADCAST_TABLE || code === REGISTER_FOREIGN_DEVICE || code === DELETE_FOREIGN_DEVICE)
        tellOperation(segment, records, segment.toServer, kind, '', 'asked');
    } else if (!network(state, segment, records, npdu, code) && !state.isOdd) {
      state.isOdd = true;
      records.oddity('bacnet_length', flow, timeUs);
    }
    return end - start;
  },
};

function isLink(view: DataView, start: number, end: number): boolean {
  return (
    end - start >= LINK_BYTES && view.getUint8(start) === BACNET_IP && view.getUint8(start + FUNCTION) <= FUNCTION_LAST
  );
}

/** Where the NPDU begins, -1 for functions that carry none. */
function npduAt(view: DataView, start: number): number {
  const code = view.getUint8(start + FUNCTION);
  if (code === FORWARDED) return start + LINK_BYTES + ADDRESS_BYTES;
  return code === DISTRIBUTE || code === UNICAST || code === BROADCAST ? start + LINK_BYTES : -1;
}

/** False when it reaches beyond the datagram. */
function network(state: BacnetFlow, segment: Segment, records: Records, npdu: number, link: number): boolean {
  const { view, end } = segment;
  if (end - npdu < 2) return false;
  const control = view.getUint8(npdu + 1);
  let at = npdu + 2;
  for (const part of [HAS_TARGET, HAS_SOURCE]) {
    if ((control & part) === 0) continue;
    if (end - at < 3) return false;
    at += 3 + view.getUint8(at + 2);
  }
  if ((control & HAS_TARGET) !== 0) at++;
  if (at >= end) return false;
  if ((control & NETWORK_MESSAGE) !== 0) {
    tell(segment, records, 'network message');
    return true;
  }
  // Behind a router or a forwarder another device speaks than the one whose address it is.
  return application(state, segment, records, at, link !== FORWARDED && (control & HAS_SOURCE) === 0);
}

function application(state: BacnetFlow, segment: Segment, records: Records, at: number, isOwn: boolean): boolean {
  const { view, end } = segment;
  const first = view.getUint8(at);
  const type = first >> 4;
  const isSegmented = (first & SEGMENTED) !== 0;
  switch (type) {
    case CONFIRMED: {
      const service = at + (isSegmented ? 5 : 3);
      if (service >= end) return false;
      confirmed(state, segment, records, view.getUint8(service), view.getUint8(at + 2), service + 1);
      return true;
    }
    case UNCONFIRMED_REQUEST: {
      if (end - at < 2) return false;
      const service = view.getUint8(at + 1);
      const kind = UNCONFIRMED[service] ?? 'other unconfirmed service';
      tell(segment, records, kind);
      if (service === I_AM && isOwn) tellIAm(state.told, segment, records, at + 2);
      if (UNCONFIRMED_WRITES.has(service)) tellOperation(segment, records, segment.toServer, kind, '', 'asked');
      return true;
    }
    case SIMPLE_ACK:
    case COMPLEX_ACK: {
      const service = at + (type === COMPLEX_ACK && isSegmented ? 4 : 2);
      if (service >= end) return false;
      const code = view.getUint8(service);
      tell(segment, records, acks.get(code) ?? 'other ack');
      answer(state, segment, records, view.getUint8(at + 1), 'done');
      if (type === COMPLEX_ACK && code === READ_PROPERTY && isOwn)
        tellProperty(state.told, segment, records, service + 1);
      return true;
    }
    case SEGMENT_ACK:
      tell(segment, records, 'segment ack');
      return true;
    case ERROR:
    case REJECT:
    case ABORT:
      if (end - at < 3) return false;
      tell(segment, records, ERRORS[type] ?? '');
      answer(state, segment, records, view.getUint8(at + 1), 'failed');
      return true;
    default:
      tell(segment, records, 'other');
      return true;
  }
}

const acks = new Map(Object.entries(SERVICES).map(([code, name]) => [Number(code), `${name} ack`]));

function confirmed(
  state: BacnetFlow,
  segment: Segment,
  records: Records,
  service: number,
  invokeId: number,
  at: number,
): void {
  const kind = SERVICES[service] ?? 'other confirmed service';
  tell(segment, records, kind);
  if (!WRITES.has(service)) return;
  const object = objectOf(segment.view, at, segment.end);
  if (state.pending.size >= PENDING_MAX) state.pending.delete(state.pending.keys().next().value ?? -1);
  state.pending.set(invokeId + (segment.toServer ? 0 : 256), { verb: kind, object });
  tellOperation(segment, records, segment.toServer, kind, object, 'asked');
  if (service !== DEVICE_COMMUNICATION_CONTROL && service !== REINITIALIZE) return;
  const password = passwordBytes(segment.view, at, segment.end);
  if (password < 0) return;
  stamp(login, segment);
  login.fromClient = segment.toServer;
  login.protocol = 'bacnet';
  login.method = 'password';
  login.outcome = 'asked';
  login.isClear = true;
  login.weakness = password === 0 ? 'empty' : password < 12 ? 'short' : '';
  records.login(login);
}

function answer(state: BacnetFlow, segment: Segment, records: Records, invokeId: number, outcome: string): void {
  const key = invokeId + (segment.toServer ? 256 : 0);
  const asked = state.pending.get(key);
  if (asked === undefined) return;
  state.pending.delete(key);
  tellOperation(segment, records, !segment.toServer, asked.verb, asked.object, outcome);
}

function tell(segment: Segment, records: Records, kind: string): void {
  stamp(message, segment);
  message.fromClient = segment.toServer;
  message.protocol = 'bacnet';
  message.kind = kind;
  records.message(message);
}

function tellOperation(
  segment: Segment,
  records: Records,
  fromClient: boolean,
  verb: string,
  object: string,
  outcome: string,
): void {
  stamp(operation, segment);
  operation.fromClient = fromClient;
  operation.protocol = 'bacnet';
  operation.verb = verb;
  operation.object = object;
  operation.outcome = outcome;
  records.operation(operation);
}
