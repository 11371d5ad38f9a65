/**
 * Dräger MEDIBUS, a serial protocol of ventilators and anaesthesia machines, found in TCP behind converters.
 *
 *     command  1B │ code │ arguments │ hh 0D          hh: sum of all bytes before it, two digits
 *     answer   01 │ code │ data      │ hh 0D
 *
 * Bytes with the top bit set are real-time data in between, 11 and 13 flow control. Values are not read.
 */
import { indexOfByte, readText } from '../../src/bytes/text.ts';
import type { Limits } from '../../src/limits.ts';
import { MAYBE, NO, type Protocol, type Segment, YES } from '../../src/protocol.ts';
import { Identity, Message, Operation, type Records, stamp } from '../../src/records.ts';

const ANSWER = 0x01;
const COMMAND = 0x1b;
const CARRIAGE_RETURN = 0x0d;
const REAL_TIME = 0x80;
const APOSTROPHE = 0x27;
const COLON = 0x3a;
/** Start, code, checksum. */
const SHORTEST_BYTES = 4;
const TEXT_BYTES_MAX = 32;

const IDENTIFICATION = 0x52;
const REFUSAL = 0x15;

const KINDS: Readonly<Record<number, string>> = {
  [REFUSAL]: 'not understood',
  36: 'measured data',
  37: 'low alarm limits',
  38: 'high alarm limits',
  39: 'alarms',
  40: 'date and time',
  41: 'settings',
  42: 'text messages',
  43: 'measured data, page 2',
  44: 'low alarm limits, page 2',
  45: 'high alarm limits, page 2',
  35: 'alarms, page 3',
  46: 'alarms, page 2',
  48: 'no operation',
  73: 'time changed',
  74: 'configure response',
  81: 'initialise',
  [IDENTIFICATION]: 'device identification',
  83: 'configure real-time data',
  84: 'transmit real-time data',
  85: 'stop',
  86: 'configuration changed',
  108: 'trend data',
  109: 'trend status',
};
/** What is exported changes, never a therapy: no such command is public. */
const WRITES: ReadonlySet<number> = new Set([74, 83, 84]);

const commandKinds = kindsOf('');
const answerKinds = kindsOf(' answer');

export class MedibusFlow {
  isOdd = false;
  isIdentified = false;
  /** A write that waits for its answer. */
  pending = 0;
  pendingFromClient = true;
  /** Commands and answers of one direction without what stands between them. */
  readonly text: { toServer: number[]; toClient: number[] } = { toServer: [], toClient: [] };
}

const message = new Message();
const operation = new Operation();
const identity = new Identity();

export function createMedibus({ limits }: { limits: Limits }): Protocol<MedibusFlow> {
  return {
    name: 'medibus',
    transport: 'tcp',
    ports: [],
    firstBytes: [ANSWER, COMMAND],

    recognises({ view, start, end, midstream }) {
      let at = start;
      if (midstream) while (at < end && view.getUint8(at) !== COMMAND && view.getUint8(at) !== ANSWER) at++;
      if (at >= end) return midstream ? NO : MAYBE;
      const first = view.getUint8(at);
      if (first !== COMMAND && first !== ANSWER) return NO;
      let sum = first;
      let beforeLast = 0;
      let last = 0;
      let count = 1;
      for (let i = at + 1; i < end; i++) {
        const byte = view.getUint8(i);
        if (byte >= REAL_TIME || byte === 0x11 || byte === 0x13) continue;
        if (byte === CARRIAGE_RETURN) {
          const fits = count >= SHORTEST_BYTES && checksumOf(beforeLast, last) === ((sum - beforeLast - last) & 255);
          return fits ? YES : NO;
        }
        if (count === 1 && KINDS[byte] === undefined) return NO;
        if (count > limits.medibusMessageBytesMax || (byte < 0x20 && count > 1)) return NO;
        sum += byte;
        beforeLast = last;
        last = byte;
        count++;
      }
      return MAYBE;
    },

    open: () => new MedibusFlow(),

    decode(state, segment, records) {
      const { view, start, end } = segment;
      const text = segment.toServer ? state.text.toServer : state.text.toClient;
      for (let at = start; at < end; at++) {
        const byte = view.getUint8(at);
        if (byte >= REAL_TIME || byte === 0x11 || byte === 0x13) continue;
        if (byte === COMMAND || byte === ANSWER) {
          if (text.length > 0) odd(state, segment, records);
          text.length = 0;
          text.push(byte);
        } else if (text.length === 0) continue;
        else if (byte === CARRIAGE_RETURN) {
          finish(state, text, segment, records);
          text.length = 0;
        } else if (text.length >= limits.medibusMessageBytesMax) {
          odd(state, segment, records);
          text.length = 0;
        } else text.push(byte);
      }
      return end - start;
    },

    gap(state, segment) {
      (segment.toServer ? state.text.toServer : state.text.toClient).length = 0;
    },
  };
}

