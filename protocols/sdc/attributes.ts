/** Where a device says what it is: DPWS (ThisModel, ThisDevice) and the participant model (MetaData of its system). */

export interface DeviceAttribute {
  /** Element around it, and its own. */
  readonly within: string;
  readonly element: string;
  readonly attribute: string;
  readonly source: string;
  readonly confidence: number;
}

const ofModel = (element: string, attribute: string): DeviceAttribute => ({
  within: 'ThisModel',
  element,
  attribute,
  source: `DPWS ThisModel/${element}`,
  confidence: 0.9,
});
const ofDevice = (element: string, attribute: string): DeviceAttribute => ({
  within: 'ThisDevice',
  element,
  attribute,
  source: `DPWS ThisDevice/${element}`,
  confidence: 0.9,
});
const ofSystem = (element: string, attribute: string): DeviceAttribute => ({
  within: 'MetaData',
  element,
  attribute,
  source: `SDC MetaData/${element}`,
  confidence: 0.85,
});

/** Each is told once for a connection; a system of several devices tells the first. */
export const deviceAttributes: readonly DeviceAttribute[] = [
  ofModel('Manufacturer', 'manufacturer'),
  ofModel('ModelName', 'model'),
  ofDevice('FriendlyName', 'name'),
  ofDevice('FirmwareVersion', 'software'),
  ofDevice('SerialNumber', 'serial'),
  ofSystem('Manufacturer', 'manufacturer'),
  ofSystem('ModelName', 'model'),
  ofSystem('SerialNumber', 'serial'),
  { within: 'Udi', element: 'DeviceIdentifier', attribute: 'udi', source: 'SDC Udi/DeviceIdentifier', confidence: 0.9 },
];
