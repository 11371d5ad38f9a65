/**
 * One decoded packet in, records out: finds the flow, keeps its counters and its state, gives payload to
 * the streams, and ends what has been idle too long.
 *
 * All times are packet times. Whatever happens on a tick happens in the order of row numbers, so that the
 * records are the same however many workers share the partitions (`order` says where a record belongs).
 */
import { type AddressKey, addressKey, ipv4Key } from '../bytes/address.ts';
import type { Limits } from '../limits.ts';
import type { FlowEnding, Protocol } from '../protocol.ts';
import {
  Echo,
  FlowEnd,
  FlowEstablished,
  FlowOpen,
  FlowStart,
  FlowUpdate,
  Message,
  Neighbour,
  type Records,
  Rhythm,
  stamp,
} from '../records.ts';
import { ACK, FIN, type Frame, ICMP, ICMPV6, RST, SCTP, SYN, TCP, UDP } from '../wire/frame.ts';
import { Duplicates } from './duplicates.ts';
import { EchoReader, icmpKind } from './icmp.ts';
import { RhythmTable } from './rhythm.ts';
import { Streams } from './streams.ts';
import { BYTES, COUNTERS, FIRST_US, FlowTable, LAST_US, PACKETS, PAYLOAD } from './table.ts';

/** Flow flags. */
const ANNOUNCED = 1;
const ESTABLISHED = 2;
const MIDSTREAM = 4;
const FIN_0 = 8;
const FIN_1 = 16;
const RESET = 32;
const NEIGHBOUR_0 = 64;
const NEIGHBOUR_1 = 128;

/** Ages at which a flow that is still open is reported (detection.md, decision 5). */
const OPEN_STEPS_SECONDS: readonly number[] = [600, 1800, 3600, 4 * 3600, 8 * 3600, 12 * 3600, 24 * 3600];

/** Where a record belongs among those of all workers: packet, then phase, then row. */
export interface Order {
  packet: number;
  /** 0 flows that end, 1 gaps, 2 interval updates, 3 the packet itself, 4 the end of the capture. */
  phase: number;
  row: number;
}

export class FlowTracker {
  readonly table: FlowTable;
  readonly streams: Streams;
  readonly duplicates: Duplicates;
  readonly rhythms: RhythmTable;
  readonly order: Order = { packet: 0, phase: 3, row: -1 };
  /** Conversations of TCP, UDP and SCTP that began. */
  flows = 0;
  gapBytes = 0;
  retransmits = 0;

  private readonly limits: Limits;
  private readonly records: Records;
  private readonly flags: Uint8Array;
  private readonly initial: Int32Array;
  private readonly step: Uint8Array;
  private readonly synUs: Float64Array;
  private readonly rttUs: Float64Array;
  /** Counters at the last update, laid out as the table's. */
  private readonly told: Float64Array;
  private readonly toldRetransmits: Int32Array;
  private readonly toldGaps: Float64Array;
  private readonly touched: Int32Array;
  private readonly touchedIn: Int32Array;
  private touchedCount = 0;
  private interval = 1;
  private readonly start = new FlowStart();
  private readonly established = new FlowEstablished();
  private readonly update = new FlowUpdate();
  private readonly end = new FlowEnd();
  private readonly stillOpen = new FlowOpen();
  private readonly rhythm = new Rhythm();
  private readonly neighbour = new Neighbour();
  private readonly message = new Message();
  private readonly echo = new Echo();
  private readonly echoes = new EchoReader();

  constructor(limits: Limits, protocols: readonly Protocol<unknown>[], records: Records) {
    this.limits = limits;
    this.records = records;
    this.table = new FlowTable(limits);
    this.streams = new Streams(limits, this.table, protocols, records);
    this.duplicates = new Duplicates(limits);
    const rows = this.table.rowsMax;
    this.rhythms = new RhythmTable(limits, rows);
    this.flags = new Uint8Array(rows);
    this.initial = new Int32Array(rows);
    this.step = new Uint8Array(rows);
    this.synUs = new Float64Array(rows);
    this.rttUs = new Float64Array(rows);
    this.told = new Float64Array(rows * COUNTERS);
    this.toldRetransmits = new Int32Array(rows);
    this.toldGaps = new Float64Array(rows);
    this.touched = new Int32Array(rows);
    this.touchedIn = new Int32Array(rows);
  }

