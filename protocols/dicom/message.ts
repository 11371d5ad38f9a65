/**
 * DIMSE messages from fragments (PS3.7, 6.3; PS3.8, annex E): a command set, then perhaps a data set,
 * each cut into fragments of any size.
 *
 * A command set is collected and read when it is whole. A data set flows through a reader that soon has
 * what it wants; from there on its bytes are counted and dropped.
 */
import type { Segment } from '../../src/protocol.ts';
import { type Records, stamp } from '../../src/records.ts';
import {
  C_CANCEL_RQ,
  C_FIND_RQ,
  C_GET_RQ,
  C_MOVE_RQ,
  C_STORE_RQ,
  isPending,
  RESPONSE,
  verbOf,
  writingService,
} from './command.ts';
import { DataSetReader, FOR_IMAGE, FOR_QUERY } from './data-set.ts';
import {
  type DicomFlow,
  DROP,
  IDENTIFIER,
  IMAGE,
  type Lane,
  NO_DATA_SET,
  OTHER_DATA_SET,
  TO_COMMAND,
  TO_DATA_SET,
} from './flow.ts';
import { tellDevice } from './identity.ts';
import { CONTROL_COMMAND, CONTROL_LAST, CONTROL_RESERVED } from './pdu.ts';
import { IMPLICIT_LITTLE_ENDIAN, isDeflated } from './uids.ts';

const COMMAND_START_BYTES = 512;

/** The header of a PDV has been read; `fragmentBytes` follow. */
export function beginFragment(
  flow: DicomFlow,
  lane: Lane,
  context: number,
  control: number,
  fragmentBytes: number,
  segment: Segment,
  records: Records,
): void {
  lane.fragmentIsCommand = (control & CONTROL_COMMAND) !== 0;
  lane.fragmentIsLast = (control & CONTROL_LAST) !== 0;
  lane.fragmentContext = context;
  if ((control & CONTROL_RESERVED) !== 0) records.oddity('dicom_bad_control', segment.flow, segment.timeUs);
  if (!flow.toldUnknownContext && !flow.contexts.mayCarry(context)) {
    flow.toldUnknownContext = true;
    records.oddity('dicom_unknown_context', segment.flow, segment.timeUs);
  }
  if (lane.fragmentIsCommand) beginCommandFragment(lane, segment, records);
  else beginDataFragment(flow, lane, fragmentBytes, segment, records);
}

/** Bytes of the fragment; not called for those that are dropped. */
export function takeFragment(
  flow: DicomFlow,
  lane: Lane,
  at: number,
  end: number,
  segment: Segment,
  records: Records,
): void {
  if (lane.sink === TO_COMMAND) collectCommand(flow, lane, at, end, segment, records);
  else if (lane.reader !== null) {
    lane.reader.feed(segment.view, at, end);
    if (lane.reader.done) {
      lane.sink = DROP;
      describe(flow, lane, lane.reader, segment, records);
    }
  }
}

export function endFragment(flow: DicomFlow, lane: Lane, segment: Segment, records: Records): void {
  if (!lane.fragmentIsLast) return;
  if (lane.fragmentIsCommand) endCommand(flow, lane, segment, records);
  else if (lane.awaits !== NO_DATA_SET) endDataSet(flow, lane, segment, records);
}

function beginCommandFragment(lane: Lane, segment: Segment, records: Records): void {
  if (lane.awaits !== NO_DATA_SET) {
    records.oddity('dicom_data_set_missing', segment.flow, segment.timeUs);
    lane.abandon();
  }
  lane.sink = lane.commandTooLong ? DROP : TO_COMMAND;
}

