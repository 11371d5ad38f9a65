/**
 * What devices, alerts, held entries and runs look like from outside: TypeBox schemas shared by the API, the
 * command line's `--json` and the published schema of the replay report.
 */
import { Type } from 'typebox';
import { severities } from '../model.ts';

export const closed = { additionalProperties: false } as const;

export const time = Type.String({
  description: 'ISO 8601 UTC with microseconds',
  pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{6}Z$',
});
export const count = Type.Integer({ minimum: 0 });
export const counts = Type.Record(Type.String(), count);
export const percent = Type.Number({ minimum: 0, maximum: 100 });
export const confidence = Type.Number({ minimum: 0, maximum: 1 });
const severity = Type.Enum([...severities]);

export const evidenceShape = Type.Object(
  {
    attribute: Type.String(),
    value: Type.String(),
    source: Type.String(),
    confidence,
    firstSeen: time,
    lastSeen: time,
  },
  closed,
);

export const utilisationShape = Type.Object(
  {
    exams: Type.Integer({ minimum: 0, description: 'Distinct studies' }),
    instances: count,
    instanceBytes: count,
    messages: count,
    bytesOut: count,
    bytesIn: count,
    activeHours: Type.Integer({ minimum: 0, description: 'Distinct hours in which it spoke a medical protocol' }),
  },
  closed,
);

export const deviceShape = Type.Object(
  {
    id: Type.String({ description: 'Derived from content: MAC, or the first address' }),
    mac: Type.String(),
    addresses: Type.Array(Type.String()),
    names: Type.Array(Type.String()),
    class: Type.String(),
    tier: Type.Integer({ minimum: 1, maximum: 4, description: '1 therapy, 2 monitoring, 3 diagnostics, 4 support' }),
    medical: Type.Boolean(),
    external: Type.Boolean({ description: 'Not in an internal network of the site' }),
    vendor: Type.String({ description: 'Maker by its hardware address' }),
    manufacturer: Type.String(),
    model: Type.String(),
    serial: Type.String(),
    software: Type.String(),
    operatingSystem: Type.String({ description: 'As precisely as its own words tell it' }),
    aeTitles: Type.Array(Type.String()),
    roles: Type.Array(Type.String()),
    firstSeen: time,
    lastSeen: time,
    state: Type.Record(Type.String(), Type.String(), { description: 'Baseline layer → learning state' }),
    utilisation: utilisationShape,
    evidence: Type.Array(evidenceShape),
  },
  closed,
);
export type DeviceJson = Type.Static<typeof deviceShape>;

export const heldShape = Type.Object(
  {
    card: Type.String({ description: 'Detector that would have raised an alert' }),
    device: Type.String(),
    deviceAddress: Type.String(),
    peer: Type.String(),
    peerAddress: Type.String(),
    service: Type.String(),
    verb: Type.String(),
    firstSeen: time,
    count,
  },
  closed,
);
export type HeldJson = Type.Static<typeof heldShape>;

export const postureShape = Type.Object(
  {
    device: Type.String(),
    deviceAddress: Type.String(),
    rule: Type.String({ description: 'Name of the rule, as in docs/posture.md' }),
    what: Type.String({ description: 'One plain sentence' }),
    detail: Type.String({ description: 'A version, a protocol, a date; or empty' }),
    peer: Type.String({ description: 'Empty when the rule is about the device alone, or about many peers' }),
    peerAddress: Type.String(),
    firstSeen: time,
    lastSeen: time,
    count,
  },
  closed,
);
export type PostureJson = Type.Static<typeof postureShape>;

export const alertShape = Type.Object(
  {
    id: Type.String({ description: 'Derived from content' }),
    detector: Type.String(),
    severity,
    confidence,
    device: Type.String(),
    deviceAddress: Type.String(),
    peer: Type.String(),
    peerAddress: Type.String(),
    service: Type.String(),
    window: Type.String({ description: 'Approved window it fell into, by its ticket: one step down' }),
    inUse: Type.Boolean({ description: 'The device was in clinical use: one step up' }),
    digest: Type.Boolean({ description: 'Its card speaks too often here: it waits for the daily digest' }),
    start: time,
    end: time,
    count,
    repeats: Type.Array(Type.Object({ count, time }, closed), { description: 'First, second, fourth, eighth … time' }),
    usual: Type.String({ description: 'What is usual' }),
    happened: Type.String({ description: 'What happened' }),
    matters: Type.String({ description: 'Why it matters' }),
    firstStep: Type.String({ description: 'What to do first' }),
    attack: Type.Array(Type.String({ description: 'ATT&CK id' })),
    evidence: Type.Object(
      {
        packets: Type.Array(Type.Object({ packet: count, time }, closed)),
        flows: Type.Array(Type.String({ description: 'Community ID' })),
      },
      closed,
    ),
  },
  closed,
);
export type AlertJson = Type.Static<typeof alertShape>;

export const incidentShape = Type.Object(
  {
    id: Type.String(),
    device: Type.String({ description: 'Of a change in many devices: the first of them' }),
    devices: Type.Array(Type.String({ description: 'One, unless it is a change in many' })),
    peer: Type.String({ description: 'The partner that many devices have in common, or empty' }),
    risk: Type.Number({ minimum: 0, maximum: 100 }),
    severity,
    start: time,
    end: time,
    alerts: Type.Array(Type.String({ description: 'Ids of its alerts' })),
  },
  closed,
);

export type IncidentJson = Type.Static<typeof incidentShape>;

export const pointShape = Type.Object(
  {
    measurement: Type.String(),
    tags: Type.Record(Type.String(), Type.String()),
    fields: Type.Record(Type.String(), Type.Union([Type.Number(), Type.String(), Type.Boolean()])),
    time,
  },
  closed,
);
export type PointJson = Type.Static<typeof pointShape>;
