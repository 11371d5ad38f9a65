/**
 * What becomes a point: sums of one interval per device and protocol, emptied when they are written.
 * Names are those of output/measurements.ts. What did not happen in an interval has no point.
 */
import type { Device } from '../device/device.ts';
import type { FindingRow, Point } from '../model.ts';
import type { AssociationEnd, Dimse, FlowUpdate, Hl7Message, Instance } from '../records.ts';
import { type FlowLink, resolved } from './links.ts';

/** Latencies remembered per device and interval for the median; more say the same. */
const LATENCIES_MAX = 256;

/** PS3.8 table 9-21, by source and reason. */
const rejectReasons: Readonly<Record<string, string>> = {
  '1 1': 'no reason given',
  '1 2': 'application context name not supported',
  '1 3': 'calling AE title not recognised',
  '1 7': 'called AE title not recognised',
  '2 1': 'no reason given (ACSE)',
  '2 2': 'protocol version not supported',
  '3 1': 'temporary congestion',
  '3 2': 'local limit exceeded',
};

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

interface ProtocolSums {
  flows: number;
  bytes: number;
  messages: number;
}

class DicomSums {
  associations = 0;
  released = 0;
  rejected = 0;
  aborted = 0;
  dropped = 0;
  requests = 0;
  responses = 0;
  failures = 0;
  instances = 0;
  instanceBytes = 0;
  rejectReason = '';
  readonly latencies: number[] = [];
}

class Hl7Sums {
  messages = 0;
  acknowledgements = 0;
  negative = 0;
  readonly latencies: number[] = [];
}

/** What the collector asks of whoever knows the devices. */
export interface PointSource {
  readonly devices: readonly Device[];
  classOf(device: Device): string;
  changedFindings(): readonly FindingRow[];
  oddities(): number;
  gapBytes: number;
  coveragePercent(): number;
  oneWayPercent(): number;
}

export class PointCollector {
  private readonly site: string;
  private readonly run: string;
  private readonly protocols = new Map<Device, Map<string, ProtocolSums>>();
  private readonly dicom = new Map<Device, DicomSums>();
  private readonly hl7 = new Map<Device, Hl7Sums>();
  private readonly series = new Set<string>();
  private told = { packets: 0, bytes: 0, dropped: 0, duplicates: 0, gapBytes: 0, oddities: 0, flowsEvicted: 0 };

  constructor(site: string, run: string) {
    this.site = site;
    this.run = run;
  }

  protocolFlow(link: FlowLink): void {
    this.each(link, (sums) => sums.flows++);
  }

  flowUpdate(record: FlowUpdate, link: FlowLink): void {
    if (link.protocol === '') return;
    this.each(link, (sums) => {
      sums.bytes += record.bytesToServer + record.bytesToClient;
    });
  }

  association(link: FlowLink): void {
    this.eachDicom(link, (sums) => sums.associations++);
  }

  associationEnd(record: AssociationEnd, link: FlowLink): void {
    this.eachDicom(link, (sums) => {
      if (record.how !== 'open') sums[record.how]++;
      if (record.how === 'rejected') {
        sums.rejectReason = rejectReasons[`${record.source} ${record.reason}`] ?? 'unknown reason';
      }
    });
  }

  dimse(record: Dimse, link: FlowLink): void {
    this.each(link, (sums) => sums.messages++);
    this.eachDicom(link, (sums) => {
      if (record.status < 0) sums.requests++;
      else sums.responses++;
      if (isFailure(record.status)) sums.failures++;
      if (record.latencyUs >= 0 && sums.latencies.length < LATENCIES_MAX) sums.latencies.push(record.latencyUs);
    });
  }

  instance(record: Instance, link: FlowLink): void {
    this.eachDicom(link, (sums) => {
      sums.instances++;
      sums.instanceBytes += record.bytes;
    });
  }

  hl7Message(record: Hl7Message, link: FlowLink): void {
    this.each(link, (sums) => sums.messages++);
    for (const device of ends(link)) {
      let sums = this.hl7.get(device);
      if (sums === undefined) {
        sums = new Hl7Sums();
        this.hl7.set(device, sums);
      }
      sums.messages++;
      if (record.acknowledgement !== '') sums.acknowledgements++;
      if (/^[AC][ER]$/.test(record.acknowledgement)) sums.negative++;
      if (record.latencyUs >= 0 && sums.latencies.length < LATENCIES_MAX) sums.latencies.push(record.latencyUs);
    }
  }

