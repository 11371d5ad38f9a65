/**
 * DNP3 (IEEE 1815) over TCP and UDP: who reads a station, operates it or restarts it.
 *
 *     05 64 │ length │ control │ to 16 │ from 16 │ CRC │ 16 bytes │ CRC │ … │ rest │ CRC          9: link, little endian
 *     first of the data: transport FIN FIR number │ application control │ function │ [indications 16] │ group, variation …
 *
 * The CRC of the header is verified. Only the first frame of a fragment names its function; values are not read.
 */
import { MAYBE, NO, type Protocol, type Segment, YES } from '../../src/protocol.ts';
import { Message, Operation, type Records, stamp } from '../../src/records.ts';

const PORT = 20_000;
const START = 0x0564;
const LENGTH = 2;
const CONTROL = 3;
const TARGET = 4;
const HEADER_CRC = 8;
const HEADER_BYTES = 10;
/** The length counts control and both addresses. */
const COUNTED_HEADER_BYTES = 5;
const BLOCK_BYTES = 16;
const CRC_BYTES = 2;
const CRC_POLYNOMIAL = 0xa6bc;

const PRIMARY = 0x40;
const FIRST = 0x40;
// From the transport byte.
const FUNCTION = 2;
const REQUEST_OBJECT = 3;

const LINK_PRIMARY: Readonly<Record<number, string>> = {
  0: 'reset link states',
  2: 'test link states',
  9: 'request link status',
};
const LINK_SECONDARY: Readonly<Record<number, string>> = {
  0: 'ack',
  1: 'nack',
  11: 'link status',
  15: 'not supported',
};
const USER_DATA_CONFIRMED = 3;
const USER_DATA = 4;

const KINDS: Readonly<Record<number, string>> = {
  0: 'confirm',
  1: 'read',
  2: 'write',
  3: 'select',
  4: 'operate',
  5: 'direct operate',
  6: 'direct operate without answer',
  7: 'immediate freeze',
  8: 'immediate freeze without answer',
  9: 'freeze and clear',
  10: 'freeze and clear without answer',
  11: 'freeze at time',
  12: 'freeze at time without answer',
  13: 'cold restart',
  14: 'warm restart',
  15: 'initialize data',
  16: 'initialize application',
  17: 'start application',
  18: 'stop application',
  19: 'save configuration',
  20: 'enable unsolicited',
  21: 'disable unsolicited',
  22: 'assign class',
  23: 'delay measurement',
  24: 'record current time',
  25: 'open file',
  26: 'close file',
  27: 'delete file',
  28: 'get file information',
  29: 'authenticate file',
  30: 'abort file',
  31: 'activate configuration',
  32: 'authentication request',
  33: 'authentication request without answer',
  129: 'response',
  130: 'unsolicited response',
  131: 'authentication response',
};
const READS: ReadonlySet<number> = new Set([0, 1, 23, 26, 28, 29, 30, 32, 33, 129, 130, 131]);

class Dnp3Flow {
  isLost = false;
  isOdd = false;
}

const message = new Message();
const operation = new Operation();

function create(transport: 'tcp' | 'udp'): Protocol<Dnp3Flow> {
  return {
    name: 'dnp3',
    transport,
    ports: [PORT],
    firstBytes: [START >> 8],

    recognises: ({ view, start, end }) => headerAt(view, start, end),

    open: () => new Dnp3Flow(),

    decode(state, segment, records) {
      const { view, start, end } = segment;
      let at = start;
      while (at < end) {
        const known = headerAt(view, at, end);
        if (known === MAYBE) break;
        if (known === NO) {
          // The start of the next frame is looked for, as every receiver does.
          if (!state.isLost && !state.isOdd) {
            state.isOdd = true;
            records.oddity('dnp3_between_frames', segment.flow, segment.timeUs);
          }
          at++;
          continue;
        }
        const next = at + sizeOf(view.getUint8(at + LENGTH));
        if (next > end) break;
        state.isLost = false;
        frame(segment, records, at);
        at = next;
      }
      return at - start;
    },

    gap(state) {
      state.isLost = true;
    },
  };
}

export const dnp3 = create('tcp');
export const dnp3OverUdp = create('udp');

function headerAt(view: DataView, at: number, end: number): number {
  const have = end - at;
  if (have > 0 && view.getUint8(at) !== START >> 8) return NO;
  if (have > 1 && view.getUint8(at + 1) !== (START & 255)) return NO;
  if (have > LENGTH && view.getUint8(at + LENGTH) < COUNTED_HEADER_BYTES) return NO;
  if (have < HEADER_BYTES) return MAYBE;
  let crc = 0;
  for (let i = at; i < at + HEADER_CRC; i++) {
    crc ^= view.getUint8(i);
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) !== 0 ? (crc >>> 1) ^ CRC_POLYNOMIAL : crc >>> 1;
  }
  return view.getUint16(at + HEADER_CRC, true) === (~crc & 0xffff) ? YES : NO;
}

function sizeOf(length: number): number {
  const data = length - COUNTED_HEADER_BYTES;
  return HEADER_BYTES + data + Math.ceil(data / BLOCK_BYTES) * CRC_BYTES;
}

function frame(segment: Segment, records: Records, at: number): void {
  const { view } = segment;
  const control = view.getUint8(at + CONTROL);
  const code = control & 15;
  const isPrimary = (control & PRIMARY) !== 0;
  const data = view.getUint8(at + LENGTH) - COUNTED_HEADER_BYTES;
  if (!isPrimary || (code !== USER_DATA && code !== USER_DATA_CONFIRMED)) {
    tell(segment, records, (isPrimary ? LINK_PRIMARY : LINK_SECONDARY)[code] ?? 'other link function');
    return;
  }
  const transport = at + HEADER_BYTES;
  // A fragment that goes on in this frame has named its function in its first.
  if (data <= FUNCTION || (view.getUint8(transport) & FIRST) === 0) return;
  const application = view.getUint8(transport + FUNCTION);
  const kind = KINDS[application];
  tell(segment, records, kind ?? 'other');
  if (kind === undefined || READS.has(application)) return;
  stamp(operation, segment);
  operation.fromClient = segment.toServer;
  operation.protocol = 'dnp3';
  operation.verb = kind;
  const target = view.getUint16(at + TARGET, true);
  operation.object =
    data >= REQUEST_OBJECT + 2
      ? `${target}/g${view.getUint8(transport + REQUEST_OBJECT)}v${view.getUint8(transport + REQUEST_OBJECT + 1)}`
      : `${target}`;
  operation.outcome = 'asked';
  records.operation(operation);
}

function tell(segment: Segment, records: Records, kind: string): void {
  stamp(message, segment);
  message.fromClient = segment.toServer;
  message.protocol = 'dnp3';
  message.kind = kind;
  records.message(message);
}
