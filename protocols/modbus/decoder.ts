/**
 * Modbus over TCP ("Modbus Messaging on TCP/IP", "Modbus Application Protocol" 6): what is read from a device and, above
 * all, what is written to it.
 *
 *     0             2          4        6      7
 *     ┌─────────────┬──────────┬────────┬──────┬──────────┬──────
 *     │ transaction │ 0        │ length │ unit │ function │ …        length counts from the unit, at most 254
 *     └─────────────┴──────────┴────────┴──────┴──────────┴──────
 *     function + 80h: exception, with its code · 2B 0E: device identification
 *
 * Values are not read.
 */
import { readText } from '../../src/bytes/text.ts';
import { GIVE_UP, MAYBE, NO, type Protocol, type Segment, YES } from '../../src/protocol.ts';
import { Identity, Message, Operation, type Records, stamp } from '../../src/records.ts';
import { EXCEPTIONS, KINDS, UMAS_WRITES, WRITES } from './functions.ts';

const PORT = 502;
const PROTOCOL = 2;
const LENGTH = 4;
const UNIT = 6;
const FUNCTION = 7;
const HEADER_BYTES = 8;
const BEFORE_LENGTH_ENDS = 6;
/** 254 by the standard; Schneider's own messages are a little longer. */
const LENGTH_MAX = 260;
const EXCEPTION = 0x80;

const DIAGNOSTICS = 0x08;
const RESTART = 1;
const LISTEN_ONLY = 4;
const ENCAPSULATED = 0x2b;
const IDENTIFICATION = 0x0e;
const UMAS = 0x5a;
const READ_WRITE = 0x17;

const PENDING_MAX = 64;
const TEXT_BYTES_MAX = 64;
const ATTRIBUTES: Readonly<Record<number, string>> = { 0: 'manufacturer', 1: 'model', 2: 'software', 5: 'model' };

export class ModbusFlow {
  isLost = false;
  /** Transaction → a write that waits for its answer. */
  readonly pending = new Map<number, { verb: string; object: string }>();
  readonly told = new Set<string>();
}

const message = new Message();
const operation = new Operation();
const identity = new Identity();

export const modbus: Protocol<ModbusFlow> = {
  name: 'modbus',
  transport: 'tcp',
  ports: [PORT],

  recognises(segment) {
    const { view, start, end, serverPort, clientPort } = segment;
    const plausible = headerAt(view, start, end);
    if (plausible !== YES) return plausible;
    if (view.getUint8(start + FUNCTION) === 0) return NO;
    const next = start + BEFORE_LENGTH_ENDS + view.getUint16(start + LENGTH);
    if (serverPort === PORT || clientPort === PORT)
      return next === end || KINDS[view.getUint8(start + FUNCTION) & ~EXCEPTION] !== undefined ? YES : NO;
    // Elsewhere: a whole request whose length is the one that its function has.
    if (next > end) return MAYBE;
    return isUsualRequest(view, start) && (next === end || headerAt(view, next, end) !== NO) ? YES : NO;
  },

  open: () => new ModbusFlow(),

  decode(state, segment, records) {
    const { view, start, end } = segment;
    let at = start;
    while (at < end) {
      const plausible = headerAt(view, at, end);
      if (plausible === MAYBE) break;
      if (plausible === NO && !state.isLost) {
        records.oddity('modbus_bad_header', segment.flow, segment.timeUs);
        return GIVE_UP;
      }
      // Zeros of values look like a header: behind a gap its function has to be a known one.
      if (plausible === NO || (state.isLost && KINDS[view.getUint8(at + FUNCTION) & ~EXCEPTION] === undefined)) {
        at++;
        continue;
      }
      const next = at + BEFORE_LENGTH_ENDS + view.getUint16(at + LENGTH);
      if (next > end) break;
      state.isLost = false;
      adu(state, segment, records, at, next);
      at = next;
    }
    return at - start;
  },

  gap(state) {
    state.isLost = true;
    state.pending.clear();
  },
};

function headerAt(view: DataView, at: number, end: number): number {
  const have = end - at;
  if (have > PROTOCOL && view.getUint8(at + PROTOCOL) !== 0) return NO;
  if (have > PROTOCOL + 1 && view.getUint8(at + PROTOCOL + 1) !== 0) return NO;
  if (have < BEFORE_LENGTH_ENDS) return MAYBE;
  const length = view.getUint16(at + LENGTH);
  if (length < 2 || length > LENGTH_MAX) return NO;
  return have < HEADER_BYTES ? MAYBE : YES;
}

