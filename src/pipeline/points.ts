/**
 * What becomes a point: sums of one interval per device, protocol and pair of devices, emptied when they are written.
 * Names are those of output/measurements.ts. What did not happen in an interval has no point; everybody outside the
 * site is one device.
 */
import type { Verdict } from '../detect.ts';
import { isMedicalProtocol } from '../device/classify.ts';
import type { Device } from '../device/device.ts';
import type { Point } from '../model.ts';
import type { MeasurementName } from '../output/measurements.ts';
import type * as records from '../records.ts';
import { ClockErrors } from './clock-skew.ts';
import { Events } from './event-points.ts';
import { LinkBook } from './link-book.ts';
import { type FlowLink, resolved } from './links.ts';
import type { PointSource, SensorCounters } from './point-source.ts';
import { sensorFields, Told } from './sensor-points.ts';
import { SeriesLimit } from './series.ts';
import { Standing } from './standing-points.ts';
import { DeviceSums, type ProtocolSums, type Role, type Series } from './sums.ts';
import { DicomSums, Hl7Sums, TelemetrySums } from './sums-clinical.ts';

export type { PointSource, SensorCounters } from './point-source.ts';

export interface PointSettings {
  readonly site: string;
  readonly run: string;
  readonly seriesMax: number;
  readonly intervalSeconds: number;
  readonly timeZone: string;
}

const OUTSIDE = 'outside';
const DAY_US = 24 * 3600e6;
/** A series that has not been written for so long counts no more. */
const FORGOTTEN_US = 30 * DAY_US;
/** More than the names that one device has in a run. */
const VERSIONS_MAX = 2 ** 20;

export class PointCollector {
  readonly limit: SeriesLimit;
  readonly base: Point['tags'];
  /** By how much a replay moved packet times; what messages say of their time was not moved. */
  movedUs = 0;
  private readonly settings: PointSettings;
  private readonly sums: (DeviceSums | undefined)[] = [];
  private touched: DeviceSums[] = [];
  private readonly outside = new DeviceSums(null);
  private readonly links: LinkBook;
  private readonly clocks: ClockErrors;
  private readonly standing: Standing;
  private readonly events = new Events();
  private readonly told = new Told();
  private takenUs = 0;
  private sweptDay = 0;

  constructor(settings: PointSettings) {
    this.settings = settings;
    this.base = { site: settings.site, run: settings.run };
    this.limit = new SeriesLimit(settings.seriesMax);
    this.links = new LinkBook(settings.seriesMax);
    this.clocks = new ClockErrors(settings.timeZone);
    this.standing = new Standing(settings.intervalSeconds);
    Object.assign(this.outside, { id: OUTSIDE, name: OUTSIDE, kind: OUTSIDE, tier: '0', zone: OUTSIDE });
  }

  // ── what is heard ──────────────────────────────────────────────────────────────────────────────────

  protocolFlow(link: FlowLink): void {
    this.of(link.clientDevice).protocol(link.protocol, 'client').flows++;
    this.of(link.serverDevice).protocol(link.protocol, 'server').flows++;
  }

  flowUpdate(record: records.FlowUpdate, link: FlowLink): void {
    const client = this.of(link.clientDevice);
    const server = this.of(link.serverDevice);
    const { bytesToServer, bytesToClient, gapBytes, retransmits, rttUs } = record;
    const payload = record.payloadToServer + record.payloadToClient;
    client.carried(payload, gapBytes, retransmits, rttUs);
    server.carried(payload, gapBytes, retransmits, rttUs);
    this.links.update(record, link, client, server, this.outside);
    if (link.protocol === '') return;
    const bytes = bytesToServer + bytesToClient;
    client.protocol(link.protocol, 'client').carried(bytes, bytesToServer, payload, gapBytes);
    server.protocol(link.protocol, 'server').carried(bytes, bytesToClient, payload, gapBytes);
  }

  /** A conversation ended of which one direction was never seen. */
  oneWay(link: FlowLink): void {
    this.of(link.clientDevice).oneWayFlows++;
    this.of(link.serverDevice).oneWayFlows++;
  }

  /** What the baseline says of a conversation, before it is learnt. */
  relation(link: FlowLink, ofClient: Verdict, ofServer: Verdict): void {
    if (ofClient.count === 0) this.of(link.clientDevice).newRelations++;
    if (ofServer.count === 0) this.of(link.serverDevice).newRelations++;
    link.isStrange = isStrange(ofClient) || isStrange(ofServer);
  }

