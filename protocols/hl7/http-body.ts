/**
 * HL7 version 2 in bodies of HTTP (HAPI's "HL7 over HTTP"): each body is one message, or a batch, without MLLP.
 *
 * The object has the shape that the HTTP decoder asks of a reader of bodies; neither knows the other.
 */
import { type Limits, limits } from '../../src/limits.ts';
import { type Segment, YES } from '../../src/protocol.ts';
import type { Records } from '../../src/records.ts';
import { BlockReader } from './blocks.ts';
import { Hl7Flow } from './flow.ts';
import { startOfHl7 } from './recognise.ts';

const MEDIA_TYPE = /^(?:x-application|application|text)\/(?:x-)?(?:edi-)?hl7(?:-v2)?(?:\+er7)?$/;

export interface Hl7Bodies {
  readonly name: string;
  wants(mediaType: string, view: DataView<ArrayBufferLike>, start: number, end: number): boolean;
  /** The bodies of one connection, both directions. */
  open(): {
    read(segment: Segment, records: Records): void;
    end(segment: Segment, isWhole: boolean, records: Records): void;
  };
}

export function createHl7Bodies(options: { limits: Limits }): Hl7Bodies {
  const blocks = new BlockReader(options.limits);
  return {
    name: 'hl7',

    wants: (mediaType, view, start, end) => MEDIA_TYPE.test(mediaType) || startOfHl7(view, start, end) === YES,

    open() {
      const flow = new Hl7Flow(true);
      return {
        read: (segment, records) => blocks.read(flow, segment, records),
        end(segment, isWhole, records) {
          if (isWhole) blocks.end(flow, segment.toServer, true, segment, records);
          else blocks.gap(flow, segment, records);
        },
      };
    },
  };
}

export const hl7Bodies: Hl7Bodies = createHl7Bodies({ limits });
