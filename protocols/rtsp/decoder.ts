/**
 * RTSP (RFC 7826, 2326), the remote control of cameras and their streams.
 *
 *     DESCRIBE rtsp://… RTSP/1.0 CR LF … CR LF CR LF [body]        RTSP/1.0 200 OK CR LF …
 *     "$" channel 8 │ length 16 │ data                             between them, when the stream shares the connection
 *
 * Paths, users and pictures pass unseen. A login is told by the scheme of Authorization.
 */
import { endOfHead, endOfLine, headerValue, numberAt, startsWithAnyCase } from '../../src/bytes/lines.ts';
import { readText, startsWith } from '../../src/bytes/text.ts';
import type { Limits } from '../../src/limits.ts';
import { begins, GIVE_UP, NO, type Protocol, type Segment } from '../../src/protocol.ts';
import { Identity, Login, Message, type Records, stamp } from '../../src/records.ts';

const METHODS: readonly string[] = [
  ...['DESCRIBE', 'OPTIONS', 'SETUP', 'PLAY', 'PAUSE', 'TEARDOWN', 'ANNOUNCE', 'RECORD', 'REDIRECT', 'GET_PARAMETER'],
  ...['SET_PARAMETER', 'PLAY_NOTIFY'],
];
const VERSION = 'RTSP/';
/** Beginnings of a conversation. */
const OPENINGS: readonly string[] = [
  ...METHODS.map((name) => `${name} rtsp://`),
  ...['RTSP/1.0 ', 'RTSP/2.0 ', 'OPTIONS * RTSP/'],
];
const REQUESTS: readonly string[] = METHODS.map((name) => `${name} `);
const CLASSES: readonly string[] = ['', '1xx', '2xx', '3xx', '4xx', '5xx'];
const DOLLAR = 0x24;
const CARRIAGE_RETURN = 0x0d;
const LINE_FEED = 0x0a;
const INTERLEAVED_BYTES = 4;
const PROGRAM_BYTES_MAX = 96;
const FIRST: readonly number[] = [...new Set('DOSPTARG')].map((letter) => letter.charCodeAt(0));

export class RtspFlow {
  isIdentifiedClient = false;
  isIdentifiedServer = false;
  /** Scheme of a login whose answer has not come. */
  method = '';
}

const message = new Message();
const identity = new Identity();
const login = new Login();

export function createRtsp({ limits }: { limits: Limits }): Protocol<RtspFlow> {
  return {
    name: 'rtsp',
    transport: 'tcp',
    ports: [554, 8554, 10_554],
    firstBytes: FIRST,

    recognises(segment) {
      let best = NO;
      for (let i = 0; i < OPENINGS.length; i++) best = Math.max(best, begins(segment, OPENINGS[i]!));
      return best;
    },

    open: () => new RtspFlow(),

    decode(state, segment, records) {
      const { view, start, end } = segment;
      let at = start;
      while (at < end) {
        const code = view.getUint8(at);
        if (code === DOLLAR) {
          if (end - at < INTERLEAVED_BYTES) break;
          at += INTERLEAVED_BYTES + view.getUint16(at + 2);
          continue;
        }
        if (code === CARRIAGE_RETURN || code === LINE_FEED) {
          at++;
          continue;
        }
        const head = endOfHead(view, at, end);
        if (head < 0) {
          if (end - at > limits.sipHeadBytesMax) return GIVE_UP;
          break;
        }
        if (head - at > limits.sipHeadBytesMax || !tell(state, segment, at, head, records)) return GIVE_UP;
        const length = headerValue(view, at, head, 'content-length');
        at = head + (length < 0 ? 0 : Math.max(0, numberAt(view, length, head)));
      }
      return at - start;
    },
  };
}

function tell(state: RtspFlow, segment: Segment, at: number, to: number, records: Records): boolean {
  const { view, toServer } = segment;
  const isResponse = startsWith(view, at, to, VERSION);
  const status = isResponse ? numberAt(view, at + VERSION.length + 4, to) : 0;
  const kind = isResponse ? (CLASSES[Math.floor(status / 100)] ?? 'other status') : methodAt(view, at, to);
  if (kind === '') return false;
  stamp(message, segment);
  message.fromClient = toServer;
  message.protocol = 'rtsp';
  message.kind = kind;
  records.message(message);
  program(state, segment, at, to, records);
  if (!isResponse) asked(state, segment, at, to, records);
  else if (state.method !== '' && status >= 200) {
    if (status < 300) tellLogin(state.method, 'success', !toServer, segment, records);
    else if (status === 401 || status === 403) tellLogin(state.method, 'failure', !toServer, segment, records);
    state.method = '';
  }
  return true;
}

function methodAt(view: DataView, at: number, to: number): string {
  for (let i = 0; i < METHODS.length; i++) if (startsWith(view, at, to, REQUESTS[i]!)) return METHODS[i]!;
  return '';
}

function program(state: RtspFlow, segment: Segment, at: number, to: number, records: Records): void {
  const { view, toServer } = segment;
  if (toServer ? state.isIdentifiedClient : state.isIdentifiedServer) return;
  const value = headerValue(view, at, to, toServer ? 'user-agent' : 'server');
  if (value < 0) return;
  if (toServer) state.isIdentifiedClient = true;
  else state.isIdentifiedServer = true;
  stamp(identity, segment);
  identity.ofClient = toServer;
  identity.attribute = toServer ? 'user-agent' : 'server-software';
  identity.value = readText(view, value, Math.min(endOfLine(view, value, to) - value, PROGRAM_BYTES_MAX));
  identity.source = toServer ? 'RTSP User-Agent' : 'RTSP Server';
  identity.confidence = 0.5;
  if (identity.value !== '') records.identity(identity);
}

function asked(state: RtspFlow, segment: Segment, at: number, to: number, records: Records): void {
  const { view, toServer } = segment;
  const value = headerValue(view, at, to, 'authorization');
  if (value < 0 || to - value < 6) return;
  state.method = startsWithAnyCase(view, value, 'digest') ? 'digest' : 'basic';
  tellLogin(state.method, 'asked', toServer, segment, records);
}

function tellLogin(method: string, outcome: string, fromClient: boolean, segment: Segment, records: Records): void {
  stamp(login, segment);
  login.fromClient = fromClient;
  login.protocol = 'rtsp';
  login.method = method;
  login.outcome = outcome;
  login.isClear = method === 'basic';
  records.login(login);
}
