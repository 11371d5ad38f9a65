/** What the collector of points is told, and what it asks of whoever knows the devices. */
import type { Layer } from '../baseline/baseline.ts';
import type { DeviceFacts } from '../detect.ts';
import type { Device } from '../device/device.ts';
import type { FindingRow, IncidentRow, Point, PostureRow } from '../model.ts';

/** The sensor's own counters since the start of the run. */
export interface SensorCounters {
  packets: number;
  bytes: number;
  wireBytes: number;
  dropped: number;
  truncated: number;
  duplicates: number;
  flows: number;
  flowsOpen: number;
  flowsEvicted: number;
  firstUs: number;
  lastUs: number;
}

/** What was seen and what was not, since the start of the run. */
export interface Sight {
  readonly payloadBytes: number;
  readonly gapBytes: number;
  readonly payloadFlows: number;
  readonly oneWayFlows: number;
}

export interface PointSource {
  /** Figures of the InfluxDB writer and of the process, live only: a replay's points depend on neither. */
  writer(): Point['fields'];
  nameOf(device: Device): string;
  factsOf(device: Device): DeviceFacts;
  vendorOf(device: Device): string;
  changedFindings(): readonly FindingRow[];
  incidents(): readonly IncidentRow[];
  posture(): readonly PostureRow[];
  /** What a person calls the device of this id: its name, or for somebody outside the domain or network. */
  nameOfId(id: string): string;
  tierOfId(id: string): number;
  /** When the device was first seen, also by a sensor that ran before. */
  firstSeenUs(device: Device): number;
  state(device: Device, layer: Layer): string;
  reason(device: Device): string;
  accepted(device: Device): number;
  /** Held entries by number of their device. */
  held(): ReadonlyMap<number, number>;
  oddities(): number;
  sight(): Sight;
  /** Why the sensor cannot see enough, ''. */
  trouble(): string;
  verdict(): string;
}