  /** The packet's partition must have been asked of `table.partitionOf` just before. */
  packet(frame: Frame, partition: number): void {
    if (this.duplicates.isCopy(partition, this.table.hostHash, frame)) return;
    this.order.packet = frame.packet;
    this.order.phase = 3;
    this.order.row = -1;
    const { table, flags } = this;
    const transport = frame.transportProtocol;
    const tcp = transport === TCP;
    // Of protocols without ports (ICMP's stand for type and code) the pair of hosts is the flow.
    const ported = tcp || transport === UDP || transport === SCTP;
    const sourcePort = ported ? frame.sourcePort : 0;
    const targetPort = ported ? frame.targetPort : 0;
    let row = table.find(partition, transport, sourcePort, targetPort);
    if (row >= 0 && tcp && this.isReopened(row, frame)) {
      this.finish(row, frame.timeUs, frame.packet);
      row = -1;
    }
    if (row < 0) row = this.open(frame, partition, sourcePort, targetPort);
    const side = table.side;
    const counters = table.counters;
    const at = row * COUNTERS;
    if (frame.timeUs > counters[at + LAST_US]!) counters[at + LAST_US] = frame.timeUs;
    counters[at + PACKETS + side]!++;
    counters[at + BYTES + side]! += frame.payload - frame.network + frame.payloadWire;
    counters[at + PAYLOAD + side]! += frame.payloadWire;
    if (this.touchedIn[row] !== this.interval) {
      this.touchedIn[row] = this.interval;
      this.touched[this.touchedCount++] = row;
    }
    if ((flags[row]! & (side === 0 ? NEIGHBOUR_0 : NEIGHBOUR_1)) === 0) this.tellNeighbour(row, side, frame);
    if (tcp) this.tcp(row, side, frame);
    else this.datagram(row, side, frame);
    if ((flags[row]! & ESTABLISHED) === 0) this.tellEstablished(row, tcp, frame);
  }

  /** A new SYN on a pair of ports whose conversation is over, or with another initial number. */
  private isReopened(row: number, frame: Frame): boolean {
    if ((frame.tcpFlags & (SYN | ACK)) !== SYN) return false;
    // Not a word from this side yet: the other side's answer to this very SYN overtook it on its way to us.
    if (this.table.counters[row * COUNTERS + PACKETS + this.table.side] === 0) return false;
    const flags = this.flags[row]!;
    if ((flags & (FIN_0 | FIN_1 | RESET)) !== 0) return true;
    return (flags & MIDSTREAM) === 0 && this.initial[row] !== frame.sequence && (flags & ESTABLISHED) !== 0;
  }

  private open(frame: Frame, partition: number, sourcePort: number, targetPort: number): number {
    const { table } = this;
    const { timeUs } = frame;
    const victim = table.victim(partition);
    if (victim >= 0) {
      table.evicted++;
      this.finish(victim, timeUs, frame.packet, 'evicted');
    }
    const row = table.add(partition, frame, sourcePort, targetPort);
    this.flags[row] = 0;
    this.initial[row] = frame.sequence;
    this.step[row] = 0;
    this.synUs[row] = -1;
    this.rttUs[row] = -1;
    this.told.fill(0, row * COUNTERS, (row + 1) * COUNTERS);
    this.toldRetransmits[row] = 0;
    this.toldGaps[row] = 0;
    this.streams.open(row);
    if (frame.transportProtocol === TCP) this.rhythms.open(row);
    const transport = frame.transportProtocol;
    const { tcpOpeningSeconds, udpIdleSeconds, otherIdleSeconds } = this.limits;
    const idle = transport === TCP ? tcpOpeningSeconds : transport === UDP ? udpIdleSeconds : otherIdleSeconds;
    table.idleSeconds[row] = idle;
    table.schedule(row, timeUs, idle);
    return row;
  }

