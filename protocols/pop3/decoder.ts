/**
 * POP3 (RFC 1939; AUTH RFC 5034, STLS and CAPA RFC 2595, 2449): who fetches mail from whom, with which login, how much.
 *
 *     client:  keyword SP arguments CR LF
 *     server:  +OK text · -ERR text · + challenge; behind +OK of some commands lines up to one of a single dot
 *
 * Names, passwords and mail stay on the wire: mail is counted in bytes and passes unseen. After STLS the flow is handed to
 * TLS.
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
import { weaknessOf } from '../../src/bytes/secret.ts';
import { indexOfByte } from '../../src/bytes/text.ts';
import { find, spells, Words } from '../../src/bytes/words.ts';
import type { Limits } from '../../src/limits.ts';
import { Handover, MAYBE, NO, type Protocol, type Segment, YES } from '../../src/protocol.ts';
import { FlowProtocol, Identity, Login, Message, type Records, stamp, Transfer } from '../../src/records.ts';

const PORT = 110;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;
const PLUS = 0x2b;
const TLS_HANDSHAKE = 0x16;
const GREETING_BYTES_MAX = 512;
const COMMAND_BYTES_MAX = 4;

const COMMANDS = new Words([
  ...['USER', 'PASS', 'APOP', 'AUTH', 'STLS', 'CAPA', 'STAT', 'LIST', 'RETR', 'DELE', 'NOOP', 'RSET', 'QUIT', 'TOP'],
  ...['UIDL', 'UTF8', 'LANG', 'XTND', 'XSENDER'],
]);
const number = (word: string): number => COMMANDS.list.indexOf(word);
const USER = number('USER');
const PASS = number('PASS');
const APOP = number('APOP');
const AUTH = number('AUTH');
const STLS = number('STLS');
const RETR = number('RETR');
const TOP = number('TOP');
/** What may be asked for with an argument, and is then answered in one line. */
const LISTS: readonly number[] = [number('LIST'), number('UIDL'), AUTH];
const LONG_ANSWERS: readonly number[] = [RETR, TOP, number('CAPA')];
const OPENINGS: readonly number[] = [USER, APOP, AUTH, STLS, number('CAPA')];
/** Added to a command whose answer has many lines. */
const MANY_LINES = 0x100;

export class Pop3Flow {
  readonly tls: Handover;
  isClientDropping = false;
  isServerDropping = false;
  isGreeted = false;
  /** Commands whose answer has not come, oldest first. */
  readonly pending: number[] = [];
  /** More were asked than are remembered: answers cannot be told any more. */
  isLost = false;
  /** The command whose many lines are on their way, or -1. */
  answering = -1;
  readonly text = new DottedText();
  isLoginOpen = false;
  mechanism = -1;
  method = '';
  isClear = false;
  loginLines = 0;
  isChallenged = false;
  weakness: '' | 'empty' | 'default' | 'short' = '';
  wantsTls = false;
  isProtected = false;
  isOdd = false;

  constructor(tls: Protocol<unknown>) {
    this.tls = new Handover(tls);
  }
}

const message = new Message();
message.protocol = 'pop3';
const login = new Login();
const transfer = new Transfer();
const identity = new Identity();
const said = new FlowProtocol();

/** `tls`: who reads on after STLS. */
export function createPop3({ limits, tls }: { limits: Limits; tls: Protocol<unknown> }): Protocol<Pop3Flow> {
  return {
    name: 'pop3',
    transport: 'tcp',
    ports: [PORT],
    // +OK and -ERR of servers; USER, APOP, AUTH, STLS, CAPA of clients.
    firstBytes: Array.from('+-UASCuasc', (letter) => letter.charCodeAt(0)),

    recognises({ view, start, end, serverPort }) {
      if (start >= end) return MAYBE;
      const first = view.getUint8(start);
      if (first === PLUS || first === 0x2d) return greetingAt(view, start, end, serverPort === PORT);
      return serverPort === PORT ? commandAt(view, start, end) : NO;
    },

    open: () => new Pop3Flow(tls),

    decode(state, segment, records) {
      const { view, start, end, toServer } = segment;
      let at = start;
      while (at < end) {
        if (goesOver(state, segment, at)) return state.tls.decode(segment, at, records);
        if (!toServer && state.answering >= 0) {
          const past = state.text.read(view, at, end);
          if (past < 0) return end - start;
          textEnds(state, segment, records);
          at = past;
          continue;
        }
        const feed = indexOfByte(view, at, end, LINE_FEED);
        if (feed < 0) {
          if (end - at <= limits.mailLineBytesMax) break;
          tooLong(state, segment, records);
          drop(state, toServer, true);
          return end - start;
        }
        const lineEnd = feed > at && view.getUint8(feed - 1) === CARRIAGE_RETURN ? feed - 1 : feed;
        const isDropped = toServer ? state.isClientDropping : state.isServerDropping;
        drop(state, toServer, false);
        if (feed - at > limits.mailLineBytesMax) tooLong(state, segment, records);
        else if (!isDropped && toServer) clientLine(state, segment, at, lineEnd, limits, records);
        else if (!isDropped) serverLine(state, segment, at, lineEnd, records);
        at = feed + 1;
      }
      return at - start;
    },

    gap(state, segment, bytes, records) {
      if (state.isProtected) return state.tls.gap(segment, bytes, records);
      if (!segment.toServer && state.answering >= 0) return state.text.lose(bytes);
      drop(state, segment.toServer, true);
      // Which answer belongs to which command is not known any more.
      state.isLost = state.pending.length > 0;
      state.pending.length = 0;
    },

    close(state, segment, _how, records) {
      if (state.isLoginOpen) tellLogin(state, 'asked', segment, records);
      if (state.answering === RETR && state.text.bytes > 0) tellMail(state, segment, records);
    },
  };
}

