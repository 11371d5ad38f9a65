/**
 * VNC, the remote framebuffer protocol (RFC 6143; community extensions): version, the lock on the door, and what the
 * viewer does.
 *
 *     server  "RFB 003.008\n"              7.1.1       client  "RFB 003.008\n"
 *     server  count, 8 bit; types, 8 bit   7.1.2       client  the type it takes, 8 bit
 *     server  (version 3.3) type, 32 bit   7.1.2
 *     both    what the type wants, result  security.ts client  messages, messages.ts
 *
 * Which key, where the pointer is, pictures, the clipboard and the name of the desktop, which may be a bed or a
 * patient, are never read.
 */
import { readText } from '../../src/bytes/text.ts';
import { GIVE_UP, MAYBE, NO, type Protocol, type Segment, SKIP_REST, YES } from '../../src/protocol.ts';
import { FlowProtocol, type Records, stamp } from '../../src/records.ts';
import { inTheMiddle, Viewer } from './messages.ts';
import { Lock, securityName } from './security.ts';

/** `d` stands for a digit. */
const VERSION = 'RFB ddd.ddd\n';
const MAJOR = 4;
const MINOR = 8;
const DIGIT_0 = 0x30;
const DIGIT_9 = 0x39;

/** Versions as major × 1000 + minor. From 3.7 on the server offers a list. */
const VERSION_LIST = 3_007;
const OFFER_MAX = 16;

const AT_VERSION = 0;
const AT_SECURITY = 1;
const AT_LOCK = 2;
const AT_MESSAGES = 3;
const PASSING = 4;

class VncSide {
  phase = AT_VERSION;
  version = 0;
  text = '';
}

export class VncFlow {
  readonly client = new VncSide();
  readonly server = new VncSide();
  readonly lock = new Lock();
  readonly viewer = new Viewer();
  /** The server offered one type only, and it has been told. */
  settled = false;
}

const said = new FlowProtocol();

export const vnc: Protocol<VncFlow> = {
  name: 'vnc',
  transport: 'tcp',
  ports: [5900, 5901, 5902, 5903],

  recognises(segment) {
    const version = versionAt(segment);
    return version === NO && segment.midstream ? inTheMiddle(segment) : version;
  },

  open: () => new VncFlow(),

  decode(state, segment, records) {
    const { start, toServer } = segment;
    const side = toServer ? state.client : state.server;
    let at = start;
    if (side.phase === AT_VERSION) {
      const known = versionAt(segment);
      if (known === MAYBE) return 0;
      if (known === YES) {
        greeted(side, segment);
        at += VERSION.length;
      } else if (segment.midstream) {
        side.phase = toServer ? AT_MESSAGES : PASSING;
      } else {
        records.oddity('vnc_no_version', segment.flow, segment.timeUs);
        return GIVE_UP;
      }
    }
    if (side.phase === AT_SECURITY) {
      const used = toServer ? chosen(state, segment, at, records) : offered(state, segment, at, records);
      if (used === 0) return at - start;
      side.phase = AT_LOCK;
      at += used;
    }
    if (side.phase === AT_LOCK) {
      at = toServer ? fromClient(state, segment, at, records) : state.lock.server(segment, at, records);
      if (!(toServer ? state.lock.clientDone : state.lock.serverDone)) return at - start;
      side.phase = toServer && state.lock.isOpen ? AT_MESSAGES : PASSING;
    }
    if (side.phase === AT_MESSAGES) {
      const used = state.viewer.read(segment, at, records);
      if (used >= 0) return at - start + used;
      side.phase = PASSING;
    }
    return SKIP_REST;
  },

  gap(state, segment) {
    (segment.toServer ? state.client : state.server).phase = PASSING;
  },
};

function versionAt({ view, start, end }: Segment): number {
  for (let i = 0; i < VERSION.length; i++) {
    if (start + i >= end) return MAYBE;
    const code = view.getUint8(start + i);
    const wanted = VERSION.charCodeAt(i);
    if (VERSION[i] === 'd' ? code < DIGIT_0 || code > DIGIT_9 : code !== wanted) return NO;
  }
  return YES;
}

function greeted(side: VncSide, { view, start, toServer }: Segment): void {
  side.text = readText(view, start, VERSION.length - 1);
  side.version = number(view, start + MAJOR) * 1_000 + number(view, start + MINOR);
  if (side.version === 0)
    side.phase = PASSING; // 0.0 greets at a repeater.
  // A client of 3.3 takes what the server decides.
  else side.phase = toServer && side.version < VERSION_LIST ? AT_LOCK : AT_SECURITY;
}

function number(view: DataView, at: number): number {
  return (view.getUint8(at) - DIGIT_0) * 100 + (view.getUint8(at + 1) - DIGIT_0) * 10 + view.getUint8(at + 2) - DIGIT_0;
}

/** The server's list, or its decision in 3.3. Returns the bytes used, 0 when more are needed. */
function offered(state: VncFlow, segment: Segment, at: number, records: Records): number {
  const { view, end } = segment;
  if (end <= at) return 0;
  const { lock } = state;
  const count = view.getUint8(at);
  lock.version = state.client.version > 0 ? state.client.version : state.server.version;
  // Where the client was not seen, a zero first means 3.3 too: a list is never empty except to refuse.
  if (lock.version < VERSION_LIST || (count === 0 && state.client.version === 0)) {
    if (end - at < 4) return 0;
    lock.type = view.getUint32(at);
    tell(state, segment, securityName(lock.type), records);
    state.settled = true;
    return 4;
  }
  if (end - at < 1 + count) return 0;
  const names: string[] = [];
  for (let i = 0; i < count && names.length < OFFER_MAX; i++) {
    const name = securityName(view.getUint8(at + 1 + i));
    if (!names.includes(name)) names.push(name);
  }
  tell(state, segment, names.join(','), records);
  state.settled = count <= 1;
  if (count === 1) lock.type = view.getUint8(at + 1);
  return 1 + count;
}

/** The client takes one type of the list. */
function chosen(state: VncFlow, segment: Segment, at: number, records: Records): number {
  if (segment.end <= at) return 0;
  const { lock } = state;
  if (lock.version === 0) lock.version = state.client.version;
  lock.type = segment.view.getUint8(at);
  if (!state.settled) tell(state, segment, securityName(lock.type), records);
  return 1;
}

function fromClient(state: VncFlow, segment: Segment, from: number, records: Records): number {
  const { lock } = state;
  const before = lock.subtype;
  const at = lock.client(segment, from, records);
  if (lock.subtype !== before) tell(state, segment, `${securityName(lock.type)} ${lock.subtype}`, records);
  return at;
}

function tell(state: VncFlow, segment: Segment, security: string, records: Records): void {
  // The client's version is the one that is spoken.
  const version = state.client.text === '' ? state.server.text : state.client.text;
  stamp(said, segment);
  said.protocol = 'vnc';
  said.detail = security === '' ? version : `${version} security ${security}`;
  records.flowProtocol(said);
}
