/**
 * The life of an association (PS3.8, chapter 7): asked, answered, ended.
 *
 *     A-ASSOCIATE-RQ ── AC ── P-DATA-TF … ── A-RELEASE-RQ ── A-RELEASE-RP      released
 *                    └─ RJ                                                     rejected
 *                             A-ABORT at any time                              aborted
 *
 * Every association has exactly one beginning and one end in the records. A mirror may show an answer
 * ahead of its request: it waits for the request, and counts as picked up in the middle when none comes.
 */
import type { FlowEnding, Segment } from '../../src/protocol.ts';
import { AssociationAnswer, AssociationEnd, type Records, stamp } from '../../src/records.ts';
import { type DicomFlow, ENDED, type Lane, NONE, OPEN } from './flow.ts';
import { tell } from './identity.ts';
import {
  ABORT,
  ASSOCIATE_ACCEPT,
  ASSOCIATE_BYTES_MIN,
  ASSOCIATE_REJECT,
  ASSOCIATE_REQUEST,
  RELEASE_REQUEST,
  SHORT_BODY_BYTES,
} from './pdu.ts';

// Body of A-ASSOCIATE-RQ: version (2), reserved (2), called AE (16), calling AE (16), reserved (32), items.
const CALLED_AE = 4;
const CALLING_AE = 20;
const AE_BYTES = 16;

// Body of A-ASSOCIATE-RJ: reserved, result, source, reason; of A-ABORT: reserved (2), source, reason.
const RESULT = 1;
const SOURCE = 2;
const REASON = 3;

const AE_CONFIDENCE = 0.9;
const IMPLEMENTATION_CONFIDENCE = 0.5;

/** One whole PDU that is not P-DATA-TF: its body is `[body, body + length)`. */
export function controlPdu(
  flow: DicomFlow,
  type: number,
  body: number,
  length: number,
  segment: Segment,
  records: Records,
): void {
  if (type === ASSOCIATE_REQUEST || type === ASSOCIATE_ACCEPT) {
    if (length < ASSOCIATE_BYTES_MIN) records.oddity('dicom_short_associate', segment.flow, segment.timeUs);
    else if (type === ASSOCIATE_REQUEST) request(flow, body, length, segment, records);
    else answer(flow, body, length, segment, records);
    return;
  }
  if (length !== SHORT_BODY_BYTES) records.oddity('dicom_wrong_pdu_length', segment.flow, segment.timeUs);
  if (type === ASSOCIATE_REJECT) {
    reject(flow, length < SHORT_BODY_BYTES ? -1 : body, segment, records);
    return;
  }
  beginUnseen(flow, segment, records);
  if (flow.phase !== OPEN) return;
  if (type === ABORT) {
    const { end } = flow.bench;
    end.result = -1;
    end.source = length < SHORT_BODY_BYTES ? -1 : segment.view.getUint8(body + SOURCE);
    end.reason = length < SHORT_BODY_BYTES ? -1 : segment.view.getUint8(body + REASON);
    finish(flow, end, 'aborted', segment, records);
  } else if (type === RELEASE_REQUEST) {
    flow.releaseAsked = true;
    settleRelease(flow, segment, records);
  } else {
    releaseReply(flow, segment, records);
  }
}

/** Something that only an association can carry was seen: opens one "in the middle" when its request was not. */
export function beginUnseen(flow: DicomFlow, segment: Segment, records: Records): void {
  const isEarly = flow.earlyAnswer !== null || flow.earlyRejection !== null;
  if (!isEarly && flow.phase !== NONE) return;
  // Whoever opened the connection asks, as far as anybody knows.
  if (!isEarly) flow.requestorToServer = true;
  if (flow.phase === OPEN) finishBare(flow, 'dropped', segment, records);
  const { association } = flow.bench;
  association.callingAe = '';
  association.calledAe = '';
  association.contextsProposed = 0;
  association.maxPduBytes = -1;
  association.implementationUid = '';
  association.implementationVersion = '';
  association.userIdentity = 0;
  association.roles = '';
  association.midstream = true;
  begin(flow, segment, records);
  settleEarly(flow, segment, records);
}

/** The transport is gone, and with it the association that did not end by itself. */
export function transportEnd(flow: DicomFlow, how: FlowEnding, segment: Segment, records: Records): void {
  if (flow.earlyAnswer !== null || flow.earlyRejection !== null) beginUnseen(flow, segment, records);
  settleRelease(flow, segment, records);
  if (flow.phase === OPEN) finishBare(flow, how === 'open' ? 'open' : 'dropped', segment, records);
}

