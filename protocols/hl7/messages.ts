/**
 * What the segments of a block mean: where a message or a batch begins and ends, and what is told of it.
 *
 *     MSH …  segment  segment …            a message: up to the end block, the next MSH, or the end of the stream
 *     FHS BHS  MSH … MSH …  BTS FTS        a batch: messages in one block (HL7 v2 chapter 2, "Batch protocol")
 *
 * A message of which bytes were lost is not told at all: nothing is invented.
 */
import { stamp } from '../../src/records.ts';
import type { Context } from './context.ts';
import { BETWEEN, BLOCK, type Hl7Flow, type Hl7Side, LOST } from './flow.ts';
import { readHeader, readSeparators } from './header.ts';
import { BHS, BTS, EQU, ERR, encodingCharacters, FHS, FTS, MSA, MSH, NO_SEGMENT, OBX, PRT } from './names.ts';
import { Pending } from './pending.ts';
import { readAcknowledgement, readEquipment, readError, readObservation, readParticipation } from './segments.ts';
import type { Source } from './source.ts';

/** Behind a header without start block, so many encoding characters make it one. */
const ENCODING_CHARACTERS_MIN = 3;

/** MLLP release 2 commit blocks: one byte between start and end block. */
const COMMIT_ACCEPTED = 0x06;
const COMMIT_REFUSED = 0x15;

/** Orders, equipment commands and settings: messages that can change what a device does. */
const CONTROLS = new Set(['RGV', 'OMP', 'RDE', 'RDS', 'EAC', 'TCU', 'MFN']);

/** One segment, or what stands in its place, has ended: `[from, from + length)`, its beginning if it was long. */
export function endLine(
  context: Context,
  flow: Hl7Flow,
  side: Hl7Side,
  source: Source,
  from: number,
  length: number,
  kind: number,
): void {
  if (side.place === LOST) return;
  const isHeader = kind === MSH || kind === FHS || kind === BHS;
  if (side.place === BETWEEN) {
    if (!isHeader || !isCertain(source, from, length)) {
      noBlock(context, flow, side);
      return;
    }
    side.place = BLOCK;
    side.framed = false;
  }
  side.fresh = false;
  // Inside of a message a stray line that happens to begin with these letters shall not end it.
  if (isHeader && side.reading && !isCertain(source, from, length)) stray(context, flow, side, source, from, length);
  else if (kind === MSH) beginMessage(context, flow, side, source, from, length);
  else if (isHeader) beginBatch(context, flow, side);
  else if (side.reading && kind === NO_SEGMENT) stray(context, flow, side, source, from, length);
  else if (kind === BTS || kind === FTS) endOfBatch(context, flow, side, kind);
  else if (side.reading) readSegment(context, flow, side, source, from, length, kind);
  else if (!side.inBatch) noMessage(context, flow, side, source, from, length);
}

/** Is the header at `from` followed by encoding characters? */
function isCertain(source: Source, from: number, length: number): boolean {
  if (length < 4) return false;
  return encodingCharacters(source.bytes, from + 4, from + length, source.bytes[from + 3]!) >= ENCODING_CHARACTERS_MIN;
}

/** A line where a block should begin. In the middle of a stream that is the rest of a message. */
function noBlock(context: Context, flow: Hl7Flow, side: Hl7Side): void {
  if (side.fresh && context.segment.midstream) side.place = LOST;
  else context.odd(flow, 'hl7_between_blocks');
  side.fresh = false;
}

/** A line in a message that is no segment: mostly a line end inside a text. HLLP ends with size and checksum. */
function stray(context: Context, flow: Hl7Flow, side: Hl7Side, source: Source, from: number, length: number): void {
  if (side.hllp && length === 8 && areDigits(source, from, 8)) return;
  context.odd(flow, 'hl7_segment_name');
}

/** A line in a block before any header. */
function noMessage(context: Context, flow: Hl7Flow, side: Hl7Side, source: Source, from: number, length: number): void {
  const first = source.bytes[from]!;
  if (length === 1 && (first === COMMIT_ACCEPTED || first === COMMIT_REFUSED)) {
    if (first === COMMIT_REFUSED) context.odd(flow, 'hl7_commit_refused');
  } else if (length === 3 && (first === 0x44 || first === 0x4e) && areDigits(source, from + 1, 2)) {
    side.hllp = true;
    context.odd(flow, 'hl7_hllp');
  } else {
    context.odd(flow, isUtf16(source, from, length) ? 'hl7_utf16' : 'hl7_no_header');
    side.place = LOST;
  }
}

/** `MSH` in 16-bit characters of either order, with or without byte order mark. */
function isUtf16(source: Source, from: number, length: number): boolean {
  if (length < 4) return false;
  const word = (source.bytes[from]! << 8) | source.bytes[from + 1]!;
  return word === 0xfeff || word === 0xfffe || word === 0x4d00 || word === 0x004d;
}

function areDigits({ bytes }: Source, at: number, count: number): boolean {
  for (let i = at; i < at + count; i++) if (bytes[i]! < 0x30 || bytes[i]! > 0x39) return false;
  return true;
}

