/**
 * IMAP (RFC 3501, 9051; STARTTLS, AUTHENTICATE and LOGIN in 6.2, literals in 4.3, RFC 7888): who reads mail, with which
 * login, and how much.
 *
 *     client:  tag SP command SP arguments CR LF · a literal: {n} CR LF and n bytes, anywhere in a line
 *     server:  * text · tag SP OK | NO | BAD text · + challenge; literals as well
 *
 * Names, passwords, folders and mail stay on the wire: literals are counted in bytes and pass unseen. After STARTTLS the
 * flow is handed to TLS; after COMPRESS nothing can be read.
 */
import { fold } from '../../src/bytes/hash.ts';
import { mailServerIn } from '../../src/bytes/mail-servers.ts';
import { isReadable, mechanism, methodOf, PLAIN, weaknessOfPlain } from '../../src/bytes/sasl.ts';
import { weaknessOf } from '../../src/bytes/secret.ts';
import { indexOfByte } from '../../src/bytes/text.ts';
import { digits, spells, Words } from '../../src/bytes/words.ts';
import type { Limits } from '../../src/limits.ts';
import { Handover, MAYBE, NO, type Protocol, type Segment, SKIP_REST, YES } from '../../src/protocol.ts';
import { FlowProtocol, Identity, Login, Message, type Records, stamp, Transfer } from '../../src/records.ts';

const PORT = 143;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;
const QUOTE = 0x22;
const STAR = 0x2a;
const PLUS = 0x2b;
const BACKSLASH = 0x5c;
const BRACE_OPEN = 0x7b;
const BRACE_CLOSE = 0x7d;
const TLS_HANDSHAKE = 0x16;
const TAG_BYTES_MAX = 32;
const COMMAND_BYTES_MAX = 16;

const COMMANDS = new Words([
  ...['CAPABILITY', 'NOOP', 'LOGOUT', 'STARTTLS', 'AUTHENTICATE', 'LOGIN', 'ENABLE', 'SELECT', 'EXAMINE', 'CREATE'],
  ...['DELETE', 'RENAME', 'SUBSCRIBE', 'UNSUBSCRIBE', 'LIST', 'LSUB', 'XLIST', 'STATUS', 'APPEND', 'IDLE', 'DONE'],
  ...['CHECK', 'CLOSE', 'UNSELECT', 'EXPUNGE', 'SEARCH', 'FETCH', 'STORE', 'COPY', 'MOVE', 'UID', 'NAMESPACE', 'ID'],
  ...['COMPRESS', 'SORT', 'THREAD', 'NOTIFY', 'GETQUOTA', 'GETQUOTAROOT', 'SETQUOTA', 'GETACL', 'SETACL', 'DELETEACL'],
  ...['MYRIGHTS', 'LISTRIGHTS', 'GETMETADATA', 'SETMETADATA', 'GETANNOTATION', 'SETANNOTATION', 'UNAUTHENTICATE'],
]);

class ImapSide {
  isDropping = false;
  /** Behind a literal the line goes on: it is no new command or answer. */
  isContinued = false;
  isOdd = false;
}

export class ImapFlow {
  readonly client = new ImapSide();
  readonly server = new ImapSide();
  readonly tls: Handover;
  isGreeted = false;
  /** Of the command whose answer decides something: LOGIN, AUTHENTICATE, STARTTLS, COMPRESS. */
  asked = '';
  askedTag = 0;
  isLoginOpen = false;
  mechanism = -1;
  isChallenged = false;
  weakness: '' | 'empty' | 'default' | 'short' = '';
  /** The line is an APPEND: its literal is mail. */
  isAppending = false;
  isProtected = false;
  isCompressed = false;

  constructor(tls: Protocol<unknown>) {
    this.tls = new Handover(tls);
  }
}

const message = new Message();
message.protocol = 'imap';
const login = new Login();
const transfer = new Transfer();
const identity = new Identity();
const said = new FlowProtocol();

/** `tls`: who reads on after STARTTLS. */
export function createImap({ limits, tls }: { limits: Limits; tls: Protocol<unknown> }): Protocol<ImapFlow> {
  return {
    name: 'imap',
    transport: 'tcp',
    ports: [PORT],

    recognises({ view, start, end, serverPort }) {
      if (start >= end) return MAYBE;
      if (view.getUint8(start) === STAR) return greetingAt(view, start, end);
      return serverPort === PORT ? commandAt(view, start, end) : NO;
    },

    open: () => new ImapFlow(tls),

    decode(state, segment, records) {
      const { view, start, end, toServer } = segment;
      const side = toServer ? state.client : state.server;
      let at = start;
      while (at < end) {
        if (state.isCompressed) return SKIP_REST;
        if (goesOver(state, segment, at)) return state.tls.decode(segment, at, records);
        const feed = indexOfByte(view, at, end, LINE_FEED);
        if (feed < 0) {
          if (end - at <= limits.mailLineBytesMax) break;
          tooLong(side, segment, records);
          side.isDropping = true;
          return end - start;
        }
        const lineEnd = feed > at && view.getUint8(feed - 1) === CARRIAGE_RETURN ? feed - 1 : feed;
        const isWhole = !side.isDropping && feed - at <= limits.mailLineBytesMax;
        if (feed - at > limits.mailLineBytesMax) tooLong(side, segment, records);
        side.isDropping = false;
        if (isWhole && !side.isContinued) {
          if (toServer) clientLine(state, segment, at, lineEnd, records);
          else serverLine(state, segment, at, lineEnd, records);
        }
        const literal = literalBytes(view, at, lineEnd);
        at = feed + 1;
        side.isContinued = literal >= 0;
        if (literal < 0) continue;
        if (!toServer || state.isAppending) tellMail(literal, segment, records);
        at += literal;
      }
      return at - start;
    },

    gap(state, segment, bytes, records) {
      if (state.isProtected) return state.tls.gap(segment, bytes, records);
      const side = segment.toServer ? state.client : state.server;
      side.isDropping = true;
      side.isContinued = false;
    },

    close(state, segment, _how, records) {
      if (state.isLoginOpen) tellLogin(state, 'asked', segment, records);
    },
  };
}