/** The request of an early A-RELEASE-RP is here, or will never come. */
export function settleRelease(flow: DicomFlow, segment: Segment, records: Records): void {
  if (flow.phase === OPEN && flow.releaseRepliedUs >= 0) finishBare(flow, 'released', segment, records);
}

function request(flow: DicomFlow, body: number, length: number, segment: Segment, records: Records): void {
  const { view, toServer } = segment;
  const { association, negotiation, texts } = flow.bench;
  const isEarly = flow.earlyAnswer !== null || flow.earlyRejection !== null;
  if (isEarly && flow.requestorToServer !== toServer) beginUnseen(flow, segment, records);
  settleRelease(flow, segment, records);
  if (flow.phase === OPEN) records.oddity('dicom_request_in_association', segment.flow, segment.timeUs);
  if (flow.phase === OPEN) finishBare(flow, 'dropped', segment, records);

  flow.requestorToServer = toServer;
  if (flow.earlyAnswer === null) flow.contexts.clear();
  if ((view.getUint16(body) & 1) === 0) records.oddity('dicom_version', segment.flow, segment.timeUs);
  negotiation.read(view, body + ASSOCIATE_BYTES_MIN, body + length, flow.contexts);
  if (negotiation.oddity !== '') records.oddity(negotiation.oddity, segment.flow, segment.timeUs);
  association.calledAe = texts.read(view, body + CALLED_AE, AE_BYTES);
  association.callingAe = texts.read(view, body + CALLING_AE, AE_BYTES);
  association.contextsProposed = negotiation.contextsProposed;
  association.maxPduBytes = negotiation.maxPduBytes;
  association.implementationUid = negotiation.implementationUid;
  association.implementationVersion = negotiation.implementationVersion;
  association.userIdentity = negotiation.userIdentity;
  association.roles = negotiation.roles.size === 0 ? '' : [...negotiation.roles].join(' ');
  association.midstream = false;
  begin(flow, segment, records);
  flow.lane(!toServer).pduBytesMax = negotiation.maxPduBytes;

  const isPlain = isPrintable(view, body + CALLED_AE) && isPrintable(view, body + CALLING_AE);
  if (!isPlain) records.oddity('dicom_bad_ae_title', segment.flow, segment.timeUs);
  flow.calledAe = isPlain ? association.calledAe : '';
  if (isPlain) tellTitle(flow, toServer, association.callingAe, 'DICOM calling AE title', segment, records);
  tellVersion(flow, toServer, association.implementationVersion, segment, records);
  settleEarly(flow, segment, records);
}

function answer(flow: DicomFlow, body: number, length: number, segment: Segment, records: Records): void {
  const isWaiting = flow.phase === OPEN && !flow.contexts.answered;
  if (flow.earlyAnswer !== null || (flow.phase === OPEN && flow.contexts.answered)) {
    records.oddity('dicom_second_answer', segment.flow, segment.timeUs);
    return;
  }
  if (isWaiting && !flow.midstream && flow.requestorToServer === segment.toServer) {
    records.oddity('dicom_answer_from_requestor', segment.flow, segment.timeUs);
    return;
  }
  if (!isWaiting) flow.contexts.clear();
  flow.requestorToServer = !segment.toServer;
  const { negotiation } = flow.bench;
  negotiation.read(segment.view, body + ASSOCIATE_BYTES_MIN, body + length, flow.contexts);
  if (negotiation.oddity !== '') records.oddity(negotiation.oddity, segment.flow, segment.timeUs);
  flow.contexts.answered = true;
  const said = isWaiting ? flow.bench.answer : new AssociationAnswer();
  said.maxPduBytes = negotiation.maxPduBytes;
  said.implementationUid = negotiation.implementationUid;
  said.implementationVersion = negotiation.implementationVersion;
  if (isWaiting) accepted(flow, said, segment, records);
  else flow.earlyAnswer = said;
}

function accepted(flow: DicomFlow, said: AssociationAnswer, segment: Segment, records: Records): void {
  const { bench, contexts, requestorToServer } = flow;
  said.contextsAccepted = contexts.accepted;
  said.sopClasses = contexts.sopClasses(bench.sopClasses);
  said.transferSyntaxes = contexts.transferSyntaxes(bench.transferSyntaxes);
  stamp(said, segment);
  records.associationAnswer(said);
  flow.lane(requestorToServer).pduBytesMax = said.maxPduBytes;
  tellTitle(flow, !requestorToServer, flow.calledAe, 'DICOM called AE title', segment, records);
  tellVersion(flow, !requestorToServer, said.implementationVersion, segment, records);
}

