/**
 * Mindray Patient Data Share: a monitor's broadcast once a second, HL7 2.3.1 in MLLP blocks in UDP datagrams.
 *
 *     0B │ MSH|^~\&|…|ADT^A01|id|P|2.3.1 CR … PV1||I|ward^^bed&…&…&IPv4&port|… CR │ 1C 0D        MSH-10: kind of message
 *
 * The conversation that follows is HL7 over TCP and told as such. Of the broadcast only kind, address and port are read.
 */
import { indexOfByte, startsWith } from '../../src/bytes/text.ts';
import { NO, type Protocol, type Segment, YES } from '../../src/protocol.ts';
import { Expectation, Message, type Records, stamp } from '../../src/records.ts';

const PORTS = [4600, 4620];
const START = '\x0bMSH|';
const VISIT = 'PV1|';
const CARRIAGE_RETURN = 0x0d;
const BAR = 0x7c;
const CARET = 0x5e;
const AMPERSAND = 0x26;

/** MSH-10 holds the kind of message; MSH-1 is the bar itself. */
const MESSAGE_ID_BARS = 9;
const LOCATION_BARS = 3;
const KINDS: Readonly<Record<number, string>> = {
  11: 'labels',
  51: 'limits',
  53: 'alarm status',
  54: 'physiological alarm',
  56: 'technical alarm',
  58: 'alarm priority',
  60: 'alarm switches',
  103: 'patient information',
  106: 'echo',
  204: 'periodic vital signs',
  503: 'blood pressure',
  1202: 'labels',
  1203: 'query',
};

class MindrayFlow {
  port = 0;
}

const message = new Message();
const expectation = new Expectation();

export const mindray: Protocol<MindrayFlow> = {
  name: 'mindray',
  transport: 'udp',
  ports: PORTS,
  firstBytes: [0x0b],

  recognises({ view, start, end, serverPort, clientPort }) {
    const isPort = PORTS.includes(serverPort) || PORTS.includes(clientPort);
    return isPort && startsWith(view, start, end, START) ? YES : NO;
  },

  open: () => new MindrayFlow(),

  decode(state, segment, records) {
    const { view, start, end } = segment;
    if (!startsWith(view, start, end, START)) {
      records.oddity('mindray_no_header', segment.flow, segment.timeUs);
      return end - start;
    }
    const line = lineEnd(view, start, end);
    const id = numberAt(view, behind(view, start, line, BAR, MESSAGE_ID_BARS), line);
    tell(segment, records, KINDS[id] ?? 'online notification');
    for (let at = line + 1; at < end; at = lineEnd(view, at, end) + 1) {
      if (startsWith(view, at, end, VISIT)) announce(state, segment, records, at, lineEnd(view, at, end));
    }
    return end - start;
  },
};

function lineEnd(view: DataView, at: number, end: number): number {
  const found = indexOfByte(view, at, end, CARRIAGE_RETURN);
  return found < 0 ? end : found;
}

/** Behind the `count`th mark, or `end`. */
function behind(view: DataView, from: number, end: number, mark: number, count: number): number {
  let at = from;
  for (let i = 0; i < count; i++) {
    at = indexOfByte(view, at, end, mark) + 1;
    if (at === 0) return end;
  }
  return at;
}

/** Decimal digits at `at`; 0 where there are none. */
function numberAt(view: DataView, at: number, end: number): number {
  let value = 0;
  for (let i = at; i < end && i - at < 10; i++) {
    const digit = view.getUint8(i) - 0x30;
    if (digit < 0 || digit > 9) break;
    value = value * 10 + digit;
  }
  return value;
}

/** PV1-3, third component: its third and fourth parts are address and port of the TCP server. */
function announce(state: MindrayFlow, segment: Segment, records: Records, at: number, end: number): void {
  const { view } = segment;
  const location = behind(view, at, end, BAR, LOCATION_BARS);
  const next = indexOfByte(view, location, end, BAR);
  const stop = next < 0 ? end : next;
  const bed = behind(view, location, stop, CARET, 2);
  const addressAt = behind(view, bed, stop, AMPERSAND, 2);
  const address = numberAt(view, addressAt, stop);
  const port = numberAt(view, behind(view, addressAt, stop, AMPERSAND, 1), stop);
  if (address === 0 || address > 0xffffffff || port === 0 || port > 0xffff || port === state.port) return;
  state.port = port;
  stamp(expectation, segment);
  expectation.protocol = 'hl7';
  expectation.server = String.fromCharCode(Math.floor(address / 65_536), address & 0xffff);
  expectation.serverPort = port;
  records.expectation(expectation);
}

function tell(segment: Segment, records: Records, kind: string): void {
  stamp(message, segment);
  message.fromClient = segment.toServer;
  message.protocol = 'mindray';
  message.kind = kind;
  records.message(message);
}
