/** One envelope after the other: what its action says, which operation it asks for or answers, which device speaks. */
import {
  XML_ATTRIBUTE,
  XML_BROKEN,
  XML_CLOSE,
  XML_MORE,
  XML_NAMESPACE,
  XML_OPEN,
  XmlNames,
  type XmlReader,
} from '../../src/bytes/xml.ts';
import type { Segment } from '../../src/protocol.ts';
import { Identity, Message, Operation, type Records, stamp } from '../../src/records.ts';
import { answered, bodyNames, isOperation, kindOf, SDC_NAMESPACE } from './actions.ts';
import { deviceAttributes } from './attributes.ts';
import type { SdcConnection, SdcSide } from './connection.ts';

const FRAME_NAMES = ['Envelope', 'Header', 'Body', 'Action', 'Fault'];
const INVOCATION_NAMES = ['OperationHandleRef', 'InvocationState', 'ReportPart'];
const attributeNames = deviceAttributes.flatMap(({ within, element }) => [within, element]);

export const names: XmlNames = new XmlNames([
  ...new Set([...FRAME_NAMES, ...INVOCATION_NAMES, ...bodyNames, ...attributeNames]),
]);
const ENVELOPE = names.idOf('Envelope');
const HEADER = names.idOf('Header');
const BODY = names.idOf('Body');
const ACTION = names.idOf('Action');
const FAULT = names.idOf('Fault');
const HANDLE = names.idOf('OperationHandleRef');
const STATE = names.idOf('InvocationState');
const PART = names.idOf('ReportPart');
const attributeIds = deviceAttributes.map(({ within, element }) => [names.idOf(within), names.idOf(element)] as const);

/** How invocations end (InvocationState of IEEE 11073-10207); the others are on their way. */
const DONE: ReadonlySet<string> = new Set(['Fin', 'FinMod']);
const FAILED: ReadonlySet<string> = new Set(['Fail', 'Cnclld', 'CnclldMan']);

/** Handles are made by devices, of any length; what is longer is not shown. */
const HANDLE_CHARACTERS_MAX = 128;
const TEXT_CHARACTERS_MAX = 128;
const STATE_CHARACTERS_MAX = 16;

const BROKEN_BIT = 1;
const UNKNOWN_BIT = 2;

export class EnvelopeReader {
  private readonly message = new Message();
  private readonly operation = new Operation();
  private readonly identity = new Identity();

  constructor() {
    this.message.protocol = 'sdc';
    this.operation.protocol = 'sdc';
  }

  read(connection: SdcConnection, segment: Segment, records: Records): void {
    const side = segment.toServer ? connection.client : connection.server;
    if (!side.isOpen) side.begin();
    const { xml } = side;
    xml.offer(segment.view, segment.start, segment.end);
    for (let event = xml.next(); event !== XML_MORE; event = xml.next()) {
      if (event === XML_OPEN) this.opened(side);
      else if (event === XML_ATTRIBUTE && xml.element === PART && xml.attribute === HANDLE) side.handle = handleOf(xml);
      else if (event === XML_CLOSE) this.closed(connection, side, segment, records);
      else if (event === XML_NAMESPACE && xml.hasAt(SDC_NAMESPACE, 0)) this.prove(connection, segment, records);
      else if (event === XML_BROKEN) this.odd(connection, BROKEN_BIT, 'sdc_broken', segment, records);
    }
  }

  /** The body has ended, whole or not: what its header said was said. */
  end(connection: SdcConnection, segment: Segment, records: Records): void {
    const side = segment.toServer ? connection.client : connection.server;
    if (side.isOpen) this.finish(connection, side, segment, records);
    side.isOpen = false;
  }

  private opened(side: SdcSide): void {
    const { xml } = side;
    const { element } = xml;
    const parent = xml.ancestor(1);
    if (parent === BODY && xml.depth === 3) {
      side.content = element;
      side.isFault = element === FAULT;
    } else if (element === ACTION) {
      if (parent === HEADER && xml.depth === 3) xml.keep();
    } else if (element === HANDLE) {
      // Of a request; handles elsewhere are not what is invoked.
      if (xml.depth === 4) xml.keep();
    } else if (element === PART) {
      side.handle = '';
      side.invocation = '';
    } else if (element === STATE || attributeAt(element, parent) >= 0) xml.keep();
  }

  private closed(connection: SdcConnection, side: SdcSide, segment: Segment, records: Records): void {
    const { xml } = side;
    const { element } = xml;
    const parent = xml.ancestor(1, true);
    if (element === ENVELOPE && xml.depth === 0) {
      this.finish(connection, side, segment, records);
    } else if (element === PART) {
      this.tellOutcome(side, segment, records, !segment.toServer);
    } else if (!xml.isKept) {
      return;
    } else if (element === ACTION) {
      side.kind = kindOf(xml);
      if (xml.hasAt(SDC_NAMESPACE, 0)) this.prove(connection, segment, records);
    } else if (element === HANDLE) {
      side.handle = handleOf(xml);
    } else if (element === STATE) {
      side.invocation = xml.valueLength <= STATE_CHARACTERS_MAX ? xml.text() : '';
    } else {
      this.tellAttribute(connection, side, attributeAt(element, parent), segment, records);
    }
  }

