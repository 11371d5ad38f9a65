/**
 * What a person decides about a baseline. Each decision carries who, when and why, and is kept; applied in the order in
 * which they were made they give the same baseline again.
 */
import type { Baseline } from './baseline.ts';
import { type DeviceBaseline, type Layer, layers, type SetLayer } from './device-baseline.ts';
import type { Known } from './known.ts';

export const actions = ['accept', 'accept-group', 'reject', 'restart', 'sign-off'] as const;
export type Action = (typeof actions)[number];

export interface Decision {
  readonly action: Action;
  /** Whole microseconds since 1970 UTC. */
  readonly timeUs: number;
  readonly user: string;
  readonly reason: string;
  /** Id of the device; '' for all of them (sign-off only). */
  readonly device: string;
  /** Of a restart: the layer, '' for all. */
  readonly layer: Layer | '';
  /** The relation, for accept and reject; `role` '' stands for both. */
  readonly role: 'client' | 'server' | '';
  readonly peer: string;
  readonly service: string;
  readonly verb: string;
  /** Accepted until then; 0 = without end. */
  readonly untilUs: number;
  /** Id of the partner whose entry waited, when the baseline keeps it under another name. */
  readonly held?: string;
}

/** Does what was decided. Returns '' or, in words, why nothing could be done. */
export function decide(baseline: Baseline, decision: Decision, idOf: (number: number) => string): string {
  const { action, device: id } = decision;
  if (action === 'sign-off') return signOff(baseline, decision, idOf);
  const device = find(baseline, id, idOf);
  if (device === undefined) return `no device ${id} is known to the baseline`;
  if (action === 'restart') return restart(device, decision);
  const relations = matching(baseline, device, decision);
  if (relations.length === 0) return `device ${id} has no such relation`;
  const layer = layerOf(decision);
  for (const { key, known } of relations) {
    if (action === 'reject') device.set(layer).reject(known);
    else device.set(layer).accept(known, 'person', decision.untilUs);
    if (action === 'accept-group') acceptForGroup(baseline, device, layer, key, decision.untilUs);
  }
  device.isChanged = true;
  return '';
}

/** '' or why nothing could be done; changes nothing. */
export function whyUndecidable(baseline: Baseline, decision: Decision, idOf: (number: number) => string): string {
  const { action, device: id } = decision;
  const device = find(baseline, id, idOf);
  if (action === 'sign-off' && id === '') return '';
  if (device === undefined) return `no device ${id} is known to the baseline`;
  if (action === 'sign-off' || action === 'restart') return '';
  return matching(baseline, device, decision).length === 0 ? `device ${id} has no such relation` : '';
}

export function find(baseline: Baseline, id: string, idOf: (number: number) => string): DeviceBaseline | undefined {
  for (const device of baseline.devices.values()) {
    if ((device.number < 0 ? baseline.unseenId(device) : idOf(device.number)) === id) return device;
  }
  return undefined;
}

function layerOf({ verb }: Decision): SetLayer {
  return verb === '' ? 'structure' : 'semantics';
}

function matching(baseline: Baseline, device: DeviceBaseline, decision: Decision): { key: number; known: Known }[] {
  const { role, peer, service, verb } = decision;
  return baseline
    .relations(device, layerOf(decision))
    .filter(({ named }) => named.peer === peer && named.service === service && named.verb === verb)
    .filter(({ named }) => role === '' || named.role === role);
}

/** The same relation of every other device of its kind, also of those that have not had it yet. */
function acceptForGroup(baseline: Baseline, of: DeviceBaseline, layer: SetLayer, key: number, untilUs: number): void {
  if (of.group === '') return;
  for (const device of baseline.devices.values()) {
    if (device.group !== of.group || device === of) continue;
    device.set(layer).acceptAhead(key, untilUs);
    device.isChanged = true;
  }
}

function restart(device: DeviceBaseline, { layer, timeUs, user }: Decision): string {
  for (const one of layer === '' ? layers : [layer]) {
    const state = device.states[one];
    const set = one === 'semantics' ? device.semantics : device.structure;
    state.enter('relearn', timeUs);
    state.reason = `learning again: asked for by ${user}`;
    state.activeBefore = set.activeDays;
    state.signedBy = '';
    // What is learnt again may be more than it was.
    if (one === 'quantity') device.quantity.forgive();
  }
  device.isChanged = true;
  return '';
}

/** Everything that was not rejected is accepted, and the device is watched from here on. */
function signOff(baseline: Baseline, decision: Decision, idOf: (number: number) => string): string {
  const { device: id, timeUs, user } = decision;
  const one = id === '' ? undefined : find(baseline, id, idOf);
  if (id !== '' && one === undefined) return `no device ${id} is known to the baseline`;
  for (const device of one === undefined ? baseline.devices.values() : [one]) {
    for (const layer of ['structure', 'semantics'] as const) {
      const set = device.set(layer);
      for (const [, known] of set.entries())
        if (!known.rejected && known.acceptedBy === '') set.accept(known, 'sign-off');
    }
    for (const layer of layers) {
      device.states[layer].enter('watch', timeUs);
      device.states[layer].signedBy = user;
    }
    baseline.freeze(device);
    device.isChanged = true;
  }
  return '';
}