  private tcp(row: number, side: number, frame: Frame): void {
    const { streams, flags } = this;
    const bits = frame.tcpFlags;
    if ((bits & SYN) !== 0) {
      streams.begin(row, side, frame.sequence);
      const server = (bits & ACK) !== 0 ? side : 1 - side;
      if (streams.serverSide[row]! < 0) streams.serverSide[row] = server;
      if (server === side) {
        if (this.synUs[row]! >= 0 && this.rttUs[row]! < 0) this.rttUs[row] = frame.timeUs - this.synUs[row]!;
      } else {
        this.initial[row] = frame.sequence;
        if (this.synUs[row]! < 0) this.synUs[row] = frame.timeUs;
      }
      this.announce(row, frame.timeUs, frame.packet, false);
      return;
    }
    if (frame.payloadWire > 0) {
      if ((flags[row]! & ANNOUNCED) === 0) this.announce(row, frame.timeUs, frame.packet, true);
      this.rhythms.heard(row, side, frame, this.table.counters, row * COUNTERS + FIRST_US);
    }
    streams.tcpPayload(row, side, frame);
    if ((bits & (FIN | RST)) === 0) return;
    if ((bits & RST) !== 0) flags[row]! |= RESET;
    else flags[row]! |= side === 0 ? FIN_0 : FIN_1;
    if ((flags[row]! & RESET) !== 0 || (flags[row]! & (FIN_0 | FIN_1)) === (FIN_0 | FIN_1)) {
      this.table.idleSeconds[row] = this.limits.tcpClosedSeconds;
      this.table.schedule(row, frame.timeUs, this.limits.tcpClosedSeconds);
    }
  }

  private datagram(row: number, side: number, frame: Frame): void {
    if ((this.flags[row]! & ANNOUNCED) === 0) this.announce(row, frame.timeUs, frame.packet, false);
    const transport = frame.transportProtocol;
    if (transport === UDP) this.streams.datagram(row, side, frame);
    else if (transport === ICMP || transport === ICMPV6) this.tellIcmp(row, side, frame);
  }

  private tellIcmp(row: number, side: number, frame: Frame): void {
    const { message } = this;
    const transport = frame.transportProtocol;
    message.timeUs = frame.timeUs;
    message.flow = row;
    message.packet = frame.packet;
    message.fromClient = side !== this.streams.serverSide[row];
    message.protocol = transport === ICMP ? 'icmp' : 'icmpv6';
    message.kind = icmpKind(transport, frame.icmpType);
    this.records.message(message);
    const { echo } = this;
    if (!this.echoes.read(frame, echo)) return;
    stamp(echo, message);
    echo.fromClient = message.fromClient;
    this.records.echo(echo);
  }

  /** Says that the flow has begun. Who is server is known from the handshake, else guessed from the ports. */
  private announce(row: number, timeUs: number, packet: number, midstream: boolean): void {
    const { table, streams, start, flags } = this;
    if ((flags[row]! & ANNOUNCED) !== 0) return;
    flags[row]! |= midstream ? ANNOUNCED | MIDSTREAM : ANNOUNCED;
    if (streams.serverSide[row]! < 0) streams.serverSide[row] = this.guessServer(row);
    const server = streams.serverSide[row]!;
    start.timeUs = Math.min(timeUs, table.counters[row * COUNTERS + FIRST_US]!);
    start.flow = row;
    start.packet = packet;
    start.transport = table.protocol(row);
    start.client = this.address(row, 1 - server);
    start.server = this.address(row, server);
    start.clientPort = table.port(row, 1 - server);
    start.serverPort = table.port(row, server);
    start.midstream = midstream;
    if (start.transport === TCP || start.transport === UDP || start.transport === SCTP) this.flows++;
    this.records.flowStart(start);
  }

  private guessServer(row: number): number {
    const { table, streams } = this;
    const first = table.port(row, 0);
    const second = table.port(row, 1);
    const firstKnown = streams.isServerPort(first);
    if (firstKnown !== streams.isServerPort(second)) return firstKnown ? 0 : 1;
    // Among datagrams the first speaker is the client; in the middle of a TCP stream the lower port is the server.
    if (table.protocol(row) !== TCP || first === second) return 1;
    return first < second ? 0 : 1;
  }

  private address(row: number, side: number): AddressKey {
    const { table } = this;
    const word = (i: number): number => table.addressWord(row, side, i);
    const last = word(3);
    if (word(0) === 0 && word(1) === 0 && word(2) === 0xffff) return ipv4Key(last);
    return String.fromCharCode(
      word(0) >>> 16,
      word(0) & 0xffff,
      word(1) >>> 16,
      word(1) & 0xffff,
      word(2) >>> 16,
      word(2) & 0xffff,
      last >>> 16,
      last & 0xffff,
    );
  }

