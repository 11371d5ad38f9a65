/**
 * Break-glass raw capture, at the desk: orders of people, sealed files and the audit (contract 4.7, docs/privacy.md).
 *
 * An order is a file in the folder `raw` of the store: who, why, which devices, until when. It is taken up within a second,
 * by a running sensor with a key only; what was on the wire before is gone. Whatever happens to it is a row of the audit.
 */
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAddress } from '../bytes/address.ts';
import { isoTime } from '../bytes/time.ts';
import { packetBytes, pcapngHead } from '../output/evidence-files.ts';
import { codeOf, makeFolder } from '../output/files.ts';
import { SealedWriter, sealedHead } from '../output/sealed-file.ts';
import type { RawPacket, RawScope } from './raw-tap.ts';
import { VERSION } from './version.ts';

export interface RawOrder {
  readonly id: string;
  readonly user: string;
  readonly reason: string;
  /** Addresses of devices. */
  readonly addresses: readonly string[];
  readonly orderedUs: number;
  readonly untilUs: number;
  /** The sealed file is removed then. */
  readonly keepUntilUs: number;
}

export interface RawAudit {
  readonly timeUs: number;
  readonly user: string;
  readonly action: `raw-capture ${'ordered' | 'began' | 'refused' | 'ended' | 'removed'}`;
  readonly target: string;
  readonly detail: string;
}

const MINUTE_US = 60e6;
const DAY_US = 86_400e6;
/** An emergency is looked into for hours, and its packets for weeks; not longer. */
export const RAW_MINUTES_MAX = 24 * 60;
export const RAW_KEEP_DAYS_MAX = 30;
const ADDRESSES_MAX = 16;
const ORDERS_MAX = 4;
const FILE_BYTES_MAX = 1024 * 1024 * 1024;

export const rawFolder = (store: string): string => join(store, 'raw');
const ORDER = /^order-([a-z0-9-]{1,64})\.json$/;

/** '' or what is wrong with an order; told to whoever gives it, and asked again by the sensor. */
export function problemOfOrder({ id, user, reason, addresses, orderedUs, untilUs, keepUntilUs }: RawOrder): string {
  if (!/^[a-z0-9-]{1,64}$/.test(id)) return 'its name is not allowed';
  if (user.trim() === '') return 'nobody has ordered it';
  if (reason.trim().length < 10) return 'a reason of at least ten characters is needed';
  if (addresses.length === 0 || addresses.length > ADDRESSES_MAX) return `it names 1 to ${ADDRESSES_MAX} addresses`;
  const strange = addresses.find((one) => parseAddress(one) === '');
  if (strange !== undefined) return `${strange} is no address`;
  if (!(untilUs > orderedUs)) return 'it would have ended already';
  if (untilUs - orderedUs > RAW_MINUTES_MAX * MINUTE_US) return `it may last ${RAW_MINUTES_MAX / 60} hours at most`;
  if (keepUntilUs <= untilUs) return 'its file would be removed before it ends';
  if (keepUntilUs - orderedUs > RAW_KEEP_DAYS_MAX * DAY_US)
    return `its file may be kept ${RAW_KEEP_DAYS_MAX} days at most`;
  return '';
}

/** Puts an order where a running sensor finds it. Throws with one sentence. */
export function giveOrder(store: string, order: RawOrder): void {
  const trouble = problemOfOrder(order);
  if (trouble !== '') throw new Error(trouble);
  const folder = rawFolder(store);
  makeFolder(folder);
  const file = join(folder, `order-${order.id}.json`);
  writeFileSync(`${file}.new`, JSON.stringify(order), { mode: 0o600, flag: 'wx' });
  renameSync(`${file}.new`, file);
}

/** Ends an order before its time. */
export function stopOrder(store: string, id: string): void {
  if (!existsSync(join(rawFolder(store), `order-${id}.json`))) throw new Error(`there is no order ${id} that goes on`);
  writeFileSync(join(rawFolder(store), `stop-${id}`), '', { mode: 0o600 });
}

interface Going {
  readonly order: RawOrder;
  readonly file: SealedWriter;
  readonly links: number[];
  packets: number;
  bytes: number;
}

export class RawOrders {
  private readonly folder: string;
  private readonly key: Uint8Array;
  private readonly audit: (row: RawAudit) => void;
  private readonly tell: (scopes: RawScope[]) => void;
  private readonly going = new Map<string, Going>();

  /** `tell`: what is to be copied from now on, to whoever sees packets. */
  constructor(store: string, key: Uint8Array, audit: (row: RawAudit) => void, tell: (scopes: RawScope[]) => void) {
    this.folder = rawFolder(store);
    this.key = key;
    this.audit = audit;
    this.tell = tell;
  }

