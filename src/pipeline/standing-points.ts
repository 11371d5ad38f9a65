/**
 * What stands rather than happens: what a device is, its weaknesses, how far it is learnt, how long it has been idle.
 * Written when it changes and once an hour, each device in a minute of its own, so that the last hour shows everything.
 */

import { addressText } from '../bytes/address.ts';
import { candidatesOf } from '../device/classify.ts';
import type { Device } from '../device/device.ts';
import { supportOf } from '../device/support-dates.ts';
import type { Point, PostureRow } from '../model.ts';
import type { PointSource } from './point-source.ts';
import type { PointCollector } from './points.ts';
import type { SiteFigures } from './sensor-points.ts';
import { type DeviceSums, Series } from './sums.ts';

const HOUR_US = 3600e6;
/** Weaknesses are looked up in these steps: they change slowly, and all of them are gone through. */
const POSTURE_US = 600e6;
const DAY_MS = 86_400_000;
/** Of lists and evidence that one field shows. */
const ADDRESSES_MAX = 8;
const NAMES_MAX = 4;
const EVIDENCE_MAX = 6;
const ranks: Readonly<Record<string, number>> = { blind: 0, discover: 1, learn: 2, relearn: 3, settle: 4, watch: 5 };

export class Standing {
  readonly site: SiteFigures = { devices: 0, medical: 0, learning: 0, settling: 0, watched: 0, held: 0 };
  private readonly intervals: number;
  private readonly intervalUs: number;
  private weaknesses: ReadonlyMap<string, readonly PostureRow[]> = new Map();
  private postureSlot = -1;
  /** What was last written of a device: its version, and its states in one number. */
  private readonly versions: (string | undefined)[] = [];
  private readonly states: (number | undefined)[] = [];
  private readonly details = new Map<string, string>();

  constructor(intervalSeconds: number) {
    this.intervalUs = intervalSeconds * 1e6;
    this.intervals = Math.max(1, Math.round(HOUR_US / this.intervalUs));
  }

  take(
    collector: PointCollector,
    points: Point[],
    timeUs: number,
    source: PointSource,
    all: readonly (DeviceSums | undefined)[],
    isLast: boolean,
  ): void {
    const isPostureNew = this.lookAtPosture(timeUs, source, isLast);
    const held = source.held();
    Object.assign(this.site, { devices: 0, medical: 0, learning: 0, settling: 0, watched: 0, held: 0 });
    const slot = Math.floor(timeUs / this.intervalUs) % this.intervals;
    for (const sums of all) {
      const device = sums?.device ?? null;
      if (sums === undefined || device === null || device.mergedInto !== null) continue;
      if (device.group || device.external || !device.confirmed) continue;
      collector.refresh(sums, device, source);
      this.count(sums, device, source, held);
      const isDue = device.number % this.intervals === slot;
      this.tellInventory(collector, points, timeUs, source, sums, device, isDue);
      this.tellBaseline(collector, points, timeUs, source, sums, device, held.get(device.number) ?? 0, isDue);
      if (isDue || isPostureNew) this.tellPosture(collector, points, timeUs, sums, isDue);
      if (isDue && !sums.isUsed && sums.lastUseUs > 0) tellIdle(collector, points, timeUs, sums);
    }
  }

  /** Whether it was looked up anew. */
  private lookAtPosture(timeUs: number, source: PointSource, isLast: boolean): boolean {
    const slot = Math.floor(timeUs / POSTURE_US);
    if (slot === this.postureSlot && !isLast) return false;
    this.postureSlot = slot;
    const byDevice = new Map<string, PostureRow[]>();
    for (const row of source.posture()) {
      const rows = byDevice.get(row.device);
      if (rows === undefined) byDevice.set(row.device, [row]);
      else rows.push(row);
    }
    this.weaknesses = byDevice;
    return true;
  }

  private count(sums: DeviceSums, device: Device, source: PointSource, held: ReadonlyMap<number, number>): void {
    const { site } = this;
    site.devices++;
    if (sums.isMedical) site.medical++;
    const state = source.state(device, 'structure');
    if (state === 'watch') site.watched++;
    else if (state === 'settle') site.settling++;
    else if (state !== 'blind') site.learning++;
    site.held += held.get(device.number) ?? 0;
  }

  private tellInventory(
    collector: PointCollector,
    points: Point[],
    timeUs: number,
    source: PointSource,
    sums: DeviceSums,
    device: Device,
    isDue: boolean,
  ): void {
    const weaknesses = this.weaknesses.get(sums.id)?.length ?? 0;
    const version = `${sums.id} ${device.version} ${weaknesses}`;
    if (!isDue && this.versions[device.number] === version) return;
    this.versions[device.number] = version;
    const fields = inventoryFields(source, sums, device, timeUs);
    fields.weaknesses = weaknesses;
    collector.add(points, 'wardwatch_inventory', sums.inventorySeries, sums.nameVersion, timeUs, fields, '', () =>
      sums.nameTags(),
    );
  }

  private tellBaseline(
    collector: PointCollector,
    points: Point[],
    timeUs: number,
    source: PointSource,
    sums: DeviceSums,
    device: Device,
    held: number,
    isDue: boolean,
  ): void {
    const structure = source.state(device, 'structure');
    const semantics = source.state(device, 'semantics');
    const quantity = source.state(device, 'quantity');
    const time = source.state(device, 'time');
    // A state is one of few, held entries are no more than a million: one number tells them all.
    const now = rank(structure) + 8 * (rank(semantics) + 8 * (rank(quantity) + 8 * (rank(time) + 8 * held)));
    if (!isDue && this.states[device.number] === now) return;
    this.states[device.number] = now;
    const fields: Point['fields'] = {
      structure_state: structure,
      semantics_state: semantics,
      quantity_state: quantity,
      time_state: time,
      state_rank: rank(structure),
      accepted: source.accepted(device),
      held,
    };
    const reason = source.reason(device);
    if (reason !== '') fields.reason = reason;
    collector.add(points, 'wardwatch_baseline', sums.baselineSeries, sums.nameVersion, timeUs, fields, '', () =>
      sums.nameTags(),
    );
  }

