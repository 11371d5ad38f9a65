/**
 * IRC (RFC 1459, 2812): a chat that old remote-controlled malware still listens to.
 *
 *     client  "NICK …" · "CAP LS …"          server  ":name NOTICE …" · ":name 001 …" · "NOTICE AUTH …"
 *
 * Recognised only: nothing that is said becomes a string.
 */
import { indexOfByte, startsWith } from '../../src/bytes/text.ts';
import { begins, MAYBE, NO, type Protocol, type Segment, SKIP_REST, YES } from '../../src/protocol.ts';

const COLON = 0x3a;
const SPACE = 0x20;
const CARRIAGE_RETURN = 0x0d;
/** A server's name is a host name. */
const NAME_BYTES_MAX = 64;
const OPENINGS: readonly string[] = ['NICK ', 'CAP LS', 'CAP REQ ', 'NOTICE AUTH ', 'NOTICE * '];
const SERVER_WORDS: readonly string[] = [' NOTICE ', ' 001 ', ' 020 ', ' 433 ', ' 670 '];

export const irc: Protocol<null> = {
  name: 'irc',
  transport: 'tcp',
  ports: [6667, 6666, 6668, 6669, 7000],
  firstBytes: [COLON, 0x4e, 0x43],

  recognises(segment) {
    let best = NO;
    for (let i = 0; i < OPENINGS.length; i++) best = Math.max(best, begins(segment, OPENINGS[i]!));
    return best === NO ? fromServer(segment) : best;
  },

  open: () => null,
  decode: () => SKIP_REST,
};

function fromServer({ view, start, end }: Segment): number {
  if (start >= end) return MAYBE;
  if (view.getUint8(start) !== COLON) return NO;
  const to = Math.min(end, start + NAME_BYTES_MAX);
  const space = indexOfByte(view, start, to, SPACE);
  if (indexOfByte(view, start, to, CARRIAGE_RETURN) >= 0 && space < 0) return NO;
  if (space < 0) return to < end ? NO : MAYBE;
  if (space === start + 1) return NO;
  for (let i = 0; i < SERVER_WORDS.length; i++) if (startsWith(view, space, end, SERVER_WORDS[i]!)) return YES;
  return end - space < 8 ? MAYBE : NO;
}
