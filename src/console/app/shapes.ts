/** What the console reads of the answers of the API (the whole of them: `/api/v1/openapi.json`). */

export type Severity = 'low' | 'medium' | 'high' | 'critical';

export interface Coverage {
  percent: number;
  oneWayPercent: number;
  duplicatePercent: number;
  truncatedPercent: number;
  verdict: string;
  of: string;
}

export interface Health {
  status: string;
  version: string;
  latestRun: string | null;
  kind: 'live' | 'replay' | null;
  finished: boolean;
  inputs: string[];
  lastPacket: string | null;
  secondsSinceLastPacket: number | null;
  coverage: Coverage | null;
  lastHour: { packets: number; bytes: number; dropped: number; duplicates: number; gapBytes: number; oddities: number };
  outputs: { name: string; state: 'ok' | 'behind' | 'losing'; detail: string }[];
  tables: { table: string; rows: number; bytes: number }[];
  pruned: { table: string; reason: string; rows: number; last: string }[];
}

export interface Run {
  name: string;
  kind: string;
  inputs: string[];
  started: string;
  last: string;
  finished: boolean;
  /** Made by a replay here. */
  apart: boolean;
}

export interface Evidence {
  attribute: string;
  value: string;
  source: string;
  confidence: number;
  firstSeen: string;
  lastSeen: string;
}

export interface Utilisation {
  exams: number;
  instances: number;
  instanceBytes: number;
  messages: number;
  bytesOut: number;
  bytesIn: number;
  activeHours: number;
}

export interface Device {
  id: string;
  mac: string;
  addresses: string[];
  names: string[];
  class: string;
  tier: number;
  medical: boolean;
  external: boolean;
  vendor: string;
  manufacturer: string;
  model: string;
  serial: string;
  software: string;
  operatingSystem: string;
  aeTitles: string[];
  roles: string[];
  firstSeen: string;
  lastSeen: string;
  state: Record<string, string>;
  utilisation: Utilisation;
  evidence: Evidence[];
}

export interface Held {
  card: string;
  device: string;
  deviceAddress: string;
  peer: string;
  peerAddress: string;
  service: string;
  verb: string;
  firstSeen: string;
  count: number;
}

export interface Posture {
  device: string;
  deviceAddress: string;
  rule: string;
  what: string;
  detail: string;
  peer: string;
  peerAddress: string;
  firstSeen: string;
  lastSeen: string;
  count: number;
}

export interface Finding {
  id: string;
  detector: string;
  severity: Severity;
  confidence: number;
  device: string;
  deviceAddress: string;
  peer: string;
  peerAddress: string;
  service: string;
  window: string;
  start: string;
  end: string;
  count: number;
  usual: string;
  happened: string;
  matters: string;
  firstStep: string;
  attack: string[];
  evidence: { packets: { packet: number; time: string }[]; flows: string[] };
}

export interface Incident {
  id: string;
  device: string;
  risk: number;
  severity: Severity;
  start: string;
  end: string;
  alerts: string[];
}

export type State = 'open' | 'acknowledged' | 'closed' | 'reopened';

export interface Standing {
  state: State;
  disposition: string;
  assignee: string;
  comments: number;
  /** Number of the suppression that hides it, or 0. */
  hiddenBy: number;
}

export interface Sentences {
  usual: string;
  happened: string;
  matters: string;
  firstStep: string;
}

/** An incident with what a queue shows. */
export interface IncidentSummary extends Incident, Sentences {
  deviceName: string;
  deviceClass: string;
  tier: number;
  /** The card whose sentences these are. */
  detector: string;
  detectors: string[];
  peers: string[];
  state: State;
  assignee: string;
  disposition: string;
  hidden: boolean;
}

export interface Step {
  action: string;
  time: string;
  user: string;
  text: string;
  disposition: string;
  assignee: string;
}

export interface Moment {
  time: string;
  kind: 'alert' | 'step';
  title: string;
  detail: string;
  subject: string;
  user: string;
}

export interface IncidentAnswer {
  run: string;
  incident: IncidentSummary;
  device: Device | null;
  peers: { id: string; name: string; class: string; external: boolean }[];
  alerts: Finding[];
  standings: Record<string, Standing>;
  timeline: Moment[];
  steps: Step[];
  evidence: { packets: number; flows: number; available: boolean };
}

export interface Decided {
  decision: '' | 'accept' | 'accept-group' | 'reject';
  user: string;
  reason: string;
  time: string | null;
  until: string | null;
}

export interface HeldList extends Paged {
  held: Held[];
  names: Record<string, string>;
  decided: Decided[];
}

export interface LayerState {
  state: string;
  since: string;
  reason: string;
  signedBy: string;
}

export interface Relation {
  role: 'client' | 'server';
  peer: string;
  service: string;
  verb: string;
  endpoints: string[];
  first: string;
  last: string;
  days: number;
  count: number;
  state: 'accepted' | 'rejected' | 'held' | 'candidate';
  acceptedBy: string;
  until: string | null;
  neverSilent: boolean;
  words: string;
}

export interface BaselineSummary {
  id: string;
  name: string;
  class: string;
  group: string;
  layers: Record<string, LayerState>;
  accepted: number;
  candidates: number;
  held: number;
  rejected: number;
}

export interface Version {
  number: number;
  time: string;
  user: string;
  reason: string;
  digest: string;
}

