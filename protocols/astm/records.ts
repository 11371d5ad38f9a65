/** Records and messages of E1394: which they are, who sends them, and which orders go to an analyser. */
import { readText } from '../../src/bytes/text.ts';
import type { Segment } from '../../src/protocol.ts';
import { FlowProtocol, Identity, Login, Message, Operation, type Records, stamp } from '../../src/records.ts';
import type { AstmFlow, AstmSide } from './flow.ts';

const KINDS: Readonly<Record<string, string>> = {
  H: 'header',
  P: 'patient',
  O: 'order',
  R: 'result',
  C: 'comment',
  Q: 'query',
  M: 'manufacturer',
  S: 'scientific',
  L: 'terminator',
};
const kindByCode = new Map(Object.entries(KINDS).map(([letter, kind]) => [letter.charCodeAt(0), kind]));

const H = 0x48;
const O = 0x4f;
const Q = 0x51;
const R = 0x52;
const L = 0x4c;

// Fields (E1394 6, 8, 11): the record's letter is field 1.
const HEADER_PASSWORD = 4;
const HEADER_SENDER = 5;
const HEADER_VERSION = 13;
const ORDER_ACTION = 12;
const QUERY_RANGE = 3;

/** Components of the sender. */
const NAME = 0;
const SOFTWARE = 1;
const SERIAL = 2;

/** O-12: verb of the operation, in the order of the bits. */
const ACTIONS: readonly (readonly [number, string])[] = [
  [0, 'order'],
  [0x4e, 'order new'],
  [0x41, 'order add'],
  [0x43, 'order cancel'],
  [0x51, 'order control sample'],
];

export const message = new Message();
const identity = new Identity();
const operation = new Operation();
const login = new Login();
const said = new FlowProtocol();

/** One byte of text that is no line end. */
export function textByte(side: AstmSide, value: number): void {
  const place = side.length++;
  if (place === 0) {
    side.type = value;
    side.field = 1;
    side.component = 0;
    side.keptLength = 0;
    if (value === H) side.beginMessage();
    return;
  }
  // A header names its delimiters: field, repetition, component, escape.
  if (side.type === H && place <= 4) {
    if (place === 1) side.fieldMark = value;
    if (place === 3) side.componentMark = value;
    if (place === 1) side.field = 2;
    return;
  }
  if (value === side.fieldMark) {
    endField(side);
    side.field++;
    side.component = 0;
  } else if (value === side.componentMark) {
    endField(side);
    side.component++;
  } else if (isRead(side) && side.keptLength < side.kept.length) side.kept[side.keptLength++] = value;
}

/** Is this a field of which something is read? Values, patients and tests are not. */
function isRead({ type, field, component }: AstmSide): boolean {
  if (type === H) {
    if (field === HEADER_SENDER) return component <= SERIAL;
    return field === HEADER_PASSWORD || field === HEADER_VERSION;
  }
  return (type === O && field === ORDER_ACTION) || (type === Q && field === QUERY_RANGE);
}

function endField(side: AstmSide): void {
  const { type, field, component, kept, keptLength } = side;
  side.keptLength = 0;
  if (!isRead(side)) return;
  if (type === O) {
    const bit = ACTIONS.findIndex(([code]) => code !== 0 && code === kept[0]);
    side.actions |= 1 << (keptLength === 1 ? Math.max(bit, 0) : 0);
  } else if (type === Q) {
    // Samples and patients stand here; only the word that means all of them is looked for.
    if (keptLength === 3 && kept[0] === 0x41 && kept[1] === 0x4c && kept[2] === 0x4c) side.isBroad = true;
  } else if (field === HEADER_SENDER) {
    const value = keptLength === 0 ? '' : readText(new DataView(kept.buffer), 0, keptLength);
    if (component === NAME) side.model = value;
    if (component === SOFTWARE) side.software = value;
    if (component === SERIAL) side.serial = value;
  } else if (field === HEADER_PASSWORD) side.hasPassword = keptLength > 0;
  else if (field === HEADER_VERSION && keptLength > 0)
    side.version = readText(new DataView(kept.buffer), 0, keptLength);
}

