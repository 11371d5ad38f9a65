/** What LDAP tells: one object per kind of record, filled again and again. */
import type { Segment } from '../../src/protocol.ts';
import { Identity, Login, Message, Operation, type Records, stamp } from '../../src/records.ts';
import type { LdapFlow } from './flow.ts';

const TOLD_MAX = 8;

const message = new Message();
const operation = new Operation();
const login = new Login();
const identity = new Identity();

export function tell(kind: string, segment: Segment, records: Records): void {
  stamp(message, segment);
  message.fromClient = segment.toServer;
  message.protocol = 'ldap';
  message.kind = kind;
  records.message(message);
}

export function tellLogin(
  state: LdapFlow,
  outcome: string,
  fromClient: boolean,
  segment: Segment,
  records: Records,
): void {
  stamp(login, segment);
  login.fromClient = fromClient;
  login.protocol = 'ldap';
  login.method = state.method;
  login.outcome = outcome;
  login.isClear = state.isClear;
  login.weakness = state.weakness;
  records.login(login);
}

export function tellOperation(
  verb: string,
  outcome: string,
  fromClient: boolean,
  segment: Segment,
  records: Records,
): void {
  stamp(operation, segment);
  operation.fromClient = fromClient;
  operation.protocol = 'ldap';
  operation.verb = verb;
  operation.outcome = outcome;
  records.operation(operation);
}

export function tellIdentity(
  state: LdapFlow,
  attribute: string,
  value: string,
  source: string,
  segment: Segment,
  records: Records,
): void {
  if (value === '' || state.told.size >= TOLD_MAX || state.told.has(attribute + value)) return;
  state.told.add(attribute + value);
  stamp(identity, segment);
  identity.ofClient = segment.toServer;
  identity.attribute = attribute;
  identity.value = value;
  identity.source = source;
  identity.confidence = 0.7;
  records.identity(identity);
}
