/**
 * WS-Discovery (OASIS 1.1, and its forerunner of April 2005): which devices are looked for, come, answer and leave.
 *
 *     SOAP in one datagram: <Envelope> <Header> <Action>…/discovery/2009/01/Hello</Action> … </Header>
 *       <Body> <Hello> <EndpointReference> <Address>urn:uuid:…</Address> <Types> <Scopes> <XAddrs> …
 *
 * The type `MedicalDevice` of IEEE 11073-20702 marks devices of SDC and who looks for them. Scopes tell where a bed
 * stands and who works there: they are never read. XML that breaks off tells its kind only.
 */
import { XML_CLOSE, XML_MORE, XML_NAMESPACE, XML_OPEN, XmlNames, XmlReader } from '../../src/bytes/xml.ts';
import type { Limits } from '../../src/limits.ts';
import { NO, type Protocol, type Segment, YES } from '../../src/protocol.ts';
import { Expectation, Identity, Message, type Records, stamp } from '../../src/records.ts';
import { portOf } from './contact.ts';

const PORT = 3702;
const LESS = 0x3c;
const UTF8_MARK = 0xef;
const SLASH = 0x2f;
const COLON = 0x3a;
const SPACE = 0x20;

const NAMESPACES = ['ws-dd/ns/discovery/2009/01', 'ws/2005/04/discovery'];
const KINDS = ['Hello', 'Bye', 'Probe', 'ProbeMatches', 'Resolve', 'ResolveMatches'];
/** Messages in which the sender speaks of itself. */
const OF_SENDER = new Set(['Hello', 'Bye', 'ProbeMatches', 'ResolveMatches']);
const MEDICAL_NAMESPACE = 'standards.ieee.org/downloads/11073/11073-20702';
const MEDICAL_TYPE = 'MedicalDevice';
/** What every device of this kind is. */
const PLAIN_TYPE = 'Device';

const UUID = 'urn:uuid:';
const UUID_CHARACTERS = UUID.length + 36;
const TYPE_BYTES_MAX = 48;
const TYPES_MAX = 4;
const CONTACTS_MAX = 4;

const names = new XmlNames(['Action', 'Address', 'EndpointReference', 'Types', 'XAddrs', 'Body', ...KINDS]);
const ACTION = names.idOf('Action');
const ADDRESS = names.idOf('Address');
const ENDPOINT = names.idOf('EndpointReference');
const TYPES = names.idOf('Types');
const CONTACTS = names.idOf('XAddrs');
const BODY = names.idOf('Body');
const FIRST_KIND = names.idOf(KINDS[0] ?? '');

export function createWsDiscovery({ limits }: { readonly limits: Limits }): Protocol<null> {
  const reader = new DiscoveryReader(limits);
  return {
    name: 'ws-discovery',
    transport: 'udp',
    ports: [PORT],
    firstBytes: [LESS, UTF8_MARK],

    recognises({ view, start, end }) {
      if (start >= end) return NO;
      const first = view.getUint8(start);
      if (first !== LESS && first !== UTF8_MARK) return NO;
      const bound = Math.min(end, start + limits.recogniseBytesMax);
      return NAMESPACES.some((name) => contains(view, start, bound, name)) ? YES : NO;
    },

    open: () => null,

    decode(_state, segment, records) {
      reader.read(segment, records);
      return segment.end - segment.start;
    },
  };
}

function contains(view: DataView, start: number, end: number, text: string): boolean {
  const first = text.charCodeAt(0);
  for (let at = start; at + text.length <= end; at++) {
    if (view.getUint8(at) !== first) continue;
    let i = 1;
    while (i < text.length && view.getUint8(at + i) === text.charCodeAt(i)) i++;
    if (i === text.length) return true;
  }
  return false;
}

class DiscoveryReader {
  private readonly xml: XmlReader;
  private readonly message = new Message();
  private readonly identity = new Identity();
  private readonly expectation = new Expectation();

  // Of the datagram in hand.
  private kind = '';
  private uuid = '';
  private devices = 0;
  private hasMedicalNamespace = false;
  private hasMedicalType = false;
  private readonly types: string[] = [];
  private readonly ports: number[] = [];

  constructor(limits: Limits) {
    this.xml = new XmlReader(names, { depthMax: limits.xmlDepthMax, valueBytesMax: limits.xmlValueBytesMax });
    this.message.protocol = 'ws-discovery';
  }

  read(segment: Segment, records: Records): void {
    this.forget();
    const { xml } = this;
    const { view, start, end, flow, timeUs } = segment;
    xml.reset();
    xml.offer(view, start, end);
    for (let event = xml.next(); event !== XML_MORE; event = xml.next()) {
      if (event === XML_OPEN) this.opened();
      else if (event === XML_CLOSE && xml.isKept) this.closed();
      else if (event === XML_NAMESPACE && xml.indexOf(MEDICAL_NAMESPACE) >= 0) this.hasMedicalNamespace = true;
    }
    if (this.kind === '') {
      records.oddity('ws_discovery_unknown_message', flow, timeUs);
      return;
    }
    const isWhole = !xml.isBroken && xml.depth === 0;
    if (!isWhole) records.oddity('ws_discovery_broken', flow, timeUs);
    this.tell(segment, records, isWhole);
  }