function reject(flow: DicomFlow, body: number, segment: Segment, records: Records): void {
  if (flow.phase === ENDED || flow.earlyAnswer !== null || flow.earlyRejection !== null) return;
  const end = flow.phase === OPEN ? flow.bench.end : new AssociationEnd();
  end.result = body < 0 ? -1 : segment.view.getUint8(body + RESULT);
  end.source = body < 0 ? -1 : segment.view.getUint8(body + SOURCE);
  end.reason = body < 0 ? -1 : segment.view.getUint8(body + REASON);
  if (flow.phase === OPEN) {
    finish(flow, end, 'rejected', segment, records);
  } else {
    flow.requestorToServer = !segment.toServer;
    flow.earlyRejection = end;
  }
}

function releaseReply(flow: DicomFlow, segment: Segment, records: Records): void {
  flow.releaseRepliedUs = segment.timeUs;
  const asking = flow.lane(!segment.toServer);
  // The asking side is whole, only late: its last messages still belong to this association.
  if (!flow.releaseAsked && !asking.unsure && !asking.seeking) return;
  settleRelease(flow, segment, records);
}

function begin(flow: DicomFlow, segment: Segment, records: Records): void {
  const { association } = flow.bench;
  flow.phase = OPEN;
  flow.midstream = association.midstream;
  flow.calledAe = '';
  flow.startUs = segment.timeUs;
  flow.instances = 0;
  flow.instanceBytes = 0;
  flow.releaseAsked = false;
  flow.releaseRepliedUs = -1;
  flow.toldOverMaximum = false;
  flow.toldUnknownContext = false;
  flow.told.clear();
  beginLane(flow.toServer, association.midstream);
  beginLane(flow.toClient, association.midstream);
  association.fromClient = flow.requestorToServer;
  stamp(association, segment);
  records.association(association);
}

function beginLane(lane: Lane, isMidstream: boolean): void {
  lane.pduBytesMax = -1;
  lane.requests.clear();
  if (!isMidstream) lane.abandon();
}

/** What overtook the request. */
function settleEarly(flow: DicomFlow, segment: Segment, records: Records): void {
  const said = flow.earlyAnswer;
  const end = flow.earlyRejection;
  flow.earlyAnswer = null;
  flow.earlyRejection = null;
  if (said !== null) accepted(flow, said, segment, records);
  else if (end !== null) finish(flow, end, 'rejected', segment, records);
}

function finishBare(flow: DicomFlow, how: AssociationEnd['how'], segment: Segment, records: Records): void {
  const { end } = flow.bench;
  end.result = -1;
  end.source = -1;
  end.reason = -1;
  finish(flow, end, how, segment, records);
}

function finish(
  flow: DicomFlow,
  end: AssociationEnd,
  how: AssociationEnd['how'],
  segment: Segment,
  records: Records,
): void {
  const endUs = flow.releaseRepliedUs >= 0 ? flow.releaseRepliedUs : segment.timeUs;
  end.how = how;
  end.instances = flow.instances;
  end.instanceBytes = flow.instanceBytes;
  end.durationUs = Math.max(0, endUs - flow.startUs);
  stamp(end, segment);
  records.associationEnd(end);
  flow.phase = ENDED;
  flow.releaseRepliedUs = -1;
}

function tellTitle(
  flow: DicomFlow,
  ofClient: boolean,
  title: string,
  source: string,
  segment: Segment,
  records: Records,
): void {
  tell(flow, ofClient, 'ae-title', title, source, AE_CONFIDENCE, segment, records);
}

function tellVersion(flow: DicomFlow, ofClient: boolean, version: string, segment: Segment, records: Records): void {
  const source = 'DICOM implementation version name';
  tell(flow, ofClient, 'dicom-implementation', version, source, IMPLEMENTATION_CONFIDENCE, segment, records);
}

/** Characters of an AE title (PS3.5, 6.2), or NUL padding. */
function isPrintable(view: DataView, at: number): boolean {
  for (let i = at; i < at + AE_BYTES; i++) {
    const code = view.getUint8(i);
    if (code !== 0 && (code < 0x20 || code > 0x7e)) return false;
  }
  return true;
}
