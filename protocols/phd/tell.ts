/** The records of personal health devices, each one object that is filled again and again. */
import type { Segment } from '../../src/protocol.ts';
import { Identity, Message, Operation, type Records, stamp, Transfer } from '../../src/records.ts';
import type { PhdFlow } from './flow.ts';

const ODDITIES = ['phd_bad_choice', 'phd_bad_length', 'phd_data_before_association'] as const;
export type Oddity = (typeof ODDITIES)[number];

const message = new Message();
const identity = new Identity();
const operation = new Operation();
const transfer = new Transfer();

export function tellMessage(segment: Segment, records: Records, kind: string): void {
  stamp(message, segment);
  message.fromClient = segment.toServer;
  message.protocol = 'phd';
  message.kind = kind;
  records.message(message);
}

export function tellIdentity(
  segment: Segment,
  records: Records,
  attribute: string,
  value: string,
  source: string,
  confidence: number,
): void {
  if (value === '') return;
  stamp(identity, segment);
  identity.ofClient = segment.toServer;
  identity.attribute = attribute;
  identity.value = value;
  identity.source = `IEEE 11073 ${source}`;
  identity.confidence = confidence;
  records.identity(identity);
}

export function tellOperation(flow: PhdFlow, segment: Segment, records: Records, outcome: string): void {
  stamp(operation, segment);
  operation.fromClient = flow.askedFromClient;
  operation.protocol = 'phd';
  operation.verb = flow.askedVerb;
  operation.object = flow.askedObject;
  operation.outcome = outcome;
  records.operation(operation);
}

/** Measurements that a device has stored are fetched in bulk. */
export function tellTransfer(segment: Segment, records: Records): void {
  stamp(transfer, segment);
  transfer.fromClient = segment.toServer;
  transfer.protocol = 'phd';
  transfer.verb = 'read';
  records.transfer(transfer);
}

export function odd(flow: PhdFlow, name: Oddity, segment: Segment, records: Records): void {
  const bit = 1 << ODDITIES.indexOf(name);
  if ((flow.said & bit) !== 0) return;
  flow.said |= bit;
  records.oddity(name, segment.flow, segment.timeUs);
}
