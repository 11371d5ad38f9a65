/**
 * OPC UA over TCP (IEC 62541-6, 7.1; OPC 10000-6): who speaks it, with which security, and which services are in clear.
 *
 *     HEL ACK ERR RHE OPN MSG CLO │ F C A │ size 32, little endian │ channel 32 │ …
 *     OPN: length 32, security policy URI …       MSG without security: token 32, number 32, request 32 │ 01 00 type 16
 */
import { readText } from '../../src/bytes/text.ts';
import { GIVE_UP, MAYBE, NO, type Protocol, type Segment, YES } from '../../src/protocol.ts';
import { FlowProtocol, Message, Operation, type Records, stamp } from '../../src/records.ts';

const PORTS = [4840];
const HEADER_BYTES = 8;
const SIZE = 4;
/** A chunk; 64 KiB is usual, and what is larger passes unseen behind its header. */
const CHUNK_BYTES_MAX = 16 * 1024 * 1024;

const KINDS: Readonly<Record<string, string>> = {
  HEL: 'hello',
  ACK: 'acknowledge',
  ERR: 'error',
  RHE: 'reverse hello',
  OPN: 'open secure channel',
  MSG: 'message',
  CLO: 'close secure channel',
};
const names = new Map(Object.keys(KINDS).map((name) => [codeOf(name), name]));
const OPENINGS = ['HEL', 'ACK', 'ERR', 'RHE', 'OPN'].map(codeOf);
const OPN = codeOf('OPN');
const MSG = codeOf('MSG');
const FINAL = 0x46;
const CHUNK = 0x43;
const ABORT = 0x41;

const POLICY_PREFIX_BYTES = 'http://opcfoundation.org/UA/SecurityPolicy#'.length;
const POLICY_BYTES_MAX = 80;
/** The channel, the token and two numbers stand before the type in clear. */
const TYPE = HEADER_BYTES + 16;

/** Binary encoding ids of requests (OPC 10000-6, NodeIds.csv). */
const SERVICES: Readonly<Record<number, string>> = {
  428: 'get endpoints',
  461: 'create session',
  467: 'activate session',
  473: 'close session',
  488: 'add nodes',
  500: 'delete nodes',
  527: 'browse',
  631: 'read',
  673: 'write',
  700: 'history update',
  712: 'call',
  751: 'create monitored items',
  787: 'create subscription',
  826: 'publish',
};
const WRITES: ReadonlySet<number> = new Set([488, 500, 673, 700, 712]);

export class OpcUaFlow {
  /** The channel is neither signed nor encrypted. */
  isClear = false;
  isLost = false;
}

const message = new Message();
const operation = new Operation();
const said = new FlowProtocol();

export const opcUa: Protocol<OpcUaFlow> = {
  name: 'opc-ua',
  transport: 'tcp',
  ports: PORTS,
  firstBytes: [...new Set(Object.keys(KINDS).map((name) => name.charCodeAt(0)))],

  recognises({ view, start, end, midstream }) {
    const known = headerAt(view, start, end);
    if (known !== YES) return known;
    return midstream || OPENINGS.includes(view.getUint32(start) >>> 8) ? YES : NO;
  },

  open: () => new OpcUaFlow(),

  decode(state, segment, records) {
    const { view, start, end } = segment;
    if (state.isLost) return GIVE_UP;
    let at = start;
    while (end - at >= HEADER_BYTES) {
      if (headerAt(view, at, end) !== YES) {
        records.oddity('opc_ua_no_message', segment.flow, segment.timeUs);
        return GIVE_UP;
      }
      const size = view.getUint32(at + SIZE, true);
      // Enough to see the policy of a channel and the type of a message; the rest is stepped over.
      const wanted = Math.min(size, HEADER_BYTES + 8 + POLICY_BYTES_MAX);
      if (end - at < wanted) break;
      chunk(state, segment, records, at, at + wanted);
      at += size;
    }
    return at - start;
  },

  gap(state) {
    state.isLost = true;
  },
};

function codeOf(name: string): number {
  return (name.charCodeAt(0) << 16) | (name.charCodeAt(1) << 8) | name.charCodeAt(2);
}

function headerAt(view: DataView, at: number, end: number): number {
  if (end - at < HEADER_BYTES) return end - at < SIZE || isNamed(view, at) ? MAYBE : NO;
  const size = view.getUint32(at + SIZE, true);
  return isNamed(view, at) && size >= HEADER_BYTES && size <= CHUNK_BYTES_MAX ? YES : NO;
}

function isNamed(view: DataView, at: number): boolean {
  const code = view.getUint32(at) >>> 8;
  const kind = view.getUint8(at + 3);
  return names.has(code) && (kind === FINAL || (code === MSG && (kind === CHUNK || kind === ABORT)));
}

function chunk(state: OpcUaFlow, segment: Segment, records: Records, at: number, end: number): void {
  const { view } = segment;
  const code = view.getUint32(at) >>> 8;
  const kind = view.getUint8(at + 3);
  if (code === OPN) policy(state, segment, records, at + HEADER_BYTES + 4, end);
  // Chunks that go on are part of one message, which is told by its last.
  if (code === MSG && kind === CHUNK) return;
  const type = code === MSG && state.isClear ? typeAt(view, at + TYPE, end) : 0;
  const service = SERVICES[type];
  stamp(message, segment);
  message.fromClient = segment.toServer;
  message.protocol = 'opc-ua';
  message.kind = service ?? KINDS[names.get(code) ?? ''] ?? '';
  records.message(message);
  if (service === undefined || !WRITES.has(type)) return;
  stamp(operation, segment);
  operation.fromClient = segment.toServer;
  operation.protocol = 'opc-ua';
  operation.verb = service;
  operation.object = '';
  operation.outcome = 'asked';
  records.operation(operation);
}

/** A numeric node id in its four-byte form: 01, namespace 0, number. */
function typeAt(view: DataView, at: number, end: number): number {
  return end - at >= 4 && view.getUint16(at) === 0x0100 ? view.getUint16(at + 2, true) : 0;
}

function policy(state: OpcUaFlow, segment: Segment, records: Records, at: number, end: number): void {
  const { view } = segment;
  if (end - at < 4) return;
  const length = view.getUint32(at, true);
  if (length <= POLICY_PREFIX_BYTES || length > POLICY_BYTES_MAX || at + 4 + length > end) return;
  const name = readText(view, at + 4 + POLICY_PREFIX_BYTES, length - POLICY_PREFIX_BYTES);
  state.isClear = name === 'None';
  if (segment.toServer) return;
  stamp(said, segment);
  said.protocol = 'opc-ua';
  said.detail = name;
  records.flowProtocol(said);
}