function drop(state: Pop3Flow, toServer: boolean, isDropping: boolean): void {
  if (toServer) state.isClientDropping = isDropping;
  else state.isServerDropping = isDropping;
}

/** Has TLS begun for this side? A client may begin before the answer to STLS was seen. */
function goesOver(state: Pop3Flow, { view, toServer }: Segment, at: number): boolean {
  if (state.isProtected) return true;
  if (!toServer || !state.wantsTls || view.getUint8(at) !== TLS_HANDSHAKE) return false;
  state.isProtected = true;
  return true;
}

/** `+OK` begins other conversations too: elsewhere than on its port the greeting must speak of POP. */
function greetingAt(view: DataView, at: number, end: number, isPort: boolean): number {
  const isGood = view.getUint8(at) === PLUS;
  const mark = isGood ? '+ok' : '-err';
  if (end - at <= mark.length) return spells(view, at, end, mark.slice(0, end - at)) ? MAYBE : NO;
  if (!spells(view, at, end, mark)) return NO;
  const after = view.getUint8(at + mark.length);
  if (after !== SPACE && after !== CARRIAGE_RETURN) return NO;
  if (isPort) return YES;
  const feed = indexOfByte(view, at, end, LINE_FEED);
  const lineEnd = Math.min(feed < 0 ? end : feed, at + GREETING_BYTES_MAX);
  if (find(view, at, lineEnd, 'pop') >= 0) return YES;
  return isGood && feed < 0 && lineEnd - at < GREETING_BYTES_MAX ? MAYBE : NO;
}

function commandAt(view: DataView, at: number, end: number): number {
  let wordEnd = at;
  while (wordEnd < end && wordEnd - at <= COMMAND_BYTES_MAX && view.getUint8(wordEnd) > SPACE) wordEnd++;
  if (wordEnd - at > COMMAND_BYTES_MAX) return NO;
  if (wordEnd >= end) return MAYBE;
  return OPENINGS.includes(COMMANDS.find(view, at, wordEnd)) ? YES : NO;
}

function tooLong(state: Pop3Flow, segment: Segment, records: Records): void {
  if (segment.toServer ? state.isClientDropping : state.isServerDropping) return;
  records.oddity('pop3_line_too_long', segment.flow, segment.timeUs);
}

function clientLine(
  state: Pop3Flow,
  segment: Segment,
  at: number,
  end: number,
  limits: Limits,
  records: Records,
): void {
  const { view } = segment;
  if (state.isChallenged) {
    state.isChallenged = false;
    credential(state, view, at, end);
    return;
  }
  let wordEnd = at;
  while (wordEnd < end && view.getUint8(wordEnd) !== SPACE) wordEnd++;
  const found = COMMANDS.find(view, at, wordEnd);
  if (found < 0) {
    if (wordEnd > at && !state.isOdd) records.oddity('pop3_unknown_command', segment.flow, segment.timeUs);
    state.isOdd = true;
    // It will be answered all the same.
    if (wordEnd > at) expect(state, USER, limits);
    return;
  }
  tellMessage(COMMANDS.list[found]!, segment, records);
  const argument = Math.min(end, wordEnd + 1);
  const hasArgument = argument < end;
  const isLong = LONG_ANSWERS.includes(found) || (LISTS.includes(found) && !hasArgument);
  expect(state, isLong ? found | MANY_LINES : found, limits);
  if (found === PASS) {
    openLogin(state, 'password', true, segment, records);
    state.weakness = weaknessOf(view, argument, end - argument);
  } else if (found === APOP) openLogin(state, 'digest', false, segment, records);
  else if (found === AUTH && hasArgument) authenticate(state, segment, argument, end, records);
  else if (found === STLS) state.wantsTls = true;
}