  /** The points of the interval that ends at `timeUs`, in a fixed order; the sums begin anew. */
  take(timeUs: number, source: PointSource, sensor: SensorCounters): Point[] {
    const points: Point[] = [];
    const base = { site: this.site, run: this.run };
    const add = (measurement: string, tags: Record<string, string>, fields: Point['fields'], atUs = timeUs): void => {
      points.push({ measurement, tags, fields, timeUs: atUs });
      this.series.add(`${measurement}\n${Object.values(tags).join('\n')}`);
    };
    const byId = <T>(map: Map<Device, T>): [string, T][] =>
      [...map].map(([device, sums]): [string, T] => [resolved(device).id, sums]).sort(([a], [b]) => (a < b ? -1 : 1));

    const busy = source.devices.filter(
      (one) => one.mergedInto === null && !one.group && one.confirmed && !one.activity.isEmpty,
    );
    for (const [id, device] of byId(new Map(busy.map((one) => [one, one])))) {
      const { activity } = device;
      add(
        'wardwatch_device',
        { ...base, device: id, class: source.classOf(device) || 'unknown' },
        {
          bytes_in: activity.bytesIn,
          bytes_out: activity.bytesOut,
          packets_in: activity.packetsIn,
          packets_out: activity.packetsOut,
          flows: activity.flows,
          peers: activity.peers.size,
          online: activity.packetsOut > 0,
        },
      );
    }
    for (const device of source.devices) device.activity.clear();
    for (const [id, sums] of byId(this.protocols)) {
      for (const [protocol, one] of [...sums].sort(([a], [b]) => (a < b ? -1 : 1))) {
        add('wardwatch_protocol', { ...base, device: id, protocol }, { ...one });
      }
    }
    for (const [id, sums] of byId(this.dicom)) add('wardwatch_dicom', { ...base, device: id }, dicomFields(sums));
    for (const [id, sums] of byId(this.hl7)) add('wardwatch_hl7', { ...base, device: id }, hl7Fields(sums));
    for (const finding of source.changedFindings()) {
      const { device, detector, severity } = finding;
      add('wardwatch_alert', { ...base, device, detector, severity }, alertFields(finding), finding.startUs);
    }
    this.protocols.clear();
    this.dicom.clear();
    this.hl7.clear();
    add('wardwatch_sensor', base, this.sensorFields(source, sensor));
    return points;
  }

  private sensorFields(source: PointSource, sensor: SensorCounters): Point['fields'] {
    const now = {
      packets: sensor.packets,
      bytes: sensor.bytes,
      dropped: sensor.dropped,
      duplicates: sensor.duplicates,
      gapBytes: source.gapBytes,
      oddities: source.oddities(),
      flowsEvicted: sensor.flowsEvicted,
    };
    const { told } = this;
    this.told = now;
    return {
      packets: now.packets - told.packets,
      bytes: now.bytes - told.bytes,
      dropped: now.dropped - told.dropped,
      duplicates: now.duplicates - told.duplicates,
      gap_bytes: now.gapBytes - told.gapBytes,
      oddities: now.oddities - told.oddities,
      flows_open: sensor.flowsOpen,
      flows_evicted: now.flowsEvicted - told.flowsEvicted,
      coverage_percent: source.coveragePercent(),
      one_way_percent: source.oneWayPercent(),
      series: this.series.size,
    };
  }

  private each(link: FlowLink, change: (sums: ProtocolSums) => void): void {
    for (const device of ends(link)) {
      let protocols = this.protocols.get(device);
      if (protocols === undefined) {
        protocols = new Map();
        this.protocols.set(device, protocols);
      }
      let sums = protocols.get(link.protocol);
      if (sums === undefined) {
        sums = { flows: 0, bytes: 0, messages: 0 };
        protocols.set(link.protocol, sums);
      }
      change(sums);
    }
  }

  private eachDicom(link: FlowLink, change: (sums: DicomSums) => void): void {
    for (const device of ends(link)) {
      let sums = this.dicom.get(device);
      if (sums === undefined) {
        sums = new DicomSums();
        this.dicom.set(device, sums);
      }
      change(sums);
    }
  }
}

function ends(link: FlowLink): Device[] {
  return [resolved(link.clientDevice), resolved(link.serverDevice)].filter((device) => !device.group);
}

/** PS3.7 annex C: A, C and the general failures 01xx, 02xx that are no warnings. */
function isFailure(status: number): boolean {
  if (status < 0) return false;
  const high = status >> 12;
  if (high === 0xa || high === 0xc) return true;
  return (status >> 8 === 1 && status !== 0x0107 && status !== 0x0116) || status >> 8 === 2;
}

function median(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const high = sorted[middle] ?? 0;
  return Math.round(sorted.length % 2 === 1 ? high : ((sorted[middle - 1] ?? 0) + high) / 2);
}

function dicomFields(sums: DicomSums): Point['fields'] {
  const { latencies, rejectReason, instanceBytes, ...rest } = sums;
  const fields: Point['fields'] = { ...rest, instance_bytes: instanceBytes };
  const middle = median(latencies);
  if (middle !== null) fields.latency_p50_us = middle;
  if (rejectReason !== '') fields.reject_reason = rejectReason;
  return fields;
}

function hl7Fields(sums: Hl7Sums): Point['fields'] {
  const { latencies, ...rest } = sums;
  const middle = median(latencies);
  return middle === null ? rest : { ...rest, latency_us_median: middle };
}

function alertFields(finding: FindingRow): Point['fields'] {
  return {
    finding: finding.id,
    title: finding.happened,
    happened: finding.happened,
    usual: finding.usual,
    matters: finding.matters,
    first_step: finding.firstStep,
    device_address: finding.deviceAddress,
    peer: finding.peer,
    peer_address: finding.peerAddress,
    service: finding.service,
    count: finding.count,
    confidence: finding.confidence,
    end_ms: Math.floor(finding.endUs / 1000),
  };
}
