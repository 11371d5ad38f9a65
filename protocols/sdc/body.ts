/**
 * SDC, service-oriented device connectivity (IEEE 11073-10207, 20701, 20702): SOAP 1.2 in bodies of HTTP.
 *
 *     <Envelope> <Header> <Action>…/SetService/SetValue</Action> … </Header>
 *       <Body> <SetValue> <OperationHandleRef>handle</OperationHandleRef> <RequestedNumericValue>…
 *
 * Consumers ask providers; reports go the other way, in a connection that the provider opens. Read are actions,
 * handles of operations, how they ended, and what a device says of itself. Values, patients, places and persons are
 * stepped over. Neither this nor the decoder of HTTP knows the other.
 */
import type { Limits } from '../../src/limits.ts';
import type { ExchangeReader } from '../../src/protocol.ts';
import { SdcConnection } from './connection.ts';
import { EnvelopeReader, names } from './envelope.ts';

const MEDIA_TYPE = 'application/soap+xml';
const LESS = 0x3c;
const UTF8_MARK = 0xef;

export function createSdcBodies({ limits }: { limits: Limits }): ExchangeReader {
  const reader = new EnvelopeReader();
  return {
    name: 'sdc',

    wants({ mediaType }, view, start, end) {
      if (mediaType !== MEDIA_TYPE || start >= end) return false;
      const first = view.getUint8(start);
      return first === LESS || first === UTF8_MARK;
    },

    wantsInflated: ({ mediaType }) => mediaType === MEDIA_TYPE,

    open() {
      const connection = new SdcConnection(names, limits);
      return {
        read: (segment, records) => reader.read(connection, segment, records),
        end: (segment, _isWhole, records) => reader.end(connection, segment, records),
      };
    },
  };
}