function kindsOf(suffix: string): ReadonlyMap<number, string> {
  return new Map(Object.entries(KINDS).map(([code, kind]) => [Number(code), `${kind}${suffix}`]));
}

function odd(state: MedibusFlow, segment: Segment, records: Records): void {
  if (!state.isOdd) records.oddity('medibus_bad_message', segment.flow, segment.timeUs);
  state.isOdd = true;
}

/** Two upper-case hexadecimal digits, or not a number. */
function checksumOf(high: number, low: number): number {
  return hexOf(high) * 16 + hexOf(low);
}

function hexOf(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  return byte >= 0x41 && byte <= 0x46 ? byte - 0x37 : Number.NaN;
}

/** A message without its CR: start, code, content, checksum. */
function finish(state: MedibusFlow, text: readonly number[], segment: Segment, records: Records): void {
  const contentEnd = text.length - 2;
  let sum = 0;
  for (let i = 0; i < contentEnd; i++) sum += text[i] ?? 0;
  if (text.length < SHORTEST_BYTES || checksumOf(text[contentEnd] ?? 0, text[contentEnd + 1] ?? 0) !== (sum & 255)) {
    odd(state, segment, records);
    return;
  }
  const isCommand = text[0] === COMMAND;
  const code = text[1] ?? 0;
  stamp(message, segment);
  message.fromClient = segment.toServer;
  message.protocol = 'medibus';
  message.kind = (isCommand ? commandKinds : answerKinds).get(code) ?? (isCommand ? 'other' : 'other answer');
  records.message(message);
  if (isCommand && WRITES.has(code)) {
    state.pending = code;
    state.pendingFromClient = segment.toServer;
    tellOperation(state, segment, records, 'asked');
  } else if (!isCommand && state.pending !== 0 && (code === state.pending || code === REFUSAL)) {
    tellOperation(state, segment, records, code === REFUSAL ? 'failed' : 'done');
    state.pending = 0;
  }
  if (!isCommand && code === IDENTIFICATION && contentEnd > 2 && !state.isIdentified) {
    state.isIdentified = true;
    identify(Uint8Array.from(text.slice(2, contentEnd)), segment, records);
  }
}

function tellOperation(state: MedibusFlow, segment: Segment, records: Records, outcome: string): void {
  stamp(operation, segment);
  operation.fromClient = state.pendingFromClient;
  operation.protocol = 'medibus';
  operation.verb = KINDS[state.pending] ?? '';
  operation.object = '';
  operation.outcome = outcome;
  records.operation(operation);
}

/** Number, 'name' in apostrophes, revision of the device, a colon, revision of MEDIBUS. */
function identify(content: Uint8Array, segment: Segment, records: Records): void {
  const view = new DataView(content.buffer);
  const open = indexOfByte(view, 0, content.length, APOSTROPHE);
  const close = open < 0 ? -1 : indexOfByte(view, open + 1, content.length, APOSTROPHE);
  if (close < 0) return;
  tellIdentity(segment, records, 'model', view, open + 1, close);
  const colon = indexOfByte(view, close, content.length, COLON);
  if (colon > 0) tellIdentity(segment, records, 'software', view, close + 1, colon);
}

function tellIdentity(
  segment: Segment,
  records: Records,
  attribute: string,
  view: DataView,
  at: number,
  end: number,
): void {
  if (end <= at || end - at > TEXT_BYTES_MAX) return;
  stamp(identity, segment);
  identity.ofClient = segment.toServer;
  identity.attribute = attribute;
  identity.value = readText(view, at, end - at);
  identity.source = 'MEDIBUS device identification';
  identity.confidence = 0.8;
  if (identity.value !== '') records.identity(identity);
}
