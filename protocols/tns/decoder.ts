/**
 * Oracle's TNS (no public document; fields as public dissectors describe them): the opening of a database session.
 *
 *     length 16 │ checksum 16 │ type 8 │ 0 │ checksum 16 │ …          from version 315 on, data: length 32
 *     1 connect: version 16, compatible 16 … "(DESCRIPTION=…" · 2 accept · 4 refuse · 5 redirect · 6 data · 11 resend
 *
 * Services, programs and users of the description, and all data, pass unseen.
 */
import { GIVE_UP, MAYBE, NO, type Protocol, type Segment, SKIP_REST, YES } from '../../src/protocol.ts';
import { FlowProtocol, Message, type Records, stamp } from '../../src/records.ts';

const HEADER_BYTES = 8;
const TYPE = 4;
const CONNECT = 1;
const ACCEPT = 2;
const DATA = 6;
const RESEND = 11;
const KINDS = new Map([
  [CONNECT, 'connect'],
  [ACCEPT, 'accept'],
  [3, 'acknowledge'],
  [4, 'refuse'],
  [5, 'redirect'],
  [DATA, 'data'],
  [7, 'null'],
  [9, 'abort'],
  [RESEND, 'resend'],
  [12, 'marker'],
  [13, 'attention'],
  [14, 'control'],
]);
const VERSION_MIN = 300;
const VERSION_MAX = 330;
const CONNECT_BYTES_MIN = 34;

export class TnsFlow {
  isTold = false;
}

const said = new FlowProtocol();
const message = new Message();

export const tns: Protocol<TnsFlow> = {
  name: 'tns',
  transport: 'tcp',
  ports: [1521, 1522, 1526],
  firstBytes: [0, 1, 2, 3],

  recognises({ view, start, end, serverPort, clientPort }) {
    const have = end - start;
    if (have > 2 && view.getUint8(start + 2) !== 0) return NO;
    if (have < HEADER_BYTES) return MAYBE;
    if (view.getUint32(start + 2) >>> 8 !== 0 && view.getUint16(start + 2) !== 0) return NO;
    if (view.getUint8(start + 5) > 8 || view.getUint16(start + 6) !== 0) return NO;
    const type = view.getUint8(start + TYPE);
    const bytes = view.getUint16(start);
    const usual = serverPort === 1521 || clientPort === 1521;
    if (type === RESEND) return bytes === HEADER_BYTES && have === HEADER_BYTES && usual ? YES : NO;
    if (type !== CONNECT && !(type === ACCEPT && usual)) return NO;
    if (bytes < (type === CONNECT ? CONNECT_BYTES_MIN : 24)) return NO;
    if (have < 12) return MAYBE;
    const version = view.getUint16(start + HEADER_BYTES);
    return version >= VERSION_MIN && version <= VERSION_MAX ? YES : NO;
  },

  open: () => new TnsFlow(),

  decode(state, segment, records) {
    const { view, start, end } = segment;
    let at = start;
    while (end - at >= HEADER_BYTES) {
      const kind = KINDS.get(view.getUint8(at + TYPE));
      const short = view.getUint16(at);
      // With long lengths the first half is zero.
      const bytes = short === 0 ? view.getUint32(at) : short;
      if (kind === undefined || bytes < HEADER_BYTES) return state.isTold ? SKIP_REST : GIVE_UP;
      if (kind === 'accept') {
        if (end - at < HEADER_BYTES + 2) break;
        version(segment, view.getUint16(at + HEADER_BYTES), records);
      }
      state.isTold = true;
      stamp(message, segment);
      message.fromClient = segment.toServer;
      message.protocol = 'tns';
      message.kind = kind;
      records.message(message);
      at += bytes;
    }
    return at - start;
  },
};

function version(segment: Segment, number: number, records: Records): void {
  stamp(said, segment);
  said.protocol = 'tns';
  said.detail = `TNS ${number}`;
  records.flowProtocol(said);
}
