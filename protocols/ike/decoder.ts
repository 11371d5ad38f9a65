/**
 * IKE (RFC 2408, 2409; RFC 7296), also with NAT traversal (RFC 3948): how the ends of an IPsec tunnel agree.
 *
 *     initiator SPI 8 │ responder SPI 8 │ next payload │ version │ exchange │ flags │ message 4 │ length 4
 *     on port 4500: four zeros before IKE · an SPI before ESP · FF alone keeps the way open
 *
 * Exchanges are told by name; payloads (identities, certificates, keys) are not read.
 */
import { NO, type Protocol, type Segment, YES } from '../../src/protocol.ts';
import { FlowProtocol, Message, type Records, stamp } from '../../src/records.ts';

const PORT = 500;
const NAT_PORT = 4500;
const HEADER_BYTES = 28;
const VERSION = 17;
const EXCHANGE = 18;
const LENGTH = 24;
const KEEP_ALIVE = 0xff;
/** SPI, sequence number, one block of cipher text, and what checks it. */
const ESP_BYTES_MIN = 24;
const SPI_RESERVED_MAX = 255;
/** A tunnel is renewed long before. */
const SEQUENCE_MAX = 0x1000_0000;

const VERSION_1 = 0x10;
const VERSION_2 = 0x20;

const EXCHANGES = new Map([
  [1, 'Base'],
  [2, 'Identity Protection'],
  [3, 'Authentication Only'],
  [4, 'Aggressive'],
  [5, 'Informational'],
  [6, 'Transaction'],
  [32, 'Quick Mode'],
  [33, 'New Group Mode'],
  [34, 'IKE_SA_INIT'],
  [35, 'IKE_AUTH'],
  [36, 'CREATE_CHILD_SA'],
  [37, 'INFORMATIONAL'],
  [38, 'IKE_SESSION_RESUME'],
  [43, 'IKE_INTERMEDIATE'],
  [44, 'IKE_FOLLOWUP_KE'],
]);
const FIRST_OF_VERSION_2 = 34;

export class IkeFlow {
  isTold = false;
}

const said = new FlowProtocol();
const message = new Message();

export const ike: Protocol<IkeFlow> = {
  name: 'ike',
  transport: 'udp',
  ports: [PORT, NAT_PORT],

  recognises(segment) {
    if (headerAt(segment) >= 0) return YES;
    return isNat(segment) && isEsp(segment) ? YES : NO;
  },

  open: () => new IkeFlow(),

  decode(state, segment, records) {
    const { view, start, end } = segment;
    const at = headerAt(segment);
    if (at >= 0) exchange(state, segment, at, records);
    else if (isEsp(segment)) tell('ESP', segment, records);
    else if (end - start === 1 && view.getUint8(start) === KEEP_ALIVE) tell('keepalive', segment, records);
    return end - start;
  },
};

const isNat = ({ clientPort, serverPort }: Segment): boolean => clientPort === NAT_PORT || serverPort === NAT_PORT;

/** Where the header of IKE stands, whose length fills the datagram; -1 when there is none. */
function headerAt({ view, start, end }: Segment): number {
  if (end - start < HEADER_BYTES) return -1;
  const at = view.getUint32(start) === 0 ? start + 4 : start;
  if (end - at < HEADER_BYTES || view.getUint32(at + LENGTH) !== end - at) return -1;
  const version = view.getUint8(at + VERSION);
  const exchanged = view.getUint8(at + EXCHANGE);
  if (!EXCHANGES.has(exchanged)) return -1;
  const wanted = exchanged < FIRST_OF_VERSION_2 ? VERSION_1 : VERSION_2;
  if ((version & 0xf0) !== wanted) return -1;
  return view.getUint32(at) === 0 && view.getUint32(at + 4) === 0 ? -1 : at;
}

function isEsp({ view, start, end }: Segment): boolean {
  if (end - start < ESP_BYTES_MIN || view.getUint32(start) <= SPI_RESERVED_MAX) return false;
  const sequence = view.getUint32(start + 4);
  return sequence > 0 && sequence < SEQUENCE_MAX;
}

function exchange(state: IkeFlow, segment: Segment, at: number, records: Records): void {
  const { view } = segment;
  if (!state.isTold) {
    state.isTold = true;
    stamp(said, segment);
    said.protocol = 'ike';
    said.detail = view.getUint8(at + VERSION) >= VERSION_2 ? 'IKEv2' : 'IKEv1';
    records.flowProtocol(said);
  }
  tell(EXCHANGES.get(view.getUint8(at + EXCHANGE)) ?? '', segment, records);
}

function tell(kind: string, segment: Segment, records: Records): void {
  stamp(message, segment);
  message.fromClient = segment.toServer;
  message.protocol = 'ike';
  message.kind = kind;
  records.message(message);
}