/** A request of a function that everybody uses. Its answers are too short to stand for themselves. */
function isUsualRequest(view: DataView, at: number): boolean {
  const length = view.getUint16(at + LENGTH);
  const code = view.getUint8(at + FUNCTION);
  if (code >= 1 && code <= 6) return length === 6;
  return (code === 15 || code === 16) && length > 7 && view.getUint8(at + 12) === length - 7;
}

function adu(state: ModbusFlow, segment: Segment, records: Records, at: number, end: number): void {
  const { view, toServer } = segment;
  const code = view.getUint8(at + FUNCTION);
  const transaction = view.getUint16(at);
  stamp(message, segment);
  message.fromClient = toServer;
  message.protocol = 'modbus';
  const isException = code >= EXCEPTION && end - at > HEADER_BYTES;
  message.kind = isException
    ? (EXCEPTIONS[view.getUint8(at + HEADER_BYTES)] ?? 'exception: other')
    : (KINDS[code] ?? 'other function');
  records.message(message);
  if (toServer) {
    const verb = verbOf(view, at, end, code);
    if (verb === '') return;
    const object = objectOf(view, at, end, code);
    if (state.pending.size >= PENDING_MAX) state.pending.delete(state.pending.keys().next().value ?? -1);
    state.pending.set(transaction, { verb, object });
    tellOperation(segment, records, true, verb, object, 'asked');
    return;
  }
  const asked = state.pending.get(transaction);
  if (asked !== undefined) {
    state.pending.delete(transaction);
    tellOperation(segment, records, true, asked.verb, asked.object, isException ? 'failed' : 'done');
  }
  if (code === ENCAPSULATED) identify(state, segment, records, at, end);
}

/** Of a request that writes, else ''. */
function verbOf(view: DataView, at: number, end: number, code: number): string {
  if (code === DIAGNOSTICS) {
    const what = end - at >= 10 ? view.getUint16(at + HEADER_BYTES) : 0;
    if (what === RESTART) return 'restart communications';
    return what === LISTEN_ONLY ? 'force listen only' : '';
  }
  // UMAS: session, then its own function.
  if (code === UMAS) return end - at > 9 ? (UMAS_WRITES[view.getUint8(at + 9)] ?? '') : '';
  return WRITES.has(code) ? (KINDS[code] ?? '') : '';
}

/** `unit/first+count`, counted from 0 as on the wire. */
function objectOf(view: DataView, at: number, end: number, code: number): string {
  const unit = view.getUint8(at + UNIT);
  const first = at + HEADER_BYTES + (code === READ_WRITE ? 4 : 0);
  if (code === UMAS || code === DIAGNOSTICS || code === 0x15 || end - first < 4) return `${unit}`;
  const count = code === 15 || code === 16 || code === READ_WRITE ? view.getUint16(first + 2) : 1;
  return `${unit}/${view.getUint16(first)}+${count}`;
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
  operation.protocol = 'modbus';
  operation.verb = verb;
  operation.object = object;
  operation.outcome = outcome;
  records.operation(operation);
}

/** 2B 0E: code, conformity, more, next, count, then {id, length, text}. */
function identify(state: ModbusFlow, segment: Segment, records: Records, start: number, end: number): void {
  const { view } = segment;
  if (end - start < 14 || view.getUint8(start + HEADER_BYTES) !== IDENTIFICATION) return;
  for (let at = start + 14; at + 2 <= end; ) {
    const attribute = ATTRIBUTES[view.getUint8(at)];
    const length = view.getUint8(at + 1);
    const next = at + 2 + length;
    if (next > end) return;
    if (attribute !== undefined && length <= TEXT_BYTES_MAX) {
      const value = readText(view, at + 2, length);
      const key = `${attribute} ${value}`;
      if (value !== '' && !state.told.has(key) && state.told.size < PENDING_MAX) {
        state.told.add(key);
        stamp(identity, segment);
        identity.ofClient = segment.toServer;
        identity.attribute = attribute;
        identity.value = value;
        identity.source = `Modbus device identification object ${view.getUint8(at)}`;
        // Behind a gateway the unit is another device than the address.
        const unit = view.getUint8(start + UNIT);
        identity.confidence = unit === 0 || unit === 1 || unit === 255 ? 0.9 : 0.6;
        records.identity(identity);
      }
    }
    at = next;
  }
}