export interface BaselineAnswer {
  run: string;
  id: string;
  group: string;
  firstSeen: string;
  layers: Record<string, LayerState>;
  words: string[];
  relations: Relation[];
  reference: string[] | null;
  versions: Version[];
}

export interface Decision {
  number: number;
  time: string;
  user: string;
  reason: string;
  action: string;
  device: string;
  layer: string;
  role: string;
  peer: string;
  service: string;
  verb: string;
  until: string | null;
}

export interface Difference {
  run: string;
  from: number;
  to: number;
  devices: { device: string; change: string; added: Relation[]; removed: Relation[]; states: string[] }[];
}

export interface Suppression {
  number: number;
  detector: string;
  device: string;
  peer: string;
  service: string;
  created: string;
  expires: string;
  user: string;
  owner: string;
  reason: string;
  over: boolean;
  endedBy: string;
  hides: number;
}

export interface RunDifference {
  from: string;
  to: string;
  same: number;
  added: DifferenceRow[];
  removed: DifferenceRow[];
  changed: { alert: DifferenceRow; severityBefore: string; severityAfter: string }[];
  complete: boolean;
}

export interface DifferenceRow {
  id: string;
  detector: string;
  severity: Severity;
  device: string;
  peer: string;
  service: string;
  happened: string;
  start: string;
}

export interface Series {
  run: string;
  unit: string;
  stepSeconds: number;
  times: string[];
  series: { name: string; values: (number | null)[] }[];
  complete: boolean;
}

export interface Point {
  measurement: string;
  tags: Record<string, string>;
  fields: Record<string, number | string | boolean>;
  time: string;
}

export interface Paged {
  run: string;
  total: number;
  limit: number;
  offset: number;
}

/** Who talks to whom over what. */
export interface Link {
  client: string;
  server: string;
  service: string;
  port: number;
  transport: number;
  first: string;
  last: string;
  flows: number;
  bytesToServer: number;
  bytesToClient: number;
}

export interface Node {
  id: string;
  name: string;
  address: string;
  class: string;
  tier: number;
  medical: boolean;
  external: boolean;
}

export interface LinkList extends Paged {
  links: Link[];
  devices: Node[];
}

export interface Change {
  time: string;
  kind: string;
  what: string;
  from: string;
}

export interface DeviceAnswer extends Device {
  run: string;
  links: Link[];
  linksTotal: number;
  peers: Node[];
  baseline: {
    group: string;
    layers: Record<string, LayerState>;
    accepted: number;
    candidates: number;
    held: number;
    rejected: number;
  } | null;
  held: Held[];
  decided: Decided[];
  incidents: Incident[];
  alerts: Finding[];
  alertsTotal: number;
  posture: Posture[];
  timeline: Change[];
}

export interface Hour {
  start: string;
  bytes: number;
  flows: number;
  online: boolean;
  messages: number;
}

export interface UtilisationRow extends Utilisation {
  id: string;
  name: string;
  class: string;
  tier: number;
  model: string;
  firstSeen: string;
  lastSeen: string;
  usedPercent: number;
}

export interface CaptureFile {
  name: string;
  bytes: number;
  changed: string;
}

export interface ReplayJob {
  id: string;
  run: string;
  capture: string;
  ofRun: string;
  compareWith: string;
  baselineFrom: string;
  changed: string[];
  user: string;
  state: 'waiting' | 'running' | 'done' | 'failed' | 'stopped';
  percent: number;
  packets: number;
  error: string;
  started: string;
  ended: string | null;
}

/** The equipment list that was taken over last. */
export interface KeptList {
  file: string;
  user: string;
  imported: string;
  rows: number;
  problems: number;
  columns: Record<string, string[]>;
}

export interface ListRow {
  line: number;
  asset: string;
  name: string;
  manufacturer: string;
  model: string;
  serial: string;
  location: string;
  department: string;
}

export interface Reconciliation {
  run: string;
  days: number;
  list: KeptList;
  counts: {
    listed: number;
    paired: number;
    notListed: number;
    notSeen: number;
    mismatches: number;
    duplicates: number;
    notFindable: number;
    retired: number;
  };
  notListed: {
    device: string;
    address: string;
    name: string;
    aeTitles: string[];
    manufacturer: string;
    model: string;
    lastSeen: string;
  }[];
  notSeen: { row: ListRow; device: string; lastSeen: string | null }[];
  mismatches: { row: ListRow; device: string; by: string; kind: string; listed: string; seen: string }[];
  duplicates: { side: 'list' | 'wire'; kind: string; value: string; of: string[] }[];
}

export type RecallState = 'confirmed' | 'possible' | 'dismissed';

export interface RecallMatch {
  device: string;
  address: string;
  name: string;
  notice: string;
  state: RecallState;
  by: string;
  reason: string;
  isChanged: boolean;
  text: string;
  units: string;
  why: string[];
  vulnerabilities: string[];
  publisher: string;
  title: string;
  hazard: string;
  action: string;
  date: string;
}

export interface RecallList extends Paged {
  notices: number;
  read: string | null;
  troubles: string[];
  counts: Record<RecallState, number>;
  withoutModel: number;
  recalls: RecallMatch[];
}

/** An alert of another program. */
export interface ForeignAlert {
  id: string;
  device: string;
  peer: string;
  fromAddress: string;
  toAddress: string;
  generator: number;
  signature: number;
  text: string;
  category: string;
  severity: number;
  last: string;
  count: number;
}