  association(link: FlowLink): void {
    this.dicomOf(link, 'client').counts.associations++;
    this.dicomOf(link, 'server').counts.associations++;
  }

  associationAnswer(link: FlowLink): void {
    this.dicomOf(link, 'client').counts.accepted++;
    this.dicomOf(link, 'server').counts.accepted++;
  }

  associationEnd(record: records.AssociationEnd, link: FlowLink): void {
    this.dicomOf(link, 'client').end(record);
    this.dicomOf(link, 'server').end(record);
  }

  dimse(record: records.Dimse, link: FlowLink): void {
    for (const role of roles) {
      const sums = this.medicalOf(link, 'dicom', role, record.timeUs);
      sums.messages++;
      sums.dicom ??= new DicomSums();
      sums.dicom.dimse(record);
    }
  }

  /** Heard before the study is added to what the devices have seen. */
  instance(record: records.Instance, link: FlowLink): void {
    for (const role of roles) {
      const device = this.of(role === 'client' ? link.clientDevice : link.serverDevice);
      this.dicomOf(link, role).instance(record.bytes, record.fromClient === (role === 'client'));
      device.used(record.timeUs);
      device.instances++;
      device.instanceBytes += record.bytes;
      const { studyHash } = record;
      if (studyHash !== 0 && device.device?.studies.has(studyHash) === false) device.exams++;
    }
    const sender = this.of(record.fromClient ? link.clientDevice : link.serverDevice);
    this.clocks.ofImage(record, sender, this.movedUs);
  }

  hl7Message(record: records.Hl7Message, link: FlowLink): void {
    for (const role of roles) {
      const sums = this.medicalOf(link, 'hl7', role, record.timeUs);
      sums.messages++;
      sums.hl7 ??= new Hl7Sums();
      sums.hl7.message(record, record.fromClient === (role === 'client'));
    }
    const sender = this.of(record.fromClient ? link.clientDevice : link.serverDevice);
    this.clocks.ofMessage(record, sender, this.movedUs);
  }

  message(record: records.Message, link: FlowLink): void {
    const isTelemetry = isTold(record.protocol);
    for (const role of roles) {
      const sums = isTelemetry
        ? this.medicalOf(link, record.protocol, role, record.timeUs)
        : this.protocolOf(link, record.protocol, role);
      sums.messages += record.count;
      if (!isTelemetry) continue;
      sums.telemetry ??= new TelemetrySums();
      sums.telemetry.message(record, record.fromClient === (role === 'client'));
    }
  }

  operation(record: records.Operation, link: FlowLink): void {
    if (!isTold(record.protocol)) return;
    for (const role of roles) {
      const sums = this.medicalOf(link, record.protocol, role, record.timeUs);
      sums.telemetry ??= new TelemetrySums();
      sums.telemetry.operation(record);
    }
  }

  /** Messages of a protocol that has records of its own. */
  said(protocol: string, link: FlowLink, isError: boolean): void {
    for (const role of roles) {
      const sums = this.protocolOf(link, protocol, role);
      sums.messages++;
      if (isError) sums.errors++;
    }
  }

