/** What SNMP tells: one object per kind of record, filled again and again. */
import type { Segment } from '../../src/protocol.ts';
import { FlowProtocol, Identity, Login, Message, Operation, type Records, stamp } from '../../src/records.ts';
import type { SnmpFlow } from './flow.ts';

const DETAILS: Readonly<Record<number, string>> = { 0: 'SNMP v1', 1: 'SNMP v2c', 3: 'SNMP v3' };
const TOLD_MAX = 16;

const message = new Message();
const operation = new Operation();
const login = new Login();
const identity = new Identity();
const said = new FlowProtocol();

export function tellMessage(kind: string, segment: Segment, records: Records): void {
  stamp(message, segment);
  message.fromClient = segment.toServer;
  message.protocol = 'snmp';
  message.kind = kind;
  records.message(message);
}

export function tellDetail(state: SnmpFlow, version: number, segment: Segment, records: Records): void {
  const detail = DETAILS[version] ?? '';
  if (state.detail === detail) return;
  state.detail = detail;
  stamp(said, segment);
  said.protocol = 'snmp';
  said.detail = detail;
  records.flowProtocol(said);
}

export function tellLogin(
  state: SnmpFlow,
  outcome: string,
  fromClient: boolean,
  segment: Segment,
  records: Records,
): void {
  state.hasAsked = true;
  stamp(login, segment);
  login.fromClient = fromClient;
  login.protocol = 'snmp';
  login.method = state.method;
  login.outcome = outcome;
  login.isClear = state.isClear;
  login.weakness = state.weakness;
  records.login(login);
}

export function tellOperation(
  object: string,
  outcome: string,
  fromClient: boolean,
  segment: Segment,
  records: Records,
): void {
  stamp(operation, segment);
  operation.fromClient = fromClient;
  operation.protocol = 'snmp';
  operation.verb = 'set-request';
  operation.object = object;
  operation.outcome = outcome;
  records.operation(operation);
}

export function tellIdentity(
  state: SnmpFlow,
  attribute: string,
  value: string,
  source: string,
  confidence: number,
  ofClient: boolean,
  segment: Segment,
  records: Records,
): void {
  if (value === '' || state.told.size >= TOLD_MAX) return;
  const key = attribute + value;
  if (state.told.has(key)) return;
  state.told.add(key);
  stamp(identity, segment);
  identity.ofClient = ofClient;
  identity.attribute = attribute;
  identity.value = value;
  identity.source = source;
  identity.confidence = confidence;
  records.identity(identity);
}
