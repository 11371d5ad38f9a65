/** What devices and pairs of them did in the interval, as their points will say it. Kept from interval to interval, emptied in between. */
import { Activity, type Device } from '../device/device.ts';
import type { Point } from '../model.ts';
import type { MeasurementName } from '../output/measurements.ts';
import { Sample } from './sample.ts';
import type { SeriesLimit } from './series.ts';
import { DicomSums, Hl7Sums, TelemetrySums } from './sums-clinical.ts';

/** The tags of one series, made once and the same object ever after; `null` when it found no room. */
export class Series {
  tags: Point['tags'] | null = null;
  /** What the tags were made of. */
  version = -1;
  private measurement: MeasurementName | null = null;

  make(version: number, measurement: MeasurementName, tags: Point['tags'] | null): void {
    this.version = version;
    this.measurement = measurement;
    this.tags = tags;
  }

  /** It was not written for so long that its place is given back. */
  forget(limit: SeriesLimit): void {
    if (this.tags !== null && this.measurement !== null) limit.release(this.measurement);
    this.tags = null;
    this.version = -1;
  }
}

/** Bytes that came by and bytes that did not. */
export class Seen {
  payload = 0;
  gapBytes = 0;

  add(payload: number, gapBytes: number): void {
    this.payload += payload;
    this.gapBytes += gapBytes;
  }

  clear(): void {
    this.payload = 0;
    this.gapBytes = 0;
  }

  /** `share`: how much of the packets the capture brought, 0 to 1. */
  tell(fields: Point['fields'], share: number): void {
    const all = this.payload + this.gapBytes;
    if (all > 0) fields.coverage_percent = Math.round((1000 * share * this.payload) / all) / 10;
  }

  /** The same fields with the coverage beside them. */
  beside(fields: Point['fields'], share: number): Point['fields'] {
    this.tell(fields, share);
    return fields;
  }
}

export type Role = 'client' | 'server';

export class ProtocolSums {
  readonly protocol: string;
  readonly role: Role;
  flows = 0;
  bytes = 0;
  bytesOut = 0;
  messages = 0;
  errors = 0;
  loginFailures = 0;
  readonly seen: Seen = new Seen();
  dicom: DicomSums | null = null;
  hl7: Hl7Sums | null = null;
  telemetry: TelemetrySums | null = null;
  readonly series: Series = new Series();
  /** Of the measurement that goes deeper than `wardwatch_protocol`. */
  readonly deeper: Series = new Series();

  constructor(protocol: string, role: Role) {
    this.protocol = protocol;
    this.role = role;
  }

  get isEmpty(): boolean {
    return this.flows + this.bytes + this.messages + this.errors + this.loginFailures === 0;
  }

  carried(bytes: number, bytesOut: number, payload: number, gapBytes: number): void {
    this.bytes += bytes;
    this.bytesOut += bytesOut;
    this.seen.add(payload, gapBytes);
  }

  fields(share: number): Point['fields'] {
    const { flows, bytes, messages, errors } = this;
    const fields: Point['fields'] = {
      flows,
      bytes,
      bytes_out: this.bytesOut,
      messages,
      errors,
      login_failures: this.loginFailures,
    };
    this.seen.tell(fields, share);
    return fields;
  }

  add(other: ProtocolSums): void {
    this.flows += other.flows;
    this.bytes += other.bytes;
    this.bytesOut += other.bytesOut;
    this.messages += other.messages;
    this.errors += other.errors;
    this.loginFailures += other.loginFailures;
    this.seen.add(other.seen.payload, other.seen.gapBytes);
    if (other.dicom !== null) {
      this.dicom ??= new DicomSums();
      this.dicom.add(other.dicom);
    }
    if (other.hl7 !== null) {
      this.hl7 ??= new Hl7Sums();
      this.hl7.add(other.hl7);
    }
    if (other.telemetry !== null) {
      this.telemetry ??= new TelemetrySums();
      this.telemetry.add(other.telemetry);
    }
  }

  clear(): void {
    this.flows = 0;
    this.bytes = 0;
    this.bytesOut = 0;
    this.messages = 0;
    this.errors = 0;
    this.loginFailures = 0;
    this.seen.clear();
    this.dicom = null;
    this.hl7 = null;
    this.telemetry = null;
  }
}

export class DeviceSums {
  /** null: everybody outside the site. */
  readonly device: Device | null;
  readonly asClient: Map<string, ProtocolSums> = new Map();
  readonly asServer: Map<string, ProtocolSums> = new Map();
  readonly seen: Seen = new Seen();
  readonly rtts: Sample = new Sample();
  retransmits = 0;
  oneWayFlows = 0;
  newRelations = 0;
  exams = 0;
  instances = 0;
  instanceBytes = 0;
  /** It took part in medical traffic in this interval; when it last did. */
  isUsed = false;
  lastUseUs = 0;
  /** Its clock minus that of the sensor, by the statement that came with the least delay; NaN without one. */
  skewUs = Number.NaN;
  skewSource = '';
  /** It has something to say in this interval. */
  isTouched = false;
  /** When it last had. */
  touchedUs = 0;
  readonly series: Series = new Series();
  readonly useSeries: Series = new Series();
  readonly inventorySeries: Series = new Series();
  readonly baselineSeries: Series = new Series();
  readonly postureSeries: Map<string, Series> = new Map();
  /** Of everybody outside together. */
  readonly activity: Activity = new Activity();
  isMedical = false;
  /** What its tags are made of, and a number that goes up whenever it changes. */
  id = '';
  name = '';
  kind = '';
  tier = '';
  zone = '';
  nameVersion = 0;
  kindVersion = 0;
  /** Of the device, when this was last looked up. */
  seenVersion = -1;