/** Has TLS begun for this side? A client may begin before the answer to STARTTLS was seen. */
function goesOver(state: ImapFlow, { view, toServer }: Segment, at: number): boolean {
  if (state.isProtected) return true;
  if (!toServer || state.asked !== 'STARTTLS' || view.getUint8(at) !== TLS_HANDSHAKE) return false;
  state.isProtected = true;
  return true;
}

/** `* OK`, `* PREAUTH`, `* BYE`: nothing else of which a conversation begins like this. */
function greetingAt(view: DataView, at: number, end: number): number {
  let answer = NO;
  for (const mark of ['* ok ', '* preauth ', '* bye ']) {
    const length = Math.min(mark.length, end - at);
    if (!spells(view, at, end, mark.slice(0, length))) continue;
    if (length === mark.length) return YES;
    answer = MAYBE;
  }
  return answer;
}

/** A tag and a command. */
function commandAt(view: DataView, at: number, end: number): number {
  let tagEnd = at;
  while (tagEnd < end && isTag(view.getUint8(tagEnd)) && tagEnd - at <= TAG_BYTES_MAX) tagEnd++;
  if (tagEnd >= end) return tagEnd - at <= TAG_BYTES_MAX ? MAYBE : NO;
  if (tagEnd === at || view.getUint8(tagEnd) !== SPACE) return NO;
  let wordEnd = tagEnd + 1;
  while (wordEnd < end && view.getUint8(wordEnd) > SPACE && wordEnd - tagEnd <= COMMAND_BYTES_MAX) wordEnd++;
  if (wordEnd >= end) return wordEnd - tagEnd <= COMMAND_BYTES_MAX ? MAYBE : NO;
  return COMMANDS.find(view, tagEnd + 1, wordEnd) >= 0 ? YES : NO;
}

