/**
 * Commands that change a monitor: SET of attributes, and actions that are no polls.
 *
 *     set:    object 6, scope 32 bit, count, bytes, then {operator 16 bit, attribute id, length, value}
 *     action: object 6, scope 32 bit, action type, length, …
 *
 * The public guide names two attributes that a client sets, the lists of what is sent first. Values are not read.
 */
import type { Segment } from '../../src/protocol.ts';
import { Operation, type Records, stamp } from '../../src/records.ts';
import type { IntellivueFlow } from './flow.ts';

const SET_LIST = 10;
const SET_ENTRIES = 14;
const ENTRY_BYTES = 6;
/** Entries of one message that are told; a priority list is one. */
const ENTRIES_MAX = 16;

/** The invoke id stands before the body, behind it command and length. */
const INVOKE_ID_BEFORE = 6;

const PUBLIC: Readonly<Record<number, string>> = {
  62009: 'numeric priority list',
  62010: 'wave priority list',
};
const OPERATORS: Readonly<Record<number, string>> = {
  0: 'set replace',
  1: 'set add',
  2: 'set remove',
  3: 'set default',
};

const operation = new Operation();

export function tellSet(
  state: IntellivueFlow,
  segment: Segment,
  records: Records,
  body: number,
  isConfirmed: boolean,
): void {
  const { view, end, flow, timeUs } = segment;
  if (end - body < SET_ENTRIES) {
    records.oddity('intellivue_length', flow, timeUs);
    return;
  }
  const count = Math.min(view.getUint16(body + SET_LIST), ENTRIES_MAX);
  let at = body + SET_ENTRIES;
  for (let i = 0; i < count; i++) {
    if (end - at < ENTRY_BYTES) {
      records.oddity('intellivue_attribute_overrun', flow, timeUs);
      return;
    }
    const attribute = view.getUint16(at + 2);
    const known = PUBLIC[attribute];
    if (known === undefined) records.oddity('intellivue_private_set', flow, timeUs);
    const verb = OPERATORS[view.getUint16(at)] ?? 'set other';
    const object = known ?? `attribute 0x${attribute.toString(16).padStart(4, '0')}`;
    tell(segment, records, segment.toServer, verb, object, 'asked');
    if (isConfirmed && i === 0) state.wait(view.getUint16(body - INVOKE_ID_BEFORE), verb, object);
    at += ENTRY_BYTES + view.getUint16(at + 4);
  }
}

export function tellAction(
  state: IntellivueFlow,
  segment: Segment,
  records: Records,
  body: number,
  action: number,
): void {
  const object = action < 0 ? 'action' : `action 0x${action.toString(16).padStart(4, '0')}`;
  tell(segment, records, segment.toServer, 'action', object, 'asked');
  state.wait(segment.view.getUint16(body - INVOKE_ID_BEFORE), 'action', object);
}

/** An answer came: what it answers is told once more with its outcome. */
export function endOfOperation(
  state: IntellivueFlow,
  segment: Segment,
  records: Records,
  invokeId: number,
  outcome: string,
): void {
  const asked = state.pending.get(invokeId);
  if (asked === undefined) return;
  state.pending.delete(invokeId);
  tell(segment, records, !segment.toServer, asked.verb, asked.object, outcome);
}

function tell(
  segment: Segment,
  records: Records,
  fromClient: boolean,
  verb: string,
  object: string,
  outcome: string,
): void {
  stamp(operation, segment);
  operation.fromClient = fromClient;
  operation.protocol = 'intellivue';
  operation.verb = verb;
  operation.object = object;
  operation.outcome = outcome;
  records.operation(operation);
}
