/**
 * Syslog (RFC 5424; the older form RFC 3164) over UDP (RFC 5426) and TCP (RFC 6587): how many messages of which severity.
 *
 *     <PRI>1 2026-11-23T14:41:01Z host application process id [data] text      PRI = facility × 8 + severity
 *     <PRI>Nov 23 14:41:01 host text
 *     TCP: length in digits, space, message · or the message, ended by a line feed
 *
 * Nothing but the priority and, of RFC 5424, the name of the application is read: the text may hold anything.
 */
import { GIVE_UP, MAYBE, NO, type Protocol, type Segment, YES } from '../../src/protocol.ts';
import type { Records } from '../../src/records.ts';
import { Heads, headAt, IS_HEAD, NO_HEAD } from './head.ts';

const PORT = 514;
const PORT_TCP = 601;
const PORT_SERVERS = 1514;

const LESS_THAN = 0x3c;
const DIGIT_0 = 0x30;
const DIGIT_9 = 0x39;
const SPACE = 0x20;
const LINE_FEED = 0x0a;

/** A length of more digits is none: RFC 5425 lets receivers take 2,048 bytes, and real ones 64 KiB. */
const LENGTH_DIGITS_MAX = 5;
/** As much of a message as is looked at: priority, version, time, host, application. */
const HEAD_BYTES = 512;

const heads = new Heads();

const isUsualPort = (port: number): boolean => port === PORT || port === PORT_TCP || port === PORT_SERVERS;

/** The applications of a flow that were told. */
type Told = Set<string>;

export const syslog: Protocol<Told> = {
  name: 'syslog',
  transport: 'udp',
  ports: [PORT],
  firstBytes: [LESS_THAN],

  recognises({ view, start, end, clientPort, serverPort }) {
    return headAt(view, start, end, isUsualPort(serverPort) || isUsualPort(clientPort)) === IS_HEAD ? YES : NO;
  },

  open: () => new Set<string>(),

  decode(told, segment, records) {
    const { view, start, end, flow, timeUs } = segment;
    if (headAt(view, start, end, true) === IS_HEAD) heads.tell(told, segment, start, end, records);
    else records.oddity('syslog_no_priority', flow, timeUs);
    return end - start;
  },
};

/** One direction of a connection. */
class Side {
  /** The rest of a line passes unseen. */
  inLine = false;
  /** Bytes were lost: the next message is sought. */
  lost = false;
}

export class SyslogFlow {
  readonly told: Told = new Set();
  readonly toServer: Side = new Side();
  readonly toClient: Side = new Side();
}

/** What stands at a place of a stream. */
interface Frame {
  answer: number;
  /** Where the message begins, and how long it is; -1: up to a line feed. */
  head: number;
  bytes: number;
}
const frame: Frame = { answer: NO, head: 0, bytes: -1 };

/** Fills `frame` for the message at `at`. */
function look(view: DataView, at: number, end: number, isUsual: boolean): number {
  frame.head = at;
  frame.bytes = -1;
  let length = 0;
  while (frame.head < end && isDigit(view.getUint8(frame.head)) && frame.head - at < LENGTH_DIGITS_MAX) {
    length = length * 10 + view.getUint8(frame.head++) - DIGIT_0;
  }
  if (frame.head > at) {
    if (length === 0) return NO;
    if (frame.head === end) return MAYBE;
    if (view.getUint8(frame.head) !== SPACE) return NO;
    frame.head++;
    frame.bytes = length;
  }
  const head = headAt(view, frame.head, frame.bytes < 0 ? end : Math.min(end, frame.head + length), isUsual);
  if (head === NO_HEAD) return NO;
  if (head === IS_HEAD) return YES;
  // A head that the message has no room for.
  return frame.bytes >= 0 && end - frame.head >= frame.bytes ? NO : MAYBE;
}

export const syslogOverTcp: Protocol<SyslogFlow> = {
  name: 'syslog',
  transport: 'tcp',
  ports: [PORT_TCP, PORT, PORT_SERVERS],
  firstBytes: [LESS_THAN, ...Array.from({ length: 9 }, (_, i) => DIGIT_0 + 1 + i)],

  recognises: ({ view, start, end, serverPort }) => look(view, start, end, isUsualPort(serverPort)),

  open: () => new SyslogFlow(),

  decode(flow, segment, records) {
    const { view, start, end, toServer } = segment;
    const side = toServer ? flow.toServer : flow.toClient;
    let at = start;
    while (at < end) {
      if (side.inLine) {
        while (at < end && view.getUint8(at) !== LINE_FEED) at++;
        if (at === end) break;
        side.inLine = false;
        at++;
        continue;
      }
      if (view.getUint8(at) === LINE_FEED) {
        at++;
        continue;
      }
      const answer = look(view, at, end, true);
      if (answer === MAYBE && end - at < HEAD_BYTES) break;
      if (answer !== YES) {
        if (!side.lost) {
          records.oddity('syslog_no_priority', segment.flow, segment.timeUs);
          return GIVE_UP;
        }
        at++;
        continue;
      }
      const used = message(flow, side, segment, at, records);
      if (used === 0) break;
      at += used;
      // A counted message may reach beyond what is here; its rest passes unseen.
      if (at > end) break;
    }
    return at - start;
  },

  gap(flow, { toServer }) {
    const side = toServer ? flow.toServer : flow.toClient;
    side.lost = true;
    side.inLine = false;
  },
};

/** Tells the message that `look` has found, and how far it reaches; 0 when more of its head is needed. */
function message(flow: SyslogFlow, side: Side, segment: Segment, at: number, records: Records): number {
  const { view, end } = segment;
  const { head, bytes } = frame;
  const wanted = bytes < 0 ? HEAD_BYTES : Math.min(bytes, HEAD_BYTES);
  let headEnd = Math.min(end, head + wanted);
  let isWhole = headEnd === head + wanted;
  if (bytes < 0) {
    let feed = head;
    while (feed < headEnd && view.getUint8(feed) !== LINE_FEED) feed++;
    if (feed < headEnd) {
      headEnd = feed;
      isWhole = true;
    }
  }
  if (!isWhole) return 0;
  side.lost = false;
  heads.tell(flow.told, segment, head, headEnd, records);
  if (bytes >= 0) return head - at + bytes;
  side.inLine = true;
  return headEnd - at;
}

function isDigit(code: number): boolean {
  return code >= DIGIT_0 && code <= DIGIT_9;
}
