/**
 * What becomes a point: sums of one interval per device and protocol, emptied when they are written.
 * Names are those of output/measurements.ts. What did not happen in an interval has no point.
 */
import type { Device } from '../device/device.ts';
import type { FindingRow, Point } from '../model.ts';
import type { AssociationEnd, Dimse, FlowUpdate, Hl7Message, Instance } from '../records.ts';
import { type FlowLink, resolved } from './links.ts';
import { DeviceSums, DicomSums, Hl7Sums } from './sums.ts';

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

/** What the collector asks of whoever knows the devices. */
export interface PointSource {
  /** Figures of the InfluxDB writer, live only: a replay's points do not depend on a server. */
  writer(): Point['fields'];
  classOf(device: Device): string;
  changedFindings(): readonly FindingRow[];
  oddities(): number;
  gapBytes: number;
  coveragePercent(): number;
  oneWayPercent(): number;
}

export class PointCollector {
  private readonly base: Point['tags'];
  private readonly sums: (DeviceSums | undefined)[] = [];
  private readonly touched: DeviceSums[] = [];
  private series = 0;
  /** Times of alert points, which the finding keeps for as long as it grows; bounded by `findingsMax`. */
  private readonly alertTimes = new Map<FindingRow, number>();
  private readonly takenTimes = new Set<string>();
  private told = { packets: 0, bytes: 0, dropped: 0, duplicates: 0, gapBytes: 0, oddities: 0, flowsEvicted: 0 };

  constructor(site: string, run: string) {
    this.base = { site, run };
  }

  protocolFlow(link: FlowLink): void {
    this.of(link.clientDevice).protocol(link.protocol).flows++;
    this.of(link.serverDevice).protocol(link.protocol).flows++;
  }

  flowUpdate(record: FlowUpdate, link: FlowLink): void {
    if (link.protocol === '') return;
    const bytes = record.bytesToServer + record.bytesToClient;
    this.of(link.clientDevice).protocol(link.protocol).bytes += bytes;
    this.of(link.serverDevice).protocol(link.protocol).bytes += bytes;
  }

  association(link: FlowLink): void {
    this.dicomOf(link.clientDevice).associations++;
    this.dicomOf(link.serverDevice).associations++;
  }

  associationEnd(record: AssociationEnd, link: FlowLink): void {
    this.dicomOf(link.clientDevice).end(record);
    this.dicomOf(link.serverDevice).end(record);
  }

  dimse(record: Dimse, link: FlowLink): void {
    for (const device of [link.clientDevice, link.serverDevice]) {
      this.of(device).protocol(link.protocol).messages++;
      this.dicomOf(device).dimse(record);
    }
  }

  instance(record: Instance, link: FlowLink): void {
    for (const device of [link.clientDevice, link.serverDevice]) {
      const sums = this.dicomOf(device);
      sums.instances++;
      sums.instanceBytes += record.bytes;
    }
  }

  hl7Message(record: Hl7Message, link: FlowLink): void {
    for (const device of [link.clientDevice, link.serverDevice]) {
      const sums = this.of(device);
      sums.protocol(link.protocol).messages++;
      sums.hl7 ??= new Hl7Sums();
      sums.hl7.message(record);
    }
  }

  message(protocol: string, count: number, link: FlowLink): void {
    this.of(link.clientDevice).protocol(protocol).messages += count;
    this.of(link.serverDevice).protocol(protocol).messages += count;
  }

  /** The device was active in this interval. */
  touch(device: Device): void {
    this.of(device);
  }

  private of(end: Device): DeviceSums {
    const device = resolved(end);
    let sums = this.sums[device.number];
    if (sums === undefined) {
      sums = new DeviceSums(device);
      this.sums[device.number] = sums;
    }
    if (!sums.isTouched) {
      sums.isTouched = true;
      this.touched.push(sums);
    }
    return sums;
  }

  private dicomOf(end: Device): DicomSums {
    const sums = this.of(end);
    sums.dicom ??= new DicomSums();
    return sums.dicom;
  }

  /** The points of the interval that ends at `timeUs`, in a fixed order; the sums begin anew. */
  take(timeUs: number, source: PointSource, sensor: SensorCounters): Point[] {
    const points: Point[] = [];
    for (const sums of [...this.touched]) {
      if (sums.device.mergedInto !== null) this.of(sums.device).absorb(sums);
    }
    this.touched.sort((a, b) => (a.device.id < b.device.id ? -1 : 1));
    for (const sums of this.touched) {
      if (!sums.device.group && sums.device.mergedInto === null) this.deviceTo(points, timeUs, sums, source);
      sums.device.activity.clear();
      sums.isTouched = false;
      sums.dicom = null;
      sums.hl7 = null;
      for (const one of sums.protocols.values()) one.clear();
    }
    this.touched.length = 0;
    for (const finding of source.changedFindings()) {
      points.push(this.alertPoint(finding));
    }
    points.push({
      measurement: 'wardwatch_sensor',
      tags: this.base,
      fields: this.sensorFields(source, sensor),
      timeUs,
    });
    return points;
  }

  /** At the time the finding began; of several with the same tags and time each later one stands a microsecond behind. */
  private alertPoint(finding: FindingRow): Point {
    const { device, detector, severity } = finding;
    let timeUs = this.alertTimes.get(finding);
    if (timeUs === undefined) {
      timeUs = finding.startUs;
      const series = [device, detector, severity].join('\n');
      while (this.takenTimes.has(`${series}\n${timeUs}`)) timeUs++;
      this.takenTimes.add(`${series}\n${timeUs}`);
      this.alertTimes.set(finding, timeUs);
    }
    const tags = { ...this.base, device, detector, severity };
    return { measurement: 'wardwatch_alert', tags, fields: alertFields(finding), timeUs };
  }

  private deviceTo(points: Point[], timeUs: number, sums: DeviceSums, source: PointSource): void {
    const { device } = sums;
    const { activity } = device;
    const kind = source.classOf(device) || 'unknown';
    const add = (measurement: string, series: string, more: Point['tags'], fields: Point['fields']): void => {
      points.push({ measurement, tags: this.tagsOf(sums, series, kind, more), fields, timeUs });
    };
    if (!activity.isEmpty && device.confirmed) {
      add('wardwatch_device', 'device', { class: kind }, activityFields(device));
    }
    for (const one of sums.protocols.values()) {
      if (one.isEmpty) continue;
      const { flows, bytes, messages } = one;
      add('wardwatch_protocol', one.series, one.tags, { flows, bytes, messages });
    }
    if (sums.dicom !== null) add('wardwatch_dicom', 'dicom', {}, sums.dicom.fields());
    if (sums.hl7 !== null) add('wardwatch_hl7', 'hl7', {}, sums.hl7.fields());
  }

  private tagsOf(sums: DeviceSums, series: string, kind: string, more: Point['tags']): Point['tags'] {
    const known = sums.tags(series, kind);
    if (known !== undefined) return known;
    this.series++;
    return sums.tag(series, { ...this.base, device: sums.device.id, ...more });
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
      series: this.series + 1,
      ...source.writer(),
    };
  }
}

function activityFields({ activity }: Device): Point['fields'] {
  return {
    bytes_in: activity.bytesIn,
    bytes_out: activity.bytesOut,
    packets_in: activity.packetsIn,
    packets_out: activity.packetsOut,
    flows: activity.flows,
    peers: activity.peers.size,
    online: activity.packetsOut > 0,
  };
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
