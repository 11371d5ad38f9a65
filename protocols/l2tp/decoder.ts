/**
 * L2TP (RFC 2661): a tunnel for PPP, without encryption of its own.
 *
 *     flags and version 16 = C802 │ length 16 │ tunnel 16 │ session 16 │ Ns 16 │ Nr 16 │ AVPs     control
 *     AVP: M H and length 16 │ vendor 16 │ type 16 │ value        first of every control message: 0 = its type
 *
 * Told by control messages only; data, whose header has no mark of its own, is counted once a flow is known.
 */
import { readText } from '../../src/bytes/text.ts';
import { NO, type Protocol, type Segment, YES } from '../../src/protocol.ts';
import { Identity, Message, type Records, stamp } from '../../src/records.ts';

const CONTROL = 0xc802;
const VERSION_BITS = 0x000f;
const TYPE_BIT = 0x8000;
const VERSION = 2;
const HEADER_BYTES = 12;
const AVP_BYTES = 6;
const AVP_LENGTH_BITS = 0x03ff;
const AVP_HIDDEN = 0x4000;
const HOST_NAME = 7;
const VENDOR_NAME = 8;
const NAME_BYTES_MAX = 64;
/** AVPs of one message; the longest has about twenty. */
const AVPS_MAX = 64;

/** RFC 2661 3.2, by number. */
const KINDS: readonly string[] = [
  ...['', 'SCCRQ', 'SCCRP', 'SCCCN', 'StopCCN', '', 'HELLO', 'OCRQ', 'OCRP', 'OCCN', 'ICRQ', 'ICRP', 'ICCN', ''],
  ...['CDN', 'WEN', 'SLI'],
];

const message = new Message();
const name = new Identity();

export const l2tp: Protocol<null> = {
  name: 'l2tp',
  transport: 'udp',
  ports: [1701],
  firstBytes: [0xc8],
  recognises: (segment) => (isControl(segment) ? YES : NO),
  open: () => null,

  decode(_state, segment, records) {
    const { view, start, end } = segment;
    if (isControl(segment)) control(segment, records);
    else if (end - start >= AVP_BYTES) {
      const flags = view.getUint16(start);
      if ((flags & TYPE_BIT) === 0 && (flags & VERSION_BITS) === VERSION) tell('data', segment, records);
    }
    return end - start;
  },
};

function isControl({ view, start, end }: Segment): boolean {
  const bytes = end - start;
  if (bytes < HEADER_BYTES || view.getUint16(start) !== CONTROL || view.getUint16(start + 2) !== bytes) return false;
  // Without AVPs it only acknowledges.
  if (bytes === HEADER_BYTES) return true;
  if (bytes < HEADER_BYTES + AVP_BYTES + 2) return false;
  return view.getUint32(start + HEADER_BYTES + 2) === 0 && view.getUint16(start + HEADER_BYTES + AVP_BYTES) < 17;
}

function control(segment: Segment, records: Records): void {
  const { view, start, end } = segment;
  if (end - start === HEADER_BYTES) {
    tell('ZLB', segment, records);
    return;
  }
  tell(KINDS[view.getUint16(start + HEADER_BYTES + AVP_BYTES)] || 'other', segment, records);
  let at = start + HEADER_BYTES;
  for (let count = 0; count < AVPS_MAX && end - at >= AVP_BYTES; count++) {
    const flags = view.getUint16(at);
    const bytes = flags & AVP_LENGTH_BITS;
    if (bytes < AVP_BYTES || bytes > end - at) break;
    const type = view.getUint16(at + 4);
    if (view.getUint16(at + 2) === 0 && (flags & AVP_HIDDEN) === 0 && (type === HOST_NAME || type === VENDOR_NAME))
      identify(segment, type, at + AVP_BYTES, Math.min(bytes - AVP_BYTES, NAME_BYTES_MAX), records);
    at += bytes;
  }
}

function identify(segment: Segment, type: number, at: number, bytes: number, records: Records): void {
  stamp(name, segment);
  name.ofClient = segment.toServer;
  name.attribute = type === HOST_NAME ? 'name' : 'server-software';
  name.value = readText(segment.view, at, bytes);
  name.source = type === HOST_NAME ? 'L2TP Host Name' : 'L2TP Vendor Name';
  name.confidence = 0.6;
  if (name.value !== '') records.identity(name);
}

function tell(kind: string, segment: Segment, records: Records): void {
  stamp(message, segment);
  message.fromClient = segment.toServer;
  message.protocol = 'l2tp';
  message.kind = kind;
  records.message(message);
}
