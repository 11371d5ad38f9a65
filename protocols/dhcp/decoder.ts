/**
 * DHCP for IPv4 (RFC 2131, options RFC 2132): who asks for an address, and who gives it.
 *
 *      0    1      2     3     4    8      12      16      20      24      28      44     108    236     240
 *     ┌────┬──────┬──────┬─────┬────┬──────┬───────┬───────┬───────┬───────┬───────┬──────┬──────┬───────┬─────────
 *     │ op │ type │ hlen │ hops│ xid│ …    │ciaddr │yiaddr │siaddr │giaddr │chaddr │sname │file  │ magic │ options
 *     └────┴──────┴──────┴─────┴────┴──────┴───────┴───────┴───────┴───────┴───────┴──────┴──────┴───────┴─────────
 *     option: code, length, value · 0 pads · 255 ends · 52 says that file (1), sname (2) or both (3) hold options
 *
 * One `lease` per message that has a type.
 */
import { addressKey, isUnspecified } from '../../src/bytes/address.ts';
import { plainDomainName } from '../../src/bytes/domain.ts';
import { readText } from '../../src/bytes/text.ts';
import { NO, type Protocol, type Segment, YES } from '../../src/protocol.ts';
import { Lease, type Records, stamp } from '../../src/records.ts';

const OPERATION = 0;
const HARDWARE_TYPE = 1;
const HARDWARE_BYTES = 2;
const CLIENT_ADDRESS = 12;
const YOUR_ADDRESS = 16;
const HARDWARE_ADDRESS = 28;
const SERVER_NAME = 44;
const FILE = 108;
const MAGIC = 236;
const OPTIONS = 240;

const BOOT_REQUEST = 1;
const BOOT_REPLY = 2;
const MAGIC_COOKIE = 0x63825363;
const ETHERNET = 1;
const MAC_BYTES = 6;
const HARDWARE_BYTES_MAX = 16;

const PAD = 0;
const HOST_NAME = 12;
const REQUESTED_ADDRESS = 50;
const LEASE_SECONDS = 51;
const OVERLOAD = 52;
const MESSAGE_TYPE = 53;
const SERVER_IDENTIFIER = 54;
const PARAMETERS = 55;
const VENDOR_CLASS = 60;
const CLIENT_IDENTIFIER = 61;
const FULL_NAME = 81;
const END = 255;

const OVERLOADS_FILE = 1;
const OVERLOADS_SERVER_NAME = 2;

const OFFER = 2;
const REQUEST = 3;
const DECLINE = 4;
const ACKNOWLEDGE = 5;
const NOT_ACKNOWLEDGE = 6;
const RELEASE = 7;
const INFORM = 8;

/** Names are shown to people; RFC 1035 labels have 63 characters. */
const TEXT_BYTES_MAX = 64;
/** Parameters that a client asks for; the longest lists of real ones have about forty. */
const PARAMETERS_MAX = 64;
/** A client identifier: type and MAC, or type, association and DUID (RFC 4361 6.1). */
const IDENTIFIER_BYTES_MAX = 32;

/** Flags, two old response codes, then the name, in labels when the flag says so (RFC 4702 2). */
const FULL_NAME_HEADER_BYTES = 3;
const FULL_NAME_IN_LABELS = 0x04;

/** What the options of the message at hand say; refilled for each. */
class Options {
  kind = 0;
  requested = '';
  server = '';
  hostName = '';
  vendorClass = '';
  fullName = '';
  leaseSeconds = 0;
  parameters = '';
  clientId = '';
  overload = 0;
  broken = false;
}

const options = new Options();
const lease = new Lease();

export const dhcp: Protocol<null> = {
  name: 'dhcp',
  transport: 'udp',
  ports: [67, 68],

  recognises({ view, start, end }) {
    if (end - start < OPTIONS) return NO;
    const operation = view.getUint8(start + OPERATION);
    if (operation !== BOOT_REQUEST && operation !== BOOT_REPLY) return NO;
    return view.getUint32(start + MAGIC) === MAGIC_COOKIE && view.getUint8(start + HARDWARE_BYTES) <= HARDWARE_BYTES_MAX
      ? YES
      : NO;
  },

  open: () => null,

  decode(_state, segment, records) {
    const { view, start, end, flow, timeUs } = segment;
    if (end - start < OPTIONS) {
      records.oddity('dhcp_too_short', flow, timeUs);
      return end - start;
    }
    if (view.getUint32(start + MAGIC) !== MAGIC_COOKIE) {
      records.oddity('dhcp_no_magic', flow, timeUs);
      return end - start;
    }
    readOptions(view, start, end);
    if (options.broken) records.oddity('dhcp_broken_option', flow, timeUs);
    if (options.kind === 0) records.oddity('dhcp_no_message_type', flow, timeUs);
    else if (options.kind <= INFORM) tell(segment, records);
    return end - start;
  },
};

function readOptions(view: DataView, start: number, end: number): void {
  options.kind = 0;
  options.requested = '';
  options.server = '';
  options.hostName = '';
  options.vendorClass = '';
  options.fullName = '';
  options.leaseSeconds = 0;
  options.parameters = '';
  options.clientId = '';
  options.overload = 0;
  options.broken = false;
  readField(view, start + OPTIONS, end);
  // RFC 2131 4.1: the file first, then the server name. An overload said in there is not followed.
  const { overload } = options;
  if ((overload & OVERLOADS_FILE) !== 0) readField(view, start + FILE, start + MAGIC);
  if ((overload & OVERLOADS_SERVER_NAME) !== 0) readField(view, start + SERVER_NAME, start + FILE);
}

