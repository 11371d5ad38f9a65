/** A hospital in miniature for tests of inventory, baseline and detectors: records told to an analyst, no packets. */
import { parseAddress } from '../../src/bytes/address.ts';
import { type Prefix, parsePrefix } from '../../src/bytes/prefix.ts';
import type { DetectorOptions } from '../../src/detect.ts';
import { detectors } from '../../src/detectors/index.ts';
import { type Limits, limits } from '../../src/limits.ts';
import type { FindingRow, HeldRow } from '../../src/model.ts';
import { Analyst, type AnalystSettings } from '../../src/pipeline/analyst.ts';
import { alertRows } from '../../src/pipeline/rows.ts';
import * as records from '../../src/records.ts';

export const NOON_US: number = Date.UTC(2026, 2, 2, 12) * 1000;
const MINUTE_US = 60e6;

export interface WardOptions {
  /** Minutes after noon from which on everything is watched; null: states go by time. */
  readonly learnUntilMinutes?: number | null;
  readonly settings?: Partial<AnalystSettings>;
  readonly limits?: Partial<Limits>;
  /** Of a run that somebody else keeps. */
  readonly analyst?: Analyst;
}

export class TestWard {
  readonly analyst: Analyst;
  private flow = 0;
  private packet = 0;
  nowUs = NOON_US;

  constructor(options: WardOptions = {}) {
    const all = { ...limits, ...options.limits };
    const minutes = options.learnUntilMinutes === undefined ? 10 : options.learnUntilMinutes;
    this.analyst =
      options.analyst ??
      new Analyst({
        limits: all,
        site: 'test',
        run: 'test',
        internal: prefixes('10.0.0.0/8'),
        zones: [],
        listed: [],
        jumpHosts: [],
        windows: [],
        baseline: {
          limits: all,
          on: true,
          structureDays: 14,
          laterDays: 7,
          acceptDays: 3,
          learnUntilUs: minutes === null ? null : NOON_US + minutes * MINUTE_US,
        },
        detectors: detectors.map((detector) => ({ detector, options: detector.options })),
        severityOf: () => null,
        vendorOf: () => '',
        onInterval: () => {},
        ...options.settings,
      });
    this.at(0);
  }

  /** Moves the clock to so many minutes after noon. */
  at(minutes: number): this {
    this.nowUs = NOON_US + minutes * MINUTE_US;
    this.analyst.tick(this.nowUs);
    return this;
  }

  private moment<Record extends records.Moment>(record: Record, flow: number): Record {
    this.packet++;
    return Object.assign(record, { timeUs: this.nowUs, flow, packet: this.packet });
  }

  /** The first packet of a conversation. Returns its flow number. */
  begin(client: string, server: string, port: number, transport = 6): number {
    const flow = this.flow++;
    const start = this.moment(new records.FlowStart(), flow);
    Object.assign(start, {
      transport,
      client: parseAddress(client),
      server: parseAddress(server),
      clientPort: 40_000 + flow,
      serverPort: port,
    });
    this.analyst.flowStart(start);
    return flow;
  }

  /** A conversation over TCP; with a protocol it is known at once. Returns its flow number. */
  connect(client: string, server: string, port: number, protocol = ''): number {
    const flow = this.begin(client, server, port);
    if (protocol !== '') {
      const told = this.moment(new records.FlowProtocol(), flow);
      told.protocol = protocol;
      this.analyst.flowProtocol(told);
    }
    this.analyst.flowEstablished(this.moment(new records.FlowEstablished(), flow));
    if (protocol === '') this.analyst.flowUpdate(this.moment(new records.FlowUpdate(), flow));
    return flow;
  }

  /** The interval is over, and the conversation goes on. */
  update(flow: number, fields: Partial<records.FlowUpdate> = {}): void {
    this.analyst.flowUpdate(Object.assign(this.moment(new records.FlowUpdate(), flow), fields));
  }

  /** Images from a modality to an archive. */
  store(client: string, server: string, fields: Partial<records.Instance> = {}): number {
    const flow = this.connect(client, server, 104, 'dicom');
    this.analyst.associationAnswer(this.moment(new records.AssociationAnswer(), flow));
    this.dimse(flow, { verb: 'C-STORE-RQ', sopClass: '1.2.840.10008.5.1.4.1.1.2' });
    const instance = Object.assign(this.moment(new records.Instance(), flow), { bytes: 1000, studyHash: 1, ...fields });
    this.analyst.instance(instance);
    return flow;
  }

  dimse(flow: number, fields: Partial<records.Dimse>): void {
    this.analyst.dimse(Object.assign(this.moment(new records.Dimse(), flow), fields));
  }

  hl7(flow: number, fields: Partial<records.Hl7Message>): void {
    this.analyst.hl7Message(Object.assign(this.moment(new records.Hl7Message(), flow), fields));
  }

  /** A request to copy images to a station. */
  move(client: string, server: string, destination: string): void {
    const flow = this.connect(client, server, 104, 'dicom');
    this.dimse(flow, { verb: 'C-MOVE-RQ', sopClass: '1.2.840.10008.5.1.4.1.2.2.2', moveDestination: destination });
  }

  identity(flow: number, attribute: string, value: string, confidence = 0.8, source = 'test'): void {
    this.analyst.identity(
      Object.assign(this.moment(new records.Identity(), flow), { attribute, value, confidence, source }),
    );
  }

  neighbour(address: string, mac: string, fields: Partial<records.Neighbour> = {}): void {
    const key = String.fromCharCode(...keyUnits(mac));
    this.analyst.neighbour(
      Object.assign(this.moment(new records.Neighbour(), -1), {
        address: parseAddress(address),
        mac: key,
        timeToLive: 64,
        ...fields,
      }),
    );
  }

  lease(mac: string, address: string, fields: Partial<records.Lease> = {}): void {
    const key = String.fromCharCode(...keyUnits(mac));
    this.analyst.lease(
      Object.assign(this.moment(new records.Lease(), -1), {
        mac: key,
        address: parseAddress(address),
        kind: 5,
        ...fields,
      }),
    );
  }

  get findings(): FindingRow[] {
    return alertRows(this.analyst).findings;
  }

  get held(): HeldRow[] {
    return alertRows(this.analyst).held;
  }

  /** Findings of one card, as `device < peer service`. */
  said(card: string): string[] {
    return this.findings
      .filter(({ detector }) => detector === card)
      .map(({ deviceAddress, peerAddress, service }) => `${deviceAddress} < ${peerAddress} ${service}`)
      .sort();
  }
}

/** One card with options of the test. */
export function withOptions(id: string, options: DetectorOptions): AnalystSettings['detectors'][number] {
  const detector = detectors.find((one) => one.id === id);
  if (detector === undefined) throw new Error(`There is no card ${id}.`);
  return { detector, options: { ...detector.options, ...options } };
}

function keyUnits(mac: string): number[] {
  const digits = mac.replaceAll(':', '');
  return [0, 4, 8].map((at) => Number.parseInt(digits.slice(at, at + 4), 16));
}

export function prefixes(...texts: string[]): Prefix[] {
  return texts.map(parsePrefix).filter((prefix) => prefix !== null);
}
