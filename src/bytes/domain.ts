/**
 * Messages made of domain names (RFC 1035 chapter 4): DNS, multicast DNS, LLMNR and the NetBIOS name service share them.
 *
 *     0    2       4         6         8         10        12
 *     ┌────┬───────┬─────────┬─────────┬─────────┬─────────┬───────────────────────┬───────────────────────────────┐
 *     │ id │ flags │ qdcount │ ancount │ nscount │ arcount │ name, type, class … q │ name, type, class, ttl, data … │
 *     └────┴───────┴─────────┴─────────┴─────────┴─────────┴───────────────────────┴───────────────────────────────┘
 *     flags: response 1, operation 4, authoritative 1, truncated 1, recursion 2, reserved 3, response code 4
 *     name: length (1) and label, again and again, up to a length 0 · 11xx xxxx xxxx xxxx: goes on at that offset
 *
 * A walk over one message in one pass; a name becomes text only when it is asked for, in lower case, bounded in length
 * and in jumps. Nothing throws and nothing is read beyond the message.
 */
import { readText, TextMemory } from './text.ts';

export const DOMAIN_HEADER_BYTES = 12;
const FLAGS = 2;
const COUNTS = 4;

export const IS_RESPONSE = 0x8000;
/** RFC 6895 2.2: query, status, notify, update and stateful operations; 1 was the inverse query. */
const DNS_OPERATIONS = 0b1110101;
/** One more bit than RFC 1035 has; the rest of them is zero in everything seen. */
const RESERVED_BIT = 0x0040;

const LABEL_BYTES_MAX = 63;
export const DOMAIN_NAME_BYTES_MAX = 255;
/** A name of 255 bytes as text: without the first length and the last. */
const TEXT_CHARACTERS_MAX = DOMAIN_NAME_BYTES_MAX - 2;
const POINTER = 0xc0;
/** NetBIOS names look like DNS: one label of 32 letters A to P (RFC 1001 14.1). */
export const NETBIOS_LABEL_BYTES = 32;
const LETTER_A = 0x41;
const LETTER_P = 0x50;
const LETTER_Z = 0x5a;
const LOWER = 0x20;
const DOT = 0x2e;

const TYPE_AND_CLASS_BYTES = 4;
/** Type, class, time to live, length of the data. */
const RECORD_BYTES = 10;
/** In the class of multicast DNS: answer by unicast, or flush the cache. */
export const MULTICAST_BIT = 0x8000;
const CLASS_INTERNET = 1;
const CLASS_CHAOS = 3;
const CLASS_NONE = 254;
const CLASS_ANY = 255;

export const TYPE_A = 1;
export const TYPE_PTR = 12;
export const TYPE_TXT = 16;
export const TYPE_AAAA = 28;
const TYPE_OPT = 41;

/** IANA, "Domain Name System (DNS) Parameters": those that are met. */
const TYPES = new Map<number, string>([
  [TYPE_A, 'A'],
  [2, 'NS'],
  [5, 'CNAME'],
  [6, 'SOA'],
  [10, 'NULL'],
  [11, 'WKS'],
  [TYPE_PTR, 'PTR'],
  [13, 'HINFO'],
  [15, 'MX'],
  [TYPE_TXT, 'TXT'],
  [17, 'RP'],
  [18, 'AFSDB'],
  [24, 'SIG'],
  [25, 'KEY'],
  [TYPE_AAAA, 'AAAA'],
  [29, 'LOC'],
  [33, 'SRV'],
  [35, 'NAPTR'],
  [37, 'CERT'],
  [39, 'DNAME'],
  [TYPE_OPT, 'OPT'],
  [43, 'DS'],
  [44, 'SSHFP'],
  [46, 'RRSIG'],
  [47, 'NSEC'],
  [48, 'DNSKEY'],
  [50, 'NSEC3'],
  [51, 'NSEC3PARAM'],
  [52, 'TLSA'],
  [59, 'CDS'],
  [60, 'CDNSKEY'],
  [64, 'SVCB'],
  [65, 'HTTPS'],
  [99, 'SPF'],
  [249, 'TKEY'],
  [250, 'TSIG'],
  [251, 'IXFR'],
  [252, 'AXFR'],
  [255, 'ANY'],
  [256, 'URI'],
  [257, 'CAA'],
]);

