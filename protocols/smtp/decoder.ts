/**
 * SMTP (RFC 5321; AUTH RFC 4954, STARTTLS RFC 3207, BDAT RFC 3030): who sends mail through whom, with which login, and
 * how much of it.
 *
 *     client:  verb SP arguments CR LF · DATA … CR LF . CR LF · BDAT size, so many bytes
 *     server:  code SP text CR LF · code `-` text … code SP text
 *
 * Addresses, subjects and texts stay on the wire: mail is counted in bytes and passes unseen. After STARTTLS the flow is
 * handed to TLS.
 */
import { DottedText } from '../../src/bytes/dotted.ts';
import { mailServerIn } from '../../src/bytes/mail-servers.ts';
import {
  isReadable,
  LOGIN,
  mechanism,
  methodOf,
  PLAIN,
  weaknessOfBase64,
  weaknessOfPlain,
} from '../../src/bytes/sasl.ts';
import { indexOfByte, readText } from '../../src/bytes/text.ts';
import { digits, find, Words } from '../../src/bytes/words.ts';
import type { Limits } from '../../src/limits.ts';
import { Handover, MAYBE, NO, type Protocol, type Segment, YES } from '../../src/protocol.ts';
import { FlowProtocol, Identity, Login, Message, type Records, stamp, Transfer } from '../../src/records.ts';

const PORTS = [25, 587, 2525] as const;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;
const HYPHEN = 0x2d;
const TLS_HANDSHAKE = 0x16;
const CODE_DIGITS = 3;
const GREETING_BYTES_MAX = 512;
const NAME_BYTES_MAX = 64;

const READY = 220;
const LOGGED_IN = 235;
const GO_ON = 334;
const SEND_MAIL = 354;

const COMMANDS = new Words([
  ...['HELO', 'EHLO', 'MAIL', 'RCPT', 'DATA', 'BDAT', 'RSET', 'NOOP', 'QUIT', 'VRFY', 'EXPN', 'HELP', 'AUTH'],
  ...['STARTTLS', 'TURN', 'ETRN', 'ATRN', 'SEND', 'SOML', 'SAML', 'LHLO', 'XCLIENT', 'XFORWARD', 'XEXCH50', 'X-EXPS'],
  ...['X-LINK2STATE', 'BURL'],
]);
/** Words that begin a conversation of SMTP and of nothing else. */
const OPENINGS = new Set(['EHLO', 'HELO', 'LHLO']);
const MIDDLES = new Set(['MAIL', 'RCPT', 'EHLO', 'HELO', 'LHLO']);

class SmtpSide {
  /** The line at hand is too long, or its beginning was lost. */
  isDropping = false;
  isOdd = false;
}

export class SmtpFlow {
  readonly client = new SmtpSide();
  readonly server = new SmtpSide();
  readonly tls: Handover;
  isGreeted = false;
  /** DATA was said and its mail has not begun; it was answered. */
  asksData = false;
  isDataRefused = false;
  inMail = false;
  readonly mail = new DottedText();
  /** Bytes of BDAT chunks of one mail. */
  chunkBytes = 0;
  /** A login is open: number of its mechanism, and how many lines of it were said. */
  isLoginOpen = false;
  mechanism = -1;
  loginLines = 0;
  isAnswering = false;
  weakness: '' | 'empty' | 'default' | 'short' = '';
  wantsTls = false;
  isProtected = false;

  constructor(tls: Protocol<unknown>) {
    this.tls = new Handover(tls);
  }
}

const message = new Message();
message.protocol = 'smtp';
const login = new Login();
const transfer = new Transfer();
const identity = new Identity();
const said = new FlowProtocol();

