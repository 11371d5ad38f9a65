/**
 * MSH, the message header (HL7 v2 chapter 2, section "MSH - message header segment").
 *
 *     MSH|^~\&|sender|facility|receiver|facility|time||ADT^A01^ADT_A01|control id|P|2.5.1|…|charset|…|profile
 *        │└ MSH-2          3        4        5        6    7  8                9         10 11 12   18      21
 *        └ MSH-1: the separator itself is a field, so MSH-n is the field n-1 of a plain split
 *
 * MSH-8 (security) is never read, and the control id only becomes a hash.
 */
import type { Hl7Message } from '../../src/records.ts';
import { readClock } from './clock.ts';
import { APPLICATION, type Context, FACILITY, UID } from './context.ts';
import type { Cursor, Separators } from './cursor.ts';
import type { Hl7Side } from './flow.ts';
import { encodingCharacters } from './names.ts';
import type { Source } from './source.ts';

const ENCODING_AT = 4;
/** Component, repetition, escape and sub-component separator. */
const ENCODING_CHARACTERS = 4;
const USUAL_COMPONENT_SEPARATOR = 0x5e;
const TYPE_CHARACTERS_MAX = 16;
const VERSION_CHARACTERS_MAX = 16;

const SENDING_APPLICATION = 3;
const SENDING_FACILITY = 4;
const RECEIVING_APPLICATION = 5;
const RECEIVING_FACILITY = 6;
const DATE_TIME = 7;
const MESSAGE_TYPE = 9;
const CONTROL_ID = 10;
const PROCESSING_ID = 11;
const VERSION = 12;
const CHARACTER_SET = 18;
const PROFILE = 21;

/** Reads MSH-1 and MSH-2 of the header at `from`. False when MSH-2 is shorter than its four characters. */
export function readSeparators(separators: Separators, bytes: Uint8Array, from: number, end: number): boolean {
  const field = bytes[from + ENCODING_AT - 1]!;
  const at = from + ENCODING_AT;
  const count = encodingCharacters(bytes, at, end, field);
  separators.field = field;
  separators.component = count > 0 ? bytes[at]! : -1;
  separators.repetition = count > 1 ? bytes[at + 1]! : -1;
  separators.escape = count > 2 ? bytes[at + 2]! : -1;
  separators.subComponent = count > 3 ? bytes[at + 3]! : -1;
  return count >= ENCODING_CHARACTERS;
}

/** Fills the message in hand from its header, `[from, end)`, and tells what the speaker calls itself. */
export function readHeader(context: Context, side: Hl7Side, source: Source, from: number, end: number): void {
  const { cursor } = context;
  const { message, separators } = side;
  const charactersMax = context.limits.hl7FieldCharactersMax;
  message.usualSeparators = separators.component === USUAL_COMPONENT_SEPARATOR;
  cursor.load(source, from, end, separators);
  readSender(context, side, message, charactersMax);
  msh(cursor, RECEIVING_APPLICATION);
  message.receivingApplication = cursor.text(message.receivingApplication, charactersMax);
  msh(cursor, RECEIVING_FACILITY);
  message.receivingFacility = cursor.text(message.receivingFacility, charactersMax);
  msh(cursor, DATE_TIME);
  readClock(message, cursor.bytes, cursor.at, cursor.stop, context.segment.timeUs);
  readType(message, cursor);
  cursor.field(CONTROL_ID - 1);
  side.control = cursor.hash();
  msh(cursor, PROCESSING_ID);
  message.processingId = cursor.code(message.processingId, TYPE_CHARACTERS_MAX);
  msh(cursor, VERSION);
  message.version = cursor.code(message.version, VERSION_CHARACTERS_MAX);
  msh(cursor, CHARACTER_SET);
  message.characterSet = cursor.text(message.characterSet, charactersMax);
  // The name of the profile; senders that leave it out give its object identifier.
  if (cursor.field(PROFILE - 1) && !cursor.component(1)) cursor.component(3);
  message.profile = cursor.text(message.profile, charactersMax);
}

/** Puts the cursor on the first component of MSH-`n`. */
function msh(cursor: Cursor, n: number): void {
  if (cursor.field(n - 1)) cursor.component(1);
}

/** MSH-3 and MSH-4: application, perhaps with the EUI-64 of the device, and facility. */
function readSender(context: Context, side: Hl7Side, message: Hl7Message, charactersMax: number): void {
  const { cursor } = context;
  msh(cursor, SENDING_APPLICATION);
  message.sendingApplication = cursor.text(message.sendingApplication, charactersMax);
  context.tellText(side, APPLICATION, message.sendingApplication, 'HL7 MSH-3', 0.6);
  if (cursor.component(3) && cursor.is('EUI-64') && cursor.component(2) && cursor.isEui64())
    context.tell(side, UID, 'HL7 MSH-3', 0.7);
  msh(cursor, SENDING_FACILITY);
  message.sendingFacility = cursor.text(message.sendingFacility, charactersMax);
  context.tellText(side, FACILITY, message.sendingFacility, 'HL7 MSH-4', 0.6);
}

function readType(message: Hl7Message, cursor: Cursor): void {
  const isThere = cursor.field(MESSAGE_TYPE - 1);
  if (isThere) cursor.component(1);
  message.type = cursor.code(message.type, TYPE_CHARACTERS_MAX);
  if (isThere) cursor.component(2);
  message.trigger = cursor.code(message.trigger, TYPE_CHARACTERS_MAX);
  if (isThere) cursor.component(3);
  message.structure = cursor.code(message.structure, TYPE_CHARACTERS_MAX);
}
