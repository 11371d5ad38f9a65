/**
 * What changed about a device, in one list: what it says of itself, its addresses and names, partners it did not have
 * before, states of learning, decisions, alerts. The answer to "how do you know when things change?".
 */
import type { DeviceDocument } from '../baseline/document.ts';
import { isoTime } from '../bytes/time.ts';
import type { DeviceRow, EvidenceRow, FindingRow, HeldRow, StoredDecision } from '../model.ts';

export type ChangeKind = 'first seen' | 'attribute' | 'partner' | 'held' | 'learning' | 'decision' | 'alert';

export interface Change {
  readonly time: string;
  readonly kind: ChangeKind;
  /** One plain sentence. */
  readonly what: string;
  /** Where it comes from: a source of evidence, a user, a detector. */
  readonly from: string;
}

export interface TimelineSource {
  readonly device: DeviceRow;
  readonly baseline: DeviceDocument | null;
  readonly alerts: readonly FindingRow[];
  readonly held: readonly HeldRow[];
  readonly decisions: readonly StoredDecision[];
}

/** Partners of the first days are how it is, and no change. */
const SETTLED_US = 86_400e6;

interface Dated {
  readonly timeUs: number;
  readonly kind: ChangeKind;
  readonly what: string;
  readonly from: string;
}

/** The newest first. */
export function timelineOf({ device, baseline, alerts, held, decisions }: TimelineSource, most: number): Change[] {
  const changes: Dated[] = [
    { timeUs: device.firstSeenUs, kind: 'first seen', what: 'It was first seen.', from: 'wire' },
    ...attributeChanges(device),
    ...(baseline === null ? [] : baselineChanges(baseline)),
    ...held.map(({ card, peerAddress, service, verb, firstSeenUs }): Dated => {
      const what = `${[verb, service].filter((word) => word !== '').join(' over ')} with ${peerAddress} is held for a person.`;
      return { timeUs: firstSeenUs, kind: 'held', what, from: card };
    }),
    ...alerts.map(
      ({ startUs, happened, detector }): Dated => ({ timeUs: startUs, kind: 'alert', what: happened, from: detector }),
    ),
    ...decisions.map(({ timeUs, action, service, verb, peer, reason, user }): Dated => {
      const about = [action, verb, service, peer].filter((word) => word !== undefined && word !== '').join(' ');
      return { timeUs, kind: 'decision', what: `${about}: ${reason ?? ''}`, from: user };
    }),
  ];
  changes.sort((a, b) => b.timeUs - a.timeUs || (a.what < b.what ? -1 : 1));
  return changes.slice(0, most).map(({ timeUs, ...rest }) => ({ time: isoTime(timeUs), ...rest }));
}

/** A value that came after another one of the same attribute from the same kind of source. */
function attributeChanges(device: DeviceRow): Dated[] {
  const byAttribute = Map.groupBy(device.evidence, ({ attribute }) => attribute);
  return [...byAttribute].flatMap(([attribute, rows]) => {
    if (attribute === 'class') return [];
    const inOrder = [...rows].sort((a, b) => a.firstSeenUs - b.firstSeenUs);
    return inOrder.map((row, at) => attributeChange(attribute, row, inOrder.slice(0, at)));
  });
}

function attributeChange(attribute: string, row: EvidenceRow, before: readonly EvidenceRow[]): Dated {
  const old = before.filter(({ source, value }) => source === row.source && value !== row.value).at(-1);
  const what =
    old === undefined ? `${attribute} is ${row.value}.` : `${attribute} changed from ${old.value} to ${row.value}.`;
  return { timeUs: row.firstSeenUs, kind: 'attribute', what, from: row.source };
}

function baselineChanges({ firstUs, structure, states }: DeviceDocument): Dated[] {
  const partners = structure.relations
    .filter((relation) => relation.firstUs > firstUs + SETTLED_US)
    .map((relation): Dated => {
      const does = relation.role === 'client' ? 'It began to use' : 'It began to serve';
      const side = relation.role === 'client' ? 'of' : 'to';
      const what = `${does} ${relation.service} ${side} ${relation.peer}.`;
      return { timeUs: relation.firstUs, kind: 'partner', what, from: 'baseline' };
    });
  const steps = Object.entries(states)
    .filter(([, { sinceUs }]) => sinceUs > firstUs)
    .map(([layer, { state, sinceUs, signedBy }]): Dated => {
      const by = signedBy === '' ? '' : `, signed off by ${signedBy}`;
      return { timeUs: sinceUs, kind: 'learning', what: `${layer} is in ${state}${by}.`, from: 'baseline' };
    });
  return [...partners, ...steps];
}
