/**
 * Tailscale's path discovery (tailscale.com/disco): peers of an overlay network look for each other.
 *
 *     "TS" F0 9F 92 AC │ sender's key 32 │ nonce 24 │ sealed message, 16 bytes and more
 *
 * The tunnel itself is WireGuard; where it begins a flow, that is its name.
 */
import { begins, NO, type Protocol, type Segment, YES } from '../../src/protocol.ts';
import { Message, stamp } from '../../src/records.ts';

const MAGIC = 'TS\xf0\x9f\x92\xac';
const BYTES_MIN = 6 + 32 + 24 + 16;

const message = new Message();

const isDisco = (segment: Segment): boolean =>
  segment.end - segment.start >= BYTES_MIN && begins(segment, MAGIC) === YES;

export const tailscale: Protocol<null> = {
  name: 'tailscale',
  transport: 'udp',
  ports: [41_641],
  firstBytes: [0x54],
  recognises: (segment) => (isDisco(segment) ? YES : NO),
  open: () => null,

  decode(_state, segment, records) {
    stamp(message, segment);
    message.fromClient = segment.toServer;
    message.protocol = 'tailscale';
    message.kind = isDisco(segment) ? 'disco' : 'tunnel';
    records.message(message);
    return segment.end - segment.start;
  },
};
