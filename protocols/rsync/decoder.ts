/**
 * rsync with its daemon (man page rsyncd.conf, `clientserver.c` of rsync): who fetches, who stores, and whether anybody
 * asked for a password.
 *
 *     both:    `@RSYNCD: 31.0` LF
 *     client:  module LF, or `#list` LF, or LF            server:  `@RSYNCD: AUTHREQD ` challenge LF
 *     client:  user SP answer LF                          server:  `@RSYNCD: OK` LF, `@ERROR…` LF, `@RSYNCD: EXIT` LF
 *     client:  arguments, each with LF or NUL behind it, then an empty one; then data
 *
 * Names of modules, users and files never become a text; data are counted.
 */
import { readText, startsWith } from '../../src/bytes/text.ts';
import { MAYBE, NO, type Protocol, type Segment, YES } from '../../src/protocol.ts';
import { FlowProtocol, Login, Message, type Records, stamp, Transfer } from '../../src/records.ts';

const GREETING = '@RSYNCD: ';
const LINE_FEED = 0x0a;
const LINE_BYTES_MAX = 1_024;
const VERSION_CHARACTERS_MAX = 8;

const AT_GREETING = 0;
const AT_MODULE = 1;
const AT_ARGUMENTS = 2;
const IN_DATA = 3;

export class RsyncFlow {
  client = AT_GREETING;
  server = AT_GREETING;
  isAsked = false;
  isLoginOpen = false;
  serverSends = false;
  bytesToServer = 0;
  bytesToClient = 0;
}

const message = new Message();
const login = new Login();
const transfer = new Transfer();
const said = new FlowProtocol();

export const rsync: Protocol<RsyncFlow> = {
  name: 'rsync',
  transport: 'tcp',
  ports: [873],
  firstBytes: [0x40],

  recognises({ view, start, end }) {
    for (let i = 0; i < GREETING.length; i++) {
      if (start + i >= end) return MAYBE;
      if (view.getUint8(start + i) !== GREETING.charCodeAt(i)) return NO;
    }
    return YES;
  },

  open: () => new RsyncFlow(),

  decode(state, segment, records) {
    const { view, start, end, toServer } = segment;
    let at = start;
    while (at < end && (toServer ? state.client : state.server) !== IN_DATA) {
      let lineEnd = at;
      while (lineEnd < end && !endsLine(state, toServer, view.getUint8(lineEnd))) lineEnd++;
      if (lineEnd === end && end - at <= LINE_BYTES_MAX) return at - start;
      if (lineEnd - at > LINE_BYTES_MAX) {
        records.oddity('rsync_line_too_long', segment.flow, segment.timeUs);
        state.client = IN_DATA;
        state.server = IN_DATA;
        break;
      }
      if (toServer) clientLine(state, segment, at, lineEnd, records);
      else serverLine(state, segment, at, lineEnd, records);
      at = lineEnd + 1;
    }
    if (toServer) state.bytesToServer += end - at;
    else state.bytesToClient += end - at;
    return end - start;
  },

  gap(state, segment, bytes) {
    if (segment.toServer) state.bytesToServer += bytes;
    else state.bytesToClient += bytes;
    state.client = IN_DATA;
    state.server = IN_DATA;
  },

  close(state, segment, _how, records) {
    const { bytesToServer, bytesToClient } = state;
    if (state.client !== IN_DATA || bytesToServer + bytesToClient === 0) return;
    stamp(transfer, segment);
    transfer.fromClient = true;
    transfer.protocol = 'rsync';
    transfer.verb = state.serverSends ? 'read' : 'write';
    transfer.bytes = state.serverSends ? bytesToClient : bytesToServer;
    records.transfer(transfer);
  },
};

/** Arguments of newer versions end with NUL. */
function endsLine(state: RsyncFlow, toServer: boolean, code: number): boolean {
  return code === LINE_FEED || (code === 0 && toServer && state.client === AT_ARGUMENTS);
}

function clientLine(state: RsyncFlow, segment: Segment, at: number, end: number, records: Records): void {
  const { view } = segment;
  if (state.client === AT_GREETING) {
    state.client = AT_MODULE;
    tell('greeting', segment, records);
    return;
  }
  if (state.client === AT_MODULE) {
    const isList = end === at || view.getUint8(at) === 0x23;
    tell(isList ? 'list modules' : 'module', segment, records);
    state.client = AT_ARGUMENTS;
    return;
  }
  if (state.isAsked) {
    state.isAsked = false;
    tell('login', segment, records);
    tellLogin('digest', 'asked', segment, records);
    state.isLoginOpen = true;
    return;
  }
  if (startsWith(view, at, end, '--sender')) state.serverSends = true;
  if (end > at) return;
  tell(state.serverSends ? 'fetch' : 'store', segment, records);
  state.client = IN_DATA;
  state.server = IN_DATA;
}

function serverLine(state: RsyncFlow, segment: Segment, at: number, end: number, records: Records): void {
  const { view } = segment;
  if (startsWith(view, at, end, '@ERROR')) {
    tell('error', segment, records);
    if (state.isLoginOpen) tellLogin('digest', 'failure', segment, records);
    state.isLoginOpen = false;
    return;
  }
  if (!startsWith(view, at, end, GREETING)) return;
  const word = at + GREETING.length;
  if (startsWith(view, word, end, 'AUTHREQD')) {
    tell('login required', segment, records);
    state.isAsked = true;
  } else if (startsWith(view, word, end, 'OK')) {
    tell('ok', segment, records);
    // Whoever is let in without a question needs no password.
    if (!state.isLoginOpen) tellLogin('none', 'asked', segment, records);
    tellLogin(state.isLoginOpen ? 'digest' : 'none', 'success', segment, records);
    state.isLoginOpen = false;
  } else if (startsWith(view, word, end, 'EXIT')) tell('exit', segment, records);
  else if (state.server === AT_GREETING) {
    state.server = AT_MODULE;
    tell('greeting', segment, records);
    stamp(said, segment);
    said.protocol = 'rsync';
    said.detail = `rsync ${versionAt(view, word, end)}`;
    records.flowProtocol(said);
  }
}

function versionAt(view: DataView, at: number, end: number): string {
  let to = at;
  while (to < end && to < at + VERSION_CHARACTERS_MAX && view.getUint8(to) > 0x20) to++;
  return readText(view, at, to - at);
}

function tell(kind: string, segment: Segment, records: Records): void {
  stamp(message, segment);
  message.fromClient = segment.toServer;
  message.protocol = 'rsync';
  message.kind = kind;
  records.message(message);
}

function tellLogin(method: string, outcome: string, segment: Segment, records: Records): void {
  stamp(login, segment);
  login.fromClient = true;
  login.protocol = 'rsync';
  login.method = method;
  login.outcome = outcome;
  records.login(login);
}