/** `tls`: who reads on after STARTTLS. */
export function createSmtp({ limits, tls }: { limits: Limits; tls: Protocol<unknown> }): Protocol<SmtpFlow> {
  return {
    name: 'smtp',
    transport: 'tcp',
    ports: PORTS,
    // Codes of servers; EHLO, HELO, LHLO of clients, MAIL and RCPT in the middle.
    firstBytes: Array.from('245EHLMRehlmr', (letter) => letter.charCodeAt(0)),

    recognises({ view, start, end, serverPort, midstream }) {
      if (start >= end) return MAYBE;
      const isPort = PORTS.some((port) => port === serverPort);
      const first = view.getUint8(start);
      if (first >= 0x32 && first <= 0x35) return greetingAt(view, start, end, isPort);
      return commandAt(view, start, end, isPort, midstream);
    },

    open: () => new SmtpFlow(tls),

    decode(state, segment, records) {
      const { view, start, end, toServer } = segment;
      const side = toServer ? state.client : state.server;
      let at = start;
      while (at < end) {
        if (goesOver(state, segment, at)) return state.tls.decode(segment, at, records);
        if (toServer && isMail(state)) {
          const past = state.mail.read(view, at, end);
          if (past < 0) return end - start;
          mailEnds(state, segment, records);
          at = past;
          continue;
        }
        const feed = indexOfByte(view, at, end, LINE_FEED);
        if (feed < 0) {
          if (end - at <= limits.mailLineBytesMax) break;
          tooLong(side, segment, records);
          side.isDropping = true;
          return end - start;
        }
        const lineEnd = feed > at && view.getUint8(feed - 1) === CARRIAGE_RETURN ? feed - 1 : feed;
        const isDropped = side.isDropping;
        side.isDropping = false;
        let past = feed + 1;
        if (feed - at > limits.mailLineBytesMax) tooLong(side, segment, records);
        else if (!isDropped && toServer) past += clientLine(state, segment, at, lineEnd, records);
        else if (!isDropped) serverLine(state, segment, at, lineEnd, records);
        at = past;
      }
      return at - start;
    },

    gap(state, segment, bytes, records) {
      if (state.isProtected) return state.tls.gap(segment, bytes, records);
      if (segment.toServer && isMail(state)) state.mail.lose(bytes);
      else (segment.toServer ? state.client : state.server).isDropping = true;
    },

    close(state, segment, _how, records) {
      if (state.isLoginOpen) tellLogin(state, 'asked', segment, records);
      if (state.inMail && state.mail.bytes > 0) tellMail(state.mail.bytes, segment, records);
    },
  };
}

/** Has TLS begun for this side? A client may begin before the answer to STARTTLS was seen. */
function goesOver(state: SmtpFlow, { view, toServer }: Segment, at: number): boolean {
  if (state.isProtected) return true;
  if (!toServer || !state.wantsTls || view.getUint8(at) !== TLS_HANDSHAKE) return false;
  state.isProtected = true;
  return true;
}

/** What follows DATA is mail, unless the server was heard to refuse it. */
function isMail(state: SmtpFlow): boolean {
  if (!state.asksData) return state.inMail;
  state.asksData = false;
  state.inMail = !state.isDataRefused;
  if (state.inMail) state.mail.begin();
  return state.inMail;
}

function greetingAt(view: DataView, at: number, end: number, isPort: boolean): number {
  for (let i = 0; i < CODE_DIGITS; i++) {
    if (at + i >= end) return MAYBE;
    const code = view.getUint8(at + i);
    if (code < 0x30 || code > 0x39) return NO;
  }
  if (at + CODE_DIGITS >= end) return MAYBE;
  const divider = view.getUint8(at + CODE_DIGITS);
  if (divider !== SPACE && divider !== HYPHEN) return NO;
  const code = digits(view, at, at + CODE_DIGITS, CODE_DIGITS);
  if (code !== READY && code !== 421 && code !== 554) return NO;
  const feed = indexOfByte(view, at, end, LINE_FEED);
  const lineEnd = Math.min(feed < 0 ? end : feed, at + GREETING_BYTES_MAX);
  if (isPort || find(view, at, lineEnd, 'smtp') >= 0) return YES;
  return feed < 0 && lineEnd - at < GREETING_BYTES_MAX ? MAYBE : NO;
}

