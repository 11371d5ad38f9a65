/**
 * Attributes of a device (IEEE 11073-20601, 6.3.2: the medical device system), as it answers a get.
 *
 *     count 2 │ length 2 │ id 2, length 2, value │ …
 *     model         manufacturer: length 2, text │ model number: length 2, text
 *     production    count 2 │ length 2 │ type 2, component 2, length 2, text │ …
 *     specialisations   count 2 │ length 2 │ code 2, version 2 │ …
 */
import { readText } from '../../src/bytes/text.ts';
import type { Limits } from '../../src/limits.ts';
import type { Segment } from '../../src/protocol.ts';
import type { Records } from '../../src/records.ts';
import { systemIdText } from './fields.ts';
import type { PhdSide } from './flow.ts';
import {
  ATTRIBUTE_CONFIGURATION,
  ATTRIBUTE_MODEL,
  ATTRIBUTE_PRODUCTION,
  ATTRIBUTE_SPECIALISATIONS,
  ATTRIBUTE_SYSTEM_ID,
  configurationOf,
  productionAttribute,
  specialisationOf,
} from './nomenclature.ts';
import { tellIdentity } from './tell.ts';

const LIST_HEADER_BYTES = 4;
const SYSTEM_ID_BYTES = 8;
const TEXT_BYTES_MAX = 64;

export class AttributeReader {
  private readonly limits: Limits;

  constructor(limits: Limits) {
    this.limits = limits;
  }

  /** The list of one answer, told once for a side: a manager asks the same again and again. */
  read(side: PhdSide, segment: Segment, records: Records, from: number, end: number): void {
    const { view } = segment;
    if (from + LIST_HEADER_BYTES > end) return;
    const count = Math.min(view.getUint16(from), this.limits.phdAttributesMax);
    let at = from + LIST_HEADER_BYTES;
    for (let i = 0; i < count && at + 4 <= end; i++) {
      const value = at + 4;
      const next = value + view.getUint16(at + 2);
      if (next > end) return;
      this.attribute(side, segment, records, view.getUint16(at), value, next);
      at = next;
    }
  }

  private attribute(side: PhdSide, segment: Segment, records: Records, id: number, at: number, end: number): void {
    const { view } = segment;
    const bit = TOLD_BITS[id];
    if (bit === undefined || (side.told & bit) !== 0) return;
    side.told |= bit;
    switch (id) {
      case ATTRIBUTE_SYSTEM_ID:
        if (end - at === 2 + SYSTEM_ID_BYTES)
          tellIdentity(segment, records, 'device-uid', systemIdText(view, at + 2), 'System-Id', 0.95);
        break;
      case ATTRIBUTE_MODEL:
        this.model(segment, records, at, end);
        break;
      case ATTRIBUTE_PRODUCTION:
        this.production(segment, records, at, end);
        break;
      case ATTRIBUTE_SPECIALISATIONS:
        this.specialisations(segment, records, at, end);
        break;
      case ATTRIBUTE_CONFIGURATION:
        if (end - at === 2)
          tellIdentity(
            segment,
            records,
            'specialisation',
            configurationOf(view.getUint16(at)),
            'Dev-Configuration-Id',
            0.85,
          );
        break;
    }
  }

  private model(segment: Segment, records: Records, at: number, end: number): void {
    const { view } = segment;
    const maker = textAt(view, at, end);
    tellIdentity(segment, records, 'manufacturer', maker, 'System-Model', 0.9);
    const second = at + 2 <= end ? at + 2 + view.getUint16(at) : end;
    tellIdentity(segment, records, 'model', textAt(view, second, end), 'System-Model', 0.9);
  }

  private production(segment: Segment, records: Records, from: number, end: number): void {
    const { view } = segment;
    if (from + LIST_HEADER_BYTES > end) return;
    const count = Math.min(view.getUint16(from), this.limits.phdAttributesMax);
    let at = from + LIST_HEADER_BYTES;
    for (let i = 0; i < count && at + 6 <= end; i++) {
      const attribute = productionAttribute(view.getUint16(at));
      if (attribute !== '')
        tellIdentity(segment, records, attribute, textAt(view, at + 4, end), 'Production-Specification', 0.9);
      at += 6 + view.getUint16(at + 4);
    }
  }

  private specialisations(segment: Segment, records: Records, from: number, end: number): void {
    const { view } = segment;
    if (from + LIST_HEADER_BYTES > end) return;
    const count = Math.min(view.getUint16(from), this.limits.phdAttributesMax);
    for (let i = 0, at = from + LIST_HEADER_BYTES; i < count && at + 4 <= end; i++, at += 4) {
      const name = specialisationOf(view.getUint16(at));
      tellIdentity(segment, records, 'specialisation', name, 'System-Type-Spec-List', 0.95);
    }
  }
}

/** One bit for each attribute; those of the association have the first two. */
const TOLD_BITS: Readonly<Record<number, number>> = {
  [ATTRIBUTE_SYSTEM_ID]: 1,
  [ATTRIBUTE_CONFIGURATION]: 2,
  [ATTRIBUTE_MODEL]: 4,
  [ATTRIBUTE_PRODUCTION]: 8,
  [ATTRIBUTE_SPECIALISATIONS]: 16,
};

/** An octet string: length 2, then as many characters. '' where it reaches past the end or is very long. */
function textAt(view: DataView, at: number, end: number): string {
  if (at + 2 > end) return '';
  const length = view.getUint16(at);
  return length <= TEXT_BYTES_MAX && at + 2 + length <= end ? readText(view, at + 2, length) : '';
}
