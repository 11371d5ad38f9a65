/**
 * TeamViewer's own protocol (no public document; seen in captures): a remote screen through the maker's relays, or
 * directly on port 5938. Where that port is closed it hides in TLS and is seen as such.
 *
 *     TCP  17 24 command …      later also 11 30 command …
 *     UDP  00 … 17 24 at byte 11
 *
 * Two bytes are little: the usual port is needed too. What follows is encrypted and passes unseen.
 */
import { MAYBE, NO, type Protocol, type Segment, SKIP_REST, YES } from '../../src/protocol.ts';

const PORT = 5938;
const MARK = 0x1724;
const MARK_LATER = 0x1130;
const HEADER_BYTES = 5;
const DATAGRAM_MARK = 11;

const usual = ({ clientPort, serverPort }: Segment): boolean => clientPort === PORT || serverPort === PORT;

export const teamviewer: Protocol<null> = {
  name: 'teamviewer',
  transport: 'tcp',
  ports: [PORT],

  recognises(segment) {
    if (!usual(segment)) return NO;
    const { view, start, end, midstream } = segment;
    if (end - start < HEADER_BYTES) return MAYBE;
    const mark = view.getUint16(start);
    return mark === MARK || (midstream && mark === MARK_LATER) ? YES : NO;
  },

  open: () => null,
  decode: () => SKIP_REST,
};

export const teamviewerOverUdp: Protocol<null> = {
  name: 'teamviewer',
  transport: 'udp',
  ports: [PORT],

  recognises(segment) {
    const { view, start, end } = segment;
    if (!usual(segment) || end - start < DATAGRAM_MARK + 2) return NO;
    return view.getUint8(start) === 0 && view.getUint16(start + DATAGRAM_MARK) === MARK ? YES : NO;
  },

  open: () => null,
  decode: (_state, { start, end }) => end - start,
};
