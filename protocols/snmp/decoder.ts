/**
 * SNMP (RFC 1157, 3416, 3412, 3414): who asks, who sets, with which community, and what devices say they are.
 *
 *     30 length · 02 01 version (0 = v1, 1 = v2c, 3 = v3)
 *       v1, v2c:  04 length community · A0–A8 length PDU
 *       v3:       30 length global data (id, size, flags, model) · 04 length security parameters · 30 scoped PDU, or 04 encrypted
 *     PDU: 02 request id · 02 error status · 02 error index · 30 { 30 { 06 object · value } … }
 *     A4, trap of v1: 06 enterprise · 40 agent · 02 generic · 02 specific · 43 time · 30 …
 *
 * The community is a password: it is compared in place. Of values only those are read that say what a device is.
 */
import {
  DER_INTEGER,
  DER_OBJECT_IDENTIFIER,
  DER_OCTET_STRING,
  DER_SEQUENCE,
  DerElement,
  derInteger,
  isObject,
} from '../../src/bytes/der.ts';
import { readText } from '../../src/bytes/text.ts';
import { spellsWhole } from '../../src/bytes/words.ts';
import { NO, type Protocol, type Segment, YES } from '../../src/protocol.ts';
import type { Records } from '../../src/records.ts';
import { SnmpFlow } from './flow.ts';
import { KNOWN_OBJECTS, makerAt, makerOf, objectText } from './objects.ts';
import { tellDetail, tellIdentity, tellLogin, tellMessage, tellOperation } from './tell.ts';

const PDU_FIRST = 0xa0;
const PDU_LAST = 0xa8;
const RESPONSE = 0xa2;
const SET = 0xa3;
const TRAP_1 = 0xa4;
const INFORM = 0xa6;
const TRAP_2 = 0xa7;
const REPORT = 0xa8;
/** In the words of RFC 1157 and 3416. */
const KINDS: readonly string[] = [
  ...['get-request', 'get-next-request', 'response', 'set-request', 'trap', 'get-bulk-request', 'inform-request'],
  ...['snmpV2-trap', 'report'],
];

const VERSION_1 = 0;
const VERSION_2C = 1;
const VERSION_3 = 3;

const FLAG_AUTHENTICATED = 1;
const VARIABLES_MAX = 128;
const TEXT_BYTES_MAX = 128;
/** Sets of one flow that wait for their answer. */
const SETS_MAX = 32;

const outer = new DerElement();
const element = new DerElement();
const inner = new DerElement();
const variable = new DerElement();

export const snmp: Protocol<SnmpFlow> = {
  name: 'snmp',
  transport: 'udp',
  ports: [161, 162],
  firstBytes: [DER_SEQUENCE],

  recognises({ view, start, end }) {
    // The sequence fills the datagram.
    if (!outer.expect(view, start, end, DER_SEQUENCE) || outer.end !== end) return NO;
    if (!element.expect(view, outer.at, end, DER_INTEGER) || element.end - element.at !== 1) return NO;
    const version = view.getUint8(element.at);
    if (version === VERSION_3) return element.expect(view, element.end, end, DER_SEQUENCE) ? YES : NO;
    if (version !== VERSION_1 && version !== VERSION_2C) return NO;
    if (!element.expect(view, element.end, end, DER_OCTET_STRING)) return NO;
    return element.read(view, element.end, end) && isPdu(element.tag) && element.end === end ? YES : NO;
  },

  open: () => new SnmpFlow(),

  decode(state, segment, records) {
    const { view, start, end } = segment;
    const isWhole =
      outer.expect(view, start, end, DER_SEQUENCE) && element.expect(view, outer.at, outer.end, DER_INTEGER);
    const version = isWhole ? derInteger(view, element.at, element.end) : -1;
    const isRead =
      version === VERSION_3
        ? version3(state, segment, element.end, outer.end, records)
        : (version === VERSION_1 || version === VERSION_2C) &&
          versions1And2(state, segment, version, element.end, outer.end, records);
    if (!isRead && !state.isOdd) {
      state.isOdd = true;
      records.oddity('snmp_broken_message', segment.flow, segment.timeUs);
    }
    return end - start;
  },
};

