/**
 * The JSON object of `replay --json` as a schema; published as `docs/replay.schema.json`, version 1.
 *
 * Keys are sorted; arrays are sorted by the keys that the descriptions name; ids derive from content. The object is
 * byte-identical for the same capture and configuration on any machine, at any speed, with any number of workers.
 */
import { Type } from 'typebox';
import { foreignReportShape } from '../api/foreign-shape.ts';
import {
  alertShape,
  closed,
  count,
  counts,
  deviceShape,
  heldShape,
  incidentShape,
  percent,
  postureShape,
  time,
} from '../api/shapes.ts';

const maybeTime = Type.Union([time, Type.Null()]);

const fileReport = Type.Object(
  {
    file: Type.String({ description: 'As given on the command line' }),
    packets: count,
    bytes: count,
    error: Type.Union([Type.String(), Type.Null()], { description: 'What is wrong with it; null = nothing' }),
  },
  closed,
);

const coverage = Type.Object(
  {
    percent,
    oneWayPercent: percent,
    duplicatePercent: percent,
    truncatedPercent: percent,
    verdict: Type.String({ description: 'One plain sentence' }),
  },
  closed,
);

const dicomPair = Type.Object(
  {
    client: Type.String(),
    server: Type.String(),
    callingAe: Type.String(),
    calledAe: Type.String(),
    associations: count,
  },
  closed,
);

const dicom = Type.Object(
  {
    associations: count,
    accepted: count,
    released: count,
    rejected: count,
    aborted: count,
    dropped: Type.Integer({ minimum: 0, description: 'The transport ended without release, rejection or abort' }),
    open: Type.Integer({ minimum: 0, description: 'Still there at the end of the capture' }),
    pairs: Type.Array(dicomPair, { description: 'Sorted by client, server, callingAe, calledAe' }),
    messages: Type.Record(Type.String(), count, { description: 'By command: C-STORE-RQ' }),
    statuses: Type.Record(Type.String(), count, { description: 'By response and status: C-STORE-RSP 0000' }),
    instances: count,
    instanceBytes: Type.Integer({ minimum: 0, description: 'Bytes of the data sets of C-STORE' }),
  },
  closed,
);

const hl7Pair = Type.Object(
  {
    client: Type.String(),
    server: Type.String(),
    sender: Type.String(),
    receiver: Type.String(),
    messages: count,
  },
  closed,
);

const hl7 = Type.Object(
  {
    messages: Type.Record(Type.String(), count, { description: 'TYPE^TRIGGER, in MLLP frames and outside batches' }),
    structures: counts,
    unframed: Type.Record(Type.String(), count, { description: 'TYPE^TRIGGER, without MLLP frames' }),
    otherSeparators: Type.Record(Type.String(), count, { description: 'TYPE^TRIGGER, with separators other than ^' }),
    batches: Type.Object({ frames: count, messages: counts }, closed),
    acks: Type.Record(Type.String(), count, { description: 'Framed acknowledgements by MSA-1' }),
    pairs: Type.Array(hl7Pair, { description: 'Sorted by client, server, sender, receiver' }),
  },
  closed,
);

export const replaySchema = Type.Object(
  {
    schema: Type.Literal(1),
    run: Type.String({ description: 'The given name, or a hash of the content of the input' }),
    files: Type.Array(fileReport, { description: 'Sorted by file' }),
    packets: count,
    bytes: Type.Integer({ minimum: 0, description: 'Captured' }),
    wireBytes: count,
    duplicates: count,
    firstTime: maybeTime,
    lastTime: maybeTime,
    flows: Type.Integer({ minimum: 0, description: 'Bidirectional transport conversations' }),
    gapBytes: count,
    oddities: Type.Record(Type.String(), count, { description: 'By the names of docs/oddities.md' }),
    coverage,
    protocols: Type.Record(Type.String(), Type.Object({ flows: count, bytes: count, messages: count }, closed), {
      description: 'By the names of docs/protocols.md',
    }),
    devices: Type.Array(deviceShape, { description: 'Sorted by id' }),
    dicom,
    hl7,
    telemetry: Type.Record(Type.String(), counts, { description: 'Protocol → message kind → count' }),
    operations: Type.Record(Type.String(), count, { description: 'Commands that can change what a device does' }),
    posture: Type.Array(postureShape, {
      description: 'Standing weaknesses, sorted by device, rule, peer; docs/posture.md',
    }),
    held: Type.Array(heldShape, { description: 'Sorted by firstSeen, card, device, peer, service, verb' }),
    alerts: Type.Array(alertShape, { description: 'Sorted by start, id' }),
    incidents: Type.Array(incidentShape, { description: 'Sorted by start, id' }),
    foreign: Type.Optional(foreignReportShape),
  },
  { ...closed, title: 'wardwatch replay report' },
);

export type ReplayReport = Type.Static<typeof replaySchema>;
