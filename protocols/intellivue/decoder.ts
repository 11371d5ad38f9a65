/**
 * Philips IntelliVue Data Export over UDP ("Data Export Interface Programming Guide"): who reads a monitor, what is
 * polled, and who tries to set something. One datagram is one message, all numbers big endian.
 *
 *     00 00 major minor │ operation …                                    connect indication, broadcast to port 24005
 *     E1 00 00 02       │ operation …                                    data of an association
 *     0D 0E 0C 09 0A 19 │ length │ session and presentation headers …    association request, accept, refuse;
 *                                                                        release request, response; abort
 *     operation: type 16 bit (1 invoke, 2 result, 3 error, 5 linked result), length 16 bit
 *       1, 2: invoke id, command, length, body · 5: state and count first · 3: invoke id, error, length
 *
 * Observed values, demographics, notes and labels of beds are stepped over by their lengths.
 */
import { addressKey } from '../../src/bytes/address.ts';
import { NO, type Protocol, type Segment, YES } from '../../src/protocol.ts';
import { Expectation, Message, type Records, stamp } from '../../src/records.ts';
import { IntellivueFlow } from './flow.ts';
import { tellIdentity } from './identity.ts';
import { endOfOperation, tellAction, tellSet } from './operations.ts';

const EXPORT_PORT = 24_105;
const INDICATION_PORT = 24_005;

const DATA = 0xe1;
const DATA_PREFIX = 0xe1000002;
const INDICATION = 0x00;
const ASSOCIATE = 0x0d;
const ACCEPT = 0x0e;
/** Between the session length and the presentation header of a request or accept. */
const SESSION = [0x05, 0x08, 0x13, 0x01, 0x00, 0x16, 0x01, 0x02, 0x80, 0x00, 0x14, 0x02, 0x00, 0x02, 0xc1];
const LONG_LENGTH = 0xff;

const SESSION_KINDS: Readonly<Record<number, string>> = {
  13: 'association request',
  14: 'association response',
  12: 'association refuse',
  9: 'release request',
  10: 'release response',
  25: 'association abort',
};

// Offsets in a data message or connect indication.
const TYPE = 4;
const LENGTH = 6;
const BODY = 8;
const INVOKE = 1;
const RESULT = 2;
const ERROR = 3;
const LINKED = 5;
/** Invoke id, command and length; the state and count of a linked result stand before them. */
const COMMAND_BYTES = 6;
const LINK_BYTES = 2;

const EVENT_REPORT = 0;
const CONFIRMED_EVENT_REPORT = 1;
const GET = 3;
const SET = 4;
const CONFIRMED_SET = 5;
const ACTION = 7;

// Offsets from the body of an event report.
const EVENT_TYPE = 10;
const EVENT_INFO = 14;
const MDS_CREATE = 0x0d06;
const CONNECT_INDICATION = 0x0d17;
/** The object that was created stands before its attributes. */
const OBJECT_BYTES = 6;

// Offsets from the body of an action and of its result.
const ACTION_TYPE = 10;
const ACTION_INFO = 14;
const RESULT_ACTION_TYPE = 6;
const RESULT_ACTION_INFO = 10;
const POLL = 0x0c16;
const EXTENDED_POLL = 0xf13b;

const RESULTS: Readonly<Record<number, string>> = {
  [CONFIRMED_EVENT_REPORT]: 'event result',
  [GET]: 'get result',
  [CONFIRMED_SET]: 'set result',
  [ACTION]: 'action result',
};

const POLLED: Readonly<Record<number, string>> = {
  6: 'numerics',
  9: 'waves',
  54: 'alerts',
  42: 'demographics',
  33: 'system',
};
const SYSTEM = 0x21;

const ERRORS: Readonly<Record<number, string>> = {
  0: 'error: no such object class',
  1: 'error: no such object instance',
  2: 'error: access denied',
  7: 'error: get list',
  8: 'error: set list',
  9: 'error: no such action',
  10: 'error: processing failure',
  15: 'error: invalid argument value',
  16: 'error: invalid scope',
  17: 'error: invalid object instance',
};

const NETWORK_ADDRESS = 0xf100;
const PROTOCOL_SUPPORT = 0xf101;
const DATA_OUT = 5;
const MAC_BYTES = 6;

const message = new Message();
const expectation = new Expectation();