  private tellPosture(
    collector: PointCollector,
    points: Point[],
    timeUs: number,
    sums: DeviceSums,
    isDue: boolean,
  ): void {
    const rows = this.weaknesses.get(sums.id);
    if (rows === undefined) return;
    const byRule = new Map<string, PostureRow[]>();
    for (const row of rows) byRule.set(row.rule, [...(byRule.get(row.rule) ?? []), row]);
    for (const [rule, sights] of byRule) {
      const key = `${sums.id}\n${rule}`;
      const now = sights.map(({ detail, peer }) => `${detail} ${peer}`).join('\n');
      if (!isDue && this.details.get(key) === now) continue;
      this.details.set(key, now);
      let series = sums.postureSeries.get(rule);
      if (series === undefined) {
        series = new Series();
        sums.postureSeries.set(rule, series);
      }
      const fields = postureFields(sights);
      collector.add(points, 'wardwatch_posture', series, sums.nameVersion, timeUs, fields, '', () => ({
        ...sums.nameTags(),
        rule,
      }));
    }
  }
}

function rank(state: string): number {
  return ranks[state] ?? 1;
}

function tellIdle(collector: PointCollector, points: Point[], timeUs: number, sums: DeviceSums): void {
  const fields: Point['fields'] = {
    active: false,
    idle_seconds: Math.max(0, (timeUs - sums.lastUseUs) / 1e6),
    last_use_ms: Math.floor(sums.lastUseUs / 1000),
  };
  collector.add(points, 'wardwatch_utilisation', sums.useSeries, sums.kindVersion, timeUs, fields, '', () => ({
    ...sums.nameTags(),
    class: sums.kind,
  }));
}

function inventoryFields(source: PointSource, sums: DeviceSums, device: Device, timeUs: number): Point['fields'] {
  const { ledger } = device;
  const vendor = source.vendorOf(device);
  const best = candidatesOf(device, vendor)[0];
  const systems = [ledger.best('operating-system'), ledger.best('software')];
  const support = systems.map((words) => (words === '' ? null : supportOf(words))).find((found) => found !== null);
  const texts: Readonly<Record<string, string>> = {
    address: addressText(device.address),
    addresses: [...device.addresses].slice(0, ADDRESSES_MAX).map(addressText).sort().join(' '),
    mac: device.mac === '' ? '' : addressText(device.mac),
    host_names: ledger.all('name').slice(0, NAMES_MAX).join(' '),
    ae_titles: [...device.aeTitles].sort().slice(0, ADDRESSES_MAX).join(' '),
    vendor,
    manufacturer: ledger.best('manufacturer'),
    model: ledger.best('model'),
    serial: ledger.best('serial'),
    software: ledger.best('software'),
    operating_system: ledger.best('operating-system'),
    roles: [...device.roles].sort().slice(0, ADDRESSES_MAX).join(', '),
    device_class: sums.kind,
    zone_name: sums.zone,
    evidence: evidenceText(device, best === undefined ? '' : `class=${best.class} (${best.source})`),
    support_end: support?.end ?? '',
  };
  const fields: Point['fields'] = {
    care_tier: Number(sums.tier),
    first_seen_ms: Math.floor(source.firstSeenUs(device) / 1000),
    last_seen_ms: Math.floor(device.lastSeenUs / 1000),
  };
  for (const [name, text] of Object.entries(texts)) if (text !== '') fields[name] = text;
  if (best !== undefined) fields.confidence = best.confidence;
  if (support !== undefined) fields.support_days = Math.floor((support.endUs - timeUs) / 1000 / DAY_MS);
  return fields;
}

/** For each attribute the value that is believed most, with where it stood. */
function evidenceText({ ledger }: Device, kind: string): string {
  const parts = kind === '' ? [] : [kind];
  for (const attribute of ['manufacturer', 'model', 'software', 'operating-system', 'serial', 'name']) {
    let best = null;
    for (const row of ledger.of(attribute)) if (best === null || row.confidence > best.confidence) best = row;
    if (best !== null && best.confidence >= 0.5) parts.push(`${attribute}=${best.value} (${best.source})`);
  }
  return parts.slice(0, EVIDENCE_MAX).join('; ');
}

function postureFields(sights: readonly PostureRow[]): Point['fields'] {
  const last = sights.reduce((a, b) => (b.lastSeenUs > a.lastSeenUs ? b : a));
  const fields: Point['fields'] = {
    what: last.what,
    peers: sights.filter(({ peer }) => peer !== '').length,
    sightings: sights.reduce((sum, { count }) => sum + count, 0),
    first_seen_ms: Math.floor(Math.min(...sights.map(({ firstSeenUs }) => firstSeenUs)) / 1000),
    last_seen_ms: Math.floor(last.lastSeenUs / 1000),
  };
  const detail = [...new Set(sights.map((row) => row.detail))].filter((one) => one !== '').join('; ');
  if (detail !== '') fields.detail = detail;
  if (last.peerAddress !== '') fields.peer_address = last.peerAddress;
  return fields;
}
