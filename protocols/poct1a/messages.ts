/** What a message of POCT1-A tells: its kind, who the device is, and what a data manager orders it to do. */
import { fold } from '../../src/bytes/hash.ts';
import { readText } from '../../src/bytes/text.ts';
import type { Segment } from '../../src/protocol.ts';
import { Identity, Login, Message, Operation, type Records, stamp } from '../../src/records.ts';
import type { Poct1aFlow, Poct1aSide } from './flow.ts';

const KINDS: ReadonlySet<string> = new Set([
  'HEL.R01',
  'ACK.R01',
  'DST.R01',
  'REQ.R01',
  'OBS.R01',
  'OBS.R02',
  'EVS.R01',
  'EOT.R01',
  'END.R01',
  'ESC.R01',
  'KPA.R01',
  'DTV.R01',
  'DTV.R02',
  'OPL.R01',
  'OPL.R02',
  'PTL.R01',
  'PTL.R02',
]);

/** Orders of a data manager that write: what is written, where the message does not say it in a code. */
const WRITES: Readonly<Record<string, string>> = {
  'DTV.R01': '',
  'DTV.R02': 'SET_TIME',
  'OPL.R01': 'operator list',
  'OPL.R02': 'operator list',
  'PTL.R01': 'patient list',
  'PTL.R02': 'patient list',
};
const DIRECTIVE = 'DTV.';

const CODES: ReadonlySet<string> = new Set(['ACK.type_cd', 'DTV.command_cd', 'REQ.request_cd', 'TRM.reason_cd']);

const DEVICE: Readonly<Record<string, string>> = {
  'DEV.device_id': 'device-uid',
  'DEV.vendor_id': 'manufacturer',
  'DEV.manufacturer_name': 'manufacturer',
  'DEV.model_id': 'model',
  'DEV.serial_id': 'serial',
  'DEV.sw_version': 'software',
  'DEV.device_name': 'name',
};

const TEXT_BYTES_MAX = 64;
const CODE_BYTES_MAX = 32;
const SPACE = 0x20;
const TAB = 0x09;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const EQUALS = 0x3d;
const QUOTE = 0x22;
const APOSTROPHE = 0x27;
const CAPITAL_V = 0x56;

const message = new Message();
const identity = new Identity();
const operation = new Operation();
const login = new Login();

export function beginMessage(side: Poct1aSide, root: string): void {
  side.root = root;
  side.bytes = 0;
  side.isLong = false;
  side.isResuming = false;
  side.observations = 0;
  side.code = '';
  side.controlId = 0;
  side.answeredId = 0;
}

/** An element in a message; its attributes stand in `[at, end)`. */
export function item(
  state: Poct1aFlow,
  side: Poct1aSide,
  segment: Segment,
  records: Records,
  name: string,
  at: number,
  end: number,
): void {
  side.value = '';
  if (name === 'OBS') side.observations++;
  const isCode = CODES.has(name);
  const attribute = side.root === 'HEL.R01' ? DEVICE[name] : undefined;
  const isControl = name === 'HDR.control_id';
  const isAnswered = name === 'ACK.ack_control_id';
  const isVersion = name === 'HDR.version_id' && !state.isVersionTold;
  const isSecret = side.root === 'HEL.R01' && /passw/i.test(name);
  if (!isCode && attribute === undefined && !isControl && !isAnswered && !isVersion && !isSecret) return;
  const { view } = segment;
  const valueAt = startOfValue(view, at, end);
  if (valueAt < 0) return;
  let valueEnd = valueAt;
  while (valueEnd < end && view.getUint8(valueEnd) !== view.getUint8(valueAt - 1)) valueEnd++;
  const length = valueEnd - valueAt;
  if (isControl) side.controlId = hashOf(view, valueAt, valueEnd);
  else if (isAnswered) side.answeredId = hashOf(view, valueAt, valueEnd);
  else if (isSecret) tellLogin(segment, records, length === 0);
  else if (isCode) side.code = length <= CODE_BYTES_MAX ? codeOf(readText(view, valueAt, length)) : 'other';
  else if (isVersion) side.value = length <= CODE_BYTES_MAX ? readText(view, valueAt, length) : '';
  else if (attribute !== undefined && length <= TEXT_BYTES_MAX)
    tellIdentity(segment, records, attribute, readText(view, valueAt, length), name);
}

