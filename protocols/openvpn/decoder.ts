/**
 * OpenVPN (the wire protocol as its draft and source describe it): an encrypted tunnel over UDP or TCP.
 *
 *     [TCP: length 16] │ opcode 5 bit, key 3 bit │ session 8 │ [HMAC, packet id 4, time 4] │ n │ n · 4, session │ id 4
 *
 * A tunnel is told by the shape of its first packet, the hard reset of either side: plain, with an HMAC (tls-auth) or
 * sealed (tls-crypt). Its data have no mark: in the middle it is not recognised.
 */
import { GIVE_UP, MAYBE, NO, type Protocol, type Segment, YES } from '../../src/protocol.ts';
import { Message, type Records, stamp } from '../../src/records.ts';
import { isHardReset, OPCODES, opcodeAt } from './messages.ts';

const PORT = 1194;
/** Opcodes of hard resets with key 0. */
const RESETS: readonly number[] = [0x08, 0x10, 0x38, 0x40, 0x50];
const LENGTH_BYTES = 2;

const message = new Message();

export const openvpn: Protocol<null> = {
  name: 'openvpn',
  transport: 'udp',
  ports: [PORT],
  firstBytes: RESETS,
  recognises: ({ view, start, end }) => (isHardReset(view, start, end) ? YES : NO),
  open: () => null,

  decode(_state, segment, records) {
    const { view, start, end } = segment;
    if (end > start) tell(opcodeAt(view, start), segment, records);
    return end - start;
  },
};

export const openvpnOverTcp: Protocol<null> = {
  name: 'openvpn',
  transport: 'tcp',
  ports: [PORT],

  recognises({ view, start, end }) {
    if (end - start <= LENGTH_BYTES) return MAYBE;
    if (!RESETS.includes(view.getUint8(start + LENGTH_BYTES))) return NO;
    const to = start + LENGTH_BYTES + view.getUint16(start);
    if (to - start > 1_300) return NO;
    if (to > end) return MAYBE;
    return isHardReset(view, start + LENGTH_BYTES, to) ? YES : NO;
  },

  open: () => null,

  decode(_state, segment, records) {
    const { view, start, end } = segment;
    let at = start;
    while (end - at > LENGTH_BYTES) {
      const bytes = view.getUint16(at);
      if (bytes === 0 || opcodeAt(view, at + LENGTH_BYTES) >= OPCODES.length) return GIVE_UP;
      tell(opcodeAt(view, at + LENGTH_BYTES), segment, records);
      at += LENGTH_BYTES + bytes;
    }
    return at - start;
  },
};

function tell(opcode: number, segment: Segment, records: Records): void {
  const kind = OPCODES[opcode] ?? '';
  if (kind === '') return;
  stamp(message, segment);
  message.fromClient = segment.toServer;
  message.protocol = 'openvpn';
  message.kind = kind;
  records.message(message);
}
