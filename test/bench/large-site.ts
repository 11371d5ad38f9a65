/**
 * A large hospital as records told to an analyst, no packets: what each kind of device speaks with its servers in every
 * interval. Names become known at the first image or lease; some are never known.
 */
import type { Point } from '../../src/model.ts';
import { PointKnowledge } from '../../src/pipeline/point-knowledge.ts';
import type { SensorCounters } from '../../src/pipeline/points.ts';
import { tell } from '../support/tell.ts';
import { NOON_US, TestWard } from '../support/ward.ts';

interface Conversation {
  readonly flow: number;
  readonly protocol: string;
  /** Intervals between two times at which something is said. */
  readonly every: number;
  readonly phase: number;
}

/** What a device of a kind speaks: protocol, port, number of its server, every how many minutes. */
const kinds: readonly (readonly [share: number, talks: readonly (readonly [string, number, number, number])[]])[] = [
  [
    0.4,
    [
      ['intellivue', 24_105, 1, 1],
      ['dns', 53, 0, 5],
    ],
  ],
  [
    0.25,
    [
      ['alaris', 3_613, 2, 1],
      ['dns', 53, 0, 15],
    ],
  ],
  [
    0.05,
    [
      ['dicom', 104, 3, 4],
      ['dns', 53, 0, 5],
      ['http', 80, 6, 30],
    ],
  ],
  [
    0.1,
    [
      ['hl7', 2_575, 4, 1],
      ['dns', 53, 0, 5],
      ['snmp', 161, 7, 5],
    ],
  ],
  [
    0.2,
    [
      ['tls', 443, 8, 1],
      ['smb', 445, 5, 2],
      ['dicom', 104, 3, 20],
      ['dns', 53, 0, 1],
    ],
  ],
];
const SERVERS = 9;

export class LargeSite {
  private readonly ward: TestWard;
  private readonly knowledge: PointKnowledge;
  private readonly conversations: Conversation[] = [];
  private readonly unnamed: { readonly flow: number; readonly name: string; readonly at: number }[] = [];
  private taken = 0;
  private packets = 0;

  constructor(devices: number) {
    this.ward = new TestWard({
      learnUntilMinutes: 0,
      limits: { reportKeysMax: 65_536 },
      settings: { detectors: [], intervalSeconds: 60 },
    });
    this.knowledge = new PointKnowledge(this.ward.analyst, new Map(), () => ({}));
    let number = 0;
    for (const [share, talks] of kinds) {
      for (let i = 0; i < devices * share; i++) this.device(number++, talks);
    }
  }

  private device(number: number, talks: (typeof kinds)[number][1]): void {
    const address = `10.${1 + (number >> 16)}.${(number >> 8) & 255}.${number & 255}`;
    for (const [protocol, port, server, every] of talks) {
      const peer = protocol === 'tls' ? `203.0.${number % 113}.9` : `10.200.${number % 3}.${10 + (server % SERVERS)}`;
      const flow = this.ward.connect(address, peer, port, protocol);
      this.conversations.push({ flow, protocol, every, phase: number % every });
      // Three of four are known by a name, half of these from the first minute on.
      if (protocol === 'dns' && number % 4 !== 0) {
        this.unnamed.push({ flow, name: `DEVICE-${number}`, at: number % 2 === 0 ? 0 : number % 40 });
      }
    }
  }

  /** The next interval, of so many seconds; its points. */
  interval(seconds: number): Point[] {
    const { ward, taken } = this;
    ward.nowUs = NOON_US + (taken + 1) * seconds * 1e6;
    for (const { flow, name, at } of this.unnamed) {
      if (at === taken)
        tell(ward, 'identity', flow, { attribute: 'name', value: name, source: 'DHCP', confidence: 0.8 });
    }
    const isWhole = seconds > 60;
    for (const one of this.conversations) if (isWhole || taken % one.every === one.phase) this.speak(one, taken);
    this.taken++;
    return ward.analyst.points.take(ward.nowUs, this.knowledge.at(this.counters()), this.counters());
  }

  private speak({ flow, protocol }: Conversation, at: number): void {
    const { ward } = this;
    const vary = (flow * 7 + at * 13) % 97;
    const packets = { packetsToServer: 10 + vary, packetsToClient: 9 + vary };
    const bytes = { bytesToServer: 900 + 31 * vary, bytesToClient: 700 + 17 * vary };
    ward.update(flow, { ...packets, ...bytes, payloadToServer: 500 + 31 * vary, payloadToClient: 300 });
    if (protocol === 'hl7') {
      ward.hl7(flow, { type: 'ORU', bytes: 600 + vary, observations: 4 });
      ward.hl7(flow, { fromClient: false, type: 'ACK', acknowledgement: 'AA', latencyUs: 2_000 + 11 * vary });
    } else if (protocol === 'dicom') {
      ward.dimse(flow, { verb: 'C-STORE-RQ', sopClass: '1.2.840.10008.5.1.4.1.1.2' });
      ward.dimse(flow, { fromClient: false, verb: 'C-STORE-RSP', status: 0, latencyUs: 40_000 + 101 * vary });
      tell(ward, 'instance', flow, { bytes: 500_000 + 1_003 * vary, studyHash: 1 + (at >> 3) * 1_000 + (flow % 997) });
    } else if (protocol === 'intellivue' || protocol === 'alaris') {
      tell(ward, 'message', flow, { protocol, kind: 'value', count: 5 });
    }
  }

  private counters(): SensorCounters {
    this.packets += 100_000;
    const { packets } = this;
    const nothing = { dropped: 0, truncated: 0, duplicates: 0, flowsEvicted: 0 };
    const bytes = packets * 500;
    return {
      ...nothing,
      ...{ packets, bytes, wireBytes: bytes, flows: this.conversations.length, flowsOpen: this.conversations.length },
      ...{ firstUs: NOON_US, lastUs: this.ward.nowUs },
    };
  }

  get series(): number {
    return this.ward.analyst.points.limit.admitted;
  }
  get refused(): number {
    return this.ward.analyst.points.limit.refused;
  }
}
