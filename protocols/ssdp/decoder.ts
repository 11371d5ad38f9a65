/**
 * Simple service discovery (UPnP Device Architecture 2.0, chapter 1): which devices are looked for, and what they announce.
 *
 *     M-SEARCH * HTTP/1.1 CRLF  ·  NOTIFY * HTTP/1.1 CRLF  ·  HTTP/1.1 200 OK CRLF     then   name: value CRLF …   CRLF
 *
 * Read are SERVER, USER-AGENT, NTS, the UUID in USN, and a device type in NT or ST; never LOCATION or anything else.
 */
import { indexOfByte, startsWith, TextMemory } from '../../src/bytes/text.ts';
import type { Limits } from '../../src/limits.ts';
import { NO, type Protocol, type Segment, YES } from '../../src/protocol.ts';
import { Identity, Message, type Records, stamp } from '../../src/records.ts';

const PORT = 1900;
const SEARCH = 'M-SEARCH * HTTP/1.';
const NOTIFY = 'NOTIFY * HTTP/1.';
const RESPONSE = 'HTTP/1.1 200';

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const COLON = 0x3a;
const SPACE = 0x20;
const TAB = 0x09;

/** `uuid:` and 36 characters, sometimes more in home-made ones. */
const UUID = 'uuid:';
const UUID_BYTES_MAX = 40;

const firstByteOf = (text: string): number => text.charCodeAt(0);

