/**
 * Telnet (RFC 854): told by its option negotiation, never by its text.
 *
 *     ┌──────┬──────────────────────────────────────┬────────┐
 *     │ 0xFF │ 251 WILL · 252 WONT · 253 DO · 254 DONT │ option │
 *     │ IAC  │ 250 SB option … IAC 240 SE              │        │
 *     └──────┴──────────────────────────────────────┴────────┘
 *
 * What people type and read on the terminal passes unseen. A login prompt without negotiation could
 * be any text protocol and is not called Telnet.
 */
import { MAYBE, NO, type Protocol, SKIP_REST, YES } from '../../src/protocol.ts';

const INTERPRET_AS_COMMAND = 0xff;
const SUBNEGOTIATION = 250;
const DONT = 254;
const COMMAND_BYTES = 3;

/** Options 0 to 49 and 138 to 141 are assigned by IANA; 255 extends the list (RFC 861). */
const OPTION_LOW_MAX = 49;
const OPTION_HIGH_MIN = 138;
const OPTION_HIGH_MAX = 141;
const OPTION_EXTENDED = 255;

/** Three commands in a row are no accident in the middle of a stream. */
const COMMANDS_MIDSTREAM = 3;

export const telnet: Protocol<null> = {
  name: 'telnet',
  transport: 'tcp',
  ports: [23, 2323],

  recognises({ view, start, end, midstream }) {
    let needed = midstream ? COMMANDS_MIDSTREAM : 1;
    let at = start;
    for (let count = 0; count < needed; count++, at += COMMAND_BYTES) {
      if (at >= end) return MAYBE;
      if (view.getUint8(at) !== INTERPRET_AS_COMMAND) return NO;
      if (at + 1 >= end) return MAYBE;
      const command = view.getUint8(at + 1);
      if (command < SUBNEGOTIATION || command > DONT) return NO;
      if (at + 2 >= end) return MAYBE;
      if (!isOption(view.getUint8(at + 2))) return NO;
      // FF FE also begins UTF-16 text.
      if (count === 0 && command === DONT) needed = Math.max(needed, 2);
      // Parameters of any length follow a subnegotiation: enough said when it is not the first.
      if (command === SUBNEGOTIATION) return count > 0 || !midstream ? YES : NO;
    }
    return YES;
  },

  open: () => null,

  decode: () => SKIP_REST,
};

function isOption(option: number): boolean {
  return (
    option <= OPTION_LOW_MAX || (option >= OPTION_HIGH_MIN && option <= OPTION_HIGH_MAX) || option === OPTION_EXTENDED
  );
}
