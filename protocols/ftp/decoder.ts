/**
 * FTP, the control connection (RFC 959, 2228, 2428, 3659): who logs in, what is fetched, stored and deleted, and where
 * the data will go.
 *
 *     client:  command SP argument CR LF          server:  code SP text CR LF · code `-` text … code SP text
 *
 * Names of users and files, passwords and texts stay on the wire. Behind AUTH everything is protected.
 */
import { extensionOf } from '../../src/bytes/extension.ts';
import { weaknessOf } from '../../src/bytes/secret.ts';
import { indexOfByte } from '../../src/bytes/text.ts';
import { digits, find, spells, spellsWhole } from '../../src/bytes/words.ts';
import type { Limits } from '../../src/limits.ts';
import { MAYBE, NO, type Protocol, type Segment, YES } from '../../src/protocol.ts';
import { FlowProtocol, Identity, type Records, stamp } from '../../src/records.ts';
import { readExtended, readNumbers } from './addresses.ts';
import { FtpFlow } from './flow.ts';
import { tellExpectation, tellLogin, tellMessage, tellOperation, tellTransfer } from './tell.ts';
import { COMMANDS, productIn, SITE_COMMANDS } from './words.ts';

const PORT = 21;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;
const HYPHEN = 0x2d;
const CODE_DIGITS = 3;
const GREETING_BYTES_MAX = 256;

const VERBS: Readonly<Record<string, string>> = {
  RETR: 'read',
  STOR: 'write',
  STOU: 'write',
  APPE: 'write',
  LIST: 'list',
  NLST: 'list',
  MLSD: 'list',
  DELE: 'delete',
  RMD: 'delete',
  XRMD: 'delete',
  RNTO: 'rename',
};
/** Commands that only FTP has: enough to know it by on other ports, in the middle of a connection. */
const OWN = new Set(['PASV', 'EPSV', 'STOR', 'MLSD', 'MLST', 'RNFR', 'CDUP', 'NLST', 'EPRT', 'APPE', 'FEAT']);

const identity = new Identity();
const said = new FlowProtocol();

interface FtpOptions {
  readonly limits: Limits;
  /** Who reads on after AUTH TLS. */
  readonly tls?: Protocol<unknown> | null;
}

export function createFtp({ limits, tls = null }: FtpOptions): Protocol<FtpFlow> {
  return {
    name: 'ftp',
    transport: 'tcp',
    ports: [PORT],
    // Greetings and refusals of servers; USER, AUTH, FEAT, HOST of clients.
    firstBytes: Array.from('1245UAFHuafh', (letter) => letter.charCodeAt(0)),

    recognises({ view, start, end, serverPort, midstream }) {
      if (start >= end) return MAYBE;
      const isPort = serverPort === PORT;
      const first = view.getUint8(start);
      if (first >= 0x31 && first <= 0x35) return greetingAt(view, start, end, isPort, midstream);
      return commandAt(view, start, end, isPort, midstream);
    },

    open: () => new FtpFlow(tls),

    decode(state, segment, records) {
      const { view, start, end, toServer } = segment;
      let at = start;
      while (at < end) {
        if (state.isProtected) return state.tls.decode(segment, at, records);
        const feed = indexOfByte(view, at, end, LINE_FEED);
        if (feed < 0) {
          if (end - at <= limits.ftpLineBytesMax) break;
          if (!(toServer ? state.isClientDropping : state.isServerDropping))
            records.oddity('ftp_line_too_long', segment.flow, segment.timeUs);
          dropping(state, toServer, true);
          return end - start;
        }
        const isDropped = toServer ? state.isClientDropping : state.isServerDropping;
        dropping(state, toServer, false);
        const lineEnd = feed > at && view.getUint8(feed - 1) === CARRIAGE_RETURN ? feed - 1 : feed;
        if (feed - at > limits.ftpLineBytesMax) records.oddity('ftp_line_too_long', segment.flow, segment.timeUs);
        else if (!isDropped && toServer) command(state, segment, at, lineEnd, records);
        else if (!isDropped) reply(state, segment, at, lineEnd, records);
        at = feed + 1;
      }
      return at - start;
    },

    gap(state, segment, bytes, records) {
      const { toServer } = segment;
      if (state.isProtected) state.tls.gap(segment, bytes, records);
      // The rest of a line is left; it is no command.
      dropping(state, toServer, true);
      state.openCode = -1;
      state.verb = '';
    },

    close(state, segment, _how, records) {
      if (state.verb !== '' && state.isRunning) tellTransfer(state, segment, records);
    },
  };
}