  private forget(): void {
    this.kind = '';
    this.uuid = '';
    this.devices = 0;
    this.hasMedicalNamespace = false;
    this.hasMedicalType = false;
    this.types.length = 0;
    this.ports.length = 0;
  }

  private opened(): void {
    const { xml } = this;
    const { element } = xml;
    if (element === ACTION || element === TYPES || element === CONTACTS) xml.keep();
    else if (element === ADDRESS && xml.ancestor(1) === ENDPOINT) xml.keep();
    // Some leave the action out: the body says the same.
    else if (element >= FIRST_KIND && xml.ancestor(1) === BODY && this.kind === '')
      this.kind = KINDS[element - FIRST_KIND] ?? '';
  }

  private closed(): void {
    const { xml } = this;
    switch (xml.element) {
      case ACTION:
        this.kind = kindOf(xml);
        break;
      case ADDRESS:
        this.devices++;
        if (xml.hasAt(UUID, 0) && xml.valueLength === UUID_CHARACTERS) this.uuid = xml.text();
        break;
      case TYPES:
        this.readTypes();
        break;
      case CONTACTS:
        this.readContacts();
        break;
    }
  }

  /** `dpws:Device mdpws:MedicalDevice`: names with prefixes, in a list. */
  private readTypes(): void {
    const { xml } = this;
    for (let at = 0; at < xml.valueLength; ) {
      let to = at;
      let from = at;
      while (to < xml.valueLength && xml.byteAt(to) > SPACE) if (xml.byteAt(to++) === COLON) from = to;
      if (to > from && to - from <= TYPE_BYTES_MAX) this.addType(xml.text(from, to));
      at = to + 1;
    }
  }

  private addType(type: string): void {
    if (type === MEDICAL_TYPE) this.hasMedicalType = true;
    if (type === PLAIN_TYPE || this.types.includes(type) || this.types.length >= TYPES_MAX) return;
    if (/^[A-Za-z][A-Za-z0-9]*$/.test(type)) this.types.push(type);
  }

  private readContacts(): void {
    const { xml } = this;
    for (let at = 0; at < xml.valueLength && this.ports.length < CONTACTS_MAX; ) {
      let to = at;
      while (to < xml.valueLength && xml.byteAt(to) > SPACE) to++;
      const port = portOf(xml, at, to);
      if (port > 0 && !this.ports.includes(port)) this.ports.push(port);
      at = to + 1;
    }
  }

  private tell(segment: Segment, records: Records, isWhole: boolean): void {
    const isMedical = this.hasMedicalType && this.hasMedicalNamespace;
    this.tellMessage(segment, records, 'ws-discovery');
    if (isMedical) this.tellMessage(segment, records, 'sdc');
    // An answer about several devices comes from somebody who speaks for them.
    if (!isWhole || this.devices !== 1 || !OF_SENDER.has(this.kind)) return;
    if (this.uuid !== '') this.tellIdentity(segment, records, 'device-uid', this.uuid, 'EndpointReference', 0.9);
    for (const type of this.types) this.tellIdentity(segment, records, 'service', type, 'Types', 0.7);
    if (isMedical) for (const port of this.ports) this.tellExpectation(segment, records, port);
  }

  private tellMessage(segment: Segment, records: Records, protocol: string): void {
    const { message } = this;
    stamp(message, segment);
    message.fromClient = segment.toServer;
    message.protocol = protocol;
    message.kind = this.kind;
    records.message(message);
  }

  private tellIdentity(
    segment: Segment,
    records: Records,
    attribute: string,
    value: string,
    source: string,
    confidence: number,
  ): void {
    const { identity } = this;
    stamp(identity, segment);
    identity.ofClient = segment.toServer;
    identity.attribute = attribute;
    identity.value = value;
    identity.source = `WS-Discovery ${source}`;
    identity.confidence = confidence;
    records.identity(identity);
  }

  /** At the sender's own address, whatever it writes: nobody can name the services of somebody else. */
  private tellExpectation(segment: Segment, records: Records, port: number): void {
    const { expectation } = this;
    stamp(expectation, segment);
    expectation.protocol = 'sdc';
    expectation.server = '';
    expectation.ofClient = segment.toServer;
    expectation.serverPort = port;
    records.expectation(expectation);
  }
}

/** The last part of an action of this protocol; anything else is '' (another service in a datagram). */
function kindOf(xml: XmlReader): string {
  const slash = xml.lastIndexOf(SLASH);
  if (!NAMESPACES.some((name) => xml.indexOf(name) >= 0)) return '';
  return KINDS.find((kind) => xml.valueLength === slash + 1 + kind.length && xml.hasAt(kind, slash + 1)) ?? '';
}
