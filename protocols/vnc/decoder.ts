/**
 * VNC, the remote framebuffer protocol (RFC 6143): version and the lock on the door.
 *
 *     server  "RFB 003.008\n"              7.1.1       client  "RFB 003.008\n"
 *     server  count, 8 bit; types, 8 bit   7.1.2       client  the type it takes, 8 bit
 *     server  (version 3.3) type, 32 bit   7.1.2
 *
 * From there a direction passes unseen: neither keys, nor pictures, nor the name of the desktop, which
 * may be a bed or a patient, are read.
 */
import { readText } from '../../src/bytes/text.ts';
import { GIVE_UP, MAYBE, NO, type Protocol, type Segment, SKIP_REST, YES } from '../../src/protocol.ts';
import { FlowProtocol, type Records, stamp } from '../../src/records.ts';
import { inTheMiddle } from './messages.ts';

/** `d` stands for a digit. */
const VERSION = 'RFB ddd.ddd\n';
const MAJOR = 4;
const MINOR = 8;
const DIGIT_0 = 0x30;
const DIGIT_9 = 0x39;

/** Versions as major × 1000 + minor. From 3.7 on the server offers a list. */
const VERSION_LIST = 3_007;

// RFC 6143 7.1.2 and the registry it refers to.
const SECURITY = new Map([
  [1, 'none'],
  [2, 'vnc'],
  [5, 'ra2'],
  [6, 'ra2ne'],
  [16, 'tight'],
  [17, 'ultra'],
  [18, 'tls'],
  [19, 'vencrypt'],
  [20, 'sasl'],
  [30, 'apple'],
  [129, 'ra2-256'],
  [130, 'ra2ne-256'],
]);
const OFFER_MAX = 16;

const AT_VERSION = 0;
const AT_SECURITY = 1;
const PASSING = 2;

class VncSide {
  phase = AT_VERSION;
  version = 0;
  text = '';
}

export class VncFlow {
  readonly client = new VncSide();
  readonly server = new VncSide();
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
    const { view, start } = segment;
    const side = segment.toServer ? state.client : state.server;
    let at = start;
    if (side.phase === AT_VERSION) {
      const known = versionAt(segment);
      if (known === MAYBE) return 0;
      if (known === YES) {
        side.text = readText(view, start, VERSION.length - 1);
        side.version = number(view, start + MAJOR) * 1_000 + number(view, start + MINOR);
        // A client of 3.3 takes what the server decides and answers nothing. 0.0 greets at a repeater.
        const silent = segment.toServer && side.version < VERSION_LIST;
        side.phase = silent || side.version === 0 ? PASSING : AT_SECURITY;
        at += VERSION.length;
      } else if (segment.midstream) {
        side.phase = PASSING;
      } else {
        records.oddity('vnc_no_version', segment.flow, segment.timeUs);
        return GIVE_UP;
      }
    }
    if (side.phase === AT_SECURITY) {
      const used = segment.toServer ? chosen(state, segment, at, records) : offered(state, segment, at, records);
      if (used === 0) return at - start;
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

function number(view: DataView, at: number): number {
  return (view.getUint8(at) - DIGIT_0) * 100 + (view.getUint8(at + 1) - DIGIT_0) * 10 + view.getUint8(at + 2) - DIGIT_0;
}

/** The server's list, or its decision in 3.3. Returns the bytes used, 0 when more are needed. */
function offered(state: VncFlow, segment: Segment, at: number, records: Records): number {
  const { view, end } = segment;
  if (end <= at) return 0;
  const count = view.getUint8(at);
  const version = state.client.version > 0 ? state.client.version : state.server.version;
  // Where the client was not seen, a zero first means 3.3 too: a list is never empty except to refuse.
  if (version < VERSION_LIST || (count === 0 && state.client.version === 0)) {
    if (end - at < 4) return 0;
    tell(state, segment, securityName(view.getUint32(at)), records);
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
  return 1 + count;
}

/** The client takes one type of the list. */
function chosen(state: VncFlow, segment: Segment, at: number, records: Records): number {
  if (segment.end <= at) return 0;
  if (!state.settled) tell(state, segment, securityName(segment.view.getUint8(at)), records);
  return 1;
}

function securityName(type: number): string {
  return type === 0 ? '' : (SECURITY.get(type) ?? `type ${type}`);
}

function tell(state: VncFlow, segment: Segment, security: string, records: Records): void {
  // The client's version is the one that is spoken.
  const version = state.client.text === '' ? state.server.text : state.client.text;
  stamp(said, segment);
  said.protocol = 'vnc';
  said.detail = security === '' ? version : `${version} security ${security}`;
  records.flowProtocol(said);
}
