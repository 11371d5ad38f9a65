/** Weeks of a small hospital, told to an analyst interval by interval: for what is judged by bins. */
import { parseAddress } from '../../src/bytes/address.ts';
import { detectors } from '../../src/detectors/index.ts';
import { limits } from '../../src/limits.ts';
import type { FindingRow } from '../../src/model.ts';
import type { AnalystSettings } from '../../src/pipeline/analyst.ts';
import { Analyst } from '../../src/pipeline/analyst.ts';
import { alertRows } from '../../src/pipeline/rows.ts';
import * as records from '../../src/records.ts';
import { prefixes } from './ward.ts';

/** Monday, midnight. */
export const MONDAY_US: number = Date.UTC(2026, 2, 2) * 1000;
export const HOUR_US = 3600e6;
export const DAY_US: number = 24 * HOUR_US;
const STEP_US = 300e6;

export interface Sent {
  readonly out?: number;
  readonly into?: number;
}

export class Hours {
  readonly analyst: Analyst;
  private flow = 0;
  private packet = 0;
  nowUs = MONDAY_US;
  /** Packets since the beginning, those lost before the sensor. */
  packets = 0;
  dropped = 0;

  constructor(learnUntilUs: number | null = MONDAY_US + 1e6, over: Partial<AnalystSettings> = {}) {
    this.analyst = new Analyst({
      limits,
      site: 'test',
      run: 'test',
      internal: prefixes('10.0.0.0/8'),
      zones: [],
      listed: [],
      jumpHosts: [],
      windows: [],
      baseline: { limits, on: true, structureDays: 14, laterDays: 7, acceptDays: 3, learnUntilUs },
      detectors: detectors.map((detector) => ({ detector, options: detector.options })),
      severityOf: () => null,
      vendorOf: () => '',
      onInterval: () => {},
      ...over,
    });
    this.analyst.tick(this.nowUs);
  }

  private moment<Record extends records.Moment>(record: Record, flow: number): Record {
    this.packet++;
    return Object.assign(record, { timeUs: this.nowUs, flow, packet: this.packet });
  }

  /** A conversation that is over at once. */
  talk(client: string, server: string, { out = 0, into = 0 }: Sent, protocol = 'dicom', port = 104): void {
    const flow = this.open(client, server, protocol, port);
    this.carry(flow, { out, into }, true);
  }

  open(client: string, server: string, protocol: string, port = 104): number {
    const flow = this.flow++;
    const ends = { client: parseAddress(client), server: parseAddress(server) };
    const ports = { clientPort: 40_000, serverPort: port };
    this.analyst.flowStart(
      Object.assign(this.moment(new records.FlowStart(), flow), { transport: 6, ...ends, ...ports }),
    );
    const told = this.moment(new records.FlowProtocol(), flow);
    told.protocol = protocol;
    this.analyst.flowProtocol(told);
    this.analyst.flowEstablished(this.moment(new records.FlowEstablished(), flow));
    return flow;
  }

  carry(flow: number, { out = 0, into = 0 }: Sent, isOver = false): void {
    const fields = { payloadToServer: out, payloadToClient: into, packetsToServer: 1, packetsToClient: 1 };
    if (isOver) this.analyst.flowEnd(Object.assign(this.moment(new records.FlowEnd(), flow), fields));
    else this.analyst.flowUpdate(Object.assign(this.moment(new records.FlowUpdate(), flow), fields));
  }

  /** A device is known to be medical: it stores an image. */
  scanner(client: string, server: string): void {
    const flow = this.open(client, server, 'dicom');
    const dimse = this.moment(new records.Dimse(), flow);
    this.analyst.dimse(Object.assign(dimse, { verb: 'C-STORE-RQ', sopClass: '1.2.840.10008.5.1.4.1.1.2' }));
    this.carry(flow, { out: 1000 }, true);
  }

  /** To a moment, one second of packet time after another only where it matters; every five minutes somebody is heard. */
  until(toUs: number, each: () => void = () => {}, isHeard = true): void {
    while (this.nowUs < toUs) {
      if (isHeard) this.talk('10.200.0.1', '10.200.0.2', { out: 10 }, 'syslog', 514);
      each();
      this.step();
    }
  }

  /** Five minutes are over. */
  step(stepUs = STEP_US): void {
    this.nowUs += stepUs;
    this.packets += 10_000;
    this.analyst.tick(this.nowUs);
    this.analyst.interval(this.nowUs, {
      packets: this.packets,
      bytes: 0,
      wireBytes: 0,
      dropped: this.dropped,
      truncated: 0,
      duplicates: 0,
      flows: 0,
      flowsOpen: 0,
      flowsEvicted: 0,
      firstUs: MONDAY_US,
      lastUs: this.nowUs,
    });
  }

  get hour(): number {
    return Math.floor(this.nowUs / HOUR_US) % 24;
  }

  get findings(): FindingRow[] {
    return alertRows(this.analyst).findings;
  }

  said(card: string): string[] {
    return this.findings
      .filter(({ detector }) => detector === card)
      .map(({ deviceAddress, peerAddress, service }) => `${deviceAddress} < ${peerAddress} ${service}`)
      .sort();
  }

  of(card: string): FindingRow | undefined {
    return this.findings.find(({ detector }) => detector === card);
  }
}
