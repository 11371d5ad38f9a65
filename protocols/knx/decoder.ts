/**
 * KNXnet/IP (ISO 22510, EN 13321-2): lights, blinds, climate of a building.
 *
 *     06 │ 10 │ service 16 │ length of all 16 │ …
 *     0420 tunnelling: 04, channel, number, 0 │ cEMI         0530 routing: cEMI
 *     cEMI: code │ n │ n bytes │ control 2 │ from 16 │ to 16 │ length │ control and service 16 …
 */
import { readText } from '../../src/bytes/text.ts';
import { NO, type Protocol, type Segment, YES } from '../../src/protocol.ts';
import { Identity, Message, Operation, type Records, stamp } from '../../src/records.ts';

const PORT = 3671;
const HEADER = 0x0610;
const HEADER_BYTES = 6;
const SERVICE = 2;
const LENGTH = 4;

const KINDS: Readonly<Record<number, string>> = {
  513: 'search request',
  514: 'search response',
  515: 'description request',
  516: 'description response',
  517: 'connect request',
  518: 'connect response',
  519: 'connection state request',
  520: 'connection state response',
  521: 'disconnect request',
  522: 'disconnect response',
  523: 'search request extended',
  524: 'search response extended',
  784: 'device configuration request',
  785: 'device configuration ack',
  1056: 'tunnelling request',
  1057: 'tunnelling ack',
  1328: 'routing indication',
  1329: 'routing lost message',
  1330: 'routing busy',
};
const SEARCH_RESPONSE = 0x0202;
const DESCRIPTION_RESPONSE = 0x0204;
const TUNNELLING = 0x0420;
const ROUTING = 0x0530;
const CONNECTION_BYTES = 4;

const DATA_REQUEST = 0x11;
const DATA_INDICATION = 0x29;
const GROUP_ADDRESS = 0x80;
/** Upper ten bits of the service, four where it has a value in it. */
const SERVICES: readonly (readonly [number, number, string])[] = [
  [0x3c0, 0x080, 'group value write'],
  [0x3c0, 0x0c0, 'individual address write'],
  [0x3f0, 0x280, 'memory write'],
  [0x3c0, 0x380, 'restart'],
  [0x3ff, 0x3d7, 'property value write'],
];

const DEVICE_INFORMATION = 1;
const DEVICE_INFORMATION_BYTES = 54;
const SERIAL = 8;
const SERIAL_BYTES = 6;
const NAME = 24;
const NAME_BYTES = 30;
const ENDPOINT_BYTES = 8;

class KnxFlow {
  isTold = false;
}

const message = new Message();
const operation = new Operation();
const identity = new Identity();

export const knx: Protocol<KnxFlow> = {
  name: 'knx',
  transport: 'udp',
  ports: [PORT],
  firstBytes: [HEADER >> 8],

  recognises: ({ view, start, end }) => (isMessage(view, start, end) ? YES : NO),

  open: () => new KnxFlow(),

  decode(state, segment, records) {
    const { view, start, end, flow, timeUs } = segment;
    if (!isMessage(view, start, end)) {
      records.oddity('knx_no_message', flow, timeUs);
      return end - start;
    }
    const service = view.getUint16(start + SERVICE);
    stamp(message, segment);
    message.fromClient = segment.toServer;
    message.protocol = 'knx';
    message.kind = KINDS[service] ?? '';
    records.message(message);
    const content = start + HEADER_BYTES;
    if (service === TUNNELLING) telegram(segment, records, content + CONNECTION_BYTES, DATA_REQUEST);
    else if (service === ROUTING) telegram(segment, records, content, DATA_INDICATION);
    else if (service === DESCRIPTION_RESPONSE) describe(state, segment, records, content);
    else if (service === SEARCH_RESPONSE) describe(state, segment, records, content + ENDPOINT_BYTES);
    return end - start;
  },
};

function isMessage(view: DataView, start: number, end: number): boolean {
  return (
    end - start >= HEADER_BYTES &&
    view.getUint16(start) === HEADER &&
    view.getUint16(start + LENGTH) === end - start &&
    KINDS[view.getUint16(start + SERVICE)] !== undefined
  );
}

/** A telegram on its way to the bus: does it write? */
function telegram(segment: Segment, records: Records, at: number, code: number): void {
  const { view, end } = segment;
  if (end - at < 2 || view.getUint8(at) !== code) return;
  const control = at + 2 + view.getUint8(at + 1);
  if (end - control < 9) return;
  const service = view.getUint16(control + 7) & 0x3ff;
  for (const [mask, value, verb] of SERVICES) {
    if ((service & mask) !== value) continue;
    const target = view.getUint16(control + 4);
    const isGroup = (view.getUint8(control + 1) & GROUP_ADDRESS) !== 0;
    stamp(operation, segment);
    operation.fromClient = segment.toServer;
    operation.protocol = 'knx';
    operation.verb = verb;
    operation.object = isGroup
      ? `${target >> 11}/${(target >> 8) & 7}/${target & 255}`
      : `${target >> 12}.${(target >> 8) & 15}.${target & 255}`;
    operation.outcome = 'asked';
    records.operation(operation);
    return;
  }
}

/** Device information: length 54, type 1, medium, status, address, project, serial 6, multicast, MAC, name 30. */
function describe(state: KnxFlow, segment: Segment, records: Records, at: number): void {
  const { view, end } = segment;
  if (state.isTold || end - at < DEVICE_INFORMATION_BYTES) return;
  if (view.getUint8(at) !== DEVICE_INFORMATION_BYTES || view.getUint8(at + 1) !== DEVICE_INFORMATION) return;
  state.isTold = true;
  let serial = '';
  for (let i = 0; i < SERIAL_BYTES; i++)
    serial += view
      .getUint8(at + SERIAL + i)
      .toString(16)
      .padStart(2, '0');
  tell(segment, records, 'serial', serial);
  tell(segment, records, 'name', readText(view, at + NAME, NAME_BYTES));
}

function tell(segment: Segment, records: Records, attribute: string, value: string): void {
  if (value === '') return;
  stamp(identity, segment);
  identity.ofClient = segment.toServer;
  identity.attribute = attribute;
  identity.value = value;
  identity.source = 'KNX device information';
  identity.confidence = 0.9;
  records.identity(identity);
}
