/**
 * WireGuard (whitepaper, 5.4): an encrypted tunnel, told by the shape of its four messages.
 *
 *     1 handshake initiation 148 bytes · 2 handshake response 92 · 3 cookie reply 64 · 4 transport data 32 + n
 *     type 8 │ 0 0 0 │ …
 *
 * Handshakes are known on any port, data by a counter that is small; a cookie alone on the usual ports only.
 */
import { NO, type Protocol, type Segment, YES } from '../../src/protocol.ts';
import { Message, stamp } from '../../src/records.ts';

const INITIATION = 1;
const RESPONSE = 2;
const COOKIE = 3;
const DATA = 4;
const INITIATION_BYTES = 148;
const RESPONSE_BYTES = 92;
const COOKIE_BYTES = 64;
const DATA_BYTES_MIN = 32;
const DATA_BLOCK_BYTES = 16;
const COUNTER_HIGH = 12;
/** Of WireGuard and of Tailscale, which carries it. */
const PORTS: readonly number[] = [51_820, 41_641];

const KINDS: readonly string[] = [
  ...['', 'handshake initiation', 'handshake response', 'cookie reply', 'transport data'],
];

const message = new Message();

export const wireguard: Protocol<null> = {
  name: 'wireguard',
  transport: 'udp',
  ports: PORTS,
  firstBytes: [INITIATION, RESPONSE, COOKIE, DATA],

  recognises(segment) {
    const type = typeOf(segment);
    if (type === 0) return NO;
    if (type === INITIATION || type === RESPONSE) return YES;
    if (type === DATA) return isPadded(segment) && isYoung(segment) ? YES : NO;
    return PORTS.includes(segment.serverPort) || PORTS.includes(segment.clientPort) ? YES : NO;
  },

  open: () => null,

  decode(_state, segment, records) {
    const type = typeOf(segment);
    if (type !== 0) {
      stamp(message, segment);
      message.fromClient = segment.toServer;
      message.protocol = 'wireguard';
      message.kind = KINDS[type]!;
      records.message(message);
    }
    return segment.end - segment.start;
  },
};

/** Only a packet as long as the way allows has no padding. */
const isPadded = ({ start, end }: Segment): boolean => (end - start) % DATA_BLOCK_BYTES === 0;

/** A key is renewed long before its counter needs more than four of its eight bytes. */
const isYoung = ({ view, start }: Segment): boolean => view.getUint32(start + COUNTER_HIGH) === 0;

function typeOf({ view, start, end }: Segment): number {
  const bytes = end - start;
  if (bytes < DATA_BYTES_MIN) return 0;
  // The type and three zeros, as a little-endian number.
  const type = view.getUint32(start, true);
  switch (type) {
    case INITIATION:
      return bytes === INITIATION_BYTES ? type : 0;
    case RESPONSE:
      return bytes === RESPONSE_BYTES ? type : 0;
    case COOKIE:
      return bytes === COOKIE_BYTES ? type : 0;
    case DATA:
      return type;
    default:
      return 0;
  }
}
