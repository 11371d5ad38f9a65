/**
 * Contec CMS8000 (Epsimed MN-120 and other names): what the monitor sends to its central station, TCP 515.
 *
 *     length 16 bit little endian │ 05 │ type │ length - 2 bytes …
 *     type: 3E patient · 45 bed · 46 telemetry · 47 synchronisation · 49 alarm text · 43 not known
 *
 * Names of patients and doctors stand in these records in clear: only the type is read.
 */
import type { Limits } from '../../src/limits.ts';
import { GIVE_UP, MAYBE, NO, type Protocol, type Segment, YES } from '../../src/protocol.ts';
import { Message, type Records, stamp } from '../../src/records.ts';

const MARK = 2;
const TYPE = 3;
const HEADER_BYTES = 4;
const LENGTH_BYTES = 2;
const MARK_VALUE = 5;

const KINDS: Readonly<Record<number, string>> = {
  62: 'patient information',
  67: 'type 43',
  69: 'bed',
  70: 'telemetry',
  71: 'synchronisation',
  73: 'alarm text',
};

const message = new Message();

export function createContec({ limits }: { limits: Limits }): Protocol<null> {
  return {
    name: 'contec',
    transport: 'tcp',
    // 515 is the printers' port: it is theirs to say who is the server.
    ports: [],

    recognises({ view, start, end }) {
      // Two headers that stand one behind the other: one alone is too little to go by.
      const first = headerAt(view, start, end, limits);
      if (first !== YES) return first;
      const second = start + LENGTH_BYTES + view.getUint16(start, true);
      return second > end ? MAYBE : headerAt(view, second, end, limits);
    },

    open: () => null,

    decode(_state, segment, records) {
      const { view, start, end } = segment;
      let at = start;
      while (end - at >= HEADER_BYTES) {
        if (headerAt(view, at, end, limits) !== YES) {
          records.oddity('contec_unknown_record', segment.flow, segment.timeUs);
          return GIVE_UP;
        }
        tell(segment, records, KINDS[view.getUint8(at + TYPE)] ?? '');
        at += LENGTH_BYTES + view.getUint16(at, true);
      }
      return at - start;
    },
  };
}

function headerAt(view: DataView, at: number, end: number, limits: Limits): number {
  const have = end - at;
  if (have > MARK && view.getUint8(at + MARK) !== MARK_VALUE) return NO;
  if (have > TYPE && KINDS[view.getUint8(at + TYPE)] === undefined) return NO;
  if (have < HEADER_BYTES) return MAYBE;
  const length = view.getUint16(at, true);
  return length >= HEADER_BYTES - LENGTH_BYTES && length <= limits.contecRecordBytesMax ? YES : NO;
}

function tell(segment: Segment, records: Records, kind: string): void {
  stamp(message, segment);
  message.fromClient = segment.toServer;
  message.protocol = 'contec';
  message.kind = kind;
  records.message(message);
}
