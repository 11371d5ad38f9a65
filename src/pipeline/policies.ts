/**
 * Policies from a store: the baseline knows peers by their meaning, the rows of the devices know their addresses. The
 * same knowledge the other way round takes a MUD file over, and says what a policy would have done to a capture.
 */

import type { Decision } from '../baseline/decisions.ts';
import type { BaselineDocument, DeviceDocument, RelationDocument } from '../baseline/document.ts';
import { endpointOf } from '../baseline/document.ts';
import { PORTS } from '../baseline/known.ts';
import {
  type Endpoint,
  isLetThrough,
  type PeerPlaces,
  type Policy,
  type PolicyRule,
  policyOf,
} from '../baseline/policy.ts';
import { acceptMud, type MudImport } from '../baseline/policy-import.ts';
import type { MudPlace, MudReading } from '../baseline/policy-mud-read.ts';
import { addressText, parseAddress } from '../bytes/address.ts';
import { contains, parsePrefix } from '../bytes/prefix.ts';
import { defaultConfiguration } from '../configuration.ts';
import type { DeviceRow } from '../model.ts';
import type { Store } from '../store/store.ts';
import { BaselineDesk } from './baseline-desk.ts';

const ROWS_MAX = 1_000_000;

/** An address that no row tells of is inside when it is a private one: a store does not keep the site's own list. */
const privateNetworks = defaultConfiguration.site.internal.map(parsePrefix).filter((prefix) => prefix !== null);

type PlaceRow = Omit<DeviceRow, 'evidence'>;

/** Who is behind an address, and where somebody is reached. */
export class Places {
  private readonly byId = new Map<string, PlaceRow>();
  private readonly byAddress = new Map<string, PlaceRow>();
  private readonly outside: PlaceRow[] = [];

  constructor(rows: readonly PlaceRow[]) {
    for (const row of rows) {
      this.byId.set(row.id, row);
      if (row.external) this.outside.push(row);
      for (const address of row.addresses) {
        const other = this.byAddress.get(address);
        // An address that went to another device is that of its last owner.
        if (other === undefined || other.lastSeenUs < row.lastSeenUs) this.byAddress.set(address, row);
      }
    }
  }

  row(id: string): PlaceRow | undefined {
    return this.byId.get(id);
  }

  of(peer: string): PeerPlaces {
    const row = this.byId.get(peer);
    if (row !== undefined) return { addresses: row.addresses, domain: '' };
    if (peer.includes('/') || parseAddress(peer) !== '') return { addresses: [peer], domain: '' };
    if (!peer.includes('.')) return { addresses: [], domain: '' };
    const named = this.outside.filter(({ names }) => names.some((name) => name === peer || name.endsWith(`.${peer}`)));
    return { addresses: named.flatMap(({ addresses }) => addresses), domain: peer };
  }

  /** Ids of the peers that a place of a MUD file stands for. */
  readonly peersOf = (place: MudPlace): string[] => {
    if ('domain' in place) return [place.domain];
    if (!('network' in place)) return [];
    const [address = '', bits = ''] = place.network.split('/');
    const key = parseAddress(address);
    if (key === '') return [];
    const isInside = privateNetworks.some((prefix) => contains(prefix, key));
    const isHost = bits === '' || bits === (key.length === 2 ? '32' : '128');
    if (isHost) {
      const row = this.byAddress.get(addressText(key));
      if (row !== undefined && !row.external) return [row.id];
      return isInside ? [addressText(key)] : [networkOf(addressText(key))];
    }
    // The baseline knows networks outside only, and only of one size.
    return !isInside && (bits === '24' || bits === '48') ? [`${addressText(key)}/${bits}`] : [];
  };
}

/** As the baseline keys a partner outside whose name nobody asked for. */
function networkOf(address: string): string {
  if (!address.includes(':')) return `${address.split('.').slice(0, 3).join('.')}.0/24`;
  const key = parseAddress(address);
  return `${addressText(key.slice(0, 3).padEnd(8, '\0'))}/48`;
}

export function placesIn(store: Store, run: string): Places {
  return new Places(store.find.devices(run, { limit: ROWS_MAX, offset: 0 }).rows);
}

function documentOf(store: Store, run: string): BaselineDocument {
  const document = store.baselines.read(run) as BaselineDocument | null;
  if (document === null) throw new Error(`run ${run} has no baseline`);
  return document;
}

