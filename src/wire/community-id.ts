/**
 * Community ID version 1: the same name for a flow in every tool that computes it.
 *
 *     "1:" base64( SHA-1( seed (2) · address · address · protocol (1) · 0 (1) · port (2) · port (2) ) )
 *
 * The smaller end comes first. ICMP has no ports: type and its counterpart stand for them, and a type without
 * a counterpart keeps its direction. It is defined for the innermost packet here, as tunnels are not in it.
 */
import type { AddressKey } from '../bytes/address.ts';
import { sha1Base64 } from '../bytes/digest.ts';
import { ICMP, ICMPV6, SCTP, TCP, UDP } from './frame.ts';

const SEED = 0;

/** Types that answer each other (RFC 792, 950, 1256, 4443, 4861, 2710, 4620, 6275). */
const ICMP_COUNTERPARTS: ReadonlyMap<number, number> = paired([8, 0], [13, 14], [15, 16], [17, 18], [10, 9]);
const ICMPV6_COUNTERPARTS: ReadonlyMap<number, number> = paired(
  [128, 129],
  [133, 134],
  [135, 136],
  [130, 131],
  [139, 140],
  [144, 145],
);

function paired(...pairs: readonly (readonly [number, number])[]): Map<number, number> {
  return new Map(pairs.flatMap(([one, other]) => [[one, other] as const, [other, one] as const]));
}

/**
 * For ICMP and ICMPv6 `sourcePort` is the type and `targetPort` the code.
 * '' when the addresses are not two of the same version.
 */
export function communityId(
  transport: number,
  source: AddressKey,
  target: AddressKey,
  sourcePort: number,
  targetPort: number,
): string {
  if (source.length !== target.length || (source.length !== 2 && source.length !== 8)) return '';
  const ported = transport === TCP || transport === UDP || transport === SCTP;
  const counterparts = transport === ICMP ? ICMP_COUNTERPARTS : transport === ICMPV6 ? ICMPV6_COUNTERPARTS : null;
  const counterpart = counterparts?.get(sourcePort);
  const otherPort = counterpart ?? targetPort;
  const oneWay = counterparts !== null && counterpart === undefined;
  const withPorts = ported || counterparts !== null;
  const swap = !oneWay && (source > target || (source === target && withPorts && sourcePort > otherPort));
  return `1:${sha1Base64(
    swap
      ? tupleBytes(transport, target, source, withPorts, otherPort, sourcePort)
      : tupleBytes(transport, source, target, withPorts, sourcePort, otherPort),
  )}`;
}

function tupleBytes(
  transport: number,
  first: AddressKey,
  second: AddressKey,
  withPorts: boolean,
  firstPort: number,
  secondPort: number,
): Uint8Array {
  const bytes = new Uint8Array(4 + 4 * first.length + (withPorts ? 4 : 0));
  const view = new DataView(bytes.buffer);
  view.setUint16(0, SEED);
  let at = 2;
  for (const key of [first, second]) {
    for (let i = 0; i < key.length; i++, at += 2) view.setUint16(at, key.charCodeAt(i));
  }
  view.setUint8(at, transport);
  if (withPorts) {
    view.setUint16(at + 2, firstPort);
    view.setUint16(at + 4, secondPort);
  }
  return bytes;
}
