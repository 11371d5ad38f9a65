/**
 * Head of one SIP message (RFC 3261 7): what kind of message, which program, whether somebody shows who they are.
 *
 *     REGISTER sip:… SIP/2.0 CR LF        SIP/2.0 200 OK CR LF
 *     User-Agent: … · Authorization: Digest … · CSeq: 2 REGISTER · Content-Length: 0
 *
 * Addresses, numbers and names of people, and the bodies, never become a string.
 */
import { endOfLine, headerValue, numberAt, startsWithAnyCase } from '../../src/bytes/lines.ts';
import { readText, startsWith } from '../../src/bytes/text.ts';
import { begins, MAYBE, NO, type Segment, YES } from '../../src/protocol.ts';
import { Identity, Login, Message, type Records, stamp } from '../../src/records.ts';

/** RFC 3261 and its extensions. */
export const METHODS: readonly string[] = [
  ...['INVITE', 'ACK', 'BYE', 'CANCEL', 'REGISTER', 'OPTIONS', 'INFO', 'PRACK', 'SUBSCRIBE', 'NOTIFY', 'UPDATE'],
  ...['MESSAGE', 'REFER', 'PUBLISH'],
];
const VERSION = 'SIP/2.0 ';
/** Beginnings of a request. */
const OPENINGS: readonly string[] = METHODS.flatMap((name) => [`${name} sip`, `${name} tel:`]);
const REQUESTS: readonly string[] = METHODS.map((name) => `${name} `);
const CLASSES: readonly string[] = ['', '1xx', '2xx', '3xx', '4xx', '5xx', '6xx'];
const PROGRAM_BYTES_MAX = 96;

/** What is remembered of a conversation. */
export class SipDialog {
  isIdentifiedClient = false;
  isIdentifiedServer = false;
  method = '';
}

const message = new Message();
const identity = new Identity();
const login = new Login();

/** A status line, or a known method and an address of SIP or a telephone. */
export function isOpening(segment: Segment): number {
  let best = begins(segment, VERSION);
  for (let i = 0; i < OPENINGS.length; i++) best = Math.max(best, begins(segment, OPENINGS[i]!));
  if (best !== YES || begins(segment, VERSION) === YES) return best;
  // A request says its version at the end of the line.
  const { view, start, end } = segment;
  const line = endOfLine(view, start, end);
  if (line === end) return end - start < 512 ? MAYBE : NO;
  return startsWith(view, line - 7, line, 'SIP/2.0') ? YES : NO;
}

/** Tells the message whose head is `[at, to)`. */
export function tell(dialog: SipDialog, segment: Segment, at: number, to: number, records: Records): void {
  const { view, toServer } = segment;
  const isResponse = startsWith(view, at, to, VERSION);
  const status = isResponse ? numberAt(view, at + VERSION.length, to) : 0;
  stamp(message, segment);
  message.fromClient = toServer;
  message.protocol = 'sip';
  message.kind = isResponse ? (CLASSES[Math.floor(status / 100)] ?? 'other status') : methodAt(view, at, to);
  records.message(message);
  program(dialog, segment, at, to, records);
  if (isResponse) answered(dialog, status, segment, at, to, records);
  else asked(dialog, segment, at, to, records);
}

function methodAt(view: DataView, at: number, to: number): string {
  for (let i = 0; i < METHODS.length; i++) if (startsWith(view, at, to, REQUESTS[i]!)) return METHODS[i]!;
  return 'other method';
}

function program(dialog: SipDialog, segment: Segment, at: number, to: number, records: Records): void {
  const { view, toServer } = segment;
  if (toServer ? dialog.isIdentifiedClient : dialog.isIdentifiedServer) return;
  let value = headerValue(view, at, to, 'user-agent');
  if (value < 0) value = headerValue(view, at, to, 'server');
  if (value < 0) return;
  if (toServer) dialog.isIdentifiedClient = true;
  else dialog.isIdentifiedServer = true;
  stamp(identity, segment);
  identity.ofClient = toServer;
  identity.attribute = toServer ? 'user-agent' : 'server-software';
  identity.value = readText(view, value, Math.min(endOfLine(view, value, to) - value, PROGRAM_BYTES_MAX));
  identity.source = 'SIP User-Agent';
  identity.confidence = 0.5;
  if (identity.value !== '') records.identity(identity);
}

function asked(dialog: SipDialog, segment: Segment, at: number, to: number, records: Records): void {
  const { view } = segment;
  let value = headerValue(view, at, to, 'authorization');
  if (value < 0) value = headerValue(view, at, to, 'proxy-authorization');
  if (value < 0 || to - value < 6) return;
  dialog.method = startsWithAnyCase(view, value, 'digest') ? 'digest' : 'basic';
  tellLogin(dialog.method, 'asked', segment.toServer, segment, records);
}

function answered(dialog: SipDialog, status: number, segment: Segment, at: number, to: number, records: Records): void {
  const { view } = segment;
  if (dialog.method === '' || status < 200) return;
  // An answer to what was asked with credentials: taken, or refused again.
  const isRefused = status === 401 || status === 403 || status === 407;
  if (status >= 300 && !isRefused) return;
  const sequence = headerValue(view, at, to, 'cseq');
  if (sequence < 0) return;
  const { method } = dialog;
  dialog.method = '';
  tellLogin(method, isRefused ? 'failure' : 'success', !segment.toServer, segment, records);
}

function tellLogin(method: string, outcome: string, fromClient: boolean, segment: Segment, records: Records): void {
  stamp(login, segment);
  login.fromClient = fromClient;
  login.protocol = 'sip';
  login.method = method;
  login.outcome = outcome;
  login.isClear = method === 'basic';
  records.login(login);
}
