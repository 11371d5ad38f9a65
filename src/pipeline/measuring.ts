/**
 * Measures devices: how much they send and ask, and how often (detection.md 2.4 to 2.6). Records add to the bins that
 * are open; at the end of an interval the bins that are over are judged, told to the cards, and become what is usual.
 */
import type { Baseline } from '../baseline/baseline.ts';
import { BIN_US, BINS_OF_HOUR } from '../baseline/bins.ts';
import type { DeviceBaseline } from '../baseline/device-baseline.ts';
import type { Judged } from '../baseline/series.ts';
import type { Bin, LearningState, Link, LongTerm, Metric, Relation, RelationRhythm, Span, Watch } from '../detect.ts';
import type { Device } from '../device/device.ts';
import { type FlowUpdate, type Hl7Message, type Instance, type Lookup, Moment } from '../records.ts';
import { medianOfSorted, sizeOf, sorted } from '../statistics/robust.ts';
import { scatterText } from '../statistics/sketch.ts';
import { GroupMiddles } from './group-middles.ts';
import { type FlowLink, resolved, StandingLink } from './links.ts';

const MINUTE_US = 60e6;
const DAY_US = 86_400e6;
/** Bins in a row that are closed one by one when nothing was heard for long: a week. */
const EMPTY_BINS_MAX = 2_016;
/** An incident lasts so long (3.1): what a device does meanwhile is not believed. */
const INCIDENT_US = DAY_US;
const LAST_DAYS = 7;

/** Who carried most of what a device sent in this hour. */
interface Carrier {
  bytes: number;
  readonly at: Moment;
  link: Link;
  peer: number;
}

export interface MeasuringParts {
  readonly baseline: Baseline;
  get(number: number): Device;
  poolBytesMax: number;
}

export class Measuring {
  private readonly parts: MeasuringParts;
  private readonly watches: Watch[] = [];
  /** What somebody asked for. */
  private readonly asked: Readonly<Record<Span, Set<Metric>>> = { minutes: new Set(), hour: new Set(), day: new Set() };
  private readonly carriers = new Map<number, Carrier>();
  private readonly groups = new GroupMiddles();
  private hasBegun = false;

  constructor(parts: MeasuringParts) {
    this.parts = parts;
  }

  attach(watch: Watch): void {
    this.watches.push(watch);
    for (const { metric, span } of watch.bins ?? []) this.asked[span].add(metric);
  }

  private of(device: Device): DeviceBaseline | undefined {
    if (device.external || device.group || !this.parts.baseline.isOn) return undefined;
    return this.parts.baseline.devices.get(device.number);
  }

  /** The first packet of a flow: with the first of a run, bins that an earlier run left open are over. */
  begin(timeUs: number): void {
    if (this.hasBegun) return;
    this.hasBegun = true;
    const { bins } = this.parts.baseline;
    if (bins.bin < 0) bins.bin = Math.floor(timeUs / BIN_US);
    else this.interval(timeUs);
  }

  /** After the flow was related: what it is to the baseline is known. */
  update(record: FlowUpdate, link: FlowLink): void {
    // The end of a conversation that fell silent long ago is nothing that was heard.
    if (record.payloadToServer + record.payloadToClient === 0) return;
    this.parts.baseline.bins.isHeard = true;
    const client = resolved(link.clientDevice);
    const server = resolved(link.serverDevice);
    this.carry(client, server, record.payloadToServer, record.payloadToClient, !link.isStrangeToClient, record, link);
    this.carry(server, client, record.payloadToClient, record.payloadToServer, !link.isStrangeToServer, record, link);
  }

  private carry(
    device: Device,
    peer: Device,
    out: number,
    into: number,
    isAccepted: boolean,
    record: FlowUpdate,
    link: FlowLink,
  ): void {
    const known = this.of(device);
    if (known === undefined) return;
    known.isChanged = true;
    const { quantity, rhythms } = known;
    if (out > 0) quantity.add(peer.external ? 'bytes-out-external' : 'bytes-out-internal', out);
    if (out > 0 && !peer.external && !peer.group && !isAccepted) quantity.add('bytes-out-strange', out);
    if (into > 0) quantity.add('bytes-in', into);
    if (out > 0) rhythms.active(record.timeUs);
    if (out > 0) this.carried(device, peer, out, record, link);
    if (peer.group || !link.related) return;
    // An interval's update is told at its end, which is the beginning of the next.
    const minuteUs = Math.floor((record.timeUs - 1) / MINUTE_US) * MINUTE_US;
    rhythms.beat('said', this.keyOf(device, peer, link), minuteUs, MINUTE_US);
  }

