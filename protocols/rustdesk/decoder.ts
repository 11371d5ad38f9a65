/**
 * RustDesk's rendezvous protocol (rendezvous.proto of its sources): a remote screen asks its server for the way.
 *
 *     UDP  tag │ length │ message          field 6 and up of one message, each with a length (protobuf type 2)
 *     TCP  size in the upper bits of 1 to 4 bytes, whose lowest two say how many │ the same
 *
 * Told on the server's usual ports only: a tag and two lengths that agree are little. Identifiers and keys are not
 * read; the session itself is encrypted.
 */
import { MAYBE, NO, type Protocol, type Segment, SKIP_REST, YES } from '../../src/protocol.ts';
import { Message, type Records, stamp } from '../../src/records.ts';

const PORT_FIRST = 21_115;
const PORT_LAST = 21_119;
const FIELD_FIRST = 6;
const LENGTH_DELIMITED = 2;
const MESSAGE_BYTES_MAX = 4_096;

/** From field 6 on. */
const KINDS: readonly string[] = [
  ...['register peer', 'register peer response', 'punch hole request', 'punch hole', 'punch hole sent'],
  ...['punch hole response', 'fetch local address', 'local address', 'configure update', 'register key'],
  ...['register key response', 'software update', 'request relay', 'relay response', 'test nat request'],
  ...['test nat response', 'peer discovery', 'online request', 'online response', 'key exchange', 'health check'],
];

const message = new Message();

export const rustdeskOverUdp: Protocol<null> = {
  name: 'rustdesk',
  transport: 'udp',
  ports: [21_116, 21_119],

  recognises(segment) {
    if (!isUsual(segment)) return NO;
    return kindOf(segment.view, segment.start, segment.end) >= 0 ? YES : NO;
  },

  open: () => null,

  decode(_state, segment, records) {
    tell(kindOf(segment.view, segment.start, segment.end), segment, records);
    return segment.end - segment.start;
  },
};

export const rustdesk: Protocol<{ isDone: boolean }> = {
  name: 'rustdesk',
  transport: 'tcp',
  ports: [21_115, 21_116, 21_117, 21_118, 21_119],

  recognises(segment) {
    if (!isUsual(segment)) return NO;
    const { view, start, end } = segment;
    if (start >= end) return MAYBE;
    const header = 1 + (view.getUint8(start) & 3);
    if (end - start < header) return MAYBE;
    const bytes = sizeAt(view, start, header);
    if (bytes === 0 || bytes > MESSAGE_BYTES_MAX) return NO;
    if (end - start < header + bytes) return MAYBE;
    return kindOf(view, start + header, start + header + bytes) >= 0 ? YES : NO;
  },

  open: () => ({ isDone: false }),

  decode(state, segment, records) {
    const { view, start, end } = segment;
    let at = start;
    while (!state.isDone && at < end) {
      const header = 1 + (view.getUint8(at) & 3);
      if (end - at < header) break;
      const bytes = sizeAt(view, at, header);
      if (bytes <= MESSAGE_BYTES_MAX && end - at < header + bytes) break;
      const kind = bytes > MESSAGE_BYTES_MAX ? -1 : kindOf(view, at + header, at + header + bytes);
      // The session begins, which is encrypted.
      if (kind < 0) state.isDone = true;
      else tell(kind, segment, records);
      at += header + bytes;
    }
    return state.isDone ? SKIP_REST : at - start;
  },

  gap(state) {
    state.isDone = true;
  },
};

function isUsual({ clientPort, serverPort }: Segment): boolean {
  return (serverPort >= PORT_FIRST && serverPort <= PORT_LAST) || (clientPort >= PORT_FIRST && clientPort <= PORT_LAST);
}

function sizeAt(view: DataView, at: number, header: number): number {
  let size = 0;
  for (let i = header - 1; i >= 0; i--) size = size * 256 + view.getUint8(at + i);
  return Math.floor(size / 4);
}

/** Index of the kind when `[at, to)` is one field with its length, -1 otherwise. */
function kindOf(view: DataView, at: number, to: number): number {
  if (to - at < 2) return -1;
  const first = view.getUint8(at);
  if ((first & 7) !== LENGTH_DELIMITED) return -1;
  let field = (first & 0x7f) >> 3;
  let next = at + 1;
  if (first >= 0x80) {
    if (view.getUint8(next) > 1) return -1;
    field |= view.getUint8(next++) << 4;
  }
  if (next >= to) return -1;
  let bytes = view.getUint8(next++);
  if (bytes >= 0x80) {
    if (next >= to) return -1;
    bytes = (bytes & 0x7f) | (view.getUint8(next++) << 7);
  }
  const kind = field - FIELD_FIRST;
  return kind >= 0 && kind < KINDS.length && next + bytes === to ? kind : -1;
}

function tell(kind: number, segment: Segment, records: Records): void {
  if (kind < 0) return;
  stamp(message, segment);
  message.fromClient = segment.toServer;
  message.protocol = 'rustdesk';
  message.kind = KINDS[kind]!;
  records.message(message);
}
