/**
 * Neighbour discovery (RFC 4861, chapter 4): IPv6's way to say which hardware address an address has.
 *
 *     solicitation 135, advertisement 136                        router solicitation 133, advertisement 134
 *     0      1      2          4        8                 24     0      1      2          4   8 / 16
 *     ┌──────┬──────┬──────────┬────────┬─────────────────┐      ┌──────┬──────┬──────────┬──────────┐
 *     │ type │ code │ checksum │ flags  │ target address  │ …    │ type │ code │ checksum │ …        │ …
 *     └──────┴──────┴──────────┴────────┴─────────────────┘      └──────┴──────┴──────────┴──────────┘
 *     options: kind (1) · length in units of 8 bytes (1) · value; kind 1 source, 2 target hardware address
 *
 * Only packets with a hop limit of 255 come from this link; the caller looks at `frame.timeToLive`.
 */
export const ROUTER_SOLICITATION = 133;
export const ROUTER_ADVERTISEMENT = 134;
export const NEIGHBOUR_SOLICITATION = 135;
export const NEIGHBOUR_ADVERTISEMENT = 136;

const SOURCE_HARDWARE_ADDRESS = 1;
const TARGET_HARDWARE_ADDRESS = 2;
const OPTION_UNIT_BYTES = 8;
/** Real messages carry a handful; a packet full of empty options is not worth the time. */
const OPTIONS_MAX = 32;

/** One object, refilled: offsets are in the view that was decoded, -1 where there is none. */
export class Ndp {
  /** ICMPv6 type, 133 to 136. */
  kind = 0;
  /** The address that is asked for or advertised; of the router messages there is none. */
  targetAddress = -1;
  /** Hardware address of the sender (solicitations, router advertisement) or of the target (advertisement). */
  mac = -1;
  /** Advertisement: it answers a solicitation; it replaces what is known. */
  solicited = false;
  override = false;
}

/** `view[at, end)` is an ICMPv6 message. False when it is not neighbour discovery or cut short. */
export function decodeNdp(view: DataView<ArrayBufferLike>, at: number, end: number, out: Ndp): boolean {
  if (end - at < OPTION_UNIT_BYTES) return false;
  const kind = view.getUint8(at);
  const options = at + headerBytes(kind);
  if (options === at || options > end) return false;
  const neighbour = kind >= NEIGHBOUR_SOLICITATION;
  const flags = kind === NEIGHBOUR_ADVERTISEMENT ? view.getUint8(at + 4) : 0;
  out.kind = kind;
  out.targetAddress = neighbour ? at + 8 : -1;
  out.solicited = (flags & 0x40) !== 0;
  out.override = (flags & 0x20) !== 0;
  const wanted = kind === NEIGHBOUR_ADVERTISEMENT ? TARGET_HARDWARE_ADDRESS : SOURCE_HARDWARE_ADDRESS;
  out.mac = findOption(view, options, end, wanted);
  return true;
}

function headerBytes(kind: number): number {
  switch (kind) {
    case ROUTER_SOLICITATION:
      return 8;
    case ROUTER_ADVERTISEMENT:
      return 16;
    case NEIGHBOUR_SOLICITATION:
    case NEIGHBOUR_ADVERTISEMENT:
      return 24;
    default:
      return 0;
  }
}

function findOption(view: DataView<ArrayBufferLike>, from: number, end: number, wanted: number): number {
  let at = from;
  for (let count = 0; count < OPTIONS_MAX && end - at >= OPTION_UNIT_BYTES; count++) {
    const bytes = view.getUint8(at + 1) << 3;
    if (bytes === 0) break;
    if (view.getUint8(at) === wanted && bytes === OPTION_UNIT_BYTES) return at + 2;
    at += bytes;
  }
  return -1;
}
