/**
 * The things the program knows when it has listened: what the store keeps and the API and the report show.
 * Times are whole microseconds since 1970 UTC; addresses are canonical text.
 */
export type Severity = 'low' | 'medium' | 'high' | 'critical';
export const severities: readonly Severity[] = ['low', 'medium', 'high', 'critical'];

export interface EvidenceRow {
  attribute: string;
  value: string;
  source: string;
  confidence: number;
  firstSeenUs: number;
  lastSeenUs: number;
}

export interface UtilisationRow {
  /** Distinct studies this device produced or showed (counted by keyed hash). */
  exams: number;
  instances: number;
  instanceBytes: number;
  messages: number;
  bytesOut: number;
  bytesIn: number;
  /** Distinct hours (UTC) in which it spoke a medical protocol. */
  activeHours: number;
}

export interface DeviceRow {
  /** Derived from content: MAC, or the first address. */
  id: string;
  mac: string;
  addresses: string[];
  names: string[];
  class: string;
  /** 1 therapy … 4 support (detection cards' care tiers). */
  tier: number;
  medical: boolean;
  external: boolean;
  /** Maker by its hardware address. */
  vendor: string;
  manufacturer: string;
  model: string;
  serial: string;
  software: string;
  /** As precisely as its own words tell it: `Debian 12`, `Windows 7 or Windows Server 2008 R2`. */
  operatingSystem: string;
  aeTitles: string[];
  /** `dicom client`, `hl7 server` … */
  roles: string[];
  firstSeenUs: number;
  lastSeenUs: number;
  /** Baseline layer → learning state. */
  state: Record<string, string>;
  utilisation: UtilisationRow;
  evidence: EvidenceRow[];
}

export interface HeldRow {
  card: string;
  device: string;
  deviceAddress: string;
  peer: string;
  peerAddress: string;
  service: string;
  verb: string;
  firstSeenUs: number;
  count: number;
}

/** A standing weakness of a device, once for each rule and peer. Never an alarm by itself. */
export interface PostureRow {
  device: string;
  deviceAddress: string;
  /** Name of the rule, as in docs/posture.md. */
  rule: string;
  /** One plain sentence. */
  what: string;
  /** What is special in this case: a version, a protocol, a date; or ''. */
  detail: string;
  /** '' when the rule is about the device alone, or about more peers than are kept apart. */
  peer: string;
  peerAddress: string;
  firstSeenUs: number;
  lastSeenUs: number;
  count: number;
}

/** Who has used which service of whom, and how much: all conversations of one kind between two devices. */
export interface LinkRow {
  client: string;
  server: string;
  /** Protocol, or transport and port. */
  service: string;
  /** Where the server listened; 0 without ports. */
  port: number;
  /** Number of the transport protocol. */
  transport: number;
  firstUs: number;
  lastUs: number;
  flows: number;
  /** From the IP header on. */
  bytesToServer: number;
  bytesToClient: number;
}

/** One conversation that has ended. */
export interface FlowRow {
  client: string;
  clientAddress: string;
  clientPort: number;
  server: string;
  serverAddress: string;
  serverPort: number;
  transport: number;
  service: string;
  startUs: number;
  endUs: number;
  packetsToServer: number;
  packetsToClient: number;
  bytesToServer: number;
  bytesToClient: number;
  /** Only one direction was seen, or it began before the sensor did. */
  isPartial: boolean;
}

export interface PacketEvidence {
  packet: number;
  timeUs: number;
}

export interface RepeatRow {
  count: number;
  timeUs: number;
}

export interface FindingRow {
  /** Derived from content: card, device, peer, service, first time. */
  id: string;
  detector: string;
  severity: Severity;
  confidence: number;
  device: string;
  deviceAddress: string;
  peer: string;
  peerAddress: string;
  service: string;
  /** The approved window it fell into, by its ticket, or ''. */
  window: string;
  /** The device was in clinical use when it was raised: one step up. */
  inUse: boolean;
  /** Its card speaks too often at this site: it waits for the daily digest. */
  digest: boolean;
  startUs: number;
  endUs: number;
  /** Signals of this finding. */
  count: number;
  /** When it was said for the first time, the second, the fourth, the eighth … */
  repeats: RepeatRow[];
  usual: string;
  happened: string;
  matters: string;
  firstStep: string;
  /** ATT&CK ids. */
  attack: string[];
  evidence: { packets: PacketEvidence[] /** Community ids. */; flows: string[] };
}

export interface IncidentRow {
  id: string;
  /** Of a change in many devices: the first of them. */
  device: string;
  /** All of them; one, unless it is a change in many. */
  devices: string[];
  /** What the many have in common: their partner, or ''. */
  peer: string;
  /** 0 to 100. */
  risk: number;
  severity: Severity;
  startUs: number;
  endUs: number;
  /** Finding ids. */
  alerts: string[];
}

/** One point for InfluxDB and for the store; names are those of output/measurements.ts. */
export interface Point {
  measurement: string;
  /** Tag key → value, without empty values. */
  tags: Record<string, string>;
  fields: Record<string, number | string | boolean>;
  timeUs: number;
}

/** What of a baseline is written in one commit: JSON objects that the baseline makes and reads again. */
export interface BaselineChange {
  site: object;
  devices: readonly { readonly id: string }[];
  /** Ids under which nothing is kept any more. */
  gone: readonly string[];
}

export interface BaselineVersion {
  number: number;
  timeUs: number;
  user: string;
  reason: string;
  /** SHA-256 of the document. */
  digest: string;
}

/** A decision of a person as the store keeps it; its fields are those of src/baseline/decisions.ts. */
export interface StoredDecision {
  number: number;
  timeUs: number;
  user: string;
  reason: string;
  action: string;
  device: string;
  layer: string;
  role: string;
  peer: string;
  service: string;
  verb: string;
  untilUs: number;
}
