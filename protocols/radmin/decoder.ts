/**
 * Radmin 3 (no public document; seen in captures): a remote screen, told by its first message.
 *
 *     client  01 00 00 00 01 00 00 00 08 08
 *     server  01 00 00 00 25 00 00 02 12 08 02 …
 *
 * What follows is encrypted and passes unseen.
 */
import { begins, type Protocol, SKIP_REST } from '../../src/protocol.ts';

const CLIENT = '\x01\0\0\0\x01\0\0\0\x08\x08';
const SERVER = '\x01\0\0\0\x25\0\0\x02\x12\x08\x02';

export const radmin: Protocol<null> = {
  name: 'radmin',
  transport: 'tcp',
  ports: [4899],
  firstBytes: [1],
  recognises: (segment) => Math.max(begins(segment, CLIENT), begins(segment, SERVER)),
  open: () => null,
  decode: () => SKIP_REST,
};