function beginDataFragment(
  flow: DicomFlow,
  lane: Lane,
  fragmentBytes: number,
  segment: Segment,
  records: Records,
): void {
  if (lane.commandBytes > 0 || lane.commandTooLong) {
    records.oddity('dicom_command_unfinished', segment.flow, segment.timeUs);
    lane.abandon();
    lane.unsure = true;
  }
  lane.sink = DROP;
  if (lane.awaits === NO_DATA_SET) {
    if (!lane.unsure) records.oddity('dicom_data_without_command', segment.flow, segment.timeUs);
    return;
  }
  if (lane.fragmentContext !== lane.messageContext) {
    records.oddity('dicom_context_changed', segment.flow, segment.timeUs);
  }
  lane.dataBytes += fragmentBytes;
  if (lane.awaits === OTHER_DATA_SET) return;
  lane.reader ??= new DataSetReader(flow.bench.limits, flow.bench.key, flow.bench.texts);
  if (!lane.dataBegun) {
    lane.dataBegun = true;
    lane.described = false;
    const syntax = flow.contexts.transferSyntax(lane.messageContext);
    lane.reader.begin(lane.awaits === IMAGE ? FOR_IMAGE : FOR_QUERY, isDeflated(syntax));
  }
  if (!lane.reader.done) lane.sink = TO_DATA_SET;
}

function collectCommand(
  flow: DicomFlow,
  lane: Lane,
  at: number,
  end: number,
  segment: Segment,
  records: Records,
): void {
  const need = lane.commandBytes + end - at;
  if (need > flow.bench.limits.dicomCommandBytesMax) {
    records.oddity('dicom_command_too_long', segment.flow, segment.timeUs);
    lane.commandTooLong = true;
    lane.commandBytes = 0;
    lane.sink = DROP;
    return;
  }
  if (lane.commandBytes === 0 && lane.fragmentIsLast && end - at === lane.fragmentLeft) {
    flow.bench.command.read(segment.view, at, end);
    lane.commandRead = true;
    return;
  }
  if (need > lane.command.length) {
    const longer = new Uint8Array(Math.max(COMMAND_START_BYTES, 2 * need));
    longer.set(lane.command);
    lane.command = longer;
  }
  const { view } = segment;
  for (let i = at; i < end; i++) lane.command[lane.commandBytes++] = view.getUint8(i);
}

function endCommand(flow: DicomFlow, lane: Lane, segment: Segment, records: Records): void {
  const { command } = flow.bench;
  const isLost = lane.commandTooLong;
  if (!isLost && !lane.commandRead) command.read(new DataView(lane.command.buffer), 0, lane.commandBytes);
  lane.abandon();
  // After a loss this may be the rest of a command set whose beginning nobody saw.
  if (isLost || (lane.unsure && !command.hasGroupLength)) {
    lane.unsure = true;
    return;
  }
  if (command.oddity !== '') records.oddity(command.oddity, segment.flow, segment.timeUs);
  lane.unsure = command.field < 0;
  if (command.field < 0) return;
  tellMessage(flow, lane, segment, records);
  const writing = writingService(command.field);
  if (writing !== '') {
    const { operation } = flow.bench;
    operation.fromClient = segment.toServer;
    operation.protocol = 'dicom';
    operation.verb = `${writing} ${command.sopClass}`.trimEnd();
    stamp(operation, segment);
    records.operation(operation);
  }
  if (command.hasDataSet) awaitDataSet(flow, lane, segment);
}

function tellMessage(flow: DicomFlow, lane: Lane, segment: Segment, records: Records): void {
  const { command, dimse } = flow.bench;
  const isCancel = command.field === C_CANCEL_RQ;
  const isResponse = (command.field & RESPONSE) !== 0;
  dimse.fromClient = segment.toServer;
  dimse.verb = verbOf(command.field);
  dimse.status = isResponse ? command.status : -1;
  dimse.messageId = isResponse || isCancel ? command.respondedTo : command.messageId;
  dimse.sopClass = command.sopClass;
  dimse.moveDestination = command.moveDestination;
  dimse.moveOriginator = command.moveOriginator;
  dimse.remaining = command.remaining;
  dimse.completed = command.completed;
  dimse.failed = command.failed;
  dimse.warning = command.warning;
  dimse.typeId = command.typeId;
  dimse.hasDataSet = command.hasDataSet;
  dimse.latencyUs = -1;
  if (isResponse) {
    const { requests } = flow.lane(!segment.toServer);
    dimse.latencyUs = requests.waitedUs(dimse.messageId, segment.timeUs);
    if (!isPending(command.status)) requests.remove(dimse.messageId);
  } else if (!isCancel) {
    lane.requests.add(dimse.messageId, segment.timeUs, flow.bench.limits.dicomPendingMax);
  }
  stamp(dimse, segment);
  records.dimse(dimse);
}

