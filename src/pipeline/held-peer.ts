/**
 * Under which name the baseline keeps a partner. Devices inside go by their id; outside it is the domain they were looked up
 * under, or their network (decision 8): whoever decides about an entry that waits names the device.
 */
import type { DeviceDocument, RelationDocument } from '../baseline/document.ts';
import { parseAddress } from '../bytes/address.ts';
import { contains, parsePrefix } from '../bytes/prefix.ts';
import type { DeviceRow } from '../model.ts';

interface Asked {
  readonly peer: string;
  readonly service: string;
  readonly verb: string;
}

/** `asked.peer` when the device has such a relation under it, or when there is none that fits. */
export function keptPeer(
  device: DeviceDocument,
  asked: Asked,
  row: Pick<DeviceRow, 'addresses' | 'names'> | null,
): string {
  const { relations } = asked.verb === '' ? device.structure : device.semantics;
  const alike = relations.filter(({ service, verb }) => service === asked.service && verb === asked.verb);
  if (alike.some(({ peer }) => peer === asked.peer)) return asked.peer;
  const addresses = row?.addresses ?? [asked.peer];
  const names = row?.names ?? [];
  return alike.find((relation) => isKeptFor(relation, addresses, names))?.peer ?? asked.peer;
}

function isKeptFor({ peer }: RelationDocument, addresses: readonly string[], names: readonly string[]): boolean {
  const prefix = peer.includes('/') ? parsePrefix(peer) : null;
  if (prefix !== null) return addresses.map(parseAddress).some((key) => key !== '' && contains(prefix, key));
  return peer.includes('.') && names.some((name) => name === peer || name.endsWith(`.${peer}`));
}