export function createSsdp({ limits }: { readonly limits: Limits }): Protocol<null> {
  const announcements = new Announcements(limits);
  return {
    name: 'ssdp',
    transport: 'udp',
    ports: [PORT],
    firstBytes: [SEARCH, NOTIFY, RESPONSE].map(firstByteOf),

    recognises({ view, start, end, clientPort, serverPort }) {
      if (startsWith(view, start, end, SEARCH) || startsWith(view, start, end, NOTIFY)) return YES;
      if (clientPort !== PORT && serverPort !== PORT) return NO;
      return startsWith(view, start, end, RESPONSE) ? YES : NO;
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
  private readonly texts = new TextMemory(256);
  private readonly message = new Message();
  private readonly identity = new Identity();
  /** Of the line at hand: behind the colon, without outer spaces. */
  private valueAt = 0;
  private valueEnd = 0;
  private leaves = false;

  constructor(limits: Limits) {
    this.limits = limits;
    this.message.protocol = 'ssdp';
  }

  tell(segment: Segment, records: Records): void {
    const { view, start, end } = segment;
    let kind = '';
    if (startsWith(view, start, end, SEARCH)) kind = 'M-SEARCH';
    else if (startsWith(view, start, end, NOTIFY)) kind = this.notification(view, start, end);
    else if (startsWith(view, start, end, 'HTTP/1.')) kind = 'response';
    if (kind === '') {
      records.oddity('ssdp_unknown_message', segment.flow, segment.timeUs);
      return;
    }
    const { message } = this;
    stamp(message, segment);
    message.fromClient = segment.toServer;
    message.kind = kind;
    records.message(message);
    // A device that leaves says nothing new of itself.
    this.leaves = kind === 'ssdp:byebye';
    this.tellLines(segment, kind, records);
  }

  /** NTS says what a notification is for. */
  private notification(view: DataView, start: number, end: number): string {
    for (let at = start, lines = 0; at < end && lines < this.limits.ssdpLinesMax; lines++) {
      const next = this.line(view, at, end, 'nts');
      if (this.valueEnd > this.valueAt) {
        for (const kind of ['ssdp:alive', 'ssdp:byebye', 'ssdp:update']) {
          if (startsWith(view, this.valueAt, this.valueEnd, kind)) return kind;
        }
      }
      at = next;
    }
    return 'NOTIFY';
  }

  private tellLines(segment: Segment, kind: string, records: Records): void {
    const { view, start, end } = segment;
    let lines = 0;
    for (let at = start; at < end; lines++) {
      if (lines === this.limits.ssdpLinesMax) {
        records.oddity('ssdp_many_lines', segment.flow, segment.timeUs);
        return;
      }
      const next = this.line(view, at, end, '');
      if (this.leaves) return;
      if (kind === 'M-SEARCH') this.tellSearcher(segment, at, records);
      else this.tellDevice(segment, at, records);
      at = next;
    }
  }

  private tellSearcher(segment: Segment, line: number, records: Records): void {
    if (isNamed(segment.view, line, this.valueAt, 'user-agent'))
      this.tellText(segment, 'user-agent', 'USER-AGENT', records);
  }

  private tellDevice(segment: Segment, line: number, records: Records): void {
    const { view } = segment;
    const { valueAt, valueEnd } = this;
    if (isNamed(view, line, valueAt, 'server')) this.tellText(segment, 'server-software', 'SERVER', records);
    else if (isNamed(view, line, valueAt, 'usn')) this.tellUuid(segment, records);
    else if (isNamed(view, line, valueAt, 'nt') || isNamed(view, line, valueAt, 'st')) {
      // `urn:schemas-upnp-org:device:MediaServer:1`; services and UUIDs say less.
      if (startsWith(view, valueAt, valueEnd, 'urn:') && contains(view, valueAt, valueEnd, ':device:')) {
        this.tellText(segment, 'service', 'NT', records);
      }
    }
  }

  private tellUuid(segment: Segment, records: Records): void {
    const { view } = segment;
    const { valueAt, valueEnd } = this;
    if (!startsWith(view, valueAt, valueEnd, UUID)) return;
    const from = valueAt + UUID.length;
    let to = from;
    while (to < valueEnd && isUuidLetter(view.getUint8(to))) to++;
    // Something else than a UUID may be what a person typed.
    if (to - from < 8 || to - from > UUID_BYTES_MAX) return;
    this.identify(segment, 'device-uid', this.texts.read(view, from, to - from), 'SSDP USN', 0.6, records);
  }

  private tellText(segment: Segment, attribute: string, header: string, records: Records): void {
    const length = Math.min(this.valueEnd - this.valueAt, this.limits.ssdpValueBytesMax);
    const text = this.texts.read(segment.view, this.valueAt, length);
    const source = SOURCES.get(header) ?? '';
    this.identify(segment, attribute, text, source, attribute === 'server-software' ? 0.6 : 0.5, records);
  }

  private identify(
    segment: Segment,
    attribute: string,
    value: string,
    source: string,
    confidence: number,
    records: Records,
  ): void {
    if (value === '') return;
    const { identity } = this;
    stamp(identity, segment);
    identity.ofClient = segment.toServer;
    identity.attribute = attribute;
    identity.value = value;
    identity.source = source;
    identity.confidence = confidence;
    records.identity(identity);
  }

  /** Finds the value of the line at `at` (of any name, or of this one only) and returns where the next line begins. */
  private line(view: DataView, at: number, end: number, name: string): number {
    const feed = indexOfByte(view, at, end, LINE_FEED);
    const next = feed < 0 ? end : feed + 1;
    let to = feed < 0 ? end : feed;
    if (to > at && view.getUint8(to - 1) === CARRIAGE_RETURN) to--;
    const colon = indexOfByte(view, at, to, COLON);
    let from = colon < 0 ? to : colon + 1;
    while (from < to && isBlank(view.getUint8(from))) from++;
    this.valueAt = from;
    this.valueEnd = name === '' || isNamed(view, at, from, name) ? to : from;
    return next;
  }
}

const SOURCES = new Map(['SERVER', 'USER-AGENT', 'NT'].map((header) => [header, `SSDP ${header}`]));

/** Is this the line of that header, in whatever case? `valueAt` is behind its colon. */
function isNamed(view: DataView, line: number, valueAt: number, name: string): boolean {
  if (valueAt - line <= name.length || view.getUint8(line + name.length) !== COLON) return false;
  for (let i = 0; i < name.length; i++) {
    const code = view.getUint8(line + i);
    if ((code >= 0x41 && code <= 0x5a ? code | 0x20 : code) !== name.charCodeAt(i)) return false;
  }
  return true;
}

function contains(view: DataView, from: number, end: number, text: string): boolean {
  for (let at = from; at + text.length <= end; at++) if (startsWith(view, at, end, text)) return true;
  return false;
}

function isBlank(code: number): boolean {
  return code === SPACE || code === TAB;
}

/** Hexadecimal digits and hyphens. */
function isUuidLetter(code: number): boolean {
  return (
    (code >= 0x30 && code <= 0x39) || (code >= 0x61 && code <= 0x66) || (code >= 0x41 && code <= 0x46) || code === 0x2d
  );
}
