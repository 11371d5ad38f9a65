/** Who talks to whom in the interval: pairs of devices by protocol; partners outside the site are one end. */
import type { Device } from '../device/device.ts';
import type { Point } from '../model.ts';
import type { FlowUpdate } from '../records.ts';
import { type FlowLink, resolved } from './links.ts';
import type { SeriesLimit } from './series.ts';
import { type DeviceSums, Seen, Series } from './sums.ts';

/** Partners outside of one device that are told apart in an interval. */
const OUTSIDE_MAX = 1_024;
/** More than there are device numbers: two of them make one key. */
const DEVICES_MOST = 2 ** 26;

export class LinkBook {
  private readonly pairs = new Map<number, LinkSums[]>();
  private touched: LinkSums[] = [];
  private count = 0;
  private readonly linksMax: number;

  constructor(linksMax: number) {
    this.linksMax = linksMax;
  }

  /** Conversations that were answered, or whose protocol was told: a scan of thousands of addresses is no link. */
  update(record: FlowUpdate, link: FlowLink, client: DeviceSums, server: DeviceSums, outside: DeviceSums): void {
    if (!link.established && link.protocol === '') return;
    const from = client.device;
    const to = server.device;
    if (from === null || to === null || from.group || to.group || from === to) return;
    if (from.external && to.external) return;
    const sums = this.of(from.external ? outside : client, to.external ? outside : server, link.protocol || 'unknown');
    if (!sums.isTouched) {
      sums.isTouched = true;
      this.touched.push(sums);
    }
    if (!link.isCounted) {
      link.isCounted = true;
      sums.flows++;
    }
    if (link.isStrange) sums.isStrange = true;
    sums.update(record, from.external ? from : to.external ? to : null);
  }

  private of(source: DeviceSums, target: DeviceSums, protocol: string): LinkSums {
    const key = numberOf(source) * DEVICES_MOST + numberOf(target);
    let between = this.pairs.get(key);
    if (between === undefined) {
      between = [];
      this.pairs.set(key, between);
    }
    for (const one of between) if (one.protocol === protocol) return one;
    const made = new LinkSums(source, target, protocol);
    // Without room it lives for this interval only, and is told in `other`.
    if (this.count >= this.linksMax) return made;
    this.count++;
    between.push(made);
    return made;
  }

  /** What was touched in the interval, in a fixed order, between devices as they are known now. */
  take(sumsOf: (device: Device) => DeviceSums, outside: DeviceSums): LinkSums[] {
    const now = this.touched;
    this.touched = [];
    const told: LinkSums[] = [];
    for (const one of now) {
      if (one.isEmpty) {
        one.clear();
        continue;
      }
      const source = standing(one.source, sumsOf, outside);
      const target = standing(one.target, sumsOf, outside);
      if (source === one.source && target === one.target) {
        told.push(one);
        continue;
      }
      if (source !== target) {
        const joined = this.of(source, target, one.protocol);
        joined.absorb(one);
        if (!joined.isTouched) {
          joined.isTouched = true;
          told.push(joined);
        }
      }
      one.clear();
    }
    return told.sort(inOrder);
  }

  /** Places of links that were not seen since `beforeUs` are given back. */
  sweep(beforeUs: number, limit: SeriesLimit): void {
    for (const [key, between] of this.pairs) {
      const kept = between.filter((one) => one.touchedUs > beforeUs);
      for (const one of between) if (one.touchedUs <= beforeUs) one.series.forget(limit);
      this.count -= between.length - kept.length;
      if (kept.length === 0) this.pairs.delete(key);
      else if (kept.length < between.length) this.pairs.set(key, kept);
    }
  }
}

/** Outside has no number of its own. */
function numberOf({ device }: DeviceSums): number {
  return device === null ? DEVICES_MOST - 1 : device.number;
}

function standing(sums: DeviceSums, sumsOf: (device: Device) => DeviceSums, outside: DeviceSums): DeviceSums {
  if (sums.device === null || sums.device.mergedInto === null) return sums;
  const device = resolved(sums.device);
  return device.external ? outside : sumsOf(device);
}

function inOrder(a: LinkSums, b: LinkSums): number {
  if (a.source.id !== b.source.id) return a.source.id < b.source.id ? -1 : 1;
  if (a.target.id !== b.target.id) return a.target.id < b.target.id ? -1 : 1;
  return a.protocol < b.protocol ? -1 : a.protocol > b.protocol ? 1 : 0;
}

/** One pair of devices and protocol. */
export class LinkSums {
  readonly source: DeviceSums;
  readonly target: DeviceSums;
  readonly protocol: string;
  flows = 0;
  bytesToTarget = 0;
  bytesToSource = 0;
  isStrange = false;
  isTouched = false;
  touchedUs = 0;
  readonly seen: Seen = new Seen();
  /** Bytes by partner outside. */
  private readonly outside = new Map<Device, number>();
  readonly series: Series = new Series();

  constructor(source: DeviceSums, target: DeviceSums, protocol: string) {
    this.source = source;
    this.target = target;
    this.protocol = protocol;
  }

  get isEmpty(): boolean {
    return this.flows + this.bytesToTarget + this.bytesToSource === 0;
  }

  update(record: FlowUpdate, outside: Device | null): void {
    this.bytesToTarget += record.bytesToServer;
    this.bytesToSource += record.bytesToClient;
    this.seen.add(record.payloadToServer + record.payloadToClient, record.gapBytes);
    if (outside === null) return;
    const before = this.outside.get(outside);
    if (before === undefined && this.outside.size >= OUTSIDE_MAX) return;
    this.outside.set(outside, (before ?? 0) + record.bytesToServer + record.bytesToClient);
  }

  fields(share: number): Point['fields'] {
    const fields: Point['fields'] = {
      flows: this.flows,
      bytes_to_target: this.bytesToTarget,
      bytes_to_source: this.bytesToSource,
      strange: this.isStrange,
    };
    this.seen.tell(fields, share);
    if (this.outside.size === 0) return fields;
    let name = '';
    let most = -1;
    for (const [device, bytes] of this.outside) {
      const key = device.peerKey;
      if (bytes < most || (bytes === most && key >= name)) continue;
      most = bytes;
      name = key;
    }
    fields.outside_name = name;
    fields.outside_peers = this.outside.size;
    return fields;
  }

  absorb(other: LinkSums): void {
    this.flows += other.flows;
    this.bytesToTarget += other.bytesToTarget;
    this.bytesToSource += other.bytesToSource;
    this.isStrange ||= other.isStrange;
    this.seen.add(other.seen.payload, other.seen.gapBytes);
    for (const [device, bytes] of other.outside) this.outside.set(device, (this.outside.get(device) ?? 0) + bytes);
  }

  clear(): void {
    this.flows = 0;
    this.bytesToTarget = 0;
    this.bytesToSource = 0;
    this.isStrange = false;
    this.isTouched = false;
    this.seen.clear();
    this.outside.clear();
  }
}
