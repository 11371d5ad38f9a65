/**
 * DICOM upper layer (PS3.8, chapter 9) on any TCP port, both directions: the walk of PDUs and PDVs.
 *
 * Only control PDUs are waited for whole; of a P-DATA-TF the 6-byte headers of PDU and PDV are read,
 * fragments go to `message.ts` as they come, and what nobody wants is stepped over unseen. After a loss
 * the place is known again when the loss lies inside one PDU; otherwise the next believable header is
 * looked for, and the message on its way is forgotten rather than guessed.
 */

import type { Limits } from '../../src/limits.ts';
import { MAYBE, NO, type Protocol, type Segment, YES } from '../../src/protocol.ts';
import type { Records } from '../../src/records.ts';
import { beginUnseen, controlPdu, settleRelease, transportEnd } from './association.ts';
import { DicomFlow, DROP, type Lane, Workbench } from './flow.ts';
import { beginFragment, endFragment, takeFragment } from './message.ts';
import {
  ABORT,
  ASSOCIATE_ACCEPT,
  ASSOCIATE_REJECT,
  ASSOCIATE_REQUEST,
  associateShape,
  commandShape,
  DATA,
  dataShape,
  PDU_HEADER_BYTES,
  PDU_LENGTH,
  PDV_HEADER_BYTES,
  PDV_LENGTH_MIN,
  shortShape,
} from './pdu.ts';

/** A-ASSOCIATE-RJ, A-RELEASE and A-ABORT have 4 bytes; a header that says much more is none. */
const SHORT_BODY_BYTES_MAX = 64;

export interface DicomOptions {
  /** Key of the hashes by which studies are counted (contract 4.6). */
  readonly key: Uint8Array;
  readonly limits: Limits;
}

export function createDicom({ key, limits }: DicomOptions): Protocol<DicomFlow> {
  const bench = new Workbench(limits, key);
  return {
    name: 'dicom',
    transport: 'tcp',
    ports: [104, 11112, 4242, 105],
    recognises: (segment) => recognises(segment, limits),
    open: () => new DicomFlow(bench),
    decode(flow, segment, records) {
      const lane = flow.lane(segment.toServer);
      if (!lane.begun) {
        lane.begun = true;
        lane.seeking = segment.midstream;
        lane.unsure = segment.midstream;
      }
      const at = walk(flow, lane, segment, records);
      lane.undone = Math.max(0, segment.end - at);
      return at - segment.start;
    },
    gap: (flow, segment, bytes, records) => gap(flow, segment, bytes, records),
    close: (flow, segment, how, records) => transportEnd(flow, how, segment, records),
  };
}

function recognises(segment: Segment, limits: Limits): number {
  const { view, start, end } = segment;
  if (start >= end) return MAYBE;
  const type = view.getUint8(start);
  if (type === ASSOCIATE_REQUEST || type === ASSOCIATE_ACCEPT) {
    return associateShape(view, start, end, limits.dicomControlPduBytesMax);
  }
  if (type === ASSOCIATE_REJECT) return shortShape(view, start, end);
  if (!segment.midstream) return NO;
  return type === DATA ? commandShape(view, start, end, limits.dicomDataPduBytesMax) : shortShape(view, start, end);
}

/** Returns how far it came; beyond `segment.end` when what follows is not wanted. */
function walk(flow: DicomFlow, lane: Lane, segment: Segment, records: Records): number {
  const { end } = segment;
  let at = segment.start;
  while (at < end) {
    if (lane.blindLeft > 0) {
      at += lane.blindLeft;
      lane.blindLeft = 0;
    } else if (lane.seeking) {
      at = seek(flow, lane, at, segment);
      if (lane.seeking) return at;
    } else if (lane.fragmentLeft > 0) {
      at = fragment(flow, lane, at, segment, records);
    } else if (lane.pduLeft > 0) {
      if (end - at < Math.min(PDV_HEADER_BYTES, lane.pduLeft)) return at;
      at = pdvHeader(flow, lane, at, segment, records);
    } else {
      if (end - at < PDU_HEADER_BYTES) return at;
      const next = pduHeader(flow, lane, at, segment, records);
      if (next === at) return at;
      at = next;
    }
  }
  return at;
}

/** Returns `at` when the PDU must be whole and is not. */
function pduHeader(flow: DicomFlow, lane: Lane, at: number, segment: Segment, records: Records): number {
  const { view, end } = segment;
  const { limits } = flow.bench;
  const type = view.getUint8(at);
  const length = view.getUint32(at + PDU_LENGTH);
  const body = at + PDU_HEADER_BYTES;
  if (type < ASSOCIATE_REQUEST || type > ABORT) return lose(lane, 'dicom_unknown_pdu', at, segment, records);
  if (type === DATA) {
    if (length > limits.dicomDataPduBytesMax) return lose(lane, 'dicom_pdu_too_long', at, segment, records);
    beginUnseen(flow, segment, records);
    if (lane.pduBytesMax > 0 && length > lane.pduBytesMax && !flow.toldOverMaximum) {
      flow.toldOverMaximum = true;
      records.oddity('dicom_pdu_over_maximum', segment.flow, segment.timeUs);
    }
    if (length === 0) records.oddity('dicom_empty_pdu', segment.flow, segment.timeUs);
    lane.pduLeft = length;
    return body;
  }
  const isShort = type !== ASSOCIATE_REQUEST && type !== ASSOCIATE_ACCEPT;
  if (length > (isShort ? SHORT_BODY_BYTES_MAX : limits.dicomControlPduBytesMax)) {
    return lose(lane, 'dicom_pdu_too_long', at, segment, records);
  }
  if (length > end - body) return at;
  controlPdu(flow, type, body, length, segment, records);
  return body + length;
}

