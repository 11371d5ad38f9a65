/**
 * Text protocol of Alaris (Asena) syringe pumps, made for a serial line and found in TCP behind serial converters.
 *
 *     ! COMMAND ^ argument ^ … | hhhh CR        hhhh: CRC-16/CCITT-FALSE of what stands between ! and |
 *
 * Who takes remote control needs no secret. Arguments are not read, but for ENABLED or DISABLED and a serial number.
 */
import { indexOfByte, readText, startsWith, TextMemory } from '../../src/bytes/text.ts';
import type { Limits } from '../../src/limits.ts';
import { MAYBE, NO, type Protocol, type Segment, YES } from '../../src/protocol.ts';
import { Identity, Message, Operation, type Records, stamp } from '../../src/records.ts';

const MARK = 0x21;
const CARET = 0x5e;
const BAR = 0x7c;
const CARRIAGE_RETURN = 0x0d;
const LINE_FEED = 0x0a;
/** Bar, four digits, CR. */
const TRAILER_BYTES = 6;
const SERIAL_BYTES_MAX = 32;

const CRC_POLYNOMIAL = 0x1021;
const CRC_START = 0xffff;

const READS: ReadonlySet<string> = new Set(['INF', 'INST_SERIALNO', 'COMMS_PROTOCOL', 'REMQUERY']);
const WRITES: ReadonlySet<string> = new Set([
  'REMOTE_CTRL',
  'INF_START',
  'INF_STOP',
  'INF_RATE',
  'INF_VTBI',
  'INF_BOLUS',
]);
const COMMAND_BYTES_MAX = 24;
const commands = new TextMemory(32);

class AlarisSide {
  /** Nothing is said of bytes between frames twice. */
  isOdd = false;
  /** A write that waits for its answer. */
  verb = '';
  object = '';
}

export class AlarisFlow {
  readonly client = new AlarisSide();
  readonly server = new AlarisSide();
  serial = '';
}

const message = new Message();
const operation = new Operation();
const identity = new Identity();

export function createAlaris({ limits }: { limits: Limits }): Protocol<AlarisFlow> {
  return {
    name: 'alaris',
    transport: 'tcp',
    ports: [],
    firstBytes: [MARK],

    recognises({ view, start, end, midstream }) {
      let at = start;
      if (midstream && end > start && view.getUint8(start) !== MARK) {
        at = indexOfByte(view, start, end, CARRIAGE_RETURN) + 1;
        if (at === 0) return NO;
      }
      if (at >= end) return MAYBE;
      if (view.getUint8(at) !== MARK) return NO;
      for (let i = at + 1; i < end; i++) {
        const byte = view.getUint8(i);
        if (byte === CARRIAGE_RETURN) return isWhole(view, at, i + 1) ? YES : NO;
        if (byte < 0x20 || byte > 0x7e || i - at > limits.alarisFrameBytesMax) return NO;
      }
      return MAYBE;
    },

    open: () => new AlarisFlow(),

    decode(state, segment, records) {
      const { view, start, end, flow, timeUs } = segment;
      const side = segment.toServer ? state.client : state.server;
      let at = start;
      while (at < end) {
        const byte = view.getUint8(at);
        if (byte !== MARK) {
          if (byte !== CARRIAGE_RETURN && byte !== LINE_FEED && !side.isOdd) {
            side.isOdd = true;
            records.oddity('alaris_between_frames', flow, timeUs);
          }
          at++;
          continue;
        }
        const stop = indexOfByte(view, at, end, CARRIAGE_RETURN);
        if ((stop < 0 ? end : stop) - at > limits.alarisFrameBytesMax) {
          records.oddity('alaris_frame_too_long', flow, timeUs);
          side.isOdd = true;
          at++;
          continue;
        }
        if (stop < 0) return at - start;
        if (isWhole(view, at, stop + 1)) frame(state, segment, records, at, stop + 1);
        else records.oddity('alaris_checksum', flow, timeUs);
        at = stop + 1;
      }
      return at - start;
    },

    gap(state, segment) {
      const side = segment.toServer ? state.client : state.server;
      side.isOdd = true;
      side.verb = '';
    },
  };
}

/** Does the frame `[at, end)`, whose last byte is CR, carry the checksum of its text? */
function isWhole(view: DataView, at: number, end: number): boolean {
  const bar = end - TRAILER_BYTES;
  if (bar <= at + 1 || view.getUint8(bar) !== BAR) return false;
  let crc = CRC_START;
  for (let i = at + 1; i < bar; i++) {
    crc ^= view.getUint8(i) << 8;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 0x8000) !== 0 ? ((crc << 1) ^ CRC_POLYNOMIAL) & 0xffff : crc << 1;
  }
  let said = 0;
  for (let i = bar + 1; i < end - 1; i++) said = said * 16 + hexOf(view.getUint8(i));
  return said === crc;
}

function hexOf(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  return byte >= 0x41 && byte <= 0x46 ? byte - 0x37 : Number.NaN;
}

function frame(state: AlarisFlow, segment: Segment, records: Records, at: number, end: number): void {
  const { view } = segment;
  const bar = end - TRAILER_BYTES;
  const caret = indexOfByte(view, at, bar, CARET);
  const nameEnd = caret < 0 ? bar : caret;
  const length = nameEnd - at - 1;
  const name = length > 0 && length <= COMMAND_BYTES_MAX ? commands.read(view, at + 1, length) : '';
  const isWrite = WRITES.has(name);
  stamp(message, segment);
  message.fromClient = segment.toServer;
  message.protocol = 'alaris';
  message.kind = isWrite || READS.has(name) ? name : 'other command';
  records.message(message);
  if (isWrite) write(state, segment, records, name, nameEnd + 1, bar);
  else if (name === 'INST_SERIALNO' && caret > 0) serial(state, segment, records, caret + 1, bar);
}

/** A write command, or the answer to the one that the other side sent. */
function write(state: AlarisFlow, segment: Segment, records: Records, verb: string, at: number, bar: number): void {
  const { view, toServer } = segment;
  const [own, other] = toServer ? [state.client, state.server] : [state.server, state.client];
  const isAnswer = other.verb === verb;
  let object = isAnswer ? other.object : '';
  if (!isAnswer && at < bar) {
    if (startsWith(view, at, bar, 'ENABLED')) object = 'ENABLED';
    else if (startsWith(view, at, bar, 'DISABLED')) object = 'DISABLED';
  }
  stamp(operation, segment);
  operation.fromClient = isAnswer ? !toServer : toServer;
  operation.protocol = 'alaris';
  operation.verb = verb;
  operation.object = object;
  operation.outcome = isAnswer ? 'done' : 'asked';
  records.operation(operation);
  if (isAnswer) other.verb = '';
  else {
    own.verb = verb;
    own.object = object;
  }
}

function serial(state: AlarisFlow, segment: Segment, records: Records, at: number, bar: number): void {
  const caret = indexOfByte(segment.view, at, bar, CARET);
  const length = (caret < 0 ? bar : caret) - at;
  if (length === 0 || length > SERIAL_BYTES_MAX) return;
  const value = readText(segment.view, at, length);
  if (value === '' || value === state.serial) return;
  state.serial = value;
  stamp(identity, segment);
  identity.ofClient = segment.toServer;
  identity.attribute = 'serial';
  identity.value = value;
  identity.source = 'Alaris INST_SERIALNO';
  identity.confidence = 0.8;
  records.identity(identity);
}
