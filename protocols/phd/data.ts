/**
 * Data of an association (IEEE 11073-20601, annex A): reports, and what a manager reads, sets and orders.
 *
 *     octet string: length 2 │ invoke id 2 │ choice 2 │ length 2 │
 *       event report   handle 2 │ time 4 │ event 2 │ length 2 │ …
 *       set            handle 2 │ …
 *       action         handle 2 │ action 2 │ length 2 │ …
 *       get response   handle 2 │ attributes: count 2, length 2 │ id 2, length 2, value │ …
 */
import type { Limits } from '../../src/limits.ts';
import type { Segment } from '../../src/protocol.ts';
import type { Records } from '../../src/records.ts';
import { AttributeReader } from './attributes.ts';
import type { PhdFlow, PhdSide } from './flow.ts';
import { DATA_HEADER_BYTES } from './frame.ts';
import { ACTION_SEGMENT_TRANSFER, actionVerb, eventKind } from './nomenclature.ts';
import { odd, tellMessage, tellOperation, tellTransfer } from './tell.ts';

const EVENT = 0x0100;
const CONFIRMED_EVENT = 0x0101;
const GET = 0x0103;
const SET = 0x0104;
const CONFIRMED_SET = 0x0105;
const ACTION = 0x0106;
const CONFIRMED_ACTION = 0x0107;
const EVENT_RESPONSE = 0x0201;
const GET_RESPONSE = 0x0203;
const SET_RESPONSE = 0x0205;
const ACTION_RESPONSE = 0x0207;
const ERROR = 0x0300;
const REJECT = 0x0400;

const KINDS: Readonly<Record<number, string>> = {
  [GET]: 'get',
  [SET]: 'set',
  [CONFIRMED_SET]: 'confirmed set',
  [ACTION]: 'action',
  [CONFIRMED_ACTION]: 'confirmed action',
  [EVENT_RESPONSE]: 'event report response',
  [GET_RESPONSE]: 'get response',
  [SET_RESPONSE]: 'set response',
  [ACTION_RESPONSE]: 'action response',
  [ERROR]: 'error',
  [REJECT]: 'reject',
};

const EVENT_TYPE_AT = 6;
const ACTION_TYPE_AT = 2;

export class DataReader {
  private readonly attributes: AttributeReader;

  constructor(limits: Limits) {
    this.attributes = new AttributeReader(limits);
  }

  read(flow: PhdFlow, side: PhdSide, segment: Segment, records: Records, body: number, end: number): void {
    const { view } = segment;
    if (end - body < DATA_HEADER_BYTES) {
      odd(flow, 'phd_bad_length', segment, records);
      return;
    }
    const at = body + DATA_HEADER_BYTES;
    const outer = body + 2 + view.getUint16(body);
    const inner = at + view.getUint16(body + 6);
    if (outer !== end || inner !== end) odd(flow, 'phd_bad_length', segment, records);
    const stop = Math.min(end, outer, inner);
    const id = view.getUint16(body + 2);
    const choice = view.getUint16(body + 4);
    tellMessage(segment, records, this.kind(view, choice, at, stop));
    switch (choice) {
      case SET:
      case CONFIRMED_SET:
        this.ask(flow, segment, records, id, 'Set', objectAt(view, at, stop));
        break;
      case ACTION:
      case CONFIRMED_ACTION:
        this.action(flow, segment, records, id, at, stop);
        break;
      case SET_RESPONSE:
      case ACTION_RESPONSE:
        this.answer(flow, segment, records, id, 'done');
        break;
      case ERROR:
      case REJECT:
        this.answer(flow, segment, records, id, 'failed');
        break;
      case GET_RESPONSE:
        this.attributes.read(side, segment, records, at + 2, stop);
        break;
    }
  }

  private kind(view: DataView, choice: number, at: number, end: number): string {
    if (choice !== EVENT && choice !== CONFIRMED_EVENT) return KINDS[choice] ?? 'other';
    return end - at >= EVENT_TYPE_AT + 2 ? eventKind(view.getUint16(at + EVENT_TYPE_AT)) : 'event report';
  }

  private action(flow: PhdFlow, segment: Segment, records: Records, id: number, at: number, end: number): void {
    const { view } = segment;
    const type = end - at >= ACTION_TYPE_AT + 2 ? view.getUint16(at + ACTION_TYPE_AT) : -1;
    if (type === ACTION_SEGMENT_TRANSFER) tellTransfer(segment, records);
    const verb = actionVerb(type);
    if (verb !== '') this.ask(flow, segment, records, id, verb, objectAt(view, at, end));
  }

  private ask(flow: PhdFlow, segment: Segment, records: Records, id: number, verb: string, object: string): void {
    flow.askedId = id;
    flow.askedVerb = verb;
    flow.askedObject = object;
    flow.askedFromClient = segment.toServer;
    tellOperation(flow, segment, records, 'asked');
  }

  private answer(flow: PhdFlow, segment: Segment, records: Records, id: number, outcome: string): void {
    if (flow.askedId !== id || segment.toServer === flow.askedFromClient) return;
    flow.askedId = -1;
    tellOperation(flow, segment, records, outcome);
  }
}

/** Handle 0 is the device as a whole (its medical device system). */
function objectAt(view: DataView, at: number, end: number): string {
  if (end - at < 2) return '';
  const handle = view.getUint16(at);
  return handle === 0 ? 'MDS' : `handle ${handle}`;
}