/** `A`, `AAAA` …; `TYPE4711` for one without a name (RFC 3597 5). */
export function typeName(type: number): string {
  return TYPES.get(type) ?? `TYPE${type}`;
}

/** One message, walked from its first question to its last record; one object, opened again for each. */
export class DomainMessage {
  view: DataView = new DataView(new ArrayBuffer(0));
  start = 0;
  end = 0;
  flags = 0;
  questions = 0;
  answers = 0;
  /** Authorities and additional records. */
  others = 0;
  /** A name or record does not fit; the walk has ended there. */
  isBroken = false;

  /** Of the question or record at hand. */
  nameAt = 0;
  type = 0;
  class = 0;
  timeToLive = 0;
  dataAt = 0;
  dataEnd = 0;
  private at = 0;

  /** False when there is no room for a header. */
  open(view: DataView, start: number, end: number): boolean {
    if (end - start < DOMAIN_HEADER_BYTES) return false;
    this.view = view;
    this.start = start;
    this.end = end;
    this.flags = view.getUint16(start + FLAGS);
    this.questions = view.getUint16(start + COUNTS);
    this.answers = view.getUint16(start + COUNTS + 2);
    this.others = view.getUint16(start + COUNTS + 4) + view.getUint16(start + COUNTS + 6);
    this.isBroken = false;
    this.at = start + DOMAIN_HEADER_BYTES;
    return true;
  }

  get isResponse(): boolean {
    return (this.flags & IS_RESPONSE) !== 0;
  }
  get operation(): number {
    return (this.flags >> 11) & 15;
  }
  get responseCode(): number {
    return this.flags & 15;
  }

  /** Steps over the next question; false when it does not fit. */
  question(): boolean {
    return this.named(TYPE_AND_CLASS_BYTES);
  }

  /** Steps over the next record; false when it does not fit. */
  record(): boolean {
    if (!this.named(RECORD_BYTES)) return false;
    const head = this.at - RECORD_BYTES;
    this.timeToLive = this.view.getUint32(head + TYPE_AND_CLASS_BYTES);
    this.dataAt = this.at;
    this.dataEnd = this.at + this.view.getUint16(head + TYPE_AND_CLASS_BYTES + 4);
    if (this.dataEnd > this.end) {
      this.dataEnd = this.dataAt;
      return this.broken();
    }
    this.at = this.dataEnd;
    return true;
  }

  private named(behind: number): boolean {
    const after = nameEnd(this.view, this.at, this.end, true);
    if (after < 0 || this.end - after < behind) return this.broken();
    this.nameAt = this.at;
    this.type = this.view.getUint16(after);
    this.class = this.view.getUint16(after + 2);
    this.at = after + behind;
    // A question has no data; those of the message before are gone.
    this.dataAt = this.at;
    this.dataEnd = this.at;
    return true;
  }

  private broken(): boolean {
    this.isBroken = true;
    return false;
  }
}

/** Where the name at `from` ends in its place; -1 when it does not fit. A pointer ends it and is not followed. */
function nameEnd(view: DataView, from: number, end: number, mayPoint: boolean): number {
  let at = from;
  while (at < end && at - from < DOMAIN_NAME_BYTES_MAX) {
    const length = view.getUint8(at);
    if (length === 0) return at + 1;
    if (length > LABEL_BYTES_MAX) return mayPoint && length >= POINTER && end - at >= 2 ? at + 2 : -1;
    at += 1 + length;
  }
  return -1;
}

/** Names of one protocol as texts; those that come again are recalled. */
export class DomainNames {
  private readonly memory: TextMemory;
  private readonly jumpsMax: number;
  private readonly letters = new Uint8Array(DOMAIN_NAME_BYTES_MAX + 1);
  private readonly view = new DataView(this.letters.buffer);

