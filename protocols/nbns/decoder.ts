/**
 * NetBIOS name service (RFC 1002 4.2): which names are asked for, and under which names machines register.
 *
 *     the message of DNS (src/bytes/domain.ts); first label of a name: 32 letters (src/bytes/netbios.ts); type NB or NBSTAT
 *     flags: response 1, operation 4, authoritative, truncated, recursion 2, 0 0, broadcast, response code 4
 *     data of NB: flags (2; group 0x8000), address (4), again and again · of NBSTAT: count (1), name (16), flags (2), …
 */
import { addressKey } from '../../src/bytes/address.ts';
import { DOMAIN_HEADER_BYTES, DomainMessage, isNetbiosName } from '../../src/bytes/domain.ts';
import {
  NETBIOS_NAME_BYTES,
  netbiosAttribute,
  netbiosName,
  netbiosSuffix,
  plainNetbiosName,
} from '../../src/bytes/netbios.ts';
import type { Limits } from '../../src/limits.ts';
import { NO, type Protocol, type Segment, YES } from '../../src/protocol.ts';
import { Identity, Lookup, Message, type Records, stamp } from '../../src/records.ts';

const PORT = 137;
/** The first name: one label of 32 letters and its end, without a scope. */
const QUESTION_BYTES_MIN = DOMAIN_HEADER_BYTES + 34 + 4;
const FLAGS = 2;
const QUESTIONS = 4;
const ANSWERS = 6;

const QUERY = 0;
const REGISTRATION = 5;
const RELEASE = 6;
const WAIT = 7;
/** Two numbers are in use (RFC 1002 4.2.1.1 and its example differ). */
const REFRESH = 8;
const REFRESH_OTHER = 9;
const MULTIHOMED = 15;
const OPERATIONS =
  (1 << QUERY) | (1 << REGISTRATION) | (1 << RELEASE) | (1 << WAIT) | (0b11 << REFRESH) | (1 << MULTIHOMED);

const TYPE_NULL = 0x0a;
const TYPE_NB = 0x20;
const TYPE_NBSTAT = 0x21;
const CLASS_INTERNET = 1;

const NB_ENTRY_BYTES = 6;
const STATUS_ENTRY_BYTES = NETBIOS_NAME_BYTES + 3;
const GROUP = 0x8000;

export function createNbns({ limits }: { readonly limits: Limits }): Protocol<null> {
  const service = new NameService(limits);
  return {
    name: 'nbns',
    transport: 'udp',
    ports: [PORT],

    recognises({ view, start, end }) {
      if (end - start < QUESTION_BYTES_MIN) return NO;
      if (((OPERATIONS >> ((view.getUint16(start + FLAGS) >> 11) & 15)) & 1) === 0) return NO;
      const records = view.getUint16(start + QUESTIONS) + view.getUint16(start + ANSWERS);
      if (records !== 1 || !isNetbiosName(view, start + DOMAIN_HEADER_BYTES, end)) return NO;
      return YES;
    },

    open: () => null,

    decode(_state, segment, records) {
      service.tell(segment, records);
      return segment.end - segment.start;
    },
  };
}

class NameService {
  private readonly limits: Limits;
  private readonly message = new DomainMessage();
  private readonly lookup = new Lookup();
  private readonly identity = new Identity();
  private readonly counted = new Message();

  constructor(limits: Limits) {
    this.limits = limits;
    this.lookup.protocol = 'nbns';
    this.counted.protocol = 'nbns';
  }

  tell(segment: Segment, records: Records): void {
    const { message, lookup } = this;
    const { view, start, end } = segment;
    const isOpen = message.open(view, start, end);
    // A question, or in a response the record that answers it.
    const isNamed = isOpen && (message.questions > 0 ? message.question() : message.answers > 0 && message.record());
    if (!isNamed || !isNetbiosName(view, message.nameAt, end) || !isKnownType(message)) {
      records.oddity('nbns_broken_message', segment.flow, segment.timeUs);
      return;
    }
    stamp(lookup, segment);
    lookup.fromClient = segment.toServer;
    lookup.name = netbiosName(view, message.nameAt + 1);
    lookup.type = message.type === TYPE_NBSTAT ? 'NBSTAT' : 'NB';
    lookup.address = '';
    lookup.bytes = end - start;
    lookup.responseCode = message.isResponse ? message.responseCode : -1;
    this.tellOperation(segment, records);
  }