function isTag(code: number): boolean {
  const isLetter = (code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a;
  return isLetter || (code >= 0x30 && code <= 0x39) || code === 0x2e || code === 0x2d || code === 0x5f;
}

/** Bytes of the literal that the line announces at its end, or -1. */
function literalBytes(view: DataView, start: number, end: number): number {
  if (end <= start || view.getUint8(end - 1) !== BRACE_CLOSE) return -1;
  let last = end - 1;
  // Without waiting for the other side (RFC 7888).
  if (last > start && (view.getUint8(last - 1) === PLUS || view.getUint8(last - 1) === 0x2d)) last--;
  let first = last;
  while (first > start && view.getUint8(first - 1) !== BRACE_OPEN && last - first < 10) first--;
  return first > start && view.getUint8(first - 1) === BRACE_OPEN ? digits(view, first, last, 10) : -1;
}

function tooLong(side: ImapSide, segment: Segment, records: Records): void {
  if (!side.isDropping) records.oddity('imap_line_too_long', segment.flow, segment.timeUs);
}

function tagOf(view: DataView, at: number, end: number): number {
  let tag = end - at;
  for (let i = at; i < end; i++) tag = fold(tag, view.getUint8(i));
  return tag;
}

function clientLine(state: ImapFlow, segment: Segment, at: number, end: number, records: Records): void {
  const { view } = segment;
  state.isAppending = false;
  if (state.isChallenged) {
    state.isChallenged = false;
    if (state.mechanism === PLAIN) state.weakness = weaknessOfPlain(view, at, end);
    return;
  }
  // DONE ends IDLE and has no tag.
  if (end - at === 4 && spells(view, at, end, 'done')) {
    tellMessage('DONE', segment, records);
    return;
  }
  const tagEnd = endOfWord(view, at, end);
  const wordEnd = endOfWord(view, Math.min(end, tagEnd + 1), end);
  const found = COMMANDS.find(view, tagEnd + 1, wordEnd);
  if (found < 0) {
    if (end > at && !state.client.isOdd) records.oddity('imap_unknown_command', segment.flow, segment.timeUs);
    state.client.isOdd ||= end > at;
    return;
  }
  const word = COMMANDS.list[found]!;
  tellMessage(word, segment, records);
  state.isAppending = word === 'APPEND';
  if (word !== 'LOGIN' && word !== 'AUTHENTICATE' && word !== 'STARTTLS' && word !== 'COMPRESS') return;
  if (state.isLoginOpen) tellLogin(state, 'asked', segment, records);
  state.asked = word;
  state.askedTag = tagOf(view, at, tagEnd);
  const argument = Math.min(end, wordEnd + 1);
  if (word === 'LOGIN') {
    state.isLoginOpen = true;
    state.mechanism = PLAIN;
    passwordIn(state, view, argument, end);
  } else if (word === 'AUTHENTICATE') {
    const nameEnd = endOfWord(view, argument, end);
    state.isLoginOpen = true;
    state.mechanism = mechanism(view, argument, nameEnd);
    state.weakness = '';
    if (state.mechanism === PLAIN && nameEnd + 1 < end) state.weakness = weaknessOfPlain(view, nameEnd + 1, end);
  }
}

function endOfWord(view: DataView, at: number, end: number): number {
  let i = at;
  while (i < end && view.getUint8(i) !== SPACE) i++;
  return i;
}

/** The second argument of LOGIN, bare or in quotes; of one in a literal nothing is said. */
function passwordIn(state: ImapFlow, view: DataView, at: number, end: number): void {
  state.weakness = '';
  if (literalBytes(view, at, end) >= 0) return;
  const nameEnd = endOfArgument(view, at, end);
  const from = Math.min(end, nameEnd + 1);
  if (from >= end) return;
  const isQuoted = view.getUint8(from) === QUOTE;
  const to = endOfArgument(view, from, end);
  const length = isQuoted ? to - from - 2 : to - from;
  state.weakness = length < 0 ? '' : weaknessOf(view, isQuoted ? from + 1 : from, length);
}

function endOfArgument(view: DataView, at: number, end: number): number {
  if (at >= end || view.getUint8(at) !== QUOTE) return endOfWord(view, at, end);
  for (let i = at + 1; i < end; i++) {
    if (view.getUint8(i) === BACKSLASH) i++;
    else if (view.getUint8(i) === QUOTE) return i + 1;
  }
  return end;
}

function serverLine(state: ImapFlow, segment: Segment, at: number, end: number, records: Records): void {
  const { view } = segment;
  if (end <= at) return;
  const first = view.getUint8(at);
  if (first === STAR) {
    if (!state.isGreeted) greeting(segment, at, end, records);
    state.isGreeted = true;
    return;
  }
  state.isGreeted = true;
  if (first === PLUS) {
    state.isChallenged = state.isLoginOpen && state.asked === 'AUTHENTICATE';
    return;
  }
  const tagEnd = endOfWord(view, at, end);
  const wordEnd = endOfWord(view, Math.min(end, tagEnd + 1), end);
  const isGood = wordEnd - tagEnd === 3 && spells(view, tagEnd + 1, wordEnd, 'ok');
  const isBad = spells(view, tagEnd + 1, wordEnd, 'no') || spells(view, tagEnd + 1, wordEnd, 'bad');
  if (!isGood && !isBad) {
    if (!state.server.isOdd) records.oddity('imap_no_reply', segment.flow, segment.timeUs);
    state.server.isOdd = true;
    return;
  }
  if (state.asked === '' || tagOf(view, at, tagEnd) !== state.askedTag) return;
  if (state.isLoginOpen) tellLogin(state, isGood ? 'success' : 'failure', segment, records);
  if (isGood && state.asked === 'STARTTLS') state.isProtected = true;
  if (isGood && state.asked === 'COMPRESS') state.isCompressed = true;
  state.asked = '';
}

function greeting(segment: Segment, at: number, end: number, records: Records): void {
  const product = mailServerIn(segment.view, at, end);
  if (product === '') return;
  stamp(identity, segment);
  identity.ofClient = segment.toServer;
  identity.attribute = 'server-software';
  identity.value = product;
  identity.source = 'IMAP greeting';
  identity.confidence = 0.7;
  records.identity(identity);
  stamp(said, segment);
  said.protocol = 'imap';
  said.detail = product;
  records.flowProtocol(said);
}

function tellMail(bytes: number, segment: Segment, records: Records): void {
  stamp(transfer, segment);
  transfer.fromClient = true;
  transfer.protocol = 'imap';
  transfer.verb = segment.toServer ? 'write' : 'read';
  transfer.bytes = bytes;
  records.transfer(transfer);
}

function tellMessage(kind: string, segment: Segment, records: Records): void {
  stamp(message, segment);
  message.fromClient = segment.toServer;
  message.kind = kind;
  records.message(message);
}

function tellLogin(state: ImapFlow, outcome: string, segment: Segment, records: Records): void {
  state.isLoginOpen = false;
  state.isChallenged = false;
  stamp(login, segment);
  login.protocol = 'imap';
  login.method = methodOf(state.mechanism);
  login.outcome = outcome;
  login.isClear = isReadable(state.mechanism);
  login.weakness = state.weakness;
  records.login(login);
}
