/**
 * TDS (MS-TDS 2.2.3, 2.2.6.4, 2.2.6.5, 2.2.7), the language of Microsoft SQL Server and Sybase.
 *
 *     type 8 │ status 8 │ length 16 │ process 16 │ number 8 │ 0         then length - 8 bytes
 *     12 pre-login · 10 login · 01 batch · 03 call · 04 answer · 06 attention · 07 bulk · 0E transaction · 11 SSPI
 *
 * With encryption TLS records stand in pre-login packets, later in place of packets: they are stepped over. The
 * password of a login without it is only scrambled: it is looked at for its length and never kept (`login.ts`).
 */
import { GIVE_UP, MAYBE, NO, type Protocol, type Segment, SKIP_REST, YES } from '../../src/protocol.ts';
import { FlowProtocol, Message, type Records, stamp } from '../../src/records.ts';
import { answers, asks, type TdsLogin } from './login.ts';

const HEADER_BYTES = 8;
const LENGTH = 2;
const PACKET_BYTES_MAX = 32_768;
const TLS_FIRST = 0x14;
const TLS_LAST = 0x17;

const BATCH = 0x01;
const ANSWER = 0x04;
const LOGIN = 0x10;
const PRE_LOGIN = 0x12;
const KINDS = new Map([
  [BATCH, 'SQL batch'],
  [0x02, 'login'],
  [0x03, 'RPC'],
  [ANSWER, 'tabular result'],
  [0x06, 'attention'],
  [0x07, 'bulk load'],
  [0x08, 'federated authentication'],
  [0x0e, 'transaction manager'],
  [LOGIN, 'login7'],
  [0x11, 'SSPI'],
  [PRE_LOGIN, 'pre-login'],
]);
const END_OF_MESSAGE = 1;
const STATUS_MAX = 0x1f;
const PORT = 1433;

/** The first option of a pre-login is the version; its length is 6. */
const OPTION_BYTES = 5;
const VERSION_BYTES = 6;

export class TdsFlow implements TdsLogin {
  isAsked = false;
  isAnswered = false;
  method = '';
  isClear = false;
  /** Within a message: its further packets begin with nothing that could be read. */
  clientContinues = false;
  serverContinues = false;
  isTold = false;
}

const said = new FlowProtocol();
const message = new Message();

export const tds: Protocol<TdsFlow> = {
  name: 'tds',
  transport: 'tcp',
  ports: [PORT, 1434],
  firstBytes: [PRE_LOGIN, LOGIN, ANSWER],

  recognises(segment) {
    const { view, start, end } = segment;
    if (start >= end) return MAYBE;
    const type = view.getUint8(start);
    if (segment.midstream && isPacket(segment)) return YES;
    if (type !== PRE_LOGIN && type !== LOGIN && type !== ANSWER) return NO;
    if (end - start > 1 && view.getUint8(start + 1) !== END_OF_MESSAGE) return NO;
    if (end - start < HEADER_BYTES + OPTION_BYTES) return MAYBE;
    const bytes = view.getUint16(start + LENGTH);
    if (bytes < HEADER_BYTES + OPTION_BYTES || bytes > 4_096 || view.getUint8(start + 7) !== 0) return NO;
    // A login begins with its own length.
    if (type === LOGIN) return view.getUint32(start + HEADER_BYTES, true) === bytes - HEADER_BYTES ? YES : NO;
    return isVersionOption(view, start + HEADER_BYTES, bytes - HEADER_BYTES) ? YES : NO;
  },

  open: () => new TdsFlow(),

  decode(state, segment, records) {
    const { view, start, end } = segment;
    let at = start;
    while (end - at >= HEADER_BYTES) {
      const type = view.getUint8(at);
      if (type >= TLS_FIRST && type <= TLS_LAST && view.getUint8(at + 1) === 3) {
        at += 5 + view.getUint16(at + 3);
        continue;
      }
      const bytes = view.getUint16(at + LENGTH);
      if (!KINDS.has(type) || bytes < HEADER_BYTES || bytes > PACKET_BYTES_MAX)
        return state.isTold ? SKIP_REST : GIVE_UP;
      if (bytes > end - at) break;
      packet(state, segment, at, bytes, records);
      at += bytes;
    }
    return at - start;
  },

  gap(state) {
    state.isAsked = true;
    state.isAnswered = true;
    state.clientContinues = false;
    state.serverContinues = false;
  },
};

/** In the middle, on the usual port: a packet that fills the segment. */
function isPacket({ view, start, end, clientPort, serverPort }: Segment): boolean {
  if (serverPort !== PORT && clientPort !== PORT) return false;
  return (
    end - start >= HEADER_BYTES &&
    KINDS.has(view.getUint8(start)) &&
    view.getUint16(start + LENGTH) === end - start &&
    view.getUint8(start + 1) <= STATUS_MAX &&
    view.getUint8(start + 7) === 0
  );
}

function isVersionOption(view: DataView, at: number, bytes: number): boolean {
  const offset = view.getUint16(at + 1);
  return (
    view.getUint8(at) === 0 &&
    view.getUint16(at + 3) === VERSION_BYTES &&
    offset >= OPTION_BYTES + 1 &&
    offset + VERSION_BYTES <= bytes
  );
}

function packet(state: TdsFlow, segment: Segment, at: number, bytes: number, records: Records): void {
  const { view, toServer } = segment;
  const type = view.getUint8(at);
  const isLast = (view.getUint8(at + 1) & END_OF_MESSAGE) !== 0;
  const continues = toServer ? state.clientContinues : state.serverContinues;
  if (toServer) state.clientContinues = !isLast;
  else state.serverContinues = !isLast;
  if (continues) return;
  state.isTold = true;
  stamp(message, segment);
  message.fromClient = toServer;
  message.protocol = 'tds';
  message.kind = KINDS.get(type) ?? '';
  records.message(message);
  const inside = at + HEADER_BYTES;
  const to = at + bytes;
  if (toServer && type === LOGIN) asks(state, segment, inside, to, records);
  if (toServer || type !== ANSWER || bytes < HEADER_BYTES + OPTION_BYTES) return;
  if (state.isAsked) answers(state, segment, inside, to, records);
  else if (isVersionOption(view, inside, bytes - HEADER_BYTES))
    version(segment, inside + view.getUint16(inside + 1), records);
}

function version(segment: Segment, at: number, records: Records): void {
  const { view } = segment;
  stamp(said, segment);
  said.protocol = 'tds';
  said.detail = `SQL Server ${view.getUint8(at)}.${view.getUint8(at + 1)}.${view.getUint16(at + 2)}`;
  records.flowProtocol(said);
}
