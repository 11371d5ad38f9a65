/**
 * GE Unity (CARESCAPE, Dash): who is on the monitors' network, and who asks a monitor for data. Not documented by its
 * maker; what is read here was seen in one public recording of one monitor, all numbers big endian.
 *
 *     RWhat, 88 bytes, broadcast to 7000: 01 04 00 00 │ IPv4 │ time │ WARD|BED 16 │ patient 14 │ count │ {service, port} …
 *     header of the others, 60 bytes: to 6 │ from 6 │ function, sub-code, version, sequence … │ 24 name 32 │ 58 count
 *
 * The patient's name stands in every broadcast in clear: it is stepped over and never read.
 */
import { addressKey } from '../../src/bytes/address.ts';
import { readText } from '../../src/bytes/text.ts';
import { NO, type Protocol, type Segment, YES } from '../../src/protocol.ts';
import { Expectation, Identity, Message, type Records, stamp } from '../../src/records.ts';

const RWHAT_BYTES = 88;
const RWHAT = 0x01040000;
const SENDER = 4;
const UNIT_NAME = 12;
const UNIT_NAME_BYTES = 16;
const SERVICES = 42;
const FIRST_SERVICE = 44;
const SERVICE_BYTES = 4;
const SERVICES_MAX = 7;
const TAIL = 72;

const HEADER_BYTES = 60;
const FUNCTION = 12;
const SUB_CODE = 14;
const ORIGIN = 24;
const ORIGIN_BYTES = 32;
const COUNT = 58;
const DATA = 201;
const REQUEST = 202;

const PORTS = [7000, 7001, 2000];

/** function * 256 + sub-code */
const KINDS: Readonly<Record<number, string>> = {
  [DATA * 256 + 4]: 'alarm',
  [DATA * 256 + 20]: 'parameter update',
  [REQUEST * 256 + 35]: 'parameter request',
  [REQUEST * 256 + 96]: 'vital signs request',
  [REQUEST * 256 + 33]: 'waveform request',
};

class GeUnityFlow {
  isNameTold = false;
  isOdd = false;
}

const message = new Message();
const identity = new Identity();
const expectation = new Expectation();

export const geUnity: Protocol<GeUnityFlow> = {
  name: 'ge-unity',
  transport: 'udp',
  ports: PORTS,

  recognises(segment) {
    const { view, start, end, serverPort, clientPort } = segment;
    if (isRwhat(view, start, end)) return YES;
    if (!isMessage(view, start, end)) return NO;
    const code = view.getUint16(start + FUNCTION);
    // What clients send bears no mark beside its code and its length.
    if (code === REQUEST) return PORTS.includes(serverPort) || PORTS.includes(clientPort) ? YES : NO;
    return code === DATA && isUnitName(view, start + ORIGIN, ORIGIN_BYTES) ? YES : NO;
  },

  open: () => new GeUnityFlow(),

  decode(state, segment, records) {
    const { view, start, end, flow, timeUs } = segment;
    if (isRwhat(view, start, end)) {
      tell(segment, records, 'RWhat');
      if (!state.isNameTold) announce(state, segment, records);
    } else if (isMessage(view, start, end)) {
      const code = view.getUint16(start + FUNCTION);
      const other = code === DATA ? 'other data' : code === REQUEST ? 'other request' : 'unknown function';
      tell(segment, records, KINDS[code * 256 + view.getUint16(start + SUB_CODE)] ?? other);
      if (code !== DATA && code !== REQUEST && !state.isOdd) {
        state.isOdd = true;
        records.oddity('ge_unity_unknown_function', flow, timeUs);
      }
    } else tell(segment, records, 'other');
    return end - start;
  },
};

function isRwhat(view: DataView, start: number, end: number): boolean {
  if (end - start !== RWHAT_BYTES || view.getUint32(start) !== RWHAT) return false;
  if (view.getUint16(start + SERVICES) > SERVICES_MAX || !isUnitName(view, start + UNIT_NAME, UNIT_NAME_BYTES))
    return false;
  for (let at = start + TAIL; at < end; at += 4) if (view.getUint32(at) !== 0) return false;
  return true;
}

function isMessage(view: DataView, start: number, end: number): boolean {
  return end - start >= HEADER_BYTES && view.getUint16(start + COUNT) === end - start - HEADER_BYTES;
}

/** Printable, with one bar between ward and bed, filled up with NULs. */
function isUnitName(view: DataView, at: number, length: number): boolean {
  let bars = 0;
  let isOver = false;
  for (let i = at; i < at + length; i++) {
    const byte = view.getUint8(i);
    if (byte === 0) isOver = true;
    else if (isOver || byte < 0x20 || byte > 0x7e) return false;
    else if (byte === 0x7c) bars++;
  }
  return bars === 1;
}

function announce(state: GeUnityFlow, segment: Segment, records: Records): void {
  const { view, start } = segment;
  state.isNameTold = true;
  stamp(identity, segment);
  identity.ofClient = segment.toServer;
  identity.attribute = 'name';
  identity.value = readText(view, start + UNIT_NAME, UNIT_NAME_BYTES);
  identity.source = 'GE RWhat';
  identity.confidence = 0.7;
  if (identity.value !== '') records.identity(identity);
  const server = addressKey(view, start + SENDER, 4);
  const count = view.getUint16(start + SERVICES);
  for (let i = 0; i < count; i++) {
    stamp(expectation, segment);
    expectation.protocol = 'ge-unity';
    expectation.server = server;
    expectation.serverPort = view.getUint16(start + FIRST_SERVICE + i * SERVICE_BYTES + 2);
    records.expectation(expectation);
  }
}

function tell(segment: Segment, records: Records, kind: string): void {
  stamp(message, segment);
  message.fromClient = segment.toServer;
  message.protocol = 'ge-unity';
  message.kind = kind;
  records.message(message);
}
