/** Who is who: the devices of the run by id, so that every list can name them. Fetched once for all parts of a page. */
import { type Answer, ofRun, useAnswer } from './client.ts';
import type { Device, Paged } from './shapes.ts';
import { deviceName } from './words.ts';

/** More devices than this are named by their id on lists; pages with their own search are not bound by it. */
const DEVICES_MAX = 1_000;

export type Directory = ReadonlyMap<string, Device>;
export type DeviceList = Paged & { devices: Device[] };

export function useDevices(): Answer<DeviceList> {
  return useAnswer<DeviceList>(ofRun('devices', { limit: DEVICES_MAX, evidence: 'false' }));
}

const none: Directory = new Map();

export function directoryOf(answer: Answer<DeviceList>): Directory {
  return answer.value === null ? none : new Map(answer.value.devices.map((device) => [device.id, device]));
}

export function nameOf(directory: Directory, id: string, address = ''): string {
  const device = directory.get(id);
  if (device === undefined) return address || id;
  return deviceName(device);
}