function dropping(state: FtpFlow, toServer: boolean, isDropping: boolean): void {
  if (toServer) state.isClientDropping = isDropping;
  else state.isServerDropping = isDropping;
}

/** A reply: only 220 begins a conversation elsewhere than on its port, and only when it speaks of FTP. */
function greetingAt(view: DataView, at: number, end: number, isPort: boolean, midstream: boolean): number {
  for (let i = 1; i < CODE_DIGITS; i++) {
    if (at + i >= end) return MAYBE;
    const code = view.getUint8(at + i);
    if (code < 0x30 || code > 0x39) return NO;
  }
  if (at + CODE_DIGITS >= end) return MAYBE;
  const divider = view.getUint8(at + CODE_DIGITS);
  if (divider !== SPACE && divider !== HYPHEN) return NO;
  const code = digits(view, at, at + CODE_DIGITS, CODE_DIGITS);
  if (code !== 220 && code !== 120 && code !== 421 && code !== 530 && !(midstream && code === 230)) return NO;
  const feed = indexOfByte(view, at, end, LINE_FEED);
  const lineEnd = Math.min(feed < 0 ? end : feed, at + GREETING_BYTES_MAX);
  if (find(view, at, lineEnd, 'smtp') >= 0) return NO;
  if (isPort) return YES;
  if (code === 220 && find(view, at, lineEnd, 'ftp') >= 0) return YES;
  return feed < 0 && lineEnd - at < GREETING_BYTES_MAX && code === 220 ? MAYBE : NO;
}

function commandAt(view: DataView, at: number, end: number, isPort: boolean, midstream: boolean): number {
  if (!isPort && !midstream) return NO;
  let wordEnd = at;
  while (wordEnd < end && isLetter(view.getUint8(wordEnd))) wordEnd++;
  if (wordEnd - at > 4 || wordEnd === at) return NO;
  if (wordEnd >= end) return MAYBE;
  const after = view.getUint8(wordEnd);
  if (after !== SPACE && after !== CARRIAGE_RETURN && after !== LINE_FEED) return NO;
  const found = COMMANDS.find(view, at, wordEnd);
  if (found < 0) return NO;
  return isPort || OWN.has(COMMANDS.list[found]!) ? YES : NO;
}