function awaitDataSet(flow: DicomFlow, lane: Lane, segment: Segment): void {
  const { command } = flow.bench;
  const { field } = command;
  const isQuery = field === C_FIND_RQ || field === C_MOVE_RQ || field === C_GET_RQ;
  lane.awaits = field === C_STORE_RQ ? IMAGE : isQuery ? IDENTIFIER : OTHER_DATA_SET;
  lane.messageContext = lane.fragmentContext;
  lane.messageVerb = verbOf(field);
  lane.messageSopClass = command.sopClass;
  lane.messageIsOwn = segment.toServer === flow.requestorToServer && command.moveOriginator === '';
}

function endDataSet(flow: DicomFlow, lane: Lane, segment: Segment, records: Records): void {
  const { awaits, reader } = lane;
  if (reader !== null && awaits !== OTHER_DATA_SET) {
    const wasDone = reader.done;
    reader.finish();
    if (!wasDone) describe(flow, lane, reader, segment, records);
    if (awaits === IMAGE) tellInstance(flow, lane, reader, segment, records);
    else tellQuery(flow, lane, reader, segment, records);
  }
  lane.abandon();
}

/** The reader has all it will ever have of this data set. */
function describe(flow: DicomFlow, lane: Lane, reader: DataSetReader, segment: Segment, records: Records): void {
  if (lane.described) return;
  lane.described = true;
  const syntax = flow.contexts.transferSyntax(lane.messageContext);
  // With the answer unseen, bytes that nobody can read may well be deflated.
  const isUnreadable = syntax === '' && !reader.element.told;
  if (reader.oddity !== '' && !isUnreadable) records.oddity(reader.oddity, segment.flow, segment.timeUs);
  else if (syntax !== '' && reader.element.told && reader.element.explicit !== (syntax !== IMPLICIT_LITTLE_ENDIAN)) {
    records.oddity('dicom_wrong_syntax', segment.flow, segment.timeUs);
  }
  if (lane.awaits === IMAGE) tellDevice(flow, reader, lane.messageIsOwn, segment, records);
}

function tellInstance(flow: DicomFlow, lane: Lane, reader: DataSetReader, segment: Segment, records: Records): void {
  const { instance } = flow.bench;
  flow.instances++;
  flow.instanceBytes += lane.dataBytes;
  instance.fromClient = segment.toServer;
  instance.sopClass = lane.messageSopClass;
  instance.transferSyntax = flow.contexts.transferSyntax(lane.messageContext);
  instance.modality = reader.modality;
  instance.bytes = lane.dataBytes;
  instance.studyHash = reader.studyHash;
  instance.clockSkewUs = reader.created.skewUs(segment.timeUs);
  instance.localClockSkewUs = reader.created.localSkewUs(segment.timeUs);
  stamp(instance, segment);
  records.instance(instance);
}

function tellQuery(flow: DicomFlow, lane: Lane, reader: DataSetReader, segment: Segment, records: Records): void {
  const { query } = flow.bench;
  query.fromClient = segment.toServer;
  query.verb = lane.messageVerb;
  query.sopClass = lane.messageSopClass;
  query.level = reader.level;
  // What could not be read to its end is not called broad.
  query.broad = reader.oddity === '' && !reader.narrow;
  stamp(query, segment);
  records.query(query);
}
