/**
 * HL7 version 2 over TCP: which messages pass between whom, and how they are answered.
 *
 *     0B MSH|^~\&|sender|…|ADT^A01^ADT_A01|… 0D  PID|… 0D  … 1C 0D        (MLLP; any part of the frame may be missing)
 *
 * `blocks.ts` finds blocks and segments, `messages.ts` knows what they mean, `header.ts` and `segments.ts` read the
 * few fields that are kept. Patient, visit, order, result and note are stepped over and never become a string.
 */
import { type Limits, limits } from '../../src/limits.ts';
import type { Protocol } from '../../src/protocol.ts';
import { BlockReader } from './blocks.ts';
import { Hl7Flow } from './flow.ts';
import { recognise } from './recognise.ts';

export { Hl7Flow } from './flow.ts';

export function createHl7(options: { limits: Limits }): Protocol<Hl7Flow> {
  const blocks = new BlockReader(options.limits);
  return {
    name: 'hl7',
    transport: 'tcp',
    ports: [2575, 6661, 6662],

    recognises: recognise,

    open: () => new Hl7Flow(false),

    decode(state, segment, records) {
      blocks.read(state, segment, records);
      return segment.end - segment.start;
    },

    gap(state, segment, _bytes, records) {
      blocks.gap(state, segment, records);
    },

    close(state, segment, how, records) {
      blocks.end(state, true, how === 'closed', segment, records);
      blocks.end(state, false, how === 'closed', segment, records);
    },
  };
}

export const hl7: Protocol<Hl7Flow> = createHl7({ limits });