  private tellNeighbour(row: number, side: number, frame: Frame): void {
    this.flags[row]! |= side === 0 ? NEIGHBOUR_0 : NEIGHBOUR_1;
    if (frame.sourceMac < 0) return;
    const { neighbour } = this;
    neighbour.timeUs = frame.timeUs;
    neighbour.flow = row;
    neighbour.packet = frame.packet;
    neighbour.address = addressKey(frame.view, frame.sourceAddress, frame.addressBytes);
    neighbour.mac = addressKey(frame.view, frame.sourceMac, 6);
    neighbour.how = 'ip';
    neighbour.timeToLive = frame.timeToLive;
    this.records.neighbour(neighbour);
  }

  /** TCP: both ends have been heard and one has said something. Datagrams: both ends have spoken. */
  private tellEstablished(row: number, tcp: boolean, frame: Frame): void {
    const { counters } = this.table;
    const at = row * COUNTERS;
    if (counters[at + PACKETS] === 0 || counters[at + PACKETS + 1] === 0) return;
    if (tcp) {
      if (counters[at + PAYLOAD]! + counters[at + PAYLOAD + 1]! === 0) return;
      const flags = this.flags[row]!;
      if ((flags & (FIN_0 | FIN_1 | RESET)) === 0) this.table.idleSeconds[row] = this.limits.tcpIdleSeconds;
    }
    this.flags[row]! |= ESTABLISHED;
    this.established.timeUs = frame.timeUs;
    this.established.flow = row;
    this.established.packet = frame.packet;
    this.records.flowEstablished(this.established);
  }

  /** Once per second of packet time: ends idle flows, reports long ones, declares old holes lost. */
  tick(nowUs: number, packet: number): void {
    const { order, streams } = this;
    order.packet = packet;
    order.phase = 0;
    const due = this.table.due(nowUs);
    for (let i = 0; i < due; i++) {
      const row = this.table.dueRows[i]!;
      order.row = row;
      this.lookAt(row, nowUs, packet);
    }
    order.phase = 1;
    for (const direction of streams.staleHoles(nowUs)) {
      order.row = direction >> 1;
      streams.skipStale(direction, nowUs);
    }
    order.phase = 3;
    order.row = -1;
  }

  private lookAt(row: number, nowUs: number, packet: number): void {
    const { table } = this;
    const lastUs = table.counters[row * COUNTERS + LAST_US]!;
    const firstUs = table.counters[row * COUNTERS + FIRST_US]!;
    const leftSeconds = table.idleSeconds[row]! - Math.floor((nowUs - lastUs) / 1e6);
    if (leftSeconds <= 0) {
      this.finish(row, nowUs, packet);
      return;
    }
    const ageSeconds = Math.floor((nowUs - firstUs) / 1e6);
    let step = OPEN_STEPS_SECONDS[this.step[row]!];
    while (step !== undefined && ageSeconds >= step) {
      if ((this.flags[row]! & ANNOUNCED) !== 0) this.tellOpen(row, nowUs, packet, step);
      this.step[row]!++;
      step = OPEN_STEPS_SECONDS[this.step[row]!];
    }
    table.schedule(row, nowUs, step === undefined ? leftSeconds : Math.min(leftSeconds, step - ageSeconds));
  }

  private tellOpen(row: number, nowUs: number, packet: number, stepSeconds: number): void {
    const { stillOpen, table, streams } = this;
    const server = streams.serverSide[row]!;
    stillOpen.timeUs = nowUs;
    stillOpen.flow = row;
    stillOpen.packet = packet;
    stillOpen.stepSeconds = stepSeconds;
    stillOpen.payloadToServer = table.counters[row * COUNTERS + PAYLOAD + 1 - server]!;
    stillOpen.payloadToClient = table.counters[row * COUNTERS + PAYLOAD + server]!;
    this.records.flowOpen(stillOpen);
  }

  /** Once per interval: what each flow that was heard has carried since the last time. */
  reportInterval(nowUs: number, packet: number): void {
    const { order, table } = this;
    order.packet = packet;
    order.phase = 2;
    const rows = this.touched.subarray(0, this.touchedCount).sort();
    for (const row of rows) {
      if (table.used[row] === 0 || (this.flags[row]! & ANNOUNCED) === 0) continue;
      order.row = row;
      this.fill(this.update, row, nowUs, packet);
      this.records.flowUpdate(this.update);
      this.tellRhythm(row, nowUs, packet);
    }
    this.touchedCount = 0;
    this.interval++;
    order.phase = 3;
    order.row = -1;
  }