export const intellivue: Protocol<IntellivueFlow> = {
  name: 'intellivue',
  transport: 'udp',
  ports: [EXPORT_PORT, INDICATION_PORT],
  firstBytes: [INDICATION, DATA, ASSOCIATE, ACCEPT, 0x0c, 0x09, 0x0a, 0x19],

  recognises(segment) {
    const { view, start, end } = segment;
    if (end - start < BODY) return NO;
    const first = view.getUint8(start);
    if (first === DATA) return isData(view, start, end) ? YES : NO;
    if (first === INDICATION) return isIndication(view, start, end) ? YES : NO;
    if (first === ASSOCIATE || first === ACCEPT) return isAssociation(view, start, end) ? YES : NO;
    // Release, refuse and abort are too short to stand alone on another port.
    return segment.serverPort === EXPORT_PORT && SESSION_KINDS[first] !== undefined && sessionFits(view, start, end)
      ? YES
      : NO;
  },

  open: () => new IntellivueFlow(),

  decode(state, segment, records) {
    const { view, start, end, flow, timeUs } = segment;
    const first = end > start ? view.getUint8(start) : -1;
    if (isData(view, start, end)) data(state, segment, records);
    else if (first === INDICATION && isIndication(view, start, end)) indication(state, segment, records);
    else {
      const kind = SESSION_KINDS[first];
      if (kind !== undefined && end - start > 2) {
        if (first === ASSOCIATE) state.begin();
        if (!sessionFits(view, start, end)) records.oddity('intellivue_length', flow, timeUs);
        tell(segment, records, kind);
      } else {
        const isKnown = first === DATA || first === INDICATION || kind !== undefined;
        records.oddity(isKnown ? 'intellivue_length' : 'intellivue_unknown_message', flow, timeUs);
      }
    }
    return end - start;
  },
};

function isData(view: DataView, start: number, end: number): boolean {
  if (end - start < BODY + COMMAND_BYTES || view.getUint32(start) !== DATA_PREFIX) return false;
  const type = view.getUint16(start + TYPE);
  const isKnown = type === INVOKE || type === RESULT || type === ERROR || type === LINKED;
  return isKnown && view.getUint16(start + LENGTH) === end - start - BODY;
}

function isIndication(view: DataView, start: number, end: number): boolean {
  const body = start + BODY + COMMAND_BYTES;
  return (
    end - body >= EVENT_INFO &&
    view.getUint16(start) === 0 &&
    view.getUint16(start + TYPE) === INVOKE &&
    view.getUint16(start + LENGTH) === end - start - BODY &&
    view.getUint16(body + EVENT_TYPE) === CONNECT_INDICATION
  );
}

/** Behind the length of a session message: one byte, or FF and two. */
function behindLength(view: DataView, start: number, end: number): number {
  if (end - start < 4) return end;
  return view.getUint8(start + 1) === LONG_LENGTH ? start + 4 : start + 2;
}

function sessionFits(view: DataView, start: number, end: number): boolean {
  const at = behindLength(view, start, end);
  const length = at === start + 4 ? view.getUint16(start + 2) : view.getUint8(start + 1);
  return at + length === end;
}

function isAssociation(view: DataView, start: number, end: number): boolean {
  const at = behindLength(view, start, end);
  if (end - at < SESSION.length) return false;
  for (let i = 0; i < SESSION.length; i++) if (view.getUint8(at + i) !== SESSION[i]) return false;
  return true;
}

function tell(segment: Segment, records: Records, kind: string): void {
  stamp(message, segment);
  message.fromClient = segment.toServer;
  message.protocol = 'intellivue';
  message.kind = kind;
  records.message(message);
}

function indication(state: IntellivueFlow, segment: Segment, records: Records): void {
  const { start, end } = segment;
  tell(segment, records, 'connect indication');
  const list = start + BODY + COMMAND_BYTES + EVENT_INFO;
  tellIdentity(state, segment, records, list, end);
  tellExportPort(state, segment, records, list, end);
}

/** The monitor says at which of its ports data export is to be had: F101, in the words of F100's address. */
function tellExportPort(state: IntellivueFlow, segment: Segment, records: Records, list: number, end: number): void {
  const { view } = segment;
  let server = '';
  let port = 0;
  for (let at = list + 4; at + 4 <= end; ) {
    const length = view.getUint16(at + 2);
    const next = at + 4 + length;
    if (next > end) break;
    const id = view.getUint16(at);
    if (id === NETWORK_ADDRESS && length >= MAC_BYTES + 4) server = addressKey(view, at + 4 + MAC_BYTES, 4);
    if (id === PROTOCOL_SUPPORT) {
      for (let entry = at + 8; entry + 8 <= next; entry += 8) {
        if (view.getUint16(entry) === DATA_OUT || port === 0) port = view.getUint16(entry + 4);
      }
    }
    at = next;
  }
  if (server === '' || port === 0 || port === state.exportPort) return;
  state.exportPort = port;
  stamp(expectation, segment);
  expectation.protocol = 'intellivue';
  expectation.server = server;
  expectation.serverPort = port;
  records.expectation(expectation);
}

