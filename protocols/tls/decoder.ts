/**
 * TLS (RFC 8446 5.1, RFC 5246 6.2): what passes in clear before both sides encrypt: hellos, certificates, alerts.
 *
 *     0      1          3         5
 *     ┌──────┬──────────┬─────────┬──────────────────────────┐
 *     │ type │ version  │ length  │ fragment, `length` bytes │    20 change cipher spec · 21 alert
 *     │      │ 03 00–04 │ 16 bit  │                          │    22 handshake · 23 application data
 *     └──────┴──────────┴─────────┴──────────────────────────┘    24 heartbeat
 *
 * From the first encrypted record on a direction passes unseen; nothing of it is held. In the middle of a connection,
 * and behind lost bytes, the boundary of records is unknown: the same.
 */
import { versionName } from '../../src/bytes/tls-hello.ts';
import type { Limits } from '../../src/limits.ts';
import { GIVE_UP, MAYBE, NO, type Protocol, type Segment, SKIP_REST, YES } from '../../src/protocol.ts';
import type { Records } from '../../src/records.ts';
import { Messages } from './handshake.ts';
import {
  ALERT,
  ALERT_LEVEL_MAX,
  APPLICATION_DATA,
  answersInSsl2,
  CHANGE_CIPHER_SPEC,
  HANDSHAKE,
  handshakeBegins,
  isRecordHeader,
  RECORD_BYTES_MAX,
  RECORD_HEADER_BYTES,
  recogniseTls,
  ssl2HelloBytes,
} from './record.ts';
import { Teller } from './tell.ts';

class TlsSide {
  /** Nothing of this direction has been decoded yet. */
  fresh = true;
  passing = false;
  /** Something was decoded: an answer in SSL 2.0 cannot come any more. */
  begun = false;
  readonly messages: Messages;

  constructor(limits: Limits) {
    this.messages = new Messages(limits);
  }
}

export class TlsFlow {
  /** The client began in the format of SSLv2: the server may answer in it. */
  ssl2Asked = false;
  readonly client: TlsSide;
  readonly server: TlsSide;
  private tell: Teller | null = null;

  constructor(limits: Limits) {
    this.client = new TlsSide(limits);
    this.server = new TlsSide(limits);
  }

  teller(isInside: boolean, segment: Segment, records: Records): Teller {
    this.tell ??= new Teller(isInside, segment, records);
    this.tell.listen(segment, records);
    return this.tell;
  }
}

/** `isInside`: for a protocol that hands over its flow after STARTTLS and keeps its own name. */
export function createTls({ limits, isInside = false }: { limits: Limits; isInside?: boolean }): Protocol<TlsFlow> {
  return {
    name: 'tls',
    transport: 'tcp',
    ports: [443, 8443, 2762, 2576, 993, 995, 465, 636, 853],

    recognises: recogniseTls,

    open: () => new TlsFlow(limits),

    decode(state, segment, records) {
      const { view, start, end } = segment;
      const side = segment.toServer ? state.client : state.server;
      if (side.passing) return SKIP_REST;
      const tell = state.teller(isInside, segment, records);
      let at = start;
      if (side.fresh) {
        const begins = beginning(segment);
        if (begins === MAYBE) return 0;
        side.fresh = false;
        side.passing = begins === NO && segment.midstream;
        const old = ssl2HelloBytes(view, start, end);
        if (old > 0) {
          tell.oddity('tls_ssl2_hello');
          tell.oldHello(versionName(view.getUint16(start + 3)));
          state.ssl2Asked = true;
          at += old;
        }
      }
      if (state.ssl2Asked && !side.passing && !segment.toServer && !side.begun) {
        const answer = answersInSsl2(view, at, end);
        if (answer === MAYBE) return at - start;
        if (answer === YES) {
          tell.oldHello(versionName(0x0002));
          state.client.passing = true;
          side.passing = true;
        }
      }
      if (side.passing) return SKIP_REST;
      return clearRecords(side, tell, segment, at);
    },

    gap(state, segment) {
      const side = segment.toServer ? state.client : state.server;
      side.fresh = false;
      side.passing = true;
      side.messages.forget();
    },
  };
}

/** Does this direction begin where a conversation begins? Any record will do when its first packet was seen. */
function beginning({ view, start, end, midstream }: Segment): number {
  if (ssl2HelloBytes(view, start, end) !== 0) return end - start < RECORD_HEADER_BYTES + 6 ? MAYBE : YES;
  return midstream ? handshakeBegins(view, start, end) : YES;
}

/** Records from `at` on, as long as they are in clear. */
function clearRecords(side: TlsSide, tell: Teller, segment: Segment, from: number): number {
  const { view, start, end } = segment;
  let at = from;
  while (end - at >= RECORD_HEADER_BYTES) {
    if (!isRecordHeader(view, at)) {
      tell.oddity('tls_unknown_record');
      return GIVE_UP;
    }
    const type = view.getUint8(at);
    const length = view.getUint16(at + 3);
    if (length > RECORD_BYTES_MAX) {
      tell.oddity('tls_record_too_long');
      return GIVE_UP;
    }
    if (isSealed(type, tell)) {
      side.passing = true;
      side.messages.forget();
      return SKIP_REST;
    }
    const body = at + RECORD_HEADER_BYTES;
    if (type === HANDSHAKE || type === ALERT) {
      if (body + length > end) break;
      side.begun = true;
      if (type === HANDSHAKE) side.messages.read(view, body, body + length, tell);
      else if (length === 2 && view.getUint8(body) <= ALERT_LEVEL_MAX) tell.alert(view.getUint8(body + 1));
      if (tell.isSealed && !segment.toServer) {
        side.passing = true;
        return SKIP_REST;
      }
    }
    at = body + length;
  }
  return at - start;
}

/** Is everything from this record on encrypted? */
function isSealed(type: number, tell: Teller): boolean {
  // Between a hello that was turned down and the next one, 1.3 sends this for the eyes of old boxes (RFC 8446 D.4).
  if (type === CHANGE_CIPHER_SPEC) return !tell.isRetry;
  return type === APPLICATION_DATA;
}
