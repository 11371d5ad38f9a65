/**
 * HL7 version 2 in bodies of HTTP (HAPI's "HL7 over HTTP"): each body is one message, or a batch, without MLLP.
 *
 * Neither this nor the decoder of HTTP knows the other.
 */
import type { Limits } from '../../src/limits.ts';
import { type ExchangeReader, YES } from '../../src/protocol.ts';
import { BlockReader } from './blocks.ts';
import { Hl7Flow } from './flow.ts';
import { startOfHl7 } from './recognise.ts';

const MEDIA_TYPE = /^(?:x-application|application|text)\/(?:x-)?(?:edi-)?hl7(?:-v2)?(?:\+er7)?$/;

export function createHl7Bodies(options: {
  limits: Limits;
}): Required<Pick<ExchangeReader, 'name' | 'wants' | 'wantsInflated' | 'open'>> {
  const blocks = new BlockReader(options.limits);
  return {
    name: 'hl7',

    wants: ({ mediaType }, view, start, end) => MEDIA_TYPE.test(mediaType) || startOfHl7(view, start, end) === YES,

    wantsInflated: ({ mediaType }) => MEDIA_TYPE.test(mediaType),

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