  private tellRhythm(row: number, timeUs: number, packet: number): void {
    const { rhythm, rhythms, table } = this;
    if (table.protocol(row) !== TCP || !rhythms.isDue(row)) return;
    const server = this.streams.serverSide[row]! < 0 ? 1 : this.streams.serverSide[row]!;
    const at = row * COUNTERS;
    rhythm.timeUs = timeUs;
    rhythm.flow = row;
    rhythm.packet = packet;
    rhythm.payloadToServer = table.counters[at + PAYLOAD + 1 - server]!;
    rhythm.payloadToClient = table.counters[at + PAYLOAD + server]!;
    rhythm.durationUs = table.counters[at + LAST_US]! - table.counters[at + FIRST_US]!;
    rhythms.fill(rhythm, row, server);
    this.records.rhythm(rhythm);
  }

  /** Fills an update with what is new since the last one. */
  private fill(update: FlowUpdate, row: number, timeUs: number, packet: number): void {
    const { table, told, streams } = this;
    const { counters } = table;
    const at = row * COUNTERS;
    const server = streams.serverSide[row]! < 0 ? 1 : streams.serverSide[row]!;
    const client = 1 - server;
    update.timeUs = timeUs;
    update.flow = row;
    update.packet = packet;
    update.packetsToServer = counters[at + PACKETS + client]! - told[at + PACKETS + client]!;
    update.packetsToClient = counters[at + PACKETS + server]! - told[at + PACKETS + server]!;
    update.bytesToServer = counters[at + BYTES + client]! - told[at + BYTES + client]!;
    update.bytesToClient = counters[at + BYTES + server]! - told[at + BYTES + server]!;
    update.payloadToServer = counters[at + PAYLOAD + client]! - told[at + PAYLOAD + client]!;
    update.payloadToClient = counters[at + PAYLOAD + server]! - told[at + PAYLOAD + server]!;
    for (let i = PACKETS; i < COUNTERS; i++) told[at + i] = counters[at + i]!;
    const retransmits = streams.retransmits[row * 2]! + streams.retransmits[row * 2 + 1]!;
    const gaps = streams.gapBytes[row * 2]! + streams.gapBytes[row * 2 + 1]!;
    update.retransmits = retransmits - this.toldRetransmits[row]!;
    update.gapBytes = gaps - this.toldGaps[row]!;
    this.toldRetransmits[row] = retransmits;
    this.toldGaps[row] = gaps;
    update.durationUs = counters[at + LAST_US]! - counters[at + FIRST_US]!;
    update.rttUs = this.rttUs[row]!;
  }

  /** Ends a flow. Without `how` its own state says: closed, reset, or idle too long. */
  private finish(row: number, timeUs: number, packet: number, how?: FlowEnding): void {
    const flags = this.flags[row]!;
    const ended = (flags & RESET) !== 0 ? 'reset' : (flags & (FIN_0 | FIN_1)) === (FIN_0 | FIN_1) ? 'closed' : null;
    const ending = ended ?? how ?? 'timeout';
    if ((flags & ANNOUNCED) === 0) this.announce(row, timeUs, packet, this.table.protocol(row) === TCP);
    this.streams.close(row, ending, this.table.counters[row * COUNTERS + LAST_US]!);
    this.gapBytes += this.streams.gapBytes[row * 2]! + this.streams.gapBytes[row * 2 + 1]!;
    this.retransmits += this.streams.retransmits[row * 2]! + this.streams.retransmits[row * 2 + 1]!;
    this.tellRhythm(row, timeUs, packet);
    this.rhythms.close(row);
    this.fill(this.end, row, timeUs, packet);
    this.end.how = ending;
    this.records.flowEnd(this.end);
    this.table.remove(row);
  }

  /** The capture is over: every flow ends, as open unless it had ended before. */
  finishAll(nowUs: number, packet: number): void {
    this.order.packet = packet;
    this.order.phase = 4;
    for (let row = 0; row < this.table.rowsMax; row++) {
      if (this.table.used[row] === 0) continue;
      this.order.row = row;
      this.finish(row, nowUs, packet, 'open');
    }
  }
}