function commandAt(view: DataView, at: number, end: number, isPort: boolean, midstream: boolean): number {
  let wordEnd = at;
  while (wordEnd < end && wordEnd - at <= 4 && isLetter(view.getUint8(wordEnd))) wordEnd++;
  if (wordEnd - at > 4) return NO;
  if (wordEnd >= end) return MAYBE;
  if (view.getUint8(wordEnd) !== SPACE) return NO;
  const found = COMMANDS.find(view, at, wordEnd);
  if (found < 0) return NO;
  const word = COMMANDS.list[found]!;
  if (OPENINGS.has(word)) return YES;
  return isPort && midstream && MIDDLES.has(word) ? YES : NO;
}

function isLetter(code: number): boolean {
  return (code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a;
}

function tooLong(side: SmtpSide, segment: Segment, records: Records): void {
  if (!side.isDropping) records.oddity('smtp_line_too_long', segment.flow, segment.timeUs);
}

/** A command, or a line of a login. Returns how many bytes behind it are a chunk of mail. */
function clientLine(state: SmtpFlow, segment: Segment, at: number, end: number, records: Records): number {
  const { view } = segment;
  if (state.isAnswering) {
    state.isAnswering = false;
    credential(state, view, at, end);
    return 0;
  }
  let wordEnd = at;
  while (wordEnd < end && view.getUint8(wordEnd) !== SPACE) wordEnd++;
  const found = COMMANDS.find(view, at, wordEnd);
  if (found < 0) {
    if (wordEnd > at && !state.client.isOdd) records.oddity('smtp_unknown_command', segment.flow, segment.timeUs);
    state.client.isOdd = true;
    return 0;
  }
  const word = COMMANDS.list[found]!;
  const argument = Math.min(end, wordEnd + 1);
  tellMessage(word, segment, records);
  if (word === 'DATA') {
    state.asksData = true;
    state.isDataRefused = false;
  } else if (word === 'STARTTLS') state.wantsTls = true;
  else if (word === 'AUTH') beginLogin(state, segment, argument, end, records);
  else if (word === 'EHLO' || word === 'HELO') hostName(segment, argument, end, records);
  else if (word === 'BDAT') return chunk(state, segment, argument, end, records);
  return 0;
}

function chunk(state: SmtpFlow, segment: Segment, at: number, end: number, records: Records): number {
  const { view } = segment;
  let sizeEnd = at;
  while (sizeEnd < end && view.getUint8(sizeEnd) !== SPACE) sizeEnd++;
  const bytes = digits(view, at, sizeEnd, 10);
  if (bytes < 0) {
    records.oddity('smtp_broken_chunk', segment.flow, segment.timeUs);
    return 0;
  }
  state.chunkBytes += bytes;
  if (find(view, sizeEnd, end, 'last') >= 0) {
    tellMail(state.chunkBytes, segment, records);
    state.chunkBytes = 0;
  }
  return bytes;
}

function serverLine(state: SmtpFlow, segment: Segment, at: number, end: number, records: Records): void {
  const { view } = segment;
  const code = digits(view, at, Math.min(end, at + CODE_DIGITS), CODE_DIGITS);
  if (code < 200 || code > 599) {
    if (!state.server.isOdd) records.oddity('smtp_no_reply', segment.flow, segment.timeUs);
    state.server.isOdd = true;
    return;
  }
  const isLast = end - at <= CODE_DIGITS || view.getUint8(at + CODE_DIGITS) !== HYPHEN;
  if (!state.isGreeted) {
    state.isGreeted = true;
    if (code === READY) greeting(segment, at + CODE_DIGITS + 1, end, records);
  }
  if (!isLast) return;
  if (code === GO_ON) state.isAnswering = state.isLoginOpen;
  else if (state.isLoginOpen && code === LOGGED_IN) tellLogin(state, 'success', segment, records);
  else if (state.isLoginOpen && code >= 400) tellLogin(state, 'failure', segment, records);
  else if (state.wantsTls && code === READY) state.isProtected = true;
  else if (state.wantsTls && code >= 400) state.wantsTls = false;
  if (state.asksData) state.isDataRefused = code >= 400 || (state.isDataRefused && code !== SEND_MAIL);
}

/** `220 mail.hospital.test ESMTP Postfix`: the server's own name, and what it runs. */
function greeting(segment: Segment, at: number, end: number, records: Records): void {
  hostName(segment, at, end, records);
  const product = mailServerIn(segment.view, at, end);
  if (product === '') return;
  tellIdentity('server-software', product, 'SMTP greeting', 0.7, segment, records);
  stamp(said, segment);
  said.protocol = 'smtp';
  said.detail = product;
  records.flowProtocol(said);
}

/** The first word, where it is a host's name: letters, digits, dots and hyphens, and no address. */
function hostName(segment: Segment, at: number, end: number, records: Records): void {
  const { view, toServer } = segment;
  let wordEnd = at;
  while (wordEnd < end && view.getUint8(wordEnd) !== SPACE) wordEnd++;
  if (wordEnd === at || wordEnd - at > NAME_BYTES_MAX) return;
  let letters = 0;
  for (let i = at; i < wordEnd; i++) {
    const code = view.getUint8(i);
    if (isLetter(code)) letters++;
    else if (code !== HYPHEN && code !== 0x2e && (code < 0x30 || code > 0x39)) return;
  }
  if (letters === 0) return;
  const name = readText(view, at, wordEnd - at).toLowerCase();
  if (name !== 'localhost') tellIdentity('name', name, toServer ? 'SMTP EHLO' : 'SMTP greeting', 0.4, segment, records);
}

function beginLogin(state: SmtpFlow, segment: Segment, at: number, end: number, records: Records): void {
  const { view } = segment;
  if (state.isLoginOpen) tellLogin(state, 'asked', segment, records);
  let wordEnd = at;
  while (wordEnd < end && view.getUint8(wordEnd) !== SPACE) wordEnd++;
  state.isLoginOpen = true;
  state.mechanism = mechanism(view, at, wordEnd);
  state.loginLines = 0;
  state.weakness = '';
  if (wordEnd + 1 < end) credential(state, view, wordEnd + 1, end);
}

/** One line of a login: of PLAIN the first has all, of LOGIN the second is the password. */
function credential(state: SmtpFlow, view: DataView, at: number, end: number): void {
  state.loginLines++;
  if (state.mechanism === PLAIN && state.loginLines === 1) state.weakness = weaknessOfPlain(view, at, end);
  if (state.mechanism === LOGIN && state.loginLines === 2) state.weakness = weaknessOfBase64(view, at, end);
}

function mailEnds(state: SmtpFlow, segment: Segment, records: Records): void {
  state.inMail = false;
  tellMail(state.mail.bytes, segment, records);
}

function tellMail(bytes: number, segment: Segment, records: Records): void {
  stamp(transfer, segment);
  transfer.fromClient = true;
  transfer.protocol = 'smtp';
  transfer.verb = 'write';
  transfer.bytes = bytes;
  records.transfer(transfer);
}

function tellMessage(kind: string, segment: Segment, records: Records): void {
  stamp(message, segment);
  message.fromClient = segment.toServer;
  message.kind = kind;
  records.message(message);
}

function tellLogin(state: SmtpFlow, outcome: string, segment: Segment, records: Records): void {
  state.isLoginOpen = false;
  state.isAnswering = false;
  stamp(login, segment);
  login.protocol = 'smtp';
  login.method = methodOf(state.mechanism);
  login.outcome = outcome;
  login.isClear = isReadable(state.mechanism);
  login.weakness = state.weakness;
  records.login(login);
}

function tellIdentity(
  attribute: string,
  value: string,
  source: string,
  confidence: number,
  segment: Segment,
  records: Records,
): void {
  stamp(identity, segment);
  identity.ofClient = segment.toServer;
  identity.attribute = attribute;
  identity.value = value;
  identity.source = source;
  identity.confidence = confidence;
  records.identity(identity);
}
