/**
 * The least that a device needs: from what is accepted for it to rules that a firewall can hold it to.
 *
 * A rule is one accepted relation with the addresses of its peer and the ports on which the server listens. What cannot
 * be said in addresses and ports is named, never widened: a policy that lets more through than was accepted is none.
 */
import type { Relation } from '../detect.ts';
import { type DeviceDocument, endpointOf, type RelationDocument } from './document.ts';
import { ENDPOINTS_MAX, PORTS } from './known.ts';

/** IP protocol and port of a server; port 0 for protocols without ports. */
export interface Endpoint {
  readonly transport: number;
  readonly port: number;
}

/** Where a peer is reached, as far as anybody knows. */
export interface PeerPlaces {
  /** Addresses, or networks such as `203.0.113.0/24`. */
  readonly addresses: readonly string[];
  /** Domain of a partner outside, else ''. */
  readonly domain: string;
}

export interface PolicyRule {
  readonly role: Relation['role'];
  readonly service: string;
  /** Id of the peer as the baseline knows it. */
  readonly peer: string;
  readonly addresses: readonly string[];
  readonly domain: string;
  readonly endpoints: readonly Endpoint[];
  /** The server listens on ever new ports: every port from 1024 up of its transports. */
  readonly isDynamic: boolean;
  readonly acceptedBy: string;
  readonly count: number;
  /** 0 = accepted, and not seen yet. */
  readonly lastUs: number;
}

export interface Policy {
  /** Id of the device. */
  readonly device: string;
  readonly addresses: readonly string[];
  readonly rules: readonly PolicyRule[];
  /** What was accepted and is not in the rules, each in one sentence. */
  readonly left: readonly string[];
}

const TCP = 6;
const UDP = 17;
const SCTP = 132;
/** Protocols that have ports. */
export const withPorts: ReadonlySet<number> = new Set([TCP, UDP, SCTP]);

/** `nowUs` decides what was accepted until a date. */
export function policyOf(
  document: DeviceDocument,
  addresses: readonly string[],
  placesOf: (peer: string) => PeerPlaces,
  nowUs: number,
): Policy {
  const rules: PolicyRule[] = [];
  const left: string[] = [];
  for (const relation of document.structure.relations) {
    if (!isAccepted(relation, nowUs)) continue;
    const rule = ruleOf(relation, placesOf(relation.peer));
    const trouble = troubleOf(rule);
    if (trouble === '') rules.push(rule);
    else left.push(`${relation.role} ${relation.service} ${relation.peer}: ${trouble}`);
  }
  return { device: document.id, addresses, rules, left };
}

function isAccepted({ acceptedBy, rejected, untilUs }: RelationDocument, nowUs: number): boolean {
  return acceptedBy !== '' && !rejected && (untilUs === 0 || nowUs < untilUs);
}

function ruleOf(relation: RelationDocument, { addresses, domain }: PeerPlaces): PolicyRule {
  const { role, service, peer, acceptedBy, count, lastUs } = relation;
  const endpoints = relation.endpoints.map(endpointOf).map((one) => ({
    transport: Math.floor(one / PORTS),
    port: withPorts.has(Math.floor(one / PORTS)) ? one % PORTS : 0,
  }));
  const isDynamic = endpoints.length >= ENDPOINTS_MAX;
  return { role, service, peer, addresses, domain, endpoints, isDynamic, acceptedBy, count, lastUs };
}

function troubleOf({ addresses, domain, endpoints }: PolicyRule): string {
  if (endpoints.length === 0) return 'it was never seen, so nobody knows its port';
  return addresses.length === 0 && domain === '' ? 'no address of the peer is known' : '';
}

/** The transports of a rule whose server listens on ever new ports. */
export function transportsOf({ endpoints }: PolicyRule): number[] {
  return [...new Set(endpoints.map(({ transport }) => transport))];
}

/** First port of those that a server takes at random. */
export const DYNAMIC_FROM = 1024;

/** Does one of the rules let a conversation with this peer through on this endpoint? */
export function isLetThrough(
  { rules }: Policy,
  role: Relation['role'],
  isPeer: (rule: PolicyRule) => boolean,
  endpoint: Endpoint,
): boolean {
  return rules.some((rule) => rule.role === role && isPeer(rule) && isOpen(rule, endpoint));
}

function isOpen(rule: PolicyRule, { transport, port }: Endpoint): boolean {
  if (rule.isDynamic && port >= DYNAMIC_FROM) return transportsOf(rule).includes(transport);
  return rule.endpoints.some((one) => one.transport === transport && one.port === port);
}
