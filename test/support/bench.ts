/**
 * One detector alone, with knowledge that the test sets: pins a decision without a hospital around it.
 *
 * Devices are numbers: below 10,000 medical, from 90,000 on outside, the rest machines of other people.
 */
import type {
  Bin,
  DetectorOptions,
  DeviceFacts,
  Knowledge,
  Link,
  Metric,
  Relation,
  Report,
  Span,
  Verdict,
  Watch,
} from '../../src/detect.ts';
import { detectors } from '../../src/detectors/index.ts';
import * as records from '../../src/records.ts';

export const SECOND_US = 1e6;
export const MINUTE_US = 60e6;
export const HOUR_US = 3600e6;
export const DAY_US = 86_400e6;
export const OUTSIDE = 90_000;

export class Bench {
  readonly reports: Report[] = [];
  /** What the test knows better than the defaults. */
  readonly facts: Map<number, Partial<DeviceFacts>> = new Map();
  private readonly watch: Watch;
  nowUs = 1e15;

  constructor(id: string, knowledge: Partial<Knowledge> = {}, options: DetectorOptions = {}) {
    const detector = detectors.find((one) => one.id === id);
    if (detector === undefined) throw new Error(`There is no card ${id}.`);
    const known: Knowledge = { ...this.defaults(), ...knowledge };
    this.watch = detector.watch({ ...detector.options, ...options }, known, (report) => this.reports.push(report));
  }

  private defaults(): Knowledge {
    const known: Omit<Knowledge, 'updateSeconds'> = {
      rhythm: () => null,
      standing: (device) => linkOf(device, device),
      device: (number) => ({ ...factsOf(number), ...this.facts.get(number) }),
      profile: () => null,
      allows: () => 'unknown',
      verdict: () => verdictOf(),
      offers: () => false,
      mayTalk: () => true,
      isJumpHost: () => false,
      indicator: () => null,
      inClinicalUse: () => false,
      window: () => '',
      trouble: () => '',
      coveragePercent: () => 100,
    };
    // Far below what any option asks for.
    return Object.assign(known, { updateSeconds: () => 10 });
  }

  after(us: number): this {
    this.nowUs += us;
    return this;
  }

  tell<Kind extends Exclude<keyof typeof records.recordKinds, 'expectation' | 'announcement'>>(
    kind: Kind,
    fields: Partial<ReturnType<(typeof records.recordKinds)[Kind]>>,
    link: Link,
  ): this {
    const record = Object.assign(records.recordKinds[kind](), { timeUs: this.nowUs, packet: 9 }, fields);
    (this.watch[kind] as ((record: unknown, link: Link) => void) | undefined)?.(record, link);
    return this;
  }

  relation(fields: Partial<Relation>, verdict: Partial<Verdict>, link: Link, flow = 0): this {
    const { client: device, server: peer, service } = link;
    const relation: Relation = { device, peer, role: 'client', service, verb: '', ...fields };
    const at = Object.assign(new records.Moment(), { timeUs: this.nowUs, flow, packet: 9 });
    this.watch.relation?.(relation, verdictOf(verdict), at, link);
    return this;
  }

  bin(metric: Metric, span: Span, fields: Partial<Bin>, link: Link = linkOf(1, OUTSIDE)): this {
    const lengthUs = span === 'day' ? DAY_US : HOUR_US;
    const bin: Bin = {
      device: link.client,
      peer: link.server,
      metric,
      span,
      startUs: this.nowUs - lengthUs,
      endUs: this.nowUs,
      value: 0,
      usual: Number.NaN,
      limit: Number.NaN,
      deviation: Number.NaN,
      run: 0,
      state: 'watch',
      balance: null,
      longTerm: null,
      ...fields,
    };
    this.watch.bin?.(bin, Object.assign(new records.Moment(), { timeUs: this.nowUs, flow: 0, packet: 9 }), link);
    return this;
  }

  tick(): this {
    this.watch.tick?.(this.nowUs);
    return this;
  }

  /** How sure it was, each time it spoke. */
  get said(): number[] {
    return this.reports.map(({ confidence }) => confidence);
  }
}

function factsOf(number: number): DeviceFacts {
  const external = number >= OUTSIDE;
  const address = external ? `203.0.113.${number - OUTSIDE}` : `10.0.0.${number}`;
  const medical = number < 10_000;
  return { number, label: address, address, class: '', tier: 3, medical, external, zone: '', domain: '' };
}

export function verdictOf(fields: Partial<Verdict> = {}): Verdict {
  return {
    state: 'watch',
    accepted: false,
    rejected: false,
    isHeld: false,
    count: 0,
    firstSeenUs: 0,
    acceptedCount: 0,
    peerPrevalence: 0,
    groupSize: 0,
    groupKnowing: 0,
    ...fields,
  };
}

export function linkOf(client: number, server: number, fields: Partial<Link> = {}): Link {
  return {
    client,
    server,
    clientAddress: `10.0.0.${client}`,
    serverAddress: `10.0.0.${server}`,
    transport: 6,
    clientPort: 40_000,
    serverPort: 104,
    protocol: 'dicom',
    service: 'dicom',
    established: true,
    midstream: false,
    startUs: 1e15,
    payload: 0,
    communityId: () => '',
    ...fields,
  };
}
