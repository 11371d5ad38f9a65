/** Names of segments and what may follow them (HL7 v2 chapter 2), told from bytes. */

export const UNKNOWN = 0;
/** A segment that only counts: patient, visit, order, note … its content is stepped over. */
export const OTHER = 1;
/** Not a segment at all. */
export const NO_SEGMENT = 2;
export const MSH = 3;
export const MSA = 4;
export const ERR = 5;
export const OBX = 6;
export const PRT = 7;
export const EQU = 8;
/** Opens a batch. */
export const FHS = 9;
export const BHS = 10;
/** Ends a batch. */
export const BTS = 11;
export const FTS = 12;

/** A name and the separator behind it. */
export const NAME_BYTES = 4;

/** What kind of segment begins at `at`? `length` is at least the name's unless the segment is shorter. */
export function kindOf(bytes: Uint8Array, at: number, length: number, fieldSeparator: number): number {
  if (length < 3) return NO_SEGMENT;
  const name = (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!;
  const follows = length > 3 ? bytes[at + 3]! : -1;
  const kind = kindOfName(name & 0xdfdfdf);
  // These three declare the separators themselves, so any may follow. Some senders write them in lower case.
  if (kind === MSH || kind === FHS || kind === BHS) return isSeparator(follows) ? kind : NO_SEGMENT;
  if (follows >= 0 && follows !== fieldSeparator) return NO_SEGMENT;
  if (kind !== OTHER) return kind;
  return isUpper(name >> 16) && isUpperOrDigit((name >> 8) & 255) && isUpperOrDigit(name & 255) ? OTHER : NO_SEGMENT;
}

/** The three letters of a name, one byte each. */
function kindOfName(letters: number): number {
  switch (letters) {
    case 0x4f4258:
      return OBX;
    case 0x4d5348:
      return MSH;
    case 0x4d5341:
      return MSA;
    case 0x505254:
      return PRT;
    case 0x455252:
      return ERR;
    case 0x455155:
      return EQU;
    case 0x464853:
      return FHS;
    case 0x424853:
      return BHS;
    case 0x425453:
      return BTS;
    case 0x465453:
      return FTS;
    default:
      return OTHER;
  }
}

/** May this byte separate fields: printable, no letter, no digit, no space? */
export function isSeparator(byte: number): boolean {
  if (byte <= 0x20 || byte > 0x7e) return false;
  const letter = byte | 0x20;
  return !(letter >= 0x61 && letter <= 0x7a) && !(byte >= 0x30 && byte <= 0x39);
}

/** How many of the bytes from `at` on can be encoding characters (MSH-2): separators, each but the field's. */
export function encodingCharacters(bytes: Uint8Array, at: number, end: number, fieldSeparator: number): number {
  let count = 0;
  while (count < 5 && at + count < end) {
    const byte = bytes[at + count]!;
    if (byte === fieldSeparator || !isSeparator(byte)) break;
    count++;
  }
  return count;
}

function isUpper(byte: number): boolean {
  return byte >= 0x41 && byte <= 0x5a;
}

function isUpperOrDigit(byte: number): boolean {
  return isUpper(byte) || (byte >= 0x30 && byte <= 0x39);
}
