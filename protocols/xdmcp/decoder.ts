/**
 * XDMCP (X Display Manager Control Protocol 1.1, "Packet formats"): X terminals look for a host to log in to.
 *
 *     version 16 = 1 │ opcode 16 │ length 16 of the rest │ …
 *
 * Only the opcode is read: names of hosts and displays are not needed, and cookies stay where they are.
 */
import { NO, type Protocol, YES } from '../../src/protocol.ts';
import { Message, stamp } from '../../src/records.ts';

const HEADER_BYTES = 6;
const VERSION = 1;
const KINDS: readonly string[] = [
  ...['BroadcastQuery', 'Query', 'IndirectQuery', 'ForwardQuery', 'Willing', 'Unwilling', 'Request', 'Accept'],
  ...['Decline', 'Manage', 'Refuse', 'Failed', 'KeepAlive', 'Alive'],
];

const message = new Message();

export const xdmcp: Protocol<null> = {
  name: 'xdmcp',
  transport: 'udp',
  ports: [177],
  firstBytes: [0],

  recognises({ view, start, end, clientPort, serverPort }) {
    // Six bytes of small numbers: the usual port is needed too.
    if ((serverPort !== 177 && clientPort !== 177) || end - start < HEADER_BYTES) return NO;
    const opcode = view.getUint16(start + 2);
    return view.getUint16(start) === VERSION &&
      opcode >= 1 &&
      opcode <= KINDS.length &&
      view.getUint16(start + 4) === end - start - HEADER_BYTES
      ? YES
      : NO;
  },

  open: () => null,

  decode(_state, segment, records) {
    const { start, end, view } = segment;
    if (xdmcp.recognises(segment) === YES) {
      stamp(message, segment);
      message.fromClient = segment.toServer;
      message.protocol = 'xdmcp';
      message.kind = KINDS[view.getUint16(start + 2) - 1]!;
      records.message(message);
    }
    return end - start;
  },
};
