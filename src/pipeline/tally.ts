/** The sums of a run: what the report of a replay says about protocols, DICOM and HL7. */
import type {
  Association,
  AssociationEnd,
  Dimse,
  FlowUpdate,
  Hl7Batch,
  Hl7Message,
  Instance,
  Message,
  Operation,
} from '../records.ts';
import { Joined } from './joined.ts';
import type { FlowLink } from './links.ts';

/** A map of counters that stops taking new keys when it is full; the rest is counted as `other`. */
export class Counts {
  private readonly counts = new Map<string, number>();
  private readonly keysMax: number;

  constructor(keysMax: number) {
    this.keysMax = keysMax;
  }

  add(key: string, count = 1): void {
    const before = this.counts.get(key);
    if (before === undefined && this.counts.size >= this.keysMax) {
      this.counts.set('other', (this.counts.get('other') ?? 0) + count);
    } else this.counts.set(key, (before ?? 0) + count);
  }

  get(key: string): number {
    return this.counts.get(key) ?? 0;
  }

  total(): number {
    let sum = 0;
    for (const count of this.counts.values()) sum += count;
    return sum;
  }

  /** Sorted by key. */
  toObject(): Record<string, number> {
    return Object.fromEntries([...this.counts].sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}

/** Kinds of messages of one protocol. */
const KINDS_MAX = 256;

export interface ProtocolSums {
  flows: number;
  bytes: number;
  messages: number;
}

interface DicomPair {
  client: string;
  server: string;
  callingAe: string;
  calledAe: string;
  associations: number;
}

export interface Hl7Pair {
  client: string;
  server: string;
  sender: string;
  receiver: string;
  messages: number;
}

export class Tally {
  readonly protocols: Map<string, ProtocolSums> = new Map();
  readonly oddities: Counts;
  readonly operations: Counts;
  /** Kinds of messages by protocol; decoders say kinds from closed lists. */
  readonly kinds: Map<string, Counts> = new Map();

  readonly associations: Counts;
  readonly dicomPairs: Map<string, DicomPair> = new Map();
  readonly dicomMessages: Counts;
  readonly dicomStatuses: Counts;
  instances = 0;
  instanceBytes = 0;

  readonly hl7Messages: Counts;
  readonly hl7Structures: Counts;
  readonly hl7Unframed: Counts;
  /** Messages whose component separator is not `^`; see docs/decisions. */
  readonly hl7OtherSeparators: Counts;
  readonly hl7Batched: Counts;
  hl7BatchFrames = 0;
  readonly hl7Acks: Counts;
  readonly hl7Pairs: Map<string, Hl7Pair> = new Map();

  private readonly keysMax: number;
  /** `ADT^A01`, and `ADT` without a trigger. */
  readonly messageKeys: Joined;
  private readonly statusKeys: Joined;
  private readonly partnerKeys: Joined;

  constructor(keysMax: number) {
    this.keysMax = keysMax;
    this.messageKeys = new Joined(keysMax, (type, trigger) => (trigger === '' ? type : `${type}^${trigger}`));
    this.statusKeys = new Joined(keysMax, (verb, status) => `${verb} ${status.toString(16).padStart(4, '0')}`);
    this.partnerKeys = new Joined(keysMax, (name, facility) => (facility === '' ? name : `${name}|${facility}`));
    const counts = (): Counts => new Counts(keysMax);
    this.oddities = counts();
    this.operations = counts();
    this.associations = counts();
    this.dicomMessages = counts();
    this.dicomStatuses = counts();
    this.hl7Messages = counts();
    this.hl7Structures = counts();
    this.hl7Unframed = counts();
    this.hl7OtherSeparators = counts();
    this.hl7Batched = counts();
    this.hl7Acks = counts();
  }

  protocol(name: string): ProtocolSums {
    let sums = this.protocols.get(name);
    if (sums === undefined) {
      sums = { flows: 0, bytes: 0, messages: 0 };
      this.protocols.set(name, sums);
    }
    return sums;
  }

  update(record: FlowUpdate, link: FlowLink): void {
    if (link.protocol !== '') this.protocol(link.protocol).bytes += record.bytesToServer + record.bytesToClient;
  }

  association(record: Association, link: FlowLink): void {
    this.associations.add('requested');
    const { callingAe, calledAe, fromClient } = record;
    const client = fromClient ? link.clientAddress : link.serverAddress;
    const server = fromClient ? link.serverAddress : link.clientAddress;
    const key = [client, server, callingAe, calledAe].join('\n');
    const pair = this.dicomPairs.get(key);
    if (pair !== undefined) pair.associations++;
    else if (this.dicomPairs.size < this.keysMax) {
      this.dicomPairs.set(key, { client, server, callingAe, calledAe, associations: 1 });
    }
  }

  associationEnd(record: AssociationEnd): void {
    this.associations.add(record.how);
  }

  dimse(record: Dimse): void {
    this.dicomMessages.add(record.verb);
    if (record.status >= 0) this.dicomStatuses.add(this.statusKeys.of(record.verb, record.status));
    this.protocol('dicom').messages++;
  }

  instance(record: Instance): void {
    this.instances++;
    this.instanceBytes += record.bytes;
  }

  hl7Message(record: Hl7Message, link: FlowLink): void {
    const key = this.messageKeys.of(record.type, record.trigger);
    const sums = this.protocol('hl7');
    sums.messages++;
    if (record.inBatch) this.hl7Batched.add(key);
    else if (record.framing === 'none') this.hl7Unframed.add(key);
    else if (record.framing === 'http') this.hl7Unframed.add(key);
    else if (record.usualSeparators) this.hl7Messages.add(key);
    else this.hl7OtherSeparators.add(key);
    if (record.structure !== '') this.hl7Structures.add(record.structure);
    if (record.acknowledgement !== '' && record.framing === 'mllp') this.hl7Acks.add(record.acknowledgement);
    const sender = this.partnerKeys.of(record.sendingApplication, record.sendingFacility);
    const receiver = this.partnerKeys.of(record.receivingApplication, record.receivingFacility);
    // A connection speaks for the same two partners again and again: one each way.
    let pair = record.fromClient ? link.hl7OfClient : link.hl7OfServer;
    if (pair === null || pair.sender !== sender || pair.receiver !== receiver) {
      pair = this.hl7Pair(link, sender, receiver);
      if (record.fromClient) link.hl7OfClient = pair;
      else link.hl7OfServer = pair;
    }
    if (pair !== null) pair.messages++;
  }

  private hl7Pair(link: FlowLink, sender: string, receiver: string): Hl7Pair | null {
    const { clientAddress: client, serverAddress: server } = link;
    const key = [client, server, sender, receiver].join('\n');
    const known = this.hl7Pairs.get(key);
    if (known !== undefined) return known;
    if (this.hl7Pairs.size >= this.keysMax) return null;
    const pair = { client, server, sender, receiver, messages: 0 };
    this.hl7Pairs.set(key, pair);
    return pair;
  }

  hl7Batch(_record: Hl7Batch): void {
    this.hl7BatchFrames++;
  }

  message(record: Message): void {
    this.protocol(record.protocol).messages += record.count;
    this.telemetry(record.protocol, record.kind, record.count);
  }

  /** Messages of a protocol by kind. */
  telemetry(protocol: string, kind: string, count: number): void {
    let kinds = this.kinds.get(protocol);
    if (kinds === undefined) {
      kinds = new Counts(KINDS_MAX);
      this.kinds.set(protocol, kinds);
    }
    kinds.add(kind, count);
  }

  operation(record: Operation): void {
    this.operations.add(`${record.protocol} ${record.verb}`);
  }
}
