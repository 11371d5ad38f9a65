/**
 * Masks packets for people who may not see patients: same lengths, same headers, checksums that are right where they were
 * right, and of the payload only what one of the masks knows to be harmless (docs/privacy.md).
 *
 *     link, tags, tunnels, network, transport │ payload           │ trailer
 *     as they are                             │ by protocol       │ zeros
 *
 * Conversations are followed packet by packet: a mask knows where in a message it stands. After a gap it knows nothing, and
 * everything becomes filler until a message begins again.
 */
import { type Frame, ICMP, ICMPV6, TCP, UDP } from '../wire/frame.ts';
import { checksumOffset, transportSum } from './checksum.ts';
import { maskDatagram } from './datagram-mask.ts';
import { beginsDicom, DicomMask } from './dicom-mask.ts';
import { free, type Masked, zero } from './filler.ts';
import { beginsHl7, Hl7Mask } from './hl7-mask.ts';
import { beginsHttp, HttpMask } from './http-mask.ts';
import { beginsModbus, isModbusPort, ModbusMask } from './modbus-mask.ts';
import { beginsSsh, SshMask } from './ssh-mask.ts';
import type { StreamMask } from './stream-mask.ts';
import { beginsTls, TlsMask } from './tls-mask.ts';

const SYN = 0x02;
const ETHERNET_HEADER = 14;
const LINK_ETHERNET = 1;
const ETHER_TYPE_LLDP = 0x88cc;
const ARP = 1;
const NEIGHBOUR_FIRST = 130;
const NEIGHBOUR_LAST = 143;
/** What an error message quotes: the headers of a packet, and no more of it than RFC 792 asks for. */
const QUOTED_TRANSPORT_BYTES = 8;

/** One direction of a conversation. */
export class Direction {
  next = 0;
  isKnown = false;
  mask: StreamMask | null = null;
  /** Nothing was recognised at its beginning: nobody looks again. */
  isStranger = false;
  /** The packet that was masked last began a message, or nobody can tell messages of this conversation apart. */
  isAligned = true;
  /** With payload, so far. */
  packets = 0;
}

/** Masks the copy `bytes` of a packet that begins at `origin` of the frame's arena. `direction` is null without a conversation. */
export function maskPacket(
  bytes: Uint8Array,
  origin: number,
  link: number,
  frame: Frame,
  direction: Direction | null,
  masked: Masked,
): void {
  if (frame.networkVersion === 0) maskLinkOnly(bytes, link, frame, masked);
  else {
    const end = frame.end - origin;
    zero(bytes, end, bytes.length, 'behind the packet', masked);
    if (frame.networkVersion !== ARP) maskNetwork(bytes, origin, frame, end, direction, masked);
  }
}

function maskLinkOnly(bytes: Uint8Array, link: number, frame: Frame, masked: Masked): void {
  if (frame.etherType === ETHER_TYPE_LLDP) return;
  zero(bytes, link === LINK_ETHERNET ? ETHERNET_HEADER : 0, bytes.length, 'unknown network', masked);
}

function maskNetwork(
  bytes: Uint8Array,
  origin: number,
  frame: Frame,
  end: number,
  direction: Direction | null,
  masked: Masked,
): void {
  const payload = frame.payload - origin;
  if (frame.fragmentOffset >= 0) {
    maskFragment(bytes, payload, end, frame, masked);
    return;
  }
  const offset = checksumOffset(frame.transportProtocol);
  const at = frame.transport - origin + offset;
  const isWhole = offset >= 0 && frame.end === frame.wireEnd && at + 2 <= end;
  const hasNone = isWhole && frame.transportProtocol === UDP && bytes[at] === 0 && bytes[at + 1] === 0;
  const wasRight = isWhole && !hasNone && transportSum(bytes, origin, frame) === 0;
  maskTransport(bytes, payload, end, frame, direction, masked);
  if (!wasRight) return;
  bytes[at] = bytes[at + 1] = 0;
  const sum = transportSum(bytes, origin, frame);
  const written = sum === 0 && frame.transportProtocol === UDP ? 0xffff : sum;
  bytes[at] = written >> 8;
  bytes[at + 1] = written & 0xff;
}