function isPdu(tag: number): boolean {
  return tag >= PDU_FIRST && tag <= PDU_LAST;
}

function versions1And2(
  state: SnmpFlow,
  segment: Segment,
  version: number,
  at: number,
  end: number,
  records: Records,
): boolean {
  const { view } = segment;
  if (!element.expect(view, at, end, DER_OCTET_STRING)) return false;
  const communityAt = element.at;
  const communityEnd = element.end;
  if (!element.read(view, communityEnd, end) || !isPdu(element.tag)) return false;
  const kind = element.tag;
  tellDetail(state, version, segment, records);
  tellMessage(KINDS[kind - PDU_FIRST]!, segment, records);
  if (isRequest(kind) && !state.hasAsked) {
    const isDefault =
      spellsWhole(view, communityAt, communityEnd, 'public') || spellsWhole(view, communityAt, communityEnd, 'private');
    state.method = 'community';
    state.isClear = true;
    state.weakness = communityAt === communityEnd ? 'empty' : isDefault ? 'default' : '';
    tellLogin(state, 'asked', segment.toServer, segment, records);
  }
  if (kind === RESPONSE) succeeded(state, segment, records);
  pdu(state, segment, kind, element.at, element.end, records);
  return true;
}

function version3(state: SnmpFlow, segment: Segment, at: number, end: number, records: Records): boolean {
  const { view } = segment;
  // Message id, largest size, flags, security model.
  if (!element.expect(view, at, end, DER_SEQUENCE)) return false;
  const next = element.end;
  let place = element.at;
  for (let i = 0; i < 2; i++) {
    if (!inner.expect(view, place, next, DER_INTEGER)) return false;
    place = inner.end;
  }
  if (!inner.expect(view, place, next, DER_OCTET_STRING) || inner.end === inner.at) return false;
  const flags = view.getUint8(inner.at);
  if (!element.expect(view, next, end, DER_OCTET_STRING)) return false;
  const scopedAt = element.end;
  const hasUser = security(state, segment, element.at, element.end, records);
  if (!inner.read(view, scopedAt, end)) return false;
  tellDetail(state, VERSION_3, segment, records);
  if (inner.tag === DER_OCTET_STRING) {
    tellMessage('encrypted', segment, records);
    return true;
  }
  // Engine and name of a context, then the PDU.
  const scopedEnd = inner.end;
  if (inner.tag !== DER_SEQUENCE || !element.expect(view, inner.at, scopedEnd, DER_OCTET_STRING)) return false;
  if (!element.expect(view, element.end, scopedEnd, DER_OCTET_STRING)) return false;
  if (!element.read(view, element.end, scopedEnd) || !isPdu(element.tag)) return false;
  const kind = element.tag;
  tellMessage(KINDS[kind - PDU_FIRST]!, segment, records);
  // A first request without a user only asks for the engine.
  if (isRequest(kind) && hasUser && (flags & FLAG_AUTHENTICATED) === 0 && !state.hasAsked) {
    state.method = 'none';
    tellLogin(state, 'asked', segment.toServer, segment, records);
  }
  if (kind === RESPONSE) succeeded(state, segment, records);
  pdu(state, segment, kind, element.at, element.end, records);
  return true;
}

/** Engine id, boots, time, user …; true when there is a user. The engine id begins with the number of its maker. */
function security(state: SnmpFlow, segment: Segment, at: number, end: number, records: Records): boolean {
  const { view } = segment;
  if (!inner.expect(view, at, end, DER_SEQUENCE)) return false;
  const last = inner.end;
  if (!inner.expect(view, inner.at, last, DER_OCTET_STRING)) return false;
  // Only the authoritative engine's own word counts: the side that answers.
  if (!segment.toServer && inner.end - inner.at >= 5) {
    const maker = makerOf(view.getUint32(inner.at) & 0x7fffffff);
    tellIdentity(state, 'manufacturer', maker, 'SNMP engine id', 0.5, false, segment, records);
  }
  let place = inner.end;
  for (let i = 0; i < 2; i++) {
    if (!inner.expect(view, place, last, DER_INTEGER)) return false;
    place = inner.end;
  }
  return inner.expect(view, place, last, DER_OCTET_STRING) && inner.end > inner.at;
}

