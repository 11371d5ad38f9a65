/**
 * EtherNet/IP (ODVA, CIP volume 2): encapsulation and, in explicit messages, the CIP service. Little endian.
 *
 *     command 16 │ length 16 │ session 32 │ status 32 │ context 8 │ options 32 = 0 │ …                  2-3
 *     6F, 70: interface 32, timeout 16, items {type 16, length 16, …}: B2 message · B1 number 16, message
 *     message: service │ path words │ path …                            services above 80 are answers
 */
import { readText } from '../../src/bytes/text.ts';
import { GIVE_UP, MAYBE, NO, type Protocol, type Segment, YES } from '../../src/protocol.ts';
import { Identity, Message, Operation, type Records, stamp } from '../../src/records.ts';

const PORT = 44_818;
const HEADER_BYTES = 24;
const LENGTH = 2;
const STATUS = 8;
const OPTIONS = 20;
const STATUS_MAX = 0x6a;

const KINDS: Readonly<Record<number, string>> = {
  0: 'NOP',
  4: 'list services',
  99: 'list identity',
  100: 'list interfaces',
  101: 'register session',
  102: 'unregister session',
  111: 'send RR data',
  112: 'send unit data',
  114: 'indicate status',
  115: 'cancel',
};
const LIST_IDENTITY = 0x63;
const REGISTER = 0x65;
const SEND_RR_DATA = 0x6f;
const SEND_UNIT_DATA = 0x70;

const IDENTITY_ITEM = 0x0c;
const CONNECTED_ITEM = 0xb1;
const UNCONNECTED_ITEM = 0xb2;
const ITEMS_MAX = 8;

const WRITES: Readonly<Record<number, string>> = {
  2: 'set attributes all',
  4: 'set attribute list',
  5: 'reset',
  6: 'start',
  7: 'stop',
  8: 'create',
  9: 'delete',
  16: 'set attribute single',
  77: 'write tag',
  78: 'read modify write tag',
  83: 'write tag fragmented',
};
/** The same numbers mean other services of these classes. */
const CONNECTION_MANAGER = 6;
const UNCONNECTED_SEND = 0x52;
const NESTING_MAX = 2;

const TEXT_BYTES_MAX = 64;
const VENDORS: Readonly<Record<number, string>> = {
  1: 'Rockwell Automation',
  243: 'Schneider Electric',
  283: 'Hilscher',
};

class EnipFlow {
  isTold = false;
}

const message = new Message();
const operation = new Operation();
const identity = new Identity();

export const ethernetIp: Protocol<EnipFlow> = create('tcp');
export const ethernetIpOverUdp: Protocol<EnipFlow> = create('udp');

function create(transport: 'tcp' | 'udp'): Protocol<EnipFlow> {
  return {
    name: 'ethernet-ip',
    transport,
    ports: [PORT],

    recognises({ view, start, end, serverPort, clientPort }) {
      const known = headerAt(view, start, end);
      if (known === MAYBE) return transport === 'tcp' ? MAYBE : NO;
      if (known === NO) return NO;
      const command = view.getUint16(start, true);
      const length = view.getUint16(start + LENGTH, true);
      if (transport === 'udp' && HEADER_BYTES + length !== end - start) return NO;
      // A header of few marks: elsewhere only the one that opens a session.
      if (serverPort === PORT || clientPort === PORT) return YES;
      return command === REGISTER && length === 4 ? YES : NO;
    },

    open: () => new EnipFlow(),

    decode(state, segment, records) {
      const { view, start, end } = segment;
      let at = start;
      while (at < end) {
        const known = headerAt(view, at, end);
        if (known === MAYBE) break;
        if (known === NO) {
          records.oddity('ethernet_ip_bad_header', segment.flow, segment.timeUs);
          return GIVE_UP;
        }
        const next = at + HEADER_BYTES + view.getUint16(at + LENGTH, true);
        if (next > end) break;
        encapsulated(state, segment, records, at, next);
        at = next;
      }
      return at - start;
    },
  };
}

function headerAt(view: DataView, at: number, end: number): number {
  const have = end - at;
  if (have >= 2 && KINDS[view.getUint16(at, true)] === undefined) return NO;
  if (have < HEADER_BYTES) return MAYBE;
  return view.getUint32(at + OPTIONS) === 0 && view.getUint32(at + STATUS, true) < STATUS_MAX ? YES : NO;
}

