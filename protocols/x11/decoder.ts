/**
 * X11 (X Window System Protocol, chapter 8 and appendix B): who draws on a screen and reads its keyboard.
 *
 *     client  B | l, 0, version 11, 0, bytes of the name, bytes of the data, 0; name, data, each filled to four
 *     server  0 failed | 1 success | 2 authenticate, …, 11, 0, length; success: … bytes of the vendor @24, vendor @40
 *
 * All numbers stand in the order of bytes that the client's first byte says. From the setup on both directions pass
 * unseen. Behind `MIT-MAGIC-COOKIE-1` stands the secret itself: it is stepped over.
 */
import { readText, startsWith } from '../../src/bytes/text.ts';
import { GIVE_UP, MAYBE, NO, type Protocol, type Segment, SKIP_REST, YES } from '../../src/protocol.ts';
import { Identity, Login, Message, type Records, stamp } from '../../src/records.ts';

const BIG = 0x42;
const LITTLE = 0x6c;
const SETUP_BYTES = 12;
const REPLY_BYTES = 8;
const VERSION = 11;
const COOKIE = 'MIT-MAGIC-COOKIE-1';
/** Names of methods have about twenty letters, their data less than a hundred bytes. */
const NAME_BYTES_MAX = 64;
const DATA_BYTES_MAX = 1_024;

const SUCCESS = 1;
const OUTCOMES: readonly string[] = ['failed', 'success', 'authenticate'];
const VENDOR_LENGTH = 24;
const VENDOR = 40;
const VENDOR_BYTES_MAX = 64;

export class X11Flow {
  isLittle = false;
  isAsked = false;
  isAnswered = false;
  method = '';
  isClear = false;
}

const message = new Message();
const login = new Login();
const vendor = new Identity();

export const x11: Protocol<X11Flow> = {
  name: 'x11',
  transport: 'tcp',
  ports: [6000, 6001, 6002, 6003, 6010, 6011],
  firstBytes: [BIG, LITTLE],

  recognises({ view, start, end }) {
    if (start >= end) return MAYBE;
    const order = view.getUint8(start);
    if (order !== BIG && order !== LITTLE) return NO;
    if (start + 1 < end && view.getUint8(start + 1) !== 0) return NO;
    if (end - start < SETUP_BYTES) return MAYBE;
    const little = order === LITTLE;
    return view.getUint16(start + 2, little) === VERSION &&
      view.getUint16(start + 4, little) === 0 &&
      view.getUint16(start + 6, little) <= NAME_BYTES_MAX &&
      view.getUint16(start + 8, little) <= DATA_BYTES_MAX
      ? YES
      : NO;
  },

  open: () => new X11Flow(),

  decode(state, segment, records) {
    const { view, start, end, toServer } = segment;
    if (!toServer) {
      if (!state.isAsked || state.isAnswered) return SKIP_REST;
      return reply(state, segment, records);
    }
    if (state.isAsked) return SKIP_REST;
    const known = x11.recognises(segment);
    if (known === NO) return GIVE_UP;
    if (known === MAYBE) return 0;
    const little = view.getUint8(start) === LITTLE;
    const name = view.getUint16(start + 6, little);
    if (end - start < SETUP_BYTES + name) return 0;
    state.isAsked = true;
    state.isLittle = little;
    const cookie = startsWith(view, start + SETUP_BYTES, start + SETUP_BYTES + name, COOKIE);
    state.method = name === 0 ? 'none' : 'token';
    tell('setup', segment, records);
    state.isClear = cookie;
    tellLogin(state, 'asked', segment, records);
    return SKIP_REST;
  },

  gap(state) {
    state.isAsked = true;
    state.isAnswered = true;
  },
};

function reply(state: X11Flow, segment: Segment, records: Records): number {
  const { view, start, end } = segment;
  if (end - start < REPLY_BYTES) return 0;
  const outcome = OUTCOMES[view.getUint8(start)];
  if (outcome === undefined || (outcome !== 'authenticate' && view.getUint16(start + 2, state.isLittle) !== VERSION))
    return GIVE_UP;
  if (outcome === 'success') {
    if (end - start < VENDOR) return 0;
    const bytes = Math.min(view.getUint16(start + VENDOR_LENGTH, state.isLittle), VENDOR_BYTES_MAX);
    if (end - start < VENDOR + bytes) return 0;
    stamp(vendor, segment);
    vendor.ofClient = false;
    vendor.attribute = 'server-software';
    vendor.value = readText(view, start + VENDOR, bytes);
    vendor.source = 'X11 vendor';
    vendor.confidence = 0.6;
    if (vendor.value !== '') records.identity(vendor);
  }
  state.isAnswered = true;
  tell(outcome, segment, records);
  if (outcome !== 'authenticate')
    tellLogin(state, view.getUint8(start) === SUCCESS ? 'success' : 'failure', segment, records);
  return SKIP_REST;
}

function tell(kind: string, segment: Segment, records: Records): void {
  stamp(message, segment);
  message.fromClient = segment.toServer;
  message.protocol = 'x11';
  message.kind = kind;
  records.message(message);
}

function tellLogin(state: X11Flow, outcome: string, segment: Segment, records: Records): void {
  stamp(login, segment);
  login.protocol = 'x11';
  login.method = state.method;
  login.outcome = outcome;
  login.isClear = state.isClear;
  records.login(login);
}