  /** `count` of remembered names is a power of two. */
  constructor(count: number, jumpsMax: number) {
    this.memory = new TextMemory(count);
    this.jumpsMax = jumpsMax;
  }

  /** The name at `from` in lower case, labels joined by dots, `.` for the root; '' when it is none. */
  read({ view, start, end }: DomainMessage, from: number): string {
    const { letters } = this;
    let at = from;
    let length = 0;
    let jumps = 0;
    while (at < end) {
      const label = view.getUint8(at);
      if (label === 0) return length === 0 ? '.' : this.memory.read(this.view, 0, length);
      if (label >= POINTER) {
        if (end - at < 2 || ++jumps > this.jumpsMax) return '';
        at = start + (view.getUint16(at) & 0x3fff);
        continue;
      }
      if (label > LABEL_BYTES_MAX || label >= end - at || length + label + 1 > TEXT_CHARACTERS_MAX) return '';
      if (length > 0) letters[length++] = DOT;
      for (const last = at + label; at < last; ) {
        const code = view.getUint8(++at);
        letters[length++] = code >= LETTER_A && code <= LETTER_Z ? code | LOWER : code;
      }
      at++;
    }
    return '';
  }
}

/** A name without pointers and perhaps without its end (RFC 4702 2.3.1, RFC 8415 10), as text; '' when it does not fit. */
export function plainDomainName(view: DataView, from: number, end: number): string {
  let text = '';
  for (let at = from; at < end && end - from <= DOMAIN_NAME_BYTES_MAX; ) {
    const label = view.getUint8(at);
    if (label === 0) return text;
    if (label > LABEL_BYTES_MAX || label >= end - at) return '';
    text += text === '' ? readText(view, at + 1, label) : `.${readText(view, at + 1, label)}`;
    at += 1 + label;
  }
  return text;
}

/** Does a header stand here that a resolver or server would send? */
export function isDomainHeader(view: DataView, at: number, questionsMax: number, recordsMax: number): boolean {
  const flags = view.getUint16(at + FLAGS);
  const operation = (flags >> 11) & 15;
  if (operation > 6 || ((DNS_OPERATIONS >> operation) & 1) === 0 || (flags & RESERVED_BIT) !== 0) return false;
  const questions = view.getUint16(at + COUNTS);
  const answers = view.getUint16(at + COUNTS + 2);
  const authorities = view.getUint16(at + COUNTS + 4);
  const additional = view.getUint16(at + COUNTS + 6);
  if (questions > questionsMax || answers + authorities + additional > recordsMax) return false;
  // A query has a question, a response a question or a record.
  return questions > 0 || ((flags & IS_RESPONSE) !== 0 && answers + authorities > 0);
}

/** The first question or record behind a header: a name that is not compressed, a type, a known class. */
export function isDomainQuestion(view: DataView, from: number, end: number): boolean {
  // The first name has nothing before it that it could point at.
  const at = nameEnd(view, from, end, false);
  if (at < 0 || end - at < TYPE_AND_CLASS_BYTES || isNetbiosName(view, from, end)) return false;
  const type = view.getUint16(at);
  const dnsClass = view.getUint16(at + 2) & ~MULTICAST_BIT;
  return (
    type !== 0 &&
    (dnsClass === CLASS_INTERNET || dnsClass === CLASS_CHAOS || dnsClass === CLASS_NONE || dnsClass === CLASS_ANY)
  );
}

/** Does a name begin here whose first label is an encoded NetBIOS name? */
export function isNetbiosName(view: DataView, at: number, end: number): boolean {
  if (end - at <= NETBIOS_LABEL_BYTES || view.getUint8(at) !== NETBIOS_LABEL_BYTES) return false;
  for (let i = at + 1; i <= at + NETBIOS_LABEL_BYTES; i++) {
    const code = view.getUint8(i);
    if (code < LETTER_A || code > LETTER_P) return false;
  }
  return true;
}
