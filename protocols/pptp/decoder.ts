/**
 * PPTP (RFC 2637): the control connection of a tunnel whose encryption was broken long ago.
 *
 *     length 16 │ 1 16 │ 1A 2B 3C 4D │ type 16 │ 0 16 │ …
 *
 * The tunnel itself is GRE. Host and vendor stand in the first messages.
 */
import { readText } from '../../src/bytes/text.ts';
import { GIVE_UP, MAYBE, NO, type Protocol, type Segment, YES } from '../../src/protocol.ts';
import { Identity, Message, type Records, stamp } from '../../src/records.ts';

const COOKIE = 0x1a2b3c4d;
const HEADER_BYTES = 12;
const BYTES_MAX = 220;
const HOST_NAME = 28;
const VENDOR = 92;
const NAME_BYTES = 64;
const START_BYTES = 156;

/** RFC 2637 2.1 to 2.15, by number. */
const KINDS: readonly string[] = [
  ...['', 'Start-Control-Connection-Request', 'Start-Control-Connection-Reply', 'Stop-Control-Connection-Request'],
  ...['Stop-Control-Connection-Reply', 'Echo-Request', 'Echo-Reply', 'Outgoing-Call-Request', 'Outgoing-Call-Reply'],
  ...['Incoming-Call-Request', 'Incoming-Call-Reply', 'Incoming-Call-Connected', 'Call-Clear-Request'],
  ...['Call-Disconnect-Notify', 'WAN-Error-Notify', 'Set-Link-Info'],
];

const message = new Message();
const name = new Identity();

export const pptp: Protocol<null> = {
  name: 'pptp',
  transport: 'tcp',
  ports: [1723],
  firstBytes: [0],

  recognises({ view, start, end }) {
    if (start < end && view.getUint8(start) !== 0) return NO;
    if (end - start < HEADER_BYTES) return MAYBE;
    return isMessage(view, start) ? YES : NO;
  },

  open: () => null,

  decode(_state, segment, records) {
    const { view, start, end } = segment;
    let at = start;
    while (end - at >= HEADER_BYTES) {
      if (!isMessage(view, at)) return GIVE_UP;
      const bytes = view.getUint16(at);
      if (bytes > end - at) break;
      tell(segment, at, bytes, records);
      at += bytes;
    }
    return at - start;
  },
};

function isMessage(view: DataView, at: number): boolean {
  const bytes = view.getUint16(at);
  const type = view.getUint16(at + 8);
  return (
    bytes >= HEADER_BYTES &&
    bytes <= BYTES_MAX &&
    view.getUint32(at + 4) === COOKIE &&
    view.getUint16(at + 2) === 1 &&
    type > 0 &&
    type < KINDS.length
  );
}

function tell(segment: Segment, at: number, bytes: number, records: Records): void {
  const { view, toServer } = segment;
  const type = view.getUint16(at + 8);
  stamp(message, segment);
  message.fromClient = toServer;
  message.protocol = 'pptp';
  message.kind = KINDS[type]!;
  records.message(message);
  if (type > 2 || bytes < START_BYTES) return;
  identify(segment, 'name', 'PPTP Host Name', at + HOST_NAME, records);
  identify(segment, 'server-software', 'PPTP Vendor String', at + VENDOR, records);
}

function identify(segment: Segment, attribute: string, source: string, at: number, records: Records): void {
  stamp(name, segment);
  name.ofClient = segment.toServer;
  name.attribute = attribute;
  name.value = textUpToNul(segment.view, at);
  name.source = source;
  name.confidence = 0.6;
  if (name.value !== '') records.identity(name);
}

/** Behind its end the field may hold anything. */
function textUpToNul(view: DataView, at: number): string {
  let length = 0;
  while (length < NAME_BYTES && view.getUint8(at + length) !== 0) length++;
  return readText(view, at, length);
}
