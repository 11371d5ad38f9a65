/** The JSON object of `replay --json` (contract 3; docs/replay.schema.json): the same bytes for the same input. */
import { isoTime } from '../bytes/time.ts';
import type { InputReport } from '../capture/source.ts';
import { alertJson, deviceJson, heldJson, incidentJson, postureJson } from '../model-json.ts';
import { verdictOf } from '../output/verdict.ts';
import type { Analyst } from './analyst.ts';
import type { SensorCounters } from './points.ts';
import { type AlertRows, alertRows, deviceRows, postureRows } from './rows.ts';
import type { Tally } from './tally.ts';

export interface Coverage {
  /** Share of the bytes of all streams that came by, 0 to 100. */
  readonly percent: number;
  readonly oneWayPercent: number;
  readonly duplicatePercent: number;
  readonly truncatedPercent: number;
  /** One plain sentence. */
  readonly verdict: string;
}

export function reportOf(
  analyst: Analyst,
  counters: SensorCounters,
  inputs: readonly InputReport[],
  run: string,
  others: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  const { tally } = analyst;
  const { findings, held, incidents }: AlertRows = alertRows(analyst);
  const inTime = <Row extends { startUs: number; id: string }>(rows: readonly Row[]): Row[] =>
    [...rows].sort((a, b) => a.startUs - b.startUs || (a.id < b.id ? -1 : 1));
  return sorted({
    schema: 1,
    run,
    files: [...inputs]
      .sort((a, b) => (a.file < b.file ? -1 : 1))
      .map(({ file, packets, bytes, error }) => ({ file, packets, bytes, error: error === '' ? null : error })),
    packets: counters.packets,
    bytes: counters.bytes,
    wireBytes: counters.wireBytes,
    duplicates: counters.duplicates,
    firstTime: counters.packets === 0 ? null : isoTime(counters.firstUs),
    lastTime: counters.packets === 0 ? null : isoTime(counters.lastUs),
    flows: counters.flows,
    gapBytes: analyst.gapBytes,
    oddities: tally.oddities.toObject(),
    coverage: coverageOf(analyst, counters),
    protocols: Object.fromEntries([...tally.protocols].map(([name, sums]) => [name, { ...sums }])),
    devices: deviceRows(analyst).map(deviceJson),
    dicom: dicomOf(tally),
    hl7: hl7Of(tally),
    telemetry: Object.fromEntries([...tally.kinds].map(([protocol, kinds]) => [protocol, kinds.toObject()])),
    operations: tally.operations.toObject(),
    posture: postureRows(analyst).map(postureJson),
    held: [...held].sort((a, b) => a.firstSeenUs - b.firstSeenUs).map(heldJson),
    alerts: inTime(findings).map(alertJson),
    incidents: inTime(incidents).map(incidentJson),
    // What other programs said about the same traffic stands apart from what is ours.
    ...others,
  }) as Record<string, unknown>;
}

export function coverageOf(analyst: Analyst, counters: SensorCounters): Coverage {
  const captured = counters.packets + counters.dropped;
  const share = (part: number, whole: number): number => (whole === 0 ? 0 : Math.round((1000 * part) / whole) / 10);
  const kernel = captured === 0 ? 1 : counters.packets / captured;
  const percent = Math.round(10 * analyst.coveragePercent() * kernel) / 10;
  const oneWayPercent = share(analyst.oneWayFlows, analyst.payloadFlows);
  const duplicatePercent = share(counters.duplicates, counters.packets);
  const truncatedPercent = share(counters.truncated, counters.packets);
  return {
    percent,
    oneWayPercent,
    duplicatePercent,
    truncatedPercent,
    verdict: verdictOf({
      packets: counters.packets,
      percent,
      oneWayPercent,
      duplicatePercent,
      truncatedPercent,
    }),
  };
}

function dicomOf(tally: Tally): Record<string, unknown> {
  const { associations } = tally;
  return {
    associations: associations.get('requested'),
    accepted: associations.get('accepted'),
    released: associations.get('released'),
    rejected: associations.get('rejected'),
    aborted: associations.get('aborted'),
    dropped: associations.get('dropped'),
    open: associations.get('open'),
    pairs: byKey(tally.dicomPairs),
    messages: tally.dicomMessages.toObject(),
    statuses: tally.dicomStatuses.toObject(),
    instances: tally.instances,
    instanceBytes: tally.instanceBytes,
  };
}

function hl7Of(tally: Tally): Record<string, unknown> {
  return {
    messages: tally.hl7Messages.toObject(),
    structures: tally.hl7Structures.toObject(),
    unframed: tally.hl7Unframed.toObject(),
    otherSeparators: tally.hl7OtherSeparators.toObject(),
    batches: { frames: tally.hl7BatchFrames, messages: tally.hl7Batched.toObject() },
    acks: tally.hl7Acks.toObject(),
    pairs: byKey(tally.hl7Pairs),
  };
}

/** Values of a map in the order of its keys, which are made of the fields the contract sorts by. */
function byKey<Value>(map: ReadonlyMap<string, Value>): Value[] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value);
}

/** Objects with their keys in order, all the way down. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}
