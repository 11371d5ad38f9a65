/**
 * Telnet (RFC 854, 855): told by its commands, never by its text.
 *
 *     ┌──────┬──────────────────────────────────────────────┬────────┐
 *     │ 0xFF │ 251 WILL · 252 WONT · 253 DO · 254 DONT      │ option │
 *     │ IAC  │ 250 SB option … IAC 240 SE · 241 NOP … 249 GA │        │
 *     └──────┴──────────────────────────────────────────────┴────────┘
 *
 * Commands are counted; of the text between them a login is followed (`login.ts`), and nothing else. What people type
 * and read on the terminal never becomes a string. A login prompt without negotiation could be any text protocol and
 * is not called Telnet.
 */
import { indexOfByte } from '../../src/bytes/text.ts';
import type { Limits } from '../../src/limits.ts';
import { MAYBE, NO, type Protocol, type Segment, YES } from '../../src/protocol.ts';
import { Message, type Records, stamp } from '../../src/records.ts';
import { TerminalLogin } from './login.ts';

const INTERPRET_AS_COMMAND = 0xff;
const END_OF_SUBNEGOTIATION = 240;
const SUBNEGOTIATION = 250;
const WILL = 251;
const DONT = 254;
const COMMAND_BYTES = 3;

/** RFC 854, by the code less 236 (236 to 238 are RFC 1184 and 885). */
const COMMAND_FIRST = 236;
const COMMANDS = [
  ...['EOF', 'SUSP', 'ABORT', 'EOR', 'SE', 'NOP', 'DM', 'BRK', 'IP', 'AO', 'AYT', 'EC', 'EL', 'GA'],
  ...['SB', 'WILL', 'WONT', 'DO', 'DONT'],
];

/** Options 0 to 49 and 138 to 141 are assigned by IANA; 255 extends the list (RFC 861). */
const OPTION_LOW_MAX = 49;
const OPTION_HIGH_MIN = 138;
const OPTION_HIGH_MAX = 141;
const OPTION_EXTENDED = 255;

/** Three commands in a row are no accident in the middle of a stream. */
const COMMANDS_MIDSTREAM = 3;

const TEXT = 0;
const COMMAND = 1;
const OPTION = 2;
const PARAMETERS = 3;
const PARAMETERS_COMMAND = 4;

class TelnetSide {
  place = TEXT;
}

export class TelnetFlow {
  readonly client = new TelnetSide();
  readonly server = new TelnetSide();
  readonly login = new TerminalLogin();
  /** A command that no document names is told once. */
  isOdd = false;
}

const command = new Message();

export function createTelnet({ limits }: { limits: Limits }): Protocol<TelnetFlow> {
  return {
    name: 'telnet',
    transport: 'tcp',
    ports: [23, 2323],
    firstBytes: [INTERPRET_AS_COMMAND],

    recognises({ view, start, end, midstream }) {
      let needed = midstream ? COMMANDS_MIDSTREAM : 1;
      let at = start;
      for (let count = 0; count < needed; count++, at += COMMAND_BYTES) {
        if (at >= end) return MAYBE;
        if (view.getUint8(at) !== INTERPRET_AS_COMMAND) return NO;
        if (at + 1 >= end) return MAYBE;
        const code = view.getUint8(at + 1);
        if (code < SUBNEGOTIATION || code > DONT) return NO;
        if (at + 2 >= end) return MAYBE;
        if (!isOption(view.getUint8(at + 2))) return NO;
        // FF FE also begins UTF-16 text.
        if (count === 0 && code === DONT) needed = Math.max(needed, 2);
        // Parameters of any length follow a subnegotiation: enough said when it is not the first.
        if (code === SUBNEGOTIATION) return count > 0 || !midstream ? YES : NO;
      }
      return YES;
    },

    open: () => new TelnetFlow(),

    decode(state, segment, records) {
      const { view, start, end, toServer } = segment;
      const side = toServer ? state.client : state.server;
      const { login } = state;
      for (let at = start; at < end; at++) {
        if (side.place === TEXT && login.isDone) {
          at = indexOfByte(view, at, end, INTERPRET_AS_COMMAND);
          if (at < 0) break;
        }
        const code = view.getUint8(at);
        if (side.place !== TEXT) side.place = inCommand(state, side.place, code, segment, records);
        else if (code === INTERPRET_AS_COMMAND) side.place = COMMAND;
        else if (toServer) login.typed(code, segment, records);
        else login.shown(code, segment, records, limits.telnetLoginBytesMax);
      }
      return end - start;
    },

    gap(state, segment) {
      (segment.toServer ? state.client : state.server).place = TEXT;
      state.login.lost();
    },
  };
}

/** What follows a byte that stands inside a command. */
function inCommand(state: TelnetFlow, place: number, code: number, segment: Segment, records: Records): number {
  switch (place) {
    case COMMAND:
      // Doubled, it is text (RFC 854): a byte of the other alphabets, never of a prompt.
      if (code === INTERPRET_AS_COMMAND) return TEXT;
      tell(state, code, segment, records);
      if (code === SUBNEGOTIATION) return PARAMETERS;
      return code >= WILL ? OPTION : TEXT;
    case PARAMETERS:
      return code === INTERPRET_AS_COMMAND ? PARAMETERS_COMMAND : PARAMETERS;
    case PARAMETERS_COMMAND:
      if (code === END_OF_SUBNEGOTIATION) tell(state, code, segment, records);
      return code === INTERPRET_AS_COMMAND ? PARAMETERS : TEXT;
    default:
      return TEXT;
  }
}

function tell(state: TelnetFlow, code: number, segment: Segment, records: Records): void {
  if (code < COMMAND_FIRST) {
    if (!state.isOdd) records.oddity('telnet_unknown_command', segment.flow, segment.timeUs);
    state.isOdd = true;
    return;
  }
  stamp(command, segment);
  command.fromClient = segment.toServer;
  command.protocol = 'telnet';
  command.kind = COMMANDS[code - COMMAND_FIRST]!;
  records.message(command);
}

function isOption(option: number): boolean {
  return (
    option <= OPTION_LOW_MAX || (option >= OPTION_HIGH_MIN && option <= OPTION_HIGH_MAX) || option === OPTION_EXTENDED
  );
}
