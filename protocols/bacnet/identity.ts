/** What a BACnet device says of itself: I-Am (16.10), and the answer when its own object is read (15.5). */
import { readText } from '../../src/bytes/text.ts';
import type { Segment } from '../../src/protocol.ts';
import { Identity, type Records, stamp } from '../../src/records.ts';
import { readTag, Tag } from './tags.ts';

const OBJECT_IDENTIFIER = 12;
const UNSIGNED = 2;
const CHARACTER_STRING = 7;
const OBJECT_BYTES = 4;
const DEVICE = 8;
const INSTANCE_BITS = 22;
const INSTANCE_MASK = 0x3fffff;
const VALUE_OPENS = 0x3e;
/** UTF-8; before 2010 the same number stood for ASCII. */
const UTF_8 = 0;
const TEXT_BYTES_MAX = 64;
const TOLD_MAX = 32;

/** Some of the vendor identifiers that ASHRAE assigns. */
const VENDORS: Readonly<Record<number, string>> = {
  2: 'Trane',
  5: 'Johnson Controls',
  7: 'Siemens',
  8: 'Delta Controls',
  10: 'Schneider Electric',
  17: 'Honeywell',
  24: 'Automated Logic',
  35: 'Reliable Controls',
  36: 'Tridium',
};

/** Property identifier → attribute. */
const PROPERTIES: Readonly<Record<number, string>> = {
  12: 'software',
  44: 'software',
  70: 'model',
  77: 'name',
  121: 'manufacturer',
  372: 'serial',
};

const identity = new Identity();
const tag = new Tag();

/** Device object, longest message, segmentation, vendor. */
export function tellIAm(told: Set<string>, segment: Segment, records: Records, from: number): void {
  const { view, end } = segment;
  if (!takes(view, from, end, OBJECT_IDENTIFIER, OBJECT_BYTES) || tag.length < OBJECT_BYTES) return;
  const object = view.getUint32(tag.content);
  if (object >>> INSTANCE_BITS !== DEVICE) return;
  tell(told, segment, records, 'device-uid', `bacnet-${object & INSTANCE_MASK}`, 'BACnet I-Am', 0.5);
  for (let i = 0; i < 2; i++) if (!readTag(tag, view, tag.end, end)) return;
  if (!takes(view, tag.end, end, UNSIGNED, 2)) return;
  const vendor = numberOf(view);
  tell(told, segment, records, 'manufacturer', VENDORS[vendor] ?? `BACnet vendor ${vendor}`, 'BACnet I-Am', 0.8);
}

/** 0: object · 1: property · [2: index] · 3E value 3F. */
export function tellProperty(told: Set<string>, segment: Segment, records: Records, from: number): void {
  const { view, end } = segment;
  if (!takes(view, from, end, 0, OBJECT_BYTES) || tag.length < OBJECT_BYTES) return;
  if (view.getUint32(tag.content) >>> INSTANCE_BITS !== DEVICE) return;
  if (!takes(view, tag.end, end, 1, 2)) return;
  const property = numberOf(view);
  const attribute = PROPERTIES[property];
  const at = tag.end;
  if (attribute === undefined || at >= end || view.getUint8(at) !== VALUE_OPENS) return;
  if (!takes(view, at + 1, end, CHARACTER_STRING, TEXT_BYTES_MAX)) return;
  if (tag.length < 2 || view.getUint8(tag.content) !== UTF_8) return;
  const value = readText(view, tag.content + 1, tag.length - 1);
  tell(told, segment, records, attribute, value, `BACnet property ${property}`, 0.9);
}

/** Reads the tag at `at`: is it this number, neither empty nor longer than that? */
function takes(view: DataView, at: number, end: number, number: number, longest: number): boolean {
  return readTag(tag, view, at, end) && tag.number === number && tag.length > 0 && tag.length <= longest;
}

/** Of one or two bytes. */
function numberOf(view: DataView): number {
  return tag.length === 1 ? view.getUint8(tag.content) : view.getUint16(tag.content);
}

function tell(
  told: Set<string>,
  segment: Segment,
  records: Records,
  attribute: string,
  value: string,
  source: string,
  confidence: number,
): void {
  const key = `${segment.toServer ? '>' : '<'}${attribute} ${value}`;
  if (value === '' || told.has(key) || told.size >= TOLD_MAX) return;
  told.add(key);
  stamp(identity, segment);
  identity.ofClient = segment.toServer;
  identity.attribute = attribute;
  identity.value = value;
  identity.source = source;
  identity.confidence = confidence;
  records.identity(identity);
}