/** Somebody wants something: a trap or a response asks for nothing. */
function isRequest(kind: number): boolean {
  return kind !== RESPONSE && kind !== TRAP_1 && kind !== TRAP_2 && kind !== REPORT && kind !== INFORM;
}

function pdu(state: SnmpFlow, segment: Segment, kind: number, at: number, end: number, records: Records): void {
  const { view } = segment;
  if (kind === TRAP_1) {
    if (element.expect(view, at, end, DER_OBJECT_IDENTIFIER)) {
      const maker = makerAt(view, element.at, element.end);
      tellIdentity(state, 'manufacturer', maker, 'SNMP enterprise', 0.6, segment.toServer, segment, records);
    }
    return;
  }
  if (!element.expect(view, at, end, DER_INTEGER)) return;
  const request = derInteger(view, element.at, element.end);
  if (!element.expect(view, element.end, end, DER_INTEGER)) return;
  const status = derInteger(view, element.at, element.end);
  if (!element.expect(view, element.end, end, DER_INTEGER)) return;
  if (!element.expect(view, element.end, end, DER_SEQUENCE)) return;
  if (kind === SET) set(state, segment, request, element.at, element.end, records);
  else if (kind === RESPONSE) {
    const object = state.sets.get(request);
    if (object !== undefined) {
      state.sets.delete(request);
      tellOperation(object, status === 0 ? 'done' : 'failed', !segment.toServer, segment, records);
    }
    variables(state, segment, element.at, element.end, records);
  }
}

/** Object of the first variable. */
function set(state: SnmpFlow, segment: Segment, request: number, at: number, end: number, records: Records): void {
  const { view } = segment;
  let object = '';
  if (
    variable.expect(view, at, end, DER_SEQUENCE) &&
    inner.expect(view, variable.at, variable.end, DER_OBJECT_IDENTIFIER)
  )
    object = objectText(view, inner.at, inner.end);
  if (state.sets.size >= SETS_MAX) state.sets.delete(state.sets.keys().next().value ?? 0);
  state.sets.set(request, object);
  tellOperation(object, 'asked', segment.toServer, segment, records);
}

/** What a response says about its device. */
function variables(state: SnmpFlow, segment: Segment, from: number, end: number, records: Records): void {
  const { view } = segment;
  let at = from;
  for (let i = 0; i < VARIABLES_MAX && variable.expect(view, at, end, DER_SEQUENCE); i++) {
    at = variable.end;
    if (!inner.expect(view, variable.at, variable.end, DER_OBJECT_IDENTIFIER)) continue;
    for (let k = 0; k < KNOWN_OBJECTS.length; k++) {
      const { bytes, attribute, source, confidence } = KNOWN_OBJECTS[k]!;
      if (!isObject(view, inner.at, inner.end, bytes) || !inner.read(view, inner.end, variable.end)) continue;
      const length = Math.min(inner.end - inner.at, TEXT_BYTES_MAX);
      let value = '';
      if (inner.tag === DER_OCTET_STRING) value = readText(view, inner.at, length);
      else if (inner.tag === DER_OBJECT_IDENTIFIER) value = makerAt(view, inner.at, inner.end);
      tellIdentity(state, attribute, value, source, confidence, segment.toServer, segment, records);
      if (attribute === 'software') system(state, value, segment, records);
      break;
    }
  }
}

/** Windows puts the number of its version into sysDescr. */
function system(state: SnmpFlow, description: string, segment: Segment, records: Records): void {
  const version = /Windows (?:NT )?(?:2000 )?Version (\d{1,2}\.\d)/.exec(description)?.[1];
  if (version === undefined) return;
  tellIdentity(
    state,
    'operating-system',
    `Windows ${version}`,
    'SNMP sysDescr',
    0.7,
    segment.toServer,
    segment,
    records,
  );
}

function succeeded(state: SnmpFlow, segment: Segment, records: Records): void {
  if (!state.hasAsked || state.hasSucceeded) return;
  state.hasSucceeded = true;
  tellLogin(state, 'success', !segment.toServer, segment, records);
}
