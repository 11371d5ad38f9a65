/**
 * Reads a Manufacturer Usage Description (RFC 8520, RFC 8519) as relations of a device, and says line by line what a
 * baseline cannot hold: other actions than accepting, controllers and makers instead of addresses, conversations of
 * which nobody knows who begins them. Nothing is guessed: what is not understood is not accepted.
 */
import type { Relation } from '../detect.ts';
import { type Endpoint, withPorts } from './policy.ts';

/** The far end: a network in CIDR text, a domain, or every device of the local networks. */
export type MudPlace = { readonly network: string } | { readonly domain: string } | { readonly local: true };

export interface MudRelation {
  readonly role: Relation['role'];
  readonly service: string;
  readonly place: MudPlace;
  readonly endpoints: Endpoint[];
}

export interface MudReading {
  readonly relations: readonly MudRelation[];
  readonly unmapped: readonly string[];
}

/** Entries and ports that are looked at, so that a hostile file costs no more than a large one. */
const ENTRIES_MAX = 4096;
const RANGE_MAX = 8;
const TCP = 6;
const UDP = 17;
const ICMP = 1;
const ICMPV6 = 58;
/** Ports from here on are given out at random. */
const EPHEMERAL_PORT = 32_768;

/** Protocols by the port on which they are registered, for files that name none. */
const tcpServices: Readonly<Record<number, string>> = {
  21: 'ftp',
  22: 'ssh',
  23: 'telnet',
  25: 'smtp',
  53: 'dns',
  80: 'http',
  104: 'dicom',
  389: 'ldap',
  443: 'tls',
  445: 'smb',
  515: 'lpd',
  631: 'ipp',
  1883: 'mqtt',
  2575: 'hl7',
  3389: 'rdp',
  8883: 'tls',
  9100: 'jetdirect',
  11112: 'dicom',
};
const udpServices: Readonly<Record<number, string>> = {
  53: 'dns',
  67: 'dhcp',
  69: 'tftp',
  123: 'ntp',
  161: 'snmp',
  443: 'quic',
  514: 'syslog',
};

type Json = Readonly<Record<string, unknown>>;
type Direction = 'from' | 'to';

/** Throws with one sentence when the document is no MUD file at all. */
export function readMud(document: unknown): MudReading {
  const root = objectOf(document);
  const mud = objectOf(root['ietf-mud:mud']);
  const lists = listOf(
    objectOf(root['ietf-access-control-list:acls'] ?? root['ietf-access-control-list:access-lists']).acl,
  );
  if (root['ietf-mud:mud'] === undefined || lists.length === 0) throw new Error('this is no MUD file (RFC 8520)');
  const found = new Map<string, MudRelation>();
  const unmapped: string[] = [];
  let count = 0;
  for (const direction of ['from', 'to'] as const) {
    for (const name of listNames(mud, direction)) {
      const list = lists.map(objectOf).find((one) => one.name === name);
      if (list === undefined) unmapped.push(`${name}: there is no access list of this name`);
      for (const entry of listOf(objectOf(list?.aces).ace).map(objectOf)) {
        if (++count > ENTRIES_MAX) throw new Error(`more than ${ENTRIES_MAX} entries`);
        const trouble = addEntry(entry, direction, found);
        if (trouble !== '') unmapped.push(`${name}, ${String(entry.name)}: ${trouble}`);
      }
    }
  }
  return { relations: [...found.values()], unmapped };
}

function listNames(mud: Json, direction: Direction): string[] {
  const policy = objectOf(mud[`${direction}-device-policy`]);
  const names = listOf(objectOf(policy['access-lists'])['access-list']).map((one) => objectOf(one).name);
  return names.filter((name) => typeof name === 'string');
}