/** CR, or the end of a message whose last record has none. */
export function endRecord(state: AstmFlow, side: AstmSide, segment: Segment, records: Records): void {
  if (side.length === 0) return;
  endField(side);
  const { type } = side;
  if (type === O && side.field < ORDER_ACTION) side.actions |= 1;
  const kind = kindByCode.get(type);
  // The rest of a record whose beginning was lost may begin with any letter.
  const isWhole = side.length === 1 ? type === L : true;
  side.length = 0;
  if (side.isResuming) {
    side.isResuming = false;
    if (type !== H) return;
  }
  if (kind === undefined || !isWhole) {
    state.oddity('astm_unknown_record', segment, records);
    return;
  }
  tellMessage(segment, records, type === Q && side.isBroad ? 'query of all' : kind);
  side.isBroad = false;
  if (type === H) header(state, side, segment, records);
  else if (type === R) side.results++;
  else if (type === Q) side.queries++;
  else if (type === O) side.orders++;
  else if (type === L) endMessage(state, side, segment, records);
}

function header(state: AstmFlow, side: AstmSide, segment: Segment, records: Records): void {
  if (side.hasPassword) {
    side.hasPassword = false;
    stamp(login, segment);
    login.fromClient = segment.toServer;
    login.protocol = 'astm';
    login.method = 'password';
    login.outcome = 'asked';
    login.isClear = true;
    login.weakness = '';
    records.login(login);
  }
  if (side.version === '' || state.isVersionTold) return;
  state.isVersionTold = true;
  stamp(said, segment);
  said.protocol = 'astm';
  said.detail = side.version;
  records.flowProtocol(said);
}

/** The terminator passed, or a new message begins without one. */
export function endMessage(state: AstmFlow, side: AstmSide, segment: Segment, records: Records): void {
  endRecord(state, side, segment, records);
  // Who reports or asks is the analyser; who sends orders alone is its host.
  if (side.results > 0 || side.queries > 0) {
    tellIdentity(state, segment, records, 'model', side.model);
    tellIdentity(state, segment, records, 'software', side.software);
    tellIdentity(state, segment, records, 'serial', side.serial);
  } else if (side.orders > 0) {
    tellIdentity(state, segment, records, 'application', side.model);
    for (let bit = 0; bit < ACTIONS.length; bit++) {
      if ((side.actions & (1 << bit)) !== 0) tellOperation(segment, records, ACTIONS[bit]![1]);
    }
  }
  side.beginMessage();
}

function tellMessage(segment: Segment, records: Records, kind: string): void {
  stamp(message, segment);
  message.fromClient = segment.toServer;
  message.protocol = 'astm';
  message.kind = kind;
  records.message(message);
}

/** Statements of one connection that are kept apart; a host speaks for a few analysers. */
const TOLD_MAX = 32;

function tellIdentity(state: AstmFlow, segment: Segment, records: Records, attribute: string, value: string): void {
  if (value === '') return;
  const key = `${segment.toServer ? '>' : '<'}${attribute} ${value}`;
  if (state.told.has(key) || state.told.size >= TOLD_MAX) return;
  state.told.add(key);
  stamp(identity, segment);
  identity.ofClient = segment.toServer;
  identity.attribute = attribute;
  identity.value = value;
  identity.source = 'ASTM H-5';
  // Makers fill the components as they like.
  identity.confidence = attribute === 'serial' ? 0.7 : 0.6;
  records.identity(identity);
}

function tellOperation(segment: Segment, records: Records, verb: string): void {
  stamp(operation, segment);
  operation.fromClient = segment.toServer;
  operation.protocol = 'astm';
  operation.verb = verb;
  operation.object = '';
  operation.outcome = 'asked';
  records.operation(operation);
}
