/**
 * Network time (RFC 5905 7.3; control messages RFC 9327): who gives time to whom, and who asks or changes a time server.
 *
 *     0                 1         2      3           4       8            12        16       24       32       40
 *     ┌─────────────────┬─────────┬──────┬───────────┬───────┬────────────┬─────────┬────────┬────────┬────────┬──────────
 *     │ leap 2 version 3│ stratum │ poll │ precision │ delay │ dispersion │ ref. id │ ref.   │ origin │ receive│ transmit
 *     │ mode 3          │         │      │           │       │            │         │        │        │        │
 *     └─────────────────┴─────────┴──────┴───────────┴───────┴────────────┴─────────┴────────┴────────┴────────┴──────────
 *     mode 6: response, error, more, operation 5 @1 · sequence @2 · status @4 · association @6 · offset @8 · count @10 · data
 *     mode 7: response, more, version 3, mode 3 @0 · sequence @1 · implementation @2 · request code @3 · …
 *
 * The header has no magic: the port is asked as well as the content.
 */
import { readText, startsWith } from '../../src/bytes/text.ts';
import { NO, type Protocol, type Segment, YES } from '../../src/protocol.ts';
import { Identity, Message, Operation, type Records, stamp } from '../../src/records.ts';
import { controlWrites, privateWrites } from './writes.ts';

const PORT = 123;
const VERSION_MAX = 4;
const HEADER_BYTES = 48;
const CONTROL = 6;
const PRIVATE = 7;
/** Control messages have 12 bytes (RFC 9327), private ones 8 (ntpdc). */
const CONTROL_BYTES = 12;
const PRIVATE_BYTES = 8;
const STRATUM_MAX = 16;

const CONTROL_OPERATION = 1;
const CONTROL_COUNT = 10;
const IS_CONTROL_RESPONSE = 0x80;
const READ_VARIABLES = 2;
const PRIVATE_REQUEST = 3;
const IS_PRIVATE_RESPONSE = 0x80;
const MORE_TO_COME = 0x40;

/** By mode (RFC 5905 figure 10); 0 is reserved. */
const KINDS: readonly string[] = [
  '',
  'symmetric active',
  'symmetric passive',
  'client',
  'server',
  'broadcast',
  'control',
  'private',
];

/** System variables that say what runs there (RFC 9327, ntpq); how much of them is looked at. */
const VARIABLES: readonly (readonly [start: string, attribute: string, source: string])[] = [
  ['version="', 'server-software', 'NTP variable version'],
  ['system="', 'operating-system', 'NTP variable system'],
];
const VALUE_BYTES_MAX = 64;
const QUOTE = 0x22;

const message = new Message();
message.protocol = 'ntp';
const operation = new Operation();
operation.protocol = 'ntp';
const identity = new Identity();

export const ntp: Protocol<null> = {
  name: 'ntp',
  transport: 'udp',
  ports: [PORT],

  recognises({ view, start, end, clientPort, serverPort }) {
    const bytes = end - start;
    if (bytes < PRIVATE_BYTES || (serverPort !== PORT && clientPort !== PORT)) return NO;
    const first = view.getUint8(start);
    const version = (first >> 3) & 7;
    const mode = first & 7;
    // In a private message the two top bits are "response" and "more".
    if (version === 0 || version > VERSION_MAX || mode === 0) return NO;
    if (mode === PRIVATE) return YES;
    if (mode === CONTROL) return bytes >= CONTROL_BYTES ? YES : NO;
    return bytes >= HEADER_BYTES && bytes % 4 === 0 && view.getUint8(start + 1) <= STRATUM_MAX ? YES : NO;
  },

  open: () => null,

  decode(_state, segment, records) {
    const { view, start, end, flow, timeUs } = segment;
    const mode = end > start ? view.getUint8(start) & 7 : 0;
    const needed = mode === PRIVATE ? PRIVATE_BYTES : mode === CONTROL ? CONTROL_BYTES : HEADER_BYTES;
    if (mode === 0 || end - start < needed) {
      records.oddity('ntp_broken_message', flow, timeUs);
      return end - start;
    }
    stamp(message, segment);
    message.fromClient = segment.toServer;
    message.kind = KINDS[mode] ?? '';
    records.message(message);
    if (mode === CONTROL) tellControl(segment, records);
    else if (mode === PRIVATE) tellPrivate(segment, records);
    return end - start;
  },
};

function tellControl(segment: Segment, records: Records): void {
  const { view, start, end } = segment;
  const bits = view.getUint8(start + CONTROL_OPERATION);
  const code = bits & 31;
  if ((bits & IS_CONTROL_RESPONSE) === 0) {
    tellOperation(segment, controlWrites.get(code) ?? '', records);
    return;
  }
  if (code !== READ_VARIABLES) return;
  const data = start + CONTROL_BYTES;
  const dataEnd = Math.min(end, data + view.getUint16(start + CONTROL_COUNT));
  for (const [name, attribute, source] of VARIABLES) tellVariable(segment, dataEnd, name, attribute, source, records);
}

function tellPrivate(segment: Segment, records: Records): void {
  const { view, start } = segment;
  if ((view.getUint8(start) & (IS_PRIVATE_RESPONSE | MORE_TO_COME)) !== 0) return;
  tellOperation(segment, privateWrites.get(view.getUint8(start + PRIVATE_REQUEST)) ?? '', records);
}

/** Whoever writes wants to change the time server. */
function tellOperation(segment: Segment, verb: string, records: Records): void {
  if (verb === '') return;
  stamp(operation, segment);
  operation.fromClient = segment.toServer;
  operation.verb = verb;
  records.operation(operation);
}

function tellVariable(
  segment: Segment,
  end: number,
  name: string,
  attribute: string,
  source: string,
  records: Records,
): void {
  const { view } = segment;
  let at = segment.start + CONTROL_BYTES;
  while (at < end && !startsWith(view, at, end, name)) at++;
  const from = at + name.length;
  let to = from;
  while (to < end && to - from < VALUE_BYTES_MAX && view.getUint8(to) !== QUOTE) to++;
  if (to <= from || to > end) return;
  stamp(identity, segment);
  identity.ofClient = segment.toServer;
  identity.attribute = attribute;
  identity.value = readText(view, from, to - from);
  identity.source = source;
  identity.confidence = 0.6;
  if (identity.value !== '') records.identity(identity);
}
