/**
 * Association of a device with its manager (IEEE 11073-20601, 8.7 and annex A): who they are, and what the device is.
 *
 *     AARQ  version 4 │ list: count 2, length 2 │ protocol 2, length 2, information … │ …
 *     AARE  result 2 │ protocol 2, length 2, information
 *     information  protocol version 4 │ encoding 2 │ nomenclature 4 │ functions 4 │ system type 4 │
 *                  system id: length 2, EUI-64 8 │ configuration 2 │ data requests 4 │ options
 */
import type { Segment } from '../../src/protocol.ts';
import type { Records } from '../../src/records.ts';
import { systemIdText } from './fields.ts';
import type { PhdSide } from './flow.ts';
import { PROTOCOL_20601 } from './frame.ts';
import { configurationOf } from './nomenclature.ts';
import { tellIdentity, tellMessage } from './tell.ts';

const LIST_AT = 4;
const PROTOCOLS_MAX = 8;
const PROTOCOL_BYTES = 4;
const SYSTEM_TYPE_AT = 14;
const SYSTEM_ID_AT = 18;
const SYSTEM_ID_BYTES = 8;
const CONFIGURATION_AT = 28;
const AGENT = 0x0080_0000;

const UUID_TOLD = 1;
const SPECIALISATION_TOLD = 2;
const ACCEPTED = 0;
const ACCEPTED_UNKNOWN_CONFIGURATION = 3;

export class AssociationReader {
  request(side: PhdSide, segment: Segment, records: Records, body: number, end: number): void {
    tellMessage(segment, records, 'AARQ');
    const { view } = segment;
    let at = body + LIST_AT + 4;
    if (at > end) return;
    const count = Math.min(view.getUint16(body + LIST_AT), PROTOCOLS_MAX);
    for (let i = 0; i < count && at + PROTOCOL_BYTES <= end; i++) {
      const next = Math.min(end, at + PROTOCOL_BYTES + view.getUint16(at + 2));
      if (view.getUint16(at) === PROTOCOL_20601) this.information(side, segment, records, at + PROTOCOL_BYTES, next);
      at = next;
    }
  }

  response(side: PhdSide, segment: Segment, records: Records, body: number, end: number): void {
    const { view } = segment;
    const result = end - body >= 2 ? view.getUint16(body) : -1;
    const isAccepted = result === ACCEPTED || result === ACCEPTED_UNKNOWN_CONFIGURATION;
    tellMessage(segment, records, isAccepted ? 'AARE accepted' : 'AARE rejected');
    const at = body + 2;
    if (at + PROTOCOL_BYTES > end || view.getUint16(at) !== PROTOCOL_20601) return;
    const next = Math.min(end, at + PROTOCOL_BYTES + view.getUint16(at + 2));
    this.information(side, segment, records, at + PROTOCOL_BYTES, next);
  }

  private information(side: PhdSide, segment: Segment, records: Records, at: number, end: number): void {
    const { view } = segment;
    if (at + SYSTEM_ID_AT + 2 + SYSTEM_ID_BYTES > end) return;
    if (view.getUint16(at + SYSTEM_ID_AT) !== SYSTEM_ID_BYTES) return;
    if ((side.told & UUID_TOLD) === 0) {
      side.told |= UUID_TOLD;
      const id = systemIdText(view, at + SYSTEM_ID_AT + 2);
      tellIdentity(segment, records, 'device-uid', id, 'system-id', 0.95);
    }
    const isAgent = (view.getUint32(at + SYSTEM_TYPE_AT) & AGENT) !== 0;
    if (!isAgent || at + CONFIGURATION_AT + 2 > end || (side.told & SPECIALISATION_TOLD) !== 0) return;
    const name = configurationOf(view.getUint16(at + CONFIGURATION_AT));
    if (name === '') return;
    side.told |= SPECIALISATION_TOLD;
    tellIdentity(segment, records, 'specialisation', name, 'dev-config-id', 0.85);
  }
}