function beginMessage(
  context: Context,
  flow: Hl7Flow,
  side: Hl7Side,
  source: Source,
  from: number,
  length: number,
): void {
  if (side.reading && !side.inBatch) {
    // A second message in one block: the first has no end block, the second no start block.
    finishBlock(context, flow, side, false);
    side.place = BLOCK;
  } else finishMessage(context, flow, side, false);
  const { message } = side;
  const isUsual = readSeparators(side.separators, source.bytes, from, from + length);
  if (!isUsual) context.odd(flow, 'hl7_encoding_characters');
  message.acknowledgement = '';
  message.errorCode = '';
  message.segments = 1;
  message.observations = 0;
  message.bytes = 0;
  side.acknowledged = 0;
  side.reading = true;
  side.known.forget();
  readHeader(context, side, source, from, from + length);
}

function beginBatch(context: Context, flow: Hl7Flow, side: Hl7Side): void {
  finishMessage(context, flow, side, false);
  if (side.inBatch) return;
  side.inBatch = true;
  side.batchMessages = 0;
}

/** Trailers end the last message. Without an end block to come, the file trailer ends the batch as well. */
function endOfBatch(context: Context, flow: Hl7Flow, side: Hl7Side, kind: number): void {
  if (!side.inBatch) return;
  finishMessage(context, flow, side, false);
  if (kind === FTS && !side.framed && !flow.inHttp) finishBlock(context, flow, side, false);
}

function readSegment(
  context: Context,
  flow: Hl7Flow,
  side: Hl7Side,
  source: Source,
  from: number,
  length: number,
  kind: number,
): void {
  const { message } = side;
  if (message.bytes > context.limits.hl7MessageBytesMax) return;
  message.segments++;
  if (kind === OBX) message.observations++;
  // Who has said enough about itself is only counted.
  const isAboutDevice = kind === OBX || kind === PRT || kind === EQU;
  if (kind < MSA || (isAboutDevice && side.identities >= context.limits.hl7IdentitiesMax)) return;
  context.cursor.load(source, from, from + length, side.separators);
  if (kind === OBX) readObservation(context, side);
  else if (kind === MSA) readAcknowledgement(context, side);
  else if (kind === ERR) readError(context, side);
  else if (kind === PRT) readParticipation(context, side);
  else if (kind === EQU) readEquipment(context, side);
  if (side.lineBytes > length && (kind === MSA || kind === ERR)) context.odd(flow, 'hl7_segment_too_long');
}

/** Start block, end block or end of the stream: what was open is complete, as far as it goes. */
export function finishBlock(context: Context, flow: Hl7Flow, side: Hl7Side, isEnded: boolean): void {
  if (side.place === BLOCK) {
    finishMessage(context, flow, side, isEnded);
    if (side.inBatch) tellBatch(context, side);
    if (side.framed && !isEnded) context.odd(flow, 'hl7_block_not_ended');
  }
  leaveBlock(side);
}

/** Back to the state between two blocks; whatever was open is forgotten. */
export function leaveBlock(side: Hl7Side): void {
  side.place = BETWEEN;
  side.reading = false;
  side.inBatch = false;
  side.framed = false;
  side.hllp = false;
}

function tellBatch(context: Context, side: Hl7Side): void {
  const { batch } = context;
  stamp(batch, context.segment);
  batch.fromClient = side.fromClient;
  batch.messages = side.batchMessages;
  context.records.hl7Batch(batch);
}

function finishMessage(context: Context, flow: Hl7Flow, side: Hl7Side, isEnded: boolean): void {
  if (!side.reading) return;
  side.reading = false;
  const { message } = side;
  const isFramed = side.framed && (isEnded || side.inBatch);
  if (side.inBatch) side.batchMessages++;
  if (!side.framed && !flow.inHttp) context.odd(flow, 'hl7_unframed');
  if (message.bytes > context.limits.hl7MessageBytesMax) context.odd(flow, 'hl7_message_too_long');
  stamp(message, context.segment);
  message.fromClient = side.fromClient;
  message.framing = flow.inHttp ? 'http' : isFramed ? 'mllp' : 'none';
  message.inBatch = side.inBatch;
  message.latencyUs = latencyUs(flow, side);
  context.records.hl7Message(message);
  if (CONTROLS.has(message.type)) tellOperation(context, flow, side);
  if (side.control === 0 || message.type === 'ACK') return;
  side.pending ??= new Pending(context.limits.hl7PendingMax);
  side.pending.add(side.control, side.lastUs);
}

/** Time from the message that is acknowledged, even if nothing has yet shown where that one ends. */
function latencyUs(flow: Hl7Flow, side: Hl7Side): number {
  if (side.acknowledged === 0) return -1;
  const other = flow.side(!side.fromClient);
  if (other.reading && other.control === side.acknowledged) return side.lastUs - other.lastUs;
  const sentUs = other.pending?.take(side.acknowledged) ?? -1;
  return sentUs < 0 ? -1 : side.lastUs - sentUs;
}

function tellOperation(context: Context, flow: Hl7Flow, side: Hl7Side): void {
  const { operation } = context;
  const { type, trigger } = side.message;
  if (flow.verbType !== type || flow.verbTrigger !== trigger) {
    flow.verbType = type;
    flow.verbTrigger = trigger;
    flow.verb = trigger === '' ? type : `${type}^${trigger}`;
  }
  stamp(operation, context.segment);
  operation.fromClient = side.fromClient;
  operation.protocol = 'hl7';
  operation.verb = flow.verb;
  context.records.operation(operation);
}
