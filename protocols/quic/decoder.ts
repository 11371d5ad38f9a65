/**
 * QUIC (RFC 9000, 9001, 9369, their drafts, and Google's before them): which version is spoken, and what the ClientHello
 * and ServerHello in the Initial packets say. All else is encrypted for the two ends.
 *
 *     datagram = packets with a long header, one behind the other · one with a short header: 01xx xxxx, no length
 *
 * Only what is needed for the two hellos is opened; as soon as they are read, packets are counted by their headers.
 */
import { Pieces } from '../../src/bytes/pieces.ts';
import { toolOfAlpn, toolOfHost } from '../../src/bytes/remote-tools.ts';
import { describeHello } from '../../src/bytes/tls-fingerprint.ts';
import { CLIENT_HELLO, Hello, readHello, SERVER_HELLO } from '../../src/bytes/tls-hello.ts';
import type { Limits } from '../../src/limits.ts';
import { NO, type Protocol, type Segment, YES } from '../../src/protocol.ts';
import { FlowProtocol, Handshake, Identity, Message, type Records, stamp } from '../../src/records.ts';
import { isQuic, oldVersion, Packet, readPacket } from './header.ts';
import { FRAMES_BROKEN, FRAMES_READ, InitialKeys, readFrames } from './initial.ts';
import { googleVersion, isKnown, isReserved, nameOf, readable } from './versions.ts';

const LONG = 0x80;
const MESSAGE_HEADER_BYTES = 4;
/** Packets of one datagram: one of each kind of protection, seldom one more. */
const PACKETS_MAX = 8;

/** One direction's hello. */
class QuicSide {
  pieces: Pieces | null = null;
  opened = 0;
  /** The hello is told, or will never be. */
  isDone = false;
}

export class QuicFlow {
  keys: InitialKeys | null = null;
  /** The server wants to hear from the client again, who will use another connection id. */
  isRetried = false;
  version = 0;
  readonly client = new QuicSide();
  readonly server = new QuicSide();
  /** Each oddity once. */
  readonly odd = new Set<string>();
}

const packet = new Packet();
const hello = new Hello();
const message = new Message();
message.protocol = 'quic';
const handshake = new Handshake();
const said = new FlowProtocol();
const name = new Identity();

/** Made once for each version and kind. */
const kinds = new Map<string, Map<string, string>>();

function kindOf(version: string, kind: string): string {
  if (kind === '' || kind === 'Version Negotiation') return kind || version;
  let ofVersion = kinds.get(version);
  if (ofVersion === undefined) {
    ofVersion = new Map();
    kinds.set(version, ofVersion);
  }
  let made = ofVersion.get(kind);
  if (made === undefined) {
    made = `${version} ${kind}`;
    ofVersion.set(kind, made);
  }
  return made;
}

export function createQuic({ limits }: { limits: Limits }): Protocol<QuicFlow> {
  return {
    name: 'quic',
    transport: 'udp',
    ports: [443, 784, 853, 4433],
    firstBytes: [0x09, 0x0d, 0x19, 0x1d, 0x29, 0x2d, 0x39, 0x3d, ...Array.from({ length: 128 }, (_, i) => LONG + i)],

    recognises: ({ view, start, end }) => (isQuic(view, start, end) ? YES : NO),

    open: () => new QuicFlow(),

    decode(state, segment, records) {
      const { view, start, end } = segment;
      let at = start;
      for (let count = 0; count < PACKETS_MAX && at < end; count++) {
        if ((view.getUint8(at) & LONG) === 0) {
          const old = oldVersion(view, at, end);
          if (old !== 0) tell(state, old, '', segment, records);
          break;
        }
        if (!readPacket(view, at, end, packet)) {
          // Behind a whole packet random padding is allowed, in front of it nothing.
          if (count === 0) oddity(state, 'quic_broken_packet', segment, records);
          break;
        }
        const from = at;
        at = packet.end;
        tell(state, packet.version, packet.kind, segment, records);
        if (packet.kind === 'Retry') state.isRetried = true;
        else if (packet.kind === 'Initial') initial(state, from, segment, limits, records);
      }
      return end - start;
    },
  };
}

function oddity(state: QuicFlow, what: string, segment: Segment, records: Records): void {
  if (state.odd.has(what)) return;
  state.odd.add(what);
  records.oddity(what, segment.flow, segment.timeUs);
}