function pdvHeader(flow: DicomFlow, lane: Lane, at: number, segment: Segment, records: Records): number {
  if (lane.pduLeft < PDV_HEADER_BYTES) return skipPdu(lane, 'dicom_pdv_short', at, segment, records);
  const { view } = segment;
  const length = view.getUint32(at);
  if (length < PDV_LENGTH_MIN) return skipPdu(lane, 'dicom_pdv_short', at, segment, records);
  if (length > lane.pduLeft - 4) return skipPdu(lane, 'dicom_pdv_overrun', at, segment, records);
  lane.pduLeft -= PDV_HEADER_BYTES;
  lane.fragmentLeft = length - PDV_LENGTH_MIN;
  beginFragment(flow, lane, view.getUint8(at + 4), view.getUint8(at + 5), lane.fragmentLeft, segment, records);
  if (lane.fragmentLeft === 0) endFragment(flow, lane, segment, records);
  return at + PDV_HEADER_BYTES;
}

function fragment(flow: DicomFlow, lane: Lane, at: number, segment: Segment, records: Records): number {
  const have = Math.min(lane.fragmentLeft, segment.end - at);
  if (lane.sink !== DROP) takeFragment(flow, lane, at, at + have, segment, records);
  advance(lane, have);
  if (lane.fragmentLeft === 0) {
    endFragment(flow, lane, segment, records);
    return at + have;
  }
  if (lane.sink !== DROP) return at + have;
  // The last byte is waited for: a data set has passed when its end has, not when it was announced.
  const unseen = lane.fragmentLeft - 1;
  advance(lane, unseen);
  return at + have + unseen;
}

function advance(lane: Lane, bytes: number): void {
  lane.fragmentLeft -= bytes;
  lane.pduLeft -= bytes;
}

/** The PDVs of this PDU make no sense; the PDU itself ends where it said. */
function skipPdu(lane: Lane, oddity: string, at: number, segment: Segment, records: Records): number {
  records.oddity(oddity, segment.flow, segment.timeUs);
  const next = at + lane.pduLeft;
  forget(lane);
  return next;
}

/** No PDU stands here. */
function lose(lane: Lane, oddity: string, at: number, segment: Segment, records: Records): number {
  records.oddity(oddity, segment.flow, segment.timeUs);
  forget(lane);
  lane.seeking = true;
  return at + 1;
}

function forget(lane: Lane): void {
  lane.pduLeft = 0;
  lane.fragmentLeft = 0;
  lane.unsure = true;
  lane.abandon();
}

/** Looks for a believable PDU header; returns where it stands, or from where more bytes are needed. */
function seek(flow: DicomFlow, lane: Lane, from: number, segment: Segment): number {
  for (let at = from; at < segment.end; at++) {
    const verdict = believable(flow, at, segment);
    if (verdict === NO) continue;
    lane.seeking = verdict !== YES;
    return at;
  }
  return segment.end;
}

function believable(flow: DicomFlow, at: number, { view, end }: Segment): number {
  const { limits } = flow.bench;
  const type = view.getUint8(at);
  if (type < ASSOCIATE_REQUEST || type > ABORT) return NO;
  if (type === DATA) return dataShape(view, at, end, limits.dicomDataPduBytesMax, flow.contexts);
  if (type < ASSOCIATE_REJECT) return associateShape(view, at, end, limits.dicomControlPduBytesMax);
  return shortShape(view, at, end);
}

function gap(flow: DicomFlow, segment: Segment, bytes: number, records: Records): void {
  const lane = flow.lane(segment.toServer);
  const lost = lane.undone + bytes;
  lane.undone = 0;
  lane.begun = true;
  records.oddity('dicom_gap', segment.flow, segment.timeUs);
  if (lane.blindLeft >= lost) {
    lane.blindLeft -= lost;
  } else if (lane.fragmentLeft >= lost && lane.sink === DROP) {
    // Nobody would have looked at these bytes, and their number is known.
    advance(lane, lost);
    if (lane.fragmentLeft === 0) endFragment(flow, lane, segment, records);
  } else {
    const left = lane.blindLeft + lane.pduLeft - lost;
    forget(lane);
    lane.blindLeft = Math.max(0, left);
    lane.seeking = true;
    // What the other side still waits for may have been in the hole.
    settleRelease(flow, segment, records);
  }
}
