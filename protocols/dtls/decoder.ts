/**
 * DTLS 1.0, 1.2 and the hellos of 1.3 (RFC 6347, 9147): what passes in clear before both sides encrypt.
 *
 *     client  ClientHello ────────▶ HelloVerifyRequest  server        a cookie shows that the client is where it says
 *             ClientHello, cookie ▶ ServerHello, Certificate, …
 *
 * Messages come in fragments, lost ones are sent again: each message number is told once.
 */
import type { Limits } from '../../src/limits.ts';
import { NO, type Protocol, type Segment, YES } from '../../src/protocol.ts';
import { Messages } from './messages.ts';
import { ALERT, EPOCH_AT, HANDSHAKE, isDtls, isUnified, RECORD_HEADER_BYTES, recordBytes } from './record.ts';
import { Teller } from './tell.ts';

const ALERT_LEVEL_MAX = 2;

export class DtlsFlow {
  readonly tell: Teller;
  readonly client: Messages;
  readonly server: Messages;

  constructor(limits: Limits, isInside: boolean) {
    this.tell = new Teller(isInside);
    this.client = new Messages(limits);
    this.server = new Messages(limits);
  }
}

/** `isInside`: for a protocol that shares its flow with DTLS and keeps its own name. */
export function createDtls({ limits, isInside = false }: { limits: Limits; isInside?: boolean }): Protocol<DtlsFlow> {
  return {
    name: 'dtls',
    transport: 'udp',
    ports: [443, 853, 2083, 3391, 4433, 5349, 5684, 6514, 10_161],
    firstBytes: [20, 21, 22, 23, 26],

    recognises: ({ view, start, end }) => (isDtls(view, start, end) ? YES : NO),

    open: () => new DtlsFlow(limits, isInside),

    decode(state, segment, records) {
      const { view, start, end } = segment;
      const { tell } = state;
      tell.listen(segment, records);
      let at = start;
      while (at < end) {
        const bytes = recordBytes(view, at, end);
        if (bytes === 0) {
          // Other protocols share the flow of a call (RFC 7983): they do not begin as a record.
          const first = view.getUint8(at);
          if (!isUnified(first) && (at > start || (first >= 20 && first <= 26))) tell.oddity('dtls_broken_record');
          break;
        }
        if (view.getUint16(at + EPOCH_AT) === 0) inClear(state, segment, at, at + bytes);
        at += bytes;
      }
      return end - start;
    },
  };
}

function inClear(state: DtlsFlow, segment: Segment, at: number, end: number): void {
  const { view, toServer } = segment;
  const type = view.getUint8(at);
  const body = at + RECORD_HEADER_BYTES;
  if (type === HANDSHAKE) {
    const other = toServer ? state.server : state.client;
    (toServer ? state.client : state.server).read(view, body, end, state.tell, other);
  } else if (type === ALERT && end - body === 2 && view.getUint8(body) <= ALERT_LEVEL_MAX) {
    state.tell.alert(view.getUint8(body + 1));
  }
}
