/** The head of one syslog message: priority, and the application of RFC 5424 (6.2.5). */
import { TextMemory } from '../../src/bytes/text.ts';
import type { Segment } from '../../src/protocol.ts';
import { Identity, Message, type Records, stamp } from '../../src/records.ts';

/** Applications of one flow that are told; the processes of one system may be many. */
export const APPLICATIONS_MAX = 8;

/** Answers of `headAt`. */
export const NO_HEAD = 0;
export const CUT_HEAD = 1;
export const IS_HEAD = 2;

const LESS_THAN = 0x3c;
const GREATER_THAN = 0x3e;
const DIGIT_0 = 0x30;
const DIGIT_9 = 0x39;
const SPACE = 0x20;
const FIRST_PRINTABLE = 0x20;
const VERSION_1 = 0x31;
const HYPHEN = 0x2d;
const LETTER_A = 0x41;
const LETTER_Z = 0x5a;

/** 23 facilities, 8 severities. */
const PRIORITY_MAX = 191;
const PRIORITY_DIGITS_MAX = 3;
/** `<`, three digits, `>`, and what makes the rest of a head believable. */
const BEHIND_BYTES = 3;

/** RFC 5424 6.2.1. */
const SEVERITIES: readonly string[] = [
  'emergency',
  'alert',
  'critical',
  'error',
  'warning',
  'notice',
  'informational',
  'debug',
];

/** Version, time and host stand in front of the application; it has at most 48 characters (6.2.5). */
const FIELDS_BEFORE = 3;
const APPLICATION_BYTES_MAX = 48;

/** Does a message begin here? On its usual port a priority is enough; elsewhere a version or a month must follow. */
export function headAt(view: DataView, start: number, end: number, isUsual: boolean): number {
  if (start === end) return CUT_HEAD;
  if (view.getUint8(start) !== LESS_THAN) return NO_HEAD;
  const behind = priorityEnd(view, start, end);
  if (behind <= 0) return behind === 0 ? CUT_HEAD : NO_HEAD;
  if (end - behind < (isUsual ? 1 : BEHIND_BYTES)) return CUT_HEAD;
  if (isUsual) return view.getUint8(behind) >= FIRST_PRINTABLE ? IS_HEAD : NO_HEAD;
  return isVersion(view, behind) || isMonth(view, behind) ? IS_HEAD : NO_HEAD;
}

/** Behind `<PRI>`; 0 when it is cut off, -1 when it is none. */
function priorityEnd(view: DataView, start: number, end: number): number {
  let at = start + 1;
  let priority = 0;
  while (at < end && isDigit(view.getUint8(at)) && at - start <= PRIORITY_DIGITS_MAX) {
    priority = priority * 10 + view.getUint8(at++) - DIGIT_0;
  }
  if (priority > PRIORITY_MAX) return -1;
  if (at === end) return 0;
  return at > start + 1 && view.getUint8(at) === GREATER_THAN ? at + 1 : -1;
}

/** `1 2026-…` or `1 -`. */
function isVersion(view: DataView, at: number): boolean {
  if (view.getUint8(at) !== VERSION_1 || view.getUint8(at + 1) !== SPACE) return false;
  const first = view.getUint8(at + 2);
  return isDigit(first) || first === HYPHEN;
}

/** `Nov`: a capital and two small letters. */
function isMonth(view: DataView, at: number): boolean {
  const first = view.getUint8(at);
  return first >= LETTER_A && first <= LETTER_Z && isSmall(view.getUint8(at + 1)) && isSmall(view.getUint8(at + 2));
}

function isSmall(code: number): boolean {
  return code >= 0x61 && code <= 0x7a;
}

function isDigit(code: number): boolean {
  return code >= DIGIT_0 && code <= DIGIT_9;
}

export class Heads {
  private readonly message = new Message();
  private readonly identity = new Identity();
  private readonly texts = new TextMemory(64);

  constructor() {
    this.message.protocol = 'syslog';
    this.identity.attribute = 'application';
    this.identity.source = 'syslog APP-NAME';
    this.identity.confidence = 0.4;
  }

  /** `[start, end)` holds the head that `headAt` has found; `told` are the applications of its flow. */
  tell(told: Set<string>, segment: Segment, start: number, end: number, records: Records): void {
    const { view } = segment;
    const behind = priorityEnd(view, start, end);
    let priority = 0;
    for (let at = start + 1; at < behind - 1; at++) priority = priority * 10 + view.getUint8(at) - DIGIT_0;
    stamp(this.message, segment);
    this.message.fromClient = segment.toServer;
    this.message.kind = SEVERITIES[priority & 7] ?? '';
    records.message(this.message);
    if (end - behind >= BEHIND_BYTES && isVersion(view, behind))
      this.tellApplication(told, segment, behind, end, records);
  }

  private tellApplication(told: Set<string>, segment: Segment, from: number, end: number, records: Records): void {
    const { view } = segment;
    let at = from;
    for (let field = 0; field < FIELDS_BEFORE; field++) {
      while (at < end && view.getUint8(at) !== SPACE) at++;
      at++;
    }
    let to = at;
    while (to < end && view.getUint8(to) > SPACE) to++;
    if (to >= end || to - at > APPLICATION_BYTES_MAX || to === at || view.getUint8(at) === HYPHEN) return;
    const application = this.texts.read(view, at, to - at);
    if (told.has(application) || told.size === APPLICATIONS_MAX) return;
    told.add(application);
    stamp(this.identity, segment);
    this.identity.ofClient = segment.toServer;
    this.identity.value = application;
    records.identity(this.identity);
  }
}
