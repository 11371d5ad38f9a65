/**
 * Siemens S7 communication, over TPKT and COTP (RFC 1006, X.224). Not documented by its maker; after open descriptions.
 *
 *     3 │ 0 │ length 16 │ COTP │ 02 F0 80: data ┐                    E0, D0: connect with TSAPs C1, C2
 *     ┌──────────────────────────────────────────┘
 *     32 │ 1 job, 2 ack, 3 answer, 7 user data │ 0 0 │ reference 16 │ parameters 16 │ data 16 │ [error 16] │ function …
 *
 * 72 in place of 32 is the newer, protected variant: recognised, not read. Values and programs are not read.
 */
import { readText } from '../../src/bytes/text.ts';
import { GIVE_UP, MAYBE, NO, type Protocol, type Segment, YES } from '../../src/protocol.ts';
import { FlowProtocol, Login, Message, Operation, type Records, stamp } from '../../src/records.ts';

const PORT = 102;
const TPKT = 3;
const TPKT_BYTES = 4;
const COTP_LENGTH = 4;
const COTP_CODE = 5;
const CONNECT = 0xe0;
const CONFIRM = 0xd0;
const DATA = 0xf0;
const CONNECT_PARAMETERS = 11;
const TARGET_TSAP = 0xc2;
const S7 = 0x32;
const S7_PLUS = 0x72;

// From the 32.
const KIND = 1;
const REFERENCE = 4;
const HEADER_BYTES = 10;
const ANSWER_HEADER_BYTES = 12;
const JOB = 1;
const ACKNOWLEDGE = 2;
const ANSWER = 3;
const USER_DATA = 7;

const FUNCTIONS: Readonly<Record<number, string>> = {
  0: 'CPU services',
  4: 'read variable',
  5: 'write variable',
  26: 'request download',
  27: 'download block',
  28: 'download ended',
  29: 'start upload',
  30: 'upload',
  31: 'end upload',
  40: 'PLC control',
  41: 'PLC stop',
  240: 'setup communication',
};
const WRITE_VARIABLE = 5;
const REQUEST_DOWNLOAD = 0x1a;
const DOWNLOAD_ENDED = 0x1c;
const CONTROL = 0x28;
const STOP = 0x29;

const GROUPS: Readonly<Record<number, string>> = {
  0: 'mode transition',
  1: 'programmer commands',
  2: 'cyclic data',
  3: 'block functions',
  4: 'CPU functions',
  5: 'security',
  6: 'block send',
  7: 'time functions',
  15: 'NC programming',
};
const SECURITY = 5;
const PASSWORD = 1;
const TIME = 7;
const SET_CLOCK = 2;
const REQUEST = 4;

const AREAS: Readonly<Record<number, string>> = { 129: 'I', 130: 'Q', 131: 'M', 132: 'DB', 28: 'C', 29: 'T' };
const DATA_BLOCK = 0x84;
const PENDING_MAX = 32;
const SERVICE_BYTES_MAX = 16;

export class S7Flow {
  isPlus = false;
  /** Reference → an operation that waits for its answer. */
  readonly pending = new Map<number, { verb: string; object: string }>();
}

const message = new Message();
const operation = new Operation();
const login = new Login();
const said = new FlowProtocol();

