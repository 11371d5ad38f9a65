/**
 * A policy as a Manufacturer Usage Description: RFC 8520 (ietf-mud) over RFC 8519 (ietf-access-control-list), as JSON.
 *
 *     ietf-mud:mud ─ from-device-policy, to-device-policy ─▶ names of access lists
 *     ietf-access-control-list:acls ─ acl[] ─ aces ─ ace[] ─ matches ipv4|ipv6, tcp|udp ─ actions
 *
 * Each accepted relation is one entry in each direction for every address and port, named after what it stands for
 * (`3 client dicom`), so that our own reading of it gives the same set. Who begins a TCP connection stands in
 * `direction-initiated`. A relation that listens on ever new ports is a range from 1024 up.
 */
import { DYNAMIC_FROM, type Endpoint, type Policy, type PolicyRule, transportsOf, withPorts } from './policy.ts';

const TCP = 6;
const UDP = 17;
const SCTP = 132;
const CACHE_HOURS = 48;

type Json = Record<string, unknown>;

export interface MudOptions {
  /** Where the file will be found: an https address. */
  readonly url: string;
  readonly systemInfo: string;
  readonly updatedUs: number;
}

type Direction = 'from' | 'to';
type Family = 'ipv4' | 'ipv6';

export function mudDocument(policy: Policy, { url, systemInfo, updatedUs }: MudOptions): Json {
  const lists: Json[] = [];
  const named = (direction: Direction): Json => {
    const made = (['ipv4', 'ipv6'] as const).map((family) => accessList(policy, direction, family));
    const filled = made.filter((list) => list !== null);
    lists.push(...filled);
    return { 'access-lists': { 'access-list': filled.map(({ name }) => ({ name })) } };
  };
  return {
    'ietf-mud:mud': {
      'mud-version': 1,
      'mud-url': url,
      'last-update': new Date(Math.floor(updatedUs / 1000)).toISOString(),
      'cache-validity': CACHE_HOURS,
      'is-supported': true,
      systeminfo: systemInfo.slice(0, 60),
      'from-device-policy': named('from'),
      'to-device-policy': named('to'),
    },
    'ietf-access-control-list:acls': { acl: lists },
  };
}

function accessList({ rules }: Policy, direction: Direction, family: Family): { name: string } | null {
  const entries = rules.flatMap((rule, index) => entriesOf(rule, index, direction, family));
  if (entries.length === 0) return null;
  const list = {
    name: `wardwatch-${family === 'ipv4' ? 'v4' : 'v6'}-${direction}`,
    type: `${family}-acl-type`,
    aces: { ace: entries },
  };
  return list;
}

function entriesOf(rule: PolicyRule, index: number, direction: Direction, family: Family): Json[] {
  const places = placesOf(rule, direction, family);
  // RFC 8519 has no ports of SCTP: without them the entry would let more through than was accepted.
  const ports = (rule.isDynamic ? dynamic(rule) : rule.endpoints.map(exact)).filter(isSayable);
  const entries = places.flatMap((place) => ports.map(({ transport, port }) => ({ place, transport, port })));
  return entries.map(({ place, transport, port }, part) => ({
    name: `${index} ${rule.role} ${rule.service}`.slice(0, 52) + (part === 0 ? '' : ` #${part}`),
    matches: {
      [family]: { ...place, protocol: transport },
      ...transportMatch(rule, direction, transport, port),
    },
    actions: { forwarding: 'accept' },
  }));
}

/** The far end: where packets of the device go, or where those to it come from. */
function placesOf({ addresses, domain }: PolicyRule, direction: Direction, family: Family): Json[] {
  const side = direction === 'from' ? 'destination' : 'source';
  if (domain !== '') return [{ [`ietf-acldns:${direction === 'from' ? 'dst' : 'src'}-dnsname`]: domain }];
  return addresses
    .filter((one) => one.includes(':') === (family === 'ipv6'))
    .map((one) => ({
      [`${side}-${family}-network`]: one.includes('/') ? one : `${one}/${family === 'ipv4' ? 32 : 128}`,
    }));
}

function isSayable({ transport }: Ports): boolean {
  return transport !== SCTP;
}

/** Rules that RFC 8519 has no words for, each in one sentence. */
export function notInMud({ rules }: Policy): string[] {
  const unsayable = rules.filter(({ endpoints }) => endpoints.some(({ transport }) => transport === SCTP));
  return unsayable.map(({ role, service, peer }) => `${role} ${service} ${peer}: MUD has no ports of SCTP`);
}

interface Ports {
  readonly transport: number;
  readonly port: Json | null;
}

function exact({ transport, port }: Endpoint): Ports {
  return { transport, port: withPorts.has(transport) ? { operator: 'eq', port } : null };
}

function dynamic(rule: PolicyRule): Ports[] {
  const low = rule.endpoints.filter(({ port }) => port < DYNAMIC_FROM).map(exact);
  const range = { 'lower-port': DYNAMIC_FROM, 'upper-port': 65_535 };
  return [
    ...low,
    ...transportsOf(rule).map((transport) => ({ transport, port: withPorts.has(transport) ? range : null })),
  ];
}

function transportMatch({ role }: PolicyRule, direction: Direction, transport: number, port: Json | null): Json {
  if (port === null || (transport !== TCP && transport !== UDP)) return {};
  // The server's port: at the far end when the device is the client.
  const isFar = role === 'client';
  const side = isFar === (direction === 'from') ? 'destination-port' : 'source-port';
  if (transport === UDP) return { udp: { [side]: port } };
  return { tcp: { 'ietf-mud:direction-initiated': isFar ? 'from-device' : 'to-device', [side]: port } };
}
