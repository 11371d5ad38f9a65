/**
 * AMQP 0-9-1 (its specification, 2.2, 4.2): messages by way of a broker; AMQP 1.0 is recognised by its header.
 *
 *     client  "AMQP" 00 00 09 01
 *     both    type 8 │ channel 16 │ length 32 │ payload │ CE       1 method: class 16, method 16 · 2 header · 3 body
 *
 * Methods are told by name. Queues, routing keys and bodies pass unseen; of a PLAIN login the password is looked at
 * for its length (`login.ts`).
 */
import { begins, GIVE_UP, MAYBE, NO, type Protocol, type Segment, SKIP_REST, YES } from '../../src/protocol.ts';
import { Message, Operation, type Records, stamp } from '../../src/records.ts';
import { product, startOk, tellLogin } from './login.ts';
import { CHANGES, METHODS } from './methods.ts';

const HEADER_BYTES = 8;
const FRAME_HEADER_BYTES = 7;
const FRAME_END = 0xce;
const METHOD = 1;
const HEARTBEAT = 8;
const FRAME_BYTES_MAX = 16 * 1024 * 1024;
/** Of a method that is read to its end. */
const READ_BYTES_MAX = 16_384;

const START = 0x000a000a;
const START_OK = 0x000a000b;
const TUNE = 0x000a001e;
const CLOSE = 0x000a0032;
const VERSION_1 = 1;

export class AmqpFlow {
  isOpened = false;
  isAsked = false;
  isAnswered = false;
  isPassing = false;
  isClear = false;
}

const message = new Message();
const operation = new Operation();

export const amqp: Protocol<AmqpFlow> = {
  name: 'amqp',
  transport: 'tcp',
  ports: [5672],
  firstBytes: [0x41, METHOD],

  recognises(segment) {
    const { view, start, end } = segment;
    if (start >= end) return MAYBE;
    if (segment.midstream && isFrame(view, start, end)) return YES;
    if (view.getUint8(start) !== METHOD) return begins(segment, 'AMQP');
    // The server begins with connection.start on channel 0.
    if (end - start < FRAME_HEADER_BYTES + 4) return MAYBE;
    return view.getUint16(start + 1) === 0 && view.getUint32(start + FRAME_HEADER_BYTES) === START ? YES : NO;
  },

  open: () => new AmqpFlow(),

  decode(state, segment, records) {
    const { view, start, end, toServer } = segment;
    let at = start;
    while (at < end) {
      if (state.isPassing) return SKIP_REST;
      // A header opens; the server repeats its own to refuse another version.
      if (view.getUint8(at) === 0x41) {
        if (end - at < HEADER_BYTES) break;
        if (view.getUint8(at + 5) === VERSION_1 || view.getUint8(at + 4) !== 0) state.isPassing = true;
        tell(toServer ? 'protocol header' : 'version refused', segment, records);
        at += HEADER_BYTES;
        continue;
      }
      const used = frame(state, segment, at, records);
      if (used < 0) return GIVE_UP;
      if (used === 0) break;
      at += used;
    }
    return at - start;
  },

  gap(state) {
    state.isPassing = true;
  },
};

/** In the middle: a method that exists, whose frame ends with its mark. */
function isFrame(view: DataView, at: number, end: number): boolean {
  if (end - at < FRAME_HEADER_BYTES + 5 || view.getUint8(at) !== METHOD) return false;
  const last = at + FRAME_HEADER_BYTES + view.getUint32(at + 3);
  return last < end && view.getUint8(last) === FRAME_END && METHODS.has(view.getUint32(at + FRAME_HEADER_BYTES));
}

function frame(state: AmqpFlow, segment: Segment, at: number, records: Records): number {
  const { view, end, toServer } = segment;
  if (end - at < FRAME_HEADER_BYTES) return 0;
  const type = view.getUint8(at);
  const bytes = view.getUint32(at + 3);
  if (type === 0 || type > HEARTBEAT || bytes > FRAME_BYTES_MAX) return -1;
  const whole = FRAME_HEADER_BYTES + bytes + 1;
  if (type !== METHOD) return whole;
  if (bytes < 4) return -1;
  if (end - at < Math.min(whole, READ_BYTES_MAX)) return 0;
  if (whole <= READ_BYTES_MAX && view.getUint8(at + whole - 1) !== FRAME_END) return -1;
  const method = view.getUint32(at + FRAME_HEADER_BYTES);
  const name = METHODS.get(method) ?? 'other method';
  tell(name, segment, records);
  const inside = at + FRAME_HEADER_BYTES + 4;
  const to = at + Math.min(whole - 1, READ_BYTES_MAX);
  if (method === START && !toServer) product(segment, inside, to, records);
  else if (method === START_OK && toServer && !state.isAsked) {
    state.isAsked = true;
    state.isClear = startOk(segment, inside, to, records);
  } else if (!toServer && state.isAsked && !state.isAnswered && (method === TUNE || method === CLOSE)) {
    state.isAnswered = true;
    tellLogin(method === TUNE ? 'success' : 'failure', state.isClear, '', segment, records);
  }
  if (CHANGES.has(method)) {
    stamp(operation, segment);
    operation.fromClient = toServer;
    operation.protocol = 'amqp';
    operation.verb = name;
    records.operation(operation);
  }
  return whole;
}

function tell(kind: string, segment: Segment, records: Records): void {
  stamp(message, segment);
  message.fromClient = segment.toServer;
  message.protocol = 'amqp';
  message.kind = kind;
  records.message(message);
}