export const s7comm: Protocol<S7Flow> = {
  name: 's7comm',
  transport: 'tcp',
  ports: [PORT],
  firstBytes: [TPKT],

  recognises({ view, start, end }) {
    let at = start;
    for (;;) {
      const length = tpktAt(view, at, end);
      if (length === NO) return NO;
      if (length === MAYBE || end - at <= COTP_CODE) return MAYBE;
      const code = view.getUint8(at + COTP_CODE);
      if (code === DATA) {
        const first = at + 7;
        if (first >= end) return length > 7 ? MAYBE : NO;
        if (view.getUint8(at + COTP_LENGTH) !== 2) return NO;
        return view.getUint8(first) === S7 || view.getUint8(first) === S7_PLUS ? YES : NO;
      }
      if (code !== CONNECT && code !== CONFIRM) return NO;
      if (view.getUint8(at + COTP_LENGTH) !== length - 5) return NO;
      if (end - at < length) return MAYBE;
      if (isStation(view, at, at + length)) return YES;
      // The other users of this transport begin alike: data will tell.
      if (length <= CONNECT_PARAMETERS || view.getUint8(at + CONNECT_PARAMETERS) < 0xc0) return NO;
      at += length;
    }
  },

  open: () => new S7Flow(),

  decode(state, segment, records) {
    const { view, start, end, flow, timeUs } = segment;
    let at = start;
    while (at < end) {
      const length = tpktAt(view, at, end);
      if (length === NO) {
        records.oddity('s7comm_no_packet', flow, timeUs);
        return GIVE_UP;
      }
      if (length === MAYBE || end - at < length) break;
      packet(state, segment, records, at, at + length);
      at += length;
    }
    return at - start;
  },

  gap(state) {
    state.pending.clear();
  },
};

/** Length of the packet at `at`, MAYBE (1) while it is not there, NO (0) when there is none. Real ones are longer. */
function tpktAt(view: DataView, at: number, end: number): number {
  const have = end - at;
  if (have > 0 && view.getUint8(at) !== TPKT) return NO;
  if (have > 1 && view.getUint8(at + 1) !== 0) return NO;
  if (have < TPKT_BYTES) return MAYBE;
  const length = view.getUint16(at + 2);
  return length >= 7 ? length : NO;
}

/** Does a connect name a station by rack and slot (TSAP of two bytes: PG, OP or other), or by the newer name? */
function isStation(view: DataView, packetAt: number, end: number): boolean {
  for (let at = packetAt + CONNECT_PARAMETERS; at + 2 <= end; at += 2 + view.getUint8(at + 1)) {
    if (view.getUint8(at) !== TARGET_TSAP) continue;
    const length = view.getUint8(at + 1);
    if (at + 2 + length > end) return false;
    if (length === 2) return view.getUint8(at + 2) >= 1 && view.getUint8(at + 2) <= 3;
    return length > 8 && readText(view, at + 2, 8) === 'SIMATIC-';
  }
  return false;
}

function packet(state: S7Flow, segment: Segment, records: Records, at: number, end: number): void {
  const { view } = segment;
  const code = view.getUint8(at + COTP_CODE);
  if (code === CONNECT || code === CONFIRM) {
    tell(segment, records, code === CONNECT ? 'connect request' : 'connect confirm');
    return;
  }
  const pdu = at + TPKT_BYTES + 1 + view.getUint8(at + COTP_LENGTH);
  if (code !== DATA || pdu >= end) return;
  const protocol = view.getUint8(pdu);
  if (protocol === S7_PLUS) {
    if (!state.isPlus) {
      state.isPlus = true;
      stamp(said, segment);
      said.protocol = 's7comm';
      said.detail = 'S7-plus';
      records.flowProtocol(said);
    }
    tell(segment, records, 'S7-plus');
  } else if (protocol === S7 && end - pdu >= HEADER_BYTES) s7(state, segment, records, pdu, end);
  // An empty data packet, or the rest of one that was sent in parts.
  else if (protocol === S7) records.oddity('s7comm_length', segment.flow, segment.timeUs);
}

function s7(state: S7Flow, segment: Segment, records: Records, at: number, end: number): void {
  const { view } = segment;
  const kind = view.getUint8(at + KIND);
  const reference = view.getUint16(at + REFERENCE);
  const parameters = at + (kind === ACKNOWLEDGE || kind === ANSWER ? ANSWER_HEADER_BYTES : HEADER_BYTES);
  if (kind === USER_DATA) {
    userData(segment, records, parameters, end);
    return;
  }
  if (kind === ACKNOWLEDGE || parameters >= end) {
    tell(segment, records, kind === ACKNOWLEDGE ? 'acknowledge' : 'other');
  } else {
    const code = view.getUint8(parameters);
    tell(segment, records, FUNCTIONS[code] ?? 'other function');
    if (kind === JOB) job(state, segment, records, code, reference, parameters, end);
  }
  if (kind === JOB) return;
  const asked = state.pending.get(reference);
  if (asked === undefined || parameters > end) return;
  state.pending.delete(reference);
  const failed = view.getUint16(at + HEADER_BYTES) !== 0;
  tellOperation(segment, records, !segment.toServer, asked.verb, asked.object, failed ? 'failed' : 'done');
}

