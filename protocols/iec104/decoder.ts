/**
 * IEC 60870-5-104: telecontrol over TCP, here of a building's power supply.
 *
 *     68 │ length │ control 4 │ type │ count │ cause 16 │ common address 16 │ object address 24 │ …
 *     control: even = information · 01 = supervisory · 07 0B start · 13 23 stop · 43 83 test
 *
 * Values are not read.
 */
import { GIVE_UP, MAYBE, NO, type Protocol, type Segment, YES } from '../../src/protocol.ts';
import { Message, Operation, type Records, stamp } from '../../src/records.ts';

const PORT = 2404;
const START = 0x68;
const LENGTH_MIN = 4;
const LENGTH_MAX = 253;
const CONTROL = 2;
const HEADER_BYTES = 6;
const COUNT_AND_CAUSE_BYTES = 9;
const SUPERVISORY = 1;

const UNNUMBERED: Readonly<Record<number, string>> = {
  7: 'STARTDT act',
  11: 'STARTDT con',
  19: 'STOPDT act',
  35: 'STOPDT con',
  67: 'TESTFR act',
  131: 'TESTFR con',
};

/** Types of the control direction (7.2.6) by their names in the standard. */
const COMMANDS: Readonly<Record<number, string>> = {
  45: 'single command',
  46: 'double command',
  47: 'regulating step command',
  48: 'set-point command, normalized',
  49: 'set-point command, scaled',
  50: 'set-point command, short float',
  51: 'bitstring command',
  58: 'single command with time',
  59: 'double command with time',
  60: 'regulating step command with time',
  61: 'set-point command, normalized, with time',
  62: 'set-point command, scaled, with time',
  63: 'set-point command, short float, with time',
  64: 'bitstring command with time',
  103: 'clock synchronization',
  105: 'reset process',
  110: 'parameter, normalized',
  111: 'parameter, scaled',
  112: 'parameter, short float',
  113: 'parameter activation',
};
const READS: Readonly<Record<number, string>> = {
  100: 'interrogation',
  101: 'counter interrogation',
  102: 'read command',
  104: 'test command',
  106: 'delay acquisition',
  107: 'test command with time',
};
const MONITOR_LAST = 44;
const INITIALIZED = 70;
const FILE_FIRST = 120;
const FILE_LAST = 127;

const ACTIVATION = 6;
const ACTIVATION_CONFIRMED = 7;
const DEACTIVATION = 8;
const CAUSE_MASK = 0x3f;
const NEGATIVE = 0x40;

class Iec104Flow {
  isLost = false;
}

const message = new Message();
const operation = new Operation();

export const iec104: Protocol<Iec104Flow> = {
  name: 'iec104',
  transport: 'tcp',
  ports: [PORT],
  firstBytes: [START],

  recognises({ view, start, end, serverPort, clientPort, midstream }) {
    const first = unitAt(view, start, end);
    if (first !== YES) return first;
    const isOpening = !midstream && UNNUMBERED[view.getUint8(start + CONTROL)] !== undefined;
    return isOpening || serverPort === PORT || clientPort === PORT ? YES : NO;
  },

  open: () => new Iec104Flow(),

  decode(state, segment, records) {
    const { view, start, end } = segment;
    let at = start;
    while (at < end) {
      const known = unitAt(view, at, end);
      if (known === MAYBE) break;
      if (known === NO) {
        if (!state.isLost) {
          records.oddity('iec104_no_unit', segment.flow, segment.timeUs);
          return GIVE_UP;
        }
        at++;
        continue;
      }
      const next = at + 2 + view.getUint8(at + 1);
      if (next > end) break;
      state.isLost = false;
      unit(segment, records, at, next);
      at = next;
    }
    return at - start;
  },

  gap(state) {
    state.isLost = true;
  },
};

/** Start byte, length, and a control field that fits it. */
function unitAt(view: DataView, at: number, end: number): number {
  const have = end - at;
  if (have > 0 && view.getUint8(at) !== START) return NO;
  if (have < 2) return MAYBE;
  const length = view.getUint8(at + 1);
  if (length < LENGTH_MIN || length > LENGTH_MAX) return NO;
  if (have < HEADER_BYTES) return MAYBE;
  const control = view.getUint8(at + CONTROL);
  // Numbers leave the lowest bit of their third byte free.
  if ((control & 1) === 0) return length >= HEADER_BYTES + 4 && (view.getUint8(at + 4) & 1) === 0 ? YES : NO;
  if (length !== LENGTH_MIN) return NO;
  if (control === SUPERVISORY) return view.getUint8(at + 3) === 0 && (view.getUint8(at + 4) & 1) === 0 ? YES : NO;
  const isEmpty = view.getUint8(at + 3) === 0 && view.getUint16(at + 4) === 0;
  return UNNUMBERED[control] !== undefined && isEmpty ? YES : NO;
}

function unit(segment: Segment, records: Records, at: number, end: number): void {
  const { view } = segment;
  const control = view.getUint8(at + CONTROL);
  if ((control & 1) !== 0) {
    if (control !== SUPERVISORY) tell(segment, records, UNNUMBERED[control] ?? '');
    return;
  }
  const data = at + HEADER_BYTES;
  const type = view.getUint8(data);
  const cause = view.getUint8(data + 2);
  const command = COMMANDS[type] ?? (type >= FILE_FIRST && type <= FILE_LAST ? 'file transfer' : undefined);
  tell(segment, records, command ?? READS[type] ?? monitored(type));
  if (command === undefined || end - data < COUNT_AND_CAUSE_BYTES) return;
  const what = cause & CAUSE_MASK;
  if (what !== ACTIVATION && what !== DEACTIVATION && what !== ACTIVATION_CONFIRMED) return;
  const isAnswer = what === ACTIVATION_CONFIRMED;
  stamp(operation, segment);
  operation.fromClient = isAnswer ? !segment.toServer : segment.toServer;
  operation.protocol = 'iec104';
  operation.verb = command;
  const object = view.getUint8(data + 6) | (view.getUint8(data + 7) << 8) | (view.getUint8(data + 8) << 16);
  operation.object = `${view.getUint16(data + 4, true)}/${object}`;
  operation.outcome = isAnswer ? ((cause & NEGATIVE) !== 0 ? 'failed' : 'done') : 'asked';
  records.operation(operation);
}

function monitored(type: number): string {
  if (type === INITIALIZED) return 'end of initialization';
  return type <= MONITOR_LAST ? 'monitored information' : 'other';
}

function tell(segment: Segment, records: Records, kind: string): void {
  stamp(message, segment);
  message.fromClient = segment.toServer;
  message.protocol = 'iec104';
  message.kind = kind;
  records.message(message);
}
