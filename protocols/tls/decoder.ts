/**
 * TLS (RFC 8446 5.1, RFC 5246 6.2): the two hellos; the rest is counted by record and stepped over.
 *
 *     0      1          3         5
 *     ┌──────┬──────────┬─────────┬──────────────────────────┐
 *     │ type │ version  │ length  │ fragment, `length` bytes │    20 change cipher spec · 21 alert
 *     │      │ 03 00–04 │ 16 bit  │                          │    22 handshake · 23 application data
 *     └──────┴──────────┴─────────┴──────────────────────────┘    24 heartbeat
 *
 * A handshake message may be spread over records; the first of each direction is put together up to
 * a limit. Encrypted bytes are never held. In the middle of a connection, and behind lost bytes, the
 * boundary of records is unknown and the direction passes unseen.
 */
import type { Limits } from '../../src/limits.ts';
import { GIVE_UP, MAYBE, NO, type Protocol, type Segment, SKIP_REST, YES } from '../../src/protocol.ts';
import { FlowProtocol, Identity, type Records, stamp } from '../../src/records.ts';
import { CLIENT_HELLO, HANDSHAKE_HEADER_BYTES, Hello, readHello, SERVER_HELLO } from './hello.ts';
import {
  answersInSsl2,
  HANDSHAKE,
  handshakeBegins,
  isRecordHeader,
  RECORD_BYTES_MAX,
  RECORD_HEADER_BYTES,
  recogniseTls,
  ssl2HelloBytes,
} from './record.ts';

class TlsSide {
  /** Nothing of this direction has been decoded yet. */
  fresh = true;
  passing = false;
  helloSeen = false;
  /** A hello that is spread over records; only while it is being put together. */
  pending: DataView<ArrayBuffer> | null = null;
  pendingBytes = 0;
}

export class TlsFlow {
  /** The client began in the format of SSLv2: the server may answer in it. */
  ssl2Asked = false;
  readonly client = new TlsSide();
  readonly server = new TlsSide();
}

const said = new FlowProtocol();
const name = new Identity();
const hello = new Hello();

export function createTls({ limits }: { limits: Limits }): Protocol<TlsFlow> {
  return {
    name: 'tls',
    transport: 'tcp',
    ports: [443, 8443, 2762, 2576, 993, 995, 465, 636, 853],

    recognises: recogniseTls,

    open: () => new TlsFlow(),

    decode(state, segment, records) {
      const { view, start, end, flow, timeUs } = segment;
      const side = segment.toServer ? state.client : state.server;
      let at = start;
      if (side.fresh) {
        const begins = beginning(segment);
        if (begins === MAYBE) return 0;
        side.fresh = false;
        side.passing = begins === NO && segment.midstream;
        const old = ssl2HelloBytes(view, start, end);
        if (old > 0) {
          records.oddity('tls_ssl2_hello', flow, timeUs);
          state.ssl2Asked = true;
          at += old;
        }
      }
      if (state.ssl2Asked && !side.passing && !segment.toServer && !side.helloSeen) {
        const answer = answersInSsl2(view, at, end);
        if (answer === MAYBE) return at - start;
        if (answer === YES) {
          tellVersion('SSL 2.0', segment, records);
          state.client.passing = true;
          side.passing = true;
        }
      }
      if (side.passing) return SKIP_REST;
      while (end - at >= RECORD_HEADER_BYTES) {
        const length = view.getUint16(at + 3);
        if (!isRecordHeader(view, at)) {
          records.oddity('tls_unknown_record', flow, timeUs);
          return GIVE_UP;
        }
        if (length > RECORD_BYTES_MAX) {
          records.oddity('tls_record_too_long', flow, timeUs);
          return GIVE_UP;
        }
        const body = at + RECORD_HEADER_BYTES;
        if (view.getUint8(at) === HANDSHAKE && !side.helloSeen) {
          if (body + length > end) break;
          gather(side, body, length, segment, records, limits);
        }
        at = body + length;
      }
      return at - start;
    },

    gap(state, segment) {
      const side = segment.toServer ? state.client : state.server;
      side.fresh = false;
      side.passing = true;
      side.pending = null;
    },
  };
}

/** Does this direction begin where a conversation begins? Any record will do when its first packet was seen. */
function beginning({ view, start, end, midstream }: Segment): number {
  if (ssl2HelloBytes(view, start, end) !== 0) return end - start < RECORD_HEADER_BYTES + 6 ? MAYBE : YES;
  return midstream ? handshakeBegins(view, start, end) : YES;
}

/** Collects the first handshake message of a direction; in place when it lies within one record. */
function gather(side: TlsSide, body: number, length: number, segment: Segment, records: Records, limits: Limits): void {
  const { view } = segment;
  if (side.pending === null && length >= HANDSHAKE_HEADER_BYTES) {
    const message = HANDSHAKE_HEADER_BYTES + (view.getUint32(body) & 0xffffff);
    if (message <= length) {
      side.helloSeen = true;
      read(view, body, body + message, segment, records);
      return;
    }
  }
  side.pending ??= new DataView(new ArrayBuffer(limits.tlsHelloBytesMax));
  const { pending } = side;
  const room = Math.min(length, pending.byteLength - side.pendingBytes);
  for (let i = 0; i < room; i++) pending.setUint8(side.pendingBytes + i, view.getUint8(body + i));
  side.pendingBytes += room;
  if (side.pendingBytes < HANDSHAKE_HEADER_BYTES) return;
  const message = HANDSHAKE_HEADER_BYTES + (pending.getUint32(0) & 0xffffff);
  const type = pending.getUint8(0);
  const isHello = type === CLIENT_HELLO || type === SERVER_HELLO;
  const tooLong = message > pending.byteLength;
  if (isHello && !tooLong && side.pendingBytes < message) return;
  if (isHello && tooLong) records.oddity('tls_hello_too_long', segment.flow, segment.timeUs);
  else if (isHello) read(pending, 0, message, segment, records);
  side.helloSeen = true;
  side.pending = null;
}

/** Says what the handshake message `[at, end)` tells, if it is a hello. */
function read(view: DataView, at: number, end: number, segment: Segment, records: Records): void {
  const type = view.getUint8(at);
  if (type !== CLIENT_HELLO && type !== SERVER_HELLO) return;
  readHello(view, at, end, hello);
  if (hello.broken) records.oddity('tls_malformed_hello', segment.flow, segment.timeUs);
  if (type === SERVER_HELLO && hello.version !== '') tellVersion(hello.version, segment, records);
  if (type === CLIENT_HELLO && hello.serverName !== '') {
    stamp(name, segment);
    // Whoever sends the ClientHello names the other end.
    name.ofClient = !segment.toServer;
    name.attribute = 'name';
    name.value = hello.serverName;
    name.source = 'TLS SNI';
    // With an encrypted hello inside, the outer name may be a front.
    name.confidence = hello.encryptedInside ? 0.2 : 0.4;
    records.identity(name);
  }
}

function tellVersion(version: string, segment: Segment, records: Records): void {
  stamp(said, segment);
  said.protocol = 'tls';
  said.detail = version;
  records.flowProtocol(said);
}
