/** What the console reads of the answers of the API (the whole of them: `/api/v1/openapi.json`). */

export type Severity = 'low' | 'medium' | 'high' | 'critical';

export interface Health {
  status: string;
  version: string;
  latestRun: string | null;
  lastPacket: string | null;
  tables: { table: string; rows: number; bytes: number }[];
}

export interface Run {
  name: string;
  kind: string;
  inputs: string[];
  started: string;
  last: string;
  finished: boolean;
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
  /** Absent where the sensor keeps no steps. */
  standing?: Standing;
}

export interface Standing {
  state: string;
  disposition: string;
  assignee: string;
  comments: number;
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