function expect(state: Pop3Flow, command: number, limits: Limits): void {
  if (state.pending.length < limits.pop3PendingMax) state.pending.push(command);
  else state.isLost = true;
}

function openLogin(state: Pop3Flow, method: string, isClear: boolean, segment: Segment, records: Records): void {
  if (state.isLoginOpen) tellLogin(state, 'asked', segment, records);
  state.isLoginOpen = true;
  state.method = method;
  state.isClear = isClear;
  state.weakness = '';
  state.mechanism = -1;
  state.loginLines = 0;
}

function authenticate(state: Pop3Flow, segment: Segment, at: number, end: number, records: Records): void {
  const { view } = segment;
  let wordEnd = at;
  while (wordEnd < end && view.getUint8(wordEnd) !== SPACE) wordEnd++;
  const found = mechanism(view, at, wordEnd);
  openLogin(state, methodOf(found), isReadable(found), segment, records);
  state.mechanism = found;
  if (wordEnd + 1 < end) credential(state, view, wordEnd + 1, end);
}

/** One line of a login: of PLAIN the first has all, of LOGIN the second is the password. */
function credential(state: Pop3Flow, view: DataView, at: number, end: number): void {
  state.loginLines++;
  if (state.mechanism === PLAIN && state.loginLines === 1) state.weakness = weaknessOfPlain(view, at, end);
  if (state.mechanism === LOGIN && state.loginLines === 2) state.weakness = weaknessOfBase64(view, at, end);
}

function serverLine(state: Pop3Flow, segment: Segment, at: number, end: number, records: Records): void {
  const { view } = segment;
  const isGood = spells(view, at, end, '+ok');
  if (!isGood && !spells(view, at, end, '-err')) {
    const isChallenge = end > at && view.getUint8(at) === PLUS;
    if (isChallenge) state.isChallenged = state.isLoginOpen;
    else if (!state.isOdd && !state.isLost) {
      records.oddity('pop3_no_reply', segment.flow, segment.timeUs);
      state.isOdd = true;
    }
    return;
  }
  if (!state.isGreeted) {
    state.isGreeted = true;
    // A server speaks first: what it says before any command is its greeting.
    if (state.pending.length === 0) {
      greeting(segment, at, end, records);
      return;
    }
  }
  const command = state.pending.shift() ?? -1;
  const asked = command & ~MANY_LINES;
  if (command < 0) return;
  if (isGood && (command & MANY_LINES) !== 0) {
    state.answering = asked;
    state.text.begin();
  }
  if (asked === PASS || asked === APOP || (asked === AUTH && (command & MANY_LINES) === 0)) {
    if (state.isLoginOpen) tellLogin(state, isGood ? 'success' : 'failure', segment, records);
  } else if (asked === STLS) {
    state.isProtected = isGood;
    state.wantsTls = isGood;
  }
}

function greeting(segment: Segment, at: number, end: number, records: Records): void {
  const product = mailServerIn(segment.view, at, end);
  if (product === '') return;
  stamp(identity, segment);
  identity.ofClient = segment.toServer;
  identity.attribute = 'server-software';
  identity.value = product;
  identity.source = 'POP3 greeting';
  identity.confidence = 0.7;
  records.identity(identity);
  stamp(said, segment);
  said.protocol = 'pop3';
  said.detail = product;
  records.flowProtocol(said);
}

function textEnds(state: Pop3Flow, segment: Segment, records: Records): void {
  if (state.answering === RETR) tellMail(state, segment, records);
  state.answering = -1;
}

function tellMail(state: Pop3Flow, segment: Segment, records: Records): void {
  stamp(transfer, segment);
  transfer.fromClient = true;
  transfer.protocol = 'pop3';
  transfer.verb = 'read';
  transfer.bytes = state.text.bytes;
  records.transfer(transfer);
}

function tellMessage(kind: string, segment: Segment, records: Records): void {
  stamp(message, segment);
  message.fromClient = segment.toServer;
  message.kind = kind;
  records.message(message);
}

function tellLogin(state: Pop3Flow, outcome: string, segment: Segment, records: Records): void {
  state.isLoginOpen = false;
  state.isChallenged = false;
  stamp(login, segment);
  login.protocol = 'pop3';
  login.method = state.method;
  login.outcome = outcome;
  login.isClear = state.isClear;
  login.weakness = state.weakness;
  records.login(login);
}