  /** Looks for new orders, ends those whose time has come, removes files that are too old. Throws when it cannot be noted. */
  look(nowUs: number): void {
    const stops = filesOf(this.folder);
    let isChanged = false;
    for (const { order } of [...this.going.values()]) {
      const isStopped = stops.includes(`stop-${order.id}`);
      if (nowUs < order.untilUs && !isStopped) continue;
      this.end(order.id, nowUs, isStopped ? 'stopped by a person' : 'its time is over');
      isChanged = true;
    }
    for (const name of filesOf(this.folder)) {
      const id = ORDER.exec(name)?.[1];
      if (id !== undefined && !this.going.has(id) && this.take(name, id, nowUs)) isChanged = true;
      if (name.endsWith('.wwraw')) this.removeOld(name, nowUs);
    }
    if (isChanged) this.tellAll();
  }

  private take(name: string, id: string, nowUs: number): boolean {
    const path = join(this.folder, name);
    const order = orderIn(path);
    const trouble =
      order === null ? 'it cannot be read' : order.id === id ? problemOfOrder(order) : 'its name is another';
    const late = order !== null && nowUs >= order.untilUs ? 'its time was over before a sensor saw it' : '';
    const full = this.going.size >= ORDERS_MAX ? `${ORDERS_MAX} are going on already` : '';
    const target = id;
    const user = order?.user ?? '';
    const refuse = (detail: string): boolean => {
      this.audit({ timeUs: nowUs, user, action: 'raw-capture refused', target, detail });
      rmSync(path, { force: true });
      return false;
    };
    const why = trouble || late || full;
    if (order === null || why !== '') return refuse(why);
    const scope = `${order.addresses.join(' ')} until ${isoTime(order.untilUs)}: ${order.reason}`;
    // What cannot be noted must not happen.
    this.audit({ timeUs: order.orderedUs, user, action: 'raw-capture ordered', target, detail: scope });
    try {
      const head = { wardwatch: 'raw capture', version: VERSION, ...order, beganUs: nowUs };
      const file = new SealedWriter(join(this.folder, `${id}.wwraw`), this.key, head);
      file.write(pcapngHead(`wardwatch ${VERSION}`, `raw capture ${id}: ${order.reason}`));
      this.going.set(id, { order, file, links: [], packets: 0, bytes: 0 });
    } catch (error) {
      return refuse(`its file cannot be made (${codeOf(error)})`);
    }
    this.audit({ timeUs: nowUs, user, action: 'raw-capture began', target, detail: scope });
    return true;
  }

  hear(id: string, packets: readonly RawPacket[], nowUs: number): void {
    const one = this.going.get(id);
    if (one === undefined) return;
    const parts: Uint8Array[] = [];
    for (const packet of packets) {
      if (one.bytes >= FILE_BYTES_MAX) break;
      parts.push(packetBytes(packet, one.links));
      one.packets++;
      one.bytes += packet.bytes.length;
    }
    one.file.write(Buffer.concat(parts));
    if (one.bytes < FILE_BYTES_MAX) return;
    this.end(id, nowUs, 'its file is full');
    this.tellAll();
  }

  /** The sensor stops: every file gets its end. */
  close(nowUs: number): void {
    for (const id of [...this.going.keys()]) this.end(id, nowUs, 'the sensor was stopped');
    this.tellAll();
  }

  private end(id: string, nowUs: number, why: string): void {
    const one = this.going.get(id);
    if (one === undefined) return;
    this.going.delete(id);
    one.file.end();
    for (const name of [`order-${id}.json`, `stop-${id}`]) rmSync(join(this.folder, name), { force: true });
    const detail = `${why}; ${one.packets} packets, ${one.bytes} bytes`;
    this.audit({ timeUs: nowUs, user: one.order.user, action: 'raw-capture ended', target: id, detail });
  }

  private removeOld(name: string, nowUs: number): void {
    const id = name.slice(0, -'.wwraw'.length);
    if (this.going.has(id)) return;
    let keepUntilUs = 0;
    let user = '';
    try {
      const head = sealedHead(join(this.folder, name));
      keepUntilUs = Number(head.keepUntilUs);
      user = String(head.user);
    } catch {
      return;
    }
    if (!(nowUs >= keepUntilUs)) return;
    rmSync(join(this.folder, name), { force: true });
    this.audit({ timeUs: nowUs, user, action: 'raw-capture removed', target: id, detail: 'its time is over' });
  }

  private tellAll(): void {
    this.tell(
      [...this.going.values()].map(({ order: { id, addresses, untilUs } }) => ({
        id,
        addresses: addresses.map(parseAddress),
        untilUs,
      })),
    );
  }
}

function orderIn(path: string): RawOrder | null {
  try {
    const { id, user, reason, addresses, orderedUs, untilUs, keepUntilUs } = JSON.parse(readFileSync(path, 'utf8'));
    const isText = [id, user, reason].every((one) => typeof one === 'string');
    const areTimes = [orderedUs, untilUs, keepUntilUs].every((one) => Number.isSafeInteger(one));
    const areAddresses = Array.isArray(addresses) && addresses.every((one) => typeof one === 'string');
    return isText && areTimes && areAddresses ? { id, user, reason, addresses, orderedUs, untilUs, keepUntilUs } : null;
  } catch {
    return null;
  }
}

function filesOf(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}
