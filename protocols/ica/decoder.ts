/**
 * Citrix ICA and its session layer CGP (no public document; seen in captures): a remote desktop, told by its marks.
 *
 *     both   7F 7F "ICA" 00           port 1494
 *     both   1A "CGP/01"              port 2598, around ICA
 *
 * What follows passes unseen.
 */
import { begins, type Protocol, SKIP_REST } from '../../src/protocol.ts';

const ICA = '\x7f\x7fICA\0';
const CGP = '\x1aCGP/01';

export const ica: Protocol<null> = {
  name: 'ica',
  transport: 'tcp',
  ports: [1494, 2598],
  firstBytes: [0x7f, 0x1a],
  recognises: (segment) => Math.max(begins(segment, ICA), begins(segment, CGP)),
  open: () => null,
  decode: () => SKIP_REST,
};
