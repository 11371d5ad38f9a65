/**
 * IPv6 and its extension headers (RFC 8200, chapters 3 and 4).
 *
 *     0                    4                6             7           8         24            40
 *     ┌────────────────────┬────────────────┬─────────────┬───────────┬─────────┬─────────────┬─────
 *     │ 6, class, flow     │ payload length │ next header │ hop limit │ source  │ destination │
 *     └────────────────────┴────────────────┴─────────────┴───────────┴─────────┴─────────────┴─────
 *
 *     an extension:  next header (1) · length in units of 8 bytes, the first not counted (1) · …
 *     a fragment:    next header (1) · reserved (1) · offset 13 bits, 2 reserved, M · identification (4)
 *
 * A payload length of 0 is a jumbogram or a segment that the card has still to cut; the captured length stands for it.
 */
import { claim, type Frame, odd, STOP } from './frame.ts';

const HEADER_BYTES = 40;
const EXTENSION_BYTES = 8;

const HOP_BY_HOP = 0;
const ROUTING = 43;
const FRAGMENT = 44;
export const AUTHENTICATION = 51;
const NO_NEXT_HEADER = 59;
const DESTINATION_OPTIONS = 60;
const MOBILITY = 135;
const HOST_IDENTITY = 139;
const SHIM6 = 140;

/** Returns where the payload begins. `frame.networkVersion` stays 0 when the header is no good. */
export function ipv6(frame: Frame, at: number, extensionsMax: number): number {
  const { view } = frame;
  if (frame.end - at < HEADER_BYTES) return odd(frame, 'ipv6_short');
  if (view.getUint8(at) >> 4 !== 6) return odd(frame, 'ipv6_version');
  const payloadLength = view.getUint16(at + 4);
  if (payloadLength !== 0) claim(frame, at + HEADER_BYTES + payloadLength, 'ipv6_payload_length');
  frame.network = at;
  frame.networkVersion = 6;
  frame.sourceAddress = at + 8;
  frame.targetAddress = at + 24;
  frame.addressBytes = 16;
  frame.identification = 0;
  frame.timeToLive = view.getUint8(at + 7);
  frame.ipProtocol = view.getUint8(at + 6);
  return extensions(frame, at + HEADER_BYTES, extensionsMax);
}

/**
 * Steps over extension headers, `frame.ipProtocol` naming the first, up to the transport or to a fragment.
 * Also walks on behind a fragment header once the datagram is whole.
 */
export function extensions(frame: Frame, from: number, extensionsMax: number): number {
  let at = from;
  for (let count = 0; isExtension(frame.ipProtocol); count++) {
    if (count === extensionsMax) return ended(frame, at, 'ipv6_extensions_too_many');
    if (frame.end - at < EXTENSION_BYTES) return ended(frame, at, 'ipv6_extension_short');
    const kind = frame.ipProtocol;
    const next = at + extensionBytes(frame, kind, at);
    if (next > frame.end) return ended(frame, next, 'ipv6_extension_short');
    frame.ipProtocol = frame.view.getUint8(at);
    if (kind === FRAGMENT && isPart(frame, at)) {
      ended(frame, next, '');
      return next;
    }
    at = next;
  }
  ended(frame, at, '');
  return frame.ipProtocol === NO_NEXT_HEADER ? STOP : at;
}

function ended(frame: Frame, payload: number, oddity: string): number {
  frame.payload = Math.min(payload, frame.end);
  frame.payloadWire = frame.wireEnd > payload ? frame.wireEnd - payload : 0;
  return oddity === '' ? STOP : odd(frame, oddity);
}

function isExtension(protocol: number): boolean {
  switch (protocol) {
    case HOP_BY_HOP:
    case ROUTING:
    case FRAGMENT:
    case AUTHENTICATION:
    case DESTINATION_OPTIONS:
    case MOBILITY:
    case HOST_IDENTITY:
    case SHIM6:
      return true;
    default:
      return false;
  }
}

function extensionBytes(frame: Frame, kind: number, at: number): number {
  if (kind === FRAGMENT) return EXTENSION_BYTES;
  const length = frame.view.getUint8(at + 1);
  return kind === AUTHENTICATION ? (length + 2) << 2 : (length + 1) << 3;
}

/** Notes the fragment; false for an "atomic" one that is the whole datagram (RFC 6946). */
function isPart(frame: Frame, at: number): boolean {
  const field = frame.view.getUint16(at + 2);
  if ((field & 0xfff9) === 0) return false;
  frame.fragmentOffset = field & 0xfff8;
  frame.fragmentMore = field & 1;
  frame.fragmentId = frame.view.getInt32(at + 4);
  return true;
}
