/**
 * Remote Desktop over UDP (MS-RDPEUDP 2.2.2): the second way of a desktop, opened beside its TCP connection.
 *
 *     acknowledged 32 = FFFFFFFF │ window 16 │ flags 16 │ first number 32 │ MTU up 16 │ MTU down 16 │ …, zeros
 *
 * A SYN and its answer are filled up to what the way shall carry. What follows is TLS or DTLS inside and passes unseen.
 */
import { NO, type Protocol, type Segment, YES } from '../../src/protocol.ts';
import { Message, stamp } from '../../src/records.ts';

const PORT = 3389;
const HEADER_BYTES = 16;
const FLAGS = 6;
const SYN = 0x0001;
const ACK = 0x0004;
const MTU_UP = 12;
const MTU_DOWN = 14;
/** MS-RDPEUDP 2.2.2.1: both lie between these. */
const MTU_MIN = 1132;
const MTU_MAX = 1232;
const NOTHING_YET = 0xffffffff;

const message = new Message();

export const rdpOverUdp: Protocol<null> = {
  name: 'rdp',
  transport: 'udp',
  ports: [PORT],

  recognises(segment) {
    return opens(segment) ? YES : NO;
  },

  open: () => null,

  decode(_state, segment, records) {
    const { view, start, end, toServer } = segment;
    if (opens(segment)) {
      stamp(message, segment);
      message.fromClient = toServer;
      message.protocol = 'rdp';
      message.kind = (view.getUint16(start + FLAGS) & ACK) === 0 ? 'UDP SYN' : 'UDP SYN ACK';
      records.message(message);
    }
    return end - start;
  },
};

function opens({ view, start, end, clientPort, serverPort }: Segment): boolean {
  if ((serverPort !== PORT && clientPort !== PORT) || end - start < MTU_MIN || end - start > MTU_MAX) return false;
  const flags = view.getUint16(start + FLAGS);
  if ((flags & SYN) === 0) return false;
  if ((flags & ACK) === 0 && view.getUint32(start) !== NOTHING_YET) return false;
  return (
    isMtu(view.getUint16(start + MTU_UP)) && isMtu(view.getUint16(start + MTU_DOWN)) && end - start >= HEADER_BYTES
  );
}

const isMtu = (bytes: number): boolean => bytes >= MTU_MIN && bytes <= MTU_MAX;
