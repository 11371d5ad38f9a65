/**
 * DHCP for IPv6 (RFC 8415 chapter 8 and 21): who asks for an address or a configuration, and who answers.
 *
 *     0      1                4                           0      1     2              18            34
 *     ┌──────┬────────────────┬─────────                  ┌──────┬─────┬──────────────┬─────────────┬─────────
 *     │ type │ transaction    │ options      type 12, 13: │ type │ hops│ link address │ peer address│ options
 *     └──────┴────────────────┴─────────                  └──────┴─────┴──────────────┴─────────────┴─────────
 *     option: code (2), length (2), value
 *
 * A `message` per datagram; what a client says of itself when it speaks without a relay. Which address it has is told
 * by neighbour discovery: the hardware address in a DUID need not be the one it uses (chapter 11).
 */
import { plainDomainName } from '../../src/bytes/domain.ts';
import { readText } from '../../src/bytes/text.ts';
import { NO, type Protocol, type Segment, YES } from '../../src/protocol.ts';
import { Identity, Message, type Records, stamp } from '../../src/records.ts';

const CLIENT_PORT = 546;
const SERVER_PORT = 547;

const HEADER_BYTES = 4;
const RELAY_HEADER_BYTES = 34;
const OPTION_HEADER_BYTES = 4;
/** Options of one message that are looked at; real ones have about ten. */
const OPTIONS_MAX = 64;
const TEXT_BYTES_MAX = 64;

/** By type, as RFC 8415 7.3 spells them. */
const KINDS: readonly string[] = [
  '',
  'SOLICIT',
  'ADVERTISE',
  'REQUEST',
  'CONFIRM',
  'RENEW',
  'REBIND',
  'REPLY',
  'RELEASE',
  'DECLINE',
  'RECONFIGURE',
  'INFORMATION-REQUEST',
  'RELAY-FORW',
  'RELAY-REPL',
];
const ADVERTISE = 2;
const REPLY = 7;
const RECONFIGURE = 10;
const RELAY_FORWARD = 12;
const RELAY_REPLY = 13;

const VENDOR_CLASS = 16;
const FULL_NAME = 39;
/** Enterprise number, then texts with their lengths (21.16). */
const ENTERPRISE_BYTES = 4;

const message = new Message();
message.protocol = 'dhcpv6';
const identity = new Identity();

export const dhcpv6: Protocol<null> = {
  name: 'dhcpv6',
  transport: 'udp',
  ports: [SERVER_PORT, CLIENT_PORT],
  firstBytes: KINDS.map((_, type) => type).filter((type) => type > 0),

  recognises({ view, start, end, clientPort, serverPort }) {
    const isPort = (port: number): boolean => port === CLIENT_PORT || port === SERVER_PORT;
    if (!isPort(clientPort) && !isPort(serverPort)) return NO;
    const at = optionsAt(view, start, end);
    return at >= 0 && optionsFill(view, at, end) ? YES : NO;
  },

  open: () => null,

  decode(_state, segment, records) {
    const { view, start, end, flow, timeUs } = segment;
    const at = optionsAt(view, start, end);
    if (at < 0) {
      records.oddity('dhcpv6_unknown_message', flow, timeUs);
      return end - start;
    }
    const type = view.getUint8(start);
    stamp(message, segment);
    message.fromClient = segment.toServer;
    message.kind = KINDS[type] ?? '';
    records.message(message);
    const isServer = type === ADVERTISE || type === REPLY || type === RECONFIGURE;
    tellOptions(segment, at, !isServer && type < RELAY_FORWARD, records);
    return end - start;
  },
};

/** Where the options begin; -1 when it is no message. */
function optionsAt(view: DataView, start: number, end: number): number {
  if (end - start < HEADER_BYTES) return -1;
  const type = view.getUint8(start);
  if (type === 0 || type >= KINDS.length) return -1;
  const header = type === RELAY_FORWARD || type === RELAY_REPLY ? RELAY_HEADER_BYTES : HEADER_BYTES;
  return end - start < header ? -1 : start + header;
}

/** Do options fill the rest of the datagram, and at least one? */
function optionsFill(view: DataView, from: number, end: number): boolean {
  let at = from;
  for (let count = 0; count < OPTIONS_MAX && end - at >= OPTION_HEADER_BYTES; count++) {
    if (view.getUint16(at) === 0) return false;
    at += OPTION_HEADER_BYTES + view.getUint16(at + 2);
  }
  return at === end && at > from;
}

function tellOptions(segment: Segment, from: number, isClient: boolean, records: Records): void {
  const { view, end } = segment;
  let at = from;
  for (let count = 0; count < OPTIONS_MAX && at < end; count++) {
    const value = at + OPTION_HEADER_BYTES;
    const next = value <= end ? value + view.getUint16(at + 2) : end + 1;
    if (next > end) {
      records.oddity('dhcpv6_broken_option', segment.flow, segment.timeUs);
      return;
    }
    if (isClient) tellOption(segment, view.getUint16(at), value, next, records);
    at = next;
  }
}

function tellOption(segment: Segment, code: number, at: number, end: number, records: Records): void {
  const { view } = segment;
  if (code === FULL_NAME && end - at > 1) {
    tellIdentity(segment, 'name', plainDomainName(view, at + 1, end), 'DHCPv6 option 39', 0.8, records);
  } else if (code === VENDOR_CLASS && end - at > ENTERPRISE_BYTES + 2) {
    const text = at + ENTERPRISE_BYTES + 2;
    const length = Math.min(view.getUint16(text - 2), end - text, TEXT_BYTES_MAX);
    tellIdentity(segment, 'vendor-class', readText(view, text, length), 'DHCPv6 option 16', 0.6, records);
  }
}

function tellIdentity(
  segment: Segment,
  attribute: string,
  value: string,
  source: string,
  confidence: number,
  records: Records,
): void {
  if (value === '') return;
  stamp(identity, segment);
  identity.ofClient = segment.toServer;
  identity.attribute = attribute;
  identity.value = value;
  identity.source = source;
  identity.confidence = confidence;
  records.identity(identity);
}
