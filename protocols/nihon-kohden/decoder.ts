/**
 * Nihon Kohden NKV-550 ventilator, TCP 15376: its values are read, and its settings can be written.
 *
 *     12345678 │ <device version="1.0" sn="…"> <command>1</command> <settings> <s id="2">…</s> … </settings> … </device>
 *     length of the XML in eight digits
 *
 * Command, status, serial number and the numbers of settings are read, values are not.
 */
import { indexOfByte, readText, startsWith } from '../../src/bytes/text.ts';
import type { Limits } from '../../src/limits.ts';
import { GIVE_UP, MAYBE, NO, type Protocol, type Segment, YES } from '../../src/protocol.ts';
import { Identity, Message, Operation, type Records, stamp } from '../../src/records.ts';

const PORT = 15_376;
const LENGTH_DIGITS = 8;
const DIGITS = [0x30, 0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x38, 0x39];
const LESS = 0x3c;
const QUOTE = 0x22;
const DEVICE = '<device';
const DECLARATION = '<?xml';
const COMMAND = '<command>';
const STATUS = '<status>';
const SETTING = '<s id="';
const SERIAL = 'sn="';
const SERIAL_BYTES_MAX = 32;
/** Settings of one message that are told. */
const SETTINGS_MAX = 16;

const WRITE = 1;
const KINDS: Readonly<Record<number, string>> = {
  0: 'monitored values',
  1: 'settings write',
  2: 'waveforms',
  4: 'read settings',
};
const OPERATING_MODE = 2;

export class NihonKohdenFlow {
  serial = '';
  /** A write waits for its answer. */
  isWriting = false;
  writtenFromClient = true;
  isLost = false;
}

const message = new Message();
const operation = new Operation();
const identity = new Identity();

export function createNihonKohden({ limits }: { limits: Limits }): Protocol<NihonKohdenFlow> {
  return {
    name: 'nihon-kohden',
    transport: 'tcp',
    ports: [PORT],
    firstBytes: DIGITS,

    recognises({ view, start, end }) {
      for (let i = 0; i < LENGTH_DIGITS; i++) {
        if (start + i >= end) return MAYBE;
        if (digitAt(view, start + i) < 0) return NO;
      }
      const body = start + LENGTH_DIGITS;
      const length = lengthAt(view, start);
      if (length < DEVICE.length || length > limits.nihonKohdenBodyBytesMax) return NO;
      const text = body + 1 < end && view.getUint8(body + 1) === DECLARATION.charCodeAt(1) ? DECLARATION : DEVICE;
      for (let i = 0; i < text.length; i++) {
        if (body + i >= end) return MAYBE;
        if (view.getUint8(body + i) !== text.charCodeAt(i)) return NO;
      }
      return YES;
    },

    open: () => new NihonKohdenFlow(),

    decode(state, segment, records) {
      const { view, start, end } = segment;
      if (state.isLost) return GIVE_UP;
      let at = start;
      while (end - at >= LENGTH_DIGITS) {
        const length = lengthAt(view, at);
        if (!(length >= DEVICE.length && length <= limits.nihonKohdenBodyBytesMax)) {
          records.oddity('nihon_kohden_bad_length', segment.flow, segment.timeUs);
          return GIVE_UP;
        }
        const body = at + LENGTH_DIGITS;
        if (end - body < length) break;
        device(state, segment, records, body, body + length);
        at = body + length;
      }
      return at - start;
    },

    gap(state) {
      // Lengths are all that tells messages apart.
      state.isLost = true;
    },
  };
}

function digitAt(view: DataView, at: number): number {
  const digit = view.getUint8(at) - 0x30;
  return digit >= 0 && digit <= 9 ? digit : -1;
}

/** Not a number where the eight bytes are no digits. */
function lengthAt(view: DataView, at: number): number {
  let length = 0;
  for (let i = 0; i < LENGTH_DIGITS; i++) {
    const digit = digitAt(view, at + i);
    length = digit < 0 ? Number.NaN : length * 10 + digit;
  }
  return length;
}

/** One document `[at, end)`: its elements are looked at where they begin. */
function device(state: NihonKohdenFlow, segment: Segment, records: Records, at: number, end: number): void {
  const { view } = segment;
  let command = -1;
  let status = -1;
  let settings = 0;
  let root = -1;
  for (let i = indexOfByte(view, at, end, LESS); i >= 0; i = indexOfByte(view, i + 1, end, LESS)) {
    if (startsWith(view, i, end, COMMAND)) command = numberAt(view, i + COMMAND.length, end);
    else if (startsWith(view, i, end, STATUS)) status = numberAt(view, i + STATUS.length, end);
    else if (startsWith(view, i, end, DEVICE)) root = i;
    else if (command === WRITE && settings < SETTINGS_MAX && startsWith(view, i, end, SETTING)) {
      settings++;
      tellOperation(segment, records, segment.toServer, numberAt(view, i + SETTING.length, end), 'asked');
    }
  }
  // A client may repeat the number; who answers owns it.
  if (status >= 0 && root >= 0) serial(state, segment, records, root, end);
  tellMessage(segment, records, status >= 0 && command < 0 ? 'status' : (KINDS[command] ?? 'other'));
  if (state.isWriting && segment.toServer !== state.writtenFromClient && status >= 0) {
    state.isWriting = false;
    tellOperation(segment, records, state.writtenFromClient, -1, status === 0 ? 'done' : 'failed');
  } else if (command === WRITE && status < 0) {
    if (settings === 0) tellOperation(segment, records, segment.toServer, -1, 'asked');
    state.isWriting = true;
    state.writtenFromClient = segment.toServer;
  }
}

function numberAt(view: DataView, at: number, end: number): number {
  let value = -1;
  for (let i = at; i < end && i < at + 6; i++) {
    const digit = digitAt(view, i);
    if (digit < 0) break;
    value = Math.max(0, value) * 10 + digit;
  }
  return value;
}

/** sn="…" in the start tag of the device. */
function serial(state: NihonKohdenFlow, segment: Segment, records: Records, at: number, end: number): void {
  const { view } = segment;
  for (let i = at; i < end && view.getUint8(i) !== 0x3e; i++) {
    if (!startsWith(view, i, end, SERIAL) || view.getUint8(i - 1) !== 0x20) continue;
    const from = i + SERIAL.length;
    const to = indexOfByte(view, from, end, QUOTE);
    if (to < 0 || to - from > SERIAL_BYTES_MAX) return;
    const value = readText(view, from, to - from);
    if (value === '' || value === state.serial) return;
    state.serial = value;
    stamp(identity, segment);
    identity.ofClient = segment.toServer;
    identity.attribute = 'serial';
    identity.value = value;
    identity.source = 'NKV-550 device sn';
    identity.confidence = 0.9;
    records.identity(identity);
    return;
  }
}

function tellMessage(segment: Segment, records: Records, kind: string): void {
  stamp(message, segment);
  message.fromClient = segment.toServer;
  message.protocol = 'nihon-kohden';
  message.kind = kind;
  records.message(message);
}

function tellOperation(
  segment: Segment,
  records: Records,
  fromClient: boolean,
  setting: number,
  outcome: string,
): void {
  stamp(operation, segment);
  operation.fromClient = fromClient;
  operation.protocol = 'nihon-kohden';
  operation.verb = 'settings write';
  operation.object = setting < 0 ? '' : setting === OPERATING_MODE ? 'operating mode' : `setting ${setting}`;
  operation.outcome = outcome;
  records.operation(operation);
}
