/**
 * The baseline as a document: what the store keeps, what versions are made of, and what is exported. Devices and
 * relations stand in a fixed order and under names that mean the same everywhere, so that the same baseline is the same
 * bytes, learnt live or by replay, in one run or in several.
 */
import type { LearningState, Relation } from '../detect.ts';
import { DeviceBaseline, type Layer, layers } from './device-baseline.ts';
import { type AcceptedBy, type Known, PORTS } from './known.ts';
import type { LayerState } from './layer-state.ts';
import type { Names } from './names.ts';
import type { QuantityDocument } from './quantity.ts';
import type { RelationSet } from './relation-set.ts';
import type { RhythmDocument } from './rhythm.ts';

export interface RelationDocument {
  role: Relation['role'];
  peer: string;
  service: string;
  verb: string;
  firstUs: number;
  lastUs: number;
  lastDay: number;
  days: number;
  count: number;
  acceptedBy: AcceptedBy;
  untilUs: number;
  rejected: boolean;
  neverSilent: boolean;
  /** Transport and port of the server: `tcp/104`. */
  endpoints: string[];
}

export interface SetDocument {
  activeDays: number;
  lastDay: number;
  acceptedAt: number;
  relations: RelationDocument[];
}

export interface LayerDocument {
  state: LearningState;
  sinceUs: number;
  reason: string;
  quietDays: number;
  activeBefore: number;
  signedBy: string;
}

export interface DeviceDocument {
  id: string;
  firstUs: number;
  group: string;
  signals: number;
  states: Record<Layer, LayerDocument>;
  structure: SetDocument;
  semantics: SetDocument;
  /** Keys of the relations that were accepted at the sign-off, joined by spaces; null before. */
  reference: string[] | null;
  /** Absent in documents of older versions. */
  quantity?: QuantityDocument;
  rhythm?: RhythmDocument;
}

export interface BaselineDocument {
  schema: 1;
  siteFirstUs: number;
  /** Day of packet time (days since 1970 UTC) up to which steps have been taken, -1 before the first. */
  day: number;
  /** Bins that are open: number of the five minutes, whether anything was heard, heard ones of the hour, of the day. */
  bins?: number[];
  devices: DeviceDocument[];
}

export function deviceDocument(device: DeviceBaseline, id: string, names: Names): DeviceDocument {
  const { firstUs, group, signals, states, structure, semantics, reference } = device;
  const textOf = (key: number): string => {
    const { role, peer, service } = names.named(key);
    return [role, peer, service].join(' ');
  };
  return {
    id,
    firstUs,
    group,
    signals,
    states: Object.fromEntries(
      layers.map((layer) => [layer, layerDocument(states[layer])]),
    ) as DeviceDocument['states'],
    structure: setDocument(structure, names),
    semantics: setDocument(semantics, names),
    reference: reference === null ? null : [...reference].map(textOf).sort(),
    quantity: device.quantity.document(),
    rhythm: device.rhythms.document(names),
  };
}

function layerDocument({ state, sinceUs, reason, quietDays, activeBefore, signedBy }: LayerState): LayerDocument {
  return { state, sinceUs, reason, quietDays, activeBefore, signedBy };
}

function setDocument(set: RelationSet, names: Names): SetDocument {
  const relations = [...set.entries()].map(([key, known]) => relationDocument(key, known, names));
  relations.sort((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1));
  return { activeDays: set.activeDays, lastDay: set.lastDay, acceptedAt: set.acceptedAt, relations };
}

function relationDocument(key: number, known: Known, names: Names): RelationDocument {
  const { firstUs, lastUs, lastDay, days, count, acceptedBy, untilUs, rejected, neverSilent } = known;
  return {
    ...names.named(key),
    firstUs,
    lastUs,
    lastDay,
    days,
    count,
    acceptedBy,
    untilUs,
    rejected,
    neverSilent,
    endpoints: known.endpoints.map(endpointText),
  };
}

export function orderOf({
  role,
  peer,
  service,
  verb,
}: Pick<RelationDocument, 'role' | 'peer' | 'service' | 'verb'>): string {
  return [role, service, peer, verb].join('\n');
}

/** The device as it was when the document was made. */
export function deviceFrom(document: DeviceDocument, number: number, names: Names): DeviceBaseline {
  const device = new DeviceBaseline(number, document.firstUs);
  device.group = document.group;
  device.signals = document.signals;
  for (const layer of layers) Object.assign(device.states[layer], document.states[layer]);
  fill(device.structure, document.structure, names);
  fill(device.semantics, document.semantics, names);
  if (document.quantity !== undefined) device.quantity.restore(document.quantity);
  if (document.rhythm !== undefined) device.rhythms.restore(document.rhythm, names);
  if (document.reference !== null) device.reference = new Set(document.reference.map((text) => keyOfText(text, names)));
  return device;
}

function keyOfText(text: string, names: Names): number {
  const [role, peer = '', service = ''] = text.split(' ');
  return names.keyOf(role === 'server' ? 'server' : 'client', peer, service, '');
}

function fill(set: RelationSet, document: SetDocument, names: Names): void {
  for (const one of document.relations) {
    const endpoints = one.endpoints.map(endpointOf);
    set.put(names.keyOf(one.role, one.peer, one.service, one.verb), { ...one, endpoints });
  }
  set.activeDays = document.activeDays;
  set.lastDay = document.lastDay;
  set.acceptedAt = document.acceptedAt;
}

const transports: Readonly<Record<string, number>> = { icmp: 1, tcp: 6, udp: 17, icmpv6: 58, sctp: 132 };

export function endpointText(endpoint: number): string {
  const transport = Math.floor(endpoint / PORTS);
  const name = Object.keys(transports).find((one) => transports[one] === transport) ?? `ip-${transport}`;
  return `${name}/${endpoint % PORTS}`;
}

export function endpointOf(text: string): number {
  const [name = '', port = '0'] = text.split('/');
  return (transports[name] ?? Number(name.replace('ip-', ''))) * PORTS + Number(port);
}