function data(state: IntellivueFlow, segment: Segment, records: Records): void {
  const { view, start, end, flow, timeUs } = segment;
  const type = view.getUint16(start + TYPE);
  if (type === ERROR) {
    tell(segment, records, ERRORS[view.getUint16(start + BODY + 2)] ?? 'error');
    endOfOperation(state, segment, records, view.getUint16(start + BODY), 'failed');
    return;
  }
  const header = start + BODY + (type === LINKED ? LINK_BYTES : 0);
  const body = header + COMMAND_BYTES;
  if (body > end || view.getUint16(header + 4) !== end - body) {
    records.oddity('intellivue_length', flow, timeUs);
    if (body > end) return;
  }
  const command = view.getUint16(header + 2);
  if (type === INVOKE) invoke(state, segment, records, command, body);
  else result(state, segment, records, command, body, view.getUint16(header), type === LINKED);
}

function invoke(state: IntellivueFlow, segment: Segment, records: Records, command: number, body: number): void {
  const { view, end } = segment;
  if (command === EVENT_REPORT || command === CONFIRMED_EVENT_REPORT) {
    const creates = end - body >= EVENT_INFO && view.getUint16(body + EVENT_TYPE) === MDS_CREATE;
    tell(segment, records, creates ? 'MDS create event' : 'event report');
    if (creates) tellIdentity(state, segment, records, body + EVENT_INFO + OBJECT_BYTES, end);
  } else if (command === SET || command === CONFIRMED_SET) {
    tell(segment, records, 'set');
    tellSet(state, segment, records, body, command === CONFIRMED_SET);
  } else if (command === ACTION) {
    const action = end - body >= ACTION_INFO ? view.getUint16(body + ACTION_TYPE) : -1;
    if (action === POLL || action === EXTENDED_POLL) {
      // Poll number, then partition and class of the objects.
      tell(segment, records, pollKind(action, REQUEST, view, body + ACTION_INFO + 4, end));
    } else {
      tell(segment, records, 'action');
      tellAction(state, segment, records, body, action);
    }
  } else tell(segment, records, command === GET ? 'get' : 'other command');
}

function result(
  state: IntellivueFlow,
  segment: Segment,
  records: Records,
  command: number,
  body: number,
  invokeId: number,
  isLinked: boolean,
): void {
  const { view, end } = segment;
  if (command === ACTION) {
    const action = end - body >= RESULT_ACTION_INFO ? view.getUint16(body + RESULT_ACTION_TYPE) : -1;
    if (action === POLL || action === EXTENDED_POLL) {
      // Poll number, a sequence number when extended, relative and absolute time, partition, class.
      const polled = body + RESULT_ACTION_INFO + (action === POLL ? 0 : 2) + 16;
      tell(segment, records, pollKind(action, isLinked ? LINKED_ANSWER : ANSWER, view, polled, end));
      if (end - polled >= 2 && view.getUint16(polled) === SYSTEM) tellPolledSystem(state, segment, records, polled);
      return;
    }
  }
  tell(segment, records, RESULTS[command] ?? 'other result');
  if (command === ACTION || command === CONFIRMED_SET) endOfOperation(state, segment, records, invokeId, 'done');
}

/** Class, group, then contexts {number, count, length} of objects {handle, attributes}: the system is the first object. */
function tellPolledSystem(state: IntellivueFlow, segment: Segment, records: Records, polled: number): void {
  const attributes = polled + 2 + 2 + 4 + 6 + 2;
  if (segment.end - attributes >= 4) tellIdentity(state, segment, records, attributes, segment.end);
}

const REQUEST = 0;
const ANSWER = 1;
const LINKED_ANSWER = 2;

/** `poll request numerics`, `extended poll linked result waves`: by request or answer, then by class. */
const pollKinds = ['', 'extended '].map((how) =>
  ['request', 'result', 'linked result'].map((what) => {
    const kinds = new Map<number, string>([[0, `${how}poll ${what} other`]]);
    for (const [code, name] of Object.entries(POLLED)) kinds.set(Number(code), `${how}poll ${what} ${name}`);
    return kinds;
  }),
);

function pollKind(action: number, what: number, view: DataView, classAt: number, end: number): string {
  const kinds = pollKinds[action === POLL ? 0 : 1]?.[what];
  const code = end - classAt >= 2 ? view.getUint16(classAt) : 0;
  return kinds?.get(code) ?? kinds?.get(0) ?? '';
}
