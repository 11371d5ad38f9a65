/** Services, link functions and object types of BACnet (ASHRAE 135 clause 21, annex J.2), and which of them write. */

export const SERVICES: Readonly<Record<number, string>> = {
  0: 'acknowledgeAlarm',
  1: 'confirmedCOVNotification',
  2: 'confirmedEventNotification',
  3: 'getAlarmSummary',
  4: 'getEnrollmentSummary',
  5: 'subscribeCOV',
  6: 'atomicReadFile',
  7: 'atomicWriteFile',
  8: 'addListElement',
  9: 'removeListElement',
  10: 'createObject',
  11: 'deleteObject',
  12: 'readProperty',
  13: 'readPropertyConditional',
  14: 'readPropertyMultiple',
  15: 'writeProperty',
  16: 'writePropertyMultiple',
  17: 'deviceCommunicationControl',
  18: 'confirmedPrivateTransfer',
  19: 'confirmedTextMessage',
  20: 'reinitializeDevice',
  21: 'vtOpen',
  22: 'vtClose',
  23: 'vtData',
  24: 'authenticate',
  25: 'requestKey',
  26: 'readRange',
  27: 'lifeSafetyOperation',
  28: 'subscribeCOVProperty',
  29: 'getEventInformation',
};

export const WRITES: ReadonlySet<number> = new Set([7, 8, 9, 10, 11, 15, 16, 17, 20, 27]);

export const UNCONFIRMED: Readonly<Record<number, string>> = {
  0: 'i-Am',
  1: 'i-Have',
  2: 'unconfirmedCOVNotification',
  3: 'unconfirmedEventNotification',
  4: 'unconfirmedPrivateTransfer',
  5: 'unconfirmedTextMessage',
  6: 'timeSynchronization',
  7: 'who-Has',
  8: 'who-Is',
  9: 'utcTimeSynchronization',
  10: 'writeGroup',
};

export const UNCONFIRMED_WRITES: ReadonlySet<number> = new Set([6, 9, 10]);

export const ERRORS: Readonly<Record<number, string>> = { 5: 'error', 6: 'reject', 7: 'abort' };

export const LINK: Readonly<Record<number, string>> = {
  0: 'link result',
  1: 'write broadcast distribution table',
  2: 'read broadcast distribution table',
  3: 'broadcast distribution table',
  5: 'register foreign device',
  6: 'read foreign device table',
  7: 'foreign device table',
  8: 'delete foreign device table entry',
  12: 'secure link',
};

export const OBJECT_TYPES: readonly string[] = [
  'analog-input',
  'analog-output',
  'analog-value',
  'binary-input',
  'binary-output',
  'binary-value',
  'calendar',
  'command',
  'device',
  'event-enrollment',
  'file',
  'group',
  'loop',
  'multi-state-input',
  'multi-state-output',
  'notification-class',
  'program',
  'schedule',
  'averaging',
  'multi-state-value',
  'trend-log',
  'life-safety-point',
  'life-safety-zone',
];
