/**
 * GE Datex-Ohmeda S/5 record interface (DRI), a serial protocol that is found in TCP behind converters.
 *
 *     7E │ record, escaped │ sum of its bytes, 8 bit │ 7E          7D escapes: the byte behind it or 7C is meant
 *     record, little endian: length 16 │ number │ level │ plug 16 │ time 32 │ 4 │ main type 16 │ {offset 16, type} × 8 …
 *
 * Only the header is read; values stand behind it.
 */
import type { Limits } from '../../src/limits.ts';
import { MAYBE, NO, type Protocol, type Segment, YES } from '../../src/protocol.ts';
import { Message, type Records, stamp } from '../../src/records.ts';

const FLAG = 0x7e;
const ESCAPE = 0x7d;
const RESTORE = 0x7c;
const HEADER_BYTES = 40;
const LEVEL = 3;
const MAIN_TYPE = 14;
const LEVEL_MIN = 2;
const LEVEL_MAX = 0x0b;

const KINDS: Readonly<Record<number, string>> = { 0: 'physiological data', 1: 'waveform', 4: 'alarm' };

/** One record as it passes: length, level, type, sum. */
class Frame {
  /** Unescaped bytes so far, -1 outside of a frame. */
  bytes = -1;
  isEscaped = false;
  sum = 0;
  last = 0;
  length = 0;
  level = 0;
  mainType = 0;

  begin(): void {
    this.bytes = 0;
    this.isEscaped = false;
    this.sum = 0;
    this.last = 0;
    this.mainType = 0;
  }

  take(raw: number): void {
    if (raw === ESCAPE && !this.isEscaped) {
      this.isEscaped = true;
      return;
    }
    const byte = this.isEscaped ? raw | RESTORE : raw;
    this.isEscaped = false;
    if (this.bytes === 0) this.length = byte;
    else if (this.bytes === 1) this.length |= byte << 8;
    else if (this.bytes === LEVEL) this.level = byte;
    else if (this.bytes === MAIN_TYPE) this.mainType = byte;
    else if (this.bytes === MAIN_TYPE + 1) this.mainType |= byte << 8;
    this.bytes++;
    this.sum = (this.sum + byte) & 255;
    this.last = byte;
  }

  /** The last byte is the sum of those before. */
  isWhole(): boolean {
    return (
      this.bytes === this.length + 1 &&
      this.length >= HEADER_BYTES &&
      ((this.sum - this.last) & 255) === this.last &&
      this.level >= LEVEL_MIN &&
      this.level <= LEVEL_MAX &&
      KINDS[this.mainType] !== undefined
    );
  }
}

export class GeS5Flow {
  readonly client = new Frame();
  readonly server = new Frame();
  isOdd = false;
}

const message = new Message();
const probe = new Frame();

export function createGeS5({ limits }: { limits: Limits }): Protocol<GeS5Flow> {
  return {
    name: 'ge-s5',
    transport: 'tcp',
    ports: [],
    firstBytes: [FLAG],

    recognises({ view, start, end, midstream }) {
      let at = start;
      while (midstream && at < end && view.getUint8(at) !== FLAG) at++;
      if (at >= end) return midstream ? NO : MAYBE;
      if (view.getUint8(at) !== FLAG) return NO;
      probe.begin();
      for (let i = at + 1; i < end; i++) {
        const byte = view.getUint8(i);
        if (byte === FLAG) {
          // The end of one record and the beginning of the next may stand side by side.
          if (probe.bytes === 0) continue;
          if (probe.isWhole()) return YES;
          if (!midstream) return NO;
          probe.begin();
          continue;
        }
        probe.take(byte);
        if (probe.bytes > limits.geS5RecordBytesMax) return NO;
        if (probe.bytes === HEADER_BYTES && !midstream && !isPlausible(probe)) return NO;
      }
      return MAYBE;
    },

    open: () => new GeS5Flow(),

    decode(state, segment, records) {
      const { view, start, end } = segment;
      const frame = segment.toServer ? state.client : state.server;
      for (let at = start; at < end; at++) {
        const byte = view.getUint8(at);
        if (byte === FLAG) {
          if (frame.bytes > 0) finish(state, frame, segment, records);
          frame.begin();
        } else if (frame.bytes >= 0) {
          frame.take(byte);
          if (frame.bytes > limits.geS5RecordBytesMax) {
            finish(state, frame, segment, records);
            frame.bytes = -1;
          }
        }
      }
      return end - start;
    },

    gap(state, segment) {
      (segment.toServer ? state.client : state.server).bytes = -1;
    },
  };
}

function isPlausible({ length, level, mainType }: Frame): boolean {
  return length >= HEADER_BYTES && level >= LEVEL_MIN && level <= LEVEL_MAX && KINDS[mainType] !== undefined;
}

function finish(state: GeS5Flow, frame: Frame, segment: Segment, records: Records): void {
  if (!frame.isWhole()) {
    if (!state.isOdd) records.oddity('ge_s5_bad_record', segment.flow, segment.timeUs);
    state.isOdd = true;
    return;
  }
  stamp(message, segment);
  message.fromClient = segment.toServer;
  message.protocol = 'ge-s5';
  message.kind = KINDS[frame.mainType] ?? '';
  records.message(message);
}
