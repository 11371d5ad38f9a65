/**
 * SIP (RFC 3261), the signalling of telephones and nurse calls, over UDP and TCP.
 *
 *     head (`head.ts`) │ CR LF │ body of Content-Length bytes; a datagram ends with it anyway
 *
 * Two line ends between messages keep a connection open (RFC 5626).
 */
import { endOfHead, headerValue, numberAt } from '../../src/bytes/lines.ts';
import type { Limits } from '../../src/limits.ts';
import { GIVE_UP, MAYBE, NO, type Protocol, type Segment, YES } from '../../src/protocol.ts';
import { isOpening, SipDialog, tell } from './head.ts';

const PORTS: readonly number[] = [5060, 5062];
const CARRIAGE_RETURN = 0x0d;
const LINE_FEED = 0x0a;
const FIRST: readonly number[] = [...new Set('IABCROPSNUM')].map((letter) => letter.charCodeAt(0));

export const sipOverUdp: Protocol<SipDialog> = {
  name: 'sip',
  transport: 'udp',
  ports: PORTS,
  firstBytes: FIRST,
  recognises: (segment) => (isOpening(segment) === YES ? YES : NO),
  open: () => new SipDialog(),

  decode(state, segment, records) {
    const { view, start, end } = segment;
    if (isOpening(segment) === YES) {
      const head = endOfHead(view, start, end);
      tell(state, segment, start, head < 0 ? end : head, records);
    }
    return end - start;
  },
};

export function createSip({ limits }: { limits: Limits }): Protocol<SipDialog> {
  return {
    name: 'sip',
    transport: 'tcp',
    ports: PORTS,
    firstBytes: FIRST,
    recognises: isOpening,
    open: () => new SipDialog(),

    decode(state, segment, records) {
      const { view, start, end } = segment;
      let at = start;
      while (at < end) {
        const code = view.getUint8(at);
        if (code === CARRIAGE_RETURN || code === LINE_FEED) {
          at++;
          continue;
        }
        const head = endOfHead(view, at, end);
        if (head < 0) {
          if (end - at > limits.sipHeadBytesMax) return GIVE_UP;
          break;
        }
        if (head - at > limits.sipHeadBytesMax || openingAt(segment, at) !== YES) return GIVE_UP;
        tell(state, segment, at, head, records);
        at = head + bodyBytes(view, at, head);
      }
      return at - start;
    },

    gap() {},
  };
}

/** The opening of a later message of the segment. */
function openingAt(segment: Segment, at: number): number {
  const { start } = segment;
  segment.start = at;
  const known = isOpening(segment);
  segment.start = start;
  return known === MAYBE ? NO : known;
}

function bodyBytes(view: DataView, at: number, head: number): number {
  let value = headerValue(view, at, head, 'content-length');
  if (value < 0) value = headerValue(view, at, head, 'l');
  return value < 0 ? 0 : Math.max(0, numberAt(view, value, head));
}