export function endMessage(state: Poct1aFlow, side: Poct1aSide, segment: Segment, records: Records): void {
  const { root, code } = side;
  side.root = '';
  const isVendorDirective = root.startsWith(DIRECTIVE) && !KINDS.has(root);
  let kind = KINDS.has(root) ? root : isVendorDirective ? 'DTV of the vendor' : 'other';
  if (root === 'ACK.R01' && (code === 'AA' || code === 'AE')) kind = code === 'AA' ? 'ACK.R01 AA' : 'ACK.R01 AE';
  tellMessage(segment, records, kind, 1);
  if (side.observations > 0) tellMessage(segment, records, 'observation', side.observations);
  if (kind === 'other') records.oddity('poct1a_unknown_root', segment.flow, segment.timeUs);
  const written = isVendorDirective ? root : WRITES[root];
  if (written !== undefined) {
    state.pendingId = side.controlId;
    state.pendingFromClient = segment.toServer;
    state.pendingVerb = isVendorDirective ? 'DTV of the vendor' : root;
    state.pendingObject = code === '' ? written : code;
    tellOperation(state, segment, records, 'asked');
  } else if (root === 'ACK.R01' && state.pendingVerb !== '' && segment.toServer !== state.pendingFromClient) {
    if (side.answeredId !== state.pendingId) return;
    tellOperation(state, segment, records, code === 'AE' ? 'failed' : 'done');
    state.pendingVerb = '';
  }
}

/** Where the value of V begins, behind its quotation mark, or -1. */
function startOfValue(view: DataView, from: number, end: number): number {
  for (let at = from; at + 3 < end; at++) {
    if (view.getUint8(at) !== CAPITAL_V || !isSpace(view.getUint8(at - 1))) continue;
    let i = at + 1;
    while (i < end && isSpace(view.getUint8(i))) i++;
    if (i >= end || view.getUint8(i) !== EQUALS) continue;
    i++;
    while (i < end && isSpace(view.getUint8(i))) i++;
    if (i >= end) return -1;
    const quote = view.getUint8(i);
    return quote === QUOTE || quote === APOSTROPHE ? i + 1 : -1;
  }
  return -1;
}

function isSpace(byte: number): boolean {
  return byte === SPACE || byte === TAB || byte === LINE_FEED || byte === CARRIAGE_RETURN;
}

function hashOf(view: DataView, at: number, end: number): number {
  let hash = end - at;
  for (let i = at; i < end; i++) hash = fold(hash, view.getUint8(i));
  return hash;
}

/** Codes are capitals; anything else that strays into the field is not shown. */
function codeOf(text: string): string {
  return /^[A-Z][A-Z0-9_]*$/.test(text) ? text : 'other';
}

function tellMessage(segment: Segment, records: Records, kind: string, count: number): void {
  stamp(message, segment);
  message.fromClient = segment.toServer;
  message.protocol = 'poct1a';
  message.kind = kind;
  message.count = count;
  records.message(message);
}

function tellIdentity(segment: Segment, records: Records, attribute: string, value: string, name: string): void {
  if (value === '') return;
  stamp(identity, segment);
  identity.ofClient = segment.toServer;
  identity.attribute = attribute;
  identity.value = value;
  identity.source = `POCT1-A ${name}`;
  // A short code of the maker gives way to its name.
  identity.confidence = name === 'DEV.vendor_id' ? 0.8 : 0.9;
  records.identity(identity);
}

function tellOperation(state: Poct1aFlow, segment: Segment, records: Records, outcome: string): void {
  stamp(operation, segment);
  operation.fromClient = state.pendingFromClient;
  operation.protocol = 'poct1a';
  operation.verb = state.pendingVerb;
  operation.object = state.pendingObject;
  operation.outcome = outcome;
  records.operation(operation);
}

function tellLogin(segment: Segment, records: Records, isEmpty: boolean): void {
  stamp(login, segment);
  login.fromClient = segment.toServer;
  login.protocol = 'poct1a';
  login.method = 'password';
  login.outcome = 'asked';
  login.isClear = true;
  login.weakness = isEmpty ? 'empty' : '';
  records.login(login);
}