  constructor(device: Device | null) {
    this.device = device;
  }

  protocol(name: string, role: Role): ProtocolSums {
    const map = role === 'client' ? this.asClient : this.asServer;
    let sums = map.get(name);
    if (sums === undefined) {
      sums = new ProtocolSums(name, role);
      map.set(name, sums);
    }
    return sums;
  }

  carried(payload: number, gapBytes: number, retransmits: number, rttUs: number): void {
    this.seen.add(payload, gapBytes);
    this.retransmits += retransmits;
    this.rtts.add(rttUs);
  }

  /** It took part in medical traffic. */
  used(timeUs: number): void {
    this.isUsed = true;
    if (timeUs > this.lastUseUs) this.lastUseUs = timeUs;
  }

  *eachProtocol(): Iterable<ProtocolSums> {
    yield* this.asClient.values();
    yield* this.asServer.values();
  }

  *eachSeries(): Iterable<Series> {
    yield* [this.series, this.useSeries, this.inventorySeries, this.baselineSeries];
    yield* this.postureSeries.values();
    for (const { series, deeper } of this.eachProtocol()) yield* [series, deeper];
  }

  nameTags(): Point['tags'] {
    return { device: this.id, name: this.name };
  }

  allTags(): Point['tags'] {
    return { device: this.id, name: this.name, class: this.kind, tier: this.tier, zone: this.zone };
  }

  fields(activity: Activity, share: number, findings: number): Point['fields'] {
    const fields: Point['fields'] = {
      bytes_in: activity.bytesIn,
      bytes_out: activity.bytesOut,
      packets_in: activity.packetsIn,
      packets_out: activity.packetsOut,
      flows: activity.flows,
      peers: activity.peers.size,
      devices: 1,
      online: activity.packetsOut > 0,
      medical: this.isMedical,
      retransmits: this.retransmits,
      gap_bytes: this.seen.gapBytes,
      one_way_flows: this.oneWayFlows,
      new_relations: this.newRelations,
      findings,
    };
    this.rtts.tell(fields, 'rtt_us_p50');
    if (!Number.isNaN(this.skewUs)) {
      fields.clock_skew_ms = this.skewUs / 1000;
      fields.clock_source = this.skewSource;
    }
    return this.seen.beside(fields, share);
  }

  useFields(seconds: number, share: number): Point['fields'] {
    let messages = 0;
    for (const { hl7, telemetry } of this.eachProtocol()) {
      messages += (hl7?.counts.sent ?? 0) + (telemetry?.sentMessages ?? 0);
    }
    const fields: Point['fields'] = {
      active_seconds: seconds,
      exams: this.exams,
      instances: this.instances,
      instance_bytes: this.instanceBytes,
      messages,
      active: true,
      last_use_ms: Math.floor(this.lastUseUs / 1000),
    };
    return this.seen.beside(fields, share);
  }

  clock(skewUs: number, source: string): void {
    // Every delay makes a clock look late: the largest says most.
    if (Number.isNaN(skewUs) || skewUs <= this.skewUs) return;
    this.skewUs = skewUs;
    this.skewSource = source;
  }

  /** Takes over what was counted for a record of the inventory that proved to be this device. */
  absorb(other: DeviceSums): void {
    for (const sums of other.asClient.values()) this.protocol(sums.protocol, 'client').add(sums);
    for (const sums of other.asServer.values()) this.protocol(sums.protocol, 'server').add(sums);
    this.seen.add(other.seen.payload, other.seen.gapBytes);
    this.rtts.addAll(other.rtts);
    this.retransmits += other.retransmits;
    this.oneWayFlows += other.oneWayFlows;
    this.newRelations += other.newRelations;
    this.exams += other.exams;
    this.instances += other.instances;
    this.instanceBytes += other.instanceBytes;
    this.isUsed ||= other.isUsed;
    this.lastUseUs = Math.max(this.lastUseUs, other.lastUseUs);
    this.clock(other.skewUs, other.skewSource);
    other.clear();
  }

  /** Takes over what somebody outside did. */
  absorbTraffic(other: DeviceSums, { bytesIn, bytesOut, packetsIn, packetsOut, flows }: Activity): void {
    const { activity } = this;
    activity.bytesIn += bytesIn;
    activity.bytesOut += bytesOut;
    activity.packetsIn += packetsIn;
    activity.packetsOut += packetsOut;
    activity.flows += flows;
    this.absorb(other);
  }

  clear(): void {
    for (const sums of this.asClient.values()) sums.clear();
    for (const sums of this.asServer.values()) sums.clear();
    this.seen.clear();
    this.rtts.clear();
    this.retransmits = 0;
    this.oneWayFlows = 0;
    this.newRelations = 0;
    this.exams = 0;
    this.instances = 0;
    this.instanceBytes = 0;
    this.isUsed = false;
    this.skewUs = Number.NaN;
    this.skewSource = '';
  }
}