function encapsulated(state: EnipFlow, segment: Segment, records: Records, at: number, end: number): void {
  const { view } = segment;
  const command = view.getUint16(at, true);
  tell(segment, records, KINDS[command] ?? '');
  const content = at + HEADER_BYTES;
  if (command === LIST_IDENTITY) items(state, segment, records, content, end);
  else if (command === SEND_RR_DATA || command === SEND_UNIT_DATA) items(state, segment, records, content + 6, end);
}

function items(state: EnipFlow, segment: Segment, records: Records, from: number, end: number): void {
  const { view } = segment;
  if (end - from < 2) return;
  const count = Math.min(view.getUint16(from, true), ITEMS_MAX);
  let at = from + 2;
  for (let i = 0; i < count && end - at >= 4; i++) {
    const type = view.getUint16(at, true);
    const content = at + 4;
    const next = content + view.getUint16(at + 2, true);
    if (next > end) return;
    if (type === UNCONNECTED_ITEM) service(segment, records, content, next, 0);
    else if (type === CONNECTED_ITEM) service(segment, records, content + 2, next, 0);
    else if (type === IDENTITY_ITEM && !state.isTold) {
      state.isTold = true;
      identify(segment, records, content, next);
    }
    at = next;
  }
}

function service(segment: Segment, records: Records, at: number, end: number, depth: number): void {
  const { view } = segment;
  if (end - at < 2) return;
  const code = view.getUint8(at);
  const path = at + 2;
  const content = path + view.getUint8(at + 1) * 2;
  if (code >= 0x80 || content > end) return;
  const objectClass = classOf(view, path, content);
  if (code === UNCONNECTED_SEND && objectClass === CONNECTION_MANAGER) {
    // Priority, ticks, length, and the message that is passed on.
    const inner = content + 4;
    if (inner <= end && depth < NESTING_MAX)
      service(segment, records, inner, Math.min(end, inner + view.getUint16(content + 2, true)), depth + 1);
    return;
  }
  const verb = WRITES[code];
  if (verb === undefined || objectClass === CONNECTION_MANAGER) return;
  stamp(operation, segment);
  operation.fromClient = segment.toServer;
  operation.protocol = 'ethernet-ip';
  operation.verb = verb;
  operation.object = objectClass < 0 ? 'tag' : `class 0x${objectClass.toString(16)}`;
  operation.outcome = 'asked';
  records.operation(operation);
}

/** 20 class, 21 0 class 16; -1 for a path that begins with a name. */
function classOf(view: DataView, at: number, end: number): number {
  if (end - at < 2) return -1;
  const kind = view.getUint8(at);
  if (kind === 0x20) return view.getUint8(at + 1);
  return kind === 0x21 && end - at >= 4 ? view.getUint16(at + 2, true) : -1;
}

/** Version, socket address 16, vendor, device type, product, revision 2, status, serial 32, name, state. */
function identify(segment: Segment, records: Records, at: number, end: number): void {
  const { view } = segment;
  if (end - at < 33) return;
  const vendor = view.getUint16(at + 18, true);
  tellIdentity(segment, records, 'manufacturer', VENDORS[vendor] ?? `CIP vendor ${vendor}`);
  tellIdentity(segment, records, 'software', `${view.getUint8(at + 24)}.${view.getUint8(at + 25)}`);
  tellIdentity(
    segment,
    records,
    'serial',
    view
      .getUint32(at + 28, true)
      .toString(16)
      .padStart(8, '0'),
  );
  const length = view.getUint8(at + 32);
  if (length <= TEXT_BYTES_MAX && at + 33 + length <= end)
    tellIdentity(segment, records, 'model', readText(view, at + 33, length));
}

function tellIdentity(segment: Segment, records: Records, attribute: string, value: string): void {
  if (value === '') return;
  stamp(identity, segment);
  identity.ofClient = segment.toServer;
  identity.attribute = attribute;
  identity.value = value;
  identity.source = 'EtherNet/IP list identity';
  identity.confidence = 0.9;
  records.identity(identity);
}

function tell(segment: Segment, records: Records, kind: string): void {
  stamp(message, segment);
  message.fromClient = segment.toServer;
  message.protocol = 'ethernet-ip';
  message.kind = kind;
  records.message(message);
}