/** '' or why the entry cannot be held. */
function addEntry(entry: Json, direction: Direction, found: Map<string, MudRelation>): string {
  const forwarding = objectOf(entry.actions).forwarding;
  if (forwarding !== 'accept' && forwarding !== 'ietf-access-control-list:accept')
    return 'does not accept; a baseline says only what is usual';
  const matches = objectOf(entry.matches);
  const strange = Object.keys(matches).find((key) => !knownMatches.has(key));
  if (strange !== undefined) return `matches ${strange}, which is not read`;
  const place = placeOf(matches, direction);
  if (typeof place === 'string') return place;
  const ports = portsOf(matches, direction, String(entry.name));
  if (typeof ports === 'string') return ports;
  const own = /^\d+ (client|server) (.+?)( #\d+)?$/.exec(String(entry.name));
  const service = own?.[2] ?? serviceOf(ports.endpoints[0], ports.transport);
  const key = [ports.role, service, JSON.stringify(place)].join('\n');
  const known = found.get(key) ?? { role: ports.role, service, place, endpoints: [] };
  found.set(key, known);
  for (const one of ports.endpoints) {
    if (!known.endpoints.some((other) => other.transport === one.transport && other.port === one.port))
      known.endpoints.push(one);
  }
  return '';
}

const knownMatches = new Set(['ipv4', 'ipv6', 'tcp', 'udp', 'ietf-mud:mud']);

function placeOf(matches: Json, direction: Direction): MudPlace | string {
  const family = matches.ipv6 === undefined ? 'ipv4' : 'ipv6';
  const layer = objectOf(matches[family]);
  const [far, name] = direction === 'from' ? ['destination', 'dst'] : ['source', 'src'];
  const network = layer[`${far}-${family}-network`];
  const domain = layer[`ietf-acldns:${name}-dnsname`];
  const usual = new Set(['protocol', `${far}-${family}-network`, `ietf-acldns:${name}-dnsname`]);
  const strange = Object.keys(layer).find((key) => !usual.has(key));
  if (strange !== undefined) return `matches ${strange}, which is not read`;
  const abstraction = Object.keys(objectOf(matches['ietf-mud:mud']));
  if (abstraction.some((key) => key !== 'local-networks')) {
    return `names its partner by ${abstraction.join(', ')}: which device that is here must be accepted by hand`;
  }
  if (typeof network === 'string') return { network };
  if (typeof domain === 'string') return { domain: domain.toLowerCase().replace(/\.$/, '') };
  return abstraction.length > 0 ? { local: true } : 'accepts every partner, which is no usual relation';
}

interface Ports {
  readonly role: Relation['role'];
  readonly transport: number;
  readonly endpoints: Endpoint[];
}

function portsOf(matches: Json, direction: Direction, name: string): Ports | string {
  const layer = objectOf(matches.tcp ?? matches.udp);
  const told = Number(objectOf(matches.ipv4 ?? matches.ipv6).protocol ?? 0);
  const transport = matches.tcp !== undefined ? TCP : matches.udp !== undefined ? UDP : told;
  if (transport === ICMP || transport === ICMPV6) {
    const role = / server /.test(name) || (direction === 'to' && !/ client /.test(name)) ? 'server' : 'client';
    return { role, transport, endpoints: [{ transport, port: 0 }] };
  }
  if (!withPorts.has(transport)) return `protocol ${transport} without ports is not read`;
  const [far, near] = direction === 'from' ? ['destination-port', 'source-port'] : ['source-port', 'destination-port'];
  const initiated = layer['ietf-mud:direction-initiated'] ?? layer['direction-initiated'];
  const role =
    initiated === undefined ? roleByPorts(layer[far], layer[near]) : initiated === 'from-device' ? 'client' : 'server';
  if (role === '') return 'does not tell who begins the conversation';
  const port = layer[role === 'client' ? far : near];
  if (port === undefined) return 'names no port of the server';
  const ports = portList(objectOf(port));
  return typeof ports === 'string'
    ? ports
    : { role, transport, endpoints: ports.map((one) => ({ transport, port: one })) };
}

/** Servers have fixed ports; when both ends have one, or none, nobody can tell. */
function roleByPorts(far: unknown, near: unknown): Relation['role'] | '' {
  if ((far === undefined) === (near === undefined)) return '';
  return far === undefined ? 'server' : 'client';
}

/** Empty for a wide range: the ports are learnt when they are seen. */
function portList(port: Json): number[] | string {
  const [low, high] = port.operator === undefined ? [port['lower-port'], port['upper-port']] : [port.port, port.port];
  if (port.operator !== undefined && port.operator !== 'eq')
    return `compares ports by ${String(port.operator)}, which is not read`;
  if (!isPort(low) || !isPort(high) || low > high) return 'names no valid port';
  return high - low < RANGE_MAX ? Array.from({ length: high - low + 1 }, (_, index) => low + index) : [];
}

function isPort(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 65_535;
}

function serviceOf(endpoint: Endpoint | undefined, transport: number): string {
  const name = transport === TCP ? 'tcp' : transport === UDP ? 'udp' : '';
  if (transport === ICMP) return 'icmp';
  if (transport === ICMPV6) return 'icmpv6';
  if (endpoint === undefined) return `${name}/eph`;
  const known = (transport === TCP ? tcpServices : udpServices)[endpoint.port];
  return known ?? `${name}/${endpoint.port < EPHEMERAL_PORT ? endpoint.port : 'eph'}`;
}

function objectOf(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
