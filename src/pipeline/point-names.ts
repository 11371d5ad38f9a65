/**
 * What a person reads in place of the id of a device: its name in the configuration, the name it is known by or its AE
 * title; until then its class with its address; until then the address. Two devices never share one. A better one takes
 * the place of a worse one and is then kept: a tag that changes makes a new series. An address that holds on one link
 * only (RFC 4291, 2.5.6) is worse than any other: machines say it first, and nobody knows them by it.
 */
import { type AddressKey, addressText } from '../bytes/address.ts';
import type { Device } from '../device/device.ts';
import { resolved } from './links.ts';

const NAME_CHARACTERS_MAX = 48;

const BY_ADDRESS = 0;
const BY_CLASS = 1;
const BY_NAME = 2;

interface Label {
  readonly text: string;
  readonly worth: number;
  /** Made of an address of one link. */
  readonly linkLocal: boolean;
}

export class PointNames {
  private readonly labels: (Label | undefined)[] = [];
  private readonly owners = new Map<string, Device>();
  private readonly listedName: (device: Device) => string;
  private readonly classOf: (device: Device) => string;

  /** `listedName`: what the configuration calls a device, or ''. */
  constructor(listedName: (device: Device) => string, classOf: (device: Device) => string) {
    this.listedName = listedName;
    this.classOf = classOf;
  }

  of(device: Device): string {
    const known = this.stillGood(device);
    if (known?.worth === BY_NAME) return known.text;
    const name = this.listedName(device) || device.ledger.best('name') || firstOf(device.aeTitles);
    if (name !== '') return this.keep(device, this.claim(short(name), device), BY_NAME);
    if (known?.worth === BY_CLASS) return known.text;
    const kind = this.classOf(device);
    if (kind === '')
      return known?.text ?? this.keep(device, this.claim(addressText(device.address), device), BY_ADDRESS);
    return this.keep(device, this.claim(`${readable(kind)} ${addressText(device.address)}`, device), BY_CLASS);
  }

  private keep(device: Device, text: string, worth: number): string {
    this.labels[device.number] = { text, worth, linkLocal: worth !== BY_NAME && isLinkLocal(device.address) };
    return text;
  }

  private stillGood({ number, address }: Device): Label | undefined {
    const known = this.labels[number];
    return known?.linkLocal === true && !isLinkLocal(address) ? undefined : known;
  }

  private claim(name: string, device: Device): string {
    const owner = this.owners.get(name);
    if (owner === undefined || resolved(owner) === device) {
      this.owners.set(name, device);
      return name;
    }
    return `${name} (${device.id})`;
  }
}

/** fe80::/10, from the first two bytes of a key of eight units. */
function isLinkLocal(address: AddressKey): boolean {
  return address.length === 8 && address.charCodeAt(0) >> 6 === 0xfe80 >> 6;
}

/** `ct` becomes CT, `infusion-pump` Infusion pump. */
function readable(kind: string): string {
  if (kind.length <= 3) return kind.toUpperCase();
  return `${kind.charAt(0).toUpperCase()}${kind.slice(1).replaceAll('-', ' ')}`;
}

function firstOf(titles: ReadonlySet<string>): string {
  let first = '';
  for (const title of titles) if (first === '' || title < first) first = title;
  return first;
}

function short(name: string): string {
  return name.length > NAME_CHARACTERS_MAX ? `${name.slice(0, NAME_CHARACTERS_MAX - 1)}…` : name;
}
