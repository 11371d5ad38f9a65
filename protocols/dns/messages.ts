/** What one DNS message says: lookups of its questions and answers (RFC 1035 4.1.1 to 4.1.3), or which operation it is. */
import { addressKey } from '../../src/bytes/address.ts';
import { DomainMessage, DomainNames, TYPE_A, TYPE_AAAA, typeName } from '../../src/bytes/domain.ts';
import type { Limits } from '../../src/limits.ts';
import type { Segment } from '../../src/protocol.ts';
import { Lookup, Message, type Records, stamp } from '../../src/records.ts';

const QUERY = 0;
/** RFC 6895 2.2. */
const OPERATIONS: readonly string[] = ['query', 'inverse query', 'status', '', 'notify', 'update', 'stateful'];

/** Whole zones: their addresses say who may be asked for, not who was. */
const TYPE_IXFR = 251;
const TYPE_AXFR = 252;

export class Messages {
  private readonly limits: Limits;
  private readonly names: DomainNames;
  private readonly message = new DomainMessage();
  private readonly lookup = new Lookup();
  private readonly counted = new Message();

  constructor(limits: Limits) {
    this.limits = limits;
    this.names = new DomainNames(limits.dnsNamesRemembered, limits.dnsNameJumpsMax);
    this.counted.protocol = 'dns';
  }

  tell(segment: Segment, start: number, end: number, records: Records): void {
    const { message, limits } = this;
    if (!message.open(segment.view, start, end)) {
      records.oddity('dns_short_message', segment.flow, segment.timeUs);
      return;
    }
    if (message.operation !== QUERY) {
      this.tellOperation(segment, records);
      return;
    }
    const { questions, answers, others } = message;
    if (questions > limits.dnsQuestionsMax || answers + others > limits.dnsRecordsMax) {
      records.oddity('dns_too_many_records', segment.flow, segment.timeUs);
      return;
    }
    stamp(this.lookup, segment);
    this.lookup.fromClient = segment.toServer;
    this.lookup.bytes = end - start;
    this.lookup.address = '';
    if (message.isResponse) this.tellAnswer(segment, records);
    else this.tellQuestions(segment, records);
    if (message.isBroken) records.oddity('dns_broken_record', segment.flow, segment.timeUs);
  }

  private tellOperation(segment: Segment, records: Records): void {
    const kind = OPERATIONS[this.message.operation] ?? '';
    if (kind === '') {
      records.oddity('dns_unknown_operation', segment.flow, segment.timeUs);
      return;
    }
    stamp(this.counted, segment);
    this.counted.fromClient = segment.toServer;
    this.counted.kind = kind;
    records.message(this.counted);
  }

  private tellQuestions(segment: Segment, records: Records): void {
    const { message, lookup } = this;
    lookup.kind = 'query';
    lookup.responseCode = -1;
    for (let i = 0; i < message.questions && message.question(); i++) {
      if (this.name(segment, records)) records.lookup(lookup);
    }
  }

  /** The name and type at hand into the record; false when the name is none. */
  private name(segment: Segment, records: Records): boolean {
    const { message, lookup } = this;
    lookup.name = this.names.read(message, message.nameAt);
    lookup.type = typeName(message.type);
    if (lookup.name !== '') return true;
    records.oddity('dns_bad_name', segment.flow, segment.timeUs);
    return false;
  }

  /** Addresses are those of the name that was asked for, whatever aliases lead to them. */
  private tellAnswer(segment: Segment, records: Records): void {
    const { message, lookup } = this;
    lookup.kind = 'answer';
    lookup.responseCode = message.responseCode;
    lookup.name = '';
    lookup.type = '';
    let isZone = false;
    for (let i = 0; i < message.questions; i++) {
      if (!message.question() || !this.name(segment, records)) return;
      isZone = message.type === TYPE_AXFR || message.type === TYPE_IXFR;
    }
    const { name, type } = lookup;
    const told = isZone ? 0 : this.tellAddresses(segment, records);
    if (told > 0) return;
    lookup.name = name;
    lookup.type = type;
    lookup.address = '';
    records.lookup(lookup);
  }

  /** How many addresses were told. */
  private tellAddresses(segment: Segment, records: Records): number {
    const { message, lookup, limits } = this;
    const isAsked = lookup.name !== '';
    let told = 0;
    for (let i = 0; i < message.answers && message.record(); i++) {
      const bytes = addressBytes(message.type);
      if (bytes === 0) continue;
      if (message.dataEnd - message.dataAt !== bytes) {
        records.oddity('dns_bad_address', segment.flow, segment.timeUs);
        continue;
      }
      if (told === limits.dnsAddressesMax) {
        records.oddity('dns_many_addresses', segment.flow, segment.timeUs);
        break;
      }
      if (isAsked) lookup.type = typeName(message.type);
      else if (!this.name(segment, records)) continue;
      lookup.address = addressKey(message.view, message.dataAt, bytes);
      records.lookup(lookup);
      told++;
    }
    return told;
  }
}

function addressBytes(type: number): number {
  if (type === TYPE_A) return 4;
  return type === TYPE_AAAA ? 16 : 0;
}