  private keyOf(device: Device, peer: Device, link: FlowLink): number {
    const role = device === resolved(link.clientDevice) ? 'client' : 'server';
    return this.parts.baseline.keyOf({ role, service: link.service, verb: '' }, peer.peerKey);
  }

  /** Outside counts before inside, much before little. */
  private carried(device: Device, peer: Device, bytes: number, record: FlowUpdate, link: FlowLink): void {
    const weight = peer.external ? bytes * 1e6 : bytes;
    const carrier = this.carriers.get(device.number);
    if (carrier !== undefined && carrier.bytes >= weight) return;
    const at = carrier?.at ?? new Moment();
    at.timeUs = record.timeUs;
    at.flow = record.flow;
    at.packet = record.packet;
    if (carrier === undefined) this.carriers.set(device.number, { bytes: weight, at, link, peer: peer.number });
    else Object.assign(carrier, { bytes: weight, link, peer: peer.number });
  }

  /** The flow has become a relation: a conversation began. */
  related(link: FlowLink): void {
    const client = resolved(link.clientDevice);
    const server = resolved(link.serverDevice);
    const ofClient = this.of(client);
    if (ofClient !== undefined) {
      ofClient.quantity.add('flows', 1);
      ofClient.quantity.addPeer(scatterText(server.peerKey));
      ofClient.rhythms.beat('start', this.keyOf(client, server, link), link.startUs, 0);
    }
    const ofServer = this.of(server);
    if (ofServer === undefined) return;
    ofServer.quantity.addPeer(scatterText(client.peerKey));
    ofServer.rhythms.beat('start', this.keyOf(server, client, link), link.startUs, 0);
  }

  lookup(record: Lookup, link: FlowLink): void {
    if (record.kind !== 'query') return;
    this.count('dns-queries', record.fromClient, link);
  }

  instance(record: Instance, link: FlowLink): void {
    this.count('instances', record.fromClient, link);
    this.count('instances', !record.fromClient, link);
  }

  hl7Message(record: Hl7Message, link: FlowLink): void {
    this.count('hl7-messages', record.fromClient, link);
  }

  private count(metric: Metric, ofClient: boolean, link: FlowLink): void {
    this.of(resolved(ofClient ? link.clientDevice : link.serverDevice))?.quantity.add(metric, 1);
  }

  /** An incident is open on the device: its bins are kept and not believed. */
  mask(number: number, nowUs: number): void {
    const known = this.parts.baseline.devices.get(this.parts.get(number).number);
    if (known !== undefined) known.quantity.maskedUntilUs = nowUs + INCIDENT_US;
  }

  /** An interval is over, and all that was carried in it has been told. */
  interval(nowUs: number): void {
    const { baseline } = this.parts;
    const { bins } = baseline;
    const open = Math.floor(nowUs / BIN_US);
    if (bins.bin < 0 || !baseline.isOn) return;
    let closed = 0;
    while (bins.bin < open) {
      if (closed++ > EMPTY_BINS_MAX) {
        bins.jump(open);
        break;
      }
      this.endBin();
    }
  }

  private endBin(): void {
    const { baseline } = this.parts;
    const ended = baseline.bins.end(!baseline.isBlind);
    const nowUs = baseline.bins.bin * BIN_US;
    const hour = (baseline.bins.bin - 1) / BINS_OF_HOUR;
    for (const device of baseline.devices.values()) {
      const subject = { number: device.number, id: '', firstSeenUs: 0 };
      const state = baseline.state(subject, 'quantity');
      this.endOf(device, 'minutes', ended.minutes, nowUs, Math.floor(hour), state);
      if (ended.hour !== null) this.endOf(device, 'hour', ended.hour, nowUs, Math.floor(hour), state);
      if (ended.day !== null) this.endOf(device, 'day', ended.day, nowUs, Math.floor(hour), state);
    }
    if (ended.hour !== null) this.carriers.clear();
    if (ended.day === null) return;
    this.groups.count(baseline.devices.values());
    this.keepPool();
  }

