/** Takes over what a MUD file accepts as a warm start: relations that a person vouches for, before or after they are seen. */
import type { Relation } from '../detect.ts';
import type { Baseline } from './baseline.ts';
import type { DeviceBaseline } from './device-baseline.ts';
import { PORTS } from './known.ts';
import type { Endpoint } from './policy.ts';
import type { MudPlace, MudRelation } from './policy-mud-read.ts';

export interface MudImport {
  readonly accepted: number;
  /** What could not be taken over, each in one sentence. */
  readonly left: readonly string[];
}

/** `peersOf` gives the ids of the peers that an address, network or domain stands for; none when nobody can tell. */
export function acceptMud(
  baseline: Baseline,
  device: DeviceBaseline,
  relations: readonly MudRelation[],
  peersOf: (place: MudPlace) => readonly string[],
): MudImport {
  // Several addresses may be one peer.
  const accepted = new Set<string>();
  const left = new Set<string>();
  for (const { role, service, place, endpoints } of relations) {
    const peers = 'local' in place ? seenPeers(baseline, device, role, service) : peersOf(place);
    const about = `${role} ${service} ${placeText(place)}`;
    if (peers.length === 0)
      left.add(`${about}: ${'local' in place ? 'no such relation was seen yet' : 'is no single partner'}`);
    for (const peer of peers) {
      if (accept(baseline, device, { role, service, peer }, endpoints)) accepted.add(`${role} ${service} ${peer}`);
      else left.add(`${role} ${service} ${peer}: a person has rejected it`);
    }
  }
  device.isChanged = true;
  return { accepted: accepted.size, left: [...left] };
}

function accept(
  baseline: Baseline,
  { structure }: DeviceBaseline,
  { role, service, peer }: { role: Relation['role']; service: string; peer: string },
  endpoints: readonly Endpoint[],
): boolean {
  const key = baseline.names.keyOf(role, peer, service, '');
  const known = structure.get(key);
  if (known?.rejected) return false;
  if (known === undefined || known.acceptedBy === '') structure.acceptAhead(key, 0, 'mud');
  for (const { transport, port } of endpoints) structure.get(key)?.at(transport * PORTS + port);
  return true;
}

/** "Local networks" is nobody in particular: those that the device was seen with, and no more. */
function seenPeers(baseline: Baseline, device: DeviceBaseline, role: Relation['role'], service: string): string[] {
  const seen = baseline
    .relations(device, 'structure')
    .filter(({ named }) => named.role === role && named.service === service);
  // What waits for a person (partners outside among it) is not accepted by so wide a word.
  return seen.filter(({ known }) => !known.rejected && !known.neverSilent).map(({ named }) => named.peer);
}

function placeText(place: MudPlace): string {
  if ('local' in place) return 'local networks';
  return 'network' in place ? place.network : place.domain;
}
