/** Codes of IEEE 11073-10101 that personal health devices use: events, actions, attributes, and what a device is. */

// Partition of objects and attributes (1).
export const ATTRIBUTE_MODEL = 2344;
export const ATTRIBUTE_PRODUCTION = 2349;
export const ATTRIBUTE_SYSTEM_ID = 2436;
export const ATTRIBUTE_CONFIGURATION = 2628;
export const ATTRIBUTE_SPECIALISATIONS = 2650;

export const EVENT_CONFIGURATION = 3356;
const EVENT_FIRST_SCAN = 3357;
const EVENT_LAST_SCAN = 3373;
const EVENT_SEGMENT_DATA = 3361;

export const ACTION_CLEAR_SEGMENTS = 3084;
export const ACTION_SEGMENT_INFORMATION = 3085;
export const ACTION_SET_TIME = 3095;
export const ACTION_DATA_REQUEST = 3099;
export const ACTION_SEGMENT_TRANSFER = 3100;

export function eventKind(event: number): string {
  if (event === EVENT_CONFIGURATION) return 'configuration report';
  if (event === EVENT_SEGMENT_DATA) return 'segment data';
  return event >= EVENT_FIRST_SCAN && event <= EVENT_LAST_SCAN ? 'measurement report' : 'event report';
}

/** Actions that change what a device has stored or how it counts time; '' for those that only ask. */
export function actionVerb(action: number): string {
  switch (action) {
    case ACTION_SET_TIME:
      return 'Set-Time';
    case ACTION_CLEAR_SEGMENTS:
      return 'Clear-Segments';
    case ACTION_SEGMENT_INFORMATION:
    case ACTION_DATA_REQUEST:
    case ACTION_SEGMENT_TRANSFER:
      return '';
    default:
      return 'Action';
  }
}

/** Partition of infrastructure (8): the specialisations, IEEE 11073-104xx. */
const SPECIALISATIONS: Readonly<Record<number, string>> = {
  4100: 'pulse oximeter',
  4103: 'blood pressure monitor',
  4104: 'thermometer',
  4111: 'weighing scale',
  4113: 'glucose meter',
  4137: 'cardiovascular fitness',
  4138: 'strength fitness',
  4167: 'independent living activity hub',
  4168: 'medication monitor',
};

/** Standard configurations, where a device says no more than this number. */
const CONFIGURATIONS: Readonly<Record<number, string>> = {
  400: 'pulse oximeter',
  700: 'blood pressure monitor',
  1500: 'weighing scale',
  1700: 'glucose meter',
};

export function specialisationOf(code: number): string {
  return SPECIALISATIONS[code] ?? '';
}

export function configurationOf(id: number): string {
  return CONFIGURATIONS[id] ?? '';
}

/** Of a production specification (ProdSpecEntry): what its text is; the other types say nothing of use. */
export function productionAttribute(type: number): string {
  if (type === 1) return 'serial';
  return type === 4 || type === 5 ? 'software' : '';
}