/** Throws with one sentence when there is no such device. */
export function policyIn(store: Store, run: string, id: string, nowUs: number): Policy {
  const device = store.baselines.device(run, id) as DeviceDocument | null;
  if (device === null) throw new Error(`no device ${id} is known to the baseline`);
  const places = placesIn(store, run);
  return policyOf(device, places.of(id).addresses, (peer) => places.of(peer), nowUs);
}

/** Takes a MUD file over as one decision. Returns the version that it makes, and what was left. */
export function importMud(
  store: Store,
  run: string,
  id: string,
  { relations }: MudReading,
  who: Pick<Decision, 'user' | 'reason' | 'timeUs'>,
): MudImport & { readonly version: number } {
  const { peersOf } = placesIn(store, run);
  let imported: MudImport = { accepted: 0, left: [] };
  const version = new BaselineDesk(store, run).change({ ...who, action: 'import-mud', device: id }, (baseline) => {
    const device = [...baseline.devices.values()].find((one) => baseline.unseenId(one) === id);
    if (device === undefined) throw new Error(`no device ${id} is known to the baseline`);
    imported = acceptMud(baseline, device, relations, peersOf);
  });
  return { ...imported, version };
}

/** A conversation that a policy would not have let through. */
export interface Blocked {
  readonly device: string;
  readonly role: 'client' | 'server';
  readonly peer: string;
  readonly peerAddresses: readonly string[];
  readonly service: string;
  /** Where the server listened: `tcp/104`; '' when it is not known. */
  readonly endpoints: readonly string[];
  readonly firstUs: number;
  readonly count: number;
}

export interface DryRun {
  readonly blocked: readonly Blocked[];
  /** Devices of the capture that were held against a policy, and those for which nothing is accepted. */
  readonly tested: readonly string[];
  readonly untested: readonly string[];
}

/** What the policies of `run` would have done to what was seen in `seen`. */
export function dryRun(
  policies: { readonly store: Store; readonly run: string },
  seen: { readonly store: Store; readonly run: string },
  nowUs: number,
): DryRun {
  const known = placesIn(policies.store, policies.run);
  const here = placesIn(seen.store, seen.run);
  const learnt = documentOf(policies.store, policies.run).devices;
  const blocked: Blocked[] = [];
  const tested: string[] = [];
  const untested: string[] = [];
  for (const device of documentOf(seen.store, seen.run).devices) {
    if (here.row(device.id)?.external !== false) continue;
    const base = learntOf(device, learnt, here, known);
    const policy =
      base === undefined ? null : policyOf(base, known.of(base.id).addresses, (peer) => known.of(peer), nowUs);
    if (policy === null || policy.rules.length === 0) {
      untested.push(device.id);
      continue;
    }
    tested.push(device.id);
    for (const relation of device.structure.relations) {
      const stopped = stoppedOf(relation, policy, here.of(relation.peer));
      if (stopped !== null) blocked.push({ device: device.id, ...stopped });
    }
  }
  blocked.sort((a, b) => a.firstUs - b.firstUs || (a.device < b.device ? -1 : 1));
  return { blocked, tested, untested };
}

/** The same device: by its id, or by an address of it. */
function learntOf(
  device: DeviceDocument,
  learnt: readonly DeviceDocument[],
  here: Places,
  known: Places,
): DeviceDocument | undefined {
  const same = learnt.find(({ id }) => id === device.id);
  if (same !== undefined) return same;
  const addresses = new Set(here.of(device.id).addresses);
  return learnt.find(
    ({ id }) => known.row(id)?.external === false && known.of(id).addresses.some((one) => addresses.has(one)),
  );
}

function stoppedOf(
  relation: RelationDocument,
  policy: Policy,
  { addresses, domain }: PeerPlaces,
): Omit<Blocked, 'device'> | null {
  const { role, peer, service, firstUs, count } = relation;
  const isPeer = (rule: PolicyRule): boolean =>
    rule.peer === peer ||
    (domain !== '' && rule.domain === domain) ||
    rule.addresses.some((one) => addresses.includes(one));
  const closed = relation.endpoints.filter((text) => !isLetThrough(policy, role, isPeer, endpointIn(text)));
  if (relation.endpoints.length > 0 && closed.length === 0) return null;
  return { role, peer, peerAddresses: addresses, service, endpoints: closed, firstUs, count };
}

function endpointIn(text: string): Endpoint {
  const number = endpointOf(text);
  const transport = Math.floor(number / PORTS);
  return { transport, port: transport === 1 || transport === 58 ? 0 : number % PORTS };
}
