/**
 * Multicast DNS with service discovery (RFC 6762, 6763): who is looked for, and what devices announce of themselves.
 *
 *     the message of DNS (src/bytes/domain.ts) on port 5353 · a response announces: address of a host name (A, AAAA),
 *     services (PTR `_ipp._tcp.local`), their properties (TXT: length, `key=value` …), the system (HINFO)
 *
 * What stands in front of a service type is a name that a person gave; it is cut off and never told.
 */
import { addressKey } from '../../src/bytes/address.ts';
import {
  DOMAIN_HEADER_BYTES,
  DomainMessage,
  DomainNames,
  isDomainHeader,
  isDomainQuestion,
  TYPE_A,
  TYPE_AAAA,
  TYPE_PTR,
  TYPE_TXT,
  typeName,
} from '../../src/bytes/domain.ts';
import type { Limits } from '../../src/limits.ts';
import { NO, type Protocol, type Segment, YES } from '../../src/protocol.ts';
import { Identity, Lookup, type Records, stamp } from '../../src/records.ts';
import { Properties } from './properties.ts';

const PORT = 5353;
const TYPE_HINFO = 13;

export function createMdns({ limits }: { readonly limits: Limits }): Protocol<null> {
  const announcements = new Announcements(limits);
  return {
    name: 'mdns',
    transport: 'udp',
    ports: [PORT],

    recognises({ view, start, end, clientPort, serverPort }) {
      if (clientPort !== PORT && serverPort !== PORT) return NO;
      if (end - start <= DOMAIN_HEADER_BYTES) return NO;
      if (!isDomainHeader(view, start, limits.dnsQuestionsMax, limits.dnsRecordsMax)) return NO;
      return isDomainQuestion(view, start + DOMAIN_HEADER_BYTES, end) ? YES : NO;
    },

    open: () => null,

    decode(_state, segment, records) {
      announcements.tell(segment, records);
      return segment.end - segment.start;
    },
  };
}

class Announcements {
  private readonly limits: Limits;
  private readonly names: DomainNames;
  private readonly message = new DomainMessage();
  private readonly lookup = new Lookup();
  private readonly identity = new Identity();
  private readonly properties = new Properties();
  private told = 0;

  constructor(limits: Limits) {
    this.limits = limits;
    this.names = new DomainNames(limits.mdnsNamesRemembered, limits.dnsNameJumpsMax);
    this.lookup.protocol = 'mdns';
  }

  tell(segment: Segment, records: Records): void {
    const { message, limits, lookup } = this;
    const { view, start, end, flow, timeUs } = segment;
    if (!message.open(view, start, end)) {
      records.oddity('mdns_short_message', flow, timeUs);
      return;
    }
    if (message.questions > limits.dnsQuestionsMax || message.answers + message.others > limits.dnsRecordsMax) {
      records.oddity('mdns_too_many_records', flow, timeUs);
      return;
    }
    stamp(lookup, segment);
    lookup.fromClient = segment.toServer;
    lookup.bytes = end - start;
    lookup.address = '';
    this.told = 0;
    if (message.isResponse) this.tellAnnouncement(segment, records);
    else this.tellQuestions(segment, records);
    if (message.isBroken) records.oddity('mdns_broken_record', flow, timeUs);
  }

  private tellQuestions(segment: Segment, records: Records): void {
    const { message, lookup } = this;
    lookup.kind = 'query';
    lookup.responseCode = -1;
    for (let i = 0; i < message.questions && message.question(); i++) {
      if (this.name(segment, records)) records.lookup(lookup);
    }
  }

  private name(segment: Segment, records: Records): boolean {
    const { message, lookup } = this;
    const name = this.names.read(message, message.nameAt);
    lookup.name = withoutInstance(name);
    lookup.type = typeName(message.type);
    if (name === '') records.oddity('mdns_bad_name', segment.flow, segment.timeUs);
    return name !== '';
  }

  private tellAnnouncement(segment: Segment, records: Records): void {
    const { message, lookup } = this;
    lookup.kind = 'announcement';
    lookup.responseCode = message.responseCode;
    lookup.name = '';
    lookup.type = '';
    for (let i = 0; i < message.questions; i++) if (!message.question()) return;
    const count = message.answers + message.others;
    for (let i = 0; i < count && message.record(); i++) {
      // A time to live of zero takes back what was announced (RFC 6762 10.1).
      if (message.timeToLive > 0) this.tellRecord(segment, records);
    }
    if (this.told > 0) return;
    lookup.address = '';
    records.lookup(lookup);
  }

  private tellRecord(segment: Segment, records: Records): void {
    switch (this.message.type) {
      case TYPE_A:
        this.tellAddress(segment, records, 4);
        break;
      case TYPE_AAAA:
        this.tellAddress(segment, records, 16);
        break;
      case TYPE_PTR:
        this.tellService(segment, records);
        break;
      case TYPE_TXT:
        this.tellProperties(segment, records);
        break;
      case TYPE_HINFO:
        this.tellSystem(segment, records);
        break;
    }
  }

  private tellAddress(segment: Segment, records: Records, bytes: number): void {
    const { message, lookup, limits } = this;
    if (message.dataEnd - message.dataAt !== bytes) {
      records.oddity('mdns_bad_address', segment.flow, segment.timeUs);
      return;
    }
    if (this.told >= limits.dnsAddressesMax || !this.name(segment, records)) return;
    lookup.address = addressKey(message.view, message.dataAt, bytes);
    records.lookup(lookup);
    this.told++;
  }

  /** `_ipp._tcp.local` points at an instance: whoever says so offers it. Reverse names are left alone. */
  private tellService(segment: Segment, records: Records): void {
    const { message, lookup, limits } = this;
    if (this.told >= limits.dnsAddressesMax || !this.name(segment, records)) return;
    if (!lookup.name.startsWith('_')) return;
    if (lookup.name.startsWith('_services.')) lookup.name = withoutInstance(this.names.read(message, message.dataAt));
    lookup.address = '';
    records.lookup(lookup);
    this.told++;
  }

  private tellProperties(segment: Segment, records: Records): void {
    const { message, properties } = this;
    properties.open(message.view, message.dataAt, message.dataEnd);
    while (properties.next())
      this.identify(segment, records, properties.attribute, properties.value, properties.source);
  }

  /** Two texts: the processor, the system (RFC 1035 3.3.2). */
  private tellSystem(segment: Segment, records: Records): void {
    const { message } = this;
    const { view, dataAt, dataEnd } = message;
    const second = dataAt < dataEnd ? dataAt + 1 + view.getUint8(dataAt) : dataEnd;
    if (second >= dataEnd) return;
    const system = this.properties.text(view, second + 1, Math.min(dataEnd, second + 1 + view.getUint8(second)));
    this.identify(segment, records, 'operating-system', system, 'mDNS HINFO');
  }

  private identify(segment: Segment, records: Records, attribute: string, value: string, source: string): void {
    if (value === '') return;
    const { identity } = this;
    stamp(identity, segment);
    identity.ofClient = segment.toServer;
    identity.attribute = attribute;
    identity.value = value;
    identity.source = source;
    identity.confidence = 0.6;
    records.identity(identity);
  }
}

/** `somebody's printer._ipp._tcp.local` without its beginning; a host name as it is. */
function withoutInstance(name: string): string {
  if (name.startsWith('_')) return name;
  const at = name.indexOf('._');
  return at < 0 ? name : name.slice(at + 1);
}