function readField(view: DataView, from: number, end: number): void {
  let at = from;
  while (at < end) {
    const code = view.getUint8(at);
    if (code === END) return;
    at++;
    if (code === PAD) continue;
    const length = at < end ? view.getUint8(at) : 0;
    if (at >= end || length > end - at - 1) {
      options.broken = true;
      return;
    }
    readOption(view, code, at + 1, length);
    at += 1 + length;
  }
}

/** The first of a kind counts. */
function readOption(view: DataView, code: number, at: number, length: number): void {
  switch (code) {
    case MESSAGE_TYPE:
      if (length !== 1 || view.getUint8(at) === 0) options.broken = true;
      else if (options.kind === 0) options.kind = view.getUint8(at);
      break;
    case REQUESTED_ADDRESS:
      if (length !== 4) options.broken = true;
      else if (options.requested === '') options.requested = addressKey(view, at, 4);
      break;
    case SERVER_IDENTIFIER:
      if (length !== 4) options.broken = true;
      else if (options.server === '') options.server = addressKey(view, at, 4);
      break;
    case LEASE_SECONDS:
      if (length !== 4) options.broken = true;
      else options.leaseSeconds = view.getUint32(at);
      break;
    case OVERLOAD:
      if (length !== 1) options.broken = true;
      else options.overload = view.getUint8(at);
      break;
    case HOST_NAME:
      if (options.hostName === '') options.hostName = readText(view, at, Math.min(length, TEXT_BYTES_MAX));
      break;
    case PARAMETERS:
      if (options.parameters === '') options.parameters = numbers(view, at, Math.min(length, PARAMETERS_MAX));
      break;
    case CLIENT_IDENTIFIER:
      if (options.clientId === '') options.clientId = hexadecimal(view, at, Math.min(length, IDENTIFIER_BYTES_MAX));
      break;
    case FULL_NAME:
      if (length < FULL_NAME_HEADER_BYTES) options.broken = true;
      else if (options.fullName === '') options.fullName = fullName(view, at, length);
      break;
    case VENDOR_CLASS:
      if (options.vendorClass === '') options.vendorClass = readText(view, at, Math.min(length, TEXT_BYTES_MAX));
      break;
  }
}

/** `1,3,6,15`. */
function numbers(view: DataView, at: number, count: number): string {
  let text = '';
  for (let i = 0; i < count; i++) text += i === 0 ? `${view.getUint8(at)}` : `,${view.getUint8(at + i)}`;
  return text;
}

function hexadecimal(view: DataView, at: number, bytes: number): string {
  let text = '';
  for (let i = 0; i < bytes; i++)
    text += view
      .getUint8(at + i)
      .toString(16)
      .padStart(2, '0');
  return text;
}

function fullName(view: DataView, at: number, length: number): string {
  const name = at + FULL_NAME_HEADER_BYTES;
  if ((view.getUint8(at) & FULL_NAME_IN_LABELS) !== 0) return plainDomainName(view, name, at + length);
  return readText(view, name, Math.min(at + length - name, TEXT_BYTES_MAX));
}

function tell(segment: Segment, records: Records): void {
  const { view, start, flow, timeUs } = segment;
  const reply = view.getUint8(start + OPERATION) === BOOT_REPLY;
  const { kind } = options;
  if (reply !== (kind === OFFER || kind === ACKNOWLEDGE || kind === NOT_ACKNOWLEDGE)) {
    records.oddity('dhcp_wrong_direction', flow, timeUs);
  }
  const hardwareBytes = view.getUint8(start + HARDWARE_BYTES);
  const isMac = hardwareBytes === MAC_BYTES;
  if (!isMac && view.getUint8(start + HARDWARE_TYPE) === ETHERNET) {
    records.oddity('dhcp_odd_hardware_address', flow, timeUs);
  }
  stamp(lease, segment);
  lease.mac = isMac ? addressKey(view, start + HARDWARE_ADDRESS, MAC_BYTES) : '';
  lease.address = addressOf(view, start, kind);
  lease.server = options.server;
  lease.kind = kind;
  // The full name says the host name too, where option 12 does not.
  lease.hostName = options.hostName !== '' ? options.hostName : options.fullName;
  lease.vendorClass = options.vendorClass;
  lease.leaseSeconds = options.leaseSeconds;
  lease.parameters = options.parameters;
  lease.clientId = options.clientId;
  records.lease(lease);
}

/** The address the message is about, '' where it names none. */
function addressOf(view: DataView, start: number, kind: number): string {
  const yours = known(addressKey(view, start + YOUR_ADDRESS, 4));
  const current = known(addressKey(view, start + CLIENT_ADDRESS, 4));
  switch (kind) {
    case OFFER:
    case ACKNOWLEDGE:
      // The answer to an inform gives no address; the client keeps its own.
      return yours !== '' ? yours : current;
    case REQUEST:
    case DECLINE:
      return known(options.requested) !== '' ? options.requested : current;
    case RELEASE:
    case INFORM:
      return current;
    default:
      return '';
  }
}

function known(address: string): string {
  return isUnspecified(address) ? '' : address;
}
