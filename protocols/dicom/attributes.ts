/**
 * Which elements of a data set are looked at (PS3.6), and how.
 *
 * Everything that is not named here is stepped over unread. Elements that can identify a patient are
 * at most *classified in place*: does the value narrow a query, yes or no.
 */

/** What becomes of a value. */
export const SKIP = 0;
/** Narrows a query when it is more than wildcards. */
export const NARROWS = 1;
export const LEVEL = 2;
export const STUDY = 3;
/** When the object was made, and in which zone (clock.ts). */
export const CREATION_DATE = 4;
export const CREATION_TIME = 5;
export const ZONE = 6;
/** From here on: device attributes, by their place in `deviceAttributes`. */
export const DEVICE = 7;

export interface DeviceAttribute {
  readonly attribute: string;
  readonly source: string;
}

export const deviceAttributes: readonly DeviceAttribute[] = [
  { attribute: 'modality', source: 'DICOM (0008,0060)' },
  { attribute: 'manufacturer', source: 'DICOM (0008,0070)' },
  { attribute: 'name', source: 'DICOM (0008,1010)' },
  { attribute: 'model', source: 'DICOM (0008,1090)' },
  { attribute: 'serial', source: 'DICOM (0018,1000)' },
  { attribute: 'device-uid', source: 'DICOM (0018,1002)' },
  { attribute: 'software', source: 'DICOM (0018,1020)' },
];
export const MODALITY = DEVICE;

/** Study Instance UID: the last element of an image that is wanted. */
export const STUDY_TAG = 0x0020_000d;
/** Scheduled Procedure Step Sequence: the worklist query has its date inside. */
export const SCHEDULED_STEP_TAG = 0x0040_0100;

const LEVELS = ['PATIENT', 'STUDY', 'SERIES', 'IMAGE'];
const MODALITY_CHARACTERS_MAX = 16;

const SCHEDULED_DATE_TAG = 0x0040_0002;

/** An element at the top of an image. */
export function useInImage(tag: number): number {
  switch (tag) {
    case 0x0008_0012:
      return CREATION_DATE;
    case 0x0008_0013:
      return CREATION_TIME;
    case 0x0008_0201:
      return ZONE;
    case 0x0008_0060:
      return DEVICE;
    case 0x0008_0070:
      return DEVICE + 1;
    case 0x0008_1010:
      return DEVICE + 2;
    case 0x0008_1090:
      return DEVICE + 3;
    case 0x0018_1000:
      return DEVICE + 4;
    case 0x0018_1002:
      return DEVICE + 5;
    case 0x0018_1020:
      return DEVICE + 6;
    case STUDY_TAG:
      return STUDY;
    default:
      return SKIP;
  }
}

/** An element at the top of the identifier of a query: what ties the answer to a patient, a study or a date. */
export function useInQuery(tag: number): number {
  switch (tag) {
    case 0x0008_0052:
      return LEVEL;
    case 0x0008_0018: // SOP Instance UID
    case 0x0008_0020: // Study Date
    case 0x0008_0021: // Series Date
    case 0x0008_0050: // Accession Number
    case 0x0010_0010: // Patient's Name
    case 0x0010_0020: // Patient ID
    case 0x0010_0030: // Patient's Birth Date
    case 0x0010_1000: // Other Patient IDs
    case STUDY_TAG:
    case 0x0020_000e: // Series Instance UID
    case 0x0020_0010: // Study ID
    case 0x0038_0010: // Admission ID
    case 0x0040_1001: // Requested Procedure ID
      return NARROWS;
    default:
      return SKIP;
  }
}

/** An element inside the Scheduled Procedure Step Sequence of a worklist query. */
export function useInScheduledStep(tag: number): number {
  return tag === SCHEDULED_DATE_TAG ? NARROWS : SKIP;
}

/** Matches everything, or pads (PS3.4, C.2.2.2). */
export function isWildcard(byte: number): boolean {
  return byte === 0x2a || byte === 0x3f || byte === 0x20 || byte === 0;
}

/** Query/Retrieve Level (PS3.4, C.3). */
export function isLevel(text: string): boolean {
  return LEVELS.includes(text);
}

/** Code String (PS3.5, 6.2): capital letters, digits, space and underscore. */
export function isModality(text: string): boolean {
  if (text.length > MODALITY_CHARACTERS_MAX) return false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const isLetterOrDigit = (code >= 0x41 && code <= 0x5a) || (code >= 0x30 && code <= 0x39);
    if (!isLetterOrDigit && code !== 0x20 && code !== 0x5f) return false;
  }
  return true;
}