function job(
  state: S7Flow,
  segment: Segment,
  records: Records,
  code: number,
  reference: number,
  at: number,
  end: number,
): void {
  const { view } = segment;
  let verb = FUNCTIONS[code] ?? '';
  let object = '';
  if (code === WRITE_VARIABLE) object = variableAt(view, at + 2, end);
  else if (code === CONTROL) {
    object = serviceAt(view, at + 8, end);
    if (object !== '') verb = `PLC control ${object}`;
    object = '';
  } else if (code !== REQUEST_DOWNLOAD && code !== DOWNLOAD_ENDED && code !== STOP) return;
  // The controller asks for the blocks of a download itself; what it asks is no operation on the client.
  if (code === DOWNLOAD_ENDED && !segment.toServer) return;
  if (state.pending.size >= PENDING_MAX) state.pending.delete(state.pending.keys().next().value ?? -1);
  state.pending.set(reference, { verb, object });
  tellOperation(segment, records, segment.toServer, verb, object, 'asked');
}

/** First item of a list: 12, length, 10, size, count 16, block 16, area, address 24 (in bits). */
function variableAt(view: DataView, at: number, end: number): string {
  if (end - at < 12 || view.getUint8(at) !== 0x12 || view.getUint8(at + 2) !== 0x10) return '';
  const area = view.getUint8(at + 8);
  const byte = (view.getUint32(at + 8) & 0xffffff) >> 3;
  const name = AREAS[area] ?? `area-${area}`;
  const block = area === DATA_BLOCK ? `${view.getUint16(at + 6)}` : '';
  return `${name}${block}/${byte}+${view.getUint16(at + 4)}`;
}

/** Control: a block of parameters, then the name of the service, as `P_PROGRAM` (start) or `_DELE`. */
function serviceAt(view: DataView, at: number, end: number): string {
  if (end - at < 2) return '';
  const name = at + 2 + view.getUint16(at);
  if (name >= end) return '';
  const length = view.getUint8(name);
  return length > 0 && length <= SERVICE_BYTES_MAX && name + 1 + length <= end ? readText(view, name + 1, length) : '';
}

/** 00 01 12 │ length │ method │ type and group │ function */
function userData(segment: Segment, records: Records, at: number, end: number): void {
  const { view } = segment;
  if (end - at < 7) {
    records.oddity('s7comm_length', segment.flow, segment.timeUs);
    return;
  }
  const type = view.getUint8(at + 5) >> 4;
  const group = view.getUint8(at + 5) & 15;
  const what = view.getUint8(at + 6);
  tell(segment, records, GROUPS[group] ?? 'other user data');
  if (type !== REQUEST) return;
  if (group === TIME && what === SET_CLOCK) tellOperation(segment, records, segment.toServer, 'set clock', '', 'asked');
  if (group !== SECURITY || what !== PASSWORD) return;
  stamp(login, segment);
  login.fromClient = segment.toServer;
  login.protocol = 's7comm';
  login.method = 'password';
  login.outcome = 'asked';
  // Encoded, not encrypted.
  login.isClear = true;
  login.weakness = '';
  records.login(login);
}

function tell(segment: Segment, records: Records, kind: string): void {
  stamp(message, segment);
  message.fromClient = segment.toServer;
  message.protocol = 's7comm';
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
  operation.protocol = 's7comm';
  operation.verb = verb;
  operation.object = object;
  operation.outcome = outcome;
  records.operation(operation);
}
