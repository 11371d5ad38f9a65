/** What the collector of points asks, answered by the analyst. */
import { sha256Hex } from '../bytes/digest.ts';
import type { Device } from '../device/device.ts';
import type { DeviceRow, Point } from '../model.ts';
import type { Analyst } from './analyst.ts';
import { PointNames } from './point-names.ts';
import type { PointSource, SensorCounters } from './point-source.ts';
import { coverageOf } from './report.ts';
import { incidentRows, postureRows } from './rows.ts';

export class PointKnowledge implements PointSource {
  private readonly analyst: Analyst;
  private readonly before: ReadonlyMap<string, DeviceRow>;
  private readonly names: PointNames;
  private readonly figures: () => Point['fields'];
  private counters: SensorCounters | null = null;
  private byId = new Map<string, Device>();

  /** `before`: the devices of a sensor that ran before; `figures`: of the writer and the process. */
  constructor(analyst: Analyst, before: ReadonlyMap<string, DeviceRow>, figures: () => Point['fields']) {
    this.analyst = analyst;
    this.before = before;
    this.figures = figures;
    this.names = new PointNames(
      (device) => analyst.site.listedOf(device)?.name ?? '',
      (device) => analyst.site.device(device.number).class,
    );
  }

  /** The answers are those of the interval that ends with these counters. */
  at(counters: SensorCounters): PointSource {
    this.counters = counters;
    this.byId.clear();
    return this;
  }

  writer(): Point['fields'] {
    return this.figures();
  }
  nameOf(device: Device): string {
    return this.names.of(device);
  }
  factsOf(device: Device): ReturnType<PointSource['factsOf']> {
    return this.analyst.site.device(device.number);
  }
  vendorOf(device: Device): string {
    return this.analyst.site.vendorOf(device);
  }
  changedFindings(): ReturnType<PointSource['changedFindings']> {
    return this.analyst.alerts.changed(sha256Hex);
  }
  incidents(): ReturnType<PointSource['incidents']> {
    return incidentRows(this.analyst, this.analyst.alerts.findingRows(sha256Hex));
  }
  posture(): ReturnType<PointSource['posture']> {
    return postureRows(this.analyst);
  }

  nameOfId(id: string): string {
    const device = this.deviceOf(id);
    if (device === null) return id;
    return device.external ? device.peerKey : this.names.of(device);
  }

  tierOfId(id: string): number {
    const device = this.deviceOf(id);
    return device === null ? 0 : this.analyst.site.device(device.number).tier;
  }

  private deviceOf(id: string): Device | null {
    if (id === '') return null;
    if (this.byId.size === 0) {
      for (const device of this.analyst.inventory.devices) {
        if (device.mergedInto === null && !device.group) this.byId.set(device.id, device);
      }
    }
    return this.byId.get(id) ?? null;
  }

  firstSeenUs(device: Device): number {
    const known = this.before.get(device.id)?.firstSeenUs ?? Number.POSITIVE_INFINITY;
    return Math.min(known, device.firstSeenUs);
  }

  state(device: Device, layer: Parameters<PointSource['state']>[1]): string {
    return this.analyst.baseline.shown(device, layer);
  }
  reason(device: Device): string {
    return this.analyst.baseline.reason(device, 'structure');
  }
  accepted(device: Device): number {
    return this.analyst.baseline.devices.get(device.number)?.structure.acceptedCount ?? 0;
  }

  held(): ReadonlyMap<number, number> {
    const { alerts, inventory } = this.analyst;
    const counts = new Map<number, number>();
    for (const number of alerts.heldDevices()) {
      const { number: now } = inventory.get(number);
      counts.set(now, (counts.get(now) ?? 0) + 1);
    }
    return counts;
  }

  oddities(): number {
    return this.analyst.tally.oddities.total();
  }
  sight(): ReturnType<PointSource['sight']> {
    const { payloadBytes, gapBytes, payloadFlows, oneWayFlows } = this.analyst;
    return { payloadBytes, gapBytes, payloadFlows, oneWayFlows };
  }
  trouble(): string {
    return this.analyst.coverage.trouble;
  }
  verdict(): string {
    return this.counters === null ? '' : coverageOf(this.analyst, this.counters).verdict;
  }
}
