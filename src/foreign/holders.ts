/**
 * Which device had an address at a moment. An address may go from hand to hand: the hardware address decides where it is
 * told, otherwise the device that was seen with the address closest to that moment. A hardware address alone counts only
 * where nobody is known by the address: behind a router it is the router's.
 */
import type { DeviceRow } from '../model.ts';

export interface Holder {
  readonly device: DeviceRow;
  readonly by: 'mac' | 'address';
}

interface Span {
  readonly device: DeviceRow;
  readonly fromUs: number;
  readonly toUs: number;
}

export class Holders {
  private readonly byAddress = new Map<string, Span[]>();
  private readonly byMac = new Map<string, DeviceRow>();

  constructor(devices: readonly DeviceRow[]) {
    for (const device of devices) {
      if (device.mac !== '') this.byMac.set(device.mac, device);
      for (const address of device.addresses) this.add(address, device);
    }
  }

  private add(address: string, device: DeviceRow): void {
    const rows = device.evidence.filter(({ attribute, value }) => attribute === 'address' && value === address);
    const span = {
      device,
      fromUs: rows.length === 0 ? device.firstSeenUs : Math.min(...rows.map(({ firstSeenUs }) => firstSeenUs)),
      toUs: rows.length === 0 ? device.lastSeenUs : Math.max(...rows.map(({ lastSeenUs }) => lastSeenUs)),
    };
    const spans = this.byAddress.get(address);
    if (spans === undefined) this.byAddress.set(address, [span]);
    else spans.push(span);
  }

  of(address: string, mac: string, timeUs: number): Holder | null {
    const spans = this.byAddress.get(address) ?? [];
    const own = mac === '' ? undefined : spans.find(({ device }) => device.mac === mac);
    if (own !== undefined) return { device: own.device, by: 'mac' };
    let nearest: Span | null = null;
    for (const span of spans) if (nearest === null || apart(span, timeUs) < apart(nearest, timeUs)) nearest = span;
    if (nearest !== null) return { device: nearest.device, by: 'address' };
    const alone = this.byMac.get(mac);
    return alone === undefined ? null : { device: alone, by: 'mac' };
  }
}

/** How far a moment is from a span; 0 inside. */
function apart({ fromUs, toUs }: Span, timeUs: number): number {
  return timeUs < fromUs ? fromUs - timeUs : Math.max(0, timeUs - toUs);
}
