/**
 * The few segments beside MSH that are looked into: acknowledgement and error codes, and what a device says
 * about itself (IHE PCD TF-2, appendix B; HL7 v2 chapters 2, 7 and 13).
 *
 *     MSA|AA|control id                                            1 code, 2 compared as a hash
 *     ERR||location|207^…|E                                        3 code (in 1.4 before version 2.5)
 *     OBX|n|ST|531969^MDC_ID_MODEL_NUMBER^MDC|1.0.0.0|M7|…|18      3 code; 5 for device attributes only
 *     PRT|…|4 EQUIP|…|10 device|…|16 UDI|…|20 serial     EQU|1 equipment instance
 *
 * All other segments, and all other fields of these, are stepped over: clinical values, texts and people
 * never become a string. The cursor of the context stands on the segment's name when a function is called.
 */
import { type Context, MANUFACTURER, MODEL, SERIAL, SOFTWARE, UDI, UID } from './context.ts';
import type { Hl7Side } from './flow.ts';

/** Table 0357 has three digits; a longer "code" may be free text about the patient. */
const ERROR_CHARACTERS_MAX = 4;

const ACKNOWLEDGEMENTS = ['AA', 'AE', 'AR', 'CA', 'CE', 'CR'];

const MODEL_OF_SYSTEM = 67880;
const SYSTEM_ID = 67972;

/** IEEE 11073-10101 production specification, in OBX-3, and what its value in OBX-5 is. */
const PRODUCTION_SPECIFICATION = new Map<number, { attribute: number; source: string }>([
  [531969, { attribute: MODEL, source: 'HL7 OBX-5 (MDC 531969)' }],
  [531970, { attribute: MANUFACTURER, source: 'HL7 OBX-5 (MDC 531970)' }],
  [531972, { attribute: SERIAL, source: 'HL7 OBX-5 (MDC 531972)' }],
  [531975, { attribute: SOFTWARE, source: 'HL7 OBX-5 (MDC 531975)' }],
  [531976, { attribute: SOFTWARE, source: 'HL7 OBX-5 (MDC 531976)' }],
]);

/** MSA-1 and MSA-2. MSA-3 is text that may name the patient. */
export function readAcknowledgement({ cursor }: Context, side: Hl7Side): void {
  cursor.field(1);
  side.message.acknowledgement = 'other';
  for (const code of ACKNOWLEDGEMENTS) if (cursor.is(code)) side.message.acknowledgement = code;
  cursor.field(2);
  side.acknowledged = cursor.hash();
}

/** ERR-3, or before version 2.5 the code in the fourth component of ERR-1. The first error of a message counts. */
export function readError({ cursor }: Context, side: Hl7Side): void {
  if (side.message.errorCode !== '') return;
  let old = '';
  if (cursor.field(1) && cursor.component(4) && cursor.subComponent(1)) old = cursor.code('', ERROR_CHARACTERS_MAX);
  const isThere = cursor.field(3) && cursor.component(1);
  const code = isThere ? cursor.code('', ERROR_CHARACTERS_MAX) : old;
  side.message.errorCode = code === '?' ? 'other' : code;
}

/** Device attributes of IEEE 11073-10101 in OBX-5, and the equipment instance in OBX-18. */
export function readObservation(context: Context, side: Hl7Side): void {
  const { cursor } = context;
  if (cursor.field(3) && cursor.component(1)) {
    const code = cursor.number();
    const specification = PRODUCTION_SPECIFICATION.get(code);
    const isOfDevice = specification !== undefined || code === MODEL_OF_SYSTEM || code === SYSTEM_ID;
    if (isOfDevice && cursor.component(3) && cursor.is('MDC') && cursor.field(5) && cursor.component(1)) {
      if (specification !== undefined) context.tell(side, specification.attribute, specification.source, 0.8);
      else if (code === MODEL_OF_SYSTEM) readModel(context, side);
      else if (cursor.isEui64()) context.tell(side, UID, 'HL7 OBX-5 (MDC 67972)', 0.8);
    }
  }
  if (cursor.field(18)) readInstance(context, side, 'HL7 OBX-18', 0.6);
}

/** Manufacturer and model number; some senders give the model alone. */
function readModel(context: Context, side: Hl7Side): void {
  const { cursor } = context;
  const source = 'HL7 OBX-5 (MDC 67880)';
  if (!cursor.component(2)) {
    if (cursor.component(1)) context.tell(side, MODEL, source, 0.8);
    return;
  }
  context.tell(side, MODEL, source, 0.8);
  if (cursor.component(1)) context.tell(side, MANUFACTURER, source, 0.8);
}

/** A person may take part as well as a device: only what calls itself equipment is read. */
export function readParticipation(context: Context, side: Hl7Side): void {
  const { cursor } = context;
  if (!cursor.field(4) || !cursor.component(1) || !cursor.is('EQUIP')) return;
  if (cursor.field(10)) readInstance(context, side, 'HL7 PRT-10', 0.6);
  // The parts of a unique device identifier (since version 2.8.2): the kind of device, the one device.
  if (cursor.field(16) && cursor.component(1)) context.tell(side, UDI, 'HL7 PRT-16', 0.8);
  if (cursor.field(20) && cursor.component(1)) context.tell(side, SERIAL, 'HL7 PRT-20', 0.8);
}

export function readEquipment(context: Context, side: Hl7Side): void {
  if (context.cursor.field(1)) readInstance(context, side, 'HL7 EQU-1', 0.6);
}

/** Entity identifier: `serial ^ namespace ^ universal id ^ type`; with type EUI-64 either id may be the EUI. */
function readInstance(context: Context, side: Hl7Side, source: string, confidence: number): void {
  const { cursor } = context;
  const { at, stop, bytes } = cursor;
  if (side.known.is(bytes, at, stop)) return;
  const before = side.identities;
  if (cursor.component(4) && cursor.is('EUI-64') && cursor.component(3) && cursor.isEui64())
    context.tell(side, UID, source, confidence);
  if (cursor.component(1)) context.tell(side, cursor.isEui64() ? UID : SERIAL, source, confidence);
  if (side.identities === before) side.known.keep(bytes, at, stop);
}
