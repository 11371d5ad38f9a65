/** What changed from one version of a baseline to another, in terms a person can judge. */
import { type BaselineDocument, type DeviceDocument, orderOf, type RelationDocument } from './document.ts';

export interface DeviceDifference {
  readonly device: string;
  readonly change: 'new' | 'gone' | 'changed';
  /** Accepted relations that are new, and those that are accepted no more. */
  readonly added: readonly RelationDocument[];
  readonly removed: readonly RelationDocument[];
  /** Layers whose state differs: `structure: learn → settle`. */
  readonly states: readonly string[];
}

/** Devices that differ, by id. */
export function difference(before: BaselineDocument, after: BaselineDocument): DeviceDifference[] {
  const old = new Map(before.devices.map((device) => [device.id, device]));
  const now = new Map(after.devices.map((device) => [device.id, device]));
  const ids = [...new Set([...old.keys(), ...now.keys()])].sort();
  return ids.map((id) => between(id, old.get(id), now.get(id))).filter((one) => one !== null);
}

function between(id: string, before?: DeviceDocument, after?: DeviceDocument): DeviceDifference | null {
  const [old, now] = [accepted(before), accepted(after)];
  const added = [...now].filter(([key]) => !old.has(key)).map(([, relation]) => relation);
  const removed = [...old].filter(([key]) => !now.has(key)).map(([, relation]) => relation);
  const states = before === undefined || after === undefined ? [] : statesBetween(before, after);
  const change = before === undefined ? 'new' : after === undefined ? 'gone' : 'changed';
  if (change === 'changed' && added.length + removed.length + states.length === 0) return null;
  return { device: id, change, added, removed, states };
}

function accepted(device: DeviceDocument | undefined): Map<string, RelationDocument> {
  const relations = device === undefined ? [] : [...device.structure.relations, ...device.semantics.relations];
  return new Map(
    relations.filter(({ acceptedBy }) => acceptedBy !== '').map((relation) => [orderOf(relation), relation]),
  );
}

function statesBetween(before: DeviceDocument, after: DeviceDocument): string[] {
  return Object.entries(after.states)
    .map(([layer, { state }]) => [layer, before.states[layer as keyof DeviceDocument['states']].state, state])
    .filter(([, from, to]) => from !== to)
    .map(([layer, from, to]) => `${layer}: ${from} → ${to}`);
}