function maskTransport(
  bytes: Uint8Array,
  payload: number,
  end: number,
  frame: Frame,
  direction: Direction | null,
  masked: Masked,
): void {
  switch (frame.transportProtocol) {
    case TCP:
      maskStream(bytes, payload, end, frame, direction, masked);
      break;
    case UDP:
      maskDatagram(bytes, payload, end, [frame.sourcePort, frame.targetPort], masked);
      break;
    case ICMP:
    case ICMPV6:
      maskIcmp(bytes, payload, end, frame, masked);
      break;
    default:
      zero(bytes, payload, end, 'unknown transport', masked);
  }
}

/** Ports are all that is kept of the first piece; the checksum is about a datagram that nobody has whole. */
function maskFragment(bytes: Uint8Array, payload: number, end: number, frame: Frame, masked: Masked): void {
  const isFirst = frame.fragmentOffset === 0;
  const header = isFirst ? (frame.ipProtocol === TCP ? 20 : 8) : 0;
  zero(bytes, Math.min(end, payload + header), end, 'fragment', masked);
  if (isFirst && frame.ipProtocol === UDP && payload + 8 <= end) bytes[payload + 6] = bytes[payload + 7] = 0;
}

function maskIcmp(bytes: Uint8Array, payload: number, end: number, frame: Frame, masked: Masked): void {
  const { icmpType } = frame;
  const isError = frame.transportProtocol === ICMP ? [3, 4, 5, 11, 12].includes(icmpType) : icmpType < 128;
  if (isError) {
    const isOld = bytes[payload]! >> 4 === 4;
    const quoted = payload + (isOld ? (bytes[payload]! & 15) * 4 : 40) + QUOTED_TRANSPORT_BYTES;
    zero(bytes, Math.min(quoted, end), end, 'icmp quote', masked);
  } else if (frame.transportProtocol === ICMP || icmpType < NEIGHBOUR_FIRST || icmpType > NEIGHBOUR_LAST) {
    zero(bytes, payload, end, 'icmp payload', masked);
  }
}

function maskStream(
  bytes: Uint8Array,
  payload: number,
  end: number,
  frame: Frame,
  direction: Direction | null,
  masked: Masked,
): void {
  if (direction !== null && (frame.tcpFlags & SYN) !== 0) {
    direction.next = (frame.sequence + 1) | 0;
    direction.isKnown = true;
    direction.isStranger = false;
    direction.mask = null;
  }
  if (end <= payload) return;
  if (direction === null) {
    free(bytes, payload, end, masked);
    return;
  }
  direction.isAligned = false;
  const ahead = direction.isKnown ? (frame.sequence - direction.next) | 0 : 1;
  // Said before: the mask has moved on, and the same bytes cannot be told twice.
  if (ahead < 0) {
    free(bytes, payload, end, masked);
    return;
  }
  if (ahead > 0) {
    direction.mask = null;
    direction.isStranger = false;
  }
  if (direction.mask === null && !direction.isStranger) {
    direction.mask = recognised(bytes, payload, end, frame);
    direction.isStranger = direction.mask === null && ahead === 0;
  }
  direction.next = (frame.sequence + frame.payloadWire) | 0;
  direction.isAligned = !(direction.mask instanceof DicomMask) || direction.mask.isBetween;
  direction.isKnown = true;
  if (direction.mask === null) free(bytes, payload, end, masked);
  else direction.mask.feed(bytes, payload, end, masked);
  // Cut short by the capture: where the next message begins is not known any more.
  if (frame.payloadWire > end - payload) direction.isKnown = false;
}

function recognised(bytes: Uint8Array, from: number, to: number, frame: Frame): StreamMask | null {
  if (isModbusPort(frame.targetPort) && beginsModbus(bytes, from, to)) return new ModbusMask(true);
  if (isModbusPort(frame.sourcePort) && beginsModbus(bytes, from, to)) return new ModbusMask(false);
  if (beginsSsh(bytes, from, to)) return new SshMask();
  if (beginsTls(bytes, from, to)) return new TlsMask();
  if (beginsDicom(bytes, from, to)) return new DicomMask();
  if (beginsHl7(bytes, from, to)) return new Hl7Mask();
  if (beginsHttp(bytes, from, to)) return new HttpMask();
  return null;
}