  private finish(connection: SdcConnection, side: SdcSide, segment: Segment, records: Records): void {
    const fromContent = names.names[side.content - 1] ?? '';
    const kind = side.isFault
      ? 'Fault'
      : side.kind !== ''
        ? side.kind
        : bodyNames.includes(fromContent)
          ? fromContent
          : '';
    side.kind = '';
    side.isOpen = false;
    if (kind === '') {
      if (connection.isSdc) this.odd(connection, UNKNOWN_BIT, 'sdc_unknown_action', segment, records);
      return;
    }
    if (!connection.isSdc) {
      this.hold(connection, kind, segment);
      return;
    }
    this.tellMessage(segment, records, kind, segment.toServer);
    if (isOperation(kind)) this.ask(connection, side, kind, segment, records);
    else this.answer(connection, side, kind, segment, records);
  }

  /** Only the newest is kept: two in a row without a sign of SDC are of another service. */
  private hold(connection: SdcConnection, kind: string, segment: Segment): void {
    connection.heldKind = kind;
    connection.heldFromClient = segment.toServer;
  }

  private prove(connection: SdcConnection, segment: Segment, records: Records): void {
    if (connection.isSdc) return;
    connection.isSdc = true;
    if (connection.heldKind !== '') this.tellMessage(segment, records, connection.heldKind, connection.heldFromClient);
    connection.heldKind = '';
  }

  private ask(connection: SdcConnection, side: SdcSide, verb: string, segment: Segment, records: Records): void {
    connection.askedVerb = verb;
    connection.askedHandle = side.handle;
    connection.askedFromClient = segment.toServer;
    this.tellOperation(segment, records, verb, side.handle, 'asked', segment.toServer);
  }

  /** The answer to the operation that was asked for last: refused, or done at once; else a report will tell. */
  private answer(connection: SdcConnection, side: SdcSide, kind: string, segment: Segment, records: Records): void {
    const isFault = kind === 'Fault';
    const { askedVerb, askedFromClient } = connection;
    if (askedVerb === '' || segment.toServer === askedFromClient) return;
    connection.askedVerb = '';
    if (!isFault && answered(kind) !== askedVerb) return;
    const outcome = isFault || FAILED.has(side.invocation) ? 'failed' : DONE.has(side.invocation) ? 'done' : '';
    if (outcome === '') return;
    this.tellOperation(segment, records, askedVerb, connection.askedHandle, outcome, askedFromClient);
  }

  /** A part of an OperationInvokedReport: it goes to the consumer that asked. */
  private tellOutcome(side: SdcSide, segment: Segment, records: Records, fromClient: boolean): void {
    const outcome = FAILED.has(side.invocation) ? 'failed' : DONE.has(side.invocation) ? 'done' : '';
    if (outcome === '' || side.kind !== 'OperationInvokedReport') return;
    this.tellOperation(segment, records, side.kind, side.handle, outcome, fromClient);
  }

  private tellAttribute(
    connection: SdcConnection,
    side: SdcSide,
    index: number,
    segment: Segment,
    records: Records,
  ): void {
    const { xml } = side;
    const known = deviceAttributes[index];
    if (known === undefined || (connection.told & (1 << index)) !== 0 || xml.valueLength > TEXT_CHARACTERS_MAX) return;
    const value = xml.text();
    if (value === '') return;
    connection.told |= 1 << index;
    const { identity } = this;
    stamp(identity, segment);
    identity.ofClient = segment.toServer;
    identity.attribute = known.attribute;
    identity.value = value;
    identity.source = known.source;
    identity.confidence = known.confidence;
    records.identity(identity);
  }

  private tellMessage(segment: Segment, records: Records, kind: string, fromClient: boolean): void {
    const { message } = this;
    stamp(message, segment);
    message.fromClient = fromClient;
    message.kind = kind;
    records.message(message);
  }

  private tellOperation(
    segment: Segment,
    records: Records,
    verb: string,
    object: string,
    outcome: string,
    fromClient: boolean,
  ): void {
    const { operation } = this;
    stamp(operation, segment);
    operation.fromClient = fromClient;
    operation.verb = verb;
    operation.object = object;
    operation.outcome = outcome;
    records.operation(operation);
  }

  private odd(connection: SdcConnection, bit: number, name: string, segment: Segment, records: Records): void {
    if ((connection.said & bit) !== 0) return;
    connection.said |= bit;
    records.oddity(name, segment.flow, segment.timeUs);
  }
}

function handleOf(xml: XmlReader): string {
  return xml.valueLength <= HANDLE_CHARACTERS_MAX ? xml.text() : '';
}

/** Index of the device attribute that stands in this element, or -1. */
function attributeAt(element: number, parent: number): number {
  for (let i = 0; i < attributeIds.length; i++) {
    const [within, name] = attributeIds[i]!;
    if (name === element && within === parent) return i;
  }
  return -1;
}