  private tellOperation(segment: Segment, records: Records): void {
    const { message, lookup } = this;
    switch (message.operation) {
      case QUERY:
        lookup.kind = message.isResponse ? 'answer' : 'query';
        if (message.isResponse) this.tellAnswer(segment, records);
        else records.lookup(lookup);
        break;
      case REGISTRATION:
      case REFRESH:
      case REFRESH_OTHER:
      case MULTIHOMED:
        if (message.isResponse) this.count(segment, records, 'registration answer');
        else this.tellRegistration(segment, records);
        break;
      case RELEASE:
        this.count(segment, records, message.isResponse ? 'release answer' : 'release');
        break;
      case WAIT:
        this.count(segment, records, 'wait');
        break;
      default:
        records.oddity('nbns_broken_message', segment.flow, segment.timeUs);
    }
  }

  private count(segment: Segment, records: Records, kind: string): void {
    stamp(this.counted, segment);
    this.counted.fromClient = segment.toServer;
    this.counted.kind = kind;
    records.message(this.counted);
  }

  /** The name stands in the question, its address in the additional record (4.2.2). */
  private tellRegistration(segment: Segment, records: Records): void {
    const { message, lookup } = this;
    const suffix = netbiosSuffix(message.view, message.nameAt + 1);
    lookup.kind = 'announcement';
    let isGroup = false;
    if (message.record() && message.dataEnd - message.dataAt >= NB_ENTRY_BYTES) {
      isGroup = (message.view.getUint16(message.dataAt) & GROUP) !== 0;
      lookup.address = addressKey(message.view, message.dataAt + 2, 4);
    } else records.oddity('nbns_broken_message', segment.flow, segment.timeUs);
    const attribute = netbiosAttribute(suffix, isGroup);
    // A name of a group is announced by all of its members.
    if (attribute !== 'name') lookup.address = '';
    records.lookup(lookup);
    this.identify(segment, records, attribute, lookup.name, 'NBNS registration');
  }

  private tellAnswer(segment: Segment, records: Records): void {
    const { message, lookup, limits } = this;
    if (message.type === TYPE_NBSTAT) {
      records.lookup(lookup);
      this.tellStatus(segment, records);
      return;
    }
    let told = 0;
    for (let at = message.dataAt; at + NB_ENTRY_BYTES <= message.dataEnd; at += NB_ENTRY_BYTES) {
      if (message.type !== TYPE_NB || told === limits.dnsAddressesMax) break;
      lookup.address = addressKey(message.view, at + 2, 4);
      records.lookup(lookup);
      told++;
    }
    if (told === 0) records.lookup(lookup);
  }

  /** All names of the machine that answers (4.2.18). */
  private tellStatus(segment: Segment, records: Records): void {
    const { view, dataAt, dataEnd } = this.message;
    const count = dataAt < dataEnd ? view.getUint8(dataAt) : 0;
    for (let i = 0, at = dataAt + 1; i < count; i++, at += STATUS_ENTRY_BYTES) {
      if (at + STATUS_ENTRY_BYTES > dataEnd) {
        records.oddity('nbns_broken_message', segment.flow, segment.timeUs);
        return;
      }
      const isGroup = (view.getUint16(at + NETBIOS_NAME_BYTES + 1) & GROUP) !== 0;
      const attribute = netbiosAttribute(view.getUint8(at + NETBIOS_NAME_BYTES), isGroup);
      if (attribute !== '') this.identify(segment, records, attribute, plainNetbiosName(view, at), 'NBNS node status');
    }
  }

  private identify(segment: Segment, records: Records, attribute: string, value: string, source: string): void {
    if (attribute === '' || value === '') return;
    const { identity } = this;
    stamp(identity, segment);
    identity.ofClient = segment.toServer;
    identity.attribute = attribute;
    identity.value = value;
    identity.source = source;
    identity.confidence = 0.7;
    records.identity(identity);
  }
}

function isKnownType({ type, class: dnsClass }: DomainMessage): boolean {
  return dnsClass === CLASS_INTERNET && (type === TYPE_NB || type === TYPE_NBSTAT || type === TYPE_NULL);
}
