/**
 * The shard: steps 1 to 6 of a packet's walk. Batches in, records out (house picture in docs/architecture.md).
 *
 * With several workers each of them reads every packet's headers and takes those whose pair of hosts falls
 * into one of its partitions; ticks and packet numbers are therefore the same everywhere.
 */
import { addressKey } from '../bytes/address.ts';
import type { Batch } from '../bytes/batch.ts';
import { FlowTracker, type Order } from '../flow/tracker.ts';
import type { Limits } from '../limits.ts';
import type { Protocol } from '../protocol.ts';
import { Announcement, Neighbour, type Records } from '../records.ts';
import { ARP_REPLY, Arp, decodeArp } from '../wire/arp.ts';
import { Cdp } from '../wire/cdp.ts';
import { Decoder } from '../wire/decode.ts';
import { CDP, LLDP } from '../wire/ether-type.ts';
import { Frame, ICMPV6 } from '../wire/frame.ts';
import { Lldp, type StationReport } from '../wire/lldp.ts';
import { decodeNdp, Ndp, NEIGHBOUR_ADVERTISEMENT } from '../wire/ndp.ts';
import { Clock } from './clock.ts';
import type { SensorCounters } from './points.ts';

/** Who hears a shard: every record, and the clock. */
export interface Listener extends Records {
  tick(nowUs: number): void;
  interval(nowUs: number, counters: SensorCounters): void;
}

export interface ShardSettings {
  readonly limits: Limits;
  readonly protocols: readonly Protocol<unknown>[];
  readonly intervalSeconds: number;
  /** This worker's number and how many there are; 0 of 1 takes everything. */
  readonly worker: number;
  readonly workers: number;
}

export class Shard {
  readonly tracker: FlowTracker;
  readonly decoder: Decoder;
  packets = 0;
  bytes = 0;
  wireBytes = 0;
  truncated = 0;
  firstUs: number = Number.POSITIVE_INFINITY;
  lastUs: number = Number.NEGATIVE_INFINITY;
  /** Packets that the capture says it lost; set by whoever drives the shard. */
  dropped = 0;

  private readonly settings: ShardSettings;
  private readonly listener: Listener;
  private readonly clock: Clock;
  private readonly frame = new Frame();
  private readonly arp = new Arp();
  private readonly ndp = new Ndp();
  private readonly lldp = new Lldp();
  private readonly cdp = new Cdp();
  private readonly told = new Neighbour();
  private readonly station = new Announcement();
  private readonly onTick = (nowUs: number): void => this.tick(nowUs);
  private readonly onInterval = (nowUs: number): void => this.interval(nowUs);

  constructor(settings: ShardSettings, listener: Listener) {
    this.settings = settings;
    this.listener = listener;
    this.tracker = new FlowTracker(settings.limits, settings.protocols, listener);
    this.decoder = new Decoder(settings.limits);
    this.clock = new Clock(settings.limits, settings.intervalSeconds);
  }

  get order(): Order {
    return this.tracker.order;
  }

  /** Rows `[from, to)` of a batch. */
  process(batch: Batch, from: number, to: number): void {
    const { clock, decoder, frame, tracker, settings } = this;
    const { table } = tracker;
    const { worker, workers } = settings;
    const times = batch.timeUs;
    let packet = this.packets;
    let counted = from;
    for (let row = from; row < to; row++) {
      const timeUs = times[row]!;
      packet++;
      if (timeUs >= clock.nextTickUs || timeUs < clock.floorUs) {
        // What an interval has counted must not depend on where a batch ends.
        this.packets = packet;
        this.count(batch, counted, row + 1);
        counted = row + 1;
        this.advance(timeUs);
      }
      frame.timeUs = timeUs;
      frame.packet = packet;
      const decoded = decoder.decode(batch, row, frame);
      if (!decoded) {
        if (worker === 0) this.hearBelow(frame, timeUs, packet);
        continue;
      }
      const partition = table.partitionOf(frame);
      if (workers > 1 && partition % workers !== worker) continue;
      if (frame.oddity !== '') this.odd(frame.oddity, timeUs, packet);
      if (frame.networkVersion === 1) this.hearArp(frame, partition);
      else if (frame.transportProtocol !== 0) {
        if (frame.transportProtocol === ICMPV6) this.hearNdp(frame);
        tracker.packet(frame, partition);
      }
    }
    this.packets = packet;
    this.count(batch, counted, to);
  }

  /** Sums of the rows, in a loop of its own: nothing in it but columns. */
  private count(batch: Batch, from: number, to: number): void {
    const { timeUs: times, captured, wire } = batch;
    let bytes = 0;
    let wireBytes = 0;
    let truncated = 0;
    let { firstUs, lastUs } = this;
    for (let row = from; row < to; row++) {
      bytes += captured[row]!;
      wireBytes += wire[row]!;
      if (captured[row]! < wire[row]!) truncated++;
      const timeUs = times[row]!;
      if (timeUs < firstUs) firstUs = timeUs;
      if (timeUs > lastUs) lastUs = timeUs;
    }
    this.bytes += bytes;
    this.wireBytes += wireBytes;
    this.truncated += truncated;
    this.firstUs = firstUs;
    this.lastUs = lastUs;
  }