  private endOf(
    device: DeviceBaseline,
    span: Span,
    isMeasured: boolean,
    nowUs: number,
    hour: number,
    state: LearningState,
  ): void {
    if (!isMeasured) {
      device.quantity.skip(span);
      return;
    }
    if (span !== 'minutes') device.isChanged = true;
    const isLearnt = state === 'settle' || state === 'watch';
    const balance = span === 'hour' ? this.balanceOf(device, hour) : null;
    device.quantity.close(span, nowUs, hour, isLearnt, this.asked[span], (metric, judged) => {
      if (device.number < 0) return;
      this.tell(device, metric, span, nowUs, judged, state, metric === 'bytes-in' ? balance : null);
    });
  }

  private balanceOf({ quantity }: DeviceBaseline, hour: number): Bin['balance'] {
    const { ratio, bytes } = quantity.balance();
    return Number.isNaN(ratio) ? null : { now: ratio, usual: quantity.usualBalance(hour), bytes };
  }

  private tell(
    device: DeviceBaseline,
    metric: Metric,
    span: Span,
    endUs: number,
    { log, middle, limit, deviation, run }: Judged,
    state: LearningState,
    balance: Bin['balance'],
  ): void {
    const carrier = this.carriers.get(device.number);
    const at = carrier?.at ?? Object.assign(new Moment(), { timeUs: endUs });
    const link = carrier?.link ?? new StandingLink(this.parts.get(device.number));
    const bin: Bin = {
      device: device.number,
      peer: carrier?.peer ?? device.number,
      metric,
      span,
      startUs: endUs - lengthsUs[span],
      endUs,
      value: sizeOf(log),
      usual: sizeOf(middle),
      limit: sizeOf(limit),
      deviation,
      run,
      state,
      balance,
      longTerm: span === 'day' ? this.longTermOf(device, metric) : null,
    };
    for (const watch of this.watches) watch.bin?.(bin, at, link);
  }

  private longTermOf(device: DeviceBaseline, metric: Metric): LongTerm {
    const series = device.quantity.known(metric);
    const days = series?.days?.all() ?? [];
    const middle = medianOfSorted(sorted(days));
    return {
      reference: sizeOf(series?.reference ?? Number.NaN),
      lastDays: days.slice(-LAST_DAYS).map(sizeOf),
      middle: sizeOf(middle),
      ...this.groups.compare(device.group, metric, middle),
      accepted: device.structure.acceptedCount,
      acceptedAtReference: device.reference === null ? -1 : device.reference.size,
    };
  }

  /** When the pool is spent, who was silent longest loses what was measured of it. */
  private keepPool(): void {
    const { baseline, poolBytesMax } = this.parts;
    const sizes = [...baseline.devices.values()].map((device) => ({
      device,
      bytes: device.quantity.bytes + device.rhythms.bytes,
    }));
    let bytes = sizes.reduce((sum, one) => sum + one.bytes, 0);
    if (bytes <= poolBytesMax) return;
    sizes.sort(
      (a, b) => a.device.structure.lastDay - b.device.structure.lastDay || a.device.firstUs - b.device.firstUs,
    );
    for (const one of sizes) {
      if (bytes <= poolBytesMax) return;
      one.device.forgetQuantities();
      baseline.evicted++;
      bytes -= one.bytes;
    }
  }

  rhythm(relation: Relation, beat: 'start' | 'said'): RelationRhythm | null {
    const { baseline, get } = this.parts;
    const { role, service } = relation;
    const key = baseline.keyOf({ role, service, verb: '' }, get(relation.peer).peerKey);
    const one = baseline.devices.get(get(relation.device).number)?.rhythms.of(beat, key);
    if (one === undefined) return null;
    const { period, jitter, isRegular, gaps } = one.rhythm();
    return {
      periodSeconds: period,
      jitter,
      isRegular,
      gaps,
      longestSeconds: one.longestSeconds(),
      firstUs: one.firstUs,
      lastUs: one.lastUs,
      recentGaps: () => one.gaps.all(),
    };
  }
}

const lengthsUs: Readonly<Record<Span, number>> = { minutes: BIN_US, hour: 3600e6, day: DAY_US };
