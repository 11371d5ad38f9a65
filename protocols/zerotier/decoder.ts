/**
 * ZeroTier (packet format as its source documents it): an overlay network whose peers greet each other in clear.
 *
 *     packet id 8 │ to 5 │ from 5 │ flags, cipher, hops 8 │ MAC 8 │ verb 8 = 1 HELLO │ protocol 8 │ major 8 │ minor 8
 *     │ revision 16 │ time 8 │ identity …
 *
 * Only a HELLO can be told: everything else is encrypted and has no mark.
 */
import { NO, type Protocol, type Segment, YES } from '../../src/protocol.ts';
import { FlowProtocol, Message, stamp } from '../../src/records.ts';

const PORT = 9993;
const FLAGS = 18;
const CIPHER_BITS = 0x38;
const VERB = 27;
const VERB_BITS = 0x1f;
const HELLO = 1;
const PROTOCOL = 28;
const PROTOCOL_MIN = 4;
const PROTOCOL_MAX = 30;
const HELLO_BYTES_MIN = 80;
/** Addresses that begin with this are reserved. */
const RESERVED = 0xff;

export class ZerotierFlow {
  isTold = false;
}

const said = new FlowProtocol();
const message = new Message();

export const zerotier: Protocol<ZerotierFlow> = {
  name: 'zerotier',
  transport: 'udp',
  ports: [PORT],
  recognises: (segment) => (isHello(segment) ? YES : NO),
  open: () => new ZerotierFlow(),

  decode(state, segment, records) {
    const { view, start, end } = segment;
    if (isHello(segment)) {
      stamp(message, segment);
      message.fromClient = segment.toServer;
      message.protocol = 'zerotier';
      message.kind = 'HELLO';
      records.message(message);
      if (!state.isTold) {
        state.isTold = true;
        stamp(said, segment);
        said.protocol = 'zerotier';
        said.detail = `ZeroTier ${view.getUint8(start + PROTOCOL + 1)}.${view.getUint8(start + PROTOCOL + 2)}.${view.getUint16(start + PROTOCOL + 3)}`;
        records.flowProtocol(said);
      }
    }
    return end - start;
  },
};

function isHello({ view, start, end, clientPort, serverPort }: Segment): boolean {
  if ((clientPort !== PORT && serverPort !== PORT) || end - start < HELLO_BYTES_MIN) return false;
  const version = view.getUint8(start + PROTOCOL);
  return (
    (view.getUint8(start + FLAGS) & CIPHER_BITS) === 0 &&
    (view.getUint8(start + VERB) & VERB_BITS) === HELLO &&
    version >= PROTOCOL_MIN &&
    version <= PROTOCOL_MAX &&
    view.getUint8(start + 8) !== RESERVED &&
    view.getUint8(start + 13) !== RESERVED
  );
}
