/**
 * What a monitor says of itself in a list of attributes: count, bytes, then {id, length, value}.
 *
 *     0928 system model: maker, model · 092D production: {kind, component, text} · 0984 system id
 *
 * Nothing else is read; patient, bed and notes stand in the same lists.
 */
import { readText } from '../../src/bytes/text.ts';
import type { Segment } from '../../src/protocol.ts';
import { Identity, type Records, stamp } from '../../src/records.ts';
import type { IntellivueFlow } from './flow.ts';

const SYSTEM_MODEL = 0x0928;
const PRODUCTION = 0x092d;
const SYSTEM_ID = 0x0984;

const SERIAL_NUMBER = 1;
const SOFTWARE_REVISION = 4;

const TOLD_MAKER = 1;
const TOLD_MODEL = 2;
const TOLD_SERIAL = 4;
const TOLD_SOFTWARE = 8;
const TOLD_UID = 16;

const TEXT_BYTES_MAX = 64;
const ID_BYTES_MAX = 16;

const identity = new Identity();

export function tellIdentity(
  state: IntellivueFlow,
  segment: Segment,
  records: Records,
  list: number,
  end: number,
): void {
  const { view } = segment;
  if (end - list < 4) return;
  for (let at = list + 4; at + 4 <= end; ) {
    const from = at + 4;
    const to = from + view.getUint16(at + 2);
    if (to > end) {
      records.oddity('intellivue_attribute_overrun', segment.flow, segment.timeUs);
      return;
    }
    switch (view.getUint16(at)) {
      case SYSTEM_MODEL:
        model(state, segment, records, from, to);
        break;
      case PRODUCTION:
        production(state, segment, records, from, to);
        break;
      case SYSTEM_ID:
        systemId(state, segment, records, from, to);
        break;
    }
    at = to;
  }
}

function model(state: IntellivueFlow, segment: Segment, records: Records, from: number, to: number): void {
  const maker = say(state, segment, records, TOLD_MAKER, 'manufacturer', 'IntelliVue system model', from, to);
  say(state, segment, records, TOLD_MODEL, 'model', 'IntelliVue system model', maker, to);
}

function production(state: IntellivueFlow, segment: Segment, records: Records, from: number, to: number): void {
  const { view } = segment;
  for (let at = from + 4; at + 6 <= to; ) {
    const kind = view.getUint16(at);
    const component = view.getUint16(at + 2);
    const next = at + 6 + view.getUint16(at + 4);
    const source = 'IntelliVue production specification';
    // Component 0 is the whole monitor; its parts have serial numbers of their own.
    if (kind === SERIAL_NUMBER && component === 0)
      say(state, segment, records, TOLD_SERIAL, 'serial', source, at + 4, to);
    if (kind === SOFTWARE_REVISION) say(state, segment, records, TOLD_SOFTWARE, 'software', source, at + 4, to);
    at = next;
  }
}

/** Says the text whose length stands at `at`; returns where the next one begins. */
function say(
  state: IntellivueFlow,
  segment: Segment,
  records: Records,
  bit: number,
  attribute: string,
  source: string,
  at: number,
  to: number,
): number {
  if (to - at < 2) return to;
  const length = segment.view.getUint16(at);
  const next = at + 2 + length;
  if (next > to) return to;
  if (length > 0 && length <= TEXT_BYTES_MAX && state.firstTime(bit))
    tell(segment, records, attribute, readText(segment.view, at + 2, length), source);
  return next;
}

function systemId(state: IntellivueFlow, segment: Segment, records: Records, from: number, to: number): void {
  const { view } = segment;
  if (to - from < 2) return;
  const length = view.getUint16(from);
  if (length === 0 || length > ID_BYTES_MAX || from + 2 + length > to || !state.firstTime(TOLD_UID)) return;
  let digits = '';
  for (let i = from + 2; i < from + 2 + length; i++) digits += view.getUint8(i).toString(16).padStart(2, '0');
  tell(segment, records, 'device-uid', digits, 'IntelliVue system id');
}

/** Of whoever sent this: only a monitor describes itself. */
function tell(segment: Segment, records: Records, attribute: string, value: string, source: string): void {
  if (value === '') return;
  stamp(identity, segment);
  identity.ofClient = segment.toServer;
  identity.attribute = attribute;
  identity.value = value;
  identity.source = source;
  identity.confidence = 0.95;
  records.identity(identity);
}