  /** No packet will come before `nowUs` any more: the clock of a live capture goes on without packets. */
  idle(nowUs: number): void {
    if (nowUs >= this.clock.nextTickUs && this.packets > 0) this.advance(nowUs);
  }

  private odd(name: string, timeUs: number, packet: number): void {
    this.order.packet = packet;
    this.order.row = -1;
    this.listener.oddity(name, -1, timeUs);
  }

  private advance(timeUs: number): void {
    const first = this.clock.nextTickUs === Number.NEGATIVE_INFINITY;
    const kept = this.clock.advance(timeUs, this.onTick, this.onInterval);
    if (!kept && !first && this.settings.worker === 0) this.odd('clock_backwards', timeUs, this.packets);
  }

  private tick(nowUs: number): void {
    this.tracker.tick(nowUs, this.packets);
    this.decoder.tick(nowUs);
    this.listener.tick(nowUs);
  }

  private interval(nowUs: number): void {
    this.tracker.reportInterval(nowUs, this.packets);
    this.listener.interval(nowUs, this.counters());
  }

  /** A packet without a network header: stations introduce themselves in some of them. */
  private hearBelow(frame: Frame, timeUs: number, packet: number): void {
    if (frame.oddity !== '') this.odd(frame.oddity, timeUs, packet);
    // Without a hardware address the type is that of an older packet.
    else if (frame.sourceMac < 0) return;
    else if (frame.etherType === LLDP) this.hearStation(this.lldp, 'lldp_broken', frame, timeUs, packet);
    else if (frame.etherType === CDP) this.hearStation(this.cdp, 'cdp_broken', frame, timeUs, packet);
  }

  private hearStation(report: StationReport, oddity: string, frame: Frame, timeUs: number, packet: number): void {
    const { station } = this;
    this.order.packet = packet;
    this.order.row = -1;
    station.timeUs = timeUs;
    station.flow = -1;
    station.packet = packet;
    report.open(frame.view, frame.payload, frame.end);
    const own = addressKey(frame.view, frame.sourceMac, 6);
    const chassis = report.mac < 0 ? own : addressKey(frame.view, report.mac, 6);
    while (report.next()) {
      station.attribute = report.attribute;
      station.value = report.value;
      station.source = report.source;
      station.confidence = report.confidence;
      station.mac = own;
      this.listener.announcement(station);
      // A port of a switch has an address of its own; its owner is known by the chassis'.
      if (chassis === own) continue;
      station.mac = chassis;
      this.listener.announcement(station);
    }
    if (report.isBroken) this.odd(oddity, timeUs, packet);
  }

  private hearArp(frame: Frame, partition: number): void {
    const { arp } = this;
    if (!decodeArp(frame.view, frame.network, frame.end, arp) || arp.probe) return;
    frame.sequence = arp.operation;
    frame.acknowledgement = frame.view.getInt32(arp.senderMac + 2);
    if (this.tracker.duplicates.isCopy(partition, this.tracker.table.hostHash, frame)) return;
    const how = arp.gratuitous ? 'arp-gratuitous' : arp.operation === ARP_REPLY ? 'arp-reply' : 'arp-request';
    this.tell(frame, arp.senderAddress, 4, arp.senderMac, how);
  }

  private hearNdp(frame: Frame): void {
    const { ndp } = this;
    if (frame.timeToLive !== 255 || !decodeNdp(frame.view, frame.transport, frame.end, ndp)) return;
    if (ndp.kind === NEIGHBOUR_ADVERTISEMENT && ndp.targetAddress >= 0 && ndp.mac >= 0) {
      this.tell(frame, ndp.targetAddress, 16, ndp.mac, 'ndp');
    }
  }

  private tell(frame: Frame, address: number, bytes: number, mac: number, how: string): void {
    const { told } = this;
    this.order.packet = frame.packet;
    this.order.row = -1;
    told.timeUs = frame.timeUs;
    told.flow = -1;
    told.packet = frame.packet;
    told.address = addressKey(frame.view, address, bytes);
    told.mac = addressKey(frame.view, mac, 6);
    told.how = how;
    told.timeToLive = 0;
    this.listener.neighbour(told);
  }

  /** The capture is over: everything open ends. */
  finish(): void {
    const nowUs = Number.isFinite(this.lastUs) ? this.lastUs : 0;
    this.tracker.finishAll(nowUs, this.packets);
  }

  counters(): SensorCounters {
    const { tracker } = this;
    return {
      packets: this.packets,
      bytes: this.bytes,
      wireBytes: this.wireBytes,
      dropped: this.dropped,
      truncated: this.truncated,
      duplicates: tracker.duplicates.dropped,
      flows: tracker.flows,
      flowsOpen: tracker.table.open,
      flowsEvicted: tracker.table.evicted,
      firstUs: this.firstUs,
      lastUs: this.lastUs,
    };
  }
}
