/**
 * Services that listen and are never used: a port that accepted connections on which no client ever said a word.
 * Told from the handshake that the sensor saw; a port that nobody tried is unknown to a passive sensor.
 */
import type { Link } from '../../detect.ts';
import type { Limits } from '../../limits.ts';
import type { FlowUpdate } from '../../records.ts';

const TCP = 6;
/** Ports from here on are given out by systems at random: data channels, not services. */
const EPHEMERAL_PORT = 32_768;
/** A service must be known for this long before its silence says anything. */
export const UNUSED_US = 24 * 3600e6;

export interface Service {
  readonly device: number;
  readonly port: number;
  isUsed: boolean;
  opened: number;
  firstUs: number;
  lastUs: number;
}

export class Services {
  private readonly limits: Limits;
  private readonly byDevice = new Map<number, Map<number, Service>>();

  constructor(limits: Limits) {
    this.limits = limits;
  }

  /** One stretch of a flow; `isOver`: its last. */
  hear(record: FlowUpdate, link: Link, isOver: boolean): void {
    if (link.transport !== TCP || link.serverPort >= EPHEMERAL_PORT) return;
    const used = record.payloadToServer > 0;
    // Without a handshake there is no telling whether anybody listens, but who speaks to a service uses it.
    if (!used && (!isOver || record.rttUs < 0)) return;
    const service = this.of(link.server, link.serverPort, record.timeUs);
    if (service === null) return;
    if (used) service.isUsed = true;
    if (isOver) service.opened++;
    if (record.timeUs > service.lastUs) service.lastUs = record.timeUs;
  }

  private of(device: number, port: number, timeUs: number): Service | null {
    let services = this.byDevice.get(device);
    if (services === undefined) {
      services = new Map();
      this.byDevice.set(device, services);
    }
    let service = services.get(port);
    if (service === undefined) {
      // Whoever has more open ports than that answers on all of them: a trap or a gateway.
      if (services.size >= this.limits.postureServicesMax) return null;
      service = { device, port, isUsed: false, opened: 0, firstUs: timeUs, lastUs: timeUs };
      services.set(port, service);
    }
    return service;
  }

  /** Those that nobody has used by `nowUs`; `resolve` gives the number a device has now. */
  unused(nowUs: number, resolve: (device: number) => number): Service[] {
    const all = new Map<string, Service>();
    for (const services of this.byDevice.values()) {
      for (const one of services.values()) {
        const device = resolve(one.device);
        const key = `${device}\n${one.port}`;
        const known = all.get(key);
        if (known === undefined) {
          all.set(key, { ...one, device });
          continue;
        }
        known.isUsed ||= one.isUsed;
        known.opened += one.opened;
        known.firstUs = Math.min(known.firstUs, one.firstUs);
        known.lastUs = Math.max(known.lastUs, one.lastUs);
      }
    }
    return [...all.values()].filter((one) => !one.isUsed && nowUs - one.firstUs >= UNUSED_US);
  }
}
