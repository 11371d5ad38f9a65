/**
 * Remote shell and remote execution of BSD (rcmd(3), rexec(3)): a command that is run without encryption.
 *
 *     client  port NUL  name NUL  name NUL      command NUL      rsh,   port 514: trust by address
 *     client  port NUL  name NUL  password NUL  command NUL      rexec, port 512
 *     server  0, or 1 and an error text
 *
 * The port is of the connection for errors, in decimal digits, and may be empty. Names, password and command never
 * become a string. Syslog over TCP uses the same port: only digits, a NUL and printable words are a remote shell.
 */
import { weaknessOf } from '../../src/bytes/secret.ts';
import { indexOfByte } from '../../src/bytes/text.ts';
import { GIVE_UP, MAYBE, NO, type Protocol, type Segment, SKIP_REST, YES } from '../../src/protocol.ts';
import { FlowProtocol, Login, Message, Operation, type Records, stamp } from '../../src/records.ts';

const EXEC_PORT = 512;
const SHELL_PORT = 514;
const PORT_DIGITS_MAX = 5;
/** Names are at most 16 characters in rcmd(3); passwords and commands may be longer. */
const WORD_BYTES_MAX = 256;
const COMMAND_BYTES_MAX = 4_096;
const DIGIT_0 = 0x30;
const DIGIT_9 = 0x39;
const REFUSED = 1;

export class RshFlow {
  isAsked = false;
  isAnswered = false;
}

const said = new FlowProtocol();
const message = new Message();
const login = new Login();
const operation = new Operation();

export const rsh: Protocol<RshFlow> = {
  name: 'rsh',
  transport: 'tcp',
  ports: [SHELL_PORT, EXEC_PORT],

  recognises(segment) {
    const { serverPort, clientPort, view, start, end } = segment;
    if (!isPort(serverPort) && !isPort(clientPort)) return NO;
    const words = behindPort(view, start, end);
    if (words <= 0) return words < 0 ? NO : MAYBE;
    // Two printable words of at least one character.
    let at = words;
    for (let i = 0; i < 2; i++) {
      const word = at;
      while (at < end && isPrintable(view.getUint8(at)) && at - word < WORD_BYTES_MAX) at++;
      if (at === end) return MAYBE;
      if (view.getUint8(at) !== 0 || (at === word && i === 0)) return NO;
      at++;
    }
    return YES;
  },

  open: () => new RshFlow(),

  decode(state, segment, records) {
    const { view, start, end, toServer } = segment;
    if (!toServer) {
      if (state.isAnswered || !state.isAsked) return SKIP_REST;
      if (end <= start) return 0;
      state.isAnswered = true;
      answer(segment, view.getUint8(start) !== REFUSED, records);
      return SKIP_REST;
    }
    if (state.isAsked) return SKIP_REST;
    const first = behindPort(view, start, end);
    if (first < 0) return GIVE_UP;
    if (first === 0) return 0;
    const second = indexOfByte(view, first, end, 0);
    const third = second < 0 ? -1 : indexOfByte(view, second + 1, end, 0);
    const last = third < 0 ? -1 : indexOfByte(view, third + 1, end, 0);
    if (last < 0) return end - start > COMMAND_BYTES_MAX ? GIVE_UP : 0;
    state.isAsked = true;
    ask(segment, second + 1, third, records);
    return SKIP_REST;
  },

  gap(state) {
    state.isAsked = true;
    state.isAnswered = true;
  },
};

const isPort = (port: number): boolean => port === SHELL_PORT || port === EXEC_PORT;
const isPrintable = (code: number): boolean => code >= 0x20 && code <= 0x7e;
const isExec = ({ serverPort }: Segment): boolean => serverPort === EXEC_PORT;

/** Where the words begin, behind the digits and their NUL; 0 while that is not seen, -1 when there is something else. */
function behindPort(view: DataView, start: number, end: number): number {
  for (let at = start; at < end; at++) {
    const code = view.getUint8(at);
    if (code === 0) return at + 1;
    if (code < DIGIT_0 || code > DIGIT_9 || at - start >= PORT_DIGITS_MAX) return -1;
  }
  return 0;
}

function ask(segment: Segment, secret: number, secretEnd: number, records: Records): void {
  const exec = isExec(segment);
  stamp(said, segment);
  said.protocol = 'rsh';
  said.detail = exec ? 'rexec' : 'rsh';
  records.flowProtocol(said);
  tell('command', segment, records);
  stamp(login, segment);
  login.fromClient = true;
  login.protocol = 'rsh';
  login.method = exec ? 'password' : 'none';
  login.outcome = 'asked';
  login.isClear = true;
  login.weakness = exec ? weaknessOf(segment.view, secret, secretEnd - secret) : '';
  records.login(login);
  stamp(operation, segment);
  operation.protocol = 'rsh';
  operation.verb = 'execute';
  records.operation(operation);
}

function answer(segment: Segment, isDone: boolean, records: Records): void {
  tell(isDone ? 'accepted' : 'refused', segment, records);
  stamp(login, segment);
  login.fromClient = true;
  login.protocol = 'rsh';
  login.method = isExec(segment) ? 'password' : 'none';
  login.outcome = isDone ? 'success' : 'failure';
  login.isClear = true;
  login.weakness = '';
  records.login(login);
}

function tell(kind: string, segment: Segment, records: Records): void {
  stamp(message, segment);
  message.fromClient = segment.toServer;
  message.protocol = 'rsh';
  message.kind = kind;
  records.message(message);
}
