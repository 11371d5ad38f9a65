/**
 * Who is in the generated hospital: servers with fixed addresses, modalities, and the many devices whose addresses are
 * leased. Everything stands in one network, 10.20.0.0/16, before one router.
 */
import type { Wanted } from './options.ts';
import type { Host } from './wire.ts';

export type Kind =
  | 'pacs'
  | 'ris'
  | 'his'
  | 'engine'
  | 'names'
  | 'manager'
  | 'files'
  | 'pump-gateway'
  | 'central'
  | 'ct'
  | 'mr'
  | 'us'
  | 'cr'
  | 'dx'
  | 'lab'
  | 'printer'
  | 'review'
  | 'office'
  | 'monitor'
  | 'pump';

export interface Member extends Host {
  readonly kind: Kind;
  /** Among those of its kind, from 1. */
  readonly number: number;
  readonly leased: boolean;
  /** Application entity title of DICOM systems. */
  readonly ae: string;
  /** Day on which it is switched on for the first time. */
  readonly fromDay: number;
}

/** Modality words of DICOM by kind. */
export const modalityOf: Readonly<Partial<Record<Kind, string>>> = { ct: 'CT', mr: 'MR', us: 'US', cr: 'CR', dx: 'DX' };

/** Servers, modalities and others that every size of the hospital has; the DX unit is the one used once a month. */
const always: readonly Kind[] = [
  ...(['pacs', 'ris', 'his', 'engine', 'names', 'manager', 'files', 'pump-gateway', 'central'] as const),
  ...(['ct', 'mr', 'us', 'us', 'cr', 'dx', 'lab', 'lab', 'printer'] as const),
];
/** The rest, over and over. */
const more: readonly Kind[] = [
  ...(['monitor', 'pump', 'review', 'monitor', 'pump', 'office', 'monitor', 'pump', 'monitor', 'pump'] as const),
  ...(['review', 'monitor', 'office', 'pump', 'monitor', 'pump', 'office', 'monitor', 'us', 'pump'] as const),
];
const leasedKinds: ReadonlySet<Kind> = new Set(['review', 'office', 'monitor', 'pump', 'printer']);
/** The last monitor arrives late: somebody has bought one more. */
const LATE_DAY = 10;

/** Makers of network cards by kind, as the registry has them; what a person would find in a hospital. */
const makers: Readonly<Partial<Record<Kind, readonly number[]>>> = {
  monitor: [0x00, 0x09, 0xfb],
  printer: [0x00, 0x1b, 0x78],
};
const OTHER_MAKER: readonly number[] = [0x00, 0x50, 0x56];

/** The day of the month on which the DX unit is used, from 0, and how far apart. */
export const MONTHLY_DAY = 2;
export const MONTHLY_DAYS = 28;

export const broadcast: Host = {
  name: 'everybody',
  mac: new Uint8Array(6).fill(255),
  ip: new Uint8Array(4).fill(255),
  outside: false,
  nextPort: 0,
};
/** Who has no address yet. */
const NOBODY = new Uint8Array(4);
const FIRST_PORT = 49_152;
const PORT_SPREAD = 331;
/** Behind every device there can be. */
const SPARE_INDEX = 200;

export class Hospital {
  readonly members: readonly Member[];
  readonly router: Uint8Array = new Uint8Array([0x00, 0x50, 0x56, 0xff, 0xff, 1]);
  private readonly byName = new Map<string, Host>();
  private readonly spares = new Map<string, Member>();
  private strangers = 0;

  constructor({ devices }: Wanted) {
    const kinds = [...always];
    while (kinds.length < devices) kinds.push(more[(kinds.length - always.length) % more.length] ?? 'office');
    const counts = new Map<Kind, number>();
    const lastMonitor = kinds.lastIndexOf('monitor');
    this.members = kinds.map((kind, index) => {
      const number = (counts.get(kind) ?? 0) + 1;
      counts.set(kind, number);
      return this.memberOf(kind, number, index, index === lastMonitor ? LATE_DAY : 0);
    });
    for (const member of this.members) this.byName.set(member.name, member);
  }

  private memberOf(kind: Kind, number: number, index: number, fromDay: number): Member {
    const leased = leasedKinds.has(kind);
    return {
      name: `${kind}-${number}`,
      kind,
      number,
      leased,
      ae: `${kind.toUpperCase()}_${number}`,
      fromDay,
      mac: new Uint8Array([...(makers[kind] ?? OTHER_MAKER), 0x20, index >> 8, index & 255]),
      ip: leased
        ? leaseOf(index, 0)
        : new Uint8Array([10, 20, index >= SPARE_INDEX ? 1 : 0, 10 + (index % SPARE_INDEX)]),
      outside: false,
      nextPort: FIRST_PORT + ((index * PORT_SPREAD) % 10_000),
    };
  }

  all(kind: Kind): readonly Member[] {
    return this.members.filter((member) => member.kind === kind);
  }

  one(kind: Kind, number = 1): Member {
    const found = this.members.find((member) => member.kind === kind && member.number === number);
    if (found === undefined) throw new Error(`there is no ${kind}-${number}`);
    return found;
  }

  /** One that stands in the cellar until it is needed. */
  spare(kind: Kind, number: number): Member {
    const name = `${kind}-${number}`;
    const known = this.spares.get(name);
    if (known !== undefined) return known;
    const made = this.memberOf(kind, number, SPARE_INDEX + this.spares.size, 0);
    this.spares.set(name, made);
    return made;
  }

  /** Somebody who is not among the devices: a laptop, a server outside. The same for the same name. */
  stranger(name: string, address: readonly [number, number, number, number], outside: boolean): Host {
    const known = this.byName.get(name);
    if (known !== undefined) return known;
    this.strangers++;
    const made: Host = {
      name,
      mac: new Uint8Array([0x00, 0x0c, 0x29, 0x77, 0, this.strangers]),
      ip: new Uint8Array(address),
      outside,
      nextPort: FIRST_PORT,
    };
    this.byName.set(name, made);
    return made;
  }
}

/** The address of a lease: in every period another one, so that some are given to others later. */
export function leaseOf(index: number, period: number): Uint8Array {
  const place = (index * 11 + period * 13) % 700;
  return new Uint8Array([10, 20, 4 + Math.floor(place / 250), 1 + (place % 250)]);
}

/** A host that has no address yet. */
export const without = (host: Host): Host => ({ ...host, ip: NOBODY });