function isLetter(code: number): boolean {
  return (code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a;
}

function command(state: FtpFlow, segment: Segment, at: number, end: number, records: Records): void {
  const { view } = segment;
  let wordEnd = at;
  while (wordEnd < end && view.getUint8(wordEnd) !== SPACE) wordEnd++;
  const found = COMMANDS.find(view, at, wordEnd);
  if (found < 0) {
    if (wordEnd > at && !state.isOdd) records.oddity('ftp_unknown_command', segment.flow, segment.timeUs);
    state.isOdd = true;
    return;
  }
  const word = COMMANDS.list[found]!;
  const argument = Math.min(end, wordEnd + 1);
  tellMessage(word, segment, records);
  const verb = VERBS[word];
  if (verb !== undefined) {
    state.verb = verb;
    state.extension = extensionOf(view, argument, end);
    if (verb === 'list' || word.endsWith('RMD')) state.extension = '';
    state.bytes = -1;
    state.isRunning = false;
    return;
  }
  special(state, word, segment, argument, end, records);
}

function special(
  state: FtpFlow,
  word: string,
  segment: Segment,
  argument: number,
  end: number,
  records: Records,
): void {
  const { view } = segment;
  switch (word) {
    case 'USER':
      state.isAnonymous = spellsWhole(view, argument, end, 'anonymous') || spellsWhole(view, argument, end, 'ftp');
      state.hasUser = true;
      state.isLoginOpen = false;
      break;
    case 'PASS':
      state.method = state.isAnonymous ? 'none' : 'password';
      state.isClear = !state.isAnonymous;
      state.weakness = state.isAnonymous ? '' : weaknessOf(view, argument, end - argument);
      tellLogin(state, 'asked', segment, records);
      break;
    case 'PORT':
      if (readNumbers(view, argument, end)) tellExpectation(true, segment, records);
      break;
    case 'EPRT':
      if (readExtended(view, argument, end)) tellExpectation(true, segment, records);
      break;
    case 'AUTH':
      state.wantsTls = true;
      break;
    case 'SITE': {
      let siteEnd = argument;
      while (siteEnd < end && view.getUint8(siteEnd) !== SPACE) siteEnd++;
      const found = SITE_COMMANDS.find(view, argument, siteEnd);
      if (found < 0) break;
      state.operation = `SITE ${SITE_COMMANDS.list[found]!}`;
      tellOperation(state.operation, 'asked', segment, records);
      break;
    }
  }
}

function reply(state: FtpFlow, segment: Segment, at: number, end: number, records: Records): void {
  const { view } = segment;
  const code = end - at >= CODE_DIGITS ? digits(view, at, at + CODE_DIGITS, CODE_DIGITS) : -1;
  const divider = at + CODE_DIGITS < end ? view.getUint8(at + CODE_DIGITS) : SPACE;
  if (!state.isGreeted) greet(state, segment, at, end, records);
  if (state.openCode >= 0) {
    if (code !== state.openCode || divider !== SPACE) return;
    state.openCode = -1;
  } else if (code < 100 || code > 659 || (divider !== SPACE && divider !== HYPHEN)) {
    if (!state.isOdd) records.oddity('ftp_no_reply_code', segment.flow, segment.timeUs);
    state.isOdd = true;
    return;
  } else if (divider === HYPHEN) {
    state.openCode = code;
    return;
  }
  tellMessage(`reply ${code}`, segment, records);
  replied(state, code, segment, at, end, records);
}

function replied(state: FtpFlow, code: number, segment: Segment, at: number, end: number, records: Records): void {
  const { view } = segment;
  if (code === 227 && readNumbers(view, at + CODE_DIGITS, end)) tellExpectation(false, segment, records);
  if (code === 229 && readExtended(view, at + CODE_DIGITS, end)) tellExpectation(false, segment, records);
  if (state.wantsTls && code === 234) state.isProtected = true;
  if (code >= 200) state.wantsTls = false;
  logged(state, code, segment, records);
  if (state.operation !== '' && code >= 200) {
    tellOperation(state.operation, code < 300 ? 'done' : 'failed', segment, records);
    state.operation = '';
  }
  if (state.verb === '' || (code >= 300 && code < 400)) return;
  if (code < 200) {
    state.isRunning = true;
    state.bytes = bytesIn(view, at, end);
  } else {
    if (code < 300 && (state.isRunning || state.verb === 'delete' || state.verb === 'rename'))
      tellTransfer(state, segment, records);
    state.verb = '';
    state.isRunning = false;
    state.extension = '';
  }
}

function logged(state: FtpFlow, code: number, segment: Segment, records: Records): void {
  if (code === 230 && state.hasUser && !state.isLoginOpen) {
    // A name was enough.
    state.method = 'none';
    state.isClear = false;
    state.weakness = '';
    tellLogin(state, 'asked', segment, records);
  }
  if (!state.isLoginOpen || (code !== 230 && code !== 530 && code !== 430 && code !== 421)) return;
  tellLogin(state, code === 230 ? 'success' : 'failure', segment, records);
  state.isLoginOpen = false;
  state.hasUser = false;
}

/** `150 Opening BINARY mode data connection for … (150000 bytes).` */
function bytesIn(view: DataView, at: number, end: number): number {
  const place = find(view, at, end, ' bytes');
  if (place < 0) return -1;
  let begin = place;
  while (begin > at && view.getUint8(begin - 1) >= 0x30 && view.getUint8(begin - 1) <= 0x39) begin--;
  return digits(view, begin, place, 15);
}

function greet(state: FtpFlow, segment: Segment, at: number, end: number, records: Records): void {
  state.isGreeted = true;
  if (segment.midstream || !spells(segment.view, at, end, '220')) return;
  const product = productIn(segment.view, at, Math.min(end, at + GREETING_BYTES_MAX));
  if (product === '') return;
  stamp(said, segment);
  said.protocol = 'ftp';
  said.detail = product;
  records.flowProtocol(said);
  stamp(identity, segment);
  identity.ofClient = false;
  identity.attribute = 'server-software';
  identity.value = product;
  identity.source = 'FTP 220';
  identity.confidence = 0.7;
  records.identity(identity);
}