function tell(state: QuicFlow, version: number, kind: string, segment: Segment, records: Records): void {
  const known = nameOf(version);
  stamp(message, segment);
  message.fromClient = segment.toServer;
  message.kind = kindOf(known, kind);
  records.message(message);
  if (version === 0 || version === state.version) return;
  if (!isKnown(version)) {
    if (!isReserved(version)) oddity(state, 'quic_unknown_version', segment, records);
    return;
  }
  state.version = version;
  stamp(said, segment);
  said.protocol = 'quic';
  said.detail = known;
  records.flowProtocol(said);
}

/** An Initial packet at `from`, which `packet` describes. */
function initial(state: QuicFlow, from: number, segment: Segment, limits: Limits, records: Records): void {
  const isOfClient = segment.toServer;
  const side = isOfClient ? state.client : state.server;
  if (isOfClient && (state.isRetried || state.keys?.version !== packet.version)) {
    state.keys = keysOf(segment);
    state.isRetried = false;
  }
  if (side.isDone || state.keys === null || state.keys.version !== packet.version) return;
  // Google's server acknowledges in a format of its own, in front of its hello.
  if (!isOfClient && googleVersion(packet.version) >= 0) return;
  const opened = open(state, side, from, segment);
  if (opened === null) oddity(state, 'quic_not_opened', segment, records);
  else read(state, side, opened, segment, limits, records);
  side.opened++;
  if (!side.isDone && side.opened >= limits.quicInitialsMax) finish(side);
}

function open(state: QuicFlow, side: QuicSide, from: number, segment: Segment): Uint8Array | null {
  const { view, toServer } = segment;
  const opened = state.keys?.open(view, from, packet, toServer) ?? null;
  if (opened !== null || !toServer || side.opened > 0) return opened;
  // The first packet was lost, or its order changed: a later one may carry another id.
  state.keys = keysOf(segment);
  return state.keys?.open(view, from, packet, toServer) ?? null;
}

function keysOf({ view }: Segment): InitialKeys | null {
  const { version, idAt, idEnd } = packet;
  const how = readable(version);
  if (how === undefined) return null;
  return new InitialKeys(how, version, new Uint8Array(view.buffer, view.byteOffset + idAt, idEnd - idAt));
}

function read(
  state: QuicFlow,
  side: QuicSide,
  opened: Uint8Array,
  segment: Segment,
  limits: Limits,
  records: Records,
): void {
  side.pieces ??= new Pieces(limits.tlsHelloBytesMax, limits.quicPiecesMax);
  const answer = readFrames(opened, googleVersion(packet.version) >= 0, side.pieces);
  if (answer === FRAMES_BROKEN) oddity(state, 'quic_broken_frame', segment, records);
  else if (answer !== FRAMES_READ) {
    oddity(state, 'quic_hello_too_long', segment, records);
    finish(side);
    return;
  }
  const whole = side.pieces.wholeBytes();
  if (whole < MESSAGE_HEADER_BYTES) return;
  const length = MESSAGE_HEADER_BYTES + (side.pieces.join(MESSAGE_HEADER_BYTES).getUint32(0) & 0xff_ffff);
  if (length > whole) return;
  const view = side.pieces.join(length);
  finish(side);
  const type = view.getUint8(0);
  if (type !== (segment.toServer ? CLIENT_HELLO : SERVER_HELLO)) return;
  readHello(view, MESSAGE_HEADER_BYTES, view.byteLength, type, false, hello);
  if (hello.broken) oddity(state, 'quic_malformed_hello', segment, records);
  if (hello.legacyVersion !== 0) tellHello(segment, records);
}

function finish(side: QuicSide): void {
  side.isDone = true;
  side.pieces = null;
}

function tellHello(segment: Segment, records: Records): void {
  stamp(handshake, segment);
  handshake.fromClient = segment.toServer;
  handshake.protocol = 'quic';
  describeHello(hello, 'q', handshake);
  records.handshake(handshake);
  if (!hello.fromClient) return;
  if (hello.serverName !== '') {
    stamp(name, segment);
    name.ofClient = false;
    name.attribute = 'name';
    name.value = hello.serverName;
    name.source = 'TLS SNI';
    // With an encrypted hello inside, the outer name may be a front.
    name.confidence = hello.encryptedInside ? 0.2 : 0.4;
    records.identity(name);
  }
  const tool = toolOfHost(hello.serverName) || toolOfAlpn(hello.alpn);
  if (tool === '') return;
  stamp(message, segment);
  message.fromClient = segment.toServer;
  message.protocol = tool;
  message.kind = 'session';
  records.message(message);
  message.protocol = 'quic';
}