  login(record: records.Login, link: FlowLink): void {
    if (record.outcome !== 'failure') return;
    for (const role of roles) this.protocolOf(link, record.protocol, role).loginFailures++;
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

  private protocolOf(link: FlowLink, protocol: string, role: Role): ProtocolSums {
    return this.of(role === 'client' ? link.clientDevice : link.serverDevice).protocol(protocol, role);
  }

  private medicalOf(link: FlowLink, protocol: string, role: Role, timeUs: number): ProtocolSums {
    const device = this.of(role === 'client' ? link.clientDevice : link.serverDevice);
    device.used(timeUs);
    return device.protocol(protocol, role);
  }

  private dicomOf(link: FlowLink, role: Role): DicomSums {
    const sums = this.protocolOf(link, 'dicom', role);
    sums.dicom ??= new DicomSums();
    return sums.dicom;
  }

  // ── what is told ───────────────────────────────────────────────────────────────────────────────────

  /** The points of the interval that ends at `timeUs`, in a fixed order; the sums begin anew. */
  take(timeUs: number, source: PointSource, sensor: SensorCounters, isLast = false): Point[] {
    const points: Point[] = [];
    const share = this.told.share(sensor);
    const elapsedUs = this.takenUs === 0 ? Number.POSITIVE_INFINITY : Math.max(0, timeUs - this.takenUs);
    const seconds = Math.round(Math.min(this.settings.intervalSeconds, elapsedUs / 1e6));
    this.takenUs = timeUs;
    const events = this.events.take(source, this.base, this.limit);
    this.mergeTouched();
    const outsiders = this.gatherOutside();
    for (const sums of this.touched) if (isInside(sums.device)) this.refresh(sums, sums.device, source);
    this.touched.sort(byId);
    for (const sums of this.touched) {
      if (!isInside(sums.device)) continue;
      this.tellDevice(points, timeUs, sums, sums.device, events.byDevice.get(sums.id) ?? 0, share, seconds);
    }
    this.tellOutside(points, timeUs, outsiders, share);
    this.tellLinks(points, timeUs, share);
    this.standing.take(this, points, timeUs, source, this.sums, isLast);
    const active = this.touched.reduce(
      (sum, { device }) => sum + (isInside(device) && device.activity.packetsOut > 0 ? 1 : 0),
      0,
    );
    this.endInterval(timeUs);
    points.push(...events.points);
    if (this.told.isFirst) this.limit.admit('wardwatch_sensor');
    const { otherPoints } = this.limit;
    points.push(...this.limit.takeOthers(timeUs));
    const fields = sensorFields(source, sensor, this.told, {
      points: points.length + 1,
      series: this.limit.admitted,
      refused: this.limit.refused,
      otherPoints,
      findings: events.begun,
      active,
      site: this.standing.site,
    });
    points.push({ measurement: 'wardwatch_sensor', tags: this.base, fields, timeUs });
    return points;
  }

  /** Nobody asked for points of the interval that ends at `timeUs`: the sums begin anew. */
  skip(timeUs: number): void {
    this.links
      .take((device) => this.of(device), this.outside)
      .forEach((sums) => {
        sums.clear();
      });
    this.outside.clear();
    this.outside.activity.clear();
    this.endInterval(timeUs);
  }

  /** What was counted for a record that proved to be another device goes there. */
  private mergeTouched(): void {
    for (const sums of [...this.touched]) {
      const { device } = sums;
      if (device !== null && device.mergedInto !== null) this.of(device).absorb(sums);
    }
  }

  /** Everybody outside becomes one; returns how many they are. */
  private gatherOutside(): number {
    let count = 0;
    for (const sums of this.touched) {
      const { device } = sums;
      if (device === null || !device.external || device.group || device.mergedInto !== null) continue;
      if (device.confirmed && !device.activity.isEmpty) count++;
      this.outside.absorbTraffic(sums, device.activity);
    }
    return count;
  }

  /** Looks up what the tags of a device are made of. */
  refresh(sums: DeviceSums, device: Device, source: PointSource): void {
    if (sums.seenVersion === device.version && sums.id === device.id) return;
    sums.seenVersion = device.version;
    const { id } = device;
    const name = source.nameOf(device);
    if (id !== sums.id || name !== sums.name) {
      sums.nameVersion++;
      sums.kindVersion++;
    }
    const facts = source.factsOf(device);
    const kind = facts.class === '' ? 'unknown' : facts.class;
    const zone = facts.zone === '' ? 'none' : facts.zone;
    const tier = `${facts.tier}`;
    if (kind !== sums.kind || zone !== sums.zone || tier !== sums.tier) sums.kindVersion++;
    Object.assign(sums, { id, name, kind, zone, tier, isMedical: facts.medical });
  }

  private tellDevice(
    points: Point[],
    timeUs: number,
    sums: DeviceSums,
    device: Device,
    findings: number,
    share: number,
    seconds: number,
  ): void {
    const { activity } = device;
    if (!activity.isEmpty && device.confirmed) {
      const fields = sums.fields(activity, share, findings);
      this.add(points, 'wardwatch_device', sums.series, sums.kindVersion, timeUs, fields, '', () => sums.allTags());
    }
    this.tellProtocols(points, timeUs, sums, share);
    if (!sums.isUsed) return;
    const use = sums.useFields(seconds, share);
    this.add(points, 'wardwatch_utilisation', sums.useSeries, sums.kindVersion, timeUs, use, '', () => ({
      ...sums.nameTags(),
      class: sums.kind,
    }));
  }

  private tellProtocols(points: Point[], timeUs: number, sums: DeviceSums, share: number): void {
    for (const one of sums.eachProtocol()) {
      const { role, protocol, seen } = one;
      const tell = (measurement: MeasurementName, series: Series, fields: Point['fields'], more: Point['tags']): void =>
        this.add(points, measurement, series, sums.nameVersion, timeUs, fields, role, () => ({
          ...sums.nameTags(),
          ...more,
        }));
      if (!one.isEmpty) tell('wardwatch_protocol', one.series, one.fields(share), { protocol, role });
      if (one.dicom !== null) tell('wardwatch_dicom', one.deeper, seen.beside(one.dicom.fields(), share), { role });
      if (one.hl7 !== null) tell('wardwatch_hl7', one.deeper, seen.beside(one.hl7.fields(), share), { role });
      if (one.telemetry !== null) {
        tell('wardwatch_telemetry', one.deeper, seen.beside(one.telemetry.fields(), share), { protocol, role });
      }
    }
  }

  private tellOutside(points: Point[], timeUs: number, devices: number, share: number): void {
    const { outside } = this;
    if (devices > 0) {
      const fields = outside.fields(outside.activity, share, 0);
      delete fields.peers;
      fields.devices = devices;
      this.add(points, 'wardwatch_device', outside.series, 0, timeUs, fields, '', () => outside.allTags());
    }
    this.tellProtocols(points, timeUs, outside, share);
    outside.clear();
    outside.activity.clear();
  }

  private tellLinks(points: Point[], timeUs: number, share: number): void {
    for (const sums of this.links.take((device) => this.of(device), this.outside)) {
      const { source: from, target: to, protocol } = sums;
      const version = from.nameVersion * VERSIONS_MAX + to.nameVersion;
      this.add(points, 'wardwatch_link', sums.series, version, timeUs, sums.fields(share), '', () => ({
        id: `${from.id}>${to.id}`,
        source: from.id,
        source_name: from.name,
        target: to.id,
        target_name: to.name,
        protocol,
      }));
      sums.touchedUs = timeUs;
      sums.clear();
    }
  }

  /** A point of a series, or its fields to `other` where the series finds no room. */
  add(
    points: Point[],
    measurement: MeasurementName,
    series: Series,
    version: number,
    timeUs: number,
    fields: Point['fields'],
    role: string,
    tags: () => Point['tags'],
  ): void {
    if (series.version !== version)
      series.make(version, measurement, this.limit.admit(measurement) ? { ...this.base, ...tags() } : null);
    if (series.tags === null) this.limit.other(measurement, role, this.base, fields);
    else points.push({ measurement, tags: series.tags, fields, timeUs });
  }

  private endInterval(timeUs: number): void {
    for (const sums of this.touched) {
      sums.device?.activity.clear();
      sums.isTouched = false;
      sums.touchedUs = timeUs;
      sums.clear();
    }
    this.touched = [];
    const day = Math.floor(timeUs / DAY_US);
    if (day === this.sweptDay) return;
    this.sweptDay = day;
    for (const sums of this.sums) {
      if (sums === undefined || sums.touchedUs > timeUs - FORGOTTEN_US) continue;
      for (const series of sums.eachSeries()) series.forget(this.limit);
    }
    this.links.sweep(timeUs - FORGOTTEN_US, this.limit);
  }
}

const roles: readonly Role[] = ['client', 'server'];

/** Protocols that have points of telemetry. */
function isTold(protocol: string): boolean {
  return isMedicalProtocol(protocol) && protocol !== 'dicom' && protocol !== 'hl7';
}

function isInside(device: Device | null): device is Device {
  return device !== null && !device.group && !device.external && device.mergedInto === null;
}

/** While it is being learnt, nothing is strange. */
function isStrange({ accepted, state }: Verdict): boolean {
  return !accepted && (state === 'watch' || state === 'settle');
}

function byId(a: DeviceSums, b: DeviceSums): number {
  const left = a.device?.id ?? '';
  const right = b.device?.id ?? '';
  return left < right ? -1 : left > right ? 1 : 0;
}
