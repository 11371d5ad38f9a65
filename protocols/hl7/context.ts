/** What the functions that read one segment share while they run: refilled for every call, kept by nobody. */
import type { Limits } from '../../src/limits.ts';
import type { Segment } from '../../src/protocol.ts';
import { type Hl7Batch, Identity, type Operation, type Records, recordKinds, stamp } from '../../src/records.ts';
import { Cursor } from './cursor.ts';
import type { Hl7Flow, Hl7Side } from './flow.ts';
import { bitOf, type Oddity } from './oddities.ts';

/** Attributes of `Identity` that HL7 can give, by the index under which a direction remembers what it told. */
export const ATTRIBUTES = [
  'application',
  'facility',
  'device-uid',
  'serial',
  'model',
  'manufacturer',
  'software',
  'udi',
] as const;

export const APPLICATION = 0;
export const FACILITY = 1;
export const UID = 2;
export const SERIAL = 3;
export const MODEL = 4;
export const MANUFACTURER = 5;
export const SOFTWARE = 6;
export const UDI = 7;

/** A second serial on one connection means that a gateway speaks for several devices. */
const CONFIDENCE_OF_MANY = 0.2;

export class Context {
  readonly limits: Limits;
  readonly cursor: Cursor = new Cursor();
  readonly batch: Hl7Batch = recordKinds.hl7Batch();
  readonly operation: Operation = recordKinds.operation();
  private readonly identity: Identity = new Identity();
  segment: Segment;
  records: Records;

  constructor(limits: Limits, segment: Segment, records: Records) {
    this.limits = limits;
    this.segment = segment;
    this.records = records;
  }

  /** Names an oddity, once per connection. */
  odd(flow: Hl7Flow, name: Oddity): void {
    const bit = bitOf(name);
    if ((flow.said & bit) !== 0) return;
    flow.said |= bit;
    this.records.oddity(name, this.segment.flow, this.segment.timeUs);
  }

  /** Tells what the span under the cursor says about the device at the speaker's end, when it is news. */
  tell(side: Hl7Side, attribute: number, source: string, confidence: number): void {
    if (side.identities >= this.limits.hl7IdentitiesMax) return;
    const value = this.cursor.text(side.told[attribute]!, this.limits.hl7FieldCharactersMax);
    this.tellText(side, attribute, value, source, confidence);
  }

  /** The same of a text that was read already. */
  tellText(side: Hl7Side, attribute: number, value: string, source: string, confidence: number): void {
    const before = side.told[attribute]!;
    if (value === '' || value === before || side.identities >= this.limits.hl7IdentitiesMax) return;
    side.identities++;
    side.known.forget();
    side.told[attribute] = value;
    const { identity } = this;
    stamp(identity, this.segment);
    identity.ofClient = side.fromClient;
    identity.attribute = ATTRIBUTES[attribute]!;
    identity.value = value;
    identity.source = source;
    identity.confidence = before === '' ? confidence : Math.min(confidence, CONFIDENCE_OF_MANY);
    this.records.identity(identity);
  }
}
